"""Writes a small real project, runs the passes on it, and tells what a user sees.

A file may hold the mark ‸ (it is taken out before writing): a fault is expected there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from lhp.errors import Code, LhpError, LhpErrors, Location
from lhp.passes.project import open_project
from lhp.passes.run import Outcome, Wanted, run

MARK = "‸"
FLOW = "pipelines/a.yaml"
DEFAULTS = {
    # What is installed here is none of a test's business, and costs half of its time.
    "lhp.yaml": "name: demo\nplugins: {entry_points: false}\n",
    "substitutions/dev.yaml": "dev: {catalog: dev_cat}\n",
}

Files = Mapping[str, str] | str


def _texts(files: Files) -> dict[str, str]:
    given = {FLOW: files} if isinstance(files, str) else files
    return {path: dedent(text) for path, text in {**DEFAULTS, **given}.items()}


def _marked(files: Files) -> list[Location]:
    places = []
    for path, text in _texts(files).items():
        for number, line in enumerate(text.split("\n"), start=1):
            *before, _ = line.split(MARK)
            lengths = [len("".join(before[: index + 1])) for index in range(len(before))]
            places += [Location(path, number, length + 1) for length in lengths]
    return sorted(places)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Files], Path]:
    """Write a project; a text alone is its only flowgroup file."""

    def write_files(files: Files, folder: str = "project") -> Path:
        root = tmp_path.resolve() / folder
        for path, text in _texts(files).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text.replace(MARK, ""), encoding="utf-8")
        return root

    return write_files


@pytest.fixture
def run_in() -> Callable[..., Outcome]:
    """Run the project of a folder."""

    def run_there(root: Path, env: str = "dev", **wanted: Any) -> Outcome:
        return run(open_project(root), Wanted(env, **{"is_formatted": False, **wanted}))

    return run_there


@pytest.fixture
def outcome(write: Callable[..., Path], run_in: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """Run a project of some files."""

    def run_files(files: Files, **wanted: Any) -> Outcome:
        return run_in(write(files), **wanted)

    return run_files


@pytest.fixture
def made(outcome: Callable[..., Outcome]) -> Callable[..., Mapping[str, str]]:
    """Give the text of each generated file by its path below generated/<env>; no fault allowed."""

    def texts(files: Files, **wanted: Any) -> Mapping[str, str]:
        done = outcome(files, **wanted)
        assert not list(map(str, done.problems))
        return {each.path.split("/", 2)[-1]: each.text for each in done.outputs}

    return texts


@pytest.fixture
def problems(outcome: Callable[..., Outcome]) -> Callable[..., Sequence[LhpError]]:
    """Give what is wrong with a project, by place."""

    def found(files: Files, **wanted: Any) -> Sequence[LhpError]:
        try:
            given = outcome(files, **wanted).problems
        except LhpErrors as errors:
            given = errors.problems
        except LhpError as error:
            given = (error,)
        return sorted(given, key=lambda each: each.location or Location(""))

    return found


@pytest.fixture
def check(problems: Callable[..., Sequence[LhpError]]) -> Callable[..., Sequence[LhpError]]:
    """Demand these codes at the marks, in their order, and nothing else; `nowhere` has no place."""

    def faults(
        files: Files, *codes: Code, nowhere: Sequence[Code] = (), **wanted: Any
    ) -> Sequence[LhpError]:
        found = problems(files, **wanted)
        expected = [
            *((code.id, None) for code in nowhere),
            *zip((code.id for code in codes), _marked(files), strict=True),
        ]
        seen = [(each.code.id, each.location) for each in found]
        assert seen == expected, "\n".join(map(str, found))
        assert all(each.hint is not None for each in found)
        return found

    return faults
