"""Secrets of a local run: from variables, from a file, or told as missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from lhp.errors import LhpError
from lhp.run.secrets import LocalDbutils


def test_a_variable_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secrets.local.yaml").write_text("db:\n  user: ann\n  pin: 17\n", encoding="utf-8")
    secrets = LocalDbutils(tmp_path).secrets
    assert secrets.get("db", "user") == "ann"
    assert secrets.get(scope="db", key="pin") == "17"
    assert secrets.getBytes("db", "user") == b"ann"
    monkeypatch.setenv("LHP_SECRET_DB_USER", "bob")
    assert secrets.get("db", "user") == "bob"


@pytest.mark.parametrize("text", ["", "db: 1\n", "[]\n", "db: {pin: 1}\n"])
def test_a_missing_secret_is_told_with_both_ways_to_give_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "secrets.local.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(LhpError) as caught:
        LocalDbutils(tmp_path).secrets.get("db-main", "user.name")
    assert caught.value.code.id == "LHP-RUN-029"
    assert "LHP_SECRET_DB_MAIN_USER_NAME" in caught.value.hint
    assert "secrets.local.yaml" in caught.value.hint


def test_a_file_that_is_no_yaml_is_told_at_its_line_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "secrets.local.yaml").write_text("db: {pin: abc123\n", encoding="utf-8")
    with pytest.raises(LhpError) as caught:
        LocalDbutils(tmp_path).secrets.get("db", "pin")
    assert caught.value.location is not None
    assert caught.value.location.path == "secrets.local.yaml"
    assert caught.value.message == "the file of secrets is no YAML, as line 2 shows"
    assert "abc123" not in f"{caught.value}{caught.value.__cause__}"


def test_a_project_without_the_file_has_no_secrets(tmp_path: Path) -> None:
    with pytest.raises(LhpError, match="db/user"):
        LocalDbutils(tmp_path).secrets.get("db", "user")


def test_what_only_the_platform_has_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(LhpError, match=r"dbutils\.widgets"):
        _ = LocalDbutils(tmp_path).widgets
    assert not hasattr(LocalDbutils(tmp_path), "__wrapped__")


def test_given_secrets_are_taken_out_of_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LHP_SECRET_DB_USER", "ann")
    monkeypatch.setenv("LHP_SECRET_DB_NAME", "anna")
    monkeypatch.setenv("LHP_SECRET_DB_EMPTY", "")
    secrets = LocalDbutils(tmp_path).secrets
    assert secrets.hidden("ann and anna") == "ann and anna"
    for key in ("user", "name", "empty"):
        secrets.get("db", key)
    assert secrets.hidden("ann and anna") == "[secret] and [secret]"
