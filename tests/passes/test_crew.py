"""Several processes: the same result whatever their number, and one that dies is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FLOW = """\
pipeline: p{number}
flowgroup: f{number}
actions:
  - {{name: l_{number}, type: load, target: v_{number}, source: {{type: {kind}, sql: SELECT {number}}}}}
  - {{name: w_{number}, type: write, source: v_{number},
     write_target: {{type: streaming_table, catalog: c, schema: s, table: t{number}}}}}
"""
FILES = 80


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with enough files for several processes."""
    root = tmp_path / "project"
    for folder in ("pipelines", "substitutions"):
        (root / folder).mkdir(parents=True)
    (root / "lhp.yaml").write_text("plugins: {entry_points: false}\n")
    (root / "substitutions/dev.yaml").write_text("dev: {}\n")
    for number in range(FILES):
        write(root, number)
    return root


def write(root: Path, number: int, kind: str = "sql") -> None:
    text = FLOW.format(number=number, kind=kind)
    (root / f"pipelines/f{number:03}.yaml").write_text(text)


DRIVER = """\
import hashlib, json, multiprocessing, sys, threading, time
from pathlib import Path
from lhp.core.action_registry import ActionRegistry
from lhp.core.base_generator import BaseActionGenerator
from lhp.passes import crew
from lhp.passes.project import open_project
from lhp.passes.run import Wanted, run

root, jobs, start = sys.argv[1:]
begun = []
begin = multiprocessing.process.BaseProcess.start


def noting(process):
    begun.append(process._start_method)
    begin(process)


class MineLoadGenerator(BaseActionGenerator):
    def get_supported_options():
        return {"sql": {"type": "string"}}

    def generate(self, action, context):
        return f"@dp.temporary_view()\\ndef {action.target}():\\n    return spark.sql(1)"


if start == "spawn":
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
if start == "by hand":
    crew.may_fork = lambda: False
    ActionRegistry.register("load", "mine", MineLoadGenerator)
multiprocessing.process.BaseProcess.start = noting
outcome = run(open_project(Path(root)), Wanted("dev", jobs=int(jobs) or None))
texts = "".join(output.path + output.text for output in outcome.outputs)
said = {
    "problems": [*map(str, outcome.problems)],
    "made": [repr(made) for made in outcome.built],
    "outputs": hashlib.sha256(texts.encode()).hexdigest(),
    "begun": begun,
}
print(json.dumps(said))
"""
"""In a process of its own, without a guard: that of a test has threads, and then none is forked."""

FAULTS = {
    "dies": """\
import multiprocessing, os, signal
from lhp.builtin.load.sql import SqlLoadGenerator

generate = SqlLoadGenerator.generate


def dies(self, action, context):
    if action.options.sql == "SELECT 40" and multiprocessing.parent_process():
        os.kill(os.getpid(), signal.SIGKILL)
    return generate(self, action, context)


SqlLoadGenerator.generate = dies
""",
    "fails": """\
from lhp.passes import unit


def fails(*_):
    raise ZeroDivisionError("ours")


unit.assemble = fails
""",
}
"""What Python imports when it begins, in each process."""

STARTS = ["fork", "spawn"] if sys.platform == "linux" else ["spawn"]
each_start = pytest.mark.parametrize("start", STARTS)


def ended(root: Path, jobs: int, start: str, fault: str = "") -> subprocess.CompletedProcess[str]:
    folder = root.parent / "site"
    folder.mkdir(exist_ok=True)
    (folder / "driver.py").write_text(DRIVER, encoding="utf-8")
    (folder / "sitecustomize.py").write_text(FAULTS.get(fault, ""), encoding="utf-8")
    command = [sys.executable, str(folder / "driver.py"), str(root), str(jobs), start]
    env = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


def said(root: Path, jobs: int, start: str, fault: str = "") -> Any:
    done = ended(root, jobs, start, fault)
    assert not done.returncode, done.stderr
    told = json.loads(done.stdout)
    assert told.pop("begun") == [start] * (jobs if jobs > 1 else 0)
    return told


@each_start
def test_what_is_made_does_not_depend_on_the_number(project: Path, start: str) -> None:
    write(project, 7, kind="sqk")
    alone = said(project, 1, start)
    assert len(alone["problems"]) == 1
    assert said(project, 2, start) == said(project, 4, start) == alone


@each_start
def test_a_process_that_dies_is_told_with_its_file(project: Path, start: str) -> None:
    told = said(project, 2, start, "dies")
    (problem,) = told["problems"]
    assert problem.startswith("pipelines/f040.yaml: LHP-RUN-001")
    assert len(told["made"]) == FILES - 1


@each_start
def test_a_fault_of_ours_is_told_as_ours(project: Path, start: str) -> None:
    done = ended(project, 2, start, "fails")
    assert done.returncode == 1
    assert done.stderr.endswith("ZeroDivisionError: ours\n")


@each_start
def test_files_that_need_a_plugin_are_made_all_the_same(project: Path, start: str) -> None:
    (project / "plugins").mkdir()
    (project / "lhp.yaml").write_text("plugins: {directories: [plugins], entry_points: false}\n")
    (project / "plugins/own.py").write_text(
        "from lhp.core.base_generator import BaseActionGenerator\n\n\n"
        "class OwnLoadGenerator(BaseActionGenerator):\n"
        "    def get_supported_options():\n        return {'sql': {'type': 'string'}}\n\n"
        "    def generate(self, action, context):\n"
        "        return f'@dp.temporary_view()\\ndef {action.target}():\\n    return spark.sql(1)'\n"
    )
    for number in (3, 41, 79):
        write(project, number, kind="own")
    assert said(project, 2, start) == said(project, 1, start)
    for number in range(FILES):
        write(project, number, kind="own")
    assert said(project, 2, start) == said(project, 1, start)


def test_what_is_added_by_hand_is_known_to_all_that_work(project: Path) -> None:
    write(project, 7, kind="mine")
    done = ended(project, 2, "by hand")
    told = json.loads(done.stdout)
    (problem,) = told["problems"]
    assert "LHP-PLG-081" in problem  # it is the old way
    assert (len(told["made"]), told["begun"]) == (FILES, [])
