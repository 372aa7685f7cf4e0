"""What somebody sees who edits the sample project, asked of the real YAML server.

The project is wired by `lhp schema --editor vscode`: the server gets what those settings say. It has
three plugins more: one whose name begins as another's does, one with a bad schema, and one for each
kind of declaration in lhp.yaml.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from lhp.core.manifest import PLUGIN_TYPES, PluginType
from lhp.core.modules import step_back
from lhp.core.option_schema import normalised
from lhp.core.plugin_manager import PluginManager
from lhp.editor.catalog import Catalog
from lhp.editor.known import Known
from lhp.editor.store import schema_path, schema_texts, write_schemas
from lhp.editor.wiring import GLOBS, wire_vscode

SAMPLE = Path(__file__).parents[2] / "sample_project"
MARK = "‸"
FLOW = "pipelines/bronze/new.yaml"
PLUGINS = '''
from lhp.core.base_generator import BaseActionGenerator


class DeltaCdfLoadGenerator(BaseActionGenerator):
    """The changes of a table."""

    @classmethod
    def get_supported_options(cls):
        return {
            "feed": {"type": "string", "required": True, "description": "Which feed."},
            "max_rows": {
                "type": "integer",
                "default": 100,
                "examples": [500],
                "description": "Rows at a time.",
            },
            "old": {"type": "string", "deprecated": True, "description": "Use `feed`."},
        }

    def generate(self, action, context):
        return "pass"


class RottenLoadGenerator(BaseActionGenerator):
    """Says its options wrongly."""

    @classmethod
    def get_supported_options(cls):
        return {"place": {"type": "strin"}}

    def generate(self, action, context):
        return "pass"
'''


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("retail") / "sample_project"
    ignored = shutil.ignore_patterns("generated", ".lhp", ".vscode", "__pycache__", "packages")
    shutil.copytree(SAMPLE, root, ignore=ignored)
    (root / "plugins/more.py").write_text(PLUGINS, encoding="utf-8")
    (root / ".vscode").mkdir()
    (root / ".vscode/settings.json").write_text('{\n  // mine\n  "yaml.hover": true,\n}\n')
    write_schemas(PluginManager(root))
    wire_vscode(root)
    yield root
    step_back()


@pytest.fixture(scope="session")
def editor(workspace: Path, start_yaml_server: Callable[..., Any]) -> Any:
    """Give the server with the project open, as its settings say."""
    lines = (workspace / ".vscode/settings.json").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if "//" not in line).replace(",\n}", "\n}")
    return start_yaml_server(workspace, json.loads(text))


def action(text: str) -> str:
    """Return a flowgroup with one action, whose keys are given."""
    body = indent(dedent(text).strip("\n"), "    ")
    return f"pipeline: p\nflowgroup: f\nactions:\n  - name: a\n{body}\n"


def entry(text: str) -> str:
    """Return lhp.yaml with one declaration, whose keys are given."""
    body = indent(dedent(text).strip("\n"), "      ")
    return f"name: p\nplugins:\n  enabled:\n    - name: rest_api\n{body}\n"


LOADS = {"cloudfiles", "delta", "delta_cdf", "python", "rest_api", "rotten", "sql"}
REST = "type: load\nsource:\n  type: rest_api\n"


@pytest.mark.parametrize(
    ("path", "text", "wanted", "unwanted"),
    [
        pytest.param(
            FLOW,
            "‸\n",
            {"one flowgroup", "several flowgroups", "instance of a blueprint", "pipeline"},
            {"source", "write_target"},
            id="an empty file",
        ),
        pytest.param(
            FLOW,
            "pipeline: p\nflowgroup: f\nactions:\n  - ‸\n",
            {"load", "transform", "write", "name", "type"},
            {"source", "path", "endpoint", "transform_type", "cloudfiles"},
            id="a new action",
        ),
        pytest.param(
            FLOW, action("type: ‸"), {"load", "transform", "write", "test"}, {"sql"}, id="kinds"
        ),
        pytest.param(
            FLOW,
            action("type: load\nsource:\n  ‸"),
            {*LOADS - {"rotten"}, "type"},
            {"path", "endpoint", "table"},
            id="a new source",
        ),
        pytest.param(
            FLOW, action("type: load\nsource:\n  type: ‸"), LOADS, {"masking"}, id="loads"
        ),
        pytest.param(
            FLOW,
            action("type: transform\ntransform_type: ‸"),
            {"data_quality", "masking", "python", "schema", "sql", "temp_table"},
            {"cloudfiles", "rest_api"},
            id="transforms",
        ),
        pytest.param(
            FLOW,
            action("type: write\nwrite_target:\n  type: ‸"),
            {"materialized_view", "streaming_table", "webhook"},
            {"sql", "masking"},
            id="writes, one of an installed package",
        ),
        pytest.param(
            FLOW,
            action(f"{REST}  ‸"),
            {"endpoint", "record_schema", "auth_method", "api_token", "readMode"},
            {"path", "table", "url"},
            id="options of a plugin that lhp.yaml declares",
        ),
        pytest.param(
            FLOW,
            action("type: transform\ntransform_type: masking\n‸"),
            {"columns", "method", "keep_last", "source", "target"},
            {"sql", "module_path", "write_target"},
            id="options of a plugin in a folder",
        ),
        pytest.param(
            FLOW,
            action("type: write\nwrite_target:\n  type: webhook\n  ‸"),
            {"url"},
            {"table_properties", "cluster_columns"},
            id="options of an installed plugin",
        ),
        pytest.param(
            FLOW,
            action("type: load\nsource:\n  type: delta\n  ‸"),
            {"table", "catalog", "where_clause"},
            {"feed", "max_rows"},
            id="a name with which another begins",
        ),
        pytest.param(
            FLOW,
            action("type: load\nsource:\n  type: delta_cdf\n  ‸"),
            {"feed", "max_rows"},
            {"table", "where_clause", "old"},
            id="a name that begins as another; a deprecated option is not offered",
        ),
        pytest.param(
            FLOW,
            action("type: load\nsource:\n  type: cloudfiles\n  format: csv\n  pa‸"),
            {"path", "schema"},
            {"endpoint"},
            id="a half-typed line",
        ),
        pytest.param(
            FLOW,
            f"{action('type: load')}---\n{action(f'{REST}  ‸')}",
            {"endpoint"},
            {"path"},
            id="the second document of a file",
        ),
        pytest.param(
            FLOW,
            "pipeline: p\nflowgroups:\n  - flowgroup: f\n    actions:\n      - name: a\n"
            "        type: load\n        source:\n          type: ‸\n",
            LOADS,
            {"masking"},
            id="the array form",
        ),
        pytest.param(
            FLOW,
            action(f"{REST}  auth_method: ‸"),
            {"none", "bearer", "api_key"},
            {"null"},
            id="choices",
        ),
        pytest.param(
            "templates/new.yaml",
            'name: t\nactions:\n  - name: "x_{{ y }}"\n    type: load\n    source:\n'
            "      type: rest_api\n      ‸\n",
            {"endpoint", "auth_method"},
            {"path"},
            id="a template",
        ),
        pytest.param(
            "presets/new.yaml",
            "name: p\ndefaults:\n  load_actions:\n    rest_api:\n      ‸\n",
            {"auth_method", "params"},
            {"path", "type"},
            id="a preset",
        ),
        pytest.param(
            "blueprints/new.yaml",
            "name: b\nparameters: []\nflowgroups:\n  - pipeline: p\n    flowgroup: f\n    actions:\n"
            "      - name: a\n        type: load\n        source:\n          type: rest_api\n"
            "          ‸\n",
            {"endpoint"},
            {"path"},
            id="a blueprint",
        ),
        pytest.param(
            "lhp.yaml",
            entry("type: ‸"),
            {"load_generator", "validator", "template_filter", "cli_command", "content"},
            {"rest_api"},
            id="plugin types",
        ),
        pytest.param(
            "lhp.yaml",
            entry("type: load_generator\n‸"),
            {"module", "class", "config", "enabled", "requires"},
            {"path"},
            id="what a declared generator needs",
        ),
        pytest.param(
            "lhp.yaml",
            entry("type: content\n‸"),
            {"path", "enabled"},
            {"module", "class", "config"},
            id="what a content plugin needs",
        ),
        pytest.param(
            "lhp.yaml",
            entry("type: load_generator\nconfig:\n  ‸"),
            {"base_url", "timeout_seconds"},
            {"endpoint"},
            id="settings of a declared plugin",
        ),
        pytest.param("lhp.yaml", "formatter: ‸\n", {"ruff"}, {"null"}, id="formatters"),
        pytest.param(
            "substitutions/new.yaml", "‸\n", {"global", "secrets"}, {"pipeline"}, id="tokens"
        ),
        pytest.param(
            "expectations/new.yaml",
            "expectations:\n  - ‸\n",
            {"expression", "failureAction"},
            {"action"},
            id="expectations",
        ),
        pytest.param(
            "schemas/new.yaml",
            "columns:\n  - ‸\n",
            {"name", "type", "nullable"},
            {"table"},
            id="columns",
        ),
        pytest.param(
            "config/pipeline_config.yaml",
            "pipeline: p\n‸\n",
            {"serverless", "edition", "catalog"},
            {"flowgroup"},
            id="pipeline settings",
        ),
    ],
)
def test_what_is_offered(
    editor: Any, path: str, text: str, wanted: set[str], unwanted: set[str]
) -> None:
    labels = {*editor.open(path, text, MARK).labels()}
    assert wanted - labels == set()
    assert unwanted & labels == set()


@pytest.mark.parametrize(
    ("path", "text", "problems"),
    [
        pytest.param(
            FLOW, action("type: lod"), ["5:11 Value is not accepted. Valid values: "], id="kind"
        ),
        pytest.param(
            FLOW,
            action("type: load\ntarget: v\nsource:\n  type: rest_apy\n  foo: 1\n  bar: 2"),
            ['8:13 Value is not accepted. Valid values: "cloudfiles", "custom_datasource", '],
            id="an unknown sub-type gives one message",
        ),
        pytest.param(
            FLOW,
            action("type: load\ntarget: v\nsource:\n  type:\n  foo: 1"),
            ["8:12 Value is not accepted. "],
            id="an empty sub-type",
        ),
        pytest.param(
            FLOW,
            action(f"target: v\n{REST}  endpoint: /a\n  record_schema: a INT\n  endpiont: /b"),
            ["11:7 Property endpiont is not allowed."],
            id="an unknown option",
        ),
        pytest.param(
            FLOW,
            action(f"target: v\n{REST}  endpoint: /a"),
            ['7:5 Missing property "record_schema".'],
            id="a required option is missing",
        ),
        pytest.param(
            FLOW,
            action("type: transform\ntransform_type: maskin\nsource: v\ntarget: w\ncolums: [a]"),
            ["6:21 Value is not accepted. Valid values: "],
            id="an unknown transform",
        ),
        pytest.param(
            FLOW,
            action(
                "type: transform\ntransform_type: masking\nsource: v\ntarget: w\n"
                "columns: a\nkeep_last: few\nmethod: hide"
            ),
            [
                '9:14 Incorrect type. Expected "array".',
                '10:16 Incorrect type. Expected "integer".',
                "11:13 Value is not accepted. Valid values: ",
            ],
            id="wrong types are told in the words of the real one",
        ),
        pytest.param(
            FLOW,
            action(
                "type: transform\ntransform_type: masking\nsource: v\ntarget: w\n"
                "columns: ${list}\nkeep_last: ${n}\nmethod: ${m}\nx-note: [1]"
            ),
            [],
            id="a token stands for anything",
        ),
        pytest.param(
            FLOW,
            action("type: load\ntarget: v\nsource:\n  type: rotten\n  anything: [1]"),
            [],
            id="a plugin with a bad schema is open",
        ),
        pytest.param(
            FLOW,
            action("type: write\nwrite_target:\n  type: sink\n  sink_type: delta\n  sink_name: s"),
            ['4:5 Missing property "source".'],
            id="a source that the sub-type needs",
        ),
        pytest.param(
            FLOW,
            action(
                "type: transform\ntransform_type: schema\nsource: v\ntarget: w\n"
                "schema_inline: 'a: INT'\nschema_file: a.yaml"
            ),
            ["10:18 schema_inline and schema_file exclude each other"],
            id="keys that exclude each other",
        ),
        pytest.param(
            FLOW,
            action("type: transform\ntransform_type: schema\nsource: v\ntarget: w"),
            ["4:5 give one of schema_inline, schema_file"],
            id="one of two keys",
        ),
        pytest.param(
            "templates/new.yaml",
            "name: t\nactions:\n  - {name: a, type: transform, transform_type: masking, source: v,\n"
            '     target: "v_{{ x }}", columns: "{{ c }}", keep_last: "{{ n }}"}\n',
            [],
            id="expressions of a template",
        ),
        pytest.param(
            "templates/new.yaml",
            'name: t\nactions:\n  - {name: a, type: load, target: v, source: {type: "{{ t }}", b: 1}}\n',
            [],
            id="a sub-type that is an expression",
        ),
        pytest.param(
            "lhp.yaml",
            entry("type: load_generater\nmodul: x"),
            ['5:13 Value is not accepted. Valid values: "load_generator", '],
            id="an unknown plugin type gives one message",
        ),
        pytest.param(
            "lhp.yaml",
            entry("type: load_generator\nmodul: x\nconfig: {timeout: 5}"),
            [
                '7:7 Missing property "base_url".',
                "6:7 Property modul is not allowed.",
                "7:16 Property ",
            ],
            id="a wrong declaration",
        ),
        pytest.param(
            "presets/new.yaml",
            "name: p\ndefaults:\n  load_actions:\n    cloudfile: {}\n",
            ["4:5 Property cloudfile is not allowed."],
            id="an unknown sub-type in a preset",
        ),
        pytest.param(
            "substitutions/new.yaml",
            "dev: {a: 1}\nprod:\nsecrets: {scops: {}}\n",
            ["3:11 "],
            id="tokens",
        ),
        pytest.param(
            "expectations/new.yaml",
            "a > 0: {action: dropp}\n",
            ['1:17 Value is not accepted. Valid values: "fail", "drop", "warn".'],
            id="expectations by condition",
        ),
        pytest.param(
            "expectations/new.yaml",
            "expectations:\n  - name: a\n",
            ["2:5 give one of constraint, expression"],
            id="an expectation without a condition",
        ),
    ],
)
def test_what_is_wrong(editor: Any, path: str, text: str, problems: list[str]) -> None:
    found = editor.open(path, text).problems()
    assert len(found) == len(problems), found
    for wanted in problems:
        assert any(each.startswith(wanted) for each in found), found


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        (
            FLOW,
            action("type: load\nsource:\n  ty‸pe: rest_api"),
            "A view of the records that one GET",
        ),
        (FLOW, action(f"{REST}  end‸point: /a"), "Path after the base address"),
        (FLOW, action("type: load\nsource:\n  type: delta_cdf\n  max‸_rows: 5"), "Default: 100."),
        (FLOW, action("type: load\nsource:\n  type: delta_cdf\n  max‸_rows: 5"), "500"),
        (FLOW, action("type: load\nsource:\n  ty‸pe: rotten"), "Can't be used: "),
        (
            FLOW,
            action("type: load\nsource:\n  ty‸pe: rotten"),
            "bad option schema at properties/place",
        ),
        (FLOW, "pipe‸line: p\n", "folder of the generated code"),
        ("lhp.yaml", entry("type: load_generator\ncla‸ss: A"), "Subclass of BaseActionGenerator"),
        ("lhp.yaml", entry("ty‸pe: validator"), "validator"),
        (
            "presets/a.yaml",
            "name: a\ndefaults:\n  load_actions:\n    sql:\n      read‸Mode: batch\n",
            "How the source is read",
        ),
    ],
)
def test_what_is_told_of_a_key(editor: Any, path: str, text: str, wanted: str) -> None:
    assert wanted in editor.open(path, text, MARK).hover()


@pytest.mark.parametrize(
    ("path", "text", "label", "inserted"),
    [
        (
            FLOW,
            action("type: load\nsource:\n  ‸"),
            "rest_api",
            "type: rest_api\nendpoint: $1\nrecord_schema: $2",
        ),
        (FLOW, action("type: transform\n‸"), "masking", "transform_type: masking\ncolumns:\n  - "),
        (
            "lhp.yaml",
            "plugins:\n  enabled:\n    - ‸\n",
            "validator",
            "name: $1\n  type: validator\n  module: $2\n  class: $3",
        ),
    ],
)
def test_what_a_skeleton_holds(
    editor: Any, path: str, text: str, label: str, inserted: str
) -> None:
    offered = {each.label: each.inserted for each in editor.open(path, text, MARK).completions()}
    assert offered[label] == inserted


def test_a_description_stands_beside_each_choice(editor: Any) -> None:
    offered = editor.open(FLOW, action("type: load\nsource:\n  type: ‸"), MARK).completions()
    said = {each.label: each.documentation for each in offered}
    assert said["rest_api"] == "A view of the records that one GET request answers with."
    assert said["rotten"].startswith("Can't be used: ")
    assert all(said.values())


@pytest.mark.parametrize("kind", GLOBS)
def test_every_file_of_the_sample_project_is_without_fault(
    editor: Any, workspace: Path, kind: str
) -> None:
    for file in sorted({file for glob in GLOBS[kind] for file in workspace.glob(glob)}):
        path = file.relative_to(workspace).as_posix()
        found = editor.open(path, file.read_text(encoding="utf-8")).problems()
        assert found == [], path


def test_a_new_plugin_is_offered_without_a_restart(editor: Any, workspace: Path) -> None:
    text = action("type: load\nsource:\n  type: ‸")
    document = editor.open("pipelines/bronze/later.yaml", text, MARK)
    assert "late" not in document.labels()
    late = workspace / "plugins/late.py"
    late.write_text(PLUGINS.replace("DeltaCdfLoad", "LateLoad").partition("class Rotten")[0])
    written = write_schemas(PluginManager(workspace)).written
    assert schema_path("flowgroup") in written
    editor.files_changed(*written)
    assert "late" in document.labels(document.cursor)
    late.unlink()
    editor.files_changed(*write_schemas(PluginManager(workspace)).written)


@pytest.mark.parametrize("plugin_type", PLUGIN_TYPES.values(), ids=lambda each: each.name)
def test_a_declaration_is_asked_for_what_its_type_needs(
    editor: Any, plugin_type: PluginType
) -> None:
    text = entry(f"type: {plugin_type.name}\n‸")
    labels = {*editor.open("lhp.yaml", text, MARK).labels()}
    needed = {"path"} if plugin_type.is_folder else {"module", "class"}
    assert labels & {"path", "module", "class"} == needed
    assert ("config" in labels) is plugin_type.has_settings
    key = "pa‸th: a" if plugin_type.is_folder else "cla‸ss: A"
    told = editor.open("lhp.yaml", entry(f"type: {plugin_type.name}\n{key}"), MARK).hover()
    words = "Folder" if plugin_type.is_folder else plugin_type.contract.replace("`", "")[1:]
    assert words in told.replace("\\", "")


def test_three_hundred_plugins_keep_apart(
    start_yaml_server: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("many")
    plugins = {("load_generator", f"plugin{number}"): synthetic(number) for number in range(300)}
    (root / "flowgroup.json").write_text(schema_texts(Catalog(plugins))["flowgroup"])
    server = start_yaml_server(root, {"yaml.schemas": {"flowgroup.json": "*.yaml"}})
    loads = server.open("types.yaml", action("type: load\nsource:\n  type: ‸"), MARK)
    assert len(loads.labels()) == 300
    for number in (1, 10, 100, 299):
        text = action(f"type: load\nsource:\n  type: plugin{number}\n  ‸")
        labels = {*server.open(f"{number}.yaml", text, MARK).labels()}
        assert {label for label in labels if label.startswith("only_")} == {f"only_{number}"}
    wrong = action("type: load\ntarget: v\nsource:\n  type: plugin300\n  only_1: 5")
    (problem,) = server.open("wrong.yaml", wrong).problems()
    assert problem.startswith("8:13 Value is not accepted.")


def synthetic(number: int) -> Known:
    options = {f"option_{index}": {"type": "integer"} for index in range(14)}
    own = {f"only_{number}": {"type": "string", "description": "Its own."}}
    return Known(
        f"Number {number}.", normalised({"type": "object", "properties": {**own, **options}})
    )
