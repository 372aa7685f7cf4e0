"""What a project declares can't widen what its user approved."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import FILES, Hostile

Make = Callable[..., Hostile]

_SPY = "class Spy:\n    def validate(self, config):\n        return []\n"


def _declared(*lines: str) -> str:
    listed = "".join(f"    - {line}\n" for line in lines)
    return f"name: demo\nplugins:\n  entry_points: false\n  enabled:\n{listed}"


@pytest.fixture(autouse=True)
def _acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed distribution with one entry point, and a callable that is none."""
    site = tmp_path / "site"
    info = site / "acme_lhp-1.2.dist-info"
    info.mkdir(parents=True)
    code = _SPY + "class Other(Spy):\n    pass\n"
    (site / "acme_lhp.py").write_text(code, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-lhp\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[lhp.validators]\nspy = acme_lhp:Spy\n")
    (info / "RECORD").write_text("acme_lhp.py,,\nacme_lhp-1.2.dist-info/METADATA,,\n")
    monkeypatch.syspath_prepend(str(site))


@pytest.mark.parametrize(
    "declared",
    [
        "{name: spy, type: template_filter, module: yaml, class: unsafe_load}",
        "{name: spy, type: template_function, module: jinja2.utils, class: import_string}",
        "{name: spy, type: validator, module: click, class: Command}",
        "{name: spy, type: cli_command, module: click.testing, class: CliRunner}",
        "{name: spy, type: formatter, module: acme_lhp, class: Other}",
        "{name: spy, type: artifact, module: acme_lhp, class: Spy}",
    ],
)
def test_what_no_distribution_offers_to_lhp_waits_for_an_approval(
    hostile: Make, declared: str
) -> None:
    project = hostile({"lhp.yaml": _declared(declared)})
    name = "spy" if "cli_command" in declared else ""
    came = project.run(*([name] if name else []))
    assert came.code == 1
    assert "LHP-PLG-016" in came.said
    assert "nobody approved it yet" in came.said
    shown = project.run("plugins", "trust", "--show").said
    assert "pending" in shown


def test_what_a_distribution_offers_to_lhp_is_trusted_as_installed(hostile: Make) -> None:
    project = hostile(
        {"lhp.yaml": _declared("{name: spy, type: validator, module: acme_lhp, class: Spy}")}
    )
    assert project.run().code == 0


def test_object_of_an_installed_module_can_be_approved(hostile: Make) -> None:
    project = hostile(
        {"lhp.yaml": _declared("{name: spy, type: validator, module: acme_lhp, class: Other}")}
    )
    assert project.run().code == 1
    shown = project.run("plugins", "trust", "spy", "--yes")
    assert "acme_lhp:Other" in shown.said
    assert project.run().code == 0


def test_policy_may_trust_all_of_a_distribution(hostile: Make) -> None:
    declared = _declared("{name: spy, type: validator, module: acme_lhp, class: Other}")
    project = hostile({"lhp.yaml": declared, "user/policy.yaml": "trusted_sources: [acme-lhp]\n"})
    assert project.run().code == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{name: spy, type: validator, module: mine.spy, class: Spy}", "class: os.system"),
        ("{name: spy, type: validator, module: mine.spy, class: Spy}", "class: Other"),
        (
            "{name: spy, type: validator, module: mine.spy, class: Spy, isolation: none}",
            "class: os.system",
        ),
    ],
)
def test_approval_holds_for_the_object_that_was_named(
    hostile: Make, before: str, after: str
) -> None:
    code = f"import os\n{_SPY}class Other(Spy):\n    pass\n"
    project = hostile({"lhp.yaml": _declared(before), "mine/spy.py": code})
    project.approve()
    assert project.run().code == 0
    project.write({"lhp.yaml": _declared(before.replace("class: Spy", after))})
    came = project.run()
    assert came.code == 1
    assert "LHP-PLG-016" in came.said
    assert "it was mine.spy:Spy when it was approved" in came.said
    project.approve()
    assert "LHP-PLG-016" not in project.run().said


def test_lock_that_was_approved_holds_for_the_object_that_was_named(
    hostile: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _declared("{name: spy, type: validator, module: mine.spy, class: Spy}")
    project = hostile({"lhp.yaml": before, "mine/spy.py": f"{_SPY}class Other(Spy):\n    pass\n"})
    project.approve()
    locked = project.run("plugins", "lock").said
    digest = locked.partition("LHP_TRUST=")[2].split()[0]
    assert project.run("plugins", "untrust", "--all").code == 0
    assert project.run().code == 1
    monkeypatch.setenv("LHP_TRUST", digest)
    assert project.run().code == 0
    project.write({"lhp.yaml": before.replace("class: Spy", "class: Other")})
    assert "it was mine.spy:Spy when it was approved" in project.run().said


def test_blocked_digest_wins_over_a_trusted_place(hostile: Make) -> None:
    project = hostile({})
    project.write({"user/policy.yaml": f"trusted_sources: [{project.root}]\n"})
    assert project.run().code == 0
    assert project.run("plugins", "lock").code == 0
    locked = (project.root / "lhp.lock").read_text(encoding="utf-8")
    digest = locked.partition('"digest": "')[2].partition('"')[0]
    assert digest.startswith("lhp1:")
    assert project.run("plugins", "block", digest).code == 0
    came = project.run()
    assert came.code == 1
    assert "its bytes are blocked" in came.said
    assert project.run("plugins", "unblock", digest).code == 0
    assert project.run().code == 0


def test_trusted_place_grants_nothing_to_a_project_elsewhere(hostile: Make, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "spy.py").write_text("import os\n" + _SPY.replace("Spy", "SpyValidator"))
    declared = "name: demo\nplugins:\n  directories: [../own]\n  entry_points: false\n"
    project = hostile({"lhp.yaml": declared, "user/policy.yaml": f"trusted_sources: [{own}]\n"})
    assert project.run().code == 0
    wider = "  enabled:\n    - {name: spy, type: validator, isolation: none}\n"
    project.write({"lhp.yaml": declared + wider})
    came = project.run()
    assert came.code == 1
    assert "LHP-PLG-016" in came.said


@pytest.mark.parametrize(
    "asked",
    [
        "{read: ['/etc/**']}",
        "{read: ['../**']}",
        "{read: ['a/../../x']}",
        "{read: ['**a']}",
        "{read: ['']}",
        "{read: [a, 1]}",
        "{memory_mb: .inf}",
        "{memory_mb: .nan}",
        "{memory_mb: 1e400}",
        "{time_s: {import: .inf, call: .nan}}",
        "{time_s: 3}",
        "{net: [yes]}",
        "[]",
        "7",
    ],
)
@pytest.mark.parametrize(
    "words",
    [
        ("plugins", "trust", "--all", "--yes"),
        ("plugins", "validate"),
        ("plugins", "lock"),
        ("plugins", "list"),
        ("validate", "--env", "dev"),
    ],
)
def test_permissions_of_any_shape_break_nothing(
    hostile: Make, asked: str, words: tuple[str, ...]
) -> None:
    spy = "{name: spy, type: validator, module: mine.spy, class: Spy, permissions: %s}"
    project = hostile({"lhp.yaml": _declared(spy % asked)})
    project.run(*words)  # which sees that no fault of lhp comes of it
    project.run("plugins", "trust", "--all", "--yes")
    project.run(*words)


@pytest.mark.parametrize("words", [("validate", "--env", "dev"), ("plugins", "trust", "--all")])
def test_closed_standard_input_is_a_no(
    hostile: Make, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    project = hostile({})
    monkeypatch.setattr(sys, "stdin", None)
    assert project.run(*words).code != 0
    assert project.run("plugins", "trust", "--show").said.startswith("pending")


@pytest.mark.parametrize("linked", ["mine/spy.py", "mine/data.sql", "mine/more"])
def test_links_that_lead_in_a_circle_break_nothing(hostile: Make, linked: str) -> None:
    project = hostile({linked: Path(linked)})
    for words in (("plugins", "trust", "--all", "--yes"), ("validate", "--env", "dev")):
        project.run(*words)


@pytest.mark.parametrize("asked", ["isolation: none", "permissions: {run: true}"])
def test_policy_that_demands_walls_lets_nothing_run_without(hostile: Make, asked: str) -> None:
    declared = f"{{name: spy, type: validator, module: mine.spy, class: Spy, {asked}}}"
    project = hostile({"lhp.yaml": _declared(declared)})
    project.approve()
    assert project.run().code == 0
    project.write({"user/policy.yaml": "require_isolation: kernel\n"})
    came = project.run()
    assert came.code == 1
    assert "LHP-PLG-044" in came.said


@pytest.mark.parametrize(
    ("code", "named", "told"),
    [
        ("import os", "os.system", "module 'os' belongs to the standard library"),
        ("import os", "os", "module 'os' belongs to the standard library"),
        ("import os as safe", "safe.system", "module 'os' belongs to the standard library"),
        ("import os.path", "os.system", "module 'os' belongs to the standard library"),
        ("from os import system", "system", "module 'os' belongs to the standard library"),
        ("if 1:\n    from os import path as p", "p.os.system", "belongs to the standard library"),
        ("import yaml", "yaml.unsafe_load", "is of the module yaml, which it only imports"),
        ("from lhp.core import render as r", "r.re.compile", "module 'lhp.core' belongs to lhp"),
        ("from yaml import safe_dump", "safe_dump", ""),
        ("try:\n    import os as f\nexcept ImportError:\n    def f(x): ...", "f", ""),
    ],
)
def test_what_a_module_only_imports_is_no_plugin_of_it(
    hostile: Make, code: str, named: str, told: str
) -> None:
    declared = f"{{name: spy, type: template_filter, module: mine.spy, class: {named}}}"
    project = hostile({"lhp.yaml": _declared(declared), "mine/spy.py": f"{code}\n"})
    came = project.run("plugins", "validate", "--static")
    assert (came.code, told in came.said) == (1 if told else 0, True)


def test_no_other_module_is_reached_by_a_name_of_its_own(hostile: Make) -> None:
    declared = "{name: spy, type: template_filter, module: mine.spy, class: mine.system}"
    project = hostile({"lhp.yaml": _declared(declared), "mine/spy.py": "import os\nmine = os\n"})
    project.approve()
    came = project.run("plugins", "validate")
    assert "module 'mine.spy' has no 'mine.system'" in came.said


def test_module_of_any_size_is_not_read_whole(hostile: Make) -> None:
    project = hostile({})
    with (project.root / "mine/spy.py").open("r+b") as file:
        file.truncate(3 << 30)
    for words in (("plugins", "validate", "--static"), (), ("plugins", "trust", "spy", "--yes")):
        came = project.run(*words)
        assert came.code == 1
        assert came.seconds < 5
        assert "2,000,000" in came.said


@pytest.mark.parametrize("is_demanded", [False, True])
def test_generator_is_not_imported_before_the_walls_that_are_demanded(
    hostile: Make, *, is_demanded: bool
) -> None:
    code = """\
import pathlib
from lhp.core.base_generator import BaseActionGenerator
pathlib.Path({marker!r}).touch()
class SpyLoadGenerator(BaseActionGenerator):
    def generate(self, action, context):
        return "def v():\\n    pass"
"""
    declared = "{name: spy, type: load_generator, module: mine.spy, class: SpyLoadGenerator"
    project = hostile({"lhp.yaml": _declared(declared + ", permissions: {run: true}}")})
    marker = project.root.parent / "imported"
    flowgroup = FILES["pipelines/a.yaml"].replace("{type: sql, sql: SELECT 1 AS a}", "{type: spy}")
    code = code.replace("{marker!r}", repr(str(marker)))
    project.write({"mine/spy.py": code, "pipelines/a.yaml": flowgroup})
    project.approve()
    marker.unlink(missing_ok=True)
    if is_demanded:
        project.write({"user/policy.yaml": "require_isolation: kernel\n"})
    came = project.run()
    assert ("LHP-PLG-044" in came.said) is is_demanded
    assert marker.exists() is not is_demanded


def test_link_out_of_the_project_is_refused_before_anything_is_looked_for_there(
    hostile: Make, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    (outside / "spy.py").write_text(_SPY, encoding="utf-8")
    (outside / "deep/big").write_bytes(b"x" * 3_000_000)
    project = hostile({"mine/spy.py": Path("../outside/spy.py")})
    for words in ((), ("plugins", "trust", "spy", "--yes")):
        came = project.run(*words)
        assert came.code == 1
        assert "spy.py leads out of the project" in came.said


@pytest.mark.parametrize("given", ["sha256:00", "garbage"])
def test_digest_of_another_lock_is_told(
    hostile: Make, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    project = hostile({})
    monkeypatch.setenv("LHP_TRUST", given)
    came = project.run()
    assert came.code == 1
    assert "LHP_TRUST is not the SHA-256 of lhp.lock" in came.said


def test_where_nobody_answers_it_says_how_to_go_on(hostile: Make) -> None:
    came = hostile({}).run("plugins", "trust", "spy")
    assert came.code == 130
    assert "nobody answered; `--yes` needs no answer" in came.said


def test_what_a_plugin_prints_moves_no_cursor(hostile: Make) -> None:
    code = "class Spy:\n    def validate(self, config):\n"
    code += "        print('\\x1b]0;pwn\\x07 hello')\n        return []\n"
    project = hostile({"mine/spy.py": code})
    project.approve()
    came = project.run()
    assert "hello" in came.err
    assert "\x1b" not in came.err
    assert "\x07" not in came.err


@pytest.mark.parametrize(
    "template",
    [
        "{{ 1|round(-999999999) }}",
        "{{ 1|round(precision=999999999) }}",
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}x",
        "{% macro m() %}{% for i in range(9999) %}.{% endfor %}{% endmacro %}{{ m() * 9999 }}",
        "{% macro m(n) %}{% if n %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}{{ m(40) }}x",
        "{% set l = [1] * 999999 %}{% for i in range(99999) if i in l %}{% endfor %}x",
        "{% set l = [1] * 999999 %}{{ range(99999)|reject('in', l)|list }}",
        "{% set l = [1] * 999999 %}{% for i in range(99999) %}{% for j in l if false %}{% endfor %}{% endfor %}",
        "{% set l = 'a' * 999999 %}{% for i in range(99999) %}{% set m = l[1:] %}{% endfor %}x",
        "{% set l = 'a' * 999999 %}{% for i in range(99999) %}{% set m = l.upper() ~ l|upper %}{% endfor %}x",
        "{% for i in range(99999) %}{% set m = range(99999)|sum %}{% endfor %}x",
        "x{{ [['a' * 999999] * 999] * 999 }}",
        "{{ [[[[1] * 999] * 999] * 999] * 999 }}",
        "{% include 'words/a0.j2' %}",
    ],
)
def test_template_that_takes_for_ever_is_stopped(hostile: Make, template: str) -> None:
    files = {
        "lhp.yaml": _declared("{name: words, type: template_macro, path: words}"),
        **{f"words/a{at}.j2": f"{{% include 'words/a{at + 1}.j2' %}}" * 2 for at in range(40)},
        "words/a40.j2": "",
        "templates/t.yaml": "name: t\nactions:\n"
        f'  - {{name: "{template}", type: load, target: v, source: {{type: sql, sql: SELECT 1}}}}\n',
        "pipelines/b.yaml": "pipeline: p\nflowgroup: g\nuse_template: t\n",
    }
    came = hostile(files).run()
    assert came.code == 1
    assert came.seconds < 20
    assert "LHP-TPL" in came.said or "limit" in came.said or "more than" in came.said
