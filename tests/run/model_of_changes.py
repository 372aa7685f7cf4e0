"""What the target of change data capture is, said in plain Python, one change after the other."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """A change of one key.

    Args:
        sequence: What orders the changes.
        values: Of the columns that its flow has, the keys left out.
        deletes: True when it deletes the row.
        batch: When it came.
        flow: Whence it came.
        ignoring: Columns in which NULL keeps what is there.
    """

    sequence: Any
    values: Values
    deletes: bool = False
    batch: int = 0
    flow: int = 0
    ignoring: frozenset[str] = frozenset()

    def order(self, columns: Sequence[str]) -> tuple[Any, ...]:
        known = {name: self.values.get(name) for name in columns}
        return (self.sequence, self.deletes, self.batch, self.flow, _json(known))


@dataclass(frozen=True)
class Version:
    """Values of a key, with the sequences from and to which they held."""

    values: Values
    start: Any
    end: Any = None


def versions(
    changes: Iterable[Change], columns: Sequence[str], tracked: Iterable[str] | None = None
) -> list[Version]:
    """Return the versions of a key.

    Args:
        changes: All of the key, in any order.
        columns: Of the target, in order, the keys left out.
        tracked: Those that make versions; all when left out.
    """
    history: list[Version] = []
    values: Values | None = None
    in_order = sorted(changes, key=lambda change: change.order(columns))
    for sequence, group in itertools.groupby(in_order, key=lambda change: change.sequence):
        for change in group:
            values = None if change.deletes else _applied(change, columns, values or {})
        is_open = bool(history) and history[-1].end is None
        if is_open and values and _alike(values, history[-1].values, tracked or columns):
            history[-1] = replace(history[-1], values=values)
            continue
        if is_open:
            history[-1] = replace(history[-1], end=sequence)
        if values:
            history.append(Version(values, sequence))
    return history


def snapshot_versions(
    rows: Mapping[int, Values], taken: Sequence[int], tracked: Iterable[str]
) -> list[Version]:
    """Return the versions of a key.

    Args:
        rows: What the key had, by snapshot; nothing where it was not there.
        taken: All snapshots in order.
        tracked: Columns that make versions.
    """
    columns = [*next(iter(rows.values()), {})]
    changes = (Change(number, rows.get(number, {}), deletes=number not in rows) for number in taken)
    return versions(changes, columns, tracked)


def _applied(change: Change, columns: Sequence[str], before: Values) -> Values:
    return {
        name: _held(change.values.get(name), before.get(name))
        if name in change.ignoring or name not in change.values
        else change.values[name]
        for name in columns
    }


def _held(value: Any, before: Any) -> Any:
    if isinstance(value, Mapping) and isinstance(before, Mapping):
        return {name: _held(value[name], before.get(name)) for name in value}
    return before if value is None else value


def _alike(values: Values, others: Values, columns: Iterable[str]) -> bool:
    return all(values[name] == others[name] for name in columns)


def _json(value: Any) -> str:
    return json.dumps(_without_none(value), separators=(",", ":"))


def _without_none(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {name: _without_none(part) for name, part in value.items() if part is not None}
