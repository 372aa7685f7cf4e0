"""The SQL of an action: written in it, or kept in a file."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from lhp.core.base_generator import Context, Options
from lhp.errors import NOTHING_GIVEN, LhpError
from lhp.model.flowgroup import KINDS, Action
from lhp.model.keywords import INSTEAD_OF


class QueryOptions(Options):
    """The two ways to give a query."""

    sql: str | None = Field(
        None,
        description="The query; wins over `sql_path`.",
        examples=["SELECT order_id, amount FROM ${catalog}.silver.orders"],
    )
    sql_path: str | None = Field(
        None,
        json_schema_extra={INSTEAD_OF: "sql"},
        description="File that holds the query, relative to the project root; tokens apply in it.",
        examples=["sql/clean_orders.sql"],
    )

    @property
    def has_query(self) -> bool:
        """True when there is a query."""
        return bool((self.sql or "").strip() or self.sql_path)


class NeededQuery(QueryOptions):
    """A query that has to be given."""

    at_least_one = (("sql", "sql_path"),)


def query(options: QueryOptions, context: Context) -> str:
    """Return the text of a query.

    Raises:
        LhpError: When its file is missing.
    """
    if options.sql and options.sql.strip():
        return options.sql
    return context.read_text(options.sql_path or "").strip()


def query_problems(action: Action) -> Iterator[LhpError]:
    """Yield an error when an action that needs a query has an empty one."""
    if not action.options.has_query:
        path = KINDS[action.kind].path()
        yield NOTHING_GIVEN.at(action.at(*path), where=repr(action.name), names="sql or sql_path")
