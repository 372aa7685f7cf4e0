"""Gives flows the rows that they read: of views, of tables of the run, of files that land."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import Any
from uuid import uuid4

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from lhp.errors import (
    RUN_CIRCLE,
    RUN_LANDING,
    RUN_NO_ROWS,
    RUN_NOT_STREAM,
    RUN_SQL_UNREAD,
    RUN_STREAM_CHANGED,
    RUN_TABLE_OWNED,
    RUN_TABLE_UNKNOWN,
    RUN_UNSUPPORTED,
    LhpError,
    nearest,
)
from lhp.run import information
from lhp.run.checks import Watched, watched
from lhp.run.columns import fitted
from lhp.run.datasets import Declared, Flow, Rule, Target, View
from lhp.run.landing import LandingError, landing_stream
from lhp.run.landing_options import reader_plan
from lhp.run.names import Reference, UnreadSqlError, tables_in, with_tables
from lhp.run.parquet import writing
from lhp.run.queries import QueryError, query_error
from lhp.run.session import LocalSession
from lhp.run.stand_in_files import rows_in
from lhp.run.store import APPEND, Store, Stored, safe, uri
from lhp.values import frozen

FOREIGN = "code of the project"
"""The way of a table that nobody of the run makes."""

_numbers = itertools.count(1)


@dataclass
class Met:
    """What was met while the rows of a flow were worked out.

    Args:
        pipeline: Whose views and private tables are seen.
        target: Key of the table or sink that the flow is into.
        reads: Keys of the tables that it reads.
        streams: Ids of the tables, and places of the files, that it reads as streams, by name.
        views: The views between, with the names that each reads.
        watched: Expectations that count.
        emulated: What stands in for what only the platform has, in words.
        ignored: What is asked for and not done, in words.
        inside: The views that are being worked out.
        failed: The view or flow whose function raised an error.
    """

    pipeline: str
    target: str
    reads: dict[str, None] = field(default_factory=dict)
    streams: dict[str, str] = field(default_factory=dict)
    views: dict[str, dict[str, None]] = field(default_factory=dict)
    watched: list[Watched] = field(default_factory=list)
    emulated: dict[str, None] = field(default_factory=dict)
    ignored: dict[str, None] = field(default_factory=dict)
    inside: list[View] = field(default_factory=list)
    failed: str = ""


_met: ContextVar[Met] = ContextVar("_met")
_needed: ContextVar[Callable[[Target | View], None]] = ContextVar("_needed", default=lambda _: None)


@frozen
class Plan:
    """What becomes of a table in this run.

    Args:
        schema: Its columns.
        way: How its rows come, by the names of flows.
    """

    schema: StructType
    way: str


@dataclass
class Tables:
    """The tables and views of a run.

    Args:
        spark: A session.
        declared: What the modules declare.
        store: What the disk holds.
        stand_ins: Files to read instead of a view or table, by its name in lower case.
        tests: Keys of the tables that are tests: what breaks their rules is counted only.
        file_limit: How many landing files a stream may read; None takes all.
        plans: What becomes of tables, by key, as long as the disk does not hold it.
    """

    spark: SparkSession
    declared: Declared
    store: Store
    stand_ins: Mapping[str, Path] = field(default_factory=dict)
    tests: frozenset[str] = frozenset()
    file_limit: int | None = None
    plans: dict[str, Plan] = field(default_factory=dict)
    _calling: RLock = field(default_factory=RLock)  # temporary views are those of all threads
    _landed: dict[tuple[str, str, str, str, Path | None], DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the session that generated code meets."""
        self.session = LocalSession(self.spark, self)

    @contextmanager
    def meeting(self, met: Met) -> Iterator[None]:
        """Let generated code read what its pipeline sees, and note what it meets.

        Args:
            met: Where it is noted.
        """
        token = _met.set(met)
        try:
            yield
        finally:
            _met.reset(token)

    @contextmanager
    def needing(self, needed: Callable[[Target | View], None]) -> Iterator[None]:
        """Ask meanwhile, for each table and view of the run that is read, whether it is ready.

        Args:
            needed: Called with the table or view; raises where it is not.
        """
        token = _needed.set(needed)
        try:
            yield
        finally:
            _needed.reset(token)

    def rows_of(self, flow: Flow, target: Target) -> DataFrame:
        """Return the rows of a flow that has a function, its expectations heeded."""
        frame = self._called(flow.function, flow.name)
        rules = (*target.rules, *flow.rules)
        return self._checked(frame, target.name, rules, is_strict=target.key not in self.tests)

    def ours(self, frame: DataFrame) -> DataFrame:
        """Return the same rows, in a session that knows the tables of the run."""
        return DataFrame(frame._jdf, self.session)  # noqa: SLF001  (nothing public does it)

    def log_of(self, stored: Stored, flow: str) -> DataFrame:
        """Return all that a flow ever added to the changes of a table.

        Args:
            stored: The table.
            flow: Name of the flow.
        """
        place = stored.log / safe(flow)
        reader = self.spark.read.options(recursiveFileLookup=True, mergeSchema=True)
        return reader.parquet(uri(place))

    @property
    def batch_limit(self) -> int | None:
        """How many batches a stream may give; None gives all."""
        return None if self.file_limit is None else 1

    def table(self, name: str, options: Mapping[str, Any], *, is_stream: bool) -> DataFrame:
        """Return the rows of a table or view, as generated code calls it.

        Raises:
            LhpError: Nothing has that name, or can be read so.
            NeedsError: It is made in this run, later.
        """
        met, plain = _met.get(), name.replace("`", "").removeprefix("LIVE.")
        view = self.declared.view(plain, met.pipeline)
        target = None if view else self.declared.target(plain, met.pipeline)
        called = view.name if view else target.name if target else plain
        (met.views[met.inside[-1].name] if met.inside else {}).setdefault(called)
        stand_in = self.stand_ins.get(called.lower())
        if stand_in:
            met.emulated.setdefault(f"{called} is read from {stand_in.as_posix()}")
            if is_stream:
                met.streams[called] = stand_in.as_posix()
            return self._stand_in(stand_in, is_stream=is_stream)
        if view:
            _needed.get()(view)
            frame = self._view(view, is_stream=is_stream)
            return self._heeded(frame, called, options, is_appended=False)
        catalog = None if target or is_stream else information.catalog_of(plain)
        if catalog:
            return self._columns(catalog)
        if target and target.key != met.target:
            met.reads.setdefault(target.key)
            _needed.get()(target)
        return self._stored(target, plain, options, is_stream=is_stream)

    def exists(self, name: str) -> bool:
        """Return True for a table or view that can be read, or that the run makes first.

        Raises:
            NeedsError: It is made in this run, later.
        """
        met, plain = _met.get(), name.replace("`", "").removeprefix("LIVE.")
        target = self.declared.target(plain, met.pipeline)
        called = target.name if target else plain
        if called.lower() in self.stand_ins or self.declared.view(plain, met.pipeline):
            return True
        key = target.key if target else plain.lower()
        if target and key != met.target:
            met.reads.setdefault(key)
            _needed.get()(target)
        is_there = key in self.plans or self.store.table(key).schema is not None
        return is_there or self._is_temporary(plain)

    def query(self, text: str, args: Any) -> DataFrame:
        """Return the rows of a query.

        Raises:
            LhpError: It reads what is not there.
            QueryError: Spark refuses it.
        """
        session = self.session
        views = {}
        for reference in _tables_in(text):
            if information.catalog_of(".".join(reference.parts)):
                for name in information.asked_for(text):
                    self.table(name, {}, is_stream=False)  # so that it is there
            frame = self._referred(reference, text)
            views[reference] = f"lhp_{next(_numbers)}"
            frame.createOrReplaceTempView(views[reference])
        try:
            return session.plain_sql(with_tables(text, views), args)
        except (AnalysisException, ParseException) as error:
            names = {view: ".".join(each.parts) for each, view in views.items()}
            raise query_error(error, text, names) from error
        finally:
            for view in views.values():
                session.catalog.dropTempView(view)

    def _referred(self, reference: Reference, text: str) -> DataFrame:
        """Return the rows that a query refers to; what is wrong with that stands in the query."""
        try:
            return self.table(".".join(reference.parts), {}, is_stream=reference.is_stream)
        except LhpError as error:
            if _met.get().failed or error.location:
                raise  # in the function of a view that it reads
            raise _in_query(error, text, reference) from error

    def landed(self, path: Any, options: Mapping[str, Any], schema: Any) -> DataFrame:
        """Return the stream of the files that land in a folder."""
        met = _met.get()
        about = f"{met.pipeline}.{met.inside[-1].name if met.inside else met.target}"
        plan = reader_plan(options, str(path), schema)
        if self.file_limit is not None:  # of one batch, which is all that a stream may give then
            limits = {"maxBytesPerTrigger": None, "maxFilesPerTrigger": str(self.file_limit)}
            given = {**plan.stream_options, **limits}
            kept = {name: value for name, value in given.items() if value is not None}
            plan = replace(plan, stream_options=kept)
        met.emulated.update(dict.fromkeys(plan.emulated))
        met.ignored.update(dict.fromkeys(plan.ignored))
        stored = self.store.table(met.target)
        # Before it is forgotten, what is known of its files has to stay as it is.
        memory = None if stored.is_forgotten else stored.schema_file(about, str(path))
        how = repr((sorted(options.items()), schema))
        key = (met.target, about, str(path), how, memory)
        if key not in self._landed:
            try:
                self._landed[key] = self.ours(landing_stream(self.spark, plan, memory))
            except LandingError as error:
                raise RUN_LANDING.at(path=str(path), reason=str(error)) from error
        return self._landed[key]

    def shown(self, name: str) -> DataFrame | None:
        """Return the rows of a table, or of the files that stand in for something.

        Args:
            name: Full name, or the end of it where only one has that end.

        Returns:
            The rows; None where it was never made.
        """
        target = self.declared.target(name, "")
        stand_in = self.stand_ins.get((target.name if target else name).lower())
        if stand_in:
            return self._stand_in(stand_in, is_stream=False)
        stored = self.store.table(target.key if target else name)
        return None if stored.schema is None else self.written(stored)

    def replace(self, name: str, frame: DataFrame) -> None:
        """Let a table that nobody of the run makes hold these rows and no others.

        Args:
            name: Its full name.
            frame: The rows.
        """
        stored = self.store.table(name)
        stored.replace(writing(frame), frame.schema.json(), FOREIGN)

    def append(self, name: str, frame: DataFrame) -> None:
        """Add rows to a table that nobody of the run makes.

        Args:
            name: Its full name.
            frame: The rows, with the columns of the table.
        """
        stored = self.store.table(name)
        if stored.is_appended:
            stored.append("", uuid4().hex, writing(frame))
        else:
            self.replace(name, self.written(stored).unionByName(frame))

    def save(self, name: str, frame: DataFrame, mode: str) -> None:
        """Write rows to a table that nobody of the run makes, as a writer of Spark does.

        Args:
            name: Its full name.
            frame: The rows.
            mode: `append`, `overwrite`, `ignore` or `errorifexists`.

        Raises:
            LhpError: RUN_TABLE_OWNED.
            ValueError: The rows do not fit, or the table is there and must not be.
        """
        plain = name.replace("`", "")
        target = self.declared.target(plain, _met.get().pipeline)
        if target:
            raise RUN_TABLE_OWNED.at(name=target.name)
        stored = self.store.table(plain)
        if stored.schema is None or mode == "overwrite":
            self.replace(plain, frame)
        elif mode == "append":
            more = {*map(str.lower, frame.columns)} - {
                *map(str.lower, self.schema_of(stored).names)
            }
            if more:
                message = f"{name} has no column {', '.join(sorted(more))}"
                raise ValueError(message)
            self.append(plain, fitted(frame, self.schema_of(stored)))
        elif mode != "ignore":
            message = f"{name} is there already"
            raise ValueError(message)

    def schema_of(self, stored: Stored) -> StructType:
        """Return the columns of a table that is there, or will be."""
        if stored.name in self.plans:
            return self.plans[stored.name].schema
        return StructType.fromJson(json.loads(stored.schema or '{"fields": []}'))

    def written(self, stored: Stored, *, is_stream: bool = False) -> DataFrame:
        """Return the rows of a table that is there, or will be.

        Args:
            stored: The table.
            is_stream: True for a stream of the rows that come.
        """
        schema = self.schema_of(stored)
        reader: Any = self.spark.readStream if is_stream else self.spark.read
        reader = reader.schema(schema).options(recursiveFileLookup=True)
        place = self.store.nothing if stored.schema is None else stored.data
        frame: DataFrame = reader.parquet(uri(place))
        return self.ours(frame)

    def _view(self, view: View, *, is_stream: bool) -> DataFrame:
        met = _met.get()
        if view in met.inside:
            circle = " -> ".join(each.name for each in (*met.inside, view))
            raise RUN_CIRCLE.at(circle=circle)
        met.views.setdefault(view.name, {})
        met.inside.append(view)
        try:
            frame = self._called(view.function, view.name)
        finally:
            met.inside.pop()
        if is_stream and not frame.isStreaming:
            raise RUN_NOT_STREAM.at(name=view.name)
        return self._checked(frame, view.name, view.rules)

    def _stored(
        self, target: Target | None, name: str, options: Mapping[str, Any], *, is_stream: bool
    ) -> DataFrame:
        stored = self.store.table(target.key if target else name)
        plan = self.plans.get(stored.name)
        if stored.schema is None and plan is None:
            if target:
                raise RUN_NO_ROWS.at(name=target.name, pipeline=target.pipeline)
            if self._is_temporary(name):
                return self.ours(self.spark.table(name))
            known = [*self.declared.names(_met.get().pipeline)]
            raise RUN_TABLE_UNKNOWN.at(name=name, nearest=nearest(name, known))
        is_appended = plan.way == APPEND if plan else stored.is_appended
        called = target.name if target else name
        if is_stream and not is_appended:
            raise RUN_STREAM_CHANGED.at(name=called)
        if is_stream:
            _met.get().streams[called] = stored.id
        frame = self.written(stored, is_stream=is_stream)
        return self._heeded(frame, name, options, is_appended=is_appended)

    def _heeded(
        self, frame: DataFrame, name: str, options: Mapping[str, Any], *, is_appended: bool
    ) -> DataFrame:
        """Return rows as the options of their reader want them; what is not done is told."""
        for option, value in options.items():
            given = (option.lower(), str(value).lower())
            if given == (_FEED, "true") and is_appended:
                _met.get().emulated.setdefault(f"the change feed of {name}: rows that were added")
                frame = frame.selectExpr("*", *_FEED_COLUMNS)
            elif given[0] in _OF_DELTA and given not in _MEANINGLESS:
                raise RUN_UNSUPPORTED.at(
                    what=f"the reader's option {option!r} of {name}",
                    reason="only a Delta table has it",
                    advice=f"read {name} as it is, or give files to read: `run: stand_ins:`",
                )
            elif given[0] not in _OF_CHANGES | _OF_DELTA:
                _met.get().ignored.setdefault(f"the reader's option {option!r} of {name}")
        return frame

    def _is_temporary(self, name: str) -> bool:
        """Return True for a temporary view that code made."""
        return "." not in name and self.spark.catalog.tableExists(name)

    def _columns(self, catalog: str) -> DataFrame:
        """Return the columns of the tables of a catalog, as its information schema has them."""
        _met.get().emulated.setdefault(information.EMULATED)
        names = {*self.store.names(), *self.plans}
        tables = {name: self.schema_of(self.store.table(name)) for name in sorted(names)}
        for name, path in self.stand_ins.items():
            tables[name] = self._stand_in(path, is_stream=False).schema
        rows = information.rows(catalog, tables.items())
        return self.ours(self.spark.createDataFrame(rows, information.COLUMNS))

    def _stand_in(self, path: Path, *, is_stream: bool) -> DataFrame:
        return self.ours(rows_in(path, self.spark, is_stream=is_stream))

    def _called(self, function: Callable[[], Any] | None, name: str) -> DataFrame:
        met, frame, is_done = _met.get(), None, False
        try:
            with self._calling:
                frame = function() if function else None
            is_done = True
        finally:
            if not is_done:
                met.failed = met.failed or name
        if not isinstance(frame, DataFrame):
            message = f"{name}() returned {type(frame).__name__}, not a DataFrame"
            raise TypeError(message)
        return frame

    def _checked(
        self, frame: DataFrame, name: str, rules: tuple[Rule, ...], *, is_strict: bool = True
    ) -> DataFrame:
        if not rules:
            return frame
        frame, watch = watched(frame, name, rules, is_strict=is_strict)
        _met.get().watched.append(watch)
        return frame


_FEED = "readchangefeed"
_OF_CHANGES = frozenset({"ignorechanges", "ignoredeletes", "skipchangecommits"})
"""Options that mean nothing for a table whose rows are only added to."""

_OF_DELTA = frozenset(
    {
        _FEED,
        "endingtimestamp",
        "endingversion",
        "startingtimestamp",
        "startingversion",
        "timestampasof",
        "versionasof",
    }
)
"""Options that give other rows than the table has."""

_MEANINGLESS = frozenset({(_FEED, "false"), ("startingversion", "0")})
"""Those of them that give all rows."""

_FEED_COLUMNS = (
    "'insert' AS _change_type",
    "unix_millis(_metadata.file_modification_time) AS _commit_version",
    "_metadata.file_modification_time AS _commit_timestamp",
)


def _tables_in(text: str) -> tuple[Reference, ...]:
    try:
        found = tables_in(text)
    except UnreadSqlError as error:
        place = f"line {error.line}, column {error.column} of the query"
        raise RUN_SQL_UNREAD.at(reason=error.reason, advice=f"look at {place}") from error
    for reference in found:
        if reference.unsupported:
            name = ".".join(reference.parts)
            advice = f"read {name} as it is, or give files to read: `run: stand_ins:`"
            problem = RUN_SQL_UNREAD.at(reason=reference.unsupported, advice=advice)
            raise _in_query(problem, text, reference)
    return found


def _in_query(problem: LhpError, text: str, reference: Reference) -> QueryError:
    """Return an error that stands where a query refers to a table."""
    line = text.splitlines()[text[: reference.start].count("\n")].strip()
    part = text[reference.start : reference.end]
    return QueryError(problem.message, line, part, problem)
