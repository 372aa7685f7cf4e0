"""A project whose pipeline gets hooks, and what a generated hook meets when it runs.

The hooks are run as the platform runs them, with stand-ins for Spark and for the Databricks SDK.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from lhp.passes.project import open_project
from lhp.passes.run import Wanted, run

FOLDER = "generated/dev/gold"
FLOW = """\
pipeline: {pipeline}
flowgroup: {name}
actions:
  - {{name: load, type: load, source: {{type: sql, sql: SELECT 1 AS ship_id}}, target: v}}
"""
DEFAULTS = {
    "lhp.yaml": "name: port\nplugins: {entry_points: false}\n",
    "substitutions/dev.yaml": "dev: {cat: port_dev, who: qa}\n",
}


def flow(*actions: str, pipeline: str = "gold", name: str = "dues") -> str:
    """Return a flowgroup with a load and some more actions."""
    lines = (f"  - {action}\n" for action in actions)
    return FLOW.format(pipeline=pipeline, name=name) + "".join(lines)


def table(more: str, name: str = "ship", kind: str = "materialized_view") -> str:
    """Return a write to a table, with more options."""
    target = f'type: {kind}, catalog: "${{cat}}", schema: gold, table: {name}, {more}'
    return f"{{name: write_{name}, type: write, source: v, write_target: {{{target}}}}}"


def constants(text: str) -> dict[str, Any]:
    """Return the values that a module's names are given as literals."""
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


def assert_passes_ruff(file: Path) -> None:
    options = ["--isolated", "--target-version", "py310", "--config", 'builtins = ["spark"]']
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--output-format",
        "json",
        *options,
        str(file),
    ]
    found = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
    assert [(each["code"], each["location"]["row"]) for each in found] == []


@dataclass
class Project:
    """A project on the disk, and how `lhp` is called in it."""

    root: Path
    lhp: Callable[..., Any]

    def write(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(dedent(text), encoding="utf-8")

    def generate(self, *words: str) -> Any:
        return self.lhp("generate", "-e", "dev", *words)

    def outputs(self, *, include_tests: bool = False) -> dict[str, str]:
        """Return the texts that a run makes for the pipeline, by path in its folder."""
        wanted = Wanted("dev", include_tests=include_tests)
        outcome = run(open_project(self.root), wanted)
        assert not outcome.has_errors, outcome.problems
        return {each.path.removeprefix(f"{FOLDER}/"): each.text for each in outcome.outputs}

    def made(self) -> list[str]:
        """Return what stands in the folder of the pipeline."""
        folder = self.root / FOLDER
        files = (file for file in folder.rglob("*") if file.is_file())
        return sorted(file.relative_to(folder).as_posix() for file in files)

    def text(self, name: str) -> str:
        return (self.root / FOLDER / name).read_text("utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lhp: Any) -> Callable[..., Project]:
    """Write a project; its folder is the current one."""
    monkeypatch.setenv("CI", "1")
    monkeypatch.setenv("NO_COLOR", "1")

    def write(files: Mapping[str, str]) -> Project:
        made = Project(tmp_path, lhp)
        made.write({**DEFAULTS, **files})
        monkeypatch.chdir(tmp_path)
        return made

    return write


@dataclass
class Platform:
    """What a hook meets: a catalog that says which tags are set, a REST client, and a clock.

    Args:
        rows: What the query of tags gives; an exception is raised.
        answer: Called for each request; may raise.
    """

    rows: Any = ()
    answer: Callable[..., Any] = lambda *_: {}
    queries: list[str] = field(default_factory=list)
    requests: list[tuple[Any, ...]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    arguments: dict[str, Any] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)
    hook: Callable[[Any], None] = lambda _: None

    def sql(self, query: str) -> Any:
        self.queries.append(query)
        return SimpleNamespace(collect=self._collect)

    def _collect(self) -> Any:
        if isinstance(self.rows, Exception):
            raise self.rows
        names = ("entity_type", "entity_name", "tag_name", "tag_value")
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def do(self, method: str, path: str, query: Any = None, body: Any = None) -> Any:
        short = path.removeprefix("/api/2.1/unity-catalog/entity-tag-assignments")
        self.requests.append((method, short, body, query))
        return self.answer(method, short, body)

    def on_event_hook(self, **arguments: Any) -> Any:
        self.arguments = arguments

        def register(function: Any) -> Any:
            self.hook = function
            return function

        return register

    def load(self, text: str) -> None:
        """Run a generated module."""
        self.names = {"spark": self}
        exec(compile(text, "hook", "exec"), self.names)  # noqa: S102  (the code under test)
        if "time" in self.names:
            self.names["time"] = SimpleNamespace(sleep=self.slept.append)

    def update(self, state: str) -> None:
        """Tell the hook that the update is in another state."""
        origin = {"pipeline_id": "p1", "update_id": "u1", "pipeline_name": "as deployed"}
        details = {"update_progress": {"state": state}}
        self.hook({"event_type": "update_progress", "origin": origin, "details": details})

    def flow(self, name: str, *expectations: tuple[str, int, int]) -> None:
        """Tell the hook how many rows met the expectations of a flow, and how many did not."""
        listed = [
            {"name": rule, "dataset": name, "passed_records": passed, "failed_records": failed}
            for rule, passed, failed in expectations
        ]
        details = {
            "flow_progress": {"status": "COMPLETED", "data_quality": {"expectations": listed}}
        }
        origin = {"pipeline_id": "p1", "update_id": "u1", "flow_name": name}
        self.hook({"event_type": "flow_progress", "origin": origin, "details": details})


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    """Return what hooks meet, in the place of Spark and of the Databricks SDK."""
    made = Platform()
    modules: dict[str, Any] = {
        name: ModuleType(name)
        for name in ("pyspark", "pyspark.pipelines", "databricks", "databricks.sdk")
    }
    modules["pyspark"].pipelines = modules["pyspark.pipelines"]
    modules["pyspark.pipelines"].on_event_hook = made.on_event_hook
    modules["databricks"].sdk = modules["databricks.sdk"]
    modules["databricks.sdk"].WorkspaceClient = lambda: SimpleNamespace(api_client=made)
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return made
