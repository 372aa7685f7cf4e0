"""The project that `lhp init` makes."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import lhp as package

LHP = [sys.executable, "-c", "from lhp.cli.main import main; main()"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files_of(folder: Path) -> set[str]:
    """Return all files but those that lhp keeps on this machine."""
    paths = (path for path in folder.rglob("*") if not path.is_dir())
    shown = {path.relative_to(folder).as_posix() for path in paths}
    return {path for path in shown if "__pycache__" not in path and ".lhp/cache/" not in path}


def as_a_process(*words: str) -> tuple[int, str, str]:
    ended = subprocess.run([*LHP, *words], capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize(("name", "is_process"), [("shop", True), ("My-Shop_2", False)])
def test_the_commands_that_it_prints_work_as_printed(
    here: Path, lhp: Any, name: str, *, is_process: bool
) -> None:
    call = as_a_process if is_process else lhp
    code, out, err = call("init", name)
    assert code == 0, err
    commands = out.partition("Next:\n")[2].splitlines()
    *commands, local_run = commands
    assert shlex.split(local_run) == ["lhp", "--project", name, "run", "--env", "local"]
    assert len(commands) == 2
    for command in commands:  # what a local run makes of it is told by the tests on Spark
        word, *words = shlex.split(command)
        assert word == "lhp"
        code, _, err = call(*words)
        assert code == 0, err
        assert "warning" not in err
    modules = files_of(here / name / "generated/dev")
    assert modules == {
        "bronze/customers.py",
        "bronze/orders.py",
        "silver/customers.py",
        "silver/orders.py",
    }


def test_it_prints_each_file_that_it_makes(here: Path, lhp: Any) -> None:
    ended = lhp("init", "shop")
    listed = [line for line in ended.out.splitlines() if line.startswith("+ ")]
    assert {line.removeprefix("+ shop/") for line in listed} == files_of(here / "shop")


def test_the_name_stands_in_the_files_and_the_catalog_is_one_that_needs_no_quotes(
    here: Path, lhp: Any
) -> None:
    lhp("init", "My-Shop")
    texts = [(here / "My-Shop" / path).read_text("utf-8") for path in files_of(here / "My-Shop")]
    assert not any("PROJECT_NAME" in text or "CATALOG_NAME" in text for text in texts)
    assert 'name: "My-Shop"\n' in (here / "My-Shop/lhp.yaml").read_text("utf-8")
    assert "catalog: my_shop_prod\n" in (here / "My-Shop/substitutions/prod.yaml").read_text(
        "utf-8"
    )


@pytest.mark.parametrize("name", ["true", "No", "off", "null", "e3"])
def test_a_name_that_yaml_would_read_otherwise_stays_a_text(
    here: Path, lhp: Any, name: str
) -> None:
    assert lhp("init", name).code == 0
    ended = lhp("--project", str(here / name), "validate")
    assert (ended.code, "warning" in ended.err) == (0, False)
    assert yaml.safe_load((here / name / "lhp.yaml").read_text("utf-8"))["name"] == name


def test_all_environments_generate_and_the_plugin_of_the_project_is_used(
    shop: Path, lhp: Any
) -> None:
    assert lhp("generate", "-e", "prod").code == 0
    assert "F.trim(F.col(column))" in (shop / "generated/prod/silver/customers.py").read_text(
        "utf-8"
    )


def test_the_editor_finds_a_schema_for_every_yaml_file(shop: Path) -> None:
    settings = json.loads((shop / ".vscode/settings.json").read_text("utf-8"))
    globs = settings["yaml.schemas"].values()
    matched = {
        file
        for each in globs
        for glob in ([each] if isinstance(each, str) else each)
        for file in shop.glob(glob)
    }
    assert matched == {*shop.rglob("*.yaml"), *shop.rglob("*.yml")}
    for path in settings["yaml.schemas"]:
        json.loads((shop / path).read_text("utf-8"))
    extensions = json.loads((shop / ".vscode/extensions.json").read_text("utf-8"))
    assert extensions["recommendations"] == ["redhat.vscode-yaml"]


def test_the_schemas_of_a_new_project_know_its_plugin(shop: Path, lhp: Any) -> None:
    assert "empty_as_null" in (shop / ".lhp/schemas/flowgroup.schema.json").read_text("utf-8")
    assert lhp("schema", "--check").code == 0


@pytest.mark.skipif(not Path("/usr/bin/git").exists(), reason="needs git")
def test_git_takes_everything_but_what_lhp_makes(shop: Path, lhp: Any) -> None:
    before = files_of(shop)
    lhp("generate", "-e", "dev")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(
        ["git", "init", "-q"],  # noqa: S607  (git stands where it stands)
        cwd=shop,
        check=True,
        env=environment,
    )
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"],  # noqa: S607  (as above)
        cwd=shop,
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert set(listed.stdout.splitlines()) == before


@pytest.mark.parametrize("name", ["", "1shop", "a b", "../x", "a/b", "größe", "a" * 65, "a\n"])
def test_an_odd_name_is_wrong_usage(here: Path, lhp: Any, name: str) -> None:
    assert lhp("init", name).code == 2
    assert not any(here.iterdir())


def test_a_project_is_never_changed(shop: Path, lhp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop.parent)
    (shop / "lhp.yaml").write_text("name: mine\n", encoding="utf-8")
    ended = lhp("init", "shop")
    assert ended.code == 1
    assert "LHP-IO-007" in ended.err
    assert (shop / "lhp.yaml").read_text("utf-8") == "name: mine\n"


def test_an_empty_folder_and_other_files_in_it_are_no_obstacle(here: Path, lhp: Any) -> None:
    (here / "shop/sql").mkdir(parents=True)
    (here / "shop/NOTES.md").write_text("mine", encoding="utf-8")
    assert lhp("init", "shop").code == 0
    assert (here / "shop/NOTES.md").read_text("utf-8") == "mine"


@pytest.mark.parametrize("taken", ["README.md", "sql", ".lhp/schemas"])
def test_a_file_in_the_way_is_named_and_nothing_is_written(
    here: Path, lhp: Any, taken: str
) -> None:
    (here / "shop" / taken).parent.mkdir(parents=True)
    (here / "shop" / taken).write_text("mine", encoding="utf-8")
    ended = lhp("init", "shop")
    assert ended.code == 1
    assert f"LHP-IO-102] shop/{taken}" in ended.err
    assert files_of(here / "shop") == {taken}


def test_a_file_of_the_projects_name_is_in_the_way(here: Path, lhp: Any) -> None:
    (here / "shop").write_text("mine", encoding="utf-8")
    assert "LHP-IO-102] shop\n" in lhp("init", "shop").err


def test_a_link_that_leads_nowhere_is_in_the_way(here: Path, lhp: Any) -> None:
    (here / "shop").mkdir()
    (here / "shop/landing").symlink_to("nowhere")
    assert "LHP-IO-102] shop/landing\n" in lhp("init", "shop").err


def test_it_makes_the_project_in_the_folder_that_project_names(here: Path, lhp: Any) -> None:
    (here / "deep er").mkdir()
    ended = lhp("--project", "deep er", "init", "shop")
    command = ended.out.splitlines()[-3]
    assert shlex.split(command) == ["lhp", "--project", "deep er/shop", "validate"]
    assert lhp(*shlex.split(command)[1:]).code == 0


def test_a_system_that_refuses_is_told(here: Path, lhp: Any) -> None:
    here.chmod(0o500)
    try:
        ended = lhp("init", "shop")
    finally:
        here.chmod(0o700)
    if os.geteuid() != 0:
        assert (ended.code, "LHP-IO-126" in ended.err) == (1, True)


def test_the_files_of_a_new_project_come_with_the_package() -> None:
    folder = Path(str(package.__file__)).parent / "builtin/commands/init_project"
    assert "lhp.yaml" in files_of(folder)
