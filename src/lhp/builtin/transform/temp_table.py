"""Keeps a view's rows in a temporary table, for several readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from lhp.builtin.sources import source_problems
from lhp.core.base_generator import BaseActionGenerator, Context, Options
from lhp.core.render import Identifier
from lhp.errors import LhpError
from lhp.model.flowgroup import Action

_SOURCE = "{source}"


class TempTableOptions(Options):
    """What an action takes for `transform_type: temp_table`."""

    sql: str | None = Field(
        None,
        description=(
            "Query that fills the table; `{source}` in it is the source's name, and all rows of "
            "the source are taken when it is absent."
        ),
        examples=["SELECT * FROM stream({source}) WHERE event_type = 'purchase'"],
    )


class TempTableTransformGenerator(BaseActionGenerator):
    """A table that lives as long as an update of the pipeline."""

    Options = TempTableOptions
    source_count = "one"

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:  # noqa: ARG002  (the interface)
        """Return an error when there is no source."""
        return source_problems(action)

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the query or the source with its reader."""
        source = action.sources[0]
        return {
            "query": (action.options.sql or "").replace(_SOURCE, source),
            "reader": Identifier("readStream" if self.is_streaming(action, context) else "read"),
            "source": source,
        }
