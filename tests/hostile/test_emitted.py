"""What the code that plugins make may hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Hostile

Make = Callable[..., Hostile]

_LOADER = '''\
from lhp.core.base_generator import BaseActionGenerator


class OddLoadGenerator(BaseActionGenerator):
    """Loads in an odd way."""

    @classmethod
    def get_supported_options(cls):
        return {"type": "object", "properties": {"note": {"type": "string"}}}

    def generate(self, action, context):
        self.add_import("from pyspark.sql import functions as F")
        {adds}
        return CODE


CODE = """\\
@dp.temporary_view()
def v():
    {line}
    return spark.range(1)
"""
'''
_FLOW = """\
pipeline: p
flowgroup: f
actions:
  - {name: load, type: load, target: v, source: {type: odd, note: "NOTE"}}
  - {name: save, type: write, source: v, write_target: {type: streaming_table, catalog: c, schema: s, table: t}}
"""
GENERATE = ("generate", "--env", "dev")


def _project(
    hostile: Make, line: str = "pass", adds: str = "pass", asks: str = "", note: str = ""
) -> Hostile:
    permissions = f", permissions: {{emit: {asks}}}" if asks else ""
    declared = "{name: odd, type: load_generator, module: mine.odd, class: OddLoadGenerator"
    made = hostile(
        {
            "lhp.yaml": "name: demo\nplugins:\n  entry_points: false\n  enabled:\n"
            f"    - {declared}{permissions}}}\n",
            "mine/odd.py": _LOADER.replace("{line}", line).replace("{adds}", adds),
            "pipelines/a.yaml": _FLOW.replace("NOTE", note),
        },
        without=("mine/spy.py",),
    )
    made.approve()
    return made


@pytest.mark.parametrize(
    ("line", "adds", "told", "asks"),
    [
        ("pass", "self.add_import('import os')", "imports 'os'", "{imports: [os]}"),
        (
            "pass",
            "self.add_import('from subprocess import run')",
            "imports 'subprocess.run'",
            "{imports: [subprocess]}",
        ),
        ("import socket", "pass", "imports 'socket'", "{imports: [socket]}"),
        ("import ctypes.util as u", "pass", "imports 'ctypes.util'", "{imports: [ctypes]}"),
        ("eval('1')", "pass", "uses 'eval'", "{calls: [eval]}"),
        ("f = exec; f('1')", "pass", "uses 'exec'", "{calls: [exec]}"),
        ("open('x')", "pass", "uses 'open'", "{calls: [open]}"),
        ("__import__('os')", "pass", "uses '__import__'", "{calls: [__import__]}"),
        ("__builtins__", "pass", "uses '__builtins__'", "{calls: [__builtins__]}"),
        (
            "dbutils.secrets.get('prod', 'root')",
            "pass",
            "asks for 'prod/root'",
            "{secrets: ['prod/*']}",
        ),
        (
            "dbutils.secrets.get(scope='prod', key='root')",
            "pass",
            "asks for 'prod/root'",
            "{secrets: [prod/root]}",
        ),
        ("s = dbutils.secrets; s.list('x')", "pass", "asks for '*'", "{secrets: ['*']}"),
        ("getattr(dbutils, 'secrets')", "pass", "asks for '*'", "{secrets: ['*']}"),
        ("d = dbutils", "pass", "asks for '*'", "{secrets: ['*']}"),
        (
            "dbutils.secrets.get('a', 'b'); dbutils.secrets.list('x')",
            "pass",
            "asks for '*'",
            "{secrets: ['*']}",
        ),
        (
            "pass",
            "self.add_file('more.py', 'import os')",
            "imports 'os'",
            "{imports: [os]}",
        ),
    ],
)
def test_what_reaches_beyond_spark_has_to_be_granted(
    hostile: Make, line: str, adds: str, told: str, asks: str
) -> None:
    project = _project(hostile, line, adds)
    came = project.run(*GENERATE)
    assert came.code == 1
    assert "LHP-PLG-046" in came.said
    assert f"the code of the load_generator 'odd' {told}, which was not granted" in came.said
    assert "pipelines/a.yaml:4:5" in came.said
    assert not (project.root / "generated").exists()
    granted = _project(hostile, line, adds, asks)
    came = granted.run(*GENERATE)
    assert came.code == 0, came.said


def test_a_wider_grant_is_approved_anew(hostile: Make) -> None:
    project = _project(hostile, "import socket", asks="{imports: [json]}")
    text = (project.root / "lhp.yaml").read_text(encoding="utf-8")
    project.write({"lhp.yaml": text.replace("[json]", "[json, socket]")})
    came = project.run(*GENERATE)
    assert came.code == 1
    assert "LHP-PLG-016" in came.said
    assert "it now makes code that imports socket" in came.said


@pytest.mark.parametrize(
    ("line", "adds"),
    [
        ("pass", "self.add_import('import json')"),
        ("pass", "self.add_import('import requests')"),
        ("from datetime import datetime", "pass"),
        ("import pyspark.pandas", "pass"),
        ("spark.read.format('x').option('open', 'eval').load()", "pass"),
    ],
)
def test_what_pipelines_usually_need_is_free(hostile: Make, line: str, adds: str) -> None:
    came = _project(hostile, line, adds).run(*GENERATE)
    assert came.code == 0, came.said


@pytest.mark.parametrize(
    ("adds", "told"),
    [
        ("return repr(context.secret('a/b'))", "gave a secret that is no call"),
        ("return 'x = ' + context.secret('a/b')", "gave a secret that is no call"),
        ("self.add_file('a.py', repr(context.secret('a/b')))", "gave a secret that is no call"),
        ("self.add_file('.git/hooks/x', '')", "a hidden file"),
        ("self.add_file('../x.py', '')", "a hidden file or a path out of its folder"),
    ],
)
def test_what_can_not_be_meant_is_a_fault_of_the_plugin(
    hostile: Make, adds: str, told: str
) -> None:
    came = _project(hostile, adds=adds).run(*GENERATE)
    assert came.code == 1
    assert "the load_generator 'odd' failed" in came.said
    assert told in came.said


def test_other_packages_have_to_be_among_those_that_are_named(hostile: Make) -> None:
    came = _project(hostile, "import httpx", asks="{imports: [requests]}").run(*GENERATE)
    assert "imports 'httpx', which was not granted" in came.said


def test_secret_of_an_option_may_be_asked_for(hostile: Make) -> None:
    line = "spark.conf.set('x', NOTE)"
    project = _project(hostile, line, note="${secret:prod/root}")
    code = (project.root / "mine/odd.py").read_text(encoding="utf-8")
    placed = code.replace("return CODE", 'return CODE.replace("NOTE", self.literal(action))')
    helper = (
        "    def literal(self, action):\n"
        "        from lhp.core.literals import literal\n"
        "        return literal(action['source']['note'])\n\n"
        "    def generate("
    )
    project.write({"mine/odd.py": placed.replace("    def generate(", helper)})
    project.approve()
    came = project.run(*GENERATE)
    assert came.code == 0, came.said
    made = (project.root / "generated/dev/p/f.py").read_text(encoding="utf-8")
    assert 'dbutils.secrets.get(scope="prod", key="root")' in made


def test_program_may_be_started_where_that_was_approved(hostile: Make) -> None:
    code = _LOADER.replace("{line}", "pass").replace(
        "{adds}",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)",
    )
    project = _project(hostile)
    project.write({"mine/odd.py": code})
    project.approve()
    refused = project.run(*GENERATE)
    assert (refused.code, "LHP-PLG" in refused.said) == (1, True)
    text = (project.root / "lhp.yaml").read_text(encoding="utf-8")
    wider = text.replace("OddLoadGenerator}", "OddLoadGenerator, permissions: {run: true}}")
    project.write({"lhp.yaml": wider})
    assert "starts programs, with all your rights" in project.run(*GENERATE).said
    project.approve()
    came = project.run(*GENERATE)
    assert came.code == 0, came.said
    project.write({"user/policy.yaml": "require_isolation: kernel\n"})
    assert "its level of isolation is 'process'" in project.run(*GENERATE).said
