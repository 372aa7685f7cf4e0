"""Plugin folders and installed distributions are read, not run."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.core.installed import distributions
from lhp.core.manifest import Manifest, Origin
from lhp.core.plugin_loader import (
    BUILTIN,
    DirectoryPluginLoader,
    Found,
    builtin_manifests,
    generator_name,
    installed_manifests,
    read_folder,
    snake_case,
)
from lhp.errors import LhpErrors, Location

BASE = "from lhp.core.base_generator import BaseActionGenerator\n"
MASKING = f"""{BASE}
class MaskingTransformGenerator(BaseActionGenerator):
    def generate(self, action, context):
        return "pass"
"""


def read(tmp_path: Path, **files: str) -> Found:
    folder = tmp_path / "plugins"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(dedent(text), encoding="utf-8")
    return read_folder(folder, tmp_path)


def keys(found: Found) -> list[str]:
    return [manifest.qualified_name for manifest in found.manifests]


def ids(found: Found) -> list[tuple[str, str]]:
    return [(problem.code.id, str(problem.location)) for problem in found.problems]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (MASKING, ["transform_generator:masking"]),
        (
            f"{BASE}class CustomAPILoadGenerator(BaseActionGenerator): ...",
            ["load_generator:custom_api"],
        ),
        (
            """
            import lhp.core.base_generator as b
            class X(b.BaseActionGenerator):
                kind = 'write'
                type_name = 'webhook'
            """,
            ["write_generator:webhook"],
        ),
        (
            f"{BASE}class _Base(BaseActionGenerator): ...\nclass FooTestGenerator(_Base): ...",
            ["test_generator:foo"],
        ),
        # A class that others build on need not be a plugin itself.
        (
            f"{BASE}class Common(BaseActionGenerator): ...\nclass FooLoadGenerator(Common): ...",
            ["load_generator:foo"],
        ),
        ("class NamesValidator:\n    def validate(self, config): ...", ["validator:names"]),
        (
            "class _Any:\n    def validate(self, c): ...\nclass NamesValidator(_Any): ...",
            ["validator:names"],
        ),
        ("class NamesValidator:\n    def check(self): ...", []),
        ("class Validator:\n    def validate(self, config): ...", []),
        ("class BlackFormatter:\n    def format(self, sources): ...", ["formatter:black"]),
        ("class JobsArtifact:\n    def build(self, run): ...", ["artifact:jobs"]),
        (
            "template_filters = {'shout': str.upper, 'calm': str.lower}",
            ["template_filter:shout", "template_filter:calm"],
        ),
        ("template_functions = {'today': str}", ["template_function:today"]),
        ("cli_plugin = BaseCLIPlugin(command=deploy, name='ship-it')", ["cli_command:ship-it"]),
        ("x = BaseCLIPlugin(command=ship_it)", ["cli_command:ship-it"]),
        ("x = Other(command=ship_it)", []),
        ("class Loop(Loop): ...", []),
        ("print('nothing here')", []),
    ],
)
def test_plugins_are_recognised_by_reading(
    tmp_path: Path, source: str, expected: list[str]
) -> None:
    found = read(tmp_path, module=source)
    assert (keys(found), found.problems) == (expected, ())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def (:", ("LHP-PLG-009", "plugins/module.py:1")),
        ("x = '\0'", ("LHP-PLG-009", "plugins/module.py")),
        (f"{BASE}class Foo(BaseActionGenerator): ...", ("LHP-PLG-010", "plugins/module.py:2:1")),
        # no such kind
        (
            f"{BASE}class FooLoadGenerator(BaseActionGenerator):\n    kind = 'lod'",
            ("LHP-PLG-010", "plugins/module.py:2:1"),
        ),
        ("template_filters = dict(a=len)", ("LHP-PLG-024", "plugins/module.py:1:1")),
        ("\ntemplate_functions = {**x}", ("LHP-PLG-024", "plugins/module.py:2:1")),
        ("c = BaseCLIPlugin(deploy, 'deploy')", ("LHP-PLG-023", "plugins/module.py:1:1")),
    ],
)
def test_what_can_not_be_read_is_told_at_its_line(
    tmp_path: Path, source: str, expected: tuple[str, str]
) -> None:
    found = read(tmp_path, module=source)
    assert ids(found)[0][0] == expected[0]
    assert ids(found)[0][1].startswith(expected[1])
    assert found.manifests == ()


def test_one_bad_file_leaves_the_others(tmp_path: Path) -> None:
    found = read(tmp_path, bad="def (:", masking=MASKING)
    assert keys(found) == ["transform_generator:masking"]
    assert len(found.problems) == 1


def test_file_that_is_no_module_name_is_told_when_it_holds_plugins(tmp_path: Path) -> None:
    found = read(tmp_path, **{"my-masking": MASKING, "set-up": "x = 1\n"})
    assert ids(found) == [("LHP-PLG-022", "plugins/my-masking.py")]


def test_private_files_help_and_offer_nothing(tmp_path: Path) -> None:
    base = f"{BASE}class Common(BaseActionGenerator): ...\n"
    user = "from ._common import Common\nclass FooLoadGenerator(Common): ...\n"
    found = read(tmp_path, _common=base, foo=user, __init__=MASKING)
    assert keys(found) == ["load_generator:foo"]


def test_packages_in_a_folder_are_read_too(tmp_path: Path) -> None:
    package = tmp_path / "plugins/pack"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(MASKING)
    (package / "more.py").write_text("template_filters = {'shout': str.upper}\n")
    (package / "_private.py").write_text("template_filters = {'hidden': str.upper}\n")
    (tmp_path / "plugins/data").mkdir()
    (tmp_path / "plugins/data/x.py").write_text(MASKING)
    found = read_folder(tmp_path / "plugins", tmp_path)
    assert keys(found) == ["transform_generator:masking", "template_filter:shout"]
    assert found.manifests[0].target == "plugins/pack/__init__.py:MaskingTransformGenerator"
    assert read_folder(tmp_path / "nowhere", None) == Found()


def test_a_link_to_a_folder_that_it_is_in_is_not_followed_again(tmp_path: Path) -> None:
    package = tmp_path / "plugins/pack"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(MASKING)
    (package / "again").symlink_to(package)
    assert keys(read_folder(tmp_path / "plugins", tmp_path)) == ["transform_generator:masking"]


def test_files_that_can_not_be_read_are_told_and_leave_the_others(
    tmp_path: Path, unreadable: Path
) -> None:
    read(tmp_path, masking=MASKING)
    (tmp_path / "plugins/bad.py").symlink_to(unreadable)
    found = read_folder(tmp_path / "plugins", tmp_path)
    assert keys(found) == ["transform_generator:masking"]
    assert ids(found) == [("LHP-PLG-009", "plugins/bad.py")]


def test_plugins_yaml_that_can_not_be_read_offers_nothing_and_is_told(
    tmp_path: Path, unreadable: Path
) -> None:
    read(tmp_path, masking=MASKING)
    (tmp_path / "plugins/plugins.yaml").symlink_to(unreadable)
    found = read_folder(tmp_path / "plugins", tmp_path)
    assert keys(found) == []
    assert ids(found) == [("LHP-IO-002", "plugins/plugins.yaml")]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_a_folder_that_the_system_keeps_closed_is_told() -> None:
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as later:
        root = Path(name).resolve()
        root.chmod(0o755)
        (root / "plugins").mkdir()
        read(root, masking=MASKING)
        (root / "plugins").chmod(0)
        later.callback((root / "plugins").chmod, 0o700)
        if os.geteuid() == 0:  # nothing is closed to the superuser
            later.callback(os.seteuid, 0)
            os.seteuid(65534)
        found = read_folder(root / "plugins", root)
    assert found.manifests == ()
    assert ids(found) == [("LHP-IO-002", "plugins")]


def test_plugins_yaml_is_the_only_word(tmp_path: Path) -> None:
    read(tmp_path, masking=MASKING)
    (tmp_path / "plugins/plugins.yaml").write_text(
        "plugins:\n"
        "  - {name: hide, type: transform_generator, module: masking, class: X, config: {a: 1}}\n"
        "  - {name: parts, type: template_macro, path: macros}\n"
    )
    found = read_folder(tmp_path / "plugins", tmp_path)
    assert keys(found) == ["transform_generator:hide", "template_macro:parts"]
    hide, parts = found.manifests
    assert (hide.origin, hide.config) == (Origin.DIRECTORY, {"a": 1})
    assert hide.location == Location("plugins/plugins.yaml", 2, 5)
    assert (parts.module, parts.folder) == ("", tmp_path / "plugins/macros")


@pytest.mark.parametrize("text", ["", "- [", "text"])
def test_broken_plugins_yaml_offers_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "plugins.yaml").write_text(text)
    found = read_folder(tmp_path, tmp_path)
    assert found.manifests == ()
    assert bool(found.problems) is (text == "- [")


def test_handles_load_and_generate(tmp_path: Path) -> None:
    read(tmp_path, masking=MASKING, marker="open(__file__ + '.ran', 'w')\n")
    handles = DirectoryPluginLoader([tmp_path / "plugins"]).discover_plugins()
    assert [handle.name for handle in handles] == ["masking"]
    assert not list(tmp_path.glob("**/*.ran"))
    assert handles[0].load().__name__ == "MaskingTransformGenerator"
    assert handles[0].manifest.location is not None
    assert Path(handles[0].manifest.location.path).is_absolute()


def test_discovery_tells_all_that_it_could_not_read(tmp_path: Path) -> None:
    read(tmp_path, one="def (:", two="class (:")
    with pytest.raises(LhpErrors) as caught:
        DirectoryPluginLoader([str(tmp_path / "plugins")]).discover_plugins()
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("CustomAPI", "custom_api"),
        ("RestApi", "rest_api"),
        ("HTTPServer2Go", "http_server2_go"),
        ("x", "x"),
    ],
)
def test_class_names_in_snake_case(name: str, snake: str) -> None:
    assert snake_case(name) == snake


@given(st.text())
def test_any_text_is_no_generator_unless_its_end_says_so(source: str) -> None:
    assert generator_name(source, {}) is None or source.endswith("Generator")


def test_every_built_in_folder_declares_modules_of_its_own() -> None:
    found = [item for folder in BUILTIN.iterdir() for item in builtin_manifests(folder)]
    assert all(item.module.startswith("lhp.builtin.") for item in found)
    assert {item.source for item in found} == {"lhp"}
    assert {item.origin for item in found} == {Origin.BUILTIN}


POINTS = {
    "lhp.generators.write": "webhook = acme_lhp.webhook:Webhook [extra]",
    "lhp.content": "acme = acme_lhp.content",
    "lhp.validators": "Bad-Name = acme_lhp.v:V",
    "console_scripts": "acme = acme_lhp:main",
}


@pytest.fixture
def acme(install: Callable[..., Path]) -> Path:
    install("other-lhp", {"other.py": ""}, {"console_scripts": "x = other:x"})
    return install("acme-lhp", {"acme_lhp/__init__.py": "raise SystemExit(1)\n"}, POINTS)


def named(name: str, manifests: list[Manifest]) -> Manifest:
    return next(item for item in manifests if item.name == name)


@pytest.mark.usefixtures("acme")
def test_installed_plugins_are_known_by_their_entry_points() -> None:
    found = list(installed_manifests(wanted=("Acme.LHP",)))
    assert {item.qualified_name for item in found} == {
        "write_generator:webhook",
        "content:acme",
        "validator:Bad-Name",
    }
    webhook = named("webhook", found)
    assert (webhook.module, webhook.attribute) == ("acme_lhp.webhook", "Webhook")
    assert (webhook.source, webhook.fault) == ("acme-lhp 1.2", None)
    assert named("Bad-Name", found).fault is not None
    assert "acme_lhp" not in sys.modules


@pytest.mark.usefixtures("acme")
def test_entry_points_can_be_all_none_or_some() -> None:
    assert named("webhook", [*installed_manifests(wanted=True)]).source == "acme-lhp 1.2"
    assert not [*installed_manifests(wanted=False)]
    assert not [*installed_manifests(wanted=("other-lhp",))]


@pytest.mark.usefixtures("acme")
def test_distributions_without_plugins_are_left_out() -> None:
    names = [distribution.name for distribution in distributions()]
    assert "acme-lhp" in names
    assert "other-lhp" not in names
    assert names == sorted(names)


@pytest.mark.usefixtures("acme")
def test_the_first_of_two_versions_on_the_path_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = tmp_path / "later/acme_lhp-9.dist-info"
    later.mkdir(parents=True)
    (later / "METADATA").write_text("Metadata-Version: 2.1\nName: acme_lhp\nVersion: 9\n")
    (later / "entry_points.txt").write_text("[lhp.validators]\nlate = x:y\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(later.parent)])
    assert not [item for item in installed_manifests(wanted=True) if item.name == "late"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_folder_that_leads_in_a_circle_offers_nothing(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert DirectoryPluginLoader([loop]).discover_plugins() == []
