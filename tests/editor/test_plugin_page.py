"""The reference of all plugins: rows of nested keys, rules, and samples that the plugins accept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from lhp.core.option_schema import action_schema_of, normalised
from lhp.core.plugin_manager import PluginManager
from lhp.core.shape_check import shape_problems
from lhp.editor.known import KnownPlugins
from lhp.editor.page import CodeBlock, Heading, Text, markdown
from lhp.editor.plugin_page import plugin_page, sample_action
from lhp.editor.reference import option_table, rules
from lhp.model.flowgroup import KINDS

SAMPLE_PROJECT = Path(__file__).parents[2] / "sample_project"


def rows_of(declared: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """Return what the table of some options says, by the key in its first column."""
    return {row[0]: row[1:] for row in option_table(normalised(declared)).rows}


def a_map(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("declared", "keys"),
    [
        ({"outer": a_map(inner=TEXT)}, ["`outer`", "`outer.inner`"]),
        ({"a": a_map(b=a_map(c=a_map(d=TEXT)))}, ["`a`", "`a.b`", "`a.b.c`", "`a.b.c.d`"]),
        ({"list": {"type": "array", "items": a_map(inner=TEXT)}}, ["`list`", "`list[].inner`"]),
        (
            {"named": {"type": "object", "additionalProperties": a_map(inner=TEXT)}},
            ["`named`", "`named.NAME.inner`"],
        ),
        (
            {"named": {"type": "object", "patternProperties": {"^a": a_map(inner=TEXT)}}},
            ["`named`", "`named.NAME.inner`"],
        ),
        ({"either": {"anyOf": [TEXT, a_map(inner=TEXT)]}}, ["`either`", "`either.inner`"]),
        ({"either": {"oneOf": [TEXT, a_map(inner=TEXT)]}}, ["`either`", "`either.inner`"]),
        # One of them, or a list of them: the keys are told once.
        (
            {"some": {"anyOf": [a_map(inner=TEXT), {"type": "array", "items": a_map(inner=TEXT)}]}},
            ["`some`", "`some.inner`"],
        ),
        # Two maps that hold the same keys have rows each.
        ({"a": a_map(x=TEXT), "b": a_map(x=TEXT)}, ["`a`", "`b`", "`a.x`", "`b.x`"]),
        ({"a": {"anyOf": [a_map(x=TEXT, y=TEXT), a_map(x=TEXT)]}}, ["`a`", "`a.x`", "`a.y`"]),
        ({"a": a_map(**{"b `c": TEXT})}, ["`a`", "``a.b `c``"]),
    ],
)
def test_every_key_of_a_map_has_a_row(declared: Mapping[str, Any], keys: Sequence[str]) -> None:
    assert [*rows_of(declared)] == keys


def test_a_row_tells_all_of_a_nested_key() -> None:
    inner = {**TEXT, "default": "x", "examples": ["a `b`"], "description": "What it is."}
    rows = rows_of({"outer": {**a_map(inner=inner), "required": ["inner"]}})
    assert rows["`outer.inner`"] == ("text", "yes", "`x`", "`` a `b` ``", "What it is.")


@pytest.mark.parametrize(
    ("option", "meaning"),
    [
        ({"type": "string", "deprecated": True}, "Deprecated."),
        ({"type": "string", "deprecated": True, "description": "Old."}, "Deprecated. Old."),
        ({"type": "string", "deprecated": False, "description": "New."}, "New."),
        (
            {"enum": ["a", "b"], "enumDescriptions": ["First.", "Next."], "description": "Which."},
            "Which. `a`: First. `b`: Next.",
        ),
        ({"enum": [1, 2], "enumDescriptions": ["One."]}, "`1`: One."),
        ({"type": "array", "items": {"enum": ["a"], "enumDescriptions": ["A."]}}, "`a`: A."),
        ({"anyOf": [{"enum": ["a"], "enumDescriptions": ["A."]}, TEXT]}, "`a`: A."),
    ],
)
def test_what_is_said_of_an_option(option: Mapping[str, Any], meaning: str) -> None:
    assert rows_of({"x": option})["`x`"][-1] == meaning


def need(*keys: str) -> dict[str, Any]:
    return {"required": [*keys]}


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"oneOf": [need("a"), need("b")]}, ["Exactly one of `a`, `b`."]),
        ({"oneOf": [need("a", "b"), need("c")]}, ["Exactly one of `a` with `b`, `c`."]),
        ({"anyOf": [need("a"), need("b")]}, ["At least one of `a`, `b`."]),
        ({"not": need("a", "b")}, ["At most one of `a`, `b`."]),
        ({"not": need("a", "b", "c")}, []),
        ({"if": need("a"), "then": need("b")}, []),
    ],
)
def test_rules_on_keys_are_told(rule: Mapping[str, Any], told: Sequence[str]) -> None:
    options = a_map(a=TEXT, b=TEXT, c=TEXT)
    assert [*rules(normalised({**options, "allOf": [rule]}))] == [Text(text) for text in told]
    inside = [text.replace(" `", " `outer.") for text in told]
    found = rules(normalised(a_map(outer={**options, "allOf": [rule]})))
    assert [*found] == [Text(text) for text in inside]


def accepted(kind: str, declared: Mapping[str, Any], source_count: str = "any") -> dict[str, Any]:
    """Return the sample action for some options; demands that they accept it as YAML has it."""
    options = normalised(declared)
    action = sample_action(kind, "mine", options, source_count)
    assert action is not None
    read = yaml.safe_load(yaml.safe_dump(action))
    assert shape_problems(read, action_schema_of(kind, options, source_count), "it") == []
    return action


def chosen(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options in the sample action for some options."""
    source: dict[str, Any] = accepted("load", declared)["source"]
    assert source.pop("type") == "mine"
    return source


@pytest.mark.parametrize(
    ("option", "value"),
    [
        (TEXT, "..."),
        ({"type": "integer"}, 1),
        ({"type": "number"}, 1),
        ({"type": "boolean"}, True),
        ({"type": "array"}, ["..."]),
        ({"type": "object"}, {"key": "..."}),
        ({}, "..."),
        ({"type": ["integer", "string"]}, 1),
        ({"type": "string", "examples": ["a", "b"], "default": "c"}, "a"),
        ({"type": "string", "default": "c"}, "c"),
        ({"const": 5}, 5),
        ({"enum": [False, "a"]}, False),
        ({"type": "integer", "minimum": 10}, 10),
        ({"type": "integer", "exclusiveMinimum": 10}, 11),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "integer", "exclusiveMaximum": -3}, -4),
        ({"type": "integer", "minimum": 11, "multipleOf": 5}, 15),
        ({"type": "integer", "minimum": 0.5}, 1),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
        ({"type": "number", "minimum": 0.3, "maximum": 0.6, "multipleOf": 0.25}, 0.5),
        ({"type": "string", "minLength": 25}, "x" * 25),
        ({"type": "string", "maxLength": 2}, "a"),
        ({"type": "string", "pattern": "^[a-z]+$"}, "a"),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3}, [1, 1, 1]),
        (
            {"type": "array", "items": TEXT, "minItems": 2, "uniqueItems": True},
            ["...", "a"],
        ),
        ({"type": "array", "maxItems": 0}, []),
        ({"type": "array", "items": {"enum": ["x", "y"]}}, ["x"]),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"key": 1}),
        ({"type": "object", "minProperties": 2}, {"key": "...", "key_2": "..."}),
        ({**a_map(a=TEXT, b=TEXT), "minProperties": 1}, {"a": "..."}),
        ({**a_map(a=TEXT, b=TEXT), "required": ["b"]}, {"b": "..."}),
        ({"type": "object", "additionalProperties": False}, {}),
        ({"type": "object", "required": ["a", "b"]}, {"key": "...", "a": "...", "b": "..."}),
        ({"anyOf": [{"type": "integer", "minimum": 7}, TEXT]}, 7),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}, TEXT]}, "..."),
        (
            {**a_map(a=TEXT, b={"type": "integer"}), "oneOf": [need("b"), need("a")]},
            {"b": 1},
        ),
        # An example or a default that the option itself refuses is no sample.
        ({"type": "integer", "examples": ["five"]}, 1),
    ],
)
def test_a_sample_of_an_option(option: Mapping[str, Any], value: Any) -> None:
    declared = {"type": "object", "properties": {"x": option}, "required": ["x"]}
    assert chosen(declared) == {"x": value}


@pytest.mark.parametrize(
    ("rules_of", "keys"),
    [
        ([{"oneOf": [need("a"), need("b")]}], "a"),
        ([{"oneOf": [need("a", "b"), need("c")]}], "ab"),
        ([{"anyOf": [need("b"), need("c")]}], "b"),
        ([{"oneOf": [need("a"), need("b")]}, {"oneOf": [need("b"), need("c")]}], "b"),
        ([{"oneOf": [need("a"), need("b")]}, {"not": need("a", "d")}, need("d")], "bd"),
        ([{"not": need("a", "b")}], ""),
        ([{"if": {"properties": {"a": {}}}, "then": need("c")}], "c"),
    ],
)
def test_a_sample_keeps_the_rules_on_keys(rules_of: Sequence[Any], keys: str) -> None:
    options = {**a_map(a=TEXT, b=TEXT, c=TEXT, d=TEXT), "allOf": rules_of}
    assert "".join(sorted(chosen(options))) == keys


@pytest.mark.parametrize("source_count", ["one", "many", "any"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_has_what_its_kind_of_action_has(kind: str, source_count: str) -> None:
    action = accepted(kind, {"x": {"type": "string", "required": True}}, source_count)
    assert [*action][:2] == ["name", "type"]
    assert action["name"] == f"{kind}_mine"
    assert KINDS[kind].options_of(action)["x"] == "..."
    assert ([*action][-1] == "target") == (kind in {"load", "transform"})


@pytest.mark.parametrize(
    "option",
    [
        {"type": "string", "pattern": "^[0-9]{3}-[0-9]{2}$"},
        {"type": "string", "minLength": 10**9},
        {"type": "array", "minItems": 10**9},
        {"type": "object", "minProperties": 10**9},
        {"type": "integer", "minimum": 2, "maximum": 1},
        {"type": "string", "enum": [1]},
    ],
)
def test_there_is_no_sample_rather_than_a_wrong_one(option: Mapping[str, Any]) -> None:
    options = normalised({"x": {**option, "required": True}})
    assert sample_action("load", "mine", options, "any") is None


class Method(str, Enum):
    """A choice, as Python has it."""

    HASH = "hash"


def test_a_sample_shows_values_plainly() -> None:
    text = [[Method.HASH]] * 2
    action = accepted("load", {"x": {"type": "array", "examples": [text], "required": True}})
    assert "&" not in yaml.safe_dump(action)
    assert action["source"]["x"] == [["hash"], ["hash"]]


def samples_of(manager: PluginManager) -> Iterator[tuple[str, Any]]:
    """Yield each plugin's name, and the YAML of the sample on the page."""
    name = ""
    for block in plugin_page(manager, "All"):
        name = block.text if isinstance(block, Heading) else name
        if isinstance(block, CodeBlock):
            yield name, yaml.safe_load(block.text)


@pytest.mark.parametrize("is_in_project", [False, True])
def test_every_plugin_accepts_its_sample(tmp_path: Path, *, is_in_project: bool) -> None:
    shutil.copytree(SAMPLE_PROJECT, tmp_path / "shop", ignore=shutil.ignore_patterns(".lhp"))
    manager = PluginManager(tmp_path / "shop") if is_in_project else PluginManager()
    known = KnownPlugins(manager)
    found = dict(samples_of(manager))
    generators = [each for each in manager.registry.active() if each.plugin_type.kind]
    assert found.keys() == {each.qualified_name for each in generators}
    for manifest in generators:
        kind, facts = manifest.plugin_type.kind, known.of(manifest)
        assert facts.options is not None
        schema = action_schema_of(kind, facts.options, facts.source_count)
        (action,) = found[manifest.qualified_name]
        assert shape_problems(action, schema, "it") == [], manifest.name
        assert KINDS[kind].sub_type_of(action) == manifest.name


NUMBER = st.fixed_dictionaries(
    {"type": st.sampled_from(["integer", "number"])},
    optional={
        "minimum": st.integers(-50, 50),
        "exclusiveMaximum": st.integers(60, 90),
        "multipleOf": st.integers(1, 5),
        "default": st.just(60),
    },
)
LETTERS = st.fixed_dictionaries(
    {"type": st.just("string")},
    optional={"minLength": st.integers(0, 5), "maxLength": st.integers(5, 9)},
)
CHOICE = st.fixed_dictionaries({"enum": st.lists(st.integers() | st.text(), min_size=1)})


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.fixed_dictionaries(
        {"type": st.just("array"), "items": inner}, optional={"minItems": st.integers(0, 4)}
    )
    choices = st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)})
    keys = st.dictionaries(st.sampled_from("abcdef"), inner, min_size=1)
    maps = keys.flatmap(
        lambda properties: st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.just(properties),
                "required": st.lists(st.sampled_from([*properties]), unique=True),
            },
            optional={
                "additionalProperties": st.booleans(),
                "allOf": st.just([{"oneOf": [need(key) for key in properties]}]),
            },
        ).filter(lambda made: "allOf" not in made or len(made["required"]) < 2)
    )
    return lists | choices | maps


@given(st.recursive(NUMBER | LETTERS | CHOICE, nested, max_leaves=8), st.sampled_from([*KINDS]))
def test_whatever_is_declared_accepts_its_sample(option: Mapping[str, Any], kind: str) -> None:
    if Draft7Validator(option).is_valid(option.get("default")) or "default" not in option:
        accepted(kind, {"type": "object", "properties": {"x": option}, "required": ["x"]})


def test_texts_of_a_plugin_mean_nothing_in_the_page() -> None:
    option = {"type": "string", "description": "<b>a</b> | *b*\n\n# c", "examples": ["`x` | y"]}
    row = markdown([option_table(normalised({"x": option}))]).splitlines()[-1]
    assert row == r"| `x` | text |  |  | `` `x` \| y `` | \<b>a\</b> \| \*b\* # c |"


@pytest.mark.parametrize(
    ("kind", "examples", "options"),
    [
        ("load", [{"b": "x", "a": "y"}, {"a": "z"}], {"b": "x", "a": "y"}),
        ("test", [{"a": "x", "source": ["v", "w"]}], {"a": "x", "source": ["v", "w"]}),
        # One that the options refuse is no sample.
        ("load", [{"c": 1}, {"a": "z"}], {"a": "z"}),
        ("load", [{"a": 5}], {"a": "..."}),
        # What it lacks is made up.
        ("test", [{"b": "x"}], {"b": "x", "a": "..."}),
    ],
)
def test_a_whole_example_is_the_sample(
    kind: str, examples: Sequence[Any], options: Mapping[str, Any]
) -> None:
    action = accepted(
        kind, {**a_map(a=TEXT, b=TEXT), "required": ["a"], "examples": examples}, "many"
    )
    inner = action["source"] if kind == "load" else action
    assert {key: inner[key] for key in inner if key in options} == options
    assert ("b" in inner) == ("b" in options)


def test_whole_examples_are_told_to_no_editor() -> None:
    options = normalised({**a_map(a=TEXT), "examples": [{"a": "x"}]})
    assert "examples" not in action_schema_of("test", options, "any")
    assert "examples" not in action_schema_of("load", options, "any")["properties"]["source"]
