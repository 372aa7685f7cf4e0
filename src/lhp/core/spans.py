"""Where the time of a run goes: spans that passes and plugins open, noted when somebody wants them.

Source of the file format: speedscope, "Importing from custom sources", evented profiles.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

_SCHEMA = "https://www.speedscope.app/file-format-schema.json"
_NOTHING: AbstractContextManager[None] = nullcontext()


@dataclass
class Profile:
    """What is noted of one run.

    Args:
        clock: Gives seconds.
    """

    clock: Callable[[], float] = time.perf_counter
    events: list[tuple[str, str, float]] = field(default_factory=list)

    def spent(self) -> Mapping[str, tuple[int, float]]:
        """Return how often each span was open, and its seconds but for those of spans in it."""
        found: dict[str, tuple[int, float]] = {}
        opened: list[tuple[str, float, float]] = []
        for kind, name, at in self.events:
            if kind == "O":
                opened.append((name, at, 0.0))
                continue
            _, begin, inner = opened.pop()
            count, seconds = found.get(name, (0, 0.0))
            found[name] = (count + 1, seconds + (at - begin) - inner)
            if opened:
                outer, start, within = opened[-1]
                opened[-1] = (outer, start, within + at - begin)
        return found

    def speedscope(self, name: str) -> dict[str, Any]:
        """Return the run as speedscope reads it.

        Args:
            name: What the page is called.
        """
        frames = [*dict.fromkeys(name for _, name, _ in self.events)]
        number = {each: index for index, each in enumerate(frames)}
        begin = self.events[0][2] if self.events else 0.0
        events = [
            {"type": kind, "frame": number[each], "at": at - begin}
            for kind, each, at in self.events
        ]
        whole = {
            "type": "evented",
            "name": name,
            "unit": "seconds",
            "startValue": 0,
            "endValue": events[-1]["at"] if events else 0,
            "events": events,
        }
        shared = {"frames": [{"name": each} for each in frames]}
        return {"$schema": _SCHEMA, "name": name, "shared": shared, "profiles": [whole]}


_running: list[Profile] = []


def span(name: str) -> AbstractContextManager[None]:
    """Note how long something takes, if somebody wants to know.

    Args:
        name: A pass, or a plugin as `type:name`.
    """
    return _noted(_running[-1], name) if _running else _NOTHING


@contextmanager
def profiled(clock: Callable[[], float] = time.perf_counter) -> Iterator[Profile]:
    """Note the spans of this process as long as it goes on.

    Args:
        clock: Gives seconds.
    """
    profile = Profile(clock)
    _running.append(profile)
    try:
        yield profile
    finally:
        _running.remove(profile)


@contextmanager
def _noted(profile: Profile, name: str) -> Iterator[None]:
    profile.events.append(("O", name, profile.clock()))
    try:
        yield
    finally:
        profile.events.append(("C", name, profile.clock()))


def rows(
    profile: Profile,
) -> tuple[Sequence[tuple[str, int, float]], Sequence[tuple[str, int, float]]]:
    """Return passes and plugins with how often each ran and its own seconds, the longest first."""
    spent = sorted(profile.spent().items(), key=lambda item: (-item[1][1], item[0]))
    made = [(name, count, seconds) for name, (count, seconds) in spent]
    return [row for row in made if ":" not in row[0]], [row for row in made if ":" in row[0]]
