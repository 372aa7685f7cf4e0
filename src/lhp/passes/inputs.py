"""Reads the project's files for one action, with tokens replaced; none from outside the project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from lhp.core.base_generator import Context
from lhp.core.manifest import Origin
from lhp.core.plugin_loader import shown_path
from lhp.core.plugin_sources import sha256
from lhp.core.resolver import PluginHandle
from lhp.errors import (
    FILE_MISSING,
    FILE_NOT_TEXT,
    FILE_OUTSIDE_PROJECT,
    FILE_UNREADABLE,
    SEVERAL_DOCUMENTS,
    LhpError,
    Location,
    nearest,
)
from lhp.model.source import Document, YamlList, YamlMap, is_bare, map_text
from lhp.passes.host import Host
from lhp.passes.substitution import deprecations, substitute_text, substituted
from lhp.text.yaml_reader import read_yaml


@dataclass
class Inputs:
    """The files that one action reads.

    Args:
        host: What the run shares.
        action: The action as resolved, to tell which value named a path.
        parameters: Those of its template, which SQL files may use; None for an action that no
            template gave.
    """

    host: Host
    action: YamlMap
    parameters: Mapping[str, Any] | None = None
    files: list[str] = field(default_factory=list)
    warnings: list[LhpError] = field(default_factory=list)
    _data: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def context(self, handle: PluginHandle, **own: Any) -> Context:
        """Return what a plugin meets besides what it works on.

        Args:
            handle: The plugin.
            own: What it works on: further fields of `Context`.

        Raises:
            LhpErrors: What is wrong with its settings.
        """
        host = self.host
        return Context(
            config=host.settings_of(handle),
            env=host.tokens.env,
            project_name=host.project.name,
            read_text=self.read_text,
            read_yaml=self.read_yaml if handle.origin is Origin.BUILTIN else self._own_data,
            list_files=self.list_files,
            section=host.section,
            project_columns=tuple(host.project.columns),
            renderer=host.code_renderer,
            **own,
        )

    def read_text(self, path: str) -> str:
        """Return a file's text; what the host gives to generators.

        Jinja in an SQL file of a template's action is rendered with the template's parameters.

        Args:
            path: Relative to the project root, with `/` or backslashes; or `plugin/...` for a file
                of a content plugin.

        Raises:
            LhpError: FILE_MISSING, FILE_OUTSIDE_PROJECT, FILE_NOT_TEXT, FILE_UNREADABLE, at the
                value that names the path; SQL_TEMPLATE.
            LhpErrors: For tokens that do not exist, at their places in the file.
        """
        shown, text = self._text(path)
        if self.parameters is not None and shown.endswith(".sql"):
            renderer = self.host.text_renderer
            text = renderer.render_sql(text, self.parameters, Location(shown))
        self.warnings += deprecations(text, shown, self.host.tokens)
        return substitute_text(text, shown, self.host.tokens)

    def read_yaml(self, path: str) -> Any:
        """Return the data of a YAML or JSON file, tokens replaced in its keys, too.

        An expectation's condition, for one, may be a key. A file is read once, as checks and code
        look at the same one.

        Args:
            path: As for `read_text`.

        Raises:
            LhpError: As for `read_text`; SEVERAL_DOCUMENTS.
            LhpErrors: When its text is at fault, or a token does not exist.
        """
        if path not in self._data:
            self._data[path] = self._parsed(path)
        return self._data[path]

    def _own_data(self, path: str) -> Any:
        """Return data that a plugin may change: others look at the same file."""
        return deepcopy(self.read_yaml(path))

    def _parsed(self, path: str) -> Any:
        shown, text = self._text(path)
        document, *others = _documents(text, shown)
        if others:
            raise SEVERAL_DOCUMENTS.at(others[0].location, path=shown)
        self.warnings += document.warnings
        if is_bare(text):
            return document.data
        tokens, at = self.host.tokens, document.location
        data, warnings = substituted(document.data, tokens, at, with_keys=True)
        self.warnings += warnings
        return data

    def list_files(self, folder: str) -> Sequence[str]:
        """Return the paths of all files below a folder, sorted, relative to the project root."""
        self._inside(folder)
        listed, self.host.read.folders[folder] = self.host.listed(folder)
        return listed

    def _text(self, path: str) -> tuple[str, str]:
        known = self.host.texts
        if path not in known or not self.host.read.is_run:
            known[path] = self._read(path)
        shown, text, self.host.read.files[path] = known[path]
        self.files.append(shown)
        return shown, text

    def _read(self, path: str) -> tuple[str, str, str]:
        file = self._inside(path)
        shown = shown_path(file, self.host.project.root)
        if not file.is_file():
            raise FILE_MISSING.at(self._place(path), path=path, nearest=self._nearest(file))
        try:
            content = file.read_bytes()
            text = content.decode("utf-8-sig").replace("\r\n", "\n")
            return shown, text, sha256(content)
        except UnicodeDecodeError as error:
            raise FILE_NOT_TEXT.at(self._place(path), path=path, reason=str(error)) from error
        except OSError as error:
            raise FILE_UNREADABLE.at(self._place(path), path=path, reason=error.strerror) from error

    def _inside(self, path: str) -> Path:
        try:
            root, file = self.host.where(path)
        except (OSError, ValueError) as error:
            raise FILE_MISSING.at(self._place(path), path=path, nearest=None) from error
        if not file.is_relative_to(root):
            raise FILE_OUTSIDE_PROJECT.at(self._place(path), path=path)
        return file

    def _nearest(self, file: Path) -> str | None:
        root = self.host.project.root
        folder = file.parent if file.parent.is_dir() else root
        below = (entry for entry in folder.rglob("*") if entry.is_file())
        names = [shown_path(entry, root) for entry in below]
        return nearest(shown_path(file, root), names)

    def _place(self, path: str) -> Location | None:
        return place_of(self.action, path)


@lru_cache(maxsize=256)  # many actions name the same few files
def _documents(text: str, path: str) -> Sequence[Document]:
    return read_yaml(text.encode(), path)


def place_of(value: YamlMap | YamlList, text: str) -> Location | None:
    """Return where a text last stands as a value; the container's own place when nowhere.

    A path that is spelt like a sub-type stands after it.
    """
    found: list[Location] = []

    def collect(item: str, at: Location) -> str:
        if item == text:
            found.append(at)
        return item

    map_text(value, collect)
    return found[-1] if found else value.location
