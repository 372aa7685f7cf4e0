"""Builds hostile projects out of a few texts, and runs the real `lhp` on them.

What must not run leaves a marker file, or prints `evil ran` where it can write no file. Texts may
hold `{marker}` (the path of that file) and `{evil}` (statements that leave it).
"""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

EVIL = """\
print("evil", "ran")
try:
    open({marker!r}, "w").close()
except OSError:
    pass
"""
FILES = {
    "lhp.yaml": """\
name: demo
plugins:
  entry_points: false
  enabled:
    - {name: spy, type: validator, module: mine.spy, class: Spy}
""",
    "mine/spy.py": "class Spy:\n    def validate(self, config):\n        return []\n",
    "pipelines/a.yaml": """\
pipeline: p
flowgroup: f
actions:
  - {name: load, type: load, target: v, source: {type: sql, sql: SELECT 1 AS a}}
  - {name: save, type: write, source: v, write_target: {type: streaming_table, catalog: c, schema: s, table: t}}
""",
    "substitutions/dev.yaml": "dev: {}\n",
}
SECONDS = 60


class Came(NamedTuple):
    """What came of a command."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def said(self) -> str:
        """All that was printed, its white space made one."""
        return " ".join(f"{self.out}\n{self.err}".split())


@dataclass(frozen=True)
class Hostile:
    """A project that means harm.

    Args:
        root: Its folder.
        user: The folder of the user's own files.
        marker: The file that must not be there.
        lhp: Runs a command.
    """

    root: Path
    user: Path
    marker: Path
    lhp: Callable[..., Any]

    def write(self, files: Mapping[str, str | bytes | Path | None]) -> None:
        """Write files; a path is what a link points to, relative to the project; None is a pipe."""
        for path, given in files.items():
            file = (
                self.user / path.removeprefix("user/") if path[:5] == "user/" else self.root / path
            )
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.is_symlink() or file.exists():
                file.unlink()
            if given is None:
                os.mkfifo(file)
            elif isinstance(given, Path):
                file.symlink_to(self.root / given)
            else:
                text = given if isinstance(given, bytes) else self.filled(given).encode()
                file.write_bytes(text)

    def filled(self, text: str) -> str:
        evil = EVIL.replace("{marker!r}", repr(str(self.marker)))
        return text.replace("{evil}", evil).replace("{marker}", str(self.marker))

    def run(self, *words: str) -> Came:
        """Run `lhp`; nothing evil may come of it, nor a fault of lhp itself."""
        start = time.process_time()
        ended = self.lhp(*(words or ("validate", "--env", "dev")))
        came = Came(*ended, time.process_time() - start)
        assert came.code in (0, 1, 2, 130), came.err
        assert "Traceback" not in came.said
        assert not self.has_run(came.said)
        return came

    def approve(self) -> None:
        """Let its plugins run, as they are now."""
        came = self.run("plugins", "trust", "--all", "--yes")
        assert came.code == 0, came.err

    def has_run(self, said: str) -> bool:
        return self.marker.exists() or "evil ran" in said


@pytest.fixture
def hostile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lhp: Callable[..., Any]
) -> Callable[..., Hostile]:
    """Return a function that makes a project; None leaves one of the usual files out."""
    for name in ("CI", "LHP_TRUST", "LHP_NO_PLUGINS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("LHP_USER_DIR", str(tmp_path / "user"))
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    def make(files: Mapping[str, Any], *, without: tuple[str, ...] = ()) -> Hostile:
        made = Hostile(tmp_path / "demo", tmp_path / "user", tmp_path / "marker", lhp)
        made.write({path: text for path, text in FILES.items() if path not in (*without, *files)})
        made.write(files)
        monkeypatch.chdir(made.root)
        return made

    return make


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    """Fail what hangs; on Windows the run itself is limited."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        message = f"it took more than {SECONDS} seconds"
        raise TimeoutError(message)

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
