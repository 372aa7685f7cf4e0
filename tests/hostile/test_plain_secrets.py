"""A secret in plain text is told, and no message shows it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Hostile

Make = Callable[..., Hostile]

SECRET = "hunter2hunter2"  # noqa: S105  (it is none)
FLOW = """\
pipeline: p
flowgroup: f
actions:
  - {name: load, type: load, target: v, source: {type: sql, sql: SELECT 1 AS a}}
  - name: save
    type: write
    source: v
    write_target: {type: streaming_table, catalog: c, schema: s, table: t, password: SECRET}
"""
OTHERS = {"lhp.yaml": "name: demo\n"}


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_no_form_of_a_problem_shows_it(hostile: Make, form: str) -> None:
    project = hostile({**OTHERS, "pipelines/a.yaml": FLOW.replace("SECRET", SECRET)})
    came = project.run("validate", "--env", "dev", "--format", form)
    assert came.code == 1
    assert "LHP-YAML-015" in came.said
    assert "'password' looks like a secret in plain text" in came.said
    assert SECRET not in came.out + came.err


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("substitutions/dev.yaml", "dev:\n  db_password: SECRET\n"),
        ("presets/p.yaml", "name: p\ndefaults:\n  load_actions:\n    jdbc: {password: SECRET}\n"),
        ("templates/t.yaml", "name: t\nactions:\n- {name: l, type: load, password: SECRET}\n"),
        ("lhp.yaml", "name: demo\nevent_log: {token: SECRET}\n"),
    ],
)
def test_it_is_told_in_each_file(hostile: Make, path: str, text: str) -> None:
    project = hostile({**OTHERS, path: text.replace("SECRET", SECRET)})
    came = project.run()
    assert "looks like a secret in plain text" in came.said
    assert SECRET not in came.out + came.err


def test_tokens_are_listed_without_it(hostile: Make) -> None:
    tokens = f"dev:\n  db: {{user: ada, password: {SECRET}}}\n  api_token: {SECRET}\n"
    project = hostile({**OTHERS, "substitutions/dev.yaml": tokens})
    for words in ((), ("--format", "json")):
        came = project.run("substitutions", *words)
        assert "ada" in came.out
        assert SECRET not in came.out + came.err


def test_a_reference_is_no_secret(hostile: Make) -> None:
    flow = FLOW.replace(", password: SECRET", "").replace(
        "sql: SELECT 1 AS a", "sql: SELECT 1 AS a, note: x"
    )
    tokens = "dev:\n  db_password: ${secret:prod/db}\n"
    project = hostile({**OTHERS, "substitutions/dev.yaml": tokens, "pipelines/a.yaml": flow})
    assert "plain text" not in project.run().said


GENERATOR = """\
from lhp.core.base_generator import BaseActionGenerator
class SpyLoadGenerator(BaseActionGenerator):
    @classmethod
    def get_supported_options(cls):
        return {"password": {"type": "string"}}
    def generate(self, action, context):
        raise ValueError("can't log in with " + repr(action.options["password"]))
"""


@pytest.mark.parametrize("more", [(), ("-v",), ("--format", "json"), ("--format", "github")])
@pytest.mark.parametrize(
    "written",
    [
        f"password: {SECRET}",
        f"password: '{SECRET}'",
        'password: "hunter2\\x68unter2"',
        f"password: >-\n        {SECRET}",
        f"password: |-\n        {SECRET}",
        f'? "password"\n      : {SECRET}',
    ],
)
def test_no_error_of_a_plugin_shows_it(hostile: Make, written: str, more: tuple[str, ...]) -> None:
    flow = f"""\
pipeline: p
flowgroup: f
actions:
  - name: load
    type: load
    target: v
    source:
      type: spy
      {written}
  - {{name: save, type: write, source: v, write_target: {{type: streaming_table, catalog: c, schema: s, table: t}}}}
"""
    declared = "{name: spy, type: load_generator, module: mine.spy, class: SpyLoadGenerator}"
    listed = f"name: demo\nplugins:\n  entry_points: false\n  enabled:\n    - {declared}\n"
    project = hostile({"lhp.yaml": listed, "mine/spy.py": GENERATOR, "pipelines/a.yaml": flow})
    project.approve()
    came = project.lhp("validate", "--env", "dev", *more)
    said = came.out + came.err
    assert "can't log in with" in said
    assert "***" in said
    assert SECRET not in said
