"""Where what a user decided is kept: never where a project could put it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lhp.core.approvals import Approvals
from lhp.core.manifest import Manifest, Origin
from lhp.core.plugin_sources import Sources
from lhp.core.user_files import policy_files, state_folder
from lhp.errors import USER_FILE_UNUSABLE, LhpError

ADD = """
import sys
from pathlib import Path
from lhp.core.approvals import Approvals
from lhp.core.manifest import Manifest, Origin
from lhp.core.plugin_sources import Sources
for number in range(20):
    manifest = Manifest("validator", f"{sys.argv[1]}_{number}", Origin.CONFIG, "mine", "Spy")
    Approvals(Path.cwd()).approve(manifest, Sources({}))
"""


@pytest.mark.parametrize("folder", ["here", "./here", "~/here", "."])
def test_a_folder_below_the_project_is_refused(
    monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("LHP_USER_DIR", folder)
    for find in (state_folder, policy_files):
        with pytest.raises(LhpError, match="no absolute path") as caught:
            find()
        assert caught.value.code == USER_FILE_UNUSABLE


@pytest.mark.skipif(sys.platform == "win32", reason="it knows its folders in another way")
def test_without_a_home_a_project_can_not_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LHP_USER_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    monkeypatch.setenv("HOME", "home")
    try:
        assert state_folder().is_absolute()
    except LhpError as error:
        assert error.code == USER_FILE_UNUSABLE  # noqa: PT017  (either will do)


def test_two_at_once_lose_no_approval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LHP_USER_DIR", str(tmp_path / "user"))
    command = [sys.executable, "-c", ADD]
    running = [subprocess.Popen([*command, name], cwd=tmp_path) for name in ("a", "b")]
    assert [each.wait() for each in running] == [0, 0]
    assert len(Approvals(tmp_path).approved) == 40


def test_what_is_kept_is_for_this_user_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LHP_USER_DIR", str(tmp_path / "user"))
    manifest = Manifest("validator", "a", Origin.CONFIG, "mine", "Spy")
    Approvals(tmp_path).approve(manifest, Sources({}))
    if sys.platform != "win32":
        assert (tmp_path / "user/trust.json").stat().st_mode & 0o077 == 0
