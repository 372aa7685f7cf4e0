"""How long modules take to be imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from lhp.core.import_times import timed_imports


def test_each_module_has_its_own_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = "import time\ntime.sleep(0.05)\n"
    (tmp_path / "timed_inner.py").write_text(slow, encoding="utf-8")
    (tmp_path / "timed_outer.py").write_text(f"import timed_inner\n{slow}", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with timed_imports() as timer:
        __import__("timed_outer")
    times = timer.times()
    own = dict(times.modules)
    assert 50 <= own["timed_inner"] < 95
    assert 50 <= own["timed_outer"] < 95
    assert times.milliseconds >= 100


def test_what_is_imported_already_takes_none() -> None:
    with timed_imports() as timer:
        __import__("json")
    assert timer.times().milliseconds == 0


def test_a_module_that_fails_is_timed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "timed_broken.py").write_text("1 / 0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ZeroDivisionError), timed_imports() as timer:
        __import__("timed_broken")
    assert [name for name, _ in timer.times().modules] == ["timed_broken"]
