"""Spreads the work on files over processes, where it is enough for that to pay."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from lhp.core.manifest import Origin
from lhp.passes.unit import Shop, Unit

_LEAST_FILES = 64  # fewer are done before a process is up that is forked
_LEAST_FRESH = 1000  # and before one that has to import lhp
_LEAST_EACH = 16  # where somebody says how many work
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
    is_fork = may_fork()
    least = _LEAST_EACH if jobs else (_LEAST_FILES if is_fork else _LEAST_FRESH) // 2
    jobs = min(jobs or _processors(), len(files) // least)
    in_turn = partial(_in_turn, shop)
    if jobs > 1 and _may_spread(shop, is_fork=is_fork):
        from lhp.passes.workers import spread

        yield from spread(files, shop, jobs, in_turn, is_fork=is_fork)
    else:
        yield from in_turn(files)


def may_fork() -> bool:
    """Return True where a process may begin with all that this one has read and imported."""
    # A fork of several threads may stand still for ever, and a system library of macOS bears none.
    return sys.platform == "linux" and threading.active_count() == 1


def _in_turn(shop: Shop, files: Sequence[Path]) -> Iterator[Unit]:
    for start in range(0, len(files), _AT_ONCE):
        yield from shop.work(files[start : start + _AT_ONCE])


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # pragma: no cover  (other systems)


def _may_spread(shop: Shop, *, is_fork: bool) -> bool:
    # Plugins have processes of their own, which only one process can talk to, and what was added by
    # hand is known to this one.
    active = shop.host.manager.registry.active()
    is_foreign = any(each.type in _OF_ALL and each.origin is not Origin.BUILTIN for each in active)
    return not is_foreign and (is_fork or not shop.host.actions.has_registered)
