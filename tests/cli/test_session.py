"""The options that all commands share, and what they do."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from lhp.cli.session import (
    Session,
    common_options,
    errors_of,
    problem_format,
    session_of,
    table_format,
    with_session,
)
from lhp.errors import Code, LhpError, LhpErrors, Location

BAD = Code("LHP-TST-001", "bad {name}")
Text = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _no_log_stays() -> Any:
    yield
    Session().stop_log()


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def call(session: Session) -> Callable[..., Any]:
    """Return a function that runs `root` or `root show` with some words."""

    @click.command()
    @with_session
    @problem_format
    @click.option("--first")
    @click.argument("word", required=False)
    def show(given: Session, first: str | None, word: str | None) -> Any:
        """Show what came."""
        return given, first, word

    @click.group()
    @common_options
    def root() -> None:
        pass

    root.add_command(show)
    return lambda *words: root.main(list(words), standalone_mode=False, obj=session)


def test_a_command_gets_the_session_and_its_own_options(
    call: Callable[..., Any], session: Session
) -> None:
    given, first, word = call("show", "--first", "1", "word")
    assert given is session
    assert (first, word) == ("1", "word")


@pytest.mark.parametrize("is_before", [True, False])
def test_common_options_stand_before_or_after_the_command(
    call: Callable[..., Any], session: Session, tmp_path: Path, *, is_before: bool
) -> None:
    log = tmp_path / "logs/lhp.log"
    words = ["--project", str(tmp_path), "-v", "--no-progress", "--log-file", str(log)]
    call(*words, "show") if is_before else call("show", *words)
    assert session == Session(tmp_path, verbose=True, has_progress=False, log_file=log)
    assert log.is_file()


def test_an_option_that_is_absent_after_the_command_keeps_what_stood_before(
    call: Callable[..., Any], session: Session, tmp_path: Path
) -> None:
    call("--project", str(tmp_path), "--no-progress", "show")
    assert (session.folder, session.has_progress) == (tmp_path, False)


def test_a_commands_own_options_are_shown_before_the_common_ones(
    call: Callable[..., Any], capsys: Text
) -> None:
    call("show", "--help")
    out = capsys.readouterr().out
    assert "Show what came." in out
    places = [out.index(name) for name in ("--first", "--format", "--project", "--verbose")]
    assert places == sorted(places)


def test_a_log_file_that_cannot_be_written_is_wrong_usage(
    call: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(click.BadParameter, match="can't write") as caught:
        call("--log-file", str(tmp_path / "file/x.log"), "show")
    assert caught.value.exit_code == 2


def test_the_log_goes_to_stderr_and_to_the_file(
    session: Session, tmp_path: Path, capsys: Text
) -> None:
    session.log_file = tmp_path / "a.log"
    session.start_log()
    logging.getLogger("lhp.plugins").info("one")
    session.verbose = True
    session.start_log()
    logging.getLogger("lhp.plugins").info("two")
    session.stop_log()
    logging.getLogger("lhp.plugins").info("three")
    assert session.log_file.read_text("utf-8") == "INFO lhp.plugins: one\nINFO lhp.plugins: two\n"
    assert capsys.readouterr().err == "INFO lhp.plugins: two\n"


def test_the_project_is_found_from_the_folder_or_from_here(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/lhp.yaml").write_text("name: a\n", encoding="utf-8")
    session.folder = tmp_path / "a/b"
    assert session.project().name == "a"
    monkeypatch.chdir(tmp_path / "a")
    assert Session().root() == tmp_path / "a"
    assert Session(Path("b")).root() == tmp_path / "a"
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LhpError, match="LHP-CFG-101"):
        Session().root()


def test_the_folder_at_the_start_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    session = Session()
    (tmp_path / "b").mkdir()
    monkeypatch.chdir(tmp_path / "b")
    assert session.start == tmp_path


def test_problems_show_the_line_of_the_project_and_tracebacks_when_verbose(
    session: Session, tmp_path: Path, capsys: Text
) -> None:
    (tmp_path / "lhp.yaml").write_text("name: shop\n", encoding="utf-8")
    session.folder = tmp_path
    problem = BAD.at(Location("lhp.yaml", 1, 7), name="x", traceback="Traceback\n  \x1b here")
    session.show([problem])
    err = capsys.readouterr().err
    assert "1 | name: shop" in err
    assert "Traceback" not in err
    session.verbose = True
    session.show([problem, BAD.at(name="y")])
    assert capsys.readouterr().err.endswith("Traceback\n  \\x1b here\n")


def test_problems_can_be_shown_outside_a_project(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Text
) -> None:
    monkeypatch.chdir(tmp_path)
    session.show([BAD.at(name="x")])
    assert "bad x" in capsys.readouterr().err


@pytest.mark.parametrize(("form", "said"), [("text", "hi\n"), ("github", "hi\n"), ("json", "")])
def test_it_talks_to_people_only(session: Session, capsys: Text, form: Any, said: str) -> None:
    session.form = form
    session.say("hi")
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize("has_progress", [True, False])
def test_progress_counts_flowgroups(*, has_progress: bool) -> None:
    with Session(has_progress=has_progress).progress(1) as advance:
        advance()
    assert os.environ.get("LHP_NO_PROGRESS") is None


def test_a_session_is_made_where_there_is_none() -> None:
    context = click.Context(click.Command("x"))
    assert session_of(context) is session_of(context)


def test_one_error_and_several_are_the_same_to_the_report() -> None:
    one = BAD.at(name="x")
    assert errors_of(one) == errors_of(LhpErrors([one])) == (one,)


def test_a_table_is_text_unless_a_program_asks_for_data(session: Session) -> None:
    @click.command()
    @with_session
    @table_format
    def show(given: Session, form: str) -> tuple[Session, str]:
        return given, form

    assert show.main([], standalone_mode=False, obj=session) == (session, "text")
    words = ["--format", "json"]
    assert show.main(words, standalone_mode=False, obj=session) == (session, "json")
    assert session.form == "text"
