"""(kind, sub-type) -> the generator, imported on its first use."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

from lhp.core.manifest import Manifest, Origin
from lhp.core.plugin_manager import PluginManager
from lhp.core.resolver import PluginHandle
from lhp.errors import PLUGIN_CLASH, UNKNOWN_KIND, UNKNOWN_SUB_TYPE, Location, nearest
from lhp.model.flowgroup import KINDS


class ActionRegistry:
    """The generators of a project.

    Args:
        manager: Knows the plugins.
    """

    _registered: ClassVar[dict[tuple[str, str], type[Any]]] = {}

    def __init__(self, manager: PluginManager) -> None:
        self._manager = manager

    @classmethod
    def register(cls, kind: str, name: str, generator: type[Any]) -> None:
        """Add a generator for the rest of this process; the old way.

        Args:
            kind: load, transform, write or test.
            name: The sub-type.
            generator: A subclass of `BaseActionGenerator`.

        Raises:
            LhpError: UNKNOWN_KIND.
        """
        if kind not in KINDS:
            raise UNKNOWN_KIND.at(name=kind, nearest=nearest(kind, KINDS))
        declaration = (
            f"{{name: {name}, type: {kind}_generator, module: {generator.__module__}, "
            f"class: {generator.__qualname__}}}"
        )
        warnings.warn(
            f"declare the generator in lhp.yaml, under `plugins: enabled:`: {declaration}",
            DeprecationWarning,
            stacklevel=2,
        )
        cls._registered[kind, name] = generator

    def generator(self, kind: str, name: str, at: Location | None = None) -> PluginHandle:
        """Return the generator of an action.

        Args:
            kind: load, transform, write or test.
            name: The sub-type.
            at: Where the user named it.

        Raises:
            LhpError: UNKNOWN_SUB_TYPE with the nearest name, or why the name can't be used.
        """
        manifest = self._manager.registry.get(f"{kind}_generator", name)
        registered = self._registered.get((kind, name))
        if registered is not None:
            return self._adopted(_manifest_of(kind, name, registered), manifest)
        if manifest is not None:
            return self._manager.handle(manifest)
        raise UNKNOWN_SUB_TYPE.at(at, kind=kind, name=name, advice=self._advice(kind, name))

    def names(self, kind: str) -> list[str]:
        """Return the sub-types of one kind, sorted."""
        registered = {name for known, name in self._registered if known == kind}
        return sorted({*self._manager.registry.names(f"{kind}_generator"), *registered})

    def _adopted(self, registered: Manifest, declared: Manifest | None) -> PluginHandle:
        if declared is not None:
            ours = (registered.module, registered.attribute)
            if ours == (declared.module, declared.attribute):
                return self._manager.handle(declared)
            raise PLUGIN_CLASH.at(
                declared.location,
                name=declared.name,
                target=declared.target,
                place=declared.location,
                other=registered.target,
                other_place="ActionRegistry.register()",
                advice="rename one of them",
            )
        self._manager.resolver.adopt(
            registered, self._registered[registered.plugin_type.kind, registered.name]
        )
        return self._manager.handle(registered)

    def _advice(self, kind: str, name: str) -> str:
        meant = nearest(name, self.names(kind))
        if meant:
            return f"did you mean {meant!r}?  `lhp plugins list` shows all"
        others = [other for other in KINDS if other != kind and name in self.names(other)]
        if others:
            return f"there is a {others[0]} generator of that name"
        return f"it is one of {', '.join(self.names(kind))}"


def _manifest_of(kind: str, name: str, generator: type[Any]) -> Manifest:
    return Manifest(
        type=f"{kind}_generator",
        name=name,
        origin=Origin.CONFIG,
        module=generator.__module__,
        attribute=generator.__qualname__,
        source=generator.__module__,
    )
