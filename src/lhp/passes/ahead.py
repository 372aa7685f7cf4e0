"""Looks at a project's files ahead of the run that will ask for them, while nobody waits."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterable

from lhp.passes.again import Look

_SETTLED_NS = 3_000_000_000
"""Longer ago than the coarsest clock of a file system ticks: FAT counts in two seconds."""

_Mark = tuple[int, ...]


class Ahead(Look):
    """What a project's files hold; one that the disk says is as it was is not read again.

    A file is as it was where its number, size, time of change and time of writing are: nobody can
    set the first of these times. What was changed shortly before is read again all the same, and
    so is every file on Windows, which does not tell that time. What is written through memory
    that is mapped to a file may move none of them: the next look tells it, as each reads anew.

    Args:
        root: The project's folder, absolute.
        paths: Files to look at, as for `digest`.
    """

    def __init__(self, root: str, paths: Iterable[str]) -> None:
        super().__init__(root)
        self._before: dict[str, tuple[str, _Mark, str | None]] = {}
        for path in () if sys.platform == "win32" else paths:
            whole = os.path.join(self._root, path)  # noqa: PTH118
            mark = _mark(whole)
            if mark and time.time_ns() - mark[0] > _SETTLED_NS:
                self._before[path] = whole, mark, self._looked(path)
        self._folders.clear()

    def _looked(self, path: str) -> str | None:
        if path in self._before:
            whole, mark, digest = self._before[path]
            if _mark(whole) == mark and self.is_plain(path.rpartition("/")[0]):
                return digest
        return super()._looked(path)


def _mark(file: str) -> _Mark:
    try:
        it = os.lstat(file)
    except (OSError, ValueError):
        return ()
    is_plain = stat.S_ISREG(it.st_mode)
    return (it.st_ctime_ns, it.st_mtime_ns, it.st_size, it.st_ino) if is_plain else ()
