"""A look ahead: what is told when the run asks is what the files hold then."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lhp.passes import ahead
from lhp.passes.again import Look
from lhp.passes.ahead import Ahead

PATH = "sql/orders.sql"
TICK = 0.05
"""Seconds; longer than the clock of a file system takes for one step."""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder with one file, which was not changed for long enough."""
    monkeypatch.setattr(ahead, "_SETTLED_NS", 0)
    (tmp_path / "sql").mkdir()
    (tmp_path / PATH).write_text("one", encoding="utf-8")
    time.sleep(TICK)
    return tmp_path


def _rewritten(file: Path) -> None:
    file.write_text("more than one", encoding="utf-8")


def _of_the_same_size_and_time(file: Path) -> None:
    status = file.stat()
    file.write_text("two", encoding="utf-8")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def _replaced_by_one_of_the_same_size_and_time(file: Path) -> None:
    status, other = file.stat(), file.with_name("other")
    other.write_text("two", encoding="utf-8")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(file)


def _removed(file: Path) -> None:
    file.unlink()


def _made_a_link(file: Path) -> None:
    real = file.with_name("real")
    file.rename(real)
    file.symlink_to(real)


def _in_a_linked_folder(file: Path) -> None:
    real = file.parent.with_name("real")
    file.parent.rename(real)
    file.parent.symlink_to(real)


def _left_alone(file: Path) -> None:
    pass


@pytest.mark.parametrize(
    "edit",
    [
        _rewritten,
        _of_the_same_size_and_time,
        _replaced_by_one_of_the_same_size_and_time,
        _removed,
        _made_a_link,
        _in_a_linked_folder,
        _left_alone,
    ],
)
def test_it_tells_what_holds_when_it_is_asked(root: Path, edit: Callable[[Path], None]) -> None:
    look = Ahead(str(root), [PATH, "sql/missing.sql"])
    time.sleep(TICK)
    edit(root / PATH)
    fresh = Look(str(root))
    assert look.digest(PATH) == fresh.digest(PATH)
    for other in ("sql/missing.sql", "sql"):
        assert look.digest(other) == fresh.digest(other)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows reads each file again")
def test_a_file_that_is_as_it_was_is_not_read_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Ahead(str(root), [PATH])
    expected = Look(str(root)).digest(PATH)
    monkeypatch.setattr(os, "open", None)  # nothing can be read
    assert look.digest(PATH) == expected


def test_what_was_just_changed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "orders.sql"
    for number in range(200):  # some of them within one step of the clock
        file.write_text(f"{number:03}", encoding="utf-8")
        look = Ahead(str(tmp_path), ["orders.sql"])
        file.write_text(f"{number:03}"[::-1] + ".", encoding="utf-8")
        file.write_text(f"{number:03}"[::-1], encoding="utf-8")
        assert look.digest("orders.sql") == Look(str(tmp_path)).digest("orders.sql")
