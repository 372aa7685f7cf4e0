from __future__ import annotations

from typing import Any

import pytest

SHAPE = "{name: shape, type: transform, transform_type: schema, source: v_a, target: v_b%s}"
FILE = ", schema_file: m.yaml"
FILES = {
    "m.yaml": 'columns: ["ship_id -> vessel_id: BIGINT", "`berth no` -> berth", "dues: DECIMAL(10,2)", "note", "`a.b`"]',
    "old.yaml": "column_mapping: {a: b}\ntype_casting: {c: INT}\nenforcement: strict\n",
    "meta.yaml": 'columns: ["_file -> f", "_now: DATE"]',
}
READ = ("spark", "readStream", ("table", "v_a"))
RENAMES = (
    ("withColumnRenamed", "ship_id", "vessel_id"),
    ("withColumnRenamed", "berth no", "berth"),
)


def cast(name: str, kind: str) -> Any:
    return ("withColumn", name, ("F", ("col", name), ("cast", kind)))


CASTS = (cast("vessel_id", "BIGINT"), cast("dues", "DECIMAL(10,2)"))
NAMES = ["vessel_id", "berth", "dues", "note", "`a.b`"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (FILE, (*READ, *RENAMES, *CASTS)),
        (FILE + ", enforcement: strict", (*READ, *RENAMES, *CASTS, ("select", NAMES))),
        (FILE + ", readMode: batch", ("spark", "read", ("table", "v_a"), *RENAMES, *CASTS)),
        (
            ', schema_inline: "a -> b\\n`x.y`: INT"',
            (
                *READ,
                ("withColumnRenamed", "a", "b"),
                ("withColumn", "x.y", ("F", ("col", "`x.y`"), ("cast", "INT"))),
            ),
        ),
        (", enforcement: strict, schema_inline: 'a`b'", None),
    ],
)
def test_columns_are_renamed_then_cast(
    run: Any, executed: Any, problems: Any, more: str, expected: Any
) -> None:
    if expected is None:
        assert problems(SHAPE % more) == ["LHP-VAL-011 flow.yaml:1"]
        return
    made = run(SHAPE % more, files=FILES)
    assert executed(made.code) == [("temporary_view", {}), expected]
    assert made.imports == ("from pyspark.sql import functions as F",)
    assert made.facts.reads == ("v_a",)


def test_a_rename_alone_needs_no_import(run: Any) -> None:
    assert run(SHAPE % ", schema_inline: a -> b").imports == ()


def test_strict_keeps_the_projects_metadata_columns_that_are_there(
    code: Any, run: Any, executed: Any, metadata: Any
) -> None:
    text = SHAPE % ", schema_inline: a -> b, enforcement: strict"
    columns = ("_file", "_gone", "b")
    assert (
        code(text, project_columns=columns, metadata=metadata)
        == '''\
@dp.temporary_view()
def v_b():
    """shape"""
    df = spark.readStream.table("v_a")
    df = df.withColumnRenamed("a", "b")
    metadata = [name for name in ["_file", "_gone"] if name in df.columns]
    df = df.select(["b"] + metadata)
    return df
'''
    )
    made = run(text, project_columns=columns)
    assert executed(made.code)[-1][-1] == ("select", ["b", "_file"])


def test_an_enforcement_inside_the_definition_is_a_warning(run: Any, warnings_of: Any) -> None:
    text = SHAPE % ", schema_file: old.yaml"
    assert warnings_of(text, files=FILES) == ["LHP-DEPR-003 old.yaml:3"]
    assert "select" not in run(text, files=FILES).code


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", ["LHP-VAL-104 flow.yaml:1"]),
        (FILE + ", schema_inline: a", ["LHP-VAL-104 flow.yaml:1"]),
        (", schema_file: absent.yaml", ["LHP-IO-001 nowhere"]),
        (", schema_file: meta.yaml", ["LHP-VAL-166 flow.yaml:1"] * 2),
        (", schema_inline: '_now: DATE'", ["LHP-VAL-166 flow.yaml:1"]),
        (FILE + ", enforcement: stric", ["LHP-VAL-103 flow.yaml:1"]),
        (", source: '', schema_inline: a", ["LHP-YAML-001 flow.yaml:1"]),
    ],
)
def test_mistakes_are_found(problems: Any, more: str, expected: list[str]) -> None:
    assert problems(SHAPE % more, files=FILES, project_columns=("_file", "_now")) == expected


def test_an_empty_source_is_found(problems: Any) -> None:
    assert problems(SHAPE.replace("v_a", "''") % FILE, files=FILES) == ["LHP-VAL-161 flow.yaml:1"]


def test_metadata_columns_are_kept_and_not_added(run: Any, metadata: Any) -> None:
    assert "_file" not in run(SHAPE % FILE, files=FILES, metadata=metadata).code


def test_an_unknown_read_mode_reads_a_stream_with_a_warning(
    run: Any, executed: Any, warnings_of: Any
) -> None:
    text = SHAPE % ", readMode: BATCH, schema_inline: a"
    assert executed(run(text).code)[-1:] == [READ]
    assert warnings_of(text) == ["LHP-VAL-117 flow.yaml:1"]
