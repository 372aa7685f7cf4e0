"""Validate: each action against its own generator; what a user reads at which place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lhp.errors import (
    ACTION_TWICE,
    EXCLUSIVE_KEYS,
    FILE_MISSING,
    MISSING_KEY,
    NO_ACTIONS,
    NOT_A_PYTHON_NAME,
    NOT_ONE_OF,
    OPTION_WITHOUT_PREFIX,
    PLUGIN_AT_USE,
    PLUGIN_BROKEN,
    TEMPLATE_NOT_FOUND,
    UNKNOWN_KEY,
    UNKNOWN_KIND,
    UNKNOWN_SUB_TYPE,
    WRONG_TYPE,
    WRONG_VALUE,
    YAML_READ_OTHERWISE,
    Code,
    LhpError,
)

Check = Callable[..., Sequence[LhpError]]
Made = Callable[..., Mapping[str, str]]

HEAD = "pipeline: p\nflowgroup: f\nactions:\n"
LOAD = "  - {name: l, type: load, target: v, source: {type: sql, sql: SELECT 1}}\n"
TABLE = "type: streaming_table, catalog: c, schema: s, table: t"
WRITE = f"  - {{name: w, type: write, source: v, write_target: {{{TABLE}}}}}\n"

OPTIONS = """\
from lhp.core.base_generator import BaseActionGenerator

class Show(BaseActionGenerator):
    def generate(self, action, context):
        return f"# {dict(action.options)!r}"

    @classmethod
    def get_supported_options(cls):
        return {
            "type": "object",
            "properties": {
                "limit": {"type": "integer"},
                "share": {"type": "number"},
                "strict": {"type": "boolean", "default": False},
                "level": {"enum": ["low", "high"]},
                "code": {"type": "string", "pattern": "^[a-z]+$"},
                "free": {"type": "object"},
                "counts": {"type": "array", "items": {"type": "integer"}},
                "sizes": {"type": "object", "additionalProperties": {"type": "integer"}},
                "one": {"type": "string"},
                "other": {"type": "string"},
                "some": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            },
            "patternProperties": {"^spark_": {"type": "string"}},
            "allOf": [{"not": {"required": ["one", "other"]}}],
        }
"""
DECLARED = """\
plugins:
  - {name: show, type: load_generator, module: local.show, class: Show}
"""


def shown(options: str) -> Mapping[str, str]:
    """Return a project whose load has these options."""
    load = "  - name: l\n    type: load\n    target: v\n    source:\n      type: show\n"
    load += f"      {options}\n"
    return {
        "lhp.yaml": DECLARED,
        "local/show.py": OPTIONS,
        "pipelines/a.yaml": HEAD + load + WRITE,
        "substitutions/dev.yaml": 'dev: {n: "5", half: "0.5", flag: "yes", word: many, list: [1, 2]}\n',
    }


def options_of(text: str) -> Mapping[str, Any]:
    """Return the options that the generator of `shown` met."""
    line = next(line for line in text.splitlines() if line.startswith("# {"))
    found: Mapping[str, Any] = eval(line[2:], {"__builtins__": {}})  # noqa: S307  (our own repr)
    return found


@pytest.mark.parametrize(
    ("action", "codes", "says"),
    [
        ("{name: x, type: ‸lod}", [UNKNOWN_KIND], "did you mean 'load'?"),
        ("{name: x, type: ‸[load]}", [UNKNOWN_KIND], "load, transform, write, test"),
        ("‸{name: x}", [MISSING_KEY], "the action 'x' needs 'type'"),
        ("‸{description: x}", [MISSING_KEY], "the action needs 'type'"),
        (
            "{name: x, type: load, target: y, source: ‸{sql: SELECT 1}}",
            [MISSING_KEY],
            "'source.type'",
        ),
        ("‸{name: x, type: load, target: y}", [MISSING_KEY], "'source.type'"),
        ("{name: x, type: load, target: y, source: ‸v}", [MISSING_KEY], "'source.type'"),
        (
            "{name: x, type: load, target: y, source: {‸tpye: sql}}",
            [UNKNOWN_KEY],
            "unknown key 'tpye' in 'source' of the action 'x' did you mean 'type'?",
        ),
        (
            "{name: x, type: load, target: y, source: {type: ‸5}}",
            [WRONG_TYPE],
            "'type' must be text",
        ),
        (
            "{name: x, type: transform, transform_type: ‸[sql], target: y}",
            [WRONG_TYPE],
            "not a list",
        ),
        ("{name: x, type: load, target: y, source: ‸{type: }}", [MISSING_KEY], "'source.type'"),
        ("{name: x, type: load, target: y, ‸sorce: {type: sql}}", [UNKNOWN_KEY], "'source'"),
        (
            "‸{name: x, type: transform, target: y, source: v, sql: a}",
            [MISSING_KEY],
            "'transform_type'",
        ),
        (
            "{name: x, type: transform, ‸transfrom_type: sql, target: y, source: v, sql: a}",
            [UNKNOWN_KEY],
            "did you mean 'transform_type'?",
        ),
        (
            "{name: x, type: load, target: y, source: {type: ‸deltaa, table: t}}",
            [UNKNOWN_SUB_TYPE],
            "no load generator is called 'deltaa' did you mean 'delta'?",
        ),
        (
            "{name: x, type: load, target: y, source: {type: sql, sql: a, ‸sqlpath: b}}",
            [UNKNOWN_KEY],
            "unknown key 'sqlpath' in 'source' of the action 'x' did you mean 'sql_path'?",
        ),
        (
            "{name: x, type: load, target: y, source: {type: sql, sql: a, ‸where_clause: b}}",
            [UNKNOWN_KEY],
            "that is an option of delta",
        ),
        (
            "{name: x, type: load, target: y, source: {type: sql, sql: a, ‸zzzzz: b}}",
            [UNKNOWN_KEY],
            "known keys: readMode, sql, sql_path, type",
        ),
        (
            "{name: x, type: load, target: y, source: {type: sql, sql: ‸[a]}}",
            [WRONG_TYPE],
            "text, not a list",
        ),
        (
            "{name: x, type: load, target: y, source: {type: sql, sql: ‸5}}",
            [WRONG_TYPE],
            "not the number 5",
        ),
        (
            "{name: x, type: load, target: ‸{a: b}, source: {type: sql, sql: a}}",
            [WRONG_TYPE],
            "not a map",
        ),
        ("‸{name: x, type: load, source: {type: sql, sql: a}}", [MISSING_KEY], "needs 'target'"),
        ("‸{type: load, target: y, source: {type: sql, sql: a}}", [MISSING_KEY], "needs 'name'"),
        (
            "‸{name: x, type: transform, transform_type: sql, target: y, sql: a}",
            [MISSING_KEY],
            "'source'",
        ),
        (
            "{name: x, type: transform, transform_type: temp_table, target: y, source: ‸[v]}",
            [WRONG_TYPE],
            "text or a map, not a list",
        ),
        (
            "{name: x, type: write, source: v, write_target: ‸{type: streaming_table, catalog: c, schema: s}}",
            [MISSING_KEY],
            "'table'",
        ),
        (
            "{name: x, type: load, once: ‸maybe, target: y, source: {type: sql, sql: a}}",
            [WRONG_TYPE],
            "'once' must be true or false, not the text 'maybe'",
        ),
        (
            "{name: x, type: load, depends_on: [a, ‸{}], target: y, source: {type: sql, sql: a}}",
            [WRONG_TYPE],
            "'depends_on.1' must be text, not a map",
        ),
    ],
)
def test_a_fault_of_an_action_is_told_where_it_stands(
    action: str, codes: Sequence[Code], says: str, check: Check
) -> None:
    found = check(f"{HEAD}{LOAD}  - {action}\n{WRITE}", *codes)
    assert says in f"{found[0].message} {found[0].hint}"


def test_any_key_that_begins_with_x_is_free_and_no_option(made: Made) -> None:
    files = {
        **shown("x-note: {a: 1}"),
        "pipelines/a.yaml": "x-owner: me\n" + shown("x-note: 1")["pipelines/a.yaml"],
    }
    assert options_of(made(files)["p/f.py"]) == {"strict": False}


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        ("limit: ‸many", WRONG_TYPE, "'limit' must be a whole number, not the text 'many'"),
        ('limit: ‸"5"', WRONG_TYPE, "not the text '5'"),
        ("limit: ‸${word}", WRONG_TYPE, "not the text 'many'"),
        ("limit: ‸${half}", WRONG_TYPE, "not the text '0.5'"),
        ("limit: ‸1.5", WRONG_TYPE, "a whole number, not the number 1.5"),
        ("limit: ‸true", WRONG_TYPE, "a whole number, not true"),
        ("share: ‸${word}", WRONG_TYPE, "'share' must be a number, not the text 'many'"),
        ("strict: ‸maybe", WRONG_TYPE, "'strict' must be true or false"),
        ('strict: ‸"true"', WRONG_TYPE, "not the text 'true'"),
        ("level: ‸hihg", NOT_ONE_OF, "did you mean 'high'?"),
        ("code: ‸A1", WRONG_VALUE, "'code' is not valid: 'A1' does not match '^[a-z]+$'"),
        (f"code: ‸{'A' * 300}", WRONG_VALUE, "it breaks 'pattern'"),
        ("counts: [1, ‸a]", WRONG_TYPE, "'counts.1' must be a whole number"),
        ("sizes: {a: 1, b: ‸x}", WRONG_TYPE, "'b' must be a whole number"),
        ("spark_x: ‸1", WRONG_TYPE, "'spark_x' must be text"),
        ("some: ‸{}", WRONG_TYPE, "'some' must be text or a list, not a map"),
        ("some: [a, ‸1]", WRONG_TYPE, "'some.1' must be text, not the number 1"),
        (f"limit: ‸{'a' * 50}", WRONG_TYPE, f"not the text '{'a' * 37}...'"),
    ],
)
def test_a_wrong_value_of_an_option_says_what_was_given(
    options: str, code: Code, says: str, check: Check
) -> None:
    found = check(shown(options), code)
    assert says in f"{found[0].message} {found[0].hint}"


def test_options_that_exclude_each_other_are_told_at_their_map(check: Check) -> None:
    files = shown("one: a\n      other: b")
    marked = files["pipelines/a.yaml"].replace("type: show", "‸type: show")
    found = check({**files, "pipelines/a.yaml": marked}, EXCLUSIVE_KEYS)
    assert found[0].message == "'source' of the action 'l' takes exactly one of one, other"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("limit: ${n}", {"limit": 5}),
        ("share: ${n}", {"share": 5}),
        ("share: ${half}", {"share": 0.5}),
        ("strict: ${flag}", {"strict": True}),
        ("strict: true", {"strict": True}),
        ("one: ${n}", {"one": "5"}),
        ("free: {n: '${n}', flag: '${flag}'}", {"free": {"n": "5", "flag": "yes"}}),
        ("sizes: {a: '${n}'}", {"sizes": {"a": 5}}),
        ("counts: ['${n}', 6]", {"counts": [5, 6]}),
        ("counts: ${list}", {"counts": [1, 2]}),
        ("some: [a]", {"some": ["a"]}),
        ("spark_x: y", {"spark_x": "y"}),
        ("limit: ", {}),
        ("one: ''", {"one": ""}),
        ("free: {a: }", {"free": {"a": None}}),
    ],
)
def test_a_value_is_read_as_its_option_declares_it(
    options: str, expected: Mapping[str, Any], made: Made
) -> None:
    found = options_of(made(shown(options))["p/f.py"])
    assert repr(sorted(found.items())) == repr(sorted({"strict": False, **expected}.items()))


@pytest.mark.parametrize(
    ("word", "value"), [("yes", True), ("On", True), ("NO", False), ("off", False)]
)
def test_yes_and_no_are_booleans_where_one_is_declared(
    word: str, value: object, outcome: Callable[..., Any]
) -> None:
    done = outcome(shown(f"strict: {word}"))
    assert not done.has_errors
    assert {each.code for each in done.problems} <= {YAML_READ_OTHERWISE}
    assert options_of(done.outputs[0].text) == {"strict": value}


def test_actions_of_one_name_are_told_at_each_but_the_first(check: Check) -> None:
    again = LOAD.replace("name: l,", "name: ‸l,").replace("target: v", "target: v2")
    found = check(
        HEAD + LOAD + again + again.replace("v2", "v3") + WRITE, ACTION_TWICE, ACTION_TWICE
    )
    assert found[0].hint == "rename one of them; the other stands at pipelines/a.yaml:4:12"


def test_a_fault_of_one_action_hides_none_of_another(check: Check) -> None:
    sink = "type: sink, sink_type: kafka, sink_name: k, bootstrap_servers: a, topic: t"
    text = f"""\
pipeline: p
flowgroup: f
actions:
  - {{name: s, type: load, target: v, ‸descripton: x, source: {{type: sql, sql: SELECT 1}}}}
  - {{name: ‸s, type: write, source: v, write_target: {{{sink}, options: {{‸security.protocol: x}}}}}}
"""
    check(text, UNKNOWN_KEY, ACTION_TWICE, OPTION_WITHOUT_PREFIX)


def test_actions_without_a_name_are_no_namesakes(check: Check) -> None:
    nameless = LOAD.replace("- {name: l, ", "- ‸{")
    check(HEAD + nameless + nameless + LOAD + WRITE, MISSING_KEY, MISSING_KEY)


_WORDS = [
    "load",
    "write",
    "sql",
    "delta",
    "v",
    "${a}",
    "${m}",
    "${zz}",
    "%{q}",
    "{{ x }}",
    "",
    "é\u202e",
]
_KEYS = [
    *("name", "type", "source", "target", "write_target", "transform_type", "sql", "sql_path"),
    *("readMode", "operational_metadata", "depends_on", "once", "options", "x-a", "presets"),
    *("use_template", "template_parameters", "variables", "actions", "pipeline", "flowgroup"),
]
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(_WORDS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(_KEYS) | st.integers(), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(
    changes=st.dictionaries(st.sampled_from(_KEYS), _VALUES, max_size=2),
    within=st.dictionaries(st.sampled_from(_KEYS), _VALUES, max_size=2),
    place=st.sampled_from([(), ("actions", 0), ("actions", 1), ("actions", 0, "source")]),
)
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_whatever_stands_in_a_flowgroup_is_told_and_never_a_crash(
    changes: Mapping[str, Any],
    within: Mapping[str, Any],
    place: Sequence[Any],
    problems: Callable[..., Sequence[LhpError]],
) -> None:
    data = yaml.safe_load(HEAD + LOAD + WRITE)
    inner = data
    for part in place:
        inner = inner[part]
    inner.update(within)
    data.update(changes)
    files = {
        "pipelines/a.yaml": yaml.safe_dump(data, allow_unicode=True),
        "templates/v.yaml": "name: v\nactions: []\n",
        "substitutions/dev.yaml": "dev: {a: b, m: {k: v}}\n",
    }
    for problem in problems(files):
        assert problem.message
        assert problem.location is not None
        assert problem.location.path


def test_all_faults_of_all_actions_are_told_at_once(check: Check) -> None:
    check(
        f"""\
        pipeline: p
        flowgroup: f
        actions:
          - {{name: a, type: load, target: v, source: {{type: sql, sql: ‸1, ‸slq: 2}}}}
          - {{name: b, type: ‸laod}}
          - {{name: c, type: write, source: v, write_target: {{{TABLE}, ‸tabel: x, comment: ‸[]}}}}
        """,
        WRONG_TYPE,
        UNKNOWN_KEY,
        UNKNOWN_KIND,
        UNKNOWN_KEY,
        WRONG_TYPE,
    )


def test_one_misspelt_key_is_one_fault(check: Check) -> None:
    found = check(
        HEAD + LOAD + f"  - {{name: w, type: write, source: v, ‸write_taget: {{{TABLE}}}}}\n",
        UNKNOWN_KEY,
    )
    assert found[0].hint == "did you mean 'write_target'?"


@pytest.mark.parametrize("actions", ["", "actions: []\n", "actions:\n"])
def test_a_flowgroup_without_actions_is_told(actions: str, check: Check) -> None:
    found = check("‸pipeline: p\nflowgroup: f\n" + actions, NO_ACTIONS)
    assert found[0].message == "the flowgroup 'f' has no actions"


def test_what_a_preset_gives_is_checked_where_the_preset_says_it(check: Check) -> None:
    check(
        {
            "presets/p.yaml": "name: p\ndefaults: {load_actions: {sql: {‸slq: x}}}\n",
            "pipelines/a.yaml": f"presets: [p]\n{HEAD}{LOAD}{WRITE}",
        },
        UNKNOWN_KEY,
    )


def test_a_template_that_gives_a_wrong_flowgroup_is_checked_after_rendering(check: Check) -> None:
    check(
        {
            "templates/t.yaml": """\
                name: t
                parameters: [{name: kind}]
                actions:
                  - {name: a, type: ‸"{{ kind }}"}
                """,
            "pipelines/a.yaml": """\
                pipeline: p
                flowgroup: f
                use_template: t
                template_parameters: {kind: lood}
                """,
        },
        UNKNOWN_KIND,
    )


def test_a_broken_generator_stops_only_who_uses_it(check: Check, made: Made) -> None:
    files = {
        "lhp.yaml": "plugins:\n  - ‸{name: bad, type: load_generator, module: local.bad, class: Bad}\n",
        "local/bad.py": "import missing_module\nclass Bad: ...\n",
    }
    used = LOAD.replace("type: sql, sql: SELECT 1", "type: ‸bad")
    found = check({**files, "pipelines/a.yaml": HEAD + used + WRITE}, PLUGIN_BROKEN, PLUGIN_AT_USE)
    assert "No module named 'missing_module'" in found[0].message
    assert "v" in made({**files, "pipelines/a.yaml": HEAD + LOAD + WRITE})["p/f.py"]


def test_a_broken_generator_is_passed_over_when_options_are_looked_up(check: Check) -> None:
    found = check(
        {
            "lhp.yaml": "plugins:\n  - {name: bad, type: load_generator, module: nowhere, class: Bad}\n",
            "pipelines/a.yaml": HEAD
            + LOAD.replace("sql: SELECT 1", "sql: a, ‸where_clause: b")
            + WRITE,
        },
        UNKNOWN_KEY,
    )
    assert found[0].hint == "that is an option of delta"


def test_a_flowgroup_whose_template_is_missing_is_told_at_its_name(check: Check) -> None:
    found = check(
        {
            "templates/orders.yaml": "name: t\nactions: []\n",
            "pipelines/a.yaml": "pipeline: p\nflowgroup: f\nuse_template: ‸order\n",
        },
        TEMPLATE_NOT_FOUND,
    )
    assert found[0].hint == "did you mean 'orders'?"


def test_a_token_that_is_no_list_of_actions_is_told(check: Check) -> None:
    check("pipeline: p\nflowgroup: f\nvariables: {a: x}\nactions: [‸1]\n", WRONG_TYPE)


def test_presets_of_a_wrong_shape_are_told(check: Check) -> None:
    check(f"presets: ‸p\n{HEAD}{LOAD}{WRITE}", WRONG_TYPE)


def test_a_name_that_stands_twice_hides_no_other_fault(check: Check) -> None:
    check(
        """\
        pipeline: p
        flowgroup: f
        actions:
          - {name: a, type: load, target: v, source: {type: sql, sql_path: ‸gone.sql}}
          - {name: ‸a, type: load, target: w, source: {type: sql, sql: SELECT 1}}
          - name: b
            type: write
            source: [v, w]
            write_target: {type: streaming_table, catalog: c, schema: s, table: t}
        """,
        FILE_MISSING,
        ACTION_TWICE,
    )


@pytest.mark.parametrize(
    ("tables", "is_right"),
    [
        ("[c.s.t, s.t, t]", True),
        ("['${catalog}.s.t']", True),
        ("[]", True),
        ("[‸a.b.c.d]", False),
        ("[a, ‸b..c]", False),
        ("[‸'']", False),
        ("[‸.a]", False),
    ],
)
def test_what_an_action_depends_on_is_named_by_one_to_three_parts(
    tables: str, is_right: object, check: Check
) -> None:
    actions = HEAD + LOAD.replace("target: v", f"target: v, depends_on: {tables}") + WRITE
    found = check(actions, *([] if is_right else [WRONG_VALUE]))
    assert all("the form of 'acme.silver.customers'" in each.message for each in found)


def test_what_an_action_depends_on_is_no_part_of_its_code(made: Made) -> None:
    actions = HEAD + LOAD.replace("target: v", "target: v, depends_on: [c.s.other]") + WRITE
    assert "other" not in made(actions)["p/f.py"]


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("type: sql, sql: SELECT 1", "type: delta, catalog: c, schema: s, table: t, ‸mode: batch", "readMode"),
        ("type: sql, sql", "type: sql, ‸SQL", "sql"),
        ("table: t", "table: t, ‸partitions: [a]", "partition_columns"),
        ("table: t", "table: t, ‸Comment: a", "comment"),
    ],
)  # fmt: skip
def test_an_unknown_key_names_the_one_that_is_meant(
    old: str, new: str, meant: str, check: Check
) -> None:
    (found,) = check(HEAD + (LOAD + WRITE).replace(old, new), UNKNOWN_KEY)
    assert found.hint == f"did you mean {meant!r}?"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("- {name: l, type: load, target: v", "- ‸{name: l, type: load", MISSING_KEY),
        ("target: v", "target: ‸v-a", NOT_A_PYTHON_NAME),
        ("target: v", "target: ‸v.a", NOT_A_PYTHON_NAME),
        ("target: v", "target: v, description: ‸5", WRONG_TYPE),
        ("target: v", "target: v, once: ‸maybe", WRONG_TYPE),
        ("source: {type: sql, sql: SELECT 1}", "source: {type: ‸kafak}", UNKNOWN_SUB_TYPE),
        ("- {name: w, type: write, source: v, write_target: {" + TABLE + "}", "- ‸{name: w, type: write, source: v", MISSING_KEY),
        ("type: streaming_table", "type: ‸strm", UNKNOWN_SUB_TYPE),
        ("table: t", "table: ‸[t]", WRONG_TYPE),
    ],
)  # fmt: skip
def test_a_wrong_common_key_is_an_error_of_its_file_alone(
    old: str, new: str, code: Code, outcome: Callable[..., Any], check: Check
) -> None:
    text = HEAD + (LOAD + WRITE).replace(old, new)
    check(text, code)
    sound = (HEAD + LOAD + WRITE).replace("flowgroup: f", "flowgroup: g")
    done = outcome({"pipelines/a.yaml": text, "pipelines/b.yaml": sound})
    assert [each.name for each in done.built] == ["g"]


def test_the_target_of_a_write_has_no_effect(made: Made) -> None:
    assert made(HEAD + LOAD + WRITE.replace("source: v", "source: v, target: other")) == made(
        HEAD + LOAD + WRITE
    )


@pytest.mark.parametrize(
    "source", ["type: sql, sql: SELECT 1, readMode: batch", "type: sql, sql: SELECT 1"]
)
@pytest.mark.parametrize("own", ["", ", readMode: stream"])
def test_how_a_query_is_read_is_for_the_query_to_say(source: str, own: str, made: Made) -> None:
    load = LOAD.replace("type: sql, sql: SELECT 1", source).replace("}}", f"}}{own}}}")
    assert made(HEAD + load + WRITE) == made(HEAD + LOAD + WRITE)
