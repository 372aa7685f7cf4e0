"""YAML values that know where they stand.

A `YamlMap` is a dict and a `YamlList` a list, so every library takes them as plain data; each also
keeps the `Location` of its keys and values. A merge or a substitution makes new containers whose
entries still point to the file that they came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, repeat
from operator import is_
from typing import Any, NamedTuple

from lhp.errors import WRONG_SHAPE, YAML_DUPLICATE_KEY, LhpError, Location, shown
from lhp.values import frozen

NOWHERE = Location("")
_PLAIN = (int, float, bool, type(None))


class YamlMap(dict[str, Any]):
    """A mapping with the place of itself, of each key and of each value."""

    __slots__ = ("key_at", "location", "value_at")

    def __init__(self, location: Location = NOWHERE) -> None:
        self.location = location
        self.key_at: dict[str, Location] = {}
        self.value_at: dict[str, Location] = {}

    def put(self, key: str, value: Any, key_at: Location, value_at: Location) -> None:
        """Set one entry together with its places."""
        self[key] = value
        self.key_at[key] = key_at
        self.value_at[key] = value_at

    def take(self, other: YamlMap, key: str, value: Any) -> None:
        """Set one entry with the places that `other` knows for its key."""
        self[key] = value
        self.key_at[key] = other.key_at.get(key, other.location)
        self.value_at[key] = other.value_at.get(key, other.location)

    def without(self, *keys: str) -> YamlMap:
        """Return a copy that lacks some keys."""
        copy = YamlMap(self.location)
        copy.update(self)
        copy.key_at, copy.value_at = dict(self.key_at), dict(self.value_at)
        for key in keys:
            for each in (copy, copy.key_at, copy.value_at):
                each.pop(key, None)
        return copy


class YamlList(list[Any]):
    """A list with the place of itself and of each item."""

    __slots__ = ("item_at", "location")

    def __init__(self, location: Location = NOWHERE) -> None:
        self.location = location
        self.item_at: list[Location] = []

    def put(self, item: Any, at: Location) -> None:
        """Add one item together with its place."""
        self.append(item)
        self.item_at.append(at)


class TokenText(str):
    """Text that a token or a template expression gave, so an option may read it as a number."""

    __slots__ = ()


class VariableText(TokenText):
    """Text of a variable that went through a template: a boolean or number where one may stand."""

    __slots__ = ()


class NoText(TokenText):
    """What an expression without a value gave: an empty text; nothing where no text may stand."""

    __slots__ = ()


class Unresolved(str):
    """Text with a fault that was told: whoever meets it says no more of it."""

    __slots__ = ()


@frozen
class Document:
    """One YAML document.

    Args:
        path: The file, relative to the project root with `/`.
        data: What it holds; None when it is empty.
        location: Where it begins.
        warnings: What the reader wants its author to know.
        digest: SHA-256 of the whole file; empty where nobody needs it.
    """

    path: str
    data: Any
    location: Location
    warnings: tuple[LhpError, ...] = ()
    digest: str = ""


def described(value: Any) -> str:
    """Return a value as messages show it: its own text where short, else its type."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        text = shown(value)
        text = text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004  (fits on a line)
        return f"the text {text!r}"
    return "a map" if isinstance(value, Mapping) else "a list"


def locate(value: Any, path: Sequence[str | int], *, key: bool = False) -> Location | None:
    """Return where a nested value stands, or the nearest place around it that is known.

    Args:
        value: The outermost container.
        path: Keys and indexes from it to the value.
        key: Want the place of the last key instead of its value's.
    """
    found: Location | None = getattr(value, "location", None)
    for depth, part in enumerate(path):
        at: Location | None = None
        if isinstance(value, YamlMap) and isinstance(part, str) and part in value:
            wants_key = key and depth == len(path) - 1
            at = (value.key_at if wants_key else value.value_at).get(part)
        elif isinstance(value, YamlList) and isinstance(part, int):
            at = value.item_at[part] if 0 <= part < len(value.item_at) else None
        if at is None:
            return found
        found = at
        value = value[part]
    return found


Change = Callable[[str, Location], Any]
"""Gets a text and its place, returns what stands there instead."""


def is_bare(text: str) -> bool:
    """Return True for a text that can hold no token, variable, expression or mark of a secret."""
    return "{" not in text and text.isascii()


def map_text(value: Any, change: Change, at: Location = NOWHERE, *, all_texts: bool = True) -> Any:
    """Return the value with each text in it replaced; keys stay as they are.

    What no text of is replaced stays the same object.

    Args:
        value: Any YAML value; not changed.
        change: Gets a text and its place, returns what stands there instead.
        at: The place of `value` itself.
        all_texts: False leaves out those that are bare.
    """
    if isinstance(value, YamlMap):
        return _map_in_map(value, change, all_texts)
    if isinstance(value, YamlList):
        return _map_in_list(value, change, all_texts)
    if isinstance(value, str):
        return change(value, at) if all_texts or not is_bare(value) else value
    if isinstance(value, Mapping):
        mapped = partial(map_text, change=change, at=at, all_texts=all_texts)
        return {key: mapped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [map_text(item, change, at, all_texts=all_texts) for item in value]
    return value


def _map_in_map(value: YamlMap, change: Change, all_texts: bool) -> YamlMap:  # noqa: FBT001  (called for each value)
    changed: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, str):
            if not all_texts and is_bare(item):
                continue
            new = change(item, value.value_at.get(key, value.location))
        elif isinstance(item, (dict, list)):
            at = value.value_at.get(key, value.location)
            new = map_text(item, change, at, all_texts=all_texts)
        else:
            continue
        if new is not item:
            changed[key] = new
    if not changed:
        return value
    whole = value.without()
    whole.update(changed)
    return whole


def _map_in_list(value: YamlList, change: Change, all_texts: bool) -> YamlList:  # noqa: FBT001  (the same)
    places = chain(value.item_at, repeat(value.location))
    items = [
        map_text(item, change, place, all_texts=all_texts)
        for item, place in zip(value, places, strict=False)
    ]
    if all(map(is_, items, value)):
        return value
    changed = YamlList(value.location)
    changed += items
    changed.item_at = [*value.item_at]
    return changed


class Entry(NamedTuple):
    """One key of a map or one item of a list, at whatever depth.

    Args:
        path: Keys and indexes that lead to it.
        value: What it holds.
        key_at: Where its key stands; of an item, where that begins.
        at: Where its value stands.
    """

    path: tuple[str | int, ...]
    value: Any
    key_at: Location
    at: Location


def entries(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Entry]:
    """Yield what a map or a list holds, each entry before what is in it.

    Args:
        value: Any YAML value; one without places holds nothing.
        path: What leads to it.
    """
    if isinstance(value, YamlMap):
        for key, item in value.items():
            at = value.value_at.get(key, value.location)
            yield Entry((*path, key), item, value.key_at.get(key, at), at)
            yield from entries(item, (*path, key))
    elif isinstance(value, YamlList):
        for index, (item, at) in enumerate(zip(value, value.item_at, strict=True)):
            yield Entry((*path, index), item, at, at)
            yield from entries(item, (*path, index))


def map_keys(value: Any, change: Callable[[str, Location], str]) -> Any:
    """Return the value with each key in it replaced.

    Args:
        value: What the reader made of a file; not changed.
        change: Gets a key and its place, returns what stands there instead.

    Raises:
        LhpError: YAML_DUPLICATE_KEY, when two keys of a map become one.
    """
    if isinstance(value, YamlMap):
        changed = YamlMap(value.location)
        for key, item in value.items():
            key_at, value_at = value.key_at[key], value.value_at[key]
            name = change(key, key_at)
            if name in changed:
                raise YAML_DUPLICATE_KEY.at(key_at, key=name, line=changed.key_at[name].line)
            changed.put(name, map_keys(item, change), key_at, value_at)
        return changed
    if isinstance(value, YamlList):
        items = YamlList(value.location)
        for item, at in zip(value, value.item_at, strict=True):
            items.put(map_keys(item, change), at)
        return items
    return value


def texts_in(value: Any) -> Iterator[str]:
    """Yield each text in a YAML value; keys are none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)


def is_resolved(value: Any) -> bool:
    """Return True for a YAML value without a text that is `Unresolved`."""
    return not holds_text(value, Unresolved)


def holds_text(value: Any, sort: type[str]) -> bool:
    """Return True for a YAML value in which a text is of a subclass of `str`; keys are no texts."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return isinstance(value, sort)
    for each in value:  # noqa: SIM110  (called for each value: no generator)
        if type(each) is not str and holds_text(each, sort):
            return True
    return False


def plain(value: Any) -> Any:
    """Return a value as plain data: texts lose their class, tuples become lists.

    Raises:
        TypeError: When it holds anything else.
    """
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, (dict, Mapping)):  # a `dict` tells it sooner
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    message = f"it gave a {type(value).__name__}, which is not plain data"
    raise TypeError(message)


def merge(base: Any, over: Any) -> Any:
    """Return `base` overlaid by `over`: maps merge deeply, anything else is replaced."""
    if not (isinstance(base, YamlMap) and isinstance(over, YamlMap)):
        return over
    merged = YamlMap(over.location)
    for key, value in base.items():
        if key in over:
            merged.take(over, key, merge(value, over[key]))
        else:
            merged.take(base, key, value)
    for key, value in over.items():
        if key not in base:
            merged.take(over, key, value)
    return merged


def overlaid(base: YamlMap, over: YamlMap) -> YamlMap:
    """Return `base` with the entries of `over` put over its own, each as a whole."""
    whole = base.without()
    for key, value in over.items():
        whole.take(over, key, value)
    return whole


def place(value: Any, at: Location) -> Any:
    """Return the value with plain maps and lists in it made into ones that all stand at `at`."""
    if isinstance(value, Mapping) and not isinstance(value, YamlMap):
        placed = YamlMap(at)
        for key, item in value.items():
            placed.put(str(key), place(item, at), at, at)
        return placed
    if isinstance(value, list | tuple) and not isinstance(value, YamlList):
        items = YamlList(at)
        for item in value:
            items.put(place(item, at), at)
        return items
    return value


def expect_map(holder: YamlMap, key: str) -> YamlMap:
    """Return an entry that has to be a map; an empty one when it is absent or empty.

    Raises:
        LhpError: WRONG_SHAPE, at the entry.
    """
    value = holder.get(key)
    if isinstance(value, YamlMap):
        return value
    return YamlMap(_expect_nothing(holder, key, "a map"))


def expect_list(holder: YamlMap, key: str) -> YamlList:
    """Return an entry that has to be a list; an empty one when it is absent or empty.

    Raises:
        LhpError: WRONG_SHAPE, at the entry.
    """
    value = holder.get(key)
    if isinstance(value, YamlList):
        return value
    return YamlList(_expect_nothing(holder, key, "a list"))


def expect_text(holder: YamlMap, key: str) -> str:
    """Return an entry that has to be a text; an empty one when it is absent or empty.

    Raises:
        LhpError: WRONG_SHAPE, at the entry.
    """
    value = holder.get(key)
    if isinstance(value, str):
        return value
    _expect_nothing(holder, key, "a text")
    return ""


def require_text(holder: YamlMap, key: str) -> str:
    """Return an entry that has to be a text and may be neither absent nor empty.

    Raises:
        LhpError: WRONG_SHAPE, at the entry, or at its holder when it is absent.
    """
    text = expect_text(holder, key)
    if text:
        return text
    at = holder.value_at.get(key, holder.location)
    raise WRONG_SHAPE.at(at, what=key, wanted="a text", actual=shape_of(holder.get(key)))


def expect_root(document: Document) -> YamlMap:
    """Return the map that a document has to be; an empty one when the document is empty.

    Raises:
        LhpError: WRONG_SHAPE, where the document begins.
    """
    root = YamlMap(document.location)
    root.put("the document", document.data, document.location, document.location)
    return expect_map(root, "the document")


def _expect_nothing(holder: YamlMap, key: str, wanted: str) -> Location:
    at = holder.value_at.get(key, holder.location)
    if holder.get(key) is not None:
        raise WRONG_SHAPE.at(at, what=key, wanted=wanted, actual=shape_of(holder[key]))
    return at


def shape_of(value: Any) -> str:
    """Return what a YAML author calls this sort of value."""
    if value is None:
        return "absent or empty"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text" if value else "an empty text"
    return "a map" if isinstance(value, Mapping) else "a list"
