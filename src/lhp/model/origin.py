"""Where the values of a resolved flowgroup come from, as words, texts and places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lhp.errors import Location
from lhp.model.flowgroup import FlowGroup
from lhp.model.source import NOWHERE, Entry, entries
from lhp.values import frozen

KeyPath = tuple[str | int, ...]

DEFAULT = "default"
IN_FILE = "in the file"
_MEANS = ("variables", "template_parameters")


@frozen
class Step:
    """One place that had a say in a value.

    Args:
        what: `preset bronze`, `template csv`, `%{variable}`, `{{ parameter }}`, `${token}` ...
        written: What stands there; None when nobody wrote it.
        at: The place; NOWHERE when nobody wrote it.
        steps: What the text there refers to.
        is_lost: True for a value that a stronger one replaced.
    """

    what: str
    written: Any = None
    at: Location = NOWHERE
    steps: tuple[Step, ...] = ()
    is_lost: bool = False

    @property
    def all(self) -> Iterator[Step]:
        """This step and those below it, in the order in which they are told."""
        yield self
        for step in self.steps:
            yield from step.all


@frozen
class Value:
    """One value of a resolved flowgroup.

    Args:
        flowgroup: Its flowgroup, resolved.
        path: Keys and indexes from the flowgroup to it.
        value: What it is in the end.
        at: Where it was written; NOWHERE when nobody wrote it.
        steps: What decided it, then what it replaced.
    """

    flowgroup: FlowGroup
    path: KeyPath
    value: Any
    at: Location
    steps: tuple[Step, ...]

    @property
    def action(self) -> str | None:
        """The name of the action that it belongs to; None for one of the flowgroup itself."""
        if self.path[0] != "actions" or len(self.path) == 1:
            return None
        action = self.flowgroup.data["actions"][self.path[1]]
        name = action.get("name") if isinstance(action, Mapping) else None
        return str(name or f"actions[{self.path[1]}]")

    @property
    def key(self) -> str:
        """Its path, from the action where it belongs to one."""
        return path_text(self.path[2:] if self.action else self.path)

    @property
    def all_steps(self) -> Iterator[Step]:
        """Every place that had a say in it."""
        for step in self.steps:
            yield from step.all

    @property
    def winners(self) -> Iterator[tuple[Step, Step | None]]:
        """Every place that had a say in it, with what replaced it; None for one that stands."""
        return _winners(self.steps, None)

    @property
    def is_default(self) -> bool:
        """True for a default of the generator, which nobody wrote."""
        return self.steps[0].what == DEFAULT

    @property
    def is_means(self) -> bool:
        """True for what is only there for other values: variables, parameters."""
        return self.path[0] in _MEANS


def _winners(steps: Sequence[Step], winner: Step | None) -> Iterator[tuple[Step, Step | None]]:
    """Yield the steps and those below them; what a replaced one refers to is replaced with it."""
    for step in steps:
        same = (each for each in steps if each.what == step.what and not each.is_lost)
        own = winner or (next(same, steps[0]) if step.is_lost else None)
        yield step, own
        yield from _winners(step.steps, own)


def path_text(path: Sequence[str | int]) -> str:
    """Return a path as people write it: `source.options`, `columns[2]`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).lstrip(".")


def leaves(value: Any, at: Location, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any, Location]]:
    """Yield the single values in a value, with path and place; a list of them counts as one.

    Args:
        value: Any YAML value.
        at: Where it stands.
        path: What leads to it.
    """
    inner = [each for each in entries(value, path) if len(each.path) == len(path) + 1]
    if not inner or _is_one(value, at, inner):
        yield path, value, at
    else:
        for each in inner:
            yield from leaves(each.value, each.at, each.path)


def _is_one(value: Any, at: Location, items: Sequence[Entry]) -> bool:
    files = {each.at.path for each in items}
    is_plain = not any(isinstance(each.value, (Mapping, list)) for each in items)
    return isinstance(value, list) and is_plain and (len(files) == 1 or at.path not in files)
