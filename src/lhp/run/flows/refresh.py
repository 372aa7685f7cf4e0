"""Makes a table anew from its query."""

from __future__ import annotations

from pyspark.sql import DataFrame

from lhp.errors import RUN_VIEW_STREAM
from lhp.run.job import Job


def rows(job: Job) -> DataFrame:
    """Return the rows of the query."""
    frame = job.tables.rows_of(job.flow, job.target)
    if frame.isStreaming:
        raise RUN_VIEW_STREAM.at(name=job.target.name)
    return frame


def run(job: Job, frame: DataFrame) -> None:
    """Let the table hold them, and nothing else."""
    job.replace(job.fitted(frame))
