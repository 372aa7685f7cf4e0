"""Tests of the rows of one table, and of how many rows two tables have."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ConfigDict, Field

from lhp.builtin.checks import CheckOptions, RuleGenerator
from lhp.core.base_generator import Context, Scalar
from lhp.errors import NOTHING_GIVEN, WRONG_VALUE, LhpError
from lhp.model.flowgroup import Action

_TWO = 2


class RowCountOptions(CheckOptions):
    """What a test takes for `test_type: row_count`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source": ["${catalog}.bronze.orders", "${catalog}.silver.orders"],
                    "tolerance": 5,
                },
            ]
        }
    )

    tolerance: int = Field(
        0, ge=0, description="By how many rows the two may differ.", examples=[5]
    )


class RowCountTestGenerator(RuleGenerator):
    """Two tables have as many rows, but for a tolerance."""

    Options = RowCountOptions
    rule = "row_count_match"

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:
        """Return also another number of sources than two."""
        yield from super().check(action, context)
        if len(action.sources) != _TWO:
            reason = "a row_count test compares exactly two tables"
            yield WRONG_VALUE.at(action.at("source"), name="source", reason=reason)

    def query(self, action: Action, context: Context) -> str:  # noqa: ARG002  (the interface)
        """Return one row with both counts."""
        first, second = action.sources
        return (
            "SELECT * FROM\n"  # noqa: S608  (the query is the product)
            f"  (SELECT COUNT(*) AS source_count FROM {first}),\n"
            f"  (SELECT COUNT(*) AS target_count FROM {second})"
        )

    def condition(self, action: Action) -> str:
        """Return that the counts differ by no more than the tolerance."""
        return f"abs(source_count - target_count) <= {action.options.tolerance}"


class UniquenessOptions(CheckOptions):
    """What a test takes for `test_type: uniqueness`."""

    columns: tuple[str, ...] = Field(
        min_length=1,
        description="Columns whose values together stand in one row only.",
        examples=[["order_id"]],
    )
    filter: str | None = Field(
        None,
        description="SQL condition; only rows that meet it are looked at.",
        examples=["__END_AT IS NULL"],
    )


class UniquenessTestGenerator(RuleGenerator):
    """No two rows have the same values in some columns."""

    Options = UniquenessOptions
    rule = "no_duplicates"

    def query(self, action: Action, context: Context) -> str:  # noqa: ARG002  (the interface)
        """Return the values that stand in several rows, with their count."""
        columns = ", ".join(action.options.columns)
        where = f"WHERE {action.options.filter}\n" if action.options.filter else ""
        return (
            f"SELECT {columns}, COUNT(*) AS duplicate_count\n"
            f"FROM {action.sources[0]}\n"
            f"{where}"
            f"GROUP BY {columns}\n"
            "HAVING COUNT(*) > 1"
        )

    def condition(self, action: Action) -> str:  # noqa: ARG002  (the interface)
        """Return what no row of the query meets."""
        return "duplicate_count == 0"


class CompletenessOptions(CheckOptions):
    """What a test takes for `test_type: completeness`."""

    required_columns: tuple[str, ...] = Field(
        min_length=1,
        description="Columns that have a value in every row.",
        examples=[["order_id", "customer_id"]],
    )


class CompletenessTestGenerator(RuleGenerator):
    """Some columns are never NULL."""

    Options = CompletenessOptions
    rule = "required_fields_complete"

    def query(self, action: Action, context: Context) -> str:  # noqa: ARG002  (the interface)
        """Return the columns of every row."""
        return f"SELECT {', '.join(action.options.required_columns)}\nFROM {action.sources[0]}"

    def condition(self, action: Action) -> str:
        """Return that all the columns have a value."""
        return " AND ".join(f"{column} IS NOT NULL" for column in action.options.required_columns)


class RangeOptions(CheckOptions):
    """What a test takes for `test_type: range`."""

    at_least_one = (("min_value", "max_value"),)

    column: str = Field(description="Column whose values are checked.", examples=["amount"])
    min_value: Scalar | None = Field(
        None, description="The least value that is right.", examples=[0, "2024-01-01"]
    )
    max_value: Scalar | None = Field(
        None, description="The greatest value that is right.", examples=[9000, "2024-12-31"]
    )


class RangeTestGenerator(RuleGenerator):
    """The values of a column lie between two others; NULL is neither right nor wrong."""

    Options = RangeOptions
    rule = "value_in_range"

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:
        """Return also that there is no end of the range."""
        yield from super().check(action, context)
        if action.options.min_value is None and action.options.max_value is None:
            names = "min_value or max_value"
            yield NOTHING_GIVEN.at(action.at(), where=repr(action.name), names=names)

    def query(self, action: Action, context: Context) -> str:  # noqa: ARG002  (the interface)
        """Return the column of every row."""
        return f"SELECT {action.options.column}\nFROM {action.sources[0]}"

    def condition(self, action: Action) -> str:
        """Return that the value is neither too small nor too great."""
        options = action.options
        ends = ((">=", options.min_value), ("<=", options.max_value))
        return " AND ".join(
            f"{options.column} {sign} {_sql_text(end)}" for sign, end in ends if end is not None
        )


def _sql_text(value: Scalar) -> str:
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"
