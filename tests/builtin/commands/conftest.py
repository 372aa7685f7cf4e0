"""A project as `lhp init` makes it."""

from __future__ import annotations

import contextlib
import io
import shutil
from pathlib import Path

import pytest

from lhp.cli.main import run


@pytest.fixture(scope="session")
def _new_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert run(["--project", str(folder), "init", "shop"]) == 0
    return folder / "shop"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _new_shop: Path) -> Path:
    """Return a new project, which is the current folder."""
    monkeypatch.setenv("CI", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    shutil.copytree(_new_shop, tmp_path / "shop", symlinks=True)
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"
