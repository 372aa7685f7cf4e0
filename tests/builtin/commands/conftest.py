"""A project as `lhp init` makes it, and `lhp` run in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from lhp.cli.main import run


class Ended(NamedTuple):
    """What a call of `lhp` did."""

    code: int
    out: str
    err: str


Lhp = Callable[..., Ended]


@pytest.fixture
def lhp(capsys: pytest.CaptureFixture[str]) -> Lhp:
    """Return a function that runs `lhp` with some words."""

    def call(*words: str) -> Ended:
        capsys.readouterr()
        code = run(list(words))
        return Ended(code, *capsys.readouterr())

    return call


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lhp: Lhp) -> Path:
    """Return a new project, which is the current folder."""
    monkeypatch.setenv("CI", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)
    assert lhp("init", "shop").code == 0
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"
