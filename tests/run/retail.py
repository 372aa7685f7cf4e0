"""A run as that of the sample project: bronze, silver and gold, a failure, and tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lhp.run.outcome import Checked, DatasetDone, FlowDone, RunDone

CATALOG = "acme_local"
AUTO_LOADER = "Auto Loader: a stream of files of Spark's own"
CLUSTERING = "cluster_by: parquet files are not clustered"
TABLES = {
    "stores": 12,
    "products": 240,
    "customers": 1_204,
    "orders": 120,
    "order_items": 388,
    "returns": 17,
    "web_events": 12_345_678,
}


def full(layer: str, table: str) -> str:
    return f"{CATALOG}.{layer}.{table}"


def bronze() -> Iterator[DatasetDone]:
    for table, rows in TABLES.items():
        yield DatasetDone(
            name=full("bronze", table),
            kind="streaming_table",
            pipeline="retail_bronze",
            flowgroup=f"land_{table}",
            views={f"v_{table}_landed": ()},
            flows=(FlowDone(f"f_{table}", rows_in=rows, rows_out=rows, seconds=0.75),),
            rows=rows,
            seconds=0.8,
            ignored=(CLUSTERING,),
            emulated=(AUTO_LOADER,),
        )


def silver() -> Iterator[DatasetDone]:
    bad = '{"order_id": 7, "total": 12345678901234567890.10, "note": null, "tags": ["a", {"b": 1.50}]}'
    for table, rows in TABLES.items():
        called = f"v_{table}_checked"
        checks = (
            Checked(called, "has_key", f"{table}_id IS NOT NULL", "fail", passed=rows),
            Checked(called, "has_total", "total > 0 AND total < 1e9", "drop", rows - 2, 2, (bad,)),
            Checked(called, "is_recent", "day >= '2024-01-01'", "warn", rows - 1, 1),
        )
        yield DatasetDone(
            name=full("silver", table),
            kind="streaming_table",
            pipeline="retail_silver",
            flowgroup=table,
            reads=(full("bronze", table),),
            views={f"v_{table}_clean": (full("bronze", table),), called: (f"v_{table}_clean",)},
            flows=(FlowDone(f"f_{table}", rows, rows - 2, 1.25, checks),),
            rows=rows - 2,
            seconds=1.4,
            ignored=(CLUSTERING, "row_filter: nobody is kept from a row"),
        )
    yield DatasetDone(
        name=full("silver", "order_lines_of_all_channels_with_net_amounts"),
        kind="streaming_table",
        pipeline="retail_silver",
        flowgroup="order_lines",
        reads=(full("bronze", "order_items"), full("bronze", "products")),
        flows=(FlowDone("f_shop", 388, 388, 0.5), FlowDone("f_web", None, 12, 0.25)),
        rows=400,
        seconds=0.9,
    )


def gold() -> Iterator[DatasetDone]:
    views = {
        "current_customers": ("customers",),
        "daily_sales": ("orders", "order_items", "stores"),
        "product_performance": ("products", "returns", "web_events"),
    }
    for table, read in views.items():
        yield DatasetDone(
            name=full("gold", table),
            kind="materialized_view",
            pipeline="retail_gold",
            flowgroup=table,
            reads=(*(full("silver", each) for each in read), full("reference", "currencies")),
            flows=(FlowDone(table, None, 31, 1.0),),
            rows=31,
            seconds=1.1,
            ignored=("refresh_policy: all of it is computed each time",),
        )
    yield DatasetDone(
        name=full("gold", "customer_value"),
        kind="materialized_view",
        pipeline="retail_gold",
        flowgroup="customer_value",
        state="failed",
        reads=(full("gold", "current_customers"), full("silver", "orders")),
        seconds=0.3,
        problem="[UNRESOLVED_COLUMN] `totl` cannot be resolved.\nDid you mean `total`?",
    )
    yield DatasetDone(
        name="refund_alerts",
        kind="sink",
        pipeline="retail_gold",
        flowgroup="refund_alerts",
        state="skipped",
        reads=(full("gold", "customer_value"), full("silver", "returns")),
        problem="gold.customer_value failed",
    )


def tests() -> Iterator[DatasetDone]:
    for name, failed in (("tst_orders_are_unique", 0), ("tst_returns_have_orders", 3)):
        found = Checked(name, "no_rows", "rows = 0", "fail", 20 - failed, failed, ('{"id": 1}',))
        yield DatasetDone(
            name=name,
            kind="test",
            pipeline="retail_silver",
            flowgroup="tests",
            state="failed" if failed else "done",
            reads=(full("silver", "orders"),),
            flows=(FlowDone(name, 20, 20, 0.2, (found,)),),
            seconds=0.2,
            problem="3 rows fail" if failed else "",
            is_test=True,
        )


def run() -> RunDone:
    """Return a run of 20 datasets, two of which came to nothing, and two tests."""
    return RunDone(
        project="acme_retail",
        env="local",
        spark="4.3.0",
        datasets=(*bronze(), *silver(), *gold(), *tests()),
        seconds=41.25,
        session_seconds=7.9,
        notes=("The tables are in .lhp/local/local.",),
        began="2026-11-28T01:19:52+00:00",
    )


def large(count: int = 60) -> RunDone:
    """Return a run of many datasets in five layers, each made from some of the layers before."""
    done = run()
    sizes = [count * part // 12 for part in (4, 3, 2, 2, 1)]
    names = [
        [full("one_of_many_layers", f"l{at}_table_{n}") for n in range(size)]
        for at, size in enumerate(sizes)
    ]
    datasets = []
    for at, layer in enumerate(names):
        for n, name in enumerate(layer):
            reads = [names[at - 1][(n * 5) % len(names[at - 1])]] if at else []
            reads += [names[at - 1][(n * 3 + 1) % len(names[at - 1])]] if at and n % 2 else []
            reads += [names[0][(n * 7) % len(names[0])]] if at > 1 and n % 3 == 0 else []
            datasets.append(replace(done.datasets[0], name=name, reads=tuple(reads), views={}))
    return replace(done, datasets=tuple(datasets))
