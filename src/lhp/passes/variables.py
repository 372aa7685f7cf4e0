"""Replaces `%{name}` in a flowgroup by the flowgroup's own `variables`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from lhp.errors import (
    EXPANSION_TOO_LARGE,
    VARIABLE_CYCLE,
    VARIABLE_NOT_SCALAR,
    VARIABLE_UNDEFINED,
    LhpError,
    Location,
    nearest,
    raise_all,
)
from lhp.model.source import TokenText, YamlMap, expect_map, map_text, shape_of

_VARIABLE = re.compile(r"%\{(\w+)\}")
_MOST_CHARACTERS = 4_000_000


def resolve_variables(data: YamlMap) -> YamlMap:
    """Return the flowgroup with each `%{name}` replaced, also in `variables` themselves.

    Raises:
        LhpError: VARIABLE_CYCLE or EXPANSION_TOO_LARGE.
        LhpErrors: VARIABLE_NOT_SCALAR or VARIABLE_UNDEFINED, at each place.
    """
    values = _read_values(data)
    budget = Budget()
    undefined: list[LhpError] = []

    def replace(text: str, at: Location) -> str:
        names = _VARIABLE.findall(text)
        if not names:
            return text
        undefined.extend(_undefined(name, values, at) for name in names if name not in values)
        replaced = _insert(text, values, budget, at)
        return TokenText(replaced) if _VARIABLE.fullmatch(text) else replaced

    resolved: YamlMap = map_text(data, replace, data.location)
    raise_all(undefined)
    return resolved


def names_in(texts: Iterable[str]) -> frozenset[str]:
    """Return the names of all `%{name}` in some texts."""
    return frozenset(name for text in texts for name in _VARIABLE.findall(text))


def undefined_in(data: YamlMap, names: Iterable[str]) -> tuple[LhpError, ...]:
    """Return VARIABLE_UNDEFINED for each `%{name}` that is none of the names, at its place."""
    known = dict.fromkeys(names, "")
    undefined: list[LhpError] = []

    def look(text: str, at: Location) -> str:
        unknown = (name for name in _VARIABLE.findall(text) if name not in known)
        undefined.extend(_undefined(name, known, at) for name in unknown)
        return text

    map_text(data, look, data.location)
    return tuple(undefined)


def scalar_text(value: Any) -> str | None:
    """Return a single value as it stands inside a text; None for a map, a list or nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def reference_order(references: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the names so that each comes after those it refers to.

    Raises:
        ReferenceCycleError: When a name refers to itself, by whatever way.
    """
    try:
        return tuple(TopologicalSorter(references).static_order())
    except CycleError as error:
        raise ReferenceCycleError(tuple(reversed(error.args[1]))) from None


class ReferenceCycleError(Exception):
    """Names refer to each other in a circle.

    Args:
        names: Each refers to the next; the last is the first again.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(names)
        self.names = names

    def __str__(self) -> str:
        """Return the names in the order in which they refer to each other."""
        return " -> ".join(self.names)


@dataclass
class Budget:
    """How many characters may still be put into texts before it is too much."""

    left: int = _MOST_CHARACTERS

    def spend(self, size: int, at: Location) -> None:
        """Count characters that are put in at a place.

        Raises:
            LhpError: EXPANSION_TOO_LARGE, when nothing is left.
        """
        self.left -= size
        if self.left < 0:
            raise EXPANSION_TOO_LARGE.at(at, limit=_MOST_CHARACTERS)


def _read_values(data: YamlMap) -> dict[str, str]:
    block = expect_map(data, "variables")
    texts = {name: scalar_text(value) for name, value in block.items()}
    raise_all(
        VARIABLE_NOT_SCALAR.at(block.value_at[name], name=name, actual=shape_of(block[name]))
        for name, text in texts.items()
        if text is None
    )
    return _resolve({name: text or "" for name, text in texts.items()}, block)


def _resolve(texts: Mapping[str, str], block: YamlMap) -> dict[str, str]:
    references = {
        name: [other for other in _VARIABLE.findall(text) if other in texts]
        for name, text in texts.items()
    }
    try:
        order = reference_order(references)
    except ReferenceCycleError as cycle:
        raise VARIABLE_CYCLE.at(block.value_at[cycle.names[0]], cycle=str(cycle)) from None
    values: dict[str, str] = {}
    budget = Budget()
    for name in order:
        values[name] = _insert(texts[name], values, budget, block.value_at[name])
    return values


def _insert(text: str, values: Mapping[str, str], budget: Budget, at: Location) -> str:
    def value_of(match: re.Match[str]) -> str:
        value = values.get(match[1], match[0])
        budget.spend(len(value), at)
        return value

    return _VARIABLE.sub(value_of, text)


def _undefined(name: str, values: Mapping[str, str], at: Location) -> LhpError:
    known = ", ".join(values) if values else "no `variables`"
    return VARIABLE_UNDEFINED.at(at, name=name, known=known, nearest=nearest(name, values))
