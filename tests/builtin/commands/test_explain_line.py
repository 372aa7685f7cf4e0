"""What `lhp explain FILE:LINE` prints of a project in which every layer has a say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FILES = {
    "lhp.yaml": """\
name: explained
operational_metadata:
  columns:
    _loaded_at: F.current_timestamp()
    _file: F.col('_metadata.file_path')
""",
    "substitutions/dev.yaml": """\
global:
  catalog: shared_cat
  landing: /Volumes/${catalog}/landing
  layers: {raw: bronze, kept: silver}
dev:
  catalog: dev_cat
  db_password: hunter2hunter2
secrets:
  default_scope: shop
  scopes: {erp: shop-dev-erp}
""",
    "substitutions/prod.yaml": "prod:\n  catalog: prod_cat\n  landing: /l\n  layers: {raw: b}\n  db_password: hunter2hunter2\n",
    "presets/tables.yaml": """\
name: tables
defaults:
  operational_metadata: [_loaded_at]
  load_actions:
    cloudfiles:
      options:
        cloudFiles.maxFilesPerTrigger: 10
        header: false
  write_actions:
    streaming_table:
      comment: Made by us
      table_properties: {layer: none}
""",
    "presets/bronze.yaml": """\
name: bronze
extends: tables
defaults:
  operational_metadata: [_file]
  load_actions:
    cloudfiles:
      options:
        cloudFiles.maxFilesPerTrigger: 100
  write_actions:
    streaming_table:
      schema_suffix: _raw
      table_properties: {layer: bronze}
""",
    "presets/idle.yaml": "name: idle\ndefaults:\n  load_actions:\n    delta: {readMode: batch}\n",
    "templates/ingest.yaml": """\
name: Ingest
presets: [tables]
parameters:
  - name: table
    required: true
  - name: folder
    default: "${landing}/files"
  - {name: columns}
actions:
  - name: load_{{ table }}
    type: load
    source:
      type: cloudfiles
      path: "{{ folder }}/{{ table }}/*.csv"
      format: csv
      options:
        header: true
    target: v_{{ table }}
  - name: keep_{{ table }}
    type: transform
    transform_type: sql
    source: v_{{ table }}
    target: v_{{ table }}_kept
    sql_path: sql/keep.sql
""",
    "sql/keep.sql": "SELECT *\\nFROM v_{{ table }}\\nWHERE place = '${layers.kept}'\\n",
    "pipelines/orders.yaml": """\
pipeline: bronze
flowgroup: orders
presets: [bronze]
use_template: ingest
template_parameters:
  table: "%{entity}_%{year}"
variables:
  entity: orders
  year: 2024
actions:
  - name: write_%{entity}
    type: write
    source: v_%{entity}_2024_kept
    write_target:
      type: streaming_table
      catalog: ${catalog}
      schema: ${layers.raw}
      table: "%{entity}"
      comment: |
        All orders,
        also %{year}
      table_properties:
        owner: us
  # Nothing but a comment.

  - name: load_erp
    type: load
    source:
      type: jdbc
      url: jdbc:postgresql://erp/shop?password=${db_password}
      driver: org.postgresql.Driver
      user: reader
      password: ${secret:erp/password}
      table: orders
    target: v_erp
""",
    "blueprints/region.yaml": """\
name: region
parameters:
  - name: city
    required: true
  - name: kind
    default: plain
flowgroups:
  - pipeline: "%{city}_daily"
    flowgroup: sales
    presets: [tables]
    actions:
      - name: load_sales
        type: load
        source:
          type: delta
          catalog: shop
          schema: sales
          table: ${catalog}_%{city}_%{kind}
        target: v_sales
      - name: write_sales
        type: write
        source: v_sales
        write_target:
          type: streaming_table
          catalog: ${catalog}
          schema: sales
          table: "%{city}"
""",
    "pipelines/oslo.yaml": "use_blueprint: region\nparameters:\n  city: oslo\n  kind: fine\n",
    "pipelines/riga.yaml": "use_blueprint: region\nparameters:\n  city: riga\n",
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path, text in FILES.items():
        write(tmp_path, path, text.replace("\\n", "\n") if path.endswith(".sql") else text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


def place(path: str, text: str, *, column: bool = False) -> str:
    """Return FILE:LINE of the first line that holds a text."""
    for number, line in enumerate(FILES[path].splitlines(), 1):
        if text in line:
            return f"{path}:{number}" + (f":{line.index(text) + 1}" if column else "")
    raise AssertionError(text)


def told(lhp: Any, path: str, text: str, *more: str) -> dict[str, Any]:
    ended = lhp("explain", place(path, text), "--format", "json", *more)
    assert (ended.code, ended.err) == (0, "")
    data: dict[str, Any] = json.loads(ended.out)
    return data


def chain(step: dict[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """Yield each step with what is written where; a replaced one is marked."""
    mark = " (overridden)" if step["is_overridden"] else ""
    yield step["what"] + mark, step["written"], f"{step['path']}:{step['line']}"
    for inner in step["steps"]:
        yield from chain(inner)


def chain_of(value: dict[str, Any]) -> list[tuple[str, Any, str]]:
    return [each for step in value["origin"] for each in chain(step)]


def test_the_project_is_sound(lhp: Any) -> None:
    assert lhp("validate", "--include-tests").code == 0


def test_a_value_of_a_template_tells_its_parameters_and_their_tokens(lhp: Any) -> None:
    data = told(lhp, "templates/ingest.yaml", "path: ")
    (value,) = data["values"]
    assert (value["flowgroup"], value["action"]) == ("bronze/orders", "load_orders_2024")
    assert (value["key"], value["value"]) == (
        "source.path",
        "/Volumes/dev_cat/landing/files/orders_2024/*.csv",
    )
    assert chain_of(value) == [
        ("template ingest", "{{ folder }}/{{ table }}/*.csv", "templates/ingest.yaml:14"),
        ("{{ folder }}", "${landing}/files", "templates/ingest.yaml:7"),
        ("${landing}", "/Volumes/${catalog}/landing", "substitutions/dev.yaml:3"),
        ("${catalog}", "dev_cat", "substitutions/dev.yaml:6"),
        ("${catalog} (overridden)", "shared_cat", "substitutions/dev.yaml:2"),
        ("{{ table }}", "%{entity}_%{year}", "pipelines/orders.yaml:6"),
        ("%{entity}", "orders", "pipelines/orders.yaml:8"),
        ("%{year}", 2024, "pipelines/orders.yaml:9"),
        ("used by flowgroup", "ingest", "pipelines/orders.yaml:4"),
    ]


def test_a_value_of_a_flowgroup_as_people_see_it(lhp: Any) -> None:
    ended = lhp("explain", place("pipelines/orders.yaml", "schema:"))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "pipelines/orders.yaml:17:7: actions[0].write_target.schema (dev)",
        "bronze/orders: write_orders: write_target.schema",
        "",
        "  bronze_raw",
        "",
        "From                              Written        Where",
        "flowgroup                         ${layers.raw}  pipelines/orders.yaml:17:15",
        "  ${layers.raw}                   bronze         substitutions/dev.yaml:4:17",
        "  schema_suffix of preset bronze  _raw           presets/bronze.yaml:11:22",
    ]


def test_the_values_of_presets_that_lost_are_told(lhp: Any) -> None:
    (value,) = told(lhp, "templates/ingest.yaml", "header")["values"]
    assert chain_of(value)[-1] == ("preset tables (overridden)", False, "presets/tables.yaml:8")
    (value,) = told(lhp, "presets/bronze.yaml", "maxFiles")["values"]
    assert value["value"] == 100
    assert chain_of(value) == [
        ("preset bronze", 100, "presets/bronze.yaml:8"),
        ("used by flowgroup", "bronze", "pipelines/orders.yaml:3"),
        ("preset tables (overridden)", 10, "presets/tables.yaml:7"),
    ]


def test_a_line_of_a_preset_that_something_stronger_replaces(lhp: Any) -> None:
    out = lhp("explain", place("presets/tables.yaml", "header")).out.splitlines()
    assert out == [
        "presets/tables.yaml:8:9: defaults.load_actions.cloudfiles.options.header (dev)",
        "",
        "  false",
        "",
        "Used by                          Value  Overridden by",
        "bronze/orders: load_orders_2024",
        "  source.options.header          true   templates/ingest.yaml:17:17",
        "",
        "1 value in 1 flowgroup",
    ]


@pytest.mark.parametrize(
    ("path", "text", "rows"),
    [
        (
            "blueprints/region.yaml",
            "default: plain",
            [
                "Used by                     Value                    Overridden by",
                "oslo_daily/sales: load_sales",
                "  source.table              dev_cat_oslo_fine        pipelines/oslo.yaml:4:9",
                "riga_daily/sales: load_sales",
                "  source.table              dev_cat_riga_plain",
            ],
        ),
        (
            "substitutions/dev.yaml",
            "catalog: shared_cat",
            [
                "  source.table              dev_cat_oslo_fine        substitutions/dev.yaml:6:12",
            ],
        ),
    ],
)
def test_a_line_that_a_parameter_or_a_token_replaces_names_the_place_of_that(
    lhp: Any, path: str, text: str, rows: list[str]
) -> None:
    out = lhp("explain", place(path, text)).out.splitlines()
    found = [line.split() for line in out]
    assert [row for row in rows if row.split() not in found] == []


def test_the_line_of_all_actions_lists_what_each_of_them_has(lhp: Any) -> None:
    out = lhp("explain", place("pipelines/orders.yaml", "actions:")).out.splitlines()
    heads = [line for line in out if line.startswith("bronze/")]
    assert heads == ["bronze/orders: write_orders", "bronze/orders: load_erp"]
    assert not any("(of the flowgroup)" in line for line in out)


@pytest.mark.parametrize("text", ["- name: write_", "    type: write"])
def test_the_line_of_an_action_tells_all_its_options(lhp: Any, text: str) -> None:
    lines = lhp("explain", place("pipelines/orders.yaml", text)).out.splitlines()
    assert lines[1:3] == ["bronze/orders: write_orders", ""]
    rows = {line.split()[0]: line.split()[1:] for line in lines[3:]}
    assert rows["Key"] == ["Value", "From"]
    assert rows["write_target.table"] == ["orders", "line", "18", "%{entity}"]
    assert rows["write_target.table_properties.layer"] == ["bronze", "presets/bronze.yaml:12"]
    assert rows["write_target.table_properties.owner"] == ["us", "line", "23"]
    assert rows["write_target.comment"][:4] == ["All", "orders,\\nalso", "2024\\n", "line"]
    assert rows["write_target.temporary"] == ["false", "default"]


def test_a_load_shows_the_metadata_of_its_flowgroup_too(lhp: Any) -> None:
    lines = lhp("explain", place("templates/ingest.yaml", "- name: load_")).out.splitlines()
    found = [line.split() for line in lines if line.startswith("operational_metadata")]
    assert found == [
        [
            "operational_metadata[0]",
            "(of",
            "the",
            "flowgroup)",
            "_loaded_at",
            "presets/tables.yaml:3",
        ],
        ["operational_metadata[1]", "(of", "the", "flowgroup)", "_file", "presets/bronze.yaml:4"],
    ]


def test_a_column_chooses_one_of_the_keys_of_a_line(lhp: Any) -> None:
    where = place("substitutions/dev.yaml", "kept", column=True)
    data = json.loads(lhp("explain", where, "--format", "json").out)
    assert (data["key"], data["token"]) == ("global.layers.kept", "silver")
    assert [each["key"] for each in data["uses"]] == ["sql_path"]


def test_a_line_inside_a_text_of_several_lines_is_that_text(lhp: Any) -> None:
    ended = lhp("explain", place("pipelines/orders.yaml", "also %{year}"))
    assert "\n  All orders,\n  also 2024\n" in ended.out
    assert "write_target.comment" in ended.out
    # What the preset gives has lost.
    assert "preset tables (overridden)  Made by us" in ended.out


def test_a_token_tells_its_value_and_where_it_is_used_also_in_files(lhp: Any) -> None:
    out = lhp("explain", "substitutions/dev.yaml:4").out.splitlines()
    assert out[0] == "substitutions/dev.yaml:4:3: global.layers (dev)"
    assert out[2:] == [
        '  {"raw": "bronze", "kept": "silver"}',
        "",
        "Used by                          Value",
        "bronze/orders: write_orders",
        "  write_target.schema            bronze_raw",
        "bronze/orders: keep_orders_2024",
        "  sql_path                       sql/keep.sql:3",
        "",
        "2 values in 1 flowgroup",
    ]


@pytest.mark.parametrize(
    ("secret", "line"), [("${secret:pin}", "default_scope"), ("${secret:erp/pin}", "scopes")]
)
def test_a_scope_of_secrets_is_used_in_files_too(
    project: Path, lhp: Any, secret: str, line: str
) -> None:
    write(project, "sql/keep.sql", f"SELECT *\nFROM v_orders\nWHERE pin = '{secret}'\n")
    out = lhp("explain", place("substitutions/dev.yaml", line)).out
    assert "sql/keep.sql:3" in out


def test_a_token_that_another_block_replaces(lhp: Any) -> None:
    out = lhp("explain", "substitutions/dev.yaml:2").out
    assert "overridden by substitutions/dev.yaml:6:12\n\n  dev_cat\n" in out


def test_the_file_of_an_environment_tells_which_one_is_meant(lhp: Any) -> None:
    assert "(prod)" in lhp("explain", "substitutions/prod.yaml:2").out
    ended = lhp("explain", "substitutions/prod.yaml:2", "-e", "dev")
    assert ended.code == 2
    assert "is for the environment 'prod', not 'dev'" in ended.err


def test_another_environment(lhp: Any) -> None:
    where = place("pipelines/orders.yaml", "schema:")
    assert "\n  b_raw\n" in lhp("explain", where, "-e", "prod").out


def test_a_parameter_of_a_template_tells_where_it_is_used(lhp: Any) -> None:
    data = told(lhp, "templates/ingest.yaml", "- name: table")
    assert [(each["action"], each["key"], each["value"]) for each in data["uses"]] == [
        ("load_orders_2024", "name", "load_orders_2024"),
        ("load_orders_2024", "source.path", "/Volumes/dev_cat/landing/files/orders_2024/*.csv"),
        ("load_orders_2024", "target", "v_orders_2024"),
        ("keep_orders_2024", "name", "keep_orders_2024"),
        ("keep_orders_2024", "source", "v_orders_2024"),
        ("keep_orders_2024", "target", "v_orders_2024_kept"),
        ("keep_orders_2024", "sql_path", "sql/keep.sql"),
    ]


def test_a_variable_tells_what_it_ends_in(lhp: Any) -> None:
    data = told(lhp, "pipelines/orders.yaml", "  year: ")
    assert [each["value"] for each in data["values"]] == [2024]
    assert "write_target.comment" in [each["key"] for each in data["uses"]]


def test_a_line_of_a_blueprint_tells_what_it_becomes_in_each_flowgroup(lhp: Any) -> None:
    out = lhp("explain", place("blueprints/region.yaml", "table: ${catalog}")).out.splitlines()
    assert out == [
        "blueprints/region.yaml:18:11: flowgroups[0].actions[0].source.table (dev)",
        "",
        "  ${catalog}_%{city}_%{kind}",
        "",
        "Used by                       Value",
        "oslo_daily/sales: load_sales",
        "  source.table                dev_cat_oslo_fine",
        "riga_daily/sales: load_sales",
        "  source.table                dev_cat_riga_plain",
        "",
        "2 values in 2 flowgroups",
    ]


def test_one_of_several_flowgroups_can_be_asked_for(lhp: Any) -> None:
    data = told(lhp, "blueprints/region.yaml", "table: ${cat", "--flowgroup", "oslo_daily/sales")
    (value,) = data["values"]
    assert chain_of(value) == [
        ("blueprint region", "${catalog}_%{city}_%{kind}", "blueprints/region.yaml:18"),
        ("%{city}", "oslo", "pipelines/oslo.yaml:3"),
        ("%{kind}", "fine", "pipelines/oslo.yaml:4"),
        ("%{kind} (overridden)", "plain", "blueprints/region.yaml:6"),
        ("${catalog}", "dev_cat", "substitutions/dev.yaml:6"),
        ("${catalog} (overridden)", "shared_cat", "substitutions/dev.yaml:2"),
        ("used by instance", "region", "pipelines/oslo.yaml:1"),
    ]
    ended = lhp("explain", "blueprints/region.yaml:18", "-f", "sale")
    assert (ended.code, "Did you mean 'sales'?" in ended.err) == (2, True)


def test_an_action_that_several_flowgroups_have_is_told_by_its_name(lhp: Any) -> None:
    out = lhp("explain", place("blueprints/region.yaml", "- name: load_sales")).out
    assert out.count("\n  name ") == 2
    assert "2 values in 2 flowgroups" in out


def test_a_line_of_an_instance(lhp: Any) -> None:
    data = told(lhp, "pipelines/riga.yaml", "city")
    assert [(each["key"], each["value"]) for each in data["uses"]] == [
        ("pipeline", "riga_daily"),
        ("source.table", "dev_cat_riga_plain"),
        ("write_target.table", "riga"),
    ]
    # The blueprint stands behind all that its use gives.
    assert len(told(lhp, "pipelines/riga.yaml", "use_blueprint")["uses"]) > 8


def test_secrets_are_told_by_scope_and_key_alone(lhp: Any) -> None:
    (value,) = told(lhp, "pipelines/orders.yaml", "  password: ")["values"]
    assert value["value"] == "${secret:shop-dev-erp/password}"
    assert chain_of(value)[1] == ("scope erp", "shop-dev-erp", "substitutions/dev.yaml:10")


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pipelines/orders.yaml", "url:"),
        ("pipelines/orders.yaml", "- name: load_erp"),
        ("substitutions/dev.yaml", "db_password"),
        ("substitutions/dev.yaml", "dev:"),
    ],
)
def test_a_secret_in_plain_text_is_never_shown(lhp: Any, form: str, path: str, text: str) -> None:
    ended = lhp("explain", place(path, text), "--format", form)
    assert ended.code == 0
    assert "hunter2" not in ended.out + ended.err
    assert "***" in ended.out


@pytest.mark.parametrize(
    "text",
    [
        "use_blueprint: nowhere\nparameters:\n  password: hunter2hunter2\n",
        "pipeline: p\nflowgroup: f\ntemplate_parameters:\n  password: hunter2hunter2\n",
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_nor_is_one_that_goes_nowhere(project: Path, lhp: Any, text: str, form: str) -> None:
    write(project, "pipelines/lost.yaml", text)
    ended = lhp("explain", f"pipelines/lost.yaml:{len(text.splitlines())}", "--format", form)
    assert "hunter2" not in ended.out + ended.err
    assert "***" in ended.out


@pytest.mark.parametrize(
    ("path", "used"), [("presets/tables.yaml", 11), ("templates/ingest.yaml", 13)]
)
def test_the_name_of_a_file_stands_for_all_that_is_in_it(lhp: Any, path: str, used: int) -> None:
    uses = told(lhp, path, "name: ")["uses"]
    assert len(uses) == used
    # What a parameter is declared as counts, too.
    assert told(lhp, "templates/ingest.yaml", "parameters:")["uses"]


def test_the_files_of_a_content_plugin(project: Path, lhp: Any) -> None:
    entry = "plugins:\n  enabled:\n    - {name: house, type: content, path: house}\n"
    write(project, "lhp.yaml", FILES["lhp.yaml"] + entry)
    write(project, "house/presets/tables.yaml", FILES["presets/tables.yaml"])
    write(project, "house/templates/ingest.yaml", FILES["templates/ingest.yaml"])
    text = FILES["pipelines/orders.yaml"].replace("ingest", "house.ingest")
    write(project, "pipelines/orders.yaml", text)
    for path, label in (("templates/ingest", "template house.ingest"), ("presets/tables", "")):
        where = place(f"{path}.yaml", "header")
        data = json.loads(lhp("explain", f"house/{where}", "--format", "json").out)
        (value,) = data["values"] or data["uses"]
        assert value["value"] is True
        assert label in value["origin"][0]["what"]


def test_what_nothing_uses(lhp: Any) -> None:
    ended = lhp("explain", place("presets/idle.yaml", "delta"))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith("\nNo flowgroup uses it in dev.\n")


def test_only_some_of_many_uses_are_listed(project: Path, lhp: Any) -> None:
    for number in range(25):
        write(
            project,
            f"pipelines/r{number}.yaml",
            f"use_blueprint: region\nparameters: {{city: c{number}}}\n",
        )
    where = place("blueprints/region.yaml", "table: ${catalog}")
    ended = lhp("explain", where)
    assert ended.out.count("source.table  ") == 20
    assert ended.out.endswith("27 values in 27 flowgroups; `--all` lists 7 more\n")
    assert lhp("explain", where, "--all").out.count("source.table  ") == 27
    assert len(told(lhp, "blueprints/region.yaml", "table: ${catalog}")["uses"]) == 27


def test_a_file_is_found_from_the_current_folder_and_from_the_root(
    project: Path, lhp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "pipelines")
    for name in ("oslo.yaml", "pipelines/oslo.yaml", str(project / "pipelines/oslo.yaml")):
        assert lhp("explain", f"{name}:3").code == 0


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (
            "pipelines/order.yaml:3",
            "there is no file 'pipelines/order.yaml'. Did you mean 'pipelines/orders.yaml'?",
        ),
        ("pipelines/orders.yaml", "names no line"),
        ("pipelines/orders.yaml:", "names no line"),
        ("pipelines/orders.yaml:x", "for example pipelines/orders.yaml:1."),
        (
            "pipelines/orders.yaml:24",
            "line 24 of pipelines/orders.yaml. The nearest is line 23, actions[0].write_target",
        ),
        (
            "pipelines/orders.yaml:99",
            "pipelines/orders.yaml ends at line 35. The nearest is line 35",
        ),
        ("pipelines/orders.yaml:0", "The nearest is line 1, pipeline."),
        ("sql/keep.sql:1", "'sql/keep.sql' is no flowgroup, instance, blueprint, template, preset"),
        ("lhp.yaml:1", "'lhp.yaml' is no flowgroup"),
    ],
)
def test_a_place_that_does_not_exist_tells_the_nearest(lhp: Any, what: str, message: str) -> None:
    ended = lhp("explain", what)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err


def test_a_key_in_an_answer_moves_no_cursor(project: Path, lhp: Any) -> None:
    write(project, "pipelines/odd.yaml", '"x-a\\u001b[31m": 1\n')
    assert "\x1b" not in lhp("explain", "pipelines/odd.yaml:9").err
    ended = lhp("explain", "pipelines/odd.yaml:1")
    assert "x-a\\x1b[31m" in ended.out


def test_an_unknown_environment(lhp: Any) -> None:
    ended = lhp("explain", "pipelines/orders.yaml:3", "-e", "prd")
    assert ended.code == 1
    assert "did you mean 'prod'?" in ended.err


BROKEN = """\
pipeline: bronze
flowgroup: broken
presets: [bronze, nothing]
descripton: misspelt
actions:
  - name: load_it
    type: load
    source:
      type: cloudfiles
      path: ${landing}/x
      format: ${nowhere}
      schema_hints: ${landing.%{who}}
    target: v_it
  - name: odd
    type: transform
    transform_type: sqll
    source: v_it
    target: v_odd
"""


def test_faults_of_a_flowgroup_hide_only_what_is_at_fault(project: Path, lhp: Any) -> None:
    write(project, "pipelines/broken.yaml", BROKEN)
    ended = lhp("explain", "pipelines/broken.yaml:10", "--format", "json")
    assert ended.code == 1
    (value,) = json.loads(ended.out)["values"]
    assert value["value"] == "/Volumes/dev_cat/landing/x"
    for text in ("'nothing'", "${nowhere}", "'sqll'", "descripton", "%{who}"):
        assert text in ended.err
    whole = lhp("explain", "pipelines/broken.yaml:6").out
    assert "source.options.cloudFiles.maxFilesPerTrigger  100 " in whole
    assert "(unresolved: LHP-" in whole
    assert "schema_hints" in whole
    (value,) = json.loads(lhp("explain", "pipelines/broken.yaml:11", "--format", "json").out)[
        "values"
    ]
    assert value["value"] is None
    assert value["problem"].startswith("LHP-")
    assert "v_odd" in lhp("explain", "pipelines/broken.yaml:14").out


def test_faults_elsewhere_are_not_told(project: Path, lhp: Any) -> None:
    write(project, "pipelines/broken.yaml", BROKEN)
    ended = lhp("explain", place("pipelines/orders.yaml", "schema:"))
    assert (ended.code, ended.err) == (0, "")


def test_a_template_that_does_not_exist_leaves_the_rest(project: Path, lhp: Any) -> None:
    text = FILES["pipelines/orders.yaml"].replace("ingest", "ingets")
    write(project, "pipelines/orders.yaml", text)
    ended = lhp("explain", place("pipelines/orders.yaml", "schema:"))
    assert ended.code == 1
    assert "\n  bronze_raw\n" in ended.out
    assert "did you mean 'ingest'?" in ended.err


def test_what_can_not_be_resolved_at_all_is_told_as_written(project: Path, lhp: Any) -> None:
    doubling = "".join(f"  v{n}: '%{{v{n + 1}}}%{{v{n + 1}}}'\n" for n in range(40))
    text = FILES["pipelines/orders.yaml"]
    text = text.replace("variables:\n", f"variables:\n  v40: x\n{doubling}")
    write(project, "pipelines/orders.yaml", text)
    ended = lhp("explain", "pipelines/orders.yaml:58")
    assert ended.code == 1
    assert ended.out.endswith("(dev)\n\n  ${layers.raw}\n\nIt can't be resolved.\n")
    assert "grow beyond" in ended.err


def test_a_circle_of_presets_or_tokens_hides_only_what_it_makes(project: Path, lhp: Any) -> None:
    write(project, "presets/tables.yaml", "name: tables\nextends: bronze\n")
    ended = lhp("explain", place("pipelines/orders.yaml", "schema:"))
    assert ended.code == 1
    assert "\n  bronze\n" in ended.out
    assert "tables -> bronze -> tables" in ended.err
    circle = "  raw: ${lower}\n  lower: ${raw}\n  fine: x\n"
    tokens = FILES["substitutions/dev.yaml"].replace("dev:\n", f"dev:\n{circle}")
    write(project, "substitutions/dev.yaml", tokens)
    text = FILES["pipelines/orders.yaml"].replace("${layers.raw}", "${raw}_x")
    write(project, "pipelines/orders.yaml", text)
    ended = lhp("explain", place("pipelines/orders.yaml", "schema:"))
    assert "\n  (unresolved: LHP-CFG-157)\n" in ended.out
    assert "(unresolved" not in lhp("explain", "substitutions/dev.yaml:8").out
    ended = lhp("explain", "substitutions/dev.yaml:7")
    assert (ended.code, "(unresolved: LHP-CFG-157)" in ended.out) == (1, True)


def test_a_file_that_is_missing_or_outside_is_not_read(project: Path, lhp: Any) -> None:
    write(project.parent, "outside.sql", "${catalog}\n")
    for path in ("../outside.sql", "sql/missing.sql", "sql"):
        text = FILES["templates/ingest.yaml"].replace("sql/keep.sql", path)
        write(project, "templates/ingest.yaml", text)
        uses = told(lhp, "substitutions/dev.yaml", "kept")["uses"]
        assert "sql_path" not in [each["key"] for each in uses]


def test_an_error_of_a_file_that_nothing_else_explains(project: Path, lhp: Any) -> None:
    write(project, "presets/idle.yaml", "name: idle\ndefalts: {}\n")
    ended = lhp("explain", "presets/idle.yaml:2")
    assert ended.code == 1
    assert "'defalts'" in ended.err


def test_without_a_line_codes_are_explained_as_ever(lhp: Any) -> None:
    assert lhp("explain", "CFG-009").out.startswith("error[LHP-CFG-009]")
    assert lhp("explain").out.startswith("Code ")


def test_a_file_that_is_no_yaml_is_told_as_such(project: Path, lhp: Any) -> None:
    write(project, "pipelines/oslo.yaml", "use_blueprint: [\n")
    ended = lhp("explain", "pipelines/oslo.yaml:1")
    assert (ended.code, ended.out) == (1, "")
    assert "LHP-CFG-009" in ended.err


def test_every_line_of_the_project_can_be_asked_for(lhp: Any) -> None:
    for path, text in FILES.items():
        for number in range(1, len(text.splitlines()) + 1):
            ended = lhp("explain", f"{path}:{number}")
            assert ended.code in (0, 2), (path, number, ended)
            assert "hunter2" not in ended.out + ended.err
