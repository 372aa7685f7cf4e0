"""What is wrong with the plugins of a project: all faults at once, each at its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lhp.core.manifest import Manifest, Origin
from lhp.core.plugin_check import plugin_schemas, section_problems, untold
from lhp.core.plugin_config import settings_problems
from lhp.core.plugin_manager import PROJECT_FILE, PluginManager
from lhp.core.registry import is_dormant
from lhp.core.resolver import static_faults
from lhp.core.shape_check import shape_problems
from lhp.errors import (
    PLUGIN_INSTALLED_BROKEN,
    LhpError,
    LhpErrors,
)
from lhp.values import frozen


@frozen
class Checked:
    """What a check looked at and found.

    Args:
        manifests: The plugins that were checked.
        problems: Errors and warnings.
    """

    manifests: tuple[Manifest, ...]
    problems: tuple[LhpError, ...]


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
    problems = [*untold(shapes, problems), *problems]
    return Checked(tuple(chosen), (*problems, *manager.resolver.warnings))


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
            problems += shape_problems(entry, plugin_schemas()[1]["items"], where, location)
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
