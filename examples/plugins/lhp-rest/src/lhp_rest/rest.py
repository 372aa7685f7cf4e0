"""Loads the records of a REST API through a Python data source of PySpark."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, Literal

from lhp import BaseActionGenerator, Context, Options, Problem
from lhp.core.base_generator import Action, Scalar
from pydantic import Field

_MODULE = "lhp_rest_source"
_STYLES: Mapping[str, Mapping[str, str | int]] = {
    "none": {},
    "offset": {"offset_param": "offset", "limit_param": "limit", "page_size": 100},
    "cursor": {"cursor_param": "cursor", "cursor_path": "next_cursor"},
    "link": {},
}
"""What each style of paging takes, with the defaults."""


class Pagination(Options):
    """How an API says that there is more."""

    style: Literal["none", "offset", "cursor", "link"] = Field(
        description="none: one page; offset: the request counts records; cursor: the "
        "answer names the next page; link: its header `Link` does (RFC 8288).",
    )
    offset_param: str | None = Field(
        None,
        description="Of offset: parameter with how many records to leave out; `offset` "
        "when absent.",
    )
    limit_param: str | None = Field(
        None,
        description="Of offset: parameter with the size of a page; `limit` when absent.",
    )
    page_size: int | None = Field(
        None,
        ge=1,
        description="Of offset: records of a page, 100 when absent; fewer mean the last one.",
    )
    cursor_param: str | None = Field(
        None,
        description="Of cursor: parameter that takes the cursor; `cursor` when absent.",
    )
    cursor_path: str | None = Field(
        None,
        description="Of cursor: where an answer holds the next one, keys joined by dots; "
        "`next_cursor` when absent.",
        examples=["meta.next"],
    )

    def settings(self) -> Mapping[str, str | int]:
        """Return what the style takes, defaults filled in."""
        default = _STYLES[self.style]
        return {key: getattr(self, key) or default[key] for key in default}

    def useless(self) -> Iterator[str]:
        """Yield the keys that another style takes."""
        for key in (*_STYLES["offset"], *_STYLES["cursor"]):
            if getattr(self, key) is not None and key not in _STYLES[self.style]:
                yield key


class RestOptions(Options):
    """What flowgroups write under `source`, beside `type: rest`."""

    url: str = Field(
        pattern=r"^https?://",
        description="Address of the records.",
        examples=["https://api.example.com/v1/orders"],
    )
    columns: str = Field(
        min_length=1,
        description="Columns of a record, as DDL; keys that it does not name are left out.",
        examples=["id BIGINT, status STRING, total DECIMAL(10,2)"],
    )
    records: str = Field(
        "",
        description="Where an answer holds its records, keys joined by dots; the answer is "
        "the list itself when absent.",
        examples=["data.items"],
    )
    token: str | None = Field(
        None,
        description="Bearer token; best a secret. Goes to the host of `url` alone.",
        examples=["${secret:partner/token}"],
    )
    headers: Mapping[str, str] = Field(
        {}, description="Headers.", examples=[{"Accept-Language": "en"}]
    )
    params: Mapping[str, Scalar] = Field(
        {}, description="Query parameters.", examples=[{"status": "open"}]
    )
    pagination: Pagination | None = Field(
        None, description="How an API says that there is more; one page when absent."
    )
    retries: int = Field(
        5,
        ge=0,
        le=20,
        description="How often a request that may yet succeed is sent again: after no "
        "answer, 429 or 5xx.",
    )
    timeout: int = Field(30, ge=1, description="Seconds to wait for an answer.")
    max_pages: int = Field(
        100_000, ge=1, description="More pages than these fail the pipeline."
    )


class RestLoadGenerator(BaseActionGenerator):
    """A view of the records of a REST API, read anew in each update.

    The data source is a file beside the module, without lhp and without any other package.

    Sources: Apache Spark, "Python Data Source API"; IETF, RFC 8288, "Web Linking".
    """

    Options = RestOptions

    def check(self, action: Action, context: Context) -> Iterator[Problem]:
        """Yield a stream, which an API is not, and keys of another style of paging."""
        del context
        if action.get("readMode") == "stream":
            message = "an API is read in batches; leave out `readMode: stream`"
            yield Problem(message, ("readMode",))
        pagination = action.options.pagination
        for key in pagination.useless() if pagination else ():
            message = f"`{key}` is of no use to the style {pagination.style!r}"
            yield Problem(message, ("source", "pagination", key))

    def reads(self, action: Action, context: Context) -> tuple[str, ...]:
        """Return nothing: an API is no table."""
        del action, context
        return ()

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the options of the data source; bring its file along."""
        del context
        source = resources.files(__package__).joinpath("data_source.py")
        self.add_file(f"{_MODULE}.py", source.read_text("utf-8"))
        self.add_import(f"import {_MODULE}")
        self.add_import("from pyspark import cloudpickle")
        self.add_import("from pyspark.sql import functions as F")
        options = action.options
        return {"read": dict(_read(options)), "module": _MODULE}


def _read(options: RestOptions) -> Iterator[tuple[str, str]]:
    yield "url", options.url
    if options.token:
        yield "token", options.token
    if options.records:
        yield "records", options.records
    if options.headers:
        yield "headers", json.dumps(dict(options.headers))
    if options.params:
        yield "params", json.dumps(dict(options.params))
    pagination = options.pagination or Pagination.model_validate({"style": "none"})
    yield "style", pagination.style
    for key, value in pagination.settings().items():
        yield key, str(value)
    for key in ("retries", "timeout", "max_pages"):
        yield key, str(getattr(options, key))
