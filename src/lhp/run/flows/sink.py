"""Gives the rows of a stream to a data source of Spark's, or of the project's own."""

from __future__ import annotations

from pyspark.sql import DataFrame

from lhp.run.job import Job


def run(job: Job, frame: DataFrame) -> None:
    """Give what is new to the sink."""
    settings = job.target.settings
    options = {key: str(value) for key, value in settings["options"].items()}
    job.start(frame, lambda writer: writer.format(settings["format"]).options(**options))
    job.rows_out = job.rows_in or 0
