"""What a terminal of 80 columns shows of a run."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.cli.report import print_table
from lhp.run import shown
from lhp.run.outcome import Checked, DatasetDone, FlowDone, RunDone

from . import retail

VIEW = DatasetDone("v", "materialized_view", "p", "f")


class Terminal(io.StringIO):
    """A terminal that keeps what is printed."""

    def isatty(self) -> bool:
        """Return True: this is one."""
        return True


def lines_of(
    columns: Sequence[str], rows: Sequence[Sequence[object]], monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    print_table(columns, rows, file=terminal)
    return [line.rstrip() for line in terminal.getvalue().splitlines()]


def run(*datasets: DatasetDone) -> RunDone:
    return RunDone("acme", "local", datasets=datasets, seconds=3.14, session_seconds=2)


def named(*names: str) -> RunDone:
    return run(*(replace(VIEW, name=name) for name in names))


def test_datasets_fit_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = lines_of(shown.DATASET_COLUMNS, shown.dataset_rows(retail.run()), monkeypatch)
    assert lines[0].split() == ["Dataset", "State", "In", "Out", "Dropped", "Rows", "Seconds"]
    by_name = {line.split()[0]: line.split()[1:] for line in lines}
    assert by_name["silver.orders"] == ["done", "120", "118", "2", "118", "1.4"]
    assert by_name["bronze.web_events"] == ["done", "12345678", "12345678", "0", "12345678", "0.8"]
    assert by_name["gold.daily_sales"] == ["done", "31", "0", "31", "1.1"]
    assert by_name["gold.customer_value"] == ["failed", "0.3"]
    assert by_name["refund_alerts"] == ["skipped", "0.0"]
    assert not any(line.startswith("tst_") for line in lines)


def test_expectations_fit_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = shown.expectation_rows(retail.run())
    lines = lines_of(shown.EXPECTATION_COLUMNS, rows, monkeypatch)
    assert len(lines) == 1 + len(rows) == 22
    assert ["silver.orders", "has_total", "drop", "118", "2"] in [line.split() for line in lines]
    broken = shown.expectation_rows(retail.run(), only_broken=True)
    assert broken == [row for row in rows if row[-1]]
    assert len(broken) == 14


def test_tests_have_results(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = lines_of(shown.TEST_COLUMNS, shown.test_rows(retail.run()), monkeypatch)
    assert [line.split() for line in lines] == [
        ["Test", "Result", "Found", "Seconds"],
        ["tst_orders_are_unique", "passed", "0", "0.2"],
        ["tst_returns_have_orders", "failed", "3", "0.2"],
    ]


@pytest.mark.parametrize(
    ("state", "failed", "result"),
    [
        ("done", 0, "passed"),
        ("done", 2, "warned"),
        ("failed", 2, "failed"),
        ("failed", 0, "failed"),
        ("skipped", 0, "skipped"),
    ],
)
def test_a_test_only_warns_where_it_is_done(state: str, failed: int, result: str) -> None:
    flow = FlowDone("f", checks=(Checked("v", "n", "r", "warn", failed=failed),))
    test = replace(VIEW, state=state, flows=(flow,), is_test=True)
    assert shown.result_of(test) == result


def test_what_an_expectation_found_in_several_flows_is_one_row() -> None:
    one = Checked("v", "", "a > 0", "drop", 5, 1, ("{}",))
    flows = (FlowDone("f", checks=(one,)), FlowDone("g", checks=(one, replace(one, action="warn"))))
    done = run(replace(VIEW, flows=flows))
    assert shown.expectation_rows(done) == [
        ("v", "a > 0", "drop", 10, 2),
        ("v", "a > 0", "warn", 5, 1),
    ]
    assert shown.checks_of(done.datasets[0])[0].samples == ("{}", "{}")


def test_the_summary_is_one_line() -> None:
    assert shown.summary(retail.run()) == (
        "20 datasets (18 done, 1 failed, 1 skipped), 2 tests (1 failed, 1 passed), "
        "14 expectations broken, 41.2 s (7.9 s to start Spark)"
    )
    assert shown.summary(named("a")) == "1 dataset (1 done), 3.1 s (2.0 s to start Spark)"
    assert shown.summary(run()) == "0 datasets, 3.1 s (2.0 s to start Spark)"


def test_what_is_left_out_is_told_once_with_some_of_its_datasets() -> None:
    told = shown.notes(retail.run())
    assert told[0] == "The tables are in .lhp/local/local."
    assert told[1] == (
        "ignored: cluster_by: parquet files are not clustered "
        "(bronze.stores, bronze.products, bronze.customers and 11 more)"
    )
    assert told[-1].startswith("emulated: Auto Loader: ")
    assert len(told) == 5
    twice = replace(VIEW, name="a.b.c", ignored=("x", "x"))
    assert shown.notes(run(twice, twice)) == ["ignored: x (b.c)"]


@pytest.mark.parametrize(
    ("names", "catalog"),
    [
        (["c.s.t", "c.s.u", "sink", "s.t2"], "c"),
        (["c.s.t", "d.s.u"], ""),
        (["c.s.t", "s.t"], ""),  # both would be called `s.t`
        (["c.s.t", "c.s.`a.b`"], "c"),
        (["sink"], ""),
        ([], ""),
    ],
)
def test_a_catalog_that_all_share_is_left_out(names: list[str], catalog: str) -> None:
    assert shown.shared_catalog(names) == catalog
    short = shown.short_names(named(*names))
    assert len({*short.values()}) == len({*names})
    if catalog:
        assert short["c.s.t"] == "s.t"


@given(st.lists(st.from_regex(r"[abc](\.[abc]){0,2}", fullmatch=True)))
def test_short_names_stay_apart(names: list[str]) -> None:
    assert len({*shown.short_names(named(*names)).values()}) == len({*names})


@pytest.mark.parametrize(
    ("dataset", "line"),
    [
        (
            replace(VIEW, flows=(FlowDone("f", 3, 2, 1, (Checked("v", "n", "r", "drop", 2, 1),)),)),
            "v  materialized view  in 3  out 2  dropped 1  1.4 s",
        ),
        (replace(VIEW, flows=(FlowDone("f", None, 2),)), "v  materialized view  out 2  1.4 s"),
        (VIEW, "v  materialized view  1.4 s"),
        (replace(VIEW, state="failed"), "v  materialized view  failed  1.4 s"),
        (replace(VIEW, state="skipped"), "v  materialized view  skipped"),
        (replace(VIEW, kind="test", is_test=True), "v  test  passed  1.4 s"),
        (replace(VIEW, kind="test", is_test=True, state="skipped"), "v  test  skipped"),
        (
            replace(
                VIEW,
                kind="test",
                is_test=True,
                state="failed",
                flows=(FlowDone("f", checks=(Checked("v", "n", "r", "fail", failed=7),)),),
            ),
            "v  test  failed  found 7  1.4 s",
        ),
    ],
)
def test_a_finished_dataset_has_a_line(dataset: DatasetDone, line: str) -> None:
    assert shown.progress_line(replace(dataset, seconds=1.4), dataset.name) == line
