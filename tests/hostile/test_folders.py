"""Folders whose entries have misleading names, or lead in circles."""

from __future__ import annotations

from collections.abc import Callable

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
