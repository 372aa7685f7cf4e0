from __future__ import annotations

from typing import Any

import pytest

TIDY = "{name: tidy, type: transform, transform_type: sql, source: v_a, target: v_b%s}"
FILES = {"q.sql": "\n SELECT 1\n"}


@pytest.mark.parametrize(
    ("more", "comment", "query"),
    [
        (", sql: SELECT 2", "SQL transform: tidy", "SELECT 2"),
        (", sql_path: q.sql", "SQL transform: tidy", "SELECT 1"),
        (", sql: '', sql_path: q.sql", "SQL transform: tidy", "SELECT 1"),
        (', sql: SELECT 2, description: "it\'s"', "it's", "SELECT 2"),
    ],
)
def test_the_query_makes_a_view(
    run: Any, executed: Any, more: str, comment: str, query: str
) -> None:
    made = run(TIDY % more, files=FILES)
    assert executed(made.code) == [
        ("temporary_view", {"comment": comment}),
        ("spark", ("sql", query)),
    ]


def test_the_code_is_laid_out_for_readers(code: Any, metadata: Any) -> None:
    assert (
        code(TIDY % ", sql: SELECT 1", metadata=metadata)
        == '''\
@dp.temporary_view(comment="SQL transform: tidy")
def v_b():
    """tidy"""
    df = spark.sql("SELECT 1")
    df = df.withColumn("_file", F.col("_metadata.file_path"))
    df = df.withColumn("_now", F.current_timestamp())
    return df
'''
    )


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("v_a", ("v_a",)),
        ("[v_a, v_b]", ("v_a", "v_b")),
        ("[{view: v_a}, {catalog: c, schema: s, table: t}]", ("v_a", "c.s.t")),
    ],
)
def test_it_reads_what_source_lists(run: Any, source: str, reads: tuple[str, ...]) -> None:
    text = f"{{name: a, type: transform, transform_type: sql, source: {source}, target: v, sql: SELECT 1}}"
    assert run(text).facts.reads == reads


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TIDY % "", ["LHP-VAL-001 flow.yaml:1"]),
        (TIDY % ", sql: SELECT 1, enforcement: strict", ["LHP-CFG-001 flow.yaml:1"]),
        (TIDY % ", sql_path: absent.sql", ["LHP-IO-001 nowhere"]),
        (TIDY.replace("source: v_a, ", "") % ", sql: SELECT 1", ["LHP-VAL-102 flow.yaml:1"]),
    ],
)
def test_mistakes_are_found(problems: Any, text: str, expected: list[str]) -> None:
    assert problems(text) == expected
