"""Replaces the rows that have the values of a new row in some columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from lhp.builtin.write.streaming_table.mode import Mode, one_source_problems
from lhp.core.base_generator import Options
from lhp.core.option_schema import NOT_EMPTY
from lhp.errors import STREAM_ONLY, LhpError


class ReplaceConfig(Options):
    """What `replace_config` takes for `mode: replace`."""

    replace_using: tuple[str, ...] = Field(
        min_length=1,
        description="Columns by whose values rows are replaced.",
        examples=[["order_date"]],
    )
    sequence_by: str = Field(
        json_schema_extra=NOT_EMPTY,
        description="Column that orders the new rows: the latest ones stay.",
        examples=["loaded_at"],
    )


class Replace(Mode):
    """One replace flow, the only one of its table.

    Source: Databricks, "replace_flow".
    """

    name = "replace"
    config_key = "replace_config"
    always_creates = True
    runs_once = False

    def problems(self) -> Iterator[LhpError]:
        """Yield what is wrong with the source."""
        yield from one_source_problems(self, "union them in a transform")
        if self.action.read_mode == "batch":
            yield STREAM_ONLY.at(self.action.at("readMode"), what="replace flow")

    def values(self) -> Mapping[str, Any]:
        """Return the arguments of the flow and what it reads."""
        return {
            "flow": {
                "target": self.table,
                "name": self.flow_names[0],
                "replace_using": self.config.replace_using,
                "sequence_by": self.config.sequence_by,
                "comment": self.action.description or f"Replace-using flow to {self.table}",
            },
            "source": next(iter(self.action.sources), ""),
        }
