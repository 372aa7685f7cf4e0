"""What `lhp explain` prints of the codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lhp import errors
from lhp.errors import FILE_EDITED, Code

CODES = sorted(
    (value for value in vars(errors).values() if isinstance(value, Code)), key=lambda code: code.id
)


@pytest.fixture(autouse=True)
def _outside_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("written", ["LHP-IO-121", "lhp-io-121", "io-121", "IO-121"])
def test_a_code_is_explained_however_it_is_written(lhp: Any, written: str) -> None:
    ended = lhp("explain", written)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(
        "error[LHP-IO-121]\n  <path> was edited since it was generated\n  help: `lhp diff` shows"
    )
    assert " ".join(ended.out.split()).endswith(FILE_EDITED.explain)


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_every_page_fits_on_80_columns_and_shows_no_format_string(lhp: Any, code: Code) -> None:
    out = lhp("explain", code.id).out
    assert max(map(len, out.splitlines())) <= 80
    assert "!r}" not in out
    assert "<advice>" not in out


def test_without_a_code_all_are_listed(lhp: Any) -> None:
    lines = lhp("explain").out.splitlines()
    assert [line.split()[0] for line in lines] == ["Code", *(code.id for code in CODES)]
    data = json.loads(lhp("explain", "--format", "json").out)
    assert [row["code"] for row in data] == [code.id for code in CODES]


def test_programs_get_one_code_as_data(lhp: Any) -> None:
    assert json.loads(lhp("explain", "io-121", "--format", "json").out) == {
        "code": "LHP-IO-121",
        "severity": "error",
        "message": "<path> was edited since it was generated",
        "hint": FILE_EDITED.hint,
        "explanation": FILE_EDITED.explain,
    }


def test_an_unknown_code_gets_the_nearest(lhp: Any) -> None:
    ended = lhp("explain", "LHP-IO-1211")
    assert (ended.code, ended.out) == (1, "")
    assert "did you mean 'LHP-IO-121'?" in ended.err
    assert "LHP-CFG-108" in lhp("explain", "nonsense").err
