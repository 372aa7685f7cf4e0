"""Writes rows as Parquet files, and counts them on their way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F  # noqa: N812  (its usual name)


def writing(frame: DataFrame) -> Callable[[str], int]:
    """Return what writes rows into a folder, and returns how many they are.

    Args:
        frame: The rows.
    """

    def write(folder: str) -> int:
        counted = Observation()
        watched = frame.observe(counted, F.count(F.lit(1)).alias("rows"))
        watched.write.mode("overwrite").parquet(folder)
        return int(counts_of(counted).get("rows", 0))

    return write


def counts_of(observation: Observation) -> dict[str, Any]:
    """Return what was counted; nothing where Spark saw that it need not look at any row."""
    # `get` would wait for ever.
    known = observation._jo  # noqa: SLF001  (nothing public tells it)
    if known is None or not known.future().isCompleted():
        return {}
    # A row without names stands for nothing, and Spark can't hand it to Python.
    return observation.get if known.getRow().schema() is not None else {}
