"""What plugins in sandboxes say of themselves reaches the checks that need it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

Lhp = Callable[..., Any]
Write = Callable[..., Path]

DECLARED = """\
name: shop
formatter: tidy
plugins:
  directories: [./plugins]
  entry_points: false
  enabled:
    - {name: rules, type: validator, module: own, class: Rules, config: {most: 9}}
    - {name: tidy, type: formatter, module: own, class: Tidy, config: {most: 9}}
    - {name: pages, type: artifact, module: own, class: Pages, config: {most: 9}}
"""
OWN = """\
CONFIG = {"most": {"type": "integer", "required": True, "maximum": 9}, "least": {"default": 1}}

class Rules:
    Config = CONFIG

    def validate(self, config):
        yield {"message": f"{self.config['most']} {self.config['least']}", "severity": "warning",
               "path": ["flowgroup"], "hint": "mind it"}

class Tidy:
    Config = CONFIG

    def format(self, sources):
        first = min(sources)
        seen = f"# {len(sources)} files, at most {self.config['most']}\\n"
        return {path: (seen if path == first else "") + text for path, text in sources.items()}

class Pages:
    Config = CONFIG

    def build(self, run):
        texts = run["texts"]
        lengths = {path: len(texts[path]) for path in run["files"]}
        return {"docs/pages.txt": f"{self.config['most']} {len(texts)} {min(lengths.values()) > 50}"}
"""
WEBHOOK = """\
from lhp.core.base_generator import BaseActionGenerator

class WebhookWriteGenerator(BaseActionGenerator):
    @classmethod
    def get_supported_options(cls):
        return {"into": {"type": "string"}, "hook": {"type": "string"}, "looks_at": {"type": "string"}}

    def table(self, action, context):
        return action.options.get("into", "")

    def creates_table(self, action, context):
        return action.options.get("hook") != "no"

    def claims(self, action, context):
        return ["the webhook 'x'"] if action.options.get("hook") == "x" else []

    def reads(self, action, context):
        return [*action.sources, *filter(None, [action.options.get("looks_at")])]

    def shared(self, action, context):
        return {"hook": action.options["hook"]} if "hook" in action.options else {}

    def generate(self, action, context):
        return f"x_{action.name} = 1"
"""
FLOW = """\
pipeline: p
flowgroup: {name}
actions:
  - name: load_{name}
    type: load
    source: {{type: sql, sql: SELECT 1 AS a}}
    target: v_{name}
  - name: write_{name}
    type: write
    source: v_{name}
    write_target: {target}
"""
BUILTIN = "{type: materialized_view, catalog: c, schema: s, table: t}"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.setenv("NO_COLOR", "1")

    def write(*targets: str, **files: str) -> Path:
        root = tmp_path / "shop"
        whole = {
            "lhp.yaml": files.get("declared", DECLARED),
            "own.py": OWN,
            "plugins/webhook.py": WEBHOOK,
            "substitutions/dev.yaml": "dev: {x: y}\n",
        }
        for name, target in zip("abc", targets, strict=False):
            whole[f"pipelines/{name}.yaml"] = FLOW.format(name=name, target=target)
        for path, text in whole.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(dedent(text), encoding="utf-8")
        monkeypatch.chdir(root)
        return root

    return write


def problems_of(lhp: Lhp) -> list[dict[str, Any]]:
    found = json.loads(lhp("validate", "--env", "dev", "--format", "json").out)["problems"]
    return [each for each in found if each["code"] != "LHP-PLG-019"]


@pytest.mark.parametrize(
    ("targets", "code", "words"),
    [
        # The table of a write that is not ours is known to the checks across flowgroups.
        (("{type: webhook, into: c.s.t}", BUILTIN), "LHP-CFG-004", "c.s.t"),
        (("{type: webhook, into: c.s.u, hook: 'no'}",), "LHP-VAL-114", "c.s.u"),
        (("{type: webhook, hook: x}", "{type: webhook, hook: x}"), "LHP-VAL-069", "webhook 'x'"),
        (
            ("{type: webhook, into: c.s.t, hook: 'no'}", "{type: webhook, into: c.s.t, hook: y}"),
            "LHP-VAL-180",
            "hook",
        ),
        # So is what it reads.
        (("{type: webhook, looks_at: v_b}",), "LHP-VAL-113", "'v_b'"),
    ],
)
def test_what_a_generator_says_of_itself_is_known_to_the_cross_checks(
    targets: tuple[str, ...], code: str, words: str, shop: Write, lhp: Lhp
) -> None:
    shop(*targets)
    (found,) = problems_of(lhp)
    assert words in found["message"]
    assert found["code"] == code


def test_tables_that_no_one_shares_are_no_problem(shop: Write, lhp: Lhp) -> None:
    shop("{type: webhook, into: c.s.u, looks_at: c.s.t}", BUILTIN)
    assert problems_of(lhp) == []


def test_settings_of_each_type_have_a_schema_and_defaults(shop: Write, lhp: Lhp) -> None:
    root = shop(BUILTIN, "{type: webhook}")
    ended = lhp("generate", "--env", "dev")
    assert ended.code == 0, ended.err
    assert "9 1\n" in ended.err
    assert "help: mind it; this check comes from the validator 'rules'" in ended.err
    assert (root / "docs/pages.txt").read_text() == "9 2 True"
    assert "# 2 files, at most 9" in (root / "generated/dev/p/a.py").read_text()


@pytest.mark.parametrize("name", ["rules", "tidy", "pages"])
@pytest.mark.parametrize(
    ("config", "words"),
    [("{most: 10}", "10 is greater"), ("{most: many}", "whole number"), ("{}", "most")],
)
def test_settings_at_fault_are_told_in_lhp_yaml(
    name: str, config: str, words: str, shop: Write, lhp: Lhp
) -> None:
    lines = DECLARED.splitlines()
    number = next(at for at, line in enumerate(lines) if f"name: {name}" in line)
    lines[number] = lines[number].replace("{most: 9}", config)
    shop(BUILTIN, declared="\n".join(lines) + "\n")
    ended = lhp("generate", "--env", "dev", "--format", "json")
    found = [each for each in json.loads(ended.out)["problems"] if each["severity"] == "error"]
    assert {(each["path"], each["line"]) for each in found} == {("lhp.yaml", number + 1)}
    assert any(words in each["message"] for each in found)


def test_a_formatter_and_an_artifact_of_a_sandbox_see_a_large_run(shop: Write, lhp: Lhp) -> None:
    root = shop()
    words = "-- %s\n" % ("x" * 90)
    (root / "large.sql").write_text(f"SELECT 1 AS a\n{words * 16_000}", encoding="utf-8")
    (root / "pipelines").mkdir()
    for name in "abcdefgh":
        text = FLOW.format(name=name, target=BUILTIN.replace("table: t", f"table: {name}"))
        text = text.replace("sql: SELECT 1 AS a", "sql_path: large.sql")
        (root / f"pipelines/{name}.yaml").write_text(text, encoding="utf-8")
    ended = lhp("--project", str(root), "generate", "--env", "dev")
    assert ended.code == 0, ended.err
    made = [*(root / "generated/dev").rglob("*.py")]
    assert sum(file.stat().st_size for file in made) > 10_000_000
    assert min(made).read_text("utf-8").startswith("# 8 files, at most 9\n")
    assert (root / "docs/pages.txt").read_text("utf-8") == "9 8 True"
