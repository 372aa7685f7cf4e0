"""Review: what validators are given, and how what they say reaches the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from lhp.errors import (
    PARTITIONS_AND_CLUSTERS,
    PLUGIN_AT_USE,
    PLUGIN_BROKEN,
    PLUGIN_FAILED,
    PLUGIN_PROBLEM,
    PLUGIN_PROBLEM_WARNING,
    UNRESOLVED_TOKEN,
    WRONG_TYPE,
    Code,
    LhpError,
)

Check = Callable[..., Sequence[LhpError]]

FLOW = """\
‸pipeline: p
flowgroup: f
actions:
  - {name: l, type: load, target: v, source: {type: sql, sql: "SELECT '${secret:kv/pw}' AS a"}}
  - {name: w, type: write, source: v, write_target: {type: materialized_view, catalog: c, schema: s, table: t}}
"""
DECLARED = "plugins:\n  - {name: rules, type: validator, module: local.rules, class: Rules@}\n"


def rules(body: str, *, flow: str = FLOW, more: str = "", inside: str = "") -> Mapping[str, str]:
    """Return a project with a validator that returns what the body says."""
    code = f"from lhp.core.base_generator import Problem\nclass Rules:\n{inside}    def validate(self, config):\n        {body}\n"
    return {
        "lhp.yaml": DECLARED.replace("@", more),
        "local/rules.py": code,
        "pipelines/a.yaml": flow,
    }


def moved(key: str) -> str:
    """Return the flowgroup with the mark at another place."""
    return FLOW.replace("‸", "").replace(key, f"‸{key}")


@pytest.mark.parametrize(
    ("body", "flow", "code"),
    [
        ("return ['too bad']", FLOW, PLUGIN_PROBLEM),
        ("yield 'too bad'", FLOW, PLUGIN_PROBLEM),
        ("return [Problem('too bad')]", FLOW, PLUGIN_PROBLEM),
        ("return [('too bad', ('flowgroup',))]", moved("f\nactions"), PLUGIN_PROBLEM),
        (
            "return [Problem('too bad', ('actions', 0, 'target'))]",
            moved("v, source: {type"),
            PLUGIN_PROBLEM,
        ),
        ("return [{'message': 'too bad'}]", FLOW, PLUGIN_PROBLEM),
        (
            "return [{'message': 'too bad', 'path': ['actions', 1]}]",
            moved("{name: w"),
            PLUGIN_PROBLEM,
        ),
        # As near as it gets.
        (
            "return [{'message': 'too bad', 'path': ['actions', 0, 'none', 1]}]",
            moved("{name: l"),
            PLUGIN_PROBLEM,
        ),
        (
            "return [{'message': 'too bad', 'path': ['actions', 7]}]",
            moved("- {name: l"),
            PLUGIN_PROBLEM,
        ),
        ("return [{'message': 'too bad', 'severity': 'warning'}]", FLOW, PLUGIN_PROBLEM_WARNING),
        ("return [{'message': 'too bad', 'severity': 'error'}]", FLOW, PLUGIN_PROBLEM),
    ],
)
def test_what_a_validator_says_is_told_where_it_points(
    body: str, flow: str, code: Code, check: Check
) -> None:
    found = check(rules(body, flow=flow), code)
    assert found[0].message == "too bad"
    assert found[0].hint == "this check comes from the validator 'rules'"


@pytest.mark.parametrize(
    "said",
    [
        "Problem('mind', ('flowgroup',), 'warning', 'call it g')",
        "{'message': 'mind', 'path': ['flowgroup'], 'severity': 'warning', 'hint': 'call it g'}",
    ],
)
def test_a_problem_may_be_a_warning_with_a_hint(said: str, check: Check) -> None:
    found = check(rules(f"yield {said}", flow=moved("f\nactions")), PLUGIN_PROBLEM_WARNING)
    assert found[0].hint == "call it g; this check comes from the validator 'rules'"


@pytest.mark.parametrize("body", ["return []", "return None", "return ()", "pass"])
def test_a_validator_that_says_nothing_is_content(body: str, made: Callable[..., object]) -> None:
    assert made(rules(body))


def test_a_validator_sees_plain_data_and_no_secret(check: Check) -> None:
    body = "return [f\"{type(config).__name__} {type(config['actions'][0]).__name__} {config['actions'][0]['source']['sql']}\"]"
    found = check(rules(body), PLUGIN_PROBLEM)
    assert found[0].message == "dict dict SELECT '${secret:kv/pw}' AS a"


def test_a_validator_cannot_change_what_is_generated(
    made: Callable[..., Mapping[str, str]],
) -> None:
    body = "config['actions'][0]['source']['sql'] = 'DROP'; config.clear()"
    assert "DROP" not in made(rules(body))["p/f.py"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise KeyError('x')", "KeyError: 'x'"),
        ("return 5", "TypeError: 'int' object is not iterable"),
        ("raise SystemExit(0)", "it tried to end the program"),
        ("return [{'message': 'a', 'path': 5}]", "the path 5, not a list of keys"),
        ("return [('message', 5)]", "the path 5, not a list of keys"),
        ("return [{'message': 'a', 'path': 'actions'}]", "the path 'actions', not a list"),
        ("return [{'message': 'a', 'path': [None]}]", "the path [None], not a list"),
        ("return [{'message': 'a', 'severity': 'fatal'}]", "the severity 'fatal'; it is one of"),
        ("return [{'msg': 'a'}]", "a problem without a message: {'msg': 'a'}"),
        ("return [None]", "a problem without a message: None"),
        ("return [5]", "a problem without a message: 5"),
        ("return ['']", "a problem without a message: ''"),
        ("return 'all is well'", "validate() gave a text, not a list of problems"),
        ("return {'message': 'a'}", "validate() gave a mapping, not a list of problems"),
    ],
)
def test_a_validator_that_fails_is_named_with_its_line(
    body: str, reason: str, check: Check
) -> None:
    files = rules(body)
    marked = files["lhp.yaml"].replace("- {", "- ‸{")
    found = check({**files, "lhp.yaml": marked}, PLUGIN_FAILED, PLUGIN_AT_USE)
    assert found[0].message.startswith("the validator 'rules' failed: ")
    assert reason in found[0].message


def test_a_broken_validator_is_told_once(check: Check) -> None:
    files = rules("return []", flow=FLOW.replace("‸", ""))
    again = (
        files["pipelines/a.yaml"]
        .replace("flowgroup: f", "flowgroup: g")
        .replace("table: t", "table: u")
        .replace(": v,", ": w,")
    )
    found = check(
        {
            "lhp.yaml": files["lhp.yaml"].replace("- {", "- ‸{"),
            "local/rules.py": "class Rules: ...\n",
            "pipelines/a.yaml": files["pipelines/a.yaml"],
            "pipelines/b.yaml": again,
        },
        PLUGIN_BROKEN,
    )
    assert found[0].message == "the validator 'rules' can't be used: Rules has no method validate()"


def test_a_validator_that_is_switched_off_is_not_asked(made: Callable[..., object]) -> None:
    assert made(rules("return ['too bad']", more=", enabled: false"))


def test_a_validator_reads_its_settings_with_tokens(check: Check) -> None:
    body = "return [self.config['word']]"
    found = check(rules(body, more=", config: {word: '${catalog}'}"), PLUGIN_PROBLEM)
    assert found[0].message == "dev_cat"


def test_settings_at_fault_are_told_in_lhp_yaml(check: Check) -> None:
    files = rules("return []", flow=FLOW.replace("‸", ""), more=", config: {word: ‸'${nothing}'}")
    check(files, UNRESOLVED_TOKEN)
    schema = "    Config = {'word': {'type': 'integer'}}\n"
    files = rules(
        "return []", flow=FLOW.replace("‸", ""), more=", config: {word: ‸x}", inside=schema
    )
    check(files, WRONG_TYPE)


def test_problems_of_validators_and_of_generators_are_told_together(check: Check) -> None:
    flow = FLOW.replace("table: t", "table: t, partition_columns: [a], ‸cluster_columns: [b]")
    check(rules("return ['too bad']", flow=flow), PLUGIN_PROBLEM, PARTITIONS_AND_CLUSTERS)


def test_a_validator_that_fails_hides_nothing_of_the_others(check: Check) -> None:
    names = ("broken", "failing", "other", "rules")
    code = """\
class Rules:
    def validate(self, config):
        return ["too bad"]
class Other(Rules): ...
class Failing:
    def validate(self, config):
        raise KeyError("x")
class Broken: ...
"""
    entries = "".join(
        f"  - {'‸' if name in ('broken', 'failing') else ''}"
        f"{{name: {name}, type: validator, module: local.rules, class: {name.title()}}}\n"
        for name in names
    )
    found = check(
        {
            "lhp.yaml": "plugins:\n" + entries,
            "local/rules.py": code,
            "pipelines/a.yaml": FLOW.replace("‸", "‸‸‸"),
        },
        PLUGIN_BROKEN,
        PLUGIN_FAILED,
        PLUGIN_PROBLEM,
        PLUGIN_PROBLEM,
        PLUGIN_AT_USE,
    )
    hints = [each.hint for each in found if each.code == PLUGIN_PROBLEM]
    assert hints == [f"this check comes from the validator '{name}'" for name in names[2:]]


def test_what_a_validator_warns_of_is_told_beside_what_is_wrong(check: Check) -> None:
    flow = FLOW.replace("table: t", "table: t, partition_columns: [a], ‸cluster_columns: [b]")
    body = "return [{'message': 'mind', 'severity': 'warning'}]"
    check(rules(body, flow=flow), PLUGIN_PROBLEM_WARNING, PARTITIONS_AND_CLUSTERS)
