"""The quick check: what it lets pass is sound, and it lets what is usual pass."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.core.foreign_patterns import foreign
from lhp.core.option_schema import supported_options
from lhp.core.plugin_manager import PluginManager
from lhp.core.quick_check import quick_check
from lhp.core.schema_validator import validator_of

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.floats(0, 2),
    st.sampled_from("abx"),
    st.text(max_size=3),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "x-a"]), inner)
    ),
)
TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")
NAMES = st.lists(st.sampled_from(["a", "b"]), min_size=1, unique=True)
LEAVES: Any = st.one_of(
    st.booleans(),
    st.fixed_dictionaries({"type": st.sampled_from(TYPES)}),
    st.fixed_dictionaries({"type": st.lists(st.sampled_from(TYPES), min_size=1, unique=True)}),
    st.fixed_dictionaries({"enum": st.lists(SCALARS, min_size=1)}),
    st.fixed_dictionaries({"const": SCALARS}),
    st.fixed_dictionaries({"required": NAMES}),
    st.fixed_dictionaries({"pattern": st.sampled_from(["a", "^b$", "[0-9]"])}),
    st.fixed_dictionaries(
        {},
        optional={
            "minLength": st.integers(0, 2),
            "maxLength": st.integers(0, 2),
            "minItems": st.integers(0, 2),
            "maxItems": st.integers(0, 2),
            "minimum": st.integers(-1, 2),
            "maximum": st.integers(-1, 2),
            "uniqueItems": st.booleans(),
            "minProperties": st.integers(0, 2),
        },
    ),
)


def _schemas(inner: Any) -> Any:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from(["a", "b"]), inner),
            "patternProperties": st.dictionaries(st.sampled_from(["^x-", "a"]), inner),
            "additionalProperties": inner,
            "items": inner,
            "anyOf": several,
            "allOf": several,
            "oneOf": several,
            "not": inner,
            "required": NAMES,
            "type": st.sampled_from(TYPES),
        },
    )


def is_sound(schema: Any, value: Any) -> bool:
    return not [*validator_of(schema).iter_errors(value)]


@given(st.recursive(LEAVES, _schemas, max_leaves=8), VALUES)
def test_what_it_lets_pass_is_sound(schema: Any, value: Any) -> None:
    assert not quick_check(schema)(value) or is_sound(schema, value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (True, 1),
        ({"properties": {"a": {"type": "string"}}, "patternProperties": {"^x-": True}, "additionalProperties": False}, {"a": "b", "x-b": 1}),
        ({"enum": ["a", None]}, None),
        ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"b": 1}),
        ({"not": {"required": ["a", "b"]}}, {"a": 1}),
        ({"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]}, [1, 2]),
    ],
)  # fmt: skip
def test_it_lets_pass_what_is_usual(schema: Any, value: Any) -> None:
    assert quick_check(schema)(value)


def test_a_pattern_of_a_plugin_is_left_to_its_plugin() -> None:
    asked: list[str] = []
    schema = foreign({"pattern": "a"}, lambda _, text: bool(asked.append(text)))
    assert not quick_check(schema)("aha")
    assert asked == []


def test_it_lets_pass_the_examples_of_the_options_that_come_with_lhp() -> None:
    for handle in PluginManager().discover_generators().values():
        options = supported_options(handle.load())["properties"]
        for key, schema in options.items():
            for example in schema.get("examples", ()):
                assert quick_check(schema)(example), (handle.name, key)
