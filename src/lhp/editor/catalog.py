"""The plugins that a project's files can name, each with what is known of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from lhp.core.function_table import folders_of
from lhp.core.manifest import Manifest, Origin
from lhp.core.plugin_loader import shown_path
from lhp.core.plugin_manager import PluginManager
from lhp.core.registry import Key, is_dormant
from lhp.editor.known import Known, KnownPlugins
from lhp.errors import LhpError, LhpErrors
from lhp.passes.discover import discover_content
from lhp.passes.presets import keys_given
from lhp.passes.project import read_single
from lhp.values import frozen


@frozen
class Catalog:
    """What the schemas of one project are made from.

    Args:
        plugins: By type and name, sorted.
        declared: Those that lhp.yaml declares itself.
        given: Keys that presets give, by kind and sub-type: an action may lack them.
        is_closed: True when no other plugin and no other preset exists; False leaves open what
            they would decide.
    """

    plugins: Mapping[Key, Known] = field(default_factory=dict)
    declared: frozenset[Key] = frozenset()
    given: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    is_closed: bool = True

    def of_type(self, plugin_type: str) -> Mapping[str, Known]:
        """Return the plugins of one type by name, sorted."""
        return {
            name: known for (type_, name), known in self.plugins.items() if type_ == plugin_type
        }

    def has_to_be_given(self, kind: str, name: str, key: str) -> bool:
        """Return True when an action of a sub-type can't have a required key from a preset."""
        return self.is_closed and key not in self.given.get((kind, name), ())

    def generators(self, kind: str) -> Mapping[str, Known]:
        """Return the generators of one kind by sub-type, sorted."""
        return self.of_type(f"{kind}_generator")


def catalog_of(manager: PluginManager, known: KnownPlugins) -> Catalog:
    """Return the plugins of a project; those that are switched off or asleep are left out.

    Args:
        manager: The plugins.
        known: What each of them accepts.
    """
    awake = awake_in(manager)
    return Catalog(
        {manifest.key: known.of(manifest) for manifest in awake},
        frozenset(manifest.key for manifest in awake if _is_declared(manifest)),
        keys_given(_presets(manager)),
    )


def awake_in(manager: PluginManager) -> Sequence[Manifest]:
    """Return the plugins of a project by type and name, but those switched off or asleep."""
    return [
        manifest
        for _, manifest in sorted(manager.registry.winners.items())
        if manifest.enabled and not is_dormant(manifest)
    ]


def builtin_catalog() -> Catalog:
    """Return the built-in plugins alone, open to any others."""
    manager = PluginManager()
    known = KnownPlugins(manager)
    own = sorted((each for each in manager.manifests if _is_ours(each)), key=lambda each: each.key)
    return Catalog({manifest.key: known.of(manifest) for manifest in own}, is_closed=False)


def _presets(manager: PluginManager) -> Iterator[Mapping[str, Any]]:
    """Yield what each preset of the project gives; one that can't be read gives nothing."""
    if manager.root is None:
        return
    folders = (manager.root, *folders_of(manager, "content").values())
    for file in sorted(file for folder in folders for file in discover_content(folder).presets):
        with contextlib.suppress(LhpError, LhpErrors):
            data = read_single(file, shown_path(file, manager.root)).data
            defaults = data.get("defaults") if isinstance(data, Mapping) else None
            if isinstance(defaults, Mapping):
                yield defaults


def _is_declared(manifest: Manifest) -> bool:
    return manifest.origin is Origin.CONFIG or manifest.is_named


def _is_ours(manifest: Manifest) -> bool:
    return manifest.origin is Origin.BUILTIN
