"""One key chooses the others: each mistake is told once, by any validator."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from lhp.core.as_written import FINAL, TEMPLATE, TOKENS, Dialect, whole_as_written
from lhp.core.option_schema import Schema
from lhp.editor.choices import Choice, Selector, chosen, closed, exactly, skeleton

TEXT = {"type": "string"}
CHOICES = [
    Choice(
        "delta", "A table.", closed({"type": True, "table": TEXT}, ["table"]), {"type": "delta"}
    ),
    # Its name begins as that of another one.
    Choice(
        "delta_cdf",
        "Changes of a table.",
        closed({"type": True, "table": TEXT, "start": TEXT}, ["table", "start"]),
        {},
    ),
    Choice("a.b-c", "Name with signs.", closed({"type": True}), {"type": "a.b-c"}),
]
BASE = {"required": ["type"], "properties": {"note": TEXT}}


def schema(
    choices: list[Choice] = CHOICES, *, is_closed: bool = True, dialect: Dialect = FINAL
) -> Schema:
    selector = Selector("type", "Which it is.", is_closed=is_closed, dialect=dialect)
    whole = {**whole_as_written({}, dialect), **chosen("source", selector, choices, BASE)}
    Draft7Validator.check_schema(whole)
    return whole


def faults(value: Any, of: Schema) -> list[str]:
    """Return what is wrong: each broken rule with its place."""
    return sorted(
        " ".join([error.validator, *map(str, error.absolute_path)])
        for error in Draft7Validator(of).iter_errors(value)
    )


DELTA = {"type": "delta", "table": "t"}


_AS_YAML = r"""${1|true,null,5,"5","no","\$b\}"|}"""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (DELTA, []),
        ({**DELTA, "x-mine": 1}, []),
        ({"type": "delta_cdf", "table": "t", "start": "1"}, []),
        ({"type": "a.b-c"}, []),
        ({}, ["required"]),
        ({"table": "t"}, ["required"]),
        ({"type": None}, ["enum type"]),
        ({"type": ""}, ["enum type"]),
        ({"type": "unknown"}, ["enum type"]),
        ({"type": "unknown", "table": 5, "other": 1}, ["enum type"]),
        ({"type": 5}, ["enum type"]),
        ({"type": ["delta"]}, ["enum type"]),
        ({"type": {}}, ["enum type"]),
        # Beginnings, ends and likenesses of a name.
        ({"type": "delt"}, ["enum type"]),
        ({"type": "delta_"}, ["enum type"]),
        ({"type": "Delta"}, ["enum type"]),
        ({"type": "a_b-c"}, ["enum type"]),
        ({"type": "delta"}, ["required"]),
        ({"type": "delta_cdf"}, ["required", "required"]),
        ({"type": "delta", "table": 5}, ["type table"]),
        ({**DELTA, "start": "1"}, ["additionalProperties"]),
        ({**DELTA, "note": "n"}, ["additionalProperties"]),
        ({**DELTA, "a": 1, "b": 1}, ["additionalProperties"]),
        ({"type": "a.b-c", "note": 5}, ["additionalProperties", "type note"]),
    ],
)
def test_each_mistake_is_told_once(value: Mapping[str, Any], expected: list[str]) -> None:
    assert faults(value, schema()) == expected


@pytest.mark.parametrize("value", [None, "delta", ["delta"], 5])
def test_what_is_no_map_is_told_as_that_alone(value: Any) -> None:
    found = [*Draft7Validator(schema()).iter_errors(value)]
    assert {(error.message, error.schema["title"]) for error in found} == {
        (f"{value!r} is not of type 'object'", "source")
    }


@pytest.mark.parametrize(
    ("value", "final", "tokens"),
    [("${t}", 1, 0), ("%{t}", 1, 0), ("delta_${t}", 1, 1), ("{{ t }}", 1, 1), ("unknown", 1, 1)],
)
def test_a_token_may_stand_for_the_choice(value: str, final: int, tokens: int) -> None:
    assert len(faults({"type": value, "any": 1}, schema())) == final
    assert len(faults({"type": value, "any": 1}, schema(dialect=TOKENS))) == tokens
    assert faults({"type": "{{ t }}"}, schema(dialect=TEMPLATE)) == []


@pytest.mark.parametrize("dialect", [TOKENS, TEMPLATE], ids=["tokens", "template"])
@pytest.mark.parametrize("value", [None, "", "delt", 5, []])
def test_a_wrong_choice_is_told_once_where_a_token_may_stand(value: Any, dialect: Dialect) -> None:
    assert faults({"type": value}, schema(dialect=dialect)) == ["anyOf type"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (DELTA, []),
        ({"type": "delta"}, ["required"]),
        ({"type": "of a plugin", "any": 1}, []),
        ({"type": "delt", "any": 1}, []),
        ({"type": ""}, []),
        ({"type": None}, ["anyOf type"]),
        ({"type": 5}, ["anyOf type"]),
        ({}, ["required"]),
    ],
)
def test_where_others_may_exist_any_name_will_do(
    value: Mapping[str, Any], expected: list[str]
) -> None:
    for dialect in (FINAL, TOKENS, TEMPLATE):
        assert faults(value, schema(is_closed=False, dialect=dialect)) == expected


@pytest.mark.parametrize("is_closed", [True, False])
@pytest.mark.parametrize(
    ("value", "expected"),
    [({"type": "any", "b": 1}, []), ({}, ["required"]), ({"type": 5}, ["type type"])],
)
def test_without_choices_any_name_will_do(
    value: Mapping[str, Any],
    expected: list[str],
    is_closed: bool,  # noqa: FBT001  (a column of the table)
) -> None:
    found = schema([], is_closed=is_closed)
    assert faults(value, found) == expected
    assert found["properties"]["type"] == {"type": "string", "description": "Which it is."}
    assert "else" not in found


@pytest.mark.parametrize(
    ("is_closed", "dialect"), [(True, FINAL), (True, TOKENS), (False, FINAL), (False, TOKENS)]
)
def test_every_choice_is_offered_with_its_meaning(
    is_closed: bool,  # noqa: FBT001  (a column of the table)
    dialect: Dialect,
) -> None:
    found = schema(is_closed=is_closed, dialect=dialect)["properties"]["type"]
    assert found["description"] == "Which it is."
    listed = found.get("anyOf", [found])[0]
    assert listed["enum"] == ["delta", "delta_cdf", "a.b-c"]
    assert listed["enumDescriptions"] == ["A table.", "Changes of a table.", "Name with signs."]


def test_skeletons_are_offered_until_something_is_chosen() -> None:
    found = schema()
    assert found["else"]["defaultSnippets"] == [
        {"label": "delta", "description": "A table.", "body": {"type": "delta"}},
        {"label": "a.b-c", "description": "Name with signs.", "body": {"type": "a.b-c"}},
    ]
    assert found["else"]["title"] == found["title"] == "source"
    assert "else" not in schema([CHOICES[1]])


def test_what_holds_for_all_is_said_once_beside_the_choices() -> None:
    found = schema()
    assert [*found["properties"]] == ["type", "note"]
    assert found["required"] == ["type"]
    bare = chosen("source", Selector("type", "Which."), CHOICES, {})
    assert [*bare["properties"]] == ["type"]
    assert faults({}, bare) == []


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("delta", "delta_cdf"),
        ("delta_cdf", "delta"),
        ("a.b", "axb"),
        ("a+", "aa"),
        ("a", "A"),
        ("(a)", "a"),
        ("a|b", "a"),
        ("$", ""),
    ],
)
def test_a_text_is_taken_exactly(name: str, other: str) -> None:
    validator = Draft7Validator(exactly(name))
    assert validator.is_valid(name)
    assert not validator.is_valid(other)
    # Each of the two says it alone, as a language server looks at one or the other.
    by_pattern = Draft7Validator({"pattern": exactly(name)["pattern"]})
    assert by_pattern.is_valid(name)
    assert not by_pattern.is_valid(other)
    assert Draft7Validator(exactly(name)).is_valid(None) is False


@given(st.text(max_size=6), st.text(max_size=6))
def test_a_text_and_no_other_is_taken(name: str, other: str) -> None:
    for each in (name, other, name + other, name[:-1]):
        assert Draft7Validator(exactly(name)).is_valid(each) is (each == name)


def test_a_closed_map_has_its_keys_and_those_of_the_user() -> None:
    rule = closed({"a": TEXT, "b": True}, ["a"])
    assert faults({"a": "x", "b": [], "x-c": 1}, rule) == []
    assert faults({"c": 1}, rule) == ["additionalProperties", "required"]
    assert "required" not in closed({"a": TEXT})


def options(required: str, **properties: Any) -> Schema:
    return {"type": "object", "properties": properties, "required": required.split()}


@pytest.mark.parametrize(
    ("given", "body"),
    [
        ({}, {}),
        (options("", a=TEXT), {}),
        (options("a", a=TEXT, b=TEXT), {"a": "$1"}),
        (options("b a", a=TEXT, b=TEXT), {"b": "$1", "a": "$2"}),
        (options("a b", a={"type": "array"}, b=TEXT), {"a": ["$1"], "b": "$2"}),
        (options("a", a={"enum": ["x", "y"]}), {"a": "${1|x,y|}"}),
        (options("a b", a={"enum": ["x"]}, b={"enum": ["y"]}), {"a": "${1|x|}", "b": "${2|y|}"}),
        (options("a", a={"type": "integer", "enum": [1, 2]}), {"a": "${1|1,2|}"}),
        (
            options("a", a={"enum": ["x,y", "z|", "w\\"]}),
            {"a": r"""${1|"x\,y","z\|","w\\\\"|}"""},
        ),
        (options("a", a={"enum": [True, None, 5, "5", "no", "$b}"]}), {"a": _AS_YAML}),
        (options("a", a={"type": "object"}), {"a": "$1"}),
        (options("a", a=options("", b=TEXT)), {"a": "$1"}),
        (options("a", a=options("b", b=TEXT)), {"a": {"b": "$1"}}),
        (
            options("a e f", a=options("b c", b=TEXT, c=options("d", d=TEXT)), e=TEXT, f=TEXT),
            {"a": {"b": "$1", "c": {"d": "$2"}}, "e": "$3", "f": "$4"},
        ),
        (options("a", a={"anyOf": [TEXT, {"type": "array"}]}), {"a": "$1"}),
        (options("a b", a=True), {"a": "$1", "b": "$2"}),
        ({"required": ["a"]}, {"a": "$1"}),
    ],
)
def test_a_skeleton_has_the_keys_that_must_be_given(given: Schema, body: Any) -> None:
    assert skeleton(given) == body


def test_places_go_on_from_a_number() -> None:
    assert skeleton(options("a b", a=TEXT, b=TEXT), count(5)) == {"a": "$5", "b": "$6"}


SCHEMAS = st.recursive(
    st.sampled_from([TEXT, {"type": "array"}, {"enum": ["a,b", "|"]}, True, {}]),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(
        lambda parts: options(" ".join(parts), **parts)
    ),
)


@given(SCHEMAS)
def test_every_place_of_a_skeleton_has_a_number_of_its_own(of: Any) -> None:
    def places(body: Any) -> list[int]:
        if isinstance(body, Mapping):
            return [number for each in body.values() for number in places(each)]
        text = body[0] if isinstance(body, list) else body
        return [int(text.strip("${}").split("|")[0])]

    whole = options("k l", k=of, l=TEXT)
    found = places(skeleton(whole))
    assert found == [*range(1, len(found) + 1)]
    assert skeleton(whole) == skeleton(whole)
