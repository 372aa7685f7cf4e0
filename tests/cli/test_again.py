"""A run that has nothing to do ends before anything is loaded; it never leaves out what counts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhp.cli.main import run
from lhp.core.modules import step_back

FLOW = """\
pipeline: p
flowgroup: {name}
presets: [low]
actions:
  - {{name: l_{name}, type: load, target: v_{name}, source: {{type: sql, sql: "SELECT '${{word}}'"}}}}
  - {{name: t_{name}, type: transform, transform_type: sql, source: v_{name}, target: x_{name}, sql_path: sql/{name}.sql}}
  - {{name: w_{name}, type: write, source: x_{name},
     write_target: {{type: streaming_table, catalog: c, schema: s, table: t_{name}}}}}
"""
PROJECT: Mapping[str, str] = {
    "lhp.yaml": "name: shop\nplugins: {entry_points: false}\n",
    "substitutions/dev.yaml": "dev: {word: '${logical_env}'}\n",
    "presets/low.yaml": "name: low\ndefaults: {write_actions: {streaming_table: {comment: low}}}\n",
    "sql/a.sql": "SELECT '${word}' FROM stream(v_a)",
    "sql/b.sql": "SELECT 2 FROM stream(v_b)",
    "pipelines/a.yaml": FLOW.format(name="a"),
    "pipelines/deep/b.yaml": FLOW.format(name="b"),
    "pipelines/py.yaml": "pipeline: p3\nflowgroup: py\nactions:\n"
    "  - {name: l_py, type: load, target: v_py, source: {type: python, module_path: py/loader.py, function_name: load}}\n"
    "  - {name: w_py, type: write, source: [v_py, nowhere],\n"
    "     write_target: {type: streaming_table, catalog: c, schema: s, table: t_py}}\n",
    "py/loader.py": "from helper import word\n\n\ndef load(spark, parameters):\n    return word()\n",
    "py/helper.py": "def word():\n    return 1\n",
}  # fmt: skip
ADDED: Mapping[str, str] = {
    "pipelines/c.yml": FLOW.format(name="a").replace("flowgroup: a", "flowgroup: c"),
    "presets/more.yaml": "name: more\ndefaults: {}\n",
    "templates/t.yaml": "name: t\nactions: []\n",
    "blueprints/b.yaml": "name: b\nflowgroups: []\n",
    "substitutions/prod.yaml": "prod: {word: two}\n",
    "py/more.py": "MORE = 1\n",
    "plugins/own.py": "class OwnValidator:\n    def validate(self, config):\n        return ['no']\n",
}
WORDS = ["generate", "--env", "dev"]
SCHEMAS_ARE_OF = ".lhp/cache/schemas.json"
HEAVY = ("click", "yaml", "pydantic", "jinja2", "rich", "lhp.core.plugin", "lhp.passes.run")


def save(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def keep_time(file: Path, text: str) -> None:
    """Write a file as if it had not been touched."""
    status = file.stat()
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def tree(root: Path) -> Mapping[str, bytes]:
    folders = (root / "generated", root / ".lhp/schemas", root / ".lhp/state")
    files = (file for folder in folders for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(root)): file.read_bytes() for file in files}


Said = tuple[int, str, Mapping[str, bytes]]


@pytest.fixture(scope="module")
def user_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("user")


def called(root: Path, *more: str) -> Said:
    step_back()
    with chdir(root), redirect_stdout(StringIO()) as said, redirect_stderr(said):
        code = run([*WORDS, *more])
    return code, said.getvalue(), tree(root)


@contextmanager
def chdir(folder: Path) -> Iterator[None]:
    here = Path.cwd()
    os.chdir(folder)
    yield
    os.chdir(here)


def expect_as_ever(root: Path) -> Said:
    """Hold a run against one that remembers nothing but of which plugins the schemas are."""
    copy = root.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy, symlinks=True, ignore=shutil.ignore_patterns("cache"))
    if (root / SCHEMAS_ARE_OF).is_file():
        (copy / SCHEMAS_ARE_OF).parent.mkdir()
        shutil.copy(root / SCHEMAS_ARE_OF, copy / SCHEMAS_ARE_OF)
    wanted = called(copy)
    found = called(root)
    assert found == wanted
    return found


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "project", PROJECT)
    return tmp_path / "project"


def modules_of(root: Path, *more: str) -> set[str]:
    code = (
        "import sys; from lhp.cli.main import run; code = run(sys.argv[1:]);"
        "print('\\nmodules', *sys.modules, file=sys.stderr); sys.exit(code)"
    )
    words = [sys.executable, "-c", code, *WORDS, *more]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True)
    return {*done.stderr.rpartition("\nmodules ")[2].split()}


def is_told_at_once(root: Path, *more: str) -> bool:
    modules = modules_of(root, *more)
    assert ("lhp.passes.run" in modules) == ("click" in modules)
    return "lhp.passes.run" not in modules


def test_a_run_that_has_nothing_to_do_loads_nothing_for_it(project: Path) -> None:
    (project / "pipelines/py.yaml").unlink()  # it has a warning, and that is told as ever
    assert any(name.startswith(HEAVY) for name in modules_of(project))
    again = modules_of(project)
    assert sorted(name for name in again if name.startswith(HEAVY)) == []


def test_what_is_told_again_is_what_a_whole_run_tells(project: Path) -> None:
    first = called(project)
    assert "0 written" not in first[1]
    for _ in range(2):
        code, text, files = expect_as_ever(project)
        assert (code, files) == (0, first[2])
        assert "'nowhere'" in text
    modules_of(project)
    assert is_told_at_once(project)


def test_each_way_to_call_it_is_kept_for_itself(project: Path) -> None:
    ways = ((), ("--no-format",), ("--include-tests",))
    for more in ways:
        assert not is_told_at_once(project, *more)
    assert is_told_at_once(project, *ways[-1])
    assert not is_told_at_once(project, "--no-format")


def test_a_project_that_is_named_is_the_one_that_is_looked_at(project: Path) -> None:
    other = project.with_name("other")
    shutil.copytree(project, other)
    words = [sys.executable, "-m", "lhp", "--project", "project", "generate", "--env", "dev"]

    def said(folder: Path) -> tuple[int, str]:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    first, again = said(project.parent), said(project.parent)
    assert (first[0], again[0]) == (0, 0)
    assert "0 written" in again[1]
    (project / "pipelines/py.yaml").unlink()
    assert "4 removed" in said(project.parent)[1]
    # From inside of another project the same words name nothing.
    assert said(other)[0] == 2


def test_the_audit_tells_of_a_run_that_had_nothing_to_do(
    project: Path, user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LHP_USER_DIR", str(user_folder))
    for _ in range(3):
        modules_of(project)
    (file,) = (user_folder / "audit").glob("project-*.jsonl")
    lines = file.read_text("utf-8").splitlines()
    assert ["run.start" in line for line in lines] == [True, False] * 3
    assert sum('"outcome": "ok"' in line for line in lines) == 3


@pytest.mark.parametrize("words", [("--dry-run",), ("--pipeline", "p"), ("-v",), ("--locked",)])
def test_a_run_that_is_called_for_more_is_a_whole_one(
    project: Path, words: tuple[str, ...]
) -> None:
    if words == ("--locked",):
        subprocess.run([sys.executable, "-m", "lhp", "plugins", "lock"], cwd=project, check=True)
    modules_of(project)
    modules_of(project, *words)
    assert not is_told_at_once(project, *words)


def test_a_project_with_a_plugin_of_its_own_is_opened_each_time(project: Path) -> None:
    rules = "class RulesValidator:\n    def validate(self, config):\n        return []\n"
    save(project, {"lhp.yaml": "plugins: {directories: [own]}\n", "own/rules.py": rules})
    approve = [sys.executable, "-m", "lhp", "plugins", "trust", "--all", "--yes"]
    subprocess.run(approve, cwd=project, check=True, capture_output=True)
    modules_of(project)
    assert not is_told_at_once(project)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"key": 1}', "\udcff"])
def test_what_is_kept_and_is_nothing_of_ours_is_passed_over(project: Path, text: str) -> None:
    called(project)
    (kept,) = (project / ".lhp/cache").glob("again-*.json")
    kept.write_text(text, encoding="utf-8", errors="surrogateescape")
    expect_as_ever(project)


@pytest.mark.parametrize("path", ["sql/a.sql", "pipelines/a.yaml", "generated/dev/p/a.py", "sql"])
def test_a_link_in_the_place_of_something_is_left_to_a_whole_run(project: Path, path: str) -> None:
    called(project)
    (project / path).rename(project.parent / "elsewhere")
    (project / path).symlink_to(project.parent / "elsewhere")
    expect_as_ever(project)


def test_a_variable_that_a_token_takes_counts(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called(project)
    monkeypatch.setenv("LOGICAL_ENV", "elsewhere")
    _, _, files = expect_as_ever(project)
    assert b"elsewhere" in files["generated/dev/p/a.py"]


def test_no_more_is_kept_than_pays(project: Path) -> None:
    for number in range(10):
        called(project, "--jobs", str(number + 1))
    assert len([*(project / ".lhp/cache").glob("again-*.json")]) == 8


def edit(root: Path, kind: str, number: int) -> None:
    if kind == "change":
        path = [*PROJECT][number % len(PROJECT)]
        if (root / path).is_file():
            text = (root / path).read_text("utf-8")
            keep_time(root / path, text.replace("word", "wort") + "\n")
    elif kind == "add":
        path = [*ADDED][number % len(ADDED)]
        save(root, {path: ADDED[path]})
    elif kind == "remove":
        path = [*PROJECT, *ADDED][number % (len(PROJECT) + len(ADDED))]
        if path != "lhp.yaml":
            (root / path).unlink(missing_ok=True)
    elif kind == "restore":
        save(root, PROJECT)
    else:
        written = sorted(path for path in tree(root))
        file = root / written[number % len(written)] if written else None
        if file is not None and kind == "lose":
            file.unlink()
        elif file is not None:
            keep_time(file, file.read_text("utf-8") + "#")


KINDS = ["change", "change", "add", "remove", "restore", "restore", "lose", "spoil", "nothing"]
EDITS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 999)), min_size=1, max_size=6)


@given(edits=EDITS)
@settings(max_examples=15, deadline=None)
def test_whatever_is_edited_a_run_does_what_one_does_that_remembers_nothing(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, int]]
) -> None:
    root = tmp_path_factory.mktemp("again") / "project"
    save(root, PROJECT)
    expect_as_ever(root)
    for kind, number in edits:
        edit(root, kind, number)
        expect_as_ever(root)
        expect_as_ever(root)
