"""The commands `plugins schema` and `plugins docs`."""

from __future__ import annotations

import json
import os
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
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
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


@pytest.mark.parametrize("name", ["x.htm", "x.HTML", "x.Htm"])
def test_the_end_of_a_file_says_that_it_is_html(house: Path, lhp: Any, name: str) -> None:
    assert lhp("plugins", "docs", "-o", name).code == 0
    assert (house / name).read_text("utf-8").startswith("<!doctype html>")
    assert lhp("plugins", "docs", "-o", name, "--format", "md").code == 0
    assert (house / name).read_text("utf-8").startswith("# ")


def test_who_reads_the_reference_meanwhile_has_the_whole_old_one(house: Path, lhp: Any) -> None:
    (house / "site").mkdir()
    (house / "site/x.md").write_text("old")
    with (house / "site/x.md").open() as before:
        assert lhp("plugins", "docs", "-o", "site/x.md").code == 0
        assert before.read() == "old"
    assert [file.name for file in (house / "site").iterdir()] == ["x.md"]


def test_the_reference_is_written_where_a_link_leads(house: Path, lhp: Any) -> None:
    (house.parent / "x.md").write_text("old")
    (house / "link.md").symlink_to("../x.md")
    assert lhp("plugins", "docs", "-o", "link.md").code == 0
    assert (house / "link.md").is_symlink()
    assert (house.parent / "x.md").read_text("utf-8").startswith("# Plugins of shop\n")
    assert lhp("plugins", "docs", "-o", "../y.md").out == "../y.md\n"


def test_the_reference_may_go_to_a_device(house: Path, lhp: Any) -> None:
    device = Path(os.devnull)
    assert lhp("plugins", "docs", "-o", str(device)).code == 0
    assert not device.is_file()
    assert house.is_dir()


HOSTILE = """
from lhp.core.base_generator import BaseActionGenerator

class HostileLoadGenerator(BaseActionGenerator):
    '''<script>alert(1)</script> # a | `b`'''

    def generate(self, action, context):
        return "pass"

    @classmethod
    def get_supported_options(cls):
        text = "<img src=x>\\n\\n# Not a title | `a|b` \\ud800 ```"
        option = {"type": "string", "description": text, "examples": [text]}
        deep = {"type": "object", "properties": {"inner": option}, "required": ["inner"]}
        rule = {"oneOf": [{"required": ["text"]}, {"required": ["deep"]}]}
        properties = {"text": option, "deep": deep}
        return {"type": "object", "properties": properties, "allOf": [rule]}
"""


def test_texts_of_a_plugin_are_only_texts(house: Path, lhp: Any) -> None:
    (house / "plugins/hostile.py").write_text(HOSTILE)
    ended = lhp("plugins", "docs")
    assert ended.code == 0
    section = ended.out.partition("### load_generator:hostile\n")[2].partition("\n### ")[0]
    for wanted in (
        r"\<script>alert(1)\</script> # a | `b`",
        "Exactly one of `text`, `deep`.",
        "| `deep.inner` | text | yes |",
        r"| \<img src=x> # Not a title \| `a\|b` \ud800 \`\`\` |",
        "````yaml\n- name: load_hostile\n",
    ):
        assert wanted in section
    assert "\n# " not in section
    page = Page()
    page.feed(lhp("plugins", "docs", "--format", "html").out)
    assert page.open == []
    assert page.tags <= set(TAGS.split())


TAGS = "html head meta title style body nav ul li a h1 h2 h3 p table tr th td code pre"


def test_outside_a_project_the_reference_has_the_built_in_plugins(
    tmp_path: Path, lhp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = lhp("plugins", "docs").out
    assert page.startswith("# Plugins of lhp\n")
    assert "### write_generator:streaming_table" in page
