"""What `lhp diff` shows."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

UNCHANGED = "No changes: the output is up to date.\n"


@pytest.fixture
def written(shop: Path, lhp: Any) -> Path:
    lhp("generate", "-e", "dev")
    return shop


def change(shop: Path, old: str, new: str, path: str = "sql/clean_orders.sql") -> None:
    text = (shop / path).read_text("utf-8")
    assert old in text
    (shop / path).write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.usefixtures("written")
def test_nothing_changed(lhp: Any) -> None:
    assert lhp("diff") == (0, UNCHANGED, "")
    assert lhp("diff", "--exit-code").code == 0


def test_changed_lines_are_shown_and_nothing_is_written(written: Path, lhp: Any) -> None:
    before = (written / "generated/dev/silver/orders.py").read_text("utf-8")
    change(written, "lower(trim(status))", "upper(status)")
    ended = lhp("diff")
    assert ended.code == 0
    assert ended.out.startswith("~ generated/dev/silver/orders.py\n--- a/generated/dev/silver/")
    assert "\n-  lower(trim(status)) AS status,\n+  upper(status) AS status,\n" in ended.out
    assert (written / "generated/dev/silver/orders.py").read_text("utf-8") == before
    assert lhp("diff", "--exit-code").code == 1


def test_git_applies_what_it_prints(written: Path, lhp: Any) -> None:
    change(written, "lower(trim(status))", "upper(status)")
    (written / "pipelines/silver/customers.yaml").unlink()
    patch = lhp("diff").out
    subprocess.run(
        ["git", "apply"],  # noqa: S607  (git stands where it stands)
        cwd=written,
        input=patch.encode(),
        check=True,
    )
    assert lhp("diff").out == UNCHANGED


def test_one_pipeline_and_one_environment(written: Path, lhp: Any) -> None:
    change(written, "lower(trim(status))", "upper(status)")
    assert lhp("diff", "-p", "bronze").out == UNCHANGED
    assert "+ generated/prod/silver/orders.py" in lhp("diff", "-e", "prod").out


def test_code_that_was_not_formatted_is_compared_as_such(shop: Path, lhp: Any) -> None:
    lhp("generate", "-e", "dev", "--no-format")
    assert lhp("diff", "--no-format").out == UNCHANGED
    assert lhp("diff").out != UNCHANGED
    assert (shop / "generated/dev").is_dir()


def test_errors_are_told_instead(written: Path, lhp: Any) -> None:
    change(written, "sql_path", "sql_pth", "pipelines/silver/orders.yaml")
    ended = lhp("diff")
    assert (ended.code, ended.out) == (1, "")
    assert "did you mean 'sql_path'?" in ended.err


def test_programs_get_the_changes_as_one_json_document(written: Path, lhp: Any) -> None:
    change(written, "lower(trim(status))", "upper(status)")
    ended = lhp("diff", "--format", "json", "--exit-code")
    assert (ended.code, ended.err) == (1, "")
    told = json.loads(ended.out)
    assert told["problems"] == []
    assert told["summary"] == {"errors": 0, "warnings": 0, "changes": 1}
    (only,) = told["changes"]
    assert (only["path"], only["kind"]) == ("generated/dev/silver/orders.py", "changed")
    assert "\n+  upper(status) AS status,\n" in only["diff"]


def test_programs_get_errors_in_the_same_form(written: Path, lhp: Any) -> None:
    change(written, "sql_path", "sql_pth", "pipelines/silver/orders.yaml")
    ended = lhp("diff", "--format", "json")
    assert (ended.code, ended.err) == (1, "")
    told = json.loads(ended.out)
    assert told["changes"] == []
    assert told["summary"]["errors"] == len(told["problems"]) > 0
