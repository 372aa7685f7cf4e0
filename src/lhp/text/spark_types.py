"""Turns a column type as SQL writes it into Python code that makes the Spark type."""

from __future__ import annotations

import re

from lhp.errors import COLUMN_AS_TEXT, DATA_TYPE_BAD, DATA_TYPE_UNKNOWN, LhpError, Location, nearest
from lhp.values import frozen

_TYPES = {
    "BIGINT": "LongType",
    "BINARY": "BinaryType",
    "BOOLEAN": "BooleanType",
    "BYTE": "ByteType",
    "DATE": "DateType",
    "DOUBLE": "DoubleType",
    "FLOAT": "FloatType",
    "INT": "IntegerType",
    "INTEGER": "IntegerType",
    "LONG": "LongType",
    "SHORT": "ShortType",
    "STRING": "StringType",
    "TIMESTAMP": "TimestampType",
}
_TEXT = "StringType"
_SAME = {
    "CHAR": "STRING",
    "CHARACTER": "STRING",
    "DEC": "DECIMAL",
    "DECIMAL": "DECIMAL",
    "NUMERIC": "DECIMAL",
    "REAL": "FLOAT",
    "SMALLINT": "SHORT",
    "STRING": "STRING",
    "TIMESTAMP_LTZ": "TIMESTAMP",
    "TINYINT": "BYTE",
    "VARCHAR": "STRING",
}
"""Types that have another word here."""

_OTHERS = ("ARRAY", "GEOGRAPHY", "GEOMETRY", "INTERVAL", "MAP", "OBJECT", "STRUCT")
_MORE_OTHERS = ("TIMESTAMP_NTZ", "VARIANT", "VOID")
_NAMES = (*_TYPES, *_SAME, *_OTHERS, *_MORE_OTHERS)
_DECIMAL = re.compile(r"DECIMAL\(([0-9]{1,9}),([0-9]{1,9})\)", re.ASCII)
_DIGITS = re.compile(r"\w+\s*\(\s*([0-9]+)\s*(?:,\s*([0-9]+)\s*)?\)", re.ASCII)
_MOST_DIGITS = 38
_DEFAULT_DIGITS = "10"


@frozen
class SparkType:
    """A Spark type as Python code.

    Args:
        code: Holds nothing of the user's but numbers.
        name: What it uses from pyspark.sql.types.
        warnings: What the author of the type should know.
    """

    code: str
    name: str
    warnings: tuple[LhpError, ...] = ()


def spark_type(text: str, at: Location) -> SparkType:
    """Return the Spark type that a column of a schema file gets.

    It is text, with a warning, for each type that the 0.9 releases did not know: a table that they
    made has text there.

    Args:
        text: Such as `BIGINT` or `DECIMAL(10,2)`; upper or lower case.
        at: Where the user wrote it.

    Raises:
        LhpError: When Spark has no such type.
    """
    wanted = text.strip().upper()
    if wanted in _TYPES:
        return SparkType(f"{_TYPES[wanted]}()", _TYPES[wanted])
    decimal = _DECIMAL.fullmatch(wanted)
    if decimal:
        return _decimal(int(decimal[1]), int(decimal[2]), text, at)
    word = re.split(r"\W", wanted, maxsplit=1)[0]
    if word not in _NAMES:
        name = word or text
        raise DATA_TYPE_UNKNOWN.at(at, name=name, type=text, nearest=nearest(name, _NAMES))
    warning = COLUMN_AS_TEXT.at(at, type=text, instead=_instead_of(word, wanted))
    return SparkType(f"{_TEXT}()", _TEXT, (warning,))


def _decimal(digits: int, scale: int, text: str, at: Location) -> SparkType:
    if not 1 <= digits <= _MOST_DIGITS or scale > digits:
        problem = f"a decimal has 1 to {_MOST_DIGITS} digits, of which the scale is part"
        raise DATA_TYPE_BAD.at(at, type=text, problem=problem)
    return SparkType(f"DecimalType({digits}, {scale})", "DecimalType")


def _instead_of(word: str, text: str) -> str:
    same = _SAME.get(word)
    if same == "DECIMAL":
        digits = _DIGITS.fullmatch(text)
        precision, scale = digits.groups() if digits else (_DEFAULT_DIGITS, None)
        return f"`DECIMAL({precision},{scale or 0})`, without blanks"
    hints = "it in `cloudFiles.schemaHints` in the place of the schema file"
    return f"`{same}`" if same else hints
