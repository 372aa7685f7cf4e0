"""What every flowgroup of a run shares."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Any

from lhp.core.action_registry import ActionRegistry
from lhp.core.function_table import FunctionTable, folders_of
from lhp.core.option_schema import Schema
from lhp.core.plugin_config import settings_of
from lhp.core.plugin_loader import shown_path
from lhp.core.plugin_manager import PluginManager
from lhp.core.render import CodeRenderer, TextRenderer
from lhp.core.resolver import PluginHandle
from lhp.model.project import Project
from lhp.passes.again import digest_of_names, names_below
from lhp.passes.noted import Read
from lhp.passes.substitution import Tokens, substituted
from lhp.values import frozen


@frozen
class Host:
    """A project in one environment, with its plugins.

    Args:
        project: What lhp.yaml says.
        manager: The plugins.
        tokens: Those of the environment.
        read: What the work on a file has read until now, besides that file.
    """

    project: Project
    manager: PluginManager
    tokens: Tokens
    read: Read = field(default_factory=Read, compare=False)

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
    def texts(self) -> dict[str, tuple[str, str, str]]:
        """The project's files that were read, by path: each as shown, its text and digest."""
        return {}

    @cached_property
    def offers(self) -> dict[object, tuple[Schema, bool]]:
        """The schemas of actions that were asked for, and whether their generators say options."""
        return {}

    @cached_property
    def _listed(self) -> dict[str, tuple[Sequence[str], str]]:
        return {}

    @cached_property
    def _tables(self) -> tuple[FunctionTable, FunctionTable, Mapping[str, Path]]:
        asked = self.actions.asked
        filters = FunctionTable(self.manager, "template_filter", asked)
        functions = FunctionTable(self.manager, "template_function", asked)
        macros = {name: folder / "macros" for name, folder in self.content_folders.items()}
        return filters, functions, {**macros, **folders_of(self.manager, "template_macro")}

    def where(self, path: str) -> tuple[Path, Path]:
        """Return the folder that a path has to stay in, and the real file or folder that it names.

        Args:
            path: Relative to the project root, with `/` or backslashes; or `plugin/...` for a file
                of a content plugin.

        Raises:
            OSError, ValueError: It can be no path, or its links lead in a circle.
        """
        root, path = self.project.root, path.replace("\\", "/")
        name, _, inner = path.partition("/")
        if name in self.content_folders and not (root / name).exists():
            root, path = self.content_folders[name].resolve(), inner
        # Path.resolve() raises on a loop of symlinks before Python 3.13.
        return root, Path(os.path.realpath(root / path))

    def listed(self, folder: str) -> tuple[Sequence[str], str]:
        """Return the paths of all files below a folder, sorted, and a digest of these paths.

        Args:
            folder: As for `where`.

        Raises:
            OSError, ValueError: As for `where`.
        """
        if folder not in self._listed or not self.read.is_run:
            top = self.where(folder)[1]
            names = names_below(str(top))
            found = sorted(shown_path(top / name, self.project.root) for name in names)
            self._listed[folder] = found, digest_of_names(names)
        return self._listed[folder]

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
