"""Reads a table or a query of another database over JDBC."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import Field

from lhp.core.base_generator import (
    BaseActionGenerator,
    Context,
    Options,
    RuntimeRequirements,
)
from lhp.core.option_schema import NOT_EMPTY
from lhp.errors import NOTHING_GIVEN, LhpError
from lhp.model.flowgroup import Action
from lhp.model.keywords import INSTEAD_OF


class JdbcOptions(Options):
    """What `source` takes for `type: jdbc`."""

    at_least_one = (("query", "table"),)

    url: str = Field(
        json_schema_extra=NOT_EMPTY,
        description="JDBC address of the database.",
        examples=["jdbc:postgresql://${db_host}:5432/sales"],
    )
    user: str = Field(
        json_schema_extra=NOT_EMPTY,
        description="Who logs in; best the reference of a secret.",
        examples=["${secret:sales_db/username}"],
    )
    password: str = Field(
        json_schema_extra=NOT_EMPTY,
        description="Their password; best the reference of a secret.",
        examples=["${secret:sales_db/password}"],
    )
    driver: str = Field(
        json_schema_extra=NOT_EMPTY,
        description="Java class of the driver.",
        examples=["org.postgresql.Driver", "com.microsoft.sqlserver.jdbc.SQLServerDriver"],
    )
    query: str | None = Field(
        None,
        description="A query that the database answers; wins over `table`.",
        examples=["SELECT id, name FROM public.customers WHERE is_active"],
    )
    table: str | None = Field(
        None,
        json_schema_extra={INSTEAD_OF: "query"},
        description="The table to read, as the database calls it.",
        examples=["public.customers"],
    )

    @property
    def has_query(self) -> bool:
        """True when there is a query, which wins over the table."""
        return bool(self.query and self.query.strip())


class JdbcLoadGenerator(BaseActionGenerator):
    """A table or a query of another database; never a stream.

    Source: Apache Spark, "JDBC To Other Databases".
    """

    Options = JdbcOptions

    @classmethod
    def metadata_tokens(cls, action: Action) -> Mapping[str, str]:
        """Return the table as `${source_table}`; of a query it is `unknown_table`."""
        return {"source_table": action["source"].get("table") or "unknown_table"}

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:  # noqa: ARG002  (the interface)
        """Return an error when both the query and the table are empty."""
        if not action.options.has_query and not action.options.table:
            where = repr(action.name)
            yield NOTHING_GIVEN.at(action.at("source"), where=where, names="query or table")

    def reads(self, action: Action, context: Context) -> tuple[str, ...]:  # noqa: ARG002  (the interface)
        """Return nothing: the table is none of the pipeline's."""
        return ()

    def runtime_requirements(self, action: Action, context: Context) -> RuntimeRequirements:  # noqa: ARG002  (the interface)
        """Return the driver of the database."""
        return RuntimeRequirements(java_classes=(action.options.driver,))

    def is_streaming(self, action: Action, context: Context) -> bool:  # noqa: ARG002  (the interface)
        """Return False: Spark reads JDBC in batches, whatever `readMode` says."""
        return False
