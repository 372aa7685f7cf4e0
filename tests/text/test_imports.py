from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.errors import IMPORT_CLASH, IMPORT_LINE_BAD, LhpErrors, Location
from lhp.text import imports
from lhp.text.imports import merged_imports

AT = Location("lhp.yaml", 3, 5)
DP = "from pyspark import pipelines as dp"
F = "from pyspark.sql import functions as F"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], ""),
        ([DP, DP], DP),
        ([F, DP], f"{DP}\n{F}"),
        (
            [DP, "from custom_python_functions.tides import get", "import requests", "import json"],
            (
                f"import json\n\nimport requests\n\n{DP}\n\n"
                "from custom_python_functions.tides import get"
            ),
        ),
        (
            ["import json", "from __future__ import annotations"],
            "from __future__ import annotations\n\nimport json",
        ),
        # One statement for each module, names sorted as isort sorts them.
        (
            ["from m import b", "from m import a, B", "from m import C_D"],
            "from m import C_D, B, a, b",
        ),
        # isort leaves a renamed name alone.
        (
            ["from pyspark.sql import DataFrame", F, "from pyspark.sql import Window"],
            f"from pyspark.sql import DataFrame, Window\n{F}",
        ),
        (["import os.path", "import os"], "import os\nimport os.path"),
        (["import os, sys as system"], "import os\nimport sys as system"),
        (["from m import a as a", "from m import a"], "from m import a"),
        # A wildcard gives every public name under its own name.
        (
            ["from pyspark.sql.functions import col", "from pyspark.sql.functions import *", F],
            f"{F}\nfrom pyspark.sql.functions import *",
        ),
        (
            [
                "from m import *",
                "from m import a",
                "from m import a as b",
                "from m import _c",
                "import m",
            ],
            "import m\nfrom m import *\nfrom m import _c\nfrom m import a as b",
        ),
        (["from m import *", "from n import *"], "from m import *\nfrom n import *"),
        (
            ["from . import near", "from .other import far"],
            "from . import near\nfrom .other import far",
        ),
        # Two spellings of one thing are no clash.
        ([F, "import pyspark.sql.functions as F"], f"import pyspark.sql.functions as F\n{F}"),
        (["  import json  # why not\n"], "import json"),
        (["from m import (\n    a,\n    b,\n)"], "from m import a, b"),
    ],
)
def test_lines_are_merged_grouped_and_sorted(lines: list[str], expected: str) -> None:
    assert merged_imports(lines) == expected


@pytest.mark.parametrize(
    "line",
    ["", "import", "x = 1", "import a; import b", "import a\nimport b", "import a\nprint()", "# import a",
     "print('import a')", "import a\0", "import '\udc00'", "from m import a, *"],
)  # fmt: skip
def test_anything_else_than_one_import_is_refused(line: str) -> None:
    with pytest.raises(LhpErrors) as caught:
        merged_imports([DP, line], AT)
    [problem] = caught.value.problems
    assert (problem.code, problem.location) == (IMPORT_LINE_BAD, AT)
    assert repr(line) in problem.message


@pytest.mark.parametrize(
    ("lines", "first", "second"),
    [
        (["from a import x", "from b import x"], "a.x", "b.x"),
        (["import a.b", "import c as a"], "a", "c"),
        (["import pandas as F", F], "pandas", "pyspark.sql.functions"),
    ],
)
def test_one_name_for_two_things_is_refused(lines: list[str], first: str, second: str) -> None:
    with pytest.raises(LhpErrors) as caught:
        merged_imports(lines)
    [problem] = caught.value.problems
    assert problem.code is IMPORT_CLASH
    assert {problem.values["first"], problem.values["second"]} == {first, second}


def test_all_bad_lines_are_told_at_once() -> None:
    with pytest.raises(LhpErrors) as caught:
        merged_imports(["1", "from a import x", "2", "from b import x"])
    assert [each.code for each in caught.value.problems] == [
        IMPORT_LINE_BAD,
        IMPORT_LINE_BAD,
        IMPORT_CLASH,
    ]


def test_standard_modules_are_standard() -> None:
    assert sorted(imports._STANDARD - sys.stdlib_module_names) == []


def test_ruff_would_sort_the_same_way(tmp_path: Path) -> None:
    lines = [
        F, DP, "import json", "import pandas as pd", "from pyspark.sql.types import StringType, IntegerType, ALL",
        "import datetime", "from datetime import date", "from custom_python_functions.a import z, B, c",
        "from custom_python_functions import a", "from requests import get, Session", "import requests",
        "from __future__ import annotations", "from pyspark.sql.functions import *", "from pyspark.sql import DataFrame",
    ]  # fmt: skip
    (tmp_path / "module.py").write_text(merged_imports(lines) + "\n")
    (tmp_path / "ruff.toml").write_text(
        '[lint]\nselect = ["I"]\n[lint.isort]\n'
        'section-order = ["future", "standard-library", "third-party", "pyspark", "first-party"]\n'
        'known-first-party = ["custom_python_functions"]\n'
        '[lint.isort.sections]\n"pyspark" = ["pyspark"]\n'
    )
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--diff", "."]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "")


MODULES = st.sampled_from(
    ["json", "pandas", "pyspark.sql", "pyspark.sql.functions", "custom_python_functions.x"]
)
NAMES = st.sampled_from(["a", "B", "CC", "functions", "*"])
STATEMENTS = st.one_of(
    MODULES.map("import {}".format), st.builds("from {} import {}".format, MODULES, NAMES)
)


@given(st.lists(STATEMENTS))
def test_merging_is_stable_and_ignores_order(lines: list[str]) -> None:
    try:
        merged = merged_imports(lines)
    except LhpErrors:
        with pytest.raises(LhpErrors):
            merged_imports(reversed(lines))
        return
    assert merged_imports(reversed(lines)) == merged
    assert merged_imports(line for line in merged.splitlines() if line) == merged


@given(st.text())
def test_any_text_is_merged_or_refused(line: str) -> None:
    try:
        merged = merged_imports([line])
    except LhpErrors:
        return
    assert all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.parse(merged).body)
