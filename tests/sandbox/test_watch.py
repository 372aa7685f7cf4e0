"""What happens while a plugin is imported is seen."""

from __future__ import annotations

import builtins
import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lhp.sandbox.watch import changes_by


def test_a_quiet_import_changes_nothing() -> None:
    assert changes_by(lambda: json.loads("[1]")) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda _: Path("a.txt").write_text("a", encoding="utf-8"), "it writes the file 'a.txt'"),
        (lambda _: os.open("b.txt", os.O_CREAT | os.O_WRONLY), "it writes the file 'b.txt'"),
        (lambda _: Path("folder").mkdir(), "it makes the folder 'folder'"),
        (lambda patch: patch.setenv("SOME_NAME", "a"), "it changes os.environ"),
        (lambda patch: patch.chdir("/"), "it changes the working folder"),
        (lambda patch: patch.syspath_prepend("/"), "it changes sys.path"),
        (lambda patch: patch.setattr(json, "dumps", str), "it replaces json.dumps"),
        (lambda patch: patch.setattr(builtins, "shout", 1, raising=False), "it changes builtins"),
        (
            lambda patch: patch.setattr(logging.getLogger(), "disabled", True),
            "it changes the root logger",
        ),
        (
            lambda _: sys.setrecursionlimit(sys.getrecursionlimit() + 1),
            "it changes the recursion limit",
        ),
        (
            lambda _: subprocess.run([sys.executable, "-V"], check=True, stdout=-3),
            "it starts the program",
        ),
        (lambda _: connect(), "it opens a connection"),
        (
            lambda _: threading.Thread(target=time.sleep, args=(1,)).start(),
            "it changes the threads",
        ),
    ],
)
def test_a_change_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Any], Any], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found = changes_by(lambda: change(monkeypatch))
    assert any(each.startswith(told) for each in found), found
    if "recursion" in told:
        sys.setrecursionlimit(sys.getrecursionlimit() - 1)


def connect() -> None:
    with contextlib.suppress(OSError), socket.socket() as opened:
        opened.connect(("127.0.0.1", 1))


def test_what_goes_wrong_is_told_by_the_import_itself() -> None:
    with pytest.raises(ZeroDivisionError):
        changes_by(lambda: 1 // 0)


def test_reading_and_what_python_keeps_are_no_changes(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("a", encoding="utf-8")
    (tmp_path / "__pycache__").mkdir()

    def load() -> None:
        file.read_text(encoding="utf-8")
        (tmp_path / "__pycache__/a.pyc").write_bytes(b"")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")

    assert changes_by(load) == []
