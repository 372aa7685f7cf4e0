"""The public names of the package, exported lazily."""

from __future__ import annotations

import subprocess
import sys

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
