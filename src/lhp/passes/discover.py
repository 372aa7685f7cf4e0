"""Finds the files of a project by what they are, sorted."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lhp.model.project import Project, ProjectFiles

_SUFFIXES = (".yaml", ".yml")


def discover(project: Project) -> ProjectFiles:
    """Return the YAML files of a project; reads none of them."""
    root = project.root
    pipelines = root / "pipelines"
    candidates = _yaml_files(pipelines)
    names = {file: file.relative_to(pipelines).as_posix() for file in candidates}
    chosen = [file for file in candidates if is_included(names[file], project.include)]
    return replace(
        discover_content(root),
        flowgroups=tuple(chosen),
        substitutions={file.stem: file for file in _yaml_files(root / "substitutions")},
        unmatched=tuple(
            pattern
            for pattern in project.include
            if not any(matches(name, pattern.lstrip("!")) for name in names.values())
        ),
    )


def discover_content(folder: Path) -> ProjectFiles:
    """Return the presets, templates and blueprints of a project or of a content plugin."""
    templates = folder / "templates"
    return ProjectFiles(
        presets=tuple(file for file in _yaml_files(folder / "presets") if file.suffix == ".yaml"),
        templates={
            file.relative_to(templates).with_suffix("").as_posix(): file
            for file in _yaml_files(templates)
            if file.suffix == ".yaml" and "bundle" not in file.relative_to(templates).parts[:1]
        },
        blueprints=tuple(_yaml_files(folder / "blueprints")),
    )


def _yaml_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    files = (file for file in folder.rglob("*") if file.suffix in _SUFFIXES and file.is_file())
    return sorted(files, key=lambda file: file.relative_to(folder).as_posix())


def is_included(name: str, patterns: Sequence[str]) -> bool:
    """Return True when the patterns of `include` select a file.

    Args:
        name: The file's path relative to pipelines/, with `/`.
        patterns: None at all selects everything; one that begins with `!` leaves files out.
    """
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
    unwanted = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    if any(matches(name, pattern) for pattern in unwanted):
        return False
    return not wanted or any(matches(name, pattern) for pattern in wanted)


def matches(name: str, pattern: str) -> bool:
    """Return True when one pattern selects a file.

    A plain pattern is a file name or a path; `*` crosses `/`, as it does in the 0.9 releases;
    `**/` stands for any number of folders, also none; what follows one at the very beginning is
    compared with the end of the path alone.

    Args:
        name: The file's path relative to pipelines/, with `/`.
        pattern: As written, without `!`.
    """
    parts = name.split("/")
    prefix, crossing, suffix = pattern.partition("**")
    if not crossing:
        return parts[-1] == pattern or fnmatch.fnmatchcase(name, pattern)
    suffix = suffix.lstrip("/") or "*"
    if not prefix:
        end = parts[-1 - suffix.count("/") :]
        return fnmatch.fnmatchcase("/".join(end), suffix)
    return any(
        fnmatch.fnmatchcase("/".join([*parts[:cut], ""]), f"{prefix}*")
        and fnmatch.fnmatchcase("/".join(parts[cut:]), suffix)
        for cut in range(1, len(parts))
    )
