"""Works out the target of change data capture anew from a log of all that ever came.

Nothing is kept between runs, so a row that comes late needs no care, and a target costs what its
history costs. Each function returns a plan: nothing is computed before the target is written.

Sources:
    Databricks, "create_auto_cdc_flow", "create_auto_cdc_from_snapshot_flow" and "The AUTO CDC
    APIs": https://docs.databricks.com/aws/en/ldp/developer/ldp-python-ref-apply-changes,
    https://docs.databricks.com/aws/en/ldp/developer/ldp-python-ref-apply-changes-from-snapshot,
    https://docs.databricks.com/aws/en/ldp/cdc
    Apache Spark's Auto CDC, by the same authors, for what these leave open:
    https://github.com/apache/spark/tree/master/sql/pipelines/src/main/scala/org/apache/spark/sql/pipelines/autocdc
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import NoReturn, TypeAlias

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as sf
from pyspark.sql.types import DataType, StructType

from lhp.values import frozen

Expression: TypeAlias = str | Column
Names: TypeAlias = Sequence[str | Column]

BATCH = "__lhp_batch"
"""Column of a log of changes: the number of the batch in which a row came."""

VERSION = "__lhp_version"
"""Column of a log of snapshots: the version of the snapshot in which a row stood."""

START_AT, END_AT = "__START_AT", "__END_AT"

_HIDDEN = "__lhp_"
_SEQUENCE, _NEXT, _LAST = "__lhp_sequence", "__lhp_next", "__lhp_last"
_DELETED, _TRUNCATES = "__lhp_deleted", "__lhp_truncates"
_FLOW, _CONTENT, _VERSIONS = "__lhp_flow", "__lhp_content", "__lhp_versions"
_STARTS, _ENDS = "__lhp_starts", "__lhp_ends"


_IGNORING = (
    "ignore_null_updates",
    "ignore_null_updates_column_list",
    "ignore_null_updates_except_column_list",
)


class ChangesError(ValueError):
    """What is wrong with the arguments of a flow, or with the columns that they name."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Keyed:
    """What flows of changes and flows of snapshots take; columns are names or `Column`s.

    Args:
        keys: Columns that tell one row of the target from another.
        stored_as_scd_type: 1, or None, keeps the last values of each key; 2 keeps all of them.
        track_history_column_list: For type 2: the only columns whose changes make a new version.
        track_history_except_column_list: For type 2: columns whose changes make none.

    Raises:
        ChangesError: When the arguments contradict each other.
    """

    keys: Names
    stored_as_scd_type: int | str | None = 1
    track_history_column_list: Names | None = None
    track_history_except_column_list: Names | None = None

    def __post_init__(self) -> None:
        """Check what is given."""
        for name in (field.name for field in fields(self)):
            if (name == "keys" or name.endswith("_list")) and isinstance(getattr(self, name), str):
                _refuse(f"`{name}` takes a list of columns, not one text")
        if not self.keys:
            _refuse("`keys` names no column")
        if str(self.stored_as_scd_type or 1) not in {"1", "2"}:
            _refuse(f"`stored_as_scd_type` is 1 or 2, not {self.stored_as_scd_type!r}")
        history = ("track_history_column_list", "track_history_except_column_list")
        self._at_most_one(*history)
        if not self.has_history and self._given(*history):
            _refuse(f"`{self._given(*history)[0]}` needs `stored_as_scd_type` 2")

    @property
    def has_history(self) -> bool:
        """True when former values are kept."""
        return str(self.stored_as_scd_type) == "2"

    def _given(self, *names: str) -> list[str]:
        return [name for name in names if _is_given(getattr(self, name))]

    def _at_most_one(self, *names: str) -> None:
        given = self._given(*names)
        if len(given) > 1:
            _refuse(f"`{given[0]}` and `{given[1]}` cannot both be given")


@dataclass(frozen=True, eq=False, kw_only=True)
class Snapshots(Keyed):
    """How snapshots make a target, in the words of `create_auto_cdc_from_snapshot_flow`."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Changes(Keyed):
    """How changes make a target, in the words of `create_auto_cdc_flow`.

    Args:
        keys: As of `Keyed`, like the three that follow it.
        stored_as_scd_type: As of `Keyed`.
        track_history_column_list: As of `Keyed`.
        track_history_except_column_list: As of `Keyed`.
        sequence_by: Orders the changes of a key: SQL or a `Column`, of one column or a struct.
        apply_as_deletes: SQL or a `Column`: which changes delete the row of their key.
        apply_as_truncates: The same for changes that delete all rows; for type 1.
        ignore_null_updates: True lets NULL keep the value that is there, inside structs too.
        ignore_null_updates_column_list: The only columns in which NULL does so.
        ignore_null_updates_except_column_list: The only columns in which NULL does not.
        column_list: The only columns that get into the target.
        except_column_list: Columns that do not.

    Raises:
        ChangesError: When the arguments contradict each other.
    """

    sequence_by: Expression
    apply_as_deletes: Expression | None = None
    apply_as_truncates: Expression | None = None
    ignore_null_updates: bool | None = None
    ignore_null_updates_column_list: Names | None = None
    ignore_null_updates_except_column_list: Names | None = None
    column_list: Names | None = None
    except_column_list: Names | None = None

    def __post_init__(self) -> None:
        """Check what is given."""
        super().__post_init__()
        if self.has_history and self._given("apply_as_truncates"):
            _refuse("`apply_as_truncates` needs `stored_as_scd_type` 1")
        self._at_most_one("column_list", "except_column_list")
        self._at_most_one(*_IGNORING)

    @property
    def ignores_nulls(self) -> bool:
        """True when NULL keeps the value that is there in at least one column."""
        return bool(self._given(*_IGNORING))


def checked(rows: DataFrame, changes: Changes) -> DataFrame:
    """Return rows of a source as they are; computing them fails where `target` would fail.

    Args:
        rows: What is about to get into a log, from which nothing is ever taken out again.
        changes: How they are going to change the target.

    Raises:
        ChangesError: When a named column is not there.
    """
    columns, keys = _shown(rows), _names(rows, changes.keys, "keys")
    sequence = _expression(rows, changes.sequence_by)
    is_truncate = _condition(rows, changes.apply_as_truncates)
    return rows.filter(_checked(sequence, keys, columns, but=is_truncate).isNotNull())


def target(flows: Sequence[tuple[DataFrame, Changes]]) -> DataFrame:
    """Return the target of some flows of changes.

    The last change of a key by sequence counts, whenever it came. Where two are equal in it, a
    delete counts before others, then the later batch, then the later flow, then the greater
    content as JSON: Databricks leaves this open, here it is always the same. A change from
    before the last truncate, or equal to it in sequence, does not count. A value that a change does
    not give (NULL where NULL is ignored, or a column that its flow does not have) is that of the
    change before; a delete ends this. In a history, changes of a key that follow each other are
    one version when they are equal in all tracked columns; it has the values of the last of them.

    Args:
        flows: The log of each flow, and how it changes the target. A log has the columns of
            the source, and BATCH.

    Returns:
        The columns of the first flow, then those that only others have; for type 2 also
        START_AT and END_AT, of the type of the sequence. It fails when it is computed, if the
        sequence of a change or one of its keys is NULL.

    Raises:
        ChangesError: When a named column is not there, or the flows do not agree.
    """
    read = [_read(log, changes, number) for number, (log, changes) in enumerate(flows)]
    _agreed("`keys`", [flow.keys for flow in read])
    _agreed("`stored_as_scd_type`", [2 if changes.has_history else 1 for _, changes in flows])
    types = [flow.rows.schema[_SEQUENCE].dataType.simpleString() for flow in read]
    _agreed("the type of `sequence_by`", types)
    rows = functools.reduce(_union, [flow.rows for flow in read])
    columns, keys = _shown(rows), _names(rows, read[0].keys, "keys")
    if any(changes.apply_as_truncates is not None for _, changes in flows):
        rows = _after_last_truncate(rows)

    window = Window.partitionBy(*_columns(keys)).orderBy(
        _SEQUENCE, _DELETED, BATCH, _FLOW, _CONTENT
    )
    rows = rows.withColumn(_CONTENT, _json(columns)).select(
        *(_value(column, rows, read, window).alias(column) for column in columns),
        _SEQUENCE,
        _DELETED,
        sf.lead(_SEQUENCE).over(window).alias(_NEXT),
    )
    if not flows[0][1].has_history:
        return rows.filter(sf.col(_NEXT).isNull() & ~sf.col(_DELETED)).select(*_columns(columns))
    tracked = [_tracked(rows, keys, changes) for _, changes in flows]
    _agreed("the tracked columns", tracked)
    rows = rows.filter(~sf.col(_NEXT).eqNullSafe(sf.col(_SEQUENCE)))
    return _history(
        rows.withColumn(END_AT, sf.when(~sf.col(_DELETED), sf.col(_NEXT))), keys, tracked[0]
    )


def snapshots(log: DataFrame, how: Snapshots, taken: DataFrame | None = None) -> DataFrame:
    """Return the target of a series of snapshots.

    A row that is in a snapshot and not in the next one was deleted there. Of rows of a snapshot
    that are equal in all keys, the one with the greatest content as JSON counts.

    Args:
        log: The rows of all snapshots, with VERSION, in whose order they were taken.
        how: How they make the target.
        taken: VERSION of snapshots that have no row in the log; others do no harm.

    Returns:
        The columns of the log; for type 2 also START_AT and END_AT, of the type of VERSION. It
        fails when it is computed, if a key is NULL.

    Raises:
        ChangesError: When a named column is not there.
    """
    columns, keys = _shown(log), _names(log, how.keys, "keys")
    _check_reserved(columns, how)
    versions = log.select(VERSION)
    versions = versions if taken is None else versions.union(taken.select(VERSION))
    series = versions.agg(sf.array_sort(sf.collect_set(VERSION)).alias(_VERSIONS))
    place = sf.array_position(_VERSIONS, sf.col(VERSION)).cast("int")
    window = Window.partitionBy(*_columns(keys)).orderBy(_SEQUENCE, _CONTENT)
    rows = (
        log.withColumn(_SEQUENCE, _checked(sf.col(VERSION), keys, columns))
        .withColumn(_CONTENT, _json(columns))
        .withColumn(_DELETED, sf.expr("false"))
        .withColumn(_NEXT, sf.lead(_SEQUENCE).over(window))
        .filter(~sf.col(_NEXT).eqNullSafe(sf.col(_SEQUENCE)))
        .crossJoin(sf.broadcast(series))
        .withColumn(END_AT, sf.get(_VERSIONS, place))
    )
    if not how.has_history:
        return rows.filter(sf.col(END_AT).isNull()).select(*_columns(columns))
    return _history(rows, keys, _tracked(log, keys, how))


@frozen
class _Flow:
    rows: DataFrame
    keys: list[str]
    gives: frozenset[str]


def _read(log: DataFrame, changes: Changes, number: int) -> _Flow:
    columns = _chosen(log, changes, "", "source")
    selected = log.select(*_columns(columns))
    keys = _names(selected, changes.keys, "keys", "target")
    _check_reserved(columns, changes)
    is_truncate = _condition(log, changes.apply_as_truncates)
    sequence = _expression(log, changes.sequence_by)
    rows = log.select(
        *_columns(columns),
        _checked(sequence, keys, columns, but=is_truncate).alias(_SEQUENCE),
        _condition(log, changes.apply_as_deletes).alias(_DELETED),
        is_truncate.alias(_TRUNCATES),
        BATCH,
        sf.lit(number).alias(_FLOW),
    )
    ignoring = (
        _chosen(selected, changes, "ignore_null_updates_", "target")
        if changes.ignores_nulls
        else []
    )
    gives = {column.casefold() for column in columns if column in keys or column not in ignoring}
    return _Flow(rows, [key.casefold() for key in keys], frozenset(gives))


def _after_last_truncate(rows: DataFrame) -> DataFrame:
    last = rows.filter(_TRUNCATES).agg(sf.max(_SEQUENCE).alias(_LAST))
    is_after = sf.col(_LAST).isNull() | (sf.col(_SEQUENCE) > sf.col(_LAST))
    return rows.filter(~sf.col(_TRUNCATES)).crossJoin(sf.broadcast(last)).filter(is_after)


def _value(column: str, rows: DataFrame, read: Sequence[_Flow], window: WindowSpec) -> Column:
    giving = [number for number, flow in enumerate(read) if column.casefold() in flow.gives]
    if len(giving) == len(read):
        return _column(column)
    value = sf.when(~sf.col(_DELETED), _column(column))
    is_given = sf.col(_DELETED) | sf.col(_FLOW).isin(giving)
    so_far = window.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    return _held(value, rows.schema[column].dataType, is_given, so_far)


def _held(value: Column, of_type: DataType, is_given: Column, so_far: WindowSpec) -> Column:
    counts = is_given | value.isNotNull()
    if not isinstance(of_type, StructType):
        held = sf.last(sf.when(counts, sf.struct(value.alias("value"))), ignorenulls=True)
        return held.over(so_far).getField("value")
    exists = sf.last(sf.when(counts, value.isNotNull()), ignorenulls=True).over(so_far)
    parts = [
        _held(value.getField(part.name), part.dataType, is_given, so_far).alias(part.name)
        for part in of_type
    ]
    return sf.when(exists, sf.struct(*parts))


def _history(rows: DataFrame, keys: Sequence[str], tracked: Sequence[str]) -> DataFrame:
    window = Window.partitionBy(*_columns(keys)).orderBy(_SEQUENCE)
    so_far = window.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    is_next = sf.coalesce(sf.lag(END_AT).over(window) == sf.col(_SEQUENCE), sf.expr("false"))
    starts = sf.col(_DELETED) | ~is_next
    for column in tracked:
        value = _comparable(column, rows.schema[column].dataType)
        starts = starts | ~value.eqNullSafe(sf.lag(value).over(window))
    rows = rows.withColumn(_STARTS, starts)
    is_last = sf.coalesce(sf.lead(_STARTS).over(window), sf.expr("true"))
    start_at = sf.last(sf.when(sf.col(_STARTS), sf.col(_SEQUENCE)), ignorenulls=True).over(so_far)
    return (
        rows.withColumns({_ENDS: is_last, START_AT: start_at})
        .filter(sf.col(_ENDS) & ~sf.col(_DELETED))
        .select(*_columns(column for column in _shown(rows) if column != END_AT), START_AT, END_AT)
    )


def _comparable(column: str, of_type: DataType) -> Column:
    is_plain = not any(word in of_type.simpleString() for word in ("map<", "variant"))
    return _column(column) if is_plain else _json([column])


def _checked(
    sequence: Column, keys: Sequence[str], columns: Sequence[str], but: Column | None = None
) -> Column:
    has_no_key = functools.reduce(operator.or_, [_column(key).isNull() for key in keys])
    has_no_key = has_no_key if but is None else has_no_key & ~but
    return (
        sf.when(sequence.isNull(), _failure("the sequence", columns))
        .when(has_no_key, _failure(f"one of the keys {', '.join(keys)}", columns))
        .otherwise(sequence)
    )


def _failure(what: str, columns: Sequence[str]) -> Column:
    return sf.raise_error(sf.concat(sf.lit(f"{what} of a change is NULL: "), _json(columns)))


def _condition(log: DataFrame, condition: Expression | None) -> Column:
    never = sf.expr("false")
    return never if condition is None else sf.coalesce(_expression(log, condition), never)


def _expression(log: DataFrame, expression: Expression) -> Column:
    if not isinstance(expression, str):
        return expression
    is_name = expression.casefold() in (column.casefold() for column in log.columns)
    return _column(expression) if is_name else sf.expr(expression)


def _chosen(frame: DataFrame, how: Keyed, prefix: str, whose: str) -> list[str]:
    only, but = f"{prefix}column_list", f"{prefix}except_column_list"
    if getattr(how, only):
        names = _names(frame, getattr(how, only), only, whose)
        return [column for column in _shown(frame) if column in names]
    names = _names(frame, getattr(how, but) or (), but, whose)
    return [column for column in _shown(frame) if column not in names]


def _tracked(rows: DataFrame, keys: Sequence[str], how: Keyed) -> list[str]:
    chosen = _chosen(rows, how, "track_history_", "target")
    return [column for column in chosen if column not in keys]


def _names(
    frame: DataFrame, items: Iterable[str | Column], argument: str, whose: str = "source"
) -> list[str]:
    known = {column.casefold(): column for column in _shown(frame)}
    names = [item if isinstance(item, str) else frame.select(item).columns[0] for item in items]
    for name in names:
        if _plain(name) not in known:
            columns = ", ".join(known.values())
            _refuse(f"`{argument}` names {name!r}; the columns of the {whose} are {columns}")
    return [known[_plain(name)] for name in names]


def _plain(name: str) -> str:
    is_quoted = len(name) > 1 and name.startswith("`") and name.endswith("`")
    return (name[1:-1].replace("``", "`") if is_quoted else name).casefold()


def _shown(frame: DataFrame) -> list[str]:
    return [column for column in frame.columns if not column.startswith(_HIDDEN)]


def _column(name: str) -> Column:
    return sf.col("`" + name.replace("`", "``") + "`")


def _columns(names: Iterable[str]) -> list[Column]:
    return [_column(name) for name in names]


def _json(columns: Iterable[str]) -> Column:
    return sf.to_json(sf.struct(*_columns(columns)))


def _union(rows: DataFrame, more: DataFrame) -> DataFrame:
    return rows.unionByName(more, allowMissingColumns=True)


def _agreed(what: str, values: Sequence[object]) -> None:
    for value in values:
        if value != values[0]:
            _refuse(f"flows into one target differ in {what}: {values[0]} and {value}")


def _check_reserved(columns: Iterable[str], how: Keyed) -> None:
    for column in columns:
        if how.has_history and column.upper() in {START_AT, END_AT}:
            _refuse(f"the source has a column {column!r}, whose name the history needs")


def _is_given(value: object) -> bool:
    return bool(value) if isinstance(value, (bool, str, Sequence)) else value is not None


def _refuse(message: str) -> NoReturn:
    raise ChangesError(message)
