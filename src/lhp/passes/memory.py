"""What a run remembers, so that the next one does again only what can have changed.

`.lhp/cache/<env>.jsonl`: a digest of the rest, a line about the run, then one for each file, whose
parts are read as they are needed. Everything that goes into a file's result is compared by digest,
never by time: the file itself, what it asked for by name (tokens, presets, templates, blueprints,
plugins), the files and folders that it read, and by one key for all of them lhp, Python, the
installed packages, lhp.yaml and the plugins that are no generators. What a plugin may
look at besides is not known, so a file whose plugin may is never remembered. Nothing is remembered
of a file with an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache
from pathlib import Path

from lhp.errors import LhpError
from lhp.passes.remembered import (
    Remembered,
    Whole,
    read_line,
    unit_of,
    whole_data,
    whole_of,
)
from lhp.passes.state import read_file, replace_file, sha256
from lhp.values import frozen

_FOLDER = ".lhp/cache"
_VERSION = 4


@frozen
class Memory:
    """What the last run of an environment remembers.

    Args:
        key: What held for all files; empty where nothing is remembered.
        files: By path.
        whole: The run as a whole; None where that can't be remembered.
        is_formatted: True when what was written was laid out.
    """

    key: str = ""
    files: Mapping[str, Remembered] = field(default_factory=dict)
    whole: Whole | None = None
    is_formatted: bool = True

    @classmethod
    def read(cls, root: Path, env: str) -> Memory:
        """Return what is remembered; nothing where the file is missing or not as we write it."""
        try:
            return _memory_of(read_file(root, _path(env)) or b"")
        except (LhpError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return cls()

    def write(self, root: Path, env: str) -> None:
        """Replace the file.

        Raises:
            LhpError: WRITE_FAILED.
        """
        whole = self.whole and whole_data(self.whole)
        told = {"key": self.key, "is_formatted": self.is_formatted, "whole": whole}
        head = json.dumps({"version": _VERSION, **told})
        lines = [self.files[path].line for path in sorted(self.files)]
        content = "\n".join([head, *lines, ""]).encode()
        replace_file(root, _path(env), b"%s\n%s" % (_digest(content), content))

    @property
    def digests(self) -> Mapping[str, str]:
        """What each file held that the next run compares, by path with `/`."""
        found = dict(self.whole.content) if self.whole else {}
        read = [known.needs for known in self.files.values()]
        for needs in (*([self.whole.needs] if self.whole else ()), *read):
            found.update((slashed(path), each) for path, each in needs.get("files", {}).items())
        if self.whole:
            found.update((path, digest) for path, (_, digest) in self.whole.outputs.items())
        for known in self.files.values():
            found[known.path] = known.digest
            found.update((path, digest) for path, (_, digest, _) in known.outputs.items())
        return found

    def unpack(self) -> None:
        """Make of what is remembered what a run needs; this process keeps it for later ones."""
        for known in self.files.values():
            unit_of(known, is_current=True)

    @property
    def problems(self) -> tuple[LhpError, ...]:
        """The warnings of the whole run."""
        return self.whole.problems if self.whole else ()


def slashed(path: str) -> str:
    """Return a path with `/`, as it is looked at."""
    return path.replace("\\", "/")


@lru_cache(maxsize=1)  # for one process that runs again
def _memory_of(content: bytes) -> Memory:
    digest, _, rest = content.partition(b"\n")
    if digest != _digest(rest):
        return Memory()
    first, *lines = rest.decode().split("\n")
    head = json.loads(first)
    if head["version"] != _VERSION:
        return Memory()
    known = {each.path: each for each in map(read_line, filter(None, lines))}
    return Memory(head["key"], known, whole_of(head["whole"]), bool(head["is_formatted"]))


def _digest(content: bytes) -> bytes:
    return sha256(content).encode()


def _path(env: str) -> str:
    return f"{_FOLDER}/{env}.jsonl"
