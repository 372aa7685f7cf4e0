"""The commands `plugins schema` and `plugins docs`."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

CHECKED = """
class HouseValidator:
    '''Checks the rules of the house.'''

    Config = {"strict": {"type": "boolean", "default": True, "description": "All | of `them`."}}

    def validate(self, config):
        return []
"""
BROKEN = """
from lhp.core.base_generator import BaseActionGenerator

class RottenLoadGenerator(BaseActionGenerator):
    def generate(self, action, context):
        return "pass"

    @classmethod
    def get_supported_options(cls):
        return {"a": 5}
"""


@pytest.fixture
def house(shop: Path) -> Path:
    """Return a project with a validator that has settings, and a broken generator."""
    (shop / "plugins").mkdir()
    (shop / "plugins/house.py").write_text(CHECKED)
    (shop / "plugins/rotten.py").write_text(BROKEN)
    text = (shop / "lhp.yaml").read_text("utf-8")
    (shop / "lhp.yaml").write_text(
        text.replace("plugins:\n", "plugins:\n  directories: [plugins]\n")
    )
    return shop


def test_a_plugins_options_are_printed_as_a_schema(shop: Path, lhp: Any) -> None:
    schema = json.loads(lhp("plugins", "schema", "trim").out)
    Draft7Validator.check_schema(schema)
    assert schema["title"] == "transform_generator:trim"
    assert schema["required"] == ["columns"]
    assert Draft7Validator(schema).is_valid({"columns": ["a"]})
    assert not Draft7Validator(schema).is_valid({"colums": ["a"]})
    assert shop.is_dir()


def test_a_plugins_settings_are_printed_as_a_schema(house: Path, lhp: Any) -> None:
    for words in (["house"], ["validator:house", "--config"]):
        schema = json.loads(lhp("plugins", "schema", *words).out)
        assert schema["properties"]["strict"]["default"] is True
    assert house.is_dir()


def test_all_plugins_are_printed_with_what_they_accept(house: Path, lhp: Any) -> None:
    data = json.loads(lhp("plugins", "schema").out)
    assert data["transform_generator:trim"]["origin"] == "config"
    assert "columns" in data["transform_generator:trim"]["options"]["properties"]
    assert data["validator:house"]["summary"] == "Checks the rules of the house."
    assert data["validator:house"]["options"] is None
    assert "an option is a mapping" in data["load_generator:rotten"]["reason"]
    assert data["load_generator:cloudfiles"]["origin"] == "builtin"
    assert house.is_dir()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nothing"], "LHP-PLG-012"),
        (["rotten"], "LHP-PLG-003"),
        (["cli_command:validate"], "LHP-PLG-028"),
        (["trim", "--config"], "LHP-PLG-028"),
    ],
)
def test_what_has_no_schema_is_told(house: Path, lhp: Any, words: list[str], code: str) -> None:
    ended = lhp("plugins", "schema", *words)
    assert ended.code == 1
    assert code in ended.err
    assert ended.out == ""
    assert code in lhp("plugins", "schema", *words, "--format", "json").out
    assert house.is_dir()


def test_settings_of_no_plugin_are_wrong_usage(shop: Path, lhp: Any) -> None:
    assert lhp("plugins", "schema", "--config").code == 2
    assert shop.is_dir()


def test_the_reference_shows_every_plugin_with_its_options(house: Path, lhp: Any) -> None:
    page = lhp("plugins", "docs").out
    assert page.startswith("# Plugins of shop\n")
    for wanted in (
        "### transform_generator:trim",
        "| `columns` | list of text | yes |",
        "transform_type: trim",
        "### validator:house",
        "| `strict` | boolean |  | `true` |  | All \\| of `them`. |",
        "### load_generator:rotten",
        "It can't be used: ",
        "### cli_command:validate",
    ):
        assert wanted in page
    assert house.is_dir()


class Page(HTMLParser):
    """Notes what a page has, and whether every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.anchors: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        named = dict(attrs)
        self.anchors |= {named["id"] or ""} if "id" in named else set()
        self.links |= {(named["href"] or "").removeprefix("#")} if "href" in named else set()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(
    "words", [["--format", "html"], ["--format", "html", "-o", "x.txt"], ["-o", "d/x.html"]]
)
def test_the_reference_is_one_page_of_html(house: Path, lhp: Any, words: list[str]) -> None:
    ended = lhp("plugins", "docs", *words)
    assert ended.code == 0
    text = ended.out if "-o" not in words else (house / words[-1]).read_text("utf-8")
    page = Page()
    page.feed(text)
    assert page.open == []
    assert page.links <= page.anchors
    assert "load_generator-cloudfiles" in page.links


def test_the_reference_is_written_where_one_wants_it(house: Path, lhp: Any) -> None:
    printed = lhp("plugins", "docs").out
    ended = lhp("plugins", "docs", "-o", "site/plugins.md")
    assert ended.out == "site/plugins.md\n"
    assert (house / "site/plugins.md").read_bytes() == printed.encode()
    (house / "file").write_text("")
    assert "LHP-IO-126" in lhp("plugins", "docs", "-o", "file/x.md").err


def test_outside_a_project_the_reference_has_the_built_in_plugins(
    tmp_path: Path, lhp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = lhp("plugins", "docs").out
    assert page.startswith("# Plugins of lhp\n")
    assert "### write_generator:streaming_table" in page
