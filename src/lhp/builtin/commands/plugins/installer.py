"""Lets pip, or uv where there is no pip, install wheels into a folder; no code of theirs runs.

Source: pip, "pip install" and "Secure installs"; uv, "uv pip install".
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import PathFinder
from pathlib import Path

from lhp.core.installed import normal_name
from lhp.core.wheels import RECORD
from lhp.errors import SOURCE_NO_INSTALLER
from lhp.values import frozen

_OPTIONS = ("--require-hashes", "--no-deps", "--only-binary", ":all:")
_PIP = ("--no-input", "--no-color", "--disable-pip-version-check", "--no-compile", "--no-user")
_UV = ("--color", "never", "--no-progress", "--link-mode", "copy", "--python", sys.executable)
_FOUND = re.compile(r"(?:Got|Computed:)\s+(?:sha256:)?([0-9a-f]{64})")
_CAUSE = re.compile(r"^(?:ERROR|error|\s*cause): *(.+)$", re.MULTILINE)
_MOST_SHOWN = 500


class InstallerError(Exception):
    """The installer did not install; its message is the reason, shortened.

    Args:
        program: `pip` or `uv`.
        said: All that it said.
    """

    def __init__(self, program: str, said: str) -> None:
        self.program = program
        self.said = said
        begin = _CAUSE.search(said)
        self._complaint = said[begin.start() :] if begin else said
        super().__init__(_reason(self._complaint))

    def is_about(self, name: str) -> bool:
        """Return True where it complains of a distribution."""
        word = rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])"
        return re.search(word, normal_name(self._complaint)) is not None


@frozen
class Installer:
    """A program that installs wheels.

    Args:
        name: `pip` or `uv`.
        command: How it is called.
    """

    name: str
    command: Sequence[str]

    def install(self, lines: Iterable[str], folder: Path) -> None:
        """Install wheels, and nothing else, into a new folder.

        Args:
            lines: Of a requirements file.
            folder: Where to.

        Raises:
            InstallerError: It could not.
        """
        # Where a program works it may look for modules and settings: never in the project.
        with tempfile.TemporaryDirectory(prefix="lhp-install-") as empty:
            wanted = Path(empty, RECORD)
            wanted.write_text("\n".join([*lines, ""]), encoding="utf-8")
            done = subprocess.run(  # noqa: S603  (our own words; what is wanted is in the file)
                [*self.command, *_OPTIONS, "--target", str(folder), "-r", str(wanted)],
                cwd=empty,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        if done.returncode:
            raise InstallerError(self.name, done.stdout.replace(str(wanted), RECORD))


def installer() -> Installer:
    """Return what wheels are installed with here.

    Raises:
        LhpError: SOURCE_NO_INSTALLER.
    """
    if PathFinder.find_spec("pip"):
        return Installer("pip", (sys.executable, "-m", "pip", "install", *_PIP))
    uv = next(_programs("uv"), None)
    if uv is None:
        raise SOURCE_NO_INSTALLER.at(python=Path(sys.executable).name)
    return Installer("uv", (uv, "pip", "install", *_UV))


def _programs(name: str) -> Iterator[str]:
    """Yield where a program is; never in the current folder, which may be a project."""
    for folder in (str(Path(sys.executable).parent), *os.get_exec_path()):
        found = shutil.which(str(Path(folder, name))) if Path(folder).is_absolute() else None
        if found:
            yield found


def _reason(said: str) -> str:
    found = _FOUND.search(said)
    if found:
        return f"its hash is sha256:{found[1]}, which `source` does not name"
    causes = "; ".join(_CAUSE.findall(said)) or said
    text = " ".join(causes.split())
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
