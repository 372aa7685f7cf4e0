"""The sample project on real Spark: all of it, then only what is new."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from running import rows_of, run_project

from lhp.run.local import Ran

SAMPLE = Path(__file__).parents[2] / "sample_project"
DAY = "2025-03-10"


class Runs:
    """The project and what came of two runs, the second with one more landing file."""

    def __init__(self, root: Path, first: Ran, gold: list[tuple[object, ...]], second: Ran) -> None:
        self.root = root
        self.first = first
        self.gold = gold
        self.second = second


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Iterator[Runs]:
    """Run a copy of the project twice."""
    root = tmp_path_factory.mktemp("sample") / "project"
    shutil.copytree(SAMPLE, root, ignore=shutil.ignore_patterns("generated", ".lhp"))
    tokens = root / "substitutions" / "local.yaml"
    text = tokens.read_text(encoding="utf-8")
    landing = (root / "landing").as_posix()
    tokens.write_text(text.replace("landing_root: landing", f"landing_root: {landing}"))
    lhp = root / "lhp.yaml"
    lhp.write_text(lhp.read_text().replace(" landing/bank", f" {landing}/bank"))
    first = run_project(root, spark)
    gold = rows_of(root, spark, "acme_local.gold.daily_sales")
    new = root / "landing" / "pos" / "Orders" / "orders_20250310.csv"
    new.write_text(
        "order_id,customer_id,store_id,order_ts,status,currency,order_total,promo_code\n"
        f"N-1,C00001,S01,{DAY}T10:00:00,completed,EUR,80.00,\n"
        f"N-2,,S01,{DAY}T11:00:00,completed,EUR,20.00,\n"
        f"N-3,,S01,{DAY}T12:00:00,cancelled,EUR,99.00,\n"
    )
    yield Runs(root, first, gold, run_project(root, spark))
    shutil.rmtree(root)


def landed(pattern: str) -> int:
    """Return how many rows the CSV files have that were delivered."""
    files = SAMPLE.glob(f"landing/{pattern}")
    return sum(
        len([*csv.DictReader(file.read_text(encoding="utf-8").splitlines())]) for file in files
    )


def test_every_row_that_landed_is_in_bronze(runs: Runs, spark: SparkSession) -> None:
    assert runs.first.problems == ()
    rows = {done.name: done.rows for done in runs.first.done.datasets}
    for table, files in {
        "customers": "crm/Customers/*.csv",
        "order_items": "pos/OrderItems/*.csv",
        "products": "erp/Products/*.csv",
        "returns": "pos/Returns/*.csv",
        "stores": "erp/Stores/*.csv",
    }.items():
        assert rows[f"acme_local.bronze.{table}"] == landed(files), table
    channels = rows_of(runs.root, spark, "acme_local.bronze.orders", "sales_channel")
    assert {each for (each,) in channels} == {"store", "web", "marketplace"}


def test_rows_at_fault_are_dropped_and_counted_as_the_readme_says(runs: Runs) -> None:
    checks = {
        (done.name.rpartition(".")[2], check.name): (check.action, check.failed)
        for done in runs.first.done.datasets
        for check in done.checks
        if check.failed
    }
    assert checks["order_lines", "quantity_is_positive"] == ("drop", 1)
    assert checks["orders", "total_is_not_negative"] == ("drop", 2)
    assert checks["orders", "status_is_known"] == ("warn", 1)
    assert checks["customers", "has_time_of_change"] == ("drop", 1)
    dropped = {done.name: done.dropped for done in runs.first.done.datasets}
    assert dropped["acme_local.silver.orders"] == 4


def test_gold_is_what_the_files_add_up_to(runs: Runs) -> None:
    """One day of one shop, by hand."""
    items = SAMPLE / "landing" / "pos" / "Orders" / "orders_20250305.csv"
    orders = {
        row["order_id"]: row
        for row in csv.DictReader(items.read_text(encoding="utf-8").splitlines())
        if row["store_id"] == "S02" and row["status"].strip().lower() != "cancelled"
    }
    total = sum(Decimal(row["order_total"]) for row in orders.values())
    (found,) = [
        row for row in runs.gold if (str(row[0]), row[1]) == ("2025-03-05", "Cork Opera Lane")
    ]
    assert found[2:5] == ("store", len(orders), total)


def test_the_second_run_reads_the_new_file_alone(runs: Runs, spark: SparkSession) -> None:
    assert runs.second.problems == ()
    read = {done.name: done.rows_in for done in runs.second.done.datasets if done.rows_in}
    assert read["acme_local.bronze.orders"] == 3
    assert read["acme_local.silver.orders"] == 3
    assert {name for name in read if "bronze" in name} == {"acme_local.bronze.orders"}
    gold = rows_of(runs.root, spark, "acme_local.gold.daily_sales")
    new = [row for row in gold if row not in runs.gold]
    assert [(str(row[0]), *row[1:]) for row in new] == [
        (DAY, "Dublin Grafton Street", "store", 2, Decimal("100.00"), Decimal("50.00"))
    ]
    assert [row for row in gold if row in runs.gold] == runs.gold


def test_the_report_says_what_stands_in_for_what(runs: Runs) -> None:
    told = [words for done in runs.first.done.datasets for words in (*done.emulated, *done.ignored)]
    assert any("v_exchange_rates is read from" in words for words in told)
    assert "`cluster_by`" in told
    assert any("refund_alerts" in note for note in runs.first.done.notes)
