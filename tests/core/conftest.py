"""Projects and installed distributions made of a few texts."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

from lhp.core.plugin_manager import PluginManager

Files = Mapping[str, str]


def write_files(folder: Path, files: Files) -> Path:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
    return folder


@pytest.fixture
def unreadable() -> Path:
    """Give a file that the system reads to nobody, not even to the superuser."""
    memory = Path("/proc/self/mem")  # nothing is mapped where it begins
    if not memory.is_file():
        pytest.skip("only Linux has such a file")
    return memory


@pytest.fixture
def project(tmp_path: Path) -> Callable[[Files], PluginManager]:
    """Make a project of some files and give its plugins."""

    def make(files: Files) -> PluginManager:
        return PluginManager(write_files(tmp_path / "project", files))

    return make


def _taken_out(tops: set[str]) -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name.partition(".")[0] in tops]
    return {name: sys.modules.pop(name) for name in names}


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Put a distribution with entry points and modules on the path, as pip leaves it behind."""
    tops: set[str] = set()
    before: dict[str, ModuleType] = {}

    def make(name: str, files: Files, points: Mapping[str, str], *, version: str = "1.2") -> Path:
        site = tmp_path / "site" / name
        info = f"{name.replace('-', '_')}-{version}.dist-info"
        groups = "\n".join(f"[{group}]\n{text}\n" for group, text in points.items())
        record = {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/entry_points.txt": groups,
            f"{info}/RECORD": "".join(f"{file},,\n" for file in files),
        }
        write_files(site, {**files, **record})
        monkeypatch.syspath_prepend(str(site))
        importlib.invalidate_caches()
        tops.update(module.split("/")[0].removesuffix(".py") for module in files)
        before.update({**_taken_out(tops), **before})
        return site

    yield make
    # What is really installed under such a name is there again for the next test.
    _taken_out(tops)
    sys.modules.update(before)
