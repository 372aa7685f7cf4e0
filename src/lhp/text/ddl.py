"""Reads table schemas and column types, and says them as DDL or as Spark's Python types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from lhp.errors import (
    BAD_TABLE_SCHEMA,
    SCHEMA_COLUMN_INCOMPLETE,
    LhpError,
    Location,
    nearest,
    raise_all,
)
from lhp.model.data_files import ColumnEntry, TableSchemaFile
from lhp.model.source import NOWHERE, TokenText, locate
from lhp.text.spark_types import spark_type
from lhp.values import frozen

_TABLE_KEYS = TableSchemaFile.known_keys()
_COLUMN_KEYS = ColumnEntry.known_keys()
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_FILE_ENDINGS = (".yaml", ".yml", ".json", ".ddl", ".sql")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DDL_PART = re.compile(
    r"""(?P<comment>--[^\r\n]*|/\*.*?(?:\*/|\Z))
    |(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_OPENED_BY = {")": "(", ">": "<"}


@frozen
class Column:
    """One column of a schema file.

    Args:
        tags: None when the file says nothing about tags.
        at: Where the column stands.
    """

    name: str
    type: str
    nullable: bool = True
    comment: str = ""
    tags: Mapping[str, Any] | None = None
    at: Location = field(default=NOWHERE, compare=False)


@frozen
class TableSchema:
    """What a schema file says about a table.

    Args:
        columns: In the order of the file.
        tags: The table's own; None when the file says nothing about tags.
        table: The table that the file says it is for; empty when it does not say.
    """

    columns: tuple[Column, ...] = ()
    tags: Mapping[str, Any] | None = None
    table: str = ""


@frozen
class StructField:
    """One column as a field of a StructType.

    Args:
        type: Python code that makes the type; holds nothing of the user's but literals.
    """

    name: str
    type: str
    nullable: bool
    comment: str


@frozen
class StructCode:
    """What a template needs to write a StructType.

    Args:
        imports: Names that the code uses from pyspark.sql.types, sorted.
        warnings: What the author of the columns should know.
    """

    fields: tuple[StructField, ...]
    imports: tuple[str, ...]
    warnings: tuple[LhpError, ...] = ()


def read_table_schema(data: Any, at: Location, *, needs_types: bool = True) -> TableSchema:
    """Return the schema that a schema file holds.

    Args:
        data: The file's content, as read from YAML or JSON.
        at: The place of the file, for data that does not know its own.
        needs_types: False when only the tags of its columns matter.

    Raises:
        LhpErrors: Everything in the file that no schema file may have.
    """
    if not isinstance(data, Mapping):
        problem = "its content must be a map with `columns`"
        raise_all([BAD_TABLE_SCHEMA.at(at, problem=problem, nearest=None)])
    needed = ("name", "type") if needs_types else ("name",)
    problems = list(_shape_problems(data, at, needed))
    raise_all(problems)
    return TableSchema(
        tuple(
            _column(column, locate(data, ("columns", index)) or at)
            for index, column in enumerate(data.get("columns") or ())
        ),
        data.get("tags"),
        str(data.get("table") or data.get("name") or ""),
    )


def schema_hints(schema: TableSchema) -> str:
    """Return the columns as DDL on one line, without comments."""
    return ", ".join(
        f"{_ddl_name(column.name)} {column.type}{'' if column.nullable else ' NOT NULL'}"
        for column in schema.columns
    )


def struct_type(schema: TableSchema) -> StructCode:
    """Return the columns as fields of a StructType.

    Raises:
        LhpErrors: Each column whose type Spark does not have.
    """
    fields: list[StructField] = []
    imports = {"StructField", "StructType"}
    problems: list[LhpError] = []
    warnings: list[LhpError] = []
    for column in schema.columns:
        try:
            kind = spark_type(column.type, column.at)
        except LhpError as error:
            problems.append(error)
            continue
        imports.add(kind.name)
        warnings += kind.warnings
        fields.append(StructField(column.name, kind.code, column.nullable, column.comment))
    raise_all(problems)
    return StructCode(tuple(fields), tuple(sorted(imports)), tuple(warnings))


def looks_like_file(text: str) -> bool:
    """Return True when a text names a file, and False when it is DDL itself.

    DDL has a blank between a column and its type, and never ends as a schema file's name does.
    """
    name = text.strip()
    if len(name.splitlines()) != 1:
        return False
    is_path = not re.search(r"\s", name) and bool(re.search(r"[/\\]", name))
    return is_path or name.lower().endswith(_FILE_ENDINGS)


def split_columns(ddl: str) -> tuple[str, ...]:
    """Return the columns of a DDL text: cut at the commas between them, comments taken out."""
    columns = [""]
    opened: list[str] = []
    for part in _DDL_PART.finditer(ddl):
        text = " " if part["comment"] else part[0]
        if text == "," and not opened:
            columns.append("")
            continue
        columns[-1] += text
        if text == "(" or (text == "<" and opened[-1:] != ["("]):
            opened.append(text)
        elif text in _OPENED_BY and opened[-1:] == [_OPENED_BY[text]]:
            opened.pop()
    return tuple(column.strip() for column in columns if column.strip())


def _shape_problems(
    data: Mapping[str, Any], at: Location, needed: Sequence[str]
) -> Iterator[LhpError]:
    yield from _unknown_keys(data, _TABLE_KEYS, at)
    yield from _wrong_tags(data, at)
    for key in ("table", "name", "description"):
        if not isinstance(data.get(key), (str, type(None))):
            place = locate(data, (key,)) or at
            yield BAD_TABLE_SCHEMA.at(place, problem=f"`{key}` must be text", nearest=None)
    columns = data.get("columns")
    columns = [] if columns is None else columns
    if not isinstance(columns, list):
        place = locate(data, ("columns",)) or at
        yield BAD_TABLE_SCHEMA.at(place, problem="`columns` must be a list", nearest=None)
        return
    for number, column in enumerate(columns, 1):
        place = locate(data, ("columns", number - 1)) or at
        if not isinstance(column, Mapping):
            problem = f"column {number} must be a map with `name` and `type`"
            yield BAD_TABLE_SCHEMA.at(place, problem=problem, nearest=None)
            continue
        yield from _column_problems(column, number, place, needed)
    yield from _repeated(columns, at)


def _column_problems(
    column: Mapping[str, Any], number: int, at: Location, needed: Sequence[str]
) -> Iterator[LhpError]:
    yield from _unknown_keys(column, _COLUMN_KEYS, at)
    yield from _wrong_tags(column, at)
    for key in needed:
        value = column.get(key)
        if not isinstance(value, str) or not value.strip():
            place = locate(column, (key,)) or at
            yield SCHEMA_COLUMN_INCOMPLETE.at(place, number=number, key=key)
    if _flag(column.get("nullable")) is None:
        place = locate(column, ("nullable",)) or at
        problem = f"`nullable` of column {number} must be true or false"
        yield BAD_TABLE_SCHEMA.at(place, problem=problem, nearest=None)
    if isinstance(column.get("comment"), (Mapping, list)):
        place = locate(column, ("comment",)) or at
        problem = f"`comment` of column {number} must be text"
        yield BAD_TABLE_SCHEMA.at(place, problem=problem, nearest=None)


def _unknown_keys(
    data: Mapping[str, Any], known: tuple[str, ...], at: Location
) -> Iterator[LhpError]:
    for key in data:
        if key not in known and not str(key).startswith("x-"):
            yield BAD_TABLE_SCHEMA.at(
                locate(data, (key,), key=True) or at,
                problem=f"unknown key {key!r}",
                nearest=nearest(key, known),
            )


def _wrong_tags(data: Mapping[str, Any], at: Location) -> Iterator[LhpError]:
    if not isinstance(data.get("tags"), (Mapping, type(None))):
        place = locate(data, ("tags",)) or at
        yield BAD_TABLE_SCHEMA.at(place, problem="`tags` must be a map", nearest=None)
        return
    for key, value in (data.get("tags") or {}).items():
        if isinstance(value, (Mapping, list)):
            problem = f"the tag {key!r} must be one value"
            yield BAD_TABLE_SCHEMA.at(
                locate(data, ("tags", key)) or at, problem=problem, nearest=None
            )


def _repeated(columns: list[Any], at: Location) -> Iterator[LhpError]:
    seen: set[str] = set()
    for index, column in enumerate(columns):
        name = column.get("name") if isinstance(column, Mapping) else None
        if isinstance(name, str) and name in seen:
            place = locate(columns, (index, "name")) or at
            yield BAD_TABLE_SCHEMA.at(place, problem=f"two columns {name!r}", nearest=None)
        seen.add(str(name))


def _flag(value: Any) -> bool | None:
    if value is None:
        return True
    if not isinstance(value, str):
        return value if isinstance(value, bool) else None
    text = value.lower()
    # A quoted `true` is text; that of a token is none.
    is_word = isinstance(value, TokenText) or text not in ("true", "false")
    return _FLAGS.get(text) if is_word else None


def _column(column: Mapping[str, Any], at: Location) -> Column:
    comment = column.get("comment")
    return Column(
        column["name"],
        str(column.get("type") or "").strip(),
        nullable=bool(_flag(column.get("nullable"))),
        comment="" if comment is None else str(comment),
        tags=column.get("tags"),
        at=locate(column, ("type",)) or at,
    )


def _ddl_name(name: str) -> str:
    escaped = name.replace("`", "``")
    return name if _PLAIN_NAME.fullmatch(name) else f"`{escaped}`"
