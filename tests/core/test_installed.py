"""A distribution that is broken disturbs nobody, and is told."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from lhp.core.dependencies import source_of
from lhp.core.installed import distributions, normal_name
from lhp.core.plugin_faults import check_plugins
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


def test_a_folder_that_names_no_distribution_is_none(install: Install) -> None:
    break_one(install, "METADATA", b"Metadata-Version: 2.1\nVersion: 1.2\n")
    assert "broken" not in " ".join(each.name for each in distributions())


def test_the_distributions_of_others_are_not_read(install: Install) -> None:
    site = install("other", {}, {"console_scripts": "x = y:z"})
    (site / "other-1.2.dist-info" / "METADATA").write_bytes(b"\xff")
    assert "other" not in [each.name for each in distributions()]


def test_entry_points_are_read_as_importlib_reads_them(install: Install) -> None:
    text = """
        # one is told in each way
        names = acme_lhp:NamesValidator
        rates=acme_lhp.rates : Rates [extra, other]
        whole = acme_lhp
    """
    site = install("acme-lhp", {}, {"console_scripts": "no equals", "lhp.validators": text})
    info = site / "acme_lhp-1.2.dist-info"
    (acme,) = [each for each in distributions() if each.name == "acme-lhp"]
    names = [(each.name, each.module, each.attribute) for each in acme.points]
    assert names == [
        ("names", "acme_lhp", "NamesValidator"),
        ("rates", "acme_lhp.rates", "Rates"),
        ("whole", "acme_lhp", ""),
    ]
    lines = (info / "entry_points.txt").read_text(encoding="utf-8").replace("no equals", "a = b")
    (info / "entry_points.txt").write_text(lines, encoding="utf-8")
    theirs = metadata.distribution("acme-lhp").entry_points.select(group="lhp.validators")
    assert [(each.name, each.module, each.attr or "") for each in theirs] == names


@pytest.mark.parametrize("line", ["Name: Name: x", "name:acme-lhp\r", "X: 1\nNAME:  acme-lhp "])
def test_the_name_is_read_before_the_text_that_describes_it(install: Install, line: str) -> None:
    site = install("acme-lhp", {}, POINT)
    text = f"{line}\nVersion: 3\r\n\r\nName: of the text\nVersion: 4\n".encode()
    (site / "acme_lhp-1.2.dist-info" / "METADATA").write_bytes(text)
    wanted = "Name: x 3" if "x" in line else "acme-lhp 3"
    assert wanted in [each.source for each in distributions()]


def test_the_first_of_one_name_on_the_path_hides_the_others(install: Install) -> None:
    install("acme-lhp", {}, POINT, version="1.0")
    install("Acme.LHP", {}, {}, version="2.0")
    assert not [each for each in distributions() if normal_name(each.name) == "acme-lhp"]


def test_the_environment_is_scanned_again_only_when_it_changed(install: Install) -> None:
    install("acme-lhp", {}, POINT)
    first = distributions()
    assert distributions() is first
    install("other-lhp", {}, {"lhp.validators": "other = other_lhp:O"})
    assert {"acme-lhp", "other-lhp"} <= {each.name for each in distributions()}


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
