"""How an action names a table, and what it says about one that it creates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from lhp.core.base_generator import Context, Options, Scalar
from lhp.core.option_schema import NOT_EMPTY
from lhp.errors import (
    DATABASE_DEPRECATED,
    DATABASE_INCOMPLETE,
    PARTITIONS_AND_CLUSTERS,
    SCHEMA_IS_DDL,
    TABLE_NOT_THREE_PARTS,
    LhpError,
    Location,
)
from lhp.model.flowgroup import KINDS, Action
from lhp.text.ddl import looks_like_file, read_table_schema, schema_hints

_DDL = re.compile(
    r"\s(BIGINT|BINARY|BOOLEAN|DATE|DECIMAL|DOUBLE|FLOAT|INT|INTEGER|LONG|STRING|TIMESTAMP)\b",
    re.IGNORECASE,
)
_PARTS = 3
SCHEMA_FILES = (".yaml", ".yml", ".json")
"""How the names of files end that say columns as data, not as DDL."""


class TableName(Options):
    """The keys that name a table."""

    at_least_one = (("catalog", "database"), ("schema", "database"))

    catalog: str | None = Field(
        None,
        json_schema_extra=NOT_EMPTY,
        description="Catalog of the table.",
        examples=["${catalog}", "acme_dev"],
    )
    schema_name: str | None = Field(
        None,
        alias="schema",
        json_schema_extra=NOT_EMPTY,
        description="Schema of the table.",
        examples=["${bronze_schema}", "bronze"],
    )
    table: str = Field(
        json_schema_extra=NOT_EMPTY,
        description="Name of the table, without catalog and schema.",
        examples=["orders"],
    )
    database: str | None = Field(
        None,
        description="Older way to say `catalog` and `schema`: both with a dot between them.",
        examples=["${catalog}.bronze"],
        json_schema_extra={"deprecated": True, **NOT_EMPTY},
    )


class TableTarget(TableName):
    """What `write_target` says of a table, whatever its kind."""

    at_most_one = (("tags", "tags_file"),)

    create_table: bool | None = Field(
        default=True,
        description="False when another action creates the table; so does a key with nothing "
        "behind it.",
        json_schema_extra={"type": ["boolean", "null"]},
        examples=[False],
    )
    comment: str | None = Field(
        None,
        description="Comment of the table in the catalog; made of its name when it is absent.",
        examples=["Orders of all channels as delivered"],
    )
    description: str | None = Field(
        None,
        description="What the table is for, for people; has no effect.",
        examples=["Feeds the sales dashboards"],
    )
    table_properties: Mapping[str, Scalar] = Field(
        {},
        description="Properties of the table, by name.",
        examples=[{"delta.enableChangeDataFeed": "true"}],
    )
    spark_conf: Mapping[str, Scalar] = Field(
        {},
        description="Spark settings for the query that fills the table, by name.",
        examples=[{"spark.sql.shuffle.partitions": "64"}],
    )
    partition_columns: tuple[str, ...] = Field(
        (),
        description="Columns to partition it by; excludes clustering.",
        examples=[["order_date"]],
    )
    cluster_columns: tuple[str, ...] = Field(
        (),
        description="Columns to cluster it by, best those that queries filter by.",
        examples=[["order_date", "store_id"]],
    )
    cluster_by_auto: bool = Field(
        default=False, description="True lets the platform choose the clustering columns."
    )
    path: str | None = Field(
        None,
        description="Where its files are kept, for an external table; else it is a managed one.",
        examples=["abfss://lake@acmedev.dfs.core.windows.net/bronze/orders"],
    )
    table_schema: str | None = Field(
        None,
        description=(
            "Its columns: DDL, or the path of a schema file or a DDL file; the query says them "
            "when it is absent."
        ),
        examples=["order_id STRING NOT NULL, amount DECIMAL(12,2)", "schemas/orders.yaml"],
    )
    row_filter: str | None = Field(
        None,
        description="Row filter: ROW FILTER function ON (column).",
        examples=["ROW FILTER ${catalog}.security.by_country ON (country)"],
    )
    temporary: bool = Field(
        default=False, description="True keeps the table for as long as an update runs."
    )
    private: bool = Field(default=False, description="True hides the table outside the pipeline.")
    tags: Mapping[str, Any] | None = Field(
        None,
        description="Unity Catalog tags of the table, by key; a tag may have no value.",
        examples=[{"owner": "sales", "pii": None}],
    )
    tags_file: str | None = Field(
        None,
        description="Schema file with the Unity Catalog tags of the table and of its columns.",
        examples=["schemas/orders.yaml"],
    )


_NO_SETTINGS = frozenset(
    {*TableName.model_fields, "create_table", "description", "tags", "tags_file"}
)


def table_name(place: Mapping[str, Any]) -> str:
    """Return the full name of the table that a `source` or a `write_target` names."""
    catalog, schema = place.get("catalog"), place.get("schema")
    if place.get("database"):
        first, dot, rest = str(place["database"]).partition(".")
        catalog, schema = (first, rest) if dot else (catalog, first)
    return ".".join(str(part) for part in (catalog, schema, place.get("table")) if part)


def name_problems(action: Action) -> Iterator[LhpError]:
    """Yield what is wrong with the name of an action's table."""
    place = KINDS[action.kind].place
    options = action[place]
    database = options.get("database")
    if database:
        yield DATABASE_DEPRECATED.at(action.at(place, "database", key=True))
        full = database if "." in database else f"{options.get('catalog') or ''}.{database}"
        if not all(full.partition(".")):
            yield DATABASE_INCOMPLETE.at(action.at(place, "database"), database=database)
    schema = options.get("schema")
    if schema and not database and _DDL.search(schema):
        yield SCHEMA_IS_DDL.at(action.at(place, "schema"), schema=schema)


def three_parts_problems(name: str, key: str, at: Location | None) -> Iterator[LhpError]:
    """Yield an error unless a text names a table by catalog, schema and table.

    Args:
        name: The text.
        key: What the user calls it.
        at: Its place.
    """
    parts = name.split(".")
    if len(parts) != _PARTS or not all(part.strip() for part in parts):
        yield TABLE_NOT_THREE_PARTS.at(at, key=key, given=name)


def target_problems(action: Action) -> Iterator[LhpError]:
    """Yield what is wrong with the table that an action writes to."""
    yield from name_problems(action)
    options = action.options
    if options.partition_columns and (options.cluster_columns or options.cluster_by_auto):
        key = "cluster_columns" if options.cluster_columns else "cluster_by_auto"
        at = action.at("write_target", key, key=True)
        yield PARTITIONS_AND_CLUSTERS.at(at, key=key)


def table_settings(options: TableTarget, name: str, default_comment: str) -> Mapping[str, Any]:
    """Return the arguments that create a table, but for its columns; None where not given.

    Args:
        options: Of the write action.
        name: The full name of the table.
        default_comment: Its comment when the options have none.
    """
    return {
        "name": name,
        "comment": default_comment if options.comment is None else options.comment,
        "table_properties": options.table_properties or None,
        "spark_conf": options.spark_conf or None,
        "partition_cols": options.partition_columns or None,
        "cluster_by": options.cluster_columns or None,
        "cluster_by_auto": options.cluster_by_auto or None,
        "path": options.path or None,
        "row_filter": options.row_filter or None,
        "temporary": options.temporary or None,
        "private": options.private or None,
    }


def given_settings(options: TableTarget, *, is_complete: bool) -> Mapping[str, Any]:
    """Return what the options of a write say of the table itself, by key.

    Args:
        options: Of the write action.
        is_complete: False leaves out what they do not say.
    """
    fields = TableTarget.model_fields
    keys = [key for key in fields if key not in _NO_SETTINGS]
    given = {key: _in_order(getattr(options, key)) for key in keys}
    return {
        key: value for key, value in given.items() if is_complete or value != fields[key].default
    }


def _in_order(value: Any) -> Any:
    return dict(sorted(value.items())) if isinstance(value, Mapping) else value


def table_columns(options: TableTarget, context: Context) -> str | None:
    """Return the columns of a table as DDL; None when the options do not say any.

    Raises:
        LhpError: When the file that says them is missing.
        LhpErrors: When it is no schema file.
    """
    columns = options.table_schema
    if options.database and columns is None:
        columns = options.schema_name  # Beside `database`, `schema` says the columns.
    return ddl(columns, context) if columns else None


def ddl(text: str, context: Context) -> str:
    """Return columns as DDL.

    Args:
        text: DDL itself, or the path of a file that holds it, or of a YAML or JSON schema file.
        context: Reads the file.
    """
    if not looks_like_file(text):
        return text
    path = text.strip()
    if not path.lower().endswith(SCHEMA_FILES):
        return context.read_text(path).strip()
    return schema_hints(read_table_schema(context.read_yaml(path), Location(path)))
