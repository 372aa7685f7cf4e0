from __future__ import annotations

from typing import Any

import pytest

from lhp.builtin.load.delta import DeltaLoadGenerator
from lhp.model.flowgroup import Action

NAME = ", catalog: c, schema: s, table: t"
LOAD = "{name: load_a, type: load, target: v_a, source: {type: delta%s}}"
TABLE = ("table", "c.s.t")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", ("spark", "read", TABLE)),
        (", readMode: batch", ("spark", "read", TABLE)),
        (", readMode: stream", ("spark", "readStream", TABLE)),
        (
            ", readMode: stream, options: {skipChangeCommits: 'true'}",
            ("spark", "readStream", ("option", "skipChangeCommits", "true"), TABLE),
        ),
        (
            ", where_clause: [a > 1, b], select_columns: [a, b]",
            ("spark", "read", TABLE, ("where", "a > 1"), ("where", "b"), ("select", ["a", "b"])),
        ),
        # A text is one condition.
        (", where_clause: open = true", ("spark", "read", TABLE, ("where", "open = true"))),
        (
            ", readMode: stream, options: {readChangeFeed: true}",
            ("spark", "readStream", ("option", "readChangeFeed", True), TABLE),
        ),
        (
            ", options: {readChangeFeed: true, startingVersion: 0}",
            (
                "spark",
                "read",
                ("option", "readChangeFeed", True),
                ("option", "startingVersion", 0),
                TABLE,
            ),
        ),
        # Switched off, a flag conflicts with nothing.
        (
            ", options: {readChangeFeed: false, versionAsOf: 3}",
            (
                "spark",
                "read",
                ("option", "readChangeFeed", False),
                ("option", "versionAsOf", 3),
                TABLE,
            ),
        ),
    ],
)
def test_a_table_is_read(run: Any, executed: Any, more: str, expected: Any) -> None:
    assert executed(run(LOAD % (NAME + more)).code) == [("temporary_view", {}), expected]


def test_the_code_is_laid_out_for_readers(code: Any, metadata: Any) -> None:
    text = LOAD.replace("{name", "{description: Berths, readMode: stream, name")
    text %= f"{NAME}, where_clause: [x]"
    assert (
        code(text, metadata=metadata)
        == '''\
@dp.temporary_view()
def v_a():
    """Berths"""
    df = spark.readStream.table("c.s.t")
    df = df.where("x")
    df = df.withColumn("_file", F.col("_metadata.file_path"))
    df = df.withColumn("_now", F.current_timestamp())
    return df
'''
    )


def test_it_reads_its_table(run: Any) -> None:
    facts = run(LOAD % NAME).facts
    assert (facts.reads, facts.makes, facts.is_streaming) == (("c.s.t",), "v_a", False)


def test_metadata_columns_may_hold_the_tables_name() -> None:
    source = {"catalog": "c", "schema": "s", "table": "t"}
    action = Action({"source": source}, "load", "delta", source)
    assert DeltaLoadGenerator.metadata_tokens(action) == {"source_table": "c.s.t"}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (", table: t", ["LHP-VAL-102 flow.yaml:1", "LHP-VAL-102 flow.yaml:1"]),
        (", catalog: c, schema: s", ["LHP-VAL-102 flow.yaml:1"]),
        (", catalog: '', schema: s, table: t", ["LHP-VAL-105 flow.yaml:1"]),
        (NAME + ", cdf_enabled: true", ["LHP-CFG-001 flow.yaml:1"]),
        (NAME + ", options: {a: ''}", ["LHP-VAL-010 flow.yaml:1"]),
        (NAME + ", options: {a: null}", ["LHP-VAL-100 flow.yaml:1"]),
        (
            NAME + ", readMode: stream, options: {readChangeFeed: 'True', skipChangeCommits: true}",
            ["LHP-VAL-160 flow.yaml:1"],
        ),
        (
            NAME + ", readMode: stream, options: {readChangeFeed: true, versionAsOf: 1}",
            ["LHP-VAL-160 flow.yaml:1"],
        ),
        (
            NAME + ", readMode: stream, options: {readChangeFeed: true, timestampAsOf: x}",
            ["LHP-VAL-160 flow.yaml:1"],
        ),
        (
            NAME + ", options: {startingVersion: 1, startingTimestamp: x}",
            ["LHP-VAL-160 flow.yaml:1"],
        ),
        (NAME + ", options: {versionAsOf: 1, timestampAsOf: x}", ["LHP-VAL-160 flow.yaml:1"]),
        (
            NAME + ", readMode: stream, options: {endingVersion: 1, endingTimestamp: x}",
            ["LHP-VAL-160 flow.yaml:1"] * 2,
        ),
        (NAME + ", options: {readChangeFeed: true}", ["LHP-VAL-160 flow.yaml:1"]),
    ],
)
def test_mistakes_are_found(problems: Any, more: str, expected: list[str]) -> None:
    assert problems(LOAD % more) == expected


@pytest.mark.parametrize("place", ["on the action", "in its source"])
def test_an_unknown_read_mode_reads_a_batch_with_a_warning(
    run: Any, executed: Any, warnings_of: Any, place: str
) -> None:
    load = LOAD % (f"{NAME}, readMode: STREAM" if place == "in its source" else NAME)
    if place == "on the action":
        load = load.replace("name: load_a", "name: load_a, readMode: STREAM")
    assert executed(run(load).code)[-1:] == [("spark", "read", TABLE)]
    [warning] = run(load).problems
    assert warnings_of(load) == ["LHP-VAL-117 flow.yaml:1"]
    assert warning.message == (
        "'readMode' can't be 'STREAM', which counts as 'batch'; it is one of batch, stream"
    )
    assert warning.hint == "write 'stream'"
