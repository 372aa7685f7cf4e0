"""The built-in formatter, run for real."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lhp.builtin import formatters
from lhp.builtin.formatters import ruff
from lhp.builtin.formatters.ruff import RuffFormatter
from lhp.errors import LhpError, LhpErrors
from lhp.model.flowgroup import Output
from lhp.passes.format import format_outputs


def test_all_files_come_back_formatted() -> None:
    sources = {"generated/dev/a b/ö.py": "x = { 'a':1 }", "generated/dev/p/n.py": "y=1"}
    assert RuffFormatter().format(sources) == {
        "generated/dev/a b/ö.py": 'x = {"a": 1}\n',
        "generated/dev/p/n.py": "y = 1\n",
    }


def test_names_that_differ_in_case_or_lead_out_are_only_names() -> None:
    sources = {"a.py": "x=1", "A.py": "x=2", "../../a.py": "x=3"}
    assert list(RuffFormatter().format(sources).values()) == ["x = 1\n", "x = 2\n", "x = 3\n"]


def test_no_files_are_no_fault() -> None:
    assert RuffFormatter().format({}) == {}


def test_refused_file_is_named_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("CLICOLOR_FORCE", "1")
    with pytest.raises(LhpErrors) as caught:
        RuffFormatter().format({"good.py": "x=1", "p/bad.py": "x = 1\ny = = 2\n"})
    (problem,) = caught.value.problems
    assert problem.code.id == "LHP-CFG-033"
    assert str(problem.location) == "p/bad.py:2:5"


@pytest.mark.parametrize("folder", ["build/.venv", "ignored"])
def test_settings_around_the_temporary_folder_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("ignored\n")
    (tmp_path / "ruff.toml").write_text("[format]\nquote-style = 'single'\n")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / folder))
    monkeypatch.setattr(ruff, "_MEMORY", str(tmp_path / "none"))
    assert RuffFormatter().format({"a.py": "x='a'"}) == {"a.py": 'x = "a"\n'}
    assert list((tmp_path / folder).iterdir()) == []


@pytest.mark.parametrize("missing", ["package", "program"])
def test_missing_ruff_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    stand_in: ModuleType | None = None
    if missing == "program":
        stand_in = ModuleType("ruff")
    monkeypatch.setitem(sys.modules, "ruff", stand_in)
    with pytest.raises(LhpError, match="LHP-CFG-034") as caught:
        RuffFormatter().format({"a.py": "x=1"})
    assert "pip install ruff" in caught.value.hint


@pytest.mark.skipif(sys.platform == "win32", reason="stands in a shell script for the program")
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("#!/bin/sh\necho out of memory >&2; exit 2\n", "out of memory"),
        ("#!/bin/sh\nexit 3\n", "it ended with 3"),
        ("#!/no/such/shell\n", "No such file"),
    ],
)
def test_failing_ruff_is_an_error_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    program = tmp_path / "ruff"
    program.write_text(script)
    program.chmod(0o755)
    stand_in = ModuleType("ruff")
    stand_in.find_ruff_bin = lambda: str(program)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ruff", stand_in)
    with pytest.raises(LhpError, match="LHP-CFG-033") as caught:
        RuffFormatter().format({"a.py": "x=1"})
    assert reason in caught.value.message


@given(st.lists(st.text(), max_size=5))
@settings(max_examples=25, deadline=None)
def test_any_literal_keeps_its_meaning(values: list[str]) -> None:
    code = "".join(f"f({value!r}, {{'k': {value!r}}})\n" for value in values)
    (output,) = format_outputs([Output("a.py", code, "p")], RuffFormatter())
    assert compile(output.text, "a.py", "exec")


@pytest.mark.parametrize(
    "code",
    [
        'def f():\n  "doc  \\n  more   "\n  return (1)\n',
        'class A:\n\t"""doc\n\t  more   \n\t"""\n\tx=u"a"\n\t"""about x  """\n',
        "def f(x,y):\n  del (x, y)\n  assert (x, y)\n  for (a, b) in x: print((yield))\n",
        'x = f"{x!r:>{w}}" "tail" f"{y = }"\n',
        "with (open(a)) as f, (open(b)) as g: pass\n",
        "x = 0XFF + 1E5 + 10L if False else 0\n".replace("10L", "10"),
        "try:\n  pass\nexcept (A, B): raise\n",
        "if True:\n  pass;\n# fmt: off\nx = [1,\n 2]\n# fmt: on\n",
        "print('a' 'b'\n  'c')\n@(d)\ndef f(*, a, **k): ...\n",
    ],
)
def test_code_of_users_keeps_its_meaning(code: str) -> None:
    format_outputs([Output("a.py", code, "p")], RuffFormatter())


def test_declared_as_a_user_would() -> None:
    text = (Path(formatters.__file__).parent / "plugins.yaml").read_text()
    assert yaml.safe_load(text)["plugins"] == [
        {
            "name": "ruff",
            "type": "formatter",
            "module": "lhp.builtin.formatters.ruff",
            "class": "RuffFormatter",
        }
    ]
