"""What `information_schema` tells of the tables that runs made.

Source: Databricks, "COLUMNS" of the information schema. Whether a column may be NULL is not kept
here, and so not told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pyspark.sql.types import StructField, StructType

COLUMNS = (
    "table_catalog string, table_schema string, table_name string, column_name string,"
    " ordinal_position int, full_data_type string, data_type string"
)
EMULATED = "information_schema.columns: the columns of the tables that runs made here"

_ASKED = re.compile(
    r"table_catalog\s*=\s*'([^']+)'\s+AND\s+table_schema\s*=\s*'([^']+)'\s+"
    r"AND\s+table_name\s*=\s*'([^']+)'",
    re.IGNORECASE,
)


def catalog_of(name: str) -> str | None:
    """Return the catalog of which a name means the columns; None for a name of something else."""
    catalog, _, rest = name.partition(".")
    return catalog if rest.lower() == "information_schema.columns" else None


def asked_for(text: str) -> Iterator[str]:
    """Yield the full names of the tables whose columns a query asks for, as tests ask."""
    return (".".join(names) for names in _ASKED.findall(text))


def rows(catalog: str, tables: Iterable[tuple[str, StructType]]) -> list[tuple[Any, ...]]:
    """Return a row for each column of the tables of a catalog.

    Args:
        catalog: The catalog.
        tables: Full name and columns of each table there is.
    """
    return [
        _row(parts, number, column)
        for name, schema in tables
        if len(parts := name.lower().split(".")) == _PARTS and parts[0] == catalog.lower()
        for number, column in enumerate(schema.fields, 1)
    ]


_PARTS = 3


def _row(parts: Sequence[str], number: int, column: StructField) -> tuple[Any, ...]:
    kind = column.dataType
    simple = kind.typeName().upper()
    return (*parts, column.name, number, kind.simpleString(), _CALLED.get(simple, simple))


_CALLED = {"INTEGER": "INT"}
