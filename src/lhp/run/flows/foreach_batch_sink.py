"""Gives each batch of a stream to a function of the project."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame

from lhp.run.job import Job


def run(job: Job, frame: DataFrame) -> None:
    """Call the function with each batch and its number."""

    def take(batch: DataFrame, number: int) -> None:
        # The function may look at the rows more than once, and they are worked out once.
        rows = job.tables.ours(batch).persist()
        try:
            job.rows_out += rows.count()
            function: Any = job.target.function
            function(rows, number)
        finally:
            rows.unpersist()

    job.stream(frame, take)
