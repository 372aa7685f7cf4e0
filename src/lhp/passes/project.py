"""Opens a project: finds its root and reads lhp.yaml."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lhp.core.defaults import with_defaults
from lhp.core.plugin_sources import sha256
from lhp.core.shape_check import shape_problems
from lhp.core.shapes import shape
from lhp.core.surroundings import project_above
from lhp.errors import (
    FILE_UNREADABLE,
    NOT_A_PROJECT,
    SEVERAL_DOCUMENTS,
    VERSION_RANGE_BAD,
    VERSION_UNMET,
    LhpError,
    raise_all,
)
from lhp.model.project import MetadataColumnDefinition, Project
from lhp.model.source import Document, YamlMap, locate
from lhp.text.regular import read_regular
from lhp.text.yaml_reader import read_yaml
from lhp.version import VERSION

PROJECT_FILE = "lhp.yaml"
FORMAT_RELEASE = "0.9.3"
"""The release whose projects work here unchanged, also those that say that they want it."""


def find_root(start: Path) -> Path:
    """Return the nearest folder upwards that holds lhp.yaml.

    Raises:
        LhpError: NOT_A_PROJECT when there is none.
    """
    found = project_above(str(start.resolve()))
    if found is None:
        raise NOT_A_PROJECT.at(folder=str(start))
    return Path(found)


def open_project(root: Path) -> Project:
    """Return a project as its lhp.yaml describes it.

    Args:
        root: The folder that holds lhp.yaml.

    Raises:
        LhpErrors: Everything that is wrong with lhp.yaml, the `plugins:` section included.
    """
    content = read_content_of(root / PROJECT_FILE, PROJECT_FILE)
    document = replace(single(read_yaml(content, PROJECT_FILE)), digest=sha256(content))
    data = document.data if document.data is not None else YamlMap(document.location)
    data = with_defaults(data, shape("ProjectFile"))
    raise_all(shape_problems(data, shape("ProjectFile"), "lhp.yaml", document.location))
    raise_all(_version_problems(data))
    section, local = data.get("operational_metadata") or {}, data.get("run") or {}
    return Project(
        root=root,
        document=document,
        name=str(data.get("name") or "unnamed_project"),
        include=tuple(data.get("include") or ()),
        blueprint_include=tuple(data.get("blueprint_include") or ()),
        instance_include=tuple(data.get("instance_include") or ()),
        formatter=data["formatter"],
        is_formatted=data["apply_formatting"],
        columns=dict(_columns(section)),
        selections=dict(_selections(section)),
        stand_ins={str(name): str(each) for name, each in (local.get("stand_ins") or {}).items()},
        spark_settings={key: str(each) for key, each in (local.get("settings") or {}).items()},
    )


def read_single(file: Path, shown: str) -> Document:
    """Return the one document of a YAML file.

    Args:
        file: The file.
        shown: Its path as messages show it.

    Raises:
        LhpError: FILE_UNREADABLE, or SEVERAL_DOCUMENTS.
        LhpErrors: When its text is at fault.
    """
    return single(read_documents(file, shown))


def single(documents: Sequence[Document]) -> Document:
    """Return the one document of a file.

    Raises:
        LhpError: SEVERAL_DOCUMENTS.
    """
    if len(documents) > 1:
        raise SEVERAL_DOCUMENTS.at(documents[1].location, path=documents[1].path)
    return documents[0]


def read_documents(file: Path, shown: str) -> tuple[Document, ...]:
    """Return the documents of a YAML file.

    Raises:
        LhpError: FILE_UNREADABLE.
        LhpErrors: When its text is at fault.
    """
    return read_yaml(read_content_of(file, shown), shown)


def read_content_of(file: Path, shown: str) -> bytes:
    """Return what a file holds.

    Args:
        file: The file.
        shown: Its path as messages show it.

    Raises:
        LhpError: FILE_UNREADABLE.
    """
    try:
        return read_regular(file)
    except OSError as error:
        raise FILE_UNREADABLE.at(path=shown, reason=error.strerror) from error


def _version_problems(data: Mapping[str, Any]) -> list[LhpError]:
    wanted = data.get("required_lhp_version")
    ignored = os.environ.get("LHP_IGNORE_VERSION", "").lower() in ("1", "true", "yes")
    if not wanted or ignored:
        return []
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    place = locate(data, ("required_lhp_version",))
    try:
        specifiers = SpecifierSet(wanted)
    except InvalidSpecifier:
        return [VERSION_RANGE_BAD.at(place, wanted=wanted)]
    if any(specifiers.contains(each, prereleases=True) for each in (VERSION, FORMAT_RELEASE)):
        return []
    return [VERSION_UNMET.at(place, wanted=wanted, version=VERSION)]


def _columns(section: Mapping[str, Any]) -> list[tuple[str, MetadataColumnDefinition]]:
    columns = []
    for name, entry in (section.get("columns") or {}).items():
        if isinstance(entry, str):
            columns.append((name, MetadataColumnDefinition(name, entry)))
        elif entry.get("enabled", True):
            definition = MetadataColumnDefinition(
                name,
                entry["expression"],
                tuple(entry.get("applies_to", MetadataColumnDefinition.applies_to)),
                tuple(entry.get("additional_imports", ())),
            )
            columns.append((name, definition))
    return columns


def _selections(section: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    presets = section.get("presets") or {}
    return [
        (name, tuple(entry["columns"] if isinstance(entry, Mapping) else entry))
        for name, entry in presets.items()
    ]
