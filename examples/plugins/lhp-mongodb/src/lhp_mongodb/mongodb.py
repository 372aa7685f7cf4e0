"""Loads collections of MongoDB by the MongoDB Spark connector."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lhp import BaseActionGenerator, Config, Context, Options, Problem
from lhp.core.base_generator import Action, Scalar
from pydantic import Field

_CHANGES = "change.stream."


class MongodbConfig(Config):
    """The deployment that flowgroups read where they name none."""

    connection_uri: str | None = Field(
        None,
        description="Connection string; best a secret.",
        examples=["${secret:mongodb/uri}"],
    )


class MongodbOptions(Options):
    """What flowgroups write under `source`, beside `type: mongodb`."""

    connection_uri: str | None = Field(
        None,
        description="Connection string; that of the plugin's `config` when absent.",
        examples=["${secret:mongodb_crm/uri}"],
    )
    database: str = Field(min_length=1, description="Database.", examples=["shop"])
    collection: str = Field(min_length=1, description="Collection.", examples=["carts"])
    columns: str | None = Field(
        None,
        min_length=1,
        description="Columns, as DDL; the connector samples documents when absent.",
        examples=["_id STRING, total DOUBLE"],
    )
    pipeline: list[dict[str, Any]] = Field(
        [],
        description="Aggregation stages that MongoDB runs before it answers.",
        examples=[[{"$match": {"closed": False}}]],
    )
    full_document: bool = Field(
        True,
        description="Of a stream: give whole documents as they are after each change; "
        "false gives the events of the change stream.",
    )
    start_at: str | None = Field(
        None,
        min_length=1,
        description="Of a stream: changes from this time on, such as an ISO-8601 instant; "
        "those from the start of the stream on when absent.",
        examples=["2025-01-01T00:00:00Z"],
    )
    reader_options: Mapping[str, Scalar] = Field(
        {},
        alias="options",
        description="Further options of the connector.",
        examples=[{"sampleSize": 5000}],
    )


class MongodbLoadGenerator(BaseActionGenerator):
    """A collection of MongoDB, or the stream of its changes.

    Source: MongoDB, "Spark Connector": "Batch Read Configuration Options" and "Streaming
    Read Configuration Options".
    """

    Options = MongodbOptions
    Config = MongodbConfig

    def check(self, action: Action, context: Context) -> Iterator[Problem]:
        """Yield what fits a stream alone, and a connection string that is nowhere."""
        options = action.options
        if not (options.connection_uri or context.config.connection_uri):
            message = (
                "say `connection_uri` here, or in `config` of the plugin in lhp.yaml"
            )
            yield Problem(message, ("source",))
        if options.start_at and not self.is_streaming(action, context):
            message = "`start_at` is for streams; add `readMode: stream`"
            yield Problem(message, ("source", "start_at"))

    def reads(self, action: Action, context: Context) -> tuple[str, ...]:
        """Return nothing: a collection is no table of Spark."""
        del action, context
        return ()

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the options of the connector."""
        options = action.options
        streamed = self.is_streaming(action, context)
        read = {
            "connection.uri": options.connection_uri or context.config.connection_uri,
            "database": options.database,
            "collection": options.collection,
            **(
                {"aggregation.pipeline": _json(options.pipeline)}
                if options.pipeline
                else {}
            ),
            **(_changes(options) if streamed else {}),
            **options.reader_options,
        }
        return {"read": read}


def _json(stages: list[dict[str, Any]]) -> str:
    return json.dumps(stages, ensure_ascii=False)


def _changes(options: MongodbOptions) -> Mapping[str, str]:
    found = {}
    if options.full_document:
        found[f"{_CHANGES}lookup.full.document"] = "updateLookup"
        found[f"{_CHANGES}publish.full.document.only"] = "true"
    if options.start_at:
        found[f"{_CHANGES}startup.mode"] = "timestamp"
        key = f"{_CHANGES}startup.mode.timestamp.start.at.operation.time"
        found[key] = options.start_at
    return found
