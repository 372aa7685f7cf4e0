"""Values are read as their schema declares them; absent ones are filled in."""

from __future__ import annotations

from typing import Any

import pytest

from lhp.core.defaults import as_declared, with_defaults
from lhp.core.option_schema import normalised
from lhp.model.source import NOWHERE, NoText, TokenText, VariableText, YamlMap, locate
from lhp.text.yaml_reader import read_yaml

NUMBERS = normalised(
    {
        "count": {"type": "integer"},
        "ratio": {"type": "number"},
        "flag": {"type": "boolean"},
        "text": {"type": "string"},
        "loose": {},
        "mode": {"enum": ["on", "off"]},
        "list": {"type": "array", "items": {"type": "integer"}},
        "free": {"type": "object", "additionalProperties": {"type": "integer"}},
        "late": {"type": "array", "default": [1]},
    }
)


@pytest.mark.parametrize(
    ("key", "value", "read_as"),
    [
        ("count", TokenText("20"), 20),
        ("count", TokenText("-3"), -3),
        ("count", TokenText("2.5"), "2.5"),
        ("count", "20", "20"),
        ("count", TokenText("9" * 500), "9" * 500),
        ("ratio", TokenText("2.5"), 2.5),
        ("ratio", TokenText("3"), 3),
        ("ratio", TokenText("1e3"), 1000.0),
        ("ratio", TokenText("abc"), "abc"),
        ("flag", TokenText("true"), True),
        ("flag", TokenText("No"), False),
        ("flag", "yes", True),
        ("flag", "off", False),
        ("flag", "true", "true"),
        ("flag", "maybe", "maybe"),
        ("text", TokenText("20"), "20"),
        ("loose", TokenText("20"), "20"),
        ("mode", "on", "on"),
        ("list", [TokenText("1"), 2], [1, 2]),
        ("free", {"a": TokenText("1")}, {"a": 1}),
        ("loose", None, None),
    ],
)
def test_texts_are_read_as_the_schema_wants_them(key: str, value: Any, read_as: Any) -> None:
    filled = with_defaults({key: value}, NUMBERS)
    assert filled[key] == read_as
    assert type(filled[key]) in (type(read_as), TokenText) or isinstance(read_as, (dict, list))


def test_texts_can_be_read_without_filling_defaults() -> None:
    assert as_declared({"count": TokenText("3"), "late": None}, NUMBERS) == {"count": 3}


def test_texts_are_read_in_the_only_branch_that_fits() -> None:
    inner = {"type": "object", "properties": {"a": {"type": "integer", "default": 1}}}
    other = {"type": "array", "items": {"type": "integer"}}
    schema = {"properties": {"x": {"anyOf": [{"type": "string"}, inner, other]}}}
    assert with_defaults({"x": {}}, schema) == {"x": {"a": 1}}
    assert with_defaults({"x": [TokenText("2")]}, schema) == {"x": [2]}
    assert with_defaults({"x": "text"}, schema) == {"x": "text"}


def test_empty_value_counts_as_absent() -> None:
    assert with_defaults({"count": None, "late": None}, NUMBERS) == {"late": [1]}


def test_defaults_are_filled_in_and_places_are_kept() -> None:
    data: YamlMap = read_yaml(b"list:\n  - 1\ncount: 3\n", "a.yaml")[0].data
    filled = with_defaults(data, NUMBERS)
    assert filled == {"list": [1], "count": 3, "late": [1]}
    assert locate(filled, ("list", 0)) == locate(data, ("list", 0))
    assert locate(filled, ("count",), key=True) == locate(data, ("count",), key=True)
    assert locate(filled, ("late",)) == data.location
    assert "late" not in data
    filled["late"].append(2)
    assert NUMBERS["properties"]["late"]["default"] == [1]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, {"a": ""}),
        ({}, {"a": ""}),
        ({"type": "array", "default": []}, {"a": []}),
        ({"type": "boolean"}, {}),
        ({"type": ["boolean", "null"]}, {"a": None}),
        ({"type": "string", "enum": ["x"]}, {}),
    ],
)
def test_an_expression_without_a_value_is_an_empty_text_or_nothing(
    schema: Any, expected: Any
) -> None:
    value = YamlMap(NOWHERE)
    value.put("a", NoText(""), NOWHERE, NOWHERE)
    assert with_defaults(value, {"properties": {"a": schema}}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("True", True), ("false", False), ("5", 5), ("-1", -1), ("007", "007"), ("1.5", "1.5")],
)
@pytest.mark.parametrize("schema", [{}, {"type": ["boolean", "number", "string"]}])
def test_a_variable_through_a_template_is_a_boolean_or_a_number_where_it_may(
    schema: Any, text: str, expected: Any
) -> None:
    assert as_declared(VariableText(text), schema) == expected
    assert as_declared(VariableText(text), {"type": "string"}) == text
    assert as_declared(TokenText(text), schema) == text
