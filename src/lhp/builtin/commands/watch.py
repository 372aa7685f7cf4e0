"""The command `watch`."""

from __future__ import annotations

import gc
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Any, NamedTuple

import click
from watchfiles import Change, DefaultFilter, watch

from lhp.cli.regenerate import regenerate
from lhp.cli.report import counted
from lhp.cli.session import Session, errors_of, tests_option, with_session
from lhp.core import surroundings
from lhp.core.manifest import Origin
from lhp.core.plugin_manager import PluginManager
from lhp.core.shapes import shapes
from lhp.core.user_files import state_folder
from lhp.errors import LhpError, LhpErrors
from lhp.passes.again import Look
from lhp.passes.ahead import Ahead
from lhp.passes.crew import may_fork
from lhp.passes.memory import Memory
from lhp.passes.processes import begun
from lhp.passes.run import Wanted
from lhp.passes.state import State

_OURS = frozenset({"generated", ".lhp"})
_QUIET_MS = 20
"""How long nothing may change before what changed is looked at: one save may be several changes."""

_PATIENCE = 2.0
"""Seconds for which an interrupt lets go on what generates."""

_LOOK_MS = 100
"""How long it waits at the beginning, when files are watched, and nothing changed yet."""


class Told(NamedTuple):
    """What a run tells.

    Args:
        problems: Errors and warnings.
        written: How many files it wrote.
        removed: How many files it removed.
    """

    problems: tuple[LhpError, ...]
    written: int = 0
    removed: int = 0


@click.command("watch")
@with_session
@tests_option
@click.option("-e", "--env", required=True, help="Environment to generate for.")
@click.option("-p", "--pipeline", metavar="NAME", help="Generate this pipeline alone.")
@click.option("--force", is_flag=True, help="Overwrite generated files that somebody edited.")
def watch_project(
    session: Session, env: str, pipeline: str | None, *, include_tests: bool, force: bool
) -> int:
    """Generate again whenever a file of the project changes; Ctrl+C ends it."""
    surroundings.begun()  # told before anybody installs another lhp beside this process
    root = session.root()
    wanted = Wanted(env, pipeline, include_tests=include_tests, recalls=True)
    known: dict[str, LhpError] = {}
    gc.enable()  # it may go on for days
    with suppress(KeyboardInterrupt), _interrupted() as ended:
        session.say(f"watching {root}; Ctrl+C ends it")
        following = _Following(session, root, wanted, force=force)
        try:
            for _ in _changes(root, ended):
                begin = time.monotonic()
                told = following.run()
                if told is None:
                    session.say(f"the process that generates ended with {following.code}")
                else:
                    known = _tell(session, told, known, time.monotonic() - begin)
                _import_builtins()
                following = _Following(session, root, wanted, force=force)
        finally:
            following.end(_PATIENCE)
    return 0


@contextmanager
def _interrupted() -> Iterator[Event]:
    """Yield what an interrupt sets, which raises as ever: in a finalizer, nobody would see that."""
    ended = Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()
        signal.default_int_handler(number, frame)

    before = signal.signal(signal.SIGINT, end)
    try:
        yield ended
    finally:
        signal.signal(signal.SIGINT, before)


def _changes(root: Path, ended: Event) -> Iterator[None]:
    """Yield as soon as files are watched, and whenever one changed that may matter."""
    approvals = state_folder()
    approvals.mkdir(parents=True, exist_ok=True)
    is_first = True
    for changes in watch(
        root,
        approvals,
        watch_filter=_Filter(root),
        stop_event=ended,
        step=_QUIET_MS,
        debounce=500,
        rust_timeout=_LOOK_MS,
        yield_on_timeout=True,
    ):
        if changes or is_first:
            yield
        is_first = False


class _Filter(DefaultFilter):
    """Leaves out what lhp writes itself."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root

    def __call__(self, change: Change, path: str) -> bool:
        """Return True for a change that may matter."""
        file = Path(path)
        inside = file.relative_to(self._root).parts if file.is_relative_to(self._root) else ()
        if inside and (inside[0] in _OURS or inside[-1].endswith(".tmp")):
            return False
        return (bool(inside) or file.name.startswith("trust")) and super().__call__(change, path)


class _Following:
    """The next run, in a process of its own that gets ready for it while nobody waits.

    So each run meets plugins as they are then, and none leaves anything behind for the next. One
    that waits ends as soon as the process that watches does, however that ends.

    Args:
        session: What the call of the command knows.
        root: The project's folder.
        wanted: What to make.
        force: True overwrites files of ours that somebody edited.
    """

    def __init__(self, session: Session, root: Path, wanted: Wanted, *, force: bool) -> None:
        self._given = (root, wanted.env, partial(_told, session, wanted, force=force))
        self._begin()

    def _begin(self) -> None:
        self._process, self._connection = begun(_work, self._given, is_fork=may_fork())

    def run(self) -> Told | None:
        """Return what the run tells; None where somebody ended its process meanwhile."""
        if not self._process.is_alive():  # somebody ended it while it waited
            self.end()
            self._begin()
        told: Told | None = None
        with suppress(EOFError, OSError):
            self._connection.send(None)
            told = self._connection.recv()
        self.end()
        return told

    @property
    def code(self) -> int | None:
        """How its process ended."""
        code: int | None = self._process.exitcode
        return code

    def end(self, patience: float | None = None) -> None:
        """Let the process end that waits, or is done.

        Args:
            patience: For how many seconds one that generates may go on; None waits for it.
        """
        self._connection.close()
        self._process.join(patience)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()


def _work(connection: Any, root: Path, env: str, told: Callable[[Look], Told]) -> None:
    with suppress(EOFError, OSError, KeyboardInterrupt):
        _import_builtins()
        look = _ahead(root, env)
        connection.recv()
        connection.send(told(look))


def _ahead(root: Path, env: str) -> Look:
    """Return what the files hold, and have in this process what was remembered of them."""
    memory = Memory.read(root, env)
    memory.unpack()
    with suppress(LhpError):  # told by the run
        State.read(root, env)
    return Ahead(str(root), memory.digests)


def _import_builtins() -> None:
    shapes()
    manager = PluginManager()
    for manifest in manager.manifests:
        if manifest.origin is Origin.BUILTIN and manifest.plugin_type.kind:
            manager.handle(manifest).load().Options.model_rebuild()


def _told(watching: Session, wanted: Wanted, look: Look, *, force: bool) -> Told:
    session = replace(watching, form="json", has_progress=False)  # nobody is there to be asked
    try:
        done = regenerate(session, replace(wanted, look=look), is_plan=False, force=force)
    except (LhpError, LhpErrors) as error:
        return Told(errors_of(error))
    finally:
        session.close()
    kinds = Counter(
        "removed" if change.text is None else "written" for change in done.planned.pending
    )
    counts = () if done.is_refused else (kinds["written"], kinds["removed"])
    return Told(done.problems, *counts)


def _tell(
    session: Session, told: Told, known: dict[str, LhpError], seconds: float
) -> dict[str, LhpError]:
    """Print what is new and what is gone, and return what is wrong now."""
    now = {str(problem): problem for problem in told.problems}
    session.show(problem for text, problem in now.items() if text not in known)
    for text in sorted(known.keys() - now.keys()):
        session.say(f"mended: {text}")
    session.say(f"{time.strftime('%H:%M:%S')}  {_summary(told)} ({seconds:.2f} s)")
    return now


def _summary(told: Told) -> str:
    errors = [problem for problem in told.problems if not problem.is_warning]
    if errors:
        return f"{counted(len(errors), 'error')}; nothing written"
    return f"{told.written} written, {told.removed} removed"
