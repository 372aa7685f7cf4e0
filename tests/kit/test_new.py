"""`plugins new`: what an author begins with works at once, in a project and as a package."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder
from hypothesis import given
from hypothesis import strategies as st

from lhp.cli.main import run
from lhp.core.manifest import NAME, PLUGIN_TYPES
from lhp.core.plugin_loader import snake_case
from lhp.kit.new import as_package, in_project

NAMES = {name: f"my_{name}_2" for name in PLUGIN_TYPES}


def done(program: str, *args: str, cwd: Path, path: str = "") -> str:
    """Run a program; return what it prints, and fail with that when it fails."""
    start = ["-c", "from lhp.cli.main import main; main()"] if program == "lhp" else ["-m", program]
    ended = subprocess.run(
        [sys.executable, *start, *args],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new project with a plugin of each type, all made by the command."""
    folder = tmp_path_factory.mktemp("new")
    assert run(["--project", str(folder), "init", "shop"]) == 0
    for plugin_type, name in NAMES.items():
        args = ["--project", str(folder / "shop"), "plugins", "new", plugin_type, name]
        assert run(args) == 0
    return folder / "shop"


def test_all_of_them_may_run_and_generate(project: Path, capsys: Any) -> None:
    assert run(["--project", str(project), "plugins", "validate"]) == 0
    args = ["generate", "--env", "dev", "--include-tests"]
    assert run(["--project", str(project), *args]) == 0, capsys.readouterr().err
    made = {file.parent.name for file in (project / "generated/dev").glob("*/*.py")}
    assert {f"{name}_example" for name in NAMES.values()} <= made
    assert (project / "generated/dev/my_artifact_2.json").is_file()
    capsys.readouterr()
    assert run(["--project", str(project), NAMES["cli_command"], "-e", "dev"]) == 0
    assert capsys.readouterr().out.endswith(" modules\n")


def test_their_tests_pass_by_pytest_and_by_unittest(project: Path) -> None:
    said = done("pytest", "-q", "-p", "no:cacheprovider", "tests", cwd=project)
    assert " passed" in said
    done("unittest", "discover", "tests", cwd=project)


def test_they_keep_their_contracts(project: Path, capsys: Any) -> None:
    assert run(["--project", str(project), "plugins", "test"]) == 0, capsys.readouterr().out
    printed = capsys.readouterr().out
    assert {f"{kind}:{name}" for kind, name in NAMES.items()} <= {*printed.splitlines()}
    assert max(map(len, printed.splitlines())) <= 80


def test_their_code_is_clean(project: Path) -> None:
    done("ruff", "check", "--isolated", "plugins", "tests", "local_plugins", cwd=project)
    done("ruff", "format", "--check", "--isolated", "plugins", "tests", cwd=project)
    files = sorted(map(str, (project / "plugins").glob("*.py")))
    done("mypy", "--strict", "--cache-dir", os.devnull, *files, cwd=project)


def test_a_formatter_is_chosen_and_does_its_work(project: Path) -> None:
    file = project / "lhp.yaml"
    before = file.read_text("utf-8")
    file.write_text(f"{before}\nformatter: my_formatter_2\n", encoding="utf-8")
    assert run(["--project", str(project), "generate", "--env", "dev"]) == 0
    file.write_text(before, encoding="utf-8")


class Typed(io.StringIO):
    """A terminal where somebody types."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_it_asks_for_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lhp: Any
) -> None:
    monkeypatch.setattr("sys.stdin", Typed("filter\nin_words\n"))
    ended = lhp("--project", str(tmp_path), "plugins", "new", "--package", "--dry-run")
    assert (ended.code, "+ src/lhp_in_words/in_words.py\n" in ended.out) == (0, True), ended.err


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a distribution for each type; their wheels are installed in `site`."""
    folder = tmp_path_factory.mktemp("packages")
    for plugin_type, name in NAMES.items():
        args = ["--project", str(folder), "plugins", "new", plugin_type, name, "--package"]
        assert run(args) == 0
        home = folder / called(name)
        for wheel in WheelBuilder(str(home)).build(directory=str(folder)):
            zipfile.ZipFile(wheel).extractall(folder / "site")  # what pip does with it
    return folder


def called(name: str) -> str:
    return f"lhp-{name.replace('_', '-')}"


@pytest.mark.parametrize("plugin_type", PLUGIN_TYPES)
def test_the_example_of_a_package_generates_by_its_entry_point(
    packages: Path, plugin_type: str
) -> None:
    example = packages / called(NAMES[plugin_type]) / "example"
    done(
        "lhp", "generate", "-e", "dev", "--include-tests", cwd=example, path=str(packages / "site")
    )
    assert [*(example / "generated/dev").rglob("*.py")]


def test_packages_are_installed_as_any_other(packages: Path) -> None:
    example = packages / called(NAMES["load_generator"]) / "example"
    listed = done("lhp", "plugins", "list", cwd=example, path=str(packages / "site"))
    assert all(f"{called(name)} 0.1.0" in listed for name in NAMES.values()), listed


def test_the_tests_of_packages_pass(packages: Path) -> None:
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", "--rootdir", "."]
    folders = sorted(str(path) for path in packages.glob("lhp-*/tests"))
    assert " passed" in done(
        "pytest", *options, *folders, cwd=packages, path=str(packages / "site")
    )


def test_each_package_has_tests(packages: Path) -> None:
    """Pytest that finds none ends with 5, which stops a CI."""
    tested = {file.parent.parent.name for file in packages.glob("lhp-*/tests/test_*.py")}
    assert tested == {called(name) for name in NAMES.values()}


def test_packages_are_clean(packages: Path) -> None:
    done("ruff", "check", "--no-cache", cwd=packages)
    done("ruff", "format", "--check", "--no-cache", cwd=packages)
    files = sorted(str(path) for path in packages.glob("lhp-*/src/*"))
    done("mypy", "--strict", "--cache-dir", os.devnull, *files, cwd=packages)


@given(st.from_regex(NAME, fullmatch=True), st.sampled_from([*PLUGIN_TYPES]))
def test_any_name_is_found_again_in_the_class(name: str, plugin_type: str) -> None:
    files = in_project(plugin_type, name, "plugins", "pipelines")
    code = next((text for path, text in files.items() if path.startswith("plugins/")), "")
    classes = [line.split()[1] for line in code.splitlines() if line.startswith("class ")]
    for each in classes:
        for end in ("Generator", "Validator", "Formatter", "Artifact"):
            if each.split("(")[0].rstrip(":").endswith(end):
                found = snake_case(each.split("(")[0].rstrip(":").removesuffix(end))
                kind = PLUGIN_TYPES[plugin_type].kind
                assert found == (f"{name}_{kind}" if kind else name)
    assert as_package(plugin_type, name)[0].startswith("lhp-")


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["load", "delta"], 1, "there is a load_generator 'delta' already"),
        (["load", "Rest"], 1, "'Rest' can't be the name of a plugin"),
        (["lod", "rest"], 2, "'lod' is not one of"),
        (["load"], 2, "Missing argument 'NAME'"),
        ([], 2, "Missing argument 'TYPE'"),
    ],
)
def test_what_can_not_be_made_is_told(
    tmp_path: Path, capsys: Any, args: list[str], code: int, told: str
) -> None:
    assert run(["--project", str(tmp_path), "init", "shop"]) == 0
    before = sorted((tmp_path / "shop").rglob("*"))
    assert run(["--project", str(tmp_path / "shop"), "plugins", "new", *args]) == code
    assert told in " ".join(capsys.readouterr().err.split())
    assert sorted((tmp_path / "shop").rglob("*")) == before


def test_nothing_is_overwritten_and_a_dry_run_makes_nothing(tmp_path: Path, capsys: Any) -> None:
    assert run(["--project", str(tmp_path), "init", "shop"]) == 0
    shop = tmp_path / "shop"
    before = sorted(shop.rglob("*"))
    new = ["--project", str(shop), "plugins", "new", "load", "rest"]
    capsys.readouterr()
    assert run([*new, "--dry-run"]) == 0
    assert "+ plugins/rest.py\n" in capsys.readouterr().out
    assert sorted(shop.rglob("*")) == before
    (shop / "tests").mkdir()
    (shop / "tests/test_rest.py").write_text("mine")
    assert run(new) == 1
    assert "LHP-IO-102" in capsys.readouterr().err
    assert (shop / "tests/test_rest.py").read_text() == "mine"
    assert not (shop / "plugins").exists()


def test_an_example_stands_where_the_project_looks_for_flowgroups(tmp_path: Path) -> None:
    assert run(["--project", str(tmp_path), "init", "shop"]) == 0
    shop = tmp_path / "shop"
    text = (shop / "lhp.yaml").read_text("utf-8")
    (shop / "lhp.yaml").write_text(f"include: ['bronze/**/*.yaml']\n{text}", encoding="utf-8")
    assert run(["--project", str(shop), "plugins", "new", "load", "rest"]) == 0
    assert (shop / "pipelines/bronze/rest_example.yaml").is_file()
