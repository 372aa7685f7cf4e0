"""`lhp watch`: what is saved is generated, and what is wrong is told when it comes and goes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ORDERS = "generated/dev/silver/orders.py"
HERE = Path(__file__).parents[3]
# What begins in the background ignores interrupts, and so do its tests.
HEARS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
LHP = [sys.executable, "-c", f"{HEARS}from lhp.cli.main import main; main()"]


class Watching:
    """A `lhp watch` that runs, and what it printed."""

    def __init__(self, root: Path, log: Path, *words: str) -> None:
        self._log = log
        with log.open("wb") as file:
            command = [*LHP, "--project", str(root), "watch", "-e", "dev", *words]
            # Coverage of processes that it starts is written where it runs: not into the project.
            self.process = subprocess.Popen(command, stdout=file, stderr=file, cwd=HERE)

    @property
    def said(self) -> str:
        return self._log.read_text("utf-8")

    def expect(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not is_so():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.02)

    def runs(self) -> int:
        return len(re.findall(r"^\d\d:\d\d:\d\d  ", self.said, re.MULTILINE))

    def waiting(self) -> int:
        """Return the process that waits for the next run."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children")
        self.expect(lambda: len(children.read_text("utf-8").split()) == 1)
        return int(children.read_text("utf-8"))

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


def add(shop: Path, line: str) -> None:
    """Save the query of a generated module with one more line."""
    file = shop / "sql/clean_orders.sql"
    file.write_text(file.read_text("utf-8") + f"\n{line}\n", encoding="utf-8")


@pytest.fixture
def watching(shop: Path, tmp_path: Path) -> Iterator[Watching]:
    found = Watching(shop, tmp_path / "log")
    found.expect(lambda: found.runs() == 1)
    yield found
    found.process.kill()
    found.process.wait()


def test_what_is_saved_is_generated(shop: Path, watching: Watching) -> None:
    assert "4 written, 0 removed" in watching.said
    add(shop, "-- saved")
    watching.expect(lambda: "-- saved" in (shop / ORDERS).read_text("utf-8"))
    watching.expect(lambda: "1 written, 0 removed" in watching.said)
    (shop / "pipelines/silver/orders.yaml").unlink()
    watching.expect(lambda: not (shop / ORDERS).exists())
    watching.expect(lambda: "0 written, 1 removed" in watching.said)


def test_faults_are_told_when_they_come_and_when_they_go(shop: Path, watching: Watching) -> None:
    file = shop / "pipelines/silver/orders.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("sql_path", "sql_pth"), encoding="utf-8")
    watching.expect(lambda: "did you mean 'sql_path'?" in watching.said)
    watching.expect(
        lambda: (
            "error; nothing written" in watching.said or "errors; nothing written" in watching.said
        )
    )
    file.write_text(text.replace("sql_path", "sql_pth") + "# more\n", encoding="utf-8")
    watching.expect(lambda: watching.runs() == 3)
    assert watching.said.count("did you mean 'sql_path'?") == 1
    file.write_text(text, encoding="utf-8")
    watching.expect(lambda: "mended: pipelines/silver/orders.yaml:" in watching.said)


def test_a_project_file_at_fault_ends_nothing(shop: Path, watching: Watching) -> None:
    file = shop / "lhp.yaml"
    text = file.read_text("utf-8")
    file.write_text("name: [\n", encoding="utf-8")
    watching.expect(lambda: "LHP-CFG-009" in watching.said)
    file.write_text(text, encoding="utf-8")
    watching.expect(lambda: "mended: lhp.yaml:" in watching.said)


def test_what_it_writes_itself_starts_nothing(shop: Path, watching: Watching) -> None:
    (shop / "generated/dev/note.txt").write_text("mine\n", encoding="utf-8")
    (shop / ".lhp/mine.json").write_text("{}\n", encoding="utf-8")
    time.sleep(0.5)
    file, new = shop / "sql/clean_orders.sql", shop.with_name("new.sql")
    new.write_text(file.read_text("utf-8") + "\n", encoding="utf-8")
    new.replace(file)  # one change, where writing may be two that lie apart
    watching.expect(lambda: watching.runs() == 2)
    time.sleep(0.5)
    assert watching.runs() == 2


def test_an_interrupt_ends_it(watching: Watching) -> None:
    assert watching.stop() == 0
    assert "Traceback" not in watching.said


def test_nothing_that_waits_outlives_it(shop: Path) -> None:
    command = [*LHP, "--project", str(shop), "watch", "-e", "dev"]
    with subprocess.Popen(command, cwd=HERE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        while b"written" not in process.stderr.readline():
            assert process.poll() is None
        process.kill()
        # It ends when nobody holds it any more.
        assert b"Traceback" not in process.communicate(timeout=30)[1]


on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="looks for the process where Linux tells it"
)


@on_linux
def test_it_goes_on_when_somebody_ends_the_process_that_waits(
    shop: Path, watching: Watching
) -> None:
    os.kill(watching.waiting(), signal.SIGKILL)
    add(shop, "-- saved")
    watching.expect(lambda: "-- saved" in (shop / ORDERS).read_text("utf-8"))
    assert "Traceback" not in watching.said


@on_linux
def test_it_goes_on_when_somebody_ends_the_process_that_generates(
    shop: Path, watching: Watching
) -> None:
    child = watching.waiting()
    os.kill(child, signal.SIGSTOP)  # so that it is not done before it is ended
    add(shop, "-- saved")
    time.sleep(0.5)
    os.kill(child, signal.SIGKILL)
    watching.expect(lambda: "the process that generates ended with -9" in watching.said)
    add(shop, "-- again")
    watching.expect(lambda: "-- again" in (shop / ORDERS).read_text("utf-8"))
