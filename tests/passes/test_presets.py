"""Presets: chains, merging, and that what an action says itself wins."""

from __future__ import annotations

from typing import Any

import pytest

from lhp.errors import LhpError, LhpErrors
from lhp.model.source import YamlMap, locate
from lhp.passes.presets import (
    Preset,
    apply_presets,
    collect_presets,
    read_preset,
    resolve_presets,
)
from lhp.text.yaml_reader import read_yaml


def read(text: str, path: str = "p.yaml") -> Any:
    return read_yaml(text.encode(), path)[0].data


def preset(text: str, path: str = "presets/p.yaml") -> Preset:
    return read_preset(read_yaml(text.encode(), path)[0])


def presets(*texts: str) -> dict[str, Preset]:
    read_ones = (preset(text, f"presets/{n}.yaml") for n, text in enumerate(texts))
    return dict(collect_presets(read_ones))


def apply(action: str, defaults: str) -> Any:
    data = read(f"actions: [{action}]", "f.yaml")
    return apply_presets(data, read(defaults))[0]["actions"][0]


def problems_of(names: str, known: dict[str, Preset]) -> list[LhpError]:
    return resolve_presets(read(names, "f.yaml"), known)[1]


def test_a_preset_is_read_with_everything_it_says() -> None:
    found = preset(
        "name: b\nversion: 1.1\ndescription: d\nextends: a\ndefaults: {defaults: {job_name: j}}"
    )
    assert (found.name, found.extends, found.version, found.description) == ("b", "a", "1.1", "d")
    assert found.defaults == {"defaults": {"job_name": "j"}}
    assert str(found.location) == "presets/p.yaml:1:7"
    assert str(found.extends_at) == "presets/p.yaml:4:10"


def test_a_preset_may_say_no_more_than_its_name() -> None:
    assert preset("name: b").defaults == {}


@pytest.mark.parametrize(
    "text",
    ["[a]", "version: 1", "name: ''", "name: [a]", "name: a\nextends: 1", "name: a\ndefaults: x"],
)
def test_a_preset_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(LhpError, match="has to be"):
        preset(text)


def test_two_presets_of_one_name_are_both_named() -> None:
    with pytest.raises(LhpErrors) as caught:
        presets("name: a", "name: b", "name: a")
    (problem,) = caught.value.problems
    assert str(problem).startswith("presets/2.yaml:1:7: LHP-CFG-")
    assert "presets/0.yaml:1:7" in problem.message


def test_a_child_lies_over_its_parent_and_a_later_preset_over_an_earlier() -> None:
    known = presets(
        "name: base\ndefaults: {write_actions: {sink: {a: 1, b: 1, c: [1]}}}",
        "name: child\nextends: base\ndefaults: {write_actions: {sink: {b: 2, c: [2]}}}",
        "name: late\ndefaults: {write_actions: {sink: {c: [3]}}}",
    )
    resolved, _ = resolve_presets(read("[child, late]"), known)
    assert resolved == {"write_actions": {"sink": {"a": 1, "b": 2, "c": [3]}}}
    assert str(locate(resolved, ("write_actions", "sink", "a"))) == "presets/0.yaml:2:38"


def test_metadata_columns_of_all_presets_are_selected_once() -> None:
    known = presets(
        "name: a\ndefaults: {operational_metadata: [_x, _y]}",
        "name: b\nextends: a\ndefaults: {operational_metadata: [_y, _z]}",
        "name: c\ndefaults: {operational_metadata: true}",
    )
    assert resolve_presets(read("[b]"), known)[0] == {"operational_metadata": ["_x", "_y", "_z"]}
    assert resolve_presets(read("[b, c]"), known)[0] == {"operational_metadata": True}


def test_each_unknown_preset_is_told_at_its_place_with_the_nearest() -> None:
    found = problems_of("[bronze, brnze, {x: 1}]", presets("name: bronze"))
    assert [(str(p.location), p.hint) for p in found] == [
        ("f.yaml:1:10", "did you mean 'bronze'?"),
        ("f.yaml:1:17", ""),
    ]


def test_an_unknown_parent_is_told_where_it_is_named() -> None:
    (problem,) = problems_of("[a]", presets("name: a\nextends: bas", "name: base"))
    assert str(problem.location) == "presets/0.yaml:2:10"
    assert problem.hint == "did you mean 'base'?"


def test_presets_that_extend_each_other_are_told_as_a_circle() -> None:
    known = presets("name: a\nextends: b", "name: b\nextends: c", "name: c\nextends: b")
    (problem,) = problems_of("[a]", known)
    assert problem.code.id == "LHP-DEP-022"
    assert problem.message.endswith("circle: b -> c -> b")
    assert str(problem.location) == "presets/2.yaml:2:10"


@pytest.mark.parametrize(
    ("action", "defaults", "expected"),
    [
        pytest.param(
            "{type: load, source: {type: cloudfiles, options: {a: mine}}}",
            "load_actions: {cloudfiles: {options: {a: preset, b: preset}, format: csv}}",
            {
                "type": "load",
                "source": {
                    "type": "cloudfiles",
                    "options": {"a": "mine", "b": "preset"},
                    "format": "csv",
                },
            },
            id="load under source",
        ),
        pytest.param(
            "{type: write, write_target: {type: sink, o: [1]}}",
            "write_actions: {sink: {o: [2, 3]}, streaming_table: {x: 1}}",
            {"type": "write", "write_target": {"type": "sink", "o": [1]}},
            id="write, lists are replaced",
        ),
        pytest.param(
            "{type: transform, transform_type: sql, name: a}",
            "transform_actions: {sql: {name: b, description: d}}",
            {"type": "transform", "transform_type": "sql", "name": "a", "description": "d"},
            id="transform on the action",
        ),
        pytest.param(
            "{type: test, test_type: uniqueness}",
            "test_actions: {uniqueness: {on_violation: warn}}",
            {"type": "test", "test_type": "uniqueness", "on_violation": "warn"},
            id="test on the action",
        ),
        pytest.param(
            "{type: load, source: v}",
            "load_actions: {cloudfiles: {a: 1}}",
            {"type": "load", "source": "v"},
            id="no sub-type",
        ),
        pytest.param("{type: other}", "{}", {"type": "other"}, id="unknown kind"),
        pytest.param("text", "{}", "text", id="not an action"),
        pytest.param(
            "{type: test, test_type: x}",
            "test_actions: {x: text}",
            {"type": "test", "test_type": "x"},
            id="not a map",
        ),
    ],
)
def test_presets_lie_under_actions(action: str, defaults: str, expected: Any) -> None:
    assert apply(action, defaults) == expected


@pytest.mark.parametrize(
    ("target", "given", "expected"),
    [
        ("schema: s", "schema_suffix: _dev", {"schema": "s_dev"}),
        ("schema: s", "database_suffix: _dev", {"schema": "s_dev"}),
        ("schema: s", "schema_suffix: _a, database_suffix: _b", {"schema": "s_a"}),
        ("schema: s", "schema_suffix: ''", {"schema": "s"}),
        ("schema: s", "schema_suffix: 24", {"schema": "s24"}),
        ("table: t", "schema: p, schema_suffix: _dev", {"table": "t", "schema": "p_dev"}),
        ("database: c.s", "schema_suffix: _dev", {"database": "c.s_dev"}),
        ("table: t", "schema_suffix: _dev", {"table": "t"}),
    ],
)
def test_a_suffix_goes_behind_the_schema(target: str, given: str, expected: Any) -> None:
    action = f"{{type: write, write_target: {{type: sink, {target}}}}}"
    found = apply(action, f"write_actions: {{sink: {{{given}}}}}")
    assert found["write_target"] == {"type": "sink", **expected}


def test_the_old_name_of_the_suffix_is_warned_of_once() -> None:
    data = read("actions: [{type: write, write_target: {type: sink, schema: s}}, {type: other}]")
    defaults = read("load_actions: x\nwrite_actions: {sink: {database_suffix: _d}, other: 1}")
    (warning,) = apply_presets(data, defaults)[1]
    assert warning.code.id == "LHP-DEPR-004"
    assert warning.is_warning
    assert str(warning.location) == "p.yaml:2:24"


def test_what_a_preset_adds_stands_after_what_an_action_says() -> None:
    # In this order the 0.9 releases give options to readers.
    data = read("actions: [{type: load, source: {type: delta, options: {z: 1, b: 2}, y: 3}}]")
    laid, _ = apply_presets(data, read("load_actions: {delta: {a: 4, options: {a: 5, b: 6}}}"))
    source = laid["actions"][0]["source"]
    assert list(source.items()) == [
        ("type", "delta"),
        ("options", {"z": 1, "b": 2, "a": 5}),
        ("y", 3),
        ("a", 4),
    ]
    assert list(source["options"]) == ["z", "b", "a"]


def test_defaults_of_the_flowgroup_fill_what_is_absent() -> None:
    data = read("pipeline: p\njob_name: mine")
    laid, _ = apply_presets(data, read("defaults: {job_name: preset, x-owner: me}"))
    assert laid == {"pipeline": "p", "job_name": "mine", "x-owner": "me"}


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("", ["_p"]),
        ("operational_metadata: [_f, _p]", ["_p", "_f"]),
        ("operational_metadata: []", ["_p"]),
        ("operational_metadata: false", ["_p"]),
        ("operational_metadata: true", ["_p"]),
    ],
)
def test_columns_of_presets_come_before_those_of_the_flowgroup(own: str, expected: Any) -> None:
    data = read(f"pipeline: p\n{own}")
    laid, _ = apply_presets(data, read("operational_metadata: [_p]"))
    assert laid["operational_metadata"] == expected


def test_the_flowgroup_as_written_is_not_changed() -> None:
    text = "actions: [{type: write, write_target: {type: sink, schema: s}}]"
    data = read(text)
    apply_presets(data, read("write_actions: {sink: {schema_suffix: _d, x: 1}}"))
    assert data == read(text)


def test_places_of_both_files_are_kept() -> None:
    data = read("actions:\n  - type: load\n    source: {type: delta, a: 1}", "f.yaml")
    laid: YamlMap = apply_presets(data, read("load_actions:\n  delta:\n    b: 2"))[0]
    path = ("actions", 0, "source")
    assert str(locate(laid, (*path, "a"))) == "f.yaml:3:30"
    assert str(locate(laid, (*path, "b"))) == "p.yaml:3:8"
    assert str(locate(laid, (*path, "b"), key=True)) == "p.yaml:3:5"


FLOW = """\
pipeline: p
flowgroup: f
presets: [p]
actions:
  - {name: l, type: load, target: v, source: {type: sql, SAYS}}
  - {name: w, type: write, source: v, write_target: {type: materialized_view, catalog: c, schema: s, table: t}}
"""


@pytest.mark.parametrize(
    ("says", "gives", "query"),
    [
        ("sql_path: a.sql", "sql: SELECT 0", "SELECT 1"),
        ("sql: SELECT 2", "sql_path: a.sql", "SELECT 2"),
        ("sql: ", "sql_path: a.sql", "SELECT 1"),
        ("x-a: 1", "sql_path: a.sql", "SELECT 1"),
        ("x-a: 1", "{sql_path: a.sql, sql: SELECT 0}", "SELECT 0"),
    ],
)
def test_what_an_action_says_instead_of_what_a_preset_gives_wins(
    says: str, gives: str, query: str, made: Any
) -> None:
    given = gives if gives.startswith("{") else f"{{{gives}}}"
    files = {
        "presets/p.yaml": f"name: p\ndefaults: {{load_actions: {{sql: {given}}}}}\n",
        "pipelines/a.yaml": FLOW.replace("SAYS", says),
        "a.sql": "SELECT 1",
    }
    code = made(files)["p/f.py"]
    assert [f"SELECT {n}" for n in range(3) if f"SELECT {n}" in code] == [query]


HISTORY = """\
pipeline: p
flowgroup: f
presets: [p]
actions:
  - {name: l, type: load, target: v, readMode: stream, source: {type: delta, catalog: c, schema: s, table: x}}
  - name: w
    type: write
    source: v
    write_target:
      type: streaming_table
      catalog: c
      schema: s
      table: t
      mode: cdc
      cdc_config: {keys: [k], sequence_by: q, scd_type: 2, track_history_column_list: [a]}
"""


def test_an_alternative_of_a_preset_falls_away_at_any_depth(made: Any) -> None:
    given = "{cdc_config: {track_history_except_column_list: [b], column_list: [k, a]}}"
    files = {
        "presets/p.yaml": f"name: p\ndefaults: {{write_actions: {{streaming_table: {given}}}}}\n",
        "pipelines/a.yaml": HISTORY,
    }
    code = made(files)["p/f.py"]
    assert "track_history_column_list=" in code
    assert "column_list=" in code
    assert "track_history_except_column_list=" not in code
