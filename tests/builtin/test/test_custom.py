from __future__ import annotations

from typing import Any

import pytest

SQL = "{name: n, type: test, test_type: custom_sql%s}"
ROWS = "{name: n, type: test, test_type: custom_expectations, source: c.s.a%s}"
RULES = ", expectations: [{name: a, expression: x > 0}, {name: b, expression: y, on_violation: drop}, {name: c, expression: z, on_violation: warn}, {name: d, expression: w, on_violation: null}]"
DECLARED = [
    ("expect_all_or_fail", {"a": "x > 0", "d": "w"}, {}),
    ("expect_all_or_drop", {"b": "y"}, {}),
    ("expect_all", {"c": "z"}, {}),
]
FILES = {"q.sql": "SELECT 2\n"}


def table(test_type: str) -> Any:
    comment = f"Test: {test_type}"
    return ("table", {"name": "tmp_test_n", "comment": comment, "temporary": True})


@pytest.mark.parametrize(
    ("more", "rules", "query"),
    [
        (', sql: "SELECT 1\\n  FROM a\\n"', [], "SELECT 1\n  FROM a\n"),
        (", sql: SELECT 1, source: v" + RULES, DECLARED, "SELECT 1"),
        # The rules say themselves what a violation does.
        (", sql: SELECT 1, on_violation: warn" + RULES, DECLARED, "SELECT 1"),
        (", sql_path: q.sql", [], "SELECT 2"),
    ],
)
def test_a_query_of_the_user_is_checked(
    run: Any, executed: Any, more: str, rules: list[Any], query: str
) -> None:
    made = run(SQL % more, files=FILES)
    assert executed(made.code) == [*rules, table("custom_sql"), ("spark", ("sql", query))]
    assert made.facts.reads == (("v",) if "source" in more else ())


def test_rows_are_checked_by_expectations_of_the_user(run: Any, executed: Any) -> None:
    assert executed(run(ROWS % (", on_violation: drop, test_id: SIT-1" + RULES)).code) == [
        *DECLARED,
        table("custom_expectations"),
        ("spark", ("sql", "SELECT * FROM c.s.a")),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SQL % ", source: v", ["LHP-VAL-001"]),
        (SQL % ", sql: ' '", ["LHP-VAL-001"]),
        (SQL % ", sql: a, source: []", []),
        (SQL.replace("name: n", "name: a b") % ", sql: a", ["LHP-VAL-101"]),
        (ROWS % "", ["LHP-VAL-102"]),
        (ROWS % ", expectations: []", ["LHP-VAL-105"]),
        (ROWS % ", expectations: [{name: a}]", ["LHP-VAL-102"]),
        (ROWS % ", expectations: [{expression: a}]", ["LHP-VAL-102"]),
        (ROWS % ", expectations: [{name: a, constraint: x}]", ["LHP-VAL-102", "LHP-CFG-001"]),
        # Nothing that is meant to be checked is left out silently.
        (ROWS % ", expectations: [{name: a, expression: x, on_violation: no}]", ["LHP-VAL-103"]),
        (
            ROWS % ", expectations: [{name: a, expression: x}, {name: a, expression: y}]",
            ["LHP-TXT-105"],
        ),
        (
            ROWS
            % ", expectations: [{name: a, expression: x}, {name: a, expression: x, on_violation: warn}]",
            [],
        ),
    ],
)
def test_mistakes_are_found(problems: Any, text: str, expected: list[str]) -> None:
    assert sorted(problems(text)) == sorted(f"{code} flow.yaml:1" for code in expected)
