from __future__ import annotations

from typing import Any

import pytest

ROW_COUNT = "{name: n, type: test, test_type: row_count, source: [c.s.a, c.s.b]%s}"
UNIQUENESS = "{name: n, type: test, test_type: uniqueness, source: c.s.a, columns: [x, y]%s}"
COMPLETENESS = (
    "{name: n, type: test, test_type: completeness, source: c.s.a, required_columns: [x, y]%s}"
)
RANGE = "{name: n, type: test, test_type: range, source: c.s.a, column: x%s}"
COUNTS = "SELECT * FROM (SELECT COUNT(*) AS source_count FROM c.s.a), (SELECT COUNT(*) AS target_count FROM c.s.b)"


def table(name: str, comment: str) -> Any:
    return ("table", {"name": name, "comment": comment, "temporary": True})


def outcome(declared: list[Any]) -> list[Any]:
    """Return what was declared and the query, its blanks made one."""
    *others, (_, (_, sql)) = declared
    return [*others, " ".join(sql.split())]


@pytest.mark.parametrize(
    ("text", "rule", "comment", "query"),
    [
        (
            ROW_COUNT % "",
            {"row_count_match": "abs(source_count - target_count) <= 0"},
            "Test: row_count",
            COUNTS,
        ),
        (
            ROW_COUNT % ", tolerance: 5, description: my rows",
            {"row_count_match": "abs(source_count - target_count) <= 5"},
            "my rows",
            COUNTS,
        ),
        (
            UNIQUENESS % ", filter: __END_AT IS NULL",
            {"no_duplicates": "duplicate_count == 0"},
            "Test: uniqueness",
            (
                "SELECT x, y, COUNT(*) AS duplicate_count FROM c.s.a WHERE __END_AT IS NULL"
                " GROUP BY x, y HAVING COUNT(*) > 1"
            ),
        ),
        (
            UNIQUENESS % ", filter: ''",
            {"no_duplicates": "duplicate_count == 0"},
            "Test: uniqueness",
            "SELECT x, y, COUNT(*) AS duplicate_count FROM c.s.a GROUP BY x, y HAVING COUNT(*) > 1",
        ),
        (
            COMPLETENESS % "",
            {"required_fields_complete": "x IS NOT NULL AND y IS NOT NULL"},
            "Test: completeness",
            "SELECT x, y FROM c.s.a",
        ),
        (
            RANGE % ", min_value: 0, max_value: 9000",
            {"value_in_range": "x >= '0' AND x <= '9000'"},
            "Test: range",
            "SELECT x FROM c.s.a",
        ),
        (
            RANGE % ", max_value: '2024-01-01'",
            {"value_in_range": "x <= '2024-01-01'"},
            "Test: range",
            "SELECT x FROM c.s.a",
        ),
        # A quote in a value does not end the text.
        (
            RANGE % ', min_value: "O\'Brien"',
            {"value_in_range": "x >= 'O\\'Brien'"},
            "Test: range",
            "SELECT x FROM c.s.a",
        ),
    ],
)
def test_a_test_is_a_temporary_table_with_a_rule(  # noqa: PLR0917  (one for each column)
    run: Any, executed: Any, text: str, rule: Any, comment: str, query: str
) -> None:
    assert outcome(executed(run(text).code)) == [
        ("expect_all_or_fail", rule, {}),
        table("tmp_test_n", comment),
        query,
    ]


@pytest.mark.parametrize(
    ("violation", "decorator"),
    [("fail", "expect_all_or_fail"), ("drop", "expect_all_or_drop"), ("warn", "expect_all")],
)
def test_on_violation_chooses_the_decorator(
    run: Any, executed: Any, violation: str, decorator: str
) -> None:
    made = run(COMPLETENESS % f", on_violation: {violation}")
    assert executed(made.code)[0][0] == decorator


def test_a_target_names_the_table(run: Any, executed: Any) -> None:
    made = run(COMPLETENESS % ", target: checked")
    assert executed(made.code)[1] == table("checked", "Test: completeness")
    assert (made.facts.makes, made.facts.reads, made.facts.table) == ("checked", ("c.s.a",), "")


def test_only_the_first_of_several_sources_is_tested(run: Any, executed: Any) -> None:
    made = run((COMPLETENESS % "").replace("source: c.s.a", "source: [{view: v}, w]"))
    assert outcome(executed(made.code))[-1] == "SELECT x, y FROM v"


def test_metadata_columns_do_not_apply(run: Any, metadata: Any) -> None:
    made = run(COMPLETENESS % "", metadata=metadata)
    assert (made.imports, "withColumn" in made.code) == ((), False)


def test_the_code_is_laid_out_for_readers(code: Any) -> None:
    assert (
        code(UNIQUENESS % ", filter: a > 0, on_violation: warn")
        == '''\
@dp.expect_all({"no_duplicates": "duplicate_count == 0"})
@dp.table(name="tmp_test_n", comment="Test: uniqueness", temporary=True)
def tmp_test_n():
    """Test: uniqueness"""
    return spark.sql("""SELECT x, y, COUNT(*) AS duplicate_count
FROM c.s.a
WHERE a > 0
GROUP BY x, y
HAVING COUNT(*) > 1""")
'''
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ROW_COUNT.replace(", c.s.b", "") % "", ["LHP-VAL-105"]),
        (ROW_COUNT.replace("c.s.b", "b, c") % "", ["LHP-VAL-105"]),
        (ROW_COUNT % ", tolerance: x", ["LHP-VAL-100"]),
        (ROW_COUNT % ", tolerance: -1", ["LHP-VAL-105"]),
        (ROW_COUNT % ", columns: [a]", ["LHP-CFG-001"]),
        (UNIQUENESS.replace(", columns: [x, y]", "") % "", ["LHP-VAL-102"]),
        (UNIQUENESS.replace("[x, y]", "[]") % "", ["LHP-VAL-105"]),
        (UNIQUENESS.replace("source: c.s.a, ", "") % "", ["LHP-VAL-102"]),
        (COMPLETENESS % ", on_violation: ignore", ["LHP-VAL-103"]),
        (COMPLETENESS.replace("c.s.a", "[]") % "", ["LHP-VAL-161"]),
        (COMPLETENESS.replace("name: n", "name: a-b") % "", ["LHP-VAL-101"]),
        (COMPLETENESS % ", target: a.b", ["LHP-VAL-101"]),
        (RANGE % "", ["LHP-VAL-001"]),
    ],
)
def test_mistakes_are_found(problems: Any, text: str, expected: list[str]) -> None:
    assert problems(text) == [f"{code} flow.yaml:1" for code in expected]
