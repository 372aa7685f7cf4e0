"""Appends a stream, or makes the table anew from what is no stream."""

from __future__ import annotations

from pyspark.sql import DataFrame

from lhp.run.flows import append, refresh
from lhp.run.job import Job


def rows(job: Job) -> DataFrame:
    """Return the rows of the query."""
    return job.tables.rows_of(job.flow, job.target)


def is_anew(job: Job, frame: DataFrame) -> bool:
    """Return True for what is no stream, or is made anew from one."""
    return not frame.isStreaming or append.is_anew(job, frame)


def run(job: Job, frame: DataFrame) -> None:
    """Append what is new, or make the table anew."""
    (append if frame.isStreaming else refresh).run(job, frame)
