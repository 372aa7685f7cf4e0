"""What lhp runs on, as plain data; imports almost nothing, as it is asked before all else."""

from __future__ import annotations

import os
import sys
from functools import cache

TYPE_CHECKING = False  # to import `typing` takes as long as Python itself
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120


def project_above(folder: str) -> str | None:
    """Return the nearest folder upwards that holds lhp.yaml; None where there is none.

    Args:
        folder: Where to begin, as a real path.
    """
    while not os.path.isfile(os.path.join(folder, "lhp.yaml")):  # noqa: PTH113, PTH118
        above = os.path.dirname(folder)  # noqa: PTH120
        if above == folder:
            return None
        folder = above
    return folder


def own_files() -> list[tuple[str, int, int]]:
    """Return what tells the code of lhp: of a release and of a working copy."""
    found = []
    for folder, _, names in os.walk(_PACKAGE):
        for name in (each for each in names if not each.endswith(".pyc")):
            status = os.stat(f"{folder}/{name}")  # noqa: PTH116  (there are hundreds)
            found.append((f"{folder}/{name}", status.st_size, status.st_mtime_ns))
    return sorted(found)


def current() -> list[Any]:
    """Return what tells the code of lhp, Python and the installed packages, as it is now."""
    return [own_files(), sys.version, path_stamps(module_paths())]


@cache
def begun() -> list[Any]:
    """Return what `current` told when this process asked first: the code that it works with.

    Somebody may install another one while it runs, as `lhp watch` does for days.
    """
    return current()


def module_paths() -> list[str]:
    """Return where installed modules are.

    Never the current folder, which may be a project, nor that of the script, which may hold more.
    """
    known = [path for path in sys.path if os.path.isabs(path) and os.path.exists(path)]  # noqa: PTH110, PTH117
    script = os.path.dirname(os.path.realpath(sys.argv[0]))  # noqa: PTH120
    return known[1:] if known[:1] == sys.path[:1] == [script] else known


def path_stamps(places: Iterable[str] | None = None) -> tuple[tuple[str, int], ...]:
    """Return places of modules and when each was changed: equal while nothing is installed.

    Args:
        places: Those to look at; None takes the whole path.
    """
    return tuple(map(_stamp, sys.path if places is None else places))


def _stamp(path: str) -> tuple[str, int]:
    try:
        return path, os.stat(path or ".").st_mtime_ns  # noqa: PTH116  (it may be no path)
    except OSError:
        return path, 0
