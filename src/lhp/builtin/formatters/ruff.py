"""Formats generated Python with ruff, all files of a run in one process.

Source: Ruff documentation, "The Ruff Formatter".
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from lhp.errors import FORMATTER_FAILED, FORMATTER_MISSING, LhpError, Location, raise_all

_OPTIONS = (
    *("--isolated", "--no-cache", "--no-respect-gitignore"),
    *("--line-length", "88", "--target-version", "py310"),
)
_MEMORY = "/dev/shm"  # noqa: S108  (only a folder of our own in it is used)
_MOST_BYTES, _BLOCK = 8, 4096  # of a character as it is and laid out anew, and of each file
_REFUSAL = re.compile(r"^error: .*?(\d+)\.py(?::(\d+):(\d+))?: (.*)$", re.MULTILINE)


class RuffFormatter:
    """The layout of ruff's defaults: 88 columns, Python 3.10, no settings from outside."""

    def format(self, sources: Mapping[str, str]) -> Mapping[str, str]:
        """Return the same paths with formatted texts.

        Raises:
            LhpError: FORMATTER_MISSING, or FORMATTER_FAILED with what ruff said.
            LhpErrors: FORMATTER_FAILED for each file that ruff refused.
        """
        binary = _binary()
        with tempfile.TemporaryDirectory(prefix="lhp-", dir=_in_memory(sources)) as folder:
            # Numbers, because names may differ in case only or be odd for this disk.
            files = {path: Path(f"{folder}/{index}.py") for index, path in enumerate(sources)}
            for path, file in files.items():
                file.write_bytes(sources[path].encode())
            _run(binary, folder, tuple(sources))
            return {path: file.read_bytes().decode() for path, file in files.items()}


def _in_memory(sources: Mapping[str, str]) -> str | None:
    """Return a folder that no disk holds, if there is one with room for some texts."""
    needed = sum(_MOST_BYTES * len(text) + _BLOCK for text in sources.values())
    try:
        system = os.statvfs(_MEMORY)
    except (AttributeError, OSError):  # systems other than Linux
        return None
    has_room = system.f_bavail * system.f_frsize > needed and os.access(_MEMORY, os.W_OK)
    return _MEMORY if has_room else None


def _binary() -> str:
    try:
        return str(importlib.import_module("ruff").find_ruff_bin())
    except (ImportError, AttributeError, FileNotFoundError) as error:
        raise FORMATTER_MISSING.at(program="ruff") from error


def _run(binary: str, folder: str, paths: tuple[str, ...]) -> None:
    command = [binary, "format", *_OPTIONS, "."]
    # Colours would hide the places in what it says.
    env = {key: value for key, value in os.environ.items() if "COLOR" not in key}
    try:
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)  # noqa: S603  (our own binary)
    except OSError as error:
        raise FORMATTER_FAILED.at(formatter="ruff", reason=error) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise_all(_refusals(said, paths))
        reason = said or f"it ended with {done.returncode}"
        raise FORMATTER_FAILED.at(formatter="ruff", reason=reason)


def _refusals(said: str, paths: tuple[str, ...]) -> Iterator[LhpError]:
    for number, line, column, reason in _REFUSAL.findall(said):
        at = Location(paths[int(number)], int(line or 0), int(column or 0))
        yield FORMATTER_FAILED.at(at, formatter="ruff", reason=reason)
