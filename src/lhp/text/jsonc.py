"""Edits a JSON file with comments in place, as editors keep their settings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_DEPTH = 100
_WIDTH = 80
# Python may be told to read no integer of more digits.
_LONGEST_INTEGER = 640
_BOM = "\ufeff"
_BLANKS = " \t"
_BREAKS = ("\r", "\n")

_COMMENT = r"//[^\r\n]*|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/"
_GAP = re.compile(rf"(?:[ \t\r\n]+|{_COMMENT})*")
_COMMENTS = re.compile(rf"(?:[ \t\r\n]*(?:{_COMMENT}))*")
_COMMENTS_OF_LINE = re.compile(rf"(?:[ \t]*(?:{_COMMENT}))*")
_LINE = re.compile(rf"(?:[ \t]|{_COMMENT})*(?:\r\n?|\n)")
_LINES = re.compile(rf"(?:{_LINE.pattern})*")
# VS Code leaves such a line in an empty list, for the first item.
_PLACEHOLDER = re.compile(r"(?:\r\n?|\n)[ \t]+(?=[\r\n])")
_LINE_BREAK = re.compile(r"\r\n?|\n")
_INDENTED = re.compile(r'[\r\n]([ \t]+)"')
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"')
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_SCALAR = re.compile(rf"{_STRING.pattern}|true|false|null|{_NUMBER}")
_BRACKET, _COLON, _COMMA, _END = (re.compile(mark) for mark in (r"[][{}]", ":", ",", r"\Z"))


class JsoncError(ValueError):
    """What keeps a text from being read or changed, at a line and a column from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def read_jsonc(text: str) -> Any:
    """Return the data that a text holds; of equal keys the last one counts.

    Raises:
        JsoncError: The text is no JSON with comments.
    """
    return _Reader(text).root().value


def set_values(
    text: str,
    path: Sequence[str],
    values: Mapping[str, Any],
    *,
    remove: Callable[[str], bool] | Collection[str] = (),
) -> str:
    """Return the text with members of one object set and others removed.

    What holds an equal value already stays as it is written. A comment goes only with the value
    that it stands in, or with the line of a removed member.

    Args:
        text: JSON with comments; no value at all counts as an empty object.
        path: Keys from the root to the object; objects that are absent are made.
        values: The members to set, as plain JSON data.
        remove: Which keys to remove; those of `values` stay.

    Raises:
        JsoncError: The text is no JSON with comments, or something else stands at the path.
    """
    wanted = json.loads(json.dumps(dict(values), allow_nan=False))
    is_removed = remove if callable(remove) else frozenset(remove).__contains__

    def change(place: _Place) -> None:
        place.replace(wanted)
        place.extend(wanted)
        place.remove(lambda key: key not in wanted and is_removed(key))

    return _changed(text, path, dict, change)


def add_items(text: str, path: Sequence[str], items: Sequence[str]) -> str:
    """Return the text with those texts appended to the list at the path that it lacks.

    Raises:
        JsoncError: The text is no JSON with comments, or something else stands at the path.
    """
    wanted = list(dict.fromkeys(items))
    return _changed(text, path, list, lambda place: place.extend(wanted))


def _changed(text: str, path: Sequence[str], kind: type, change: Callable[[_Place], None]) -> str:
    place = _Place(text, path, kind)
    change(place)
    if place.is_too_wide():
        place = _Place(text, path, kind)
        place.unfold()
        return _changed(place.text(), path, kind, change)
    return place.text()


@dataclass
class _Entry:
    """A member, or an item with its number as key: the pieces that its text is made of.

    Of an object or a list, `body` is the brackets, and `tail` what stands before the closing one.
    """

    key: str
    before: str
    head: str = ""
    body: str = ""
    entries: list[_Entry] = field(default_factory=list)
    tail: str = ""
    comma: str = ""
    value: Any = field(default_factory=dict)
    start: int = 0
    is_flat: bool = False

    def written(self) -> str:
        inner = "".join(f"{entry.before}{entry.written()}{entry.comma}" for entry in self.entries)
        return f"{self.head}{self.body[:1]}{inner}{self.tail}{self.body[1:]}"

    def indentation(self) -> str | None:
        for entry in reversed(self.entries):
            start = _end_of(_LINES, entry.before)
            if start and not entry.before[start:].strip(_BLANKS):
                return entry.before[start:]
        return None


class _Place:
    """The object or list in a text that is to change."""

    def __init__(self, text: str, path: Sequence[str], kind: type) -> None:
        found = _LINE_BREAK.search(text)
        self._line_break = found[0] if found else "\n"
        found = _INDENTED.search(text)
        self._unit = found[1] if found else "  "
        self._chain = _chain(text, path, kind)
        self._holder = self._chain[-1]
        self._absent = path[len(self._chain) - 1 :]
        self._held = [] if self._absent else self._holder.entries
        *around, inner = (holder.indentation() for holder in self._chain)
        self._outer = next((indent for indent in reversed(around) if indent is not None), "")
        self._inner = self._outer + self._unit if inner is None else inner
        self._is_line_extended = False

    def text(self) -> str:
        root = self._chain[0]
        return f"{root.before}{root.written()}{root.comma}"

    def is_too_wide(self) -> bool:
        """Return whether entries were appended to a line that got too wide by them."""
        lines = [holder.written() for holder in self._chain if holder.is_flat]
        return self._is_line_extended and len(self._outer + lines[0]) > _WIDTH

    def unfold(self) -> None:
        """Give each entry of what is on one line here a line of its own."""
        inner = self._outer
        for holder in (holder for holder in self._chain if holder.is_flat):
            outer, inner = inner, inner + self._unit
            for entry in holder.entries:
                entry.before = f"{self._line_break}{inner}{entry.before.lstrip(_BLANKS)}"
            holder.tail = f"{holder.tail.rstrip(_BLANKS)}{self._line_break}{outer}"

    def replace(self, values: Mapping[str, Any]) -> None:
        """Give members another value where they hold none that is equal."""
        indent = None if self._holder.is_flat else self._inner
        for key, entry in {entry.key: entry for entry in self._held}.items():
            if key in values and _canonical(entry.value) != _canonical(values[key]):
                entry.body = self._written(entry.head, values[key], indent)[len(entry.head) :]
                entry.entries, entry.tail = [], ""

    def extend(self, added: Any) -> None:
        """Append those members whose keys are absent, or those items that are."""
        for key in reversed(self._absent if added else ()):
            added = {key: added}
        present = {name for name in self._holder.value if isinstance(name, str)}
        missing = [entry for entry in _named(added) if entry[0] not in present]
        if not missing:
            return
        root = self._chain[0]
        if not root.body:
            is_fresh = root.before in {"", _BOM} or root.before.endswith(_BREAKS)
            root.before += "" if is_fresh else self._line_break
            root.body, root.comma = "{}", self._line_break
        # An empty object is on one line when what it stands in is.
        is_judge = self._holder.entries or isinstance(added, list)
        judges = self._chain if is_judge else self._chain[:-1]
        self._is_line_extended = bool(judges) and judges[-1].is_flat
        self._append(missing)

    def remove(self, is_removed: Callable[[str], bool]) -> None:
        """Remove members with their lines, and the comma that is last then if there was none."""
        kept: list[_Entry] = []
        # Of each gap its pieces from the last on, so that none is copied for each member.
        gaps = [[self._holder.tail]]
        for entry in reversed(self._held):
            if not is_removed(entry.key):
                kept.append(entry)
                gaps.append([entry.before])
                continue
            behind = gaps[-1].pop() if gaps[-1] else ""
            own = _without_comma(entry.comma, behind)
            pieces = _parted(entry.before, own or behind, is_last=not kept)
            gaps[-1] += filter(None, (behind if own else "", *reversed(pieces)))
        self._holder.tail, *befores = ("".join(reversed(gap)) for gap in gaps)
        for entry, before in zip(kept, befores, strict=True):
            entry.before = before
        if kept and not self._held[-1].comma:
            kept[0].comma = _without_comma(kept[0].comma, self._holder.tail)
        self._held[:] = reversed(kept)

    def _append(self, added: Sequence[tuple[Any, str, Any]]) -> None:
        holder, is_flat = self._holder, self._is_line_extended
        indent = None if is_flat else self._inner
        between = " " if is_flat else f"{self._line_break}{indent}"
        end = _end_of(_COMMENTS_OF_LINE if holder.entries else _COMMENTS, holder.tail)
        beside, holder.tail = holder.tail[:end], holder.tail[end:]
        new = [
            _Entry(name, between, body=self._written(head, value, indent), comma=",")
            for name, head, value in added
        ]
        new[0].before, new[-1].comma = beside + between, ""
        if holder.entries:
            last = holder.entries[-1]
            new[-1].comma, last.comma = last.comma and ",", last.comma or ","
        elif is_flat:
            new[0].before, holder.tail = beside and beside + between, ""
        elif not _LINE_BREAK.search(holder.tail):
            holder.tail = f"{self._line_break}{self._outer}"
        else:
            holder.tail = holder.tail[_end_of(_PLACEHOLDER, holder.tail) :]
        holder.entries += new

    def _written(self, head: str, value: Any, indent: str | None) -> str:
        """Return a value behind its key, on one line when there is no indentation."""
        line = f"{head}{_json(value)}"
        named = _named(value)
        is_plain = isinstance(value, list) and not any(_named(item) for item in value)
        if indent is None or not named or (is_plain and len(indent + line) <= _WIDTH):
            return line
        outer, inner = f"{self._line_break}{indent}", indent + self._unit
        new = [self._written(key, item, inner) for _, key, item in named]
        lines = ",".join(f"{outer}{self._unit}{line}" for line in new)
        return f"{head}[{lines}{outer}]" if isinstance(value, list) else f"{head}{{{lines}{outer}}}"


class _Reader:
    """Reads a text once, from its beginning to its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = int(text.startswith(_BOM))
        self._at = _end_of(_GAP, text, self._end)

    def root(self) -> _Entry:
        root = _Entry("", self._text[: self._at])
        if self._at < len(self._text):
            self._value(root, 1)
            root.comma = self._text[self._end :]
        self._take(_END, "expected the end of the text")
        return root

    def _value(self, entry: _Entry, depth: int) -> None:
        entry.start = self._at
        if self._text.startswith(("{", "["), self._at):
            self._container(entry, depth)
            return
        entry.body = self._take(_SCALAR, "expected a value")
        is_long = len(entry.body) > _LONGEST_INTEGER and entry.body[0] != '"'
        entry.value = float(entry.body) if is_long else json.loads(entry.body)

    def _container(self, holder: _Entry, depth: int) -> None:
        if depth > _DEPTH:
            raise _error(self._text, self._at, f"nested deeper than {_DEPTH} levels")
        holder.body = "{}" if self._take(_BRACKET) == "{" else "[]"
        closer = holder.body[1]
        while not self._text.startswith(closer, self._at):
            holder.entries.append(self._entry(closer, str(len(holder.entries)), depth))
        holder.tail = self._text[self._end : self._at]
        self._take(_BRACKET)
        holder.is_flat = not _LINE_BREAK.search(self._text, holder.start, self._end)
        values = {entry.key: entry.value for entry in holder.entries}
        holder.value = values if closer == "}" else list(values.values())

    def _entry(self, closer: str, number: str, depth: int) -> _Entry:
        start = self._at
        entry = _Entry(number, self._text[self._end : start])
        if closer == "}":
            entry.key = json.loads(self._take(_STRING, "expected a key in double quotes"))
            self._take(_COLON, "expected `:`")
        entry.head = self._text[start : self._at]
        self._value(entry, depth + 1)
        end = self._end
        if not self._text.startswith(closer, self._at):
            self._take(_COMMA, f"expected `,` or `{closer}`")
        entry.comma = self._text[end : self._end]
        return entry

    def _take(self, pattern: re.Pattern[str], problem: str = "") -> str:
        found = pattern.match(self._text, self._at)
        if not found:
            raise _error(self._text, self._at, problem)
        self._end = found.end()
        self._at = _end_of(_GAP, self._text, self._end)
        return found[0]


def _chain(text: str, path: Sequence[str], kind: type) -> list[_Entry]:
    """Return the root and what the path leads to from there, as far as it is present."""
    chain = [_Reader(text).root()]
    for key in path:
        held = [entry for entry in chain[-1].entries if entry.key == key]
        if not held:
            break
        chain.append(held[-1])
    for depth, holder in enumerate(chain):
        expected = kind if depth == len(path) else dict
        if not isinstance(holder.value, expected):
            name = f"`{path[depth - 1]}`" if depth else "the text"
            shape = "an object" if expected is dict else "a list"
            raise _error(text, holder.start, f"{name} is not {shape}")
    return chain


def _error(text: str, at: int, problem: str) -> JsoncError:
    if text.startswith("/*", at):
        problem = "a comment without its `*/`"
    elif text.startswith('"', at) and not _STRING.match(text, at):
        problem = "a string without its closing quote, or with what has to be escaped"
    breaks = list(_LINE_BREAK.finditer(text, 0, at))
    line_start = breaks[-1].end() if breaks else int(text.startswith(_BOM))
    return JsoncError(problem, len(breaks) + 1, at - line_start + 1)


def _parted(before: str, behind: str, *, is_last: bool) -> tuple[str, str]:
    """Return what stays of the gaps before and behind a removed member."""
    start = _end_of(_LINES, before)
    end = _end_of(_LINE, behind) if start else 0
    if end and len(_LINE_BREAK.findall(before[start:] + behind[:end])) == 1:
        return before[:start], behind[end:]
    if is_last:
        return before.rstrip(_BLANKS), behind
    behind = behind.lstrip(_BLANKS)
    return before.rstrip(_BLANKS) if behind.startswith(_BREAKS) else before, behind


def _without_comma(comma: str, behind: str) -> str:
    gap = comma[:-1]
    comments = gap.rstrip(" \t\r\n")
    is_inside = comments and not behind.lstrip(_BLANKS).startswith(_BREAKS)
    return gap if is_inside else comments


def _named(value: Any) -> list[tuple[Any, str, Any]]:
    """Return members or items: what tells one from others, its key as written, its value."""
    if isinstance(value, dict):
        return [(key, f"{_json(key)}: ", item) for key, item in value.items()]
    return [(item, "", item) for item in value] if isinstance(value, list) else []


def _json(value: Any) -> str:
    # A lone surrogate cannot be saved, and JSON escapes it as Python does.
    return json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace").decode()


def _canonical(value: Any) -> str:
    """Return a text that equal JSON values share: 1 and 1.0, but not 1 and true."""
    return json.dumps(json.loads(json.dumps(value), parse_float=_number), sort_keys=True)


def _number(text: str) -> float:
    number = float(text)
    return int(number) if number.is_integer() else number


def _end_of(pattern: re.Pattern[str], text: str, at: int = 0) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
