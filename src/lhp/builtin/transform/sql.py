"""Makes a view of an SQL query on other views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lhp.builtin.queries import NeededQuery, query, query_problems
from lhp.core.base_generator import BaseActionGenerator, Context
from lhp.errors import LhpError
from lhp.model.flowgroup import Action


class SqlOptions(NeededQuery):
    """What an action takes for `transform_type: sql`."""


class SqlTransformGenerator(BaseActionGenerator):
    """A query; `source` lists the views in it, and `stream(view)` in it reads one as a stream."""

    Options = SqlOptions
    source_count = "many"

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:  # noqa: ARG002  (the interface)
        """Return an error when there is no query."""
        return query_problems(action)

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the query and the comment of the view."""
        return {
            "comment": action.description or f"SQL transform: {action.name}",
            "query": query(action.options, context),
        }
