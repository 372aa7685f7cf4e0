"""Processes that work on files side by side; imported where there are enough of them to pay.

They begin when all that is shared is read and nothing foreign runs yet: forked, or with a copy of
all that where it can't be. Each gets the next few files when it is done with some, so what is made
depends neither on their number nor on who was first: whoever asked sorts it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from lhp.core.manifest import Manifest
from lhp.errors import WORKER_LOST, Location
from lhp.passes.content import shown
from lhp.passes.processes import begun
from lhp.passes.remembered import text_of
from lhp.passes.unit import Shop, Unit

CHUNK = 16
"""How many files a process gets at once."""


class _ElsewhereError(BaseException):
    """A file needs a plugin that lives elsewhere; whoever talks to that has to do it."""


def spread(
    files: Sequence[Path],
    shop: Shop,
    jobs: int,
    in_turn: Callable[[Sequence[Path]], Iterator[Unit]],
    *,
    is_fork: bool,
) -> Iterator[Unit]:
    """Yield what each file became, in any order.

    Args:
        files: Files of the project.
        shop: What the work on each of them shares.
        jobs: How many processes work.
        in_turn: Does in this process what the others can't.
        is_fork: True where the others are forked; False where each imports lhp by itself.
    """
    pending = [files[first : first + CHUNK] for first in range(0, len(files), CHUNK)][::-1]
    given: dict[Any, list[Path]] = {}
    back: list[Path] = []
    workers = []
    try:
        for _ in range(jobs):
            words = (shop if is_fork else None, [*given] if is_fork else [])
            worker, connection = begun(_serve, words, is_fork=is_fork, is_daemon=True)
            workers.append(worker)
            given[connection] = []
        for connection in given:
            if not is_fork:  # now that all of them are importing
                _tell(connection, shop)
            given[connection] = _give(connection, pending)
        while given:
            ready: list[Any] = wait([*given])
            for connection in ready:
                yield from _taken(connection, given[connection], back, shop)
                if not given[connection]:
                    # Where most files need a plugin, nobody is of help.
                    given[connection] = _give(connection, [] if len(back) > CHUNK else pending)
                if not given[connection]:
                    given.pop(connection)
                    connection.close()
        back += [file for chunk in pending for file in chunk]
        yield from in_turn(sorted(back))
    finally:
        for connection in given:
            connection.close()
        for worker in workers:
            worker.join()


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
    _tell(connection, chunk)
    return chunk


def _tell(connection: Any, words: Any) -> None:
    with suppress(OSError):  # it is lost, which is told when it is read from, or told already
        connection.send(words)


def _serve(connection: Any, shop: Shop | None, others: Sequence[Any]) -> None:
    for other in others:  # of elder processes
        other.close()
    with suppress(EOFError, OSError):
        shop = shop or connection.recv()
        resolver = shop.host.manager.resolver
        resolver.isolate, resolver.foresee = _elsewhere, lambda _: None
        while chunk := connection.recv():
            for file in chunk:
                connection.send(_worked(file, shop))


def _worked(file: Path, shop: Shop) -> Unit | BaseException | None:
    try:
        unit = next(shop.work([file]))
        return replace(unit, text=text_of(unit)) if shop.remembers else unit
    except _ElsewhereError:
        return None
    except Exception as error:  # noqa: BLE001  (our own fault, which the other process tells)
        return error


def _elsewhere(_: Manifest) -> None:
    raise _ElsewhereError
