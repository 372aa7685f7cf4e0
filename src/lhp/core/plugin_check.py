"""How it stands with the plugins of a project, as far as reading tells: nothing is imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from lhp.core.installed import distributions, normal_name
from lhp.core.manifest import Manifest, Origin
from lhp.core.plugin_loader import DECLARATION_FILE, shown_path
from lhp.core.plugin_manager import PROJECT_FILE, PluginManager
from lhp.core.quick_check import Schema
from lhp.core.resolver import static_fault
from lhp.core.shape_check import shape_problems
from lhp.core.shapes import shape
from lhp.errors import PLUGIN_DISTRIBUTION_MISSING, WRONG_VALUE, LhpError, LhpErrors, nearest
from lhp.model.source import YamlMap
from lhp.text.regular import read_regular
from lhp.text.yaml_reader import read_yaml
from lhp.values import frozen


@frozen
class State:
    """How it stands with one plugin, as far as reading tells.

    Args:
        word: enabled, installed, disabled, broken, blocked, untrusted or builtin.
        reason: Why it can't be used; empty when it can.
    """

    word: str
    reason: str = ""


def state_of(manager: PluginManager, manifest: Manifest) -> State:
    """Return how it stands with a plugin; imports nothing."""
    refused = _refusal(manager, manifest)
    if refused is not None:
        return refused
    if manifest.origin is Origin.BUILTIN:
        return State("builtin")
    verdict = manager.trust.verdict(manifest, manager.resolver.modules)
    if verdict.word == "blocked":
        return State("blocked", verdict.reason)
    fault = static_fault(manifest, manager.resolver.modules)
    if fault is not None:
        return State("broken", str(fault.values.get("reason") or fault.message))
    if not verdict.may_run:
        return State("untrusted", verdict.reason)
    is_quiet = manifest.origin is Origin.ENTRY_POINT and not manifest.is_named
    return State("installed" if is_quiet else "enabled")


def _refusal(manager: PluginManager, manifest: Manifest) -> State | None:
    clash = manager.registry.clashes.get(manifest.key)
    winner = manager.registry.winners[manifest.key]
    if not manifest.enabled:
        return State("disabled")
    if clash is not None:
        return State("broken", clash.message)
    if winner is not manifest:
        return State("disabled", f"overridden by {winner.target}")
    return None


def section_problems(manager: PluginManager) -> list[LhpError]:
    """Return what is wrong with the shape of `plugins:` and of the folders' `plugins.yaml`."""
    problems: list[LhpError] = []
    data = manager.document.data if manager.document else None
    if isinstance(data, YamlMap) and "plugins" in data:
        section = data.without(*(data.keys() - {"plugins"}))
        problems += shape_problems(section, _section_schema(), PROJECT_FILE)
        problems += missing_distributions(manager)
    return [*untold(problems, manager.problems), *folder_problems(manager)]


@cache
def _section_schema() -> Schema:
    """Return the schema of lhp.yaml as far as plugins go; one object, as schemas are compiled."""
    return {"properties": {"plugins": shape("ProjectFile")["properties"]["plugins"]}}


def plugin_schemas() -> tuple[Schema, Schema]:
    """Return the schemas of a `plugins:` section and of a bare list of declarations."""
    section, listed = shape("ProjectFile")["properties"]["plugins"]["anyOf"]
    return section, listed


def folder_problems(manager: PluginManager) -> list[LhpError]:
    """Return what is wrong with the shape of each `plugins.yaml` in a plugin folder."""
    files = [folder / DECLARATION_FILE for folder in manager.folders]
    found = [problem for file in files for problem in _file_problems(file, manager.root)]
    return [*untold(found, manager.problems)]


def _file_problems(file: Path, root: Path | None) -> list[LhpError]:
    shown = shown_path(file, root)
    try:
        document = read_yaml(read_regular(file), shown)[0]
    except (LhpErrors, OSError):
        return []  # the manager tells what it could not read
    data = document.data
    if isinstance(data, Mapping) and set(data) == {"plugins"}:
        data = data["plugins"]
    section, listed = plugin_schemas()
    schema = listed if isinstance(data, list) else section
    return [] if data is None else shape_problems(data, schema, shown, document.location)


def missing_distributions(manager: PluginManager) -> Iterator[LhpError]:
    """Yield each distribution that `entry_points:` lists and that has no plugins here."""
    if not manager.declarations.distributions:
        return
    installed = {normal_name(item.name) for item in distributions() if not item.problem}
    for name, place in manager.declarations.distributions:
        if normal_name(name) not in installed:
            meant = nearest(normal_name(name), installed)
            yield PLUGIN_DISTRIBUTION_MISSING.at(place, name=name, nearest=meant)


def untold(shapes: Iterable[LhpError], problems: Iterable[LhpError]) -> Iterator[LhpError]:
    """Leave out that a value breaks a rule where another problem says of it what is wrong."""
    told = {problem.location for problem in problems}
    for problem in shapes:
        if problem.code != WRONG_VALUE or problem.location not in told:
            yield problem
