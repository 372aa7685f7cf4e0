"""Written: presets and unused templates are checked as they stand; what a user reads at which place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lhp.core.plugin_manager import PluginManager
from lhp.errors import (
    CHOICE_UNKNOWN,
    MISSING_KEY,
    NOT_ONE_OF,
    PLUGIN_BROKEN,
    TEMPLATE_PARAMETER_MISSING,
    UNKNOWN_KEY,
    UNKNOWN_KIND,
    UNKNOWN_SUB_TYPE,
    WRONG_TYPE,
    WRONG_VALUE,
    YAML_DUPLICATE_KEY,
    Code,
    LhpError,
)
from lhp.passes.expand import Content
from lhp.passes.host import Host
from lhp.passes.presets import read_preset
from lhp.passes.project import open_project
from lhp.passes.substitution import Tokens
from lhp.passes.templates import read_template
from lhp.passes.written import written_problems
from lhp.text.yaml_reader import read_yaml

Check = Callable[..., Sequence[LhpError]]

HEAD = "pipeline: p\nflowgroup: f\nactions:\n"
LOAD = "  - {name: l, type: load, target: v, source: {type: sql, sql: SELECT 1}}\n"
TABLE = "catalog: c, schema: s, table: t"
WRITE = (
    "  - {name: w, type: write, source: v, write_target: {type: materialized_view, "
    + TABLE
    + "}}\n"
)
FLOW = HEAD + LOAD + WRITE

PLUGINS = """\
from lhp.core.base_generator import BaseActionGenerator

OPTIONS = {
    "type": "object",
    "properties": {
        "place": {"type": "string"},
        "limit": {"type": "integer", "minimum": 1},
        "strict": {"type": "boolean"},
        "level": {"enum": ["low", "high"]},
        "code": {"type": "string", "pattern": "^[a-z]+$"},
        "names": {"type": "array", "items": {"type": "string"}},
        "counts": {"type": "array", "items": {"type": "integer"}},
        "sizes": {"type": "object", "additionalProperties": {"type": "integer"}},
        "reader": {
            "type": "object",
            "properties": {"depth": {"type": "integer"}},
            "additionalProperties": False,
        },
        "any": {},
        "one": {"type": "string"},
        "other": {"type": "string"},
    },
    "required": ["place"],
    "allOf": [{"not": {"required": ["one", "other"]}}],
}


class Base(BaseActionGenerator):
    def generate(self, action, context):
        return "pass"

    @classmethod
    def get_supported_options(cls):
        return OPTIONS


class Show(Base):
    source_count = "any"


class Rule(Base):
    source_count = "any"


class Rare(Base):
    source_count = "one"
"""
DECLARED = """\
plugins:
  - {name: show, type: load_generator, module: local.show, class: Show}
  - {name: rule, type: test_generator, module: local.show, class: Rule}
  - {name: rare, type: transform_generator, module: local.show, class: Rare}
"""
PROJECT = {
    "lhp.yaml": DECLARED,
    "local/show.py": PLUGINS,
    "pipelines/a.yaml": FLOW,
    "substitutions/dev.yaml": 'dev: {n: "5", f: "yes", w: low, l: [a], m: {depth: 1}}\n',
}


def with_preset(defaults: str, **files: str) -> Mapping[str, str]:
    """Return a project with a preset that nothing uses."""
    preset = f"name: p\ndefaults:\n  {defaults}\n"
    return {**PROJECT, "presets/p.yaml": preset, **files}


def with_template(actions: str, more: str = "", **files: str) -> Mapping[str, str]:
    """Return a project with a template that nothing uses."""
    template = f"name: T\n{more}actions:\n  - {actions}\n"
    return {**PROJECT, "templates/t.yaml": template, **files}


@pytest.mark.parametrize(
    ("defaults", "code", "says"),
    [
        ("load_actions: {‸shw: {}}", UNKNOWN_SUB_TYPE, "'shw' did you mean 'show'?"),
        (
            "write_actions: {‸cloudfiles: {}}",
            UNKNOWN_SUB_TYPE,
            "no write generator is called 'cloudfiles' there is a load generator of that name",
        ),
        ("test_actions: {‸zzz: {}}", UNKNOWN_SUB_TYPE, "it is one of all_lookups_found"),
        (
            "load_actions: {show: {‸limt: 5}}",
            UNKNOWN_KEY,
            "unknown key 'limt' in 'show' of the preset 'p' did you mean 'limit'?",
        ),
        ("load_actions: {sql: {‸where_clause: a}}", UNKNOWN_KEY, "that is an option of delta"),
        ("load_actions: {sql: {‸zzzzz: a}}", UNKNOWN_KEY, "known keys: database_suffix, readMode"),
        ("load_actions: {show: {limit: ‸five}}", WRONG_TYPE, "must be a whole number"),
        ("load_actions: {show: {limit: ‸0}}", WRONG_VALUE, "less than the minimum of 1"),
        ("load_actions: {show: {limit: ‸'5${n}'}}", WRONG_TYPE, "not the text '5${n}'"),
        ("load_actions: {show: {limit: ‸'{{ n }}'}}", WRONG_TYPE, "not the text '{{ n }}'"),
        ("load_actions: {show: {strict: ‸maybe}}", WRONG_TYPE, "true or false"),
        ("load_actions: {show: {level: ‸middle}}", NOT_ONE_OF, "one of low, high"),
        ("load_actions: {show: {code: ‸A1}}", WRONG_VALUE, "'code'"),
        ("load_actions: {show: {place: ‸5}}", WRONG_TYPE, "must be text, not the number 5"),
        ("load_actions: {show: {names: [a, ‸5]}}", WRONG_TYPE, "'names.1' must be text"),
        ("load_actions: {show: {names: [‸null]}}", WRONG_TYPE, "'names.0' must be text, not empty"),
        ("load_actions: {show: {names: ‸a}}", WRONG_TYPE, "must be a list"),
        ("load_actions: {show: {counts: [‸a]}}", WRONG_TYPE, "must be a whole number"),
        ("load_actions: {show: {sizes: {a: 1, b: ‸b}}}", WRONG_TYPE, "'b' must be a whole number"),
        (
            "load_actions: {show: {reader: {‸dept: 1}}}",
            UNKNOWN_KEY,
            "unknown key 'dept' in 'reader' of 'show' of the preset 'p' did you mean 'depth'?",
        ),
        ("load_actions: {show: {reader: {depth: ‸x}}}", WRONG_TYPE, "'depth'"),
        ("load_actions: {show: {readMode: ‸streem}}", CHOICE_UNKNOWN, "write 'stream'"),
        # The sub-type is said already, and these are an action's own.
        ("load_actions: {show: {‸type: sql}}", UNKNOWN_KEY, "known keys"),
        ("load_actions: {show: {‸target: v}}", UNKNOWN_KEY, "known keys"),
        ("transform_actions: {rare: {‸name: a}}", UNKNOWN_KEY, "'name'"),
        ("transform_actions: {rare: {‸transform_type: sql}}", UNKNOWN_KEY, "'transform_type'"),
        ("transform_actions: {rare: {source: ‸[v]}}", WRONG_TYPE, "must be text or a map"),
        ("transform_actions: {sql: {‸schema_suffix: _dev}}", UNKNOWN_KEY, "'schema_suffix'"),
        ("transform_actions: {sql: {depends_on: ‸a}}", WRONG_TYPE, "must be a list"),
        ("test_actions: {rule: {limit: ‸x}}", WRONG_TYPE, "must be a whole number"),
        ("write_actions: {materialized_view: {schema_suffix: ‸[a]}}", WRONG_TYPE, "must be text"),
        ("write_actions: {materialized_view: {cluster_by_auto: ‸1}}", WRONG_TYPE, "true or false"),
        ("write_actions: {streaming_table: {mode: ‸fast}}", CHOICE_UNKNOWN, "counts as 'standard'"),
    ],
)
def test_a_mistake_in_a_preset_is_told_though_nobody_uses_it(
    defaults: str, code: Code, says: str, check: Check
) -> None:
    (problem,) = check(with_preset(defaults), code)
    assert says in f"{problem.message} {problem.hint}"


@pytest.mark.parametrize(
    "defaults",
    [
        "load_actions: {show: {}, sql: {}}",
        "load_actions: {show: {limit: '${n}', strict: '${f}', level: '${w}', code: '${w}'}}",
        "load_actions: {show: {names: '${l}', reader: '${m}', counts: ['${n}', 1]}}",
        "load_actions: {show: {names: ['a${n}'], sizes: {a: '${n}'}, place: 'a/${n}'}}",
        "load_actions: {show: {limit: '${anything}', any: ['${n}', null]}}",
        "load_actions: {show: {strict: 'yes', limit: , names: , reader: {depth: }}}",
        "load_actions: {show: {x-mine: [1], readMode: stream}}",
        "load_actions: {show: {one: a, other: b}}",
        "load_actions: {show: {schema_suffix: _dev}, delta: {database_suffix: '${n}'}}",
        "write_actions: {materialized_view: {schema_suffix: _dev, database_suffix: _dev}}",
        "write_actions: {materialized_view: {table_properties: {a: '${n}'}}}",
        "transform_actions: {sql: {description: d, depends_on: [a], operational_metadata: false}}",
        "test_actions: {rule: {place: a, source: [v, w], once: 'on'}}",
        "{load_actions: , write_actions: {}, defaults: {job_name: j}, operational_metadata: [a]}",
    ],
)
def test_what_a_preset_may_give(defaults: str, check: Check) -> None:
    check(with_preset(defaults))


def test_all_mistakes_of_all_presets_are_told(check: Check) -> None:
    presets = {
        "presets/a.yaml": "name: a\ndefaults:\n  load_actions:\n    ‸shw: {}\n    show: {limit: ‸x, ‸y: 1}\n",
        "presets/b.yaml": "name: b\nextends: a\ndefaults:\n  write_actions:\n    materialized_view: {‸x: 1}\n",
    }
    codes = [UNKNOWN_SUB_TYPE, WRONG_TYPE, UNKNOWN_KEY, UNKNOWN_KEY]
    check({**PROJECT, **presets}, *codes)


MISTAKES = [
    ("‸limt: 5", UNKNOWN_KEY),
    ("limit: ‸five", WRONG_TYPE),
    ("limit: ‸0", WRONG_VALUE),
    ("level: ‸middle", NOT_ONE_OF),
    ("code: ‸A1", WRONG_VALUE),
    ("names: [a, ‸5]", WRONG_TYPE),
    ("reader: {‸dept: 1}", UNKNOWN_KEY),
]


@pytest.mark.parametrize(("given", "code"), MISTAKES)
def test_a_mistake_in_a_preset_is_told_once_however_many_use_it(
    given: str, code: Code, check: Check
) -> None:
    load = "  - {name: l, type: load, target: v, source: {type: show, place: a}}\n"
    flowgroups = {
        f"pipelines/{name}.yaml": f"presets: [{preset}]\n{HEAD}{load}{WRITE}".replace(
            "flowgroup: f", f"flowgroup: {name}"
        ).replace("table: t", f"table: {name}")
        for name, preset in [("a", "p"), ("b", "p"), ("c", "child")]
    }
    child = {"presets/child.yaml": "name: child\nextends: p\n"}
    (problem,) = check(
        {**with_preset(f"load_actions: {{show: {{{given}}}}}"), **child, **flowgroups}, code
    )
    assert problem.location is not None
    assert problem.location.path == "presets/p.yaml"


@pytest.mark.parametrize(("given", "code"), MISTAKES)
def test_a_mistake_in_an_unused_template_is_told(given: str, code: Code, check: Check) -> None:
    action = "{name: a, type: load, target: v, source: {type: show, place: a, %s}}"
    (problem,) = check(with_template(action % given), code)
    if code == UNKNOWN_KEY:
        assert "of the action 'a'" in problem.message


@pytest.mark.parametrize(
    ("action", "code", "says"),
    [
        (
            "{name: 'load_{{ x }}', type: load, target: v, source: {type: ‸shw}}",
            UNKNOWN_SUB_TYPE,
            "did you mean 'show'?",
        ),
        (
            "{name: 'load_{{ x }}', type: load, target: v, source: {type: show, place: a, ‸limt: 1}}",
            UNKNOWN_KEY,
            "unknown key 'limt' in 'source' of the action 'load_{{ x }}'",
        ),
        (
            "{name: a, type: transform, transform_type: ‸rara, target: v}",
            UNKNOWN_SUB_TYPE,
            "did you mean 'rare'?",
        ),
        (
            "‸{name: a, type: load, source: {type: sql, sql: a}}",
            MISSING_KEY,
            "the action 'a' needs 'target'",
        ),
        (
            "{name: a, type: load, target: v, source: ‸{type: show}}",
            MISSING_KEY,
            "'source' of the action 'a' needs 'place'",
        ),
        (
            "{name: a, type: transform, transform_type: rare, target: v, place: a, source: ‸[v]}",
            WRONG_TYPE,
            "text or a map",
        ),
        (
            "{name: a, type: load, target: v, source: {type: show, place: a, limit: ‸'5'}}",
            WRONG_TYPE,
            "a whole number, not the text '5'",
        ),
        (
            "{name: a, type: load, once: ‸maybe, target: v, source: {type: sql, sql: a}}",
            WRONG_TYPE,
            "true or false",
        ),
        (
            "‸{name: a}",
            MISSING_KEY,
            "'type'",
        ),
        (
            "{name: a, type: ‸laod, target: v, source: {type: show, place: a}}",
            UNKNOWN_KIND,
            "did you mean 'load'?",
        ),
        (
            "{name: a, type: load, source: ‸{}}",
            MISSING_KEY,
            "'source.type'",
        ),
        (
            "{name: a, type: load, target: v, source: ‸x}",
            MISSING_KEY,
            "'source.type'",
        ),
        (
            "{name: a, type: write, source: v, write_target: {type: streaming_table, table: t, ‸shema: s}}",
            UNKNOWN_KEY,
            "did you mean 'schema'?",
        ),
    ],
)
def test_what_is_wrong_with_an_action_of_an_unused_template(
    action: str, code: Code, says: str, check: Check
) -> None:
    (problem,) = check(with_template(action), code)
    assert says in f"{problem.message} {problem.hint}"


@pytest.mark.parametrize(
    "action",
    [
        "{name: '{{ x }}', type: load, target: 'v_{{ x }}', source: {type: show, place: '{{ x }}'}}",
        "{name: a, type: load, target: v, source: {type: show, place: a, limit: '{{ x }}'}}",
        "{name: a, type: load, target: v, source: {type: show, place: a, limit: '1{{ x }}'}}",
        "{name: a, type: load, target: v, source: {type: show, place: a, limit: '${n}'}}",
        "{name: a, type: load, target: v, source: {type: show, place: a, strict: '{% if x %}yes{% endif %}'}}",
        "{name: a, type: load, target: v, source: {type: show, place: a, names: '{{ x }}', reader: '{{ x }}'}}",
        "{name: a, type: load, target: v, source: {type: show, place: a, level: '{{ x }}', limit: }}",
        "{name: a, type: load, target: v, readMode: '{{ x }}', source: {type: show, place: a}}",
        # What these are is known when the expressions are worked out.
        "{name: a, type: load, target: v, source: {type: '{{ x }}', anything: 1}}",
        "{name: a, type: load, target: v, source: {type: '${x}', anything: 1}}",
        "{name: a, type: load, target: v, source: '{{ x }}'}",
        "{name: a, type: '{{ x }}', source: {type: nothing_known}}",
        # Tests are left out of the generated code.
        "{name: a, type: test, test_type: nothing_known}",
        "{name: a, type: test, test_type: rule, limit: x}",
    ],
)
def test_what_an_unused_template_may_hold(action: str, check: Check) -> None:
    check(with_template(action))


def test_every_action_of_every_unused_template_is_checked(check: Check) -> None:
    bad = "{name: a, type: load, target: v, source: {type: show, place: a, limit: ‸x}}"
    templates = {
        "templates/a.yaml": f"name: A\nactions:\n  - {bad}\n  - {bad}\n",
        "templates/deep/b.yaml": f"name: B\nactions:\n  - {bad}\n",
        "templates/c.yaml": "name: C\n",
    }
    check({**PROJECT, **templates}, *[WRONG_TYPE] * 3)


@pytest.mark.parametrize(("given", "code"), MISTAKES)
@pytest.mark.parametrize("use", ["use_template: t", "variables: {x: t}\nuse_template: '%{x}'"])
def test_a_mistake_in_a_template_is_told_once_when_it_is_used(
    use: str, given: str, code: Code, check: Check
) -> None:
    action = "{name: a, type: load, target: v, source: {type: show, place: a, %s}}"
    used = f"pipeline: p\nflowgroup: f\n{use}\n"
    files = with_template(action % given + f"\n{WRITE}", **{"pipelines/a.yaml": used})
    check(files, code)


def test_a_used_template_is_checked_with_its_parameters_in(check: Check) -> None:
    action = "{name: a, type: load, target: v, source: {type: show, place: a, limit: ‸'{{ x }}'}}"
    used = "pipeline: p\nflowgroup: f\nuse_template: t\ntemplate_parameters: {x: many}\n"
    parameters = "parameters: [{name: x, required: true}]\n"
    files = with_template(action, parameters, **{"pipelines/a.yaml": used})
    (problem,) = check(files, WRONG_TYPE)
    assert problem.message.endswith("not the text 'many'")


def test_a_template_that_is_used_wrongly_is_checked_where_it_is_used(check: Check) -> None:
    action = "{name: '{{ x }}', type: load, target: v, source: {type: show, place: a, limit: ‸x}}"
    used = "pipeline: p\nflowgroup: f\nuse_template: ‸t\n"
    parameters = "parameters: [{name: x, required: true}]\n"
    files = with_template(action, parameters, **{"pipelines/a.yaml": used})
    check(files, TEMPLATE_PARAMETER_MISSING, WRONG_TYPE)


CONTENT = {
    "lib/acme/presets/p.yaml": "name: p\ndefaults: {load_actions: {show: {limit: x}, gone: {}}}\n",
    "lib/acme/templates/t.yaml": "name: T\nactions: [{type: load, source: {type: show, limit: x}}]\n",
}


def test_what_a_content_plugin_brings_is_its_authors_business(check: Check) -> None:
    declared = DECLARED + "  - {name: acme, type: content, path: lib/acme}\n"
    check({**PROJECT, **CONTENT, "lhp.yaml": declared})


def test_what_only_looks_like_a_plugins_is_checked(check: Check) -> None:
    presets = {
        "presets/p.yaml": "name: acme.p\ndefaults: {load_actions: {show: {limit: ‸x}}}\n",
        "templates/acme.t.yaml": "name: T\nactions: [{type: transform, transform_type: ‸gone}]\n",
    }
    check({**PROJECT, **CONTENT, **presets}, WRONG_TYPE, UNKNOWN_SUB_TYPE)


NAMED = {
    "presets/p.yaml": "name: p\ndefaults: {load_actions: {show: {limit: x, lmit: 1}}}\n",
    "presets/q.yaml": "name: q\ndefaults: {load_actions: {show: {}}}\n",
    "templates/t.yaml": "name: T\nactions: [{name: a, type: load, source: {type: show}}]\n",
}
LINE = "name: show, type: load_generator, module: local.show, class: Show}\n"
READS_BROKEN_YAML = """\
from lhp.text.yaml_reader import read_yaml
class Show: ...
read_yaml(b"{a: 1, a: 2, a: 3}", "local/list.yaml")
"""


@pytest.mark.parametrize(
    ("source", "code", "says"),
    [
        ("import no_such_thing\nShow = 1\n", PLUGIN_BROKEN, "No module named 'no_such_thing'"),
        ("class Show: ...\n", PLUGIN_BROKEN, "is not a subclass of BaseActionGenerator"),
        ("def (:\n", PLUGIN_BROKEN, "is not valid Python"),
    ],
)
def test_a_plugin_that_is_broken_is_told_once_where_it_is_declared(
    source: str, code: Code, says: str, check: Check
) -> None:
    files = {**PROJECT, **NAMED, "local/show.py": source, "lhp.yaml": f"plugins:\n  - ‸{{{LINE}"}
    (problem,) = check(files, code)
    assert says in str(problem)


def test_a_plugin_whose_module_is_missing_is_told_once(check: Check) -> None:
    line = LINE.replace("local.show", "‸local.shw")
    (problem,) = check({**PROJECT, **NAMED, "lhp.yaml": f"plugins:\n  - {{{line}"}, PLUGIN_BROKEN)
    assert "did you mean 'local.show'?" in problem.hint


def test_every_mistake_that_a_plugin_finds_in_a_file_of_its_own_is_told(problems: Check) -> None:
    files = {"local/show.py": READS_BROKEN_YAML, "lhp.yaml": f"plugins:\n  - {{{LINE}"}
    found = problems({**PROJECT, **NAMED, **files})
    assert [(each.code, str(each.location)) for each in found] == [
        (YAML_DUPLICATE_KEY, "local/list.yaml:1:8"),
        (YAML_DUPLICATE_KEY, "local/list.yaml:1:14"),
    ]


TEXTS = st.text("ab${}%{ 1", max_size=6) | st.sampled_from(
    ["${n}", "{{ x }}", "yes", "show", "sql"]
)
KEYS = st.sampled_from(
    ["limit", "names", "reader", "depth", "any", "place", "type", "x-a", "source", "target", "b"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
OPTIONS = st.dictionaries(KEYS, VALUES, max_size=5)


@pytest.fixture
def host(write: Callable[..., Path]) -> Host:
    project = open_project(write(PROJECT))
    return Host(project, PluginManager(project.root, project.document), Tokens("dev"))


@given(given=OPTIONS, sub_type=TEXTS, kind=st.sampled_from(["load", "transform", "write", "test"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_preset_or_a_template_is_told_at_its_place(
    host: Host, given: Mapping[str, object], sub_type: str, kind: str
) -> None:
    defaults = {f"{kind}_actions": {sub_type: given, "show": given}}
    place = {"load": "source", "write": "write_target"}.get(kind)
    chosen = {**given, "type": sub_type}
    action = {**given, "type": kind, f"{kind}_type": sub_type, **({place: chosen} if place else {})}
    preset = yaml.safe_dump({"name": "p", "defaults": defaults})
    template = yaml.safe_dump({"name": "T", "actions": [action, {"type": given}, {}]})
    content = Content(
        {"p": read_preset(read_yaml(preset.encode(), "presets/p.yaml")[0])},
        {"t": read_template(read_yaml(template.encode(), "templates/t.yaml")[0], "t")},
        host.text_renderer,
    )
    for problem in written_problems(content, (), host):
        assert isinstance(problem, LhpError)
        assert problem.location is not None
        assert problem.location.path in ("presets/p.yaml", "templates/t.yaml")
        assert problem.hint is not None


def test_what_a_preset_gives_may_be_absent_in_an_unused_template(check: Check) -> None:
    check(
        {
            "presets/bronze.yaml": "name: bronze\ndefaults:\n  load_actions:\n"
            "    x-shared: {anything: 1}\n    cloudfiles: {format: csv}\n",
            "templates/t.yaml": "name: t\npresets: [bronze]\nactions:\n"
            "  - name: a\n    type: load\n    target: v\n"
            "    source: {type: cloudfiles, path: '/x/{{ d }}'}\n",
            "pipelines/a.yaml": GOOD_FLOWGROUP,
        }
    )


def test_which_keys_go_together_is_judged_when_a_template_is_used(check: Check) -> None:
    check(
        {
            "templates/t.yaml": "name: t\nactions:\n  - {name: a, type: transform, source: v,\n"
            "     transform_type: schema, target: w, schema_inline: '{{ s }}', schema_file: '{{ f }}'}\n",
            "pipelines/a.yaml": GOOD_FLOWGROUP,
        }
    )


GOOD_FLOWGROUP = """\
pipeline: p
flowgroup: f
actions:
  - {name: l, type: load, target: v, source: {type: sql, sql: SELECT 1}}
  - name: w
    type: write
    source: v
    write_target: {type: materialized_view, catalog: c, schema: s, table: t}
"""


def test_what_a_preset_gives_for_another_mode_is_no_matter(check: Check) -> None:
    configs = "cdc_config: {scd_type: 2}, replace_config: {sequence_by: a}"
    write = WRITE.replace("materialized_view", "streaming_table")
    flow = {"pipelines/a.yaml": f"presets: [p]\n{HEAD}{LOAD}{write}"}
    check({**with_preset(f"write_actions: {{streaming_table: {{{configs}}}}}"), **flow})
