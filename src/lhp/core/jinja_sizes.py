"""How large the outcome of a filter, a text's method or a format would be, before it is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from jinja2 import Undefined

_PERCENT = re.compile(r"%(?:\([^)]*\))?[-#0 +]*([0-9]+|\*)?(?:\.([0-9]+|\*))?")
_FIELD = re.compile(r"\{[^{}:]*:((?:[^{}]|\{[^{}]*\})*)\}")
_WIDTH = re.compile(r"[0-9]+|\{[^{}]*\}")
_TAB = 8
_CHARACTERS = 100
"""Are as much work as one item."""
_WIDE = 80


def percent_size(text: str, given: Any) -> int:
    """Return how long `text % given` may become."""
    widths = [width for found in _PERCENT.findall(text) for width in found if width]
    return _formatted(text, text.count("%"), widths, _flat(given))


def format_size(text: str, given: Iterable[Any]) -> int:
    """Return how long `text.format(...)` may become with some values."""
    widths = [width for spec in _FIELD.findall(text) for width in _WIDTH.findall(spec)]
    return _formatted(text, text.count("{"), widths, [*_flat([*given])])


def _formatted(text: str, fields: int, widths: list[str], given: Iterable[Any]) -> int:
    values = [*given]
    largest = max(map(number, values), default=0)
    width = sum(int(each) if each.isdigit() else largest for each in widths)
    return len(text) + width + fields * max(map(length, values), default=0)


def _flat(given: Any) -> list[Any]:
    if isinstance(given, Mapping):
        return [each for value in given.values() for each in _flat(value)]
    if isinstance(given, (list, tuple)):
        return [each for value in given for each in _flat(value)]
    return [given]


def _padded(text: Any, /, width: Any = _WIDE, *_: Any) -> int:
    return max(length(text), number(width))


def _tabs(text: str, /, tabsize: Any = _TAB) -> int:
    return length(text) + text.count("\t") * number(tabsize)


def _replaced(text: Any, /, old: Any = "", new: Any = "", *_: Any, **__: Any) -> int:
    whole = str(text)
    return len(whole) + whole.count(str(old)) * len(str(new))


def _joined(items: Any, /, d: Any = "", *_: Any, **__: Any) -> int:
    return sum(map(length, items)) + length(d) * len(items)


def _indented(text: Any, /, width: Any = 4, *_: Any, **__: Any) -> int:
    lines = str(text).count("\n") + 1
    return length(text) + lines * max(number(width), length(width))


def _wrapped(text: Any, /, width: Any = 79, *args: Any, **kwargs: Any) -> int:
    parts = [*args, *kwargs.values()]
    lines = length(text) // max(number(width), 1) + str(text).count(" ") + 1
    return length(text) + lines * max(map(length, parts), default=1)


def _counted(_: Any, /, count: Any = 0, *__: Any, **others: Any) -> int:
    return max(map(number, [count, *others.values()]))


def _rounded(_: Any, /, precision: Any = 0, *__: Any, **___: Any) -> int:
    return number(precision) ** 2  # it works out ten to that power


def _translated(text: str, /, table: Any = None) -> int:
    longest = max(map(length, table.values()), default=1) if isinstance(table, Mapping) else 1
    return length(text) * longest


FILTER_SIZES: Mapping[str, Callable[..., int]] = {
    "batch": _counted,
    "center": _padded,
    "format": lambda text, *args, **kwargs: percent_size(str(text), kwargs or args),
    "indent": _indented,
    "join": _joined,
    "replace": _replaced,
    "round": _rounded,
    "slice": _counted,
    "tojson": _counted,
    "wordwrap": _wrapped,
}
METHOD_SIZES: Mapping[str, Callable[..., int]] = {
    "center": _padded,
    "expandtabs": _tabs,
    "join": lambda text, items: _joined(items, text),
    "ljust": _padded,
    "replace": _replaced,
    "rjust": _padded,
    "to_bytes": _counted,
    "translate": _translated,
    "zfill": _padded,
}


def length(value: Any) -> int:
    """Return how many characters or items a value has; 0 for what has none."""
    return len(value) if isinstance(value, (str, bytes, list, tuple)) else 0


def number(value: Any) -> int:
    """Return a whole number without its sign; 0 for what is none."""
    return abs(value) if isinstance(value, int) else 0


def work(values: Iterable[Any], most: int) -> int:
    """Return how many items some values hold, those inside of them too; texts count by length.

    Args:
        values: Any.
        most: Where to stop: what lists share is counted each time.
    """
    pending = [*values]
    found = len(pending)
    while pending and found <= most:
        value = pending.pop()
        if isinstance(value, (str, bytes)):
            found += len(value) // _CHARACTERS
        elif isinstance(value, Collection) and not isinstance(value, Undefined):
            found += len(value)
            if found <= most and not isinstance(value, range):
                pending.extend(value.values() if isinstance(value, Mapping) else value)
    return found
