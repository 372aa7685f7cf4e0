"""Puts a price on order lines."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from retail_rules import after_discount


def price_order_lines(df: DataFrame, spark: SparkSession, parameters: dict[str, Any]) -> DataFrame:  # noqa: ARG001  (the signature is given)
    """Return the lines with gross and net amount, and whether the discount was a large one.

    Args:
        df: Order lines with quantity, unit price and discount.
        spark: The running session.
        parameters: `large_discount_pct`, from which on a discount counts as large.
    """
    gross = (F.col("quantity") * F.col("unit_price")).cast("decimal(12,2)")
    return (
        df.withColumn("gross_amount", gross)
        .withColumn("net_amount", after_discount(F.col("gross_amount"), F.col("discount_pct")))
        .withColumn("is_large_discount", F.col("discount_pct") >= parameters["large_discount_pct"])
    )
