from __future__ import annotations

import gc
from typing import Any

import pytest

WRITE = "{name: write_x, type: write, source: v_a, write_target: {type: streaming_table, catalog: c, schema: s, table: t, %s}}"
CDC = "cdc_config: {keys: [a]}"
SNAPSHOT = "snapshot_cdc_config: {keys: [a], source: c.s.u}"
REPLACE = "replace_config: {replace_using: [a], sequence_by: b}"


@pytest.mark.parametrize(
    ("mode", "call"),
    [
        ("mode: standard", "append_flow"),
        ("", "append_flow"),
        (f"mode: cdc, {CDC}", "create_auto_cdc_flow"),
        (f"mode: snapshot_cdc, {SNAPSHOT}", "create_auto_cdc_from_snapshot_flow"),
        (f"mode: replace, {REPLACE}", "replace_flow"),
    ],
)
def test_the_mode_decides_what_kind_of_flow_there_is(
    run: Any, executed: Any, mode: str, call: str
) -> None:
    calls = executed(run(WRITE % mode).code)
    assert [each[0] for each in calls][:2] == ["create_streaming_table", call]


@pytest.mark.parametrize(
    "options",
    [
        CDC,
        SNAPSHOT,
        REPLACE,
        f"mode: cdc, {CDC}, {REPLACE}",
        f"mode: replace, {REPLACE}, {SNAPSHOT}",
    ],
)
def test_options_of_another_mode_have_no_effect(warnings_of: Any, options: str) -> None:
    assert warnings_of(WRITE % options) == ["LHP-VAL-181 flow.yaml:1"]


def test_flows_of_two_modes_may_not_share_a_name(problems: Any) -> None:
    others = "[" + (WRITE % f"mode: cdc, {CDC}").replace("write_x", "x").replace(": t", ": u") + "]"
    assert problems(WRITE % "", others=others) == ["LHP-VAL-163 flow.yaml:1"]


@pytest.mark.parametrize(
    "config",
    ["cdc_config: {scd_type: 2}", "snapshot_cdc_config: {}", "replace_config: {sequence_by: [a]}"],
)
def test_the_config_of_another_mode_is_not_read_and_told(
    run: Any, warnings_of: Any, config: str
) -> None:
    assert run(WRITE % config).code == run(WRITE % "mode: standard").code
    assert warnings_of(WRITE % config) == ["LHP-VAL-181 flow.yaml:1"]


def test_the_config_of_the_mode_is_checked(problems: Any) -> None:
    assert problems(WRITE % "mode: cdc, cdc_config: {scd_type: 2}") == ["LHP-VAL-102 flow.yaml:1"]


@pytest.mark.parametrize(
    "mode",
    ["", f"mode: cdc, {CDC}", f"mode: snapshot_cdc, {SNAPSHOT}", f"mode: replace, {REPLACE}"],
)
def test_no_generator_stays_in_memory(run: Any, mode: str) -> None:
    def alive() -> int:
        names = (type(each).__name__ for each in gc.get_objects())
        return sum(name == "StreamingTableWriteGenerator" for name in names)

    gc.collect()
    gc.disable()  # as a run does
    try:
        before = alive()
        assert run(WRITE % mode).code
        assert alive() == before
    finally:
        gc.enable()
