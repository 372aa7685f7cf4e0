"""Values are made for any schema, and texts for each of its places."""

from __future__ import annotations

from typing import Any

import pytest

from lhp.core.option_schema import normalised
from lhp.core.schema_validator import validator_of
from lhp.kit.contract.samples import (
    KEY,
    choices,
    least_options,
    sample,
    text_places,
    value_at,
    widened,
    with_value,
)

TEXT = {"type": "string"}


@pytest.mark.parametrize(
    "schema",
    [
        TEXT,
        {"type": "string", "minLength": 30},
        {"type": "string", "maxLength": 4},
        {"type": "string", "pattern": r"^/"},
        {"type": "string", "pattern": r"^[A-Z]+$", "examples": ["ABC"]},
        {"type": "integer", "minimum": 500},
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        {"type": "boolean"},
        {"enum": ["a", "b"]},
        {"const": 3},
        {"type": "array", "items": TEXT, "minItems": 2, "uniqueItems": True},
        {
            "type": "array",
            "items": {"type": "object", "required": ["a"], "properties": {"a": TEXT}},
        },
        {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1},
        {"anyOf": [{"type": "integer", "minimum": 7}, {"type": "array", "items": TEXT}]},
        {"type": ["string", "null"]},
        {},
    ],
)
def test_a_sample_fits(schema: dict[str, Any]) -> None:
    assert [*validator_of(schema).iter_errors(sample(schema))] == []


def test_a_schema_that_takes_nothing_known_gives_something() -> None:
    assert isinstance(sample({"type": "string", "pattern": "^no such text$"}), str)


def test_what_goes_together_is_taken_together() -> None:
    rule = {"oneOf": [{"required": ["sql"]}, {"required": ["file"]}]}
    apart = {"not": {"required": ["sql", "tail"]}}
    names = {"name": TEXT, "sql": TEXT, "file": TEXT, "tail": TEXT}
    schema = {"type": "object", "required": ["name"], "properties": names, "allOf": [rule, apart]}
    assert [*least_options(schema)] == ["name", "sql"]
    assert [*least_options(schema, ["file"])] == ["name", "file"]
    assert [*least_options(schema, ["tail"])] == ["name", "tail", "file"]
    assert least_options(schema, known={"name": "mine"})["name"] == "mine"


def test_texts_have_places() -> None:
    schema = normalised(
        {
            "a": TEXT,
            "b": {"enum": ["x"]},
            "c": {"type": "array", "items": TEXT},
            "d": {"type": "object", "additionalProperties": TEXT},
            "e": {"type": "object", "properties": {"f": TEXT}, "additionalProperties": False},
            "g": {"type": "string", "pattern": "^a"},
            "h": {"anyOf": [{"type": "integer"}, TEXT]},
        }
    )
    places = [("a",), ("c", 0), ("d", KEY), ("d", "key"), ("e", "f"), ("h",)]
    assert [*text_places(schema)] == places
    assert [*choices(schema)] == [(("b",), "x")]


def test_values_are_put_and_found() -> None:
    assert with_value({}, ("a", "b"), 1) == {"a": {"b": 1}}
    assert with_value({"a": ["x", "y"]}, ("a", 0), "z") == {"a": ["z", "y"]}
    assert with_value({"a": {"k": 1}}, ("a", KEY), "z") == {"a": {"z": 1}}
    assert value_at({"a": {"k": ["x"]}}, ("a", "k", 0)) == "x"
    assert value_at({"a": {"k": 1}}, ("a", KEY)) == "k"
    assert value_at({"a": []}, ("a", 0)) == ""
    assert value_at({"a": 1}, ("a",)) == ""
    assert len(widened(["a"])) == len(widened({"a": "b"})) == 8
    assert widened([1]) == [1]
