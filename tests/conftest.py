"""What every test shares: `lhp` itself, and how hypothesis runs."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import hypothesis
import pytest

from lhp.cli.main import run
from lhp.core.modules import step_back
from lhp.core.user_files import FOLDER_VARIABLE

pytest_plugins = ["lhp.pytest_plugin"]  # offered by its entry point, where that is installed

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_configure(config: pytest.Config) -> None:
    """Give the tests a user of their own, who trusts the plugins of what tests make."""
    folder = Path(tempfile.mkdtemp(prefix="lhp-user-"))
    config.add_cleanup(functools.partial(shutil.rmtree, folder, ignore_errors=True))
    places = [tempfile.gettempdir(), config.getoption("basetemp") or "", Path(__file__).parents[1]]
    trusted = [str(Path(place).resolve()) for place in places if place]
    (folder / "policy.yaml").write_text(json.dumps({"trusted_sources": trusted}), encoding="utf-8")
    os.environ[FOLDER_VARIABLE] = str(folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Time out of the coverage what tells it nothing, as tracing doubles the time that a test takes.

    That is property tests, of which a hundred examples tell no more than one, and hostile cases:
    the first of each test tells nearly all that they do.
    """
    met: set[str] = set()
    for item in items:
        if isinstance(item, pytest.Function):
            test = item.nodeid.partition("[")[0]
            is_again = _HOSTILE in item.path.parents and test in met
            if is_again or hypothesis.is_hypothesis_test(item.obj):
                item.add_marker(pytest.mark.no_cover)
            met.add(test)


_HOSTILE = Path(__file__).parent / "hostile"


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


@pytest.fixture(scope="session")
def needs_java() -> Callable[[], None]:
    """Return a function that skips a test where Spark can't run, or fails it where that is asked."""

    def check() -> None:
        home = os.environ.get("JAVA_HOME")
        if not shutil.which("java", path=str(Path(home, "bin")) if home else None):
            is_demanded = "spark" in os.environ.get("LHP_TEST_DEMANDS", "").split()
            (pytest.fail if is_demanded else pytest.skip)("there is no Java here")

    return check


@pytest.fixture(scope="session")
def wheel() -> Callable[..., str]:
    """Return a function that makes a wheel of a few texts and gives its SHA-256."""
    return make_wheel


def make_wheel(
    folder: Path,
    name: str,
    files: Mapping[str, str],
    *,
    version: str = "1.2",
    requires: Sequence[str] = (),
) -> str:
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    whole = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{path},sha256={_record_hash(text)},{len(text)}" for path, text in whole.items()]
    whole[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""])
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as made:
        for path, text in whole.items():
            made.writestr(zipfile.ZipInfo(path), text)
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _record_hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture(autouse=True)
def _forget_local_modules() -> Iterator[None]:
    yield
    step_back()
