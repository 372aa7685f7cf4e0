"""A folder is replaced as a whole, or stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from lhp.errors import LhpError
from lhp.passes.state import replace_folder


def test_folder_that_can_not_be_replaced_stays(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here/a.txt").write_text("a")
    with pytest.raises(LhpError, match="LHP-IO"):
        replace_folder(tmp_path, "here", tmp_path / "nowhere")
    assert [each.name for each in tmp_path.iterdir()] == ["here"]
    assert (tmp_path / "here/a.txt").read_text() == "a"
