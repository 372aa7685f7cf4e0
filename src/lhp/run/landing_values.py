"""Values of landed rows as expressions of Spark, and what is rescued of those that do not fit."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812 -- its name in Spark's own guides
from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    DataType,
    MapType,
    StringType,
    StructField,
    StructType,
    VariantType,
)

GROUP = "_lhp_group"
"""Column that says which header the file of a row has."""

_CSV_VALUE = {"sep": "\x01", "quote": ""}
_CSV_VALUE_OPTIONS = frozenset(
    {
        "dateformat",
        "enabledatetimeparsingfallback",
        "ignoreleadingwhitespace",
        "ignoretrailingwhitespace",
        "locale",
        "nanvalue",
        "negativeinf",
        "positiveinf",
        "timestampformat",
        "timestampntzformat",
        "timezone",
    }
)


def column(name: str) -> Column:
    """Return a column by its name, whatever characters that has."""
    return F.col(f"`{name.replace('`', '``')}`")


def text_of(field: StructField) -> Column:
    """Return the value of a column as text."""
    value = column(field.name)
    if _is_nested(field.dataType):
        return F.to_json(value)
    return F.base64(value) if isinstance(field.dataType, BinaryType) else value.cast("string")


def by_header(name: str, headers: tuple[tuple[str, ...], ...]) -> Column:
    """Return the text of a CSV column, wherever the header of its file has it.

    Args:
        name: Of the column.
        headers: Of the files; `GROUP` holds the index of the one that counts.

    Returns:
        One of the columns `_c0`, `_c1` ..., or null.
    """
    values, places = [F.lit(None).cast("string")], set()
    for header in headers:
        lower = [each.lower() for each in header]
        at = lower.index(name.lower()) if name.lower() in lower else None
        places.add(at)
        values.append(values[0] if at is None else F.col(f"_c{at}"))
    if len(places) == 1:
        return values[-1]
    chosen = values[0]
    for index, value in enumerate(values[1:]):
        chosen = F.when(F.col(GROUP) == index, value).otherwise(chosen)
    return chosen


def csv_value(text: Column, kind: DataType, options: Mapping[str, str]) -> Column:
    """Return the text of a CSV field as a value of a type, null where it does not fit.

    Args:
        text: Of the field.
        kind: Of the column.
        options: Of the reader.

    Returns:
        The value, read as Spark's CSV reader reads it.
    """
    if isinstance(kind, StringType):
        return text
    given = {key: each for key, each in options.items() if key.lower() in _CSV_VALUE_OPTIONS}
    return F.from_csv(text, f"v {kind.simpleString()}", {**given, **_CSV_VALUE})["v"]


def csv_misfits(texts: Mapping[str, Column], values: Mapping[str, Column]) -> dict[str, Column]:
    """Return the texts that do not fit the type of their column, by column.

    Args:
        texts: What the files hold, by column.
        values: The same as values.

    Returns:
        Texts, null where the value fits.
    """
    return {
        name: F.when(values[name].isNull() & (text != ""), text) for name, text in texts.items()
    }


def json_misfits(
    columns: StructType, corrupt: Column, options: Mapping[str, str]
) -> dict[str, Column]:
    """Return the texts of values that do not fit the type of their column, by column.

    Args:
        columns: That were read.
        corrupt: The record as text where something in it does not fit.
        options: Of the reader.

    Returns:
        Texts, null where the value fits; a record that is no JSON is `_corrupt_record`.
    """
    allowed = {key: each for key, each in options.items() if key.lower().startswith("allow")}
    raw = F.from_json(corrupt, "map<string,string>", allowed)
    typed = [each for each in columns.fields if not isinstance(each.dataType, StringType)]
    broken = {each.name: column(each.name).isNull() & raw[each.name].isNotNull() for each in typed}
    plain = [broken[each.name] for each in typed if not _is_nested(each.dataType)]
    is_inside = ~functools.reduce(operator.or_, plain, F.expr("false"))
    misfits = {}
    for each in typed:
        is_broken = broken[each.name]
        if _is_nested(each.dataType):
            is_broken = is_broken | is_inside
        misfits[each.name] = F.when(is_broken, raw[each.name])
    return {**misfits, "_corrupt_record": F.when(raw.isNull(), corrupt)}


def rescued(texts: Mapping[str, Column]) -> Column:
    """Return texts as Auto Loader writes them into its column for rescued data.

    Args:
        texts: By column, null where nothing is to be rescued.

    Returns:
        A JSON object with the path of the file besides; null where nothing is rescued.
    """
    if not texts:
        return F.lit(None).cast("string")
    given = F.create_map(*(each for key, text in texts.items() for each in (F.lit(key), text)))
    kept = F.map_filter(given, lambda _, text: text.isNotNull())
    place = F.create_map(F.lit("_file_path"), F.col("_metadata.file_path"))
    return F.when(F.size(kept) > 0, F.to_json(F.map_concat(kept, place)))


def _is_nested(kind: DataType) -> bool:
    return isinstance(kind, (ArrayType, MapType, StructType, VariantType))
