"""Reads new files of a folder as a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import Field

from lhp.builtin.stream_options import (
    OptionValue,
    empty_option_problems,
    prefix_problems,
    read_mode_problems,
)
from lhp.builtin.tables import ddl
from lhp.core.base_generator import BaseActionGenerator, Context, Options, Scalar
from lhp.core.option_schema import NOT_EMPTY
from lhp.core.render import Code
from lhp.errors import BAD_TABLE_SCHEMA, EXCLUSIVE_KEYS, LhpError, Location
from lhp.model.flowgroup import Action
from lhp.text.ddl import (
    StructCode,
    StructField,
    looks_like_file,
    read_table_schema,
    split_columns,
    struct_type,
)

_HINTS = "cloudFiles.schemaHints"
_OLD_KEYS = {
    "schema_location": "cloudFiles.schemaLocation",
    "schema_infer_column_types": "cloudFiles.inferColumnTypes",
    "max_files_per_trigger": "cloudFiles.maxFilesPerTrigger",
    "schema_evolution_mode": "cloudFiles.schemaEvolutionMode",
    "rescue_data_column": "cloudFiles.rescueDataColumn",
}
_KNOWN_OPTIONS = frozenset(
    {
        "allowOverwrites",
        "backfillInterval",
        "cleanSource",
        "cleanSource.moveDestination",
        "cleanSource.retentionDuration",
        "fetchParallelism",
        "format",
        "includeExistingFiles",
        "inferColumnTypes",
        "maxBytesPerTrigger",
        "maxFileAge",
        "maxFilesPerTrigger",
        "partitionColumns",
        "pathRewrites",
        "rescuedDataColumn",
        "rescueDataColumn",
        "resourceTag",
        "schemaEvolutionMode",
        "schemaHints",
        "schemaLocation",
        "useIncrementalListing",
        "useManagedFileEvents",
        "useNotifications",
        "useStrictGlobber",
        "validateOptions",
    }
)


class SchemaFile(Options):
    """A schema file, in the longer form."""

    file: str = Field(
        description="Path of the schema file, relative to the project root.",
        examples=["schemas/orders.yaml"],
    )


class CloudFilesOptions(Options):
    """What `source` takes for `type: cloudfiles`."""

    at_most_one = (("schema", "schema_file"),)

    path: str = Field(
        json_schema_extra=NOT_EMPTY,
        description="Folder or files to read, where new files arrive; may hold wildcards.",
        examples=["/Volumes/dev/landing/orders", "${landing_root}/pos/orders/*.csv"],
    )
    format: str = Field(
        json_schema_extra=NOT_EMPTY,
        description="Format of the files: csv, json, parquet, avro, text ...",
        examples=["csv", "json", "parquet"],
    )
    basic_options: Mapping[str, OptionValue] = Field(
        {},
        alias="options",
        description="Options of the reader; those of Auto Loader begin with `cloudFiles.`.",
        examples=[{"header": True, "cloudFiles.schemaHints": "schemas/orders.yaml"}],
    )
    reader_options: Mapping[str, OptionValue] = Field(
        {},
        description="More options of the reader; they win over `options`.",
        examples=[{"cloudFiles.maxFilesPerTrigger": 100}],
    )
    format_options: Mapping[str, OptionValue] = Field(
        {},
        description="Options of the format; its name is put before theirs.",
        examples=[{"delimiter": ";"}],
    )
    columns: str | SchemaFile | None = Field(
        None,
        alias="schema",
        description="Schema file with the columns; they are inferred when it is absent.",
        examples=["schemas/orders.yaml"],
    )
    schema_file: str | None = Field(
        None,
        description="Older way to name the schema file.",
        examples=["schemas/orders.yaml"],
        json_schema_extra={"deprecated": True},
    )
    schema_location: Scalar | None = Field(
        None,
        description="Older way to say the option `cloudFiles.schemaLocation`.",
        examples=["/Volumes/dev/meta/schemas/orders"],
        json_schema_extra={"deprecated": True},
    )
    schema_infer_column_types: Scalar | None = Field(
        None,
        description="Older way to say the option `cloudFiles.inferColumnTypes`.",
        examples=[True],
        json_schema_extra={"deprecated": True},
    )
    max_files_per_trigger: Scalar | None = Field(
        None,
        description="Older way to say the option `cloudFiles.maxFilesPerTrigger`.",
        examples=[100],
        json_schema_extra={"deprecated": True},
    )
    schema_evolution_mode: Scalar | None = Field(
        None,
        description="Older way to say the option `cloudFiles.schemaEvolutionMode`.",
        examples=["addNewColumns"],
        json_schema_extra={"deprecated": True},
    )
    rescue_data_column: Scalar | None = Field(
        None,
        description="Older way to say the option `cloudFiles.rescueDataColumn`.",
        examples=["_rescued_data"],
        json_schema_extra={"deprecated": True},
    )

    @property
    def schema_path(self) -> str | None:
        """The schema file, whichever way it is named."""
        named = self.columns.file if isinstance(self.columns, SchemaFile) else self.columns
        return named or self.schema_file


class CloudFilesLoadGenerator(BaseActionGenerator):
    """Databricks Auto Loader.

    Source: Databricks, "Auto Loader options".
    """

    Options = CloudFilesOptions
    default_read_mode = "stream"

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:
        """Return options that lack their prefix or exclude each other, columns, a batch read."""
        yield from read_mode_problems(action)
        names = action.options.basic_options
        yield from prefix_problems(action, names, "cloudFiles.", _KNOWN_OPTIONS.__contains__)
        exclusive = [*_exclusive_problems(action)]
        yield from exclusive
        for key in ("options", "reader_options", "format_options"):
            yield from empty_option_problems(action, key)
        path = action.options.schema_path
        if path and not path.strip().lower().endswith((".yaml", ".yml", ".json")):
            problem = f"{path!r} is no YAML or JSON file"
            place = "schema" if action.options.columns else "schema_file"
            yield BAD_TABLE_SCHEMA.at(action.at("source", place), problem=problem, nearest=None)
        elif path and not exclusive:
            columns = _columns(action.options, context)
            yield from columns.warnings if columns else ()

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return all reader options in one map, and the columns as Python."""
        options = _reader_options(action.options)
        columns = _columns(action.options, context)
        for name in columns.imports if columns else ():
            self.add_import(f"from pyspark.sql.types import {name}")
        hints = options.get(_HINTS)
        is_file = isinstance(hints, str) and looks_like_file(hints)
        return {
            "columns": columns and [_of_column(field) for field in columns.fields],
            "hints": split_columns(ddl(str(hints), context)) if is_file else None,
            "reader_options": _without_hints(options) if is_file else options,
        }


def _exclusive_problems(action: Action) -> Iterator[LhpError]:
    options = action.options
    given = {**options.basic_options, **options.reader_options}
    where = f"'source' of {action.name!r}"
    for key, name in _OLD_KEYS.items():
        if getattr(options, key) is not None and name in given:
            at = action.at("source", key, key=True)
            yield EXCLUSIVE_KEYS.at(at, where=where, names=f"{key}, {name}")
    if options.schema_path and _HINTS in given:
        key = "schema" if options.columns else "schema_file"
        at = action.at("source", key, key=True)
        yield EXCLUSIVE_KEYS.at(at, where=where, names=f"{key}, {_HINTS}")


def _reader_options(options: CloudFilesOptions) -> Mapping[str, OptionValue]:
    start = f"{options.format}."
    of_format = {
        name if name.startswith(start) else f"{start}{name}": value
        for name, value in options.format_options.items()
    }
    given = {**options.basic_options, **options.reader_options, **of_format}
    for key, name in _OLD_KEYS.items():
        value = getattr(options, key)
        if value is not None:
            given[name] = str(value).lower() if isinstance(value, bool) else value
    return {**given, "cloudFiles.format": given.get("cloudFiles.format", options.format)}


def _columns(options: CloudFilesOptions, context: Context) -> StructCode | None:
    path = options.schema_path
    if not path:
        return None
    return struct_type(read_table_schema(context.read_yaml(path), Location(path)))


def _of_column(field: StructField) -> Mapping[str, Any]:
    return {
        "name": field.name,
        "type": Code(field.type),
        "nullable": field.nullable,
        "comment": field.comment,
    }


def _without_hints(options: Mapping[str, OptionValue]) -> Mapping[str, OptionValue]:
    return {name: value for name, value in options.items() if name != _HINTS}
