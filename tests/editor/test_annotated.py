"""Schemas as editors show them: what a key means, and which keys go together."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jsonschema import Draft7Validator
from pydantic import Field

from lhp.core.base_generator import Options
from lhp.core.option_schema import Schema, normalised, schema_of
from lhp.editor.annotated import annotated, ecma, plain


@pytest.mark.parametrize(
    ("default", "said", "kept"),
    [
        ("csv", "Default: csv.", True),
        (True, "Default: true.", True),
        (False, "Default: false.", True),
        (5, "Default: 5.", False),  # editors insert no number
        (0, "Default: 0.", False),
        ("true", "Default: true.", False),  # they forget the quotes
        ("{source}", "Default: {source}.", False),
        (2.5, "Default: 2.5.", False),
        (["a", 1], 'Default: ["a", 1].', False),
        ({"a": None}, 'Default: {"a": null}.', False),
        ("", "", False),
        ([], "", False),
        ((), "", False),
        ({}, "", False),
        (None, "", False),
    ],
)
def test_a_default_is_said_unless_it_is_empty(default: Any, said: str, kept: bool) -> None:  # noqa: FBT001  (a column of the table)
    found = annotated({"description": "What it is.", "default": default})
    assert found["description"] == f"What it is. {said}".strip()
    assert ("default" in found) is kept
    alone = annotated({"default": default})
    assert alone.get("description", "") == said


@pytest.mark.parametrize(
    ("examples", "said", "offered"),
    [
        (["a", 5], "", ["a", 5]),
        (["${catalog}.a"], "Example: ${catalog}.a.", []),
        (["${a}", "b"], "Example: ${a}.", ["b"]),
        (["b", "${a}"], "", ["b"]),
        ([["${a}"]], 'Example: ["${a}"].', []),
        ([{"a": "${a}"}, {"b": 1}], 'Example: {"a": "${a}"}.', [{"b": 1}]),
        (["^a$"], "Example: ^a$.", []),
        ([{"a$": 1}], 'Example: {"a$": 1}.', []),
        (["{namespace}_{table}"], "Example: {namespace}_{table}.", []),
        (["a}"], "Example: a}.", []),
        (["true", "yes", "1.0", "2024-01-01", "1e3"], "Example: true.", []),
        (["a: b", "!**/*_draft.yaml", "*.csv", "a\nb", "a\\b"], "Example: a: b.", []),
        (["status <> 'test'", "s3://a/b", "from a import b"], "", None),
        ([["a", "1"]], 'Example: ["a", "1"].', []),
        ([[{"name": "a"}], [["a"]]], 'Example: [{"name": "a"}].', []),
        ([{"a": {"b": [1, "c"]}}], "", None),
        ([{}], "Example: {}.", []),
        ([], "", []),
    ],
)
def test_an_example_that_an_editor_would_not_write_as_it_is_is_only_said(
    examples: list[Any], said: str, offered: list[Any] | None
) -> None:
    offered = examples if offered is None else offered
    found = annotated({"description": "What it is.", "examples": examples})
    assert found["description"] == f"What it is. {said}".strip()
    assert found.get("examples", []) == offered
    assert ("examples" in found) is bool(offered)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, {}),
        ({"title": "T", "format": "date"}, {}),
        ({"description": "A `path`, as ``/a``."}, {"description": "A path, as /a."}),
        (
            {"description": "What.", "deprecated": True},
            {"description": "Deprecated: What.", "doNotSuggest": True},
        ),
        ({"deprecated": True}, {"description": "Deprecated:", "doNotSuggest": True}),
        ({"description": "What.", "deprecated": False}, {"description": "What."}),
        (
            {"description": "What.", "deprecated": True, "default": "a", "examples": ["$b"]},
            {
                "description": "Deprecated: What. Default: a. Example: $b.",
                "default": "a",
                "doNotSuggest": True,
            },
        ),
        # A key may be called as a keyword is.
        (
            {"properties": {"title": {"title": "T"}, "default": {"default": "a"}}},
            {
                "properties": {
                    "title": {},
                    "default": {"default": "a", "description": "Default: a."},
                }
            },
        ),
        (
            {"enum": ["a"], "enumDescriptions": ["`A`."], "minimum": 1},
            {"enum": ["a"], "enumDescriptions": ["`A`."], "minimum": 1},
        ),
        ({"not": {"title": "T"}}, {"not": {"title": "T"}}),
        ({"additionalProperties": False}, {"additionalProperties": False}),
    ],
)
def test_what_an_editor_is_to_have(schema: Schema, expected: Schema) -> None:
    assert annotated(schema) == expected


ABOUT = {"description": "A `thing`.", "default": "a", "title": "T"}
SAID = {"description": "A thing. Default: a.", "default": "a"}


@pytest.mark.parametrize(
    "around",
    [
        lambda inner: {"properties": {"a": inner}},
        lambda inner: {"patternProperties": {"^a": inner}},
        lambda inner: {"items": inner},
        lambda inner: {"additionalProperties": inner},
        lambda inner: {"anyOf": [inner, inner]},
        lambda inner: {"oneOf": [inner]},
        lambda inner: {"properties": {"a": {"anyOf": [{"items": {"properties": {"b": inner}}}]}}},
    ],
)
def test_all_that_is_inside_is_said_as_well(around: Any) -> None:
    schema = around(ABOUT)
    before = copy.deepcopy(schema)
    assert annotated(schema) == around(SAID)
    assert schema == before


def test_a_description_is_plain_text() -> None:
    assert plain("`a` is ```b```") == "a is b"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", ""),
        ("^[a-z][a-z0-9_-]*$", "^[a-z][a-z0-9_-]*$"),
        (r"^\d{1,3}(\.\d+)?$", r"^\d{1,3}(\.\d+)?$"),
        (r"(?:a|b)(?=c)(?!d)(?<=e)(?<!f)", r"(?:a|b)(?=c)(?!d)(?<=e)(?<!f)"),
        ("a*?b+?c??", "a*?b+?c??"),
        (r"(?P<year>\d+)", r"(?<year>\d+)"),
        (r"(?P<q>['\"]).*(?P=q)", r"(?<q>['\"]).*\k<q>"),
        (r"(?P<a>x)(?P<b>y)(?P=b)(?P=a)", r"(?<a>x)(?<b>y)\k<b>\k<a>"),
        ("(?i)csv", None),
        ("(?is)csv", None),
        ("(?i:csv)", None),
        ("(?-i:csv)", None),
        ("(?a)b", None),
        ("a(?#comment)b", None),
        ("(a)?(?(1)b|c)", None),
        ("(?P<a>x)?(?(a)b|c)", None),
        (r"\Aa", None),
        (r"a\Z", None),
        (r"\a", None),
        (r"\U0001F600", None),
        (r"\bgröße\b", None),
        ("a++", None),
        ("a*+", None),
        ("a?+", None),
        ("a{2}+", None),
    ],
)
def test_patterns_as_javascript_writes_them(pattern: str, expected: str | None) -> None:
    assert ecma(pattern) == expected
    found = annotated({"type": "string", "pattern": pattern})
    assert found == {"type": "string", **({} if expected is None else {"pattern": expected})}


@pytest.mark.parametrize(
    ("patterns", "expected", "others"),
    [
        (["^a"], ["^a"], False),
        (["^(?P<n>a)"], ["^(?<n>a)"], False),
        (["(?i)^a", "^x-"], ["^x-"], True),
    ],
)
def test_keys_that_an_editor_can_not_tell_may_have_any_name(
    patterns: list[str],
    expected: list[str],
    others: bool,  # noqa: FBT001  (a column of the table)
) -> None:
    schema = {
        "patternProperties": dict.fromkeys(patterns, ABOUT),
        "additionalProperties": False,
    }
    assert annotated(schema) == {
        "patternProperties": dict.fromkeys(expected, SAID),
        "additionalProperties": others,
    }


class Exclusive(Options):
    """Which keys go together."""

    exactly_one = (("sql", "sql_path", "table"),)
    at_most_one = (("a", "b", "c"),)

    sql: str | None = None
    sql_path: str | None = None
    table: str | None = None
    a: int | None = None
    b: int | None = None
    c: int | None = None


class Needed(Options):
    """Keys of which one is enough."""

    at_least_one = (("a", "b"), ("c", "old"))

    a: int | None = None
    b: int | None = None
    c: int | None = None
    old: int | None = Field(None, json_schema_extra={"deprecated": True})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": 1, "c": 1}, []),
        ({"a": 1, "b": 1, "old": 1}, []),
        ({"b": 1, "c": 1, "old": 1}, []),
        ({"old": 1}, ["give one of a, b"]),
        ({"a": None, "b": 1}, ["give c"]),
        ({}, ["give c", "give one of a, b"]),
    ],
)
def test_of_keys_of_which_one_is_needed_the_newer_ones_are_named(
    value: Mapping[str, Any], expected: list[str]
) -> None:
    rules = {"allOf": annotated(schema_of(Needed))["allOf"]}
    found = Draft7Validator(rules).iter_errors(value)
    assert sorted(error.schema["errorMessage"] for error in found) == expected


def messages(value: Mapping[str, Any], model: Any = Exclusive) -> list[str]:
    """Return what an editor says: the message of the schema where it has one."""
    validator = Draft7Validator(annotated(schema_of(model)))
    return sorted(
        {error.schema.get("errorMessage", error.message) for error in validator.iter_errors(value)}
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"sql": "x"}, []),
        ({"sql_path": "x", "a": 1}, []),
        ({"table": "x", "c": 1}, []),
        ({}, ["give one of sql, sql_path, table"]),
        ({"a": 1}, ["give one of sql, sql_path, table"]),
        ({"sql": "x", "table": "x"}, ["sql and table exclude each other"]),
        ({"sql_path": "x", "table": "x"}, ["sql_path and table exclude each other"]),
        (
            {"sql": "x", "sql_path": "x", "table": "x"},
            ["sql and sql_path exclude each other", "sql and table exclude each other"],
        ),
        ({"sql": "x", "a": 1, "b": 1}, ["a and b exclude each other"]),
        (
            {"sql": "x", "a": 1, "b": 1, "c": 1},
            [f"{pair} exclude each other" for pair in ("a and b", "a and c", "b and c")],
        ),
    ],
)
def test_keys_that_exclude_each_other_are_told_in_words(
    value: Mapping[str, Any], expected: list[str]
) -> None:
    assert messages(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"sql": "x", "sql_path": None}, []),
        ({"sql": None, "table": "x"}, []),
        ({"sql": None, "sql_path": None}, ["give one of sql, sql_path, table"]),
        ({"sql": "x", "a": None, "b": 1}, []),
        ({"sql": "x", "a": 1, "b": None}, []),
    ],
)
def test_a_key_with_nothing_behind_it_excludes_none(
    value: Mapping[str, Any], expected: list[str]
) -> None:
    rules = {"allOf": annotated(schema_of(Exclusive))["allOf"]}
    found = Draft7Validator(rules).iter_errors(value)
    assert [error.schema["errorMessage"] for error in found] == expected


def test_a_refused_key_is_not_suggested() -> None:
    (rule,) = annotated({"allOf": [{"not": {"required": ["a", "b"]}}]})["allOf"]
    assert rule["then"]["properties"]["b"]["doNotSuggest"] is True


@pytest.mark.parametrize(
    "rule",
    [
        {"required": ["a"]},
        {"not": {"required": ["a"]}},
        {"not": {"required": ["a", "b", "c"]}},
        {"not": {"required": ["a", "b"]}, "required": ["c"]},
        {"not": {"required": ["a", "b"], "minProperties": 1}},
        {"oneOf": [{"required": ["a", "b"]}, {"required": ["c"]}]},
        {"oneOf": [{"required": ["a"]}, {"properties": {}}]},
        {"anyOf": [{"required": ["a"]}, {"required": ["b"], "minProperties": 1}]},
        {"if": {"required": ["a"]}, "then": {"required": ["b"]}},
    ],
)
def test_other_rules_stay_as_they_are(rule: Schema) -> None:
    assert annotated({"allOf": [rule]}) == {"allOf": [rule]}


def test_a_schema_without_rules_gets_none() -> None:
    assert "allOf" not in annotated({"allOf": []})


KEYS = st.sampled_from("abcd")
NO_OTHERS = st.sampled_from([False])
SCALARS = st.integers(-9, 9) | st.booleans() | st.text("abAB1$", max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


def schemas(patterns: SearchStrategy[str]) -> SearchStrategy[Schema]:
    """Make schemas of options with everything that is said or changed for editors."""
    about = st.fixed_dictionaries(
        {},
        optional={
            "description": st.text("a`$", max_size=4),
            "default": VALUES,
            "examples": st.lists(VALUES, max_size=2),
            "deprecated": st.booleans(),
            "title": st.text(max_size=3),
            "format": st.just("date"),
        },
    )
    rule = st.one_of(
        st.lists(KEYS, min_size=1, max_size=4, unique=True).map(
            lambda keys: {"oneOf": [{"required": [key]} for key in keys]}
        ),
        st.lists(KEYS, max_size=4, unique=True).map(lambda keys: {"not": {"required": keys}}),
        st.lists(KEYS, max_size=2, unique=True).map(lambda keys: {"required": keys}),
        st.lists(KEYS, min_size=1, max_size=2, unique=True).map(
            lambda keys: {"oneOf": [{"required": keys}, {"required": ["d"]}]}
        ),
    )
    leaf = st.one_of(
        st.sampled_from(["string", "integer", "boolean", "array", "object"]).map(
            lambda name: {"type": name}
        ),
        patterns.map(lambda pattern: {"type": "string", "pattern": pattern}),
        st.lists(SCALARS, min_size=1, max_size=3).map(lambda choices: {"enum": choices}),
        st.just({}),
    )

    def around(inner: SearchStrategy[Schema]) -> SearchStrategy[Schema]:
        a_map = st.fixed_dictionaries(
            {"type": st.just("object")},
            optional={
                "properties": st.dictionaries(KEYS, inner, max_size=4),
                "required": st.lists(KEYS, max_size=1),
                "patternProperties": st.dictionaries(patterns, inner, max_size=2),
                "additionalProperties": inner | NO_OTHERS,
                "allOf": st.lists(rule, max_size=2),
            },
        )
        return st.one_of(
            a_map,
            inner.map(lambda each: {"type": "array", "items": each}),
            st.lists(inner, min_size=1, max_size=3).map(lambda each: {"anyOf": each}),
            inner.map(lambda each: {"oneOf": [each]}),
        )

    said = st.tuples(st.recursive(leaf, around, max_leaves=8), about)
    return said.map(lambda parts: {**parts[0], **parts[1]})


@given(schemas(st.sampled_from(["^[a-c]+$", "a|b", "^$"])), VALUES)
def test_what_is_said_to_editors_means_what_the_schema_does(schema: Schema, value: Any) -> None:
    found = annotated(schema)
    Draft7Validator.check_schema(found)
    assert Draft7Validator(found).is_valid(value) is Draft7Validator(schema).is_valid(value)


ANY_PATTERN = st.sampled_from(["^[a-c]+$", "(?i)^a", r"\Ab", "(?i:b)$", "a|b"])


@given(schemas(ANY_PATTERN), VALUES)
def test_no_value_is_refused_that_the_schema_takes(schema: Schema, value: Any) -> None:
    try:
        is_valid = Draft7Validator(schema).is_valid(value)
    except re.error:  # the library joins the patterns of keys, which not every pattern stands
        reject()
    if is_valid:
        assert Draft7Validator(annotated(schema)).is_valid(value)


@given(st.text("ab(?P<>=i#\\AZ*+{}1:)", max_size=12))
def test_a_pattern_of_any_form_is_kept_changed_or_left_out(pattern: str) -> None:
    found = ecma(pattern)
    assert found is None or "(?P" not in found
    assert found in (pattern, None) or "(?P" in pattern


def test_options_of_the_short_form_can_be_said() -> None:
    options = normalised({"a": {"type": "string", "default": "x", "required": True}})
    assert annotated(options)["properties"]["a"]["description"] == "Default: x."
