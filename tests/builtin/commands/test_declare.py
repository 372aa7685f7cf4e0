"""`plugins add`, `enable` and `disable`: lhp.yaml is edited, nothing runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

CODE = '''
raise SystemExit("nobody runs this")

from lhp.core.base_generator import BaseActionGenerator


class RatesLoadGenerator(BaseActionGenerator):
    """Rates."""

    def generate(self, action, context):
        return "pass"


def shout(text):
    return text.upper()


template_filters = {"loud": shout}
'''
TRIM = "      class: TrimTransformGenerator\n"
ADDED = """\
    - name: rates
      type: load_generator
      module: mine.rates
      class: RatesLoadGenerator
"""


@pytest.fixture
def project(shop: Path) -> Path:
    """Return a project with a module that holds plugins, and declares none of them."""
    (shop / "mine").mkdir()
    (shop / "mine/rates.py").write_text(CODE, encoding="utf-8")
    return shop


def declared(root: Path) -> str:
    return (root / "lhp.yaml").read_bytes().decode()


def test_what_a_class_says_of_itself_is_declared(project: Path, lhp: Any) -> None:
    before = declared(project)
    shown = lhp("plugins", "add", "mine.rates:RatesLoadGenerator", "--dry-run")
    assert (shown.code, declared(project)) == (0, before)
    ended = lhp("plugins", "add", "mine.rates:RatesLoadGenerator")
    assert (ended.code, ended.out) == (0, shown.out)
    assert declared(project) == before.replace(TRIM, TRIM + ADDED)
    assert "+    - name: rates" in ended.out
    assert "lhp plugins trust rates" in ended.err
    again = lhp("plugins", "add", "mine.rates:RatesLoadGenerator")
    assert (again.code, declared(project)) == (0, before.replace(TRIM, TRIM + ADDED))
    assert "declared already, at lhp.yaml:" in again.err


@pytest.mark.parametrize(
    ("args", "name", "kind"),
    [
        (("mine.rates:shout", "--type", "template_filter"), "shout", "template_filter"),
        (("mine.rates:shout", "--type", "filter"), "shout", "template_filter"),
        (("mine.rates:shout", "--type", "formatter", "--name", "caps"), "caps", "formatter"),
        (("mine.rates:template_filters",), "template_filters", "template_filter"),
    ],
)
def test_a_function_needs_to_be_told(
    project: Path, lhp: Any, args: tuple[str, ...], name: str, kind: str
) -> None:
    assert lhp("plugins", "add", *args).code == 0
    assert f"    - name: {name}\n      type: {kind}\n" in declared(project)


@pytest.mark.parametrize(
    ("target", "code", "told"),
    [
        ("mine.rates", 2, "write MODULE:CLASS"),
        ("mine.rates:shout", 2, "say --type"),
        ("mine.rats:shout", 1, "did you mean 'mine.rates'?"),
        ("mine.rates:shot", 1, "did you mean 'shout'?"),
    ],
)
def test_what_can_be_no_plugin_is_refused(
    project: Path, lhp: Any, target: str, code: int, told: str
) -> None:
    before = declared(project)
    ended = lhp("plugins", "add", target)
    assert (ended.code, declared(project)) == (code, before)
    assert told in ended.err


def test_a_name_that_is_taken_is_refused(project: Path, lhp: Any) -> None:
    before = declared(project)
    args = ("mine.rates:RatesLoadGenerator", "--type", "transform_generator", "--name", "trim")
    ended = lhp("plugins", "add", *args)
    assert (ended.code, declared(project)) == (1, before)
    assert "trim" in ended.err


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_off_and_on_again_leaves_no_trace(project: Path, lhp: Any, newline: str) -> None:
    before = declared(project).replace("\n", newline)
    (project / "lhp.yaml").write_bytes(before.encode())
    for name in ("trim", "load_generator:delta"):
        shown = lhp("plugins", "disable", name)
        assert (shown.code, "\\r" in shown.out) == (0, False)
        assert "enabled: false" in declared(project)
        assert "off already" in lhp("plugins", "disable", name).err
        assert f"\n{name.rpartition(':')[2]} " in lhp("plugins", "list").out
        assert lhp("plugins", "enable", name).code == 0
        assert declared(project) == before
        assert "on already" in lhp("plugins", "enable", name).err


def test_one_function_of_a_file_in_a_folder_is_switched_off(project: Path, lhp: Any) -> None:
    (project / "plugins").mkdir()
    code = "template_filters = {'loud': str.upper, 'calm': str.lower}\n"
    (project / "plugins/words.py").write_text(code, encoding="utf-8")
    before = declared(project).replace("plugins:\n", "plugins:\n  directories: [./plugins]\n")
    (project / "lhp.yaml").write_bytes(before.encode())
    assert lhp("plugins", "disable", "loud").code == 0
    rows = [
        line.split() for line in lhp("plugins", "list", "--origin", "directory").out.split("\n")
    ]
    states = {row[0]: row[3] for row in rows if len(row) > 3}
    assert (states["loud"], states["calm"]) == ("disabled", "enabled")
    assert lhp("plugins", "enable", "loud").code == 0
    assert declared(project) == before


def test_two_dicts_of_functions_have_two_names(project: Path, lhp: Any) -> None:
    more = "template_filters = {'calm': str.lower}\n"
    (project / "mine/more.py").write_text(more, encoding="utf-8")
    assert lhp("plugins", "add", "mine.rates:template_filters").code == 0
    before = declared(project)
    refused = lhp("plugins", "add", "mine.more:template_filters")
    assert (refused.code, declared(project)) == (1, before)
    assert "two plugins are called 'template_filters': mine.rates:template_fi" in refused.err
    assert "give one of these declarations another name" in refused.err
    assert lhp("plugins", "add", "mine.more:template_filters", "--name", "calm_words").code == 0


@pytest.fixture
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a distribution with a validator, as pip leaves it behind."""
    info = tmp_path / "site/acme_rules-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-rules\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[lhp.validators]\nacme = acme_rules:AcmeValidator\n")
    code = "class AcmeValidator:\n    def validate(self, config):\n        return []\n"
    (tmp_path / "site/acme_rules.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))


@pytest.mark.usefixtures("_installed")
def test_an_installed_plugin_that_acts_unasked_is_named(project: Path, lhp: Any) -> None:
    before = declared(project)
    named = "    - name: acme\n      type: validator\n"
    assert lhp("plugins", "enable", "acme").code == 0
    assert declared(project) == before.replace(TRIM, TRIM + named)
    assert lhp("plugins", "disable", "acme").code == 0
    assert declared(project).endswith(f"{named}      enabled: false\n")
    assert lhp("plugins", "enable", "acme").code == 0
    assert declared(project) == before.replace(TRIM, TRIM + named)


def test_an_unknown_name_is_told(project: Path, lhp: Any) -> None:
    ended = lhp("plugins", "disable", "trem")
    assert ended.code == 1
    assert "did you mean 'trim'?" in ended.err
    assert project.is_dir()
