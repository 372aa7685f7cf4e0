"""Finds what stands at a line of a project's file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from lhp.cli.report import escape
from lhp.core.function_table import folders_of
from lhp.core.plugin_manager import PluginManager
from lhp.errors import Location, nearest
from lhp.model.origin import path_text
from lhp.model.project import Project, ProjectFiles
from lhp.model.source import Document, Entry, entries
from lhp.passes.content import shown
from lhp.passes.discover import discover, discover_content
from lhp.passes.project import read_documents
from lhp.text.regular import read_regular
from lhp.values import frozen

_WHOLE = ("actions", "parameters")
_NAMES = ("name", "type")


@frozen
class Target:
    """What a line of a file says.

    Args:
        file: The file.
        path: The same, relative to the project root with `/`.
        documents: What the file holds.
        files: The files of the project.
        known: The same, and those of content plugins by the names that they go by.
        entry: The key or item at the line.
    """

    file: Path
    path: str
    documents: Sequence[Document]
    files: ProjectFiles
    known: ProjectFiles
    entry: Entry

    @property
    def key(self) -> str:
        """Its path in the file."""
        return path_text(self.entry.path)

    @property
    def place(self) -> Location:
        """Where it begins."""
        return self.entry.key_at

    @property
    def env(self) -> str | None:
        """The environment that its file is of; None for other files."""
        return next(
            (env for env, file in self.files.substitutions.items() if file == self.file), None
        )

    @property
    def template(self) -> str | None:
        """The name of the template that its file is; None for other files."""
        return next((key for key, file in self.known.templates.items() if file == self.file), None)

    @property
    def is_shared(self) -> bool:
        """True for a file that any flowgroup may use."""
        return self.env is not None or self.file in self.known.presets

    @property
    def is_in_pipelines(self) -> bool:
        """True for a file of flowgroups, or one that uses a blueprint."""
        return self.file in (*self.files.flowgroups, *self.files.instances)

    @property
    def is_action(self) -> bool:
        """True for a whole action."""
        return _is_action(self.entry.path)

    @property
    def parameters(self) -> frozenset[str]:
        """The names of the parameters that it declares."""
        path = self.entry.path
        if path[0] != "parameters" or path[-1] == "default":
            return frozenset()
        declared = (each for each in self._all if each.path[0] == "parameters")
        names = (each for each in declared if each.path[-1] == "name")
        return frozenset(
            str(each.value) for each in names if each.path[: len(path[:2])] == path[:2]
        )

    @property
    def places(self) -> frozenset[Location]:
        """Where the values stand that it holds; of a file's name, all that the file holds."""
        is_name = self.entry.path == ("name",)
        within = self._all if is_name else entries(self.entry.value)
        return frozenset([self.entry.at, *(each.at for each in within)])

    @property
    def _all(self) -> Iterator[Entry]:
        return (entry for document in self.documents for entry in entries(document.data))


@frozen
class Asked:
    """A place as a user names it.

    Args:
        here: The current folder.
        name: The file, relative to this folder or to the project root.
        line: Counted from 1.
        column: Counted from 1; 0 takes the whole line.
    """

    here: Path
    name: str
    line: int
    column: int


def target_at(project: Project, manager: PluginManager, asked: Asked) -> Target:
    """Return what stands at a place.

    Args:
        project: The project.
        manager: Its plugins, of which some bring presets and templates.
        asked: The place.

    Raises:
        click.UsageError: When there is no such file, or nothing at the line.
        LhpError: When the file can't be read.
        LhpErrors: When its text is at fault.
    """
    files = discover(project)
    known = _with_content(files, folders_of(manager, "content"))
    paths = {shown(project, file): file for file in _files_of(known)}
    tried = [Path(folder / asked.name).resolve() for folder in (asked.here, project.root)]
    same = {file.resolve(): file for file in paths.values()}
    file = next((same[each] for each in tried if each in same), None)
    if file is None:
        raise click.UsageError(_unknown(asked.name, paths, tried))
    path = shown(project, file)
    documents = read_documents(file, path)
    lines = read_regular(file).decode("utf-8-sig", errors="replace").splitlines()
    found = [entry for document in documents for entry in entries(document.data)]
    found = [entry for entry in found if entry.key_at.path == path]
    entry = _entry_at(found, lines, asked.line, asked.column)
    if entry is None:
        raise click.UsageError(escape(_nothing(path, found, lines, asked.line)))
    return Target(file, path, documents, files, known, entry)


def _with_content(files: ProjectFiles, folders: Mapping[str, Path]) -> ProjectFiles:
    for plugin, folder in folders.items():
        offered = discover_content(folder)
        templates = {f"{plugin}.{key}": file for key, file in offered.templates.items()}
        files = replace(
            files,
            presets=(*files.presets, *offered.presets),
            templates={**files.templates, **templates},
            blueprints=(*files.blueprints, *offered.blueprints),
        )
    return files


def _files_of(files: ProjectFiles) -> Iterator[Path]:
    yield from files.flowgroups
    yield from files.instances
    yield from files.presets
    yield from files.templates.values()
    yield from files.blueprints
    yield from files.substitutions.values()


def _unknown(name: str, known: Mapping[str, Any], tried: Sequence[Path]) -> str:
    meant = nearest(name.replace("\\", "/"), known)
    hint = f" Did you mean {meant!r}?" if meant else ""
    if not any(each.is_file() for each in tried):
        return f"there is no file {name!r}.{hint}"
    return (
        f"{name!r} is no flowgroup, instance, blueprint, template, preset or substitutions file "
        f"that the project uses.{hint}"
    )


def _nothing(path: str, found: Sequence[Entry], lines: Sequence[str], line: int) -> str:
    near = min(found, key=lambda each: abs(each.key_at.line - line), default=None)
    hint = f" The nearest is line {near.key_at.line}, {path_text(near.path)}." if near else ""
    if line > len(lines):
        return f"{path} ends at line {len(lines)}.{hint}"
    return f"nothing stands at line {line} of {path}.{hint}"


def _entry_at(found: Sequence[Entry], lines: Sequence[str], line: int, column: int) -> Entry | None:
    here = [each for each in found if line in (each.key_at.line, each.at.line)]
    if not here:
        return _entry_around(found, lines, line)
    if column:
        before = [each for each in here if _start(each, line) <= column]
        return max(before or here[:1], key=lambda each: (_start(each, line), len(each.path)))
    first = next((each for each in here if each.key_at.line == line), here[0])
    if _is_action(first.path[:-1]) and first.path[-1] in _NAMES:
        return next(
            each for each in found if each.path == first.path[:-1] and each.value is not None
        )
    if isinstance(first.path[-1], int) and first.path[-2:-1] and first.path[-2] not in _WHOLE:
        return next((each for each in here if each.path[:-1] == first.path), first)
    return first


def _start(entry: Entry, line: int) -> int:
    return entry.key_at.column if entry.key_at.line == line else entry.at.column


def _is_action(path: Sequence[str | int]) -> bool:
    is_item = len(path) > 1 and isinstance(path[-1], int)
    return is_item and path[-2] == "actions" and (len(path) == 2 or path[0] == "flowgroups")  # noqa: PLR2004  (`actions`, the index)


def _entry_around(found: Sequence[Entry], lines: Sequence[str], line: int) -> Entry | None:
    """Return the text of several lines that a line is in."""
    above = [each for each in found if each.at.line < line]
    text = lines[line - 1].strip().strip("'\"") if 0 < line <= len(lines) else ""
    last = max(above, key=lambda each: each.at, default=None)
    is_part = last is not None and isinstance(last.value, str) and text and text in last.value
    return last if is_part else None
