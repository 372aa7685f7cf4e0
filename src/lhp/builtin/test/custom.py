"""Tests whose query or whose expectations the user writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import Field

from lhp.builtin.checks import ON_VIOLATION, CheckGenerator, CheckOptions, Violation
from lhp.builtin.queries import NeededQuery, query, query_problems
from lhp.core.base_generator import Context, Options
from lhp.errors import EXPECTATION_TWICE, LhpError
from lhp.model.flowgroup import Action


class TestExpectation(Options):
    """One rule for the rows of a test."""

    __test__ = False

    name: str = Field(
        description="How the event log calls the rule.", examples=["has_positive_amount"]
    )
    expression: str = Field(
        description="SQL condition that is true for a good row.", examples=["amount > 0"]
    )
    on_violation: Violation = Field(
        "fail", description="What happens to a row that breaks it.", json_schema_extra=ON_VIOLATION
    )


class CustomSqlOptions(CheckOptions, NeededQuery):
    """What a test takes for `test_type: custom_sql`."""

    expectations: tuple[TestExpectation, ...] = Field(
        (),
        description="Rules for the rows of the query; `on_violation` of the test has no effect.",
        examples=[[{"name": "few_late", "expression": "late < 10", "on_violation": "warn"}]],
    )


class _CustomTestGenerator(CheckGenerator):
    def check(self, action: Action, context: Context) -> Iterable[LhpError]:
        """Return also expectations that have the same name and the same effect."""
        yield from super().check(action, context)
        known = set()
        for index, (violation, name, _) in enumerate(self.rules(action)):
            if (violation, name) in known:
                at = action.at("expectations", index)
                yield EXPECTATION_TWICE.at(at, action=violation, name=name)
            known.add((violation, name))

    def rules(self, action: Action) -> Iterator[tuple[str, str, str]]:
        """Yield the expectations as given."""
        for each in action.options.expectations:
            yield each.on_violation, each.name, each.expression


class CustomSqlTestGenerator(_CustomTestGenerator):
    """The rows of a query of your own meet your expectations."""

    Options = CustomSqlOptions
    source_count = "any"

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:
        """Return also an empty query."""
        yield from super().check(action, context)
        yield from query_problems(action)

    def query(self, action: Action, context: Context) -> str:
        """Return the query as given."""
        return query(action.options, context)


class CustomExpectationsOptions(CheckOptions):
    """What a test takes for `test_type: custom_expectations`."""

    expectations: tuple[TestExpectation, ...] = Field(
        min_length=1,
        description="Rules for the rows; `on_violation` of the test has no effect.",
        examples=[[{"name": "has_positive_amount", "expression": "amount > 0"}]],
    )


class CustomExpectationsTestGenerator(_CustomTestGenerator):
    """The rows of a table meet your expectations."""

    Options = CustomExpectationsOptions

    def query(self, action: Action, context: Context) -> str:  # noqa: ARG002  (the interface)
        """Return every row."""
        return f"SELECT * FROM {action.sources[0]}"  # noqa: S608  (the query is the product)
