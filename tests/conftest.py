"""What every test shares: `lhp` itself, `--regen`, and how hypothesis runs."""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import hypothesis
import pytest

from lhp.cli.main import run
from lhp.core.modules import LocalModules
from lhp.core.user_files import FOLDER_VARIABLE

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regen",
        action="store_true",
        help="rewrite the files that tests compare with (goldens, built schemas)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Give the tests a user of their own, who trusts the plugins of what tests make."""
    folder = Path(tempfile.mkdtemp(prefix="lhp-user-"))
    config.add_cleanup(functools.partial(shutil.rmtree, folder, ignore_errors=True))
    places = [tempfile.gettempdir(), config.getoption("basetemp") or "", Path(__file__).parents[1]]
    trusted = [str(Path(place).resolve()) for place in places if place]
    (folder / "policy.yaml").write_text(json.dumps({"trusted_sources": trusted}), encoding="utf-8")
    os.environ[FOLDER_VARIABLE] = str(folder)


@pytest.fixture(scope="session")
def regen(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--regen"))


class Ended(NamedTuple):
    """What a call of `lhp` did."""

    code: int
    out: str
    err: str


@pytest.fixture
def lhp(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Return a function that runs `lhp` with some words, here and not in a process of its own."""

    def call(*words: str) -> Ended:
        capsys.readouterr()
        code = run(list(words))
        return Ended(code, *capsys.readouterr())

    return call


@pytest.fixture(autouse=True)
def _forget_local_modules() -> Iterator[None]:
    yield
    finder = LocalModules(None)
    finder.activate()
    sys.meta_path.remove(finder)
