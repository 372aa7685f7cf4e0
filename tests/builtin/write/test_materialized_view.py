from __future__ import annotations

from typing import Any

import pytest

WRITE = "{name: write_x, type: write, %swrite_target: {type: materialized_view, catalog: c, schema: s, table: t%s}}"
FILES = {"q.sql": "\nSELECT 1\n"}


def declared(**more: Any) -> Any:
    return ("materialized_view", {"name": "c.s.t", "comment": "Materialized view: t", **more})


READ = ("spark", "read", ("table", "v_a"))


@pytest.mark.parametrize(
    ("source", "more", "expected"),
    [
        ("source: v_a, ", "", [declared(), READ]),
        # Only the first of several sources is read.
        ("source: [v_a, v_b], ", "", [declared(), READ]),
        ("source: v_a, readMode: stream, once: true, ", "", [declared(), READ]),
        ("", ", sql: SELECT 1", [declared(), ("spark", ("sql", "SELECT 1"))]),
        ("", ", sql_path: q.sql", [declared(), ("spark", ("sql", "SELECT 1"))]),
        ("source: v_a, ", ", sql: SELECT 1", [declared(), ("spark", ("sql", "SELECT 1"))]),
        ("source: [], ", ", sql: SELECT 1", [declared(), ("spark", ("sql", "SELECT 1"))]),
        ("source: v_a, ", ", sql: ''", [declared(), READ]),
        (
            "source: v_a, ",
            ", comment: hi, refresh_policy: incremental_strict, refresh_schedule: daily, private: true, table_schema: a INT, create_table: false",
            [
                declared(
                    comment="hi",
                    refresh_policy="incremental_strict",
                    refresh_schedule="daily",
                    private=True,
                    schema="a INT",
                ),
                READ,
            ],
        ),
    ],
)
def test_a_view_or_a_query_is_kept(
    run: Any, executed: Any, source: str, more: str, expected: list[Any]
) -> None:
    made = run(WRITE % (source, more), files=FILES)
    assert executed(made.code) == expected
    assert (made.facts.table, made.facts.creates) == ("c.s.t", True)


def test_the_code_is_laid_out_for_readers(code: Any) -> None:
    text = "name: x\ntype: write\nwrite_target:\n  {type: materialized_view, catalog: c, schema: s, table: daily-sales, cluster_columns: [a], sql_path: q.sql}"
    assert (
        code(text, files=FILES)
        == '''\
@dp.materialized_view(
    name="c.s.daily-sales",
    comment="Materialized view: daily-sales",
    cluster_by=["a"],
)
def daily_sales():
    """x"""
    return spark.sql("SELECT 1")
'''
    )


@pytest.mark.parametrize(
    ("source", "more", "expected"),
    [
        ("", "", ["LHP-VAL-001 flow.yaml:1"]),
        ("", ", sql: ' '", ["LHP-VAL-001 flow.yaml:1"]),
        ("source: [], ", "", ["LHP-VAL-161 flow.yaml:1"]),
        ("source: {x-view: a}, ", "", ["LHP-VAL-161 flow.yaml:1"]),
        ("", ", sql_path: absent.sql", ["LHP-IO-001 nowhere"]),
        ("source: v, ", ", refresh_policy: sometimes", ["LHP-VAL-103 flow.yaml:1"]),
        ("source: v, ", ", mode: standard", ["LHP-CFG-001 flow.yaml:1"]),
        (
            "source: v, ",
            ", partition_columns: [a], cluster_columns: [b]",
            ["LHP-VAL-162 flow.yaml:1"],
        ),
    ],
)
def test_mistakes_are_found(problems: Any, source: str, more: str, expected: list[str]) -> None:
    assert problems(WRITE % (source, more)) == expected


def test_a_table_name_without_a_python_name_is_found(problems: Any) -> None:
    text = WRITE.replace("table: t", "table: '2024'") % ("source: v, ", "")
    assert problems(text) == ["LHP-VAL-101 flow.yaml:1"]


def test_metadata_columns_do_not_apply(run: Any, metadata: Any) -> None:
    made = run(WRITE % ("source: v_a, ", ""), metadata=metadata)
    assert (made.imports, "withColumn" in made.code) == ((), False)
