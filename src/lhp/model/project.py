"""lhp.yaml, and the files of a project by what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from lhp.model.source import Document
from lhp.values import frozen


@frozen
class MetadataColumnDefinition:
    """An operational metadata column of the project, or a built-in one.

    Args:
        name: Of the column.
        expression: PySpark expression, as written.
        applies_to: Kinds of dataset that may carry it.
        imports: Import lines that the expression needs.
    """

    name: str
    expression: str
    applies_to: tuple[str, ...] = ("streaming_table", "materialized_view")
    imports: tuple[str, ...] = ()


BUILT_IN_COLUMNS: Mapping[str, MetadataColumnDefinition] = {
    name: MetadataColumnDefinition(name, expression, ("view",))
    for name, expression in {
        "_ingestion_timestamp": "F.current_timestamp()",
        "_source_file": "F.input_file_name()",
        "_pipeline_run_id": 'F.lit(spark.conf.get("pipelines.id", "unknown"))',
        "_pipeline_name": 'F.lit("${pipeline_name}")',
        "_flowgroup_name": 'F.lit("${flowgroup_name}")',
    }.items()
}
"""The columns of a project that defines none of its own."""


@frozen
class Project:
    """A project as lhp.yaml describes it.

    Args:
        root: Absolute path of the folder that holds lhp.yaml.
        document: lhp.yaml as read.
        name: Its name.
        include: Patterns of flowgroup files; empty takes all.
        blueprint_include: Patterns of blueprint files; empty takes all under blueprints/.
        instance_include: Patterns of instance files; empty takes all under pipelines/.
        formatter: Formatter plugin for generated code.
        is_formatted: False when lhp.yaml switches formatting off.
        columns: Operational metadata columns by name; empty when the project defines none.
        selections: Named selections of metadata columns.
        stand_ins: What a local run reads in place of views and tables, by name.
        spark_settings: Settings of Spark for a local run.
    """

    root: Path
    document: Document
    name: str = "unnamed_project"
    include: tuple[str, ...] = ()
    blueprint_include: tuple[str, ...] = ()
    instance_include: tuple[str, ...] = ()
    formatter: str = "ruff"
    is_formatted: bool = True
    columns: Mapping[str, MetadataColumnDefinition] = field(default_factory=dict)
    selections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    spark_settings: Mapping[str, str] = field(default_factory=dict)


@frozen
class ProjectFiles:
    """The YAML files of a project, each kind sorted by path.

    Args:
        flowgroups: Under pipelines/, as `include` selects.
        presets: Under presets/.
        templates: Under templates/, by the name that flowgroups use.
        blueprints: Under blueprints/, or as `blueprint_include` selects.
        instances: Files that may be instances: under pipelines/, or as `instance_include` selects.
        substitutions: By environment.
        unmatched: Patterns that select nothing: the key in lhp.yaml and the index in its list.
        listed: Digests of the names of the YAML files below each folder that was looked at.
    """

    flowgroups: tuple[Path, ...] = ()
    presets: tuple[Path, ...] = ()
    templates: Mapping[str, Path] = field(default_factory=dict)
    blueprints: tuple[Path, ...] = ()
    instances: tuple[Path, ...] = ()
    substitutions: Mapping[str, Path] = field(default_factory=dict)
    unmatched: tuple[tuple[str, int], ...] = ()
    listed: Mapping[Path, str] = field(default_factory=dict)
