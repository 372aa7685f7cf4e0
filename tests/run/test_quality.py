"""Expectations, quarantines and tests of data on real Spark: which rows pass, and what is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from running import rows_of, run_project, run_well, told, write_files

_FILES = {
    "lhp.yaml": "name: shop\n",
    "substitutions/local.yaml": "local:\n  landing: '{root}/landing'\n",
    "schemas/orders.yaml": "name: orders\ncolumns:\n  - {name: id, type: INT}\n"
    "  - {name: amount, type: DOUBLE}\n  - {name: country, type: STRING}\n",
}


def _flowgroup(name: str, rest: str) -> str:
    return f"""\
pipeline: shop
flowgroup: {name}
actions:
  - name: load_{name}
    type: load
    target: v_{name}_raw
    source:
      type: cloudfiles
      path: ${{landing}}/{name}
      format: csv
      options: {{header: true}}
      schema: schemas/orders.yaml
{rest}  - name: write_{name}
    type: write
    source: v_{name}
    write_target: {{type: streaming_table, catalog: c, schema: s, table: {name}}}
"""


def _checked(name: str, *rules: str) -> str:
    listed = "".join(f"      - {rule}\n" for rule in rules)
    return _flowgroup(
        name,
        f"  - name: check_{name}\n    type: transform\n    transform_type: data_quality\n"
        f"    source: v_{name}_raw\n    target: v_{name}\n    expectations:\n{listed}",
    )


EXPECTED = {
    **_FILES,
    "landing/orders/1.csv": "id,amount,country\n1,5,FR\n2,-3,FR\n3,,\n4,2,\n",
    "landing/strict/1.csv": "id,amount,country\n1,5,FR\n2,-3,FR\n",
    "pipelines/orders.yaml": _checked(
        "orders",
        "{name: positive, expression: amount > 0, failureAction: drop}",
        "{name: has_country, expression: country IS NOT NULL, failureAction: warn}",
        "{name: has_id, expression: id IS NOT NULL, failureAction: fail}",
    ),
    "pipelines/strict.yaml": _checked(
        "strict", "{name: all_positive, expression: amount > 0, failureAction: fail}"
    ),
    "pipelines/reader.yaml": """\
pipeline: shop
flowgroup: reader
actions:
  - name: write_reader
    type: write
    write_target: {type: materialized_view, catalog: c, schema: s, table: reader, sql: SELECT * FROM c.s.strict}
""",
}


def test_expectations_warn_drop_and_fail(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, EXPECTED)

    ran = run_project(root, spark)

    (problem,) = told(ran)
    assert problem == (
        "pipelines/strict.yaml:13:5: the expectation 'all_positive' of 'v_strict' is not met by "
        'this row: {"id":2,"amount":-3.0,"country":"FR"}'
    )
    done = {each.name: each for each in ran.done.datasets}
    assert {name: each.state for name, each in done.items()} == {
        "c.s.orders": "done",
        "c.s.strict": "failed",
        "c.s.reader": "skipped",
    }
    assert rows_of(root, spark, "c.s.orders", "id") == [(1,), (4,)]
    assert rows_of(root, spark, "c.s.strict") == []
    counted = {each.name: (each.passed, each.failed) for each in done["c.s.orders"].checks}
    assert counted == {"has_id": (4, 0), "positive": (2, 2), "has_country": (2, 2)}

    write_files(root, {"landing/strict/1.csv": "id,amount,country\n1,5,FR\n2,3,FR\n"})
    run_well(root, spark)

    assert rows_of(root, spark, "c.s.strict", "id") == [(1,), (2,)]
    assert rows_of(root, spark, "c.s.reader", "id") == [(1,), (2,)]


QUARANTINED = {
    **_FILES,
    "landing/orders/1.csv": "id,amount,country\n1,5,FR\n2,-3,FR\n3,-1,\n",
    "landing/returns/1.csv": "id,amount,country\n7,-9,FR\n8,8,FR\n",
    **{
        f"pipelines/{name}.yaml": _flowgroup(
            name,
            f"""\
  - name: check_{name}
    type: transform
    transform_type: data_quality
    source: v_{name}_raw
    target: v_{name}
    mode: quarantine
    quarantine: {{dlq_table: c.q.dead, source_table: c.s.{name}}}
    expectations:
      - {{name: positive, expression: amount > 0, failureAction: drop}}
      - {{name: has_country, expression: country IS NOT NULL, failureAction: drop}}
""",
        )
        for name in ("orders", "returns")
    },
}


def _dead(root: Path, spark: SparkSession) -> list[tuple[Any, ...]]:
    columns = ("_dlq_source_table", "_dlq_status", "_dlq_failed_rules", "to_json(_row_data)")
    rows = rows_of(root, spark, "c.q.dead", *columns[:3], "_row_data")
    return [
        (table, status, [rule.name for rule in rules], json.loads(row.toJson())["id"])
        for table, status, rules, row in rows
    ]


def test_broken_rows_go_to_a_quarantine_once(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, QUARANTINED)

    run_well(root, spark)

    dead = [
        ("c.s.orders", "quarantined", ["positive"], 2),
        ("c.s.orders", "quarantined", ["positive", "has_country"], 3),
        ("c.s.returns", "quarantined", ["positive"], 7),
    ]
    assert sorted(_dead(root, spark)) == dead
    assert rows_of(root, spark, "c.s.orders", "id") == [(1,)]
    assert rows_of(root, spark, "c.s.returns", "id") == [(8,)]

    # One that is known already, a new one, and a good one.
    write_files(root, {"landing/orders/2.csv": "id,amount,country\n2,-3,FR\n5,-5,FR\n6,6,FR\n"})
    shown = run_well(root, spark, shown=("C.q.dead",)).shown["C.q.dead"]

    dead.insert(2, ("c.s.orders", "quarantined", ["positive"], 5))
    assert sorted(_dead(root, spark)) == sorted(dead)
    assert len(shown[1]) == len(dead)
    (problem,) = run_project(root, spark, shown=("c.q.dad",)).problems
    assert problem.hint == "did you mean 'c.q.dead'?"
    assert rows_of(root, spark, "c.s.orders", "id") == [(1,), (6,)]
