"""Spreads the work on files over processes, where it is enough for that to pay.

The processes are forked when all that is shared is read and nothing foreign runs yet. Each gets the
next few files when it is done with some, so what is made depends neither on their number nor on who
was first: whoever asked sorts it.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from lhp.core.manifest import Manifest, Origin
from lhp.errors import WORKER_LOST, Location
from lhp.passes.content import shown
from lhp.passes.unit import Shop, Unit

_LEAST_FILES = 64  # fewer are done before a second process is up
_CHUNK = 16
_AT_ONCE = 256  # parsed before the first of them is worked on, so that plugins get ready
_OF_ALL = ("validator", "template_filter", "template_function")
"""Plugins that any file may need."""


def units_of(files: Sequence[Path], shop: Shop, jobs: int | None = None) -> Iterator[Unit]:
    """Yield what each file became, in any order.

    Args:
        files: Files of the project.
        shop: What the work on each of them shares.
        jobs: How many processes may work; None takes as many as there are processors.
    """
    jobs = min(jobs or _processors(), len(files) // (_CHUNK if jobs else _LEAST_FILES // 2))
    if jobs > 1 and _may_fork(shop):
        yield from _spread(files, shop, jobs)
    else:
        yield from _in_turn(files, shop)


def _in_turn(files: Sequence[Path], shop: Shop) -> Iterator[Unit]:
    for start in range(0, len(files), _AT_ONCE):
        yield from shop.work(files[start : start + _AT_ONCE])


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # pragma: no cover  (other systems)


def _may_fork(shop: Shop) -> bool:
    # A fork of several threads may stand still for ever, and a system library of macOS bears none.
    # Plugins have processes of their own, which only one process can talk to.
    active = shop.host.manager.registry.active()
    is_foreign = any(each.type in _OF_ALL and each.origin is not Origin.BUILTIN for each in active)
    return sys.platform == "linux" and threading.active_count() == 1 and not is_foreign


class _ElsewhereError(BaseException):
    """A file needs a plugin that lives elsewhere; whoever talks to that has to do it."""


def _spread(files: Sequence[Path], shop: Shop, jobs: int) -> Iterator[Unit]:
    pending = [files[start : start + _CHUNK] for start in range(0, len(files), _CHUNK)][::-1]
    given: dict[Any, list[Path]] = {}
    back: list[Path] = []
    workers = []
    try:
        for _ in range(jobs):
            worker, connection = _hired(shop, [*given])
            workers.append(worker)
            given[connection] = _give(connection, pending)
        while given:
            ready: list[Any] = wait([*given])
            for connection in ready:
                yield from _taken(connection, given[connection], back, shop)
                if not given[connection]:
                    # Where most files need a plugin, nobody is of help.
                    given[connection] = _give(connection, [] if len(back) > _CHUNK else pending)
                if not given[connection]:
                    given.pop(connection)
                    connection.close()
        back += [file for chunk in pending for file in chunk]
        yield from _in_turn(sorted(back), shop)
    finally:
        for connection in given:
            connection.close()
        for worker in workers:
            worker.join()


def _hired(shop: Shop, others: Sequence[Any]) -> tuple[Any, Any]:
    system = multiprocessing.get_context("fork")
    ours, theirs = system.Pipe()
    worker = system.Process(target=_serve, args=(theirs, shop, [ours, *others]), daemon=True)
    worker.start()
    theirs.close()
    return worker, ours


def _taken(connection: Any, doing: list[Path], back: list[Path], shop: Shop) -> Iterator[Unit]:
    """Yield the file that a process is done with; what it can't do goes back."""
    file = doing.pop(0)
    try:
        came = connection.recv()
    except (EOFError, OSError):
        path = shown(shop.host.project, file)
        yield Unit(path, "", problems=(WORKER_LOST.at(Location(path)),), is_read=False)
        back += doing
        doing.clear()
        connection.close()
        return
    if isinstance(came, BaseException):
        raise came
    if came is None:
        back.append(file)
    else:
        yield came


def _give(connection: Any, pending: list[Sequence[Path]]) -> list[Path]:
    chunk = [*pending.pop()] if pending and not connection.closed else []
    with suppress(OSError):  # it is lost, which is told when it is read from, or told already
        connection.send(chunk)
    return chunk


def _serve(connection: Any, shop: Shop, others: Sequence[Any]) -> None:
    for other in others:  # of this process and its elders; who holds them hides that they end
        other.close()
    resolver = shop.host.manager.resolver
    resolver.isolate, resolver.foresee = _only_ours, lambda _: None
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while chunk := connection.recv():
            for file in chunk:
                connection.send(_worked(file, shop))


def _worked(file: Path, shop: Shop) -> Unit | BaseException | None:
    try:
        return next(shop.work([file]))
    except _ElsewhereError:
        return None
    except Exception as error:  # noqa: BLE001  (our own fault, which the other process tells)
        return error


def _only_ours(manifest: Manifest) -> None:
    if manifest.origin is not Origin.BUILTIN:
        raise _ElsewhereError
