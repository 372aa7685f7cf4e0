"""Metadata: which columns an action adds, and the code that they become."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence

import pytest

from lhp.errors import (
    EXPRESSION_BAD,
    IMPORT_LINE_BAD,
    METADATA_UNKNOWN,
    SECRET_IN_EXPRESSION,
    UNRESOLVED_TOKEN,
    YAML_READ_OTHERWISE,
    Code,
    LhpError,
)

Check = Callable[..., Sequence[LhpError]]
Made = Callable[..., Mapping[str, str]]

COLUMNS = """\
name: demo
operational_metadata:
  columns:
    _all: {expression: F.lit(1), applies_to: [view, streaming_table]}
    _table: {expression: F.lit(2), applies_to: [streaming_table]}
    _plain: F.lit(3)
    _off: {expression: F.lit(4), applies_to: [view], enabled: false}
    _here: {expression: "F.lit('${pipeline_name}/${flowgroup_name}')", applies_to: [view]}
    _from: {expression: "F.lit('${source_table}')", applies_to: [view]}
    _env: {expression: "F.lit('${catalog}')", applies_to: [view]}
    _own: {expression: own.stamp(), applies_to: [view], additional_imports: [import own]}
  presets:
    both: [_all, _here]
    one: {columns: [_env]}
"""
DELTA = "{type: delta, catalog: c, schema: s, table: raw}"


def flow(*, of_flowgroup: str = "", of_load: str = "", source: str = DELTA) -> str:
    """Return a flowgroup that selects metadata."""
    head = f"operational_metadata: {of_flowgroup}\n" if of_flowgroup else ""
    chosen = f"operational_metadata: {of_load}, " if of_load else ""
    return (
        f"pipeline: p\nflowgroup: f\n{head}actions:\n"
        f"  - {{name: l, type: load, target: v, {chosen}source: {source}}}\n"
        "  - {name: w, type: write, source: v, write_target: {type: streaming_table, catalog: c, schema: s, table: t}}\n"
    )


def columns_in(text: str) -> Mapping[str, str]:
    """Return the columns that a module adds, by name."""
    return dict(re.findall(r"withColumn\(['\"](\w+)['\"], (.*)\)$", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("of_flowgroup", "of_load", "expected"),
    [
        ("", "", {}),
        ("true", "true", {}),
        ("[_all]", "", {"_all": "F.lit(1)"}),
        ("", "[_all]", {"_all": "F.lit(1)"}),
        ("[_all]", "[_here, _all]", {"_all": "F.lit(1)", "_here": "F.lit('p/f')"}),
        ("[_all]", "false", {}),
        ("[_all]", "true", {"_all": "F.lit(1)"}),
        ("false", "[_all]", {"_all": "F.lit(1)"}),
        ("[_all]", "[]", {"_all": "F.lit(1)"}),
        # Only `view` is ever added to a load.
        ("[_table, _plain]", "", {}),
        (
            "[both]",
            "[one]",
            {"_all": "F.lit(1)", "_env": "F.lit('dev_cat')", "_here": "F.lit('p/f')"},
        ),
        ("[_from]", "", {"_from": "F.lit('c.s.raw')"}),
        ("[_own]", "", {"_own": "own.stamp()"}),
    ],
)
def test_columns_are_selected_by_flowgroup_and_action(
    of_flowgroup: str, of_load: str, expected: Mapping[str, str], made: Made
) -> None:
    text = made(
        {"lhp.yaml": COLUMNS, "pipelines/a.yaml": flow(of_flowgroup=of_flowgroup, of_load=of_load)}
    )
    found = columns_in(text["p/f.py"])
    assert found == expected
    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    ("chosen", "line"), [("[_own]", True), ("[_all]", False), ("false", False)]
)
def test_an_import_stands_only_where_its_column_does(chosen: str, line: object, made: Made) -> None:
    text = made({"lhp.yaml": COLUMNS, "pipelines/a.yaml": flow(of_load=chosen)})["p/f.py"]
    assert ("import own" in text) == line
    assert ("functions as F" in text) == (chosen == "[_all]")


@pytest.mark.parametrize(
    ("chosen", "warned"),
    [("false", []), ("no", [YAML_READ_OTHERWISE]), ("${switch}", [])],
)
def test_false_takes_no_columns_however_it_is_written(
    chosen: str, warned: Sequence[Code], outcome: Callable[..., object]
) -> None:
    text = flow(of_flowgroup="[_all]", of_load="@").replace("operational_metadata: @, ", "")
    text = text.replace("  - {name: l", f"  - operational_metadata: {chosen}\n    <<: {{name: l", 1)
    done = outcome(
        {
            "lhp.yaml": COLUMNS,
            "pipelines/a.yaml": text,
            "substitutions/dev.yaml": "dev: {switch: off}\n",
        }
    )
    assert [
        each.code for each in done.problems if each.location.path == "pipelines/a.yaml"
    ] == warned  # type: ignore[attr-defined]
    assert columns_in(done.outputs[0].text) == {}  # type: ignore[attr-defined]


def test_a_preset_selects_columns_too(made: Made) -> None:
    text = made(
        {
            "lhp.yaml": COLUMNS,
            "presets/p.yaml": "name: p\ndefaults: {operational_metadata: [_all]}\n",
            "pipelines/a.yaml": "presets: [p]\n" + flow(of_flowgroup="[_here]"),
        }
    )
    assert sorted(columns_in(text["p/f.py"])) == ["_all", "_here"]


def test_the_built_in_columns_serve_a_project_without_its_own(made: Made) -> None:
    chosen = (
        "[_ingestion_timestamp, _source_file, _pipeline_run_id, _pipeline_name, _flowgroup_name]"
    )
    found = columns_in(made(flow(of_flowgroup=chosen))["p/f.py"])
    assert found == {
        "_ingestion_timestamp": "F.current_timestamp()",
        "_source_file": "F.input_file_name()",
        "_pipeline_run_id": "F.lit(spark.conf.get('pipelines.id', 'unknown'))",
        "_pipeline_name": "F.lit('p')",
        "_flowgroup_name": "F.lit('f')",
    }


def test_an_unknown_column_is_a_warning_with_the_nearest(check: Check) -> None:
    found = check(
        {
            "lhp.yaml": COLUMNS,
            "pipelines/a.yaml": flow(of_flowgroup="[_all, ‸_pain, ‸_off]", of_load="[‸bothh, one]"),
        },
        METADATA_UNKNOWN,
        METADATA_UNKNOWN,
        METADATA_UNKNOWN,
    )
    assert [each.hint for each in found] == ["did you mean '_plain'?", "", "did you mean 'both'?"]
    assert all(each.is_warning for each in found)


def test_built_in_columns_are_unknown_in_a_project_with_its_own(check: Check) -> None:
    check(
        {"lhp.yaml": COLUMNS, "pipelines/a.yaml": flow(of_flowgroup="[‸_ingestion_timestamp]")},
        METADATA_UNKNOWN,
    )


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("F.lit(", EXPRESSION_BAD),
        ("F.lit('${nothing}')", UNRESOLVED_TOKEN),
        # A map is no text.
        ("F.lit('${map}')", UNRESOLVED_TOKEN),
        ("F.lit('${secret:s/k}')", SECRET_IN_EXPRESSION),
        ("F.lit('${hidden}')", SECRET_IN_EXPRESSION),
    ],
)
def test_what_is_wrong_with_an_expression_is_told_in_lhp_yaml(
    expression: str, code: Code, check: Check
) -> None:
    check(
        {
            "lhp.yaml": "operational_metadata:\n  columns:\n"
            f'    _a: {{expression: ‸"{expression}", applies_to: [view]}}\n',
            "pipelines/a.yaml": flow(of_load="[_a]"),
            "substitutions/dev.yaml": "dev: {map: {a: b}, hidden: '${secret:s/k}'}\n",
        },
        code,
    )


def test_an_expression_that_nobody_uses_is_not_looked_at(made: Made) -> None:
    columns = 'operational_metadata: {columns: {_a: {expression: "F.lit(", applies_to: [view]}}}\n'
    assert list(made({"lhp.yaml": columns, "pipelines/a.yaml": flow()})) == ["p/f.py"]


def test_each_column_at_fault_is_told_at_what_is_wrong_with_it(check: Check) -> None:
    columns = """\
operational_metadata:
  columns:
    _a: {expression: ‸"F.lit(", applies_to: [view], additional_imports: [import os, ‸no import]}
    _b: {expression: ‸"F.lit('${nothing}')", applies_to: [view]}
    _c: {expression: F.lit(1), applies_to: [view]}
"""
    check(
        {"lhp.yaml": columns, "pipelines/a.yaml": flow(of_load="[_a, _b, _c]")},
        EXPRESSION_BAD,
        IMPORT_LINE_BAD,
        UNRESOLVED_TOKEN,
    )


@pytest.mark.parametrize(
    ("selection", "nearest"),
    [
        ("{x: [_plain, ‸_pain]}", "did you mean '_plain'?"),
        ("{x: {columns: [‸_nothing]}}", ""),
    ],
)
def test_a_selection_of_lhp_yaml_names_columns_that_exist(
    selection: str, nearest: str, check: Check
) -> None:
    lhp_yaml = f"operational_metadata:\n  columns: {{_plain: F.lit(1)}}\n  presets: {selection}\n"
    (found,) = check({"lhp.yaml": lhp_yaml, "pipelines/a.yaml": flow()}, METADATA_UNKNOWN)
    assert found.hint == nearest
    assert found.is_warning


EVERYWHERE = """\
pipeline: p
flowgroup: f
operational_metadata: [_pipeline_name]
actions:
  - {name: l, type: load, target: v_load, source: {type: sql, sql: SELECT 1}}
  - {name: a, type: transform, transform_type: sql, source: v_load, target: v_sql, sql: SELECT 1}
  - {name: b, type: transform, transform_type: python, source: v_sql, target: v_python, module_path: m.py, function_name: f}
  - {name: c, type: transform, transform_type: data_quality, source: v_python, target: v_quality, expectations: [{expression: a}]}
  - {name: d, type: transform, transform_type: schema, source: v_quality, target: v_schema, schema_inline: a -> b}
  - {name: e, type: transform, transform_type: temp_table, source: v_schema, target: v_temp}
  - {name: table, type: write, source: v_temp, write_target: {type: streaming_table, catalog: c, schema: s, table: t}}
  - {name: view, type: write, source: v_temp, write_target: {type: materialized_view, catalog: c, schema: s, table: mv}}
  - {name: out, type: write, source: v_temp, write_target: {type: sink, sink_type: delta, sink_name: out, options: {path: /x}}}
  - {name: unique, type: test, test_type: uniqueness, source: v_temp, columns: [a]}
"""


def test_these_actions_add_metadata_columns_and_those_do_not(made: Made) -> None:
    text = made(
        {"pipelines/a.yaml": EVERYWHERE, "m.py": "def f(df, spark, parameters): ...\n"},
        include_tests=True,
    )["p/f.py"]
    functions = [each for each in ast.parse(text).body if isinstance(each, ast.FunctionDef)]
    adding = {each.name: "'_pipeline_name'" in ast.unparse(each) for each in functions}
    assert adding == {
        **dict.fromkeys(("v_load", "v_sql", "v_python", "v_quality", "v_temp", "f_out_1"), True),
        **dict.fromkeys(("v_schema", "f_table", "mv", "tmp_test_unique"), False),
    }
