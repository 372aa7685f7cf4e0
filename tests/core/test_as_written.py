"""What a file may hold while its tokens and expressions still stand in it."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jsonschema import Draft7Validator
from referencing import Registry as References

from lhp.core.as_written import (
    FINAL,
    NOTHING,
    TEMPLATE,
    TOKEN,
    TOKENS,
    Dialect,
    as_written,
    definitions,
    whole_as_written,
)
from lhp.core.option_schema import Schema

DIALECTS = {"final": FINAL, "tokens": TOKENS, "template": TEMPLATE}
ALL = "final tokens template"
SUBSTITUTED = "tokens template"
NONE = ""

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
FLAG = {"type": "boolean"}
CHOICE = {"enum": ["csv", "json"]}
CODE = {"type": "string", "pattern": "^[a-z]+$"}
TEXTS = {"type": "array", "items": TEXT}
MAP = {"type": "object"}
KNOWN = {"type": "object", "properties": {"n": NUMBER}, "additionalProperties": False}
SIZES = {"type": "object", "additionalProperties": NUMBER}


def map_of(value: Schema, *, is_required: bool = True) -> Schema:
    """Return the schema of a map that has such a value under `a`."""
    required = {"required": ["a"]} if is_required else {}
    return {"type": "object", "properties": {"a": value}, **required}


def takes(schema: Schema, value: Any, dialect: Dialect) -> bool:
    whole = whole_as_written(schema, dialect)
    Draft7Validator.check_schema(whole)
    return Draft7Validator(whole, registry=References()).is_valid(value)


def takers(schema: Schema, value: Any) -> str:
    """Return the names of the dialects in which a schema takes a value."""
    return " ".join(name for name, each in DIALECTS.items() if takes(schema, value, each))


@pytest.mark.parametrize(
    ("schema", "value", "taken"),
    [
        (NUMBER, 5, ALL),
        (NUMBER, 2.5, NONE),
        (NUMBER, True, NONE),
        (NUMBER, "5", NONE),
        (NUMBER, "yes", NONE),
        (NUMBER, "${n}", SUBSTITUTED),
        (NUMBER, "%{n}", SUBSTITUTED),
        (NUMBER, "${a.b}", SUBSTITUTED),
        (NUMBER, "{{ n }}", "template"),
        (NUMBER, "1{{ n }}0", "template"),
        (NUMBER, "{% if a %}1{% endif %}", "template"),
        (NUMBER, "{# a #}", NONE),
        # A token inside of a text makes a text, whatever it holds.
        (NUMBER, "1${n}", NONE),
        (NUMBER, "${n}0", NONE),
        (NUMBER, "${a}${b}", NONE),
        (NUMBER, "${n", NONE),
        (NUMBER, "$n", NONE),
        (NUMBER, "", NONE),
        ({"type": "integer", "minimum": 1}, 0, NONE),
        ({"type": "integer", "minimum": 1}, "${n}", SUBSTITUTED),
        ({"type": "number"}, 2.5, ALL),
        ({"type": "number"}, "${n}", SUBSTITUTED),
        (FLAG, True, ALL),
        *((FLAG, word, ALL) for word in ("yes", "No", "ON", "off")),
        *((FLAG, word, NONE) for word in ("true", "y", "yess", "maybe", "")),
        (FLAG, 1, NONE),
        (FLAG, "${f}", SUBSTITUTED),
        (FLAG, "{{ f }}", "template"),
        ({"type": "array", "items": FLAG}, ["yes", False], ALL),
        ({"type": ["boolean", "null"]}, "yes", ALL),
        (CHOICE, "csv", ALL),
        (CHOICE, "cvs", NONE),
        (CHOICE, "yes", NONE),
        (CHOICE, "${f}", SUBSTITUTED),
        (CHOICE, "{{ f }}", "template"),
        ({"type": "integer", "enum": [1, 2]}, "${n}", SUBSTITUTED),
        ({"type": "integer", "enum": [1, 2]}, 3, NONE),
        ({"type": "string", "const": "csv"}, "${f}", SUBSTITUTED),
        (CODE, "abc", ALL),
        (CODE, "ABC", NONE),
        (CODE, "${c}", SUBSTITUTED),
        (TEXT, "anything: ${a} {{ b }}", ALL),
        (TEXT, 5, NONE),
        (TEXT, ["a"], NONE),
        (TEXTS, [], ALL),
        (TEXTS, ["${a}", "{{ b }}"], ALL),
        (TEXTS, ["a", 5], NONE),
        (TEXTS, "a", NONE),
        (TEXTS, "${list}", SUBSTITUTED),
        ({"type": "array", "items": NUMBER}, ["${n}", 2], SUBSTITUTED),
        ({"type": "array", "items": NUMBER}, ["two"], NONE),
        ({"type": "array"}, ["two", None, 3], ALL),
        (MAP, {"any": [None]}, ALL),
        (MAP, "${map}", SUBSTITUTED),
        (MAP, "{{ map }}", "template"),
        (MAP, "map", NONE),
        (KNOWN, {"n": "${n}"}, SUBSTITUTED),
        (KNOWN, {"n": "n"}, NONE),
        (KNOWN, {"m": 1}, NONE),
        (SIZES, {"any": "${n}"}, SUBSTITUTED),
        (SIZES, {"any": "n"}, NONE),
        ({"type": "object", "patternProperties": {"^x_": NUMBER}}, {"x_a": "${n}"}, SUBSTITUTED),
        ({"type": "object", "patternProperties": {"^x_": NUMBER}}, {"x_a": "n"}, NONE),
        (map_of(map_of(NUMBER)), {"a": {"a": "${n}"}}, SUBSTITUTED),
        (map_of(map_of(NUMBER)), {"a": "${map}"}, SUBSTITUTED),
        (map_of(map_of(NUMBER)), {"a": {}}, NONE),
        ({"anyOf": [TEXT, TEXTS]}, "anything", ALL),
        ({"anyOf": [TEXT, TEXTS]}, ["a"], ALL),
        ({"anyOf": [TEXT, TEXTS]}, [5], NONE),
        ({"anyOf": [TEXT, NUMBER]}, True, NONE),
        ({"anyOf": [TEXT, KNOWN]}, {"n": "${n}"}, SUBSTITUTED),
        ({"anyOf": [FLAG, TEXTS]}, "${any}", SUBSTITUTED),
        ({"anyOf": [FLAG, TEXTS]}, "on", ALL),
        ({"anyOf": [FLAG, TEXTS]}, "a", NONE),
        ({"anyOf": [NUMBER, CODE]}, "${any}", SUBSTITUTED),
        ({"anyOf": [NUMBER, CODE]}, "ABC", NONE),
        ({"anyOf": [NUMBER, TEXTS], "maxItems": 1}, ["a", "b"], NONE),
        ({"anyOf": [NUMBER, TEXTS], "maxItems": 1}, "${any}", SUBSTITUTED),
        ({"oneOf": [NUMBER, FLAG]}, "${any}", SUBSTITUTED),
        ({"oneOf": [NUMBER, FLAG]}, "yes", ALL),
        ({"oneOf": [NUMBER, FLAG]}, "x", NONE),
        ({"oneOf": [NUMBER, {"type": "number"}]}, 5, NONE),
        ({"oneOf": [KNOWN, TEXT]}, {"n": "${n}"}, SUBSTITUTED),
        ({}, {"any": [5, "x", None]}, ALL),
        (NUMBER | {"description": "d", "default": 5, "examples": [6]}, "${n}", SUBSTITUTED),
    ],
)
def test_values_as_they_may_be_written(schema: Schema, value: Any, taken: str) -> None:
    assert takers(map_of(schema), {"a": value}) == taken
    assert takers(map_of(schema, is_required=False), {"a": value}) == taken


@pytest.mark.parametrize(
    "schema", [TEXT, NUMBER, FLAG, CHOICE, CODE, TEXTS, MAP, KNOWN, SIZES, {"anyOf": [TEXT, FLAG]}]
)
def test_nothing_may_stand_behind_a_key_that_need_not_be_there(schema: Schema) -> None:
    nothing: Mapping[str, Any] = {"a": None}
    assert takers(map_of(schema, is_required=False), nothing) == ALL
    assert takers(map_of(schema), nothing) == NONE
    assert takers({"additionalProperties": schema}, nothing) == NONE
    assert takers({"patternProperties": {"a": schema}}, nothing) == NONE
    assert takers(map_of({"type": "array", "items": schema}), {"a": [None]}) == NONE
    inner = map_of(map_of(schema, is_required=False))
    assert takers(inner, {"a": nothing}) == ALL
    assert takers({"anyOf": [TEXT, inner["properties"]["a"]]}, nothing) == ALL


@pytest.mark.parametrize(
    "schema",
    [{}, {"type": "null"}, {"type": ["integer", "null"]}, {"anyOf": [TEXTS, {"type": "null"}]}],
)
def test_null_is_taken_wherever_the_schema_means_it(schema: Schema) -> None:
    for is_required in (False, True):
        assert takers(map_of(schema, is_required=is_required), {"a": None}) == ALL


@pytest.mark.parametrize("value", ["${map}", "{{ map }}", None, ["a"]])
def test_nothing_else_stands_for_the_whole(value: Any) -> None:
    assert takers(map_of(TEXT), value) == NONE


def test_a_key_that_must_be_there_must_be_there() -> None:
    assert takers(map_of(TEXT), {}) == NONE
    assert takers(map_of(TEXT, is_required=False), {}) == ALL


def test_the_schema_itself_is_not_changed() -> None:
    schema = map_of({"anyOf": [KNOWN, TEXTS], "description": "d"})
    before = copy.deepcopy(schema)
    whole_as_written(schema, TEMPLATE)
    assert schema == before


def titles(schema: Schema, dialect: Dialect, **more: Any) -> list[str]:
    known = definitions(dialect)

    def followed(each: Schema) -> Schema:
        return known[each["$ref"].rpartition("/")[2]] if "$ref" in each else each

    branches = followed(as_written(schema, dialect, **more))["anyOf"]
    return [followed(each)["title"] for each in branches]


@pytest.mark.parametrize(
    ("schema", "name", "expected"),
    [
        (NUMBER, "", ["whole number"]),
        ({"type": "number", "minimum": 1}, "", ["number"]),
        (FLAG, "", ["boolean"]),
        (TEXTS, "", ["list of text"]),
        (CHOICE, "format", ["choice"]),
        ({"type": "string", "const": "a"}, "", ["choice"]),
        (CODE, "", ["text"]),
        (MAP, "reader", ["map"]),
        (SIZES, "reader", ["map"]),
        (KNOWN, "reader", ["reader"]),
        (KNOWN, "", ["map"]),
        ({"anyOf": [NUMBER, KNOWN]}, "reader", ["whole number", "reader"]),
        ({**KNOWN, "title": "Reader"}, "reader", ["Reader"]),
    ],
)
def test_each_branch_is_called_by_what_it_takes(
    schema: Schema, name: str, expected: list[str]
) -> None:
    assert titles(schema, TOKENS, name=name) == [*expected, TOKEN]
    assert titles(schema, TEMPLATE, name=name) == [*expected, TOKEN]
    assert titles(schema, TOKENS, name=name, is_optional=True) == [*expected, TOKEN]
    instead = TOKEN if schema == FLAG else NOTHING  # `yes` and its like are tokens, too
    assert titles(schema, FINAL, name=name, is_optional=True) == [*expected, instead]


def test_a_map_is_called_by_the_key_that_it_stands_under() -> None:
    whole = whole_as_written({"properties": {"reader": KNOWN, "other": KNOWN}}, TOKENS)
    assert [each["anyOf"][0]["title"] for each in whole["properties"].values()] == [
        "reader",
        "other",
    ]


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize("schema", [NUMBER, TEXT, CHOICE, {}])
def test_what_editors_show_stands_beside_the_branches(schema: Schema, dialect: Dialect) -> None:
    about = {"description": "d", "default": 5, "examples": [6]}
    found = as_written({**schema, **about}, dialect, is_optional=True)
    assert {key: found[key] for key in about} == about
    assert found == {**as_written(schema, dialect, is_optional=True), **about}
    hidden = as_written({**schema, "doNotSuggest": True}, dialect, is_optional=True)
    assert hidden["doNotSuggest"] is True
    assert "$ref" not in hidden


def test_definitions_of_final_values_stand_beside_those_of_others() -> None:
    for dialect in (TOKENS, TEMPLATE):
        assert not definitions(FINAL).keys() & definitions(dialect).keys()


def pairs(
    text: SearchStrategy[str], nothing: SearchStrategy[Any], instead: SearchStrategy[Any]
) -> SearchStrategy[tuple[Schema, Any]]:
    """Make schemas, each with a value that it takes; `instead` may stand for any inner value."""
    numbers = st.integers(-9, 9)
    leaves = st.one_of(
        st.tuples(st.just(TEXT), text),
        st.tuples(st.just(NUMBER), numbers),
        st.tuples(st.just({"type": "number"}), numbers | st.just(2.5)),
        st.tuples(st.just(FLAG), st.booleans()),
        st.tuples(st.just(CODE), st.text("abc", min_size=1, max_size=3)),
        st.tuples(st.just({"type": ["integer", "null"]}), numbers | nothing),
        st.tuples(st.just({}), numbers | text | nothing),
        st.lists(text | numbers, min_size=1, max_size=3).flatmap(
            lambda choices: st.tuples(st.just({"enum": choices}), st.sampled_from(choices))
        ),
    )

    def may_be_written(pair: tuple[Schema, Any]) -> SearchStrategy[tuple[Schema, Any]]:
        schema, value = pair
        return st.tuples(st.just(schema), instead | st.just(value))

    def around(inner: SearchStrategy[tuple[Schema, Any]]) -> SearchStrategy[tuple[Schema, Any]]:
        part = inner.flatmap(may_be_written)
        return st.one_of(
            part.map(lambda each: ({"type": "array", "items": each[0]}, [each[1]])),
            part.map(lambda each: ({"additionalProperties": each[0]}, {"k": each[1]})),
            part.map(
                lambda each: (
                    {"type": "object", "patternProperties": {"^k": each[0]}},
                    {"k": each[1]},
                )
            ),
            st.tuples(st.lists(inner, max_size=2), part, st.booleans()).map(any_of),
            st.dictionaries(
                st.sampled_from("abc"), st.tuples(part, st.sampled_from(["must", "may", "not"]))
            ).map(known_map),
        )

    return st.recursive(leaves, around, max_leaves=6)


def any_of(parts: tuple[list[tuple[Schema, Any]], tuple[Schema, Any], bool]) -> tuple[Schema, Any]:
    """Return a choice of schemas, none of which is a choice itself: models have none such."""
    others, (schema, value), is_last = parts
    further = [each for each, _ in others]
    listed = [*further, schema] if is_last else [schema, *further]
    branches = [inner for each in listed for inner in each.get("anyOf", [each])]
    return {"anyOf": branches}, value


def known_map(parts: Mapping[str, tuple[tuple[Schema, Any], str]]) -> tuple[Schema, Any]:
    schema = {
        "type": "object",
        "properties": {name: each for name, ((each, _), _) in parts.items()},
        "required": [name for name, (_, use) in parts.items() if use == "must"],
        "additionalProperties": False,
    }
    return schema, {name: value for name, ((_, value), use) in parts.items() if use != "not"}


NO_SUBSTITUTE: SearchStrategy[Any] = st.nothing()
WITHOUT_TOKENS = st.text("abc $", max_size=3)


@given(pairs(st.text(max_size=5), st.none(), NO_SUBSTITUTE))
def test_whatever_a_schema_takes_is_taken_as_written(pair: tuple[Schema, Any]) -> None:
    schema, value = pair
    whole = map_of(schema)
    assert Draft7Validator(whole).is_valid({"a": value})
    assert takers(whole, {"a": value}) == ALL


@given(pairs(st.text(max_size=5), st.none(), st.sampled_from(["${t}", "%{t}", "${t.u}"])))
def test_a_token_may_stand_for_any_value(pair: tuple[Schema, Any]) -> None:
    schema, value = pair
    assert takers(map_of(schema), {"a": value}).endswith(SUBSTITUTED)


@given(
    pairs(WITHOUT_TOKENS, st.nothing(), NO_SUBSTITUTE),
    pairs(WITHOUT_TOKENS, st.nothing(), NO_SUBSTITUTE),
)
def test_a_value_without_tokens_is_taken_as_the_schema_says(
    pair: tuple[Schema, Any], other: tuple[Schema, Any]
) -> None:
    whole, value = map_of(pair[0]), {"a": other[1]}
    expected = ALL if Draft7Validator(whole).is_valid(value) else NONE
    assert takers(whole, value) == expected


@given(
    st.text(max_size=12) | st.text("${}%n ", max_size=6),
    st.sampled_from([NUMBER, {"type": "number"}, TEXTS, MAP, KNOWN, CHOICE]),
)
def test_a_text_that_is_no_token_is_never_taken_for_a_value(text: str, schema: Schema) -> None:
    braces = r"(?:[$%]\{[^{}]*\}|\{\w+\})"
    # Inside a choice a token may stand beside other text.
    is_token = re.search(braces, text) if schema == CHOICE else re.fullmatch(rf"{braces}\n?", text)
    is_expression = "{{" in text or "{%" in text
    taken = ALL if text in CHOICE["enum"] and schema == CHOICE else NONE
    if is_token:
        taken = SUBSTITUTED
    elif is_expression and not taken:
        taken = "template"
    assert takers(map_of(schema), {"a": text}) == taken
