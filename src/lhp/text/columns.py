"""Reads how a schema transform renames, casts and keeps columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from lhp.errors import (
    COLUMN_MAPPING_BAD,
    INNER_ENFORCEMENT,
    LhpError,
    LhpErrors,
    Location,
    nearest,
    raise_all,
)
from lhp.model.source import locate
from lhp.text.yaml_reader import read_yaml
from lhp.values import frozen

_LEGACY_KEYS = ("column_mapping", "type_casting")
_KEYS = ("columns", *_LEGACY_KEYS, "enforcement", "name", "version", "description")
_LINE = re.compile(
    r"""\s*(?P<source>[^\W\d][\w$]*|\$[\w$]*|`(?:[^`]|``)+`)\s*
    (?:->\s*(?P<target>[^\W\d]\w*)\s*)?
    (?::\s*(?P<type>\S(?:.*\S)?)\s*)?""",
    re.VERBOSE | re.DOTALL,
)
_BEGINS_AS_YAML = re.compile(r"(?m)^\s*(?:columns|column_mapping|type_casting)\s*:\s*(?:[\[{].*)?$")

Place = Callable[..., Location]


@frozen
class ColumnMapping:
    """What a schema transform does with the columns.

    Args:
        renames: New names by old ones, in the order of the definition.
        casts: Types by name; a renamed column stands under its new name.
        keeps: Columns that are taken as they are.
        warnings: What the author of the definition should know.
    """

    renames: Mapping[str, str] = field(default_factory=dict)
    casts: Mapping[str, str] = field(default_factory=dict)
    keeps: tuple[str, ...] = ()
    warnings: tuple[LhpError, ...] = field(default=(), compare=False)

    @property
    def selected(self) -> tuple[str, ...]:
        """The columns that a strict transform gives, in their order."""
        renamed = tuple(self.renames.values())
        return (*renamed, *(name for name in self.casts if name not in renamed), *self.keeps)


@frozen
class _Line:
    source: str
    target: str
    type: str
    at: Location

    @property
    def name(self) -> str:
        return self.target or self.source


def read_column_mapping(text_or_data: Any, at: Location) -> ColumnMapping:
    """Return the definition of a schema transform.

    Args:
        text_or_data: The inline text, or the content of a file as read from YAML.
        at: The place of the text, or of the file.

    Raises:
        LhpErrors: Everything in the definition that is no rule for a column.
    """
    if not isinstance(text_or_data, str):
        return _of_data(text_or_data, lambda *path: locate(text_or_data, path) or at)
    data = _yaml_of(text_or_data, at)
    if data is not None:
        return _of_data(data, lambda *_: at)
    written = [line for line in text_or_data.splitlines() if not re.match(r"\s*(#|$)", line)]
    return _of_items(written, lambda *_: at)


def _yaml_of(text: str, at: Location) -> Mapping[str, Any] | None:
    try:
        documents = read_yaml(text.encode("utf-8", "surrogatepass"), at.path)
    except LhpErrors as error:
        # A backtick can't begin a YAML value, so bare lines need not be YAML.
        if _BEGINS_AS_YAML.search(text):
            raise_all([_bad(at, error.problems[0].message)])
        return None
    data = documents[0].data if len(documents) == 1 else None
    # `columns: STRING` is a line: it casts a column of that name.
    is_yaml = isinstance(data, Mapping) and any(
        key in data and not isinstance(data[key], str) for key in ("columns", *_LEGACY_KEYS)
    )
    return data if is_yaml else None


def _of_data(data: Any, place: Place) -> ColumnMapping:
    if not isinstance(data, Mapping):
        raise_all([_bad(place(), "it must be a map with `columns`")])
    raise_all(_unknown_keys(data, place))
    legacy = [key for key in _LEGACY_KEYS if key in data]
    if legacy and "columns" in data:
        raise_all([_bad(place(legacy[0]), f"`{legacy[0]}` can't stand beside `columns`")])
    columns = data.get("columns") or []
    if not isinstance(columns, list):
        raise_all([_bad(place("columns"), "`columns` must be a list of lines")])
    found = _of_legacy(data, place) if legacy else _of_items(columns, place, "columns")
    warnings = [INNER_ENFORCEMENT.at(place("enforcement"))] if "enforcement" in data else []
    return ColumnMapping(found.renames, found.casts, found.keeps, tuple(warnings))


def _unknown_keys(data: Mapping[str, Any], place: Place) -> Iterator[LhpError]:
    for key in data:
        if key not in _KEYS and not key.startswith("x-"):
            yield _bad(place(key), f"unknown key {key!r}", nearest(key, _KEYS))


def _of_items(items: Sequence[Any], place: Place, *path: str) -> ColumnMapping:
    lines: list[_Line] = []
    problems: list[LhpError] = []
    for index, item in enumerate(items):
        at = place(*path, index)
        match = _LINE.fullmatch(_as_line(item))
        if match is None:
            wanted = "`old -> new: TYPE`, `old -> new`, `col: TYPE` or `col`"
            problems.append(_bad(at, f"{item!r} is not one of {wanted}"))
            continue
        lines.append(
            _Line(_unquoted(match["source"]), match["target"] or "", match["type"] or "", at)
        )
    if not items:
        problems.append(_bad(place(*path), "there is no column in it"))
    raise_all([*problems, *_clashes(lines)])
    return _of_lines(lines)


def _as_line(item: Any) -> str:
    # YAML reads an unquoted `- col: TYPE` as a map of one entry.
    if isinstance(item, Mapping) and len(item) == 1:
        [(key, value)] = item.items()
        return f"{key}: {value}" if isinstance(value, str) else ""
    return item if isinstance(item, str) else ""


def _of_lines(lines: Sequence[_Line]) -> ColumnMapping:
    return ColumnMapping(
        {line.source: line.target for line in lines if line.target},
        {line.name: line.type for line in lines if line.type},
        tuple(line.source for line in lines if not line.target and not line.type),
    )


def _of_legacy(data: Mapping[str, Any], place: Place) -> ColumnMapping:
    parts = {key: data.get(key) or {} for key in _LEGACY_KEYS}
    raise_all(_wrong_legacy(parts, place))
    renames = {_unquoted(source): target for source, target in parts["column_mapping"].items()}
    casts = {_unquoted(name): type_ for name, type_ in parts["type_casting"].items()}
    problems = [
        _bad(place("type_casting", name), f"{name!r} is renamed, so cast {renames[name]!r} instead")
        for name in casts
        if name in renames and name not in renames.values()
    ]
    lines = [
        _Line(source, target, "", place("column_mapping", source))
        for source, target in renames.items()
    ]
    if not renames and not casts:
        problems.append(_bad(place(), "there is no column in it"))
    raise_all([*problems, *_clashes(lines)])
    return ColumnMapping(renames, casts)


def _wrong_legacy(parts: Mapping[str, Any], place: Place) -> Iterator[LhpError]:
    for key, part in parts.items():
        if not isinstance(part, Mapping):
            yield _bad(place(key), f"`{key}` must be a map")
            continue
        for name, value in part.items():
            if not isinstance(value, str) or not value.strip():
                yield _bad(place(key, name), f"{name!r} in `{key}` must have a text as its value")


def _clashes(lines: Sequence[_Line]) -> Iterator[LhpError]:
    sources: set[str] = set()
    names: set[str] = set()
    renamed = {line.source for line in lines if line.target and line.target != line.source}
    for line in lines:
        if line.source in sources:
            yield _bad(line.at, f"the column {line.source!r} stands in two lines")
        elif line.name in names:
            yield _bad(line.at, f"two columns would be called {line.name!r}")
        elif line.target in renamed:
            yield _bad(line.at, f"{line.target!r} is a new name, and an old one elsewhere")
        sources.add(line.source)
        names.add(line.name)


def _unquoted(name: str) -> str:
    is_quoted = len(name) > len("``") and name[0] == name[-1] == "`"
    return name[1:-1].replace("``", "`") if is_quoted else name


def _bad(at: Location, problem: str, near: str | None = None) -> LhpError:
    return COLUMN_MAPPING_BAD.at(at, problem=problem, nearest=near)
