"""What can't be run is told at its place, before anything runs where that is possible."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from running import FILES, rows_of, run_project, run_well, told, view_of, write_files

_KAFKA = """\
pipeline: shop
flowgroup: heard
actions:
  - name: load_heard
    type: load
    target: v_heard
    source: {type: kafka, bootstrap_servers: "b:9092", subscribe: orders}
  - name: write_heard
    type: write
    source: v_heard
    write_target: {type: streaming_table, catalog: c, schema: s, table: heard}
"""

KAFKA = {
    **FILES,
    "pipelines/heard.yaml": _KAFKA,
    "pipelines/reader.yaml": view_of("reader", "SELECT * FROM c.s.heard"),
    "pipelines/other.yaml": view_of("other", "SELECT 1 AS one"),
}


def test_kafka_is_told_or_left_out_with_its_readers(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, KAFKA)

    refused = run_project(root, spark)

    assert refused.done.datasets == ()
    (problem,) = told(refused)
    assert problem == (
        "pipelines/heard.yaml:4:5: the data source 'kafka' can't run here: Spark has none of that"
        " name"
    )

    done = run_well(root, spark, skips=True).done

    assert [each.name for each in done.datasets] == ["c.s.other"]
    assert done.notes == (
        f"left out: {problem}",
        "left out: c.s.reader, which reads c.s.heard",
    )


def test_what_is_left_out_is_no_more_than_what_needs_it(
    tmp_path: Path, spark: SparkSession
) -> None:
    beside = """\
pipeline: shop
flowgroup: beside
actions:
  - name: load_beside
    type: load
    target: v_beside
    source: {type: cloudfiles, path: "{root}/landing", format: csv, options: {header: true}}
  - name: write_beside
    type: write
    source: v_beside
    write_target:
      {type: streaming_table, catalog: c, schema: s, table: heard, create_table: false}
"""
    of_view = """\
pipeline: shop
flowgroup: of_view
actions:
  - name: load_of_view
    type: load
    target: v_of_view
    source: {type: sql, sql: SELECT * FROM stream(v_heard)}
  - name: write_of_view
    type: write
    source: v_of_view
    write_target: {type: streaming_table, catalog: c, schema: s, table: of_view}
"""
    twin = view_of("other", "SELECT 2 AS two", "gold").replace(
        "flowgroup: other", "flowgroup: heard"
    )
    files = {
        "landing/1.csv": "id\n1\n",
        "pipelines/beside.yaml": beside,
        "pipelines/of_view.yaml": of_view,
        "pipelines/other.yaml": twin,
    }
    root = write_files(tmp_path, {**KAFKA, **files})

    done = run_well(root, spark, skips=True).done

    assert sorted(each.name for each in done.datasets) == ["c.s.heard", "c.s.other", "c.s.reader"]
    assert rows_of(root, spark, "c.s.reader", "id") == [("1",)]
    assert done.notes[1:] == ("left out: c.s.of_view, which reads v_heard",)


def test_files_stand_in_for_kafka(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, KAFKA)
    settings = "name: shop\nrun: {stand_ins: {v_heard: '{root}/heard/1.json'}}\n"
    write_files(root, {"heard/1.json": '{"value": "a"}\n', "lhp.yaml": settings})

    run_well(root, spark)

    assert rows_of(root, spark, "c.s.heard") == [("a",)]
    assert rows_of(root, spark, "c.s.reader") == [("a",)]


WRONG = {
    "unknown": (
        {
            "pipelines/a.yaml": view_of("a", "SELECT * FROM c.s.bb"),
            "pipelines/b.yaml": view_of("b", "SELECT 1 AS x"),
        },
        "pipelines/a.yaml:6:98: there is no table or view 'c.s.bb'",
    ),
    "unknown in lines": (
        {
            "pipelines/a.yaml": """\
pipeline: shop
flowgroup: a
actions:
  - name: write_a
    type: write
    write_target:
      type: materialized_view
      catalog: c
      schema: s
      table: a
      sql: |
        SELECT x
        FROM c.s.b
        JOIN c.s.bb USING (x)
""",
            "pipelines/b.yaml": view_of("b", "SELECT 1 AS x"),
        },
        "pipelines/a.yaml:14:14: there is no table or view 'c.s.bb'",
    ),
    "unknown behind a token": (
        {
            "pipelines/a.yaml": view_of("a", "SELECT * FROM ${here}.s.bb AS b"),
            "pipelines/b.yaml": view_of("b", "SELECT 1 AS x"),
        },
        "pipelines/a.yaml:6:98: there is no table or view 'x.s.bb'",
    ),
    "former version": (
        {
            "pipelines/a.yaml": view_of("a", "SELECT * FROM c.s.b VERSION AS OF 3"),
            "pipelines/b.yaml": view_of("b", "SELECT 1 AS x"),
        },
        "pipelines/a.yaml:6:98: ",
    ),
    "once": (
        {
            "landing/1.csv": "id\n1\n",
            "pipelines/a.yaml": """\
pipeline: shop
flowgroup: a
actions:
  - {name: load_a, type: load, target: v_a, source: {type: cloudfiles, path: "{root}/landing", format: csv, options: {header: true}}}
  - {name: write_a, type: write, source: v_a, once: true, write_target: {type: streaming_table, catalog: c, schema: s, table: a}}
""",
        },
        "reads a stream, and says `once: true`",
    ),
    "unknown by a token": (
        {
            "substitutions/local.yaml": "local: {here: c, layer: s}\n",
            "sql/a.sql": "SELECT *\nFROM ${here}.${layer}.bb\n",
            "pipelines/a.yaml": """\
pipeline: shop
flowgroup: a
actions:
  - {name: load_a, type: load, readMode: batch, target: v_a, source: {type: sql, sql_path: sql/a.sql}}
  - {name: write_a, type: write, source: v_a, write_target: {type: materialized_view, catalog: "${here}", schema: s, table: a}}
""",
        },
        "sql/a.sql:2:6: there is no table or view 'c.s.bb'",
    ),
    "version": (
        {
            "py/old.py": "def get_df(spark, parameters):\n"
            "    return spark.read.option('versionAsOf', 1).table('c.s.b')\n",
            "pipelines/b.yaml": view_of("b", "SELECT 1 AS x"),
            "pipelines/a.yaml": """\
pipeline: shop
flowgroup: a
actions:
  - {name: load_a, type: load, readMode: batch, target: v_a, source: {type: python, module_path: py/old.py}}
  - {name: write_a, type: write, source: v_a, write_target: {type: materialized_view, catalog: c, schema: s, table: a}}
""",
        },
        "pipelines/a.yaml:4:5: the reader's option 'versionAsOf' of c.s.b can't run here",
    ),
    "circle": (
        {
            "pipelines/a.yaml": view_of("a", "SELECT * FROM c.s.b"),
            "pipelines/b.yaml": view_of("b", "SELECT * FROM c.s.a"),
        },
        "these are made from each other: c.s.a -> c.s.b -> c.s.a",
    ),
    "function": (
        {
            "py/bad.py": "def get_df(spark, parameters):\n    raise ValueError('no rows today')\n",
            "pipelines/a.yaml": """\
pipeline: shop
flowgroup: a
actions:
  - {name: load_a, type: load, target: v_a, source: {type: python, module_path: py/bad.py}}
  - {name: write_a, type: write, source: v_a, write_target: {type: materialized_view, catalog: c, schema: s, table: a}}
""",
        },
        "pipelines/a.yaml:4:5: 'v_a' fails: ValueError: no rows today",
    ),
    "stream": (
        {
            "pipelines/b.yaml": view_of("b", "SELECT 1 AS x"),
            "pipelines/a.yaml": """\
pipeline: shop
flowgroup: a
actions:
  - {name: load_a, type: load, readMode: stream, target: v_a, source: {type: delta, catalog: c, schema: s, table: b}}
  - {name: write_a, type: write, source: v_a, write_target: {type: streaming_table, catalog: c, schema: s, table: a}}
""",
        },
        "pipelines/a.yaml:4:5: 'c.s.b' can't be read as a stream, as its rows change",
    ),
    "driver": (
        {
            "pipelines/a.yaml": """\
pipeline: shop
flowgroup: a
actions:
  - {name: load_a, type: load, target: v_a, source: {type: jdbc, url: "jdbc:x", user: u, password: p, driver: org.x.Driver, table: t}}
  - {name: write_a, type: write, source: v_a, write_target: {type: materialized_view, catalog: c, schema: s, table: a}}
""",
        },
        "pipelines/a.yaml:4:5: the Java class 'org.x.Driver' can't run here: it is not there",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_at_its_place(name: str, tmp_path: Path, spark: SparkSession) -> None:
    files, expected = WRONG[name]
    root = write_files(tmp_path, {**FILES, **files})

    problems = told(run_project(root, spark))

    assert any(expected in problem for problem in problems), problems


def test_a_table_of_another_pipeline_is_not_there_yet(tmp_path: Path, spark: SparkSession) -> None:
    files = {
        "pipelines/a.yaml": view_of("a", "SELECT * FROM c.s.b", "gold"),
        "pipelines/b.yaml": view_of("b", "SELECT 1 AS x"),
    }
    root = write_files(tmp_path, {**FILES, **files})

    (problem,) = told(run_project(root, spark, pipeline="gold"))

    assert problem == "pipelines/a.yaml:6:98: 'c.s.b' is not there yet, and is not made in this run"
    run_well(root, spark, flowgroups=("b",))
    ran = run_well(root, spark, pipeline="gold", shown=("c.s.a",))
    assert ran.shown == {"c.s.a": (("x",), (("1",),))}


_LANDED = """\
pipeline: shop
flowgroup: orders
actions:
  - name: load_orders
    type: load
    target: v_orders
    source: {type: cloudfiles, path: "{root}/landing", format: csv, options: {header: true, cloudFiles.schemaHints: "id HINT"}}
  - name: write_orders
    type: write
    source: v_orders
    write_target: {type: streaming_table, catalog: c, schema: s, table: orders}
"""

LANDED = {
    **FILES,
    "landing/1.csv": "id\n1\n",
    "pipelines/orders.yaml": _LANDED.replace("HINT", "INT"),
}


def test_a_type_that_changes_is_told_with_the_way_to_begin_anew(
    tmp_path: Path, spark: SparkSession
) -> None:
    root = write_files(tmp_path, LANDED)
    run_well(root, spark)
    write_files(root, {"pipelines/orders.yaml": _LANDED.replace("HINT", "DATE")})
    write_files(root, {"landing/1.csv": "id\n2024-01-02\n"})

    refused = run_project(root, spark)

    (problem,) = refused.problems
    assert problem.message == "the column 'id' of 'c.s.orders' is int, and would be date"
    assert "--full-refresh" in problem.hint
    assert rows_of(root, spark, "c.s.orders", "id") == [(1,)]

    run_well(root, spark, is_anew=True)

    assert [str(row[0]) for row in rows_of(root, spark, "c.s.orders", "id")] == ["2024-01-02"]


def test_a_full_refresh_reads_what_was_read_and_no_row_is_there_twice(
    tmp_path: Path, spark: SparkSession
) -> None:
    root = write_files(tmp_path, LANDED)
    run_well(root, spark)
    (root / "landing/1.csv").unlink()
    write_files(root, {"landing/2.csv": "id\n2\n"})

    run_well(root, spark)
    assert rows_of(root, spark, "c.s.orders", "id") == [(1,), (2,)]

    run_well(root, spark, is_anew=True)
    assert rows_of(root, spark, "c.s.orders", "id") == [(2,)]


def test_a_full_refresh_finds_out_the_columns_again_and_another_path_has_its_own(
    tmp_path: Path, spark: SparkSession
) -> None:
    plain = _LANDED.replace(', cloudFiles.schemaHints: "id HINT"', "")
    root = write_files(tmp_path, {**LANDED, "pipelines/orders.yaml": plain})
    run_well(root, spark)
    (root / "landing/1.csv").unlink()
    write_files(root, {"landing/1.csv": "other\n2\n"})

    run_well(root, spark, is_anew=True)
    assert rows_of(root, spark, "c.s.orders", "other") == [("2",)]
    with pytest.raises(AnalysisException):
        rows_of(root, spark, "c.s.orders", "id")

    (root / "landing/1.csv").unlink()
    run_well(root, spark)  # with the columns that it knows now

    moved = plain.replace("/landing", "/moved")
    write_files(root, {"pipelines/orders.yaml": moved, "moved/1.csv": "third\n3\n"})
    run_well(root, spark)
    assert rows_of(root, spark, "c.s.orders", "other", "third") == [("2", None), (None, "3")]


def test_code_can_ask_whether_a_table_is_there(tmp_path: Path, spark: SparkSession) -> None:
    files = {
        "py/asks.py": """\
def get_df(spark, parameters):
    names = ["c.s.later", "c.s.never", "v_b"]
    found = [name for name in names if spark.catalog.tableExists(name)]
    rows = [row.x for row in spark.table("c.s.later").collect()]
    return spark.createDataFrame([(str(found), str(rows))], "found STRING, rows STRING")
""",
        "pipelines/a.yaml": """\
pipeline: shop
flowgroup: a
actions:
  - {name: load_a, type: load, readMode: batch, target: v_a, source: {type: python, module_path: py/asks.py}}
  - {name: write_a, type: write, source: v_a, write_target: {type: materialized_view, catalog: c, schema: s, table: a}}
  - {name: load_b, type: load, readMode: batch, target: v_b, source: {type: sql, sql: SELECT 1 AS x}}
  - {name: write_b, type: write, source: v_b, write_target: {type: materialized_view, catalog: c, schema: s, table: b}}
""",
        "pipelines/later.yaml": view_of("later", "SELECT 7 AS x"),
    }
    root = write_files(tmp_path, {**FILES, **files})

    run_well(root, spark)

    assert rows_of(root, spark, "c.s.a") == [("['c.s.later', 'v_b']", "[7]")]


def test_a_limit_of_files_leaves_the_rest_to_the_next_run(
    tmp_path: Path, spark: SparkSession
) -> None:
    more = {f"landing/{number}.csv": f"id\n{number}\n" for number in (2, 3)}
    more["landing/4.csv"] = "id,other\n4,x\n"
    root = write_files(tmp_path, {**LANDED, **more})

    run_well(root, spark, file_limit=1)
    assert len(rows_of(root, spark, "c.s.orders", "id")) == 1

    run_well(root, spark, file_limit=1)
    assert len(rows_of(root, spark, "c.s.orders", "id")) == 2

    run_well(root, spark)
    assert rows_of(root, spark, "c.s.orders", "id") == [(1,), (2,), (3,), (4,)]


def test_a_missing_secret_is_told_with_the_variable_that_gives_it(
    tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "py/asks.py": "def get_df(spark, parameters):\n"
        "    return spark.sql(f\"SELECT '{len(parameters['pin'])}' AS digits\")\n",
        "pipelines/asks.yaml": """\
pipeline: shop
flowgroup: asks
actions:
  - {name: load_asks, type: load, readMode: batch, target: v_asks, source: {type: python, module_path: py/asks.py, parameters: {pin: "${secret:db/pin}"}}}
  - {name: write_asks, type: write, source: v_asks, write_target: {type: materialized_view, catalog: c, schema: s, table: asks}}
""",
    }
    root = write_files(tmp_path, {**FILES, **files})

    (problem,) = run_project(root, spark).problems

    assert str(problem.location) == "pipelines/asks.yaml:4:5"
    assert problem.code.id == "LHP-RUN-029"
    assert "LHP_SECRET_DB_PIN" in problem.hint

    monkeypatch.setenv("LHP_SECRET_DB_PIN", "12345")
    run_well(root, spark)
    assert rows_of(root, spark, "c.s.asks") == [("5",)]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_files_stand_in_for_a_view_and_for_a_table(
    kind: str, tmp_path: Path, spark: SparkSession
) -> None:
    folder = "t" if kind == "csv" else "t.parquet"
    settings = f"name: shop\nrun: {{stand_ins: {{v_heard: '{{root}}/v.{kind}', c.x.far: '{{root}}/{folder}'}}}}\n"
    far = view_of("far_reader", "SELECT max(n) AS n FROM c.x.far")
    root = write_files(tmp_path, {**KAFKA, "lhp.yaml": settings, "pipelines/far.yaml": far})
    if kind == "csv":
        text = "n,word\n1,a\n2,b\n"
        write_files(root, {"v.csv": text, "v.csv.bak": "n,word\n3,c\n", "t/1.csv": text})
    else:
        for name in ("v", "t"):
            frame = spark.createDataFrame([(1, "a"), (2, "b")], "n int, word string")
            frame.coalesce(1).write.parquet((root / f"{name}.parquet").as_posix())

    ran = run_well(root, spark, shown=("c.x.far",))

    assert rows_of(root, spark, "c.s.heard") == [(1, "a"), (2, "b")]
    assert rows_of(root, spark, "c.s.far_reader") == [(2,)]
    words = [each for dataset in ran.done.datasets for each in dataset.emulated]
    assert f"c.x.far is read from {root.as_posix()}/{folder}" in words
    assert ran.shown == {"c.x.far": (("n", "word"), (("1", "a"), ("2", "b")))}

    write_files(root, {f"{folder}/more.json": "{}"})
    (problem,) = run_project(root, spark).problems
    assert problem.message.endswith(
        f"are of several kinds: {kind}, json" if kind == "csv" else "json, parquet"
    )


def test_files_stand_in_whatever_their_names_and_what_is_beside_them(
    tmp_path: Path, spark: SparkSession
) -> None:
    stand_ins = (
        "v_heard: '{root}/heard[1]/a.csv', c.x.far: '{root}/far', c.x.near: '{root}/near/*.csv'"
    )
    files = {
        "lhp.yaml": f"name: shop\nrun: {{stand_ins: {{{stand_ins}}}}}\n",
        "pipelines/far.yaml": view_of("far_reader", "SELECT max(n) AS n FROM c.x.far"),
        "pipelines/near.yaml": view_of("near_reader", "SELECT max(n) AS n FROM c.x.near"),
        "heard[1]/a.csv": "n\n1\n",
        "far/1.csv": "n\n1\n",
        "far/2.CSV": "n\n2\n",
        "far/_log/1.json": "{}",
        "near/1.csv": "n\n3\n",
        "near/notes.md": "of yesterday",
    }
    root = write_files(tmp_path, {**KAFKA, **files})

    run_well(root, spark)

    assert rows_of(root, spark, "c.s.heard") == [(1,)]
    assert rows_of(root, spark, "c.s.far_reader") == [(2,)]
    assert rows_of(root, spark, "c.s.near_reader") == [(3,)]


def test_files_that_can_not_stand_in_are_told_before_anything_runs(
    tmp_path: Path, spark: SparkSession
) -> None:
    stand_ins = "v_heard: '{root}/a', c.x.b: '{root}/b', c.x.c: '{root}/c/*.csv'"
    files = {
        "lhp.yaml": f"name: shop\nrun: {{stand_ins: {{{stand_ins}}}}}\n",
        "a/1.csv": "n\n1\n",
        "a/2.json": "{}",
        "b/_notes.md": "no rows yet",
    }
    root = write_files(tmp_path, {**KAFKA, **files})

    words = [message.replace(root.as_posix(), "") for message in told(run_project(root, spark))]

    assert words == [
        "None: the files in '/a' are of several kinds: csv, json",
        "None: there are no files '/b'",
        "None: there are no files '/c/*.csv'",
    ]


SINK = {
    **LANDED,
    "pipelines/events.yaml": """\
pipeline: shop
flowgroup: events
actions:
  - {name: load_o, type: load, readMode: stream, target: v_o, source: {type: delta, catalog: c, schema: s, table: orders}}
  - {name: to_value, type: transform, transform_type: sql, source: v_o, target: v_value, sql: SELECT cast(id AS string) AS value FROM stream(v_o)}
  - name: write_events
    type: write
    source: v_value
    write_target: {type: sink, sink_type: kafka, sink_name: events, bootstrap_servers: "b:1", topic: events}
""",
}


def test_a_kafka_sink_is_told_or_its_rows_are_kept(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, SINK)

    (problem,) = told(run_project(root, spark))

    assert problem == (
        "pipelines/events.yaml:6:5: the data source 'kafka' can't run here: Spark has none of that"
        " name"
    )

    write_files(root, {"lhp.yaml": "name: shop\nrun: {stand_ins: {events: keep}}\n"})
    first = run_well(root, spark)
    write_files(root, {"landing/2.csv": "id\n2\n"})
    run_well(root, spark)

    assert "the rows of the sink events are kept in the table events" in first.done.notes
    assert rows_of(root, spark, "shop/events") == [("1",), ("2",)]
