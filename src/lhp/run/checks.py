"""Expectations of rows: counts those that break them, keeps some of them, drops or refuses them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pyspark.sql import Column, DataFrame, Observation, Row
from pyspark.sql import functions as F  # noqa: N812  (its usual name)

from lhp.run.datasets import Rule
from lhp.run.outcome import Checked
from lhp.run.parquet import counts_of
from lhp.values import frozen

REFUSED = "lhp-expectation:"
_numbers = itertools.count(1)


@frozen
class Watched:
    """Rows whose expectations are counted while they pass.

    Args:
        dataset: The view or table that has the expectations.
        rules: The expectations.
        metrics: How Spark calls the counts.
        observation: Holds the counts of rows that are no stream; None for a stream.
    """

    dataset: str
    rules: tuple[Rule, ...]
    metrics: str
    observation: Observation | None

    def found(self, streamed: Sequence[Mapping[str, Row]]) -> Iterator[Checked]:
        """Yield what each expectation found.

        Args:
            streamed: The counts of each batch of a stream.
        """
        rows = [each[self.metrics].asDict() for each in streamed if self.metrics in each]
        rows += [counts_of(self.observation)] if self.observation else []
        for index, rule in enumerate(self.rules):
            failed = sum(row.get(f"failed_{index}") or 0 for row in rows)
            samples = {
                row[key]: None
                for row in rows
                for key in (f"first_{index}", f"last_{index}")
                if row.get(key)
            }
            total = sum(row.get("rows") or 0 for row in rows)
            yield Checked(
                self.dataset,
                rule.name,
                rule.condition,
                rule.action,
                total - failed,
                failed,
                tuple(sorted(samples)[:_MOST_SAMPLES]),
            )


_MOST_SAMPLES = 5


def watched(
    frame: DataFrame, dataset: str, rules: tuple[Rule, ...], *, is_strict: bool = True
) -> tuple[DataFrame, Watched]:
    """Return rows that are checked as they pass, and what holds the counts.

    A condition that is NULL for a row is not fulfilled.

    Args:
        frame: The rows.
        dataset: The view or table that has the expectations.
        rules: At least one expectation.
        is_strict: False counts the rows that break a `fail` expectation as well.
    """
    holds = [F.coalesce(F.expr(rule.condition).cast("boolean"), F.lit(False)) for rule in rules]  # noqa: FBT003  (Spark's)
    row = F.to_json(F.struct("*"), {"ignoreNullFields": "false"})
    metrics = f"{dataset}#{next(_numbers)}"
    observation = None if frame.isStreaming else Observation(metrics)
    frame = frame.observe(
        metrics if observation is None else observation,
        F.count(F.lit(1)).alias("rows"),
        *(column for index, each in enumerate(holds) for column in _counts(index, each, row)),
    )
    for rule, each in zip(rules, holds, strict=True):
        if rule.action == "fail" and is_strict:
            about = F.lit(f"{REFUSED}{json.dumps([dataset, rule.name])}")
            refused = F.raise_error(F.concat(about, F.lit("\t"), row)).cast("boolean")
            frame = frame.filter(F.when(each, F.lit(True)).otherwise(refused))  # noqa: FBT003  (Spark's)
    for rule, each in zip(rules, holds, strict=True):
        if rule.action == "drop":
            # Of a condition such as `false` Spark would see that no row passes, and count none.
            frame = frame.filter(each == (F.spark_partition_id() >= 0))
    return frame, Watched(dataset, rules, metrics, observation)


def _counts(index: int, holds: Column, row: Column) -> Iterator[Column]:
    broken = F.when(~holds, row)
    yield F.count_if(~holds).alias(f"failed_{index}")
    yield F.min(broken).alias(f"first_{index}")
    yield F.max(broken).alias(f"last_{index}")


def refused_by(message: str) -> tuple[str, str, str] | None:
    """Return dataset, expectation and row of an error that a `fail` expectation made.

    Args:
        message: What Spark says.
    """
    _, mark, rest = message.partition(REFUSED)
    if not mark:
        return None
    decoder = json.JSONDecoder()
    about, start = decoder.raw_decode(rest)
    row = rest[start:].lstrip("\t")
    return about[0], about[1], row[: decoder.raw_decode(row)[1]]


def merged(checks: Iterable[Checked]) -> tuple[Checked, ...]:
    """Return the most that is known of each expectation, where one flow met a view repeatedly."""
    found: dict[tuple[str, str], Checked] = {}
    for each in checks:
        known = found.setdefault((each.dataset, each.name), each)
        if each.passed + each.failed > known.passed + known.failed:
            found[each.dataset, each.name] = each
    return tuple(found.values())
