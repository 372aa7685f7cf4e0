"""Content: presets and templates of the project, and of content plugins, checked one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from lhp.errors import (
    FILE_UNREADABLE,
    MISSING_KEY,
    PRESET_DUPLICATE,
    SEVERAL_DOCUMENTS,
    UNKNOWN_KEY,
    WRONG_TYPE,
    YAML_READ_OTHERWISE,
    Code,
    LhpError,
    LhpErrors,
)
from lhp.passes.content import blueprint_of, preset_of, template_of
from lhp.passes.project import open_project

Check = Callable[..., Sequence[LhpError]]

FLOW = """\
pipeline: p
flowgroup: f
actions:
  - {name: l, type: load, target: v, source: {type: sql, sql: SELECT 1}}
  - {name: w, type: write, source: v, write_target: {type: materialized_view, catalog: c, schema: s, table: t}}
"""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("‸[a]\n", WRONG_TYPE),
        ("‸version: 1\n", MISSING_KEY),
        ("name: p\n‸extend: q\n", UNKNOWN_KEY),
        ("name: p\ndefaults: {‸load_action: {}}\n", UNKNOWN_KEY),
        ("name: p\ndefaults: {load_actions: {sql: ‸5}}\n", WRONG_TYPE),
        ("name: p\n---\n‸name: q\n", SEVERAL_DOCUMENTS),
    ],
)
def test_a_preset_at_fault_is_told_also_when_nobody_uses_it(
    text: str, code: Code, problems: Check
) -> None:
    found = problems({"presets/p.yaml": text.replace("‸", ""), "pipelines/a.yaml": FLOW})
    assert [each.code for each in found] == [code]
    assert found[0].location is not None
    assert found[0].location.path == "presets/p.yaml"
    before = text.partition("‸")[0]
    if "‸" in text:
        line = before.count("\n") + 1
        assert found[0].location[1:] == (line, len(before) - before.rfind("\n"))


def test_two_presets_of_one_name_are_told(problems: Check) -> None:
    found = problems(
        {"presets/p.yaml": "name: a\n", "presets/q.yaml": "name: a\n", "pipelines/a.yaml": FLOW}
    )
    assert [each.code for each in found] == [PRESET_DUPLICATE]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("‸actions: []\n", MISSING_KEY),
        ("name: t\nactions: ‸{}\n", WRONG_TYPE),
        ("name: t\nparameters: [‸{required: true}]\n", MISSING_KEY),
        ("name: t\nparameters: [{name: a, ‸requird: true}]\n", UNKNOWN_KEY),
        ("name: t\nparameters: [{name: a, required: ‸maybe}]\n", WRONG_TYPE),
    ],
)
def test_a_template_at_fault_is_told_also_when_nobody_uses_it(
    text: str, code: Code, check: Check
) -> None:
    check({"templates/t.yaml": text, "pipelines/a.yaml": FLOW}, code)


def test_single_files_are_read_for_those_who_show_them(write: Callable[..., Path]) -> None:
    root = write(
        {
            "presets/p.yaml": "name: wide\n",
            "templates/t.yaml": "name: t\nactions: [{name: a}]\n",
            "blueprints/b.yaml": "name: b\nparameters: []\nflowgroups: []\n",
        }
    )
    project = open_project(root)
    assert preset_of(project, root / "presets/p.yaml").name == "wide"
    assert template_of(project, "t", root / "templates/t.yaml").key == "t"
    assert blueprint_of(project, root / "blueprints/b.yaml").name == "b"
    with pytest.raises(LhpErrors, match="LHP-VAL-102"):
        blueprint_of(project, root / "presets/p.yaml")
    with pytest.raises(LhpError) as caught:
        preset_of(project, root / "presets/none.yaml")
    assert (caught.value.code, caught.value.values["path"]) == (
        FILE_UNREADABLE,
        "presets/none.yaml",
    )


def test_what_the_reader_warns_of_is_told_of_each_file(check: Check) -> None:
    check(
        {
            "pipelines/a.yaml": FLOW,
            "presets/p.yaml": "name: p\nx-date: ‸2024-01-01\n",
            "templates/t.yaml": "name: t\nx-date: ‸2024-01-01\n",
            "substitutions/dev.yaml": "dev: {day: ‸2024-01-01}\n",
        },
        *[YAML_READ_OTHERWISE] * 3,
    )
