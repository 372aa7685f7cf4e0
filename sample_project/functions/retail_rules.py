"""Rules of the business that several of our functions follow."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

ARCHIVED_STATES = {"D": "completed", "X": "cancelled"}


def from_cents(cents: Column) -> Column:
    """Return an amount of money from a whole number of cents."""
    return (cents / F.lit(100)).cast("decimal(12,2)")


def after_discount(amount: Column, discount_pct: Column) -> Column:
    """Return what the customer pays, rounded to the cent as the till does."""
    return F.round(amount * (F.lit(100) - discount_pct) / F.lit(100), 2).cast("decimal(12,2)")


def order_status(state: Column) -> Column:
    """Return our word for a status letter of the archived orders."""
    pairs = [F.lit(text) for pair in ARCHIVED_STATES.items() for text in pair]
    return F.coalesce(F.create_map(*pairs)[state], F.lit("unknown"))
