"""Loads of every kind on real Spark: exact rows, and in a second run what is new."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from running import rows_of, run_project, run_well, told, write_files

_FILES = {
    "lhp.yaml": "name: shop\n",
    "substitutions/local.yaml": "local:\n  landing: '{root}/landing'\n",
}


def _written(flowgroup: str, load: str, reads: str = "stream") -> str:
    """Return a flowgroup of one load whose rows are kept in a table of its name."""
    target = "{type: streaming_table, catalog: c, schema: s, table: %s}"
    target = target if reads == "stream" else target.replace("streaming_table", "materialized_view")
    return (
        f"pipeline: loads\nflowgroup: {flowgroup}\nactions:\n"
        f"  - name: load_{flowgroup}\n    type: load\n    target: v_{flowgroup}\n{load}"
        f"  - name: write_{flowgroup}\n    type: write\n    source: v_{flowgroup}\n"
        f"    write_target: {target % flowgroup}\n"
    )


LANDED = {
    **_FILES,
    "pipelines/hinted.yaml": _written(
        "hinted",
        "    source:\n      type: cloudfiles\n      path: ${landing}/csv\n      format: csv\n"
        '      options: {header: true, cloudFiles.schemaHints: "id INT, at DATE"}\n',
    ),
    "pipelines/inferred.yaml": _written(
        "inferred",
        "    source:\n      type: cloudfiles\n      path: ${landing}/json\n      format: json\n"
        "      options: {cloudFiles.inferColumnTypes: true}\n",
    ),
    "pipelines/fixed.yaml": _written(
        "fixed",
        "    source:\n      type: cloudfiles\n      path: ${landing}/csv\n      format: csv\n"
        "      options: {header: true}\n      schema: schemas/fixed.yaml\n",
    ),
    "schemas/fixed.yaml": "name: fixed\ncolumns:\n  - {name: id, type: BIGINT}\n",
    "landing/csv/1.csv": "id,at,note\n1,2024-01-31,a\n2,,b\n",
    "landing/json/1.json": '{"id": 1, "price": 2.5, "tags": ["a"]}\n',
}


def test_files_that_land(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, LANDED)

    run_well(root, spark)

    first = [(1, date(2024, 1, 31), "a"), (2, None, "b")]
    assert rows_of(root, spark, "c.s.hinted", "id", "at", "note") == first
    assert rows_of(root, spark, "c.s.inferred", "id", "price", "tags") == [(1, 2.5, ["a"])]
    assert rows_of(root, spark, "c.s.fixed") == [(1,), (2,)]

    write_files(
        root,
        {
            "landing/csv/2.csv": "id,at,note,extra\n3,2024-02-01,c,x\n",
            "landing/json/2.json": '{"id": 2, "price": 3.5, "colour": "red"}\n',
        },
    )
    second = run_well(root, spark)

    assert {each.name: each.rows_in for each in second.done.datasets} == {
        "c.s.hinted": 1,
        "c.s.inferred": 1,
        "c.s.fixed": 1,
    }
    assert rows_of(root, spark, "c.s.hinted", "id", "note", "extra") == [
        (1, "a", None),
        (2, "b", None),
        (3, "c", "x"),
    ]
    assert rows_of(root, spark, "c.s.inferred", "id", "price", "colour") == [
        (1, 2.5, None),
        (2, 3.5, "red"),
    ]
    assert rows_of(root, spark, "c.s.fixed") == [(1,), (2,), (3,)]


_FUNCTIONS = '''\
from pyspark.sql import functions as F
from pyspark.sql.types import StringType

from helpers.words import louder

_udf = F.udf(louder, StringType())


@F.udf("string")
def _twice(text):
    return text + text


def read(spark, parameters):
    """Give words."""
    from helpers.more import WORDS

    frame = spark.createDataFrame([(word,) for word in WORDS], "word string")
    frame = frame.withColumn("loud", _udf("word")).withColumn("twice", _twice("word"))
    return frame.where(F.length("word") >= parameters["least"])
'''

_SOURCE = '''\
from pyspark.sql.datasource import DataSource, DataSourceReader, SimpleDataSourceStreamReader


class Ticks(DataSource):
    """Numbers up to one in a file."""

    @classmethod
    def name(cls):
        return "ticks"

    def schema(self):
        return "tick int"

    def reader(self, schema):
        return _Reader(self.options)

    def simpleStreamReader(self, schema):
        return _Stream(self.options)


class _Reader(DataSourceReader):
    def __init__(self, options):
        self.options = options

    def read(self, partition):
        for tick in range(int(open(self.options["upto"]).read())):
            yield (tick,)


class _Stream(SimpleDataSourceStreamReader):
    def __init__(self, options):
        self.upto = options["upto"]

    def initialOffset(self):
        return {"tick": 0}

    def read(self, start):
        end = int(open(self.upto).read())
        return iter([(tick,) for tick in range(start["tick"], end)]), {"tick": end}

    def readBetweenOffsets(self, start, end):
        return iter([(tick,) for tick in range(start["tick"], end["tick"])])
'''

_TICKS = (
    "    source:\n      type: custom_datasource\n      module_path: py/ticks.py\n"
    "      custom_datasource_class: Ticks\n      options: {upto: '{root}/upto.txt'}\n"
)

CODE = {
    **_FILES,
    "py/read.py": _FUNCTIONS,
    "py/helpers/__init__.py": "",
    "py/helpers/words.py": "def louder(word):\n    return word.upper() + _MARK\n\n\n_MARK = '!'\n",
    "py/helpers/more.py": "WORDS = ['a', 'bc', 'def']\n",
    "pipelines/words.yaml": _written(
        "words",
        "    source:\n      type: python\n      module_path: py/read.py\n"
        "      function_name: read\n      parameters: {least: 2}\n",
        "batch",
    ),
    "pipelines/crew.yaml": _written(
        "crew",
        "    source:\n      type: jdbc\n      url: jdbc:derby:memory:crew\n      user: app\n"
        "      password: ${secret:crew-db/password}\n"
        "      driver: org.apache.derby.iapi.jdbc.AutoloadedDriver\n"
        '      query: SELECT "id", "name" FROM crew WHERE "id" > 1\n',
        "batch",
    ),
}


def test_functions_and_databases(
    tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_files(tmp_path, CODE)
    monkeypatch.setenv("LHP_SECRET_CREW_DB_PASSWORD", "app")
    system = spark.sparkContext._jvm.java.lang.System  # type: ignore[union-attr]
    system.setProperty("derby.stream.error.file", str(tmp_path / "derby.log"))
    crew = spark.createDataFrame([(1, "Ann"), (2, "Bob")], "id int, name string")
    crew.write.mode("overwrite").jdbc(
        "jdbc:derby:memory:crew;create=true", "crew", properties={"user": "app"}
    )

    run_well(root, spark)

    assert rows_of(root, spark, "c.s.words") == [("bc", "BC!", "bcbc"), ("def", "DEF!", "defdef")]
    assert rows_of(root, spark, "c.s.crew") == [(2, "Bob")]


SOURCES = {
    **_FILES,
    "py/ticks.py": _SOURCE,
    "upto.txt": "2",
    "pipelines/ticks.yaml": _written("ticks", _TICKS),
    "pipelines/ticked.yaml": _written("ticked", "    readMode: batch\n" + _TICKS, "batch"),
}
HAS_ARROW = importlib.util.find_spec("pyarrow") is not None


@pytest.mark.skipif(not HAS_ARROW, reason="Spark's Python data sources need pyarrow")
def test_data_sources_of_the_project(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, SOURCES)

    run_well(root, spark)

    assert rows_of(root, spark, "c.s.ticks") == [(0,), (1,)]
    assert rows_of(root, spark, "c.s.ticked") == [(0,), (1,)]

    write_files(root, {"upto.txt": "3"})
    run_well(root, spark)

    assert rows_of(root, spark, "c.s.ticks") == [(0,), (1,), (2,)]
    assert rows_of(root, spark, "c.s.ticked") == [(0,), (1,), (2,)]


@pytest.mark.skipif(HAS_ARROW, reason="pyarrow is installed here")
def test_data_sources_need_pyarrow(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, SOURCES)

    ran = run_project(root, spark)

    assert ran.done.datasets == ()
    assert told(ran) == [
        f"pipelines/{name}.yaml:4:5: the Python module 'pyarrow' can't run here: it is not "
        "installed"
        for name in ("ticked", "ticks")
    ]


_DELTA = "    source: {{type: delta, catalog: c, schema: s, table: base{more}}}\n"
TABLES = {
    **_FILES,
    "landing/base/1.csv": "id,word\n1,a\n2,b\n3,c\n",
    "pipelines/base.yaml": _written(
        "base",
        "    source:\n      type: cloudfiles\n      path: ${landing}/base\n      format: csv\n"
        '      options: {header: true, cloudFiles.schemaHints: "id INT"}\n',
    ).replace("pipeline: loads", "pipeline: bases"),
    "pipelines/streamed.yaml": _written(
        "streamed",
        "    readMode: stream\n" + _DELTA.format(more=", options: {skipChangeCommits: 'true'}"),
    ),
    "pipelines/chosen.yaml": _written(
        "chosen",
        _DELTA.format(more=", where_clause: ['id > 1', 'id < 3'], select_columns: [word]"),
        "batch",
    ),
    "pipelines/counted.yaml": _written(
        "counted", "    source: {type: sql, sql: SELECT count(*) AS n FROM s.base}\n", "batch"
    ),
}


def test_tables_of_another_pipeline(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, TABLES)

    first = run_well(root, spark)

    assert first.done.datasets[0].name == "c.s.base"
    assert rows_of(root, spark, "c.s.streamed", "id") == [(1,), (2,), (3,)]
    assert rows_of(root, spark, "c.s.chosen") == [("b",)]
    assert rows_of(root, spark, "c.s.counted") == [(3,)]

    write_files(root, {"landing/base/2.csv": "id,word\n4,d\n"})
    second = run_well(root, spark)

    assert {each.name: each.rows_in for each in second.done.datasets}["c.s.streamed"] == 1
    assert rows_of(root, spark, "c.s.streamed", "id") == [(1,), (2,), (3,), (4,)]
    assert rows_of(root, spark, "c.s.counted") == [(4,)]


_ORDERS = _written(
    "orders",
    "    source: {type: cloudfiles, path: '${landing}', format: csv, options: {header: true}}\n",
)
_TOTAL = """\
pipeline: loads
flowgroup: total
actions:
  - name: write_total
    type: write
    write_target: {type: materialized_view, catalog: c, schema: s, table: total, sql: SELECT 1 AS n}
"""
_READ = """\
def get_df(spark, parameters):
    return spark.read.options(**parameters["options"]).table(parameters["table"])
"""


def _asked(name: str, table: str, options: str) -> dict[str, str]:
    """Return a flowgroup whose Python code reads a table with options."""
    parameters = f"{{table: {table}, options: {options}}}"
    source = f"{{type: python, module_path: py/read.py, parameters: {parameters}}}"
    load = f"    readMode: batch\n    source: {source}\n"
    return {f"pipelines/{name}.yaml": _written(name, load, "batch")}


ASKED = {
    **_FILES,
    "py/read.py": _READ,
    "landing/1.csv": "id\n1\n",
    "pipelines/a_orders.yaml": _ORDERS,
    "pipelines/a_total.yaml": _TOTAL,
}


def test_options_of_a_reader_are_heeded_or_told(tmp_path: Path, spark: SparkSession) -> None:
    refused_here = {
        "anew": ("c.s.total", "readChangeFeed", "{startingVersion: 0, readChangeFeed: true}"),
        "former": ("c.s.orders", "VERSIONASOF", "{VERSIONASOF: 3}"),
        "old": ("v_old_orders", "timestampAsOf", "{timestampAsOf: '2024-01-01'}"),
        "since": ("c.s.orders", "startingVersion", "{readChangeFeed: true, startingVersion: 2}"),
    }
    asked = {name: _asked(name, table, given) for name, (table, _, given) in refused_here.items()}
    view = "  - {name: load_old_orders, type: load, readMode: batch, target: v_old_orders, source: {type: sql, sql: SELECT 1 AS n}}\n"
    asked["old"] = {path: text + view for path, text in asked["old"].items()}
    root = write_files(
        tmp_path, {**ASKED, **{k: v for each in asked.values() for k, v in each.items()}}
    )

    refused = run_project(root, spark)

    assert refused.done.datasets == ()
    assert sorted(told(refused)) == [
        f"pipelines/{name}.yaml:4:5: the reader's option '{option}' of {table} can't run here: only"
        " a Delta table has it"
        for name, (table, option, _) in refused_here.items()
    ]

    for name in refused_here:
        (root / f"pipelines/{name}.yaml").unlink()
    write_files(
        root,
        {
            **_asked("merged", "c.s.orders", "{mergeSchema: true, versionHint: 3}"),
            **_asked("fed", "c.s.orders", "{readChangeFeed: true, startingVersion: 0}"),
        },
    )
    done = {each.name: each for each in run_well(root, spark).done.datasets}

    assert done["c.s.merged"].ignored[1:] == (
        "the reader's option 'mergeSchema' of c.s.orders",
        "the reader's option 'versionHint' of c.s.orders",
    )
    assert done["c.s.fed"].ignored == done["c.s.merged"].ignored[:1]
    assert rows_of(root, spark, "c.s.fed", "id", "_change_type") == [("1", "insert")]
