"""`plugins lock` and `--locked`: the same plugins for everybody, or an error that says what."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LOCK = "lhp.lock"
BAD_ENTRY = {"origin": "", "source": "x", "target": "x:X", "digest": "lhp1:0", "files": {"x": "0"}}
RENAMED = (
    "plugins/late.py changed, what goes with its options changed, the option 'day' is new, "
    "the option 'hour' is gone"
)
MODULE = "mine/rules.py"
CODE = "from mine.words import WORD\n\n\nclass Rules:\n    def validate(self, config):\n        return []\n"
PLUGINS = """\
  directories: [plugins]
  entry_points: [acme-lhp]
  enabled:
    - {name: rules, type: validator, module: mine.rules, class: Rules}
"""
LOADER = '''
from lhp.core.base_generator import BaseActionGenerator


class LateLoadGenerator(BaseActionGenerator):
    """Came later."""

    @classmethod
    def get_supported_options(cls):
        return {"hour": {"type": "integer", "required": True}}

    def generate(self, action, context):
        return self.render_template("late.j2", {})
'''


@pytest.fixture
def team(shop: Path) -> Path:
    """Return a project with a validator by module, and a generator in a plugin folder."""
    files = {
        MODULE: CODE,
        "mine/words.py": "WORD = 1\n",
        "mine/unused.py": "WORD = 2\n",
        "plugins/late.py": LOADER,
        "plugins/late.j2": "pass\n",
        "lhp.yaml": (shop / "lhp.yaml").read_text("utf-8").replace("  enabled:\n", PLUGINS),
    }
    for path, text in files.items():
        (shop / path).parent.mkdir(exist_ok=True)
        (shop / path).write_text(text, encoding="utf-8")
    return shop


SITE = {
    "needy.py": "import other\n",
    "needy-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: needy\nVersion: 1.0\n"
    "Requires-Dist: Other_One >=2\nRequires-Dist: absent; extra == 'x'\n",
    "needy-1.0.dist-info/RECORD": "needy.py,sha256=a,1\n",
    "needy-1.0.dist-info/WHEEL": "Tag: py3-none-any\n",
    "needy-1.0.dist-info/top_level.txt": "needy\n",
    "other_one-2.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: other-one\nVersion: 2.0\n"
    "Requires-Dist: needy\n",
    "other_one-2.0.dist-info/RECORD": "other.so,sha256=b,1\n",
    "other_one-2.0.dist-info/WHEEL": "Tag: cp311-cp311-linux_x86_64\n",
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of installed distributions, one of which needs the other."""
    folder = tmp_path / "site"
    for path, text in SITE.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("needy-1.0.dist-info/METADATA", "1.0", "1.1"),
            "needy 1.1 is installed, and 1.0 is locked",
        ),
        (
            ("needy-1.0.dist-info/RECORD", "=a", "=c"),
            "what is installed as needy 1.0 is not what is",
        ),
        (
            ("other_one-2.0.dist-info/RECORD", "=b", "=c"),
            "what is installed as other-one 2.0 is not what is locked",
        ),
        (("other_one-2.0.dist-info/WHEEL", "linux", "macosx"), ""),
    ],
)
def test_what_a_plugin_imports_is_locked_with_all_that_it_needs(
    team: Path, site: Path, lhp: Any, change: tuple[str, str, str], told: str
) -> None:
    (team / MODULE).write_text(f"import needy\n{CODE}", encoding="utf-8")
    lhp("plugins", "lock")
    needs = locked(team)["validator:rules"]["needs"]
    assert [text.split()[:2] for text in needs.values()] == [
        ["1.0", "py3-none-any"],
        ["2.0", "cp311-cp311-linux_x86_64"],
    ]
    assert [*needs] == ["needy", "other-one"]
    assert lhp("plugins", "lock", "--check").code == 0
    path, old, new = change
    file = site / path
    file.write_text(file.read_text("utf-8").replace(old, new), encoding="utf-8")
    if "WHEEL" in path:  # another platform has other bytes
        record = file.with_name("RECORD")
        record.write_text("other.dylib,sha256=d,1\n", encoding="utf-8")
    ended = lhp("plugins", "lock", "--check")
    assert (ended.code, told in " ".join(ended.err.split())) == (1 if told else 0, True)


def locked(root: Path) -> Any:
    return json.loads((root / LOCK).read_text("utf-8"))["plugins"]


def test_it_holds_each_plugin_that_does_not_come_with_lhp(team: Path, lhp: Any) -> None:
    ended = lhp("plugins", "lock")
    assert (ended.code, ended.out) == (0, "lhp.lock\n")
    plugins = locked(team)
    assert {"load_generator:late", "validator:rules", "cli_command:deploy"} <= plugins.keys()
    assert not any(name.startswith("load_generator:sql") for name in plugins)
    assert [*plugins["validator:rules"]["files"]] == ["mine/rules.py", "mine/words.py"]
    assert [*plugins["load_generator:late"]["files"]] == ["plugins/late.j2", "plugins/late.py"]
    assert plugins["load_generator:late"]["options"]
    assert plugins["cli_command:deploy"]["source"].startswith("acme-lhp ")
    content = (team / LOCK).read_bytes()
    assert f"LHP_TRUST=sha256:{hashlib.sha256(content).hexdigest()}" in ended.err
    assert b"\r" not in content
    assert str(team).encode() not in content
    again = lhp("plugins", "lock")
    assert (again.code, again.out) == (0, "")
    assert (team / LOCK).read_bytes() == content


@pytest.mark.parametrize("command", ["validate", "generate", "diff"])
def test_a_run_with_locked_takes_what_is_locked_and_writes_no_lock(
    team: Path, lhp: Any, command: str
) -> None:
    words = (command, "--env", "dev", "--locked")
    ended = lhp(*words)
    assert (ended.code, "LHP-PLG-043" in ended.err) == (1, True)
    assert not (team / LOCK).exists()
    lhp("plugins", "lock")
    content = (team / LOCK).read_bytes()
    assert lhp(*words).code == 0
    assert (team / LOCK).read_bytes() == content


def write(path: str, text: str) -> Callable[[Path], object]:
    return lambda root: (root / path).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "name", "reason"),
    [
        (write(MODULE, CODE + "# x\n"), "rules", "mine/rules.py changed"),
        (write("mine/words.py", "WORD = 3\n"), "rules", "mine/words.py changed"),
        (
            write(MODULE, CODE.replace("words", "unused")),
            "rules",
            "mine/rules.py changed, mine/unused.py is new, mine/words.py is gone",
        ),
        (write("plugins/late.j2", "return\n"), "late", "plugins/late.j2 changed"),
        (
            write("plugins/late.py", LOADER.replace('"hour"', '"day"')),
            "late",
            RENAMED,
        ),
        (
            write("plugins/late.py", LOADER.replace('"integer"', '"number"')),
            "late",
            "plugins/late.py changed, the option 'hour' changed",
        ),
        (write("plugins/more.j2", "x\n"), "late", "plugins/more.j2 is new"),
        (lambda root: (root / "plugins/late.py").unlink(), "late", "it is locked, and there is no"),
        (
            write("plugins/other.py", LOADER.replace("Late", "Other")),
            "other",
            "it is not locked",
        ),
    ],
)
def test_what_is_not_as_locked_is_told_with_the_reason(
    team: Path, lhp: Any, change: Callable[[Path], object], name: str, reason: str
) -> None:
    lhp("plugins", "lock")
    content = (team / LOCK).read_bytes()
    change(team)
    for words in (["plugins", "lock", "--check"], ["validate", "--locked"]):
        ended = lhp(*words)
        assert ended.code == 1
        assert "LHP-PLG-042" in ended.err
        told = " ".join(ended.err.split())
        assert f"{name!r} is not what is locked: {reason}" in told
    assert (team / LOCK).read_bytes() == content
    assert lhp("validate").code == 0


def test_what_no_plugin_uses_is_not_locked(team: Path, lhp: Any) -> None:
    lhp("plugins", "lock")
    (team / "mine/unused.py").write_text("WORD = 4\n")
    assert lhp("plugins", "lock", "--check").code == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value"),
        ("{}", "no 'lock'"),
        ('{"lock": 2, "plugins": {}}', "it is of form 2"),
        ('{"lock": 1, "plugins": []}', "no 'list'"),
        ('{"lock": 1, "plugins": {"a:b": {}}}', "missing"),
        (
            json.dumps({"lock": 1, "plugins": {"a:b": BAD_ENTRY}}),
            "the digest of x is not that of its files",
        ),
    ],
)
def test_a_lock_that_is_none_is_told(team: Path, lhp: Any, text: str, reason: str) -> None:
    (team / LOCK).write_text(text)
    ended = lhp("validate", "--locked")
    assert ended.code == 1
    assert "LHP-PLG-041" in ended.err
    assert reason in " ".join(ended.err.split())


def test_plugins_of_the_home_folder_are_never_locked(
    team: Path, lhp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "house.py").write_text(LOADER.replace("Late", "House"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    text = (team / "lhp.yaml").read_text("utf-8").replace("[plugins]", "[plugins, ~/home]")
    (team / "lhp.yaml").write_text(text, encoding="utf-8")
    ended = lhp("plugins", "lock")
    assert ended.code == 1
    assert "house.py is no file of the project, so nobody else has it" in " ".join(
        ended.err.split()
    )
