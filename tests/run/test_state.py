"""What former runs left is gone on with, or told to be begun anew: no row is lost, none comes twice."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession
from running import ENV, FILES, rows_of, run_project, run_well, told, view_of, write_files

from lhp.run.store import Store

_ORDERS = """\
pipeline: bronze
flowgroup: orders
actions:
  - name: load_orders
    type: load
    target: v_orders
    source:
      {type: cloudfiles, path: "{root}/landing", format: csv,
       options: {header: true, cloudFiles.schemaHints: "id INT, a INT, b INT"}}
  - name: shape_orders
    type: transform
    transform_type: sql
    source: v_orders
    target: v_shaped
    sql: SELECT COLUMNS FROM stream(v_orders)
  - name: write_orders
    type: write
    source: v_shaped
    write_target: {type: streaming_table, catalog: c, schema: s, table: orders}
"""

_COPY = """\
pipeline: silver
flowgroup: copy
actions:
  - name: load_copy
    type: load
    target: v_copy
    readMode: stream
    source: {type: delta, catalog: c, schema: s, table: orders}
  - name: write_copy
    type: write
    source: v_copy
    write_target: {type: streaming_table, catalog: c, schema: s, table: copy}
"""


def _orders(columns: str) -> dict[str, str]:
    return {"pipelines/orders.yaml": _ORDERS.replace("COLUMNS", columns)}


def _view(name: str, sql: str, pipeline: str = "gold") -> dict[str, str]:
    return {f"pipelines/{pipeline}_{name}.yaml": view_of(name, sql, pipeline)}


PROJECT = {
    **FILES,
    "landing/1.csv": "id,a,b\n1,10,20\n",
    **_orders("id, a, b"),
}


def test_fields_of_structs_keep_their_values_when_their_order_changes(
    tmp_path: Path, spark: SparkSession
) -> None:
    def nested(struct: str) -> dict[str, str]:
        return _orders(f"id, {struct} AS s, array({struct}) AS l, map('k', {struct}) AS m")

    root = write_files(tmp_path, {**PROJECT, **nested("struct(a, b)")})
    run_well(root, spark)
    write_files(root, {"landing/2.csv": "id,a,b\n2,30,40\n", **nested("struct(b, id AS c, a)")})

    run_well(root, spark)

    columns = ("s.a", "s.b", "s.c", "l.a", "l.c", "m.k.b", "m.k.c")
    assert rows_of(root, spark, "c.s.orders", *columns) == [
        (10, 20, None, [10], [None], 20, None),
        (30, 40, 2, [30], [2], 40, 2),
    ]


def test_a_table_whose_rows_come_in_another_way_begins_anew_when_that_is_asked_for(
    tmp_path: Path, spark: SparkSession
) -> None:
    root = write_files(tmp_path, {**PROJECT, **_view("copy", "SELECT id FROM c.s.orders")})
    run_well(root, spark)
    (root / "pipelines/gold_copy.yaml").unlink()
    write_files(root, {"pipelines/copy.yaml": _COPY, "landing/2.csv": "id,a,b\n2,0,0\n"})

    refused = run_project(root, spark)

    (problem,) = refused.problems
    assert str(problem.location) == "pipelines/copy.yaml:9:5"
    assert problem.message == (
        "the rows of 'c.s.copy' came by 'refresh' until now, and would come by 'append'"
    )
    assert "--full-refresh" in problem.hint
    assert refused.done.datasets == ()
    assert rows_of(root, spark, "c.s.copy", "id") == [(1,)]

    run_well(root, spark, is_anew=True)

    assert rows_of(root, spark, "c.s.copy", "id") == [(1,), (2,)]


def test_a_stream_of_a_table_that_was_made_anew_brings_no_row_twice(
    tmp_path: Path, spark: SparkSession
) -> None:
    root = write_files(tmp_path, {**PROJECT, "pipelines/copy.yaml": _COPY})
    run_well(root, spark)
    run_well(root, spark, is_anew=True, pipeline="bronze")

    (problem,) = run_project(root, spark).problems

    assert problem.message == (
        "the flow 'f_copy' into 'c.s.copy' has read other rows so far; what changed: c.s.orders"
    )
    assert "--full-refresh" in problem.hint
    assert rows_of(root, spark, "c.s.copy", "id") == [(1,)]

    run_well(root, spark, is_anew=True, flowgroups=("copy",))
    assert rows_of(root, spark, "c.s.copy", "id") == [(1,)]

    # Files in place of the table are other rows too.
    write_files(
        root, {"lhp.yaml": 'name: shop\nrun: {stand_ins: {c.s.orders: "{root}/landing/1.csv"}}\n'}
    )
    assert "what changed: c.s.orders" in told(run_project(root, spark))[0]


def test_what_is_wrong_elsewhere_changes_no_table(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, {**PROJECT, **_view("copy", "SELECT id FROM c.s.orders")})
    run_well(root, spark)
    write_files(
        root, {**_orders("id, a, b, 1 AS more"), **_view("total", "SELECT nope FROM c.s.copy")}
    )

    assert "nope" in told(run_project(root, spark))[0]
    assert "nope" in told(run_project(root, spark, is_anew=True))[0]

    assert rows_of(root, spark, "c.s.orders") == [(1, 10, 20)]
    assert rows_of(root, spark, "c.s.copy") == [(1,)]
    (root / "pipelines/gold_total.yaml").unlink()
    write_files(root, {"landing/2.csv": "id,a,b\n2,0,0\n"})
    run_well(root, spark)
    assert rows_of(root, spark, "c.s.orders") == [(1, 10, 20, None), (2, 0, 0, 1)]
    assert Store(root / ".lhp/run" / ENV).names() == ["c.s.copy", "c.s.orders"]


def test_what_is_chosen_has_the_name_of_its_pipeline(tmp_path: Path, spark: SparkSession) -> None:
    files = {**_view("one", "SELECT 1 AS x"), **_view("other", "SELECT 2 AS x", "silver")}
    twins = {
        path: text.replace("flowgroup: other", "flowgroup: one") for path, text in files.items()
    }
    root = write_files(tmp_path, {**PROJECT, **twins})

    ran = run_well(root, spark, flowgroups=("silver/one",))
    assert [each.name for each in ran.done.datasets] == ["c.s.other"]

    ran = run_well(root, spark, flowgroups=("one",))
    assert sorted(each.name for each in ran.done.datasets) == ["c.s.one", "c.s.other"]


_TWO_FOLDERS = """\
from pyspark.sql.functions import lit


def get_df(spark, parameters):
    def landed(folder):
        reader = spark.readStream.format("cloudFiles").option("cloudFiles.format", "csv")
        stream = reader.option("header", True).load(f"{root}/landing/{folder}")
        return stream.select("id", lit(" ".join(stream.columns)).alias("known"))

    return landed("a").union(landed("b"))
"""


def test_columns_of_files_are_known_for_each_folder_and_found_anew_by_a_full_refresh(
    tmp_path: Path, spark: SparkSession
) -> None:
    load = "{name: load_both, type: load, target: v_both, source: {type: python, module_path: py/both.py}}"
    flowgroup = (
        _COPY.partition("  - name: load")[0]
        + f"""\
  - {load}
  - name: write_both
    type: write
    source: v_both
    write_target: {{type: streaming_table, catalog: c, schema: s, table: both}}
"""
    )
    files = {
        "py/both.py": _TWO_FOLDERS,
        "pipelines/both.yaml": flowgroup,
        "landing/a/1.csv": "id,x\n1,\n",
        "landing/b/1.csv": "id,y\n2,\n",
    }
    root = write_files(tmp_path, {**FILES, **files})
    run_well(root, spark)
    known = [("1", "id x _rescued_data"), ("2", "id y _rescued_data")]
    assert rows_of(root, spark, "c.s.both") == known

    (root / "landing/a/1.csv").unlink()
    write_files(root, {"landing/a/2.csv": "id,z\n3,\n"})
    run_well(root, spark, is_anew=True)

    known = [("2", "id y _rescued_data"), ("3", "id z _rescued_data")]
    assert rows_of(root, spark, "c.s.both") == known
    (root / "landing/a/2.csv").unlink()
    write_files(root, {"landing/a/3.csv": "id\n4\n"})
    run_well(root, spark)
    assert rows_of(root, spark, "c.s.both")[-1] == ("4", "id z _rescued_data")


def test_a_full_refresh_that_is_refused_leaves_the_columns_of_files_as_they_were(
    tmp_path: Path, spark: SparkSession
) -> None:
    inferred = _orders("id").copy()
    options = "{header: true, cloudFiles.inferColumnTypes: true}"
    hints = '{header: true, cloudFiles.schemaHints: "id INT, a INT, b INT"}'
    path = "pipelines/orders.yaml"
    inferred[path] = inferred[path].replace(hints, options)
    root = write_files(tmp_path, {**PROJECT, **inferred})
    run_well(root, spark)
    (root / "landing/1.csv").unlink()
    write_files(root, {"landing/2.csv": "id\nx\n", **_view("total", "SELECT nope FROM c.s.orders")})

    assert "nope" in told(run_project(root, spark, is_anew=True))[0]

    (root / "pipelines/gold_total.yaml").unlink()
    run_well(root, spark)
    assert rows_of(root, spark, "c.s.orders") == [(1,), (None,)]
