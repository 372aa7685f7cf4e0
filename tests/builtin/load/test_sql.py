from __future__ import annotations

from typing import Any

import pytest

LOAD = "{name: load_a, type: load, target: v_a, source: {type: sql%s}}"
FILES = {"q.sql": "\n SELECT 1\n"}


@pytest.mark.parametrize(
    ("more", "query"),
    [
        (", sql: SELECT 2", "SELECT 2"),
        (", sql_path: q.sql", "SELECT 1"),
        (", sql: SELECT 2, sql_path: q.sql", "SELECT 2"),
        # An empty text is no query.
        (", sql: ' ', sql_path: q.sql", "SELECT 1"),
        # The engine would make a session's setting of a brace; it is text here.
        (", sql: \"SELECT '[0-9]{4}'\"", "SELECT '[0-9]{4}'"),
    ],
)
def test_the_query_runs(run: Any, executed: Any, more: str, query: str) -> None:
    made = run(LOAD % more, files=FILES)
    assert executed(made.code) == [("temporary_view", {}), ("spark", ("sql", query))]


def test_the_code_is_laid_out_for_readers(code: Any, metadata: Any) -> None:
    text = "name: a\ntype: load\ntarget: v_a\nsource:\n  type: sql\n  sql: |\n    SELECT *\n    FROM x\n"
    assert (
        code(text, metadata=metadata)
        == '''\
@dp.temporary_view()
def v_a():
    """a"""
    df = spark.sql("""SELECT *
FROM x
""")
    df = df.withColumn("_file", F.col("_metadata.file_path"))
    df = df.withColumn("_now", F.current_timestamp())
    return df
'''
    )


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", ["LHP-VAL-001 flow.yaml:1"]),
        (", sql: ''", ["LHP-VAL-001 flow.yaml:1"]),
        (", sql_path: absent.sql", ["LHP-IO-001 nowhere"]),
        (", query: SELECT 1", ["LHP-VAL-001 flow.yaml:1", "LHP-CFG-001 flow.yaml:1"]),
        (", slq: SELECT 1", ["LHP-CFG-001 flow.yaml:1"]),
    ],
)
def test_mistakes_are_found(problems: Any, more: str, expected: list[str]) -> None:
    assert problems(LOAD % more, files=FILES) == expected
