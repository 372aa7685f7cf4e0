"""What can't be run is told at its place, before anything runs where that is possible."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from running import rows_of, run_project, run_well, told, write_files

_FILES = {"lhp.yaml": "name: shop\n", "substitutions/local.yaml": "local:\n  here: x\n"}


def _view(name: str, sql: str, pipeline: str = "shop") -> str:
    """Return a flowgroup of one materialized view."""
    return f"""\
pipeline: {pipeline}
flowgroup: {name}
actions:
  - name: write_{name}
    type: write
    write_target: {{type: materialized_view, catalog: c, schema: s, table: {name}, sql: "{sql}"}}
"""


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
    **_FILES,
    "pipelines/heard.yaml": _KAFKA,
    "pipelines/reader.yaml": _view("reader", "SELECT * FROM c.s.heard"),
    "pipelines/other.yaml": _view("other", "SELECT 1 AS one"),
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
        "left out: the data source 'kafka' can't run here: Spark has none of that name",
        "left out: c.s.reader, which reads c.s.heard",
    )


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
            "pipelines/a.yaml": _view("a", "SELECT * FROM c.s.bb"),
            "pipelines/b.yaml": _view("b", "SELECT 1 AS x"),
        },
        "pipelines/a.yaml:4:5: there is no table or view 'c.s.bb'",
    ),
    "circle": (
        {
            "pipelines/a.yaml": _view("a", "SELECT * FROM c.s.b"),
            "pipelines/b.yaml": _view("b", "SELECT * FROM c.s.a"),
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
            "pipelines/b.yaml": _view("b", "SELECT 1 AS x"),
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
    root = write_files(tmp_path, {**_FILES, **files})

    problems = told(run_project(root, spark))

    assert any(expected in problem for problem in problems), problems


def test_a_table_of_another_pipeline_is_not_there_yet(tmp_path: Path, spark: SparkSession) -> None:
    files = {
        "pipelines/a.yaml": _view("a", "SELECT * FROM c.s.b", "gold"),
        "pipelines/b.yaml": _view("b", "SELECT 1 AS x"),
    }
    root = write_files(tmp_path, {**_FILES, **files})

    (problem,) = told(run_project(root, spark, pipeline="gold"))

    assert problem == "pipelines/a.yaml:4:5: 'c.s.b' is not there yet, and is not made in this run"
    run_well(root, spark, flowgroups=("b",))
    ran = run_well(root, spark, pipeline="gold", shown=("c.s.a",))
    assert ran.shown == {"c.s.a": (("x",), (("1",),))}
