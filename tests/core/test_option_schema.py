"""Three ways to say what is accepted become one JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic import BaseModel, Field

from lhp.core.base_generator import BaseActionGenerator, Options
from lhp.core.defaults import with_defaults
from lhp.core.option_schema import (
    action_schema,
    expected_types,
    normalised,
    options_fault,
    reserved_keys,
    schema_of,
    supported_options,
)

SHORT = {
    "api_endpoint": {"type": "string", "required": True},
    "auth_method": {"type": "string", "default": "bearer"},
}
LONG = {
    "type": "object",
    "properties": {
        "api_endpoint": {"type": "string"},
        "auth_method": {"type": "string", "default": "bearer"},
    },
    "required": ["api_endpoint"],
}


class RestOptions(Options):
    api_endpoint: str
    auth_method: str = "bearer"


def generator(options: Any = None, model: type[Options] = Options, **attributes: Any) -> Any:
    def supported(_: type[Any]) -> Any:
        return options

    given = {"get_supported_options": classmethod(supported)} if options is not None else {}
    return type("G", (BaseActionGenerator,), {**given, **attributes, "Options": model})


def test_three_forms_have_one_meaning() -> None:
    one, two, three = (
        supported_options(each)
        for each in (generator(SHORT), generator(LONG), generator(model=RestOptions))
    )
    assert one == two
    without_docs = {key: value for key, value in three.items() if key != "description"}
    assert one == without_docs
    assert one["additionalProperties"] is False
    assert SHORT["api_endpoint"]["required"] is True


@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"type": "object"},
        {"$schema": "http://json-schema.org/draft-07/schema#", "properties": {}},
        {"properties": {"a": {"type": "string"}}},
        {"properties": {"type": "object"}},
        {"a": {}},
        {"a": {"type": ["string", "null"], "default": None}},
        {"a": {"type": "integer", "minimum": 1, "default": 3, "required": True}},
    ],
)
def test_declarations_that_are_accepted(declared: Mapping[str, Any]) -> None:
    schema = normalised(declared)
    assert schema["type"] == "object"
    Draft7Validator.check_schema(schema)


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ({"a": "string"}, "bad option schema at a: an option is a mapping with a `type`"),
        ({"a": {"type": "text"}}, "bad option schema at properties/a/type"),
        ({"a": {"type": "string", "requird": True}}, "bad option schema at properties/a"),
        ({"a": {"type": "string", "required": "yes"}}, "bad option schema at properties/a"),
        ({"a b": {"type": "string"}}, "bad option schema at properties"),
        (
            {"a": {"type": "string", "pattern": "["}},
            "at properties/a/pattern: '[' is not a 'regex'",
        ),
        ({"a": {"type": "integer", "default": "x"}}, "at properties/a/default: 'x' is not of type"),
        ({"a": {"enum": ["x"], "default": "y"}}, "at properties/a/default"),
        ({"a": {"$ref": "#/definitions/x"}}, "bad option schema at properties/a"),
        ({"type": "object", "patternProperties": {"[": {}}}, "is not a 'regex'"),
        ({"type": "object", "patternProperties": {"a": {"$ref": "#/x"}}}, "patternProperties/a"),
        ({"type": "object", "required": "a"}, "bad option schema at required"),
        ({"type": "object", "oneOf": []}, "bad option schema at the schema"),
        ({"type": "object", "properties": {"a": 3}}, "bad option schema at"),
    ],
)
def test_bad_option_schema_says_where_and_why(declared: Mapping[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match="bad option schema") as caught:
        normalised(declared)
    assert reason in str(caught.value)
    assert options_fault("load", generator(declared)) == str(caught.value)


def test_options_have_to_be_a_mapping() -> None:
    assert options_fault("load", generator(["a"])) == (
        "get_supported_options() gave list, not a mapping"
    )


def test_default_of_null_means_none() -> None:
    schema = normalised({"a": {"type": "string", "default": None}})
    assert "default" not in schema["properties"]["a"]


def test_keys_of_the_author_stay_beside_the_free_ones() -> None:
    schema = normalised({"type": "object", "patternProperties": {"^spark[.]": {"type": "string"}}})
    assert set(schema["patternProperties"]) == {"^x-", "^spark[.]"}


@pytest.mark.parametrize(
    ("kind", "name", "fault"),
    [
        ("load", "type", "an option can't be called type: the action has that key"),
        ("load", "readMode", "an option can't be called readMode: the action has that key"),
        ("load", "name", ""),
        ("write", "type", "an option can't be called type: the action has that key"),
        ("transform", "source", "an option can't be called source: the action has that key"),
        ("transform", "transform_type", "an option can't be called transform_type"),
        ("transform", "target", "an option can't be called target"),
        ("test", "name", "an option can't be called name"),
        ("test", "columns", ""),
    ],
)
def test_options_may_not_be_called_like_keys_of_the_action(
    kind: str, name: str, fault: str
) -> None:
    found = options_fault(kind, generator({name: {"type": "string"}}))
    assert found.startswith(fault)
    assert bool(found) is bool(fault)
    assert (name in reserved_keys(kind)) is bool(fault)


class Inner(BaseModel):
    limit: int | None = None


class Outer(Options):
    exactly_one = (("sql", "sql_path"),)
    at_most_one = (("a", "b"),)

    sql: str | None = None
    sql_path: str | None = None
    a: Inner | None = Field(None, description="An inner one.")
    b: Sequence[Inner] = ()
    mode: Literal["x", "y"] | int | None = None


def test_models_become_plain_schemas() -> None:
    schema = schema_of(Outer)
    properties = schema["properties"]
    assert properties["sql"] == {"type": "string"}
    assert properties["a"] == {
        "description": "An inner one.",
        "properties": {"limit": {"type": "integer"}},
        "type": "object",
    }
    assert properties["b"]["items"]["properties"] == {"limit": {"type": "integer"}}
    assert {"type": "null"} not in properties["mode"]["anyOf"]
    assert "$defs" not in schema
    assert schema["allOf"] == [
        {"oneOf": [{"required": ["sql"]}, {"required": ["sql_path"]}]},
        {"not": {"required": ["a", "b"]}},
    ]
    assert schema_of(Outer) is schema


@pytest.mark.parametrize(
    ("kind", "required", "place"),
    [
        ("load", {"name", "type", "target", "source"}, "source"),
        ("write", {"name", "type", "source", "write_target"}, "write_target"),
        ("transform", {"name", "type", "target", "source", "transform_type", "api_endpoint"}, ""),
        ("test", {"name", "type", "source", "test_type", "api_endpoint"}, ""),
    ],
)
def test_schema_of_a_whole_action(kind: str, required: set[str], place: str) -> None:
    schema = action_schema(kind, generator(SHORT, source_count="one"))
    assert set(schema["required"]) == required
    holder = schema["properties"][place] if place else schema
    assert "api_endpoint" in holder["properties"]
    assert "api_endpoint" in holder["required"]
    assert holder["additionalProperties"] is False
    assert ("readMode" in holder["properties"]) is (place != "write_target")


def test_action_of_a_generator_that_takes_any_source_need_not_name_one() -> None:
    assert "source" not in action_schema("transform", generator(SHORT))["required"]


@pytest.mark.parametrize(
    ("schema", "types"),
    [
        ({"type": "string"}, {"string"}),
        ({"type": ["string", "null"]}, {"string", "null"}),
        ({"anyOf": [{"type": "integer"}, {"oneOf": []}, True]}, {"integer"}),
        ({"enum": [1]}, {"string"}),
        ({}, set()),
    ],
)
def test_types_that_a_schema_accepts(schema: Mapping[str, Any], types: set[str]) -> None:
    assert expected_types(schema) == types


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "properties", "required", "default", "a", "enum", "items"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_declaration_becomes_a_schema_or_a_reason(declared: Any) -> None:
    try:
        schema = supported_options(
            generator({"declared": declared} if declared is None else declared)
        )
    except ValueError:
        return
    Draft7Validator.check_schema(schema)
    [*Draft7Validator(schema).iter_errors(with_defaults({"a": "x"}, schema))]
