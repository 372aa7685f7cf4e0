"""Generated code calls the platform as its pages say, and what stands in for it takes all of that."""

from __future__ import annotations

import ast
import inspect
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from running import write_files
from signatures import FORMER_NAMES, PAGES, documented

from lhp.passes.project import open_project
from lhp.passes.run import Wanted, run
from lhp.run.datasets import Declared
from lhp.run.declare import Declaring

GOLDEN = Path(__file__).parents[1] / "golden"

UNDOCUMENTED = {
    ("table", "temporary"): (
        "pages of Delta Live Tables show `@dlt.table(temporary=True)`"
        " (docs.azure.cn/databricks/delta-live-tables/publish); today's say `private`, and projects"
        " written for earlier releases get what those wrote"
    ),
    ("create_streaming_table", "temporary"): "the option `temporary`, which is passed on as given",
    ("materialized_view", "temporary"): "the option `temporary`, which is passed on as given",
}
"""Keywords that we write and no page of today names, with the reason."""

DOCUMENTED = dict(documented())


class Call(NamedTuple):
    """A call of the module `pipelines`."""

    where: str
    name: str
    arguments: int
    keywords: tuple[str, ...]


def calls_in(text: str, where: str) -> Iterator[Call]:
    tree = ast.parse(text)
    called = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name("dp" | "dlt"), attr=name):
                call = called.get(id(node))
                place = f"{where}:{node.lineno}"
                if call is None:
                    yield Call(place, name, 1, ())  # a bare decorator gets its function
                    continue
                assert not any(isinstance(each, ast.Starred) for each in call.args), place
                keywords = tuple(keyword.arg or "**" for keyword in call.keywords)
                yield Call(place, name, len(call.args), keywords)


def check(calls: list[Call]) -> set[tuple[str, str]]:
    """Bind calls to what is documented; return the exceptions that they need."""
    used = set()
    for call in calls:
        assert call.name in DOCUMENTED, f"{call.where}: no page knows {call.name}"
        exceptions = {(call.name, keyword) for keyword in call.keywords} & UNDOCUMENTED.keys()
        used |= exceptions
        kept = {word: None for word in call.keywords if (call.name, word) not in exceptions}
        try:
            inspect.signature(DOCUMENTED[call.name]).bind(*[None] * call.arguments, **kept)
        except TypeError as error:
            pytest.fail(f"{call.where}: {call.name}: {error}")
    return used


def golden_calls() -> list[Call]:
    files = sorted(GOLDEN.glob("*/expected/**/*.py"))
    return [
        call
        for file in files
        for call in calls_in(file.read_text(encoding="utf-8"), file.relative_to(GOLDEN).as_posix())
    ]


def test_every_call_of_the_golden_projects_is_documented() -> None:
    calls = golden_calls()
    check(calls)
    counts = Counter(call.name for call in calls)
    assert counts["append_flow"] > 50
    assert {*counts} >= {"temporary_view", "materialized_view", "create_sink", "expect_all"}


TABLE = {"catalog": "c", "schema": "s"}
SETTINGS = {
    "table_properties": {"quality": "gold"},
    "spark_conf": {"spark.sql.shuffle.partitions": "4"},
    "path": "/data/t",
    "row_filter": "ROW FILTER c.s.own ON (id)",
    "temporary": True,
    "private": True,
    "table_schema": "id BIGINT NOT NULL, __START_AT BIGINT, __END_AT BIGINT",
}
CLUSTERED = {"cluster_columns": ["id"], "cluster_by_auto": True}
CHANGES = {"keys": ["id"], "sequence_by": "a"}
SNAPSHOTS = {"keys": ["id"], "stored_as_scd_type": 2}
FUNCTION = {"file": "snapshots.py", "function": "next_one"}
WRITES: dict[str, dict[str, Any]] = {
    "appended": {"partition_columns": ["id"]},
    "changed": {
        "mode": "cdc",
        "cdc_config": {
            **CHANGES,
            "except_column_list": ["op"],
            "ignore_null_updates": True,
            "apply_as_deletes": "op = 'D'",
            "apply_as_truncates": "op = 'T'",
        },
    },
    "history_of": {
        "mode": "cdc",
        "cdc_config": {
            **CHANGES,
            "scd_type": 2,
            "column_list": ["id", "c"],
            "track_history_column_list": ["c"],
        },
    },
    "history_but": {
        "mode": "cdc",
        "cdc_config": {**CHANGES, "scd_type": 2, "track_history_except_column_list": ["c"]},
    },
    "snapshots_of": {
        "mode": "snapshot_cdc",
        "snapshot_cdc_config": {**SNAPSHOTS, "source": "v", "track_history_column_list": ["c"]},
    },
    "snapshots_but": {
        "mode": "snapshot_cdc",
        "snapshot_cdc_config": {
            **SNAPSHOTS,
            "source_function": FUNCTION,
            "track_history_except_column_list": ["c"],
        },
    },
    "replaced": {
        "mode": "replace",
        "replace_config": {"replace_using": ["id"], "sequence_by": "a"},
    },
}


def write(name: str, target: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "write", "source": "v", "write_target": target, **more}


def every_option() -> dict[str, str]:
    """Return a project in which writes, sinks, tests and hooks say all that becomes a keyword."""
    rules = [
        {"name": each, "expression": "id > 0", "failureAction": each}
        for each in ("warn", "drop", "fail")
    ]
    load = {"type": "sql", "sql": "SELECT 1"}
    staged = {"type": "transform", "transform_type": "temp_table", "source": "v_checked"}
    checked = {"type": "transform", "transform_type": "data_quality", "source": "v"}
    test = {"type": "test", "test_type": "uniqueness", "source": "v", "columns": ["id"]}
    delta = {"sink_type": "delta", "sink_name": "d", "options": {"tableName": "c.s.d"}}
    batch = {"sink_type": "foreachbatch", "sink_name": "b", "batch_handler": "pass"}
    view = {"type": "materialized_view", **TABLE, "table": "mv", "refresh_policy": "auto"}
    appended = {"type": "streaming_table", **TABLE}
    actions = [
        {"name": "load", "type": "load", "target": "v", "source": load},
        {"name": "check", **checked, "target": "v_checked", "expectations": rules},
        {"name": "stage", **staged, "target": "staged"},
        {"name": "unique", **test, "on_violation": "fail", "test_id": "T1"},
        write("tagged", {**appended, "table": "tagged", "tags": {"a": "b"}}, source="staged"),
        write("delta", {"type": "sink", **delta}),
        write("batch", {"type": "sink", **batch}),
        write("view", {**view, **SETTINGS, **CLUSTERED}),
    ]
    for name, target in WRITES.items():
        full = {**appended, "table": name, **SETTINGS, **target}
        more: dict[str, Any] = {}
        if "partition_columns" not in full:
            full |= CLUSTERED
        if full.get("mode", "cdc") == "cdc":
            more = {"once": True, "readMode": "batch"}
        actions.append(write(name, full, **more))
    flowgroup = {"pipeline": "all", "flowgroup": "all", "actions": actions}
    return {
        "lhp.yaml": "name: shop\nuc_tagging: {enabled: true}\n"
        "test_reporting: {module_path: tell.py, function_name: tell}\n",
        "tell.py": "def tell(results, context, spark):\n    pass\n",
        "snapshots.py": "def next_one(latest):\n    return None\n",
        "substitutions/dev.yaml": "dev: {}\n",
        "pipelines/all.yaml": json.dumps(flowgroup),
    }


def test_every_keyword_that_an_option_becomes_is_documented(tmp_path: Path) -> None:
    project = open_project(write_files(tmp_path, every_option()))
    outcome = run(project, Wanted("dev", include_tests=True))
    assert [str(each) for each in outcome.problems] == []
    calls = [
        call
        for output in outcome.outputs
        if output.path.endswith(".py")
        for call in calls_in(output.text, output.path)
    ]
    names = {call.name for call in calls}
    assert names >= {
        "create_auto_cdc_flow",
        "create_auto_cdc_from_snapshot_flow",
        "foreach_batch_sink",
        "on_event_hook",
        "replace_flow",
    }
    keywords = {word for call in calls for word in call.keywords}
    assert keywords >= {"path", "private", "row_filter", "cluster_by_auto", "refresh_policy"}
    assert check(calls) == UNDOCUMENTED.keys()


# What stands in for the module takes all that is documented.

VALUES: dict[str, Any] = {
    "target": "c.s.t",
    "source": "v",
    "keys": ["id"],
    "replace_using": ["id"],
    "expectations": {"positive": "id > 0"},
    "expect_all": {"positive": "id > 0"},
    "expect_all_or_drop": {"positive": "id > 0"},
    "expect_all_or_fail": {"positive": "id > 0"},
    "options": {"path": "/data"},
    "spark_conf": {"a": "b"},
    "table_properties": {"a": "b"},
}


def stand_in() -> Any:
    declaring = Declaring(Declared())
    declaring.pipeline, declaring.flowgroup = "p", "g"
    return declaring.module()


def ways(function: Callable[..., Any]) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield arguments: only what is needed; each keyword besides; all; without keywords."""
    parameters = [
        each for each in inspect.signature(function).parameters.values() if each.name != "function"
    ]
    given = {each.name: VALUES.get(each.name, "text") for each in parameters}
    fixed = [given[each.name] for each in parameters if each.kind is each.POSITIONAL_ONLY]
    named = [each for each in parameters if each.kind is not each.POSITIONAL_ONLY]
    needed = {each.name: given[each.name] for each in named if each.default is each.empty}
    yield fixed, needed
    for each in named:
        yield fixed, {**needed, each.name: given[each.name]}
    yield fixed, {each.name: given[each.name] for each in named}
    free = [each.name for each in named if each.kind is each.POSITIONAL_OR_KEYWORD]
    yield (
        [*fixed, *map(given.get, free)],
        {each: needed[each] for each in needed if each not in free},
    )


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_stand_in_takes_every_documented_call(name: str) -> None:
    def rows(*_: Any) -> None: ...

    for arguments, keywords in ways(DOCUMENTED[name]):
        inspect.signature(DOCUMENTED[name]).bind(*arguments, **keywords)
        made = getattr(stand_in(), name)(*arguments, **keywords)
        if made is not None:
            assert made(rows) is rows
    if "function" in inspect.signature(DOCUMENTED[name]).parameters:
        assert getattr(stand_in(), name)(rows) is rows


def test_the_stand_in_has_no_name_that_no_page_knows() -> None:
    assert {name for name in vars(stand_in()) if not name.startswith("_")} == {*DOCUMENTED}


def test_every_page_is_one_of_databricks() -> None:
    hosts = (
        "https://docs.databricks.com/",
        "https://learn.microsoft.com/",
        "https://docs.azure.cn/",
    )
    assert PAGES.keys().isdisjoint(FORMER_NAMES)
    assert all(page.startswith(hosts) for pages in PAGES.values() for page in pages)
