"""Tells what a command takes: seconds by pyperf, CPU and memory of all its processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
ONCE = ("--processes=1", "--values=1", "--warmups=0", "--loops=1")


@dataclass(frozen=True)
class Tool:
    """A command and the environment that it runs in."""

    command: tuple[str, ...]
    environment: Mapping[str, str]

    def run(self, folder: Path, *words: str) -> str:
        """Call it in a folder without measuring; return what it wrote to stderr."""
        return self._expect_success(folder, *self.command, *words)

    def seconds(self, folder: Path, *words: str) -> float:
        """Return the wall seconds of one call, as pyperf measures them."""
        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / "pyperf.json"
            pyperf = (sys.executable, "-m", "pyperf", "command", *ONCE, "--copy-env")
            self._expect_success(
                folder, *pyperf, "--output", str(file), "--", *self.command, *words
            )
            benchmarks = json.loads(file.read_text(encoding="utf-8"))["benchmarks"]
        return float(benchmarks[0]["runs"][-1]["values"][0])

    def usage(self, folder: Path, *words: str) -> tuple[float, float]:
        """Return the CPU seconds, and the megabytes at the peak, of one call and all it starts."""
        command = (*self.command, *words)
        with subprocess.Popen(
            command,
            cwd=folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            peak, before, ended = 0, 0, 0
            while not ended:
                time.sleep(0.02)
                now = sum(map(kilobytes, processes(process.pid)))
                peak, before = max(peak, min(before, now)), now
                ended, status, used = os.wait4(process.pid, os.WNOHANG)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, f"{command} failed in {folder}"
        return used.ru_utime + used.ru_stime, max(peak, used.ru_maxrss) / 1024

    def _expect_success(self, folder: Path, *command: str) -> str:
        ran = subprocess.run(
            command,
            check=False,
            cwd=folder,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
        )
        assert ran.returncode == 0, f"{command} failed in {folder}:\n{ran.stdout}{ran.stderr}"
        return ran.stderr


def processes(process: int) -> Iterator[int]:
    """Yield the id of a process and of all that it started and that run yet."""
    yield process
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        for child in read(file).split():
            yield from processes(int(child))


def kilobytes(process: int) -> int:
    """Return the memory of a process; what processes share is divided among them."""
    found = re.search(r"^Pss: +(\d+)", read(Path(f"/proc/{process}/smaps_rollup")), re.MULTILINE)
    return int(found[1]) if found else 0


def read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except OSError:  # ended meanwhile
        return ""


@dataclass
class Figures:
    """What calls took, one after another."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    def take(self, tool: Tool, folder: Path, words: Sequence[str]) -> None:
        """Measure one call's seconds."""
        self.seconds.append(tool.seconds(folder, *words))

    def take_usage(self, tool: Tool, folder: Path, words: Sequence[str]) -> None:
        """Measure one call's CPU and memory."""
        cpu, megabytes = tool.usage(folder, *words)
        self.cpu.append(cpu)
        self.megabytes.append(megabytes)

    def medians(self) -> dict[str, float]:
        """Return the median of each measure that was taken."""
        return {name: round(median(taken), 4) for name, taken in vars(self).items() if taken}


def environment_of(name: str, requirement: str, *, is_kept: bool) -> Path:
    """Return a virtual environment that has nothing but a requirement and what that needs.

    Args:
        name: Of the environment.
        requirement: What pip is to install.
        is_kept: False installs it anew where it is there already.
    """
    home = ROOT / ".cache/bench" / name
    if not (home / "bin/lhp").exists():
        venv.create(home, with_pip=True, clear=True)
        is_kept = False
    if not is_kept:
        pip = (str(home / "bin/python"), "-m", "pip", "install", "--quiet")
        again = ("--force-reinstall", "--no-deps", requirement)
        for words in ((requirement,), again):
            subprocess.run((*pip, *words), check=True)
    return home


def variables(**more: object) -> Mapping[str, str]:
    """Return the variables of this process and some more; bytecode is kept, as it is for users."""
    left_out = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
    known = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**known, **{name: str(value) for name, value in more.items()}}
