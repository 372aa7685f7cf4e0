"""Writes the large project that speed is measured on, the same bytes for the same size.

    .venv/bin/python bench/large_project.py FOLDER [--files 2800] [--plugins 0]

The 0.9.3 release generates it, too, unless it has plugins. Every 14 files describe 20 flowgroups:
nine files have one, two have an array of two, one has three documents, two use a blueprint of two.
About a third of the flowgroups come from templates, half use the preset `audited`, and 50 share a
pipeline. Each writes a table, and most read the table of the one before.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from textwrap import indent

FILES = 14  # of a round
PER_PIPELINE, PER_CHAIN = 50, 10
ENTITIES = ("orders", "customers", "payments", "shipments", "products", "visits", "returns")

# What flowgroups do: ITEM is the name of one and of its table, BEFORE the table that it reads.
ACTIONS = {
    "landing": """\
- name: load_ITEM
  type: load
  description: Files of ITEM as they arrive
  source:
    type: cloudfiles
    path: "${landing}/ITEM/*.csv"
    format: csv
    options:
      header: true
      delimiter: ","
      cloudFiles.schemaHints: schemas/hints.yaml
  target: v_ITEM_raw
- name: type_ITEM
  type: transform
  transform_type: schema
  source: v_ITEM_raw
  schema_file: schemas/typed.yaml
  enforcement: permissive
  target: v_ITEM_typed
- name: check_ITEM
  type: transform
  transform_type: data_quality
  readMode: stream
  source: v_ITEM_typed
  expectations_file: expectations/keys.yaml
  target: v_ITEM_checked
- name: write_ITEM
  type: write
  source: v_ITEM_checked
  write_target:
    type: streaming_table
    catalog: "${catalog}"
    schema: "${lake}"
    table: "ITEM"
    cluster_columns: [id]
""",
    "history": """\
- name: load_ITEM
  type: load
  readMode: stream
  source:
    type: delta
    catalog: "${catalog}"
    schema: "${lake}"
    table: "BEFORE"
    where_clause: ["id IS NOT NULL"]
  target: v_ITEM_raw
- name: clean_ITEM
  type: transform
  transform_type: sql
  source: v_ITEM_raw
  sql_path: sql/ITEM.sql
  target: v_ITEM_clean
- name: write_ITEM
  type: write
  source: v_ITEM_clean
  write_target:
    type: streaming_table
    catalog: "${catalog}"
    schema: "${lake}"
    table: "ITEM"
    mode: cdc
    cdc_config:
      keys: [id]
      sequence_by: changed_at
      scd_type: 2
      track_history_except_column_list: [changed_at]
""",
    "database": """\
- name: load_ITEM
  type: load
  readMode: batch
  source:
    type: jdbc
    url: "jdbc:postgresql://${database_host}:5432/shop"
    user: "${secret:shop/user}"
    password: "${secret:shop/password}"
    driver: org.postgresql.Driver
    table: public.ITEM
  target: v_ITEM
- name: write_ITEM
  type: write
  source: v_ITEM
  write_target:
    type: materialized_view
    catalog: "${catalog}"
    schema: "${lake}"
    table: "ITEM"
    comment: Copy of ITEM from the shop's database
""",
    "events": """\
- name: load_ITEM
  type: load
  readMode: stream
  source:
    type: kafka
    bootstrap_servers: "${brokers}"
    subscribe: "ITEM"
    options:
      startingOffsets: earliest
      kafka.security.protocol: SSL
      kafka.ssl.truststore.password: "${secret:kafka/truststore}"
  target: v_ITEM_raw
- name: decode_ITEM
  type: transform
  transform_type: python
  readMode: stream
  source: v_ITEM_raw
  module_path: functions/decode.py
  function_name: decode
  parameters: {topic: "ITEM", version: 2}
  target: v_ITEM_decoded
- name: write_ITEM
  type: write
  source: v_ITEM_decoded
  write_target:
    type: streaming_table
    catalog: "${catalog}"
    schema: "${lake}"
    table: "ITEM"
    partition_columns: [day]
""",
    "summary": """\
- name: load_ITEM
  type: load
  source:
    type: sql
    sql: |
      SELECT id, amount, changed_at
      FROM ${catalog}.${lake}.BEFORE
      WHERE changed_at >= current_date() - INTERVAL 30 DAYS
  target: v_ITEM
- name: stage_ITEM
  type: transform
  transform_type: temp_table
  readMode: batch
  source: v_ITEM
  target: staged_ITEM
- name: write_ITEM
  type: write
  source: staged_ITEM
  write_target:
    type: materialized_view
    catalog: "${catalog}"
    schema: "${lake}"
    table: "ITEM"
    sql: |
      SELECT id, sum(amount) AS amount, max(changed_at) AS changed_at
      FROM staged_ITEM
      GROUP BY id
""",
    "snapshot": """\
- name: write_ITEM
  type: write
  write_target:
    type: streaming_table
    catalog: "${catalog}"
    schema: "${lake}"
    table: "ITEM"
    mode: snapshot_cdc
    snapshot_cdc_config:
      source_function:
        file: functions/snapshots.py
        function: next_snapshot
        parameters: {table: "${catalog}.${lake}.BEFORE"}
      keys: [id]
      stored_as_scd_type: 2
""",
    "service": """\
- name: load_ITEM
  type: load
  source:
    type: python
    module_path: functions/service.py
    function_name: fetch
    parameters: {resource: "ITEM", pages: 20}
  target: v_ITEM_raw
- name: pick_ITEM
  type: transform
  transform_type: sql
  source: v_ITEM_raw
  sql: SELECT id, amount, changed_at FROM v_ITEM_raw WHERE amount > 0
  target: v_ITEM
- name: write_ITEM
  type: write
  source: v_ITEM
  write_target:
    type: materialized_view
    catalog: "${catalog}"
    schema: "${lake}"
    table: "ITEM"
    refresh_policy: incremental
""",
    "share": """\
- name: load_ITEM
  type: load
  readMode: stream
  source:
    type: delta # or a plugin's
    catalog: "${catalog}"
    schema: "${lake}"
    table: "BEFORE"
  target: v_ITEM
- name: write_ITEM
  type: write
  source: v_ITEM
  write_target:
    type: streaming_table
    catalog: "${catalog}"
    schema: "${lake}"
    table: "ITEM"
- name: share_ITEM
  type: write
  source: v_ITEM
  write_target:
    type: sink
    sink_type: delta
    sink_name: share_ITEM
    options: {tableName: "partners.share.ITEM"}
""",
    "publish": """\
- name: load_ITEM
  type: load
  readMode: stream
  source:
    type: delta
    catalog: "${catalog}"
    schema: "${lake}"
    table: "BEFORE"
    options: {skipChangeCommits: "true"}
  target: v_ITEM_raw
- name: message_ITEM
  type: transform
  transform_type: sql
  source: v_ITEM_raw
  sql: |
    SELECT id, amount, changed_at, CAST(id AS STRING) AS key, to_json(struct(*)) AS value
    FROM stream(v_ITEM_raw)
  target: v_ITEM
- name: write_ITEM
  type: write
  source: v_ITEM
  write_target:
    type: streaming_table
    catalog: "${catalog}"
    schema: "${lake}"
    table: "ITEM"
- name: publish_ITEM
  type: write
  source: v_ITEM
  write_target:
    type: sink
    sink_type: kafka
    sink_name: publish_ITEM
    bootstrap_servers: "${brokers}"
    topic: "ITEM"
""",
    "merged": """\
- name: load_ITEM
  type: load
  readMode: stream
  source: {type: delta, catalog: "${catalog}", schema: "${lake}", table: "BEFORE"}
  target: v_ITEM_new
- name: load_ITEM_archive
  type: load
  readMode: batch
  source:
    type: delta
    catalog: "${catalog}"
    schema: archive
    table: "ITEM"
    select_columns: [id, amount, changed_at]
  target: v_ITEM_archive
- name: check_ITEM
  type: transform
  transform_type: data_quality
  readMode: stream
  source: v_ITEM_new
  expectations_file: expectations/amounts.yaml
  target: v_ITEM_checked
- name: write_ITEM
  type: write
  source: v_ITEM_checked
  write_target:
    type: streaming_table
    catalog: "${catalog}"
    schema: "${lake}"
    table: "ITEM"
    table_schema: schemas/table.yaml
- name: write_ITEM_archive
  type: write
  source: v_ITEM_archive
  readMode: batch
  once: true
  write_target:
    type: streaming_table
    catalog: "${catalog}"
    schema: "${lake}"
    table: "ITEM"
    create_table: false
""",
    "report": """\
- name: write_ITEM
  type: write
  write_target:
    type: materialized_view
    catalog: "${catalog}"
    schema: "${lake}"
    table: "ITEM"
    cluster_columns: [id]
    sql_path: sql/ITEM.sql
""",
}
SQL = {
    "history": """\
SELECT
  id,
  trim(name) AS name,
  CAST(amount AS DECIMAL(18, 2)) AS amount,
  coalesce(changed_at, current_timestamp()) AS changed_at
FROM stream(v_ITEM_raw)
WHERE amount IS NOT NULL AND name NOT RLIKE '^test'
""",
    "report": """\
WITH recent AS (
  SELECT id, amount, changed_at
  FROM ${catalog}.${lake}.BEFORE
  WHERE changed_at >= '${first_day}'
)
SELECT id, count(*) AS rows, sum(amount) AS amount, max(changed_at) AS changed_at
FROM recent
GROUP BY id
""",
}
SHARED_FILES = {
    "substitutions/dev.yaml": """\
dev:
  catalog: dev_catalog
  lake: lake
  landing: /Volumes/${catalog}/landing/files
  database_host: shop.dev.example.com
  brokers: "broker1.dev.example.com:9092,broker2.dev.example.com:9092"
  first_day: "2024-01-01"
secrets:
  default_scope: dev_secrets
  scopes: {shop: dev_shop, kafka: dev_kafka}
""",
    "presets/base.yaml": """\
name: base
version: "1.0"
defaults:
  write_actions:
    streaming_table:
      table_properties: {delta.enableChangeDataFeed: "true", owner: data-platform}
    materialized_view:
      table_properties: {owner: data-platform}
""",
    "presets/files.yaml": """\
name: files
version: "1.0"
extends: base
defaults:
  load_actions:
    cloudfiles:
      options: {cloudFiles.rescuedDataColumn: _rescued_data, cloudFiles.maxFilesPerTrigger: 200}
""",
    "presets/audited.yaml": """\
name: audited
version: "1.0"
extends: base
defaults:
  operational_metadata: [_loaded_at]
  write_actions:
    streaming_table:
      table_properties: {quality: audited, retention: 30 days}
    materialized_view:
      table_properties: {quality: audited}
""",
    "expectations/keys.yaml": """\
expectations:
  - {name: has_id, expression: id IS NOT NULL, failureAction: fail}
  - {name: has_name, expression: length(name) > 0, failureAction: drop}
  - {name: is_recent, expression: changed_at >= '2020-01-01', failureAction: warn}
""",
    "expectations/amounts.yaml": """\
expectations:
  - {name: has_id, expression: id IS NOT NULL, failureAction: drop}
  - {name: is_positive, expression: amount >= 0, failureAction: warn}
""",
    "schemas/hints.yaml": """\
name: hints
columns:
  - {name: id, type: BIGINT}
  - {name: amount, type: "DECIMAL(18,2)"}
  - {name: changed_at, type: TIMESTAMP}
""",
    "schemas/typed.yaml": """\
columns:
  - "cust_nm -> name: STRING"
  - "id: BIGINT"
  - "amount: DECIMAL(18,2)"
""",
    "schemas/table.yaml": """\
name: table
columns:
  - {name: id, type: BIGINT, nullable: false, comment: Key}
  - {name: amount, type: "DECIMAL(18,2)"}
  - {name: changed_at, type: TIMESTAMP}
""",
    "functions/decode.py": '''\
"""Decodes messages."""

from pyspark.sql import functions as F


def decode(df, spark, parameters):
    """Return the columns of a message's JSON."""
    columns = "id BIGINT, amount DECIMAL(18,2), changed_at TIMESTAMP, day DATE"
    text = F.col("value").cast("string")
    return df.select(F.from_json(text, columns).alias("data")).select("data.*")
''',
    "functions/service.py": '''\
"""Reads a web service."""


def fetch(spark, parameters):
    """Return the rows of a resource."""
    columns = "id BIGINT, amount DECIMAL(18,2), changed_at TIMESTAMP"
    return spark.createDataFrame([], columns)
''',
    "functions/snapshots.py": '''\
"""Yields the snapshots of a table, one version after another."""


def next_snapshot(latest, *, table):
    """Return the next snapshot with its version, or None where there is none."""
    version = 0 if latest is None else latest + 1
    history = spark.sql(f"DESCRIBE HISTORY {table}")
    if history.filter(history.version == version).isEmpty():
        return None
    return spark.read.option("versionAsOf", version).table(table), version
''',
}
LHP_YAML = """\
name: large
version: "1.0"
operational_metadata:
  columns:
    _loaded_at: {expression: F.current_timestamp(), applies_to: [view]}
    _file: {expression: "F.col('_metadata.file_path')", applies_to: [view]}
"""
PLUGIN = '''\
"""Reads a table of share NUMBER."""

from lhp.core.base_generator import BaseActionGenerator


class ShareNUMBERLoadGenerator(BaseActionGenerator):
    """A shared table."""

    kind, type_name = "load", "shareNUMBER"

    @classmethod
    def get_supported_options(cls):
        text = {"type": "string", "required": True}
        return {"catalog": text, "schema": text, "table": text}

    def generate(self, action, context):
        self.add_import("from pyspark import pipelines as dp")
        name = ".".join(action.options[part] for part in ("catalog", "schema", "table"))
        return (
            "@dp.temporary_view()\\n"
            f"def {action.target}():\\n"
            f"    return spark.readStream.table({name!r})"
        )
'''


def item(number: int) -> str:
    """Return the name of a flowgroup and of the table that it writes."""
    return f"{ENTITIES[number % len(ENTITIES)]}_{number:05}"


def before(number: int) -> str:
    """Return the table that a flowgroup reads: its predecessor's, but for the first of ten."""
    return item(number - 1) if number % PER_CHAIN else f"external_{number:05}"


def shape(number: int) -> str:
    return list(ACTIONS)[number % len(ACTIONS)]


def filled(text: str, item: str, before: str) -> str:
    return text.replace("ITEM", item).replace("BEFORE", before)


def with_template(number: int) -> bool:
    return number // len(ACTIONS) % 5 in {0, 2}


class LargeProject:
    """The files of a large project.

    Args:
        files: How many flowgroup files it has.
        plugins: How many load generators of its own it has; its flowgroups use them in turn.
    """

    def __init__(self, files: int, plugins: int = 0) -> None:
        self.plugins = plugins
        self._layout = list(layout(files))
        plain = (each for form, each in self._layout if form != "instance")
        shares = (each for each in chain(*plain) if shape(each) == "share")
        turns = (each for each in shares if not with_template(each))
        self._turns = {number: turn for turn, number in enumerate(turns)}

    @property
    def modules(self) -> int:
        """How many flowgroup modules are generated from it."""
        return sum(len(numbers) for _, numbers in self._layout)

    def write(self, folder: Path) -> None:
        """Write all files below a folder.

        Raises:
            FileExistsError: One of them is there already.
        """
        for path, text in self.files():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield the path and text of each file."""
        yield "lhp.yaml", LHP_YAML + "plugins: {directories: [plugins]}\n" * bool(self.plugins)
        yield from SHARED_FILES.items()
        yield "blueprints/pair.yaml", blueprint()
        for name in ACTIONS:
            yield f"templates/{name}.yaml", template(name)
        for number in range(self.plugins):
            yield f"plugins/share{number}.py", PLUGIN.replace("NUMBER", str(number))
        for form, numbers in self._layout:
            path = f"pipelines/{pipeline(numbers[0])}/{item(numbers[0])}.yaml"
            yield path, getattr(self, f"_{form}")(numbers)
            for number in numbers:
                if shape(number) in SQL and form != "instance":
                    text = filled(SQL[shape(number)], item(number), before(number))
                    yield f"sql/{item(number)}.sql", text

    def _documents(self, numbers: range) -> str:
        head = f"pipeline: {pipeline(numbers[0])}\n"
        return "---\n".join(head + self._flowgroup(number) for number in numbers)

    def _array(self, numbers: range) -> str:
        entries = (indent(self._flowgroup(number), "    ") for number in numbers)
        text = "".join(f"  - {entry[4:]}" for entry in entries)
        return f"pipeline: {pipeline(numbers[0])}\nflowgroups:\n{text}"

    def _instance(self, numbers: range) -> str:
        first, second = numbers
        return (
            "use_blueprint: pair\n"
            "parameters:\n"
            f"  pipeline: {pipeline(first)}\n"
            f"  before: {before(first)}\n"
            f"  first: {item(first)}\n"
            f"  second: {item(second)}\n"
        )

    def _flowgroup(self, number: int) -> str:
        head = f"flowgroup: {item(number)}\n" + "presets: [audited]\n" * (number % 2)
        if with_template(number):
            values = f"{{item: {item(number)}, before: {before(number)}}}"
            return f"{head}use_template: {shape(number)}\ntemplate_parameters: {values}\n"
        actions = filled(ACTIONS[shape(number)], item(number), before(number))
        if self.plugins and number in self._turns:
            kind = f"share{self._turns[number] % self.plugins}"
            actions = actions.replace("type: delta #", f"type: {kind} #")
        return f"{head}actions:\n{indent(actions, '  ')}"


def layout(files: int) -> Iterator[tuple[str, range]]:
    """Yield the form and the numbers of the flowgroups of each file."""
    forms = {3: ("documents", 3), 6: ("array", 2), 8: ("instance", 2)}
    forms |= {10: ("array", 2), 12: ("instance", 2)}
    number = 0
    for file in range(files):
        form, size = forms.get(file % FILES, ("documents", 1))
        yield form, range(number, number + size)
        number += size


def pipeline(number: int) -> str:
    return f"{shape(number // PER_PIPELINE)}_{number // PER_PIPELINE:03}"


def template(name: str) -> str:
    actions = filled(ACTIONS[name], "{{ item }}", "{{ before }}")
    return (
        f'name: {name}\nversion: "1.0"\npresets: [files]\n'
        "parameters:\n  - {name: item, required: true}\n  - {name: before, required: true}\n"
        f"actions:\n{indent(actions, '  ')}"
    )


def blueprint() -> str:
    """Return a blueprint of two flowgroups; the second reads the first and uses `audited`."""
    names = ("pipeline", "before", "first", "second")
    parameters = "".join(f"  - {{name: {name}, required: true}}\n" for name in names)
    text = f'name: pair\nversion: "1.0"\nparameters:\n{parameters}flowgroups:\n'
    for shape, name, source in (("landing", "first", "before"), ("merged", "second", "first")):
        actions = filled(ACTIONS[shape], f"%{{{name}}}", f"%{{{source}}}")
        text += (
            f'  - pipeline: "%{{pipeline}}"\n    flowgroup: "%{{{name}}}"\n'
            + "    presets: [audited]\n" * (name == "second")
            + f"    actions:\n{indent(actions, '      ')}"
        )
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=2800)
    parser.add_argument("--plugins", type=int, default=0)
    wanted = parser.parse_args()
    project = LargeProject(wanted.files, wanted.plugins)
    project.write(wanted.folder)
    print(f"{wanted.files} flowgroup files, {project.modules} modules")


if __name__ == "__main__":
    main()
