"""Project: where its root is, and what lhp.yaml may say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

import pytest

from lhp.errors import (
    FILE_UNREADABLE,
    FORMATTER_UNKNOWN,
    INCLUDE_UNMATCHED,
    MISSING_KEY,
    NOT_A_PROJECT,
    NOT_ONE_OF,
    SEVERAL_DOCUMENTS,
    UNKNOWN_KEY,
    VERSION_RANGE_BAD,
    VERSION_UNMET,
    WRONG_TYPE,
    YAML_SYNTAX,
    Code,
    LhpError,
    LhpErrors,
)
from lhp.model.project import MetadataColumnDefinition
from lhp.passes.project import find_root, open_project

Check = Callable[..., Sequence[LhpError]]
Write = Callable[..., Path]

VERSION = metadata.version("lakehouse-plumber")
FLOW = """\
pipeline: p
flowgroup: f
actions:
  - {name: l, type: load, target: v, source: {type: sql, sql: SELECT 1}}
  - {name: w, type: write, source: v, write_target: {type: materialized_view, catalog: c, schema: s, table: t}}
"""


def test_the_root_is_the_nearest_folder_upwards_that_holds_lhp_yaml(write: Write) -> None:
    root = write({"inner/lhp.yaml": "", "inner/deep/er/x.txt": "", "other/x.txt": ""})
    assert find_root(root / "inner" / "deep" / "er") == root / "inner"
    assert find_root(root / "other") == root
    assert find_root(root) == root


def test_a_folder_outside_every_project_is_told(tmp_path: Path) -> None:
    (tmp_path / "lhp.yaml").mkdir()
    with pytest.raises(LhpError) as caught:
        find_root(tmp_path)
    assert caught.value.code is NOT_A_PROJECT
    assert repr(str(tmp_path)) in caught.value.message
    assert caught.value.location is None


@pytest.mark.parametrize("text", ["", "# nothing\n", "name:\ninclude:\nmonitoring:\nplugins:\n"])
def test_lhp_yaml_may_say_nothing(text: str, write: Write) -> None:
    project = open_project(write({"lhp.yaml": text}))
    assert project.name == "unnamed_project"
    assert project.include == ()
    assert (project.formatter, project.is_formatted) == ("ruff", True)
    assert (project.columns, project.selections) == ({}, {})


def test_lhp_yaml_is_read(write: Write) -> None:
    project = open_project(
        write(
            {
                "lhp.yaml": """\
                    name: 5
                    version: 1.0
                    include: ["a/*.yaml", "!b.yaml"]
                    formatter: plain
                    apply_formatting: no
                    x-note: [free]
                    event_log: {anything: goes}
                    operational_metadata:
                      columns:
                        _a: F.lit(1)
                        _b: {expression: f(2), applies_to: [view], additional_imports: [from m import f]}
                        _c: {expression: F.lit(3), enabled: false}
                        _d: {expression: F.lit(4), enabled: yes, description: four}
                      presets:
                        wide: [_a, _b]
                        narrow: {columns: [_a], description: one}
                      defaults: {a: b}
                    """
            }
        )
    )
    assert project.name == "5"
    assert project.include == ("a/*.yaml", "!b.yaml")
    assert (project.formatter, project.is_formatted) == ("plain", False)
    both = ("streaming_table", "materialized_view")
    assert project.columns == {
        "_a": MetadataColumnDefinition("_a", "F.lit(1)", both),
        "_b": MetadataColumnDefinition("_b", "f(2)", ("view",), ("from m import f",)),
        "_d": MetadataColumnDefinition("_d", "F.lit(4)", both),
    }
    assert project.selections == {"wide": ("_a", "_b"), "narrow": ("_a",)}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("‸[name]\n", [WRONG_TYPE]),
        ("‸demo\n", [WRONG_TYPE]),
        ("name: a\n‸incude: []\n", [UNKNOWN_KEY]),
        ("include: ‸a\n", [WRONG_TYPE]),
        ("include: [a, ‸1]\n", [WRONG_TYPE]),
        ("name: ‸[a]\napply_formatting: ‸x\n", [WRONG_TYPE, WRONG_TYPE]),
        ("operational_metadata: ‸[a]\n", [WRONG_TYPE]),
        ("operational_metadata: {columns: {_a: ‸[b]}}\n", [WRONG_TYPE]),
        ("operational_metadata: {columns: {_a: ‸{}}}\n", [MISSING_KEY]),
        (
            "operational_metadata: {columns: {_a: {expression: a, applies_to: [‸veiw]}}}\n",
            [NOT_ONE_OF],
        ),
        (
            "operational_metadata: {columns: {_a: {expression: a, ‸aplies_to: [view]}}}\n",
            [UNKNOWN_KEY],
        ),
        ("operational_metadata: {presets: {a: ‸5}}\n", [WRONG_TYPE]),
        ("operational_metadata: {‸colums: {}}\n", [UNKNOWN_KEY]),
        ("name: [a\n‸", [YAML_SYNTAX]),
        ("name: a\n---\n‸name: b\n", [SEVERAL_DOCUMENTS]),
        ("required_lhp_version: ‸about 3\n", [VERSION_RANGE_BAD]),
        ("required_lhp_version: ‸'>=99'\n", [VERSION_UNMET]),
        ("required_lhp_version: ‸5\n", [WRONG_TYPE]),
        ("formatter: ‸ruf\n", [FORMATTER_UNKNOWN]),
    ],
)
def test_what_is_wrong_with_lhp_yaml_is_told_where(
    text: str, codes: Sequence[Code], check: Check
) -> None:
    found = check({"lhp.yaml": text, "pipelines/a.yaml": FLOW}, *codes, is_formatted=True)
    assert all(each.explain for each in (problem.code for problem in found))


def test_the_nearest_words_and_the_versions_are_said(check: Check) -> None:
    assert check({"lhp.yaml": "‸incude: []\n"}, UNKNOWN_KEY)[0].hint == "did you mean 'include'?"
    found = check({"lhp.yaml": "required_lhp_version: ‸'>=99'\n"}, VERSION_UNMET)
    assert found[0].message == f"the project wants lhp >=99, this is {VERSION}"
    text = {"lhp.yaml": "formatter: ‸ruf\n", "pipelines/a.yaml": FLOW}
    found = check(text, FORMATTER_UNKNOWN, is_formatted=True)
    assert found[0].hint == "did you mean 'ruff'?"


@pytest.mark.parametrize(
    "wanted", [f"=={VERSION}", f">={VERSION},<99", ">=0.0.1.dev0", '""', ">=0.9,<1", "~=0.9.1"]
)
def test_a_version_that_fits_is_accepted(wanted: str, write: Write) -> None:
    quoted = wanted if wanted == '""' else f'"{wanted}"'
    open_project(write({"lhp.yaml": f"required_lhp_version: {quoted}\n"}))


@pytest.mark.parametrize(
    ("value", "is_ignored"), [("1", True), ("TRUE", True), ("yes", True), ("0", False)]
)
def test_the_version_is_not_asked_for_when_told_so(
    value: str, is_ignored: object, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LHP_IGNORE_VERSION", value)
    root = write({"lhp.yaml": "required_lhp_version: '>=99'\n"})
    if is_ignored:
        open_project(root)
    else:
        with pytest.raises(LhpErrors, match="LHP-CFG-007"):
            open_project(root)


def test_an_lhp_yaml_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(LhpError) as caught:
        open_project(tmp_path)
    assert caught.value.code is FILE_UNREADABLE
    assert caught.value.message == "can't read 'lhp.yaml': No such file or directory"


def test_every_block_of_lhp_yaml_is_taken(check: Check) -> None:
    check(
        {
            "lhp.yaml": """\
                name: demo
                version: 1.0
                description: any
                author: me
                created_date: "2025-01-01"
                project_id: 6f1c
                include: ["*.yaml"]
                required_lhp_version: ">=0.0.1.dev0"
                apply_formatting: true
                event_log: {enabled: false}
                monitoring:
                test_reporting:
                uc_tagging:
                wheel: {artifact_volume: /Volumes/a/b/c}
                sandbox: {strategy: table, table_pattern: "{namespace}_{table}", allowed_envs: [dev]}
                plugins: {entry_points: false}
                """,
            "pipelines/a.yaml": FLOW,
        }
    )


@pytest.mark.parametrize(
    "block", ["event_log", "monitoring", "test_reporting", "uc_tagging", "wheel", "sandbox"]
)
def test_a_block_of_lhp_yaml_that_is_no_map_is_told(block: str, check: Check) -> None:
    check({"lhp.yaml": f"{block}: ‸5\n", "pipelines/a.yaml": FLOW}, WRONG_TYPE)


@pytest.mark.parametrize("pattern", ["", "***/", "[unclosed"])
def test_an_include_pattern_that_is_none_is_told_at_its_place(pattern: str, check: Check) -> None:
    text = f"include: ['*.yaml', ‸'{pattern}']\n"
    check({"lhp.yaml": text, "pipelines/a.yaml": FLOW}, INCLUDE_UNMATCHED)
