"""Why a plugin is there, or why it is not: what `lhp plugins doctor` prints."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

Lhp = Callable[..., Any]

RULES = "class Rules:\n    def validate(self, config):\n        return []\n"
LOAD = dedent("""\
    import time
    from lhp.core.base_generator import BaseActionGenerator

    import {imported}

    class RatesLoadGenerator(BaseActionGenerator):
        def generate(self, action, context):
            return "pass"
    """)
SLOW = "import time\ntime.sleep(0.03)\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    monkeypatch.setenv("NO_COLOR", "1")

    def make(plugins: str, files: Mapping[str, str] | None = None) -> Path:
        root = tmp_path / "demo"
        whole = {"lhp.yaml": f"name: demo\nplugins:\n{plugins}", **(files or {})}
        for path, text in whole.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        monkeypatch.chdir(root)
        return root

    return make


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def install(points: str, module: str = RULES) -> None:
        site = tmp_path / "site"
        info = site / "zeta_lhp-1.2.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: zeta-lhp\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(dedent(points))
        (site / "zeta_rules.py").write_text(module)
        monkeypatch.syspath_prepend(str(site))
        importlib.invalidate_caches()

    return install


_TIMED = ("plugins", "list", "--timing", "--origin", "directory")
VALIDATOR = "[lhp.validators]\nrules = zeta_rules:Rules\n"


def data_of(lhp: Lhp, *words: str) -> Any:
    return json.loads(lhp("plugins", "doctor", *words, "--format", "json").out)


def test_a_plugin_that_is_there_with_its_versions_and_times(
    project: Callable[..., Path], lhp: Lhp
) -> None:
    files = {"plugins/rates.py": LOAD.format(imported="slow_partner"), "slow_partner.py": SLOW}
    project("  directories: [./plugins]\n", files)
    ended = lhp("plugins", "doctor", "rates")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0].startswith("lhp ")
    assert lines[0].endswith("plugin API version 1")
    assert "load_generator:rates: enabled" in lines
    assert "  source    plugins/rates.py" in lines
    assert "  api       1; lhp keeps version 1" in lines
    assert any("ms of it for slow_partner" in line for line in lines)
    assert lines[-1] == "  next      lhp plugins info load_generator:rates"
    assert max(map(len, lines)) <= 80
    (plugin,) = data_of(lhp, "rates")["plugins"]
    assert plugin["import_ms"] >= 30
    assert plugin["imports"][0]["module"] == "slow_partner"


def test_what_hides_an_installed_plugin(
    project: Callable[..., Path], acme: Callable[..., None], lhp: Lhp
) -> None:
    acme(VALIDATOR)
    project("  entry_points: false\n")
    ended = lhp("plugins", "doctor", "rules")
    assert ended.code == 1
    assert "zeta-lhp 1.2 (installed): 1 plugin" in ended.out
    assert "validator:rules: hidden" in ended.out
    assert "`entry_points: false` in lhp.yaml shuts it out" in ended.out
    assert "write zeta-lhp under `plugins: entry_points:` in lhp.yaml" in ended.out


STATES = {
    # What lhp.yaml says, the state, a part of the reason, a part of the next step.
    "nobody names what acts unasked": (
        "  directories: []\n",
        "installed",
        "acts unasked, so lhp.yaml has to name it",
        "lhp plugins enable validator:rules",
    ),
    "named": (
        "  enabled: [{name: rules, type: validator}]\n",
        "enabled",
        "",
        "lhp plugins info validator:rules",
    ),
    "another distribution is listed": (
        "  entry_points: [other]\n",
        "hidden",
        "`entry_points:` without it",
        "write zeta-lhp under",
    ),
    "switched off": (
        "  enabled: [{name: rules, type: validator, enabled: false}]\n",
        "disabled",
        "`enabled: false` at lhp.yaml:3:13",
        "lhp plugins enable validator:rules",
    ),
    "needs what is not installed": (
        "  enabled: [{name: rules, type: validator, requires: 'zeta-lhp>=2'}]\n",
        "broken",
        "1.2 is installed",
        "pip install 'zeta-lhp>=2'",
    ),
    "written for another API": (
        "  enabled: [{name: rules, type: validator, module: zeta_rules, class: Rules, api: 9}]\n",
        "broken",
        "it wants version 9 of the plugin API; lhp keeps version 1",
        "lhp plugins validate rules",
    ),
}


@pytest.mark.parametrize("case", STATES)
def test_each_state_has_its_reason_and_a_next_step(
    case: str, project: Callable[..., Path], acme: Callable[..., None], lhp: Lhp
) -> None:
    plugins, state, reason, step = STATES[case]
    acme(VALIDATOR)
    project(plugins)
    found = data_of(lhp, "validator:rules")["plugins"]
    plugin = found[0]
    assert plugin["state"] == state
    assert reason in plugin["reason"]
    assert step in plugin["next"]
    assert (plugin["import_ms"] is None) == (state != "enabled")


def test_a_plugin_that_another_overrides(
    project: Callable[..., Path], acme: Callable[..., None], lhp: Lhp
) -> None:
    acme(VALIDATOR)
    own = "{name: rules, type: validator, module: own_rules, class: Rules, override: true}"
    project(f"  enabled: [{own}]\n", {"own_rules.py": RULES})
    winner, other = data_of(lhp, "rules")["plugins"]
    assert (winner["state"], winner["object"]) == ("enabled", "own_rules:Rules")
    assert other["state"] == "hidden"
    assert other["reason"] == "own_rules:Rules overrides it, declared at lhp.yaml:3:13"


def test_two_that_claim_one_name(
    project: Callable[..., Path], acme: Callable[..., None], lhp: Lhp
) -> None:
    acme(VALIDATOR)
    project(
        "  enabled: [{name: rules, type: validator, module: own_rules, class: Rules}]\n",
        {"own_rules.py": RULES},
    )
    ended = lhp("plugins", "doctor", "rules")
    assert ended.code == 1
    assert "validator:rules: broken" in ended.out
    assert "rename one, or let the stronger say `override: true`" in ended.out


def test_a_broken_plugin_with_its_traceback(project: Callable[..., Path], lhp: Lhp) -> None:
    project(
        "  directories: [./plugins]\n",
        {"plugins/rates.py": LOAD.format(imported="faulty_partner"), "faulty_partner.py": "1 / 0"},
    )
    ended = lhp("plugins", "doctor", "rates")
    assert ended.code == 1
    assert "load_generator:rates: broken" in ended.out
    assert "ZeroDivisionError: division by zero" in ended.out
    assert "Traceback (most recent call last):" in ended.err
    assert 'faulty_partner.py", line 1' in ended.err
    (plugin,) = data_of(lhp, "rates")["plugins"]
    assert plugin["next"] == "mend faulty_partner.py:1, then `lhp plugins validate rates`"
    assert plugin["problems"][0]["code"] == "LHP-PLG-003"
    assert "ZeroDivisionError" in plugin["tracebacks"][0]


def test_nothing_runs_that_nobody_approved(
    project: Callable[..., Path],
    lhp: Lhp,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LHP_USER_DIR", str(tmp_path / "user"))
    project("  directories: [./plugins]\n", {"plugins/rates.py": LOAD.format(imported="json")})
    (plugin,) = data_of(lhp, "rates")["plugins"]
    assert (plugin["state"], plugin["import_ms"]) == ("untrusted", None)
    assert plugin["next"] == "lhp plugins trust load_generator:rates"
    (row,) = json.loads(lhp(*_TIMED, "--format", "json").out)
    assert (row["state"], row["import_ms"]) == ("untrusted", None)


def test_an_unknown_name_with_the_nearest_and_where_it_would_be(
    project: Callable[..., Path], lhp: Lhp
) -> None:
    project(
        "  directories: [./plugins, ./gone]\n"
        "  enabled:\n    - {name: ratez, type: load_generater, module: m, class: C}\n",
        {
            "plugins/rates.py": LOAD.format(imported="json"),
            "plugins/ratez.py": "",
            "plugins/_ratez.py": "",
            "plugins/deep/ratez.py": LOAD.format(imported="json"),
            "plugins/data/rates.csv": "",
        },
    )
    ended = lhp("plugins", "doctor", "ratez")
    assert ended.code == 1
    text = " ".join(ended.out.split())
    assert "lhp.yaml:5:7 is no declaration: it has no `name`, or no `type` that there is" in text
    assert "ratez.py is there, but offers no 'ratez'" in text
    assert "_ratez.py is passed over, as its name begins with `_`" in text
    assert "deep/ is passed over, as it has no __init__.py" in text
    assert "data/" not in text
    assert "./gone: no 'ratez' there is no such folder" in text
    assert "there it would be an entry point in a group such as lhp.generators.load" in text
    assert "did you mean 'rates'?" in ended.err
    assert data_of(lhp, "ratez")["problems"][0]["code"] == "LHP-PLG-012"


def test_a_folder_that_nobody_lists(project: Callable[..., Path], lhp: Lhp) -> None:
    project("  entry_points: true\n", {"plugins/rates.py": LOAD.format(imported="json")})
    text = " ".join(lhp("plugins", "doctor", "rates").out.split())
    assert "`plugins: directories:` of lhp.yaml does not list this folder" in text


def test_all_plugins_that_do_not_come_with_lhp(project: Callable[..., Path], lhp: Lhp) -> None:
    root = project(
        "  directories: [./plugins]\n", {"plugins/rates.py": LOAD.format(imported="json")}
    )
    ended = lhp("plugins", "doctor")
    assert ended.code == 0
    assert "load_generator:rates: enabled" in ended.out
    assert "load_generator:cloudfiles" not in ended.out
    (root / "plugins/bad.py").write_text("def", encoding="utf-8")
    ended = lhp("plugins", "doctor")
    assert ended.code == 1
    assert "plugins/bad.py:1: the plugin file is not valid Python: invalid syntax" in " ".join(
        ended.out.split()
    )


def test_plugins_of_lhp_and_no_project(
    lhp: Lhp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = lhp("plugins", "doctor", "cloudfiles")
    assert ended.code == 0
    assert "there is none here, or in a folder above" in ended.out
    assert "load_generator:cloudfiles: builtin" in ended.out


def test_no_plugins_hides_all(project: Callable[..., Path], lhp: Lhp) -> None:
    project("  directories: [./plugins]\n", {"plugins/rates.py": LOAD.format(imported="json")})
    (plugin,) = data_of(lhp, "rates", "--no-plugins")["plugins"]
    assert (plugin["state"], plugin["next"]) == ("hidden", "leave out `--no-plugins`")


def test_list_with_the_times_of_imports(project: Callable[..., Path], lhp: Lhp) -> None:
    files = {"plugins/rates.py": LOAD.format(imported="slow_partner"), "slow_partner.py": SLOW}
    project("  directories: [./plugins]\n", files)
    head, row = lhp(*_TIMED).out.splitlines()
    assert head.split()[-2:] == ["Import", "ms"]
    assert float(row.split()[-1]) >= 30
    (row,) = json.loads(lhp(*_TIMED, "--format", "json").out)
    assert row["import_ms"] >= 30


def test_a_command_is_imported_in_a_sandbox(
    project: Callable[..., Path], lhp: Lhp, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    command = dedent(f"""\
        import click
        from lhp.cli.base import BaseCLIPlugin

        try:
            open({str(seen)!r}, "w")
        except OSError:
            pass

        @click.command()
        def hello():
            pass

        cli_plugin = BaseCLIPlugin(command=hello, name="hello")
        """)
    project("  directories: [./plugins]\n", {"plugins/hello.py": command})
    (plugin,) = data_of(lhp, "hello")["plugins"]
    assert plugin["state"] == "enabled"
    assert plugin["import_ms"] > 0
    assert not seen.exists()
