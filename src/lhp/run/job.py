"""One flow at work, and what every kind of flow does with Spark."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any

from pyspark.errors import AnalysisException, StreamingQueryException
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812  (its usual name)

from lhp.errors import RUN_SOURCE_CHANGED
from lhp.run.attempt import Attempt
from lhp.run.changes import BATCH
from lhp.run.columns import fitted, nullable
from lhp.run.datasets import Flow, Target
from lhp.run.parquet import writing
from lhp.run.store import Stored, uri
from lhp.run.tables import Met, Tables


class _EnoughError(Exception):
    """As many batches were given as were wanted."""


@dataclass
class Job:
    """One flow, while it runs.

    Args:
        flow: The flow.
        target: What it brings rows into.
        stored: What the disk holds of that.
        tables: Gives the rows of others.
        met: What it met so far.
        rows_in: Rows that were read; None where that is not known.
        rows_out: Rows that were given.
        taken: How many batches of a stream were given.
        metrics: What Spark counted in each batch of a stream.
        raised: What ended a stream.
    """

    flow: Flow
    target: Target
    stored: Stored
    tables: Tables
    met: Met
    rows_in: int | None = None
    rows_out: int = 0
    taken: int = 0
    metrics: list[dict[str, Row]] = field(default_factory=list)
    raised: Exception | None = None

    @property
    def way(self) -> str:
        """How the rows of the table come in this run."""
        return self.tables.plans[self.target.key].way

    def stream(
        self, frame: DataFrame, take: Callable[[DataFrame, int], None], mode: str = "append"
    ) -> None:
        """Give what a stream has to give now, batch by batch.

        Args:
            frame: The rows.
            take: Called with each batch and its number; after a crash it may get one again.
            mode: `append` gives what is new, `complete` all rows in each batch.
        """
        limit = self.tables.batch_limit
        context = copy_context()  # Spark calls in another thread

        def take_some(batch: DataFrame, number: int) -> None:
            self.raised = _EnoughError() if self.taken == limit else None
            with Attempt() as attempt:
                if self.raised is None:
                    context.run(take, batch, number)
                    self.taken += 1
            self.raised = self.raised or attempt.error
            if self.raised:
                raise self.raised

        self.start(frame, lambda writer: writer.outputMode(mode).foreachBatch(take_some))

    def start(self, frame: DataFrame, to: Callable[[Any], Any]) -> None:
        """Run a stream until it has given all that there is now.

        Args:
            frame: The rows.
            to: Says of the writer where the rows go.
        """
        # Spark looks for data sources of the project in the session of its thread alone.
        spark: Any = self.tables.spark
        spark._jvm.SparkSession.setActiveSession(spark._jsparkSession)  # noqa: SLF001
        self.check_sources()
        self.stored.note_sources(self.flow.name, self.met.streams)
        place = uri(self.stored.checkpoint(self.flow.name))
        writer = frame.writeStream.queryName(self.flow.name).option("checkpointLocation", place)
        query = to(writer.trigger(availableNow=True)).start()
        try:
            query.awaitTermination()
        except StreamingQueryException as error:
            # What Python code raised says more than what Spark makes of it.
            if not isinstance(self.raised, _EnoughError):
                raise self.raised or error from None
        finally:
            query.stop()
            self.metrics += [each.observedMetrics for each in query.recentProgress]
            self.rows_in = sum(each.numInputRows for each in query.recentProgress)

    def check_sources(self) -> None:
        """Look whether the stream reads the tables that it has read so far.

        How far it has read is known by file: it would take the rows of another table, or of one
        that was made anew, for new ones, and bring them a second time.

        Raises:
            LhpError: RUN_SOURCE_CHANGED.
        """
        known = self.stored.sources(self.flow.name)
        if known is None or known == self.met.streams:
            return
        names = sorted(dict(known.items() ^ self.met.streams.items()))
        raise RUN_SOURCE_CHANGED.at(
            flow=self.flow.name, table=self.target.name, sources=", ".join(names)
        )

    def append(self, frame: DataFrame, *, log: bool = False) -> None:
        """Append what a stream has to give now to the table, or to its changes.

        Args:
            frame: The rows.
            log: True for the changes.
        """

        def take(batch: DataFrame, number: int) -> None:
            name = f"{number:010}"
            if log:
                rows = batch.withColumn(BATCH, F.lit(number).cast("bigint"))
            else:
                rows = self.fitted(batch)
            self.rows_out += self.stored.append(self.flow.name, name, writing(rows), log=log)

        self.stream(frame, take)

    def log(self, like: DataFrame) -> DataFrame:
        """Return all that the flow ever added to the changes.

        Args:
            like: Has the columns that they have where there are none.
        """
        if self.stored.batches(self.flow.name):
            return self.tables.log_of(self.stored, self.flow.name)
        return self.tables.spark.createDataFrame([], like.schema)

    def needs_all(self, frame: DataFrame) -> bool:
        """Return True for a stream that can't be appended to a table, as rows of it change.

        Args:
            frame: The rows.

        Raises:
            AnalysisException: It asks for what no stream can give.
        """
        jvm: Any = self.tables.spark._jvm  # noqa: SLF001  (nothing public tells it)
        check = jvm.org.apache.spark.sql.catalyst.analysis.UnsupportedOperationChecker
        modes = jvm.org.apache.spark.sql.streaming.OutputMode
        plan = frame._jdf.queryExecution().analyzed()  # noqa: SLF001
        try:
            check.checkForStreaming(plan, modes.Append())
        except AnalysisException as error:
            if not str(error.getCondition()).startswith("STREAMING_OUTPUT_MODE"):
                raise
        else:
            return False
        check.checkForStreaming(plan, modes.Complete())
        return True

    def replace_by(self, frame: DataFrame) -> None:
        """Let the table hold what a stream that sums up rows gives, whole in each batch.

        Args:
            frame: The rows.
        """

        def take(batch: DataFrame, number: int) -> None:
            del number
            self.replace(self.fitted(batch))

        self.stream(frame, take, mode="complete")

    def fitted(self, frame: DataFrame) -> DataFrame:
        """Return rows with the columns that the table has."""
        return fitted(frame, self.tables.schema_of(self.stored))

    def replace(self, frame: DataFrame) -> None:
        """Let the table hold these rows and no others."""
        schema = nullable(frame.schema)
        self.rows_out = self.stored.replace(writing(frame), schema.json(), self.way)
