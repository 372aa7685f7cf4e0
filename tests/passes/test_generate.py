"""Generate: what a generator is given, and what goes wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from lhp.errors import (
    FILE_MISSING,
    METADATA_UNKNOWN,
    PLUGIN_AT_USE,
    PLUGIN_FAILED,
    PLUGIN_PROBLEM,
    PLUGIN_PROBLEM_WARNING,
    UNRESOLVED_TOKEN,
    LhpError,
)

Check = Callable[..., Sequence[LhpError]]
Made = Callable[..., Mapping[str, str]]

DECLARED = "plugins:\n  - {name: own, type: load_generator, module: local.own, class: Own@}\n"
FLOW = """\
pipeline: p
flowgroup: f
actions:
  - {name: l, type: load, target: v, source: {type: own, a: 1}}
  - {name: w, type: write, source: v, write_target: {type: materialized_view, catalog: c, schema: s, table: t}}
"""


def own(body: str, *, flow: str = FLOW, more: str = "", inside: str = "pass") -> Mapping[str, str]:
    """Return a project with a load generator of its own."""
    code = f"""\
from lhp.core.base_generator import BaseActionGenerator, Context, Problem
from lhp.errors import FILE_MISSING, METADATA_UNKNOWN, LhpErrors

class Own(BaseActionGenerator):
    {inside}

    def generate(self, action, context):
        {body}

    @classmethod
    def get_supported_options(cls):
        return {{"a": {{"type": "integer"}}, "b": {{"type": "string"}}}}
"""
    return {
        "lhp.yaml": DECLARED.replace("@", more),
        "local/own.py": code,
        "pipelines/a.yaml": flow,
    }


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("action['name'], action.name, action.kind, action.sub_type", ("l", "l", "load", "own")),
        ("action.target, action.options, action.source['a']", ("v", {"a": 1}, 1)),
        (
            "context.env, context['env'], context.pipeline, context.flowgroup",
            ("dev", "dev", "p", "f"),
        ),
        ("context.project_name, context.config", ("demo", {"x": "dev_cat"})),
        ("[each['name'] for each in context.actions]", ["l", "w"]),
        ("list(context.project_columns)", ["_a"]),
        ("[(c.name, str(c.expression)) for c in context.metadata_columns]", [("_a", "F.lit(1)")]),
    ],
)
def test_a_generator_knows_its_action_and_its_context(
    expression: str, expected: object, made: Made
) -> None:
    columns = "name: demo\noperational_metadata: {columns: {_a: {expression: F.lit(1), applies_to: [view]}}}\n"
    files = own(
        f"return f'# {{{expression}!r}}'".replace("'# ", '"# ').removesuffix("'") + '"',
        flow="operational_metadata: [_a]\n" + FLOW,
        more=", config: {x: '${catalog}'}",
    )
    text = made({**files, "lhp.yaml": columns + files["lhp.yaml"]})["p/f.py"]
    assert f"\n# {expected!r}\n" in text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise RuntimeError('no way')", "RuntimeError: no way"),
        ("return {}[1]", "KeyError: 1"),
        ("raise SystemExit('bye')", "it tried to end the program (SystemExit: bye)"),
        ("return action.options['zzz']", "KeyError: 'zzz'"),
    ],
)
def test_a_generator_that_fails_is_named_with_its_line(
    body: str, reason: str, check: Check
) -> None:
    files = own(body, flow=FLOW.replace("type: own", "type: ‸own"))
    marked = files["lhp.yaml"].replace("- {", "- ‸{")
    found = check({**files, "lhp.yaml": marked}, PLUGIN_FAILED, PLUGIN_AT_USE)
    assert found[0].message == f"the load_generator 'own' failed: {reason}"
    assert "local.own:Own" in found[0].hint
    assert found[1].message.endswith(found[0].message)
    assert found[1].hint == "it is declared at lhp.yaml:2:5"


@pytest.mark.parametrize(
    ("what", "place"),
    [
        ("'too bad'", "{name: l"),
        ("Problem('too bad')", "{name: l"),
        ("Problem('too bad', ('source', 'a'))", "1}}"),
        ("Problem('too bad', ('source', 'none'))", "{type: own"),
    ],
)
def test_what_a_generator_finds_wrong_is_told_where_it_points(
    what: str, place: str, check: Check
) -> None:
    inside = f"def check(self, action, context):\n        return [{what}]"
    flow = FLOW.replace(place, f"‸{place}")
    found = check(own("return ''", inside=inside, flow=flow), PLUGIN_PROBLEM)
    assert found[0].message == "too bad"
    assert found[0].hint == "this check comes from the load_generator 'own'"


@pytest.mark.parametrize(
    "what",
    [
        "Problem('mind', ('source', 'a'), 'warning', 'write 2')",
        "{'message': 'mind', 'path': ['source', 'a'], 'severity': 'warning', 'hint': 'write 2'}",
    ],
)
def test_a_problem_may_be_a_warning_with_a_hint(
    what: str, check: Check, outcome: Callable[..., Any]
) -> None:
    inside = f"def check(self, action, context):\n        return [{what}]"
    files = own("return '# made'", inside=inside, flow=FLOW.replace("1}}", "‸1}}"))
    found = check(files, PLUGIN_PROBLEM_WARNING)
    assert found[0].hint == "write 2; this check comes from the load_generator 'own'"
    unmarked = {path: text.replace("‸", "") for path, text in files.items()}
    assert "# made" in outcome(unmarked).outputs[0].text


def test_errors_of_a_generator_get_the_place_of_their_action(check: Check) -> None:
    error = "FILE_MISSING.at(None, path='x', nearest=None)"
    flow = FLOW.replace("{name: l", "‸{name: l")
    check(own(f"raise {error}", flow=flow), FILE_MISSING)
    check(own(f"raise LhpErrors([{error}])", flow=flow), FILE_MISSING)
    inside = f"def check(self, action, context):\n        return [{error}]"
    check(own("return ''", flow=flow, inside=inside), FILE_MISSING)
    # One that is about the view's name stands at the view's name.
    named = "METADATA_UNKNOWN.at(name='v', nearest=None)"
    at_target = FLOW.replace("target: v", "target: ‸v")
    inside = f"def check(self, action, context):\n        return [{named}]"
    check(own("return ''", flow=at_target, inside=inside), METADATA_UNKNOWN)


def test_a_warning_of_a_generator_does_not_stop_the_code(outcome: Callable[..., Any]) -> None:
    warning = "METADATA_UNKNOWN.at(name='x', nearest=None)"
    done = outcome(
        own(
            "return '# made'",
            inside=f"def check(self, action, context):\n        return [{warning}]",
        )
    )
    assert not done.has_errors
    assert [each.code for each in done.problems] == [METADATA_UNKNOWN]
    assert "# made" in done.outputs[0].text


def test_settings_at_fault_are_told_in_lhp_yaml(check: Check) -> None:
    check(own("return ''", more=", config: {x: ‸'${nothing}'}"), UNRESOLVED_TOKEN)


def test_faults_of_several_actions_are_told_together(check: Check) -> None:
    flow = FLOW.replace(
        "  - {name: w",
        "  - {name: m, type: load, target: v2, source: {type: sql, sql_path: ‸none.sql}}\n"
        "  - {name: n, type: load, target: v3, source: {type: sql, sql_path: ‸none2.sql}}\n  - {name: w",
    )
    files = own("raise RuntimeError", flow=flow.replace("type: own", "type: ‸own"))
    marked = files["lhp.yaml"].replace("- {", "- ‸{")
    check({**files, "lhp.yaml": marked}, PLUGIN_FAILED, PLUGIN_AT_USE, FILE_MISSING, FILE_MISSING)


def test_a_rule_of_a_model_that_no_schema_says_is_told_where_it_points(check: Check) -> None:
    code = """\
        from pydantic import field_validator
        from lhp.core.base_generator import BaseActionGenerator, Options

        class OwnOptions(Options):
            a: int = 0

            @field_validator("a")
            @classmethod
            def is_even(cls, value):
                if value % 2:
                    raise ValueError("it is odd")
                return value

        class Own(BaseActionGenerator):
            Options = OwnOptions

            def generate(self, action, context):
                return ""
        """
    flow = FLOW.replace("a: 1", "a: ‸1")
    files = {**own("", flow=flow), "local/own.py": code}
    found = check(files, PLUGIN_PROBLEM)
    assert "it is odd" in found[0].message


def test_what_a_generator_warns_of_is_told_beside_what_is_wrong(check: Check) -> None:
    warning = "METADATA_UNKNOWN.at(name='x', nearest=None)"
    inside = f"def check(self, action, context):\n        return [{warning}]"
    flow = FLOW.replace("{name: l", "‸{name: l").replace(
        "  - {name: w",
        "  - {name: m, type: load, target: v2, source: {type: sql, sql_path: ‸no.sql}}\n  - {name: w",
    )
    check(own("return ''", inside=inside, flow=flow), METADATA_UNKNOWN, FILE_MISSING)


def test_failures_of_one_plugin_are_told_apart_by_their_reason(check: Check) -> None:
    flow = FLOW.replace("type: own", "type: ‸own").replace(
        "  - {name: w",
        "  - {name: m, type: load, target: v2, source: {type: ‸own}}\n"
        "  - {name: n, type: load, target: v3, source: {type: own}}\n  - {name: w",
    )
    files = own("raise KeyError(action.options.get('a'))", flow=flow)
    marked = files["lhp.yaml"].replace("- {", "- ‸‸{")
    codes = [PLUGIN_FAILED, PLUGIN_FAILED, PLUGIN_AT_USE, PLUGIN_AT_USE]
    found = check({**files, "lhp.yaml": marked}, *codes)
    assert [each.message.rpartition("KeyError: ")[2] for each in found] == ["1", "None"] * 2
    assert found[3].hint == "it is declared at lhp.yaml:2:5; 1 more place meets this"
