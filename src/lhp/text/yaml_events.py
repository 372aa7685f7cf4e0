"""Turns a file's bytes into YAML events, or says at which character it is no YAML."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable
from typing import Any

import yaml

from lhp.errors import (
    YAML_CONTROL_CHARACTER,
    YAML_NOT_UTF8,
    YAML_SYNTAX,
    YAML_TAG,
    YAML_TOO_LARGE,
    LhpError,
    LhpErrors,
    Location,
)

MOST_BYTES = 2_000_000

_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]",
)
_REST = re.compile(r"\{[^\s,{}]*\}(?:[^\s,\[\]{}]|\{[^\s,{}]*\})*")
"""What follows the sign of a token, to the end of a text without quotes."""

_TAG_DIRECTIVE = re.compile("(?<![^\r\n\x85\u2028\u2029])%TAG")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BAD_ESCAPE = "found invalid Unicode character escape code"
_ADVICE = {
    "found character that cannot start any token": "indent with spaces, never with tabs; put text "
    "that begins with @, % or a backtick in quotes",
    "mapping values are not allowed": "put text that holds `: ` in quotes, and check that the line "
    "is not indented too far",
    "did not find expected key": "check that this line is indented as its neighbours are",
    "could not find expected ':'": "a key is followed by a colon and a space",
    "found unexpected end of stream": "a quote or a bracket is not closed",
    _BAD_ESCAPE: "write the character itself, or its whole code as \\U0001F600",
}


class PureLoader(yaml.SafeLoader):
    """PyYAML without libyaml, as strict as libyaml with escapes in double quotes."""

    def get_event(self) -> Any:
        """Return the next event, None after the last.

        Raises:
            yaml.MarkedYAMLError: The text is no YAML, or an escape stands for no character.
        """
        try:
            event = super().get_event()  # type: ignore[no-untyped-call]
        except (ValueError, OverflowError):
            mark: Any = self.get_mark()
            raise yaml.MarkedYAMLError(problem=_BAD_ESCAPE, problem_mark=mark) from None
        if isinstance(event, yaml.ScalarEvent) and _SURROGATE.search(event.value):
            mark = event.start_mark
            raise yaml.MarkedYAMLError(problem=_BAD_ESCAPE, problem_mark=mark)
        return event


LOADER: Any = getattr(yaml, "CSafeLoader", PureLoader)


def read_events(data: bytes, path: str) -> Callable[[], Any]:
    """Return a function that gives the next event of a YAML file at each call.

    It raises yaml.YAMLError, see `syntax_error`, where the text stops being YAML.

    Args:
        data: The whole file.
        path: How messages name the file.

    Raises:
        LhpErrors: The file is too large, or it is not printable UTF-8 text.
    """
    if len(data) > MOST_BYTES:
        raise LhpErrors([YAML_TOO_LARGE.at(Location(path), size=len(data), most=MOST_BYTES)])
    text = _decode(data, path)
    if match := _UNPRINTABLE.search(text):
        code = f"{ord(match[0]):04X}"
        place = _place_after(text[: match.start()], path)
        raise LhpErrors([YAML_CONTROL_CHARACTER.at(place, code=code)])
    if "%TAG" in text and (match := _TAG_DIRECTIVE.search(text)):
        raise LhpErrors([YAML_TAG.at(_place_after(text[: match.start()], path), tag="%TAG")])
    get_event: Callable[[], Any] = LOADER(text).get_event
    return get_event


def syntax_error(error: yaml.YAMLError, path: str, data: bytes) -> LhpError:
    """Return the parser's complaint in our words, at the place that it means.

    Args:
        error: The complaint.
        path: How messages name the file.
        data: The whole file.
    """
    problem = getattr(error, "problem", None) or getattr(error, "context", None) or str(error)
    begun = getattr(error, "context_mark", None)
    unclosed = begun if "unexpected end of stream" in problem else None
    mark = unclosed or getattr(error, "problem_mark", None) or begun
    where = f" {error.context} that begins at line {begun.line + 1}" if begun else ""  # type: ignore[attr-defined]
    advice = next((advice for words, advice in _ADVICE.items() if words in problem), None)
    place = Location(path, mark.line + 1, mark.column + 1) if mark else Location(path)
    is_unread = mark and "expected ',' or" in problem
    token = _token_at(mark, data.decode(errors="replace")) if is_unread else ""
    if token:
        place = place._replace(column=place.column - token.index("{"))
        advice = f'put it in quotes: "{token}"'
    return YAML_SYNTAX.at(place, problem=f"{problem}{where}", advice=advice)


def _token_at(mark: Any, text: str) -> str:
    """Return the text without quotes that opens a token's bracket at a place, if one does."""
    lines = _LINE_BREAK.split(text.removeprefix("\ufeff"))
    line = lines[mark.line] if mark.line < len(lines) else ""  # behind a last one without its end
    before, rest = line[: mark.column], _REST.match(line, mark.column)
    start = max(before.rfind(each) for each in " \t,[]{}'\"") + 1
    if not rest or before[-1:] not in ("$", "%"):
        return ""
    return f"{before[start:]}{rest[0].removesuffix(':')}"


def _decode(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        byte = f"0x{data[error.start]:02x}"
        place = _place_after(data[: error.start].decode("utf-8"), path)
        guess = " (it looks like UTF-16)" if data[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) else ""
        raise LhpErrors([YAML_NOT_UTF8.at(place, byte=byte, guess=guess)]) from None


def _place_after(text: str, path: str) -> Location:
    lines = _LINE_BREAK.split(text)
    return Location(path, len(lines), len(lines[-1]) + 1)
