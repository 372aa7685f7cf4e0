"""A YAML value against a schema: each mistake at its place, in the user's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.core.as_written import NOTHING, TEMPLATE, TOKEN, TOKENS, Dialect, whole_as_written
from lhp.core.option_schema import Schema, normalised, schema_of
from lhp.core.quick_check import quick_check
from lhp.core.schema_validator import validator_of
from lhp.core.shape_check import shape_problems
from lhp.errors import LhpError, Location
from lhp.model.files import FlowGroupKeys, PolicyFile, PresetFile, ProjectFile, SecretsBlock
from lhp.model.shape import Shape
from lhp.model.source import described
from lhp.text.yaml_reader import read_yaml

SCHEMA = normalised(
    {
        "type": "object",
        "required": ["path", "format"],
        "properties": {
            "path": {"type": "string"},
            "format": {"enum": ["csv", "json"]},
            "limit": {"type": "integer", "minimum": 1},
            "flag": {"type": "boolean"},
            "names": {"type": "array", "items": {"type": "string"}},
            "reader": {"type": "object", "properties": {"a": {"type": "number"}}},
            "source": {"anyOf": [{"type": "string"}, {"type": "object", "required": ["x"]}]},
            "either": {"oneOf": [{"type": "integer"}, {"type": "boolean"}]},
            "long": {"type": "string", "pattern": "^" + "(a|b)" * 60 + "$"},
            "one": {"type": "string"},
            "two": {"type": "string"},
        },
        "allOf": [{"not": {"required": ["one", "two"]}}],
    }
)
GOOD = "path: x\nformat: csv\n"


def problems(text: str, schema: Any = SCHEMA, **more: Any) -> list[LhpError]:
    data = read_yaml(text.encode(), "a.yaml")[0].data
    return shape_problems(data, schema, "the source", **more)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (GOOD + "pth: x\n", "a.yaml:3:1", "unknown key 'pth' in the source"),
        ("path: x\n", "a.yaml:1:1", "the source needs 'format'"),
        (GOOD + "limit: ten\n", "a.yaml:3:8", "'limit' must be a whole number, not the text 'ten'"),
        (
            GOOD + "limit: 0\n",
            "a.yaml:3:8",
            "'limit' is not valid: 0 is less than the minimum of 1",
        ),
        (GOOD + "flag: 3\n", "a.yaml:3:7", "'flag' must be true or false, not the number 3"),
        (GOOD + "names: [a, 3]\n", "a.yaml:3:12", "'names.1' must be text, not the number 3"),
        (GOOD + "names: {}\n", "a.yaml:3:8", "'names' must be a list, not a map"),
        (GOOD + "reader: {a: []}\n", "a.yaml:3:13", "'a' must be a number, not a list"),
        (GOOD + "source: [x]\n", "a.yaml:3:9", "'source' must be text or a map, not a list"),
        (
            GOOD + "either: x\n",
            "a.yaml:3:9",
            "'either' must be a whole number or true or false, not the text 'x'",
        ),
        (GOOD + "source: {}\n", "a.yaml:3:9", "'source' of the source needs 'x'"),
        (GOOD + "one: a\ntwo: b\n", "a.yaml:1:1", "the source takes exactly one of one, two"),
        (GOOD + "long: c\n", "a.yaml:3:7", "'long' is not valid: it breaks 'pattern'"),
        ("path: x\nformat: cvs\n", "a.yaml:2:9", "'format' can't be 'cvs'; it is one of csv, json"),
        ("[a]\n", "a.yaml:1:1", "'the source' must be a map, not a list"),
    ],
)
def test_mistake_is_told_at_its_place(text: str, place: str, message: str) -> None:
    (problem,) = problems(text)
    assert (str(problem.location), problem.message) == (place, message)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (GOOD + "pth: x\n", "did you mean 'path'?"),
        (GOOD + "zzzzzz: x\n", "known keys: either, flag"),
        ("path: x\nformat: cvs\n", "did you mean 'csv'?"),
    ],
)
def test_hint_names_what_was_meant(text: str, hint: str) -> None:
    (problem,) = problems(text)
    assert problem.hint.startswith(hint)


def test_advice_of_the_caller_is_taken() -> None:
    (problem,) = problems(GOOD + "pth: x\n", advice=lambda key, known: f"{key} {len(known)}")
    assert problem.hint == "pth 11"


def test_map_without_known_keys_gives_no_hint() -> None:
    (problem,) = problems("a: 1\n", normalised({}))
    assert problem.hint == ""


def test_all_mistakes_are_told_in_the_order_of_the_file() -> None:
    text = "limit: x\nflag: y\nzzzzzz: z\nnames: [1, 2]\n"
    lines = [problem.location.line for problem in problems(text) if problem.location]
    assert lines == [1, 1, 1, 2, 3, 4, 4]


def test_free_keys_are_free() -> None:
    assert not problems(GOOD + "x-anything: [1]\n")


def test_misspelt_key_is_not_told_as_missing_as_well() -> None:
    (problem,) = problems("pth: x\nformat: csv\n")
    assert problem.message == "unknown key 'pth' in the source"


def test_keys_that_a_pattern_allows_are_known() -> None:
    schema = normalised({"type": "object", "patternProperties": {"^spark[.]": {}}})
    (problem,) = problems("spark.a: 1\nx-b: 2\nsprak.c: 3\n", schema)
    assert problem.values["name"] == "sprak.c"


def test_constant_is_the_only_choice() -> None:
    (problem,) = problems("a: y\n", normalised({"a": {"const": "x"}}))
    assert problem.message == "'a' can't be 'y'; it is one of x"


def test_value_of_the_wrong_type_is_told_by_its_choices_alone() -> None:
    (problem,) = problems("a: true\n", normalised({"a": {"type": "string", "enum": ["x", "z"]}}))
    assert problem.message == "'a' can't be 'true'; it is one of x, z"


def test_text_of_another_form_is_told_by_an_example() -> None:
    option = {"type": "string", "pattern": "^[a-z.]+$", "examples": ["a.b"]}
    (problem,) = problems("a: a/b\n", normalised({"a": option}))
    assert problem.message == "'a' is not valid: 'a/b' has not the form of 'a.b'"


def test_every_mistake_in_the_branch_that_was_meant_is_told() -> None:
    text = """
plugins:
  enabled:
    - {name: a, type: validater, modul: x}
    - {nam: b, type: validator}
  directorys: [x]
"""
    found = problems(text, schema_of(ProjectFile))
    assert [(str(each.location), each.message.split(";")[0]) for each in found] == [
        ("a.yaml:4:23", "'type' can't be 'validater'"),
        ("a.yaml:4:34", "unknown key 'modul' in 'plugins.enabled.a' of the source"),
        ("a.yaml:5:8", "unknown key 'nam' in 'plugins.enabled.1' of the source"),
        ("a.yaml:6:3", "unknown key 'directorys' in 'plugins' of the source"),
    ]


def test_plain_data_is_checked_too() -> None:
    (problem,) = shape_problems({"path": "x"}, SCHEMA, "the source", Location("b.yaml", 7))
    assert str(problem.location) == "b.yaml:7"
    assert shape_problems({"path": 3, "format": "csv"}, SCHEMA, "it")[0].location is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "empty"),
        (True, "true"),
        (2.5, "the number 2.5"),
        ("x", "the text 'x'"),
        ("y" * 50, f"the text '{'y' * 37}...'"),
        ({}, "a map"),
        ([], "a list"),
    ],
)
def test_values_as_messages_show_them(value: object, shown: str) -> None:
    assert described(value) == shown


WRITTEN = normalised(
    {
        "type": "object",
        "required": ["path"],
        "properties": {
            "path": {"type": "string"},
            "format": {"enum": ["csv", "json"]},
            "limit": {"type": "integer", "minimum": 1},
            "flag": {"type": "boolean"},
            "code": {"type": "string", "pattern": "^[a-z]+$"},
            "names": {"type": "array", "items": {"type": "string"}},
            "sizes": {"type": "object", "additionalProperties": {"type": "integer"}},
            "reader": {
                "type": "object",
                "properties": {"depth": {"type": "integer"}, "mode": {"enum": ["a", "b"]}},
                "required": ["mode"],
                "additionalProperties": False,
            },
            "source": {"anyOf": [{"type": "string"}, {"type": "object", "required": ["x"]}]},
            "level": {"anyOf": [{"type": "integer"}, {"enum": ["low", "high"]}]},
        },
    }
)


@pytest.mark.parametrize("dialect", [TOKENS, TEMPLATE], ids=["tokens", "template"])
@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("limit: ten", "2:8", "'limit' must be a whole number, not the text 'ten'"),
        ("limit: 0", "2:8", "'limit' is not valid: 0 is less than the minimum of 1"),
        ("limit: 1${n}", "2:8", "'limit' must be a whole number, not the text '1${n}'"),
        ("flag: maybe", "2:7", "'flag' must be true or false, not the text 'maybe'"),
        ("flag: 3", "2:7", "'flag' must be true or false, not the number 3"),
        ("format: cvs", "2:9", "'format' can't be 'cvs'; it is one of csv, json"),
        ("code: ABC", "2:7", "'code' is not valid: 'ABC' does not match '^[a-z]+$'"),
        ("code: 5", "2:7", "'code' must be text, not the number 5"),
        ("names: a", "2:8", "'names' must be a list, not the text 'a'"),
        ("names: [a, 3]", "2:12", "'names.1' must be text, not the number 3"),
        ("sizes: {a: }", "2:12", "'a' must be a whole number, not empty"),
        ("sizes: {a: 1, b: c}", "2:18", "'b' must be a whole number, not the text 'c'"),
        ("reader: [a]", "2:9", "'reader' must be a map, not a list"),
        ("reader: {}", "2:9", "'reader' of the source needs 'mode'"),
        ("reader: {mode: c}", "2:16", "'mode' can't be 'c'; it is one of a, b"),
        ("reader: {mode: a, depth: x}", "2:26", "'depth' must be a whole number, not the text 'x'"),
        ("reader: {mode: a, deph: 1}", "2:19", "unknown key 'deph' in 'reader' of the source"),
        ("source: 5", "2:9", "'source' must be text or a map, not the number 5"),
        ("source: {}", "2:9", "'source' of the source needs 'x'"),
        ("level: mid", "2:8", "'level' can't be 'mid'; it is one of low, high"),
    ],
)
def test_where_a_token_may_stand_the_mistake_in_the_value_is_told(
    text: str, place: str, message: str, dialect: Dialect
) -> None:
    (problem,) = problems(f"path: x\n{text}\n", whole_as_written(WRITTEN, dialect))
    assert (str(problem.location), problem.message) == (f"a.yaml:{place}", message)


def test_the_key_that_must_be_there_is_not_empty() -> None:
    (problem,) = problems("path:\nlimit:\n", whole_as_written(WRITTEN, TOKENS))
    assert problem.message == "'path' must be text, not empty"


CLOSED = {"type": "object", "additionalProperties": False}
SMALL: Schema = {**CLOSED, "properties": {"a": {"type": "integer"}}}
LARGE: Schema = {**CLOSED, "properties": {"a": {"type": "integer"}, "b": {"enum": ["x"]}}}


@pytest.mark.parametrize(
    ("branches", "text", "messages"),
    [
        # A map, so the branch of maps is meant.
        ([{"type": "string"}, SMALL], "{a: x}", ["'a' must be a whole number, not the text 'x'"]),
        # Of two branches of maps, the one with fewer mistakes; of equals, the first.
        ([SMALL, LARGE], "{a: x, b: x}", ["'a' must be a whole number, not the text 'x'"]),
        ([LARGE, SMALL], "{a: x, b: y}", ["'a' must be a whole number", "'b' can't be 'y'"]),
        ([SMALL, LARGE], "{a: x, b: y}", ["'a' must be a whole number", "unknown key 'b'"]),
        # Nothing else fits, so all that would do is named.
        ([{"type": "string"}, SMALL], "[a]", ["'v' must be text or a map, not a list"]),
        ([SMALL, {"type": "null"}], "5", ["'v' must be a map or empty, not the number 5"]),
    ],
)
def test_of_several_branches_the_one_that_was_meant_is_told(
    branches: list[Schema], text: str, messages: list[str]
) -> None:
    plain: Schema = {"type": "object", "properties": {"v": {"anyOf": branches}}}
    for schema in (plain, whole_as_written(plain, TOKENS), whole_as_written(plain, TEMPLATE)):
        found = [problem.message for problem in problems(f"v: {text}\n", schema)]
        assert len(found) == len(messages)
        assert all(map(str.startswith, found, messages)), found


@pytest.mark.parametrize("title", [TOKEN, NOTHING])
def test_what_only_stands_in_for_a_value_is_never_what_was_meant(title: str) -> None:
    stand_in = {"title": title, "minLength": 9}  # of no type, so it fits any value
    schema = {"properties": {"v": {"anyOf": [{"type": "integer"}, stand_in]}}}
    (problem,) = problems("v: x\n", schema)
    assert problem.message == "'v' must be a whole number, not the text 'x'"
    schema = {"properties": {"v": {"anyOf": [{"type": "integer"}, {**stand_in, "title": "y"}]}}}
    (problem,) = problems("v: x\n", schema)
    assert problem.message == "'v' is not valid: 'x' is too short"


NAMED = normalised(
    {
        "steps": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {}, "size": {"type": "string", "enum": ["s", "l"]}},
                "additionalProperties": False,
            },
        },
        "code": {"type": "string", "pattern": "^[a-z]+$", "examples": ["abc"]},
    }
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps: [{name: first, x: 1}]", "unknown key 'x' in 'steps.first' of the source"),
        ("steps: [{name: 5, x: 1}]", "unknown key 'x' in 'steps.5' of the source"),
        ("steps: [{x: 1}]", "unknown key 'x' in 'steps.0' of the source"),
        ("steps: [{name: '', x: 1}]", "unknown key 'x' in 'steps.0' of the source"),
        # That it is no text either is told by the choices.
        ("steps: [{size: 5}]", "'size' can't be 5; it is one of s, l"),
        ("steps: [{size: m}]", "'size' can't be 'm'; it is one of s, l"),
        ("steps: [{size: true}]", "'size' can't be 'true'; it is one of s, l"),
        ("code: A1", "'code' is not valid: 'A1' has not the form of 'abc'"),
    ],
)
def test_a_mistake_is_told_once_in_words_of_the_file(text: str, message: str) -> None:
    (problem,) = problems(f"{text}\n", NAMED)
    assert problem.message == message


def keys_of(schema: Any) -> Iterator[str]:
    """Yield every key that a schema knows, anywhere."""
    if isinstance(schema, Mapping):
        yield from schema.get("properties", {})
    inner = schema.values() if isinstance(schema, Mapping) else schema
    for each in inner if isinstance(inner, (Iterable)) and not isinstance(inner, str) else ():
        yield from keys_of(each) if isinstance(each, (Mapping, list)) else ()


MODELS = (ProjectFile, PolicyFile, FlowGroupKeys, PresetFile, SecretsBlock)
WHOLE = [SCHEMA, *map(schema_of, MODELS)]
WHOLE += [whole_as_written(schema, dialect) for schema in WHOLE for dialect in (TOKENS, TEMPLATE)]
KEYS = sorted({*chain(*map(keys_of, WHOLE)), "x-own", "none"})
PLAIN = st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-2, 2)
VALUES = st.recursive(
    PLAIN
    | st.sampled_from(
        ["", "a", "csv", "load", "view", "acme.lhp", "none", "2", "yes", "${a}", "x${a}", "{{ a }}"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.sampled_from(WHOLE), st.data())
def test_what_is_told_at_once_to_be_right_has_no_fault(schema: Schema, data: st.DataObject) -> None:
    own = sorted({*keys_of({"properties": schema.get("properties", {})})})
    value = data.draw(st.dictionaries(st.sampled_from(own), VALUES, max_size=5) | VALUES)
    if quick_check(schema)(value):
        assert [*validator_of(schema).iter_errors(value)] == []


@pytest.mark.parametrize(
    ("model", "path"), [(ProjectFile, "lhp.yaml"), (PolicyFile, "")], ids=["lhp.yaml", "no policy"]
)
def test_what_is_right_is_told_at_once(model: type[Shape], path: str) -> None:
    sample = Path(__file__).parents[2] / "sample_project"
    data = read_yaml((sample / path).read_bytes(), path)[0].data if path else {}
    assert quick_check(schema_of(model))(data)


@pytest.mark.parametrize(
    "text", ["limit: 3", "either: 1", "one: a\ntwo: b", "x-own: 1", "path: 3", "format: xml"]
)
def test_what_few_rules_do_not_tell_is_left_to_all_of_them(text: str) -> None:
    data = read_yaml(f"{text}\n".encode(), "a.yaml")[0].data
    assert not quick_check(SCHEMA)(data)
