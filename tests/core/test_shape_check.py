"""A YAML value against a schema: each mistake at its place, in the user's words."""

from __future__ import annotations

from typing import Any

import pytest

from lhp.core.option_schema import normalised, schema_of
from lhp.core.shape_check import described, shape_problems
from lhp.errors import LhpError, Location
from lhp.model.files import ProjectFile
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
        ("a.yaml:4:34", "unknown key 'modul' in 'plugins.enabled.0' of the source"),
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
