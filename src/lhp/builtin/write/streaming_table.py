"""Appends the rows of views to a streaming table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from lhp.builtin.sources import source_problems
from lhp.builtin.tables import (
    TableTarget,
    table_columns,
    table_name,
    table_settings,
    target_problems,
)
from lhp.core.base_generator import BaseActionGenerator, Context
from lhp.core.literals import identifier
from lhp.core.render import Identifier
from lhp.errors import FLOW_INTO_VIEW, FLOW_NAME_TWICE, LhpError
from lhp.model.flowgroup import KINDS, Action


class StreamingTableOptions(TableTarget):
    """What `write_target` takes for `type: streaming_table`."""

    mode: Literal["standard"] = Field(
        "standard",
        description="How new rows get into the table; `standard` appends them.",
        json_schema_extra={"enumDescriptions": ["New rows are appended."]},
    )


class StreamingTableWriteGenerator(BaseActionGenerator):
    """A streaming table with one append flow for each source.

    Source: Databricks, "create_streaming_table" and "append_flow".
    """

    Options = StreamingTableOptions
    default_read_mode = "stream"
    source_count = "many"

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:
        """Return what is wrong with the table, the sources and the names of the flows."""
        yield from target_problems(action)
        yield from source_problems(action)
        yield from _flow_problems(action, context)

    def table(self, action: Action, context: Context) -> str:  # noqa: ARG002  (the interface)
        """Return the full name of the table."""
        return table_name(action["write_target"])

    def creates_table(self, action: Action, context: Context) -> bool:  # noqa: ARG002  (the interface)
        """Return True unless the action says `create_table: false`."""
        return bool(action.options.create_table)

    def is_streaming(self, action: Action, context: Context) -> bool:
        """Return True unless this action, or else the one that creates its table, reads a batch."""
        creator = next(_creators(action, context), action)
        return (action.read_mode or creator.get("readMode") or self.default_read_mode) == "stream"

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the settings of the table and its flows."""
        options = action.options
        name = self.table(action, context)
        return {
            "columns": table_columns(options, context) if options.create_table else None,
            "flows": list(_flows(action, name)),
            "reader": Identifier("readStream" if self.is_streaming(action, context) else "read"),
            "settings": table_settings(options, name, f"Streaming table: {options.table}"),
        }


def _flow_problems(action: Action, context: Context) -> Iterator[LhpError]:
    at = action.at("name")
    names = _flow_names(action)
    for name in names[:1]:
        try:
            identifier(name)
        except LhpError as error:
            yield error.code.at(at, **error.values)
    table = table_name(action["write_target"])
    is_before = True
    for other in _writes(context):
        is_before = is_before and other.name != action.name
        if other.sub_type == action.sub_type and is_before:
            for name in set(names).intersection(_flow_names(other)):
                yield FLOW_NAME_TWICE.at(at, name=name, other=other.name)
        elif other.sub_type == "materialized_view" and table == table_name(other["write_target"]):
            yield FLOW_INTO_VIEW.at(action.at("write_target"), table=table, other=other.name)


def _creators(action: Action, context: Context) -> Iterator[Action]:
    table = table_name(action["write_target"])
    for other in _writes(context):
        target = other["write_target"]
        if table_name(target) == table and target.get("create_table", True):
            yield other


def _writes(context: Context) -> Iterator[Action]:
    kind = KINDS["write"]
    for other in context.actions:
        sub_type = kind.sub_type_of(other)
        if other.get("type") == kind.name and sub_type:
            yield Action(other, kind.name, sub_type, kind.options_of(other))


def _flow_names(action: Action) -> Sequence[str]:
    stem = re.sub(r"[- ]", "_", action.name).removeprefix("write_")
    name = stem if stem.startswith("f_") else f"f_{stem}"
    count = len(action.sources)
    return [f"{name}_{number}" for number in range(1, count + 1)] if count > 1 else [name]


def _flows(action: Action, table: str) -> Iterator[Mapping[str, Any]]:
    is_one = len(action.sources) == 1
    for name, source in zip(_flow_names(action), action.sources, strict=True):
        default = f"Append flow to {table}" if is_one else f"Append flow to {table} from {source}"
        comment = action.description or default
        arguments = {
            "target": table,
            "name": name,
            "once": action.get("once") or None,
            "comment": comment,
        }
        yield {"name": name, "source": source, "comment": comment, "arguments": arguments}
