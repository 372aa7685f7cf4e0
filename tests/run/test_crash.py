"""A run that is stopped or killed in the middle: the next one goes on, and no row is there twice."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import write_files

from lhp.passes.write import run_lock

FILES = 12
_PATIENCE_SECONDS = 50

PROJECT = {
    "lhp.yaml": "name: shop\n",
    "substitutions/local.yaml": "local:\n  landing: '{root}/landing'\n",
    **{f"landing/orders/{n:02}.csv": f"id,amount\n{n},{n * 10}\n" for n in range(1, FILES + 1)},
    "pipelines/orders.yaml": """\
pipeline: shop
flowgroup: orders
actions:
  - name: load_orders
    type: load
    target: v_orders
    source:
      type: cloudfiles
      path: ${landing}/orders
      format: csv
      options: {header: true, cloudFiles.maxFilesPerTrigger: 1, cloudFiles.schemaHints: "id INT, amount INT"}
  - name: write_bronze
    type: write
    source: v_orders
    write_target: {type: streaming_table, catalog: c, schema: s, table: bronze}
  - name: load_bronze
    type: load
    readMode: stream
    target: v_bronze
    source: {type: delta, catalog: c, schema: s, table: bronze}
  - name: double
    type: transform
    transform_type: sql
    source: v_bronze
    target: v_double
    sql: SELECT id, 2 * amount AS amount FROM stream(v_bronze)
  - name: write_silver
    type: write
    source: v_double
    write_target: {type: streaming_table, catalog: c, schema: s, table: silver}
  - name: write_gold
    type: write
    write_target:
      type: materialized_view
      catalog: c
      schema: s
      table: gold
      sql: SELECT count(*) AS orders, sum(amount) AS amount FROM c.s.silver
""",
}


LHP = ("-m", "lhp")


def _started(root: Path, *words: str, lhp: tuple[str, ...] = LHP) -> subprocess.Popen[str]:
    command = [sys.executable, *lhp, "run", "-e", "local", *words]
    return subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _processes() -> dict[int, tuple[int, str]]:
    """Return parent and name of each process that has not ended."""
    command = ["ps", "-A", "-o", "pid=,ppid=,stat=,comm="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    found = (line.split(None, 3) for line in listed.stdout.splitlines())
    return {
        int(pid): (int(parent), name) for pid, parent, state, name in found if state[0] not in "ZX"
    }


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def _rows(told: dict[str, Any], table: str, *columns: str) -> list[tuple[int, ...]]:
    return sorted(tuple(int(row[name]) for name in columns) for row in told["tables"][table])


def _java_of(run: subprocess.Popen[str]) -> set[int]:
    return {
        pid for pid, (parent, name) in _processes().items() if parent == run.pid and "java" in name
    }


# A clock a hundred times as fast: what gives up after a minute does so at once.
FAST = "import time; real = time.monotonic; time.monotonic = lambda: 100 * real(); "
CALL = "import sys; from lhp.cli.main import run; sys.exit(run(sys.argv[1:]))"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process there")
def test_a_second_run_waits_for_the_first_until_the_user_ends_it(tmp_path: Path) -> None:
    root = write_files(tmp_path, PROJECT)
    with run_lock(root, file=".lhp/run/local/lock"):
        second = _started(root, lhp=("-c", FAST + CALL))
        assert second.stderr is not None
        _until(lambda: "waiting for it to end" in str(second.stderr and second.stderr.readline()))
        time.sleep(1)
        assert second.poll() is None
        second.send_signal(signal.SIGINT)
        _, said = second.communicate()
    assert (second.returncode, said.split()) == (130, ["stopped"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no signal that kills")
def test_a_run_that_is_stopped_or_killed_is_taken_up_again(
    tmp_path: Path, needs_java: Callable[[], None]
) -> None:
    needs_java()
    root = write_files(tmp_path, PROJECT)
    bronze = root / ".lhp/run/local/tables/c.s.bronze/rows"

    def batches() -> int:
        return len([*bronze.glob("*/*/_rows")])

    stopped = _started(root)
    _until(lambda: batches() > 2 or stopped.poll() is not None)
    java = _java_of(stopped)
    stopped.send_signal(signal.SIGINT)
    _, said = stopped.communicate()

    assert stopped.returncode == 130
    lines = [line for line in said.splitlines() if line and "Spark starts" not in line]
    assert re.sub(r"[\d.]+ s", "1 s", lines[0]) == "- c.s.bronze  streaming table  stopped  1 s"
    assert lines[1:] == ["stopped"]
    assert len(java) == 1
    _until(lambda: not _processes().keys() & java)
    before = batches()
    assert 2 < before < FILES

    killed = _started(root)
    _until(lambda: batches() > before or killed.poll() is not None)
    java = _java_of(killed)
    killed.kill()
    killed.communicate()

    assert killed.returncode == -signal.SIGKILL
    assert len(java) == 1
    _until(lambda: not _processes().keys() & java)
    assert before < batches() < FILES

    shown = ("c.s.bronze", "c.s.silver", "c.s.gold")
    again = _started(root, "--format", "json", *(f"--show={table}" for table in shown))
    told = json.loads(again.communicate()[0])

    assert (again.returncode, told["problems"]) == (0, [])
    numbers = range(1, FILES + 1)
    assert _rows(told, "c.s.bronze", "id", "amount") == [(n, n * 10) for n in numbers]
    assert _rows(told, "c.s.silver", "id", "amount") == [(n, n * 20) for n in numbers]
    total = sum(n * 20 for n in numbers)
    assert _rows(told, "c.s.gold", "orders", "amount") == [(FILES, total)]
    assert batches() <= FILES  # Spark may take what the ended run had just seen with the next file
