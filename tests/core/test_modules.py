"""Modules are found without running them; a project's own never shadow installed ones."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lhp.core.modules import LocalModules, folder_package, is_reserved

MARK = "from pathlib import Path\nPath(__file__).with_name('ran').touch()\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "local_stuff/inner").mkdir(parents=True)
    (tmp_path / "local_stuff/__init__.py").write_text(MARK)
    (tmp_path / "local_stuff/rules.py").write_text("LIMIT = 3\n")
    (tmp_path / "local_stuff/dotted.py").write_text("from local_stuff.rules import LIMIT\n")
    (tmp_path / "local_stuff/relative.py").write_text("from .rules import LIMIT\n")
    (tmp_path / "local_stuff/inner/deep.py").write_text("from ..rules import LIMIT\n")
    (tmp_path / "alone.py").write_text("ANSWER = 42\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("local_stuff", "local_stuff/__init__.py"),
        ("local_stuff.rules", "local_stuff/rules.py"),
        ("local_stuff.inner.deep", "local_stuff/inner/deep.py"),
        ("alone", "alone.py"),
    ],
)
def test_local_modules_are_found_and_not_run(root: Path, name: str, file: str) -> None:
    found = LocalModules(root).find(name)
    assert found is not None
    assert (found.file, found.name, found.is_local) == (root / file, file, True)
    assert found.facts() is not None
    assert not (root / "local_stuff/ran").exists()


def test_folder_without_init_is_a_module_without_source(root: Path) -> None:
    found = LocalModules(root).find("local_stuff.inner")
    assert found is not None
    assert (found.file, found.folder, found.facts()) == (None, root / "local_stuff/inner", None)


@pytest.mark.parametrize("name", ["nowhere", "local_stuff.nowhere", "local-stuff", "", "."])
def test_other_names_lead_nowhere(root: Path, name: str) -> None:
    assert LocalModules(root).find(name) is None


@pytest.mark.parametrize("name", ["yaml", "yaml.nodes", "json", "sys"])
def test_installed_modules_are_found(root: Path, name: str) -> None:
    found = LocalModules(root).find(name)
    assert found is not None
    assert (found.is_local, found.shadowed) == (False, "")


def test_installed_modules_are_found_without_running_their_parents(
    root: Path, install: Callable[..., Path]
) -> None:
    site = install("acme-lhp", {"acme_lhp/__init__.py": MARK, "acme_lhp/a/b.py": "X = 1\n"}, {})
    found = LocalModules(root).find("acme_lhp.a.b")
    assert found is not None
    assert found.file == site / "acme_lhp/a/b.py"
    assert LocalModules(root).find("acme_lhp.a.nowhere") is None
    assert LocalModules(root).find("acme_lhp.a.b.deeper") is None
    assert "acme_lhp" not in sys.modules
    assert not (site / "acme_lhp/ran").exists()


def test_installed_folder_without_init_says_where_it_is(
    root: Path, install: Callable[..., Path]
) -> None:
    site = install("acme-lhp", {"acme_space/content/readme.txt": "x"}, {})
    found = LocalModules(root).find("acme_space.content")
    assert found is not None
    assert found.folder == site / "acme_space/content"


@pytest.mark.parametrize(
    ("file", "name", "other"),
    [
        ("yaml.py", "yaml", "the installed "),
        ("json.py", "json", "the standard module 'json'"),
        ("yaml/extra.py", "yaml.extra", "the installed "),
        ("time.py", "time", "the standard module 'time'"),
    ],
)
def test_local_module_that_shadows_is_told_with_both(
    root: Path, file: str, name: str, other: str
) -> None:
    (root / file).parent.mkdir(exist_ok=True)
    (root / file).write_text("")
    found = LocalModules(root).find(name)
    assert found is not None
    assert found.shadowed.startswith(other)
    assert found.local == file
    assert not found.is_local


def test_root_on_the_path_is_no_clash(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(root))
    for name in ("alone", "local_stuff", "local_stuff.inner"):
        found = LocalModules(root).find(name)
        assert found is not None
        assert found.is_local


@pytest.mark.parametrize("name", ["dotted", "relative", "inner.deep"])
def test_local_modules_import_their_siblings(root: Path, name: str) -> None:
    LocalModules(root).activate()
    assert importlib.import_module(f"local_stuff.{name}").LIMIT == 3


def test_folder_modules_import_their_siblings_under_a_private_name(root: Path) -> None:
    modules = LocalModules(None)
    package = modules.add_folder(root / "local_stuff/inner")
    (root / "local_stuff/inner/user.py").write_text("from ._help import WORD\n")
    (root / "local_stuff/inner/_help.py").write_text("WORD = 'x'\n")
    modules.activate()
    assert package == folder_package(root / "local_stuff/inner")
    assert importlib.import_module(f"{package}.user").WORD == "x"
    found = modules.find(f"{package}.user")
    assert found is not None
    assert found.name == (root / "local_stuff/inner/user.py").as_posix()


def test_import_keeps_to_installed_modules(root: Path) -> None:
    (root / "colorsys.py").write_text("raise SystemExit\n")
    sys.modules.pop("colorsys", None)
    LocalModules(root).activate()
    assert "lib" in str(importlib.import_module("colorsys").__file__)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("email.nowhere")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("nowhere_at_all")


def test_import_neither_reads_nor_writes_byte_code(root: Path) -> None:
    LocalModules(root).activate()
    module = importlib.import_module("alone")
    assert module.ANSWER == 42
    assert not (root / "__pycache__").exists()


def test_another_project_does_not_see_the_modules_of_the_first(root: Path, tmp_path: Path) -> None:
    first = LocalModules(root)
    first.activate()
    assert importlib.import_module("alone").ANSWER == 42
    first.activate()
    assert "alone" in sys.modules
    (tmp_path / "second").mkdir()
    (tmp_path / "second/alone.py").write_text("ANSWER = 43\n")
    LocalModules(tmp_path / "second").activate()
    assert importlib.import_module("alone").ANSWER == 43


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("local_stuff.rulez", "local_stuff.rules"),
        ("local_stuf", "local_stuff"),
        ("local_stuff.xyz", None),
        ("nowhere.rules", None),
    ],
)
def test_nearest_module_is_of_the_project(root: Path, name: str, meant: str | None) -> None:
    assert LocalModules(root).nearest(name) == meant


def test_nearest_module_of_a_folder_is_shown_without_its_private_package(root: Path) -> None:
    modules = LocalModules(root)
    package = modules.add_folder(root / "local_stuff")
    assert modules.nearest(f"{package}.rulez") == "rules"
    assert LocalModules(None).nearest("rulez") is None


@pytest.mark.parametrize(
    ("name", "reserved"),
    [("lhp.core", True), ("json", True), ("lhp_plugins.x", False), ("local_stuff", False)],
)
def test_standard_modules_and_ours_are_reserved(name: str, *, reserved: bool) -> None:
    assert is_reserved(name) is reserved


def test_outside_a_project_only_installed_modules_are_found() -> None:
    modules = LocalModules(None)
    assert modules.find("nowhere_at_all") is None
    assert modules.find("yaml") is not None


def test_project_gets_its_live_modules_back(root: Path, tmp_path: Path) -> None:
    first, second = LocalModules(root), LocalModules(tmp_path / "second")
    first.activate()
    alone = importlib.import_module("alone")
    (tmp_path / "second").mkdir()
    (tmp_path / "second/alone.py").write_text("ANSWER = 43\n")
    second.activate()
    other = importlib.import_module("alone")
    first.activate()
    assert importlib.import_module("alone") is alone
    second.activate()
    assert importlib.import_module("alone") is other
