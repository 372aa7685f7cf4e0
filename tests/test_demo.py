"""`make demo`: what it approves by name is all that the sample project needs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from lhp.core.user_files import FOLDER_VARIABLE

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def test_what_the_demo_approves_is_what_its_run_needs(
    tmp_path: Path, lhp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "user"))  # who has approved nothing
    sample = tmp_path / "sample"
    shutil.copytree(ROOT / "sample_project", sample, ignore=shutil.ignore_patterns("generated"))
    (names,) = re.findall(r"^SAMPLE_PLUGINS := (.*)$", MAKEFILE, re.MULTILINE)
    project = ("--project", str(sample))
    assert lhp(*project, "plugins", "trust", *names.split(), "--yes").code == 0
    assert lhp(*project, "validate", "--env", "dev").code == 0
    assert lhp(*project, "generate", "--env", "dev").code == 0
    assert list((sample / "generated/dev").rglob("*.py"))
