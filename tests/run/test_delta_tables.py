"""`delta.tables` over tables that are kept elsewhere: merges, updates and deletes as Delta does them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- its name in Spark's own guides

from lhp.run.delta_tables import DeltaTable, DeltaTableError, DeltaTables

Row = tuple[Any, ...]


class Store:
    """Tables as lists of rows, and `DeltaTable` over them."""

    def __init__(self, spark: SparkSession) -> None:
        self.spark = spark
        self.kept: dict[str, tuple[str, list[Row]]] = {}
        self.tables = DeltaTables(self.read, self.replace, self.append)

    def read(self, name: str) -> DataFrame:
        schema, rows = self.kept[name]
        return self.spark.createDataFrame(rows, schema)

    def replace(self, name: str, rows: DataFrame) -> None:
        schema = ", ".join(f"`{each}` {kind}" for each, kind in rows.dtypes)
        self.kept[name] = (schema, [tuple(row) for row in rows.collect()])

    def append(self, name: str, rows: DataFrame) -> None:
        self.kept[name][1].extend(tuple(row) for row in rows.collect())

    def put(self, *rows: Row, schema: str = "id INT, v STRING, n INT") -> DeltaTable:
        self.kept["acme.silver.orders"] = (schema, [*rows])
        return self.tables.DeltaTable.forName(self.spark, "acme.silver.orders")

    def rows(self, *rows: Row, schema: str = "id INT, v STRING, n INT") -> DataFrame:
        return self.spark.createDataFrame([*rows], schema)

    @property
    def now(self) -> list[Row]:
        return sorted(self.kept["acme.silver.orders"][1], key=str)


@pytest.fixture(scope="module")
def store(spark: SparkSession) -> Store:
    return Store(spark)


def test_rows_are_changed_and_added(store: Store) -> None:
    table = store.put((1, "a", 1), (2, "b", 2)).alias("t")
    rows = store.rows((2, "B", None), (3, "c", 3)).alias("s")
    merge = table.merge(rows, "t.id = s.id").whenMatchedUpdateAll().whenNotMatchedInsertAll()
    merge.execute()
    assert store.now == [(1, "a", 1), (2, "B", None), (3, "c", 3)]


def test_a_merge_that_only_adds_takes_each_row_once(store: Store) -> None:
    table = store.put((1, "a", 1)).alias("dlq")
    rows = store.rows((1, "x", 9), (1, "y", 9), (2, "b", 2), (2, "b", 2)).alias("new")
    is_known = (F.lit("a") == F.col("dlq.v")) & (F.col("dlq.id") == F.col("new.id"))
    table.merge(rows, is_known).whenNotMatchedInsertAll().execute()
    assert store.now == [(1, "a", 1), (2, "b", 2), (2, "b", 2)]
    table.merge(rows, is_known).whenNotMatchedInsertAll().execute()
    assert store.now == [(1, "a", 1), (2, "b", 2), (2, "b", 2), (2, "b", 2), (2, "b", 2)]


def test_the_first_clause_that_holds_counts(store: Store) -> None:
    table = store.put((1, "a", 1), (2, "b", 2), (3, "c", 3), (4, "d", None)).alias("t")
    rows = store.rows(
        (1, "A", 10), (2, "B", 20), (3, "C", 30), (4, "D", 40), (5, "E", 50), (6, "F", 60)
    ).alias("s")
    (
        table.merge(rows, F.col("t.id") == F.col("s.id"))
        .whenMatchedDelete("t.n = 1")
        .whenMatchedUpdate(F.col("t.n") < 3, {"v": "concat(t.v, s.v)", "t.n": F.col("s.n") + 1})
        .whenMatchedUpdate("t.n IS NOT NULL", {"n": "0"})
        .whenNotMatchedInsert("s.n < 60", {"id": "id", "v": "upper(v)"})
        .execute()
    )
    assert store.now == [(2, "bB", 21), (3, "c", 0), (4, "d", None), (5, "E", None)]


def test_rows_without_one_in_the_source_are_changed_or_taken_out(store: Store) -> None:
    table = store.put((1, "a", 1), (2, "b", 2), (3, "c", 3))
    rows = store.rows((1, "A", 10)).alias("s")
    (
        table.merge(rows, "orders.id = s.id")
        .whenNotMatchedBySourceDelete("n = 2")
        .whenNotMatchedBySourceUpdate(set={"v": "concat(v, id)"})
        .execute()
    )
    assert store.now == [(1, "a", 1), (3, "c3", 3)]


def test_null_keys_belong_to_nothing(store: Store) -> None:
    table = store.put((None, "a", 1)).alias("t")
    rows = store.rows((None, "b", 2)).alias("s")
    table.merge(rows, "t.id = s.id").whenMatchedDelete().whenNotMatchedInsertAll().execute()
    assert store.now == [(None, "a", 1), (None, "b", 2)]


def test_any_condition_will_do(store: Store) -> None:
    table = store.put((1, "a", 1), (5, "b", 2)).alias("t")
    rows = store.rows((3, "x", 0)).alias("s")
    table.merge(rows, "t.id > s.id").whenMatchedUpdate(set={"v": "s.v"}).execute()
    assert store.now == [(1, "a", 1), (5, "x", 2)]


def test_two_rows_that_change_the_same_row_are_told(store: Store) -> None:
    table = store.put((1, "a", 1)).alias("t")
    rows = store.rows((1, "x", 1), (1, "y", 2)).alias("s")
    merge = table.merge(rows, "t.id = s.id")
    with pytest.raises(DeltaTableError, match=r"the same row of acme\.silver\.orders: give"):
        merge.whenMatchedUpdateAll().execute()
    assert store.now == [(1, "a", 1)]


def test_two_rows_are_fine_when_only_one_changes_or_both_take_out(store: Store) -> None:
    table = store.put((1, "a", 1), (2, "b", 2)).alias("t")
    rows = store.rows((1, "x", 1), (1, "y", 2)).alias("s")
    table.merge(rows, "t.id = s.id").whenMatchedUpdateAll("s.n = 2").execute()
    assert store.now == [(1, "y", 2), (2, "b", 2)]
    table.merge(rows, "t.id = s.id").whenMatchedDelete().execute()
    assert store.now == [(2, "b", 2)]


def test_values_get_the_type_of_their_column(store: Store) -> None:
    table = store.put((1, "a", 1)).alias("t")
    rows = store.rows((1, 7, "8"), (2, 9, "10"), schema="ID BIGINT, V INT, N STRING").alias("s")
    table.merge(rows, "t.id = s.id").whenMatchedUpdateAll().whenNotMatchedInsertAll().execute()
    assert store.now == [(1, "7", 8), (2, "9", 10)]


def test_columns_that_only_the_source_has(store: Store) -> None:
    table = store.put((1, "a", 1)).alias("t")
    rows = store.rows((1, "x", 2.5), (2, "y", 3.5), schema="id INT, v STRING, more DOUBLE").alias(
        "s"
    )
    merge = table.merge(rows, "t.id = s.id").whenMatchedUpdateAll().whenNotMatchedInsertAll()
    with pytest.raises(DeltaTableError, match="the source has no column n, it has id, v, more"):
        merge.execute()
    merge.withSchemaEvolution().execute()
    assert store.now == [(1, "x", 1, 2.5), (2, "y", None, 3.5)]


def test_nested_values_and_names_of_any_kind(store: Store) -> None:
    schema = "`a b` INT, `c.d` STRUCT<x: INT>, v VARIANT"
    table = store.put(schema=schema).alias("t")
    rows = store.spark.sql(
        "SELECT 1 AS `a b`, named_struct('x', 2) AS `c.d`, parse_json('[1]') AS v"
    )
    table.merge(rows.alias("s"), "t.`a b` = s.`a b`").whenNotMatchedInsertAll().execute()
    ((key, value, variant),) = store.now
    assert (key, value.x, str(variant)) == (1, 2, "[1]")


def test_the_table_can_be_its_own_source(store: Store) -> None:
    table = store.put((1, "a", 1), (2, "b", 2)).alias("t")
    rows = table.toDF().where("n = 2").alias("s")
    table.merge(rows, "t.id = s.id").whenMatchedUpdate(set={"v": "concat(s.v, '!')"}).execute()
    assert store.now == [(1, "a", 1), (2, "b!", 2)]


def test_rows_can_be_changed_without_a_source(store: Store) -> None:
    table = store.put((1, "a", 1), (2, "b", None)).alias("t")
    table.update("t.n > 0", {"v": "upper(v)", "t.n": F.col("n") + 1})
    assert store.now == [(1, "A", 2), (2, "b", None)]
    table.update(set={"n": F.lit("5")})
    assert store.now == [(1, "A", 5), (2, "b", 5)]


def test_rows_can_be_taken_out_without_a_source(store: Store) -> None:
    table = store.put((1, "a", 1), (2, "b", None), (3, "c", 3))
    table.delete("n = 1")
    assert store.now == [(2, "b", None), (3, "c", 3)]
    table.delete(F.col("orders.id") == 2)
    assert store.now == [(3, "c", 3)]
    table.delete()
    assert store.now == []
    assert table.toDF().count() == 0


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda table, rows: table.merge(rows, "true").execute(), "a merge needs a clause"),
        (
            lambda table, rows: (
                table.merge(rows, "true").whenMatchedDelete().whenMatchedUpdateAll().execute()
            ),
            "only the last of several clauses",
        ),
        (
            lambda table, rows: (
                table.merge(rows, "true").whenMatchedUpdate(set={"x": "1"}).execute()
            ),
            "acme.silver.orders has no column 'x', it has id, v, n",
        ),
        (lambda table, _: table.update("true"), "no value is given"),
        (lambda table, _: table.update(set={"s.v": "1"}), "has no column 's.v'"),
        (lambda table, _: table.forPath(None, "/a"), "/a: a local run keeps tables by name"),
        (lambda table, _: table.isDeltaTable(None, "/a"), "use spark.catalog.tableExists"),
        (lambda table, _: table.history(), "DeltaTable.history is not done in a local run"),
    ],
)
def test_what_cannot_be_done_is_told(
    store: Store, act: Callable[[DeltaTable, DataFrame], object], words: str
) -> None:
    table = store.put((1, "a", 1))
    with pytest.raises(DeltaTableError) as caught:
        act(table, store.rows((1, "a", 1)))
    assert words in str(caught.value)
    assert store.now == [(1, "a", 1)]


def test_values_to_add_see_the_source_alone(store: Store) -> None:
    table = store.put((1, "a", 1)).alias("t")
    merge = table.merge(store.rows((2, "b", 2)).alias("s"), "t.id = s.id")
    with pytest.raises(AnalysisException, match="UNRESOLVED_COLUMN"):
        merge.whenNotMatchedInsert(values={"id": "t.id"}).execute()


def test_the_modules_are_those_that_code_imports(store: Store) -> None:
    modules = store.tables.modules()
    assert [*modules] == ["delta", "delta.tables"]
    assert modules["delta.tables"].DeltaTable is store.tables.DeltaTable
    assert modules["delta"].DeltaTable is store.tables.DeltaTable


KEYS = st.integers(0, 3) | st.none()
ROWS = st.lists(st.tuples(KEYS, st.sampled_from("ab"), st.integers(0, 2)), max_size=5)


@given(
    before=ROWS,
    rows=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from("cd"), st.integers(0, 2)),
        max_size=4,
        unique_by=lambda row: row[0],
    ),
    least=st.integers(0, 2),
)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_merge_is_what_a_loop_over_the_rows_gives(
    store: Store, before: list[Row], rows: list[Row], least: int
) -> None:
    table = store.put(*before).alias("t")
    (
        table.merge(store.rows(*rows).alias("s"), "t.id = s.id")
        .whenMatchedDelete(f"s.n < {least}")
        .whenMatchedUpdate(set={"v": "s.v", "n": "t.n + s.n"})
        .whenNotMatchedInsert("s.n > 0", {"id": "id", "v": "v", "n": "n"})
        .whenNotMatchedBySourceUpdate("t.n = 0", {"v": "'z'"})
        .execute()
    )
    by_key = {row[0]: row for row in rows}
    expected: list[Row] = []
    for key, v, n in before:
        new = by_key.get(key)
        if new is None:
            expected.append((key, "z" if n == 0 else v, n))
        elif new[2] >= least:
            expected.append((key, new[1], n + new[2]))
    known = {row[0] for row in before}
    expected += [row for row in rows if row[0] not in known and row[2] > 0]
    assert store.now == sorted(expected, key=str)
