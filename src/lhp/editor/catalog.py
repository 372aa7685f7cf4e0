"""The plugins that a project's files can name, each with what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lhp.core.manifest import Manifest, Origin
from lhp.core.plugin_manager import PluginManager
from lhp.core.registry import Key, is_dormant
from lhp.editor.known import Known, KnownPlugins


@dataclass(frozen=True)
class Catalog:
    """What the schemas of one project are made from.

    Args:
        plugins: By type and name, sorted.
        declared: Those that lhp.yaml declares itself.
        is_closed: True when no other plugin exists; False leaves unknown names open.
    """

    plugins: Mapping[Key, Known] = field(default_factory=dict)
    declared: frozenset[Key] = frozenset()
    is_closed: bool = True

    def of_type(self, plugin_type: str) -> Mapping[str, Known]:
        """Return the plugins of one type by name, sorted."""
        return {
            name: known for (type_, name), known in self.plugins.items() if type_ == plugin_type
        }

    def generators(self, kind: str) -> Mapping[str, Known]:
        """Return the generators of one kind by sub-type, sorted."""
        return self.of_type(f"{kind}_generator")


def catalog_of(manager: PluginManager, known: KnownPlugins) -> Catalog:
    """Return the plugins of a project; those that are switched off or asleep are left out.

    Args:
        manager: The plugins.
        known: What each of them accepts.
    """
    awake = [
        manifest
        for _, manifest in sorted(manager.registry.winners.items())
        if manifest.enabled and not is_dormant(manifest)
    ]
    return Catalog(
        {manifest.key: known.of(manifest) for manifest in awake},
        frozenset(manifest.key for manifest in awake if _is_declared(manifest)),
    )


def builtin_catalog() -> Catalog:
    """Return the built-in plugins alone, open to any others."""
    manager = PluginManager()
    known = KnownPlugins(manager)
    own = sorted((each for each in manager.manifests if _is_ours(each)), key=lambda each: each.key)
    return Catalog({manifest.key: known.of(manifest) for manifest in own}, is_closed=False)


def _is_declared(manifest: Manifest) -> bool:
    return manifest.origin is Origin.CONFIG or manifest.is_named


def _is_ours(manifest: Manifest) -> bool:
    return manifest.origin is Origin.BUILTIN
