"""What `lhp validate` tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


def test_a_sound_project_is_summed_up_in_one_line(shop: Path, lhp: Any) -> None:
    ended = lhp("validate")
    assert ended == (0, "", "2 pipelines, 4 flowgroups: no problems (dev)\n")
    assert not (shop / "generated").exists()


def test_one_pipeline_is_checked_alone(shop: Path, lhp: Any) -> None:
    (shop / "pipelines/bronze/bad.yaml").write_text(
        "pipeline: bronze\nflowgroup: bad\nactions: []\n", encoding="utf-8"
    )
    assert lhp("validate", "-p", "bronze").code == 1
    ended = lhp("validate", "-e", "prod", "-p", "silver")
    assert ended == (0, "", "1 pipeline, 2 flowgroups: no problems (prod)\n")


def test_every_mistake_is_told_at_its_place(shop: Path, lhp: Any) -> None:
    for name in ("customers", "orders"):
        file = shop / f"pipelines/silver/{name}.yaml"
        file.write_text(file.read_text("utf-8").replace("readMode", "readMod", 1), encoding="utf-8")
    ended = lhp("validate")
    assert ended.code == 1
    assert "pipelines/silver/customers.yaml:7:5" in ended.err
    assert "pipelines/silver/orders.yaml:7:5" in ended.err
    assert "did you mean 'readMode'?" in ended.err
    assert ended.err.splitlines()[-1].endswith("in 2 files")


def test_warnings_are_told_and_pass(shop: Path, lhp: Any) -> None:
    file = shop / "lhp.yaml"
    file.write_text(f"{file.read_text('utf-8')}include: ['**/*.yaml', nothing.yaml]\n", "utf-8")
    ended = lhp("validate")
    assert ended.code == 0
    assert "LHP-CFG-104" in ended.err
    assert ended.err.endswith("2 pipelines, 4 flowgroups: no errors (dev)\n")


@pytest.mark.parametrize(
    ("words", "code"),
    [(("-e", "dve"), "LHP-CFG-105"), (("-p", "silvre"), "LHP-CFG-106")],
)
@pytest.mark.usefixtures("shop")
def test_an_unknown_name_gets_the_nearest(lhp: Any, words: tuple[str, ...], code: str) -> None:
    ended = lhp("validate", *words)
    assert ended.code == 1
    assert code in ended.err
    assert "did you mean" in ended.err


@pytest.mark.usefixtures("shop")
def test_programs_get_json_and_nothing_else(lhp: Any) -> None:
    ended = lhp("validate", "--format", "json")
    assert ended.err == ""
    assert json.loads(ended.out)["summary"] == {"errors": 0, "warnings": 0}
    ended = lhp("validate", "--format", "json", "-e", "dve")
    assert (ended.code, ended.err) == (1, "")
    assert json.loads(ended.out)["problems"][0]["code"] == "LHP-CFG-105"


@pytest.mark.usefixtures("shop")
def test_github_gets_annotations(lhp: Any) -> None:
    ended = lhp("validate", "--format", "github", "-e", "dve")
    assert ended.out.startswith("::error title=LHP-CFG-105::")


def test_outside_a_project_it_says_so(
    tmp_path: Path, lhp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = lhp("validate")
    assert ended.code == 1
    assert "LHP-CFG-101" in ended.err


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        # All of these pass in 0.9.3, and stop its `generate`.
        ("readMode: stream", "readMode: batch", "LHP-VAL-068"),
        ("path: ", "reader_options: {x: [1]}\n      path: ", "LHP-VAL-100"),
        ("target: v_", "target: v-", "LHP-VAL-101"),
        ("path: ", "schema: absent.yaml\n      path: ", "LHP-IO-001"),
    ],
)
def test_what_would_stop_generate_is_told(
    shop: Path, lhp: Any, old: str, new: str, code: str
) -> None:
    flow = """\
pipeline: bronze
flowgroup: extra
actions:
  - name: load_extra
    type: load
    readMode: stream
    target: v_extra
    source:
      type: cloudfiles
      path: /in
      format: csv
  - name: write_extra
    type: write
    source: v_extra
    write_target: {type: streaming_table, catalog: c, schema: s, table: extra}
"""
    file = shop / "pipelines/bronze/extra.yaml"
    file.write_text(flow, encoding="utf-8")
    assert lhp("validate").code == 0
    file.write_text(flow.replace(old, new), encoding="utf-8")
    told = lhp("validate")
    assert told.code == 1
    assert code in told.err
    assert lhp("generate", "-e", "dev").err == told.err
