"""Which files decide what a plugin's module does, found by reading alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lhp.core.closure import source_files
from lhp.core.modules import LocalModules
from lhp.core.plugin_manager import PluginManager

Project = Callable[[Mapping[str, str]], PluginManager]
GENERATOR = """\
from lhp.core.base_generator import BaseActionGenerator
from .words import ABOUT

class MaskingTransformGenerator(BaseActionGenerator):
    def generate(self, action, context):
        return "pass"
"""
RUNS = "raise SystemExit('a closure is read, not run')\n"


def files_of(manager: PluginManager, module: str) -> str:
    """Return the files that decide about a module, relative to the project."""
    assert manager.root is not None
    found = source_files(module, manager.resolver.modules)
    assert [*found] == sorted({*found})
    return " ".join(file.relative_to(manager.root).as_posix() for file in found)


@pytest.fixture
def closure(project: Project) -> Callable[..., str]:
    """Give the files that decide about a module, `mine.x` if none is named."""

    def of(files: Mapping[str, str], module: str = "mine.x") -> str:
        return files_of(project(files), module)

    return of


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ""),
        ("import mine.words", "mine/words.py"),
        ("import mine.words as w, other", "mine/words.py other.py"),
        ("from mine import words", "mine/words.py"),
        ("from mine.words import ABOUT", "mine/words.py"),
        ("from .words import ABOUT", "mine/words.py"),
        ("from . import words, nowhere", "mine/words.py"),
        ("from .deep import low", "mine/deep/__init__.py mine/deep/low.py"),
        ("import mine.deep.low", "mine/deep/__init__.py mine/deep/low.py"),
        ("from .deep import NAME", "mine/deep/__init__.py"),
        ("import other", "other.py"),
        # A folder without `__init__.py` is a package that has no file.
        ("import mine.bare.inner", "mine/bare/inner.py"),
        ("from .bare import inner", "mine/bare/inner.py"),
        ("def late():\n    from .words import ABOUT\n", "mine/words.py"),
        ("if TYPE_CHECKING:\n    import mine.words\n", "mine/words.py"),
        (
            "try:\n    import nowhere\nexcept ImportError:\n    from . import words\n",
            "mine/words.py",
        ),
        ("import mine.words.deeper", "mine/words.py"),
        ("import mine.nowhere, nowhere, mine.deep.nowhere", "mine/deep/__init__.py"),
        ("from .words import *", "mine/words.py"),
        ("import json, os.path, yaml, pydantic.fields, lhp.core.base_generator", ""),
        ("from lhp.core import base_generator", ""),
        ("from .. import words", ""),
        ("from ..... import words", ""),
        ("words = __import__('mine.words')", ""),
        ("# import mine.words\ntext = 'import other'", ""),
    ],
)
def test_what_a_module_imports_beside_it_decides_too(
    closure: Callable[..., str], source: str, expected: str
) -> None:
    files = {
        "mine/x.py": source,
        "mine/words.py": RUNS,
        "mine/deep/__init__.py": RUNS,
        "mine/deep/low.py": RUNS,
        "mine/bare/inner.py": RUNS,
        "other.py": RUNS,
    }
    assert sorted(closure(files).split()) == sorted(["mine/x.py", *expected.split()])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from . import here", "a/b/here.py"),
        ("from .here import X", "a/b/here.py"),
        ("from .. import there", "a/there.py"),
        ("from ..c.d import X", "a/c/d.py"),
        ("from ... import there", ""),  # above the topmost package there is nothing
    ],
)
def test_dots_count_from_the_package_of_the_module(
    closure: Callable[..., str], source: str, expected: str
) -> None:
    others = dict.fromkeys(["a/b/here.py", "a/there.py", "a/c/d.py"], RUNS)
    for module, file in [("a.b.x", "a/b/x.py"), ("a.b", "a/b/__init__.py")]:
        found = closure({**others, "a/b/__init__.py": "", file: source}, module)
        assert {*found.split()} == {"a/b/__init__.py", file, *expected.split()}


def test_the_packages_around_a_module_run_before_it(closure: Callable[..., str]) -> None:
    files = {
        "mine/__init__.py": "from .base import BASE\n",
        "mine/base.py": "",
        "mine/x.py": "import other.deep.y\n",
        "other/__init__.py": "import alone\n",
        "other/deep/__init__.py": "",
        "other/deep/y.py": "",
        "other/unused.py": RUNS,
        "alone.py": "",
    }
    expected = {*files} - {"other/unused.py"}
    assert {*closure(files).split()} == expected


def test_a_module_without_package_has_no_siblings(closure: Callable[..., str]) -> None:
    files = {"alone.py": "from . import words\nfrom .words import X\n", "words.py": RUNS}
    assert closure(files, "alone") == "alone.py"


def test_modules_that_import_each_other_are_read_once(closure: Callable[..., str]) -> None:
    files = {
        "mine/x.py": "from . import y\nfrom mine import x\n",
        "mine/y.py": "import mine.z\n",
        "mine/z.py": "from .x import X\nfrom .y import Y\n",
    }
    assert closure(files) == "mine/x.py mine/y.py mine/z.py"


@pytest.mark.parametrize(
    "source",
    [
        "from .more import X\ndef (:\n",
        "from .more import X\nx = '\0'\n",
        "from .more import X\n" + "-" * 100_000 + "1\n",
        "from .more import X\n# coding: nonsense\n" + "\udcff",
    ],
    ids=["syntax", "nul", "depth", "bytes"],
)
def test_a_file_that_is_no_python_counts_and_imports_nothing(project: Project, source: str) -> None:
    manager = project({"mine/x.py": "from . import broken\n", "mine/more.py": ""})
    assert manager.root is not None
    (manager.root / "mine/broken.py").write_bytes(source.encode("utf-8", "surrogateescape"))
    assert files_of(manager, "mine.x") == "mine/broken.py mine/x.py"


def test_a_file_that_can_not_be_read_counts(project: Project, unreadable: Path) -> None:
    manager = project({"mine/x.py": "from . import locked\n"})
    assert manager.root is not None
    (manager.root / "mine/locked.py").symlink_to(unreadable)
    found = source_files("mine.x", manager.resolver.modules)
    assert {*found} == {manager.root / "mine/x.py", unreadable.resolve()}


@pytest.mark.parametrize("module", ["mine.nowhere", "nowhere", "", ".", "a-b.c"])
def test_a_module_that_is_not_there_has_no_files(closure: Callable[..., str], module: str) -> None:
    assert closure({"mine/x.py": ""}, module) == ""


def test_a_file_with_two_names_is_given_once(project: Project) -> None:
    manager = project({"mine/x.py": "from . import y, z\n", "mine/y.py": ""})
    assert manager.root is not None
    (manager.root / "mine/z.py").symlink_to("y.py")
    assert files_of(manager, "mine.x") == "mine/x.py mine/y.py"


def test_a_plugin_folder_is_a_package_of_its_own(project: Project) -> None:
    manager = project(
        {
            "lhp.yaml": "plugins: {directories: [./plugins]}\n",
            "plugins/masking.py": GENERATOR,
            "plugins/words.py": "from local.base import X\n",
            "plugins/unused.py": RUNS,
            "local/base.py": "",
        }
    )
    module = manager.named("masking").module
    assert module.startswith("_lhp_plugins_")
    assert files_of(manager, module) == "local/base.py plugins/masking.py plugins/words.py"


def test_the_file_that_makes_a_plugin_folder_a_package_decides_too(project: Project) -> None:
    manager = project(
        {
            "lhp.yaml": "plugins: {directories: [./plugins]}\n",
            "plugins/__init__.py": "from .base import X\n",
            "plugins/base.py": "",
            "plugins/masking.py": GENERATOR,
            "plugins/words.py": "",
        }
    )
    expected = "plugins/__init__.py plugins/base.py plugins/masking.py plugins/words.py"
    assert files_of(manager, manager.named("masking").module) == expected


def test_of_an_installed_plugin_its_own_package_decides(
    project: Project, install: Callable[..., Path]
) -> None:
    site = install(
        "acme-lhp",
        {
            "acme_lhp/__init__.py": RUNS,
            "acme_lhp/rest.py": "import acme_base, yaml, json, mine.words\nfrom .deep import low\n",
            "acme_lhp/deep/low.py": "from .. import top\n",
            "acme_lhp/top.py": "",
            "acme_lhp/unused.py": RUNS,
            "acme_base/__init__.py": RUNS,
        },
        {},
    )
    # What a project has under the name that an installed plugin imports may run as well.
    manager = project({"mine/words.py": ""})
    assert manager.root is not None
    found = source_files("acme_lhp.rest", manager.resolver.modules)
    own = ["__init__.py", "deep/low.py", "rest.py", "top.py"]
    expected = {site / "acme_lhp" / name for name in own} | {manager.root / "mine/words.py"}
    assert {*found} == expected
    assert "acme_lhp" not in sys.modules


def test_what_a_local_module_imports_of_an_installed_package_is_left_out(
    project: Project, install: Callable[..., Path]
) -> None:
    install("acme-lhp", {"acme_lhp/__init__.py": RUNS, "acme_lhp/rest.py": RUNS}, {})
    manager = project({"mine/x.py": "from acme_lhp.rest import X\n"})
    assert files_of(manager, "mine.x") == "mine/x.py"


def test_a_module_that_was_compiled_from_another_language_has_no_file() -> None:
    found = source_files("yaml", LocalModules(None))
    assert {file.suffix for file in found} == {".py"}
    assert {"__init__.py", "cyaml.py", "nodes.py"} <= {file.name for file in found}
    assert source_files("_json", LocalModules(None)) == ()
