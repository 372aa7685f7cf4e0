"""Any text at any place of an action gives code in which it reads the same, or a located error."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lhp.errors import LhpError, LhpErrors
from lhp.model.source import YamlList, YamlMap

ACTIONS = {
    "cloudfiles": """
        name: a
        type: load
        target: HERE
        description: HERE
        source:
          type: cloudfiles
          path: HERE
          format: HERE
          schema_location: HERE
          options: {HERE: HERE, cloudFiles.schemaHints: HERE}
          reader_options: {fixed_b: HERE}
          format_options: {fixed_c: HERE}
    """,
    "delta": """
        name: HERE
        type: load
        target: v_a
        source:
          type: delta
          catalog: HERE
          schema: HERE
          table: HERE
          options: {fixed_a: HERE}
          where_clause: [HERE, HERE]
          select_columns: [HERE]
    """,
    "custom_datasource": """
        name: a
        type: load
        target: v_a
        source: {type: custom_datasource, module_path: m.py, custom_datasource_class: HERE, options: {HERE: HERE, fixed_b: HERE}}
    """,
    "jdbc": """
        name: a
        type: load
        target: HERE
        source:
          type: jdbc
          url: HERE
          user: HERE
          password: HERE
          driver: HERE
          table: HERE
    """,
    "jdbc_query": """
        name: HERE
        type: load
        target: v_a
        source: {type: jdbc, url: HERE, user: u, password: p, driver: d, query: HERE}
    """,
    "kafka": """
        name: a
        type: load
        target: HERE
        source:
          type: kafka
          bootstrap_servers: HERE
          subscribe: HERE
          options: {HERE: HERE, kafka.sasl.jaas.config: HERE}
    """,
    "load_sql": "{name: a, type: load, target: HERE, source: {type: sql, sql: HERE}}",
    "load_python": """
        name: a
        type: load
        target: v
        source: {type: python, module_path: m.py, function_name: HERE, parameters: {HERE: HERE, fixed_b: [HERE]}}
    """,
    "sql": "{name: HERE, type: transform, transform_type: sql, source: [HERE], target: v, sql: HERE}",
    "python": """
        name: a
        type: transform
        transform_type: python
        source: [HERE, HERE]
        target: v
        module_path: m.py
        function_name: get
        parameters: {HERE: {HERE: HERE}}
    """,
    "data_quality": """
        name: HERE
        type: transform
        transform_type: data_quality
        source: HERE
        target: v
        expectations: [{constraint: HERE, name: HERE, failureAction: drop}]
    """,
    "schema": """
        name: HERE
        type: transform
        transform_type: schema
        source: HERE
        target: v
        schema_inline: "a -> b: INT"
    """,
    "temp_table": "{name: HERE, type: transform, transform_type: temp_table, source: HERE, target: v, sql: HERE}",
    "streaming_table": """
        name: a
        type: write
        source: [HERE, b]
        description: HERE
        write_target:
          type: streaming_table
          catalog: HERE
          schema: HERE
          table: HERE
          comment: HERE
          table_properties: {HERE: HERE}
          spark_conf: {fixed_a: HERE}
          cluster_columns: [HERE]
          path: HERE
          row_filter: HERE
          table_schema: HERE
    """,
    "sink_delta": """
        name: a
        type: write
        source: [HERE, b]
        description: HERE
        write_target: {type: sink, sink_type: delta, sink_name: HERE, options: {path: HERE, HERE: HERE}}
    """,
    "sink_kafka": """
        name: a
        type: write
        source: b
        write_target:
          type: sink
          sink_type: kafka
          sink_name: s
          comment: HERE
          bootstrap_servers: HERE
          topic: HERE
          options: {fixed: HERE}
    """,
    "sink_custom": """
        name: a
        type: write
        source: b
        write_target: {type: sink, sink_type: custom, sink_name: HERE, module_path: m.py, custom_sink_class: HERE, options: {a: HERE}}
    """,
    "sink_foreachbatch": """
        name: HERE
        type: write
        source: HERE
        write_target: {type: sink, sink_type: foreachbatch, sink_name: HERE, batch_handler: pass}
    """,
    "uniqueness": """
        name: a
        type: test
        test_type: uniqueness
        source: HERE
        target: HERE
        description: HERE
        columns: [HERE]
        filter: HERE
    """,
    "schema_match": "{name: HERE, type: test, test_type: schema_match, source: a.b.HERE, reference: HERE.d.e}",
    "custom_sql": """
        name: a
        type: test
        test_type: custom_sql
        sql: HERE
        expectations: [{name: HERE, expression: HERE, on_violation: drop}]
    """,
    "cdc": """
        name: a
        type: write
        source: HERE
        write_target:
          type: streaming_table
          catalog: c
          schema: s
          table: HERE
          mode: cdc
          cdc_config:
            keys: [HERE]
            sequence_by: [HERE, HERE]
            scd_type: 2
            track_history_column_list: [HERE]
            except_column_list: [HERE]
            apply_as_deletes: HERE
    """,
    "cdc_truncates": """
        name: a
        type: write
        source: v
        write_target:
          type: streaming_table
          catalog: c
          schema: s
          table: t
          mode: cdc
          cdc_config: {keys: [a], sequence_by: HERE, column_list: [HERE], apply_as_truncates: HERE}
    """,
    "snapshot_cdc": """
        name: a
        type: write
        write_target:
          type: streaming_table
          catalog: c
          schema: s
          table: HERE
          mode: snapshot_cdc
          snapshot_cdc_config: {source: HERE, keys: [HERE], track_history_except_column_list: [HERE]}
    """,
    "snapshot_function": """
        name: a
        type: write
        write_target:
          type: streaming_table
          catalog: c
          schema: s
          table: t
          mode: snapshot_cdc
          snapshot_cdc_config:
            keys: [a]
            source_function: {file: m.py, function: HERE, parameters: {HERE: HERE, fixed_b: [HERE]}}
    """,
    "replace": """
        name: a
        type: write
        description: HERE
        source: HERE
        write_target:
          type: streaming_table
          catalog: c
          schema: s
          table: HERE
          mode: replace
          replace_config: {replace_using: [HERE], sequence_by: HERE}
    """,
    "materialized_view": """
        name: HERE
        type: write
        write_target:
          type: materialized_view
          catalog: HERE
          schema: HERE
          table: HERE
          comment: HERE
          table_properties: {HERE: HERE}
          partition_columns: [HERE]
          refresh_schedule: HERE
          table_schema: HERE
          sql: HERE
    """,
}
FILES = {"m.py": "from x import *\n"}
_NAMED: dict[type[ast.AST], str] = {
    ast.FunctionDef: "name",
    ast.Name: "id",
    ast.alias: "name",
    ast.Attribute: "attr",
    ast.keyword: "arg",
}
PLACES = [(name, number) for name, text in ACTIONS.items() for number in range(text.count("HERE"))]
TEXTS = st.text(st.characters(exclude_categories=()), max_size=20) | st.text(
    "\"'\\{}#%\n\r\t a/.\0\u202e\ud800\u2028", max_size=12
)


def put(text: str, number: int) -> Callable[[Any], Any]:
    """Return what puts a text at one of the places, and a harmless one at the others."""

    def change(data: Any) -> Any:
        count = iter(range(1000))
        return _replaced(data, lambda: text if next(count) == number else None)

    return change


def _replaced(value: Any, choose: Callable[[], str | None]) -> Any:
    if isinstance(value, YamlMap):
        changed = YamlMap(value.location)
        for key, item in value.items():
            name = _text(key, choose) if "HERE" in key else key
            place = value.value_at[key]
            changed.put(name, _replaced(item, choose), value.key_at[key], place)
        return changed
    if isinstance(value, YamlList):
        items = YamlList(value.location)
        for item, place in zip(value, value.item_at, strict=True):
            items.put(_replaced(item, choose), place)
        return items
    return _text(value, choose) if isinstance(value, str) and "HERE" in value else value


def _text(value: str, choose: Callable[[], str | None]) -> str:
    for _ in range(value.count("HERE")):
        text = choose()
        value = value.replace("HERE", "x" if text is None else text, 1)
    return value


def texts_of(code: str) -> Iterator[str]:
    """Yield every text that the code holds."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif type(node) in _NAMED:
            yield str(vars(node)[_NAMED[type(node)]])


def shape_of(code: str) -> str:
    """Return the code without its texts and names."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = 0
        elif type(node) in _NAMED:
            vars(node)[_NAMED[type(node)]] = "x"
    return ast.dump(tree)


@lru_cache
def plain_shape(run: Any, name: str, number: int) -> str:
    return shape_of(run(ACTIONS[name], files=FILES, change=put("x", number)).code)


@pytest.mark.parametrize(("name", "number"), PLACES)
@settings(max_examples=25)
@given(text=TEXTS)
@example(text='"""\\')
@example(text="'\"{x}\r\n\0")
@example(text="\ud800\u202e#")
@example(text="a/b.yaml")
@example(text="class")
def test_any_text_stays_text(run: Any, name: str, number: int, text: str) -> None:
    try:
        made = run(ACTIONS[name], files=FILES, change=put(text, number))
    except (LhpError, LhpErrors) as error:
        problems = getattr(error, "problems", (error,))
        assert all(problem.message for problem in problems)
        return
    compile(made.code, "generated", "exec")
    # A key that was put in may be one that stood there already.
    assert shape_of(made.code) == plain_shape(run, name, number) or not text
    found = (*texts_of(made.code), *made.imports, *made.facts.reads)
    assert any(text in each for each in found), (text, found)


def test_the_places_are_counted_in_order() -> None:
    data = YamlMap()
    data.put("HERE", "HERE", data.location, data.location)
    assert put("y", 0)(data) == {"y": "x"}
    assert put("y", 1)(data) == {"x": "y"}
