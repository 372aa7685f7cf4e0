"""Three ways to say what is accepted become one JSON Schema."""

from __future__ import annotations

import datetime as dt
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
    SOURCE_COUNTS,
    SOURCES,
    TYPE_WORDS,
    Schema,
    action_schema,
    action_schema_of,
    defaults_schema,
    expected_types,
    normalised,
    options_fault,
    reserved_keys,
    schema_of,
    supported_options,
    type_words,
)
from lhp.model.flowgroup import KINDS

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
        # What no JSON file can hold would spoil the schema of every other plugin.
        (
            {"a": {"type": "number", "maximum": float("inf")}},
            "bad option schema at properties/a/maximum: a number is finite, and at most 1.8e308",
        ),
        (
            {"a": {"examples": [float("nan")]}},
            "bad option schema at properties/a/examples/0: a num",
        ),
        ({"a": {"maximum": 10**400}}, "bad option schema at properties/a/maximum: a number is"),
        (
            {"a": {"examples": [dt.date(2020, 1, 1)]}},
            "bad option schema at properties/a/examples/0: JSON has no date",
        ),
        ({"a": {"x-note": {1, 2}}}, "bad option schema at properties/a/x-note: JSON has no set"),
        (
            {"a": {"x-note": {1: 2}}},
            "bad option schema at properties/a/x-note: a key is a text, not",
        ),
        ({"a": {"default": {1, 2}}}, "bad option schema at properties/a/default: JSON has no set"),
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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", SOURCE_COUNTS)
def test_the_schema_of_an_action_needs_no_generator(kind: str, count: str) -> None:
    one = generator(SHORT, source_count=count)
    found = action_schema_of(kind, supported_options(one), count)
    assert found == action_schema(kind, one)
    Draft7Validator.check_schema(found)
    is_needed = kind == "load" or count != "any"
    assert ("source" in found["required"]) is is_needed
    if kind != "load":
        assert found["properties"]["source"] == SOURCES[count]


def test_options_that_must_be_given_must_be_given_where_they_stand() -> None:
    options = supported_options(generator(SHORT))
    assert action_schema_of("load", options, "any")["properties"]["source"]["required"] == [
        "type",
        "api_endpoint",
    ]
    assert action_schema_of("test", options, "any")["required"][-1] == "api_endpoint"
    assert "api_endpoint" not in action_schema_of("write", options, "any")["required"]


@pytest.mark.parametrize(
    ("count", "source", "fits"),
    [
        *((count, source, True) for count in SOURCE_COUNTS for source in ("v", {"table": "t"})),
        *((count, source, False) for count in SOURCE_COUNTS for source in (5, None, True)),
        ("one", ["v"], False),
        ("many", ["v"], True),
        ("any", ["v", {"table": "t"}], True),
        ("many", [5], False),
        ("any", [["v"]], False),
        ("many", [], True),
    ],
)
def test_sources_that_an_action_may_read(count: str, source: Any, fits: bool) -> None:  # noqa: FBT001  (a column of the table)
    assert Draft7Validator(SOURCES[count]).is_valid(source) is fits


COMMON = "target description readMode operational_metadata depends_on once"


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("load", "api_endpoint auth_method readMode schema_suffix database_suffix"),
        ("write", "api_endpoint auth_method schema_suffix database_suffix"),
        ("transform", f"api_endpoint auth_method source {COMMON}"),
        ("test", f"api_endpoint auth_method source {COMMON}"),
    ],
)
def test_what_a_preset_may_give_for_a_sub_type(kind: str, given: str) -> None:
    whole = action_schema(kind, generator(SHORT, source_count="one"))
    found = defaults_schema(kind, whole)
    assert {*found["properties"]} == {*given.split()}
    assert found["additionalProperties"] is False
    validator = Draft7Validator(found)
    assert validator.is_valid({})
    assert validator.is_valid({"x-mine": 1, "api_endpoint": "a"})
    assert not validator.is_valid({"api_endpoint": 5})
    for key in ("name", "type", KINDS[kind].selector, "other"):
        assert not validator.is_valid({key: "load"})


def test_a_preset_may_give_a_part_of_a_map() -> None:
    class Inner(Options):
        """Keys that go together."""

        at_least_one = (("a", "b"),)

        keys: str
        a: str | None = None
        b: str | None = None

    class Whole(Options):
        """Holds them."""

        inner: Inner | None = None

    found = defaults_schema("write", action_schema("write", generator(model=Whole)))
    assert Draft7Validator(found).is_valid({"inner": {}})
    assert not Draft7Validator(found).is_valid({"inner": {"other": 1}})


def test_a_preset_may_give_keys_of_which_an_action_takes_one() -> None:
    keys = {"sql": "a", "sql_path": "b", "a": {}, "b": []}
    for kind in KINDS:
        whole = action_schema(kind, generator(model=Outer))
        held = whole["properties"][KINDS[kind].place] if KINDS[kind].place else whole
        assert "allOf" in held
        assert Draft7Validator(defaults_schema(kind, whole)).is_valid(keys)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        *(({"type": name}, words) for name, words in TYPE_WORDS.items()),
        ({}, "anything"),
        ({"description": "d"}, "anything"),
        ({"type": ["string", "integer"]}, "text or whole number"),
        ({"type": ["integer", "string"]}, "text or whole number"),
        ({"type": "boolean", "default": True}, "boolean"),
        ({"type": "array", "items": {"type": "string"}}, "list of text"),
        ({"type": "array", "items": {"type": ["string", "number"]}}, "list of text or number"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, "list of one of a, b"),
        (
            {"type": "array", "items": {"type": "array", "items": {"type": "object"}}},
            "list of list of map",
        ),
        ({"type": "array", "items": {}}, "list"),
        ({"type": "array", "items": {"description": "d"}}, "list of anything"),
        ({"type": ["array", "string"], "items": {"type": "string"}}, "text or list"),
        ({"enum": ["a", "b"]}, "one of a, b"),
        ({"type": "integer", "enum": [1, 2]}, "one of 1, 2"),
        ({"enum": ["a"]}, "one of a"),
        ({"type": "string", "const": "a"}, "a"),
        ({"anyOf": [{"type": "string"}, {"type": "boolean"}]}, "text or boolean"),
        (
            {"anyOf": [{"enum": ["a"]}, {"type": "array", "items": {"type": "string"}}]},
            "one of a or list of text",
        ),
        ({"anyOf": [{"type": "object"}, {"type": "object", "required": ["x"]}]}, "map"),
        # A whole number is a number as well.
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, "number"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "whole number or text"),
        ({"anyOf": [{"type": "string"}, {}]}, "text or anything"),
        ({"oneOf": [{"type": "integer"}, {"type": "array"}]}, "whole number or list"),
    ],
)
def test_types_are_said_as_people_say_them(schema: Schema, words: str) -> None:
    assert type_words(schema) == words


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"enum": ["a", "b"]}, "one of `a`, `b`"),
        ({"const": "a"}, "`a`"),
        ({"type": "array", "items": {"enum": ["a"]}}, "list of one of `a`"),
        ({"anyOf": [{"type": "string"}, {"enum": [1]}]}, "text or one of `1`"),
        ({"type": "string"}, "text"),
    ],
)
def test_marks_stand_around_each_choice(schema: Schema, words: str) -> None:
    assert type_words(schema, "`") == words
