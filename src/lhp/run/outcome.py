"""What a run did, as plain data: what the terminal, JSON and the HTML report show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from lhp.values import frozen

State = Literal["done", "failed", "skipped"]


@frozen
class Checked:
    """What an expectation found in the rows that a flow worked on.

    Args:
        dataset: The view or table that has the expectation.
        name: Of the expectation.
        rule: The condition, as SQL.
        action: What becomes of a row that breaks it: `warn`, `drop` or `fail`.
        passed: How many rows hold it.
        failed: How many rows break it.
        samples: Some of the rows that break it, as JSON objects.
    """

    dataset: str
    name: str
    rule: str
    action: str
    passed: int = 0
    failed: int = 0
    samples: tuple[str, ...] = ()


@frozen
class FlowDone:
    """What one flow into a dataset did.

    Args:
        name: Of the flow.
        rows_in: Rows that it read; None where that is not known.
        rows_out: Rows that it gave.
        seconds: How long it took.
        checks: What its expectations found, those of the views that it reads as well.
    """

    name: str
    rows_in: int | None = None
    rows_out: int = 0
    seconds: float = 0.0
    checks: tuple[Checked, ...] = ()

    @property
    def dropped(self) -> int:
        """How many times a row was dropped by an expectation."""
        return sum(each.failed for each in self.checks if each.action == "drop")


@frozen
class DatasetDone:
    """What became of one table, sink or test.

    Args:
        name: Full name of the table, or that of the sink.
        kind: `streaming_table`, `materialized_view`, `table`, `sink`, ...
        pipeline: Its pipeline.
        flowgroup: The flowgroup that defines it.
        state: What became of it: `done`, `failed`, or `skipped` as something before it failed.
        reads: Full names of the tables that it is made from.
        views: The views between them, with what each reads.
        flows: What its flows did.
        rows: How many rows it holds now; None for a sink.
        seconds: How long it took.
        problem: What is wrong, where it failed or was skipped; empty when nothing.
        is_test: True for a test action.
        ignored: What its definition asks for and a local run does not do, in words.
        emulated: What stands in for what only the platform has, in words.
    """

    name: str
    kind: str
    pipeline: str
    flowgroup: str
    state: State = "done"
    reads: tuple[str, ...] = ()
    views: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flows: tuple[FlowDone, ...] = ()
    rows: int | None = None
    seconds: float = 0.0
    problem: str = ""
    is_test: bool = False
    ignored: tuple[str, ...] = ()
    emulated: tuple[str, ...] = ()

    @property
    def rows_in(self) -> int | None:
        """Rows that its flows read; None where that is not known of any."""
        known = [flow.rows_in for flow in self.flows if flow.rows_in is not None]
        return sum(known) if known else None

    @property
    def rows_out(self) -> int:
        """Rows that its flows gave."""
        return sum(flow.rows_out for flow in self.flows)

    @property
    def dropped(self) -> int:
        """How many times a row was dropped by an expectation."""
        return sum(flow.dropped for flow in self.flows)

    @property
    def checks(self) -> tuple[Checked, ...]:
        """What the expectations of its flows found."""
        return tuple(check for flow in self.flows for check in flow.checks)


@frozen
class RunDone:
    """What a run did.

    Args:
        project: `name` of lhp.yaml.
        env: The environment.
        spark: The release of Spark.
        datasets: What became of each dataset, in the order in which they were worked on.
        seconds: How long all of it took, the start of Spark included.
        session_seconds: How long Spark took to start.
        notes: What a reader of the report is to know besides.
        began: When it began, as ISO 8601 writes it; empty leaves it out of the report.
    """

    project: str
    env: str
    spark: str = ""
    datasets: tuple[DatasetDone, ...] = ()
    seconds: float = 0.0
    session_seconds: float = 0.0
    notes: tuple[str, ...] = ()
    began: str = ""

    @property
    def has_failed(self) -> bool:
        """True when a dataset failed or was skipped, or a test found rows that fail it."""
        return any(each.state != "done" for each in self.datasets)

    def as_data(self) -> Mapping[str, Any]:
        """Return all of it as plain data, for JSON."""
        known: Mapping[str, Any] = _plain(self)
        return known


_WORKED_OUT: Mapping[type, Sequence[str]] = {
    RunDone: ("has_failed",),
    DatasetDone: ("rows_in", "rows_out", "dropped"),
    FlowDone: ("dropped",),
    Checked: (),
}


def _plain(value: Any) -> Any:
    if isinstance(value, (RunDone, DatasetDone, FlowDone, Checked)):
        known = {name: _plain(each) for name, each in vars(value).items()}
        return {**known, **{name: getattr(value, name) for name in _WORKED_OUT[type(value)]}}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [*map(_plain, value)]
    return value
