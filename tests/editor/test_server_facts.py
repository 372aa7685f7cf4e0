"""What our editor schemas rely on in the YAML server, so that we notice when a newer one differs.

Every row has a schema, a text and what the editor shows; `|` in a text is the cursor. Rows that say
what goes wrong without a construct are the reason why the schemas have it.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from jsonschema import Draft7Validator

from .yaml_server import Document, Position, YamlServer, cut_mark

Json = dict[str, Any]

DRAFT = {"$schema": "http://json-schema.org/draft-07/schema#"}
TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
TOKEN = {"type": "string", "pattern": r"\$\{.+\}"}
HERE = Path(__file__).parent


class Row(NamedTuple):
    """A fact: its sentence, the schema, a document, and what is expected."""

    fact: str
    schema: Json
    text: str
    expected: Any


def rows(*table: tuple[str, Json, str, Any]) -> list[Row]:
    return [Row(*row) for row in table]


def chosen(name: str, key: str = "type") -> Json:
    """Return the guard of a plugin: its name is chosen, and not merely begun."""
    names = {"const": name, "pattern": f"^{re.escape(name)}$"}
    return {"type": "object", "required": [key], "properties": {key: names}}


def by_const(name: str) -> Json:
    return {"type": "object", "required": ["type"], "properties": {"type": {"const": name}}}


def by_enum(name: str) -> Json:
    return {"type": "object", "required": ["type"], "properties": {"type": {"enum": [name]}}}


def by_pattern(name: str) -> Json:
    names = {"pattern": f"^{name}$"}
    return {"type": "object", "required": ["type"], "properties": {"type": names}}


def of_any_type(name: str) -> Json:
    return {key: value for key, value in chosen(name).items() if key != "type"}


def plugin(guard: Json, title: str | None, *required: str, **options: Any) -> Json:
    """Return the rule of a plugin, whose options are all there may be."""
    titled = {"title": title} if title else {}
    known = {"type": True, **options}
    then = {"properties": known, "required": list(required), "additionalProperties": False}
    return {"if": guard, "then": {**titled, **then}}


def source(*rules: Json, names: tuple[str, ...] = ("kafka",), **more: Any) -> Json:
    """Return the schema of a mapping whose `type` chooses one of the rules."""
    properties = {"type": {"enum": list(names)}, **more.pop("properties", {})}
    base = {"title": "source", "type": "object", "required": ["type"], "properties": properties}
    return {**base, "allOf": list(rules), **more}


def three(guard: Callable[[str], Json] = chosen, *rules: Json, **more: Any) -> Json:
    """Return a source of three plugins; the name of one begins like that of another."""
    return source(
        *rules,
        plugin(guard("delta"), "delta", "table", table=TEXT),
        plugin(guard("delta_cdf"), "delta_cdf", "table", "start", table=TEXT, start=TEXT),
        plugin(guard("kafka"), "kafka", "topic", topic=TEXT),
        names=("delta", "delta_cdf", "kafka"),
        **more,
    )


def any_of_three(keyword: str) -> Json:
    options = {"delta": "table", "delta_cdf": "start", "kafka": "topic"}
    branches = [
        {
            "properties": {"type": {"const": name}, option: TEXT},
            "required": ["type", option],
            "additionalProperties": False,
        }
        for name, option in options.items()
    ]
    return {"type": "object", "required": ["type"], keyword: branches}


def actions(item: Json) -> Json:
    return {"type": "object", "properties": {"actions": {"type": "array", "items": item}}}


def option(**schema: Any) -> Json:
    return {"type": "object", "properties": {"max_files": schema}}


def or_token(**schema: Any) -> Json:
    return {"type": "object", "properties": {"value": {"anyOf": [schema, TOKEN]}}}


def common(in_rule: Any) -> Json:
    """Return a source with a key that is described once and listed by the plugin."""
    target = {"type": "string", "description": "the view"}
    return source(
        plugin(chosen("kafka"), "kafka", topic=TEXT, target=in_rule),
        properties={"target": target},
    )


def titled(title: str | None) -> Json:
    return source(plugin(chosen("kafka"), title, "topic", "servers", topic=TEXT, servers=TEXT))


SNIPPET = {
    "label": "kafka source",
    "description": "a topic",
    "body": {"type": "kafka", "topic": "${1:orders}", "mode": "${2|earliest,latest|}", "by": "$3"},
}


def skeleton(**more: Any) -> Json:
    """Return the rule that offers a skeleton until `type` is there."""
    there = {"type": "object", "required": ["type"]}
    return {"if": there, "else": {**more, "defaultSnippets": [SNIPPET]}}


def kinds() -> Json:
    """Return actions with two levels of `type`, as transforms have them."""
    sql = [
        plugin(chosen(name, "transform_type"), name, name=True, transform_type=True, **options)
        for name, options in (("sql", {"sql": TEXT}), ("sql_file", {"file": TEXT}))
    ]
    transform = {
        "title": "transform",
        "properties": {"transform_type": {"enum": ["sql", "sql_file"]}},
        "required": ["transform_type"],
        "allOf": sql,
    }
    load = plugin(chosen("load"), "load", "source", name=True, source=three())
    return actions(
        source(
            load,
            {"if": chosen("transform"), "then": transform},
            names=("load", "transform"),
            properties={"name": TEXT},
        )
    )


def one_of(**excluded: Any) -> Json:
    """Return a mapping that needs `path` or `text`, and not both."""
    message = {"errorMessage": "path and text exclude each other"}
    return {
        "type": "object",
        "properties": {"path": TEXT, "text": TEXT, "other": TEXT},
        "if": {"required": ["path"]},
        "then": {"properties": {"text": {"type": "null", **message, **excluded}}},
        "else": {"required": ["text"], "errorMessage": "give one of path, text"},
    }


def described(**more: Any) -> Json:
    names = {"enum": ["delta", "kafka"], "description": "what is read"}
    return {"type": "object", "properties": {"type": {**names, **more}}}


ENUM_DESCRIPTIONS = {"enumDescriptions": ["a table", "a topic"]}
MARKDOWN_ENUM_DESCRIPTIONS = {"markdownEnumDescriptions": ["a *table*", "a *topic*"]}
CONSTS_WITH_DESCRIPTIONS: Json = {
    "type": "object",
    "properties": {
        "type": {
            "description": "what is read",
            "oneOf": [
                {"const": "delta", "description": "a table"},
                {"const": "kafka", "description": "a topic"},
            ],
        }
    },
}


def by_reference(**definition: Any) -> Json:
    two = {"type": "object", "properties": {"path": TEXT, "name": TEXT}}
    return {
        "type": "object",
        "properties": {"source": {"$ref": "#/definitions/of_files"}},
        "definitions": {"of_files": {**two, "required": ["path", "name"], **definition}},
    }


def below(key: str) -> Json:
    return {"type": "object", "properties": {key: {"type": "object", "properties": {"name": TEXT}}}}


def beside(schema: Any) -> Json:
    """Return a mapping of which one option has another schema than the usual."""
    return {"type": "object", "properties": {"name": TEXT, "other": schema}}


OFFERED = rows(
    ("all types", three(), "type: |\n", ["delta", "delta_cdf", "kafka"]),
    (
        "options of one plugin, and all of them as one",
        three(),
        "type: delta\n|",
        ["table", "delta"],
    ),
    (
        "options of the plugin with the longer name",
        three(),
        "type: delta_cdf\n|",
        ["table", "start", "delta_cdf"],
    ),
    ("options above their type", three(), "|\ntype: kafka\n", ["topic", "kafka"]),
    ("options of a quoted type", three(), 'type: "kafka"\n|', ["topic", "kafka"]),
    (
        "options of a type with a dot",
        source(plugin(chosen("a.b"), "a.b", topic=TEXT), names=("a.b",)),
        "type: a.b\n|",
        ["topic"],
    ),
    (
        "by const alone: a longer name too",
        three(by_const),
        "type: delta\n|",
        ["table", "delta", "start", "delta_cdf"],
    ),
    (
        "by enum alone: a longer name too",
        three(by_enum),
        "type: delta\n|",
        ["table", "delta", "start", "delta_cdf"],
    ),
    *(
        (
            f"by {keyword}: a longer name too",
            any_of_three(keyword),
            "type: delta\n|",
            ["table", "table", "start", "start"],
        )
        for keyword in ("oneOf", "anyOf")
    ),
    (
        "by oneOf: all options before the type",
        any_of_three("oneOf"),
        "|",
        ["type", "type", "type", "type", "table", "start", "topic"],
    ),
    ("in a new item: the type", actions(three()), "actions:\n  - |\n", ["type", "source"]),
    (
        "in a new item, if a guard takes any type: options of all",
        actions(three(of_any_type)),
        "actions:\n  - |\n",
        ["type", "source", "table", "delta", "start", "delta_cdf", "topic", "kafka"],
    ),
    ("common keys once", common(in_rule=True), "type: kafka\n|", ["topic", "target"]),
    (
        "all required under the title of `then`",
        titled("kafka"),
        "type: kafka\n|",
        ["topic", "kafka", "servers"],
    ),
    (
        "all required under the title of the base, if `then` has none",
        titled(None),
        "type: kafka\n|",
        ["topic", "source", "servers"],
    ),
    (
        "all required under the first key, if there is no title",
        {**titled(None), "title": ""},
        "type: kafka\n|",
        ["topic", "topic", "servers"],
    ),
    (
        "a skeleton before the type",
        three(chosen, skeleton(title="source", type="object")),
        "|",
        ["kafka source", "type", "source"],
    ),
    (
        "no skeleton after the type",
        three(chosen, skeleton(title="source", type="object")),
        "type: delta\n|",
        ["table", "delta"],
    ),
    (
        "a skeleton at the base also after the type",
        three(defaultSnippets=[SNIPPET]),
        "type: delta\n|",
        ["table", "delta", "kafka source"],
    ),
    (
        "a skeleton in a new item",
        actions(three(chosen, skeleton(title="source", type="object"))),
        "actions:\n  - |\n",
        ["kafka source", "type", "source"],
    ),
    (
        "a skeleton twice, if `else` has no type",
        actions(three(chosen, skeleton(title="source"))),
        "actions:\n  - |\n",
        ["kafka source", "kafka source", "type", "source"],
    ),
    (
        "the second type",
        kinds(),
        "actions:\n  - type: transform\n    |",
        ["name", "transform_type", "transform"],
    ),
    (
        "options of the second type",
        kinds(),
        "actions:\n  - type: transform\n    transform_type: sql\n    |",
        ["name", "sql"],
    ),
    (
        "options of the second type above both",
        kinds(),
        "actions:\n  - name: a\n    |\n    transform_type: sql_file\n    type: transform\n",
        ["file"],
    ),
    (
        "options of a source in an action",
        kinds(),
        "actions:\n  - type: load\n    source:\n      type: delta\n      |",
        ["table", "delta"],
    ),
    ("a half-written key", three(), "type: kafka\nto|\n", ["topic", "kafka"]),
    ("no deprecated key", beside({"deprecationMessage": "x"}), "|", ["name"]),
    (
        "a key that is only marked as deprecated",
        beside({"deprecated": True}),
        "|",
        ["name", "other"],
    ),
    ("no key that is not to be suggested", beside({"doNotSuggest": True}), "|", ["name"]),
    ("both of two exclusive keys", one_of(), "|", ["path", "text", "other"]),
    ("examples as values", option(type="integer", examples=[10, 20]), "max_files: |", ["10", "20"]),
    ("the default as a value", option(type="integer", default=5), "max_files: |", ["5"]),
    ("choices beside a token", or_token(enum=["json", "csv"]), "value: |", ["json", "csv"]),
    ("true and false beside a token", or_token(type="boolean"), "value: |", ["true", "false"]),
    (
        "choices in a list beside a token",
        or_token(type="array", items={"enum": ["json", "csv"]}),
        "value:\n  - |",
        ["json", "csv"],
    ),
    (
        "keys of a mapping beside a token",
        or_token(type="object", properties={"name": TEXT}),
        "value:\n  |",
        ["name"],
    ),
    (
        "all required under the title of a definition",
        by_reference(title="files"),
        "source:\n  |",
        ["path", "files", "name"],
    ),
    (
        "all required under the name of a definition without title",
        by_reference(),
        "source:\n  |",
        ["path", "of_files", "name"],
    ),
    ("nothing two columns below a key of one letter", below("a"), "a:\n  |", []),
    ("nothing four columns below a key of three letters", below("abc"), "abc:\n    |", []),
    ("keys two columns below a key of three letters", below("abc"), "abc:\n  |", ["name"]),
    ("keys four columns below a key of four letters", below("abcd"), "abcd:\n    |", ["name"]),
    ("nothing inside of braces", three(), "{type: kafka, |}", []),
    ("nothing below a list's key without a dash", actions(three()), "actions:\n  |", []),
    ("nothing beside an invalid type", beside({"type": "strin"}), "name: x\n|", []),
    (
        "nothing beside an unknown definition",
        beside({"$ref": "#/definitions/no"}),
        "name: x\n|",
        [],
    ),
    ("nothing beside a missing file", beside({"$ref": "missing.json"}), "name: x\n|", []),
    ("nothing beside a broken file", beside({"$ref": "../broken.json"}), "name: x\n|", []),
    ("nothing beside an invalid file", beside({"$ref": "../invalid.json"}), "name: x\n|", []),
    (
        "keys beside an invalid file that names no draft",
        beside({"$ref": "../no_draft.json"}),
        "name: x\n|",
        ["other"],
    ),
    (
        "in a second document what is chosen there",
        three(),
        "type: kafka\ntopic: x\n---\ntype: delta\n|",
        ["table", "delta"],
    ),
)
INSERTED = rows(
    ("a listed common key", common(in_rule=True), "type: kafka\n|", {"target": "target: "}),
    (
        "{} in `then`: the key's own name",
        common({}),
        "type: kafka\n|",
        {"target": "target: ${1:target}"},
    ),
    (
        "all that is required",
        titled("kafka"),
        "type: kafka\n|",
        {"kafka": "topic: $1\nservers: $2"},
    ),
    (
        "a skeleton with places and choices",
        three(chosen, skeleton(title="source", type="object")),
        "|",
        {"kafka source": "type: kafka\ntopic: ${1:orders}\nmode: ${2|earliest,latest|}\nby: $3"},
    ),
    (
        "a skeleton in a new item, which the editor indents",
        actions(three(chosen, skeleton(title="source", type="object"))),
        "actions:\n  - |\n",
        {
            "kafka source": (
                "type: kafka\n  topic: ${1:orders}\n  mode: ${2|earliest,latest|}\n  by: $3"
            )
        },
    ),
    ("a default", option(type="integer", default=100), "|", {"max_files": "max_files: ${1:100}"}),
    (
        "a null default",
        option(type="integer", default=None),
        "|",
        {"max_files": "max_files: ${1:null}"},
    ),
    (
        "0 where a number has no default",
        option(type="integer"),
        "|",
        {"max_files": "max_files: ${1:0}"},
    ),
    ("no 0 beside a token", or_token(type="integer"), "|", {"value": "value: "}),
    (
        "no default that is inside of anyOf",
        or_token(type="integer", default=5),
        "|",
        {"value": "value: "},
    ),
    (
        "a default beside anyOf",
        {"type": "object", "properties": {"value": {"anyOf": [NUMBER, TOKEN], "default": 5}}},
        "|",
        {"value": "value: ${1:5}"},
    ),
    (
        "a list with its first item",
        option(type="array", items=TEXT),
        "|",
        {"max_files": "max_files:\n  - ${1}"},
    ),
    ("a mapping with its indent", option(type="object"), "|", {"max_files": "max_files:\n  "}),
    ("the only choice", option(enum=["json"]), "|", {"max_files": "max_files: ${1:json}"}),
    ("null for an excluded key", one_of(), "path: x\n|", {"text": "text: ${1:null}"}),
    (
        "no null for one that is not to be suggested",
        one_of(doNotSuggest=True),
        "path: x\n|",
        {"text": "text: "},
    ),
    ("no colon where oneOf has no type", CONSTS_WITH_DESCRIPTIONS, "|", {"type": "type"}),
)
DOCUMENTED = rows(
    (
        "a choice",
        described(**ENUM_DESCRIPTIONS),
        "type: |",
        {"delta": "a table", "kafka": "a topic"},
    ),
    (
        "a choice in Markdown",
        described(**ENUM_DESCRIPTIONS, **MARKDOWN_ENUM_DESCRIPTIONS),
        "type: |",
        {"delta": "a *table*", "kafka": "a *topic*"},
    ),
    (
        "a choice beside a token",
        or_token(enum=["delta", "kafka"], **ENUM_DESCRIPTIONS),
        "value: |",
        {"delta": "a table", "kafka": "a topic"},
    ),
    ("a key", option(type="string", description="plain"), "|", {"max_files": "plain"}),
    (
        "a key in Markdown",
        option(type="string", description="plain", markdownDescription="*marked*"),
        "|",
        {"max_files": "*marked*"},
    ),
    ("a common key", common(in_rule=True), "type: kafka\n|", {"target": "the view"}),
    (
        "a skeleton",
        three(chosen, skeleton(title="source", type="object")),
        "|",
        {"kafka source": "a topic"},
    ),
)
HOVERED = rows(
    (
        "a type with all choices, its own first",
        described(**ENUM_DESCRIPTIONS),
        "type: kaf|ka",
        "what is read\n\nAllowed Values:\n\n* `kafka`: a topic\n* `delta`: a table",
    ),
    (
        "a type with all choices in Markdown",
        described(**ENUM_DESCRIPTIONS, **MARKDOWN_ENUM_DESCRIPTIONS),
        "ty|pe: kafka",
        "what is read\n\nAllowed Values:\n\n* `kafka`: a *topic*\n* `delta`: a *table*",
    ),
    (
        "choices beside a token",
        or_token(enum=["delta", "kafka"], **ENUM_DESCRIPTIONS),
        "val|ue: delta",
        "Allowed Values:\n\n* `delta`: a table\n* `kafka`: a topic",
    ),
    ("oneOf: the key's own text is lost", CONSTS_WITH_DESCRIPTIONS, "ty|pe: kafka", "a topic"),
    ("the title of `then` as heading", titled("kafka"), "type: kafka\nto|pic: x\n", "#### kafka"),
    (
        "a key's title as heading",
        option(type="integer", title="Max Files", description="plain"),
        "max|_files: 3",
        "#### Max Files\n\nplain",
    ),
    (
        "Markdown instead of plain text",
        option(type="string", description="plain", markdownDescription="*marked*"),
        "max|_files: x",
        "*marked*",
    ),
    (
        "no default",
        option(type="integer", description="plain", default=100),
        "max|_files: 3",
        "plain",
    ),
    (
        "examples",
        option(type="integer", description="plain", examples=[10]),
        "max|_files: 3",
        "plain\n\nExample:\n\n```yaml\n10\n```",
    ),
    (
        "a key that is not suggested",
        beside({**TEXT, "description": "Deprecated: use name", "doNotSuggest": True}),
        "oth|er: x",
        "Deprecated: use name",
    ),
)
NOT_ALLOWED = "Property {} is not allowed."
NOT_ACCEPTED = "Value is not accepted. Valid values: "
THREE = '"delta", "delta_cdf", "kafka".'
# Python's validator finds these documents valid, or not, just as the editor does.
WRONG = rows(
    ("nothing", three(), "type: kafka\ntopic: x\n", []),
    ("an unknown type, once", three(), "type: kafk\ntopic: x\n", [f"1:7 {NOT_ACCEPTED}{THREE}"]),
    ("an empty type, once", three(), "type:\n", [f"1:6 {NOT_ACCEPTED}{THREE}"]),
    ("a type that is a number", three(), "type: 3\n", [f"1:7 {NOT_ACCEPTED}{THREE}"]),
    (
        "by pattern alone: an empty type, and every plugin's options",
        three(by_pattern),
        "type:\n",
        [
            f"1:6 {NOT_ACCEPTED}{THREE}",
            '1:1 Missing property "table".',
            '1:1 Missing property "start".',
            '1:1 Missing property "topic".',
        ],
    ),
    *(
        (
            f"by {keyword}: an unknown type, and the first branch's options",
            any_of_three(keyword),
            "type: kafk\n",
            [
                '1:1 Missing property "table".',
                '1:7 Value must be "delta" | "delta_cdf" | "kafka".',
            ],
        )
        for keyword in ("oneOf", "anyOf")
    ),
    (
        "by oneOf with an option: the type that has this option",
        any_of_three("oneOf"),
        "type: kafk\ntopic: x\n",
        ['1:7 Value must be "kafka".'],
    ),
    (
        "by enum and oneOf: an unknown type twice",
        {
            **any_of_three("oneOf"),
            "properties": {"type": {"enum": ["delta", "delta_cdf", "kafka"]}},
        },
        "type: kafk\ntopic: x\n",
        [f"1:7 {NOT_ACCEPTED}{THREE}", '1:7 Value must be "kafka".'],
    ),
    ("a missing option", three(), "type: kafka\n", ['1:1 Missing property "topic".']),
    (
        "a missing option, at the key above",
        kinds(),
        "actions:\n  - type: load\n    source:\n      type: kafka\n",
        ['3:5 Missing property "topic".'],
    ),
    (
        "a misspelt option, at its key",
        three(),
        "type: kafka\ntopic: x\ntopik: 3\n",
        ["3:1 " + NOT_ALLOWED.format("topik")],
    ),
    (
        "another plugin's option",
        three(),
        "type: kafka\ntopic: x\ntable: x\n",
        ["3:1 " + NOT_ALLOWED.format("table")],
    ),
    (
        "a common key that the plugin does not list",
        source(plugin(chosen("kafka"), "kafka"), properties={"target": TEXT}),
        "type: kafka\ntarget: x\n",
        ["2:1 " + NOT_ALLOWED.format("target")],
    ),
    (
        "an unknown second type",
        kinds(),
        "actions:\n  - type: transform\n    transform_type: sq\n",
        [f'3:21 {NOT_ACCEPTED}"sql", "sql_file".'],
    ),
    (
        "another second type's option",
        kinds(),
        "actions:\n  - type: transform\n    transform_type: sql\n    file: x\n",
        ["4:5 " + NOT_ALLOWED.format("file")],
    ),
    (
        "an empty item, once",
        actions(three(chosen, skeleton(title="source", type="object"))),
        "actions:\n  -\n",
        ['2:4 Incorrect type. Expected "source".'],
    ),
    (
        "an empty item twice, if `else` has no title",
        actions(three(chosen, skeleton(type="object"))),
        "actions:\n  -\n",
        [
            '2:4 Incorrect type. Expected "source".',
            '2:4 Incorrect type. Expected "object(source)".',
        ],
    ),
    ("one of two: the first", one_of(), "path: x\n", []),
    ("one of two: the second", one_of(), "text: x\n", []),
    ("one of two: both", one_of(), "path: x\ntext: x\n", ["2:7 path and text exclude each other"]),
    (
        "one of two: both, not suggested",
        one_of(doNotSuggest=True),
        "path: x\ntext: x\n",
        ["2:7 path and text exclude each other"],
    ),
    ("one of two: none", one_of(), "other: x\n", ["1:1 give one of path, text"]),
    (
        "by plain oneOf: both",
        {"type": "object", "oneOf": [{"required": ["path"]}, {"required": ["text"]}]},
        "path: x\ntext: x\n",
        ["1:1 Matches multiple schemas when only one must validate."],
    ),
    ("no token", or_token(type="integer"), "value: ${size}\n", []),
    ("no token as a choice", or_token(enum=["json"]), "value: ${format}\n", []),
    ("no token as a list", or_token(type="array", items=TEXT), "value: ${names}\n", []),
    ("no token as a mapping", or_token(type="object"), "value: ${options}\n", []),
    ("no token inside of a text", or_token(type="integer"), "value: a_${size}\n", []),
    (
        "a token where only a number is meant",
        option(type="integer"),
        "max_files: ${size}\n",
        ['1:12 Incorrect type. Expected "integer".'],
    ),
    (
        "a text for a number or a token",
        or_token(type="integer"),
        "value: abc\n",
        ['1:8 Incorrect type. Expected "integer".'],
    ),
    (
        "a list for a number or a token",
        or_token(type="integer"),
        "value: [1]\n",
        ['1:8 Incorrect type. Expected "integer | string".'],
    ),
    (
        "a text for a boolean or a token",
        or_token(type="boolean"),
        "value: maybe\n",
        ['1:8 Incorrect type. Expected "boolean".'],
    ),
    (
        "a text for a list or a token",
        or_token(type="array", items=TEXT),
        "value: abc\n",
        ['1:8 Incorrect type. Expected "array".'],
    ),
    (
        "a wrong choice or a token",
        or_token(enum=["json", "csv"]),
        "value: jsn\n",
        [f'1:8 {NOT_ACCEPTED}"json", "csv".'],
    ),
    (
        "a number below the minimum or a token",
        or_token(type="integer", minimum=3),
        "value: 1\n",
        ["1:8 Value is below the minimum of 3."],
    ),
    (
        "a misspelt key of a mapping or a token",
        or_token(type="object", properties={"name": TEXT}, additionalProperties=False),
        "value:\n  nam: x\n",
        ["2:3 " + NOT_ALLOWED.format("nam")],
    ),
    (
        "if the token is first: what a token looks like",
        {"type": "object", "properties": {"value": {"anyOf": [TOKEN, NUMBER]}}},
        "value: abc\n",
        [r'1:8 String does not match the pattern of "\$\{.+\}".'],
    ),
    (
        "a wrong type in our words",
        option(type="integer", errorMessage="whole numbers"),
        "max_files: x\n",
        ["1:12 whole numbers"],
    ),
    (
        "a wrong choice in our words",
        option(enum=["a"], errorMessage="only a"),
        "max_files: x\n",
        ["1:12 only a"],
    ),
    (
        "a pattern in our words",
        option(type="string", pattern="^a", patternErrorMessage="begins with a"),
        "max_files: x\n",
        ["1:12 begins with a"],
    ),
    (
        "a missing key in our words",
        {"type": "object", "required": ["name"], "errorMessage": "a name is needed"},
        "other: x\n",
        ["1:1 a name is needed"],
    ),
    (
        "an unknown key in our words, which lose its name",
        {"type": "object", "additionalProperties": False, "errorMessage": "what is this"},
        "other: x\n",
        ["1:1 what is this"],
    ),
    (
        "our words not for oneOf",
        {"type": "object", "oneOf": [{"required": ["path"]}, {}], "errorMessage": "one"},
        "path: x\n",
        ["1:1 Matches multiple schemas when only one must validate."],
    ),
    (
        "our words not for not",
        {"type": "object", "not": {"required": ["path"]}, "errorMessage": "no path"},
        "path: x\n",
        ["1:1 Matches a schema that is not allowed."],
    ),
    ("not what is only marked as deprecated", beside({"deprecated": True}), "other: x\n", []),
    ("not what is not suggested", beside({"doNotSuggest": True}), "other: x\n", []),
    ("not unknown keywords", {"x-lhp": 1, **beside({"x-lhp": {"a": [1]}})}, "other: x\n", []),
    (
        "a reference by its title",
        by_reference(title="files"),
        "source: 3\n",
        ['1:9 Incorrect type. Expected "files".'],
    ),
    (
        "a reference without title by its name",
        by_reference(),
        "source: 3\n",
        ['1:9 Incorrect type. Expected "of_files".'],
    ),
    (
        "a template in braces without quotes",
        option(type="string"),
        "max_files: {x}\n",
        ['1:12 Incorrect type. Expected "string".'],
    ),
)
INVALID_TYPE = (
    "\n{0}/type : must be equal to one of the allowed values"
    "\n{0}/type : must be array"
    '\n{0}/type : must match a schema in "anyOf"'
)
WRONG_IN_EDITORS = rows(
    (
        "a deprecated key, as an error",
        beside({"deprecationMessage": "use name"}),
        "other: x\n",
        ["1:1 use name"],
    ),
    (
        "every value of a pattern that only Python knows",
        option(type="string", pattern="(?P<n>a)"),
        "max_files: a\n",
        ['1:12 Invalid pattern: "(?P<n>a)"'],
    ),
    ("no value of such a pattern in JavaScript", option(pattern="^(?<n>a)$"), "max_files: a\n", []),
    (
        "a bare %{x}",
        option(type="string"),
        "max_files: %{x}\n",
        ["1:12 Plain value cannot start with directive indicator character %"],
    ),
    (
        "a bare {{ x }}",
        option(type="string"),
        "max_files: {{ x }}\n",
        ['1:12 Incorrect type. Expected "string".'],
    ),
    (
        "the schema alone, if a type in it is invalid",
        beside({"type": "strin"}),
        "name: 3\n",
        [
            "1:1 Schema 'ROOT/@/schema.json' is not valid: "
            + INVALID_TYPE.format("/properties/other")
        ],
    ),
    (
        "the schema alone, if a definition is missing",
        beside({"$ref": "#/definitions/no"}),
        "name: 3\n",
        ["1:1 $ref '/definitions/no' in 'URI/@/schema.json' cannot be resolved."],
    ),
    (
        "the schema alone, if a file is missing",
        beside({"$ref": "missing.json"}),
        "name: 3\n",
        [
            (
                "1:1 Problems loading reference 'URI/@/missing.json': "
                "Unable to load schema from 'ROOT/@/missing.json': No content."
            )
        ],
    ),
    (
        "the schema alone, if a file beside it is broken",
        beside({"$ref": "../broken.json"}),
        "name: 3\n",
        [
            (
                "1:1 Problems loading reference 'URI/broken.json': Unable to parse content from "
                "'ROOT/broken.json': Parse error at line: 1 column: 2"
            )
        ],
    ),
    (
        "the schema alone, if a file beside it is invalid",
        beside({"$ref": "../invalid.json"}),
        "name: 3\n",
        ["1:1 Schema 'ROOT/@/schema.json' is not valid: " + INVALID_TYPE.format("")],
    ),
    (
        "values, if an invalid file names no draft",
        beside({"$ref": "../no_draft.json"}),
        "name: 3\n",
        ['1:7 Incorrect type. Expected "string".'],
    ),
    ("closed by unevaluatedProperties: nothing", {"unevaluatedProperties": False}, "name: 3\n", []),
    (
        "each document of a file",
        three(),
        "type: kafka\ntopic: x\n---\ntype: kafk\n---\ntype: delta\n",
        [f"4:7 {NOT_ACCEPTED}{THREE}", '6:1 Missing property "table".'],
    ),
    ("a tag", option(type="string"), "max_files: !secret x\n", ["1:12 Unresolved tag: !secret"]),
    (
        "a key twice",
        option(type="string"),
        "max_files: x\nmax_files: y\n",
        ["2:1 Map keys must be unique"],
    ),
)
FIXED = rows(
    ("an unknown type by all names", three(), "type: kafk\n", ["delta", "delta_cdf", "kafka"]),
    (
        "a misspelt option by all that are free, the nearest or not",
        source(plugin(chosen("kafka"), "kafka", topic=TEXT, servers=TEXT, group=TEXT)),
        "type: kafka\ntopic: x\nserver: y\n",
        ["servers", "group"],
    ),
    (
        "a wrong choice beside a token",
        or_token(enum=["json", "csv"]),
        "value: jsn\n",
        ["json", "csv"],
    ),
    ("a missing option by nothing", three(), "type: kafka\n", []),
)
# `@` is the row's own folder of the workspace; a.json there requires the key `a`, b.json `b`.
ASSOCIATED = rows(
    ("path", {"@/a.json": "@/**/*.yaml"}, "x/y/doc.yaml", True),
    ("path with ./", {"./@/a.json": "@/**/*.yaml"}, "doc.yaml", True),
    ("path in a hidden folder", {"@/.lhp/a.json": "@/*.yaml"}, "doc.yaml", True),
    ("absolute path", {"ROOT/@/a.json": "@/*.yaml"}, "doc.yaml", True),
    ("file URI", {"URI/@/a.json": "@/*.yaml"}, "doc.yaml", True),
    ("globs", {"@/a.json": ["@/x/*.yaml", "@/y/*.yaml"]}, "y/doc.yaml", True),
    ("glob of two endings", {"@/a.json": "@/**/*.{yaml,yml}"}, "doc.yml", True),
    ("glob that begins at any depth", {"@/a.json": "x/*_@.yaml"}, "y/x/doc_@.yaml", True),
    ("glob without the deeper folder", {"@/a.json": "@/*.yaml"}, "x/doc.yaml", False),
    ("glob without hidden folders", {"@/a.json": "@/**/*.yaml"}, ".x/doc.yaml", False),
    ("glob without the space of a folder", {"@/a.json": "@/x y/*.yaml"}, "x y/doc.yaml", False),
    ("glob with a space, percent-encoded", {"@/a.json": "@/x%20y/*.yaml"}, "x y/doc.yaml", True),
    ("glob without an accent, too", {"@/a.json": "@/\u00e9/*.yaml"}, "\u00e9/doc.yaml", False),
    ("glob with an exception", {"@/a.json": ["@/**/*.yaml", "!@/x/*.yaml"]}, "x/doc.yaml", False),
    ("glob beside an exception", {"@/a.json": ["@/**/*.yaml", "!@/x/*.yaml"]}, "doc.yaml", True),
)
MODELINE = "# yaml-language-server: $schema="
NO_A = 'Missing property "a".'
NO_B = 'Missing property "b".'
MAPPED = {"@/b.json": "@/*.yaml"}
COMBINED = rows(
    ("mapping for all documents", MAPPED, "n: 1\n---\nn: 1\n", [f"1:1 {NO_B}", f"3:1 {NO_B}"]),
    ("two mappings", {"@/a.json": "@/*.yaml", **MAPPED}, "n: 1\n", [f"1:1 {NO_A}", f"1:1 {NO_B}"]),
    ("modeline over mapping", MAPPED, f"{MODELINE}a.json\nn: 1\n", [f"2:1 {NO_A}"]),
    ("short modeline", MAPPED, "# $schema: a.json\nn: 1\n", [f"2:1 {NO_A}"]),
    ("modeline after ---", MAPPED, f"---\n{MODELINE}a.json\nn: 1\n", [f"3:1 {NO_A}"]),
    ("modeline after a comment", MAPPED, f"# x\n{MODELINE}a.json\nn: 1\n", [f"3:1 {NO_A}"]),
    ("no modeline after content", MAPPED, f"n: 1\n{MODELINE}a.json\n", [f"1:1 {NO_B}"]),
    ("modeline that says none", MAPPED, f"{MODELINE}none\nn: 1\n", []),
    ("modeline for one document", {}, f"{MODELINE}a.json\nn: 1\n---\nn: 1\n", [f"2:1 {NO_A}"]),
    (
        "modeline for one document and mapping for the others",
        MAPPED,
        f"{MODELINE}a.json\nn: 1\n---\nn: 1\n",
        [f"2:1 {NO_A}", f"4:1 {NO_B}"],
    ),
    (
        "no schema of the web",
        {},
        f"{MODELINE}https://example.com/a.json\nn: 1\n",
        [
            (
                "2:1 Unable to load schema from 'https://example.com/a.json': "
                "connect ECONNREFUSED 127.0.0.1:9."
            )
        ],
    ),
)
TABLES = {
    "offered": OFFERED,
    "inserted": INSERTED,
    "documented": DOCUMENTED,
    "hovered": HOVERED,
    "wrong": WRONG,
    "wrong_in_editors": WRONG_IN_EDITORS,
    "fixed": FIXED,
    "associated": ASSOCIATED,
    "combined": COMBINED,
}


def each_of(table: list[Row]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", [pytest.param(row, id=row.fact) for row in table])


def write(file: Path, schema: Json) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(schema), encoding="utf-8")


class Facts:
    """The documents of all rows, opened at once: the server lets each wait 0.2 s for its check."""

    def __init__(self, server: YamlServer) -> None:
        self.server = server
        self._places = {
            id(row): f"{name}-{number}"
            for name, table in TABLES.items()
            for number, row in enumerate(table)
        }
        self._write_references()
        schemas: Json = {}
        for row in itertools.chain(*TABLES.values()):
            schemas.update(self._associations(row))
        server.configure({"yaml.schemas": schemas})
        self._documents = {id(row): self._open(row) for row in itertools.chain(*TABLES.values())}

    def document(self, row: Row) -> Document:
        return self._documents[id(row)]

    def problems(self, row: Row) -> list[str]:
        return [self._short(problem, row) for problem in self.document(row).problems()]

    def _write_references(self) -> None:
        write(self.server.folder / "invalid.json", {**DRAFT, "type": "strin"})
        write(self.server.folder / "no_draft.json", {"type": "strin"})
        (self.server.folder / "broken.json").write_text("{", encoding="utf-8")

    def _associations(self, row: Row) -> Json:
        place = self._places[id(row)]
        folder = self.server.folder / place
        if row not in ASSOCIATED and row not in COMBINED:
            write(folder / "schema.json", {**DRAFT, **row.schema})
            return {f"{place}/schema.json": f"{place}/doc.yaml"}
        for path in ("a.json", "b.json", ".lhp/a.json"):
            write(folder / path, {"required": [Path(path).stem]})
        return json.loads(self._long(json.dumps(row.schema), row))

    def _open(self, row: Row) -> Document:
        place = self._places[id(row)]
        if row in ASSOCIATED:
            return self.server.open(f"{place}/{self._long(row.text, row)}", "n: 1\n")
        return self.server.open(f"{place}/doc.yaml", row.text, "|" if "|" in row.text else None)

    def _long(self, text: str, row: Row) -> str:
        for short, long in self._names(row).items():
            text = text.replace(short, long)
        return text

    def _short(self, text: str, row: Row) -> str:
        for short, long in self._names(row).items():
            text = text.replace(long, short)
        return text

    def _names(self, row: Row) -> dict[str, str]:
        folder = self.server.folder
        return {"URI": folder.as_uri(), "ROOT": folder.as_posix(), "@": self._places[id(row)]}


@pytest.fixture(scope="module")
def facts(
    start_yaml_server: Callable[[Path], YamlServer], tmp_path_factory: pytest.TempPathFactory
) -> Facts:
    return Facts(start_yaml_server(tmp_path_factory.mktemp("facts")))


@each_of(OFFERED)
def test_it_offers(facts: Facts, row: Row) -> None:
    assert sorted(facts.document(row).labels()) == sorted(row.expected)


@each_of(INSERTED)
def test_it_inserts(facts: Facts, row: Row) -> None:
    offered = {each.label: each.inserted for each in facts.document(row).completions()}
    assert {label: offered.get(label) for label in row.expected} == row.expected


@each_of(DOCUMENTED)
def test_it_documents(facts: Facts, row: Row) -> None:
    offered = {each.label: each.documentation for each in facts.document(row).completions()}
    assert {label: offered.get(label) for label in row.expected} == row.expected


@each_of(HOVERED)
def test_it_shows_under_the_mouse(facts: Facts, row: Row) -> None:
    shown, _, origin = facts.document(row).hover().partition("\n\nSource: ")
    assert shown == row.expected
    assert origin.startswith("[schema.json](file://")


@each_of([*WRONG, *WRONG_IN_EDITORS])
def test_it_finds_wrong(facts: Facts, row: Row) -> None:
    assert facts.problems(row) == row.expected
    assert {each.severity for each in facts.document(row).diagnostics()} <= {"error"}


@each_of(WRONG)
def test_it_agrees_with_python(row: Row) -> None:
    assert Draft7Validator(row.schema).is_valid(yaml.safe_load(row.text)) == (not row.expected)


@each_of(FIXED)
def test_it_fixes(facts: Facts, row: Row) -> None:
    (diagnostic,) = facts.document(row).diagnostics()
    assert [fix.title for fix in facts.document(row).fixes(diagnostic)] == row.expected


@each_of(ASSOCIATED)
def test_it_finds_the_schema_by(facts: Facts, row: Row) -> None:
    assert facts.problems(row) == ([f"1:1 {NO_A}"] if row.expected else [])


@each_of(COMBINED)
def test_it_takes_the_schema_of_a(facts: Facts, row: Row) -> None:
    assert facts.problems(row) == row.expected


def test_it_reads_a_rewritten_schema_when_told(yaml_server: YamlServer) -> None:
    schema = yaml_server.folder / "rewritten.json"
    write(schema, {"required": ["a"]})
    yaml_server.configure({"yaml.schemas": {"rewritten.json": "doc.yaml"}})
    document = yaml_server.open("doc.yaml", "n: 1\n")
    assert document.problems() == [f"1:1 {NO_A}"]
    write(schema, {"required": ["b"]})
    document.change("n: 2\n")
    assert document.problems() == [f"1:1 {NO_A}"]
    yaml_server.files_changed(schema)
    assert document.problems() == [f"1:1 {NO_B}"]


def test_it_knows_the_options_of_each_of_300_plugins(yaml_server: YamlServer) -> None:
    names = [f"plugin_{number}" for number in range(300)]
    rules = [
        plugin(chosen(name), name, **{f"option_{letter}_of_{name}": TEXT for letter in "abcdefgh"})
        for name in names
    ]
    write(yaml_server.folder / "many.json", actions(source(*rules, names=tuple(names))))
    yaml_server.configure({"yaml.schemas": {"many.json": "doc.yaml"}})
    types = yaml_server.open("doc.yaml", "actions:\n  - type: |\n", "|")
    assert types.labels() == names
    types.change("actions:\n  - type: plugin_29\n    |\n", "|")
    assert types.labels() == [f"option_{letter}_of_plugin_29" for letter in "abcdefgh"]
    assert types.problems() == []


def test_it_is_the_locked_one(facts: Facts) -> None:
    wanted = json.loads((HERE / "server/package.json").read_text(encoding="utf-8"))
    assert wanted["dependencies"] == {"yaml-language-server": facts.server.version}


def test_the_lock_leaves_the_registry_to_whoever_installs() -> None:
    lock = json.loads((HERE / "server/package-lock.json").read_text(encoding="utf-8"))
    hint = "npm install --package-lock-only --omit-lockfile-registry-resolved"
    assert all("resolved" not in package for package in lock["packages"].values()), hint


def test_a_fix_gives_the_whole_text(yaml_server: YamlServer) -> None:
    write(yaml_server.folder / "fixed.json", three())
    yaml_server.configure({"yaml.schemas": {"fixed.json": "doc.yaml"}})
    document = yaml_server.open("doc.yaml", "# \U0001f40d\n{topic: \U0001f40d, type: kafk}\n")
    (diagnostic,) = document.diagnostics()
    assert (diagnostic.line, diagnostic.column) == (2, 19)
    assert document.fixes(diagnostic)[2].text == "# \U0001f40d\n{topic: \U0001f40d, type: kafka}\n"


def test_the_mark_is_where_the_cursor_is() -> None:
    assert cut_mark("ab\n\U0001f40dc|d", "|") == ("ab\n\U0001f40dcd", Position(2, 4))
    for text in ("", "a|b|c"):
        with pytest.raises(ValueError, match="exactly once"):
            cut_mark(text, "|")


def test_a_server_that_ends_says_why(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no memory')"]
    with pytest.raises(RuntimeError, match="initialize: the server ended with 1: no memory"):
        YamlServer(command, tmp_path)


def test_a_silent_server_is_not_waited_for(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    with pytest.raises(TimeoutError, match=r"initialize: nothing came in 0\.2 s"):
        YamlServer(command, tmp_path, timeout=0.2)
