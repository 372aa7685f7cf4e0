"""Names of tables in SQL: found where a query reads them, changed without touching the rest."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhp.run.names import (
    Reference,
    UnreadSqlError,
    quoted,
    reference,
    tables_in,
    with_tables,
)


def found(sql: str) -> list[str]:
    return [".".join(each.parts) for each in tables_in(sql)]


def renamed(sql: str, new: str = "new") -> str:
    return with_tables(sql, dict.fromkeys(tables_in(sql), new))


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT * FROM acme_dev.silver.orders", ["acme_dev.silver.orders"]),
        ("SELECT * FROM `a-b`.`c``d`.e", ["a-b.c`d.e"]),
        ("SELECT * FROM a, b x, c.d AS y(z)", ["a", "b", "c.d"]),
        ("SELECT * FROM (a JOIN b USING (id))", ["a", "b"]),
        ("FROM a SELECT x", ["a"]),
        ("SELECT * FROM a |> WHERE x > 1 |> JOIN b USING (id)", ["a", "b"]),
        ("SELECT 1;", []),
        ("VALUES (1), (2)", []),
        ("SELECT * FROM VALUES (1) AS v(x)", []),
        ("SELECT * FROM range(5) JOIN read_files('a.b', format => 'csv')", []),
        ("SELECT * FROM json.`/a/b` JOIN parquet.`/c`", []),
        ("SELECT * FROM text.notes", ["text.notes"]),
        ("SELECT 'FROM x' FROM a -- FROM b\n/* FROM c */", ["a"]),
        ("SELECT (SELECT max(x) FROM b) FROM a WHERE EXISTS (SELECT 1 FROM c)", ["b", "a", "c"]),
        (
            "SELECT * FROM a WHERE x IN (SELECT y FROM d) OR NOT z IN (SELECT w FROM e)",
            ["a", "d", "e"],
        ),
        ("SELECT * FROM a UNION ALL SELECT * FROM b INTERSECT SELECT * FROM c", ["a", "b", "c"]),
        ("SELECT * FROM t LATERAL VIEW explode(t.xs) e AS x", ["t"]),
        ("SELECT * FROM t, LATERAL explode(t.xs) e", ["t"]),
        ("SELECT * FROM t, LATERAL (SELECT * FROM u WHERE u.id = t.id)", ["t", "u"]),
        ("SELECT * FROM t PIVOT (sum(x) FOR y IN (1, 2))", ["t"]),
        ("SELECT * FROM a LEFT ANTI JOIN b ON a.x = b.x", ["a", "b"]),
        (
            "SELECT x:y.z::int, try_cast(a AS date) FROM t QUALIFY row_number() OVER (ORDER BY x) = 1",
            ["t"],
        ),
        ("SELECT * EXCEPT (x) FROM t TABLESAMPLE (10 PERCENT) REPEATABLE (3)", ["t"]),
        ("SELECT * FROM stream(t) WATERMARK ts DELAY OF INTERVAL 10 MINUTES AS w", ["t"]),
        (
            "SELECT * FROM t WATERMARK coalesce(ts, x) AS y DELAY OF INTERVAL '1' HOUR 30 MINUTES",
            ["t"],
        ),
        ("SELECT watermark FROM t WHERE watermark > 1", ["t"]),
        ("SELECT window.start, sum(x) FROM stream(t) GROUP BY window(ts, '10 minutes'), k", ["t"]),
        ("SELECT window FROM t GROUP BY window, x", ["t"]),
        ("SELECT sum(x) OVER w FROM t WINDOW w AS (PARTITION BY y)", ["t"]),
        ("SELECT window(ts, '1 day').start FROM t JOIN s.window USING (x)", ["t", "s.window"]),
        ("SELECT * FROM IDENTIFIER('a.`b c`')", ["a.b c"]),
        ("SELECT IDENTIFIER('a') FROM t", ["t"]),
        ("SELECT /*+ BROADCAST(a), MERGE(b, c) */ * FROM a JOIN b", ["a", "b"]),
    ],
)
def test_tables_are_found_where_a_query_reads_them(sql: str, tables: list[str]) -> None:
    assert found(sql) == tables


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("WITH s AS (SELECT * FROM a) SELECT * FROM s JOIN S t", ["a"]),
        ("WITH t AS (SELECT * FROM t) SELECT * FROM t", ["t"]),
        ("WITH t AS (SELECT * FROM x.t) SELECT * FROM y.t", ["x.t", "y.t"]),
        ("WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b", []),
        ("WITH b AS (SELECT * FROM a), a AS (SELECT 1) SELECT * FROM b", ["a"]),
        ("WITH a AS (SELECT 1) SELECT * FROM x UNION SELECT * FROM a", ["x"]),
        ("WITH a AS (SELECT 1) SELECT * FROM (SELECT * FROM (SELECT * FROM a))", []),
        ("SELECT * FROM (WITH a AS (SELECT * FROM b) SELECT * FROM a) JOIN a", ["b", "a"]),
        ("WITH a AS (WITH b AS (SELECT 1) SELECT * FROM b) SELECT * FROM a JOIN b", ["b"]),
        ("WITH RECURSIVE n AS (SELECT 1 UNION ALL SELECT * FROM n) SELECT * FROM n", []),
        ("WITH `a b` AS (SELECT 1) SELECT * FROM `A B`", []),
    ],
)
def test_a_with_clause_hides_a_table_only_where_it_holds(sql: str, tables: list[str]) -> None:
    assert found(sql) == tables


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM stream(a.b)",
        "SELECT * FROM STREAM a.b",
        "SELECT * FROM x JOIN STREAM (a.b) s",
    ],
)
def test_a_stream_is_told(sql: str) -> None:
    at = tables_in(sql)[-1]
    assert at.is_stream
    assert sql[at.start : at.end] == "a.b"


def test_live_is_no_part_of_the_name_but_of_the_place() -> None:
    sql = "SELECT * FROM STREAM(live.orders)"
    assert tables_in(sql) == (Reference(("orders",), 21, 32, is_stream=True, is_live=True),)
    assert renamed(sql) == "SELECT * FROM STREAM(new) AS orders"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM t VERSION AS OF 3",
        "SELECT * FROM t TIMESTAMP AS OF '2026-01-01' AS x",
        "SELECT * FROM a.t@v3",
        "SELECT * FROM IDENTIFIER('a' || :b)",
    ],
)
def test_what_cannot_be_read_here_is_told_and_left(sql: str) -> None:
    (at,) = tables_in(sql)
    assert at.unsupported
    assert renamed(sql) == sql


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT * FROM stream(v) WHERE x", "SELECT * FROM stream(new) AS v WHERE x"),
        ("SELECT * FROM STREAM v", "SELECT * FROM STREAM new AS v"),
        ("SELECT * FROM stream(v) AS w", "SELECT * FROM stream(new) AS w"),
        ("SELECT * FROM stream( v ) w", "SELECT * FROM stream( new ) w"),
        ("SELECT * FROM LIVE.x", "SELECT * FROM new AS x"),
        ("SELECT LIVE.x.id FROM LIVE.x", "SELECT x.id FROM new AS x"),
        ("SELECT o.id FROM s.orders o", "SELECT o.id FROM new o"),
        ("SELECT 1 FROM a.`b c`", "SELECT 1 FROM new AS `b c`"),
        (
            "SELECT 1 FROM t TABLESAMPLE (1 PERCENT)",
            "SELECT 1 FROM new TABLESAMPLE (1 PERCENT) AS t",
        ),
        (
            "SELECT 1 FROM stream(t) WATERMARK ts DELAY OF INTERVAL 10 MINUTES, u",
            "SELECT 1 FROM stream(new) WATERMARK ts DELAY OF INTERVAL 10 MINUTES AS t, new AS u",
        ),
        (
            "SELECT 1 FROM t PIVOT (sum(x) FOR y IN (1))",
            "SELECT 1 FROM new AS t PIVOT (sum(x) FOR y IN (1))",
        ),
        ("SELECT 1 FROM IDENTIFIER( 'a.b' ) z", "SELECT 1 FROM new z"),
        ("SELECT 1 FROM STREAM(IDENTIFIER('a.b'))", "SELECT 1 FROM STREAM(new) AS b"),
        ("SELECT 1 FROM (t) u", "SELECT 1 FROM (new AS t) u"),
    ],
)
def test_only_the_name_changes_and_an_alias_keeps_the_old_one(sql: str, expected: str) -> None:
    assert renamed(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "SELECT orders.id, silver.orders.id, acme.silver.orders.*, silver.orders.a.b.c FROM acme.silver.orders",
            "SELECT orders.id, orders.id, orders.*, orders.a.b.c FROM new AS orders",
        ),
        (
            "SELECT * FROM b.a WHERE EXISTS (SELECT 1 FROM c WHERE c.id = b.a.id)",
            "SELECT * FROM new AS a WHERE EXISTS (SELECT 1 FROM new AS c WHERE c.id = a.id)",
        ),
        (
            "SELECT s.orders.id, b.orders.id FROM s.orders JOIN b.orders ON s.orders.id = b.orders.id",
            "SELECT `s.orders`.id, `b.orders`.id FROM new AS `s.orders` JOIN new AS `b.orders` ON `s.orders`.id = `b.orders`.id",
        ),
        (
            "SELECT s.t.id FROM s.t JOIN x AS t",
            "SELECT `s.t`.id FROM new AS `s.t` JOIN new AS t",
        ),
        (
            "SELECT s.t.id FROM x AS s UNION SELECT id FROM s.t",
            "SELECT s.t.id FROM new AS s UNION SELECT id FROM new AS t",
        ),
        ("SELECT S.`T`.id FROM s.t", "SELECT t.id FROM new AS t"),
    ],
)
def test_columns_with_the_name_of_their_table_are_still_found(sql: str, expected: str) -> None:
    assert renamed(sql) == expected


def test_a_stream_and_a_table_of_one_name_can_get_two_names() -> None:
    sql = "SELECT * FROM stream(t) a JOIN t b USING (id)"
    names = {each: "s" if each.is_stream else "b" for each in tables_in(sql)}
    assert with_tables(sql, names) == "SELECT * FROM stream(s) a JOIN b b USING (id)"


def test_names_can_be_given_by_their_parts() -> None:
    sql = "SELECT * FROM a.b x JOIN c y"
    assert with_tables(sql, {("a", "b"): quoted(["n", "`"])}) == "SELECT * FROM `n`.```` x JOIN c y"


@pytest.mark.parametrize(
    ("sql", "reason", "place"),
    [
        ("", "there is no query", (1, 1)),
        ("-- only words", "there is no query", (1, 1)),
        ("SELECT 1;\n  SELECT 2", "there is more than one statement", (1, 9)),
        ("\n CREATE VIEW x AS SELECT 1", "a query is needed, this is CREATE", (2, 2)),
        ("SET a = 1", "a query is needed, this is SET", (1, 1)),
        (
            "MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE",
            "a query is needed, this is MERGE",
            (1, 1),
        ),
        (
            "WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a",
            "a query is needed, this is INSERT",
            (1, 1),
        ),
        ("SELECT 'abc", "a quotation mark or a comment is not closed", (1, 1)),
        ("SELECT (((", "a part of the query is missing here, or its words are unknown", (1, 10)),
        ("SELECT *\nFROM a b c", "Invalid expression / Unexpected token", (2, 10)),
        ("SELECT * FROM f(TABLE(a))", "a table given to a function isn't understood here", (1, 17)),
        ("SELECT " + "(" * 5000 + "1" + ")" * 5000, "it is nested too deep", (1, 1)),
        ("SELECT * FROM IDENTIFIER('a..b')", "'a..b' is no name of a table", (1, 15)),
    ],
)
def test_text_that_is_no_single_query_is_told_with_its_place(
    sql: str, reason: str, place: tuple[int, int]
) -> None:
    with pytest.raises(UnreadSqlError) as caught:
        tables_in(sql)
    assert caught.value.reason == reason
    assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize(
    ("name", "parts", "is_live"),
    [
        ("acme.silver.orders", ("acme", "silver", "orders"), False),
        ("`a.b`.`c``d`", ("a.b", "c`d"), False),
        (" orders ", ("orders",), False),
        ("LIVE.orders", ("orders",), True),
        ("live", ("live",), False),
    ],
)
def test_names_for_readers_are_taken_apart(
    name: str,
    parts: tuple[str, ...],
    is_live: bool,  # noqa: FBT001
) -> None:
    assert (reference(name).parts, reference(name).is_live) == (parts, is_live)


@pytest.mark.parametrize("name", ["", ".", "a.", ".a", "a..b", "`a", "a b", "``"])
def test_what_is_no_name_is_told(name: str) -> None:
    with pytest.raises(UnreadSqlError, match="no name of a table"):
        reference(name)


PLAIN = st.sampled_from(["a", "orders", "v_x", "T1", "é", "année"])
PARTS = st.lists(
    PLAIN | st.sampled_from(["`a b`", "`x``y`", "`c-d`", "`from`"]), min_size=1, max_size=3
)
NAMES = PARTS.map(".".join)
SPACES = st.sampled_from([" ", "\n", "  ", " -- FROM z\n", " /* FROM z */ "])


@st.composite
def sources(draw: st.DrawFn, depth: int) -> str:
    name = draw(NAMES)
    kinds = [
        f"{name}",
        f"{name} AS al",
        f"stream({name})",
        f"stream( {name} ) al",
        f"STREAM {name} al",
        f"{name} TABLESAMPLE (5 ROWS)",
        f"{name} WATERMARK ts DELAY OF INTERVAL 5 MINUTES",
        "range(3)",
        "VALUES (1) AS v(x)",
    ]
    if depth:
        kinds.append(f"({draw(queries(depth - 1))}) AS sub")
    return draw(st.sampled_from(kinds))


@st.composite
def queries(draw: st.DrawFn, depth: int = 2) -> str:
    space = draw(SPACES)
    columns = draw(
        st.sampled_from(
            ["*", "1", "'FROM a.b.c'", "orders.id, `x`", "a.orders.id", "count(*) AS n"]
        )
    )
    text = f"SELECT{space}{columns} FROM{space}{draw(sources(depth))}"
    for _ in range(draw(st.integers(0, 2))):
        text += draw(st.sampled_from([" JOIN ", " LEFT ANTI JOIN ", "\nCROSS JOIN "]))
        text += draw(sources(depth)) + draw(st.sampled_from(["", " ON true"]))
    if depth and draw(st.booleans()):
        text += f" WHERE x IN ({draw(queries(depth - 1))})"
    if depth and draw(st.booleans()):
        text += f" UNION ALL {draw(queries(depth - 1))}"
    if depth and draw(st.booleans()):
        text = f"WITH{space}orders AS ({draw(queries(depth - 1))}) {text}"
    return text


@given(queries())
@settings(max_examples=60, deadline=None)
def test_the_names_as_written_give_the_same_text(sql: str) -> None:
    names = {each: sql[each.start : each.end] for each in tables_in(sql)}
    assert with_tables(sql, names) == sql


@given(queries())
@settings(max_examples=60, deadline=None)
def test_the_new_names_are_found_again(sql: str) -> None:
    before = tables_in(sql)
    names = {each: f"n.t{step}" for step, each in enumerate(before)}
    after = tables_in(with_tables(sql, names))
    assert [each.parts for each in after] == [("n", f"t{step}") for step in range(len(before))]
    assert [each.is_stream for each in after] == [each.is_stream for each in before]


@given(
    st.lists(
        st.sampled_from(
            [
                "SELECT",
                "FROM",
                "(",
                ")",
                "*",
                "a",
                ".",
                ",",
                "`b`",
                "'",
                "STREAM",
                "@",
                "WITH",
                "AS",
                "IDENTIFIER",
                "WATERMARK",
                "DELAY",
                "OF",
                "INTERVAL",
                "1",
                ";",
                "\n",
                "UNION",
                "JOIN",
                "\0",
                "\ud800",
            ]
        ),
        max_size=14,
    )
)
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_told(words: list[str]) -> None:
    sql = "SELECT " + " ".join(words)
    try:
        tables = tables_in(sql)
    except UnreadSqlError as error:
        place = (error.line, error.column)
    else:
        place = (1, 1)
        assert with_tables(sql, {each: sql[each.start : each.end] for each in tables}) == sql
    assert min(place) >= 1
