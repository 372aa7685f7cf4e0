"""Reads the orders of the till system that was replaced at the end of 2024."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from retail_rules import from_cents, order_status


def read_archived_orders(spark: SparkSession, parameters: dict[str, Any]) -> DataFrame:
    """Return the archived orders, with our order and store numbers and amounts in euro or pound.

    Args:
        spark: The running session.
        parameters: `path` of the file, `date_format` of its dates.
    """
    orders = spark.read.option("header", True).csv(parameters["path"])
    is_known = F.col("CUST_NO") != "0"
    return orders.select(
        F.concat(F.lit("A-"), "ORDER_NO").alias("ORDER_NO"),
        F.when(is_known, F.concat(F.lit("C"), F.lpad("CUST_NO", 5, "0"))).alias("CUST_NO"),
        F.concat(F.lit("S"), "SHOP_NO").alias("SHOP_NO"),
        F.to_timestamp("ORDER_DATE", parameters["date_format"]).alias("ORDER_DATE"),
        from_cents(F.col("AMOUNT_CENTS")).alias("AMOUNT"),
        F.col("CCY"),
        order_status(F.col("STATE")).alias("STATE"),
        F.lit("store").alias("CHANNEL"),
    )
