from __future__ import annotations

from typing import Any

import pytest

WRITE = "{name: write_x, type: write, source: v_a, write_target: {type: streaming_table, catalog: c, schema: s, table: t, mode: replace, replace_config: {replace_using: [day], sequence_by: seq}%s}}"
CREATED = ("create_streaming_table", {"name": "c.s.t", "comment": "Streaming table: t"})
READ = ("spark", "readStream", ("table", "v_a"))


def flow(comment: str = "Replace-using flow to c.s.t", **more: Any) -> Any:
    fixed = {"target": "c.s.t", "name": "f_x", "replace_using": ["day"], "sequence_by": "seq"}
    return ("replace_flow", {**fixed, "comment": comment, **more})


@pytest.mark.parametrize("source", ["v_a", "[v_a]", "{view: v_a}"])
def test_rows_with_the_same_values_are_replaced(run: Any, executed: Any, source: str) -> None:
    made = run(WRITE.replace("v_a", source) % "")
    assert executed(made.code) == [CREATED, flow(), READ]
    facts = made.facts
    assert (facts.reads, facts.creates, facts.is_streaming) == (("v_a",), True, True)
    assert facts.shared == {"type": "'streaming_table'", "mode": "'replace'"}


def test_the_description_is_the_comment_of_the_flow(run: Any, executed: Any) -> None:
    text = WRITE.replace("type: write", "type: write, description: Slots of a day")
    assert executed(run(text % "").code)[1] == flow("Slots of a day")


def test_several_columns_tell_what_is_replaced(run: Any, executed: Any) -> None:
    text = WRITE.replace("[day]", "[day, store]") % ", cluster_columns: [day]"
    assert executed(run(text).code)[:2] == [
        (CREATED[0], {**CREATED[1], "cluster_by": ["day"]}),
        flow(replace_using=["day", "store"]),
    ]


def test_the_table_is_always_created(run: Any, executed: Any, warnings_of: Any) -> None:
    text = WRITE % ", create_table: false"
    assert executed(run(text).code)[0] == CREATED
    assert run(text).facts.creates
    assert warnings_of(text) == ["LHP-VAL-181 flow.yaml:1"]


def test_once_has_no_effect(run: Any, executed: Any, warnings_of: Any) -> None:
    text = WRITE.replace("type: write", "type: write, once: true") % ""
    assert executed(run(text).code) == [CREATED, flow(), READ]
    assert warnings_of(text) == ["LHP-VAL-181 flow.yaml:1"]


def test_the_code_is_laid_out_for_readers(code: Any) -> None:
    assert (
        code(WRITE % "")
        == '''\
dp.create_streaming_table(
    name="c.s.t",
    comment="Streaming table: t",
)


@dp.replace_flow(
    target="c.s.t",
    name="f_x",
    replace_using=["day"],
    sequence_by="seq",
    comment="Replace-using flow to c.s.t",
)
def f_x():
    """Replace-using flow to c.s.t"""
    return spark.readStream.table("v_a")
'''
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("v_a", "[v_a, v_b]", ["LHP-VAL-182 flow.yaml:1"]),
        ("source: v_a, ", "", ["LHP-VAL-102 flow.yaml:1"]),
        ("type: write", "type: write, readMode: batch", ["LHP-VAL-068 flow.yaml:1"]),
        (", sequence_by: seq", "", ["LHP-VAL-102 flow.yaml:1"]),
        ("sequence_by: seq", "sequence_by: [seq]", ["LHP-VAL-100 flow.yaml:1"]),
        ("sequence_by: seq", "sequence_by: ''", ["LHP-VAL-105 flow.yaml:1"]),
        ("replace_using: [day], ", "", ["LHP-VAL-102 flow.yaml:1"]),
        ("[day]", "[]", ["LHP-VAL-105 flow.yaml:1"]),
        (
            ", replace_config: {replace_using: [day], sequence_by: seq}",
            "",
            ["LHP-VAL-102 flow.yaml:1"],
        ),
    ],
)
def test_mistakes_are_found(problems: Any, old: str, new: str, expected: list[str]) -> None:
    assert problems(WRITE.replace(old, new) % "") == expected
