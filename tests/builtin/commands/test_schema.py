"""The command `schema`: what it writes, checks, prints and wires."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from lhp.editor.kinds import KINDS_OF_FILES
from lhp.editor.wiring import EDITORS, GLOBS

SAMPLE = Path(__file__).parents[3] / "sample_project"
FLOWGROUP = ".lhp/schemas/flowgroup.schema.json"
PLUGIN = '''
from lhp.core.base_generator import BaseActionGenerator


class LateLoadGenerator(BaseActionGenerator):
    """Came later."""

    @classmethod
    def get_supported_options(cls):
        return {"hour": {"type": "integer", "required": True}}

    def generate(self, action, context):
        return "pass"
'''


def add_plugin(shop: Path, text: str = PLUGIN) -> None:
    (shop / "plugins").mkdir(exist_ok=True)
    (shop / "plugins/late.py").write_text(text, encoding="utf-8")
    file = shop / "lhp.yaml"
    if "directories" not in file.read_text("utf-8"):
        declared = file.read_text("utf-8").replace(
            "plugins:\n", "plugins:\n  directories: [plugins]\n"
        )
        file.write_text(declared, encoding="utf-8")


def test_it_writes_one_schema_for_each_kind_of_file(shop: Path, lhp: Any) -> None:
    for file in (shop / ".lhp/schemas").iterdir():
        file.unlink()
    ended = lhp("schema")
    assert ended.code == 0
    assert {*ended.out.splitlines()} == {
        f".lhp/schemas/{kind}.schema.json" for kind in KINDS_OF_FILES
    }
    assert "10 written, 0 unchanged in .lhp/schemas" in ended.err
    for kind in KINDS_OF_FILES:
        schema = json.loads((shop / f".lhp/schemas/{kind}.schema.json").read_text("utf-8"))
        Draft7Validator.check_schema(schema)


def test_only_what_changed_is_written_again(shop: Path, lhp: Any) -> None:
    assert lhp("schema").out == ""
    before = (shop / ".lhp/schemas/substitutions.schema.json").stat().st_mtime_ns
    add_plugin(shop)
    assert FLOWGROUP in lhp("schema").out.splitlines()
    assert (shop / ".lhp/schemas/substitutions.schema.json").stat().st_mtime_ns == before
    assert '"hour"' in (shop / FLOWGROUP).read_text("utf-8")


def test_the_same_plugins_give_the_same_bytes(shop: Path, lhp: Any) -> None:
    before = {file.name: file.read_bytes() for file in (shop / ".lhp/schemas").iterdir()}
    for file in [*(shop / ".lhp/schemas").iterdir(), *(shop / ".lhp/cache").iterdir()]:
        file.unlink()
    lhp("schema")
    assert {file.name: file.read_bytes() for file in (shop / ".lhp/schemas").iterdir()} == before


def test_check_tells_what_is_out_of_date_and_writes_nothing(shop: Path, lhp: Any) -> None:
    assert lhp("schema", "--check").code == 0
    before = (shop / FLOWGROUP).read_bytes()
    add_plugin(shop)
    (shop / ".lhp/schemas/instance.schema.json").unlink()
    ended = lhp("schema", "--check")
    assert ended.code == 1
    assert f"error[LHP-IO-104] {FLOWGROUP}" in ended.err
    assert "error[LHP-IO-104] .lhp/schemas/instance.schema.json" in ended.err
    assert (shop / FLOWGROUP).read_bytes() == before
    data = json.loads(lhp("schema", "--check", "--format", "json").out)
    assert {each["code"] for each in data["problems"]} == {"LHP-IO-104"}


@pytest.mark.parametrize("kind", KINDS_OF_FILES)
def test_stdout_prints_one_schema(shop: Path, lhp: Any, kind: str) -> None:
    text = lhp("schema", "--stdout", kind).out
    assert text == (shop / f".lhp/schemas/{kind}.schema.json").read_text("utf-8")


def test_outside_a_project_the_built_in_plugins_have_schemas(
    tmp_path: Path, lhp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert '"cloudfiles"' in lhp("schema", "--stdout", "flowgroup").out
    assert "LHP-CFG-101" in lhp("schema").err
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words",
    [
        ["--stdout", "x"],
        ["--editor", "ed"],
        ["--check", "--editor", "vscode"],
        ["--check", "--stdout", "lhp"],
    ],
)
def test_wrong_usage(shop: Path, lhp: Any, words: list[str]) -> None:
    assert lhp("schema", *words).code == 2
    assert shop.is_dir()


@pytest.mark.parametrize("command", [["validate"], ["generate", "-e", "dev"]])
def test_a_run_refreshes_the_schemas_when_the_plugins_changed(
    shop: Path, lhp: Any, command: list[str]
) -> None:
    assert "refreshed" not in lhp(*command).err
    add_plugin(shop)
    ended = lhp(*command)
    assert ended.code == 0, ended.err
    assert "refreshed in .lhp/schemas" in ended.err
    assert '"hour"' in (shop / FLOWGROUP).read_text("utf-8")
    assert "refreshed" not in lhp(*command).err


def test_a_run_brings_back_a_schema_that_somebody_changed(shop: Path, lhp: Any) -> None:
    lhp("validate")
    before = (shop / FLOWGROUP).read_bytes()
    (shop / FLOWGROUP).write_text("{}")
    lhp("validate")
    assert (shop / FLOWGROUP).read_bytes() == before


def test_a_run_with_faults_refreshes_too_and_a_dry_run_does_not(shop: Path, lhp: Any) -> None:
    add_plugin(shop)
    before = (shop / FLOWGROUP).read_bytes()
    lhp("generate", "-e", "dev", "--dry-run")
    assert (shop / FLOWGROUP).read_bytes() == before
    (shop / "pipelines/bad.yaml").write_text("pipeline: p\n")
    ended = lhp("generate", "-e", "dev")
    assert ended.code == 1
    assert (shop / FLOWGROUP).read_bytes() != before


def test_schemas_that_can_not_be_written_are_no_fault_of_a_run(shop: Path, lhp: Any) -> None:
    for file in (shop / ".lhp/schemas").iterdir():
        file.unlink()
    (shop / ".lhp/schemas").rmdir()
    (shop / ".lhp/schemas").write_text("mine")
    ended = lhp("validate")
    assert ended.code == 0
    assert "the schemas in .lhp/schemas are out of date" in ended.err
    assert lhp("schema").code == 1


def test_a_broken_plugin_is_told_and_leaves_the_others(shop: Path, lhp: Any) -> None:
    add_plugin(shop, PLUGIN.replace('"integer"', '"intger"'))
    ended = lhp("schema")
    assert ended.code == 0
    assert "load_generator:late can't be used, so its options are left open" in ended.err
    text = (shop / FLOWGROUP).read_text("utf-8")
    assert "Can't be used: " in text
    assert '"empty_as_null"' in text


def test_a_plugin_is_not_imported_again_for_its_schema(shop: Path, lhp: Any) -> None:
    add_plugin(shop)
    loading = "loading load_generator:late"
    assert loading in lhp("-v", "schema").err
    assert loading not in lhp("-v", "schema", "--check").err
    assert loading not in lhp("-v", "plugins", "schema", "late").err


def test_vs_code_is_wired_without_losing_a_comment_or_a_key(shop: Path, lhp: Any) -> None:
    settings = shop / ".vscode/settings.json"
    settings.write_text(
        '{\n    // our width\n    "editor.rulers": [88], /* and */\n'
        '    "yaml.schemas": {\n        "./mine.json": "x/*.yaml", // mine\n'
        '        ".lhp/schemas/gone.schema.json": "y/*.yaml",\n    },\n}\n',
        encoding="utf-8",
    )
    ended = lhp("schema", "--editor", "vscode")
    assert ended.code == 0
    assert ended.out.splitlines() == [".vscode/settings.json"]
    text = settings.read_text("utf-8")
    for kept in (
        "// our width",
        '"editor.rulers": [88], /* and */',
        '"./mine.json": "x/*.yaml", // mine',
    ):
        assert kept in text
    assert "gone" not in text
    for kind, globs in GLOBS.items():
        assert f'".lhp/schemas/{kind}.schema.json"' in text
        assert all(f'"{glob}"' in text for glob in globs)
    again = lhp("schema", "--editor", "vscode")
    assert again.out == ""
    assert "VS Code is wired already" in again.err
    assert settings.read_text("utf-8") == text


@pytest.mark.parametrize(
    ("content", "place"), [(b'{"a" 1}', ":1:6"), (b"[]", ":1:1"), (b"\xff\xfe", "")]
)
def test_settings_that_can_not_be_read_are_left_as_they_are(
    shop: Path, lhp: Any, content: bytes, place: str
) -> None:
    (shop / ".vscode/settings.json").write_bytes(content)
    ended = lhp("schema", "--editor", "vscode")
    assert ended.code == 1
    assert f"error[LHP-IO-103] .vscode/settings.json{place}" in ended.err
    assert (shop / ".vscode/settings.json").read_bytes() == content


@pytest.mark.parametrize("editor", [each for each in EDITORS if each != "vscode"])
def test_for_other_editors_it_prints_what_to_put_where(shop: Path, lhp: Any, editor: str) -> None:
    before = {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()}
    ended = lhp("schema", "--editor", editor)
    assert ended.code == 0
    assert ".lhp/schemas/flowgroup.schema.json" in ended.out
    after = {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()}
    assert before == {path: after[path] for path in before}


def test_what_it_prints_for_zed_is_its_settings(shop: Path, lhp: Any) -> None:
    _, _, text = lhp("schema", "--editor", "zed").out.partition("\n")
    schemas = json.loads(text)["lsp"]["yaml-language-server"]["settings"]["yaml"]["schemas"]
    assert schemas["./.lhp/schemas/lhp.schema.json"] == [*GLOBS["lhp"]]
    assert shop.is_dir()


def test_a_modeline_leads_from_its_file_to_a_schema(shop: Path, lhp: Any) -> None:
    lines = lhp("schema", "--editor", "modeline").out.splitlines()[1:]
    files = {shop / name: line for name, line in zip(lines[::2], lines[1::2], strict=True)}
    assert {*files} == {*shop.rglob("*.yaml")}
    for file, line in files.items():
        start = "    # yaml-language-server: $schema="
        assert line.startswith(start)
        schema = Path(os.path.normpath(file.parent / line.removeprefix(start)))
        assert schema.is_file()


def test_the_schemas_of_the_sample_project_are_up_to_date(lhp: Any) -> None:
    ended = lhp("--project", str(SAMPLE), "schema", "--check")
    assert ended.code == 0, ended.err


def test_a_mapping_of_ones_own_is_kept(shop: Path, lhp: Any) -> None:
    own = '{"yaml.schemas": {"./.lhp/schemas/flowgroup.schema.json": ["mine/*.yaml"]}}\n'
    (shop / ".vscode/settings.json").write_text(own, encoding="utf-8")
    lhp("schema", "--editor", "vscode")
    settings = json.loads((shop / ".vscode/settings.json").read_text("utf-8"))["yaml.schemas"]
    assert settings["./.lhp/schemas/flowgroup.schema.json"] == ["mine/*.yaml"]
    assert {path.removeprefix("./") for path in settings} == {
        f".lhp/schemas/{kind}.schema.json" for kind in GLOBS
    }


def test_a_file_of_a_plugin_folder_that_can_not_be_read_is_told(shop: Path, lhp: Any) -> None:
    add_plugin(shop, "class:\n")
    assert "plugins/late.py:1" in lhp("schema").err


@pytest.mark.parametrize(
    "words",
    [
        ["schema", "--check"],
        ["schema", "--stdout", "flowgroup"],
        ["plugins", "schema"],
        ["plugins", "docs"],
    ],
    ids=" ".join,
)
def test_what_only_reads_writes_nothing(shop: Path, lhp: Any, words: list[str]) -> None:
    shutil.rmtree(shop / ".lhp/cache")
    assert lhp(*words).code == 0
    assert not (shop / ".lhp/cache").exists()


def test_nothing_needs_the_memory_of_the_last_run(shop: Path, lhp: Any) -> None:
    shutil.rmtree(shop / ".lhp/cache")
    (shop / ".lhp/cache").write_text("mine")
    add_plugin(shop)
    ended = lhp("schema")
    assert (ended.code, "error" in ended.err) == (0, False)
    assert '"late"' in (shop / FLOWGROUP).read_text("utf-8")
