"""A distribution that is broken disturbs nobody, and is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lhp.core.installed import distributions, normal_name, source_of
from lhp.core.plugin_check import check_plugins
from lhp.core.plugin_manager import PluginManager

Project = Callable[[dict[str, str]], PluginManager]
Install = Callable[..., Path]
POINT = {"lhp.validators": "names = acme_lhp:NamesValidator"}
CHECK = "class NamesValidator:\n    def validate(self, config):\n        return []\n"
BROKEN = [
    ("METADATA", b"Metadata-Version: 2.1\nName: broken-lhp\nVersion: \xff\n", "broken_lhp"),
    ("entry_points.txt", b"[lhp.validators]\nno equals sign\n", "broken-lhp"),
    ("entry_points.txt", b"[lhp.validators]\nx = \xff\n", "broken-lhp"),
]


def break_one(install: Install, file: str, content: bytes) -> Path:
    points = {"lhp.validators": "other = broken_lhp:OtherValidator"}
    site = install("broken-lhp", {"broken_lhp.py": ""}, points)
    (site / "broken_lhp-1.2.dist-info" / file).write_bytes(content)
    return site


@pytest.mark.parametrize(("file", "content", "name"), BROKEN)
def test_a_broken_distribution_is_told_and_the_others_offer_their_plugins(
    project: Project, install: Install, file: str, content: bytes, name: str
) -> None:
    install("acme-lhp", {"acme_lhp.py": CHECK}, POINT)
    break_one(install, file, content)
    manager = project({"lhp.yaml": "plugins: [{name: names, type: validator}]\n"})
    (problem,) = check_plugins(manager).problems
    assert (problem.code.id, problem.is_warning) == ("LHP-PLG-026", True)
    assert str(problem.location) == f"{name} (installed)"
    assert f"the installed distribution {name!r} can't be read: " in problem.message
    assert problem.hint == f"install it anew: `pip install --force-reinstall {name}`"
    assert manager.get_plugin("names").load().__name__ == "NamesValidator"


@pytest.mark.parametrize("entry_points", ["false", "true"])
def test_nobody_hears_of_it_who_wants_no_installed_plugins(
    project: Project, install: Install, entry_points: str
) -> None:
    break_one(install, *BROKEN[0][:2])
    manager = project({"lhp.yaml": f"plugins: {{entry_points: {entry_points}}}\n"})
    assert len(manager.unread) == (entry_points == "true")


@pytest.mark.filterwarnings("ignore:Implicit None:DeprecationWarning")
def test_a_folder_that_names_no_distribution_is_none(install: Install) -> None:
    break_one(install, "METADATA", b"Metadata-Version: 2.1\nVersion: 1.2\n")
    assert "broken" not in " ".join(each.name for each in distributions())


def test_the_source_of_a_module_is_looked_for_beyond_a_broken_distribution(
    install: Install, tmp_path: Path
) -> None:
    site = install("acme-lhp", {"acme_lhp.py": CHECK}, {})
    broken = break_one(install, "top_level.txt", b"\xff")
    assert source_of(site / "acme_lhp.py", "acme_lhp") == "acme-lhp 1.2"
    # What only the broken one could claim is nobody's.
    file = broken / "broken_lhp.py"
    assert source_of(file, "broken_lhp") == file.as_posix()
    assert source_of(tmp_path / "x.py", "x") == (tmp_path / "x.py").as_posix()


@pytest.mark.parametrize("name", ["Acme_LHP", "acme.lhp", "ACME-._lhp"])
def test_names_that_pip_takes_for_one_are_one(name: str) -> None:
    assert normal_name(name) == "acme-lhp"
