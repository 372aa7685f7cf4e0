"""Files beside the reviewed ones that Python would import: they do not run, the reviewed ones do."""

from __future__ import annotations

import importlib.util
import py_compile
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lhp.sandbox.kernel import KERNEL, expected_level

from .conftest import FILES
from .test_projects import UNAPPROVED

Make = Callable[..., Any]

SPY = FILES["mine/spy.py"]
UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH
VALIDATE = ("validate", "--env", "dev")
WALLED = pytest.mark.skipif(expected_level() != KERNEL, reason="this kernel has no Landlock")


def compiled(project: Any, text: str, target: Path) -> None:
    """Write the byte code of a text, which Python takes without a look at the source."""
    source = project.root / "hidden.txt"
    source.write_text(project.filled(text), encoding="utf-8")
    target.parent.mkdir(exist_ok=True)
    py_compile.compile(str(source), str(target), doraise=True, invalidation_mode=UNCHECKED)
    source.unlink()


@pytest.mark.parametrize(
    "name", ["a module", "its package", "a folder", "two folders", "a module at the root"]
)
def test_what_did_not_run_before_it_was_approved_runs_then(hostile: Make, name: str) -> None:
    project = hostile(UNAPPROVED[name][0])
    project.approve()
    ended = project.lhp(*VALIDATE)
    assert (ended.code, project.has_run(ended.err)) == (0, True), ended.err


def test_byte_code_does_not_run_for_the_source_beside_it(hostile: Make) -> None:
    project = hostile({})
    cache = Path(importlib.util.cache_from_source(str(project.root / "mine/spy.py")))
    compiled(project, "{evil}" + SPY, cache)
    subprocess.run([sys.executable, "-c", "import mine.spy"], check=True, cwd=project.root)
    assert project.marker.exists(), "the trick itself works"
    project.marker.unlink()
    assert project.run(*VALIDATE).code == 1
    project.approve()
    assert project.run(*VALIDATE).code == 0
    assert project.run("plugins", "validate").code == 0


def test_byte_code_without_a_source_is_no_module(hostile: Make) -> None:
    project = hostile({"mine/spy.py": "import mine.helper\n" + SPY})
    compiled(project, "{evil}", project.root / "mine/helper.pyc")
    subprocess.run([sys.executable, "-c", "import mine.helper"], check=True, cwd=project.root)
    assert project.marker.exists(), "the trick itself works"
    project.marker.unlink()
    project.approve()
    came = project.run(*VALIDATE)
    assert (came.code, "No module named 'mine.helper'" in came.said) == (1, True), came.said


def test_the_installed_command_imports_nothing_of_the_folder_it_is_called_in(
    hostile: Make, tmp_path: Path
) -> None:
    names = ("yaml", "json", "click", "jinja2", "sitecustomize", "usercustomize", "encodings")
    project = hostile(
        {f"{folder}{name}.py": "{evil}" for name in names for folder in ("", "mine/")}
    )
    subprocess.run([sys.executable, "-c", "import yaml"], check=True, cwd=project.root)
    assert project.marker.exists(), "the trick itself works"
    project.marker.unlink()
    project.approve()
    command = tmp_path / "command.py"
    command.write_text("from lhp.cli.main import main\nmain()\n", encoding="utf-8")
    words = [sys.executable, str(command), *VALIDATE]
    ended = subprocess.run(words, check=False, capture_output=True, text=True)
    assert (ended.returncode, project.has_run(ended.stdout + ended.stderr)) == (0, False)


IN_ANY_WORKER: Mapping[str, tuple[str, str]] = {
    "by name": ("import importlib\nimportlib.import_module('mine.hid' + 'den')\n", "hidden.py"),
    "by the built-in": ("__import__('mine.hid' + 'den')\n", "hidden.py"),
    "by the loader of lhp": (
        (
            "import sys\nfound = [each.find_spec('mine.hidden', ['']) for each in sys.meta_path]\n"
            "exec(next(filter(None, found)).loader.get_data(HIDDEN))\n"
        ),
        "hidden.py",
    ),
}  # fmt: skip
BEHIND_WALLS: Mapping[str, tuple[str, str]] = {
    "as text": ("exec(open(HIDDEN).read())\n", "Permission denied"),
    "by a path": ("import sys\nsys.path.insert(0, MINE)\nimport hidden\n", "No module named 'hidden'"),
    "by its place": ("import runpy\nrunpy.run_path(HIDDEN)\n", "Permission denied"),
    "by another loader": (
        "import importlib.machinery as m\nm.SourceFileLoader('hidden', HIDDEN).load_module()\n",
        "Permission denied",
    ),
    "by writing first": ("open(SPY, 'a').write('evil')\n", "Permission denied"),
    "by a program": ("import subprocess, sys\nsubprocess.run([sys.executable, HIDDEN])\n", "not permitted"),
}  # fmt: skip
PLACES = "from pathlib import Path\nMINE = str(Path(__file__).parent)\nHIDDEN, SPY = MINE + '/hidden.py', __file__\n"


@pytest.mark.parametrize(
    "name", [*IN_ANY_WORKER, *(pytest.param(name, marks=WALLED) for name in BEHIND_WALLS)]
)
def test_what_was_not_approved_runs_in_no_way(hostile: Make, name: str) -> None:
    lines, why = {**IN_ANY_WORKER, **BEHIND_WALLS}[name]
    hidden = {"mine/hidden.py": "{evil}"}
    project = hostile({"mine/spy.py": PLACES + lines + SPY, **hidden})
    project.approve()
    came = project.run(*VALIDATE)
    assert (came.code, why in came.said) == (1, True), came.said
    project.write({"mine/spy.py": "import mine.hidden\n" + SPY, "mine/hidden.py": "X = 1\n"})
    project.approve()
    assert project.run(*VALIDATE).code == 0


def test_what_is_imported_late_is_held_to_its_approval(hostile: Make) -> None:
    late = SPY.replace("return []", "import importlib; importlib.import_module('mine.hid' + 'den')")
    project = hostile({"mine/spy.py": late, "mine/hidden.py": "{evil}"})
    project.approve()
    came = project.run(*VALIDATE)
    assert (came.code, "hidden.py" in came.said) == (1, True), came.said


def test_a_helper_that_changed_since_is_named(hostile: Make) -> None:
    project = hostile({"mine/spy.py": "import mine.words\n" + SPY, "mine/words.py": "X = 1\n"})
    project.approve()
    assert project.run(*VALIDATE).code == 0
    project.write({"mine/words.py": "{evil}"})
    came = project.run(*VALIDATE)
    assert (came.code, "mine/words.py changed" in came.said) == (1, True)
    assert "untrusted" in project.run("plugins", "list").said


def test_what_a_plugin_prints_never_stands_among_the_results(hostile: Make) -> None:
    forged = "print('{\"problems\": []}\\n1 pipeline: no problems\\x1b[2J')\n"
    project = hostile({"mine/spy.py": forged + SPY.replace("[]", "['not so']")})
    project.approve()
    came = project.run(*VALIDATE, "--format", "json")
    assert came.code == 1
    assert came.out.count('"problems": [') == 1
    assert "\x1b" not in came.out + came.err
    assert "not so" in came.out
