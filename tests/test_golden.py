"""Whole projects and the exact files that they become; `pytest --regen` rewrites the latter."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden"
PROJECTS = {
    "sample_project": ROOT / "sample_project",
    **{folder.parent.name: folder for folder in sorted(GOLDEN.glob("*/project"))},
}
CASES = [
    (name, file.stem)
    for name, project in PROJECTS.items()
    for file in sorted((project / "substitutions").glob("*.yaml"))
]


@pytest.fixture
def copy_of(tmp_path: Path) -> Path:
    return tmp_path / "project"


def files_below(folder: Path) -> Mapping[str, bytes]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


@pytest.fixture
def generate(lhp: Callable[..., Any]) -> Callable[[Path, str], None]:
    def generate_all(project: Path, env: str) -> None:
        ended = lhp("--project", str(project), "generate", "--env", env)
        assert ended.code == 0, ended.err

    return generate_all


@pytest.mark.parametrize(("name", "env"), CASES)
def test_a_project_becomes_these_files(
    name: str, env: str, copy_of: Path, generate: Callable[[Path, str], None], *, regen: bool
) -> None:
    ignored = shutil.ignore_patterns("generated", ".lhp", "__pycache__")
    shutil.copytree(PROJECTS[name], copy_of, ignore=ignored)
    generate(copy_of, env)
    made = files_below(copy_of / "generated" / env)
    expected = GOLDEN / name / "expected" / env
    if regen:
        shutil.rmtree(expected, ignore_errors=True)
        for path, content in made.items():
            (expected / path).parent.mkdir(parents=True, exist_ok=True)
            (expected / path).write_bytes(content)
    assert made
    assert made == files_below(expected)
    for path, content in made.items():
        compile(content, path, "exec")


def test_a_second_run_changes_no_byte(copy_of: Path, generate: Callable[[Path, str], None]) -> None:
    ignored = shutil.ignore_patterns("generated", ".lhp", "__pycache__")
    shutil.copytree(PROJECTS["sample_project"], copy_of, ignore=ignored)
    generate(copy_of, "dev")
    first = {path: (copy_of / path).stat().st_mtime_ns for path in files_below(copy_of)}
    generate(copy_of, "dev")
    second = {path: (copy_of / path).stat().st_mtime_ns for path in files_below(copy_of)}
    generated = [path for path in first if path.startswith("generated/")]
    assert generated
    assert [first[path] for path in generated] == [second[path] for path in generated]
