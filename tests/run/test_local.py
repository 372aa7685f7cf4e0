"""Small projects on real Spark: exact rows, run after run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from running import rows_of, run_project, write_files

PROJECT = {
    "lhp.yaml": "name: shop\n",
    "substitutions/local.yaml": "local:\n  landing: '{root}/landing'\n",
    "landing/orders/1.csv": "id,amount\n1,5.5\n2,-3\n3,7\n",
    "pipelines/bronze.yaml": """\
pipeline: bronze
flowgroup: orders
actions:
  - name: load_orders
    type: load
    source:
      type: cloudfiles
      path: ${landing}/orders/*.csv
      format: csv
      options: {header: true, cloudFiles.schemaHints: "id INT, amount DOUBLE"}
    target: v_orders
  - name: check_orders
    type: transform
    transform_type: data_quality
    source: v_orders
    target: v_orders_checked
    expectations:
      - {name: positive, expression: amount > 0, failureAction: drop}
  - name: write_orders
    type: write
    source: v_orders_checked
    write_target: {type: streaming_table, catalog: c, schema: bronze, table: orders}
""",
    "pipelines/gold.yaml": """\
pipeline: gold
flowgroup: total
actions:
  - name: write_total
    type: write
    write_target:
      type: materialized_view
      catalog: c
      schema: gold
      table: total
      sql: SELECT count(*) AS orders, sum(amount) AS amount FROM c.bronze.orders
""",
}


def test_rows_are_appended_once_and_views_are_made_anew(
    tmp_path: Path, spark: SparkSession
) -> None:
    root = write_files(tmp_path, PROJECT)

    first = run_project(root, spark)

    assert first.problems == ()
    orders, total = first.done.datasets
    assert (orders.name, orders.rows_in, orders.rows_out, orders.dropped) == (
        "c.bronze.orders",
        3,
        2,
        1,
    )
    assert (total.name, total.reads, total.rows) == ("c.gold.total", ("c.bronze.orders",), 1)
    assert rows_of(root, spark, "c.bronze.orders", "id", "amount") == [(1, 5.5), (3, 7.0)]
    assert rows_of(root, spark, "c.gold.total") == [(2, 12.5)]
    check = orders.checks[0]
    assert (check.dataset, check.name, check.failed) == ("v_orders_checked", "positive", 1)
    assert '"amount":-3.0' in check.samples[0]

    write_files(root, {"landing/orders/2.csv": "id,amount\n4,1\n"})
    second = run_project(root, spark)

    assert second.done.datasets[0].rows_in == 1
    assert rows_of(root, spark, "c.bronze.orders", "id") == [(1,), (3,), (4,)]
    assert rows_of(root, spark, "c.gold.total") == [(3, 13.5)]


def test_a_wrong_column_is_told_at_its_line_before_anything_runs(
    tmp_path: Path, spark: SparkSession
) -> None:
    root = write_files(tmp_path, PROJECT)
    gold = root / "pipelines" / "gold.yaml"
    gold.write_text(gold.read_text().replace("sum(amount)", "sum(amont)"))

    ran = run_project(root, spark)

    assert ran.done.datasets == ()
    (problem,) = ran.problems
    assert str(problem.location) == "pipelines/gold.yaml:11:43"
    assert "`amont` cannot be resolved" in problem.message


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("-p", "brnze"), "there is no pipeline 'brnze' to run help: did you mean 'bronze'?"),
        (("--select", "totl"), "there is no flowgroup 'totl' to run help: did you mean 'total'?"),
        (
            ("-p", "gold", "--select", "orders"),
            "there is no flowgroup 'orders' to run",
        ),
        (
            ("--select", "bronze/total"),
            "there is no flowgroup 'bronze/total' to run help: did you mean",
        ),
    ],
)
def test_what_is_chosen_and_not_there_is_told_before_spark_starts(
    words: tuple[str, ...], problem: str, tmp_path: Path, lhp: Callable[..., Any]
) -> None:
    root = write_files(tmp_path, PROJECT)

    ended = lhp("--project", str(root), "run", "-e", "local", *words)

    assert ended.code == 1
    assert problem in " ".join(ended.err.split())
    assert "Spark starts" not in ended.err
