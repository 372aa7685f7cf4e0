"""Projects whose plugins live in sandboxes, as they do for users of the commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from lhp.core.plugin_manager import PluginManager
from lhp.sandbox.isolation import Isolation

Make = Callable[..., PluginManager]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Make]:
    """Return a function that makes a project with a plugin folder, and gives its plugins."""
    made: list[Isolation] = []

    def make(code: str, **files: str) -> PluginManager:
        root = tmp_path / "house"
        (root / "plugins").mkdir(parents=True, exist_ok=True)
        (root / "lhp.yaml").write_text("plugins: {directories: [plugins], entry_points: false}\n")
        (root / "plugins/mine.py").write_text(dedent(code), encoding="utf-8")
        for name, text in files.items():
            (root / f"plugins/{name}.py").write_text(dedent(text), encoding="utf-8")
        manager = PluginManager(root)
        made.append(Isolation(manager))
        manager.resolver.isolate = made[-1].stand_in
        return manager

    yield make
    for isolation in made:
        isolation.close()
