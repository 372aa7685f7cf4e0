"""The columns that a table has: as declared, or as its flows and former runs have them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, cast

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812  (its usual name)
from pyspark.sql.types import (
    ArrayType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    NullType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
)
from sqlglot import exp, parse_one

from lhp.errors import RUN_COLUMN_CHANGED, RUN_COLUMN_UNKNOWN, nearest
from lhp.run.datasets import Target
from lhp.run.store import Stored

_WIDER: tuple[tuple[type[DataType], ...], ...] = (
    (ByteType, ShortType, IntegerType, LongType),
    (FloatType, DoubleType),
    (DateType, TimestampNTZType),
)
"""Rows of the former types can be read as the latter."""


def columns_of(target: Target, brought: Sequence[StructType], stored: Stored) -> StructType:
    """Return the columns that a table is to have.

    Args:
        target: The table.
        brought: The columns of each of its flows.
        stored: What the disk holds of it.

    Raises:
        LhpError: RUN_COLUMN_CHANGED, RUN_COLUMN_UNKNOWN.
    """
    declared = _declared(target.settings.get("schema"))
    found = StructType() if declared is None else declared
    if declared is None and stored.schema is not None and stored.is_appended:
        found = StructType.fromJson(json.loads(stored.schema))
    for schema in brought:
        for column in schema.fields:
            known = [*map(str.lower, found.names)]
            if column.name.lower() in known:
                if declared is None:
                    _widen(found, known.index(column.name.lower()), column, target)
            elif declared is not None:
                near = nearest(column.name, found.names)
                raise RUN_COLUMN_UNKNOWN.at(table=target.name, column=column.name, nearest=near)
            else:
                found.add(StructField(column.name, _kept(column.dataType)))
    return found


def declared_columns(schema: str) -> StructType:
    """Return columns from the DDL of a table, which may hold more than Spark's own DDL can.

    Args:
        schema: Such as `id BIGINT NOT NULL, name STRING MASK f, PRIMARY KEY (id)`.
    """
    try:
        found = _of_ddl(schema)
    except PySparkException:
        table = parse_one(f"CREATE TABLE t ({schema})", dialect="databricks")
        parts = [
            f"{column.this.sql(dialect='spark')} {column.args['kind'].sql(dialect='spark')}"
            for column in table.find_all(exp.ColumnDef)
            if column.parent is table.this
        ]
        found = _of_ddl(", ".join(parts))
    return nullable(found)


def nullable(columns: StructType) -> StructType:
    """Return columns of which none is said to have a value in each row, and nothing else."""
    return StructType([StructField(each.name, each.dataType) for each in columns.fields])


def _of_ddl(text: str) -> StructType:
    return cast("StructType", StructType.fromDDL(text))


def _declared(schema: Any) -> StructType | None:
    if isinstance(schema, StructType):
        return nullable(schema)
    return declared_columns(schema) if schema else None


def _kept(kind: DataType) -> DataType:
    # Parquet has no type for a column that is NULL in every row.
    return StringType() if isinstance(kind, NullType) else kind


def _widen(found: StructType, index: int, column: StructField, target: Target) -> None:
    old, new = found.fields[index].dataType, column.dataType
    if _plain(old) == _plain(new) or isinstance(new, NullType):
        return
    wider = _wider(old, new)
    if wider is None:
        raise RUN_COLUMN_CHANGED.at(
            table=target.name,
            column=column.name,
            old=old.simpleString(),
            new=new.simpleString(),
        )
    found.fields[index] = StructField(found.fields[index].name, wider)


def _wider(old: DataType, new: DataType) -> DataType | None:
    """Return the type that can hold both; None where none does."""
    for row in _WIDER:
        if type(old) in row and type(new) in row:
            return max((old, new), key=lambda each: row.index(type(each)))
    if isinstance(old, DecimalType) and isinstance(new, DecimalType):
        scale = max(old.scale, new.scale)
        whole = max(old.precision - old.scale, new.precision - new.scale)
        return DecimalType(whole + scale, scale) if whole + scale <= _MOST_DIGITS else None
    if isinstance(old, StructType) and isinstance(new, StructType):
        return _wider_struct(old, new)
    if isinstance(old, ArrayType) and isinstance(new, ArrayType):
        inner = _common(old.elementType, new.elementType)
        return inner and ArrayType(inner)
    if isinstance(old, MapType) and isinstance(new, MapType):
        keys, values = _common(old.keyType, new.keyType), _common(old.valueType, new.valueType)
        return MapType(keys, values) if keys and values else None
    return None


def _common(old: DataType, new: DataType) -> DataType | None:
    """Return the type of both, or what can hold both; None where there is none."""
    return old if _plain(old) == _plain(new) else _wider(old, new)


_MOST_DIGITS = 38


def _wider_struct(old: StructType, new: StructType) -> StructType | None:
    fields = {each.name.lower(): each for each in old.fields}
    for each in new.fields:
        known = fields.get(each.name.lower())
        kind = _common(known.dataType, each.dataType) if known else each.dataType
        if kind is None:
            return None
        fields[each.name.lower()] = StructField(known.name if known else each.name, kind)
    return StructType([*fields.values()])


def _plain(kind: DataType) -> Any:
    """Return a type without what it says of NULLs and of column comments."""
    return kind.simpleString()


def fitted(frame: DataFrame, schema: StructType) -> DataFrame:
    """Return rows with the columns of a table, taken by name.

    Args:
        frame: The rows.
        schema: The columns.
    """
    return frame.select(_fields(_column, frame.schema, schema))


def _column(name: str) -> Column:
    return F.col(f"`{name}`")


def _fields(field_of: Callable[[str], Column], old: StructType, new: StructType) -> list[Column]:
    """Return the columns, or fields, of a type, taken by name; NULL for one that is not there."""
    known = {each.name.lower(): each for each in old.fields}
    return [
        (
            _cast(field_of(known[name].name), known[name].dataType, each.dataType)
            if (name := each.name.lower()) in known
            else F.lit(None).cast(each.dataType)
        ).alias(each.name)
        for each in new.fields
    ]


def _cast(value: Column, old: DataType, new: DataType) -> Column:
    """Return a value in another type; Spark's own cast takes fields by their place."""
    if isinstance(old, StructType) and isinstance(new, StructType) and old != new:
        fields = F.struct(*_fields(value.getField, old, new))
        return F.when(value.isNotNull(), fields).otherwise(F.lit(None).cast(new))
    if isinstance(old, ArrayType) and isinstance(new, ArrayType) and old != new:
        return F.transform(value, lambda each: _cast(each, old.elementType, new.elementType))
    if isinstance(old, MapType) and isinstance(new, MapType) and old != new:
        keys = F.transform_keys(value, lambda key, _: _cast(key, old.keyType, new.keyType))
        return F.transform_values(keys, lambda _, each: _cast(each, old.valueType, new.valueType))
    return value.cast(new)
