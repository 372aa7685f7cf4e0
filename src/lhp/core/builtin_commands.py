"""The built-in commands, which work without a project and in a broken one."""

from __future__ import annotations

from functools import cache

from lhp.core.modules import LocalModules
from lhp.core.plugin_loader import BUILTIN, builtin_manifests
from lhp.core.plugin_trust import PluginTrustManager
from lhp.core.resolver import PluginHandle, Resolver


@cache
def builtin_commands(folder: str = "") -> dict[str, PluginHandle]:
    """Return a handle for each command that a folder declares, by name; reads one file.

    Args:
        folder: Below the folder of all built-in commands; empty for that itself.
    """
    resolver = Resolver(LocalModules(None), PluginTrustManager())
    return {
        manifest.name: PluginHandle(manifest, resolver)
        for manifest in builtin_manifests(BUILTIN / "commands" / folder)
    }
