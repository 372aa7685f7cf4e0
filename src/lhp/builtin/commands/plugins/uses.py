"""Who uses a plugin: the places of the project that name it, found by reading alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lhp.builtin.commands.plugins.jinja_uses import column_of, is_used_in_jinja, lines_that_use
from lhp.core.function_table import folders_of
from lhp.core.manifest import Manifest
from lhp.core.plugin_loader import shown_path
from lhp.core.plugin_manager import PluginManager
from lhp.errors import LhpError, LhpErrors, Location
from lhp.model.flowgroup import KINDS
from lhp.model.project import Project
from lhp.model.source import Document, YamlList, YamlMap, locate, map_text
from lhp.passes.discover import discover, discover_content
from lhp.passes.project import read_documents
from lhp.text.regular import read_regular

Use = tuple[Location, str]

_UNASKED = {"validator": "looks at every flowgroup", "artifact": "is made of every run"}
_NAMING = ("use_template", "use_blueprint", "presets", "extends")
_NOT_READ = ("generated", "__pycache__", "node_modules")


def uses_of(manager: PluginManager, manifest: Manifest) -> list[Use]:
    """Return each place that uses a plugin, with what stands there.

    Args:
        manager: Knows the project.
        manifest: The plugin.
    """
    document = manager.document
    if manager.root is None or document is None:
        return []
    return list(dict.fromkeys(_uses(manager, Project(manager.root, document), manifest)))


def actions_of(manager: PluginManager, project: Project, manifest: Manifest) -> Iterator[YamlMap]:
    """Yield each action of the project that uses a generator, as written.

    Args:
        manager: Knows the project.
        project: The project.
        manifest: The generator.
    """
    kind = KINDS[manifest.plugin_type.kind]
    for file in _yaml_files(manager, project):
        for entry in _maps([document.data for document in _documents(file, project)]):
            if entry.get("type") == kind.name and kind.sub_type_of(entry) == manifest.name:
                yield entry


def _uses(manager: PluginManager, project: Project, manifest: Manifest) -> Iterator[Use]:
    if manifest.type == "formatter":
        yield from _chosen(project.document, manifest)
    elif manifest.type in _UNASKED:
        if manifest in manager.registry.active(manifest.type) and manifest.location:
            yield manifest.location, _UNASKED[manifest.type]
    elif manifest.plugin_type.kind:
        for entry in actions_of(manager, project, manifest):
            what = f"the {manifest.plugin_type.kind} {entry.get('name', '')!r}"
            yield entry.location, what
    elif is_used_in_jinja(manifest):
        yield from _in_jinja(manager, project, manifest)


def _in_jinja(manager: PluginManager, project: Project, manifest: Manifest) -> Iterator[Use]:
    for file in _templates(manager, project):
        yield from _values(file, project, manifest)
    for file in _jinja_files(manager, project):
        yield from _lines(file, project, manifest)
    if manifest.type == "content":
        for file in (*_yaml_files(manager, project), *discover(project).presets):
            yield from _named(file, project, manifest)


def _chosen(document: Document, manifest: Manifest) -> Iterator[Use]:
    chosen = document.data.get("formatter") if isinstance(document.data, YamlMap) else None
    place = locate(document.data, ("formatter",))
    if chosen == manifest.name and place:
        yield place, "formatter"


def _templates(manager: PluginManager, project: Project) -> list[Path]:
    folders = folders_of(manager, "content").values()
    found = (discover(project), *map(discover_content, folders))
    return sorted({file for each in found for file in each.templates.values()})


def _yaml_files(manager: PluginManager, project: Project) -> list[Path]:
    found = discover(project)
    return sorted({*found.flowgroups, *found.blueprints, *_templates(manager, project)})


def _jinja_files(manager: PluginManager, project: Project) -> list[Path]:
    """Return SQL files and Jinja files of the project and of the folders that plugins are."""
    kinds = ("content", "template_macro")
    folders = [
        project.root,
        *(each for kind in kinds for each in folders_of(manager, kind).values()),
    ]
    found = set()
    for top in folders:
        for folder, inner, files in os.walk(top):
            inner[:] = [
                name for name in inner if not name.startswith(".") and name not in _NOT_READ
            ]
            found |= {Path(folder, name) for name in files if name.endswith((".sql", ".j2"))}
    return sorted(found)


def _documents(file: Path, project: Project) -> tuple[Document, ...]:
    try:
        return read_documents(file, shown_path(file, project.root))
    except (LhpError, LhpErrors):
        return ()


def _text(file: Path) -> str:
    try:
        return read_regular(file).decode("utf-8", "replace")
    except OSError:
        return ""


def _maps(value: Any) -> Iterator[YamlMap]:
    if isinstance(value, YamlMap):
        yield value
        for item in value.values():
            yield from _maps(item)
    elif isinstance(value, list):
        for item in value:
            yield from _maps(item)


def _named(file: Path, project: Project, manifest: Manifest) -> Iterator[Use]:
    """Yield where a name or a path begins with that of a content plugin."""
    for entry in _maps([document.data for document in _documents(file, project)]):
        for key, value in entry.items():
            values = value if isinstance(value, YamlList) else [value]
            ends = ("/", ".") if key in _NAMING else ("/",)
            for index, text in enumerate(values):
                if isinstance(text, str) and text.startswith(
                    tuple(manifest.name + end for end in ends)
                ):
                    path = (key, index) if values is value else (key,)
                    yield locate(entry, path) or entry.location, f"{key}: {text}"


def _values(file: Path, project: Project, manifest: Manifest) -> Iterator[Use]:
    """Yield the uses in the values of a YAML template, in which alone its Jinja stands."""
    texts: list[tuple[str, Location]] = []
    for document in _documents(file, project):
        map_text(document.data, lambda text, at: texts.append((text, at)))
    lines = _text(file).splitlines()
    for text, at in texts:
        for number in lines_that_use(text, manifest):
            # A value may begin on the line after its `|`.
            near = range(at.line + number - 2, min(at.line + number, len(lines)))
            columns = ((line, column_of(lines[line], manifest)) for line in near)
            found = ((line, column) for line, column in columns if column)
            line, column = next(found, (at.line - 1, at.column))
            yield Location(at.path, line + 1, column), lines[line].strip()


def _lines(file: Path, project: Project, manifest: Manifest) -> Iterator[Use]:
    text = _text(file)
    lines = text.splitlines()
    for number in lines_that_use(text, manifest):
        line = lines[number - 1] if number <= len(lines) else ""
        column = column_of(line, manifest) or 1
        yield Location(shown_path(file, project.root), number, column), line.strip()
