"""Makes the module that sets the Unity Catalog tags of a pipeline's tables and columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lhp.core.base_artifact import BaseArtifact
from lhp.model.sections import TaggingSection

_OF_TABLES = """\
SELECT
  'tables' AS entity_type,
  concat_ws('.', catalog_name, schema_name, table_name) AS entity_name,
  tag_name,
  tag_value
FROM system.information_schema.table_tags
WHERE catalog_name IN (
    {catalogs}
  )
  AND lower(concat_ws('.', catalog_name, schema_name, table_name)) IN (
    {tables}
  )
"""
_OF_COLUMNS = """\
SELECT
  'columns' AS entity_type,
  concat_ws('.', catalog_name, schema_name, table_name, column_name) AS entity_name,
  tag_name,
  tag_value
FROM system.information_schema.column_tags
WHERE catalog_name IN (
    {catalogs}
  )
  AND lower(concat_ws('.', catalog_name, schema_name, table_name)) IN (
    {tables}
  )
"""


class TaggingArtifact(BaseArtifact):
    """An event hook that sets tags while the pipeline runs.

    Source: Databricks, "Entity Tag Assignments API" and "Define custom event hooks".
    """

    scope = "pipeline"

    def build(self, run: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the module of the hook, where the pipeline declares any tags."""
        settings = TaggingSection(**self.context.section("uc_tagging"))
        notes = [entry["note"] for entry in run["notes"]]
        kept = {note["table"]: _kept(note["columns"], settings) for note in notes}
        tables = _kept({note["table"]: note["tags"] for note in notes}, settings)
        columns = {table: tags for table, tags in kept.items() if tags}
        if not tables and not columns:
            return {}
        query = f"{_OF_TABLES}UNION ALL\n{_OF_COLUMNS}"
        names = sorted({table.lower() for table in [*tables, *columns]})
        values = {
            "settings": settings,
            "tables": tables,
            "columns": columns,
            "query": query.format(
                tables=_sql_texts(names),
                catalogs=_sql_texts(sorted({name.partition(".")[0] for name in names})),
            ),
        }
        return {"_uc_tagging_hook.py": self.render_template(values)}


def _kept(tags: Mapping[str, Any], settings: TaggingSection) -> Mapping[str, Any]:
    """Return what is to be done, by name: an empty map only matters where tags are removed."""
    removes = settings.remove_undeclared_tags
    return {name: each for name, each in tags.items() if each or (each is not None and removes)}


def _sql_texts(texts: Iterable[str]) -> str:
    escaped = (text.replace("\\", "\\\\").replace("'", "\\'") for text in texts)
    return ",\n    ".join(f"'{text}'" for text in escaped)
