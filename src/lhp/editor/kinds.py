"""The kinds of YAML files that have a schema of their own."""

from __future__ import annotations

KINDS_OF_FILES = (
    "lhp",
    "flowgroup",
    "template",
    "preset",
    "blueprint",
    "instance",
    "substitutions",
    "pipeline_config",
    "expectations",
    "table_schema",
)
