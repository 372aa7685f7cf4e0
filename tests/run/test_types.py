"""Generated modules fit the type hints of PySpark, and what is documented of `pipelines`."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "golden"
SIGNATURES = Path(__file__).parent / "signatures.py"
PIPELINES = "from pyspark import pipelines as dp\n"
TYPED = "import signatures as dp; from given import dbutils, spark\n"  # on one line: lines stay
GIVEN = """\
from typing import Any
from pyspark.sql import SparkSession

spark: SparkSession
dbutils: Any
"""
"""What the platform gives each module besides."""

ALLOWED = {
    'Unexpected keyword argument "temporary" for "table"  [call-arg]': (
        "written as earlier releases wrote it, see test_signatures.py"
    ),
    'Dict entry 1 has incompatible type "str": "int"': (
        "a table property that is a number in YAML is written as one"
    ),
    'Need type annotation for "parameters"': "a function of the project gets an empty dictionary",
}
"""What a type checker may say, with the reason."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what mypy says of all golden modules, in one call."""
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not installed here: it is in the group `lint`")
    folder = tmp_path_factory.mktemp("typed")
    shutil.copy(SIGNATURES, folder)
    (folder / "given.pyi").write_text(GIVEN, encoding="utf-8")
    for file in sorted(GOLDEN.glob("*/expected/**/*.py")):
        place = folder / file.relative_to(GOLDEN)
        place.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text(encoding="utf-8")
        place.write_text(text.replace(PIPELINES, TYPED, 1), encoding="utf-8")
    (folder / "wrong.py").write_text(f"{TYPED}dp.create_sink()\nspark.nothing\n", encoding="utf-8")
    options = ("--check-untyped-defs", "--ignore-missing-imports", "--explicit-package-bases")
    cache = ("--cache-dir", str(SIGNATURES.parents[2] / ".mypy_cache" / "generated"))
    command = [sys.executable, "-m", "mypy", "--config-file=", *options, *cache, "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert "checked " in done.stdout, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if re.search(r":\d+: error: ", line)]


def test_generated_modules_fit_the_hints_of_pyspark(told: list[str]) -> None:
    found = [line for line in told if not line.startswith("wrong.py")]
    assert [line for line in found if not any(each in line for each in ALLOWED)] == []
    assert [each for each in ALLOWED if not any(each in line for line in found)] == []


def test_the_checker_sees_what_is_wrong_in_a_module(told: list[str]) -> None:
    assert [line.partition(" error: ")[2] for line in told if line.startswith("wrong.py")] == [
        'Missing positional arguments "name", "format" in call to "create_sink"  [call-arg]',
        '"SparkSession" has no attribute "nothing"  [attr-defined]',
    ]
