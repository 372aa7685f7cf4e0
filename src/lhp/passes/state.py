"""Remembers which files lhp wrote, and reads and replaces files without leaving the project."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lhp.errors import OUTPUT_OUTSIDE_PROJECT, STATE_UNREADABLE, WRITE_FAILED, LhpError, Location

_VERSION = 1
_TEMPORARY = ".lhp-write.tmp"


@dataclass(frozen=True)
class Record:
    """What the state knows of one file.

    Args:
        sha256: Hash of what was written.
        pipeline: The pipeline that it belongs to.
        before: Hash of what it was to replace, when the run may have been cut off in between.
    """

    sha256: str
    pipeline: str
    before: str = ""

    def matches(self, content: bytes) -> bool:
        """Return whether lhp wrote this content."""
        return sha256(content) in (self.sha256, self.before)


@dataclass(frozen=True)
class State:
    """The files that lhp wrote for one environment, kept in `.lhp/state/<env>.json`."""

    files: Mapping[str, Record] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path, env: str) -> State:
        """Return what the last run left behind; empty before the first.

        Raises:
            LhpError: STATE_UNREADABLE when somebody else wrote the file.
        """
        path = _path(env)
        content = read_file(root, path)
        try:
            return cls() if content is None else cls(_records(root, json.loads(content)))
        except (ValueError, TypeError, KeyError, AttributeError, LhpError) as error:
            raise STATE_UNREADABLE.at(Location(path), path=path) from error

    def write(self, root: Path, env: str) -> None:
        """Replace the state file, unless it already says this."""
        path = _path(env)
        files = {name: _as_data(record) for name, record in self.files.items()}
        text = json.dumps({"version": _VERSION, "files": files}, indent=1, sort_keys=True) + "\n"
        if read_file(root, path) != text.encode():
            replace_file(root, path, text.encode())


def sha256(content: bytes) -> str:
    """Return the hash by which the state knows a file's content."""
    return hashlib.sha256(content).hexdigest()


def place(root: Path, path: str) -> Path:
    """Return where a path of the project is on this disk.

    Raises:
        LhpError: OUTPUT_OUTSIDE_PROJECT when the path, or a symlink on its way, leads out.
    """
    plain = not {"", ".", ".."} & {*path.split("/")} and not {"\\", "\0"} & {*path}
    # Path.resolve() raises on a loop of symlinks before Python 3.13.
    if plain and Path(os.path.realpath(root / path)).is_relative_to(os.path.realpath(root)):
        return root / path
    raise OUTPUT_OUTSIDE_PROJECT.at(Location(path), path=path)


@contextmanager
def reported(path: str) -> Iterator[None]:
    """Turn what the system says about a file into an error with its reason.

    Raises:
        LhpError: WRITE_FAILED.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise WRITE_FAILED.at(Location(path), path=path, reason=reason) from error


def read_file(root: Path, path: str) -> bytes | None:
    """Return a file's content, or None when there is no such file."""
    with reported(path):
        try:
            return place(root, path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None


def replace_file(root: Path, path: str, content: bytes) -> None:
    """Make a file hold this content; whoever reads meanwhile sees the old or the new one."""
    with reported(path):
        target = place(root, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        # One name, so that what a killed run leaves is taken away by the next.
        temporary = target.parent / _TEMPORARY
        temporary.unlink(missing_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(content)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


def remove_file(root: Path, path: str, *, keep: str) -> None:
    """Remove a file and the folders that it leaves empty.

    Args:
        root: The project's folder.
        path: The file, relative to the root.
        keep: A folder, relative to the root; only empty ones inside it are removed.
    """
    with reported(path):
        target = place(root, path)
        target.unlink(missing_ok=True)
        folder = target.parent
        with suppress(OSError):
            while folder.is_relative_to(root / keep) and folder != root / keep:
                folder.rmdir()
                folder = folder.parent


def _path(env: str) -> str:
    return f".lhp/state/{env}.json"


def _as_data(record: Record) -> dict[str, str]:
    return {key: value for key, value in asdict(record).items() if value or key != "before"}


def _records(root: Path, data: Any) -> dict[str, Record]:
    if data["version"] != _VERSION:
        raise ValueError(data["version"])
    records = {path: Record(**record) for path, record in data["files"].items()}
    for path, record in records.items():
        place(root, path)
        if not all(isinstance(value, str) for value in asdict(record).values()):
            raise TypeError(path)
    return records
