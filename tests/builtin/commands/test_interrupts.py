"""Ctrl+C, which a terminal sends to all processes of a command: it ends them, and says no more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

FLOW = """\
pipeline: p
flowgroup: f{number}
actions:
  - {{name: l_{number}, type: load, target: v_{number}, source: {{type: sql, sql: SELECT {number}}}}}
  - {{name: w_{number}, type: write, source: v_{number},
     write_target: {{type: streaming_table, catalog: c, schema: s, table: t{number}}}}}
"""
# What begins in the background ignores interrupts, and so do its tests.
COMMAND = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from lhp.cli.main import main; import sys; sys.stderr.write('begun\\n'); main()"
)
SPAWNING = f"from lhp.passes import crew; crew.may_fork = lambda: False; {COMMAND}"

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no groups of processes to send Ctrl+C to"
)


def interrupted(root: Path, program: str, words: list[str], seconds: float) -> tuple[int, str]:
    """Return how a command ends that is interrupted some time after it began, and what it says."""
    command = [sys.executable, "-c", program, "--project", str(root), *words]
    # An interrupt between two steps of the coverage would leave its lock held.
    env = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, start_new_session=True, env=env
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"begun\n"
        time.sleep(seconds)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        try:
            said = process.communicate(timeout=60)[1].decode()
        finally:
            with suppress(ProcessLookupError):  # all of it is gone
                os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, said


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("program", [COMMAND, SPAWNING], ids=["forks", "begins anew"])
def test_processes_that_work_side_by_side_say_nothing(
    tmp_path: Path, program: str, seconds: float
) -> None:
    (tmp_path / "lhp.yaml").write_text("plugins: {entry_points: false}\n", "utf-8")
    (tmp_path / "substitutions").mkdir()
    (tmp_path / "substitutions/dev.yaml").write_text("dev: {}\n", "utf-8")
    (tmp_path / "pipelines").mkdir()
    for number in range(600):
        (tmp_path / f"pipelines/f{number}.yaml").write_text(FLOW.format(number=number), "utf-8")
    code, said = interrupted(tmp_path, program, ["validate", "--jobs", "2"], seconds)
    assert "Traceback" not in said
    assert code in (0, 130), said  # it may have been done already


@pytest.mark.parametrize("seconds", [0.05, 0.15, 0.25, 0.35, 0.45, 0.6])
def test_processes_of_plugins_say_nothing(shop: Path, seconds: float) -> None:
    code, said = interrupted(shop, COMMAND, ["generate", "--env", "dev"], seconds)
    assert "Traceback" not in said
    assert code in (0, 130), said


@pytest.mark.parametrize("seconds", [0.2, 0.3, 0.4, 0.5, 0.7, 1.0])
def test_what_watch_began_ends_with_it(shop: Path, seconds: float) -> None:
    # It is told when nobody holds what they say to any more.
    code, said = interrupted(shop, COMMAND, ["watch", "-e", "dev"], seconds)
    assert "Traceback" not in said
    assert code in (0, 130), said
