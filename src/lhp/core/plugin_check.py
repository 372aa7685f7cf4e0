"""What is wrong with the plugins of a project: all faults at once, each at its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lhp.core.installed import distributions, normal_name
from lhp.core.manifest import Manifest, Origin
from lhp.core.option_schema import schema_of
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
    PLUGIN_UNTRUSTED,
    LhpError,
    LhpErrors,
    nearest,
)
from lhp.model.files import PluginDeclaration, PluginSection, ProjectFile
from lhp.model.source import locate
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
    else:
        chosen = [item for item in manager.registry.winners.values() if _is_of_project(item)]
        problems = [*section_problems(manager), *manager.problems, *manager.unread]
    for manifest in chosen if names else ():
        problems += _declaration_problems(manager, manifest)
    for manifest in chosen:
        problems += _plugin_problems(manager, manifest, is_static=is_static)
    return Checked(tuple(chosen), (*problems, *manager.resolver.warnings))


def state_of(manager: PluginManager, manifest: Manifest) -> State:
    """Return how it stands with a plugin; imports nothing."""
    refused = _refusal(manager, manifest)
    if refused is not None:
        return refused
    if manifest.origin is Origin.BUILTIN:
        return State("builtin")
    fault = static_fault(manifest, manager.resolver.modules)
    if fault is not None:
        return State("broken", str(fault.values.get("reason") or fault.message))
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
    if manager.trust.is_plugin_blocked(manifest.qualified_name, manifest.source):
        return State("blocked", "it is blocked by name")
    if not manager.trust.is_plugin_trusted(manifest.qualified_name, manifest.source):
        return State("untrusted", f"its source {manifest.source!r} is not trusted")
    return None


def section_problems(manager: PluginManager) -> list[LhpError]:
    """Return what is wrong with the shape of `plugins:` and of the folders' `plugins.yaml`."""
    problems: list[LhpError] = []
    data = manager.document.data if manager.document else None
    if isinstance(data, Mapping) and "plugins" in data:
        schema = schema_of(ProjectFile)["properties"]["plugins"]
        at = locate(data, ("plugins",))
        problems += shape_problems(data["plugins"], schema, f"`plugins` of {PROJECT_FILE}", at)
        problems += _missing_distributions(manager)
    return [*problems, *folder_problems(manager)]


def folder_problems(manager: PluginManager) -> list[LhpError]:
    """Return what is wrong with the shape of each `plugins.yaml` in a plugin folder."""
    files = [folder / DECLARATION_FILE for folder in manager.folders]
    return [problem for file in files for problem in _file_problems(file, manager.root)]


def _file_problems(file: Path, root: Path | None) -> list[LhpError]:
    shown = shown_path(file, root)
    try:
        document = read_yaml(file.read_bytes(), shown)[0]
    except (LhpErrors, OSError):
        return []  # the manager tells what it could not read
    data = document.data
    if isinstance(data, Mapping) and set(data) == {"plugins"}:
        data = data["plugins"]
    section = schema_of(PluginSection)
    schema = section["properties"]["enabled"] if isinstance(data, list) else section
    return [] if data is None else shape_problems(data, schema, shown, document.location)


def _missing_distributions(manager: PluginManager) -> Iterator[LhpError]:
    installed = {normal_name(item.name) for item in distributions() if item.points}
    for name, place in manager.declarations.distributions:
        if normal_name(name) not in installed:
            meant = nearest(normal_name(name), installed)
            yield PLUGIN_DISTRIBUTION_MISSING.at(place, name=name, nearest=meant)


def _is_of_project(manifest: Manifest) -> bool:
    return manifest.origin is not Origin.BUILTIN and not is_dormant(manifest)


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
            where = f"the plugin {manifest.name!r}"
            problems += shape_problems(entry, schema_of(PluginDeclaration), where, location)
    clash = manager.registry.clashes.get(manifest.key)
    return [*problems, *([clash] if clash else [])]


def _plugin_problems(
    manager: PluginManager, manifest: Manifest, *, is_static: bool
) -> Iterable[LhpError]:
    if not manifest.enabled or manifest.key in manager.registry.clashes:
        return ()
    state = state_of(manager, manifest)
    if state.word in ("blocked", "untrusted"):
        name, reason = manifest.name, state.reason
        place = manifest.location
        return [PLUGIN_UNTRUSTED.at(place, type=manifest.type, name=name, reason=reason)]
    faults = [*static_faults(manifest, manager.resolver.modules)]
    if faults or is_static:
        return faults
    return list(_loaded_problems(manager, manifest))


def _loaded_problems(manager: PluginManager, manifest: Manifest) -> Iterator[LhpError]:
    try:
        plugin = manager.resolver.load(manifest)
        if not manifest.plugin_type.is_folder:
            yield from manager.resolver.call(manifest, _settings_problems, manifest, plugin)
    except LhpError as error:
        yield error
    except LhpErrors as errors:
        yield from errors.problems


def _settings_problems(manifest: Manifest, plugin: Any) -> list[LhpError]:
    return settings_problems(plugin, manifest.config, manifest.location)
