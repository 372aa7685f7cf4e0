"""Extensions of the old style go on working, and say what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from lhp.errors import (
    PLUGIN_BY_HAND,
    PLUGIN_OPTIONS_UNSAID,
    PLUGIN_PROBLEM,
    UNKNOWN_KEY,
    LhpError,
)

Check = Callable[..., Any]
Made = Callable[..., Mapping[str, str]]

FLOW = """\
pipeline: p
flowgroup: f
actions:
  - {name: l, type: load, target: v, source: {type: rates, endpoint: /a, pages: 2, all: true, x-why: none}}
  - {name: m, type: load, target: u, source: {type: rates, share: 0.5, tags: [a], more: {b: c}}}
  - {name: w, type: write, source: [v, u], write_target: {type: materialized_view, catalog: c, schema: s, table: t}}
"""
SILENT = """\
from lhp.core.base_generator import BaseActionGenerator, Problem

class RatesLoadGenerator(BaseActionGenerator):
    def check(self, action, context):
        return [Problem(repr(dict(action.options)))] if action.options.get("endpoint") else []

    def generate(self, action, context):
        return f"{action.target} = 1"
"""


def project(code: str, flow: str = FLOW) -> Mapping[str, str]:
    return {
        "lhp.yaml": "plugins: {directories: [plugins], entry_points: false}\n",
        "plugins/rates.py": code,
        "pipelines/a.yaml": flow,
    }


def test_a_generator_that_says_no_options_gets_all_and_a_warning(check: Check) -> None:
    code = SILENT.replace("class", "‸class")
    found = check(
        project(code, FLOW.replace("{name: l", "‸{name: l")), PLUGIN_PROBLEM, PLUGIN_OPTIONS_UNSAID
    )
    assert found[0].message == "{'endpoint': '/a', 'pages': 2, 'all': True}"
    assert found[1].is_warning
    assert found[1].message.endswith("so nothing checks all, endpoint, pages")
    said = (
        "{'all': {'type': 'boolean'}, 'endpoint': {'type': 'string'}, 'pages': {'type': 'integer'}}"
    )
    assert found[1].hint == f"let its get_supported_options() return {said}"


def test_what_it_is_to_write_is_of_the_right_types(problems: Callable[..., Any]) -> None:
    lines = FLOW.splitlines(keepends=True)
    flow = "".join(line for line in lines if "{name: l" not in line).replace("[v, u]", "u")
    (warning,) = problems(project(SILENT, flow))
    assert warning.values["said"] == {
        "share": {"type": "number"},
        "tags": {"type": "array"},
        "more": {"type": "object"},
    }


@pytest.mark.parametrize(
    "said",
    [
        "    Options = Own\n",
        "    @classmethod\n    def get_supported_options(cls):\n        return {}\n",
    ],
)
def test_one_that_says_that_it_has_none_accepts_none(
    said: str, problems: Callable[..., Any]
) -> None:
    code = SILENT.replace("(BaseActionGenerator):\n", f"(BaseActionGenerator):\n{said}")
    code = code.replace("class Rates", "class Own(Options): ...\n\nclass Rates").replace(
        ", Problem", ", Options, Problem"
    )
    assert {each.code for each in problems(project(code))} == {UNKNOWN_KEY}


def test_one_without_options_that_gets_none_is_no_matter(made: Made) -> None:
    flow = FLOW.replace("rates, endpoint: /a, pages: 2, all: true, x-why: none}", "rates}")
    flow = flow.replace("rates, share: 0.5, tags: [a], more: {b: c}}", "rates}")
    assert "v = 1" in made(project(SILENT, flow))["p/f.py"]


BY_HAND = """\
from lhp.core.action_registry import ActionRegistry
from lhp.core.base_generator import BaseActionGenerator

class PartnerRates(BaseActionGenerator):
    @classmethod
    def get_supported_options(cls):
        return {"endpoint": {"type": "string"}}

    def generate(self, action, context):
        return f"{action.target} = 1"

REGISTER
"""
SIMPLE = FLOW.replace(", pages: 2, all: true, x-why: none", "").replace(
    "share: 0.5, tags: [a], more: {b: c}", "endpoint: /b"
)


@pytest.mark.parametrize(
    "line",
    [
        'ActionRegistry.register("load", "rates", PartnerRates)',
        'ActionRegistry.register(kind="load", name="rates", generator=PartnerRates)',
    ],
)
def test_a_module_of_a_plugin_folder_that_registers_by_hand_works(
    line: str, check: Check, outcome: Callable[..., Any]
) -> None:
    (warning,) = check(project(BY_HAND.replace("REGISTER", f"‸{line}"), SIMPLE), PLUGIN_BY_HAND)
    assert (
        warning.message == "the load_generator 'rates' is registered by hand, which is deprecated"
    )
    assert warning.hint.startswith("say `kind = 'load'` and `type_name = 'rates'` in the class")
    done = outcome(project(BY_HAND.replace("REGISTER", line), SIMPLE))
    assert "v = 1" in done.outputs[0].text


@pytest.mark.parametrize(
    "line",
    [
        'ActionRegistry.register("laod", "rates", PartnerRates)',
        'Other.register("load", "rates", PartnerRates)',
        'ActionRegistry.register("load", NAME, PartnerRates)',
    ],
)
def test_what_does_not_say_it_plainly_is_no_registration(
    line: str, problems: Callable[..., list[LhpError]]
) -> None:
    codes = {each.code.id for each in problems(project(BY_HAND.replace("REGISTER", line), SIMPLE))}
    assert PLUGIN_BY_HAND.id not in codes
