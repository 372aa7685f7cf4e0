"""Gives the rows of a stream to a data source of Spark's, or of the project's own."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812  (its usual name)

from lhp.run.job import Job

_GIVEN = "lhp given"


def run(job: Job, frame: DataFrame) -> None:
    """Give what is new to the sink."""
    settings = job.target.settings
    if job.tables.batch_limit is not None:
        job.met.ignored.setdefault("`--limit-files`: the sink takes its stream itself, to the end")
    options = {key: str(value) for key, value in settings["options"].items()}
    counted = frame.observe(_GIVEN, F.count(F.lit(1)).alias("rows"))
    job.start(counted, lambda writer: writer.format(settings["format"]).options(**options))
    job.rows_out = sum(each[_GIVEN].rows for each in job.metrics if _GIVEN in each)
