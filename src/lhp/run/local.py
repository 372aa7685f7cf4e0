"""Runs what was generated: the one function that the commands call."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import field, replace
from datetime import datetime, timezone
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  (its usual name)

from lhp.errors import (
    RUN_FAILED,
    RUN_SELECTION_UNKNOWN,
    RUN_TARGET_UNKNOWN,
    LhpError,
    LhpErrors,
    Location,
    nearest,
)
from lhp.run.attempt import Attempt
from lhp.run.columns import declared_columns
from lhp.run.datasets import Declared, Target
from lhp.run.declare import Declaring
from lhp.run.delta_tables import DeltaTables
from lhp.run.engine import Engine
from lhp.run.modules import GeneratedModule, OwnImports, load, stand_ins
from lhp.run.needs import Needs, unmet
from lhp.run.outcome import DatasetDone, RunDone
from lhp.run.secrets import LocalDbutils, LocalSecrets
from lhp.run.session import tables_of_writers
from lhp.run.stand_in_files import kind_of
from lhp.run.start import start_spark, stop_spark
from lhp.run.store import Store
from lhp.run.tables import FOREIGN, Tables
from lhp.run.told import Place, Teller
from lhp.values import frozen

KEEP = "keep"
"""What stands in for a sink: its rows are kept in a table."""


@frozen
class Wish:
    """What to run.

    Args:
        root: The project's folder.
        project: Its name.
        env: The environment.
        modules: What was generated.
        place: Finds where something of a flowgroup stands.
        tests: Pipeline and name of the tables that are tests.
        needs: What the code of actions needs.
        pipeline: The only pipeline to run; None runs all.
        flowgroups: The only flowgroups to run; none runs all.
        stand_ins: What is read, or done, in place of views, tables and sinks, by name.
        is_anew: True forgets what former runs left of what is run.
        file_limit: How many landing files each stream may read; None reads all.
        master: Which Spark.
        settings: Settings of Spark.
        setting_places: Where those of them stand that are in lhp.yaml.
        workers: How many tables may be worked on at a time; None takes as many as pay.
        skips: True leaves out what can't run here.
        reads_no_row: True stops when the flows are known to fit together.
        state: Where the state of the environment is; None where runs keep it.
        shown: Tables whose rows are wanted afterwards.
    """

    root: Path
    project: str
    env: str
    modules: Sequence[GeneratedModule]
    place: Place
    tests: frozenset[tuple[str, str]] = frozenset()
    needs: Sequence[Needs] = ()
    pipeline: str | None = None
    flowgroups: tuple[str, ...] = ()
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    is_anew: bool = False
    file_limit: int | None = None
    master: str = "local[*]"
    settings: Mapping[str, str] = field(default_factory=dict)
    setting_places: Mapping[str, Location | None] = field(default_factory=dict)
    workers: int | None = None
    skips: bool = False
    reads_no_row: bool = False
    state: Path | None = None
    shown: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where the state of the environment is."""
        return self.state or self.root / ".lhp" / "run" / self.env


@frozen
class Ran:
    """What came of it.

    Args:
        done: What became of each dataset.
        problems: Errors.
        shown: Columns and rows, as texts, of the tables that were wanted.
    """

    done: RunDone
    problems: tuple[LhpError, ...]
    shown: Mapping[str, tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]] = field(
        default_factory=dict
    )


@frozen
class Watching:
    """Who wants to know how it goes.

    Args:
        says: Called with a line about what goes on.
        begins: Called with name and kind of a table or sink that begins.
        ends: Called with what became of it.
        stops: Called when the user ends the run, before what is at work fails for that.
    """

    says: Callable[[str], None]
    begins: Callable[[str, str], None]
    ends: Callable[[DatasetDone], None]
    stops: Callable[[], None] = lambda: None


def run_locally(wish: Wish, watching: Watching, spark: SparkSession | None = None) -> Ran:
    """Run generated modules.

    Args:
        wish: What to run.
        watching: Who wants to know how it goes.
        spark: A Spark that runs already and goes on to; None starts one and ends it.

    Raises:
        LhpError: JAVA_MISSING, JAVA_OLD, SPARK_NOT_STARTED.
        LhpErrors: RUN_SELECTION_UNKNOWN, before Spark starts; SPARK_REFUSES, for each such setting.
    """
    unknown = [*_unknown(wish)]
    if unknown:
        raise LhpErrors(unknown)
    began = time.monotonic()
    with nullcontext(spark) if spark else _started(wish, watching) as session:
        ready = time.monotonic() - began
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        done = RunDone(wish.project, wish.env, session.version, session_seconds=ready, began=now)
        ran = _ran(wish, watching, session, done)
    return replace(ran, done=replace(ran.done, seconds=time.monotonic() - began))


@contextmanager
def _started(wish: Wish, watching: Watching) -> Iterator[SparkSession]:
    watching.says("Spark starts ...")
    before = Path.cwd()
    os.chdir(wish.root)  # so that Java has it as its folder too, and relative paths work
    spark = start_spark(
        wish.folder, master=wish.master, settings=wish.settings, places=wish.setting_places
    )
    try:
        yield spark
    except KeyboardInterrupt:
        watching.stops()
        raise
    finally:
        stop_spark(spark)
        os.chdir(before)


def _ran(wish: Wish, watching: Watching, spark: SparkSession, done: RunDone) -> Ran:
    declared, store = Declared(), Store(wish.folder)
    tables = Tables(spark, declared, store, file_limit=wish.file_limit)
    declaring = Declaring(declared)
    dbutils = LocalDbutils(wish.root)
    given = {"spark": tables.session, "dbutils": dbutils}
    delta = _delta_tables(tables).modules()
    modules = stand_ins(declaring.module(), delta)
    with OwnImports(wish.modules) as imports, modules, tables_of_writers(tables):
        problems = [*load(wish.modules, declaring, given, imports)]
        declared.settle()
        problems += _strays(declared, wish)
        tables.stand_ins, wrong = _files(wish)
        problems += wrong
        kept = _keep_sinks(declared, wish)
        chosen = _chosen(declared, wish)
        problems += _not_shown(tables, wish)
        unsupported = _unsupported(wish, spark)
        problems += [] if wish.skips else [problem for _, problem in unsupported]
        lost = {(each.pipeline, each.flowgroup) for each, _ in unsupported}
        notes = [f"left out: {each.at}: {problem.message}" for each, problem in unsupported]
        gone = _leave_out(chosen, lost)
        chosen = {key: each for key, each in chosen.items() if key not in gone}
        if problems:
            return Ran(done, tuple(problems))
        if wish.is_anew:
            store.forgotten.update(chosen)
        _make_tables(wish, tables)
        engine = _engine(wish, watching, tables, chosen, dbutils.secrets)
        engine.lost = gone
        engine.lost_flowgroups = frozenset(lost)
        problems += engine.analyse()
        notes += [] if problems else engine.left_out
        notes += kept + [f"the event hook of {name} is not called" for name in declared.hooks]
        if wish.reads_no_row:
            notes += [f"only a run can tell: {problem.message}" for problem in engine.late]
        if problems or wish.reads_no_row:
            return Ran(replace(done, notes=tuple(notes)), tuple(problems))
        datasets = engine.execute()
        shown = {}
        for name in wish.shown:
            with Attempt() as attempt:
                shown[name] = _rows(tables, name)
            if attempt.error:
                reason = dbutils.secrets.hidden(str(attempt.error).partition("\n")[0])
                engine.problems.append(RUN_FAILED.at(name=name, reason=reason, log=_log_of(wish)))
    done = replace(done, datasets=datasets, notes=tuple(notes))
    return Ran(done, tuple(engine.problems), shown)


def _log_of(wish: Wish) -> str:
    return f".lhp/run/{wish.env}/spark.log"


def _engine(
    wish: Wish,
    watching: Watching,
    tables: Tables,
    chosen: Mapping[str, Target],
    secrets: LocalSecrets,
) -> Engine:
    tests = {f"{pipeline}/{name}".lower() for pipeline, name in wish.tests}
    tables.tests = frozenset(tests)
    folder = wish.root / "generated" / wish.env
    teller = Teller(wish.root, wish.place, folder, _log_of(wish), secrets.hidden)
    workers = wish.workers or min(4, os.cpu_count() or 1)
    return Engine(tables, chosen, tables.tests, teller, workers, watching.begins, watching.ends)


def _delta_tables(tables: Tables) -> DeltaTables:
    def read(name: str) -> DataFrame:
        return tables.table(name, {}, is_stream=False)

    return DeltaTables(read, tables.replace, tables.append)


def _strays(declared: Declared, wish: Wish) -> Iterator[LhpError]:
    for name, flow in declared.strays:
        at = wish.place(flow.pipeline, flow.flowgroup, flow.name)
        yield RUN_TARGET_UNKNOWN.at(at, name=flow.name, table=name)


def _files(wish: Wish) -> tuple[dict[str, Path], list[LhpError]]:
    files, wrong = {}, []
    for name, given in wish.stand_ins.items():
        if given == KEEP:
            continue
        files[name.lower()] = Path(given)
        try:
            kind_of(Path(given))
        except LhpError as error:
            wrong.append(error)
    return files, wrong


def _keep_sinks(declared: Declared, wish: Wish) -> list[str]:
    """Make tables of sinks whose rows are to be kept; return what there is to say of them."""
    names = {name.lower() for name, given in wish.stand_ins.items() if given == KEEP}
    told = []
    for key, target in [*declared.targets.items()]:
        is_delta = target.kind == "sink" and target.settings.get("format") == "delta"
        if target.is_sink and (target.name.lower() in names or is_delta):
            options = target.settings.get("options") or {}
            name = options.get("tableName") or target.name
            new = replace(
                target, name=name, kind="streaming_table", settings={}, is_private=not is_delta
            )
            del declared.targets[key]
            declared.targets[new.key] = new
            told.append(f"the rows of the sink {target.name} are kept in the table {name}")
    return told


def _unknown(wish: Wish) -> Iterator[LhpError]:
    """Yield an error for each pipeline and flowgroup that is asked for and not there."""
    pipelines = {each.pipeline for each in wish.modules}
    if wish.pipeline is not None and wish.pipeline not in pipelines:
        near = nearest(wish.pipeline, pipelines)
        yield RUN_SELECTION_UNKNOWN.at(what="pipeline", name=wish.pipeline, nearest=near)
        return
    flowgroups = {
        name
        for each in wish.modules
        if wish.pipeline in (None, each.pipeline)
        for name in _names(each.pipeline, each.flowgroup)
    }
    for name in wish.flowgroups:
        if name not in flowgroups:
            near = nearest(name, flowgroups)
            yield RUN_SELECTION_UNKNOWN.at(what="flowgroup", name=name, nearest=near)


def _names(pipeline: str, flowgroup: str) -> tuple[str, str]:
    """Return what a flowgroup is called, alone and among those of all pipelines."""
    return flowgroup, f"{pipeline}/{flowgroup}"


def _is_wanted(wish: Wish, pipeline: str, flowgroup: str) -> bool:
    return wish.pipeline in (None, pipeline) and (
        not wish.flowgroups or not set(wish.flowgroups).isdisjoint(_names(pipeline, flowgroup))
    )


def _chosen(declared: Declared, wish: Wish) -> dict[str, Target]:
    """Return the tables and sinks to run, by key: those that a chosen flowgroup has a part in."""
    stood_in = {name.lower() for name, given in wish.stand_ins.items() if given != KEEP}
    return {
        key: target
        for key, target in declared.targets.items()
        if target.name.lower() not in stood_in
        and target.flows
        and any(_is_wanted(wish, *each) for each in _makers(target))
    }


def _makers(target: Target) -> Iterator[tuple[str, str]]:
    """Yield pipeline and name of each flowgroup that has a part in a target."""
    yield target.pipeline, target.flowgroup
    yield from ((flow.pipeline, flow.flowgroup) for flow in target.flows)


def _not_shown(tables: Tables, wish: Wish) -> Iterator[LhpError]:
    """Yield an error for each table to show that is not there, and is not made."""
    declared = tables.declared
    known = {*declared.names(""), *tables.store.names(), *tables.stand_ins}
    known |= {name for each in wish.needs for name in each.requires.tables}
    for name in wish.shown:
        is_known = declared.target(name, "") or name.lower() in {each.lower() for each in known}
        if not is_known:
            near = nearest(name, known)
            yield RUN_SELECTION_UNKNOWN.at(what="table", name=name, nearest=near)


def _unsupported(wish: Wish, spark: SparkSession) -> list[tuple[Needs, LhpError]]:
    """Return what can't run here, of what is to run."""
    return [
        (each, problem)
        for each in wish.needs
        if _is_wanted(wish, each.pipeline, each.flowgroup)
        for problem in unmet(each, spark)
    ]


def _leave_out(chosen: Mapping[str, Target], lost: Collection[tuple[str, str]]) -> frozenset[str]:
    """Take the flows of some flowgroups out of their targets.

    Args:
        chosen: Targets by key.
        lost: Pipelines and names of the flowgroups.

    Returns:
        Keys of the targets of which nothing is left to run.
    """
    for target in chosen.values():
        flows = target.flows
        target.flows = [each for each in flows if (each.pipeline, each.flowgroup) not in lost]
    return frozenset(
        key
        for key, each in chosen.items()
        if not each.flows or (each.is_sink and (each.pipeline, each.flowgroup) in lost)
    )


def _make_tables(wish: Wish, tables: Tables) -> None:
    """Make the tables that somebody else makes on the platform, empty."""
    for each in wish.needs:
        for name, columns in each.requires.tables.items():
            stored = tables.store.table(name)
            if stored.schema is None and tables.declared.target(name, each.pipeline) is None:
                stored.declare(declared_columns(columns).json(), FOREIGN)


def _rows(tables: Tables, name: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    frame = tables.shown(name)
    if frame is None:
        return (), ()
    sorted_by = [name for name, kind in frame.dtypes if not _UNSORTED.search(kind)]
    found = frame.orderBy(*(f"`{name}`" for name in sorted_by)).limit(_MOST_SHOWN)
    # Spark's own words for values: those of Python would be in the zone of the machine.
    texts = found.select([F.col(f"`{name}`").cast("string") for name in frame.columns]).collect()
    rows = (tuple("NULL" if each is None else each for each in row) for row in texts)
    return tuple(frame.columns), tuple(rows)


_UNSORTED = re.compile(r"\b(map|variant|interval)\b")
_MOST_SHOWN = 20
