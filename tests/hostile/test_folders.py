"""Folders whose entries have misleading names, or lead in circles."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import FILES, Hostile

Make = Callable[..., Hostile]

PLUGIN = FILES["mine/spy.py"].replace("Spy", "RulesValidator")
FOLDER = "name: demo\nplugins: {directories: [plugins], entry_points: false}\n"


@pytest.mark.parametrize(
    "path",
    [
        "plugins/\u0455py.py",
        "plugins/spy\u00e9.py",
        "plugins/\uff53py.py",
        "plugins/\u00fcnit/__init__.py",
        "plugins/unit/\u0455py.py",
    ],
)
def test_a_file_that_looks_like_another_is_no_plugin(hostile: Make, path: str) -> None:
    package = {"plugins/unit/__init__.py": ""} if "unit/" in path else {}
    project = hostile({"lhp.yaml": FOLDER, **package, path: PLUGIN})
    assert project.run().code == 1
    came = project.run("plugins", "validate", "--static")
    assert (came.code, f"error[LHP-PLG-022] {path}" in came.said) == (1, True), came.said
    assert "call it by ASCII letters, digits and `_`" in came.said
    project.approve()
    for words in (["validate"], ["generate", "--env", "dev"]):
        came = project.run(*words)
        assert (came.code, f"error[LHP-PLG-003] {path}" in came.said) == (1, True), came.said
        assert f"{path!a} can't be imported by this name" in came.said


@pytest.mark.parametrize(
    "path", ["plugins/spy.py", "plugins/unit/__init__.py", "plugins/_\u0455.py"]
)
def test_a_file_with_a_plain_name_is_a_plugin(hostile: Make, path: str) -> None:
    project = hostile({"lhp.yaml": FOLDER, path: PLUGIN})
    if "_\u0455" not in path:
        project.approve()
    came = project.run()
    assert came.code == 0, came.said


def test_a_class_that_looks_like_another_is_no_plugin(hostile: Make) -> None:
    code = PLUGIN.replace("RulesValidator", "\u0405pyValidator")
    came = hostile({"lhp.yaml": FOLDER, "plugins/spy.py": code}).run()
    assert (came.code, "LHP-PLG-" in came.said, "plugins/spy.py:1" in came.said) == (1, True, True)


LINKS = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
COMMANDS = (
    ["validate"],
    ["generate", "--env", "dev"],
    ["plugins", "list"],
    ["plugins", "info", "spy"],
    ["plugins", "validate", "--static"],
    ["plugins", "trust", "--all", "--yes"],
    ["plugins", "lock"],
    ["validate", "--locked"],
    ["schema"],
    ["list", "flowgroups"],
    ["substitutions", "--env", "dev"],
    ["--help"],
)
ALL = """\
name: demo
plugins:
  entry_points: false
  directories: [plugins]
  enabled:
    - {name: spy, type: validator, module: MODULE, class: Spy, permissions: {read: ["data/*"]}}
    - {name: m, type: template_macro, path: macros}
    - {name: c, type: content, path: content}
"""
CIRCLES = (
    *("lhp.yaml", "lhp.lock", ".lhp", ".lhp/state", ".lhp/state/dev.json", ".lhp/cache"),
    *("mine", "mine/spy.py", "mine/loop", "mine/loop.py", "mine/loop.j2", "click", "click.py"),
    *("plugins", "plugins/loop", "plugins/loop.py", "plugins/plugins.yaml", "json", "macros/a.j2"),
    *("pipelines", "pipelines/loop", "pipelines/loop.yaml", "templates", "templates/loop.yaml"),
    *("presets", "presets/loop.yaml", "blueprints/loop.yaml", "substitutions/loop.yaml"),
    *("substitutions", "substitutions/dev.yaml", "content", "content/templates/loop.yaml"),
    *("data", "data/loop", "generated", "generated/dev", "generated/dev/p/f.py", "user"),
)


@LINKS
@pytest.mark.parametrize("way", ["to itself", "to its folder", "through itself"])
@pytest.mark.parametrize("path", CIRCLES)
def test_a_link_that_leads_in_a_circle_is_no_fault_of_ours(
    hostile: Make, path: str, way: str
) -> None:
    module = (
        f"{path.removesuffix('.py')}.spy" if path in ("click", "click.py", "json") else "mine.spy"
    )
    files = {"plugins/x.py": PLUGIN, "macros/a.j2": "", "content/templates/x.yaml": "name: x\n"}
    project = hostile({"lhp.yaml": ALL.replace("MODULE", module), **files})
    project.approve()
    link = project.user if path == "user" else project.root / path
    if link.is_dir():
        link.rename(link.with_name(f"{link.name}.away"))
    link.unlink(missing_ok=True)
    link.parent.mkdir(parents=True, exist_ok=True)
    target = {"to itself": link.name, "to its folder": "."}.get(way, f"{link.name}/x")
    link.symlink_to(target)
    for words in COMMANDS:
        project.run(*words)


@LINKS
@pytest.mark.parametrize("path", ["sql/loop.sql", "sql/loop/a.sql"])
def test_a_file_that_leads_in_a_circle_is_missing(hostile: Make, path: str) -> None:
    flow = FILES["pipelines/a.yaml"].replace("sql: SELECT 1 AS a", f"sql_path: {path}")
    link = "/".join(path.split("/")[:2])
    project = hostile({"pipelines/a.yaml": flow, link: Path(link)})
    project.approve()
    came = project.run()
    assert (came.code, "error[LHP-IO-001] pipelines/a.yaml:4:" in came.said) == (1, True), came.said
    assert f"there is no file {path!r} in the project" in came.said


@LINKS
def test_a_workspace_that_leads_in_a_circle_is_no_fault_of_ours(
    hostile: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = hostile({"loop": Path("loop"), "pipelines/b.yaml": "pipeline: p\n"})
    project.approve()
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.root / "loop"))
    came = project.run("validate", "--format", "github")
    assert (came.code, "file=pipelines/b.yaml" in came.said) == (1, True)


@LINKS
@pytest.mark.parametrize("words", [["--project", "loop", "validate"], ["init", "loop"]])
def test_a_project_that_leads_in_a_circle_is_told(hostile: Make, words: list[str]) -> None:
    project = hostile({"loop": Path("loop")})
    assert project.run(*words).code in (1, 2)
