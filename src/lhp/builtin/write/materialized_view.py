"""Keeps the outcome of a query, or the rows of a view, in a materialized view."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field

from lhp.builtin.queries import QueryOptions, query
from lhp.builtin.sources import source_problems
from lhp.builtin.tables import (
    TableTarget,
    table_columns,
    table_name,
    table_settings,
    target_problems,
)
from lhp.builtin.tags import tag_notes, tag_problems
from lhp.core.base_generator import BaseActionGenerator, Context
from lhp.core.literals import MODULE_NAMES, identifier
from lhp.errors import NOTHING_GIVEN, LhpError
from lhp.model.flowgroup import Action


class MaterializedViewOptions(TableTarget, QueryOptions):
    """What `write_target` takes for `type: materialized_view`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"catalog": "${catalog}", "schema": "gold", "table": "daily_sales"},
            ]
        }
    )

    create_table: bool = Field(
        default=True, description="Has no effect: a materialized view is always created."
    )
    refresh_schedule: str | None = Field(
        None,
        description="When the platform refreshes it besides the updates of its pipeline.",
        examples=["EVERY 1 DAY"],
    )
    refresh_policy: Literal["auto", "incremental", "incremental_strict", "full"] | None = Field(
        None,
        description="Whether it is refreshed in steps or as a whole; `auto` when it is absent.",
        json_schema_extra={
            "enumDescriptions": [
                "In steps or as a whole, whichever costs less.",
                "In steps where that is possible, else as a whole.",
                "In steps only; the refresh fails where that is not possible.",
                "As a whole, each time.",
            ]
        },
    )


class MaterializedViewWriteGenerator(BaseActionGenerator):
    """A materialized view of a query of its own, or of one view.

    Source: Databricks, "materialized_view".
    """

    Options = MaterializedViewOptions

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:
        """Return what is wrong with the table and its tags, and a missing query or source."""
        yield from target_problems(action)
        yield from tag_problems(action, self.table(action, context), context, creates=True)
        if action.source is not None:
            yield from source_problems(action, least=0 if action.options.has_query else 1)
        elif not action.options.has_query:
            names = "source, sql or sql_path"
            yield NOTHING_GIVEN.at(action.at(), where=repr(action.name), names=names)
        try:
            identifier(_function(action))
        except LhpError as error:
            yield error.code.at(action.at("write_target", "table"), **error.values)

    def table(self, action: Action, context: Context) -> str:  # noqa: ARG002  (the interface)
        """Return the full name of the materialized view."""
        return table_name(action["write_target"])

    def shared(self, action: Action, context: Context) -> Mapping[str, Any]:  # noqa: ARG002  (the interface)
        """Return its type: nothing else can write to a materialized view."""
        return {"type": action.sub_type}

    def notes(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return its tags."""
        return tag_notes(action, self.table(action, context), context, creates=True)

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the settings, and the query or the source."""
        options = action.options
        default = f"Materialized view: {options.table}"
        settings = table_settings(options, self.table(action, context), default)
        return {
            "columns": table_columns(options, context),
            "function": _function(action),
            "query": query(options, context) if options.has_query else None,
            "settings": {
                **settings,
                "refresh_schedule": options.refresh_schedule,
                "refresh_policy": options.refresh_policy,
            },
            "source": next(iter(action.sources), ""),
        }


def _function(action: Action) -> str:
    name = re.sub(r"\W", "_", action.options.table, flags=re.ASCII)
    return f"{name}_" if name in MODULE_NAMES else name
