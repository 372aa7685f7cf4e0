"""Messages show a secret as its author wrote it, never as it travels."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from .conftest import FILES
from .test_answers import code
from .test_values import NAMES

Make = Callable[..., Any]
Files = Mapping[str, Any]

LONE = "name: demo\nplugins: {entry_points: false}\n"
FLOW = FILES["pipelines/a.yaml"]
SQL = "source: {type: sql, sql: SELECT 1 AS a}"
LONG = "${secret:" + "a" * 30 + "/b}"


def flow(old: str, new: str) -> Files:
    return {"lhp.yaml": LONE, "pipelines/a.yaml": FLOW.replace(old, new)}


def with_secret(files: Files) -> Files:
    text = files["pipelines/a.yaml"].replace(
        "type: spy}", "type: spy}, description: '${secret:a/b}'"
    )
    return {**files, "pipelines/a.yaml": text}


SHOWN: Mapping[str, tuple[Files, str]] = {
    **{
        name: (flow(old, new), code)
        for name, ((old, new), code) in NAMES.items()
        if "${secret:a/b}" in new and "as a key" not in name
    },
    "of the wrong type": (flow("source: v", "source: v, once: '${secret:a/b}'"), "LHP-VAL-"),
    "in a long text": (flow("type: load", "type: load, once: '${secret:a/b}'"), "LHP-VAL-"),
    "as a list": (flow(SQL, f"source: {{type: delta, catalog: c, schema: s, table: t, options: '{LONG}'}}"), "LHP-VAL-"),
    "as a name": (flow("name: load", "name: '${secret:a/b}', targt: x"), "LHP-CFG-"),
    "as a column": (
        flow("target: v", "target: v, operational_metadata: ['${secret:a/b}']"), "LHP-VAL-115",
    ),
    "in what a generator raises": (
        with_secret(code("raise ValueError(action['description'])")), "LHP-PLG-004"
    ),
    "in how a generator names it": (
        with_secret(code("raise KeyError(action['description'])")), "LHP-PLG-004"
    ),
    "in what a generator prints": (
        with_secret(code("print(action['description'])\n        return 'x ='")), "LHP-CFG-031"
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", ["text", "json", "github"])
@pytest.mark.parametrize("name", SHOWN)
def test_a_secret_is_shown_as_it_is_written(hostile: Make, name: str, form: str) -> None:
    files, code = SHOWN[name]
    project = hostile(files)
    if "mine/spy.py" in files:
        project.approve()
    came = project.run("generate", "--env", "dev", "--format", form)
    said = came.out + came.err
    assert (came.code == (code != "LHP-VAL-115"), code in said) == (True, True), said
    assert not [mark for mark in ("udcfe", "udcff", "\udcfe", "\udcff") if mark in said], said
    problems = json.loads(came.out)["problems"] if form == "json" else [{"message": said}]
    assert any("${secret:a" in each["message"] for each in problems) or "prints" in name, said


def test_a_traceback_shows_a_secret_as_it_is_written(hostile: Make) -> None:
    project = hostile(with_secret(code("raise ValueError(action['description'])")))
    project.approve()
    said = project.lhp("-v", "generate", "--env", "dev").err
    assert "Traceback" in said
    assert "ValueError: ${secret:a/b}" in said
    assert "udcfe" not in said


def test_text_that_only_looks_like_a_mark_is_left_alone(hostile: Make) -> None:
    came = hostile(flow("target: v", "target: 'udcfea/budcff'")).run("generate", "--env", "dev")
    assert (came.code, "'udcfea/budcff'" in came.said) == (1, True)
