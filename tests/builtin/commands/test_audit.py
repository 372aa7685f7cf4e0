"""What the audit of a project holds, and what it shows of somebody who changed it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lhp.core.audit import audit_file

HIDDEN = "dapi-hidden"


@pytest.fixture
def log(shop: Path, lhp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the audit of a project in which something ran."""
    monkeypatch.setenv("LHP_USER_DIR", str(tmp_path / "user"))
    monkeypatch.setenv("SOME_TOKEN", HIDDEN)
    assert lhp("plugins", "trust", "--all", "--yes").code == 0
    assert lhp("validate").code == 0
    return audit_file(shop)


def events(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_it_holds_runs_approvals_and_plugins_and_no_values(log: Path, lhp: Any) -> None:
    found = events(log)
    assert [each["event"] for each in found] == [
        "trust.granted",
        "run.start",
        "plugin.load",
        "plugin.call",
        "run.end",
    ]
    granted, _, loaded, called, ended = found
    assert loaded["level"] == called["level"]
    assert (granted["plugin"], called["plugin"]) == ("transform_generator:trim",) * 2
    assert granted["digest"].startswith("lhp1:")
    assert (called["calls"] > 0, called["killed"], ended["outcome"]) == (True, 0, "ok")
    text = log.read_text("utf-8")
    assert HIDDEN not in text
    assert "SELECT" not in text
    out = lhp("plugins", "audit").out
    assert "trust.granted" in out
    assert len(json.loads(lhp("plugins", "audit", "--format", "json").out)) == len(found)


def test_what_is_refused_is_held_too(log: Path, lhp: Any, shop: Path) -> None:
    (shop / "local_plugins/trim.py").write_text("changed = True\n")
    assert lhp("validate").code == 1
    assert [each["event"] for each in events(log)][-3:] == ["run.start", "trust.refused", "run.end"]
    assert events(log)[-1]["outcome"] == "exit 1"
    lhp("plugins", "untrust", "--all")
    assert events(log)[-1]["event"] == "trust.revoked"


PLUGINS = """\
name: shop
plugins:
  entry_points: false
  enabled:
    - {name: die, type: validator, module: mine.die, class: Die}
    - {name: free, type: validator, module: mine.free, class: Free, isolation: none}
    - {name: say, type: cli_command, module: mine.say, class: say}
"""
DIE = "import os\nclass Die:\n    def validate(self, config):\n        os._exit(0)\n"
FREE = "class Free:\n    def validate(self, config):\n        return []\n"
SAY = "import click\n@click.command()\ndef say():\n    print('said')\n"


def test_who_runs_with_all_rights_who_is_ended_and_who_is_blocked_is_held(
    log: Path, lhp: Any, shop: Path
) -> None:
    (shop / "mine").mkdir()
    for name, text in {"die": DIE, "free": FREE, "say": SAY}.items():
        (shop / f"mine/{name}.py").write_text(text)
    (shop / "lhp.yaml").write_text(PLUGINS)
    lhp("plugins", "trust", "--all", "--yes")
    begin = len(events(log))
    assert "said" in lhp("say").out
    lhp("validate")
    lhp("plugins", "block", "free")
    lhp("plugins", "unblock", "free")
    told = [(each["event"], each.get("plugin"), each.get("level")) for each in events(log)[begin:]]
    for line in (
        ("plugin.load", "cli_command:say", "none"),
        ("plugin.load", "validator:free", "none"),
        ("plugin.kill", "validator:die", None),
        ("trust.blocked", "free", None),
        ("trust.unblocked", "free", None),
    ):
        assert line in told
    lhp("plugins", "lock")
    (shop / "mine/free.py").write_text(FREE + "# another\n")
    lhp("plugins", "trust", "--all", "--yes")
    lhp("validate", "--locked")
    found = {(each["event"], each.get("plugin"), each.get("code")) for each in events(log)}
    assert ("plugin.violation", "validator:free", "LHP-PLG-042") in found


def test_a_whole_chain_is_whole(log: Path, lhp: Any) -> None:
    head = events(log)[-1]["hash"]
    assert lhp("plugins", "audit", "--verify", "--head", head).code == 0
    ended = lhp("plugins", "audit", "--verify", "--head", "0" * 64)
    assert (ended.code, "no line has the hash" in ended.err) == (1, True)
    assert lhp("plugins", "audit", "--head", head).code == 2


Change = Callable[[list[bytes]], list[bytes]]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda lines: [lines[0].replace(b"granted", b"refused"), *lines[1:]], "it was changed"),
        (lambda lines: [lines[0], *lines[2:]], "lines before it were changed"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "lines before it were changed"),
        (lambda lines: [lines[0], lines[0], *lines[1:]], "lines before it were changed"),
        (lambda lines: [b"[]", *lines], "it was changed"),
        (lambda lines: [b"\xff", *lines], "it was changed"),
    ],
)
def test_a_change_inside_is_found(log: Path, lhp: Any, change: Change, reason: str) -> None:
    log.write_bytes(b"\n".join(change(log.read_bytes().splitlines())) + b"\n")
    ended = lhp("plugins", "audit", "--verify")
    assert ended.code == 1
    assert "LHP-PLG-045" in ended.err
    assert reason in " ".join(ended.err.split())
    assert lhp("validate").code == 0


def test_it_may_be_kept_elsewhere(shop: Path, lhp: Any, tmp_path: Path) -> None:
    file = tmp_path / "deep/own.jsonl"
    assert lhp("validate", "--audit-log", str(file)).code == 0
    assert events(file)[-1]["event"] == "run.end"
    assert lhp("plugins", "audit", "--verify", "--audit-log", str(file)).code == 0
    file.unlink()
    file.mkdir()
    ended = lhp("validate", "--audit-log", str(shop / "lhp.yaml/x"))
    assert (ended.code, "the audit is not written" in ended.err) == (0, True)
