"""Targets of change data capture, as the platform documents them and as a model works them out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from hypothesis import strategies as st
from model_of_changes import Change, Version, snapshot_versions, versions

from lhp.run.changes import (
    BATCH,
    VERSION,
    Changes,
    ChangesError,
    Snapshots,
    checked,
    snapshots,
    target,
)

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Row = tuple[Any, ...]
Case = dict[int, list[Change]]

few = hypothesis.settings(
    max_examples=4,
    phases=set(hypothesis.Phase) - {hypothesis.Phase.shrink, hypothesis.Phase.explain},
)
"""An example is many cases, worked out by one query; what differs shows which of them fails."""


def rows_of(frame: DataFrame) -> list[Row]:
    return sorted((tuple(row) for row in frame.collect()), key=repr)


def log_of(spark: SparkSession, rows: Sequence[Row], schema: str, *, batch: int = 0) -> DataFrame:
    return spark.createDataFrame([(*row, batch) for row in rows], f"{schema}, {BATCH} bigint")


# Databricks, "The AUTO CDC APIs", https://docs.databricks.com/aws/en/ldp/cdc
USERS = "userId int, name string, city string, operation string, sequenceNum int"
FEED = [
    (124, "Raul", "Oaxaca", "INSERT", 1),
    (123, "Isabel", "Monterrey", "INSERT", 1),
    (125, "Mercedes", "Tijuana", "INSERT", 2),
    (126, "Lily", "Cancun", "INSERT", 2),
    (123, None, None, "DELETE", 6),
    (125, "Mercedes", "Guadalajara", "UPDATE", 6),
    (125, "Mercedes", "Mexicali", "UPDATE", 5),
    (123, "Isabel", "Chihuahua", "UPDATE", 5),
]
TRUNCATE = (None, None, None, "TRUNCATE", 3)


def users(**options: Any) -> Changes:
    return Changes(
        keys=["userId"],
        sequence_by="sequenceNum",
        apply_as_deletes="operation = 'DELETE'",
        except_column_list=["operation", "sequenceNum"],
        **options,
    )


@pytest.mark.parametrize(
    ("feed", "options", "expected"),
    [
        pytest.param(
            FEED,
            {},
            [(124, "Raul", "Oaxaca"), (125, "Mercedes", "Guadalajara"), (126, "Lily", "Cancun")],
            id="type_1",
        ),
        pytest.param(
            [*FEED, TRUNCATE],
            {"apply_as_truncates": "operation = 'TRUNCATE'"},
            [(125, "Mercedes", "Guadalajara")],
            id="type_1_truncated",
        ),
        pytest.param(
            FEED,
            {"stored_as_scd_type": "2"},
            [
                (123, "Isabel", "Chihuahua", 5, 6),
                (123, "Isabel", "Monterrey", 1, 5),
                (124, "Raul", "Oaxaca", 1, None),
                (125, "Mercedes", "Guadalajara", 6, None),
                (125, "Mercedes", "Mexicali", 5, 6),
                (125, "Mercedes", "Tijuana", 2, 5),
                (126, "Lily", "Cancun", 2, None),
            ],
            id="type_2",
        ),
        pytest.param(
            FEED,
            {"stored_as_scd_type": 2, "track_history_except_column_list": ["city"]},
            [
                (123, "Isabel", "Chihuahua", 1, 6),
                (124, "Raul", "Oaxaca", 1, None),
                (125, "Mercedes", "Guadalajara", 2, None),
                (126, "Lily", "Cancun", 2, None),
            ],
            id="type_2_with_a_column_that_makes_no_versions",
        ),
    ],
)
def test_the_examples_of_the_documentation_come_out(
    spark: SparkSession, feed: list[Row], options: dict[str, Any], expected: list[Row]
) -> None:
    assert rows_of(target([(log_of(spark, feed, USERS), users(**options))])) == expected


EVENTS = "id int, status string, seq int, op string"


@pytest.mark.parametrize(
    ("scd_type", "feed", "expected"),
    [
        # https://github.com/ivanvyd/lakeflow-auto-cdc-torture-test: what the platform was seen to do
        (1, [(1, "ACTIVE", 10, "U"), (1, "ACTIVE", 10, "U")], [(1, "ACTIVE")]),
        (1, [(1, "ACTIVE", 12, "U"), (1, "PENDING", 10, "U")], [(1, "ACTIVE")]),
        (
            2,
            [(1, "ACTIVE", 12, "U"), (1, "PENDING", 10, "U")],
            [(1, "ACTIVE", 12, None), (1, "PENDING", 10, 12)],
        ),
        (1, [(1, "A", 17, "U"), (1, None, 20, "D"), (1, "S", 18, "U")], []),
        (
            2,
            [(1, "A", 17, "U"), (1, None, 20, "D"), (1, "S", 18, "U")],
            [(1, "A", 17, 18), (1, "S", 18, 20)],
        ),
        # The example of a run in Apache Spark's Scd2BatchProcessor: a late row splits it.
        (
            2,
            [(1, "Alice", 5, "U"), (1, "Alice", 10, "U"), (1, "Alice", 15, "U"), (1, "C", 20, "U")],
            [(1, "Alice", 5, 20), (1, "C", 20, None)],
        ),
        (
            2,
            [
                (1, "Alice", 5, "U"),
                (1, "Alice", 10, "U"),
                (1, "Alice", 15, "U"),
                (1, "C", 20, "U"),
                (1, "Bob", 12, "U"),
            ],
            [
                (1, "Alice", 15, 20),
                (1, "Alice", 5, 12),
                (1, "Bob", 12, 15),
                (1, "C", 20, None),
            ],
        ),
        # The same there: of an update and a delete that are equal in sequence, the delete counts.
        (2, [(1, "A", 10, "U"), (1, None, 10, "D")], []),
        (1, [(1, None, 10, "D"), (1, "A", 10, "U")], []),
        # Deleted, and there again: the gap stays, though the values are the same.
        (
            2,
            [(1, "A", 1, "U"), (1, None, 2, "D"), (1, "A", 3, "U")],
            [(1, "A", 1, 2), (1, "A", 3, None)],
        ),
        (2, [(1, "A", 1, "U"), (1, None, 2, "D"), (1, None, 3, "D")], [(1, "A", 1, 2)]),
        # A condition that is NULL does not hold.
        (1, [(1, "A", 1, None)], [(1, "A")]),
    ],
)
def test_late_repeated_and_deleted_rows(
    spark: SparkSession, scd_type: int, feed: list[Row], expected: list[Row]
) -> None:
    how = Changes(
        keys=["id"],
        sequence_by="seq",
        stored_as_scd_type=scd_type,
        apply_as_deletes="op = 'D'",
        column_list=["id", "status"],
    )
    assert rows_of(target([(log_of(spark, feed, EVENTS), how)])) == expected


SPARSE = "id int, email string, city string, seq int"


@pytest.mark.parametrize(
    ("options", "email", "city"),
    [
        ({}, None, None),
        ({"ignore_null_updates": False}, None, None),
        ({"ignore_null_updates": True}, "x@example.com", "Antalya"),
        ({"ignore_null_updates_column_list": ["email"]}, "x@example.com", None),
        ({"ignore_null_updates_except_column_list": ["email"]}, None, "Antalya"),
    ],
)
def test_null_keeps_the_value_where_it_is_ignored(
    spark: SparkSession, options: dict[str, Any], email: str | None, city: str | None
) -> None:
    log = log_of(spark, [(1, "x@example.com", "Antalya", 1), (1, None, None, 2)], SPARSE)
    how = Changes(keys=["id"], sequence_by="seq", **options)
    assert rows_of(target([(log, how)])) == [(1, email, city, 2)]


def test_null_is_ignored_inside_structs(spark: SparkSession) -> None:
    feed = [
        (1, {"city": "Oaxaca", "at": {"x": 1, "y": 2}}, 1),
        (1, {"city": None, "at": {"x": None, "y": 5}}, 2),
        (2, {"city": "Cancun", "at": {"x": 1, "y": 1}}, 1),
        (2, None, 2),
        (3, None, 1),
    ]
    log = log_of(spark, feed, "id int, place struct<city string, at struct<x int, y int>>, seq int")
    how = Changes(
        keys=["id"], sequence_by="seq", ignore_null_updates=True, except_column_list=["seq"]
    )
    assert rows_of(target([(log, how)])) == [
        (1, ("Oaxaca", (1, 5))),
        (2, ("Cancun", (1, 1))),
        (3, None),
    ]


# Cases of hypothesis: keys are a case and an id, so that one query works out all of them.

COLUMNS = ("a", "b")
change = st.builds(
    Change,
    sequence=st.integers(0, 5),
    values=st.builds(dict, a=st.sampled_from([None, "x", "y"]), b=st.sampled_from([None, 1, 2])),
    deletes=st.sampled_from([False, False, True]),
    batch=st.integers(0, 2),
)
cases = st.lists(st.dictionaries(st.integers(0, 1), st.lists(change, max_size=8)), min_size=25)


def log_of_cases(
    spark: SparkSession, drawn: list[Case], sequence: str = "int"
) -> tuple[DataFrame, dict[tuple[int, int], list[Change]]]:
    keyed = {(case, key): made for case, keys in enumerate(drawn) for key, made in keys.items()}
    rows = [
        (*key, *made.values.values(), made.sequence, made.deletes, made.batch)
        for key, changes in keyed.items()
        for made in changes
    ]
    schema = f"case int, id int, a string, b int, seq {sequence}, gone boolean, {BATCH} bigint"
    return spark.createDataFrame(rows, schema), keyed


def how_of_cases(**options: Any) -> Changes:
    return Changes(
        keys=["case", "id"],
        sequence_by="seq",
        apply_as_deletes="gone",
        except_column_list=["seq", "gone"],
        **options,
    )


def expected_rows(keyed: Mapping[Any, Sequence[Version]], *, has_history: bool) -> list[Row]:
    rows = [
        (*key, *version.values.values(), *((version.start, version.end) if has_history else ()))
        for key, history in keyed.items()
        for version in history
        if has_history or version.end is None
    ]
    return sorted(rows, key=repr)


def ignoring(changes: Sequence[Change], columns: Sequence[str]) -> list[Change]:
    return [Change(**{**vars(made), "ignoring": frozenset(columns)}) for made in changes]


@pytest.mark.parametrize("scd_type", [1, 2])
@pytest.mark.parametrize(
    ("options", "ignored"),
    [
        ({}, []),
        ({"ignore_null_updates": True}, ["a", "b"]),
        ({"ignore_null_updates_column_list": ["b"]}, ["b"]),
    ],
)
@few
@hypothesis.given(drawn=cases)
def test_any_changes_make_what_the_model_makes(
    spark: SparkSession,
    scd_type: int,
    options: dict[str, Any],
    ignored: list[str],
    drawn: list[Case],
) -> None:
    log, keyed = log_of_cases(spark, drawn)
    made = target([(log, how_of_cases(stored_as_scd_type=scd_type, **options))])
    model = {key: versions(ignoring(keyed[key], ignored), COLUMNS) for key in keyed}
    assert rows_of(made) == expected_rows(model, has_history=scd_type == 2)


@pytest.mark.parametrize(
    "options", [{"track_history_column_list": ["a"]}, {"track_history_except_column_list": ["b"]}]
)
@few
@hypothesis.given(drawn=cases)
def test_only_tracked_columns_make_versions(
    spark: SparkSession, options: dict[str, Any], drawn: list[Case]
) -> None:
    log, keyed = log_of_cases(spark, drawn)
    made = target([(log, how_of_cases(stored_as_scd_type=2, **options))])
    model = {key: versions(changes, COLUMNS, ["a"]) for key, changes in keyed.items()}
    assert rows_of(made) == expected_rows(model, has_history=True)


@few
@hypothesis.given(drawn=cases)
def test_rows_that_come_again_or_in_another_order_change_nothing(
    spark: SparkSession, drawn: list[Case]
) -> None:
    log, _ = log_of_cases(spark, drawn)
    how = how_of_cases(stored_as_scd_type=2)
    again = log.union(log.orderBy("b", "a", "seq"))
    assert rows_of(target([(again, how)])) == rows_of(target([(log, how)]))


@few
@hypothesis.given(
    drawn=cases.filter(any), truncated=st.lists(st.integers(0, 4), min_size=1, max_size=2)
)
def test_what_came_before_the_last_truncate_is_gone(
    spark: SparkSession, drawn: list[Case], truncated: list[int]
) -> None:
    log, keyed = log_of_cases(spark, drawn)
    empty = spark.createDataFrame(
        [(None, None, None, -1, seq, False, 0) for seq in truncated], log.schema
    )
    how = how_of_cases(apply_as_truncates="b = -1", ignore_null_updates=True)
    model = {
        key: versions(
            [made for made in ignoring(changes, COLUMNS) if made.sequence > max(truncated)],
            COLUMNS,
        )
        for key, changes in keyed.items()
    }
    made = target([(log.union(empty), how)])
    assert rows_of(made) == expected_rows(model, has_history=False)


@few
@hypothesis.given(drawn=cases, others=cases)
def test_flows_with_other_columns_leave_those_that_they_lack(
    spark: SparkSession, drawn: list[Case], others: list[Case]
) -> None:
    log, keyed = log_of_cases(spark, drawn)
    more, keyed_more = log_of_cases(spark, others)
    changes: dict[tuple[int, int], list[Change]] = defaultdict(list)
    for key, made in keyed.items():
        changes[key] += made
    for key, made in keyed_more.items():
        changes[key] += [
            Change(**{**vars(one), "values": {"b": one.values["b"]}, "flow": 1}) for one in made
        ]
    how = how_of_cases(stored_as_scd_type=2)
    both = target([(log, how), (more.drop("a"), how)])
    model = {key: versions(made, COLUMNS) for key, made in changes.items()}
    assert rows_of(both) == expected_rows(model, has_history=True)


snapshot_rows = st.dictionaries(
    st.sampled_from([1, 2, 5, 6, 9]),
    st.tuples(st.sampled_from(["x", "y"]), st.sampled_from([None, 1, 2])),
)


@pytest.mark.parametrize("scd_type", [1, 2])
@few
@hypothesis.given(drawn=st.lists(snapshot_rows, min_size=40))
def test_any_snapshots_make_what_the_model_makes(
    spark: SparkSession, scd_type: int, drawn: list[dict[int, Row]]
) -> None:
    taken = [1, 2, 5, 6, 9]
    rows = [(key, *row, n) for key, had in enumerate(drawn) for n, row in had.items()]
    log = spark.createDataFrame(rows, f"id int, a string, b int, {VERSION} int")
    options = {"track_history_except_column_list": ["b"]} if scd_type == 2 else {}
    how = Snapshots(keys=["id"], stored_as_scd_type=scd_type, **options)
    model = {
        (key,): snapshot_versions(
            {n: dict(zip(COLUMNS, row, strict=True)) for n, row in had.items()}, taken, ["a"]
        )
        for key, had in enumerate(drawn)
    }
    made = snapshots(log, how, spark.createDataFrame([(n,) for n in taken], f"{VERSION} int"))
    assert rows_of(made) == expected_rows(model, has_history=scd_type == 2)


# Databricks, "The AUTO CDC APIs", https://docs.databricks.com/aws/en/ldp/cdc
CITIES = [
    (1, "Oaxaca", 1),
    (2, "Monterrey", 1),
    (3, "Tijuana", 1),
    (2, "Carmel", 2),
    (3, "Los Angeles", 2),
    (4, "Death Valley", 2),
]


@pytest.mark.parametrize(
    ("scd_type", "expected"),
    [
        (1, [(2, "Carmel"), (3, "Los Angeles"), (4, "Death Valley")]),
        (
            2,
            [
                (1, "Oaxaca", 1, 2),
                (2, "Carmel", 2, None),
                (2, "Monterrey", 1, 2),
                (3, "Los Angeles", 2, None),
                (3, "Tijuana", 1, 2),
                (4, "Death Valley", 2, None),
            ],
        ),
    ],
)
def test_the_example_of_snapshots_comes_out(
    spark: SparkSession, scd_type: int, expected: list[Row]
) -> None:
    log = spark.createDataFrame(CITIES, f"userId int, city string, {VERSION} int")
    how = Snapshots(keys=["userId"], stored_as_scd_type=scd_type)
    assert rows_of(snapshots(log, how)) == expected


def test_a_snapshot_without_rows_deletes_all_of_them(spark: SparkSession) -> None:
    log = spark.createDataFrame([(1, "a", "2026-01-01")], f"id int, city string, {VERSION} string")
    taken = spark.createDataFrame([("2026-01-02",)], f"{VERSION} string")
    history = snapshots(log, Snapshots(keys=["id"], stored_as_scd_type=2), taken)
    assert rows_of(history) == [(1, "a", "2026-01-01", "2026-01-02")]
    assert rows_of(snapshots(log, Snapshots(keys=["id"]), taken)) == []


@pytest.mark.parametrize(
    ("scd_type", "expected"), [(1, [(1, "b")]), (2, [(1, "b", 1, 2), (1, "b", 3, None)])]
)
def test_of_rows_of_a_snapshot_with_the_same_keys_one_counts(
    spark: SparkSession, scd_type: int, expected: list[Row]
) -> None:
    rows = [(1, "b", 1), (1, "a", 1), (2, "x", 2), (1, "a", 3), (1, "b", 3)]
    log = spark.createDataFrame(rows, f"id int, city string, {VERSION} int")
    made = snapshots(log, Snapshots(keys=["id"], stored_as_scd_type=scd_type))
    assert [row for row in rows_of(made) if row[0] == 1] == expected


# Columns, types and plans.


@pytest.mark.parametrize(
    ("made_of", "sequence_by", "of_type"),
    [
        ("seq int", "seq", "int"),
        ("seq timestamp", "seq", "timestamp"),
        ("seq decimal(12,2)", "seq", "decimal(12,2)"),
        ("seq string", "seq", "string"),
        ("day date, seq bigint", "struct(day, seq)", "struct<day:date,seq:bigint>"),
        ("day date, seq bigint", "datediff(day, '2026-01-01') + seq", "bigint"),
    ],
)
def test_versions_start_and_end_at_values_of_the_type_of_the_sequence(
    spark: SparkSession, made_of: str, sequence_by: str, of_type: str
) -> None:
    log = spark.createDataFrame([], f"city string, id int, {made_of}, {BATCH} bigint")
    how = Changes(
        keys=["id"], sequence_by=sequence_by, stored_as_scd_type=2, column_list=["id", "city"]
    )
    history = target([(log, how)])
    assert history.dtypes == [
        ("city", "string"),
        ("id", "int"),
        ("__START_AT", of_type),
        ("__END_AT", of_type),
    ]
    assert history.collect() == []


def test_a_struct_orders_by_its_first_field_and_then_by_the_next(spark: SparkSession) -> None:
    from pyspark.sql import functions as sf  # noqa: PLC0415  (where it is installed)

    feed = [(1, "ACTIVE", 10, 2), (1, "PENDING", 10, 1), (1, "NEW", 9, 3)]
    log = log_of(spark, feed, "id int, status string, at int, txn int")
    how = Changes(
        keys=[sf.col("id")],
        sequence_by=sf.struct("at", "txn"),
        stored_as_scd_type=2,
        except_column_list=[sf.col("at"), sf.col("txn")],
        track_history_column_list=[sf.col("status")],
    )
    assert rows_of(target([(log, how)])) == [
        (1, "ACTIVE", (10, 2), None),
        (1, "NEW", (9, 3), (10, 1)),
        (1, "PENDING", (10, 1), (10, 2)),
    ]


def test_any_name_of_a_column_will_do(spark: SparkSession) -> None:
    from pyspark.sql import functions as sf  # noqa: PLC0415  (where it is installed)

    log = log_of(
        spark,
        [(1, "old", None, 1, False), (1, None, {"x y": 1}, 2, False)],
        "`a.b` int, `first name` string, `tick``ed` struct<`x y`: int>, `Seq No` int, gone boolean",
    )
    how = Changes(
        keys=["A.B"],
        sequence_by="Seq No",
        apply_as_deletes=sf.col("gone"),
        ignore_null_updates_column_list=["`first name`", "`tick``ed`"],
        except_column_list=["seq no", sf.col("`GONE`")],
    )
    made = target([(log, how)])
    assert made.columns == ["a.b", "first name", "tick`ed"]
    assert rows_of(made) == [(1, "old", (1,))]


def test_maps_are_compared_too(spark: SparkSession) -> None:
    feed = [(1, {"a": 1}, 1), (1, {"a": 1}, 2), (1, {"a": 2}, 3), (1, None, 4)]
    log = log_of(spark, feed, "id int, tags map<string, int>, seq int")
    how = Changes(keys=["id"], sequence_by="seq", stored_as_scd_type=2, except_column_list=["seq"])
    assert rows_of(target([(log, how)])) == [
        (1, None, 4, None),
        (1, {"a": 1}, 1, 3),
        (1, {"a": 2}, 3, 4),
    ]


@pytest.mark.parametrize(
    "options",
    [{}, {"stored_as_scd_type": 2}, {"stored_as_scd_type": 2, "ignore_null_updates": True}],
)
def test_rows_are_exchanged_and_sorted_once(
    spark: SparkSession, capsys: pytest.CaptureFixture[str], options: dict[str, Any]
) -> None:
    target([(log_of(spark, FEED, USERS), users(**options))]).explain()
    plan = capsys.readouterr().out
    assert (plan.count("Exchange"), plan.count("- Sort ")) == (1, 1)


# What is wrong.


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keys": []}, "`keys` names no column"),
        ({"keys": "id"}, "`keys` takes a list of columns, not one text"),
        ({"column_list": "id"}, "`column_list` takes a list of columns, not one text"),
        ({"stored_as_scd_type": 3}, "`stored_as_scd_type` is 1 or 2, not 3"),
        (
            {"column_list": ["a"], "except_column_list": ["b"]},
            "`column_list` and `except_column_list` cannot both be given",
        ),
        (
            {
                "stored_as_scd_type": 2,
                "track_history_column_list": ["a"],
                "track_history_except_column_list": ["b"],
            },
            "`track_history_column_list` and `track_history_except_column_list` cannot both be given",
        ),
        (
            {"ignore_null_updates": True, "ignore_null_updates_column_list": ["a"]},
            "`ignore_null_updates` and `ignore_null_updates_column_list` cannot both be given",
        ),
        (
            {"track_history_column_list": ["a"]},
            "`track_history_column_list` needs `stored_as_scd_type` 2",
        ),
        (
            {"stored_as_scd_type": 2, "apply_as_truncates": "op = 'T'"},
            "`apply_as_truncates` needs `stored_as_scd_type` 1",
        ),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ChangesError) as caught:
        Changes(**{"keys": ["id"], "sequence_by": "seq", **options})
    assert str(caught.value) == message


def test_arguments_that_are_empty_are_as_if_not_given() -> None:
    how = Changes(
        keys=["id"],
        sequence_by="seq",
        stored_as_scd_type=None,
        column_list=[],
        except_column_list=["a"],
        track_history_column_list=[],
        ignore_null_updates=False,
        ignore_null_updates_column_list=["b"],
    )
    assert (how.has_history, how.ignores_nulls) == (False, True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"keys": ["ident"]},
            "`keys` names 'ident'; the columns of the target are id, a, seq",
        ),
        (
            {"except_column_list": ["c"]},
            "`except_column_list` names 'c'; the columns of the source are id, a, seq",
        ),
        (
            {"column_list": ["a"]},
            "`keys` names 'id'; the columns of the target are a",
        ),
        (
            {"except_column_list": ["a"], "track_history_column_list": ["a"]},
            "`track_history_column_list` names 'a'; the columns of the target are id, seq",
        ),
        (
            {"except_column_list": ["a"], "ignore_null_updates_column_list": ["a"]},
            "`ignore_null_updates_column_list` names 'a'; the columns of the target are id, seq",
        ),
    ],
)
def test_columns_that_are_not_there_are_refused(
    spark: SparkSession, options: dict[str, Any], message: str
) -> None:
    how = Changes(**{"keys": ["id"], "sequence_by": "seq", "stored_as_scd_type": 2, **options})
    log = log_of(spark, [(1, "x", 1)], "id int, a string, seq int")
    with pytest.raises(ChangesError) as caught:
        target([(log, how)])
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("schema", "options", "message"),
    [
        (
            "id int, a string, seq int",
            {"keys": ["a"]},
            "flows into one target differ in `keys`: ['id'] and ['a']",
        ),
        (
            "id int, a string, seq int",
            {"stored_as_scd_type": 1},
            "flows into one target differ in `stored_as_scd_type`: 2 and 1",
        ),
        (
            "id int, a string, seq int",
            {"track_history_column_list": ["a"]},
            "flows into one target differ in the tracked columns: ['a', 'seq'] and ['a']",
        ),
        (
            "id int, a string, seq bigint",
            {},
            "flows into one target differ in the type of `sequence_by`: int and bigint",
        ),
    ],
)
def test_flows_that_do_not_agree_are_refused(
    spark: SparkSession, schema: str, options: dict[str, Any], message: str
) -> None:
    how: dict[str, Any] = {"keys": ["id"], "sequence_by": "seq", "stored_as_scd_type": 2}
    log = log_of(spark, [(1, "x", 1)], "id int, a string, seq int")
    other = log_of(spark, [(1, "x", 1)], schema)
    with pytest.raises(ChangesError) as caught:
        target([(log, Changes(**how)), (other, Changes(**{**how, **options}))])
    assert str(caught.value) == message


def test_a_source_with_a_column_of_the_history_is_refused(spark: SparkSession) -> None:
    log = log_of(spark, [(1, 1)], "id int, __start_at int")
    how: dict[str, Any] = {"keys": ["id"], "stored_as_scd_type": 2}
    refused = "the source has a column '__start_at', whose name the history needs"
    with pytest.raises(ChangesError, match=refused):
        target([(log, Changes(sequence_by="__start_at", **how))])
    with pytest.raises(ChangesError, match=refused):
        snapshots(log.withColumnRenamed(BATCH, VERSION), Snapshots(**how))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((1, "x", None, "U"), 'the sequence of a change is NULL: {"id":1,"a":"x","op":"U"}'),
        ((None, "x", 1, "D"), 'one of the keys id of a change is NULL: {"a":"x","seq":1,"op":"D"}'),
        ((None, "x", None, "T"), 'the sequence of a change is NULL: {"a":"x","op":"T"}'),
    ],
)
def test_a_sequence_or_a_key_that_is_null_fails(
    spark: SparkSession, row: Row, message: str
) -> None:
    log = log_of(spark, [(2, "y", 1, "U"), row], "id int, a string, seq int, op string")
    how = Changes(
        keys=["id"],
        sequence_by="seq",
        apply_as_deletes="op = 'D'",
        apply_as_truncates="op = 'T'",
    )
    for frame in (target([(log, how)]), checked(log, how)):
        with pytest.raises(Exception, match=re.escape(message)):
            frame.collect()


def test_rows_that_are_right_are_let_through_as_they_are(spark: SparkSession) -> None:
    log = log_of(spark, [*FEED, TRUNCATE], USERS)
    how = users(apply_as_truncates="operation = 'TRUNCATE'")
    assert rows_of(checked(log, how)) == rows_of(log)
    assert checked(log, how).columns == log.columns
