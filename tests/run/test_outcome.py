"""What a run did, as data: counts, and the JSON that programs read."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from lhp.run.outcome import Checked, DatasetDone, FlowDone, RunDone

from . import retail

PAGE = Path(__file__).parents[2] / "docs" / "run-outcome.md"


def test_a_dataset_counts_what_its_flows_did() -> None:
    dropping = Checked("v", "n", "r", "drop", passed=2, failed=1)
    warning = Checked("v", "n", "r", "warn", passed=1, failed=2)
    flows = (
        FlowDone("f", 3, 2, 0.1, (dropping, warning)),
        FlowDone("g", None, 4, 0.1, (dropping,)),
    )
    done = DatasetDone("t", "streaming_table", "p", "g", flows=flows)
    assert (done.rows_in, done.rows_out, done.dropped) == (3, 6, 2)
    assert done.checks == (dropping, warning, dropping)


def test_rows_are_unknown_where_no_flow_knows() -> None:
    assert DatasetDone("t", "sink", "p", "g", flows=(FlowDone("f"),)).rows_in is None
    assert DatasetDone("t", "sink", "p", "g").rows_in is None


@pytest.mark.parametrize("state", ["failed", "skipped"])
def test_a_run_has_failed_where_something_of_it_is_not_done(state: str) -> None:
    done = DatasetDone("t", "sink", "p", "g")
    assert not RunDone("a", "b", datasets=(done,)).has_failed
    other = DatasetDone("u", "sink", "p", "g", state=state)  # type: ignore[arg-type]
    assert RunDone("a", "b", datasets=(done, other)).has_failed


def test_programs_get_all_of_it() -> None:
    data = json.loads(json.dumps(retail.run().as_data(), allow_nan=False))
    assert data["project"] == "acme_retail"
    assert data["has_failed"] is True
    orders = next(each for each in data["datasets"] if each["name"] == "acme_local.silver.orders")
    assert orders["reads"] == ["acme_local.bronze.orders"]
    assert orders["views"]["v_orders_checked"] == ["v_orders_clean"]
    assert (orders["rows_in"], orders["rows_out"], orders["dropped"]) == (120, 118, 2)
    (flow,) = orders["flows"]
    assert flow["dropped"] == 2
    check = flow["checks"][1]
    assert (check["name"], check["passed"], check["failed"]) == ("has_total", 118, 2)
    assert json.loads(check["samples"][0])["order_id"] == 7


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (RunDone, "The run"),
        (DatasetDone, "A dataset"),
        (FlowDone, "A flow"),
        (Checked, "An expectation"),
    ],
)
def test_the_reference_tells_each_key(kind: type, title: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    part = text.split(f"\n## {title}\n")[1].split("\n## ")[0]
    told = [line.split("`")[1] for line in part.splitlines() if line.startswith("| `")]
    flow = FlowDone("f", checks=(Checked("v", "n", "r", "warn"),))
    data = RunDone(
        "a", "b", datasets=(DatasetDone("t", "sink", "p", "g", flows=(flow,)),)
    ).as_data()
    dataset = data["datasets"][0]
    given = {
        RunDone: data,
        DatasetDone: dataset,
        FlowDone: dataset["flows"][0],
        Checked: dataset["flows"][0]["checks"][0],
    }
    assert sorted(told) == sorted(given[kind])
    assert {field.name for field in fields(kind)} <= {*told}
