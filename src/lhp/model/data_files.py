"""What the files beside the flowgroups may hold: expectations, and the columns of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from lhp.model.shape import Shape

Text = str
Scalar = bool | int | float | str
FailureAction = (
    Annotated[
        Literal["fail", "drop", "warn"],
        Field(
            json_schema_extra={
                "enumDescriptions": [
                    "Stops the update of the pipeline.",
                    "Leaves the row out and counts it.",
                    "Keeps the row and counts it.",
                ]
            }
        ),
    ]
    | Annotated[
        str, Field(pattern="^([Ff][Aa][Ii][Ll]|[Dd][Rr][Oo][Pp]|[Ww][Aa][Rr][Nn])$")  # any case
    ]
)
ExpectationType = Annotated[
    Literal["expect", "expect_or_drop", "expect_or_fail"],
    Field(
        json_schema_extra={
            "enumDescriptions": [
                "Keeps the row and counts it.",
                "Leaves the row out and counts it.",
                "Stops the update of the pipeline.",
            ]
        }
    ),
]


class ExpectationEntry(Shape):
    """One rule of an expectations file in the form of a list."""

    exactly_one = (("constraint", "expression"),)

    constraint: Text | None = Field(
        None,
        description="SQL condition that is true for a good row.",
        examples=["order_id IS NOT NULL"],
    )
    expression: Text | None = Field(
        None, description="Another word for `constraint`.", examples=["order_total >= 0"]
    )
    name: Text | None = Field(
        None,
        description="Name of the rule in the event log; made of the condition when it is absent.",
        examples=["has_order_id"],
    )
    message: Text | None = Field(
        None,
        description="What the event log calls the rule instead of its name.",
        examples=["order without a number"],
    )
    failureAction: FailureAction | None = Field(  # noqa: N815  (the key as users write it)
        None,
        description="What happens to a row that breaks the rule; `type` says it when absent.",
        examples=["drop"],
    )
    type: ExpectationType | None = Field(
        None,
        description="The same in the words of a pipeline; a row is kept when neither is there.",
        examples=["expect_or_drop"],
    )
    description: Text | None = Field(
        None,
        description="Why the rule is there, for people.",
        examples=["The tills number every order"],
    )


class ExpectationSettings(Shape):
    """What an expectations file in the form of a map says of one condition."""

    action: FailureAction | None = Field(
        None,
        description="What happens to a row that breaks the rule; it is kept when this is absent.",
        examples=["drop"],
    )
    name: Text | None = Field(
        None,
        description="Name of the rule in the event log; the condition itself when it is absent.",
        examples=["has_order_id"],
    )
    message: Text | None = Field(
        None,
        description="What is wrong with a row that breaks the rule, for people.",
        examples=["order without a number"],
    )
    description: Text | None = Field(
        None,
        description="Why the rule is there, for people.",
        examples=["The tills number every order"],
    )


class ExpectationsFile(Shape):
    """An expectations file with a list; the list alone, or a map of conditions, will do, too."""

    expectations: Sequence[ExpectationEntry] = Field(
        description="The rules that rows have to meet.",
        examples=[
            [
                {
                    "name": "has_order_id",
                    "expression": "order_id IS NOT NULL",
                    "failureAction": "drop",
                }
            ]
        ],
    )
    version: Scalar | None = Field(None, description="Version, for people.", examples=["1.0"])
    name: Text | None = Field(None, description="Name, for people.", examples=["orders"])
    description: Text | None = Field(
        None,
        description="What the rules are for.",
        examples=["What an order has to have before it counts as a sale"],
    )
    table: Text | None = Field(
        None,
        description="Table or view that the rules are for; has no effect.",
        examples=["${catalog}.silver.orders"],
    )


class ColumnEntry(Shape):
    """One column of a table schema file."""

    name: Text = Field(pattern=r"\S", description="Name of the column.", examples=["customer_id"])
    type: Text = Field(
        pattern=r"\S", description="Its SQL type.", examples=["STRING", "DECIMAL(12,2)"]
    )
    nullable: bool = Field(default=True, description="False makes the column NOT NULL.")
    comment: Scalar | None = Field(
        None, description="What the column holds.", examples=["C and five digits"]
    )
    tags: Mapping[str, Any] | None = Field(
        None,
        description="Unity Catalog tags of the column, by key; a tag may have no value.",
        examples=[{"pii": "true"}],
    )


class TableSchemaFile(Shape):
    """A table schema file: columns with types, and tags of the table."""

    table: Text | None = Field(
        None, description="Table that the file is for.", examples=["${catalog}.bronze.customers"]
    )
    name: Text | None = Field(
        None, description="Another word for `table`, which wins.", examples=["customers"]
    )
    tags: Mapping[str, Any] | None = Field(
        None,
        description="Unity Catalog tags of the table, by key; a tag may have no value.",
        examples=[{"owner": "crm", "layer": "bronze"}],
    )
    columns: Sequence[ColumnEntry] = Field(
        (),
        description="The columns in their order.",
        examples=[[{"name": "customer_id", "type": "STRING", "nullable": False}]],
    )
    version: Scalar | None = Field(None, description="Version, for people.", examples=["1.0"])
    description: Text | None = Field(
        None,
        description="What the table holds, for people.",
        examples=["Customer export of the CRM, names as in the file"],
    )
    primary_key: Text | Sequence[str] | None = Field(
        None,
        description="Columns that tell the rows apart, for people.",
        examples=[["customer_id"]],
    )
