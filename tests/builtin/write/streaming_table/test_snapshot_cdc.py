from __future__ import annotations

from typing import Any

import pytest

WRITE = "{name: write_x, type: write, write_target: {type: streaming_table, catalog: c, schema: s, table: t, mode: snapshot_cdc, snapshot_cdc_config: {keys: [id], %s}}}"
TABLE = WRITE % "source: c.raw.t%s"
FUNCTION = WRITE % "source_function: {file: py/snaps.py, function: %s}"
CREATED = ("create_streaming_table", {"name": "c.s.t", "comment": "Streaming table: t"})
FILES = {
    "py/snaps.py": """\
from helpers.dates import day
def plain(latest): ...
def wants(latest, *, table, limit=5): ...
def any_of(latest, **more): ...
def positional(latest, table): ...
""",
    "py/helpers/dates.py": "def day(): ...\n",
}
LOADED = "[{name: l, type: load, target: v_a, source: {type: sql, sql: SELECT 1}}]"


def flow(**more: Any) -> Any:
    fixed = {"target": "c.s.t", "source": "c.raw.t", "keys": ["id"], "stored_as_scd_type": 1}
    return ("create_auto_cdc_from_snapshot_flow", {**fixed, **more})


@pytest.mark.parametrize(
    ("more", "arguments"),
    [
        ("", {}),
        (", stored_as_scd_type: 2", {"stored_as_scd_type": 2}),
        # Kept whatever the type, as the platform takes it.
        (", track_history_column_list: [a]", {"track_history_column_list": ["a"]}),
        (", track_history_except_column_list: [a]", {"track_history_except_column_list": ["a"]}),
    ],
)
def test_snapshots_of_a_table_are_compared(
    run: Any, executed: Any, more: str, arguments: Any
) -> None:
    made = run(TABLE % more)
    assert executed(made.code) == [CREATED, flow(**arguments)]
    facts = made.facts
    assert (facts.reads, facts.creates, facts.is_streaming) == (("c.raw.t",), True, False)
    assert facts.shared == {"type": "'streaming_table'", "mode": "'snapshot_cdc'"}


def test_a_view_may_be_the_source(run: Any, executed: Any) -> None:
    made = run((TABLE % "").replace("c.raw.t", "v_a"), others=LOADED)
    assert executed(made.code) == [CREATED, flow(source="v_a")]
    assert made.facts.reads == ("v_a",)


def test_a_function_gives_the_snapshots(code: Any, run: Any) -> None:
    text = FUNCTION % "plain"
    assert (
        code(text, files=FILES)
        == """\
dp.create_streaming_table(
    name="c.s.t",
    comment="Streaming table: t",
)

_snap_snaps.dbutils = dbutils
_snap_snaps.spark = spark

dp.create_auto_cdc_from_snapshot_flow(
    target="c.s.t", source=_snap_snaps.plain, keys=["id"], stored_as_scd_type=1
)
"""
    )
    made = run(text, files=FILES)
    assert made.imports == ("import custom_python_functions.snaps as _snap_snaps",)
    assert made.facts.reads == ()


def test_the_file_is_copied_with_its_local_imports(run: Any) -> None:
    files = run(FUNCTION % "plain", files=FILES).files
    assert list(files) == [
        "custom_python_functions/__init__.py",
        "custom_python_functions/helpers/__init__.py",
        "custom_python_functions/helpers/dates.py",
        "custom_python_functions/snaps.py",
    ]
    copied = files["custom_python_functions/snaps.py"]
    assert "from custom_python_functions.helpers.dates import day\n" in copied


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ('wants, parameters: {table: "it\'s"}', 'wants, table="it\'s"'),
        ("wants, parameters: {table: t, limit: 3}", 'wants, table="t", limit=3'),
        (
            "any_of, parameters: {a: null, b: [1, x], c: {d: true}}",
            'any_of, a=None, b=[1, "x"], c={"d": True}',
        ),
    ],
)
def test_parameters_are_bound_by_keyword(
    code: Any, run: Any, function: str, arguments: str
) -> None:
    text = FUNCTION % function
    shown = " ".join(code(text, files=FILES).split()).replace("( ", "(").replace(" )", ")")
    assert f"source=functools.partial(_snap_snaps.{arguments})" in shown
    assert run(text, files=FILES).imports[1:] == ("import functools",)


@pytest.mark.parametrize("key", ["create_table: false", "once: true"])
def test_keys_without_effect_are_told(run: Any, executed: Any, warnings_of: Any, key: str) -> None:
    place = "table: t" if "table" in key else "type: write"
    text = (TABLE % "").replace(place, f"{place}, {key}", 1)
    assert executed(run(text).code) == [CREATED, flow()]
    assert warnings_of(text) == ["LHP-VAL-181 flow.yaml:1"]


def test_the_other_name_of_the_type_is_told(run: Any, executed: Any, warnings_of: Any) -> None:
    text = TABLE % ", scd_type: 2"
    assert executed(run(text).code) == [CREATED, flow()]
    assert warnings_of(text) == ["LHP-VAL-181 flow.yaml:1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (WRITE % "", ["LHP-VAL-104 flow.yaml:1"]),
        (
            TABLE % ", source_function: {file: py/snaps.py, function: plain}",
            ["LHP-VAL-104 flow.yaml:1"],
        ),
        (WRITE % "source: ''", ["LHP-VAL-105 flow.yaml:1"]),
        ((TABLE % "").replace("keys: [id], ", ""), ["LHP-VAL-102 flow.yaml:1"]),
        (TABLE % ", stored_as_scd_type: 3", ["LHP-VAL-103 flow.yaml:1"]),
        (
            TABLE % ", track_history_column_list: [a], track_history_except_column_list: [b]",
            ["LHP-VAL-104 flow.yaml:1"],
        ),
        (WRITE.replace(", snapshot_cdc_config: {keys: [id], %s}", ""), ["LHP-VAL-102 flow.yaml:1"]),
        (WRITE % "source_function: {file: py/snaps.py}", ["LHP-VAL-102 flow.yaml:1"]),
        (WRITE % "source_function: {file: py/no.py, function: f}", ["LHP-IO-001 nowhere"]),
        (FUNCTION % "plane", ["LHP-IO-004 flow.yaml:1"]),
        (FUNCTION % "'a b'", ["LHP-VAL-101 flow.yaml:1"]),
        # A parameter that is not by keyword alone is for the platform.
        (FUNCTION % "positional, parameters: {table: t}", ["LHP-CFG-006 flow.yaml:1"]),
        (FUNCTION % "wants, parameters: {table: t, tabel: u}", ["LHP-CFG-006 flow.yaml:1"]),
        (FUNCTION % "any_of, parameters: {a-b: 1}", ["LHP-CFG-006 flow.yaml:1"]),
        # 0.9.3 lets it pass, and every update fails.
        (FUNCTION % "wants", ["LHP-VAL-185 flow.yaml:1"]),
        (FUNCTION % "wants, parameters: {limit: 1}", ["LHP-VAL-185 flow.yaml:1"]),
    ],
)
def test_mistakes_are_found(problems: Any, text: str, expected: list[str]) -> None:
    assert problems(text, files=FILES) == expected


@pytest.mark.parametrize("view", ["_snap_snaps", "functools"])
def test_a_view_may_not_take_the_name_of_an_import(problems: Any, view: str) -> None:
    others = LOADED.replace("v_a", view)
    assert problems(FUNCTION % "plain", files=FILES, others=others) == ["LHP-VAL-165 flow.yaml:1"]


def test_a_function_may_be_called_like_a_view(problems: Any) -> None:
    others = LOADED.replace("v_a", "plain")
    assert problems(FUNCTION % "plain", files=FILES, others=others) == []


def test_it_has_no_flow_whose_name_could_collide(problems: Any) -> None:
    other = (TABLE % "").replace("write_x", "x").replace("table: t", "table: u")
    standard = "{name: write_x, type: write, source: v, write_target: {type: streaming_table, catalog: c, schema: s, table: t}}"
    assert problems(standard, others=f"[{other}]") == []
