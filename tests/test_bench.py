"""What speed is measured on, and what is kept of it; nothing here is timed."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCH = Path(__file__).resolve().parent.parent / "bench"
HISTORY = [json.loads(line) for line in (BENCH / "history.jsonl").read_text("utf-8").splitlines()]
SUB_TYPES = {
    "cloudfiles, delta, sql, python, jdbc, kafka": r"^ +source:(?: \{|\n +)type: (\w+)",
    "sql, python, data_quality, schema, temp_table": r"^ +transform_type: (\w+)",
    "streaming_table, materialized_view, sink": r"^ +write_target:\n +type: (\w+)",
    "cdc, snapshot_cdc": r"^ +mode: (\w+)",
    "delta, kafka": r"^ +sink_type: (\w+)",
}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Return a function that imports a script of `bench`, as another script there does."""
    monkeypatch.syspath_prepend(BENCH)
    return importlib.import_module


def test_the_large_project_generates_and_nothing_is_said_about_it(
    script: Callable[[str], ModuleType], lhp: Callable[..., Any], tmp_path: Path
) -> None:
    project = script("large_project").LargeProject(100)
    project.write(tmp_path)
    generated = lhp("--project", str(tmp_path), "generate", "--env", "dev")
    assert (generated.code, re.findall("warning|error", generated.out + generated.err)) == (0, [])
    assert len(list(tmp_path.glob("generated/dev/*/*.py"))) == project.modules


def test_the_large_project_with_plugins_uses_each_of_them(
    script: Callable[[str], ModuleType],
) -> None:
    files = dict(script("large_project").LargeProject(700, 30).files())
    used = {name for text in files.values() for name in re.findall(r"type: (share\d+) ", text)}
    assert used == {f"share{number}" for number in range(30)}
    assert {f"plugins/{name}.py" for name in used} < set(files)


def test_the_large_project_is_the_same_for_a_size(
    script: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    command = (sys.executable, str(BENCH / "large_project.py"), str(tmp_path), "--files", "100")
    ran = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "1"},
    )
    assert ran.stdout == "100 flowgroup files, 142 modules\n"
    written = (file for file in tmp_path.rglob("*") if file.is_file())
    assert {
        file.relative_to(tmp_path).as_posix(): file.read_text("utf-8") for file in written
    } == dict(script("large_project").LargeProject(100).files())


def test_the_large_project_is_as_it_says(script: Callable[[str], ModuleType]) -> None:
    project = script("large_project").LargeProject(2800)
    files = dict(project.files())
    flows = [text for path, text in files.items() if path.startswith("pipelines/")]
    whole = "".join(flows)
    assert (len(flows), project.modules) == (2800, 4000)
    pairs = whole.count("use_blueprint: pair")
    assert whole.count("presets: [audited]") + pairs == 2000
    assert 0.3 < whole.count("use_template: ") / project.modules < 0.35
    names = re.findall(r"flowgroup: (\w+)|(?:first|second): (\w+)", whole)
    assert len(set(names)) == len(names) == project.modules


@pytest.mark.parametrize(("expected", "pattern"), SUB_TYPES.items())
def test_the_large_project_mixes_sub_types(
    script: Callable[[str], ModuleType], expected: str, pattern: str
) -> None:
    flows = (text for path, text in script("large_project").LargeProject(100).files())
    found = re.findall(pattern, "".join(flows), re.MULTILINE)
    assert set(found) == set(expected.split(", "))


def test_history_has_the_rows_of_the_table(script: Callable[[str], ModuleType]) -> None:
    rows = script("speed").ROWS
    assert HISTORY
    for line in HISTORY:
        assert {"date", "commit", "python", "release", "files", "rows"} < set(line)
        assert {row["name"] for row in line["rows"]} <= set(rows)
        for row in line["rows"]:
            assert {"target", "measured", "ok", "figures"} < set(row)


def test_the_readme_tells_of_every_row(script: Callable[[str], ModuleType]) -> None:
    text = (BENCH / "README.md").read_text("utf-8")
    for name, row in script("speed").ROWS.items():
        sign = "≥" if row.at_least else "≤"
        assert f"| `{name}` | {sign} {row.target:g} |" in text


def test_the_docs_show_the_last_line_of_the_history(
    script: Callable[[str], ModuleType], *, regen: bool
) -> None:
    file = BENCH.parent / "docs/speed.md"
    before, _, rest = file.read_text("utf-8").partition("<!-- figures -->\n")
    _, _, after = rest.partition("<!-- end of figures -->\n")
    figures = script("speed").table(HISTORY[-1])
    text = f"{before}<!-- figures -->\n{figures}\n\n<!-- end of figures -->\n{after}"
    if regen:
        file.write_text(text, "utf-8")
    assert file.read_text("utf-8") == text
