"""Tells where a plugin or a blueprint that is at fault was used, besides where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from lhp.errors import (
    BLUEPRINT_AT_USE,
    PLUGIN_AT_USE,
    PLUGIN_BROKEN,
    PLUGIN_CLASH,
    PLUGIN_DISABLED,
    PLUGIN_FAILED,
    PLUGIN_UNTRUSTED,
    LhpError,
    Location,
)
from lhp.model.flowgroup import KINDS, FlowGroup, Instance
from lhp.model.source import locate
from lhp.passes.host import Host

_FAULTS = (PLUGIN_BROKEN, PLUGIN_CLASH, PLUGIN_DISABLED, PLUGIN_FAILED, PLUGIN_UNTRUSTED)


def met_at(problems: Iterable[LhpError], at: Location | None) -> Iterator[LhpError]:
    """Yield problems; with each fault of a plugin, that it was met at a place."""
    for problem in problems:
        yield problem
        if problem.code in _FAULTS:
            yield _use(problem, at)


def met_in(problems: Iterable[LhpError], flowgroup: FlowGroup, host: Host) -> Iterator[LhpError]:
    """Yield problems; with each fault of a plugin, the actions whose generator it is."""
    for problem in problems:
        yield problem
        if problem.code in _FAULTS:
            places = [*_actions_of(problem, flowgroup, host)]
            yield from (_use(problem, at) for at in places or [flowgroup.location])


class Instanced(Protocol):
    """What knows which use of a blueprint it comes from."""

    @property
    def instance(self) -> Instance | None:
        """The use; None for what is written out."""

    @property
    def location(self) -> Location:
        """Where it begins: in its file, or in the blueprint."""


def met_by(problems: Iterable[LhpError], flowgroup: Instanced) -> Iterator[LhpError]:
    """Yield problems; with each error in a blueprint, the instance whose flowgroup meets it."""
    instance = flowgroup.instance
    for problem in problems:
        yield problem
        place = problem.location
        if instance and place and not problem.is_warning and place.path == flowgroup.location.path:
            values = {"fault": problem.message, "place": place, "more": ""}
            yield BLUEPRINT_AT_USE.at(instance.location, blueprint=instance.blueprint, **values)


def path_of_use(kind: str) -> tuple[str | int, ...]:
    """Return the path from an action to the name of its generator."""
    return KINDS[kind].path(KINDS[kind].selector)


def folded(problems: Iterable[LhpError]) -> Iterator[LhpError]:
    """Yield problems; of all that meet one fault of one thing the first, with their number."""
    uses: dict[tuple[object, object], dict[Location | None, LhpError]] = {}
    for problem in problems:
        if problem.code in (PLUGIN_AT_USE, BLUEPRINT_AT_USE):
            fault = (problem.values["fault"], problem.values["place"])
            uses.setdefault(fault, {}).setdefault(problem.location, problem)
        else:
            yield problem
    for met in uses.values():
        first, *others = met.values()
        more = f"; {len(others)} more {'place meets' if len(others) == 1 else 'places meet'} this"
        yield LhpError(first.code, first.location, {**first.values, "more": more if others else ""})


def _use(fault: LhpError, at: Location | None) -> LhpError:
    return PLUGIN_AT_USE.at(at, fault=fault.message, place=fault.location, more="")


def _actions_of(fault: LhpError, flowgroup: FlowGroup, host: Host) -> Iterator[Location | None]:
    for entry in flowgroup.data["actions"]:
        kind = KINDS.get(str(entry.get("type"))) if isinstance(entry, Mapping) else None
        if kind is not None:
            key = (f"{kind.name}_generator", str(kind.sub_type_of(entry)))
            manifest = host.manager.registry.winners.get(key)
            about = (fault.values.get("type"), fault.values.get("name"))
            # A clash is one of two declarations and tells no type.
            if manifest and (about == key or fault.location == manifest.location):
                yield locate(entry, path_of_use(kind.name))
