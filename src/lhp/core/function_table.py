"""The filters and functions of plugins by name, each imported when a template uses it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lhp.core.manifest import Manifest, Origin
from lhp.core.plugin_manager import PluginManager
from lhp.errors import PLUGIN_TABLE_LABEL, LhpError, LhpErrors, nearest
from lhp.model.source import plain


class FunctionTable(Mapping[str, Callable[..., Any]]):
    """Name -> a function that calls the plugin and hands out plain data alone.

    Args:
        manager: Knows the plugins.
        plugin_type: `template_filter` or `template_function`.
        asked: Takes the plugins that somebody asked for, as `type:name`, but for those of lhp.
    """

    def __init__(
        self, manager: PluginManager, plugin_type: str, asked: set[str] | None = None
    ) -> None:
        self._manager = manager
        self._type = plugin_type
        self._asked = set() if asked is None else asked

    def __getitem__(self, name: str) -> Callable[..., Any]:
        """Return the function of a name.

        Raises:
            KeyError: When no plugin offers it.
            LhpError: When the plugin that does is switched off, broken or claimed twice.
        """
        manifest = self._manager.registry.get(self._type, name)
        plugin = self._loaded(manifest) if manifest else None
        if manifest is not None and callable(plugin):
            return self._guarded(manifest, plugin)
        faults: list[LhpError] = []
        for table in self._opaque():
            try:
                functions = self._loaded(table)
            except LhpError as error:
                faults.append(error)
                continue
            if isinstance(functions, Mapping) and name in functions:
                return self._guarded(table, functions[name])
        if manifest is not None and isinstance(plugin, Mapping):
            raise _label(manifest, plugin)
        if faults:
            raise faults[0]  # it may be the one that has the name
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names that are known without importing anything."""
        return iter(self._manager.registry.names(self._type))

    def __len__(self) -> int:
        """Return how many names are known without importing anything."""
        return len(self._manager.registry.names(self._type))

    def _loaded(self, manifest: Manifest) -> Any:
        if manifest.origin is not Origin.BUILTIN:
            self._asked.add(manifest.qualified_name)
        return self._manager.resolver.load(manifest)

    def _opaque(self) -> Iterator[Manifest]:
        for manifest in self._manager.registry.active(self._type):
            if not manifest.item and not self._manager.resolver.is_function(manifest):
                yield manifest

    def _guarded(self, manifest: Manifest, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            return self._manager.resolver.call(manifest, lambda: plain(function(*args, **kwargs)))

        return call


def _label(manifest: Manifest, functions: Mapping[Any, Any]) -> LhpError:
    names = sorted(map(str, functions))
    return PLUGIN_TABLE_LABEL.at(
        manifest.location,
        type=manifest.type,
        name=manifest.name,
        names=", ".join(names),
        nearest=nearest(manifest.name, names),
    )


def folders_of(manager: PluginManager, plugin_type: str) -> Mapping[str, Path]:
    """Return the folders of a folder type's plugins by name; broken ones are left out."""
    folders: dict[str, Path] = {}
    for manifest in manager.registry.active(plugin_type):
        with contextlib.suppress(LhpError, LhpErrors):
            folders[manifest.name] = manager.resolver.load(manifest)
    return folders
