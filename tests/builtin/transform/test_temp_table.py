from __future__ import annotations

from typing import Any

import pytest

STAGE = "{name: stage, type: transform, transform_type: temp_table, source: v_a, target: t_b%s}"
TABLE = ("table", {"temporary": True})


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", ("spark", "read", ("table", "v_a"))),
        (", readMode: stream", ("spark", "readStream", ("table", "v_a"))),
        (", sql: SELECT 1", ("spark", ("sql", "SELECT 1"))),
        (
            ", sql: 'SELECT * FROM stream({source})'",
            ("spark", ("sql", "SELECT * FROM stream(v_a)")),
        ),
    ],
)
def test_rows_are_kept_in_a_temporary_table(
    run: Any, executed: Any, more: str, expected: Any
) -> None:
    made = run(STAGE % more)
    assert executed(made.code) == [TABLE, expected]
    assert (made.facts.makes, made.facts.table) == ("t_b", "")


def test_the_source_may_be_a_map(run: Any) -> None:
    assert run(STAGE.replace("v_a", "{view: v_a}") % "").facts.reads == ("v_a",)


def test_the_code_is_laid_out_for_readers(code: Any, metadata: Any) -> None:
    assert (
        code(STAGE % "", metadata=metadata)
        == '''\
@dp.table(temporary=True)
def t_b():
    """stage"""
    df = spark.read.table("v_a")
    df = df.withColumn("_file", F.col("_metadata.file_path"))
    df = df.withColumn("_now", F.current_timestamp())
    return df
'''
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (STAGE % ", sql_path: q.sql", ["LHP-CFG-001 flow.yaml:1"]),
        (STAGE.replace("v_a", "[v_a]") % "", ["LHP-VAL-100 flow.yaml:1"]),
        (STAGE.replace("v_a", "''") % "", ["LHP-VAL-161 flow.yaml:1"]),
    ],
)
def test_mistakes_are_found(problems: Any, text: str, expected: list[str]) -> None:
    assert problems(text) == expected
