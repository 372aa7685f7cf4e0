"""The public names of the package, exported lazily."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lhp


@pytest.mark.parametrize("name", lhp.__all__)
def test_a_public_name_is_what_its_home_holds(name: str) -> None:
    public = getattr(lhp, name)
    assert public.__name__ == name
    assert getattr(sys.modules[public.__module__], name) is public


def test_names_are_listed_and_unknown_ones_refused() -> None:
    assert {*lhp.__all__, "__version__"} <= {*dir(lhp)}
    assert lhp.__version__ == "0.1.0"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = lhp.nothing


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import lhp, sys; print([name for name in sys.modules if name.startswith('lhp.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_type_checkers_know_every_public_name() -> None:
    tree = ast.parse(Path(lhp.__file__).read_text(encoding="utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    homes = {alias.asname: node.module for node in nodes for alias in node.names if alias.asname}
    assert homes == lhp._HOMES


def test_the_package_runs_as_the_command() -> None:
    call = [sys.executable, "-m", "lhp", "--version"]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == lhp.__version__
