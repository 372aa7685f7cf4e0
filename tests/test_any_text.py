"""Whatever text a user writes, it reaches the generated Python as an equal literal, or is refused.

Values are put in after parsing, so they may hold what no YAML file can: NUL, lone surrogates.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lhp.core.plugin_manager import PluginManager
from lhp.errors import LhpError, LhpErrors
from lhp.model.flowgroup import MARK_END, MARK_START, FlowGroup
from lhp.model.source import YamlList, YamlMap
from lhp.passes.assemble import assemble
from lhp.passes.expand import Content, expand
from lhp.passes.generate import generate
from lhp.passes.graph import ordered
from lhp.passes.host import Host
from lhp.passes.parse import parse
from lhp.passes.project import open_project
from lhp.passes.substitution import Tokens
from lhp.passes.validate import validate
from lhp.text.yaml_reader import read_yaml

Place = tuple[str | int, ...]

FLOWGROUP = """
pipeline: p
flowgroup: f
actions:
  - name: load_files
    type: load
    description: text
    target: v_files
    operational_metadata: [_pipeline_name]
    source:
      type: cloudfiles
      path: text
      format: text
      options: {cloudFiles.schemaHints: "a INT", one: text}
      reader_options: {two: text}
      format_options: {three: text}
  - name: load_delta
    type: load
    target: v_delta
    source:
      type: delta
      catalog: text
      schema: text
      table: text
      options: {any: text}
      where_clause: [text]
      select_columns: [text]
  - {name: load_sql, type: load, description: text, target: v_sql, source: {type: sql, sql: text}}
  - name: load_python
    type: load
    target: v_python
    source:
      type: python
      module_path: functions.py
      function_name: read
      parameters: {any: text, deep: {list: [text]}}
  - name: sql
    type: transform
    transform_type: sql
    source: [v_files, v_delta, v_sql, v_python]
    target: v_joined
    description: text
    sql: text
  - name: python
    type: transform
    transform_type: python
    source: v_joined
    target: v_function
    module_path: functions.py
    function_name: change
    parameters: {any: text}
  - name: quality
    type: transform
    transform_type: data_quality
    source: v_function
    target: v_checked
    expectations_file: expectations.yaml
  - name: schema
    type: transform
    transform_type: schema
    source: v_checked
    target: v_shaped
    enforcement: strict
    schema_inline: "a -> b: INT"
  - name: stage
    type: transform
    transform_type: temp_table
    source: v_shaped
    target: stage
    sql: text
  - name: write_table
    type: write
    source: [stage, v_shaped]
    description: text
    write_target:
      type: streaming_table
      catalog: text
      schema: text
      table: text
      comment: text
      table_properties: {any: text}
      spark_conf: {any: text}
      partition_columns: [text]
      path: text
      row_filter: text
      table_schema: "a INT"
  - name: write_view
    type: write
    write_target:
      type: materialized_view
      catalog: text
      schema: text
      table: view
      comment: text
      table_properties: {any: text}
      refresh_schedule: text
      sql: text
"""
FUNCTIONS = """
def read(spark, parameters):
    return spark.range(1)


def change(df, spark, parameters):
    return df
"""
# Places of names and of notations of their own: an equal literal, or a located error.
NAMES = {
    "name", "type", "transform_type", "target", "source", "module_path", "function_name",
    "expectations_file", "schema_inline", "enforcement", "operational_metadata", "pipeline",
    "flowgroup", "table_schema", "cloudFiles.schemaHints", "table", "schema", "catalog",
}  # fmt: skip
NASTY = [
    "'", '"', '"""', "'''", "\\", "\\\\\"", "\n", "\r\n", "\t", "\0", "\u202e", "\ud800", "\u2028",
    "a\\", 'x"""\nimport os #', "{", "}", "{8}", "#", "${", "é", "\U0001f600", "", " ", "\x85", "%", "`",
    "') + __import__('os').system('x') + ('",
]  # fmt: skip
any_text = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=())),
    st.lists(st.sampled_from(NASTY), max_size=6).map("".join),
)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    root = tmp_path_factory.mktemp("project")
    (root / "lhp.yaml").write_text("name: any\nplugins: {entry_points: false}\n")
    (root / "functions.py").write_text(FUNCTIONS)
    (root / "expectations.yaml").write_text("a IS NOT NULL: {action: drop, name: has_a}\n")
    return Host(open_project(root), PluginManager(root), Tokens("dev"))


@lru_cache
def flowgroup() -> FlowGroup:
    return parse(read_yaml(FLOWGROUP.encode(), "pipelines/f.yaml"))[0]


def text_places(value: Any, path: Place = ()) -> Iterator[Place]:
    entries = value.items() if isinstance(value, YamlMap) else enumerate(value)
    for key, item in entries:
        if isinstance(item, (YamlMap, YamlList)):
            yield from text_places(item, (*path, key))
        elif isinstance(item, str):
            yield (*path, key)


PLACES = list(text_places(flowgroup().data))


def with_text(value: Any, path: Place, text: Any) -> Any:
    if not path:
        return text
    if isinstance(value, YamlMap):
        changed = value.without()
        changed[str(path[0])] = with_text(value[str(path[0])], path[1:], text)
        return changed
    items = YamlList(value.location)
    for index, item in enumerate(value):
        items.put(
            with_text(item, path[1:], text) if index == path[0] else item, value.item_at[index]
        )
    return items


def module_of(host: Host, path: Place, text: Any) -> str:
    source = flowgroup()
    data = with_text(source.data, path, text)
    changed = replace(source, data=data, pipeline=data["pipeline"], name=data["flowgroup"])
    resolved = expand(changed, Content({}, {}, host.text_renderer), host.tokens)
    built = generate(resolved, validate(resolved, host), host)
    return assemble(built, ordered(built), "dev")[0].text


def shape_of(module: str) -> str:
    tree = ast.parse(module)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


@pytest.fixture(scope="module")
def benign_shape(host: Host) -> str:
    return shape_of(module_of(host, (), flowgroup().data))


def texts_in(module: str) -> set[str]:
    return {
        node.value
        for node in ast.walk(ast.parse(module))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def is_name_place(path: Place) -> bool:
    return any(part in NAMES for part in path if isinstance(part, str) and part != "source") or (
        path[-1] == "source"
        or (len(path) > 1 and path[-2] == "source" and isinstance(path[-1], int))
    )


def has_language(text: str) -> bool:
    """True for what the language itself gives a meaning: tokens, expressions, secret marks."""
    return any(sign in text for sign in ("${", "%{", "{{", "{%", "{#", MARK_START, MARK_END))


def located(function: Callable[[], str]) -> str | None:
    """Return the module, or None for an error; each error tells its place."""
    try:
        return function()
    except LhpError as error:
        problems: tuple[LhpError, ...] = (error,)
    except LhpErrors as errors:
        problems = errors.problems
    assert problems
    assert all(problem.location is not None for problem in problems), problems
    return None


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PLACES), text=any_text)
@example(path=("actions", 2, "source", "sql"), text='"""')
@example(path=("actions", 0, "description"), text='ends with "')
@example(path=("actions", 4, "sql"), text="a\\")
@example(path=("actions", 9, "write_target", "comment"), text="\ud800\n'\"")
def test_any_text_is_a_literal_or_a_located_error(
    host: Host, benign_shape: str, path: Place, text: str
) -> None:
    module = located(lambda: module_of(host, path, text))
    if module is None:
        may_refuse = is_name_place(path) or has_language(text) or not text.strip()
        assert may_refuse, f"{path} refuses {text!r}"
        return
    compile(module, "<module>", "exec")
    if is_name_place(path) or not text.strip():
        return
    assert shape_of(module) == benign_shape
    if not has_language(text):
        assert any(text.strip() in found for found in texts_in(module)), f"{text!r} is lost"


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize("text", ["".join(NASTY[:15]), '"', "\\", "\n'\ud800"], ids=ascii)
def test_each_place_bears_nasty_text(host: Host, path: Place, text: str) -> None:
    module = located(lambda: module_of(host, path, text))
    if module is not None:
        compile(module, "<module>", "exec")
