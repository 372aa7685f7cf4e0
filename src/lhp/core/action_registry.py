"""(kind, sub-type) -> the generator, imported on its first use."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any, ClassVar

from lhp.core.manifest import Manifest, Origin
from lhp.core.modules import FOLDER_PACKAGE
from lhp.core.plugin_loader import shown_path
from lhp.core.plugin_manager import PluginManager
from lhp.core.resolver import ByHandWarning, PluginHandle
from lhp.errors import (
    PLUGIN_BY_HAND,
    PLUGIN_CLASH,
    UNKNOWN_KIND,
    UNKNOWN_SUB_TYPE,
    Location,
    nearest,
)
from lhp.model.flowgroup import KINDS


class ActionRegistry:
    """The generators of a project.

    Args:
        manager: Knows the plugins.
    """

    _registered: ClassVar[dict[tuple[str, str], type[Any]]] = {}
    _places: ClassVar[dict[tuple[str, str], Location]] = {}

    def __init__(self, manager: PluginManager) -> None:
        self._manager = manager
        self.asked: set[str] = set()
        """The plugins that somebody asked for, as `type:name`, but for those that come with lhp."""

    @property
    def has_registered(self) -> bool:
        """True when a generator was added by hand."""
        return bool(self._registered)

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
        warnings.warn(
            f"declare the generator in lhp.yaml, {_declaration(kind, name, generator)}",
            ByHandWarning,
            stacklevel=2,
        )
        if generator.__module__.startswith(FOLDER_PACKAGE):
            return  # a class in a plugin folder is a plugin by that line already
        caller = sys._getframe(1)  # noqa: SLF001  (the line to change, as for the warning above)
        cls._places[kind, name] = Location(caller.f_code.co_filename, caller.f_lineno)
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
        if registered or manifest is None or manifest.origin is not Origin.BUILTIN:
            self.asked.add(f"{kind}_generator:{name}")
        if registered is not None:
            return self._adopted(self._manifest_of(kind, name, registered), manifest)
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

    def _manifest_of(self, kind: str, name: str, generator: type[Any]) -> Manifest:
        known, root = self._places[kind, name], self._manager.root
        place = Location(shown_path(Path(known.path), root), known.line)
        advice = f"declare it in lhp.yaml, {_declaration(kind, name, generator)}"
        values = {"type": f"{kind}_generator", "name": name, "advice": advice}
        return Manifest(
            type=f"{kind}_generator",
            name=name,
            origin=Origin.CONFIG,
            module=generator.__module__,
            attribute=generator.__qualname__,
            location=place,
            source=generator.__module__,
            warning=PLUGIN_BY_HAND.at(place, **values),
        )

    def _advice(self, kind: str, name: str) -> str:
        meant = nearest(name, self.names(kind))
        if meant:
            return f"did you mean {meant!r}?  `lhp plugins list` shows all"
        others = [other for other in KINDS if other != kind and name in self.names(other)]
        if others:
            return f"there is a {others[0]} generator of that name"
        return f"it is one of {', '.join(self.names(kind))}"


def _declaration(kind: str, name: str, generator: type[Any]) -> str:
    place = f"module: {generator.__module__}, class: {generator.__qualname__}"
    return f"under `plugins: enabled:`: {{name: {name}, type: {kind}_generator, {place}}}"
