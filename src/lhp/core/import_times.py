"""Takes the time that modules need to be imported, each without what it imports in its turn."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType

from lhp.values import frozen

_SHOWN = 5


@frozen
class ImportTimes:
    """How long it took to import a plugin.

    Args:
        milliseconds: In all; what is imported already takes none.
        modules: The slowest ones, each with its own milliseconds.
    """

    milliseconds: float
    modules: tuple[tuple[str, float], ...] = ()


class ImportTimer:
    """Stands before the finders of modules, and takes the time of what they find and load."""

    def __init__(self) -> None:
        self._own: defaultdict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return what the other finders say, with a loader that takes its time."""
        with self._timed(fullname):
            spec = self._found(fullname, path, target)
        if spec is not None and hasattr(spec.loader, "__dict__"):
            self._time(spec)
        return spec

    def times(self) -> ImportTimes:
        """Return what was taken so far."""
        slowest = sorted(self._own.items(), key=lambda each: (-each[1], each[0]))[:_SHOWN]
        modules = ((name, round(seconds * 1000, 1)) for name, seconds in slowest)
        return ImportTimes(round(sum(self._own.values()) * 1000, 1), tuple(modules))

    def _found(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        others = [each for each in sys.meta_path if each is not self and hasattr(each, "find_spec")]
        found = (each.find_spec(name, path, target) for each in others)
        return next((spec for spec in found if spec is not None), None)

    def _time(self, spec: ModuleSpec) -> None:
        execute: Callable[[ModuleType], None] | None = getattr(spec.loader, "exec_module", None)
        if execute is None or isinstance(spec.loader, type):
            return  # built into the interpreter: there is nothing to wait for

        def timed(module: ModuleType) -> None:
            with self._timed(spec.name):
                execute(module)

        spec.loader.exec_module = timed  # type: ignore[method-assign, union-attr]

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        self._inner.append(0.0)
        begin = time.perf_counter()
        try:
            yield
        finally:
            whole = time.perf_counter() - begin
            self._own[name] += whole - self._inner.pop()
            self._inner[-1] += whole


@contextmanager
def timed_imports() -> Iterator[ImportTimer]:
    """Take the time of everything that is imported meanwhile."""
    timer = ImportTimer()
    sys.meta_path.insert(0, timer)
    try:
        yield timer
    finally:
        sys.meta_path.remove(timer)
