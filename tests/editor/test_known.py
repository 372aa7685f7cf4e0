"""What is known of plugins is remembered from run to run, and asked again when they change."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from lhp.core.modules import step_back
from lhp.core.plugin_manager import PluginManager
from lhp.editor.known import CACHE_FILE, Known, KnownPlugins

PLUGIN = """
from pathlib import Path
from lhp.core.base_generator import BaseActionGenerator
from mine.words import ABOUT

with (Path(__file__).parent / "ran").open("a") as file:
    file.write("x")

class XLoadGenerator(BaseActionGenerator):
    '''Reads an X.'''

    Config = {"url": {"type": "string"}}
    source_count = "one"

    @classmethod
    def get_supported_options(cls):
        return {"place": {"type": "string", "required": True, "description": ABOUT}}

    def generate(self, action, context):
        return "pass"
"""
LINE = "{name: x, type: load_generator, module: mine.x, class: XLoadGenerator}"
FILES = {
    "lhp.yaml": f"plugins:\n  - {LINE}\n",
    "mine/x.py": PLUGIN,
    "mine/words.py": "ABOUT = 'Where it is.'\n",
}


@pytest.fixture(autouse=True)
def _forget_local_modules() -> Iterator[None]:
    yield
    step_back()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(dedent(text), encoding="utf-8")
    return tmp_path.resolve()


@pytest.fixture
def ask(root: Path) -> Callable[..., Known]:
    """Ask for a plugin as a new process does; what is asked for is remembered."""

    def of(name: str = "x") -> Known:
        manager = PluginManager(root)
        known = KnownPlugins(manager)
        found = known.of(manager.named(name))
        known.save()
        return found

    return of


def imports(root: Path) -> int:
    file = root / "mine/ran"
    return len(file.read_text()) if file.exists() else 0


def test_a_plugin_says_what_it_accepts(ask: Callable[..., Known]) -> None:
    known = ask()
    assert known.summary == "Reads an X."
    assert known.source_count == "one"
    assert known.options is not None
    assert known.options["required"] == ["place"]
    assert known.settings is not None
    assert [*known.settings["properties"]] == ["url"]
    assert not known.reason


def test_what_is_remembered_is_not_imported_again(ask: Callable[..., Known], root: Path) -> None:
    first = ask()
    assert imports(root) == 1
    assert ask() == first
    assert imports(root) == 1


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("mine/x.py", "Reads an X.", "Reads one X."),
        ("mine/words.py", "Where it is.", "Where it stands."),  # a module that it imports
    ],
)
def test_a_plugin_that_changed_is_asked_again(
    ask: Callable[..., Known], root: Path, path: str, old: str, new: str
) -> None:
    ask()
    file = root / path
    file.write_text(file.read_text().replace(old, new))
    known = ask()
    assert imports(root) == 2
    assert new in json.dumps([known.summary, known.options])


def test_a_broken_plugin_says_why_and_is_asked_again_when_it_is_mended(
    ask: Callable[..., Known], root: Path
) -> None:
    file = root / "mine/x.py"
    good = file.read_text()
    file.write_text(good.replace('"type": "string", "req', '"type": "strin", "req'))
    assert "bad option schema" in ask().reason
    file.write_text(good)
    assert ask().options is not None


def test_a_plugin_that_can_not_be_found_is_known_by_its_reason(
    ask: Callable[..., Known], root: Path
) -> None:
    (root / "mine/x.py").unlink()
    assert "mine.x" in ask().reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        '{"form": 5}',
        "{}",
        "FORM-PLUGINS-[]",
        'FORM-PLUGINS-{"KEY": {"files": {}, "known": 5}}',
        'FORM-PLUGINS-{"KEY": {"files": FILES, "known": {"options": [1]}}}',
        'FORM-PLUGINS-{"KEY": {"files": FILES, "known": {"options": {"properties": {"a": 5}}}}}',
        'FORM-PLUGINS-{"KEY": {"files": FILES, "known": {"options": {"allOf": [5]}}}}',
        'FORM-PLUGINS-{"KEY": {"files": FILES, "known": {"summary": 5}}}',
        'FORM-PLUGINS-{"KEY": {"files": FILES, "known": {"odd": 5}}}',
    ],
)
def test_a_spoilt_memory_is_made_anew(ask: Callable[..., Known], root: Path, text: str) -> None:
    good = ask()
    file = root / CACHE_FILE
    data = json.loads(file.read_text())
    (key,) = (key for key in data["plugins"] if "mine.x" in key)
    files = json.dumps(data["plugins"][key]["files"])
    form, _, plugins = text.rpartition("FORM-PLUGINS-")
    if text.startswith("FORM"):
        plugins = plugins.replace("KEY", key).replace("FILES", files)
        form = json.dumps(data["form"])
        text = f'{{"form": {form}, "plugins": {plugins}}}'
    file.write_text(text)
    assert ask() == good


def test_nothing_is_written_when_nothing_is_new(ask: Callable[..., Known], root: Path) -> None:
    ask()
    before = (root / CACHE_FILE).stat().st_mtime_ns
    ask()
    assert (root / CACHE_FILE).stat().st_mtime_ns == before


def test_outside_a_project_nothing_is_remembered(tmp_path: Path) -> None:
    manager = PluginManager()
    known = KnownPlugins(manager)
    assert known.of(manager.named("load_generator:sql")).options is not None
    known.save()
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", ["format_sql", "cli_command:validate", "formatter:ruff"])
def test_what_has_no_options_has_a_summary(root: Path, name: str, ask: Any) -> None:
    (root / "lhp.yaml").write_text(
        f"plugins:\n  - {LINE}\n"
        "  - {name: format_sql, type: template_filter, module: mine.filters, class: format_sql}\n"
    )
    (root / "mine/filters.py").write_text('def format_sql(text):\n    """Lays out SQL."""\n')
    known = ask(name)
    assert known.summary
    assert known.options is None
    assert not known.reason
