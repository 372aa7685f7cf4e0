from __future__ import annotations

from typing import Any

import pytest

from lhp.builtin.load.jdbc import JdbcLoadGenerator
from lhp.model.flowgroup import Action

LOAD = "{name: load_a, type: load, target: v_a, source: {type: jdbc, url: 'jdbc:x://h', user: u, password: p, driver: d.D%s}}"
TABLE = ", table: public.crew"
OPTIONS = [
    ("option", *each)
    for each in (("url", "jdbc:x://h"), ("user", "u"), ("password", "p"), ("driver", "d.D"))
]


def read(*last: Any) -> list[Any]:
    chain = ("spark", "read", ("format", "jdbc"), *OPTIONS, ("option", *last), ("load",))
    return [("temporary_view", {}), chain]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (TABLE, read("dbtable", "public.crew")),
        (", query: SELECT 1", read("query", "SELECT 1")),
        (TABLE + ", query: SELECT 1", read("query", "SELECT 1")),
        # An empty query is none.
        (TABLE + ", query: ' '", read("dbtable", "public.crew")),
        (TABLE + ", query: null", read("dbtable", "public.crew")),
        (r', query: "SELECT a\nFROM \"t\"\n"', read("query", 'SELECT a\nFROM "t"\n')),
        # Spark has no stream of JDBC; the key is without effect.
        (TABLE + ", readMode: stream", read("dbtable", "public.crew")),
    ],
)
def test_the_query_or_the_table_is_read(run: Any, executed: Any, more: str, expected: Any) -> None:
    assert executed(run(LOAD % more).code) == expected


def test_it_reads_a_batch_and_nothing_of_the_pipeline(run: Any) -> None:
    facts = run(LOAD % (TABLE + ", readMode: stream")).facts
    assert (facts.reads, facts.makes, facts.is_streaming) == ((), "v_a", False)


def test_secrets_are_asked_for_when_the_pipeline_runs(run: Any, executed: Any) -> None:
    text = LOAD.replace("user: u", "user: '${secret:db/user}'")
    text = text.replace("jdbc:x://h", "jdbc:x://h?p=${secret:db/crew-pw}&a")
    code = run(text % TABLE).code
    assert '.option("user", dbutils.secrets.get(scope="db", key="user"))' in code
    options = executed(code)[1][3:5]
    assert options == (
        ("option", "url", "jdbc:x://h?p=db/crew-pw&a"),
        ("option", "user", "db/user"),
    )


def test_the_code_is_laid_out_for_readers(code: Any, metadata: Any) -> None:
    text = LOAD % r', query: "SELECT *\nFROM crew"'
    assert (
        code(text, metadata=metadata)
        == '''\
@dp.temporary_view()
def v_a():
    """load_a"""
    df = (
        spark.read.format("jdbc")
        .option("url", "jdbc:x://h")
        .option("user", "u")
        .option("password", "p")
        .option("driver", "d.D")
        .option(
            "query",
            """SELECT *
FROM crew""",
        )
        .load()
    )
    df = df.withColumn("_file", F.col("_metadata.file_path"))
    df = df.withColumn("_now", F.current_timestamp())
    return df
'''
    )


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ({"table": "public.crew"}, "public.crew"),
        ({"table": "public.crew", "query": "SELECT 1"}, "public.crew"),
        ({"query": "SELECT 1"}, "unknown_table"),
    ],
)
def test_metadata_columns_may_hold_the_tables_name(source: Any, name: str) -> None:
    action = Action({"source": source}, "load", "jdbc", source)
    assert JdbcLoadGenerator.metadata_tokens(action) == {"source_table": name}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", ["LHP-VAL-001 flow.yaml:1"]),
        (", query: ''", ["LHP-VAL-001 flow.yaml:1"]),
        (", table: ''", ["LHP-VAL-001 flow.yaml:1"]),
        (TABLE + ", options: {fetchsize: 100}", ["LHP-CFG-001 flow.yaml:1"]),
        (TABLE + ", numPartitions: 8", ["LHP-CFG-001 flow.yaml:1"]),
        (", table: 5", ["LHP-VAL-100 flow.yaml:1"]),
    ],
)
def test_mistakes_are_found(problems: Any, more: str, expected: list[str]) -> None:
    assert problems(LOAD % more) == expected


@pytest.mark.parametrize("key", ["url", "user", "password", "driver"])
def test_what_it_needs(problems: Any, key: str) -> None:
    text = (LOAD % TABLE).replace(f"{key}: ", f"x-{key}: ")
    assert problems(text) == ["LHP-VAL-102 flow.yaml:1"]


@pytest.mark.parametrize("key", ["url", "user", "password", "driver"])
def test_what_it_needs_is_not_empty(problems: Any, key: str) -> None:
    text = (LOAD % TABLE).replace(f"{key}: ", f"{key}: '', x-{key}: ")
    assert problems(text) == ["LHP-VAL-105 flow.yaml:1"]
