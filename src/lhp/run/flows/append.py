"""Appends what is new in a stream, or rows once."""

from __future__ import annotations

from pyspark.sql import DataFrame

from lhp.errors import RUN_FLOW_ALONE, RUN_FLOW_BATCH, RUN_FLOW_ONCE
from lhp.run.job import Job
from lhp.run.parquet import writing
from lhp.run.store import APPEND

EMULATED = "aggregation without a watermark: the table is made anew in each run"
_COMPLETE = "complete"
_ONCE = "once"


def rows(job: Job) -> DataFrame:
    """Return the rows of the flow."""
    frame = job.tables.rows_of(job.flow, job.target)
    if frame.isStreaming and job.flow.settings.get(_ONCE):
        raise RUN_FLOW_ONCE.at(name=job.flow.name, table=job.target.name)
    if not frame.isStreaming and not job.flow.settings.get(_ONCE):
        raise RUN_FLOW_BATCH.at(name=job.flow.name, table=job.target.name)
    return frame


def way(job: Job, frame: DataFrame) -> str:
    """Return how the rows come: a stream that sums up rows can't say of any that it is the last.

    Source: Databricks, "Optimize stateful processing with watermarks": without one, the table is
    made anew in each update.
    """
    if not frame.isStreaming or not job.needs_all(frame):
        return APPEND
    if len(job.target.flows) > 1:
        raise RUN_FLOW_ALONE.at(name=job.flow.name, table=job.target.name)
    return _COMPLETE


def run(job: Job, frame: DataFrame) -> None:
    """Append them."""
    if job.way == _COMPLETE:
        job.met.emulated.setdefault(EMULATED)
        job.replace_by(frame)
    elif frame.isStreaming:
        job.append(frame)
    elif not job.stored.has(job.flow.name, _ONCE):
        write = writing(job.fitted(frame))
        job.rows_out = job.stored.append(job.flow.name, _ONCE, write)
