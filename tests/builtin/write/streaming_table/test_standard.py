from __future__ import annotations

from typing import Any

import pytest

WRITE = "{name: write_x, type: write, source: %s, write_target: {type: streaming_table, catalog: c, schema: s, table: t%s}}"
CREATED = ("create_streaming_table", {"name": "c.s.t", "comment": "Streaming table: t"})
FILES = {
    "t.yaml": "columns: [{name: a, type: INT}, {name: b, type: STRING, nullable: false}]",
    "t.ddl": "a INT,\nb STRING\n",
}


def flow(name: str = "f_x", comment: str = "Append flow to c.s.t", **more: Any) -> Any:
    return ("append_flow", {"target": "c.s.t", "name": name, "comment": comment, **more})


def read(view: str, reader: str = "readStream") -> Any:
    return ("spark", reader, ("table", view))


def other(**keys: Any) -> str:
    target = {
        "type": "streaming_table",
        "catalog": "c",
        "schema": "s",
        "table": "t",
        **keys.pop("target", {}),
    }
    return str(
        [{"name": "first", "type": "write", "source": "v_1", "write_target": target, **keys}]
    )


def test_a_table_with_one_flow(run: Any, executed: Any) -> None:
    made = run(WRITE % ("v_a", ""))
    assert executed(made.code) == [CREATED, flow(), read("v_a")]
    facts = made.facts
    assert (facts.reads, facts.makes, facts.table, facts.creates, facts.is_streaming) == (
        ("v_a",),
        "",
        "c.s.t",
        True,
        True,
    )


def test_several_sources_give_numbered_flows(run: Any, executed: Any) -> None:
    assert executed(run(WRITE % ("[v_a, {view: v_b}]", "")).code) == [
        CREATED,
        flow("f_x_1", "Append flow to c.s.t from v_a"),
        flow("f_x_2", "Append flow to c.s.t from v_b"),
        read("v_a"),
        read("v_b"),
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("write_x", "f_x"),
        ("x", "f_x"),
        ("f_x", "f_x"),
        ("write-my x", "f_my_x"),
        ("write_f_y", "f_y"),
        ("rewrite_x", "f_rewrite_x"),
    ],
)
def test_a_flow_is_called_by_its_action(run: Any, executed: Any, name: str, expected: str) -> None:
    text = WRITE.replace("write_x", name) % ("v", "")
    assert executed(run(text).code)[1] == flow(expected)


@pytest.mark.parametrize(
    ("more", "arguments"),
    [
        (", comment: hi", {"comment": "hi"}),
        (", comment: ''", {"comment": ""}),
        (", table_properties: {a: 'true', b: 1}", {"table_properties": {"a": "true", "b": 1}}),
        (", table_properties: {}, cluster_columns: [], spark_conf: {}", {}),
        (
            ", spark_conf: {a: b}, path: /x, row_filter: ROW FILTER f ON (a)",
            {"spark_conf": {"a": "b"}, "path": "/x", "row_filter": "ROW FILTER f ON (a)"},
        ),
        (", partition_columns: [a, b], cluster_columns: []", {"partition_cols": ["a", "b"]}),
        (
            ", cluster_columns: [a], cluster_by_auto: true",
            {"cluster_by": ["a"], "cluster_by_auto": True},
        ),
        (
            ", temporary: true, private: yes, cluster_by_auto: false",
            {"temporary": True, "private": True},
        ),
        (", table_schema: 'a INT, b STRING'", {"schema": "a INT, b STRING"}),
        # Slashes and file endings inside DDL do not make it a path.
        (", table_schema: \"a INT COMMENT 'n/a .sql'\"", {"schema": "a INT COMMENT 'n/a .sql'"}),
        # So does no backslash, which stays one.
        (
            ", table_schema: \"a INT COMMENT 'C:\\\\x'\"",
            {"schema": r"a INT COMMENT 'C:\x'"},
        ),
        (r", table_schema: '.\t.yaml'", {"schema": "a INT, b STRING NOT NULL"}),
        (", table_schema: t.yaml", {"schema": "a INT, b STRING NOT NULL"}),
        (", table_schema: t.ddl", {"schema": "a INT,\nb STRING"}),
        (", description: for people, mode: standard", {}),
        (
            ", comment: null, table_properties: null, cluster_columns: null, path: null, private: null",
            {},
        ),
        (", path: '', row_filter: '', table_schema: ''", {}),
    ],
)
def test_settings_of_the_table(run: Any, executed: Any, more: str, arguments: Any) -> None:
    created = executed(run(WRITE % ("v_a", more), files=FILES).code)[0]
    assert created == (CREATED[0], {**CREATED[1], **arguments})


def test_a_backfill_adds_a_flow_to_a_table_of_another_action(code: Any, run: Any) -> None:
    text = WRITE.replace(
        "source", "once: true, readMode: batch, description: \"Old 'rows'\", source"
    ) % ("v_old", ", create_table: false, table_schema: absent.yaml")
    assert (
        code(text, others=other())
        == '''\
@dp.append_flow(target="c.s.t", name="f_x", once=True, comment="Old 'rows'")
def f_x():
    """Old 'rows'"""
    return spark.read.table("v_old")
'''
    )
    facts = run(text).facts
    assert (facts.table, facts.creates, facts.is_streaming) == ("c.s.t", False, False)


def test_the_code_is_laid_out_for_readers(code: Any) -> None:
    assert (
        code(WRITE % ("[v_a, v_b]", ", cluster_columns: [ship_id]"))
        == '''\
dp.create_streaming_table(
    name="c.s.t",
    comment="Streaming table: t",
    cluster_by=["ship_id"],
)


@dp.append_flow(target="c.s.t", name="f_x_1", comment="Append flow to c.s.t from v_a")
def f_x_1():
    """Append flow to c.s.t from v_a"""
    return spark.readStream.table("v_a")


@dp.append_flow(target="c.s.t", name="f_x_2", comment="Append flow to c.s.t from v_b")
def f_x_2():
    """Append flow to c.s.t from v_b"""
    return spark.readStream.table("v_b")
'''
    )


@pytest.mark.parametrize(
    ("own", "others", "reader"),
    [
        ("", other(readMode="batch"), "read"),
        ("readMode: stream, ", other(readMode="batch"), "readStream"),
        ("", other(), "readStream"),
        # Only the action that creates the table counts.
        ("", other(readMode="batch", target={"create_table": False}), "readStream"),
        ("", other(readMode="batch", target={"table": "u"}), "readStream"),
        ("", "[{name: l, type: load, readMode: batch, source: {type: sql}}]", "readStream"),
    ],
)
def test_a_flow_reads_as_the_creator_of_its_table_does(
    run: Any, executed: Any, own: str, others: str, reader: str
) -> None:
    text = WRITE.replace("source", f"{own}source") % ("v_a", ", create_table: false")
    assert executed(run(text, others=others).code)[-1] == read("v_a", reader)


@pytest.mark.parametrize(
    ("text", "others", "expected"),
    [
        (WRITE % ("[]", ""), "[]", ["LHP-VAL-161 flow.yaml:1"]),
        (WRITE % ("[v, '']", ""), "[]", ["LHP-VAL-161 flow.yaml:1"]),
        (WRITE.replace("source: %s, ", "") % "", "[]", ["LHP-VAL-102 flow.yaml:1"]),
        (WRITE.replace("write_x", "größe!") % ("v", ""), "[]", ["LHP-VAL-101 flow.yaml:1"]),
        (WRITE % ("v", ", refresh_policy: auto"), "[]", ["LHP-CFG-001 flow.yaml:1"]),
        (
            WRITE % ("v", ", partition_columns: [a], cluster_columns: [a]"),
            "[]",
            ["LHP-VAL-162 flow.yaml:1"],
        ),
        (
            WRITE % ("v", ", partition_columns: [a], cluster_by_auto: true"),
            "[]",
            ["LHP-VAL-162 flow.yaml:1"],
        ),
        (WRITE % ("v", ", table_properties: [a]"), "[]", ["LHP-VAL-100 flow.yaml:1"]),
        (
            WRITE.replace("schema: s", "schema: a INT") % ("v", ""),
            "[]",
            ["LHP-CFG-013 flow.yaml:1"],
        ),
        (WRITE.replace("schema: s, ", "") % ("v", ""), "[]", ["LHP-VAL-102 flow.yaml:1"]),
        (WRITE % ("v", ", table_schema: absent.yaml"), "[]", ["LHP-IO-001 nowhere"]),
        (WRITE % ("v", ""), other(name="x", target={"table": "u"}), ["LHP-VAL-163 flow.yaml:1"]),
        (
            WRITE.replace("write_x", "x_1") % ("v", ""),
            other(name="x", source=["a", "b"]),
            ["LHP-VAL-163 flow.yaml:1"],
        ),
        (WRITE % ("v", ""), other(target={"type": "materialized_view", "table": "u"}), []),
    ],
)
def test_mistakes_are_found(problems: Any, text: str, others: str, expected: list[str]) -> None:
    assert problems(text, others=others) == expected


def test_a_table_is_created_where_its_write_says_so(run: Any, executed: Any) -> None:
    made = run(WRITE % ("v_a", ", create_table: true"))
    assert executed(made.code)[0] == CREATED
    assert made.facts.creates


def test_metadata_columns_do_not_apply(run: Any, metadata: Any) -> None:
    made = run(WRITE % ("v_a", ""), metadata=metadata)
    assert (made.imports, "withColumn" in made.code) == ((), False)


@pytest.mark.parametrize("mode", ["CDC", "upsert"])
def test_an_unknown_mode_appends_with_a_warning(
    run: Any, executed: Any, warnings_of: Any, mode: str
) -> None:
    write = WRITE % ("v_a", f", mode: {mode}")
    assert executed(run(write).code) == [CREATED, flow(), read("v_a")]
    assert warnings_of(write) == ["LHP-VAL-117 flow.yaml:1"]
    [warning] = run(write).problems
    assert f"'mode' can't be {mode!r}, which counts as 'standard'" in warning.message


def test_an_unknown_read_mode_of_a_write_streams_with_a_warning(
    run: Any, executed: Any, warnings_of: Any
) -> None:
    write = WRITE.replace("type: write", "type: write, readMode: streaming") % ("v_a", "")
    assert executed(run(write).code) == [CREATED, flow(), read("v_a")]
    assert warnings_of(write) == ["LHP-VAL-117 flow.yaml:1"]


def test_create_table_with_nothing_behind_it_creates_none_with_a_warning(
    run: Any, executed: Any, warnings_of: Any
) -> None:
    write = WRITE % ("v_a", ", create_table: null")
    assert executed(run(write).code) == [flow(), read("v_a")]
    assert not run(write).facts.creates
    assert warnings_of(write) == ["LHP-VAL-186 flow.yaml:1"]
