"""Replaces `%{name}` in a flowgroup by the flowgroup's own `variables`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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
)
from lhp.model.source import TokenText, Unresolved, YamlMap, expect_map, map_text, shape_of

_VARIABLE = re.compile(r"%\{(\w+)\}")
_MOST_CHARACTERS = 4_000_000


def resolve_variables(data: YamlMap) -> tuple[YamlMap, list[LhpError]]:
    """Return the flowgroup with each `%{name}` replaced, also in `variables` themselves.

    Returns:
        The flowgroup, a text at fault `Unresolved`; and VARIABLE_CYCLE, VARIABLE_NOT_SCALAR and
        VARIABLE_UNDEFINED, at each place.

    Raises:
        LhpError: EXPANSION_TOO_LARGE.
    """
    values, problems = _read_values(data)
    budget = Budget()

    def replace(text: str, at: Location) -> str:
        names = _VARIABLE.findall(text)
        if not names:
            return text
        problems.extend(_undefined(name, values, at) for name in names if name not in values)
        replaced = _insert(text, values, budget, at)
        is_single = _VARIABLE.fullmatch(text) and not isinstance(replaced, Unresolved)
        return TokenText(replaced) if is_single else replaced

    return map_text(data, replace, data.location, all_texts=False), problems


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

    map_text(data, look, data.location, all_texts=False)
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


def order_beside_cycles(
    references: Mapping[str, Iterable[str]],
) -> tuple[tuple[str, ...], list[ReferenceCycleError]]:
    """Return the names that are part of no cycle, ordered by what they refer to; and the cycles."""
    left = {name: [*others] for name, others in references.items()}
    cycles: list[ReferenceCycleError] = []
    while True:
        try:
            return reference_order(left), cycles
        except ReferenceCycleError as cycle:
            cycles.append(cycle)
            left = {
                name: [other for other in others if other not in cycle.names]
                for name, others in left.items()
                if name not in cycle.names
            }


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


def _read_values(data: YamlMap) -> tuple[dict[str, str], list[LhpError]]:
    block = expect_map(data, "variables")
    if not block:
        return {}, []
    texts = {name: scalar_text(value) for name, value in block.items()}
    problems = [
        VARIABLE_NOT_SCALAR.at(block.value_at[name], name=name, actual=shape_of(block[name]))
        for name, text in texts.items()
        if text is None
    ]
    known = {name: Unresolved() if text is None else text for name, text in texts.items()}
    values, cycles = _resolve(known, block)
    return values, [*problems, *cycles]


def _resolve(texts: Mapping[str, str], block: YamlMap) -> tuple[dict[str, str], Iterator[LhpError]]:
    references = {
        name: [other for other in _VARIABLE.findall(text) if other in texts]
        for name, text in texts.items()
    }
    order, cycles = order_beside_cycles(references)
    values: dict[str, str] = {name: Unresolved() for cycle in cycles for name in cycle.names}
    budget = Budget()
    for name in order:
        values[name] = _insert(texts[name], values, budget, block.value_at[name])
    return values, (
        VARIABLE_CYCLE.at(block.value_at[cycle.names[0]], cycle=str(cycle)) for cycle in cycles
    )


def _insert(text: str, values: Mapping[str, str], budget: Budget, at: Location) -> str:
    """Return a text with the values of variables in it; as it is where one of them has none."""
    names = _VARIABLE.findall(text)
    if not all(name in values and not isinstance(values[name], Unresolved) for name in names):
        return Unresolved(text)

    def value_of(match: re.Match[str]) -> str:
        budget.spend(len(values[match[1]]), at)
        return values[match[1]]

    return text if isinstance(text, Unresolved) else _VARIABLE.sub(value_of, text)


def _undefined(name: str, values: Mapping[str, str], at: Location) -> LhpError:
    known = ", ".join(values) if values else "no `variables`"
    return VARIABLE_UNDEFINED.at(at, name=name, known=known, nearest=nearest(name, values))
