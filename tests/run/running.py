"""Runs small projects on the Spark of the tests, as `lhp run` does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from lhp.cli.local_run import wish_of
from lhp.passes.project import open_project
from lhp.passes.run import Wanted, run
from lhp.passes.write import plan, write
from lhp.run import local
from lhp.run.store import Store

ENV = "local"
NOBODY = local.Watching(lambda _: None, lambda *_: None, lambda _: None)


def run_project(root: Path, spark: SparkSession, **wanted: Any) -> local.Ran:
    """Generate a project and run it.

    Args:
        root: Its folder.
        spark: Where it runs.
        wanted: What the run does differently, as fields of `Wish`.
    """
    project = open_project(root)
    outcome = run(project, Wanted(ENV, include_tests=True))
    assert not outcome.has_errors, [str(each) for each in outcome.problems]
    write(root, ENV, plan(root, ENV, outcome.outputs), force=True)
    wish = replace(wish_of(local, project, outcome.built, ENV), **wanted)
    return local.run_locally(wish, NOBODY, spark)


def run_well(root: Path, spark: SparkSession, **wanted: Any) -> local.Ran:
    """Generate a project and run it; nothing may be wrong.

    Args:
        root: Its folder.
        spark: Where it runs.
        wanted: What the run does differently, as fields of `Wish`.
    """
    ran = run_project(root, spark, **wanted)
    assert not ran.problems, "\n".join(told(ran))
    return ran


def told(ran: local.Ran) -> list[str]:
    """Return what is wrong, with its place."""
    return [f"{problem.location}: {problem.message}" for problem in ran.problems]


def rows_of(root: Path, spark: SparkSession, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table that runs made, sorted.

    Args:
        root: The project's folder.
        spark: Reads them.
        table: Full name.
        columns: What to return of them, as SQL; all when there is nothing.
    """
    stored = Store(root / ".lhp" / "run" / ENV).table(table)
    assert stored.schema is not None, f"there is no table {table}"
    schema = StructType.fromJson(json.loads(stored.schema))
    reader = spark.read.schema(schema).option("recursiveFileLookup", "true")
    frame = reader.parquet(stored.data.absolute().as_posix())
    rows = (frame.selectExpr(*columns) if columns else frame).collect()
    return sorted(
        (tuple(row) for row in rows), key=lambda row: [(each is None, str(each)) for each in row]
    )


def write_files(root: Path, files: Mapping[str, str]) -> Path:
    """Write the files of a project.

    Args:
        root: Its folder.
        files: Texts by path; `{root}` in them becomes the folder.
    """
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("{root}", root.as_posix()), encoding="utf-8")
    return root


FILES = {"lhp.yaml": "name: shop\n", "substitutions/local.yaml": "local:\n  here: x\n"}
"""What a project has to have."""


def view_of(name: str, sql: str, pipeline: str = "shop") -> str:
    """Return a flowgroup of one materialized view."""
    return f"""\
pipeline: {pipeline}
flowgroup: {name}
actions:
  - name: write_{name}
    type: write
    write_target: {{type: materialized_view, catalog: c, schema: s, table: {name}, sql: "{sql}"}}
"""
