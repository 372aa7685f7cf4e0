"""What pytest offers to authors of plugins, in the pytest of a project of theirs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from typing import Any

import pytest

from lhp.core.base_generator import BaseActionGenerator
from lhp.errors import LhpError
from lhp.pytest_plugin import LhpProject

pytest_plugins = ["pytester"]

FLOWGROUP = """\
pipeline: raw
flowgroup: orders
actions:
  - name: load_orders
    type: load
    source: {type: delta, catalog: "${catalog}", schema: raw, table: orders}
    target: v_orders
  - name: write_orders
    type: write
    source: v_orders
    write_target: {type: materialized_view, catalog: main, schema: raw, table: orders}
"""
PLUGIN = """\
class DocumentedValidator:
    def validate(self, config):
        return ["no comment"]
"""


class ApiLoadGenerator(BaseActionGenerator):
    def generate(self, action: Any, context: Any) -> str:
        del context
        return f"x = {action.name!r}"


def shout(text: str) -> str:
    return text.upper()


def test_a_project_is_written_run_and_read(lhp_project: LhpProject) -> None:
    lhp_project.write(
        {"substitutions/dev.yaml": "dev: {catalog: c}\n", "pipelines/a.yaml": FLOWGROUP}
    )
    assert lhp_project.run("validate").code == 0
    assert lhp_project.files() == []
    ended = lhp_project.run("generate", "--env", "dev")
    assert ended.code == 0, ended.err
    assert lhp_project.files() == ["generated/dev/raw/orders.py"]
    assert 'spark.read.table("c.raw.orders")' in lhp_project.read("generated/dev/raw/orders.py")


def test_plugins_of_the_project_run_unasked(lhp_project: LhpProject) -> None:
    lhp_project.write(
        {
            "lhp.yaml": "name: a\nplugins: {directories: [./plugins]}\n",
            "plugins/rules.py": PLUGIN,
            "substitutions/dev.yaml": "dev: {catalog: c}\n",
            "pipelines/a.yaml": FLOWGROUP,
        }
    )
    ended = lhp_project.run("validate")
    assert ended.code == 1
    assert "no comment" in ended.err


def test_a_flowgroup_is_rendered(lhp_project: LhpProject, lhp_rendered: Callable[..., str]) -> None:
    lhp_project.write({"substitutions/prod.yaml": "prod: {catalog: p}\n"})
    assert 'spark.read.table("p.raw.orders")' in lhp_rendered(FLOWGROUP, env="prod")
    with pytest.raises(AssertionError, match="catalog"):
        lhp_rendered(FLOWGROUP)


def test_a_manager_finds_what_it_is_given(lhp_plugins: Callable[..., Any]) -> None:
    line = {"name": "join", "type": "template_filter", "module": "acme", "class": "join"}
    manager = lhp_plugins(ApiLoadGenerator, shout, line)
    names = [each.qualified_name for each in manager.manifests]
    assert names == ["load_generator:api", "template_filter:shout", "template_filter:join"]
    assert [*manager.discover_generators()] == [
        *lhp_plugins(ApiLoadGenerator).discover_generators()
    ]
    assert manager.get_plugin("api").load() is ApiLoadGenerator
    with pytest.raises(LhpError, match="no module 'acme'"):
        manager.get_plugin("join").load()
    with pytest.raises(LhpError, match="no plugin is called 'delta'"):
        manager.get_plugin("delta")


def test_golden_files_are_compared_and_written(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_it(lhp_golden):
            lhp_golden("a = 1\\n", "a.py")
        """
    )
    plugin = () if offered() else ("-p", "lhp.pytest_plugin")
    missing = pytester.runpytest_subprocess(*plugin)
    missing.assert_outcomes(failed=1)
    missing.stdout.fnmatch_lines(["*there is no golden/a.py: `pytest --regen` writes it*"])
    pytester.runpytest_subprocess(*plugin, "--regen").assert_outcomes(passed=1)
    pytester.runpytest_subprocess(*plugin).assert_outcomes(passed=1)
    file = pytester.path / "golden/a.py"
    assert file.read_bytes() == b"a = 1\n"
    file.write_text("a = 2\n", encoding="utf-8")
    other = pytester.runpytest_subprocess(*plugin)
    other.assert_outcomes(failed=1)
    other.stdout.fnmatch_lines(["-a = 2", "+a = 1"])


def offered() -> bool:
    """Return True where the installed lhp has the entry point; an older one may be installed."""
    return any(
        point.value == "lhp.pytest_plugin" for point in metadata.entry_points(group="pytest11")
    )


def test_pytest_starts_without_lhp() -> None:
    code = "import sys, lhp.pytest_plugin; print([m for m in sys.modules if m.startswith('lhp')])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "['lhp', 'lhp.pytest_plugin']\n"
