"""Does work in the order in which parts of it need each other, several parts at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Result = TypeVar("Result")


class NeedsError(Exception):
    """A part finds, while it is worked on, that it needs another one first.

    Args:
        needed: The other one.
    """

    def __init__(self, needed: str) -> None:
        super().__init__(needed)
        self.needed = needed


class CircleError(Exception):
    """Parts need each other.

    Args:
        left: All that are not done.
        done: What became of the others, in the order of their ends.
    """

    def __init__(self, left: tuple[str, ...], done: Mapping[str, object]) -> None:
        super().__init__(", ".join(left))
        self.left = left
        self.done = done


def in_order(
    needs: Mapping[str, Iterable[str]],
    work: Callable[[str, Mapping[str, Result]], Result],
    workers: int,
) -> dict[str, Result]:
    """Return what became of each part, in the order of their ends.

    Args:
        needs: What each part needs first; what is no part itself is passed over. Of parts that
            could begin, those that stand first do.
        work: Does a part, given what became of those that it needs and of others. It may raise
            NeedsError, and is called again when that one is done.
        workers: How many parts may be worked on at a time, in threads.

    Raises:
        CircleError: When nothing more can begin.
    """
    known = {
        part: {each for each in first if each in needs} - {part} for part, first in needs.items()
    }
    waiting = dict.fromkeys(needs)
    done: dict[str, Result] = {}
    running: dict[Future[Result], str] = {}
    pool = ThreadPoolExecutor(workers)
    try:
        while waiting or running:
            ready = [part for part in waiting if known[part] <= done.keys()]
            for part in ready[: workers - len(running)]:
                del waiting[part]
                running[pool.submit(work, part, dict(done))] = part
            if not running:
                raise CircleError(tuple(waiting), done)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                part = running.pop(future)
                try:
                    done[part] = future.result()
                except NeedsError as error:
                    known[part].add(error.needed)
                    waiting = {each: None for each in needs if each in waiting or each == part}
    finally:
        # Whoever ends the run need not wait for what is being worked on.
        pool.shutdown(wait=not running, cancel_futures=True)
    return done
