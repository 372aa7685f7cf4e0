"""Appends a stream, or makes the table anew from what is no stream."""

from __future__ import annotations

from pyspark.sql import DataFrame

from lhp.run.flows import append, refresh
from lhp.run.job import Job


def rows(job: Job) -> DataFrame:
    """Return the rows of the query."""
    return job.tables.rows_of(job.flow, job.target)


def way(job: Job, frame: DataFrame) -> str:
    """Return how the rows come."""
    return append.way(job, frame) if frame.isStreaming else "refresh"


def run(job: Job, frame: DataFrame) -> None:
    """Append what is new, or make the table anew."""
    (append if frame.isStreaming else refresh).run(job, frame)
