"""The command line and the schema take and refuse the same files, as to their shape.

The corpus is tables of YAML; hypothesis makes variations from the schemas of the plugins' options.
A token stands for what it holds, which only a run knows: where one stands, the schema may take
what a run refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from referencing import Registry

from lhp import errors
from lhp.core.plugin_manager import PluginManager
from lhp.editor.catalog import catalog_of
from lhp.editor.files import schemas_of
from lhp.editor.known import KnownPlugins
from lhp.errors import LhpError, LhpErrors
from lhp.model.flowgroup import KINDS
from lhp.model.keywords import OTHERWISE, READ_WITH
from lhp.passes.collect import Problems
from lhp.passes.content import preset_of, read_content, read_environment, template_of
from lhp.passes.discover import discover
from lhp.passes.expand import expand
from lhp.passes.host import Host
from lhp.passes.parse import parse
from lhp.passes.project import open_project
from lhp.passes.validate import valid_actions
from lhp.passes.written import written_problems
from lhp.text.yaml_reader import read_yaml

SHAPE = {
    code.id
    for code in (
        errors.EXCLUSIVE_KEYS,
        errors.MISSING_KEY,
        errors.NOTHING_GIVEN,
        errors.NOT_ONE_OF,
        errors.UNKNOWN_KEY,
        errors.UNKNOWN_KIND,
        errors.UNKNOWN_SUB_TYPE,
        errors.WRONG_SHAPE,
        errors.WRONG_TYPE,
        errors.WRONG_VALUE,
    )
}
PLUGIN = """
from lhp.core.base_generator import BaseActionGenerator

OPTIONS = {
    "type": "object",
    "required": ["place", "level"],
    "properties": {
        "place": {"type": "string"},
        "level": {"type": "integer", "minimum": 1, "maximum": 9},
        "ratio": {"type": "number", "default": 0.5},
        "is_fast": {"type": "boolean", "default": False},
        "color": {"enum": ["red", "green"], "default": "red"},
        "code": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "names": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "numbers": {"type": "array", "items": {"type": "integer"}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "free": {"type": "object"},
        "one_or_more": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "limit": {"anyOf": [{"type": "integer"}, {"type": "boolean"}]},
        "window": {
            "type": "object",
            "required": ["size"],
            "properties": {"size": {"type": "integer"}, "unit": {"enum": ["s", "h"]}},
            "additionalProperties": False,
        },
        "a": {"type": "string"},
        "b": {"type": "string"},
        "c": {"type": ["string", "null"]},
        "anything": {},
    },
    "additionalProperties": False,
    "allOf": [{"not": {"required": ["a", "b"]}}],
}


class KitchenLoadGenerator(BaseActionGenerator):
    @classmethod
    def get_supported_options(cls):
        return OPTIONS

    def generate(self, action, context):
        return "pass"


class KitchenTransformGenerator(KitchenLoadGenerator):
    kind = "transform"
    source_count = "one"


class KitchenWriteGenerator(KitchenLoadGenerator):
    kind = "write"
    source_count = "many"


class DeltaCdfLoadGenerator(BaseActionGenerator):
    @classmethod
    def get_supported_options(cls):
        return {"feed": {"type": "string", "required": True}, "table": {"type": "string"}}

    def generate(self, action, context):
        return "pass"
"""
FILES = {
    "lhp.yaml": "name: demo\nplugins: {directories: [plugins], entry_points: false}\n",
    "plugins/kitchen.py": PLUGIN,
    "presets/gives.yaml": "name: gives\ndefaults: {load_actions: {delta_cdf: {feed: f}}}\n",
    "substitutions/dev.yaml": "dev: {a_text: x, a_number: 5, a_flag: true, a_list: [q], a_map: {k: v},\n  a_load: {type: delta, catalog: c, schema: s, table: t}, a_red: ed, a_letter: B}\n",
}


def _without_warnings(node: Any) -> Any:
    """Return a schema without the choices of which a run only warns, and what it does not read."""
    if isinstance(node, list):
        return [_without_warnings(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {key: each for key, each in node.items() if key != "enum" or OTHERWISE not in node}
    made = {key: _without_warnings(each) for key, each in kept.items()}
    properties = made.get("properties")
    for key, each in [*properties.items()] if isinstance(properties, dict) else ():
        forms = [each, *each.get("anyOf", ())] if isinstance(each, dict) else []
        wanted = next((form[READ_WITH] for form in forms if READ_WITH in form), None)
        if wanted is None:
            continue
        choice = {other: {"const": value} for other, value in wanted.items()}
        rule = {
            "if": {"properties": choice, "required": [*choice]},
            "then": {"properties": {key: each}},
        }
        made["allOf"] = [*made.get("allOf", ()), rule]
        properties[key] = {}
    return made


class Project:
    """One project whose files are judged by both."""

    def __init__(self, root: Path) -> None:
        for path, text in FILES.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        self.project = open_project(root)
        self.manager = PluginManager(root, self.project.document)
        files = discover(self.project)
        self.host = Host(self.project, self.manager, read_environment(self.project, files, "dev"))
        self.content = read_content(self.host, files, Problems())
        self.catalog = catalog_of(self.manager, KnownPlugins(self.manager))
        self.schemas = {
            kind: Draft7Validator(_without_warnings(schema), registry=Registry())
            for kind, schema in schemas_of(self.catalog).items()
        }

    def by_schema(self, kind: str, text: str) -> list[str]:
        documents = read_yaml(text.encode(), "pipelines/a.yaml")
        found = (self.schemas[kind].iter_errors(document.data) for document in documents)
        return [f"{[*error.path]}: {error.message}" for each in found for error in each]

    def by_run(self, kind: str, text: str) -> list[LhpError]:
        judge = {"flowgroup": self._flowgroup, "preset": self._preset, "template": self._template}
        try:
            return list(judge[kind](text))
        except LhpError as error:
            return [error]
        except LhpErrors as errors_:
            return [*errors_.problems]

    def _flowgroup(self, text: str) -> Iterator[LhpError]:
        for flowgroup in parse(read_yaml(text.encode(), "pipelines/a.yaml")):
            valid_actions(expand(flowgroup, self.content, self.host.tokens), self.host)
        yield from ()

    def _preset(self, text: str) -> Iterator[LhpError]:
        preset = preset_of(self.project, self._file("presets/a.yaml", text))
        content = type(self.content)({preset.name: preset}, {}, self.content.renderer)
        return written_problems(content, (), self.host)

    def _template(self, text: str) -> Iterator[LhpError]:
        template = template_of(self.project, "a", self._file("templates/a.yaml", text))
        content = type(self.content)({}, {"a": template}, self.content.renderer)
        return written_problems(content, (), self.host)

    def _file(self, path: str, text: str) -> Path:
        file = self.project.root / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("project").resolve())


def compare(project: Project, kind: str, text: str) -> tuple[bool, bool]:
    """Return whether a run and whether the schema takes a file; they have to agree."""
    found = project.by_run(kind, text)
    refused = [str(error) for error in found if error.code.id in SHAPE]
    others = [str(error) for error in found if error.code.id not in SHAPE]
    by_schema = project.by_schema(kind, text)
    message = f"{text}\nrun: {refused} {others}\nschema: {by_schema}"
    if by_schema:
        assert refused, message
    elif refused:
        # A preset of the project gives `feed`; only a run knows which flowgroups use it.
        is_of_preset = all("'source' of the action 'a' needs 'feed'" in each for each in refused)
        assert is_of_preset or "${" in text or "{{" in text, message
    return not refused, not by_schema


def action(text: str) -> str:
    return f"pipeline: p\nflowgroup: f\nactions:\n{indent('- ' + indent(dedent(text), '  ')[2:], '  ')}\n"


LOAD = "name: a\ntype: load\ntarget: v\nsource:\n"
KITCHEN = "  type: kitchen\n  place: here\n  level: 3\n"
GOOD_ACTIONS = [
    LOAD + KITCHEN,
    LOAD + KITCHEN + "  ratio: 1\n  is_fast: yEs\n  color: green\n  code: AB\n",
    LOAD + KITCHEN + "  ratio: ${a_number}\n  is_fast: ${a_flag}\n  names: ${a_list}\n",
    LOAD + KITCHEN + "  color: r${a_red}\n  code: A${a_letter}\n",
    LOAD + KITCHEN + "  labels: ${a_map}\n  window: {size: 5, unit: h}\n  free: {a: [1]}\n",
    LOAD + KITCHEN + "  one_or_more: x\n  limit: on\n  c:\n  anything: [1, {a: 2}]\n",
    LOAD + KITCHEN + "  one_or_more: [x]\n  limit: 5\n  names:\n  color:\n  x-note: 1\n",
    LOAD + KITCHEN + "  a: x\n  b:\n",  # nothing behind a key is as good as no key
    LOAD + KITCHEN + "  readMode: stream\nreadMode: batch\noperational_metadata: no\n",
    LOAD
    + KITCHEN
    + "operational_metadata: [_x]\ndepends_on: [a]\nonce: true\ndescription:\nx-y: 1\n",
    LOAD + "  {type: delta, catalog: c, schema: s, table: t}\n",
    "{name: a, type: load, target: v, source: '${a_load}'}",
    LOAD + "  {type: delta_cdf, feed: f}\n",
    "{name: a, type: transform, transform_type: kitchen, source: v, target: w, place: p, level: 1}",
    "{name: a, type: transform, transform_type: kitchen, source: {view: v}, target: w, place: p, level: 9}",
    "{name: a, type: transform, transform_type: sql, source: v, sql: SELECT 1, target: w}",
    "{name: a, type: transform, transform_type: schema, source: v, target: w, schema_inline: 'a: INT'}",
    "{name: a, type: write, source: [v, w], write_target: {type: kitchen, place: p, level: 1}}",
    "{name: a, type: write, write_target: {type: materialized_view, catalog: c, schema: s, table: t, sql: SELECT 1}}",
    "{name: a, type: write, source: v, write_target: {type: streaming_table, database: c.s, table: t, create_table: off}}",
]
BAD_ACTIONS = [
    "{type: load, target: v, source: {type: kitchen, place: p, level: 1}}",
    "{name: a, target: v, source: {type: kitchen, place: p, level: 1}}",
    "{name: a, type: laod, target: v, source: {type: kitchen, place: p, level: 1}}",
    "{name: a, type: load, source: {type: kitchen, place: p, level: 1}}",
    "{name: a, type: load, target: v}",
    "{name: a, type: load, target: v, source: kitchen}",
    "{name: a, type: load, target: v, source: {place: p, level: 1}}",
    "{name: a, type: load, target: v, source: {type: , place: p, level: 1}}",
    "{name: a, type: load, target: v, source: {type: kitchn, place: p, level: 1}}",
    "{name: a, type: load, target: v, source: {type: [kitchen], place: p, level: 1}}",
    "{name: a, type: load, target: v, source: {type: kitchen, place: p}}",
    "{name: a, type: load, target: v, source: {type: kitchen, place: p, level: }}",
    "{name: a, type: load, target: v, source: {type: kitchen, place: 5, level: 1}}",
    "{name: a, type: load, target: v, source: {type: delta, feed: f, table: t}}",
    "{name: [a], type: load, target: v, source: {type: kitchen, place: p, level: 1}}",
    "{name: a, type: load, target: v, once: 1, source: {type: kitchen, place: p, level: 1}}",
    "{name: a, type: load, target: v, depends_on: t, source: {type: kitchen, place: p, level: 1}}",
    "{name: a, type: load, target: v, tabel: t, source: {type: kitchen, place: p, level: 1}}",
    "{name: a, type: transform, transform_type: kitchen, target: w, place: p, level: 1}",
    "{name: a, type: transform, transform_type: kitchen, source: [v], target: w, place: p, level: 1}",
    "{name: a, type: transform, transform_type: kitchen, source: v, place: p, level: 1}",
    "{name: a, type: transform, transform_type: masking, source: v, target: w}",
    "{name: a, type: transform, source: v, target: w}",
    "{name: a, type: transform, transform_type: schema, source: v, target: w}",
    "{name: a, type: write, write_target: {type: kitchen, place: p, level: 1}}",
    "{name: a, type: write, source: 5, write_target: {type: kitchen, place: p, level: 1}}",
    "{name: a, type: write, source: , write_target: {type: kitchen, place: p, level: 1}}",
    "{name: a, type: write, source: , write_target: {type: sink, sink_type: delta, sink_name: x}}",
    "{name: a, type: transform, transform_type: sql, source: , target: w, sql: SELECT 1}",
    "{name: a, type: write, source: v, write_target: {type: streaming_table}}",
    "{name: a, type: write, source: v, write_target: {type: streaming_table, catalog: c, table: t}}",
    "{name: a, type: write, source: v, write_target: {type: streaming_table, catalog: '', schema: s, table: t}}",
    "{name: a, type: load, target: v, source: {type: delta, schema: s, table: t}}",
    "{name: a, type: load, target: v, source: {type: sql}}",
    "{name: a, type: load, target: v, source: {type: sql, sql: }}",
    "{name: a, type: transform, transform_type: sql, source: v, target: w}",
    "{name: a, type: transform, transform_type: data_quality, source: v, target: w}",
    "{name: a, type: write, source: v}",
    "{name: a, type: write, source: v, write_target: t}",
    *(
        LOAD + KITCHEN + f"  {option}\n"
        for option in (
            "level2: 3",
            "ratio: much",
            "is_fast: maybe",
            "is_fast: 'true'",
            "color: blue",
            "code: ab",
            "names: []",
            "names: x",
            "names: [1]",
            "names: [a, null]",
            "numbers: [a]",
            "labels: [a]",
            "labels: {a: 1}",
            "labels: {a: }",
            "free: 5",
            "one_or_more: 5",
            "limit: [1]",
            "window: {}",
            "window: {size: big}",
            "window: {size: 5, unti: h}",
            "window: {size: 5, unit: d}",
            "{a: x, b: y}"[1:-1].replace(", ", "\n  "),
            "c: 5",
            "readMode: 5",
        )
    ),
]
GOOD_FLOWGROUPS = [
    "presets: [gives]\n" + action("{name: a, type: load, target: v, source: {type: delta_cdf}}"),
    "{pipeline: p, flowgroup: f, use_template: t}",
    "{pipeline: p, flowgroup: f, presets: , variables: {a: 1, b: x}, operational_metadata: Yes}",
    "{pipeline: p, flowgroups: [{flowgroup: f, presets: [a]}, {pipeline: q, flowgroup: g}]}",
    "{flowgroups: [{pipeline: q, flowgroup: g, job_name: }]}",
    "pipeline: p\nflowgroup: f\n---\npipeline: p\nflowgroup: g\nx-a: 1\n",
]
BAD_FLOWGROUPS = [
    "[]",
    "5",
    "{pipeline: p}",
    "{pipeline: , flowgroup: f}",
    "{pipeline: p, flowgroup: f, action: []}",
    "{pipeline: p, flowgroup: f, presets: a}",
    "{pipeline: p, flowgroup: f, presets: [1]}",
    "{pipeline: p, flowgroup: f, variables: {a: [1]}}",
    "{pipeline: p, flowgroup: f, operational_metadata: maybe}",
    "{pipeline: p, flowgroup: f, template_parameters: [1]}",
    "{pipeline: p, flowgroups: {flowgroup: f}}",
    "{pipeline: p, flowgroups: [{flowgrup: f}]}",
    "{flowgroups: [{flowgroup: g}]}",
    "{pipeline: , flowgroups: [{flowgroup: g}]}",
    "{pipeline: p, flowgroups: [], flowgroup: f}",
    "pipeline: p\nflowgroup: f\n---\npipeline: p\n",
]


@pytest.mark.parametrize("text", [*GOOD_FLOWGROUPS, *map(action, GOOD_ACTIONS)])
def test_both_take_a_good_flowgroup_file(project: Project, text: str) -> None:
    assert compare(project, "flowgroup", text) == (True, True)


@pytest.mark.parametrize("text", [*BAD_FLOWGROUPS, *map(action, BAD_ACTIONS)])
def test_both_refuse_a_bad_flowgroup_file(project: Project, text: str) -> None:
    assert compare(project, "flowgroup", text) == (False, False)


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        ("{name: a}", True),
        ("{name: a, defaults: }", True),
        ("{name: a, defaults: {load_actions: {kitchen: {level: 3, color: green}}}}", True),
        ("{name: a, defaults: {load_actions: {kitchen: {level: '${a_text}'}}}}", True),
        ("{name: a, defaults: {load_actions: {kitchen: {readMode: stream}}}}", True),
        ("{name: a, defaults: {write_actions: {streaming_table: {schema_suffix: _x}}}}", True),
        ("{name: a, defaults: {transform_actions: {sql: {readMode: stream}}}}", True),
        ("{name: a, defaults: {load_actions: }}", True),
        ("{name: a, defaults: {load_actions: {x-mine: {a: 1}}}}", True),
        ("{defaults: {}}", False),
        ("{name: a, default: {}}", False),
        ("{name: a, defaults: {loads: {}}}", False),
        ("{name: a, defaults: {load_actions: {kitchn: {}}}}", False),
        ("{name: a, defaults: {load_actions: {kitchen: {levl: 3}}}}", False),
        ("{name: a, defaults: {load_actions: {kitchen: {level: high}}}}", False),
        ("{name: a, defaults: {load_actions: {kitchen: 5}}}", False),
        ("{name: a, defaults: {transform_actions: {kitchen: {source: [v]}}}}", False),
        ("{name: a, defaults: {transform_actions: {kitchen: {source: v}}}}", True),
        ("{name: a, defaults: {transform_actions: {sql: {schema_suffix: _x}}}}", False),
    ],
)
def test_both_judge_a_preset_alike(project: Project, text: str, *, is_good: bool) -> None:
    assert compare(project, "preset", text) == (is_good, is_good)


@pytest.mark.parametrize(
    ("body", "is_good"),
    [
        ("{type: kitchen, place: '{{ x }}', level: '{{ x }}'}", True),
        ("{type: kitchen, place: p, level: '{{ x }}', names: '{{ x }}', window: '{{ x }}'}", True),
        ("{type: kitchen, place: p, level: 1, is_fast: '{{ x }}', color: 'a{{ x }}'}", True),
        ("{type: kitchen, place: p, level: 1, labels: {a: '{{ x }}'}}", True),
        ("{type: '{{ x }}', whatever: 1}", True),
        ("'{{ x }}'", True),
        ("{type: kitchen, place: p, level: 1, plce: '{{ x }}'}", False),
        ("{type: kitchen, place: p, level: high}", False),
        ("{type: kitchen, place: p}", False),
        ("{type: kitchn, place: p, level: 1}", False),
    ],
)
def test_both_judge_a_template_alike(project: Project, body: str, *, is_good: bool) -> None:
    text = f"name: t\nactions:\n  - {{name: a, type: load, target: v, source: {body}}}\n"
    assert compare(project, "template", text) == (is_good, is_good)


OTHERS = [None, True, 0, 1, 5, 1.5, "", "x", "yes", "true", "AB", [], ["x"], [1], {}, {"a": 1}]
TOKENS = ["${a_text}", "${a_number}", "${a_flag}", "${a_list}", "${a_map}"]


def values(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Give values that fit a schema of an option."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of(*map(values, schema["anyOf"]))
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        known = {key: values(each) for key, each in schema.get("properties", {}).items()}
        required = {key: known.pop(key) for key in schema.get("required", ())}
        return st.fixed_dictionaries(required, optional=known)
    if kind == "array":
        return st.lists(values(schema.get("items", {})), min_size=1, max_size=2)
    if kind == "integer":
        return st.integers(schema.get("minimum", -3), schema.get("maximum", 99))
    simple = {"string": ["x", "AB"], "number": [1, 0.5], "boolean": [True, False, "yes"]}
    return st.sampled_from(simple[kind])


@st.composite
def variations(draw: st.DrawFn, project: Project) -> str:
    """Give a flowgroup with one action, good or changed in one or two places."""
    kind = KINDS[draw(st.sampled_from(["load", "transform", "write"]))]
    name, known = draw(st.sampled_from(sorted(project.catalog.generators(kind.name).items())))
    options = draw(values({"type": "object", **known.options}))
    chosen = {kind.selector: name, **options}
    written: dict[str, Any] = {"name": "a", "type": kind.name, "source": "v", "target": "w"}
    written |= {kind.place: chosen} if kind.place else chosen
    for _ in range(draw(st.integers(0, 2))):
        inner = written.get(kind.place) if draw(st.booleans()) else None
        spoil(draw, inner or written)
    data = {"pipeline": "p", "flowgroup": "f", "actions": [written]}
    return yaml.safe_dump(data, sort_keys=False)


def spoil(draw: st.DrawFn, place: Any) -> None:
    """Take out, rename, add or replace one key of a map."""
    if not isinstance(place, dict) or not place:
        return
    key = draw(st.sampled_from(sorted(place)))
    how = draw(st.sampled_from(["drop", "rename", "add", "replace", "token"]))
    if how in ("drop", "rename"):
        value = place.pop(key)
        if how == "rename":
            place[f"{key}x"] = value
    elif how == "add":
        place[draw(st.sampled_from(["extra", "x-mine", "readMode", "once"]))] = draw(
            st.sampled_from(OTHERS)
        )
    else:
        place[key] = draw(st.sampled_from(OTHERS if how == "replace" else TOKENS))


@settings(max_examples=250)
@given(data=st.data())
def test_both_judge_any_variation_alike(project: Project, data: st.DataObject) -> None:
    compare(project, "flowgroup", data.draw(variations(project)))
