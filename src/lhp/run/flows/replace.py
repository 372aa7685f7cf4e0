"""Lets new rows take the place of those that agree with them in some columns.

What arrives is kept apart; of the rows with the same values in `replace_using`, those that are the
latest by `sequence_by` make the table.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812  (its usual name)

from lhp.run.job import Job

EMULATED = "replace flow: all rows that ever came are kept, and the table is made anew from them"


def rows(job: Job) -> DataFrame:
    """Return the rows of the flow."""
    job.met.emulated.setdefault(EMULATED)
    return job.tables.rows_of(job.flow, job.target)


def run(job: Job, frame: DataFrame) -> None:
    """Keep what is new."""
    job.append(frame, log=True)


def finish(jobs: Sequence[Job]) -> None:
    """Make the table anew from all that came."""
    (job,) = jobs
    settings = job.flow.settings
    latest = Window.partitionBy(*settings["replace_using"]).orderBy(F.desc(settings["sequence_by"]))
    frame = job.tables.log_of(job.stored, job.flow.name)
    place = F.rank().over(latest)
    job.replace(frame.withColumn("__lhp_place", place).where("__lhp_place = 1").drop("__lhp_place"))
