"""Stands in for `delta.tables.DeltaTable`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyspark.sql import DataFrame


class DeltaTables:
    """Placeholder until the real one is merged."""

    def __init__(
        self, read: Callable[[str], DataFrame], replace: Callable[[str, DataFrame], None]
    ) -> None:
        self.DeltaTable: Any = type("DeltaTable", (), {"read": read, "replace": replace})
