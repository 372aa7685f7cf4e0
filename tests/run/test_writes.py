"""Writes of every kind on real Spark: exact rows, and in a second run what is new."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from running import rows_of, run_well, write_files

_FILES = {
    "lhp.yaml": "name: shop\n",
    "substitutions/local.yaml": "local:\n  landing: '{root}/landing'\n",
}


def _load(name: str, schema: str, folder: str | None = None) -> str:
    """Return a load of CSV files whose columns a file says."""
    return (
        f"  - name: load_{name}\n    type: load\n    target: v_{name}\n    source:\n"
        f"      type: cloudfiles\n      path: ${{landing}}/{folder or name}\n      format: csv\n"
        f"      options: {{header: true}}\n      schema: schemas/{schema}.yaml\n"
    )


def _schema(**columns: str) -> str:
    listed = (f"  - {{name: {name}, type: {kind}}}\n" for name, kind in columns.items())
    return "name: columns\ncolumns:\n" + "".join(listed)


def _flowgroup(name: str, actions: str) -> str:
    return f"pipeline: shop\nflowgroup: {name}\nactions:\n{actions}"


TABLES = {
    **_FILES,
    "schemas/orders.yaml": _schema(id="INT", note="STRING"),
    "landing/east/1.csv": "id,note\n1,a\n",
    "landing/west/1.csv": "id,note\n2,b\n",
    "landing/old/1.csv": "id,note\n3,c\n4,d\n",
    "pipelines/orders.yaml": _flowgroup(
        "orders",
        _load("east", "orders")
        + _load("west", "orders")
        + """\
  - name: write_orders
    type: write
    source: [v_east, v_west]
    write_target:
      {type: streaming_table, catalog: c, schema: s, table: orders, table_schema: "id BIGINT NOT NULL, note STRING COMMENT 'why'"}
""",
    ),
    "py/old.py": "def get_df(spark, parameters):\n"
    "    return spark.read.csv(parameters['path'], header=True, schema='id int, note string')\n",
    "pipelines/old.yaml": _flowgroup(
        "old",
        """\
  - {name: load_old, type: load, target: v_old, source: {type: python, module_path: py/old.py, parameters: {path: "${landing}/old"}}}
  - name: write_old
    type: write
    source: v_old
    readMode: batch
    once: true
    write_target: {type: streaming_table, catalog: c, schema: s, table: orders, create_table: false}
""",
    ),
    "pipelines/views.yaml": _flowgroup(
        "views",
        """\
  - {name: load_orders, type: load, target: v_orders, source: {type: delta, catalog: c, schema: s, table: orders}}
  - name: write_copy
    type: write
    source: v_orders
    write_target: {type: materialized_view, catalog: c, schema: s, table: copy}
  - name: write_counts
    type: write
    write_target:
      type: materialized_view
      catalog: c
      schema: s
      table: counts
      sql: SELECT count(*) AS orders, max(id) AS last FROM c.s.copy
""",
    ),
}


def test_streaming_tables_and_materialized_views(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, TABLES)

    first = run_well(root, spark)

    rows = [(1, "a"), (2, "b"), (3, "c"), (4, "d")]
    assert rows_of(root, spark, "c.s.orders") == rows
    orders = next(each for each in first.done.datasets if each.name == "c.s.orders")
    assert {flow.name: flow.rows_out for flow in orders.flows} == {
        "f_orders_1": 1,
        "f_orders_2": 1,
        "f_old": 2,
    }
    assert rows_of(root, spark, "c.s.copy") == rows
    assert rows_of(root, spark, "c.s.counts") == [(4, 4)]

    write_files(root, {"landing/west/2.csv": "id,note\n5,e\n"})
    run_well(root, spark)

    assert rows_of(root, spark, "c.s.orders") == [*rows, (5, "e")]
    assert rows_of(root, spark, "c.s.copy") == [*rows, (5, "e")]
    assert rows_of(root, spark, "c.s.counts") == [(5, 5)]


def _cdc(name: str, scd_type: int) -> str:
    return (
        f"  - name: write_{name}\n    type: write\n    source: v_changes\n    write_target:\n"
        f"      type: streaming_table\n      catalog: c\n      schema: s\n      table: {name}\n"
        "      mode: cdc\n      cdc_config:\n        keys: [id]\n        sequence_by: seq\n"
        f"        scd_type: {scd_type}\n        apply_as_deletes: \"op = 'D'\"\n"
        "        except_column_list: [op, seq]\n"
    )


CHANGES = {
    **_FILES,
    "schemas/changes.yaml": _schema(id="INT", name="STRING", op="STRING", seq="INT"),
    "landing/changes/1.csv": "id,name,op,seq\n1,a,U,1\n2,b,U,1\n3,c,U,1\n",
    "pipelines/changes.yaml": _flowgroup(
        "changes", _load("changes", "changes") + _cdc("latest", 1) + _cdc("history", 2)
    ),
    "py/people.py": "def get_df(spark, parameters):\n"
    "    return spark.read.csv(parameters['path'], header=True, schema='id int, name string')\n",
    "people.csv": "id,name\n1,a\n2,b\n",
    "pipelines/people.yaml": _flowgroup(
        "people",
        """\
  - {name: load_people, type: load, target: v_people, source: {type: python, module_path: py/people.py, parameters: {path: "{root}/people.csv"}}}
  - name: write_people
    type: write
    write_target:
      type: streaming_table
      catalog: c
      schema: s
      table: people
      mode: snapshot_cdc
      snapshot_cdc_config: {source: v_people, keys: [id], stored_as_scd_type: 1}
""",
    ),
    "py/snapshots.py": """\
from pathlib import Path


def next_snapshot(latest, *, folder):
    from shapes import COLUMNS

    number = (latest or 0) + 1
    file = Path(folder) / f"{number}.csv"
    if not file.exists():
        return None
    return spark.read.csv(file.as_posix(), header=True, schema=COLUMNS), number
""",
    "py/shapes.py": "COLUMNS = 'id int, name string'\n",
    "snapshots/1.csv": "id,name\n1,a\n2,b\n",
    "snapshots/2.csv": "id,name\n1,aa\n2,b\n",
    "pipelines/taken.yaml": _flowgroup(
        "taken",
        """\
  - name: write_taken
    type: write
    write_target:
      type: streaming_table
      catalog: c
      schema: s
      table: taken
      mode: snapshot_cdc
      snapshot_cdc_config:
        source_function: {file: py/snapshots.py, function: next_snapshot, parameters: {folder: "{root}/snapshots"}}
        keys: [id]
        stored_as_scd_type: 2
""",
    ),
    "schemas/days.yaml": _schema(day="INT", note="STRING", loaded="INT"),
    "landing/days/1.csv": "day,note,loaded\n1,x,1\n1,y,1\n2,z,1\n",
    "pipelines/days.yaml": _flowgroup(
        "days",
        _load("days", "days")
        + """\
  - name: write_days
    type: write
    source: v_days
    write_target:
      type: streaming_table
      catalog: c
      schema: s
      table: days
      mode: replace
      replace_config: {replace_using: [day], sequence_by: loaded}
""",
    ),
}


def test_changes_snapshots_and_replaced_rows(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, CHANGES)

    run_well(root, spark)

    assert rows_of(root, spark, "c.s.latest") == [(1, "a"), (2, "b"), (3, "c")]
    history = [(1, "a", 1, None), (2, "b", 1, None), (3, "c", 1, None)]
    assert rows_of(root, spark, "c.s.history") == history
    assert rows_of(root, spark, "c.s.people") == [(1, "a"), (2, "b")]
    taken = [(1, "a", 1, 2), (1, "aa", 2, None), (2, "b", 1, None)]
    assert rows_of(root, spark, "c.s.taken") == taken
    assert rows_of(root, spark, "c.s.days", "day", "note") == [(1, "x"), (1, "y"), (2, "z")]

    write_files(
        root,
        {
            "landing/changes/2.csv": "id,name,op,seq\n1,late,U,0\n2,,D,2\n3,cc,U,2\n",
            "people.csv": "id,name\n1,aa\n3,c\n",
            "snapshots/3.csv": "id,name\n1,aa\n",
            "landing/days/2.csv": "day,note,loaded\n1,w,2\n",
        },
    )
    run_well(root, spark)

    assert rows_of(root, spark, "c.s.latest") == [(1, "a"), (3, "cc")]
    assert rows_of(root, spark, "c.s.history") == [
        (1, "a", 1, None),
        (1, "late", 0, 1),
        (2, "b", 1, 2),
        (3, "c", 1, 2),
        (3, "cc", 2, None),
    ]
    assert rows_of(root, spark, "c.s.people") == [(1, "aa"), (3, "c")]
    assert rows_of(root, spark, "c.s.taken") == [(1, "a", 1, 2), (1, "aa", 2, None), (2, "b", 1, 3)]
    assert rows_of(root, spark, "c.s.days", "day", "note") == [(1, "w"), (2, "z")]


SINKS = {
    **_FILES,
    "schemas/orders.yaml": _schema(id="INT", note="STRING"),
    "landing/orders/1.csv": "id,note\n1,a\n2,b\n",
    "pipelines/sinks.yaml": _flowgroup(
        "sinks",
        _load("orders", "orders")
        + """\
  - name: write_exported
    type: write
    source: v_orders
    write_target: {type: sink, sink_type: delta, sink_name: exported, options: {tableName: c.out.orders}}
  - name: write_batches
    type: write
    source: v_orders
    write_target:
      type: sink
      sink_type: foreachbatch
      sink_name: batches
      batch_handler: |
        import json

        with open("{root}/calls.txt", "a") as file:
            file.write("called" + chr(10))
        known = [row.id for row in df.orderBy("id").collect()]
        totals = [row.one for row in spark.table("c.s.totals").collect()]
        with open("{root}/batches.jsonl", "a") as file:
            file.write(json.dumps([batch_id, known, totals]) + chr(10))
""",
    ),
    "pipelines/totals.yaml": _flowgroup(
        "totals",
        """\
  - name: write_totals
    type: write
    write_target: {type: materialized_view, catalog: c, schema: s, table: totals, sql: SELECT 1 AS one}
""",
    ),
}


def test_sinks(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, SINKS)

    first = run_well(root, spark, workers=1)
    write_files(root, {"landing/orders/2.csv": "id,note\n3,c\n"})
    run_well(root, spark)

    reads = {each.name: each.reads for each in first.done.datasets}
    assert reads["batches"] == ("c.s.totals",)  # what its function reads is made first
    assert "the rows of the sink exported are kept in the table c.out.orders" in first.done.notes
    assert rows_of(root, spark, "c.out.orders") == [(1, "a"), (2, "b"), (3, "c")]
    assert (root / "calls.txt").read_text().splitlines() == ["called", "called"]
    batches = (root / "batches.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in batches] == [
        [0, [1, 2], [1]],
        [1, [3], [1]],
    ]


_GATE = """\
from pyspark.sql.datasource import DataSource, DataSourceStreamWriter, WriterCommitMessage


class Gate(DataSource):
    @classmethod
    def name(cls):
        return "gate"

    def streamWriter(self, schema, overwrite):
        return _Writer(self.options["file"])


class _Writer(DataSourceStreamWriter):
    def __init__(self, file):
        self.file = file

    def write(self, rows):
        with open(self.file, "a") as file:
            file.writelines(f"{row.id} {row.note}\\n" for row in rows)
        return WriterCommitMessage()
"""

GATE = {
    **_FILES,
    "schemas/orders.yaml": SINKS["schemas/orders.yaml"],
    "landing/orders/1.csv": "id,note\n1,a\n2,b\n0,z\n",
    "py/gate.py": _GATE,
    "pipelines/gate.yaml": _flowgroup(
        "gate",
        _load("orders", "orders")
        + """\
  - name: check_orders
    type: transform
    transform_type: data_quality
    source: v_orders
    target: v_checked
    expectations: [{name: known, expression: id > 0, failureAction: drop}]
  - name: write_gate
    type: write
    source: v_checked
    write_target: {type: sink, sink_type: custom, sink_name: gate, module_path: py/gate.py, custom_sink_class: Gate, options: {file: "{root}/gate.txt"}}
""",
    ),
}


@pytest.mark.skipif(
    importlib.util.find_spec("pyarrow") is None, reason="Spark's Python data sources need pyarrow"
)
def test_sinks_that_the_project_makes(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, GATE)

    (gate,) = run_well(root, spark).done.datasets
    assert (gate.rows_in, gate.rows_out, gate.dropped) == (3, 2, 1)
    write_files(root, {"landing/orders/2.csv": "id,note\n3,c\n"})
    run_well(root, spark)

    assert sorted((root / "gate.txt").read_text().splitlines()) == ["1 a", "2 b", "3 c"]


STORED = {
    **_FILES,
    "schemas/orders.yaml": _schema(id="INT", note="STRING"),
    "landing/orders/1.csv": "id,note\n1,a\n2,b\n",
    "pipelines/orders.yaml": _flowgroup(
        "orders",
        _load("orders", "orders")
        + """\
  - name: write_orders
    type: write
    source: v_orders
    write_target: {type: streaming_table, catalog: c, schema: s, table: orders}
""",
    ),
    "pipelines/latest.yaml": _flowgroup(
        "latest",
        """\
  - name: write_latest
    type: write
    write_target: {type: materialized_view, catalog: c, schema: s, table: latest, sql: "SELECT id, max(note) AS note FROM orders GROUP BY id"}
""",
    ),
    "pipelines/kept.yaml": _flowgroup(
        "kept",
        """\
  - {name: load_copied, type: load, readMode: batch, target: v_copied, source: {type: sql, sql: SELECT * FROM s.latest}}
  - name: write_copied
    type: write
    source: v_copied
    write_target: {type: materialized_view, catalog: c, schema: s, table: copied}
  - name: write_kept
    type: write
    write_target:
      type: streaming_table
      catalog: c
      schema: s
      table: kept
      mode: snapshot_cdc
      snapshot_cdc_config: {source: c.s.latest, keys: [id], stored_as_scd_type: 1}
""",
    ),
}


def test_snapshots_of_a_table_and_names_without_a_catalog(
    tmp_path: Path, spark: SparkSession
) -> None:
    root = write_files(tmp_path, STORED)

    run_well(root, spark)

    rows = [(1, "a"), (2, "b")]
    assert rows_of(root, spark, "c.s.kept") == rows_of(root, spark, "c.s.copied") == rows

    write_files(root, {"landing/orders/2.csv": "id,note\n2,bb\n3,c\n"})
    run_well(root, spark)

    rows = [(1, "a"), (2, "bb"), (3, "c")]
    assert rows_of(root, spark, "c.s.kept") == rows_of(root, spark, "c.s.copied") == rows

    # A run that was killed between the rows of a snapshot and its mark is gone on with.
    (mark,) = root.glob(".lhp/run/local/tables/c.s.kept/log/*versions/0000000001")
    shutil.rmtree(mark)
    write_files(root, {"landing/orders/3.csv": "id,note\n4,d\n"})
    run_well(root, spark)

    assert rows_of(root, spark, "c.s.kept") == [*rows, (4, "d")]
