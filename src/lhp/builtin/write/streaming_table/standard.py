"""Appends the rows of views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from lhp.builtin.tables import TableTarget, table_name
from lhp.builtin.write.streaming_table.mode import Mode, needed_source_problems
from lhp.core.defaults import as_declared
from lhp.core.option_schema import schema_of
from lhp.core.render import Identifier
from lhp.errors import LhpError
from lhp.model.flowgroup import KINDS


class Standard(Mode):
    """One append flow for each source.

    Source: Databricks, "append_flow".
    """

    name = "standard"

    @cached_property
    def is_streaming(self) -> bool:
        """True unless this action, or else the one that creates its table, reads a batch."""
        return (self.action.read_mode or self._read_mode_of_creator()) != "batch"

    @property
    def flow_names(self) -> Sequence[str]:
        """The names of the flows; numbered when there are several."""
        (name,) = super().flow_names
        count = len(self.action.sources)
        return [f"{name}_{number}" for number in range(1, count + 1)] if count > 1 else [name]

    def problems(self) -> Iterator[LhpError]:
        """Yield what is wrong with the sources."""
        yield from needed_source_problems(self)

    def values(self) -> Mapping[str, Any]:
        """Return the flows, and how they read."""
        return {
            "flows": list(self._flows()),
            "reader": Identifier("readStream" if self.is_streaming else "read"),
        }

    def _flows(self) -> Iterator[Mapping[str, Any]]:
        action = self.action
        for name, source in zip(self.flow_names, action.sources, strict=True):
            suffix = f" from {source}" if len(action.sources) > 1 else ""
            comment = action.description or f"Append flow to {self.table}{suffix}"
            arguments = {
                "target": self.table,
                "name": name,
                "once": action.get("once") or None,
                "comment": comment,
            }
            yield {"name": name, "source": source, "comment": comment, "arguments": arguments}

    def _read_mode_of_creator(self) -> str | None:
        for other in self.generator.context.actions:
            target = KINDS["write"].options_of(other)
            is_write = other.get("type") == "write" and table_name(target) == self.table
            if is_write and _creates(target):
                return other.get("readMode")
        return None


def _creates(target: Mapping[str, Any]) -> bool:
    is_said = "create_table" in target
    return not is_said or bool(
        as_declared(target, schema_of(TableTarget)).get("create_table", True)
    )
