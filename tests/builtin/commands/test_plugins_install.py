"""`plugins install` and `source:`: wheels with their hashes, in a folder of the project."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import pytest

FOLDER = ".lhp/plugins"
RULES = """\
from acme_rules.words import WORD


class Rules:
    \"\"\"Asks for comments.\"\"\"

    def validate(self, config):
        return [WORD]
"""
CODE = {"acme_rules/__init__.py": "", "acme_rules/rules.py": RULES, "acme_rules/words.py": ""}
FLOWGROUP = """\
pipeline: p
flowgroup: f
actions:
  - {name: load, type: load, target: v, source: {type: sql, sql: SELECT 1 AS a}}
  - {name: save, type: write, source: v, write_target: {type: streaming_table, catalog: c, schema: s, table: t}}
"""


class Team:
    """A project whose plugins come from wheels."""

    def __init__(self, root: Path, lhp: Callable[..., Any], wheel: Callable[..., str]) -> None:
        self.root = root
        self.lhp = lhp
        self.wheel = wheel
        (root / "pipelines").mkdir(parents=True)
        (root / "substitutions").mkdir()
        (root / "pipelines/f.yaml").write_text(FLOWGROUP)
        (root / "substitutions/dev.yaml").write_text("dev: {}\n")

    @property
    def folder(self) -> Path:
        return self.root / FOLDER

    def declare(self, *sources: str, **more: str) -> None:
        """Declare a validator for each source; its lines are those of a requirements file."""
        declared = ["plugins:", "  entry_points: false", "  enabled:"] if sources else []
        for number, source in enumerate(sources):
            words = {
                "name": f"rules{number or ''}",
                "type": "validator",
                "module": "acme_rules.rules",
                "class": "Rules",
                **more,
                "source": source,
            }
            entry = [f"      {key}: {json.dumps(value)}" for key, value in words.items()]
            declared += ["    - " + entry[0].strip(), *entry[1:]]
        (self.root / "lhp.yaml").write_text("\n".join(["name: demo", *declared, ""]))

    def rules(self, word: str = "a table needs a comment", **options: Any) -> str:
        """Make the wheel of the validator; return what `source:` says of it."""
        files = {**CODE, "acme_rules/words.py": f"WORD = {word!r}\n"}
        digest = self.wheel(self.root / "wheels", "acme-rules", files, **options)
        version = options.get("version", "1.2")
        return f"wheels/acme_rules-{version}-py3-none-any.whl --hash=sha256:{digest}"

    def run(self, *words: str) -> Any:
        return self.lhp(*words)

    def told(self, *words: str) -> str:
        """Run what has to fail; return what it said, in one line."""
        ended = self.lhp(*words)
        assert ended.code == 1, ended.out + ended.err
        assert "Traceback" not in ended.err
        return " ".join(ended.err.split())

    def left(self) -> list[str]:
        """Return what an install left beside its folder."""
        return [each.name for each in self.folder.parent.glob(".plugins*")]

    def held(self) -> list[str]:
        """Return the distributions that are installed."""
        found = metadata.distributions(path=[str(self.folder)])
        return sorted(f"{each.metadata['Name']} {each.version}" for each in found)


@pytest.fixture
def team(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lhp: Callable[..., Any],
    wheel: Callable[..., str],
) -> Team:
    for name in ("PIP_INDEX_URL", "PIP_FIND_LINKS", "LHP_TRUST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("CI", "1")
    monkeypatch.setenv("LHP_USER_DIR", str(tmp_path / "user"))
    made = Team(tmp_path / "demo", lhp, wheel)
    monkeypatch.chdir(made.root)
    return made


def test_plugin_of_a_wheel_is_installed_approved_used_and_locked(team: Team) -> None:
    team.declare(team.rules())
    told = team.told("validate")
    assert "LHP-PLG-062] lhp.yaml:9:15" in told
    assert "'rules' can't be used yet: acme-rules 1.2 is not installed in this project" in told
    assert "help: `lhp plugins install`" in told
    ended = team.run("plugins", "install")
    assert (ended.code, ended.out) == (0, "acme-rules 1.2\n")
    assert "1 wheel installed in .lhp/plugins; `lhp plugins trust`" in ended.err
    assert "LHP-PLG-016" in team.told("validate")
    listed = json.loads(team.run("plugins", "list", "--origin", "config", "--format", "json").out)
    assert [(row["state"], row["source"]) for row in listed] == [("untrusted", "acme-rules 1.2")]
    shown = team.run("plugins", "trust", "--all", "--yes").out
    assert "source   acme-rules 1.2" in shown
    assert ".lhp/plugins/acme_rules/words.py" in shown
    assert "imports" not in shown
    assert "source    acme-rules 1.2" in team.run("plugins", "info", "rules").out
    assert "LHP-PLG-018" in team.told("validate")
    assert "a table needs a comment" in team.told("generate", "-e", "dev")
    assert team.run("plugins", "validate").code == 0
    assert team.run("plugins", "lock").code == 0
    entry = json.loads((team.root / "lhp.lock").read_text())["plugins"]["validator:rules"]
    assert entry["source"] == "acme-rules 1.2"
    (line,) = entry["wheels"]
    assert line.startswith("acme-rules @ wheels/acme_rules-1.2-py3-none-any.whl --hash=sha256:")
    assert ".lhp/plugins/acme_rules/rules.py" in entry["files"]
    assert "LHP-PLG-018" in team.told("validate", "--locked")


def test_lock_that_a_ci_approves_holds_for_what_it_installs_itself(
    team: Team, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    team.declare(team.rules())
    team.run("plugins", "install")
    team.run("plugins", "trust", "--all", "--yes")
    digest = team.run("plugins", "lock").err.partition("LHP_TRUST=")[2].split()[0]
    shutil.rmtree(team.root / ".lhp")
    monkeypatch.setenv("LHP_USER_DIR", str(tmp_path / "ci"))
    monkeypatch.setenv("LHP_TRUST", digest)
    assert "LHP-PLG-062" in team.told("validate", "--locked")
    assert team.run("plugins", "install").code == 0
    assert "a table needs a comment" in team.told("validate", "--locked")
    monkeypatch.delenv("LHP_TRUST")
    assert "LHP-PLG-016" in team.told("validate", "--locked")


def test_lock_holds_the_hashes_and_the_files_of_a_wheel(team: Team) -> None:
    source = team.rules()
    team.declare(source)
    team.run("plugins", "install")
    team.run("plugins", "trust", "--all", "--yes")
    team.run("plugins", "lock")
    team.declare(f"{source} --hash=sha256:{'0' * 64}")
    assert "LHP-PLG-062" in team.told("plugins", "lock", "--check")
    team.run("plugins", "install")
    told = team.told("plugins", "lock", "--check")
    assert "LHP-PLG-042" in told
    assert "its `source` names other wheels, or other hashes of them" in told
    team.declare(team.rules("other words"))
    team.run("plugins", "install")
    assert "LHP-PLG-016" in team.told("validate", "--locked")
    team.run("plugins", "trust", "--all", "--yes")
    assert "acme_rules/words.py changed" in team.told("validate", "--locked")
    team.declare(team.rules(version="1.3"))
    team.run("plugins", "install")
    team.run("plugins", "trust", "--all", "--yes")
    told = team.told("validate", "--locked")
    assert "it is acme_rules.rules:Rules from acme-rules 1.3, and" in told


@pytest.mark.parametrize(
    ("form", "held"),
    [
        ("{path} {hash}", ["acme-rules 1.2"]),
        ("./{path} {hash}", ["acme-rules 1.2"]),
        ("acme-rules @ {path} {hash}", ["acme-rules 1.2"]),
        ("Acme_Rules @ {url} {hash}", ["acme-rules 1.2"]),
        ("{url} {hash}", ["acme-rules 1.2"]),
        ("acme-rules==1.2 {hash}", ["acme-rules 1.2"]),
        ("acme_rules[fast] == 1.2 {other} {hash}", ["acme-rules 1.2"]),
        # As pip-compile and `uv export` write it.
        (
            "# made by a program\nacme-rules==1.2 \\\n    {hash} \\\n    {other}\n",
            ["acme-rules 1.2"],
        ),
        ("acme-rules==1.2 {hash}\nwords==3 {words}", ["acme-rules 1.2", "words 3"]),
        # A marker may leave a wheel out, be it the only one.
        ('acme-rules==1.2 ; python_version < "3" {hash}', []),
        (
            'acme-rules==1.2 {hash}\nwords==3 ; python_version < "3" {words}',
            ["acme-rules 1.2"],
        ),
    ],
)
def test_wheels_are_named_as_in_a_requirements_file(
    team: Team, monkeypatch: pytest.MonkeyPatch, form: str, held: list[str]
) -> None:
    path, _, hashed = team.rules().partition(" ")
    words = team.wheel(team.root / "wheels", "words", {"words.py": ""}, version="3")
    monkeypatch.setenv("PIP_FIND_LINKS", str(team.root / "wheels"))
    said = {
        "path": path,
        "url": (team.root / path).as_uri(),
        "hash": hashed,
        "other": f"--hash=sha256:{'A' * 64}",
        "words": f"--hash=sha256:{words}",
    }
    team.declare(form.format(**said))
    ended = team.run("plugins", "install")
    assert ended.code == 0, ended.err
    assert team.held() == held
    assert team.run("plugins", "validate", "--static").code == (0 if held else 1)
    assert "installed already" in team.run("plugins", "install").err


HASH = f"--hash=sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("source", "code", "reason"),
    [
        (f"acme-lhp {HASH}", "060", "'acme-lhp' is not pinned by `==` to one version"),
        (f"acme-lhp>=1.2 {HASH}", "060", "is not pinned by `==` to one version"),
        (f"acme-lhp==1.* {HASH}", "060", "is not pinned by `==` to one version"),
        (f"acme-lhp==1,==1 {HASH}", "060", "is not pinned by `==` to one version"),
        (f"acme lhp {HASH}", "060", "'acme lhp' is no requirement such as acme-lhp==1.2"),
        ("acme-lhp==1.2", "061", "it says no hash of acme-lhp 1.2"),
        ("wheels/acme_lhp-1.2-py3-none-any.whl", "061", "it says no hash of acme-lhp 1.2"),
        ("acme-lhp==1.2 --hash=md5:0", "060", "'--hash=md5:0' is no `--hash=sha256:` with 64"),
        ("acme-lhp==1.2 --hash=sha256:0", "060", "is no `--hash=sha256:` with 64 hexadecimal"),
        (f"acme-lhp==1.2 {HASH} b==1 {HASH}", "060", "is no `--hash=sha256:` with 64"),
        ("# nothing", "060", "it is empty"),
        (f"acme-lhp==1.2 ; sys_platform ~= 'a' {HASH}", "060", "Undefined"),
        (f"wheels/acme.whl {HASH}", "060", "wheels/acme.whl is no wheel, and only wheels run no"),
        (f"wheels/acme {HASH}", "060", "wheels/acme is no wheel"),
        (
            f"b @ wheels/acme_lhp-1.2-py3-none-any.whl {HASH}",
            "060",
            "wheels/acme_lhp-1.2-py3-none-any.whl is a wheel of acme-lhp, not of b",
        ),
    ],
)
def test_what_is_no_pinned_wheel_with_a_hash_is_told_without_installing(
    team: Team, source: str, code: str, reason: str
) -> None:
    team.declare(source)
    for words in (["plugins", "validate", "--static"], ["plugins", "install"], ["validate"]):
        told = team.told(*words)
        assert f"LHP-PLG-{code}] lhp.yaml:9:15" in told
        assert reason in told
        assert told.count("LHP-PLG-") == 1
    assert not team.folder.exists()


def test_hint_tells_the_hash_of_a_file_that_is_there(team: Team) -> None:
    path, _, hashed = team.rules().partition(" ")
    team.declare(path)
    assert f"if the file is the one you mean, add `{hashed}`" in team.told("plugins", "install")
    team.declare("acme-rules==1.2")
    assert "`pip download --no-deps acme-rules==1.2`, then `pip hash`" in team.told("validate")


def test_source_is_for_lhp_yaml_alone(team: Team) -> None:
    (team.root / "plugins").mkdir()
    entry = {"name": "a", "type": "validator", "module": "m", "class": "M", "source": team.rules()}
    (team.root / "plugins/plugins.yaml").write_text(json.dumps([entry]))
    (team.root / "lhp.yaml").write_text("plugins: {directories: [plugins], entry_points: false}\n")
    assert "it is for declarations of lhp.yaml alone" in team.told("plugins", "validate")


def test_what_is_as_declared_is_not_installed_again(team: Team) -> None:
    team.declare(team.rules())
    team.run("plugins", "install")
    before = team.folder.stat().st_ino
    (team.root / "wheels/acme_rules-1.2-py3-none-any.whl").unlink()
    ended = team.run("plugins", "install")
    assert (ended.code, ended.out, ended.err) == (0, "", "1 wheel installed already\n")
    assert team.folder.stat().st_ino == before


@pytest.mark.parametrize("path", ["acme_rules/words.py", "acme_rules/more.py", "requirements.txt"])
def test_folder_that_was_changed_is_made_anew(team: Team, path: str) -> None:
    team.declare(team.rules())
    team.run("plugins", "install")
    before = {each: each.read_bytes() for each in team.folder.rglob("*") if each.is_file()}
    with (team.folder / path).open("a") as file:
        file.write("# x\n")
    assert team.run("plugins", "install").out == "acme-rules 1.2\n"
    after = {each: each.read_bytes() for each in team.folder.rglob("*") if each.is_file()}
    assert after == before


def test_what_is_no_longer_declared_goes_away(team: Team) -> None:
    words = team.wheel(team.root / "wheels", "words", {"words.py": ""}, version="3")
    named = f"wheels/words-3-py3-none-any.whl --hash=sha256:{words}"
    rules = team.rules()
    team.declare(f"{rules}\n{named}")
    team.run("plugins", "install")
    assert team.held() == ["acme-rules 1.2", "words 3"]
    team.declare(rules)
    planned = team.run("plugins", "install", "--dry-run")
    assert planned.out.startswith("- words @ wheels/words-3-py3-none-any.whl")
    assert team.held() == ["acme-rules 1.2", "words 3"]
    team.run("plugins", "install")
    assert team.held() == ["acme-rules 1.2"]
    team.declare(rules, enabled="x")
    text = (team.root / "lhp.yaml").read_text().replace('enabled: "x"', "enabled: false")
    (team.root / "lhp.yaml").write_text(text)
    assert "0 wheels installed" in team.run("plugins", "install").err
    assert not team.folder.exists()
    assert "no plugin says `source:`" in team.run("plugins", "install").err


def test_dry_run_writes_nothing(team: Team) -> None:
    team.declare(team.rules())
    planned = team.run("plugins", "install", "--dry-run")
    assert planned.code == 0
    assert planned.out.startswith("+ acme-rules @ wheels/acme_rules-1.2-py3-none-any.whl --hash=")
    assert "1 wheel would be installed in .lhp/plugins" in planned.err
    assert not (team.root / ".lhp").exists()


def test_name_takes_the_wheels_of_one_plugin_and_leaves_the_others(team: Team) -> None:
    words = team.wheel(team.root / "wheels", "words", {"words.py": ""}, version="3")
    team.declare(team.rules(), f"wheels/words-3-py3-none-any.whl --hash=sha256:{words}")
    assert team.run("plugins", "install", "rules").out == "acme-rules 1.2\n"
    assert team.run("plugins", "install", "validator:rules1").out == "acme-rules 1.2\nwords 3\n"
    assert team.held() == ["acme-rules 1.2", "words 3"]
    ended = team.run("plugins", "install", "ruff")
    assert (ended.code, "says no `source:`" in ended.err) == (2, True)
    assert "LHP-PLG-012" in team.told("plugins", "install", "rulez")


@pytest.mark.parametrize(
    ("requires", "reason"),
    [
        ("words>=3", "acme-rules 1.2 needs 'words>=3', which is not installed"),
        ("click>=99", "acme-rules 1.2 needs 'click>=99', but 8"),
        ("acme-rules>=2", "acme-rules 1.2 needs 'acme-rules>=2', but 1.2 is installed"),
    ],
)
def test_what_a_wheel_needs_and_is_not_here_is_named(
    team: Team, requires: str, reason: str
) -> None:
    team.declare(team.rules(requires=[requires]))
    told = team.told("plugins", "install")
    assert f"LHP-PLG-065] lhp.yaml:9:15 {reason}" in told
    assert not team.folder.exists()


@pytest.mark.parametrize("requires", ["???", "words ; sys_platform ~= 'a'"])
def test_metadata_that_makes_no_sense_is_told(team: Team, requires: str) -> None:
    team.declare(team.rules(requires=[requires]))
    # Some versions of pip look at it themselves.
    assert "LHP-PLG-064] lhp.yaml:9:15" in team.told("plugins", "install")
    assert not team.folder.exists()


def test_what_a_wheel_needs_may_be_here_or_in_another_wheel_or_for_an_extra(team: Team) -> None:
    words = team.wheel(team.root / "wheels", "words", {"words.py": ""}, version="3")
    needs = ["click>=8", "words>=3,<4", 'nowhere ; python_version < "3"', 'fast ; extra == "fast"']
    rules = team.rules(requires=needs)
    team.declare(f"{rules}\nwheels/words-3-py3-none-any.whl --hash=sha256:{words}")
    assert team.run("plugins", "install").code == 0
    path, _, hashed = rules.partition(" ")
    named = f"wheels/words-3-py3-none-any.whl --hash=sha256:{words}"
    team.declare(f"acme-rules[fast] @ {path} {hashed}\n{named}")
    assert "needs 'fast; extra == \"fast\"', which is not installed" in team.told(
        "plugins", "install"
    )


def test_two_declarations_have_to_name_the_same_wheel(team: Team) -> None:
    rules = team.rules()
    team.declare(rules, f"{rules} --hash=sha256:{'0' * 64}")
    for words in (["plugins", "install"], ["plugins", "validate"]):
        told = team.told(*words)
        assert "LHP-PLG-063] lhp.yaml:14:15" in told
        assert "acme-rules is named twice" in told
        assert "at lhp.yaml:9:15" in told
    team.declare(rules, rules)
    assert team.run("plugins", "install").out == "acme-rules 1.2\n"


def test_distribution_beside_lhp_is_never_shadowed(team: Team) -> None:
    version = metadata.version("click")
    team.declare(f"{team.rules()}\nclick=={version} --hash=sha256:{'0' * 64}")
    told = team.told("plugins", "install")
    assert "LHP-PLG-066" in told
    assert f"click {version} is in the environment of lhp" in told


def test_module_of_the_project_has_another_name_than_that_of_a_wheel(team: Team) -> None:
    team.declare(team.rules())
    team.run("plugins", "install")
    (team.root / "acme_rules.py").write_text("")
    told = team.told("plugins", "validate", "--static")
    assert "LHP-PLG-007" in told
    assert "means both acme_rules and .lhp/plugins/acme_rules" in told


def test_import_that_could_mean_a_wheel_or_the_project_is_refused(team: Team) -> None:
    digest = team.wheel(team.root / "wheels", "words", {"words.py": "WORD = 1\n"}, version="3")
    team.declare(f"{team.rules()}\nwheels/words-3-py3-none-any.whl --hash=sha256:{digest}")
    with (team.root / "lhp.yaml").open("a") as file:
        file.write("    - {name: mine, type: validator, module: mine, class: Mine}\n")
    code = "from words import WORD\n\n\nclass Mine:\n    def validate(self, config):\n        return []\n"
    (team.root / "mine.py").write_text(code)
    team.run("plugins", "install")
    team.run("plugins", "trust", "--all", "--yes")
    assert team.run("plugins", "validate", "mine").code == 0
    (team.root / "words.py").write_text("WORD = 2\n")
    team.run("plugins", "trust", "--all", "--yes")
    told = team.told("plugins", "validate", "mine")
    assert "words is both a module of the project and one in .lhp/plugins" in told


def test_module_comes_from_the_wheel_alone(team: Team) -> None:
    team.declare(team.rules(), module="mine")
    team.run("plugins", "install")
    (team.root / "mine.py").write_text("class Rules:\n    pass\n")
    assert "acme-rules 1.2 has no module 'mine'" in team.told("plugins", "validate")
    text = (team.root / "lhp.yaml").read_text().replace('      module: "mine"\n', "")
    (team.root / "lhp.yaml").write_text(text)
    assert "its declaration says no `module` of acme-rules 1.2" in team.told("plugins", "validate")


def test_what_pip_says_is_told_in_short_and_all_of_it_on_demand(team: Team) -> None:
    rules = team.rules()
    team.declare(rules)
    team.run("plugins", "install")
    digest = rules.partition("--hash=sha256:")[2]
    team.declare(f"{rules}\nnowhere==3 --hash=sha256:{digest}")
    told = team.told("plugins", "install")
    assert "LHP-PLG-064] lhp.yaml:9:15 pip does not install nowhere 3: Could not find" in told
    assert "No matching distribution found for nowhere==3" in told
    assert "Looking in" not in told
    assert "ERROR: No matching distribution" in team.told("plugins", "install", "-v")
    assert team.held() == ["acme-rules 1.2"]
    assert team.left() == []


def test_wheel_that_is_not_there_is_told(team: Team) -> None:
    rules = team.rules()
    (team.root / "wheels/acme_rules-1.2-py3-none-any.whl").unlink()
    team.declare(rules)
    told = team.told("plugins", "install")
    assert "LHP-PLG-064] lhp.yaml:9:15" in told
    assert "wheels/acme_rules-1.2-py3-none-any.whl can't be read: No such file" in told


def test_wheel_that_holds_another_version_is_told(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = team.rules().partition(" ")[2]
    wheels = team.root / "wheels"
    (wheels / "acme_rules-1.2-py3-none-any.whl").rename(wheels / "acme_rules-3-py3-none-any.whl")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    for source in (f"wheels/acme_rules-3-py3-none-any.whl {hashed}", f"acme-rules==3 {hashed}"):
        team.declare(source)
        assert "LHP-PLG-064" in team.told("plugins", "install")
        assert not team.folder.exists()


def test_folder_that_lhp_did_not_make_is_left_alone(team: Team) -> None:
    team.folder.mkdir(parents=True)
    (team.folder / "mine.py").write_text("x = 1\n")
    team.declare(team.rules())
    assert "LHP-IO-120" in team.told("plugins", "install")
    assert (team.folder / "mine.py").read_text() == "x = 1\n"
    (team.folder / "mine.py").unlink()
    assert team.run("plugins", "install").code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_killed_in_between_leaves_what_was_there(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = team.rules()
    team.declare(rules)
    team.run("plugins", "install")
    before = {each: each.read_bytes() for each in team.folder.rglob("*") if each.is_file()}
    team.declare(f"{rules}\nlate==3 --hash=sha256:{'0' * 64}")
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{port}/simple")
        code = "import sys; from lhp.cli.main import main; main(['plugins', 'install'])"
        command = [sys.executable, "-c", code]
        running = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
        silent.settimeout(60)
        asked, _ = silent.accept()  # pip asks for the wheel, and waits
        with asked:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
    after = {each: each.read_bytes() for each in team.folder.rglob("*") if each.is_file()}
    assert after == before
    team.declare(rules)
    assert "installed already" in team.run("plugins", "install").err


def test_crash_while_folders_are_exchanged_is_mended(team: Team) -> None:
    team.declare(team.rules())
    team.run("plugins", "install")
    team.folder.rename(team.root / ".lhp/.plugins.old")
    (team.root / ".lhp/.plugins.1.new").mkdir()
    (team.root / ".lhp/.plugins.1.new/half.py").write_text("")
    assert "LHP-PLG-062" in team.told("validate")
    assert "installed already" in team.run("plugins", "install").err
    assert team.held() == ["acme-rules 1.2"]
    team.declare(team.rules("other"))
    team.run("plugins", "install")
    assert team.left() == []
    assert not (team.folder / "half.py").exists()


@pytest.fixture
def _no_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    find = PathFinder.find_spec

    def find_spec(name: str, *args: Any) -> Any:
        return None if name == "pip" else find(name, *args)

    monkeypatch.setattr(PathFinder, "find_spec", find_spec)


@pytest.mark.usefixtures("_no_pip")
def test_uv_does_it_where_there_is_no_pip(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_NO_INDEX", "1")
    rules = team.rules()
    team.declare(rules)
    ended = team.run("plugins", "install")
    if "LHP-PLG-067" in ended.err:
        pytest.skip("there is no uv")
    assert "uv installs 1 wheel" in ended.err
    assert team.held() == ["acme-rules 1.2"]
    assert "installed already" in team.run("plugins", "install").err
    digest = rules.partition("--hash=sha256:")[2]
    team.declare(f"{rules}\nnowhere==3 --hash=sha256:{digest}")
    told = team.told("plugins", "install")
    assert "uv does not install nowhere 3: No solution found" in told
    monkeypatch.setenv("UV_FIND_LINKS", str(team.root / "wheels"))
    team.declare(f"acme-rules==1.2 --hash=sha256:{'0' * 64}")
    told = team.told("plugins", "install")
    assert f"its hash is sha256:{digest}, which `source` does not name" in told


@pytest.mark.usefixtures("_no_pip")
def test_neither_pip_nor_uv_is_told(
    team: Team, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    team.declare(team.rules())
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}.")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    told = team.told("plugins", "install")
    assert "LHP-PLG-067" in told
    assert "`python -m ensurepip`" in told


def test_settings_of_pip_that_would_put_wheels_elsewhere_do_not(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_NO_BINARY", ":all:")
    team.declare(team.rules())
    ended = team.run("plugins", "install")
    assert ended.code == 0, ended.err
    assert team.held() == ["acme-rules 1.2"]


LOADER = '''
from lhp.core.base_generator import BaseActionGenerator


class FewLoadGenerator(BaseActionGenerator):
    """Few rows."""

    def generate(self, action, context):
        return self.render_template("few.py.j2", {})
'''
WORDS = {
    "few.py": LOADER,
    "few.py.j2": "@dp.temporary_view()\ndef {{ action.target | ident }}():\n    return few({{ 1 | loud }})\n",
    "other.txt": "not beside few.py",
    "loud.py": 'def loud(value):\n    return f"{value}!"\n\n\nfilters = {"loud": loud}\n',
    "talk.py": 'import click\n\n\n@click.command()\ndef talk():\n    """Says a word."""\n    click.echo("hello")\n',
    "house/__init__.py": "",
    "house/presets/documented.yaml": "name: documented\ndefaults: {write_actions: {streaming_table: {comment: Ours}}}\n",
}
DECLARED = """\
plugins:
  entry_points: false
  enabled:
    - {name: few, type: load_generator, module: few, class: FewLoadGenerator, source: &words %s}
    - {name: words, type: template_filter, module: loud, class: filters, source: *words, isolation: none}
    - {name: talk, type: cli_command, module: talk, class: talk, source: *words}
    - {name: house, type: content, module: house, source: *words}
"""


def test_all_kinds_of_plugins_may_come_from_a_wheel(team: Team) -> None:
    digest = team.wheel(team.root / "wheels", "acme-words", WORDS, version="3")
    source = f"wheels/acme_words-3-py3-none-any.whl --hash=sha256:{digest}"
    (team.root / "lhp.yaml").write_text(DECLARED % json.dumps(source))
    flowgroup = FLOWGROUP.replace("{type: sql, sql: SELECT 1 AS a}", "{type: few}")
    flowgroup = flowgroup.replace("actions:", "presets: [house.documented]\nactions:")
    (team.root / "pipelines/f.yaml").write_text(flowgroup)
    assert team.run("plugins", "install").out == "acme-words 3\n"
    approved = team.run("plugins", "trust", "--all", "--yes")
    assert "3 approved" in approved.err
    assert "other.txt" not in approved.out
    ended = team.run("generate", "-e", "dev")
    assert ended.code == 0, ended.err
    made = (team.root / "generated/dev/p/f.py").read_text()
    assert 'return few("1!")' in made
    assert "Ours" in made
    assert team.run("talk").out == "hello\n"
    assert team.run("plugins", "lock").code == 0
    locked: Mapping[str, Any] = json.loads((team.root / "lhp.lock").read_text())["plugins"]
    assert {len(entry["wheels"]) for entry in locked.values()} == {1}
    assert team.run("generate", "-e", "dev", "--locked").code == 0
