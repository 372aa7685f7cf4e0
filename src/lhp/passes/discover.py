"""Finds the files of a project by what they are, sorted."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import takewhile
from pathlib import Path

from lhp.model.project import Project, ProjectFiles
from lhp.passes.again import YAML, digest_of_names, names_below
from lhp.values import frozen


def discover(project: Project) -> ProjectFiles:
    """Return the YAML files of a project; reads none of them."""
    root = project.root
    pipelines, content = root / "pipelines", discover_content(root)
    listed = dict(content.listed)
    written = _yaml_files(pipelines, listed)
    flowgroups = _Choice("include", project.include, written, pipelines)
    blueprints = _choice(project, "blueprint_include", content.blueprints, listed)
    instances = _choice(project, "instance_include", written, listed)
    return replace(
        content,
        flowgroups=flowgroups.chosen,
        blueprints=blueprints.chosen,
        instances=instances.chosen,
        substitutions={file.stem: file for file in _yaml_files(root / "substitutions", listed)},
        unmatched=(*flowgroups.unmatched, *blueprints.unmatched, *instances.unmatched),
        listed=listed,
    )


@frozen
class _Choice:
    """Files that the patterns under a key of lhp.yaml are to choose from.

    Args:
        key: Of lhp.yaml.
        patterns: As written; none at all choose everything.
        files: What there is.
        base: The folder that patterns are relative to.
    """

    key: str
    patterns: Sequence[str]
    files: Sequence[Path]
    base: Path

    @property
    def chosen(self) -> tuple[Path, ...]:
        if not self.patterns:
            return tuple(self.files)
        return tuple(file for file, name in self._names.items() if is_included(name, self.patterns))

    @property
    def unmatched(self) -> tuple[tuple[str, int], ...]:
        return tuple(
            (self.key, index)
            for index, pattern in enumerate(self.patterns)
            if not any(matches(name, pattern.lstrip("!")) for name in self._names.values())
        )

    @cached_property
    def _names(self) -> Mapping[Path, str]:
        return {file: file.relative_to(self.base).as_posix() for file in self.files}


def _choice(project: Project, key: str, usual: Sequence[Path], listed: dict[Path, str]) -> _Choice:
    patterns: Sequence[str] = getattr(project, key)
    files = _files_at(project.root, patterns, listed) if patterns else usual
    return _Choice(key, patterns, files, project.root)


def _files_at(root: Path, patterns: Sequence[str], listed: dict[Path, str]) -> list[Path]:
    """Return the YAML files below the folders that patterns begin with, if these lie inside."""
    folders = {root.joinpath(*_fixed(pattern)) for pattern in patterns if pattern[:1] != "!"}
    inside = [each for each in folders if each.is_relative_to(root) and ".." not in each.parts]
    found = {file for folder in inside for file in _yaml_files(folder, listed)}
    return sorted(file for file in found if not _is_ours(file.relative_to(root)))


def _fixed(pattern: str) -> Iterator[str]:
    return takewhile(lambda part: not set(part) & set("*?["), pattern.split("/")[:-1])


def _is_ours(path: Path) -> bool:
    return path.parts[0] == "generated" or any(part.startswith(".") for part in path.parts)


def discover_content(folder: Path) -> ProjectFiles:
    """Return the presets, templates and blueprints of a project or of a content plugin."""
    templates, listed = folder / "templates", dict[Path, str]()
    presets = _yaml_files(folder / "presets", listed)
    return ProjectFiles(
        presets=tuple(file for file in presets if file.suffix == ".yaml"),
        templates={
            file.relative_to(templates).with_suffix("").as_posix(): file
            for file in _yaml_files(templates, listed)
            if file.suffix == ".yaml" and "bundle" not in file.relative_to(templates).parts[:1]
        },
        blueprints=tuple(_yaml_files(folder / "blueprints", listed)),
        listed=listed,
    )


def _yaml_files(folder: Path, listed: dict[Path, str]) -> list[Path]:
    names = sorted(names_below(str(folder), YAML))
    listed[folder] = digest_of_names(names)
    return [folder / name for name in names]


def is_included(name: str, patterns: Sequence[str]) -> bool:
    """Return True when patterns select a file.

    Args:
        name: The file's path relative to what patterns are relative to, with `/`.
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
        name: The file's path relative to what patterns are relative to, with `/`.
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
