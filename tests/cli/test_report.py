"""What a person, a pipe, a program and GitHub see."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from lhp.cli.report import (
    escape,
    print_plan,
    print_problems,
    print_status,
    print_table,
    progress,
)
from lhp.errors import Code, LhpError, Location
from lhp.passes.write import Change, Plan

BAD = Code("LHP-TST-001", "no such thing as {name!r}", hint="did you mean {nearest!r}?")
RAW = Code("LHP-TST-002", "{text}")
OLD = Code("LHP-TST-003", "old", severity="warning")
NOT_UTF_8 = pytest.mark.parametrize("encoding", ["ascii", "cp1252"])


class Terminal(io.StringIO):
    """A terminal that keeps what is printed."""

    def isatty(self) -> bool:
        """Return True: this is one."""
        return True


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "LHP_NO_PROGRESS", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project with one file."""
    text = "pipeline: bronze\nactions:\n\t- größe: 日本 kafak\n" + "k: " + "v" * 200 + "X\n"
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def bad(path: str = "a.yaml", line: int = 1, column: int = 1, name: str = "x") -> LhpError:
    """Return an error with a hint at a place."""
    return BAD.at(Location(path, line, column), name=name, nearest="y")


def shown(root: Path, *problems: LhpError, terminal: bool = False, form: str = "text") -> str:
    """Return how problems look."""
    file = Terminal() if terminal else io.StringIO()
    print_problems(problems, root=root, form=form, file=file)  # type: ignore[arg-type]
    return file.getvalue()


def test_problem_shows_place_line_caret_and_hint(root: Path) -> None:
    assert shown(root, bad(column=11)) == (
        "error[LHP-TST-001] a.yaml:1:11\n"
        "  no such thing as 'x'\n"
        "    1 | pipeline: bronze\n"
        "      |           ^\n"
        "  help: did you mean 'y'?\n"
        "1 error in 1 file\n"
    )


def test_caret_stands_under_wide_characters_and_after_tabs(root: Path) -> None:
    source, caret = shown(root, bad(line=3, column=14)).split("\n")[2:4]
    assert source[source.index("kafak") :] == "kafak"
    assert caret.index("^") == cell_len(source[: source.index("kafak")])


@pytest.mark.parametrize("column", [1, 150, 204])
def test_long_line_is_cut_around_the_column(root: Path, column: int) -> None:
    source, caret = shown(root, bad(line=4, column=column)).split("\n")[2:4]
    assert len(source) <= 80
    assert len(caret) <= 80
    under = source[caret.index("^")]
    assert under == {1: "k", 150: "v", 204: "X"}[column]


@pytest.mark.parametrize(
    ("location", "place", "lines"),
    [
        (None, "", 0),
        (Location(""), "", 0),
        (Location("a.yaml"), " a.yaml", 0),
        (Location("a.yaml", 2), " a.yaml:2", 1),
        (Location("a.yaml", 99, 1), " a.yaml:99:1", 0),
        (Location("none.yaml", 1, 1), " none.yaml:1:1", 0),
        (Location("nul\0.yaml", 1, 1), " nul\\x00.yaml:1:1", 0),
    ],
)
def test_what_is_not_known_is_left_out(
    root: Path, location: Location | None, place: str, lines: int
) -> None:
    head, *rest = shown(root, BAD.at(location, name="x", nearest=None)).split("\n")
    assert head == f"error[LHP-TST-001]{place}"
    assert sum("|" in line for line in rest) == lines
    assert "help" not in "".join(rest)


def test_sorted_by_place_each_once_with_a_summary(root: Path) -> None:
    problems = [
        bad("b.yaml"),
        bad(line=10),
        bad(line=9, column=2),
        bad(line=9),
        bad(line=9),
        OLD.at(),
    ]
    text = shown(root, *problems)
    heads = re.findall(r"^(?:error|warning)\[\S+\](.*)$", text, re.MULTILINE)
    assert heads == ["", " a.yaml:9:1", " a.yaml:9:2", " a.yaml:10:1", " b.yaml:1:1"]
    assert text.endswith("\n4 errors, 1 warning in 2 files\n")


def test_summary_without_files(root: Path) -> None:
    assert shown(root, OLD.at()).endswith("\n1 warning\n")


def test_no_problems_print_nothing(root: Path) -> None:
    assert shown(root) == ""
    assert shown(root, form="github") == ""


def test_pipe_gets_no_escape_and_no_fold(root: Path) -> None:
    path = "pipelines/" + "long_" * 40 + ".yaml"
    text = shown(root, bad(path, name="word " * 40), bad())
    assert f" {path}:1:1\n" in text
    assert "word " * 40 in text
    assert "\x1b" not in text


def test_terminal_gets_colour_and_folded_words(root: Path) -> None:
    text = shown(root, bad(name="word " * 40), OLD.at(), terminal=True)
    assert "\x1b[1;31merror" in text
    assert "\x1b[1;33mwarning" in text
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert max(map(len, plain.split("\n"))) <= 60
    assert "wor\n" not in plain


@pytest.mark.parametrize("width", [80, 30])
def test_short_cells_of_a_table_stay_whole_where_there_is_room(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    file = Terminal()
    source = "local_plugins/" + "deep/" * 20
    row = ("load_rates", "transform_generator", "entry_point", "installed", source)
    print_table(("Name", "Type", "Origin", "State", "Source"), [row], file=file)
    lines = file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert ("transform_generator  entry_point  installed" in lines[1]) is (width == 80)
    assert "".join(line.split()[-1] for line in lines[1:]).count("deep/") >= (width == 80) * 15


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_terminal_without_colour_gets_no_escape(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert "\x1b" not in shown(root, bad(), terminal=True)


def test_text_with_several_lines_cannot_speak_to_a_ci_system(root: Path) -> None:
    text = shown(root, RAW.at(text="first\n::error::forged\nlast"))
    assert "  first\n  | ::error::forged\n  | last\n" in text


@given(st.text())
def test_no_text_moves_the_cursor_or_hides(text: str) -> None:
    safe = escape(text)
    assert not {unicodedata.category(each) for each in safe} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_escapes_are_spelled_out(root: Path) -> None:
    (root / "b.yaml").write_text("k: \x1b[31m\u202e\n", encoding="utf-8")
    text = shown(root, RAW.at(Location("b.yaml", 1, 4), text="\x1b]0;x\x07 \ud800"))
    assert "  \\x1b]0;x\\x07 \\ud800\n" in text
    assert "1 | k: \\x1b[31m\\u202e\n" in text


def test_json_is_one_object(root: Path) -> None:
    data = json.loads(shown(root, bad(name="ü\ud800"), OLD.at(), form="json"))
    assert data["summary"] == {"errors": 1, "warnings": 1}
    assert data["problems"][1] == {
        "code": "LHP-TST-001",
        "severity": "error",
        "path": "a.yaml",
        "line": 1,
        "column": 1,
        "message": "no such thing as 'ü\\ud800'",
        "hint": "did you mean 'y'?",
    }
    assert data["problems"][0]["path"] is None


def test_json_without_problems_is_an_object_too(root: Path) -> None:
    assert json.loads(shown(root, form="json"))["problems"] == []


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (
            bad("a,b:c%.yaml", 3, 7),
            (
                "::error file=a%2Cb%3Ac%25.yaml,line=3,col=7,title=LHP-TST-001"
                "::no such thing as 'x'%0Ahelp: did you mean 'y'?"
            ),
        ),
        (OLD.at(), "::warning title=LHP-TST-003::old"),
        (RAW.at(text="100%\r\n::set x\x1b"), "::error title=LHP-TST-002::100%25%0D%0A::set x\\x1b"),
    ],
)
def test_github_annotation_is_one_escaped_line(root: Path, problem: LhpError, line: str) -> None:
    assert shown(root, problem, form="github") == f"{line}\n"


@pytest.mark.parametrize(("workspace", "file"), [("..", "{name}/a.yaml"), ("other", "a.yaml")])
def test_github_paths_start_at_the_repository(
    root: Path, monkeypatch: pytest.MonkeyPatch, workspace: str, file: str
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(root / workspace))
    assert f"file={file.format(name=root.name)}," in shown(root, bad(), form="github")


def test_problems_go_to_stderr_and_data_to_stdout(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print_problems([bad()], root=root)
    print_status("done \x1b")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("1 error in 1 file\ndone \\x1b\n")
    print_problems([bad()], root=root, form="json")
    print_problems([bad()], root=root, form="github")
    print_table(["Name"], [["x"]])
    print_table(["Name"], [["x"]], form="json")
    print_plan(Plan(()))
    out, err = capsys.readouterr()
    assert err == ""
    assert out.count("\n") > 5


ROWS = [
    ["orders", True, None, ["a", "b"]],
    ["日本", False, 3, "a very long description of what this is " * 3],
]


def table(file: io.StringIO, form: str = "text") -> str:
    """Return how a table looks."""
    print_table(["Name", "In use", "Count", "About"], ROWS, form=form, file=file)  # type: ignore[arg-type]
    return file.getvalue()


def test_table_in_a_pipe_has_one_plain_line_for_each_row() -> None:
    head, first, second, end = table(io.StringIO()).split("\n")
    assert head == "Name    In use  Count  About"
    assert first == "orders  yes            a, b"
    assert (
        second
        == f"日本    no      3      {('a very long description of what this is ' * 3).rstrip()}"
    )
    assert end == ""


def test_table_on_a_terminal_fits_its_width() -> None:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", table(Terminal()))
    lines = plain.split("\n")
    assert max(map(cell_len, lines)) <= 60
    assert len(lines) > 4
    assert "orders" in plain


def test_table_as_json_keeps_values() -> None:
    first, second = json.loads(table(io.StringIO(), "json"))
    assert first == {"name": "orders", "in_use": True, "count": None, "about": ["a", "b"]}
    assert second["count"] == 3


def test_table_without_rows_shows_its_heading() -> None:
    file = io.StringIO()
    print_table(["Name", "Count"], [], file=file)
    assert file.getvalue() == "Name  Count\n"


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "[/]", ":smile:", "http://x"])
def test_text_of_users_is_no_markup(root: Path, text: str) -> None:
    assert text in shown(root, RAW.at(Location(text), text=text))
    for file in (io.StringIO(), Terminal()):
        print_table([text], [[text]], file=file)
        assert file.getvalue().count(text) == 2


PLAN = Plan(
    (
        Change("a.py", "new", None, "x\n"),
        Change("b.py", "changed", "a\nx\x1b\n", "a\ny\n"),
        Change("c.py", "stale", "x\n", None),
        Change("d.py", "same", "x\n", "x\n"),
        Change("e.py", "edited", "x\n", "y\n"),
        Change("f\u202e.py", "foreign", "x\n", "y\n"),
    )
)


def test_plan_shows_a_mark_for_each_change() -> None:
    file = io.StringIO()
    print_plan(PLAN, file=file)
    assert file.getvalue() == (
        "+ a.py\n"
        "~ b.py\n"
        "- c.py\n"
        "! e.py  (edited since it was generated)\n"
        "! f\\u202e.py  (not written by lhp)\n"
    )


def test_plan_with_diff_shows_the_lines() -> None:
    file = io.StringIO()
    print_plan(Plan(PLAN.changes[1:2]), diff=True, file=file)
    assert file.getvalue() == ("~ b.py\n--- a/b.py\n+++ b/b.py\n@@ -1,2 +1,2 @@\n a\n-x\\x1b\n+y\n")


def test_plan_without_changes_says_so() -> None:
    file = io.StringIO()
    print_plan(Plan(PLAN.changes[3:4]), file=file)
    assert file.getvalue() == "No changes: the output is up to date.\n"


def test_progress_appears_on_a_terminal_after_a_second() -> None:
    file = Terminal()
    with progress("generate [x]", 4, file=file) as advance:
        advance()
        assert file.getvalue() == ""
        time.sleep(1.05)
        advance()
        advance()
        assert "generate [x]" in file.getvalue()
        assert "2/4" in file.getvalue() or "3/4" in file.getvalue()
    assert file.getvalue().endswith("\x1b[2K")  # transient: the bar's line is wiped


@pytest.mark.parametrize("why", ["pipe", "CI", "LHP_NO_PROGRESS", "disabled"])
def test_progress_stays_away(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    if why in {"CI", "LHP_NO_PROGRESS"}:
        monkeypatch.setenv(why, "1")
    file = io.StringIO() if why == "pipe" else Terminal()
    monkeypatch.setattr("lhp.cli.report._PATIENCE_SECONDS", 0)
    with progress("generate", 2, enabled=why != "disabled", file=file) as advance:
        advance()
    assert file.getvalue() == ""


def test_progress_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("generate", 2) as advance:
        advance()
    assert capsys.readouterr() == ("", "")


@NOT_UTF_8
def test_stream_without_unicode_gets_spelled_out_characters(encoding: str) -> None:
    code = "from lhp.cli.report import print_table; print_table(['日本'], [['\\u20ac\\u65e5']])"
    env = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    assert b"\\u65e5" in done.stdout
