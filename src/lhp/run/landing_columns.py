"""The columns of landed files: as text, with hints laid over, with those of later files added."""

from __future__ import annotations

import re

from pyspark.sql.types import (
    ArrayType,
    CharType,
    DataType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    StringType,
    StructField,
    StructType,
    VarcharType,
)

from lhp.text.ddl import split_columns

_NAME = re.compile(r"\s*(?:`((?:[^`]|``)+)`|([^\s`.:]+))\s*(\.?)")
_ORDER = (IntegerType, LongType, FloatType, DoubleType)


def find(columns: StructType, name: str) -> StructField | None:
    """Return a column by its name, whatever its case.

    Args:
        columns: To look in.
        name: Of the column.

    Returns:
        The column, or None when there is none of this name.
    """
    lower = name.lower()
    return next((each for each in columns.fields if each.name.lower() == lower), None)


def from_ddl(ddl: str) -> StructType:
    """Return the columns of a DDL text, as a DataFrame has them: all of them may be null.

    Args:
        ddl: Names and types, with commas between.

    Returns:
        The columns.

    Raises:
        ParseException: It is no such text.
    """
    return nullable(StructType.fromDDL(ddl))


def nullable(columns: DataType) -> StructType:
    """Return columns as a DataFrame of files has them: all may be null, text is of any length.

    Args:
        columns: A struct.

    Returns:
        The columns.

    Raises:
        TypeError: It is another type.
    """
    stored = _stored(columns)
    if isinstance(stored, StructType):
        return stored
    message = f"columns are needed, this is {columns.simpleString()}"
    raise TypeError(message)


def without(columns: StructType, other: StructType) -> StructType:
    """Return the columns that another set of columns does not have.

    Args:
        columns: To choose from.
        other: What is left out.

    Returns:
        The rest.
    """
    return StructType([each for each in columns.fields if not find(other, each.name)])


def as_text(columns: StructType) -> StructType:
    """Return columns with the names of others, all of them text.

    Args:
        columns: Of any type.

    Returns:
        The columns as text.
    """
    return StructType([StructField(each.name, StringType()) for each in columns.fields])


def merged(old: StructType, new: StructType, *, widens: bool = False) -> StructType:
    """Return columns with those of later files added at the end, at each level.

    Args:
        old: What is known.
        new: What later files hold.
        widens: True when a number type becomes one that holds the later numbers too.

    Returns:
        All columns. A type that can't hold the later values is left as it is.
    """
    both = _merged(old, new, widens=widens)
    return both if isinstance(both, StructType) else old


def hinted(columns: StructType, hints: str, *, keeps_types: bool) -> StructType:
    """Return columns with schema hints laid over.

    Args:
        columns: As inferred.
        hints: DDL; a name with dots is a field inside a column, `element`, `key` and `value` are
            what arrays and maps hold.
        keeps_types: False when each column is text as long as no hint speaks of it.

    Returns:
        The columns; those that only a hint speaks of stand at the end.

    Raises:
        ParseException: A hint has a type that Spark does not know.
    """
    known = columns if keeps_types else as_text(columns)
    for hint in split_columns(hints):
        path, rest = _path(hint)
        inferred = find(columns, path[0])
        if len(path) > 1 and inferred is not None and not keeps_types:
            field = find(known, path[0])
            if field is not None and isinstance(field.dataType, StringType):
                known = _with(known, StructField(field.name, _leaves_as_text(inferred.dataType)))
        given = from_ddl(f"`_` {rest}").fields[0].dataType
        laid = _laid_over(known, path, given)
        known = laid if isinstance(laid, StructType) else known
    return known


def _path(hint: str) -> tuple[list[str], str]:
    parts, at = [], 0
    while match := _NAME.match(hint, at):
        parts.append(match[2] or match[1].replace("``", "`"))
        at = match.end()
        if not match[3]:
            break
    return parts, re.sub(r"\bNOT\s+NULL\b", "", hint[at:].lstrip(" :"), flags=re.IGNORECASE)


def _with(columns: StructType, field: StructField) -> StructType:
    fields = [field if each.name == field.name else each for each in columns.fields]
    return StructType(fields)


def _laid_over(known: DataType, path: list[str], given: DataType) -> DataType:
    if not path:
        return given
    name, rest = path[0], path[1:]
    if isinstance(known, ArrayType) and name.lower() == "element":
        return ArrayType(_laid_over(known.elementType, rest, given))
    if isinstance(known, MapType) and name.lower() == "key":
        return MapType(_laid_over(known.keyType, rest, given), known.valueType)
    if isinstance(known, MapType) and name.lower() == "value":
        return MapType(known.keyType, _laid_over(known.valueType, rest, given))
    struct = known if isinstance(known, StructType) else StructType([])
    field = find(struct, name)
    if field is None:
        return StructType(
            [*struct.fields, StructField(name, _laid_over(StringType(), rest, given))]
        )
    return _with(struct, StructField(field.name, _laid_over(field.dataType, rest, given)))


def _leaves_as_text(kind: DataType) -> DataType:
    if isinstance(kind, StructType):
        fields = [StructField(each.name, _leaves_as_text(each.dataType)) for each in kind.fields]
        return StructType(fields)
    if isinstance(kind, ArrayType):
        return ArrayType(_leaves_as_text(kind.elementType))
    return StringType()


def _stored(kind: DataType) -> DataType:
    if isinstance(kind, StructType):
        return StructType([StructField(each.name, _stored(each.dataType)) for each in kind.fields])
    if isinstance(kind, ArrayType):
        return ArrayType(_stored(kind.elementType))
    if isinstance(kind, MapType):
        return MapType(_stored(kind.keyType), _stored(kind.valueType))
    return StringType() if isinstance(kind, (CharType, VarcharType)) else kind


def _merged(old: DataType, new: DataType, *, widens: bool) -> DataType:
    if isinstance(old, StructType) and isinstance(new, StructType):
        fields = []
        for each in old.fields:
            later = find(new, each.name)
            kind = _merged(each.dataType, later.dataType, widens=widens) if later else each.dataType
            fields.append(StructField(each.name, kind))
        return StructType([*fields, *without(new, old).fields])
    if isinstance(old, ArrayType) and isinstance(new, ArrayType):
        return ArrayType(_merged(old.elementType, new.elementType, widens=widens))
    if isinstance(old, MapType) and isinstance(new, MapType):
        return MapType(old.keyType, _merged(old.valueType, new.valueType, widens=widens))
    return _wider(old, new) if widens else old


def _wider(old: DataType, new: DataType) -> DataType:
    if isinstance(old, DecimalType) and isinstance(new, DecimalType):
        scale = max(old.scale, new.scale)
        whole = max(old.precision - old.scale, new.precision - new.scale)
        return DecimalType(min(38, whole + scale), scale)
    if isinstance(old, _ORDER) and isinstance(new, _ORDER):
        return max(old, new, key=lambda kind: _ORDER.index(type(kind)))
    return old
