"""What Python code of a project does with Spark: temporary views, windows, tables of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from running import FILES, rows_of, run_well, write_files

_LOAD = """\
pipeline: shop
flowgroup: {name}
actions:
  - name: load_{name}
    type: load
    target: v_{name}
    source:
      {{type: cloudfiles, path: "{{root}}/landing", format: csv,
       options: {{header: true, cloudFiles.schemaHints: "id INT, at TIMESTAMP"}}}}
"""


def _flowgroup(name: str, actions: str) -> dict[str, str]:
    return {f"pipelines/{name}.yaml": _LOAD.format(name=name) + actions}


def _transformed(name: str) -> dict[str, str]:
    return _flowgroup(
        name,
        f"""\
  - name: change_{name}
    type: transform
    transform_type: python
    source: v_{name}
    target: v_{name}_changed
    module_path: py/code.py
    function_name: {name}
    parameters: {{folder: "{{root}}/landing"}}
  - name: write_{name}
    type: write
    source: v_{name}_changed
    write_target: {{type: streaming_table, catalog: c, schema: s, table: {name}}}
""",
    )


_CODE = """\
from pyspark.sql import functions as F


def named(df, spark, parameters):
    df.createOrReplaceTempView("mine")
    assert spark.catalog.tableExists("mine")
    return spark.sql("SELECT id, id * 2 AS twice FROM mine")


def hourly(df, spark, parameters):
    late = df.withWatermark("at", "10 minutes")
    counts = late.groupBy(F.window("at", "1 hour")).count()
    return counts.select(F.col("window.start").alias("hour"), "count")


def twice(df, spark, parameters):
    def ids(hint):
        reader = spark.readStream.format("cloudFiles").option("cloudFiles.format", "csv")
        found = reader.option("header", True).option("cloudFiles.schemaHints", hint)
        return found.load(parameters["folder"]).selectExpr("CAST(id AS STRING) AS id")

    return ids("id DOUBLE").union(ids("id INT"))
"""

PROJECT = {
    **FILES,
    "landing/1.csv": "id,at\n1,2024-01-01T10:00:00Z\n2,2024-01-01T10:30:00Z\n3,2024-01-01T12:00:00Z\n",
    "py/code.py": _CODE,
    **_transformed("named"),
    **_transformed("hourly"),
    **_transformed("twice"),
    **_flowgroup(
        "exported",
        """\
  - name: write_exported
    type: write
    source: v_exported
    write_target:
      type: sink
      sink_type: foreachbatch
      sink_name: exported
      batch_handler: |
        rows = df.select("id").where("id IS NOT NULL")
        rows.write.mode("append").saveAsTable("c.out.exported")
        rows.write.mode("overwrite").saveAsTable("c.out.latest")
""",
    ),
}


def test_what_code_makes_for_itself_is_there_for_it(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, PROJECT)

    run_well(root, spark)

    assert rows_of(root, spark, "c.s.named") == [(1, 2), (2, 4), (3, 6)]
    ids = ["1", "1.0", "2", "2.0", "3", "3.0"]
    assert rows_of(root, spark, "c.s.twice", "id") == [(each,) for each in ids]
    # The window of 12 o'clock may still get rows.
    assert rows_of(root, spark, "c.s.hourly", "count") == [(2,)]

    write_files(root, {"landing/2.csv": "id,at\n4,2024-01-01T15:00:00Z\n"})
    ran = run_well(root, spark, shown=("c.out.exported", "c.out.latest"))

    assert rows_of(root, spark, "c.s.hourly", "count") == [(1,), (2,)]
    assert ran.shown["c.out.exported"] == (("id",), (("1",), ("2",), ("3",), ("4",)))
    assert ran.shown["c.out.latest"] == (("id",), (("4",),))


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine be in another zone than Spark."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


SHOWN = {
    **FILES,
    "pipelines/rows.yaml": """\
pipeline: shop
flowgroup: rows
actions:
  - name: write_rows
    type: write
    write_target:
      type: materialized_view
      catalog: c
      schema: s
      table: rows
      sql: |
        SELECT 1 AS id, TIMESTAMP'2024-01-01 12:00:00' AS at, 1.50BD AS price,
          named_struct('m', map('k', DATE'2024-01-02')) AS nested, CAST(NULL AS INT) AS none
  - name: write_empty
    type: write
    write_target:
      {type: materialized_view, catalog: c, schema: s, table: empty, sql: SELECT 1 AS x WHERE false}
  - name: write_kept
    type: write
    write_target:
      type: streaming_table
      catalog: c
      schema: s
      table: kept
      mode: snapshot_cdc
      snapshot_cdc_config: {source: c.s.rows, keys: [id], stored_as_scd_type: 2}
""",
}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sets no zone for one process")
@pytest.mark.usefixtures("far_away")
def test_times_are_those_of_spark_wherever_the_machine_is(
    tmp_path: Path, spark: SparkSession
) -> None:
    root = write_files(tmp_path, SHOWN)

    ran = run_well(root, spark, shown=("c.s.rows", "c.s.empty"))

    assert ran.shown["c.s.rows"] == (
        ("id", "at", "price", "nested", "none"),
        (("1", "2024-01-01 12:00:00", "1.50", "{{k -> 2024-01-02}}", "NULL"),),
    )
    assert ran.shown["c.s.empty"] == (("x",), ())
    ((begin,),) = rows_of(root, spark, "c.s.kept", "CAST(unix_seconds(__START_AT) AS BIGINT)")
    now = datetime.now(timezone.utc)
    assert now - timedelta(minutes=5) < datetime.fromtimestamp(begin, timezone.utc) <= now
