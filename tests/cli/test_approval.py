"""Nothing that comes with a project runs before its user approved it; then it does.

The plugin of these tests leaves a marker file where it may, and prints where it may not.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lhp.cli.main import run

Lhp = Callable[..., Any]
Shown = Callable[..., tuple[int, str]]

LHP = [sys.executable, "-c", "from lhp.cli.main import main; main()"]
SPY = """\
import contextlib
from pathlib import Path

import click

from mine.words import WORD

print("spy", WORD)
with contextlib.suppress(OSError):
    Path({marker!r}).touch()


class Spy:
    def validate(self, config):
        return []


@click.command()
def hello():
    click.echo("hello")
"""
FILES = {
    "lhp.yaml": """\
name: demo
plugins:
  entry_points: false
  enabled:
    - {name: PLUGIN}
""",
    "mine/words.py": "WORD = 'ran'\n",
    "mine/spy.j2": "pass\n",
    "pipelines/a.yaml": """\
pipeline: p
flowgroup: f
actions:
  - {name: load, type: load, target: v, source: {type: sql, sql: SELECT 1 AS a}}
  - {name: save, type: write, source: v, write_target: {type: streaming_table, catalog: c, schema: s, table: t}}
""",
    "substitutions/dev.yaml": "dev: {}\n",
}
BOTH = """\
name: both
actions:
  - name: load
    type: load
    target: v_{{ "CALM" | calm }}_{{ "loud" | loud }}
    source: {type: sql, sql: SELECT 1 AS a}
  - name: save
    type: write
    source: v_calm_LOUD
    write_target: {type: streaming_table, catalog: c, schema: s, table: t}
"""
SOURCES = ("mine/spy.j2", "mine/spy.py", "mine/words.py")
VALIDATOR = "name: spy, type: validator, module: mine.spy, class: Spy"
COMMAND = "name: hello, type: cli_command, module: mine.spy, class: hello"
RUNS = {
    ("validate", "--env", "dev"): VALIDATOR,
    ("generate", "--env", "dev"): VALIDATOR,
    ("diff", "--env", "dev"): VALIDATOR,
    ("plugins", "validate"): VALIDATOR,
    ("hello",): COMMAND,
}
VALIDATE = ("validate", "--env", "dev")


class Checkout(NamedTuple):
    """A project whose plugin tells when it ran."""

    root: Path
    user: Path
    marker: Path
    plugin: str

    def digest(self) -> str:
        lines = (f"{_sha256(self.root / path)}  {path}\n" for path in SOURCES)
        return "lhp1:" + hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()

    def has_run(self, *said: str) -> bool:
        """Return whether the plugin ran since it was last asked."""
        has_run = self.marker.exists() or "spy ran" in "".join(said)
        self.marker.unlink(missing_ok=True)
        return has_run

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Checkout]:
    """Return a function that makes a project, for a user who never approved anything."""
    for name in ("CI", "LHP_TRUST", "LHP_NO_PLUGINS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stdin", io.StringIO())  # nobody is there to ask
    monkeypatch.setenv("LHP_USER_DIR", str(tmp_path / "user"))

    def make(declared: str = VALIDATOR, folder: str = "demo") -> Checkout:
        name = declared.partition(", ")[0].removeprefix("name: ")
        plugin = f"{'validator' if name == 'spy' else 'cli_command'}:{name}"
        made = Checkout(tmp_path / folder, tmp_path / "user", tmp_path / "marker", plugin)
        for path, text in FILES.items():
            made.write(path, text.replace("name: PLUGIN", declared))
        made.write("mine/spy.py", SPY.format(marker=str(made.marker)))
        monkeypatch.chdir(made.root)
        return made

    return make


def flat(text: str) -> str:
    return " ".join(text.split())


def expect_refusal(made: Checkout, said: str, reason: str = "nobody approved it yet") -> None:
    assert not made.has_run(said)
    assert "LHP-PLG-016" in said
    assert f"{reason} ({made.digest()})" in flat(said)
    assert f"`lhp plugins trust {made.plugin}`" in flat(said)
    assert "Traceback" not in said


def approve(made: Checkout, lhp: Lhp) -> None:
    ended = lhp("plugins", "trust", made.plugin.partition(":")[2], "--yes")
    assert ended.code == 0
    assert not made.has_run(*ended[1:])


def expect_run(made: Checkout, lhp: Lhp, *words: str) -> None:
    ended = lhp(*(words or VALIDATE))
    assert (ended.code, made.has_run(*ended[1:])) == (0, True), ended.err


# A real terminal.


class Terminal:
    """A terminal where somebody has typed ahead; keeps what is shown."""

    def __init__(self, typed: str) -> None:
        self._ours, self.its = os.openpty()
        os.write(self._ours, typed.encode())
        self._shown = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # what Linux says at the end
            while part := os.read(self._ours, 65536):
                self._shown += part

    def closed(self) -> str:
        """Return what was shown until all others left it."""
        with contextlib.suppress(OSError):
            os.close(self.its)
        self._reader.join(30)
        os.close(self._ours)
        return self._shown.decode()


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Run `lhp` on a terminal of its own and return its exit code and what was shown."""
    if sys.platform == "win32":
        pytest.skip("Windows has no pty")

    def call(*words: str, typed: str) -> tuple[int, str]:
        terminal = Terminal(typed)
        try:
            with monkeypatch.context() as patch, contextlib.ExitStack() as opened:
                for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
                    file = os.fdopen(os.dup(terminal.its), mode, encoding="utf-8")
                    patch.setattr(sys, name, opened.enter_context(file))
                code = run([*words])
        finally:
            shown = terminal.closed()
        return code, shown

    return call


@pytest.mark.parametrize(("typed", "may_run"), [("n\n", False), ("y\n", True)])
def test_a_process_on_a_terminal_asks(
    checkout: Callable[..., Checkout], typed: str, *, may_run: bool
) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no pty")
    made, terminal = checkout(), Terminal(typed)
    its = terminal.its
    process = subprocess.Popen([*LHP, *VALIDATE], stdin=its, stdout=its, stderr=its)
    try:
        code = process.wait(60)
    finally:
        process.kill()
    shown = terminal.closed()
    assert "Let it run? [y]es / [n]o / [d]iff" in shown
    assert (code == 0, made.has_run(shown)) == (may_run, may_run)


@pytest.mark.parametrize("words", RUNS, ids=" ".join)
@pytest.mark.parametrize("typed", ["n\n", "\n"], ids=["no", "empty"])
def test_who_does_not_say_yes_on_a_terminal_says_no(
    checkout: Callable[..., Checkout], on_terminal: Shown, words: tuple[str, ...], typed: str
) -> None:
    made = checkout(RUNS[words])
    code, shown = on_terminal(*words, typed=typed)
    assert code == 1
    assert "Let it run? [y]es / [n]o / [d]iff" in shown
    expect_refusal(made, shown)


@pytest.mark.parametrize("words", RUNS, ids=" ".join)
@pytest.mark.parametrize("typed", ["y\n", "d\ny\n"], ids=["yes", "diff and yes"])
def test_who_says_yes_on_a_terminal_is_asked_once(
    checkout: Callable[..., Checkout],
    on_terminal: Shown,
    lhp: Lhp,
    words: tuple[str, ...],
    typed: str,
) -> None:
    made = checkout(RUNS[words])
    code, shown = on_terminal(*words, typed=typed)
    assert (code, made.has_run(shown)) == (0, True), shown
    before, _, after = shown.partition("Let it run?")
    assert "spy ran" not in before
    for said in (made.plugin, made.digest(), "mine/spy.py ", "mine/words.py", "1 line"):
        assert said in before
    assert ("+from mine.words import WORD" in after) is (typed[0] == "d")
    expect_run(made, lhp, *words)


@pytest.mark.parametrize("words", RUNS, ids=" ".join)
def test_ci_never_waits_even_on_a_terminal(
    checkout: Callable[..., Checkout],
    on_terminal: Shown,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    made = checkout(RUNS[words])
    monkeypatch.setenv("CI", "true")
    code, shown = on_terminal(*words, typed="")
    assert code == 1
    assert "Let it run?" not in shown
    expect_refusal(made, shown)


def test_a_no_to_trust_itself_approves_nothing(
    checkout: Callable[..., Checkout], on_terminal: Shown, lhp: Lhp
) -> None:
    made = checkout()
    code, shown = on_terminal("plugins", "trust", "spy", typed="n\n")
    assert code == 130
    assert "mine/words.py" in shown.partition("Let 1 plugin run?")[0]
    assert lhp("plugins", "trust", "spy").code == 130
    expect_refusal(made, lhp(*VALIDATE).err)
    code, shown = on_terminal("plugins", "trust", "spy", typed="y\n")
    assert (code, made.has_run(shown)) == (0, False)
    expect_run(made, lhp)


# No terminal, CI, no plugins.


@pytest.mark.parametrize("words", RUNS, ids=" ".join)
@pytest.mark.parametrize("ci", ["", "true"], ids=["no terminal", "CI"])
def test_where_nobody_can_be_asked_it_does_not_run(
    checkout: Callable[..., Checkout],
    lhp: Lhp,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    ci: str,
) -> None:
    made = checkout(RUNS[words])
    monkeypatch.setenv("CI", ci)
    ended = lhp(*words)
    assert ended.code == 1
    expect_refusal(made, ended.err)
    assert not (made.root / "generated").exists()
    approve(made, lhp)
    expect_run(made, lhp, *words)


@pytest.mark.parametrize("words", RUNS, ids=" ".join)
@pytest.mark.parametrize("is_approved", [False, True], ids=["pending", "approved"])
def test_without_plugins_nothing_of_the_project_runs(
    checkout: Callable[..., Checkout], lhp: Lhp, words: tuple[str, ...], *, is_approved: bool
) -> None:
    made = checkout(RUNS[words])
    if is_approved:
        approve(made, lhp)
    ended = lhp(words[0], "--no-plugins", *words[1:]) if words != ("hello",) else None
    ended = ended or lhp("--no-plugins", "hello")
    assert not made.has_run(*ended[1:])
    if words == ("hello",):
        assert ended.code == 1
        assert "LHP-PLG-017" in ended.err
        assert "`--no-plugins`" in ended.err
    else:
        assert ended.code == 0
    if is_approved:
        expect_run(made, lhp, *words)


def test_json_for_a_program_is_one_document_and_asks_nobody(
    checkout: Callable[..., Checkout], on_terminal: Shown, lhp: Lhp
) -> None:
    made = checkout()
    code, shown = on_terminal(*VALIDATE, "--format", "json", typed="y\n")
    assert (code, made.has_run(shown)) == (1, False)
    assert "LHP-PLG-016" in shown
    assert "Let it run?" not in shown
    ended = lhp(*VALIDATE, "--format", "json")
    assert [each["code"] for each in json.loads(ended.out)["problems"]] == ["LHP-PLG-016"]


# What only reads.


@pytest.mark.parametrize(
    "words",
    [
        ("plugins", "list"),
        ("plugins", "list", "--format", "json"),
        ("plugins", "info", "spy"),
        ("plugins", "info", "hello", "--format", "json"),
        ("plugins", "validate", "--static"),
        ("plugins", "schema", "spy"),
        ("plugins", "docs"),
        ("plugins", "trust", "--show"),
        ("plugins", "trust", "--all", "--yes"),
        ("plugins", "untrust", "--all"),
        ("plugins", "block", "spy"),
        ("schema",),
        ("schema", "--check"),
        ("list", "flowgroups"),
        ("substitutions", "--env", "dev"),
        ("--help",),
        ("--version",),
        ("helo",),
    ],
    ids=" ".join,
)
def test_what_only_reads_runs_nothing(
    checkout: Callable[..., Checkout], lhp: Lhp, words: tuple[str, ...]
) -> None:
    made = checkout(f"{VALIDATOR}}}\n    - {{{COMMAND}")
    ended = lhp(*words)
    assert ended.code in (0, 1, 2)
    assert not made.has_run(*ended[1:])
    assert "Traceback" not in ended.err
    lhp("plugins", "unblock", "spy")
    approve(made, lhp)
    expect_run(made, lhp)


@pytest.mark.parametrize("typed", ["lhp ", "lhp hel", "lhp hello --", "lhp plugins info s"])
def test_completion_runs_nothing(
    checkout: Callable[..., Checkout],
    lhp: Lhp,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
) -> None:
    made = checkout(COMMAND)
    with monkeypatch.context() as patch, contextlib.suppress(SystemExit):
        patch.setenv("_LHP_COMPLETE", "bash_complete")
        patch.setenv("COMP_WORDS", typed)
        patch.setenv("COMP_CWORD", str(typed.count(" ")))
        lhp()
    said = capsys.readouterr()
    assert not made.has_run(*said)
    assert ("plain,hello" in said.out) is typed.endswith((" ", "hel")), said
    assert "Traceback" not in said.err
    approve(made, lhp)
    expect_run(made, lhp, "hello")


# What was approved, and what was not.


@pytest.mark.parametrize("path", SOURCES)
def test_a_changed_byte_takes_the_approval_and_the_old_one_gives_it_back(
    checkout: Callable[..., Checkout], lhp: Lhp, path: str
) -> None:
    made = checkout()
    approve(made, lhp)
    before = (made.root / path).read_text("utf-8")
    made.write(path, before + "#\n")
    ended = lhp(*VALIDATE)
    assert ended.code == 1
    expect_refusal(made, ended.err, f"{path} changed")
    assert f"changed   validator:spy  {path} changed" in lhp("plugins", "trust", "--show").out
    made.write(path, before)
    expect_run(made, lhp)
    made.write(path, before + "#\n")
    shown = lhp("plugins", "trust", "spy", "--show")
    assert lhp(*VALIDATE).code == 1
    told = lhp("plugins", "trust", "spy", "--yes").out
    assert (shown.code, shown.out) == (0, told)
    assert f"differs  {path} changed" in told
    assert f"--- approved/{path}" in told
    assert told.splitlines()[-1] == "+#"
    expect_run(made, lhp)


@pytest.mark.parametrize("path", SOURCES)
def test_a_missing_file_takes_the_approval(
    checkout: Callable[..., Checkout], lhp: Lhp, path: str
) -> None:
    made = checkout()
    approve(made, lhp)
    (made.root / path).unlink()
    ended = lhp(*VALIDATE)
    assert (ended.code, made.has_run(*ended[1:])) == (1, False)
    assert "Traceback" not in ended.err


def test_an_approval_is_for_the_place_of_the_project(
    checkout: Callable[..., Checkout], lhp: Lhp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = checkout()
    approve(made, lhp)
    shutil.copytree(made.root, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    expect_refusal(made, lhp(*VALIDATE).err)
    (tmp_path / "link").symlink_to(made.root)
    monkeypatch.chdir(tmp_path / "link")
    expect_run(made, lhp)
    made.root.rename(tmp_path / "moved")
    monkeypatch.chdir(tmp_path / "moved")
    moved = made._replace(root=tmp_path / "moved")
    expect_refusal(moved, lhp(*VALIDATE).err)
    approve(moved, lhp)
    expect_run(moved, lhp)


@pytest.mark.parametrize("folder", ["", ".lhp/", ".lhp/state/", ".config/lhp/"])
def test_a_store_and_a_policy_of_the_project_itself_are_nothing(
    checkout: Callable[..., Checkout], lhp: Lhp, folder: str
) -> None:
    made = checkout()
    approve(made, lhp)
    made.write(f"{folder}trust.json", (made.user / "trust.json").read_text("utf-8"))
    made.write(f"{folder}policy.yaml", "trusted_sources: [/]\n")
    lhp("plugins", "untrust", "--all")
    expect_refusal(made, lhp(*VALIDATE).err)


def test_a_store_that_approved_another_project_approves_nothing_here(
    checkout: Callable[..., Checkout], lhp: Lhp
) -> None:
    approve(checkout(folder="other"), lhp)
    made = checkout()
    expect_refusal(made, lhp(*VALIDATE).err)
    approve(made, lhp)
    expect_run(made, lhp)


def test_an_approval_taken_back_is_none(checkout: Callable[..., Checkout], lhp: Lhp) -> None:
    made = checkout()
    approve(made, lhp)
    assert lhp("plugins", "untrust", "spy").out == "validator:spy\n"
    expect_refusal(made, lhp(*VALIDATE).err)


@pytest.mark.parametrize("store", ["trust.json", "approved"])
def test_what_the_user_approved_is_for_the_user_alone(
    checkout: Callable[..., Checkout], lhp: Lhp, store: str
) -> None:
    made = checkout()
    approve(made, lhp)
    entries = [made.user / store, *(made.user / store).glob("*")]
    assert not [entry for entry in entries if entry.stat().st_mode & 0o077]


# The lock as an approval.


@pytest.mark.parametrize(
    ("given", "change", "may_run"),
    [
        ("sha256:{lock}", "", True),
        ("{lock}", "", True),
        ("SHA256:{lock}", "", False),
        ("sha256:", "", False),
        ("", "", False),
        ("true", "", False),
        ("sha256:" + "0" * 64, "", False),
        ("sha256:{lock}", "mine/words.py", False),
        ("sha256:{lock}", "lhp.lock", False),
        (" sha256:{lock}\n", "", True),
    ],
)
def test_only_the_digest_of_the_lock_approves_what_it_holds(
    checkout: Callable[..., Checkout],
    lhp: Lhp,
    monkeypatch: pytest.MonkeyPatch,
    given: str,
    change: str,
    *,
    may_run: bool,
) -> None:
    made = checkout()
    approve(made, lhp)
    assert lhp("plugins", "lock").code == 0
    lhp("plugins", "untrust", "--all")
    made.has_run()
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("LHP_TRUST", given.format(lock=_sha256(made.root / "lhp.lock")))
    if change:
        made.write(change, (made.root / change).read_text("utf-8") + "\n")
    if may_run:
        expect_run(made, lhp)
    else:
        ended = lhp(*VALIDATE)
        assert ended.code == 1
        is_known = change.startswith("mine/")
        expect_refusal(made, ended.err, *([f"{change} changed"] if is_known else []))


# The user's policy.


@pytest.mark.parametrize(
    ("trusted", "may_run"),
    [
        ("{tmp}/code/a", True),
        ("{tmp}/code/a/", True),
        ("{tmp}/code/b/../a", True),
        ("{tmp}/code", True),
        ("{tmp}/code/a/mine/spy.py", False),  # it imports another one
        ("{tmp}/code/a-", False),
        ("{tmp}/code/a/mine/s", False),
        ("{tmp}/code/a-evil", False),
        ("{tmp}/cod", False),
        ("code/a", False),
        (".", False),
        ("", False),
        ("spy", False),
        ("*", False),
    ],
)
def test_a_trusted_place_is_compared_part_by_part(
    checkout: Callable[..., Checkout], lhp: Lhp, tmp_path: Path, trusted: str, *, may_run: bool
) -> None:
    made = checkout(folder="code/a")
    made.user.mkdir()
    policy = {"trusted_sources": [trusted.format(tmp=tmp_path)]}
    (made.user / "policy.yaml").write_text(json.dumps(policy), encoding="utf-8")
    ended = lhp(*VALIDATE)
    assert (ended.code == 0, made.has_run(*ended[1:])) == (may_run, may_run), ended.err
    assert "Traceback" not in ended.err
    if may_run:
        assert "unpinned  validator:spy" in lhp("plugins", "trust", "--show").out


@pytest.mark.parametrize("reach", ["sibling", "link"])
def test_a_trusted_place_trusts_nothing_beside_it(
    checkout: Callable[..., Checkout],
    lhp: Lhp,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reach: str,
) -> None:
    made = checkout(folder="code/a-evil")
    made.user.mkdir()
    (made.user / "policy.yaml").write_text(f"trusted_sources: ['{tmp_path}/code/a']\n")
    if reach == "link":
        (tmp_path / "code/a").mkdir()
        (tmp_path / "code/a/link").symlink_to(made.root)
        monkeypatch.chdir(tmp_path / "code/a/link")
    expect_refusal(made, lhp(*VALIDATE).err)
    approve(made, lhp)
    expect_run(made, lhp)


@pytest.mark.parametrize("how", ["policy", "command"])
@pytest.mark.parametrize("blocked", ["spy", "validator:spy", "digest"])
def test_what_is_blocked_never_runs_whatever_was_approved(
    checkout: Callable[..., Checkout], lhp: Lhp, blocked: str, how: str
) -> None:
    made = checkout()
    approve(made, lhp)
    expect_run(made, lhp)
    name = made.digest() if blocked == "digest" else blocked
    if how == "policy":
        (made.user / "policy.yaml").write_text(json.dumps({"blocked": [name]}), encoding="utf-8")
    else:
        assert lhp("plugins", "block", name).out == f"{name}\n"
    lhp("plugins", "trust", "--all", "--yes")
    ended = lhp(*VALIDATE)
    assert (ended.code, made.has_run(*ended[1:])) == (1, False)
    assert "LHP-PLG-016" in ended.err
    assert "blocked" in ended.err
    if blocked != "digest":
        made.write("mine/words.py", "WORD = 'changed'\n")  # a block outlives an edit
        made.write("lhp.yaml", (made.root / "lhp.yaml").read_text("utf-8") + "# x\n")
        approve(made, lhp)
        assert "blocked" in lhp(*VALIDATE).err


@pytest.mark.parametrize("blocked", ["spy", "validator:spy"])
def test_a_block_outdoes_a_trusted_place_and_the_lock(
    checkout: Callable[..., Checkout], lhp: Lhp, monkeypatch: pytest.MonkeyPatch, blocked: str
) -> None:
    made = checkout()
    approve(made, lhp)
    lhp("plugins", "lock")
    made.has_run()
    policy = {"trusted_sources": [str(made.root)], "blocked": [blocked]}
    (made.user / "policy.yaml").write_text(json.dumps(policy), encoding="utf-8")
    monkeypatch.setenv("LHP_TRUST", f"sha256:{_sha256(made.root / 'lhp.lock')}")
    ended = lhp(*VALIDATE)
    assert (ended.code, made.has_run(*ended[1:])) == (1, False)
    assert "it is blocked" in ended.err


# What the user decided can't be read.


@pytest.mark.parametrize("words", RUNS, ids=" ".join)
@pytest.mark.parametrize(
    "given",
    [
        ("policy.yaml", "[", "LHP-CFG-009"),
        ("policy.yaml", "- /\n", "LHP-VAL-100"),
        ("policy.yaml", "trusted_sources: /\n", "LHP-VAL-100"),
        ("policy.yaml", "trust: all\n", "LHP-CFG-001"),
        ("policy.yaml", "blocked: [1]\n", "LHP-VAL-100"),
        ("policy.yaml", "blocked: []\nblocked: [spy]\n", "LHP-YAML-001"),
        ("policy.yaml", "blocked: !!python/name:os.system []\n", "LHP-YAML-007"),
        ("trust.json", "", "LHP-PLG-040"),
        ("trust.json", "null", "LHP-PLG-040"),
        ("trust.json", '{"projects": [], "blocked": []}', "LHP-PLG-040"),
        ("trust.json", "[" * 100_000, "LHP-PLG-040"),
        ("trust.json", '{"projects": {"/": {"validator:spy": {}}}, "blocked": []}', "LHP-PLG-040"),
    ],
    ids=lambda given: f"{given[0]}: {given[1][:40]}",
)
def test_broken_files_of_the_user_let_nothing_run(
    checkout: Callable[..., Checkout],
    lhp: Lhp,
    words: tuple[str, ...],
    given: tuple[str, str, str],
) -> None:
    path, text, reason = given
    made = checkout(RUNS[words])
    approve(made, lhp)
    (made.user / path).write_text(text, encoding="utf-8")
    ended = lhp(*words)
    assert (ended.code, made.has_run(*ended[1:])) == (1, False), ended.err
    assert reason in ended.err
    assert str(made.user / path) in ended.err
    assert "Traceback" not in ended.err
    assert lhp("plugins", "trust", "--all", "--yes").code == 1
    assert (made.user / path).read_text("utf-8") == text


@pytest.mark.parametrize("path", ["policy.yaml", "trust.json"])
def test_a_folder_instead_of_a_file_of_the_user_lets_nothing_run(
    checkout: Callable[..., Checkout], lhp: Lhp, path: str
) -> None:
    made = checkout()
    (made.user / path).mkdir(parents=True)
    ended = lhp(*VALIDATE)
    assert (ended.code, made.has_run(*ended[1:])) == (1, False)
    assert "LHP-PLG-040" in ended.err


# What a project says of trust.


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("trusted_sources: [.]\n", "lhp.yaml:6:1"),
        ("  trusted_sources: [/]\n", "lhp.yaml:6:3"),
        ("  trusted: true\n", "lhp.yaml:6:3"),
        ("  blocked: []\n", "lhp.yaml:6:3"),
        ("  trust: {policy: all}\n", "lhp.yaml:6:3"),
        ("      trusted: true\n", "lhp.yaml:6:7"),
    ],
)
def test_a_project_that_speaks_of_trust_is_told_where_that_is_decided(
    checkout: Callable[..., Checkout], lhp: Lhp, text: str, place: str
) -> None:
    made = checkout()
    block = "\n    - name: spy\n      type: validator\n      module: mine.spy\n      class: Spy\n"
    before = (made.root / "lhp.yaml").read_text("utf-8")
    made.write("lhp.yaml", before + text)
    if "      " in text:
        made.write("lhp.yaml", before.replace(f"\n    - {{{VALIDATOR}}}\n", block) + text)
        place = place.replace(":6:", ":9:")
    ended = lhp(*VALIDATE)
    assert (ended.code, made.has_run(*ended[1:])) == (1, False)
    assert f"LHP-CFG-001] {place}" in ended.err
    assert "trust" in ended.err.partition("help:")[2]


# What is shown.


def test_what_is_approved_is_shown_first(checkout: Callable[..., Checkout], lhp: Lhp) -> None:
    made = checkout()
    source = (made.root / "mine/spy.py").read_text("utf-8")
    made.write("mine/spy.py", "import socket, subprocess, ctypes\n" + source + "\neval('1')\n")
    ended = lhp("plugins", "trust", "spy")
    assert ended.code == 130
    for line in (
        "validator:spy (config)",
        "object mine.spy:Spy",
        "declared lhp.yaml:5:7",
        f"digest {made.digest()}",
        "mine/spy.py 23 lines",
        "mine/spy.j2 1 line",
        "mine/words.py 1 line",
        "imports click",
        "standard contextlib, ctypes, pathlib, socket, subprocess",
        "mine/spy.py:1 ctypes: calls into native code",
        "mine/spy.py:1 socket: uses the network",
        "mine/spy.py:1 subprocess: starts processes",
        "mine/spy.py:23 eval: runs code from text",
    ):
        assert line in flat(ended.out)
    approve(made, lhp)
    made.write("mine/spy.py", source)
    made.write("mine/words.py", "WORD = 'ran'\nMORE = 2\n")
    told = lhp("plugins", "trust", "spy", "--yes").out.splitlines()
    assert {"-import socket, subprocess, ctypes", "-eval('1')", "+MORE = 2"} <= {*told}
    assert "  differs  mine/spy.py changed, mine/words.py changed" in told


@pytest.mark.parametrize(
    "hidden", ["\x1b[2J\x1b[1;1H", "\u202e", "\u2066", "\x07", "\x9b31m", "\r"]
)
def test_what_would_move_or_hide_text_is_spelled_out(
    checkout: Callable[..., Checkout], lhp: Lhp, hidden: str
) -> None:
    made = checkout()
    (made.root / "mine" / f"data{hidden}.txt").write_text("", encoding="utf-8")
    source = (made.root / "mine/spy.py").read_text("utf-8")
    with (made.root / "mine/spy.py").open("w", encoding="utf-8", newline="") as file:
        file.write(source)
    first = lhp("plugins", "trust", "spy", "--yes")
    with (made.root / "mine/spy.py").open("w", encoding="utf-8", newline="") as file:
        file.write(f"# all is well{hidden}hidden\n{source}")
    second = lhp("plugins", "trust", "spy")
    refused = lhp(*VALIDATE)
    spelled = hidden.encode("unicode_escape").decode()
    assert f"mine/data{spelled}.txt" in first.out
    assert spelled in second.out or hidden == "\r"  # which ends a line of Python, too
    assert not [each for each in (first, second, refused) if hidden in each.out + each.err]


def test_two_files_of_functions_in_a_folder_are_approved_side_by_side(
    checkout: Callable[..., Checkout], lhp: Lhp
) -> None:
    made = checkout()
    made.write("lhp.yaml", "name: demo\nplugins: {entry_points: false, directories: [./plugins]}\n")
    for name in ("loud", "calm"):
        way = {"loud": "upper", "calm": "lower"}[name]
        table = f"template_filters = {{'{name}': {name}}}"
        made.write(
            f"plugins/{name}.py", f"def {name}(text):\n    return text.{way}()\n\n\n{table}\n"
        )
    made.write("templates/both.yaml", BOTH)
    made.write("pipelines/a.yaml", "pipeline: p\nflowgroup: f\nuse_template: both\n")
    assert lhp("plugins", "trust", "loud", "--yes").code == 0
    refused = lhp("plugins", "validate")
    assert "template_filter 'plugins/calm.py' may not run: nobody approved it yet" in refused.err
    assert "`lhp plugins trust template_filter:plugins/calm.py`" in refused.err
    assert lhp("plugins", "trust", "template_filter:plugins/calm.py", "--yes").code == 0
    assert lhp("generate", "--env", "dev").code == 0
    assert "def v_calm_LOUD():" in (made.root / "generated/dev/p/f.py").read_text("utf-8")
    assert lhp("plugins", "lock").code == 0
    assert lhp("validate", "--locked").code == 0


def test_what_waits_for_approval_hides_no_other_fault(
    checkout: Callable[..., Checkout], lhp: Lhp
) -> None:
    made = checkout()
    declared = FILES["lhp.yaml"].replace("enabled:", "directories: [./plugins]\n  enabled:")
    made.write("lhp.yaml", declared.replace("name: PLUGIN", VALIDATOR))
    made.write("plugins/half.py", "def f(:\n")
    ended = lhp("plugins", "validate")
    expect_refusal(made, ended.err)
    assert "LHP-PLG-009] plugins/half.py:1" in ended.err
    assert "2 errors in 2 files" in ended.err
