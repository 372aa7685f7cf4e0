"""What a flowgroup makes, as plain data: all that the passes across flowgroups know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from lhp.core.base_generator import Facts
from lhp.errors import LhpError, Location
from lhp.model.flowgroup import FlowGroup, Instance, Output
from lhp.model.source import YamlMap, plain
from lhp.passes.generate import Built, Step
from lhp.values import frozen

_PLACES = ("name", "target", "source", "write_target")


@frozen
class MadeStep:
    """One action.

    Args:
        name: Of the action.
        kind: load, transform, write or test.
        facts: What its generator says of it.
        places: Where it and its parts stand, by path: `write_target.comment`; by
            nothing, itself. What stands where its surroundings do is left out.
    """

    name: str
    kind: str
    facts: Facts
    places: Mapping[str, Location] = field(default_factory=dict)

    def at(self, *path: str) -> Location | None:
        """Return where a part of the action stands, or the nearest place around it."""
        return _nearest(self.places, ".".join(path))


@frozen
class Made:
    """One flowgroup.

    Args:
        pipeline: Name of its pipeline as written.
        name: Its own name as written.
        location: Where it begins.
        named_at: Where its name stands.
        instance: The use of a blueprint that it comes from.
        steps: Its actions.
        outputs: Its files.
        problems: Warnings about it, and what is wrong with it beyond its own actions.
        data: The whole of it, resolved, where it was worked on just now and somebody wants that.
    """

    pipeline: str
    name: str
    location: Location
    named_at: Location
    instance: Instance | None = None
    steps: Sequence[MadeStep] = ()
    outputs: tuple[Output, ...] = ()
    problems: tuple[LhpError, ...] = ()
    data: Any = field(default=None, compare=False)

    @property
    def noted(self) -> Sequence[MadeStep]:
        """Its actions that tell artifacts something."""
        known: Sequence[MadeStep] | None = getattr(self.steps, "noted", None)
        return tuple(each for each in self.steps if each.facts.notes) if known is None else known

    @property
    def label(self) -> str:
        """How messages name it."""
        return f"{self.pipeline}/{self.name}"


def made_of(built: Built, outputs: tuple[Output, ...], *, with_data: bool = False) -> Made:
    """Return what others need to know of a flowgroup.

    Args:
        built: The flowgroup.
        outputs: Its files.
        with_data: True for a run in which somebody wants its resolved data.
    """
    flowgroup = built.flowgroup
    instance = flowgroup.instance
    return Made(
        flowgroup.pipeline,
        flowgroup.name,
        flowgroup.location,
        flowgroup.data.value_at.get("flowgroup", flowgroup.location),
        instance and replace(instance, parameters=YamlMap(), warnings=()),
        tuple(map(_step, built.steps)),
        outputs,
        built.problems,
        plain(flowgroup.data) if with_data else None,
    )


def shell_of(flowgroup: FlowGroup, *, with_data: bool = False) -> Made:
    """Return what is known of a flowgroup that makes nothing in this run.

    Args:
        flowgroup: The flowgroup.
        with_data: As for `made_of`.
    """
    return made_of(Built(flowgroup, (), problems=flowgroup.problems), (), with_data=with_data)


def _step(step: Step) -> MadeStep:
    facts = step.generated.facts
    if facts.notes:
        facts = replace(facts, notes=plain(facts.notes))
    action = step.action
    own = action.at()
    places = {} if own is None else {"": own}
    given = (key for key in _PLACES if key in action)
    for path in (*given, *(f"write_target.{key}" for key in facts.shared)):
        at = action.at(*path.split("."))
        if at is not None and at != _nearest(places, path):
            places[path] = at
    return MadeStep(action.name, action.kind, facts, places)


def _nearest(places: Mapping[str, Location], path: str) -> Location | None:
    while path and path not in places:
        path = path.rpartition(".")[0]
    return places.get(path)
