"""`lhp validate` and the schemas take and refuse the same files, those beside flowgroups too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from lhp.text.yaml_reader import read_yaml

FLOWGROUP = """
pipeline: p
flowgroup: f
actions:
  - {name: l, type: load, target: v, source: {type: sql, sql: SELECT 1}, readMode: stream}
  - {name: t, type: transform, transform_type: data_quality, source: v, target: w,
     expectations_file: expectations/e.yaml}
  - {name: w, type: write, source: w, write_target: {type: streaming_table, catalog: c, schema: s,
     table: t, table_schema: schemas/t.yaml}}
"""
MODULE = "def up(text):\n    return text\n\n\nclass Rules:\n    def validate(self, config):\n        return []\n"
PATHS = {
    "lhp": "lhp.yaml",
    "flowgroup": "pipelines/f.yaml",
    "template": "templates/t.yaml",
    "preset": "presets/p.yaml",
    "substitutions": "substitutions/dev.yaml",
    "expectations": "expectations/e.yaml",
    "table_schema": "schemas/t.yaml",
}
ACTIONS = """[
  {name: a, type: load, target: u, source: {type: sql, sql: SELECT 1}},
  {name: b, type: write, source: u, write_target: {type: streaming_table, database: c.s, table: u}},
]"""
PLUGIN = "name: a\nplugins: [{%s}]"
ACTION = "name: t\nactions: [%s]"

GOOD = [
    ("lhp", "name: a"),
    ("lhp", "name: a\nformatter:\nversion: 1.0\napply_formatting: no"),
    ("lhp", "name: a\nplugins:"),
    ("lhp", "name: a\nplugins: {enabled: , directories: [], entry_points: false}"),
    ("lhp", PLUGIN % "name: up, type: template_filter, module: mine, class: up, config: "),
    ("lhp", PLUGIN % "name: r, type: validator, module: mine, class: Rules, config: {a: 1}"),
    ("flowgroup", "pipeline: p\nflowgroup: g\nactions: " + ACTIONS),
    ("flowgroup", "flowgroups: [{pipeline: p, flowgroup: g, actions: " + ACTIONS + "}]"),
    ("template", ACTION % "{name: a, type: load, target: v, source: '{{ x }}'}"),
    ("template", ACTION % "{name: a, type: '{{ kind }}', source: x}"),
    ("preset", "name: p\ndefaults: {load_actions: {sql: {readMode: stream}}}"),
    ("substitutions", "dev: {a: 1, b: [x]}\nglobal:\nsecrets: {default_scope: s}"),
    ("substitutions", "dev:"),
    ("expectations", "[]"),
    ("expectations", "a > 1: {action: Drop, name: big}"),
    ("expectations", "version: 1\nexpectations: [{expression: a > 1, failureAction: WARN}]"),
    ("table_schema", "columns: [{name: a, type: INT, nullable: no, comment: 5, tags: {pii: }}]"),
    ("table_schema", "table: t\nname: \ncolumns:\ndescription:"),
    ("table_schema", "columns: [{name: a, type: INT, nullable: }]"),
]
BAD = [
    ("lhp", "[]"),
    ("lhp", "name: [a]"),
    ("lhp", "name: a\nformatter: black"),
    ("lhp", "name: a\nplugin: []"),
    ("lhp", PLUGIN % "name: up, type: template_filter, module: mine, class: up, config: {a: 1}"),
    ("lhp", PLUGIN % "name: u-p, type: template_filter, module: mine, class: up"),
    ("lhp", PLUGIN % "name: up, type: template_filer, module: mine, class: up"),
    ("lhp", PLUGIN % "name: up, type: template_filter, module: 5, class: up"),
    ("lhp", PLUGIN % "name: up, type: template_filter, modul: mine, class: up"),
    ("flowgroup", "pipeline:\nflowgroups: [{flowgroup: g}]"),
    (
        "flowgroup",
        "pipeline: p\nflowgroup: g\nactions: [{name: a, type: load, target: v, source: {type: sql}}]",
    ),
    ("template", "name: t\nparameters: [{nam: a}]"),
    ("template", ACTION % "{name: a, type: laod, target: v, source: {type: sql, sql: x}}"),
    ("template", ACTION % "{name: a, type: load, target: v, source: x}"),
    ("template", ACTION % "{name: a}"),
    ("preset", "name: p\ndefaults: {load_actions: {sql: {sqll: x}}}"),
    ("preset", "name: p\ndefaults: {load_actions: {sqll: {}}}"),
    ("preset", "name: p\ndefaults: {transform_actions: {schema: {source: [v]}}}"),
    ("substitutions", "dev: [a]"),
    ("substitutions", "dev: {}\nsecrets: {scope: s}"),
    ("expectations", "5"),
    ("expectations", "- {constraint: 5}"),
    ("expectations", "a > 1: {acton: drop}"),
    ("expectations", "a > 1: drop"),
    ("table_schema", "columns: 0"),
    ("table_schema", "columns: ''"),
    ("table_schema", "columns: [{name: '', type: INT}]"),
    ("table_schema", "columns: [{name: a, type: ' '}]"),
    ("table_schema", "columns: [{name: a}]"),
    ("table_schema", "columns: [{name: a, type: INT, nullable: 'true'}]"),
    ("table_schema", "columns: [{name: a, type: INT, nullable: 1}]"),
    ("table_schema", "columns: [{name: a, type: INT, tags: [x]}]"),
    ("table_schema", "columns: []\nname: [a]"),
    ("table_schema", "columns: []\ntable: 5"),
    ("table_schema", "columns: []\ndescription: 0"),
    ("table_schema", "column: []"),
]


@pytest.mark.parametrize(
    ("kind", "text", "is_good"),
    [*((*each, True) for each in GOOD), *((*each, False) for each in BAD)],
)
def test_both_judge_a_file_alike(
    shop: Path,
    lhp: Any,
    kind: str,
    text: str,
    is_good: bool,  # noqa: FBT001  (a column of the table)
) -> None:
    for each in (*shop.glob("pipelines/**/*.yaml"), *shop.glob("templates/**/*.yaml")):
        each.unlink()
    files = {
        "lhp.yaml": "name: shop\n",
        "mine.py": MODULE,
        "pipelines/main.yaml": FLOWGROUP,
        "expectations/e.yaml": "a > 1: {action: drop}\n",
        "schemas/t.yaml": "columns: [{name: a, type: INT}]\n",
        PATHS[kind]: text + "\n",
    }
    for path, content in files.items():
        (shop / path).parent.mkdir(exist_ok=True)
        (shop / path).write_text(content, encoding="utf-8")
    ended = lhp("validate", "--env", "dev")
    schema = json.loads((shop / f".lhp/schemas/{kind}.schema.json").read_text("utf-8"))
    (document,) = read_yaml(f"{text}\n".encode(), "")
    found = [each.message for each in Draft7Validator(schema).iter_errors(document.data)]
    assert (ended.code == 0, not found) == (is_good, is_good), (ended.err, found)
