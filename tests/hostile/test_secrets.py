"""Secrets that come by a token or a filter stay secrets; what is put together is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from .conftest import FILES

Make = Callable[..., Any]

LONE = "name: demo\nplugins: {entry_points: false}\n"
FLOW = FILES["pipelines/a.yaml"]
SQL = "sql: SELECT 1 AS a"
CALL = 'dbutils.secrets.get(scope="a", key="b")'


def made(project: Any) -> str:
    came = project.run("generate", "--env", "dev")
    assert came.code == 0, came.said
    text: str = (project.root / "generated/dev/p/f.py").read_text("utf-8")
    return text


OF_TOKENS: Mapping[str, tuple[str, str, str]] = {
    "a whole query": (SQL, 'sql: "${t}"', "t: '${secret:a/b}'"),
    "a part of a query": (SQL, 'sql: "SELECT ${t}"', "t: '${secret:a/b}'"),
    "a query with a secret": (SQL, 'sql: "${t}"', "t: 'SELECT ${secret:a/b}'"),
    "a name by tokens": (SQL, 'sql: "${secret:${s}/${k}}"', "s: a\n  k: b"),
    "a scope of an owner": (SQL, 'sql: "${secret:team@x.y/b}"', "t: 1"),
    "an entry of a map": (SQL, 'sql: "${t.x}"', "t: {x: '${secret:a/b}'}"),
    "an option": (
        "source: {type: sql, " + SQL + "}",
        "source: {type: delta, catalog: c, schema: s, table: t, options: {password: '${t}'}}",
        "t: '${secret:a/b}'",
    ),
    "all options": (
        "source: {type: sql, " + SQL + "}",
        "source: {type: delta, catalog: c, schema: s, table: t, options: '${t}'}",
        "t: {password: '${secret:a/b}'}",
    ),
}


@pytest.mark.parametrize("name", OF_TOKENS)
def test_a_secret_of_a_token_stays_a_secret(hostile: Make, name: str) -> None:
    old, new, token = OF_TOKENS[name]
    files = {"lhp.yaml": LONE, "pipelines/a.yaml": FLOW.replace(old, new)}
    text = made(hostile({**files, "substitutions/dev.yaml": f"dev:\n  {token}\n"}))
    assert CALL in text.replace("team@x.y", "a")


def test_a_secret_of_a_filter_stays_a_secret(hostile: Make) -> None:
    actions = FLOW.partition("actions:")[2].replace(SQL, "sql: \"{{ 'x' | spy }}\"")
    lines = (
        FILES["lhp.yaml"]
        .replace("validator", "template_filter")
        .replace("class: Spy", "class: spy")
    )
    project = hostile(
        {
            "lhp.yaml": lines,
            "mine/spy.py": "def spy(text):\n    return '${secret:a/b}'\n",
            "pipelines/a.yaml": "pipeline: p\nflowgroup: f\nuse_template: t\n",
            "templates/t.yaml": "name: t\nactions:" + actions,
        }
    )
    project.approve()
    assert CALL in made(project)


def test_a_secret_of_a_token_reaches_the_settings_of_a_plugin(hostile: Make) -> None:
    code = """\
from lhp.core.base_generator import BaseActionGenerator, Config
from lhp.core.literals import literal


class SpyLoadGenerator(BaseActionGenerator):
    class Config(Config):
        password: str

    def generate(self, action, context):
        return f"x = {literal(context.config.password)}"
"""
    lines = (
        FILES["lhp.yaml"]
        .replace(": validator", ": load_generator")
        .replace("class: Spy}", "class: SpyLoadGenerator, config: {password: '${t}'}}")
    )
    project = hostile(
        {
            "lhp.yaml": lines,
            "mine/spy.py": code,
            "pipelines/a.yaml": FLOW.replace(
                "source: {type: sql, " + SQL + "}", "source: {type: spy}"
            ),
            "substitutions/dev.yaml": "dev: {t: '${secret:a/b}'}\n",
        }
    )
    project.approve()
    assert CALL in made(project)


COMPOSED: Mapping[str, tuple[str, str]] = {
    "the opening": ("${t}secret:a/b}", "t: '${'"),
    "the middle": ("${se${t}t:a/b}", "t: cre"),
    "the end of the opening": ("${secret${t}a/b}", "t: ':'"),
    "nothing between": ("$${t}{secret:a/b}", "t: ''"),
    "two tokens": ("${t}${u}", "t: '${sec'\n  u: 'ret:a/b}'"),
}


@pytest.mark.parametrize("place", ["value", "token", "file"])
@pytest.mark.parametrize("name", COMPOSED)
def test_a_secret_that_is_put_together_is_an_error(hostile: Make, name: str, place: str) -> None:
    text, token = COMPOSED[name]
    more = f"\n  w: '{text}'" if place == "token" else ""
    sql = {"value": f"sql: '{text}'", "token": "sql: '${w}'", "file": "sql_path: a.sql"}[place]
    project = hostile(
        {
            "lhp.yaml": LONE,
            "pipelines/a.yaml": FLOW.replace(SQL, sql),
            "substitutions/dev.yaml": f"dev:\n  {token}{more}\n",
            "a.sql": f"SELECT 1,\n  '{text}'\n",
        }
    )
    came = project.run("generate", "--env", "dev")
    assert (came.code, "LHP-CFG-165" in came.said) == (1, True), came.said
    assert {"value": "pipelines/a.yaml:4:", "token": "substitutions/dev.yaml:", "file": "a.sql:2:"}[
        place
    ] in came.said
