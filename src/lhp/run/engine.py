"""Works out what a run has to do, in which order, and does it."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any, cast

from pyspark.sql import DataFrame

from lhp.errors import RUN_CIRCLE, RUN_WAY_CHANGED, LhpError
from lhp.run.attempt import Attempt
from lhp.run.checks import merged
from lhp.run.columns import columns_of
from lhp.run.datasets import Flow, Target, View
from lhp.run.job import Job
from lhp.run.outcome import DatasetDone, FlowDone
from lhp.run.schedule import CircleError, NeedsError, in_order
from lhp.run.store import APPEND
from lhp.run.tables import Met, Plan, Tables
from lhp.run.told import Teller

_BAD = "bad"


class _BlockedError(Exception):
    """What is read is left out, or has a fault that is told already."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass
class Engine:
    """Runs the targets that are chosen.

    Args:
        tables: Gives flows the rows that they read.
        chosen: The targets to run, by key, in the order of their definition.
        tests: Keys of those that are tests.
        teller: Words errors.
        workers: How many targets may be worked on at a time.
        begins: Called with the name and the kind of a target when it begins.
        ends: Called with what became of it.
        lost: Keys of targets that are left out, and what reads them with them.
        lost_flowgroups: Pipelines and names of the flowgroups whose views are left out as well.
    """

    tables: Tables
    chosen: Mapping[str, Target]
    tests: frozenset[str]
    teller: Teller
    workers: int
    begins: Callable[[str, str], None]
    ends: Callable[[DatasetDone], None]
    lost: frozenset[str] = frozenset()
    lost_flowgroups: frozenset[tuple[str, str]] = frozenset()
    reads: dict[str, dict[str, None]] = field(default_factory=dict)
    problems: list[LhpError] = field(default_factory=list)
    late: list[LhpError] = field(default_factory=list)
    _seen: dict[str, str] = field(default_factory=dict)
    _inside: list[Target] = field(default_factory=list)
    _blocked: dict[str, str] = field(default_factory=dict)

    def analyse(self) -> Sequence[LhpError]:
        """Return what is wrong with the flows, as far as that is known before any row is read."""
        with self.tables.needing(self._look_at):
            for target in self.chosen.values():
                with suppress(_BlockedError, NeedsError):
                    self._look_at(target)
        return self.problems

    @property
    def left_out(self) -> list[str]:
        """What is left out besides, in words, as it reads what is left out."""
        return [
            f"left out: {target.name}, which reads {self._blocked[key]}"
            for key, target in self.chosen.items()
            if self._seen.get(key) == _BAD
        ]

    def execute(self) -> tuple[DatasetDone, ...]:
        """Bring the rows of every target; return what became of each, in the order of ends."""
        tables = [key for key, each in self.chosen.items() if not each.is_sink]
        # Nobody knows what the function of a sink reads before it is called, and it is called once.
        needs = {
            key: tables if each.function else [*self.reads.get(key, ())]
            for key, each in self.chosen.items()
            if self._seen.get(key) != _BAD
        }
        try:
            return tuple(in_order(needs, self._done, self.workers).values())
        except CircleError as error:
            names = [self.chosen[key].name for key in error.left]
            problem = RUN_CIRCLE.at(circle=" -> ".join([*names, names[0]]))
            self.problems.append(problem)
            lost = [self._shell(self.chosen[key], "failed", problem.message) for key in error.left]
            return (*cast("dict[str, DatasetDone]", error.done).values(), *lost)
        finally:
            self.tables.plans.clear()
            self.tables.store.forgotten.clear()

    def _done(self, key: str, done: Mapping[str, DatasetDone]) -> DatasetDone:
        """Return what became of a target, given what became of those before it."""
        target = self.chosen[key]
        lost = [done[name] for name in self.reads.get(key, ()) if name in done]
        lost = [each for each in lost if each.state != "done"]
        if lost:
            found = self._shell(target, "skipped", f"{lost[0].name} {lost[0].state}")
        else:

            def needed(other: Target | View) -> None:
                if isinstance(other, Target) and other.key in self.chosen and other.key not in done:
                    raise NeedsError(other.key)

            self.begins(target.name, target.kind)
            with self.tables.needing(needed):
                found = self._work(target)
        self.ends(found)
        return found

    def _shell(self, target: Target, state: Any, problem: str) -> DatasetDone:
        return DatasetDone(
            target.name,
            target.kind,
            target.pipeline,
            target.flowgroup,
            state,
            self._names(target.key),
            problem=problem,
            is_test=target.key in self.tests,
        )

    def _names(self, key: str) -> tuple[str, ...]:
        targets = self.tables.declared.targets
        return tuple(targets[name].name for name in self.reads.get(key, ()) if name in targets)

    def _look_at(self, target: Target | View) -> None:
        """Note what a target reads, and its columns; told faults are not told again."""
        if isinstance(target, View):
            if (target.pipeline, target.flowgroup) in self.lost_flowgroups:
                raise _BlockedError(target.name)
            return
        key = target.key
        if key in self.lost:
            raise _BlockedError(target.name)
        if key not in self.chosen:
            return
        if target in self._inside:
            names = [each.name for each in (*self._inside[self._inside.index(target) :], target)]
            raise RUN_CIRCLE.at(circle=" -> ".join(names))
        if key not in self._seen:
            self._inside.append(target)
            try:
                self._seen[key] = self._analysed(target)
            finally:
                self._inside.pop()
        if self._seen[key] == _BAD:
            raise _BlockedError(target.name)
        if self._seen[key] == "late":
            raise NeedsError(target.key)

    def _analysed(self, target: Target) -> str:
        frames: list[tuple[Job, DataFrame]] = []
        outcomes = {"good"}
        self.reads[target.key] = {}
        for job in self._jobs(target):
            with self.tables.meeting(job.met):
                outcomes.add(self._looked_at(job, frames))
            self.reads[target.key].update(job.met.reads)
        if outcomes == {"good"} and not target.is_sink:
            with Attempt() as attempt:
                self._plan(target, frames)
            if attempt.error:
                self.problems += self._told(attempt, frames[0][0])
                return _BAD
        return next(word for word in (_BAD, "late", "good") if word in outcomes)

    def _looked_at(self, job: Job, frames: list[tuple[Job, DataFrame]]) -> str:
        with Attempt() as attempt:
            frames.append((job, _handler(job.flow).rows(job)))
            job.check_sources()
        if isinstance(attempt.error, _BlockedError):
            self._blocked[job.target.key] = attempt.error.name
            return _BAD
        if attempt.error is None:
            return "good"
        if isinstance(attempt.error, NeedsError):
            return "late"
        if self.teller.is_late(attempt.error):
            self.late.append(self.teller.told(attempt.error, job))
            return "late"
        self.problems.append(self.teller.told(attempt.error, job))
        return _BAD

    def _work(self, target: Target) -> DatasetDone:
        began = time.monotonic()
        if target.key in self.tables.store.forgotten:
            self.tables.store.forget(target.key)
        jobs = self._jobs(target)
        problems: list[LhpError] = []
        flows: list[FlowDone] = []
        frames: list[tuple[Job, DataFrame]] = []
        for job in jobs:
            with self.tables.meeting(job.met), Attempt(NeedsError) as attempt:
                frames.append((job, _handler(job.flow).rows(job)))
            problems += self._told(attempt, job)
        if not problems:
            problems += self._brought(target, frames, flows)
        self.tables.plans.pop(target.key, None)  # what there is now, the disk knows
        mets = [job.met for job in jobs]
        self.reads[target.key] = {key: None for met in mets for key in met.reads}
        checks = [check for flow in flows for check in flow.checks]
        is_test = target.key in self.tests
        if is_test:
            problems += self.teller.failed_tests(target, checks)
        self.problems += problems
        return replace(
            self._shell(target, "failed" if problems else "done", _words(problems)),
            views=_views(mets),
            flows=tuple(flows),
            rows=None if target.is_sink else self.tables.store.table(target.key).rows,
            seconds=time.monotonic() - began,
            emulated=_in_words(met.emulated for met in mets),
            ignored=(*_ignored(target), *_in_words(met.ignored for met in mets)),
        )

    def _brought(
        self, target: Target, frames: list[tuple[Job, DataFrame]], flows: list[FlowDone]
    ) -> list[LhpError]:
        """Run the flows of a target; return what is wrong."""
        first = frames[0][0]
        if not target.is_sink:
            with Attempt() as attempt:
                plan = self._plan(target, frames)
                if plan.way == APPEND:
                    first.stored.declare(plan.schema.json(), plan.way)
            if attempt.error:
                return self._told(attempt, first)
        problems: list[LhpError] = []
        for job, frame in frames:
            began = time.monotonic()
            with self.tables.meeting(job.met), Attempt(NeedsError) as attempt:
                _handler(job.flow, target).run(job, frame)
            problems += self._told(attempt, job)
            if attempt.error is None:
                flows.append(_flow_done(job, time.monotonic() - began))
        finish = getattr(_handler(first.flow, target), "finish", None)
        if finish and not problems:
            with self.tables.meeting(first.met), Attempt() as attempt:
                finish([job for job, _ in frames])
            problems += self._told(attempt, first)
        return problems

    def _told(self, attempt: Attempt, job: Job) -> list[LhpError]:
        return [self.teller.told(attempt.error, job)] if attempt.error else []

    def _jobs(self, target: Target) -> list[Job]:
        stored = self.tables.store.table(target.key)
        return [
            Job(flow, target, stored, self.tables, Met(flow.pipeline, target.key))
            for flow in target.flows
        ]

    def _plan(self, target: Target, frames: Sequence[tuple[Job, DataFrame]]) -> Plan:
        """Return what becomes of a table, and let whoever reads it before its rows come know."""
        stored = self.tables.store.table(target.key)
        way = " and ".join(sorted({_way(job, frame) for job, frame in frames}))
        if stored.way not in (None, way):
            raise RUN_WAY_CHANGED.at(name=target.name, old=stored.way, new=way)
        schema = columns_of(target, [frame.schema for _, frame in frames], stored)
        self.tables.plans[target.key] = Plan(schema, way)
        return self.tables.plans[target.key]


def _handler(flow: Flow, target: Target | None = None) -> Any:
    """Return the module that runs a kind of flow, or one into a kind of sink."""
    kind = target.kind if target is not None and target.is_sink else flow.kind
    module: ModuleType = importlib.import_module(f"lhp.run.flows.{kind}")
    return module


def _way(job: Job, frame: DataFrame) -> str:
    """Return how the rows of a flow come: its kind, where the handler does not know better."""
    said = getattr(_handler(job.flow), "way", None)
    return str(said(job, frame)) if said else job.flow.kind


def _flow_done(job: Job, seconds: float) -> FlowDone:
    checks = merged(each for watch in job.met.watched for each in watch.found(job.metrics))
    return FlowDone(job.flow.name, job.rows_in, job.rows_out, seconds, checks)


_HEEDED = frozenset(
    {
        "apply_as_deletes",
        "apply_as_truncates",
        "column_list",
        "except_column_list",
        "flow_name",
        "format",
        "ignore_null_updates",
        "ignore_null_updates_column_list",
        "ignore_null_updates_except_column_list",
        "keys",
        "name",
        "once",
        "options",
        "private",
        "replace_using",
        "schema",
        "sequence_by",
        "source",
        "stored_as_scd_type",
        "target",
        "temporary",
        "track_history_column_list",
        "track_history_except_column_list",
    }
)
"""What definitions say that has its effect here as well."""


def _ignored(target: Target) -> tuple[str, ...]:
    given = [target.settings, *(flow.settings for flow in target.flows)]
    names = dict.fromkeys(
        name for each in given for name, value in each.items() if value not in (None, {}, [], False)
    )
    return tuple(f"`{name}`" for name in names if name not in _HEEDED)


def _views(mets: Iterable[Met]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(reads) for met in mets for name, reads in met.views.items()}


def _in_words(found: Iterable[Mapping[str, None]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words for each in found for words in each))


def _words(problems: Sequence[LhpError]) -> str:
    return "; ".join(problem.message for problem in problems)
