"""Renames and casts the columns of a view."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from lhp.builtin.sources import source_problems
from lhp.core.base_generator import BaseActionGenerator, Context, Options
from lhp.core.render import Identifier
from lhp.errors import METADATA_COLUMN_CHANGED, LhpError, Location
from lhp.model.flowgroup import Action
from lhp.text.columns import ColumnMapping, read_column_mapping


class SchemaOptions(Options):
    """What an action takes for `transform_type: schema`."""

    exactly_one = (("schema_inline", "schema_file"),)

    schema_inline: str | None = Field(
        None,
        description="Lines `old -> new: TYPE`, `old -> new`, `column: TYPE` or `column`.",
        examples=[
            "customerId -> customer_id: BIGINT",
            "orderId -> order_id: BIGINT\namount: DECIMAL(12,2)\nnote",
        ],
    )
    schema_file: str | None = Field(
        None,
        description="YAML file with such lines under `columns`, relative to the project root.",
        examples=["schema_transforms/customers.yaml"],
    )
    enforcement: Literal["permissive", "strict"] = Field(
        "permissive",
        description="`strict` takes the named columns only, `permissive` all.",
        json_schema_extra={
            "enumDescriptions": ["Other columns stay as they are.", "Other columns are left out."]
        },
    )


class SchemaTransformGenerator(BaseActionGenerator):
    """Renames, then casts; strict, it then selects."""

    Options = SchemaOptions
    default_read_mode = "stream"
    source_count = "one"

    def __init__(self) -> None:
        super().__init__()
        self._mapping = ColumnMapping()

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:
        """Return a missing source, and what is wrong with the columns."""
        yield from source_problems(action)
        self._mapping = _read(action, context)
        yield from self._mapping.warnings
        changed = {*self._mapping.renames, *self._mapping.casts}
        for name in context.get("project_columns", ()):
            if name in changed:
                key = "schema_inline" if action.options.schema_inline else "schema_file"
                yield METADATA_COLUMN_CHANGED.at(action.at(key), name=name)

    def is_streaming(self, action: Action, context: Context) -> bool:  # noqa: ARG002  (the interface)
        """Return True unless the action reads a batch."""
        return action.read_mode != "batch"

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the source, its reader and what happens to each column."""
        mapping = self._mapping
        is_strict = action.options.enforcement == "strict"
        if mapping.casts:
            self.add_import("from pyspark.sql import functions as F")
        return {
            "source": action.sources[0],
            "reader": Identifier("readStream" if self.is_streaming(action, context) else "read"),
            "renames": mapping.renames,
            "casts": [(name, _quoted(name), kind) for name, kind in mapping.casts.items()],
            "selected": list(map(_quoted, mapping.selected)) if is_strict else (),
            "metadata_names": tuple(_metadata_names(mapping, context)),
        }


def _read(action: Action, context: Context) -> ColumnMapping:
    options = action.options
    if options.schema_inline is not None:
        at = action.at("schema_inline") or Location("")
        return read_column_mapping(options.schema_inline, at)
    path = options.schema_file
    return read_column_mapping(context.read_yaml(path), Location(path))


def _metadata_names(mapping: ColumnMapping, context: Context) -> Iterator[str]:
    for name in context.get("project_columns", ()):
        if name not in mapping.selected:
            yield name


def _quoted(name: str) -> str:
    if re.search(r"[.`]", name):
        escaped = name.replace("`", "``")
        return f"`{escaped}`"
    return name
