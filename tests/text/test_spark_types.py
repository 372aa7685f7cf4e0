"""Types of columns become Spark's types as the 0.9 releases made them."""

from __future__ import annotations

import pytest

from lhp.errors import LhpError, Location
from lhp.text.spark_types import spark_type

AT = Location("schemas/x.yaml", 3, 5)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("STRING", "StringType()"),
        ("BIGINT", "LongType()"),
        ("long", "LongType()"),
        ("Int", "IntegerType()"),
        ("INTEGER", "IntegerType()"),
        ("DOUBLE", "DoubleType()"),
        ("FLOAT", "FloatType()"),
        ("BOOLEAN", "BooleanType()"),
        ("DATE", "DateType()"),
        (" TIMESTAMP ", "TimestampType()"),
        ("BINARY", "BinaryType()"),
        ("BYTE", "ByteType()"),
        ("SHORT", "ShortType()"),
        ("decimal(10,2)", "DecimalType(10, 2)"),
    ],
)
def test_a_known_type_is_that_type(text: str, code: str) -> None:
    found = spark_type(text, AT)
    assert (found.code, found.name, found.warnings) == (code, code.partition("(")[0], ())


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("DECIMAL(10, 2)", "`DECIMAL(10,2)`"),
        ("DECIMAL", "`DECIMAL(10,0)`"),
        ("NUMERIC(4)", "`DECIMAL(4,0)`"),
        ("SMALLINT", "`SHORT`"),
        ("TINYINT", "`BYTE`"),
        ("VARCHAR(10)", "`STRING`"),
        ("ARRAY<STRING>", "`cloudFiles.schemaHints`"),
        ("map<string, int>", "`cloudFiles.schemaHints`"),
        ("STRUCT<a: INT>", "`cloudFiles.schemaHints`"),
        ("TIMESTAMP_NTZ", "`cloudFiles.schemaHints`"),
        ("VARIANT", "`cloudFiles.schemaHints`"),
    ],
)
def test_any_other_type_is_text_with_a_warning(text: str, instead: str) -> None:
    found = spark_type(text, AT)
    assert (found.code, found.name) == ("StringType()", "StringType")
    [warning] = found.warnings
    assert (warning.code.id, warning.location, warning.is_warning) == ("LHP-TXT-108", AT, True)
    assert repr(text) in warning.message
    assert instead in (warning.hint or "")


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("STRNG", "LHP-TXT-103", "did you mean 'STRING'?"),
        ("ARRY<INT>", "LHP-TXT-103", "did you mean 'ARRAY'?"),
        ("<INT>", "LHP-TXT-103", "did you mean 'INT'?"),
        ("DECIMAL(39,2)", "LHP-TXT-104", ""),
        ("DECIMAL(2,4)", "LHP-TXT-104", ""),
    ],
)
def test_what_spark_does_not_have_is_an_error(text: str, code: str, hint: str) -> None:
    with pytest.raises(LhpError) as caught:
        spark_type(text, AT)
    assert (caught.value.code.id, caught.value.location) == (code, AT)
    assert caught.value.hint == hint
