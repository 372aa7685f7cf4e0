"""The stand-in for `dp`: what modules declare is noted, and each flow finds its table."""

from __future__ import annotations

from typing import Any

from lhp.run.datasets import Declared, Rule
from lhp.run.declare import Declaring


def declared(pipeline: str = "p") -> tuple[Any, Declared]:
    found = Declared()
    declaring = Declaring(found)
    declaring.pipeline, declaring.flowgroup = pipeline, "g"
    return declaring.module(), found


def test_a_view_is_seen_by_its_own_pipeline_in_any_case() -> None:
    dp, found = declared()

    @dp.temporary_view()
    def v_orders() -> str:
        return "rows"

    view = found.view("V_Orders", "P")
    assert view is not None
    assert (view.name, view.flowgroup, view.function()) == ("v_orders", "g", "rows")
    assert found.view("v_orders", "other") is None


def test_decorators_may_stand_without_parentheses_and_under_a_name() -> None:
    dp, found = declared()

    @dp.view(name="named")
    def one() -> None: ...

    @dp.materialized_view
    def two() -> None: ...

    assert found.view("named", "p") is not None
    assert found.target("two", "p") is not None


def test_expectations_are_noted_in_the_order_of_writing_above_and_below() -> None:
    dp, found = declared()

    @dp.expect_or_fail("last", "c > 0")
    @dp.table(name="c.s.t")
    @dp.expect_all_or_drop({"a": "a > 0", "b": "b > 0"})
    @dp.expect("warned", "d > 0")
    def t() -> None: ...

    target = found.target("c.s.t", "p")
    assert target is not None
    assert target.flows[0].rules == (
        Rule("last", "c > 0", "fail"),
        Rule("a", "a > 0", "drop"),
        Rule("b", "b > 0", "drop"),
        Rule("warned", "d > 0", "warn"),
    )


def test_a_streaming_table_may_have_expectations_of_its_own() -> None:
    dp, found = declared()
    dp.create_streaming_table(name="c.s.t", comment="x", expect_all_or_drop={"a": "a > 0"})
    target = found.target("C.S.T", "other")
    assert target is not None
    assert target.rules == (Rule("a", "a > 0", "drop"),)
    assert dict(target.settings) == {"comment": "x"}


def test_flows_find_the_table_that_another_pipeline_declares_later() -> None:
    dp, found = declared()

    @dp.append_flow(target="c.s.t", name="f_t", once=True)
    def f_t() -> None: ...

    dp.create_auto_cdc_flow(target="c.s.t", source="v", keys=["id"])
    dp.apply_changes(target="c.s.gone", source="v", keys=["id"])
    dp.create_streaming_table(name="c.s.t")
    found.settle()

    target = found.target("c.s.t", "p")
    assert target is not None
    assert [(flow.name, flow.kind) for flow in target.flows] == [
        ("f_t", "append"),
        ("auto_cdc into c.s.t", "auto_cdc"),
    ]
    assert target.flows[0].settings["once"] is True
    assert [name for name, _ in found.strays] == ["c.s.gone"]


def test_a_table_is_found_by_the_end_of_its_name_where_only_one_has_that_end() -> None:
    dp, found = declared()
    dp.create_streaming_table(name="c.s.orders")
    dp.create_streaming_table(name="c.t.orders")
    dp.create_streaming_table(name="c.s.items")
    assert found.target("s.orders", "p") is found.targets["c.s.orders"]
    assert found.target("items", "p") is found.targets["c.s.items"]
    assert found.target("orders", "p") is None


def test_private_tables_and_sinks_belong_to_their_pipeline() -> None:
    dp, found = declared()

    @dp.table(temporary=True)
    def stage() -> None: ...

    @dp.foreach_batch_sink(name="alerts")
    def alerts(df: object, batch_id: int) -> None: ...

    dp.create_sink("topic", "kafka", {"topic": "orders"})

    assert found.target("stage", "p") is not None
    assert found.target("stage", "q") is None
    alerts_sink, topic = found.target("alerts", "p"), found.target("topic", "p")
    assert alerts_sink is not None
    assert topic is not None
    assert (alerts_sink.is_sink, alerts_sink.function) == (True, alerts)
    assert topic.settings == {"format": "kafka", "options": {"topic": "orders"}}
    assert [*found.names("p")] == []


def test_a_table_may_say_that_its_rows_are_replaced() -> None:
    dp, found = declared()

    @dp.table(name="c.s.t", replace_using=["id"], sequence_by="at")
    def t() -> None: ...

    target = found.target("c.s.t", "p")
    assert target is not None
    assert [flow.kind for flow in target.flows] == ["replace"]


def test_event_hooks_are_noted() -> None:
    dp, found = declared()

    @dp.on_event_hook(max_allowable_consecutive_failures=5)
    def report(event: object) -> None: ...

    assert found.hooks == ["p"]
