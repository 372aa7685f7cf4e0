from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.errors import DATA_TYPE_BAD, DATA_TYPE_UNKNOWN, LhpError, Location
from lhp.text.spark_types import spark_type

AT = Location("schemas/orders.yaml", 4, 9)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("STRING", "StringType()"),
        (" bigint ", "LongType()"),
        ("Long", "LongType()"),
        ("INTEGER", "IntegerType()"),
        ("timestamp_ntz", "TimestampNTZType()"),
        ("DECIMAL", "DecimalType(10, 0)"),
        ("DECIMAL(5)", "DecimalType(5, 0)"),
        ("decimal ( 10 , 2 )", "DecimalType(10, 2)"),
        ("NUMERIC(38,38)", "DecimalType(38, 38)"),
        # Spark's own types have no length.
        ("VARCHAR(20)", "StringType()"),
        ("CHAR (1)", "StringType()"),
        ("ARRAY<STRING>", "ArrayType(StringType())"),
        ("array<array<int>>", "ArrayType(ArrayType(IntegerType()))"),
        ("MAP<STRING, DECIMAL(10, 2)>", "MapType(StringType(), DecimalType(10, 2))"),
        ("STRUCT<>", "StructType([])"),
        (
            "STRUCT<a: INT, `b c``d` STRING NOT NULL COMMENT 'it''s \\'x\\'\\n', 1st:DATE comment \"y\">",
            (
                "StructType([StructField('a', IntegerType(), True), "
                "StructField('b c`d', StringType(), False, {'comment': \"it's 'x'\\n\"}), "
                "StructField('1st', DateType(), True, {'comment': 'y'})])"
            ),
        ),
    ],
)
def test_a_type_becomes_code(text: str, code: str) -> None:
    assert spark_type(text, AT).code == code


def test_the_names_that_the_code_uses_are_known() -> None:
    found = spark_type("STRUCT<a: ARRAY<INT>, b: INT>", AT)
    assert found.imports == ("ArrayType", "IntegerType", "StructField", "StructType")


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("STRNG", "STRING"), ("ARRAY<bigit>", "BIGINT"), ("zzz", None), ("ß", None)],
)
def test_an_unknown_type_is_told_with_the_nearest(text: str, nearest: str | None) -> None:
    with pytest.raises(LhpError) as caught:
        spark_type(text, AT)
    assert (caught.value.code, caught.value.location) == (DATA_TYPE_UNKNOWN, AT)
    assert caught.value.values["nearest"] == nearest


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "a type must come before the end"),
        ("ARRAY", "'<' must come before the end"),
        ("ARRAY<INT", "'>' must come before the end"),
        ("ARRAY(INT)", "'<' must come instead of '('"),
        ("MAP<INT>", "',' must come instead of '>'"),
        ("STRUCT<a: INT", "',' must come before the end"),
        ("STRUCT<a: INT,>", "the name of a field must come instead of '>'"),
        ("STRUCT<`: INT>", "the name of a field must come instead of '`'"),
        ("STRUCT<a: INT NOT>", "NULL must follow NOT"),
        ("STRUCT<a: INT COMMENT x>", "a quoted comment must come instead of 'x'"),
        ("STRUCT<a: INT COMMENT '>", 'a quoted comment must come instead of "\'"'),
        ("STRUCT<a: INT COMMENT", "a quoted comment must come before the end"),
        ("STRUCT<a: >", "a type must come instead of '>'"),
        ("STRING NOT NULL", "the end must come instead of 'NOT'"),
        ("DECIMAL(10, 2, 3)", "')' must come instead of ','"),
        ("DECIMAL()", "a number must come instead of ')'"),
        ("DECIMAL(٣)", "a number must come instead of '٣'"),
        ("DECIMAL(39)", "a decimal has 1 to 38 digits, of which the scale is part"),
        ("DECIMAL(0)", "a decimal has 1 to 38 digits, of which the scale is part"),
        ("DECIMAL(2,3)", "a decimal has 1 to 38 digits, of which the scale is part"),
        ("VARCHAR(1, 2)", "')' must come instead of ','"),
        ("INT(1)", "the end must come instead of '('"),
        ("ARRAY<" * 40, "it is nested too deeply"),
        ("STRING()) or f(", "the end must come instead of '('"),
    ],
)
def test_what_is_no_type_is_refused(text: str, problem: str) -> None:
    with pytest.raises(LhpError) as caught:
        spark_type(text, AT)
    assert (caught.value.code, caught.value.values["problem"]) == (DATA_TYPE_BAD, problem)


PARTS = st.sampled_from(
    ["STRUCT", "ARRAY", "MAP", "<", ">", ",", ":", "a", "`b'`", "INT", "DECIMAL", "(", ")", "3", "'", "NOT", "NULL", "COMMENT", "'x\\'y'", " "]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PARTS).map(" ".join)))
def test_any_text_is_a_type_or_refused(text: str) -> None:
    try:
        found = spark_type(text, AT)
    except LhpError:
        return
    tree = ast.parse(found.code, mode="eval")
    assert {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} == set(found.imports)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
TYPES: Any = st.recursive(
    st.sampled_from([("INT", "IntegerType()"), ("decimal(3, 1)", "DecimalType(3, 1)")]),
    lambda inner: st.lists(st.tuples(NAMES, inner), max_size=3).map(
        lambda fields: (
            "STRUCT<" + ", ".join(f"`{name.replace('`', '``')}`: {kind[0]}" for name, kind in fields) + ">",
            "StructType([" + ", ".join(f"StructField({name!r}, {kind[1]}, True)" for name, kind in fields) + "])",
        )
    ),
    max_leaves=8,
)  # fmt: skip


@given(TYPES)
def test_any_name_of_a_field_is_exact_in_the_code(pair: tuple[str, str]) -> None:
    assert spark_type(pair[0], AT).code == pair[1]
