"""Auto Loader on open-source Spark: what lands is what a stream gives, run after run."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- its name in Spark's own guides

from lhp.run.landing import LandingError, NewColumnsError, NothingLandedError, landing_stream
from lhp.run.landing_options import reader_plan

Rows = list[dict[str, Any]]


class Landing:
    """A landing folder and the stream over it."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark = spark
        self.folder = folder / "in coming"
        self.folder.mkdir()
        self.state = folder / "state"
        self.memory = self.state / "orders.json"

    def put(self, name: str, text: str | bytes) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def stream(self, schema: object = None, *, path: object = "", **options: object) -> DataFrame:
        named = {name.replace("__", "."): value for name, value in options.items()}
        plan = reader_plan(named, str(path or self.folder), schema)
        return landing_stream(self.spark, plan, self.memory)

    def run(self, rows: DataFrame) -> Rows:
        """Return what one run of the stream gives; the next one goes on after it."""
        got: Rows = []

        def keep(batch: DataFrame, _: int) -> None:
            got.extend(row.asDict(recursive=True) for row in batch.collect())

        writer = rows.writeStream.foreachBatch(keep).trigger(availableNow=True)
        query = writer.option("checkpointLocation", str(self.state / "checkpoint")).start()
        query.awaitTermination()
        return sorted(got, key=str)

    def csv(self, schema: object = None, **options: object) -> Rows:
        return self.run(self.stream(schema, cloudFiles__format="csv", **options))

    def json(self, schema: object = None, **options: object) -> Rows:
        return self.run(self.stream(schema, cloudFiles__format="json", **options))


@pytest.fixture
def landing(spark: SparkSession, tmp_path: Path) -> Landing:
    return Landing(spark, tmp_path)


def rescued(row: dict[str, Any]) -> dict[str, str]:
    known = json.loads(row["_rescued_data"])
    assert known.pop("_file_path").startswith("file:/")
    return dict(known)


def test_csv_columns_are_text_and_only_new_files_are_read(landing: Landing) -> None:
    landing.put("a.csv", "id,amount\n1,2.50\n")
    assert landing.csv() == [{"id": "1", "amount": "2.50", "_rescued_data": None}]
    landing.put("b.csv", "id,amount\n2,\n")
    assert landing.csv() == [{"id": "2", "amount": None, "_rescued_data": None}]
    assert landing.csv() == []


def test_types_are_inferred_when_asked(landing: Landing) -> None:
    landing.put("a.csv", "id,amount,day\n1,2.50,2026-01-01\n")
    rows = landing.stream(cloudFiles__format="csv", cloudFiles__inferColumnTypes=True)
    assert rows.dtypes == [
        ("id", "int"),
        ("amount", "double"),
        ("day", "date"),
        ("_rescued_data", "string"),
    ]


def test_each_csv_file_is_read_by_its_own_header(landing: Landing) -> None:
    landing.put("a.csv", "id,name\n1,x\n")
    landing.put("b.csv", "name,more,ID\ny,m,2\n")
    landing.put("c.csv.gz", gzip.compress(b"more,id\nn,3\n"))
    assert [(row["id"], row["name"], row["more"]) for row in landing.csv()] == [
        ("1", "x", None),
        ("2", "y", "m"),
        ("3", None, "n"),
    ]


def test_hints_give_types_and_what_does_not_fit_is_rescued(landing: Landing) -> None:
    landing.put("a.csv", 'id,ts,cost\n1,2026-01-01 10:00:00,5\n2,soon,"$1,00"\n3,,\n')
    hints = "cost DECIMAL(10, 2) COMMENT 'a, b', ts TIMESTAMP, shop STRING NOT NULL"
    rows = landing.csv(cloudFiles__schemaHints=hints)
    assert [str(row["cost"]) for row in rows] == ["5.00", "None", "None"]
    assert [row["_rescued_data"] is None for row in rows] == [True, False, True]
    assert rescued(rows[1]) == {"cost": "$1,00", "ts": "soon"}
    assert list(rows[0]) == ["id", "ts", "cost", "shop", "_rescued_data"]


def test_options_of_csv_hold_for_values_of_every_type(landing: Landing) -> None:
    landing.put("a.csv", "id;day;note\n1;31.12.2025;'a;\nb'\nNA;NA;NA\n")
    rows = landing.csv(
        delimiter=";",
        quote="'",
        multiLine=True,
        dateFormat="dd.MM.yyyy",
        nullValue="NA",
        cloudFiles__schemaHints="id INT, day DATE",
    )
    assert [(row["id"], str(row["day"]), row["note"]) for row in rows] == [
        (1, "2025-12-31", "a;\nb"),
        (None, "None", None),
    ]
    assert {row["_rescued_data"] for row in rows} == {None}


def test_csv_without_a_header_has_numbered_columns(landing: Landing) -> None:
    landing.put("a.csv", "1,x\n2,y\n")
    rows = landing.csv(header=False, cloudFiles__schemaHints="_c0 INT")
    assert [(row["_c0"], row["_c1"]) for row in rows] == [(1, "x"), (2, "y")]


def test_columns_of_later_files_are_added_at_the_end(landing: Landing) -> None:
    landing.put("a.csv", "id,name\n1,x\n")
    landing.csv()
    landing.put("b.csv", "id,a_new,name\n2,n,y\n")
    (row,) = landing.csv()
    assert row == {"id": "2", "name": "y", "a_new": "n", "_rescued_data": None}
    assert list(row) == ["id", "name", "a_new", "_rescued_data"]
    assert landing.stream(cloudFiles__format="csv").columns == list(row)


def test_no_new_column_is_taken_in_when_they_are_rescued(landing: Landing) -> None:
    options = {"cloudFiles__schemaEvolutionMode": "rescue"}
    landing.put("a.csv", "id\n1\n")
    landing.csv(**options)
    landing.put("b.csv", "more,id\nm,2\n")
    (row,) = landing.csv(**options)
    assert list(row) == ["id", "_rescued_data"]
    assert rescued(row) == {"more": "m"}


def test_no_new_column_is_taken_in_when_none_evolves(landing: Landing) -> None:
    options = {"cloudFiles__schemaEvolutionMode": "none"}
    landing.put("a.csv", "id\n1\n")
    landing.csv(**options)
    landing.put("b.csv", "more,id\nm,2\n")
    assert landing.csv(**options) == [{"id": "2"}]


def test_new_columns_can_be_forbidden(landing: Landing) -> None:
    options = {"cloudFiles__schemaEvolutionMode": "failOnNewColumns"}
    landing.put("a.csv", "id\n1\n")
    landing.csv(**options)
    late = landing.put("b.csv", "id,more,x\n2,m,n\n")
    for _ in range(2):
        with pytest.raises(NewColumnsError, match="new columns more, x"):
            landing.csv(**options)
    hints = {"cloudFiles__schemaHints": "more STRING, x INT"}
    assert landing.stream(cloudFiles__format="csv", **options, **hints).columns[:3] == [
        "id",
        "more",
        "x",
    ]
    late.unlink()
    assert landing.csv(**options) == []


def test_number_types_can_widen(landing: Landing) -> None:
    options = {
        "cloudFiles__inferColumnTypes": True,
        "cloudFiles__schemaEvolutionMode": "addNewColumnsWithTypeWidening",
    }
    landing.put("a.csv", "id,n\n1,1\n")
    landing.csv(**options)
    landing.put("b.csv", "id,n\n3000000000,2.5\n")
    assert landing.csv(**options) == [{"id": 3000000000, "n": 2.5, "_rescued_data": None}]


def test_json_columns_are_text_just_as_it_is_written(landing: Landing) -> None:
    landing.put("a.json", '{"id": 1.10, "of": {"x": [1, 2.50]}, "ok": true}\n\n{"id": "a"}\n')
    assert landing.json() == [
        {"id": "1.10", "of": '{"x": [1, 2.50]}', "ok": "true", "_rescued_data": None},
        {"id": "a", "of": None, "ok": None, "_rescued_data": None},
    ]


def test_json_types_are_inferred_when_asked(landing: Landing) -> None:
    landing.put("a.json", '{"id": 1, "of": {"x": [1, 2.5]}}\n')
    rows = landing.stream(cloudFiles__format="json", cloudFiles__inferColumnTypes=True)
    assert rows.dtypes[:2] == [("id", "bigint"), ("of", "struct<x:array<double>>")]


def test_what_does_not_fit_in_json_is_rescued(landing: Landing) -> None:
    landing.put(
        "a.json",
        '{"id": 1, "of": {"n": 1}}\n{"id": "x", "of": {"n": 1}}\n{"id": 3, "of": {"n": "y"}}\n{bad\n',
    )
    hints = "id INT, of STRUCT<n: INT>"
    rows = landing.json(cloudFiles__schemaHints=hints)
    assert [row["id"] for row in rows] == [1, 3, None, None]
    assert rows[0]["_rescued_data"] is None
    assert rescued(rows[1]) == {"of": '{"n":"y"}'}
    broken = [rescued(row) for row in rows[2:]]
    assert {"id": "x"} in broken
    assert {"_corrupt_record": "{bad"} in broken


def test_hints_reach_into_a_value(landing: Landing) -> None:
    landing.put("a.json", '{"of": {"n": 1, "m": 2}, "tags": [{"k": 1}], "id": 1}\n')
    hints = "of.n BIGINT, of.new.x DATE, tags.element.k INT, labels MAP<STRING, INT>, labels.value BIGINT"
    rows = landing.stream(cloudFiles__format="json", cloudFiles__schemaHints=hints)
    assert rows.dtypes[:4] == [
        ("id", "string"),
        ("of", "struct<m:string,n:bigint,new:struct<x:date>>"),
        ("tags", "array<struct<k:int>>"),
        ("labels", "map<string,bigint>"),
    ]


def test_new_json_columns_are_added_or_rescued(landing: Landing) -> None:
    landing.put("a.json", '{"id": 1}\n')
    landing.json()
    landing.put("b.json", '{"a": {"b": 1.50}, "id": 2}\n')
    kept = landing.stream(cloudFiles__format="json", cloudFiles__schemaEvolutionMode="rescue")
    (row,) = landing.run(kept)
    assert rescued(row) == {"a": '{"b": 1.50}'}
    assert landing.stream(cloudFiles__format="json").columns == ["id", "_rescued_data"]


def test_json_over_many_lines_and_in_arrays(landing: Landing) -> None:
    landing.put("a.json", '[{"id": 1},\n {"id": 2}]')
    landing.put("b.json", '{"id":\n 3}')
    assert [row["id"] for row in landing.json(multiLine=True)] == ["1", "2", "3"]


def test_columns_that_are_given_are_read_as_spark_reads_them(landing: Landing) -> None:
    landing.put("a.csv", "id,n\n1,x\n")
    assert landing.csv("id INT, n STRING", header=True) == [{"id": 1, "n": "x"}]
    assert not landing.memory.exists()


def test_columns_that_are_given_can_have_the_rest_rescued(landing: Landing) -> None:
    landing.put("a.csv", "n,id\nx,1\ny,z\n")
    rows = landing.csv("id INT", header=True, rescuedDataColumn="rest")
    assert [(row["id"], json.loads(row["rest"]).get("n")) for row in rows] == [
        (1, "x"),
        (None, "y"),
    ]


def test_given_columns_without_a_header_are_taken_in_order(landing: Landing) -> None:
    landing.put("a.csv", "1,x,more\n")
    (row,) = landing.csv("id INT, n STRING", rescuedDataColumn="_rescued_data")
    assert (row["id"], row["n"], rescued(row)) == (1, "x", {"_c2": "more"})


def test_parquet_has_its_own_types(landing: Landing, spark: SparkSession) -> None:
    spark.sql("SELECT 1 AS id").write.parquet(str(landing.folder / "one"))
    assert landing.run(landing.stream(cloudFiles__format="parquet")) == [
        {"id": 1, "_rescued_data": None}
    ]
    spark.sql("SELECT 2 AS id, named_struct('x', 1) AS of").write.parquet(
        str(landing.folder / "two")
    )
    rows = landing.stream(cloudFiles__format="parquet", cloudFiles__schemaEvolutionMode="rescue")
    (row,) = landing.run(rows)
    assert rescued(row) == {"of": '{"x":1}'}


def test_xml_text_and_binary_files(landing: Landing) -> None:
    landing.put("a.xml", "<a><r id='1'><b>2</b></r></a>")
    rows = landing.stream(cloudFiles__format="xml", rowTag="r")
    assert landing.run(rows) == [{"_id": "1", "b": "2", "_rescued_data": None}]
    assert landing.stream(cloudFiles__format="text").columns == ["value"]
    assert landing.stream(cloudFiles__format="binaryFile").columns == [
        "path",
        "modificationTime",
        "length",
        "content",
    ]


def test_folders_give_partition_columns(landing: Landing) -> None:
    landing.put("day=2026-01-01/shop=a/a.csv", "id\n1\n")
    assert landing.csv() == [{"id": "1", "day": "2026-01-01", "shop": "a", "_rescued_data": None}]
    rows = landing.stream(cloudFiles__format="csv", cloudFiles__partitionColumns="")
    assert rows.columns == ["id", "_rescued_data"]


def test_chosen_partition_columns(landing: Landing) -> None:
    landing.put("day=2026-01-01/shop=a/a.csv", "id\n1\n")
    assert landing.csv(cloudFiles__partitionColumns="shop") == [
        {"id": "1", "shop": "a", "_rescued_data": None}
    ]


def test_files_of_all_folders_below_are_read(landing: Landing) -> None:
    landing.put("2026/01/a.csv", "id\n1\n")
    landing.put("b.csv", "id\n2\n")
    assert [row["id"] for row in landing.csv()] == ["1", "2"]


def test_where_a_row_comes_from_is_known(landing: Landing) -> None:
    landing.put("a b.csv", "id\n1\n")
    rows = landing.stream(cloudFiles__format="csv").withColumn("n", F.lit(1))
    rows = rows.withColumn("file", F.col("_metadata.file_path")).withColumn(
        "name", F.input_file_name()
    )
    rows = rows.withColumn("size", F.col("_metadata.file_size"))
    (row,) = landing.run(rows)
    assert row["file"].endswith("/in%20coming/a%20b.csv")
    assert row["name"].endswith("/in%20coming/a%20b.csv")
    assert row["size"] == 5


def test_only_files_of_a_time_are_read(landing: Landing) -> None:
    landing.put("a.csv", "id\n1\n")
    assert [row["id"] for row in landing.csv(modifiedAfter="2020-01-01T00:00:00")] == ["1"]
    rows = landing.stream(
        cloudFiles__format="csv",
        cloudFiles__schemaHints="id INT",
        modifiedBefore="2020-01-01T00:00:00",
    )
    assert landing.run(rows) == []


@pytest.mark.parametrize(
    "shape", ["{0}/*.csv", "file:{0}", "file://{0}/a*", "{0}/a.csv", "{0}/[ab].csv"]
)
def test_paths_may_hold_wildcards_and_a_scheme(landing: Landing, shape: str) -> None:
    landing.put("a.csv", "id\n1\n")
    rows = landing.stream(path=shape.format(landing.folder), cloudFiles__format="csv")
    assert [row["id"] for row in landing.run(rows)] == ["1"]


def test_a_relative_path_is_relative_to_the_current_folder(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.put("a.csv", "id\n1\n")
    monkeypatch.chdir(landing.folder.parent)
    rows = landing.stream(path="in coming/*.csv", cloudFiles__format="csv")
    assert [row["id"] for row in landing.run(rows)] == ["1"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/nowhere/in", "there is no /nowhere/in on this machine"),
        ("/nowhere/*/in/*.csv", "there is no /nowhere on this machine"),
        ("/Volumes/dev/landing/orders", "a place on Databricks"),
    ],
)
def test_a_folder_that_is_not_there_is_told(landing: Landing, path: str, words: str) -> None:
    with pytest.raises(NothingLandedError, match=words):
        landing.stream(path=path, cloudFiles__format="csv")


@pytest.mark.parametrize("name", ["csv", "json", "parquet"])
@pytest.mark.parametrize("pattern", ["", "/*.none"])
def test_nothing_landed_is_told(landing: Landing, name: str, pattern: str) -> None:
    with pytest.raises(NothingLandedError, match="no file has landed"):
        landing.stream(path=f"{landing.folder}{pattern}", cloudFiles__format=name)


def test_nothing_landed_is_fine_when_hints_say_the_columns(landing: Landing) -> None:
    rows = landing.stream(cloudFiles__format="csv", cloudFiles__schemaHints="id INT")
    assert rows.dtypes == [("id", "int"), ("_rescued_data", "string")]
    assert landing.run(rows) == []
    landing.put("a.csv", "name,id\nx,1\n")
    assert landing.csv(cloudFiles__schemaHints="id INT") == [
        {"name": "x", "id": 1, "_rescued_data": None}
    ]


@pytest.mark.parametrize("name", ["csv", "json"])
def test_files_without_a_line_give_no_row(landing: Landing, name: str) -> None:
    landing.put(f"a.{name}", "")
    rows = landing.stream(cloudFiles__format=name, cloudFiles__schemaHints="id INT")
    assert landing.run(rows) == []


def test_a_file_that_lands_while_a_run_starts_is_not_read_by_a_wrong_header(
    landing: Landing,
) -> None:
    landing.put("a.csv", "id,name\n1,x\n")
    rows = landing.stream(cloudFiles__format="csv")
    landing.put("b.csv", "name,id\ny,2\n")
    with pytest.raises(StreamingQueryException, match="landed while the run was starting"):
        landing.run(rows)
    assert [(row["id"], row["name"]) for row in landing.csv()] == [("1", "x"), ("2", "y")]


def test_what_cannot_be_done_is_told_before_anything_is_read(landing: Landing) -> None:
    with pytest.raises(LandingError, match="take it out; skipRows"):
        landing.stream(cloudFiles__format="csv", cloudFiles__colour="red", skipRows=1)


@pytest.mark.parametrize(
    "damage", [lambda _: "{", lambda text: text.replace("csv", "json"), lambda _: "[]"]
)
def test_a_memory_that_cannot_be_used_is_made_anew(
    landing: Landing, damage: Callable[[str], str]
) -> None:
    landing.put("a.csv", "id\n1\n")
    landing.csv()
    known = landing.memory.read_text(encoding="utf-8")
    landing.memory.write_text(damage(known), encoding="utf-8")
    assert landing.stream(cloudFiles__format="csv").columns == ["id", "_rescued_data"]
    assert landing.memory.read_text(encoding="utf-8") == known
    assert [file.name for file in landing.state.iterdir() if file.is_file()] == ["orders.json"]


def test_names_of_columns_may_be_anything(landing: Landing) -> None:
    landing.put("a.json", '{"a.b": 1, "c`d": {"e f": 2}, "value": 3, "é": 4}\n')
    (row,) = landing.json(cloudFiles__schemaHints="`a.b` INT, `c``d`.`e f` INT, é: INT")
    assert row == {"a.b": 1, "c`d": {"e f": 2}, "value": "3", "é": 4, "_rescued_data": None}


def test_a_file_that_is_written_anew_before_it_was_read_is_looked_at_again(
    landing: Landing,
) -> None:
    landing.put("a.csv", "id,name\n1,x\n")
    landing.put("b.csv", "id,name\n2,y\n")
    landing.stream(cloudFiles__format="csv")
    landing.put("b.csv", "name,id\ny,2\n")
    assert [(row["id"], row["name"]) for row in landing.csv()] == [("1", "x"), ("2", "y")]


def test_a_folder_wins_over_a_column_of_its_name(landing: Landing) -> None:
    landing.put("day=2026-01-01/a.csv", "id,day,n\n1,monday,x\n")
    assert landing.csv() == [{"id": "1", "n": "x", "day": "2026-01-01", "_rescued_data": None}]


def test_records_that_are_no_json_can_be_had_in_a_column(landing: Landing) -> None:
    landing.put("a.json", '{"id": 1}\n{bad\n')
    rows = landing.json(cloudFiles__schemaHints="_corrupt_record STRING")
    assert [(row["id"], row["_corrupt_record"]) for row in rows] == [("1", None), (None, "{bad")]


def test_files_without_any_column_are_told(landing: Landing) -> None:
    landing.put("a.json", "{bad\n")
    with pytest.raises(NothingLandedError, match="no file that landed has a column"):
        landing.json()


def test_a_hint_that_spark_cannot_read_is_told(landing: Landing) -> None:
    landing.put("a.csv", "id\n1\n")
    with pytest.raises(LandingError, match=r"cloudFiles\.schemaHints 'id INTEGRE': .*INTEGRE"):
        landing.csv(cloudFiles__schemaHints="id INTEGRE")


def test_given_columns_name_the_folders_that_count(landing: Landing) -> None:
    landing.put("day=2026-01-01/shop=a/a.csv", "1\n")
    assert landing.csv("id INT, shop STRING") == [{"id": 1, "shop": "a"}]


COLUMNS = ("id", "name", "Ort", "a b")
FILES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(COLUMNS), min_size=1, unique=True),
        st.lists(
            st.lists(st.sampled_from(["x", "1", 'q"', "a,b", "é\n"]), min_size=4, max_size=4),
            max_size=2,
        ),
    ),
    min_size=1,
    max_size=4,
)


@given(FILES, FILES)
@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.generate],  # to shrink takes minutes
    suppress_health_check=list(HealthCheck),
)
def test_csv_files_with_any_headers_are_what_a_reader_of_one_file_gives(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, first: Any, second: Any
) -> None:
    landing = Landing(spark, tmp_path_factory.mktemp("any"))
    expected: Rows = []
    got: Rows = []
    for step, files in enumerate((first, second)):
        for index, (header, lines) in enumerate(files):
            text = io.StringIO(newline="")
            writer = csv.writer(text, quoting=csv.QUOTE_ALL, escapechar="\\", doublequote=False)
            writer.writerows([header, *(line[: len(header)] for line in lines)])
            landing.put(f"{step}{index}.csv", text.getvalue())
            expected += [dict(zip(header, line, strict=False)) for line in lines]
        got += landing.csv(multiLine=True)
    shown = [{name: row.get(name) for name in COLUMNS} for row in expected]
    assert sorted(({name: row.get(name) for name in COLUMNS} for row in got), key=str) == sorted(
        shown, key=str
    )
