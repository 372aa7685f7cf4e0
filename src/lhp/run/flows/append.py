"""Appends what is new in a stream, or rows once."""

from __future__ import annotations

from pyspark.sql import DataFrame

from lhp.errors import RUN_FLOW_ALONE, RUN_FLOW_BATCH
from lhp.run.job import Job, fitted
from lhp.run.parquet import writing

EMULATED = "aggregation without a watermark: the table is made anew in each run"
_ONCE = "once"


def rows(job: Job) -> DataFrame:
    """Return the rows of the flow."""
    frame = job.tables.rows_of(job.flow, job.target)
    if not frame.isStreaming and not job.flow.settings.get(_ONCE):
        raise RUN_FLOW_BATCH.at(name=job.flow.name, table=job.target.name)
    return frame


def is_anew(job: Job, frame: DataFrame) -> bool:
    """Return True for a stream that sums up rows, and says of none when it can't change any more.

    Source: Databricks, "Optimize stateful processing with watermarks": without one, the table is
    made anew in each update.
    """
    found = frame.isStreaming and job.needs_all(frame)
    if found and len(job.target.flows) > 1:
        raise RUN_FLOW_ALONE.at(name=job.flow.name, table=job.target.name)
    return found


def run(job: Job, frame: DataFrame) -> None:
    """Append them."""
    if frame.isStreaming and job.needs_all(frame):
        job.met.emulated.setdefault(EMULATED)
        job.replace_by(frame)
    elif frame.isStreaming:
        job.append(frame)
    elif not job.stored.has(job.flow.name, _ONCE):
        write = writing(fitted(frame, job.tables, job.stored))
        job.rows_out = job.stored.append(job.flow.name, _ONCE, write)
