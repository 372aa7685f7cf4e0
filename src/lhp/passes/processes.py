"""Begins processes that go on with the work of this one."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from lhp.core.interrupts import held_back

if sys.platform != "win32":
    from multiprocessing.resource_tracker import ensure_running


def begun(
    target: Callable[..., None], given: tuple[Any, ...], *, is_fork: bool, is_daemon: bool = False
) -> tuple[Any, Any]:
    """Return a process that has begun, and the connection to it; it holds interrupts back.

    Args:
        target: What it does, given its end of the connection and the rest.
        given: The rest.
        is_fork: True where it begins with all that this one has read and imported; False where it
            imports lhp by itself.
        is_daemon: True where it is ended when this one ends.
    """
    ours, theirs = multiprocessing.Pipe()
    system: Any = multiprocessing.get_context("fork" if is_fork else "spawn")
    held = ours if is_fork else None
    process = system.Process(target=_run, args=(target, held, theirs, *given), daemon=is_daemon)
    if not is_fork and sys.platform != "win32":
        ensure_running()  # it begins with the first process otherwise, and lets interrupts through
    with held_back(), contextlib.nullcontext() if is_fork else _no_script():
        process.start()
    theirs.close()
    return process, ours


def _run(target: Callable[..., None], held: Any, connection: Any, *given: Any) -> None:
    if held is not None:  # whoever holds it hides that the other process ended
        held.close()
    gc.disable()
    target(connection, *given)


@contextlib.contextmanager
def _no_script() -> Iterator[None]:
    """Keep a process that begins anew from running what runs here: nothing of that is needed."""
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script
