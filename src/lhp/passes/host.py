"""What every flowgroup of a run shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lhp.core.action_registry import ActionRegistry
from lhp.core.function_table import FunctionTable, folders_of
from lhp.core.plugin_config import settings_of
from lhp.core.plugin_manager import PluginManager
from lhp.core.render import CodeRenderer, TextRenderer
from lhp.core.resolver import PluginHandle
from lhp.model.project import Project
from lhp.passes.substitution import Tokens, substituted


@dataclass(frozen=True)
class Host:
    """A project in one environment, with its plugins.

    Args:
        project: What lhp.yaml says.
        manager: The plugins.
        tokens: Those of the environment.
    """

    project: Project
    manager: PluginManager
    tokens: Tokens

    @cached_property
    def actions(self) -> ActionRegistry:
        """The generators by kind and sub-type."""
        return ActionRegistry(self.manager)

    @cached_property
    def code_renderer(self) -> CodeRenderer:
        """Renders code templates."""
        return CodeRenderer(*self._tables, root=self.project.root)

    @cached_property
    def text_renderer(self) -> TextRenderer:
        """Renders the user's templates and SQL files."""
        return TextRenderer(*self._tables)

    @cached_property
    def content_folders(self) -> Mapping[str, Path]:
        """The folders of content plugins by name: presets, templates, macros and SQL files."""
        return folders_of(self.manager, "content")

    @cached_property
    def _tables(self) -> tuple[FunctionTable, FunctionTable, Mapping[str, Path]]:
        filters = FunctionTable(self.manager, "template_filter")
        functions = FunctionTable(self.manager, "template_function")
        macros = {name: folder / "macros" for name, folder in self.content_folders.items()}
        return filters, functions, {**macros, **folders_of(self.manager, "template_macro")}

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a block of lhp.yaml, tokens replaced, without `x-...`; empty when it is absent.

        Raises:
            LhpErrors: A token that does not exist, or a fault of a secret, at each place.
        """
        block = (self.project.document.data or {}).get(name)
        if block is None:
            return {}
        own = block.without(*(key for key in block if key.startswith("x-")))
        found: Mapping[str, Any] = substituted(own, self.tokens)[0]
        return found

    def settings_of(self, handle: PluginHandle) -> Any:
        """Return a plugin's settings: tokens replaced, checked, defaults filled in.

        Raises:
            LhpErrors: Everything that is wrong with them, in lhp.yaml.
        """
        manifest = handle.manifest
        if manifest.identity not in self._settings:
            config = substituted(manifest.config, self.tokens)[0]
            settings = handle.read(settings_of, handle.load(), config, manifest.location)
            self._settings[manifest.identity] = settings
        return self._settings[manifest.identity]

    @cached_property
    def _settings(self) -> dict[object, Any]:
        return {}
