from __future__ import annotations

from typing import Any

import pytest

REFERENCE = "{name: n, type: test, test_type: referential_integrity, source: c.s.a, reference: c.s.b, source_columns: [x, y], reference_columns: [u, v]}"
LOOKUP = "{name: n, type: test, test_type: all_lookups_found, source: c.s.a, lookup_table: c.s.l, lookup_columns: [x, y], lookup_result_columns: [u, v]}"
SCHEMA = "{name: n, type: test, test_type: schema_match, source: c.s.a, reference: d.t.b}"


@pytest.mark.parametrize(
    ("text", "rule", "query"),
    [
        (
            REFERENCE,
            {"referential_integrity": "ref_u IS NOT NULL"},
            "SELECT s.*, r.u AS ref_u FROM c.s.a s LEFT JOIN c.s.b r ON s.x = r.u AND s.y = r.v",
        ),
        # Lookups join columns of the same name.
        (
            LOOKUP,
            {"all_lookups_found": "lookup_u IS NOT NULL"},
            "SELECT s.*, l.u AS lookup_u FROM c.s.a s LEFT JOIN c.s.l l ON s.x = l.x AND s.y = l.y",
        ),
        (
            SCHEMA,
            {"schemas_match": "false"},
            (
                "WITH source_schema AS ( SELECT column_name, data_type, ordinal_position"
                " FROM c.information_schema.columns WHERE table_catalog = 'c' AND table_schema = 's'"
                " AND table_name = 'a' ), reference_schema AS ( SELECT column_name, data_type,"
                " ordinal_position FROM d.information_schema.columns WHERE table_catalog = 'd'"
                " AND table_schema = 't' AND table_name = 'b' ), schema_diff AS ( SELECT"
                " COALESCE(s.column_name, r.column_name) AS column_name, s.data_type AS source_type,"
                " r.data_type AS reference_type, CASE WHEN s.column_name IS NULL THEN"
                " 'missing_in_source' WHEN r.column_name IS NULL THEN 'extra_in_source' WHEN"
                " s.data_type != r.data_type THEN 'type_mismatch' ELSE 'match' END AS status"
                " FROM source_schema s FULL OUTER JOIN reference_schema r"
                " ON s.column_name = r.column_name ) SELECT * FROM schema_diff WHERE status != 'match'"
            ),
        ),
    ],
)
def test_a_table_is_checked_against_another(
    run: Any, executed: Any, text: str, rule: Any, query: str
) -> None:
    rules, _, (_, (_, sql)) = executed(run(text).code)
    assert rules == ("expect_all_or_fail", rule, {})
    assert " ".join(sql.split()) == query


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (REFERENCE.replace("c.s.b", "s.b"), ["LHP-VAL-022"]),
        (REFERENCE.replace("[u, v]", "[u]"), ["LHP-VAL-105"]),
        (REFERENCE.replace(", reference: c.s.b", ""), ["LHP-VAL-102"]),
        (LOOKUP.replace("c.s.l", "c..l"), ["LHP-VAL-022"]),
        (LOOKUP.replace("lookup_columns: [x, y]", "lookup_columns: []"), ["LHP-VAL-105"]),
        (SCHEMA.replace("c.s.a", "a"), ["LHP-VAL-022"]),
        (SCHEMA.replace("d.t.b", "d.t"), ["LHP-VAL-022"]),
        # The names are compared as texts.
        (SCHEMA.replace("d.t.b", "'d.t.`b`'"), ["LHP-VAL-022"]),
        (SCHEMA.replace("d.t.b", '"d.t.b\'"'), ["LHP-VAL-022"]),
        (SCHEMA.replace("c.s.a", "{catalog: c, schema: s, table: a}"), []),
    ],
)
def test_mistakes_are_found(problems: Any, text: str, expected: list[str]) -> None:
    assert problems(text) == [f"{code} flow.yaml:1" for code in expected]
