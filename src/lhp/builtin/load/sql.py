"""Loads what an SQL query gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lhp.builtin.queries import NeededQuery, query, query_problems
from lhp.core.base_generator import BaseActionGenerator, Context
from lhp.errors import LhpError
from lhp.model.flowgroup import Action


class SqlOptions(NeededQuery):
    """What `source` takes for `type: sql`."""


class SqlLoadGenerator(BaseActionGenerator):
    """A query on tables that exist already; `stream(table)` in it reads a stream."""

    Options = SqlOptions

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:  # noqa: ARG002  (the interface)
        """Return an error when there is no query."""
        return query_problems(action)

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the query."""
        return {"query": query(action.options, context)}
