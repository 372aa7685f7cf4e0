"""Who uses a plugin: the lines of the project that name it, found by reading alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lhp.core.manifest import Manifest
from lhp.core.plugin_manager import PluginManager
from lhp.errors import LhpError, LhpErrors, Location
from lhp.model.flowgroup import KINDS
from lhp.model.project import Project
from lhp.model.source import YamlMap, locate
from lhp.passes.discover import discover
from lhp.passes.project import read_documents

_CALLS = {"template_filter": r"\|\s*{name}\b", "template_function": r"\b{name}\s*\("}


def uses_of(manager: PluginManager, manifest: Manifest) -> list[tuple[Location, str]]:
    """Return each place that uses a plugin, with what stands there.

    Args:
        manager: Knows the project.
        manifest: The plugin; generators, filters, functions and formatters have places.
    """
    document = manager.document
    if manager.root is None or document is None:
        return []
    if manifest.type == "formatter":
        chosen = document.data.get("formatter") if isinstance(document.data, Mapping) else None
        place = locate(document.data, ("formatter",))
        return [(place, "formatter")] if chosen == manifest.name and place else []
    project = Project(manager.root, document)
    found = discover(project)
    files = sorted({*found.flowgroups, *found.templates.values()})
    if manifest.plugin_type.kind:
        return [use for file in files for use in _actions(file, project, manifest)]
    if manifest.type in _CALLS:
        pattern = re.compile(_CALLS[manifest.type].format(name=re.escape(manifest.name)))
        files += sorted(manager.root.glob("sql/**/*.sql"))
        return [use for file in files for use in _lines(file, project, pattern)]
    return []


def _actions(file: Path, project: Project, manifest: Manifest) -> Iterator[tuple[Location, str]]:
    try:
        documents = read_documents(file, file.relative_to(project.root).as_posix())
    except (LhpError, LhpErrors):
        return
    kind = KINDS[manifest.plugin_type.kind]
    for entry in _maps([document.data for document in documents]):
        if entry.get("type") == kind.name and kind.sub_type_of(entry) == manifest.name:
            yield entry.location, f"the {kind.name} {entry.get('name', '')!r}"


def _maps(value: Any) -> Iterator[YamlMap]:
    if isinstance(value, YamlMap):
        yield value
        for item in value.values():
            yield from _maps(item)
    elif isinstance(value, list):
        for item in value:
            yield from _maps(item)


def _lines(
    file: Path, project: Project, pattern: re.Pattern[str]
) -> Iterator[tuple[Location, str]]:
    shown = file.relative_to(project.root).as_posix()
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        match = pattern.search(line)
        if match is not None:
            yield Location(shown, number, match.start() + 1), line.strip()
