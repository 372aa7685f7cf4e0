"""Transforms of every kind on real Spark: exact rows, and in a second run what is new."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from pyspark.sql import SparkSession
from running import rows_of, run_well, write_files

_LOAD = """\
  - name: load_{name}
    type: load
    source:
      type: cloudfiles
      path: '{{root}}/landing/orders'
      format: csv
      options: {{header: true, cloudFiles.schemaHints: "id INT, amount DOUBLE"}}
    target: v_{name}_raw
"""
_WRITE = """\
  - name: write_{name}
    type: write
    source: v_{name}
    write_target: {{type: {kind}, catalog: c, schema: s, table: {name}}}
"""


def _flowgroup(name: str, transforms: str, kind: str = "streaming_table") -> str:
    """Return a flowgroup that loads `v_NAME_raw`, transforms it to `v_NAME`, and writes that."""
    head = f"pipeline: shop\nflowgroup: {name}\nactions:\n"
    load = _LOAD if kind == "streaming_table" else _ORDERS
    return head + load.format(name=name) + transforms + _WRITE.format(name=name, kind=kind)


_ORDERS = """\
  - name: load_{name}
    type: load
    source: {{type: delta, catalog: c, schema: s, table: queried}}
    target: v_{name}_raw
"""

PROJECT = {
    "lhp.yaml": """\
name: shop
operational_metadata:
  columns:
    _group: {expression: "F.lit('${flowgroup_name}')", applies_to: [view]}
    _file: {expression: "F.col('_metadata.file_name')", applies_to: [view]}
    _at: {expression: F.current_timestamp(), applies_to: [view]}
""",
    "substitutions/local.yaml": "local:\n  least: '2'\n",
    "landing/orders/1.csv": "id,amount,note\n1,5.50,a\n2,7.25,b\n",
    "pipelines/queried.yaml": _flowgroup(
        "queried",
        """\
  - name: queried
    type: transform
    transform_type: sql
    source: v_queried_raw
    target: v_queried
    sql: SELECT id, amount * ${least} AS doubled FROM stream(v_queried_raw) WHERE id >= ${least}
""",
    ),
    "pipelines/summed.yaml": _flowgroup(
        "summed",
        """\
  - name: summed
    type: transform
    transform_type: sql
    source: v_summed_raw
    target: v_summed
    sql: SELECT count(*) AS orders, sum(doubled) AS doubled FROM v_summed_raw
""",
        "materialized_view",
    ),
    "py/priced.py": "def priced(df, spark, parameters):\n"
    "    return df.withColumn('price', df.amount + parameters['more'])\n\n\n"
    "def both(frames, spark, parameters):\n"
    "    left, right = frames\n"
    "    return left.select('id').join(right.select('id', 'price'), 'id')\n",
    "pipelines/priced.yaml": _flowgroup(
        "priced",
        """\
  - name: price
    type: transform
    transform_type: python
    source: v_priced_raw
    target: v_priced
    readMode: stream
    module_path: py/priced.py
    function_name: priced
    parameters: {more: 1}
    operational_metadata: [_group, _file]
""",
    ),
    "pipelines/joined.yaml": """\
pipeline: shop
flowgroup: joined
actions:
  - {name: load_left, type: load, target: v_left, source: {type: delta, catalog: c, schema: s, table: queried}}
  - {name: load_right, type: load, target: v_right, source: {type: delta, catalog: c, schema: s, table: priced}}
  - name: join
    type: transform
    transform_type: python
    source: [v_left, v_right]
    target: v_joined
    module_path: py/priced.py
    function_name: both
"""
    + _WRITE.format(name="joined", kind="materialized_view"),
    "pipelines/strict.yaml": _flowgroup(
        "strict",
        """\
  - name: shape
    type: transform
    transform_type: schema
    source: v_strict_raw
    target: v_strict
    enforcement: strict
    schema_inline: |
      id -> order_id: BIGINT
      amount: DECIMAL(12,2)
""",
    ),
    "pipelines/permissive.yaml": _flowgroup(
        "permissive",
        """\
  - name: shape
    type: transform
    transform_type: schema
    source: v_permissive_raw
    target: v_permissive
    schema_inline: "amount -> price: DOUBLE"
""",
    ),
    "pipelines/kept.yaml": _flowgroup(
        "kept",
        """\
  - {name: keep, type: transform, transform_type: temp_table, source: v_kept_raw, target: t_kept, readMode: stream}
  - name: late
    type: transform
    transform_type: sql
    source: t_kept
    target: v_kept
    sql: SELECT id FROM stream(t_kept) WHERE id > 1
  - name: filter
    type: transform
    transform_type: temp_table
    source: v_kept_raw
    target: t_filtered
    sql: SELECT id, note FROM stream({source}) WHERE note = 'a'
  - name: write_filtered
    type: write
    source: t_filtered
    write_target: {type: streaming_table, catalog: c, schema: s, table: filtered}
""",
    ),
}


def test_rows_of_every_transform(tmp_path: Path, spark: SparkSession) -> None:
    root = write_files(tmp_path, PROJECT)

    run_well(root, spark)

    assert rows_of(root, spark, "c.s.queried") == [(2, 14.5)]
    assert rows_of(root, spark, "c.s.summed") == [(1, 14.5)]
    priced = rows_of(root, spark, "c.s.priced", "id", "price", "_group", "_file")
    assert priced == [(1, 6.5, "priced", "1.csv"), (2, 8.25, "priced", "1.csv")]
    assert rows_of(root, spark, "c.s.joined") == [(2, 8.25)]
    strict = [(1, Decimal("5.50")), (2, Decimal("7.25"))]
    assert rows_of(root, spark, "c.s.strict") == strict
    permissive = rows_of(root, spark, "c.s.permissive", "id", "price", "note")
    assert permissive == [(1, 5.5, "a"), (2, 7.25, "b")]
    assert rows_of(root, spark, "c.s.kept") == [(2,)]
    assert rows_of(root, spark, "c.s.filtered") == [(1, "a")]

    write_files(root, {"landing/orders/2.csv": "id,amount,note\n3,1.00,a\n"})
    second = run_well(root, spark)

    assert {each.rows_in for each in second.done.datasets if each.kind == "streaming_table"} == {1}
    assert rows_of(root, spark, "c.s.summed") == [(2, 16.5)]
    assert rows_of(root, spark, "c.s.strict") == [*strict, (3, Decimal("1.00"))]
    assert rows_of(root, spark, "c.s.kept") == [(2,), (3,)]
    assert rows_of(root, spark, "c.s.filtered") == [(1, "a"), (3, "a")]
