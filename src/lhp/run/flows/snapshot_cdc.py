"""Keeps a table in step with snapshots of another, or with those that a function gives.

Parquet has no MERGE: all snapshots are kept apart, and the table is made anew from them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime, timezone
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812  (its usual name)

from lhp.errors import RUN_NO_SNAPSHOT, RUN_SNAPSHOT_ORDER
from lhp.run.changes import VERSION, Snapshots, snapshots
from lhp.run.job import Job
from lhp.run.parquet import writing

EMULATED = "snapshots: all of them are kept, and the table is made anew from them"
_KNOWN = frozenset(each.name for each in fields(Snapshots))

_Snapshot = tuple[DataFrame, Any]


def rows(job: Job) -> DataFrame:
    """Return the columns of the table."""
    job.met.emulated.setdefault(EMULATED)
    found = _source(job)(_latest(job))
    if found is not None:
        log = _marked(*found)
    elif job.stored.batches(job.flow.name):
        log = job.tables.log_of(job.stored, job.flow.name)
    else:
        raise RUN_NO_SNAPSHOT.at(name=job.target.name)
    return snapshots(log, _how(job))


def run(job: Job, frame: DataFrame) -> None:
    """Keep the snapshots that are new."""
    del frame
    source, latest = _source(job), _latest(job)
    while (found := source(latest)) is not None:
        snapshot, version = found
        if latest is not None and version <= latest:
            raise RUN_SNAPSHOT_ORDER.at(name=job.target.name, version=version, latest=latest)
        number = f"{len(job.stored.batches(_marks(job))):010}"
        write = writing(_marked(snapshot, version))
        job.stored.drop(job.flow.name, number)  # of a run that ended before it was marked
        job.rows_out += job.stored.append(job.flow.name, number, write, log=True)
        mark = _marked(job.tables.spark.range(1), version)
        job.stored.append(_marks(job), number, writing(mark), log=True)
        latest = version


def finish(jobs: Sequence[Job]) -> None:
    """Make the table anew from all snapshots."""
    (job,) = jobs
    log, taken = (job.tables.log_of(job.stored, name) for name in (job.flow.name, _marks(job)))
    job.replace(job.fitted(snapshots(log, _how(job), taken)))


def _source(job: Job) -> Callable[[Any], _Snapshot | None]:
    """Return what gives the snapshot after the one of a version; None where there is no more."""
    given = job.flow.settings["source"]
    if callable(given):
        return given  # type: ignore[no-any-return]
    # As Spark takes, and gives, times of Python that name no zone: those of the machine.
    now = datetime.now(timezone.utc).astimezone().replace(tzinfo=None)

    def source(latest: Any) -> _Snapshot | None:
        # Of a table there is one: as it is now.
        return None if latest == now else (job.tables.table(given, {}, is_stream=False), now)

    return source


def _marked(frame: DataFrame, version: Any) -> DataFrame:
    return frame.withColumn(VERSION, F.lit(version))


def _latest(job: Job) -> Any:
    """Return the version of the last snapshot that is kept; None where there is none."""
    if not job.stored.batches(_marks(job)):
        return None
    found = job.tables.log_of(job.stored, _marks(job)).agg(F.max(VERSION)).first()
    return found[0] if found else None


def _marks(job: Job) -> str:
    return f"{job.flow.name} versions"


def _how(job: Job) -> Snapshots:
    return Snapshots(**{key: each for key, each in job.flow.settings.items() if key in _KNOWN})
