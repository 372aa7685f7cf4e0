"""Reads a Delta table, whole or as a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ConfigDict, Field

from lhp.builtin.tables import TableName, name_problems, table_name
from lhp.core.base_generator import BaseActionGenerator, Context, RuntimeRequirements, Scalar
from lhp.core.render import Identifier
from lhp.errors import DELTA_OPTIONS_CONFLICT, OPTION_EMPTY, LhpError
from lhp.model.flowgroup import Action

_CHANGE_FEED = "readChangeFeed"
_STARTS = ("startingVersion", "startingTimestamp")
_ENDS = ("endingVersion", "endingTimestamp")
_TOGETHER = (
    (_CHANGE_FEED, "skipChangeCommits"),
    (_CHANGE_FEED, "versionAsOf"),
    (_CHANGE_FEED, "timestampAsOf"),
    _STARTS,
    ("versionAsOf", "timestampAsOf"),
)
_FLAGS = (_CHANGE_FEED, "skipChangeCommits")
_OF_DELTA = (_CHANGE_FEED, "versionAsOf", "timestampAsOf", *_STARTS, *_ENDS)


class DeltaOptions(TableName):
    """What `source` takes for `type: delta`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"catalog": "${catalog}", "schema": "bronze", "table": "orders"},
            ]
        }
    )

    reader_options: Mapping[str, Scalar] = Field(
        {},
        alias="options",
        description="Options of the reader, such as `skipChangeCommits`.",
        examples=[{"skipChangeCommits": "true"}, {"readChangeFeed": "true", "startingVersion": 1}],
    )
    where_clause: str | tuple[str, ...] = Field(
        (),
        description="SQL conditions that a row has to meet, all of them.",
        examples=[["order_ts >= '2024-01-01'", "status <> 'test'"]],
    )
    select_columns: tuple[str, ...] = Field(
        (),
        description="Columns to take after the conditions; all when it is absent.",
        examples=[["order_id", "customer_id", "amount"]],
    )


class DeltaLoadGenerator(BaseActionGenerator):
    """A table of the catalog.

    Source: Databricks, "Delta table streaming reads and writes".
    """

    Options = DeltaOptions

    @classmethod
    def metadata_tokens(cls, action: Action) -> Mapping[str, str]:
        """Return the full name of the table as `${source_table}`."""
        return {"source_table": table_name(action["source"])}

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:
        """Return an incomplete table name, and reader options that can't be."""
        yield from name_problems(action)
        options = action.options.reader_options
        for name, value in options.items():
            if value == "":
                yield OPTION_EMPTY.at(action.at("source", "options", name), name=name)
        for name, conflict in _conflicts(options, self.is_streaming(action, context)):
            at = action.at("source", "options", name, key=True)
            yield DELTA_OPTIONS_CONFLICT.at(at, name=name, conflict=conflict)

    def reads(self, action: Action, context: Context) -> tuple[str, ...]:  # noqa: ARG002  (the interface)
        """Return the full name of the table."""
        return (table_name(action["source"]),)

    def runtime_requirements(self, action: Action, context: Context) -> RuntimeRequirements:  # noqa: ARG002  (the interface)
        """Return what only Delta can do: read changes, or a table as it was."""
        given = [
            name
            for name, value in action.options.reader_options.items()
            if name in _OF_DELTA and str(value).lower() != "false"
        ]
        return RuntimeRequirements(platform=f"`{given[0]}` of a Delta table" if given else "")

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the reader, the table and the conditions."""
        clause = action.options.where_clause
        return {
            "reader": Identifier("readStream" if self.is_streaming(action, context) else "read"),
            "table": table_name(action["source"]),
            "conditions": (clause,) if isinstance(clause, str) else clause,
        }


def _conflicts(options: Mapping[str, Scalar], is_streaming: bool) -> Iterator[tuple[str, str]]:  # noqa: FBT001
    given = {
        name
        for name, value in options.items()
        if name not in _FLAGS or str(value).lower() == "true"
    }
    for first, second in _TOGETHER:
        if {first, second} <= given:
            yield second, f"together with {first!r}"
    if is_streaming:
        for name in _ENDS:
            if name in given:
                yield name, "by a stream, which has no end"
    elif _CHANGE_FEED in given and not given.intersection(_STARTS):
        yield _CHANGE_FEED, f"by a batch without {' or '.join(map(repr, _STARTS))}"
