from __future__ import annotations

from typing import Any

import pytest

WRITE = "{name: write_x, type: write, source: v_a, write_target: {type: streaming_table, catalog: c, schema: s, table: t, mode: cdc, cdc_config: {keys: [id], %s}%s}}"
CREATED = ("create_streaming_table", {"name": "c.s.t", "comment": "Streaming table: t"})


def flow(**more: Any) -> Any:
    fixed = {"target": "c.s.t", "source": "v_a", "name": "f_x", "keys": ["id"]}
    return ("create_auto_cdc_flow", {**fixed, "stored_as_scd_type": 1, **more})


@pytest.mark.parametrize(
    ("config", "arguments"),
    [
        # The order of changes may be left to the platform.
        ("", {}),
        ("sequence_by: seq", {"sequence_by": "seq"}),
        ("scd_type: 2", {"stored_as_scd_type": 2}),
        ("scd_type: '${two}'", {"stored_as_scd_type": 2}),
        (
            "scd_type: 2, track_history_column_list: [a]",
            {"stored_as_scd_type": 2, "track_history_column_list": ["a"]},
        ),
        (
            "scd_type: 2, track_history_except_column_list: [a, b]",
            {"stored_as_scd_type": 2, "track_history_except_column_list": ["a", "b"]},
        ),
        ("column_list: [id, a]", {"column_list": ["id", "a"]}),
        ("except_column_list: [op]", {"except_column_list": ["op"]}),
        ("ignore_null_updates: true", {"ignore_null_updates": True}),
        ("ignore_null_updates: false", {"ignore_null_updates": False}),
        ("apply_as_deletes: \"op = 'D'\"", {"apply_as_deletes": "op = 'D'"}),
        ("apply_as_truncates: \"op = 'T'\"", {"apply_as_truncates": "op = 'T'"}),
        # What is empty says nothing.
        (
            "sequence_by: '', apply_as_deletes: '', apply_as_truncates: '', column_list: []",
            {},
        ),
        # It is waited for, but the flow reads the source of the action.
        ("source: v_b", {}),
    ],
)
def test_options_become_arguments_of_the_flow(
    run: Any, executed: Any, config: str, arguments: Any
) -> None:
    text = WRITE % (config, "")
    made = run(text, change=_with_token) if "${" in text else run(text)
    assert executed(made.code) == [CREATED, flow(**arguments)]


def _with_token(data: Any) -> Any:
    from lhp.model.source import TokenText  # noqa: PLC0415  (only here)

    data["write_target"]["cdc_config"]["scd_type"] = TokenText("2")
    return data


@pytest.mark.parametrize(
    ("sequence", "expression"),
    [("[seen, seq]", 'F.struct("seen", "seq")'), ("[seq]", 'F.struct("seq")')],
)
def test_several_columns_order_the_changes(
    code: Any, run: Any, sequence: str, expression: str
) -> None:
    text = WRITE % (f"sequence_by: {sequence}", "")
    assert f"sequence_by={expression}," in code(text)
    assert run(text).imports == ("from pyspark.sql import functions as F",)


@pytest.mark.parametrize("source", ["v_a", "[v_a]", "{view: v_a}", "[{view: v_a}]"])
def test_the_one_source_is_named_in_any_way(run: Any, executed: Any, source: str) -> None:
    made = run(WRITE.replace("v_a", source) % ("", ""))
    assert executed(made.code) == [CREATED, flow()]


def test_settings_of_the_table_are_those_of_any_streaming_table(run: Any, executed: Any) -> None:
    more = ", comment: hi, table_properties: {a: b}, cluster_columns: [id], table_schema: a INT"
    assert executed(run(WRITE % ("", more)).code)[0] == (
        CREATED[0],
        {
            "name": "c.s.t",
            "comment": "hi",
            "table_properties": {"a": "b"},
            "cluster_by": ["id"],
            "schema": "a INT",
        },
    )


def test_another_action_adds_its_changes_once(run: Any, executed: Any) -> None:
    text = WRITE.replace("source: v_a", "source: v_a, once: true, readMode: batch")
    made = run(text % ("", ", create_table: false"))
    assert executed(made.code) == [flow(once=True)]
    facts = made.facts
    # How the source is read is for the platform to say.
    assert (facts.table, facts.creates, facts.is_streaming) == ("c.s.t", False, True)


def test_what_it_waits_for_counts_as_read(run: Any) -> None:
    assert run(WRITE % ("source: v_b", "")).facts.reads == ("v_a", "v_b")


def test_what_all_writers_share_is_told(run: Any) -> None:
    shared = {
        "type": "'streaming_table'",
        "mode": "'cdc'",
        "cdc_config.keys": "['id']",
        "cdc_config.sequence_by": "None",
        "cdc_config.scd_type": "1",
        "cdc_config.track_history_column_list": "None",
        "cdc_config.track_history_except_column_list": "None",
    }
    # Only the creator says all of the table; others may leave it out.
    properties = ", create_table: false, table_properties: {b: 1, a: 2}"
    assert run(WRITE % ("", properties)).facts.shared == {
        **shared,
        "table_properties": "{'a': 2, 'b': 1}",
    }
    assert run(WRITE % ("", "")).facts.shared.items() > {**shared, "comment": "None"}.items()


def test_the_code_is_laid_out_for_readers(code: Any) -> None:
    config = "sequence_by: seq, scd_type: 2, apply_as_deletes: \"op = 'D'\""
    assert (
        code(WRITE % (config, ""))
        == """\
dp.create_streaming_table(
    name="c.s.t",
    comment="Streaming table: t",
)

dp.create_auto_cdc_flow(
    target="c.s.t",
    source="v_a",
    name="f_x",
    keys=["id"],
    sequence_by="seq",
    stored_as_scd_type=2,
    apply_as_deletes="op = 'D'",
)
"""
    )


FILES = {
    "all.yaml": "columns: [{name: a, type: INT}, {name: __START_AT, type: INT}, {name: __END_AT, type: INT}]",
    "some.ddl": "a INT, __END_AT INT",
}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("a INT, __START_AT INT, __END_AT INT", []),
        ("all.yaml", []),
        ("some.ddl", ["LHP-VAL-184 flow.yaml:1"]),
        ("a INT", ["LHP-VAL-184 flow.yaml:1"]),
    ],
)
def test_columns_of_a_history_hold_its_times(
    problems: Any, columns: str, expected: list[str]
) -> None:
    text = WRITE % ("scd_type: 2", f", table_schema: '{columns}'")
    assert problems(text, files=FILES) == expected
    assert problems(text.replace("scd_type: 2", "scd_type: 1"), files=FILES) == []


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("scd_type: 1, stored_as_scd_type: 2", ["LHP-VAL-181 flow.yaml:1"]),
        ("track_history_column_list: [a]", ["LHP-VAL-181 flow.yaml:1"]),
        ("track_history_except_column_list: [a]", ["LHP-VAL-181 flow.yaml:1"]),
    ],
)
def test_keys_without_effect_are_told(
    warnings_of: Any, executed: Any, run: Any, config: str, expected: list[str]
) -> None:
    assert warnings_of(WRITE % (config, "")) == expected
    assert executed(run(WRITE % (config, "")).code) == [CREATED, flow()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (WRITE.replace("v_a", "[v_a, v_b]") % ("", ""), ["LHP-VAL-182 flow.yaml:1"]),
        (WRITE.replace("source: v_a, ", "") % ("source: v_a", ""), ["LHP-VAL-102 flow.yaml:1"]),
        (WRITE.replace("v_a", "{x-view: v}") % ("", ""), ["LHP-VAL-161 flow.yaml:1"]),
        (WRITE.replace(", cdc_config: {keys: [id], %s}", "") % "", ["LHP-VAL-102 flow.yaml:1"]),
        (WRITE.replace("keys: [id], ", "") % ("", ""), ["LHP-VAL-102 flow.yaml:1"]),
        (WRITE.replace("[id]", "[]") % ("", ""), ["LHP-VAL-105 flow.yaml:1"]),
        (WRITE.replace("[id]", "id") % ("", ""), ["LHP-VAL-100 flow.yaml:1"]),
        (WRITE % ("sequence_by: []", ""), ["LHP-VAL-105 flow.yaml:1"]),
        (WRITE % ("scd_type: 3", ""), ["LHP-VAL-103 flow.yaml:1"]),
        (WRITE % ("scd_type: 2, apply_as_truncates: x", ""), ["LHP-VAL-183 flow.yaml:1"]),
        (WRITE % ("column_list: [a], except_column_list: [b]", ""), ["LHP-VAL-104 flow.yaml:1"]),
        (
            WRITE
            % (
                "scd_type: 2, track_history_column_list: [a], track_history_except_column_list: [b]",
                "",
            ),
            ["LHP-VAL-104 flow.yaml:1"],
        ),
        # A misspelt key is told, not ignored.
        (WRITE % ("track_history_columns: [a]", ""), ["LHP-CFG-001 flow.yaml:1"]),
        (WRITE.replace("write_x", "größe!") % ("", ""), ["LHP-VAL-101 flow.yaml:1"]),
    ],
)
def test_mistakes_are_found(problems: Any, text: str, expected: list[str]) -> None:
    assert problems(text) == expected
