"""Loads tables and queries of Snowflake."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lhp import BaseActionGenerator, Config, Context, Options, Problem
from lhp.core.base_generator import Action, Scalar
from pydantic import Field

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CREDENTIALS = {
    "private_key": "pem_private_key",
    "password": "sfPassword",
    "oauth_token": "sfToken",
}


class SnowflakeConfig(Config):
    """How the connector logs in; federated tables need none of it."""

    at_most_one = (tuple(_CREDENTIALS),)

    url: str | None = Field(
        None,
        description="Host of the account.",
        examples=["acme-prod.snowflakecomputing.com"],
    )
    user: str | None = Field(None, description="Who logs in.")
    private_key: str | None = Field(
        None,
        description="Their private key without its first and last line; a secret.",
        examples=["${secret:snowflake/private_key}"],
    )
    password: str | None = Field(None, description="Or their password; a secret.")
    oauth_token: str | None = Field(None, description="Or an OAuth token; a secret.")
    warehouse: str | None = Field(None, description="Warehouse that answers queries.")
    role: str | None = Field(None, description="Role to take on.")


class SnowflakeOptions(Options):
    """What flowgroups write under `source`, beside `type: snowflake`."""

    exactly_one = (("catalog", "database"), ("table", "query"))

    catalog: str | None = Field(
        None,
        min_length=1,
        description="Foreign catalog of Unity Catalog: read by Lakehouse Federation.",
        examples=["snowflake_prod"],
    )
    database: str | None = Field(
        None,
        min_length=1,
        description="Database in Snowflake: read by the Spark connector.",
        examples=["SALES"],
    )
    schema_name: str = Field(
        alias="schema",
        min_length=1,
        description="Schema of the table, or where a query begins.",
        examples=["PUBLIC"],
    )
    table: str | None = Field(
        None, min_length=1, description="Table or view to read.", examples=["ORDERS"]
    )
    query: str | None = Field(
        None,
        min_length=1,
        description="Of a database: a query that Snowflake answers.",
        examples=["SELECT ID, AMOUNT FROM ORDERS WHERE AMOUNT > 0"],
    )
    where: str | None = Field(
        None,
        min_length=1,
        description="Condition on the rows; Spark hands it on where Snowflake knows it.",
        examples=["ORDER_DATE >= '2025-01-01'"],
    )
    reader_options: Mapping[str, Scalar] = Field(
        {},
        alias="options",
        description="Of a database: further options of the connector.",
        examples=[{"use_exponential_backoff": "on"}],
    )


class SnowflakeLoadGenerator(BaseActionGenerator):
    """A table or a query of Snowflake; never a stream.

    Sources: Databricks, "Run federated queries on Snowflake"; Snowflake, "Using the
    Spark Connector", "Setting Configuration Options for the Connector".
    """

    Options = SnowflakeOptions
    Config = SnowflakeConfig

    def check(self, action: Action, context: Context) -> Iterator[Problem]:
        """Yield what the ways to read do not take, and what the connector lacks."""
        options, config = action.options, context.config
        if action.get("readMode") == "stream":
            message = "Snowflake is read in batches; leave out `readMode: stream`"
            yield Problem(message, ("readMode",))
        if options.catalog:
            if options.query:
                message = "a query needs `database`; a catalog has tables"
                yield Problem(message, ("source", "query"))
            if options.reader_options:
                message = "`options` are the connector's; a catalog takes none"
                yield Problem(message, ("source", "options"))
            return
        lacking = [
            key for key in ("url", "user", "warehouse") if not getattr(config, key)
        ]
        if not any(getattr(config, key) for key in _CREDENTIALS):
            lacking.append(" or ".join(_CREDENTIALS))
        if lacking:
            message = f"`config` of the plugin in lhp.yaml lacks {', '.join(lacking)}"
            yield Problem(message, ("source", "database"))

    def reads(self, action: Action, context: Context) -> tuple[str, ...]:
        """Return the federated table; what the connector reads is none of Spark's."""
        del context
        options = action.options
        if not options.catalog:
            return ()
        return (f"{options.catalog}.{options.schema_name}.{options.table}",)

    def is_streaming(self, action: Action, context: Context) -> bool:
        """Return False: neither way can stream."""
        del action, context
        return False

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the full name of a federated table, or the connector's options."""
        options = action.options
        if options.catalog:
            parts = (options.catalog, options.schema_name, options.table)
            return {"federated": ".".join(map(_quoted, parts))}
        return {"connection": {**_connection(context.config), **_place(options)}}


def _quoted(name: str) -> str:
    """Return a name as Spark reads it back: in backticks where it is an odd one."""
    return name if _PLAIN.fullmatch(name) else f"`{name.replace('`', '``')}`"


def _connection(config: SnowflakeConfig) -> Mapping[str, Any]:
    given = {
        "sfURL": config.url,
        "sfUser": config.user,
        **{key: getattr(config, name) for name, key in _CREDENTIALS.items()},
        "sfAuthenticator": "oauth" if config.oauth_token else None,
        "sfWarehouse": config.warehouse,
        "sfRole": config.role,
    }
    return {key: value for key, value in given.items() if value}


def _place(options: SnowflakeOptions) -> Mapping[str, Any]:
    place = {"sfDatabase": options.database, "sfSchema": options.schema_name}
    return {**place, **options.reader_options}
