"""What pytest offers to the tests of projects and of plugins: projects, code, golden files.

lhp itself is imported by the test that uses it, so that pytest starts as fast as without it.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lhp.core.plugin_manager import PluginManager

_FIRST = {"lhp.yaml": "name: tests\n", "substitutions/dev.yaml": "dev: {}\n"}
_GOLDEN = "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--regen`."""
    group = parser.getgroup("lhp")
    help_text = "rewrite the files that tests compare with, such as those of `lhp_golden`"
    group.addoption("--regen", action="store_true", help=help_text)


@dataclass(frozen=True)
class Ended:
    """What a call of `lhp` did.

    Args:
        code: Its exit code.
        out: What it printed.
        err: What it told besides.
    """

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class LhpProject:
    """A project for one test; its plugins run unasked.

    Args:
        root: Its folder.
    """

    root: Path

    def write(self, files: Mapping[str, str]) -> None:
        """Write some files.

        Args:
            files: Text of each, by path from the root.
        """
        for path, text in files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def run(self, *words: str) -> Ended:
        """Return what `lhp` does with some words, in this process.

        Args:
            words: The words after `lhp`, such as `generate`, `--env`, `dev`.
        """
        from lhp.cli.main import run

        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(["--project", str(self.root), *words])
        return Ended(code, out.getvalue(), err.getvalue())

    def read(self, path: str) -> str:
        """Return the text of a file.

        Args:
            path: From the root.
        """
        return (self.root / path).read_text(encoding="utf-8")

    def files(self, folder: str = "generated") -> list[str]:
        """Return the paths of all files below a folder, from the root, sorted.

        Args:
            folder: From the root.
        """
        found = (file for file in (self.root / folder).rglob("*") if file.is_file())
        return sorted(file.relative_to(self.root).as_posix() for file in found)

    def render(self, flowgroup: str, env: str = "dev") -> str:
        """Return the module that a flowgroup becomes.

        Args:
            flowgroup: In YAML.
            env: The environment.

        Raises:
            AssertionError: When it can't be generated, with what is wrong.
        """
        self.write({"pipelines/rendered.yaml": flowgroup})
        ended = self.run("generate", "--env", env, "--include-tests")
        if ended.code != 0:
            raise AssertionError(ended.err + ended.out)
        from lhp.text.yaml_reader import read_yaml

        data: Any = read_yaml(flowgroup.encode(), "rendered.yaml")[0].data
        return self.read(f"generated/{env}/{data['pipeline']}/{data['flowgroup']}.py")


@pytest.fixture
def lhp_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LhpProject]:
    """Return an empty project in a folder of its own, with the environment dev."""
    from lhp.core.modules import step_back
    from lhp.core.user_files import FOLDER_VARIABLE

    root, user = tmp_path / "project", tmp_path / "user"
    user.mkdir()
    trusted = json.dumps({"trusted_sources": [str(root.resolve())]})
    (user / "policy.yaml").write_text(trusted, encoding="utf-8")
    monkeypatch.setenv(FOLDER_VARIABLE, str(user))
    project = LhpProject(root)
    project.write(_FIRST)
    yield project
    step_back()


@pytest.fixture
def lhp_rendered(lhp_project: LhpProject) -> Callable[..., str]:
    """Return a function that gives the module that a flowgroup, in YAML, becomes."""
    return lhp_project.render


@pytest.fixture
def lhp_plugins() -> Callable[..., PluginManager]:
    """Return a function that gives a manager of some plugins alone: see `plugins_alone`."""
    from lhp.testing import plugins_alone

    return plugins_alone


@pytest.fixture
def lhp_golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a function that compares a text with a file in `golden/` beside the test.

    `pytest --regen` writes the files; look at the difference before you keep it.
    """
    folder = request.path.parent / _GOLDEN
    is_written = bool(request.config.getoption("--regen"))

    def compare(text: str, name: str) -> None:
        file = folder / name
        if is_written:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        if not file.is_file():
            pytest.fail(f"there is no {_GOLDEN}/{name}: `pytest --regen` writes it")
        expected = file.read_text(encoding="utf-8")
        if text != expected:
            from difflib import unified_diff

            lines = unified_diff(
                expected.splitlines(), text.splitlines(), f"{_GOLDEN}/{name}", "now", lineterm=""
            )
            pytest.fail("\n".join([*lines, "`pytest --regen` writes it anew"]), pytrace=False)

    return compare
