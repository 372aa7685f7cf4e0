"""What is wrong with the plugins of a project: all faults at once, each at its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lhp.core.installed import distributions, normal_name
from lhp.core.manifest import Manifest, Origin
from lhp.core.option_schema import Schema, schema_of
from lhp.core.plugin_config import settings_problems
from lhp.core.plugin_loader import (
    DECLARATION_FILE,
    shown_path,
)
from lhp.core.plugin_manager import PROJECT_FILE, PluginManager
from lhp.core.registry import is_dormant
from lhp.core.resolver import static_fault, static_faults
from lhp.core.shape_check import shape_problems
from lhp.errors import (
    PLUGIN_DISTRIBUTION_MISSING,
    PLUGIN_INSTALLED_BROKEN,
    WRONG_VALUE,
    LhpError,
    LhpErrors,
    nearest,
)
from lhp.model.files import PluginDeclaration, PluginSection, ProjectFile
from lhp.model.source import YamlMap
from lhp.text.regular import read_regular
from lhp.text.yaml_reader import read_yaml


@dataclass(frozen=True)
class Checked:
    """What a check looked at and found.

    Args:
        manifests: The plugins that were checked.
        problems: Errors and warnings.
    """

    manifests: tuple[Manifest, ...]
    problems: tuple[LhpError, ...]


@dataclass(frozen=True)
class State:
    """How it stands with one plugin, as far as reading tells.

    Args:
        word: enabled, installed, disabled, broken, blocked, untrusted or builtin.
        reason: Why it can't be used; empty when it can.
    """

    word: str
    reason: str = ""


def check_plugins(
    manager: PluginManager, names: Sequence[str] = (), *, is_static: bool = False
) -> Checked:
    """Return everything that is wrong with the plugins of a project.

    Args:
        manager: Knows the plugins.
        names: Plugins to check, by name or `type:name`; none at all means every plugin that the
            project declares or has installed.
        is_static: Only read; run no plugin's code.
    """
    if names:
        chosen, problems = _chosen(manager, names)
        shapes = [each for item in chosen for each in _declaration_problems(manager, item)]
    else:
        known = manager.registry.winners.values()
        chosen = [item for item in known if item.origin is not Origin.BUILTIN]
        shapes, problems = section_problems(manager), [*manager.problems, *manager.unread]
    for manifest in chosen:
        is_quiet = not names and manifest.origin is Origin.ENTRY_POINT and not manifest.is_named
        problems_of = _installed_problems if is_quiet else _plugin_problems
        problems += problems_of(manager, manifest, is_static=is_static)
    problems = [*_untold(shapes, problems), *problems]
    return Checked(tuple(chosen), (*problems, *manager.resolver.warnings))


def _untold(shapes: Iterable[LhpError], problems: Iterable[LhpError]) -> Iterator[LhpError]:
    """Leave out that a value breaks a rule where another problem says of it what is wrong."""
    told = {problem.location for problem in problems}
    for shape in shapes:
        if shape.code != WRONG_VALUE or shape.location not in told:
            yield shape


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
    return [*_untold(problems, manager.problems), *folder_problems(manager)]


@cache
def _section_schema() -> Schema:
    """Return the schema of lhp.yaml as far as plugins go; one object, as schemas are compiled."""
    return {"properties": {"plugins": schema_of(ProjectFile)["properties"]["plugins"]}}


def folder_problems(manager: PluginManager) -> list[LhpError]:
    """Return what is wrong with the shape of each `plugins.yaml` in a plugin folder."""
    files = [folder / DECLARATION_FILE for folder in manager.folders]
    found = [problem for file in files for problem in _file_problems(file, manager.root)]
    return [*_untold(found, manager.problems)]


def _file_problems(file: Path, root: Path | None) -> list[LhpError]:
    shown = shown_path(file, root)
    try:
        document = read_yaml(read_regular(file), shown)[0]
    except (LhpErrors, OSError):
        return []  # the manager tells what it could not read
    data = document.data
    if isinstance(data, Mapping) and set(data) == {"plugins"}:
        data = data["plugins"]
    section = schema_of(PluginSection)
    schema = section["properties"]["enabled"] if isinstance(data, list) else section
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


def _chosen(manager: PluginManager, names: Sequence[str]) -> tuple[list[Manifest], list[LhpError]]:
    chosen: dict[tuple[str, str], Manifest] = {}
    problems: list[LhpError] = []
    for name in names:
        try:
            manifest = manager.named(name)
            chosen[manifest.key] = manifest
        except LhpError as error:
            problems.append(error)
    return list(chosen.values()), problems


def _declaration_problems(manager: PluginManager, manifest: Manifest) -> list[LhpError]:
    problems: list[LhpError] = []
    for entry, location in manager.declarations.entries:
        if location is not None and location == manifest.location:
            where = f"'{manager.declarations.listed}.{entry['name']}' of {PROJECT_FILE}"
            problems += shape_problems(entry, schema_of(PluginDeclaration), where, location)
    clash = manager.registry.clashes.get(manifest.key)
    return [*problems, *([clash] if clash else [])]


def _plugin_problems(
    manager: PluginManager, manifest: Manifest, *, is_static: bool
) -> Iterable[LhpError]:
    if not manifest.enabled or manifest.key in manager.registry.clashes:
        return ()
    faults = [*static_faults(manifest, manager.resolver.modules)]
    if faults or is_static:
        return faults
    refused = manager.resolver.refusal(manifest)
    if refused is not None:
        return [refused]
    if manifest.type == "cli_command" and manifest.origin is not Origin.BUILTIN:
        return ()  # it runs with all rights of its user, and only when it is called
    return list(_loaded_problems(manager, manifest))


def _installed_problems(
    manager: PluginManager, manifest: Manifest, *, is_static: bool
) -> Iterator[LhpError]:
    """Yield as warnings what is wrong with an installed plugin that lhp.yaml does not name."""
    clash = manager.registry.clashes.get(manifest.key)
    is_static = is_static or is_dormant(manifest)
    faults = _plugin_problems(manager, manifest, is_static=is_static)
    for fault in [*([clash] if clash else []), *faults]:
        yield PLUGIN_INSTALLED_BROKEN.at(
            manifest.location,
            type=manifest.type,
            name=manifest.name,
            source=manifest.source,
            reason=fault.values.get("reason") or fault.message,
        )


def _loaded_problems(manager: PluginManager, manifest: Manifest) -> Iterator[LhpError]:
    try:
        plugin = manager.resolver.load(manifest)
        if not manifest.plugin_type.is_folder:
            yield from manager.resolver.read(manifest, _settings_problems, manifest, plugin)
    except LhpError as error:
        yield error
    except LhpErrors as errors:
        yield from errors.problems


def _settings_problems(manifest: Manifest, plugin: Any) -> list[LhpError]:
    return settings_problems(plugin, manifest.config, manifest.location)
