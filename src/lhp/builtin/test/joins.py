"""Tests of one table against another."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ConfigDict, Field

from lhp.builtin.checks import CheckOptions, RuleGenerator, named
from lhp.core.base_generator import Context
from lhp.errors import TABLE_NOT_THREE_PARTS, WRONG_VALUE, LhpError
from lhp.model.flowgroup import Action


class ReferentialIntegrityOptions(CheckOptions):
    """What a test takes for `test_type: referential_integrity`."""

    reference: str = Field(
        description="Table that is referred to, by catalog, schema and table.",
        examples=["${catalog}.silver.customers"],
    )
    source_columns: tuple[str, ...] = Field(
        min_length=1, description="Columns that refer.", examples=[["customer_id"]]
    )
    reference_columns: tuple[str, ...] = Field(
        min_length=1,
        description="Columns that they refer to, in the same order.",
        examples=[["customer_id"]],
    )


class ReferentialIntegrityTestGenerator(RuleGenerator):
    """Every row refers to a row that exists."""

    Options = ReferentialIntegrityOptions
    rule = "referential_integrity"
    tables = ("reference",)

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:
        """Return also columns that are not as many on both sides."""
        yield from super().check(action, context)
        count, needed = (
            len(each) for each in (action.options.reference_columns, action.options.source_columns)
        )
        if count != needed:
            reason = f"it has {count} of them, and `source_columns` has {needed}"
            name = "reference_columns"
            yield WRONG_VALUE.at(action.at(name), name=name, reason=reason)

    def query(self, action: Action, context: Context) -> str:  # noqa: ARG002  (the interface)
        """Return every row beside what it refers to."""
        options = action.options
        pairs = zip(options.source_columns, options.reference_columns, strict=True)
        found = f"ref_{options.reference_columns[0]}"
        return _joined(action.sources[0], options.reference, pairs, found)

    def condition(self, action: Action) -> str:
        """Return that the join has found a row."""
        return f"ref_{action.options.reference_columns[0]} IS NOT NULL"


class AllLookupsFoundOptions(CheckOptions):
    """What a test takes for `test_type: all_lookups_found`."""

    lookup_table: str = Field(
        description="Table that values are looked up in, by catalog, schema and table.",
        examples=["${catalog}.silver.countries"],
    )
    lookup_columns: tuple[str, ...] = Field(
        min_length=1,
        description="Columns that are called the same in both tables.",
        examples=[["country_code"]],
    )
    lookup_result_columns: tuple[str, ...] = Field(
        min_length=1,
        description="Columns of the lookup table that are wanted; the first is checked.",
        examples=[["country_name"]],
    )


class AllLookupsFoundTestGenerator(RuleGenerator):
    """Every row finds a value in a lookup table."""

    Options = AllLookupsFoundOptions
    rule = "all_lookups_found"
    tables = ("lookup_table",)

    def query(self, action: Action, context: Context) -> str:  # noqa: ARG002  (the interface)
        """Return every row beside what it finds."""
        options = action.options
        pairs = [(name, name) for name in options.lookup_columns]
        found = f"lookup_{options.lookup_result_columns[0]}"
        return _joined(action.sources[0], options.lookup_table, pairs, found)

    def condition(self, action: Action) -> str:
        """Return that the join has found a value."""
        return f"lookup_{action.options.lookup_result_columns[0]} IS NOT NULL"


class SchemaMatchOptions(CheckOptions):
    """What a test takes for `test_type: schema_match`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"source": "${catalog}.bronze.orders", "reference": "${catalog}.silver.orders"},
            ]
        }
    )

    reference: str = Field(
        description="Table with the right columns, by catalog, schema and table.",
        examples=["${catalog}.silver.orders"],
    )


class SchemaMatchTestGenerator(RuleGenerator):
    """Two tables have the same columns of the same types.

    Source: Databricks, "INFORMATION_SCHEMA.COLUMNS".
    """

    Options = SchemaMatchOptions
    rule = "schemas_match"
    tables = ("source", "reference")

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:
        """Return also names that the catalog's list of columns can't be asked for."""
        yield from super().check(action, context)
        for key in self.tables:
            name = named(action, key)
            if "`" in name or "'" in name:
                yield TABLE_NOT_THREE_PARTS.at(action.at(key), key=key, given=name)

    def query(self, action: Action, context: Context) -> str:  # noqa: ARG002  (the interface)
        """Return the columns that differ."""
        return (
            f"WITH source_schema AS (\n{_columns_of(action.sources[0])}),\n"
            f"reference_schema AS (\n{_columns_of(action.options.reference)}),\n"
            "schema_diff AS (\n"
            "  SELECT\n"
            "    COALESCE(s.column_name, r.column_name) AS column_name,\n"
            "    s.data_type AS source_type,\n"
            "    r.data_type AS reference_type,\n"
            "    CASE\n"
            "      WHEN s.column_name IS NULL THEN 'missing_in_source'\n"
            "      WHEN r.column_name IS NULL THEN 'extra_in_source'\n"
            "      WHEN s.data_type != r.data_type THEN 'type_mismatch'\n"
            "      ELSE 'match'\n"
            "    END AS status\n"
            "  FROM source_schema s\n"
            "  FULL OUTER JOIN reference_schema r ON s.column_name = r.column_name\n"
            ")\n"
            "SELECT * FROM schema_diff WHERE status != 'match'"
        )

    def condition(self, action: Action) -> str:  # noqa: ARG002  (the interface)
        """Return what no row of the query meets."""
        return "false"


def _joined(source: str, table: str, pairs: Iterable[tuple[str, str]], found: str) -> str:
    """Return every row of a source beside a column of a table, which is called after its use."""
    alias, column = found[0], found.partition("_")[2]
    return (
        f"SELECT s.*, {alias}.{column} AS {found}\n"
        f"FROM {source} s\n"
        f"LEFT JOIN {table} {alias}\n"
        f"  ON {' AND '.join(f's.{one} = {alias}.{other}' for one, other in pairs)}"
    )


def _columns_of(table: str) -> str:
    catalog, schema, name = table.split(".")
    return (
        "  SELECT column_name, data_type, ordinal_position\n"  # noqa: S608  (the query is the product)
        f"  FROM {catalog}.information_schema.columns\n"
        f"  WHERE table_catalog = '{catalog}'\n"
        f"    AND table_schema = '{schema}'\n"
        f"    AND table_name = '{name}'\n"
    )
