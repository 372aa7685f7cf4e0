"""The built-in commands, which work without a project and in a broken one."""

from __future__ import annotations

from functools import lru_cache

from lhp.core.modules import LocalModules
from lhp.core.plugin_loader import BUILTIN, builtin_manifests
from lhp.core.plugin_trust import PluginTrustManager
from lhp.core.resolver import PluginHandle, Resolver


@lru_cache(maxsize=1)
def builtin_commands() -> dict[str, PluginHandle]:
    """Return a handle for each built-in command, by name; reads one file."""
    resolver = Resolver(LocalModules(None), PluginTrustManager())
    return {
        manifest.name: PluginHandle(manifest, resolver)
        for manifest in builtin_manifests(BUILTIN / "commands")
    }
