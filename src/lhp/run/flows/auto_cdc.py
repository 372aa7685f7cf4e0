"""Keeps a table in step with a feed of changes.

Parquet has no MERGE: what ever came is kept apart, and the table is made anew from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812  (its usual name)

from lhp.run.changes import BATCH, Changes, checked, target
from lhp.run.job import Job
from lhp.run.parquet import writing

EMULATED = "change data capture: all changes are kept, and the table is made anew from them"
_KNOWN = frozenset(each.name for each in fields(Changes))
_ONCE = "once"


def rows(job: Job) -> DataFrame:
    """Return the columns of the table, as this flow has them."""
    job.met.emulated.setdefault(EMULATED)
    return target([(_numbered(_source(job)), _changes(job))])


def run(job: Job, frame: DataFrame) -> None:
    """Keep what is new."""
    del frame
    source = _source(job)
    if source.isStreaming:
        job.append(source, log=True)
    elif not job.stored.has(job.flow.name, _ONCE, log=True):
        write = writing(_numbered(source))
        job.rows_out = job.stored.append(job.flow.name, _ONCE, write, log=True)


def finish(jobs: Sequence[Job]) -> None:
    """Make the table anew from all that came."""
    logs = [(job.log(_numbered(_source(job))), _changes(job)) for job in jobs]
    job = jobs[0]
    job.replace(job.fitted(target(logs)))


def _source(job: Job) -> DataFrame:
    is_stream = not job.flow.settings.get(_ONCE)
    frame = job.tables.table(job.flow.settings["source"], {}, is_stream=is_stream)
    return checked(frame, _changes(job))


def _numbered(frame: DataFrame) -> DataFrame:
    return frame.withColumn(BATCH, F.lit(0).cast("bigint"))


def _changes(job: Job) -> Changes:
    given = {key: value for key, value in job.flow.settings.items() if key in _KNOWN}
    return Changes(**given)
