"""What the code of actions needs, and what of it is needed no more where something stands in."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from running import ENV, write_files

from lhp.cli.local_run import wish_of
from lhp.passes.project import open_project
from lhp.passes.run import Wanted, run
from lhp.run import local

PROJECT = {
    "lhp.yaml": "name: shop\n",
    "substitutions/local.yaml": "local: {}\n",
    "pipelines/bank.yaml": """\
pipeline: bank
flowgroup: rates
actions:
  - name: load_rates
    type: load
    source:
      {type: jdbc, url: "jdbc:x:", user: me, password: no, driver: org.x.Driver, table: rates}
    target: v_rates
  - name: load_prices
    type: load
    source: {type: kafka, bootstrap_servers: "b:1", subscribe: prices}
    target: v_prices
  - name: write_rates
    type: write
    source: v_rates
    write_target: {type: materialized_view, catalog: c, schema: s, table: rates}
  - name: write_events
    type: write
    source: v_prices
    write_target:
      {type: sink, sink_type: kafka, sink_name: events, bootstrap_servers: "b:1", topic: events}
""",
}


@pytest.mark.parametrize(
    ("stand_ins", "needed"),
    [
        ("{}", [("org.x.Driver",), ("kafka",), ("kafka",)]),
        ("{V_Rates: rates.csv}", [("kafka",), ("kafka",)]),
        ("{v_prices: prices.json}", [("org.x.Driver",), ("kafka",)]),
        ("{events: keep}", [("org.x.Driver",), ("kafka",)]),
        ("{v_rates: rates.csv, v_prices: prices.json, events: keep}", []),
    ],
)
def test_what_something_stands_in_for_needs_nothing(
    stand_ins: str, needed: list[tuple[str, ...]], tmp_path: Path
) -> None:
    files = {"lhp.yaml": f"name: shop\nrun:\n  stand_ins: {stand_ins}\n"}
    project = open_project(write_files(tmp_path, {**PROJECT, **files}))
    outcome = run(project, Wanted(ENV))
    assert not outcome.has_errors, [str(each) for each in outcome.problems]
    wish = wish_of(local, project, outcome.built, ENV)
    assert [(*each.requires.java_classes, *each.requires.formats) for each in wish.needs] == needed


SAMPLE = Path(__file__).parents[2] / "sample_project"
BROUGHT = {*sys.stdlib_module_names, "custom_python_functions", "delta", "pyspark"}


def test_plugins_of_the_sample_say_which_modules_their_code_imports() -> None:
    project = open_project(SAMPLE)
    outcome = run(project, Wanted(ENV))
    wish = wish_of(local, project, outcome.built, ENV)
    said = {(each.flowgroup, name) for each in wish.needs for name in each.requires.modules}
    texts = {output.path: output.text for output in outcome.outputs}
    modules = [(each, each.file.relative_to(SAMPLE).as_posix()) for each in wish.modules]
    imported = {
        (module.flowgroup, name)
        for module, path in modules
        for name in imports_of(texts[path]) - BROUGHT
    }
    assert imported == said == {("exchange_rates", "requests"), ("refund_alerts", "requests")}


def imports_of(text: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).partition(".")[0])
    return found
