"""Parse: the three forms of a flowgroup file, and what a file may not be."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from lhp.errors import (
    BLUEPRINT_IN_PIPELINES,
    FILE_UNREADABLE,
    FLOWGROUP_FILE_EMPTY,
    FLOWGROUP_TWICE_IN_FILE,
    FORMS_MIXED,
    INSTANCE_NOT_ALONE,
    MISSING_KEY,
    UNKNOWN_KEY,
    WRONG_TYPE,
    YAML_DUPLICATE_KEY,
    YAML_READ_OTHERWISE,
    YAML_SYNTAX,
    Code,
    LhpError,
)
from lhp.passes.parse import parse
from lhp.text.yaml_reader import read_yaml

Check = Callable[..., Sequence[LhpError]]
Made = Callable[..., Mapping[str, str]]

LOAD = "name: l, type: load, source: {type: sql, sql: SELECT 1}, target: v_"
TABLE = "type: materialized_view, catalog: c, schema: s, table: "


def actions(name: str) -> str:
    """Return actions that are without fault, in one line."""
    name = name.strip("‸")
    write = f"{{name: w, type: write, source: v_{name}, write_target: {{{TABLE}{name}}}}}"
    return f"actions: [{{{LOAD}{name}}}, {write}]\n"


def flowgroup(name: str, head: str = "pipeline: p\n") -> str:
    """Return the text of a flowgroup that is without fault."""
    return f"{head}flowgroup: {name}\n{actions(name)}"


ARRAY = f"""\
pipeline: shared
job_name: nightly
presets: [wide]
operational_metadata: [_a]
flowgroups:
  - flowgroup: one
    {actions("one")}
  - flowgroup: two
    pipeline: own
    presets: []
    {actions("two")}
"""


def test_the_three_forms_give_flowgroups(made: Made) -> None:
    texts = made(
        {
            "presets/wide.yaml": "name: wide\n",
            "lhp.yaml": "operational_metadata: {columns: {_a: F.lit(1)}}\n",
            "pipelines/single.yaml": flowgroup("a"),
            "pipelines/several.yaml": f"{flowgroup('b')}---\n{flowgroup('c')}",
            "pipelines/array.yml": ARRAY,
        }
    )
    assert sorted(texts) == ["own/two.py", "p/a.py", "p/b.py", "p/c.py", "shared/one.py"]


def test_entries_of_an_array_inherit_what_they_lack() -> None:
    one, two = parse(read_yaml(ARRAY.encode(), "a.yaml"))
    assert (one.pipeline, one.data["job_name"], one.data["presets"]) == (
        "shared",
        "nightly",
        ["wide"],
    )
    assert (two.pipeline, two.data["presets"]) == ("own", [])
    assert two.data["operational_metadata"] == ["_a"]
    assert str(one.data.value_at["pipeline"]) == "a.yaml:1:11"


def test_an_entry_inherits_what_it_leaves_empty() -> None:
    text = "pipeline: shared\nflowgroups:\n  - flowgroup: a\n    pipeline:\n    actions:\n"
    (only,) = parse(read_yaml(text.encode(), "a.yaml"))
    assert only.pipeline == "shared"


@pytest.mark.parametrize(
    "key", ["description", "job_name", "presets", "variables", "operational_metadata"]
)
def test_a_key_with_nothing_behind_it_counts_as_absent(key: str, made: Made) -> None:
    assert list(made(flowgroup("a", f"{key}:\npipeline: p\n"))) == ["p/a.py"]


def test_no_switches_metadata_off_as_false_does(outcome: Callable[..., object]) -> None:
    done = outcome(flowgroup("a", "operational_metadata: no\npipeline: p\n"))
    assert [each.code for each in done.problems] == [YAML_READ_OTHERWISE]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("‸", [FLOWGROUP_FILE_EMPTY]),
        ("‸# nothing yet\n", [FLOWGROUP_FILE_EMPTY]),
        (f"{flowgroup('a')}‸blueprint: b\n", [UNKNOWN_KEY]),
        ("‸name: b\nparameters: []\nflowgroups: []\n", [BLUEPRINT_IN_PIPELINES]),
        (f"{flowgroup('a')}---\npipeline: p\n‸flowgroups: []\n", [FORMS_MIXED]),
        ("‸[1, 2]\n", [WRONG_TYPE]),
        ("‸just text\n", [WRONG_TYPE]),
        ("‸flowgroup: a\nactions: []\n", [MISSING_KEY]),
        ("‸pipeline: p\nactions: []\n", [MISSING_KEY]),
        ("‸pipeline:\nflowgroup: a\n", [MISSING_KEY]),
        ("pipeline: ‸1\nflowgroup: ‸[a]\n", [WRONG_TYPE, WRONG_TYPE]),
        ("pipeline: p\nflowgroup: a\n‸acitons: []\n", [UNKNOWN_KEY]),
        ("pipeline: p\nflowgroup: a\nactions: [‸x]\n", [WRONG_TYPE]),
        ("pipeline: p\nflowgroup: a\nvariables: {a: ‸[1]}\n", [WRONG_TYPE]),
        ("pipeline: p\nflowgroup: a\noperational_metadata: ‸5\n", [WRONG_TYPE]),
        ("pipeline: p\nflowgroups: ‸{}\n", [WRONG_TYPE]),
        ("pipeline: p\nflowgroups: [‸{actions: []}]\n", [MISSING_KEY]),
        (
            "flowgroups: [‸{flowgroup: a}, ‸{flowgroup: b, pipeline: }]\n",
            [MISSING_KEY, MISSING_KEY],
        ),
        ("pipeline: p\nflowgroups: [{flowgroup: a, ‸pipelin: x}]\n", [UNKNOWN_KEY]),
        ("pipeline: p\n‸actions: []\nflowgroups: []\n", [UNKNOWN_KEY]),
        (f"{flowgroup('a')}‸pipeline: q\n", [YAML_DUPLICATE_KEY]),
        (f"{flowgroup('a')}---\n{flowgroup('‸a')}", [FLOWGROUP_TWICE_IN_FILE]),
    ],
)
def test_a_file_of_a_wrong_shape_is_told_where(
    text: str, codes: Sequence[Code], check: Check
) -> None:
    check(text, *codes)


def test_the_nearest_key_and_the_line_of_the_first_are_said(check: Check) -> None:
    found = check(f"{flowgroup('a')}---\n{flowgroup('‸a')}", FLOWGROUP_TWICE_IN_FILE)
    assert found[0].message == "the flowgroup 'a' stands twice in this file, first at line 2"
    found = check("pipeline: p\nflowgroups: [{flowgroup: a, ‸pipelin: x}]\n", UNKNOWN_KEY)
    assert found[0].message == "unknown key 'pipelin' in 'flowgroups.0' of the file"
    assert found[0].hint == "did you mean 'pipeline'?"


def test_every_document_of_every_file_is_told_in_one_run(check: Check) -> None:
    check(
        {
            "pipelines/a.yaml": "pipeline: p\nflowgroup: a\n‸acts: []\n---\n‸use_blueprint: b\n",
            "pipelines/b.yaml": "‸",
            "pipelines/c.yaml": "a: [1\n‸",
            "pipelines/d.yaml": f"{flowgroup('a')}---\n{flowgroup('‸a')}---\n‸flowgroup: c\n",
        },
        UNKNOWN_KEY,
        INSTANCE_NOT_ALONE,
        FLOWGROUP_FILE_EMPTY,
        YAML_SYNTAX,
        FLOWGROUP_TWICE_IN_FILE,
        MISSING_KEY,
    )


def test_what_yaml_1_1_reads_otherwise_is_a_warning(check: Check) -> None:
    found = check(flowgroup("a", "pipeline: p\ndescription: ‸yes\n"), YAML_READ_OTHERWISE)
    assert found[0].is_warning


def test_a_file_that_cannot_be_read_is_told(
    write: Callable[..., Path], run_in: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(flowgroup("a"))
    opened = os.open

    def refuse(file: Path, *others: int) -> int:
        if Path(file).name == "a.yaml":
            raise PermissionError(13, "Permission denied")
        return opened(file, *others)

    monkeypatch.setattr(os, "open", refuse)  # root may read everything
    found = run_in(root).problems  # type: ignore[attr-defined]
    assert [each.code for each in found] == [FILE_UNREADABLE]
    assert found[0].message == "can't read 'pipelines/a.yaml': Permission denied"


def test_documents_without_content_are_passed_over(made: Made) -> None:
    texts = made(f"---\n{flowgroup('a')}---\n# nothing\n---\n{flowgroup('b')}---\n")
    assert sorted(texts) == ["p/a.py", "p/b.py"]


def test_documents_of_a_file_share_nothing(check: Check) -> None:
    check(f"{flowgroup('a')}---\n‸flowgroup: b\n{actions('b')}", MISSING_KEY)


def test_a_name_stands_once_in_a_file_though_the_pipelines_differ(check: Check) -> None:
    other = flowgroup("‸a", "pipeline: q\n")
    check(f"{flowgroup('a')}---\n{other}", FLOWGROUP_TWICE_IN_FILE)


@pytest.mark.parametrize("key", ["variables: {a: b}", "template_parameters: {a: b}", "actions: []"])
def test_what_entries_of_an_array_never_share_is_told(key: str, check: Check) -> None:
    check(f"pipeline: p\n‸{key}\nflowgroups:\n  - flowgroup: a\n    {actions('a')}", UNKNOWN_KEY)


def test_what_an_entry_of_an_array_says_replaces_what_it_would_inherit(made: Made) -> None:
    texts = made(
        {
            "lhp.yaml": "operational_metadata: {columns: {_seen_at: {expression: F.lit(1), applies_to: [view]}}}\n",
            "templates/port_csv.yaml": """\
                name: port_csv
                parameters: [{name: tbl, required: true}]
                actions:
                  - {name: l, type: load, target: "v_{{ tbl }}", source: {type: cloudfiles, path: "/in/{{ tbl }}", format: csv}}
                  - {name: "{{ tbl }}", type: write, source: "v_{{ tbl }}", write_target: {type: streaming_table, catalog: c, schema: s, table: "{{ tbl }}"}}
                """,
            "pipelines/a.yaml": """\
                pipeline: harbour_raw
                use_template: port_csv
                operational_metadata: [_seen_at]
                flowgroups:
                  - {flowgroup: ships, template_parameters: {tbl: ships}}
                  - {flowgroup: crews, template_parameters: {tbl: crews}, operational_metadata: []}
                """,
        }
    )
    has_column = {path: "'_seen_at'" in text for path, text in texts.items()}
    assert has_column == {"harbour_raw/ships.py": True, "harbour_raw/crews.py": False}


@pytest.mark.parametrize(
    "key", ["description: any", "job_name: a b", "variables: {a: 1}", "operational_metadata: true"]
)
def test_a_key_without_effect_on_the_code_is_taken(key: str, made: Made) -> None:
    assert made(flowgroup("a", f"{key}\npipeline: p\n")) == made(flowgroup("a"))


def test_actions_may_be_left_to_a_template(made: Made) -> None:
    template = f"name: t\n{actions('a')}"
    head = "pipeline: p\nflowgroup: a\nuse_template: t\n"
    texts = [
        made({"templates/t.yaml": template, "pipelines/a.yaml": head + own})
        for own in ("", "actions: []\n")
    ]
    assert texts[0] == texts[1] == made(flowgroup("a"))
