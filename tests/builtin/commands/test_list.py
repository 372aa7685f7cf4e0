"""The tables of `lhp list`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

BLUEPRINT = """\
name: site
version: 2
description: One shop
parameters:
  - {name: city, required: true}
flowgroups:
  - pipeline: "%{city}"
    flowgroup: stock
    actions: []
"""


CONTENT = {
    "presets/base.yaml": "name: base\n",
    "presets/own.yaml": "name: own\nextends: base\n",
    "templates/deep/plain.yaml": "name: plain\nactions: []\n",
    "blueprints/site.yaml": BLUEPRINT,
}


def write(shop: Path, path: str, text: str) -> None:
    (shop / path).parent.mkdir(parents=True, exist_ok=True)
    (shop / path).write_text(text, encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_presets_with_what_they_extend(shop: Path, lhp: Any) -> None:
    write(shop, "presets/a.yaml", "name: a\nextends: delta_table\n")
    ended = lhp("list", "presets")
    assert rows(ended.out) == [
        ["Name", "File", "Version", "Extends", "Origin"],
        ["a", "presets/a.yaml", "delta_table", "project"],
        ["delta_table", "presets/delta_table.yaml", "1.0", "project"],
    ]
    assert (ended.code, ended.err) == (0, "2 presets\n")


def test_a_broken_preset_does_not_hide_the_others(shop: Path, lhp: Any) -> None:
    write(shop, "presets/a.yaml", "nam: a\n")
    write(shop, "presets/b.yaml", "name: delta_table\n")
    ended = lhp("list", "presets", "--format", "json")
    assert ended.code == 1
    assert [row["name"] for row in json.loads(ended.out)] == ["delta_table", "delta_table"]
    assert "presets/a.yaml:1:1" in ended.err
    assert "presets/delta_table.yaml" in ended.err


def test_templates_with_their_parameters(shop: Path, lhp: Any) -> None:
    write(shop, "templates/plain.yaml", "name: x\nactions: []\n")
    ended = lhp("list", "templates")
    table, parameters = ended.out.split("\n\n")
    assert rows(table) == [
        ["Name", "File", "Version", "Params", "Actions", "Origin"],
        ["csv_landing", "templates/csv_landing.yaml", "1.0", "2/3", "2", "project"],
        ["plain", "templates/plain.yaml", "0/0", "0", "project"],
    ]
    assert [row[:3] for row in rows(parameters)] == [
        ["Template", "Parameter", "Type"],
        ["csv_landing", "dataset", "yes"],
        ["csv_landing", "comment", "yes"],
        ["csv_landing", "delimiter", "no"],
    ]
    assert ended.err == "2 templates\n"


def test_templates_as_data_have_their_parameters_in_the_row(shop: Path, lhp: Any) -> None:
    first, *_ = json.loads(lhp("list", "templates", "--format", "json").out)
    assert first["name"] == "csv_landing"
    assert first["params"][2] == {
        "name": "delimiter",
        "required": False,
        "default": ",",
        "type": "",
        "description": "Character between two values",
    }
    (shop / "templates/csv_landing.yaml").unlink()
    assert lhp("list", "templates").out == "Name  File  Version  Params  Actions  Origin\n"


def test_blueprints_with_their_uses(shop: Path, lhp: Any) -> None:
    write(shop, "blueprints/site.yaml", BLUEPRINT)
    write(shop, "pipelines/berlin.instance.yaml", "use_blueprint: site\nparameters: {city: b}\n")
    write(shop, "pipelines/odd.yaml", "- a\n")
    ended = lhp("list", "blueprints")
    assert rows(ended.out) == [
        ["Name", "Version", "Description", "Params", "Specs", "Instances", "Origin"],
        ["site", "2", "One", "shop", "1", "1", "1", "project"],
    ]
    assert (ended.code, ended.err) == (0, "1 blueprint\n")


def test_instances_of_blueprints_with_the_pipelines_they_make(shop: Path, lhp: Any) -> None:
    write(shop, "blueprints/site.yaml", BLUEPRINT)
    write(shop, "pipelines/berlin.yaml", "use_blueprint: site\nparameters: {city: b}\n")
    write(shop, "pipelines/odd.yaml", "use_blueprint: site\n")
    table, uses = lhp("list", "blueprints", "--instances").out.split("\n\n")
    assert rows(table)[1][-2:] == ["2", "project"]
    assert rows(uses) == [
        ["Blueprint", "Instance", "Pipelines"],
        ["site", "pipelines/berlin.yaml", "b"],
        ["site", "pipelines/odd.yaml"],
    ]
    (row,) = json.loads(lhp("list", "blueprints", "--instances", "--format", "json").out)
    assert row["instances"][0] == {"file": "pipelines/berlin.yaml", "pipelines": ["b"]}
    (row,) = json.loads(lhp("list", "blueprints", "--format", "json").out)
    assert row["instances"] == 2


def test_flowgroups_that_a_blueprint_makes(shop: Path, lhp: Any) -> None:
    write(shop, "blueprints/site.yaml", BLUEPRINT)
    write(shop, "pipelines/berlin.yaml", "use_blueprint: site\nparameters: {city: b}\n")
    ended = lhp("list", "flowgroups")
    assert rows(ended.out)[1] == ["b", "stock", "pipelines/berlin.yaml", "0"]
    assert (ended.code, ended.err) == (0, "5 flowgroups\n")


def test_flowgroups_as_written_sorted_by_pipeline(shop: Path, lhp: Any) -> None:
    write(shop, "pipelines/a.yaml", "pipeline: ${x}\nflowgroup: a\npresets: [p, q]\n")
    ended = lhp("list", "flowgroups")
    assert rows(ended.out) == [
        ["Pipeline", "Flowgroup", "File", "Actions", "Template", "Presets"],
        ["${x}", "a", "pipelines/a.yaml", "0", "p,", "q"],
        [
            "bronze",
            "customers",
            "pipelines/bronze/landing_files.yaml",
            "0",
            "csv_landing",
            "delta_table",
        ],
        [
            "bronze",
            "orders",
            "pipelines/bronze/landing_files.yaml",
            "0",
            "csv_landing",
            "delta_table",
        ],
        ["silver", "customers", "pipelines/silver/customers.yaml", "3", "delta_table"],
        ["silver", "orders", "pipelines/silver/orders.yaml", "4", "delta_table"],
    ]
    assert (ended.code, ended.err) == (0, "5 flowgroups\n")


def test_a_broken_flowgroup_does_not_hide_the_others(shop: Path, lhp: Any) -> None:
    write(shop, "pipelines/a.yaml", "pipeline: [\n")
    ended = lhp("list", "flowgroups", "--format", "json")
    assert ended.code == 1
    assert len(json.loads(ended.out)) == 4
    assert "pipelines/a.yaml" in ended.err


@pytest.mark.parametrize("what", ["presets", "templates", "blueprints", "flowgroups"])
def test_an_empty_project_gives_an_empty_table(
    tmp_path: Path, lhp: Any, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    write(tmp_path, "lhp.yaml", "name: empty\n")
    monkeypatch.chdir(tmp_path)
    ended = lhp("list", what)
    assert (ended.code, len(ended.out.splitlines()), ended.err) == (0, 1, f"0 {what}\n")
    assert lhp("list", what, "--format", "json").out == "[]\n"


def test_it_wants_to_know_what_to_list(lhp: Any) -> None:
    assert "presets" in lhp("list", "-h").out
    assert lhp("list", "frobs").code == 2


def test_what_content_plugins_bring_with_its_origin(
    shop: Path, lhp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (shop / "house", tmp_path / "site/zeta_content"):
        for path, text in CONTENT.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    (tmp_path / "site/zeta_content/__init__.py").touch()
    info = tmp_path / "site/zeta_lhp-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: zeta-lhp\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[lhp.content]\nzeta = zeta_content\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    write(shop, "lhp.yaml", "name: shop\nplugins: [{name: house, type: content, path: house}]\n")
    write(shop, "pipelines/berlin.yaml", "use_blueprint: house.site\nparameters: {city: b}\n")
    presets = json.loads(lhp("list", "presets", "--format", "json").out)
    assert [(row["name"], row["extends"], row["origin"]) for row in presets] == [
        ("delta_table", "", "project"),
        ("house.base", "", "house"),
        ("house.own", "house.base", "house"),
        ("zeta.base", "", "zeta-lhp 1.2"),
        ("zeta.own", "zeta.base", "zeta-lhp 1.2"),
    ]
    templates = json.loads(lhp("list", "templates", "--format", "json").out)
    assert [(row["name"], row["origin"]) for row in templates] == [
        ("csv_landing", "project"),
        ("house.deep/plain", "house"),
        ("zeta.deep/plain", "zeta-lhp 1.2"),
    ]
    blueprints = json.loads(lhp("list", "blueprints", "--format", "json").out)
    assert [(row["name"], row["instances"], row["origin"]) for row in blueprints] == [
        ("house.site", 1, "house"),
        ("zeta.site", 0, "zeta-lhp 1.2"),
    ]
