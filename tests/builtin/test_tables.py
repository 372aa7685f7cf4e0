from __future__ import annotations

from typing import Any

import pytest

DELTA = "{name: a, type: load, target: v, source: {type: delta, table: t, %s}}"
WRITE = "{name: a, type: write, source: v, write_target: {type: streaming_table, table: t, %s}}"


@pytest.mark.parametrize(
    ("text", "table"),
    [
        (DELTA % "database: c.s", "c.s.t"),
        # Only the first dot divides.
        (DELTA % "database: c.s.x", "c.s.x.t"),
        (DELTA % "catalog: c, database: s", "c.s.t"),
        (WRITE % "database: c.s", "c.s.t"),
    ],
)
def test_database_is_the_older_name(run: Any, warnings_of: Any, text: str, table: str) -> None:
    assert f"'{table}'" in run(text).code
    assert warnings_of(text) == ["LHP-DEPR-002 flow.yaml:1"]


def test_beside_database_schema_says_the_columns(run: Any, executed: Any) -> None:
    code = run(WRITE % "database: c.s, schema: 'a INT, b STRING'").code
    assert executed(code)[0][1]["schema"] == "a INT, b STRING"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DELTA % "database: s", ["LHP-DEPR-002 flow.yaml:1", "LHP-CFG-170 flow.yaml:1"]),
        (DELTA % "database: s.", ["LHP-DEPR-002 flow.yaml:1", "LHP-CFG-170 flow.yaml:1"]),
        (WRITE % "database: .s", ["LHP-DEPR-002 flow.yaml:1", "LHP-CFG-170 flow.yaml:1"]),
        (WRITE % "database: ''", ["LHP-VAL-105 flow.yaml:1"]),
    ],
)
def test_an_incomplete_database_is_found(problems: Any, text: str, expected: list[str]) -> None:
    assert problems(text) == expected


TAGGED = "{name: a, type: write, source: v, write_target: {type: %s, catalog: c, schema: s, table: t, %s}}"


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("tags: {a: b}, tags_file: t.yaml", ["LHP-VAL-104 flow.yaml:1"]),
        ("tags: [a]", ["LHP-VAL-100 flow.yaml:1"]),
    ],
)
def test_wrong_tags_are_found(problems: Any, tags: str, expected: list[str]) -> None:
    assert problems(TAGGED % ("streaming_table", tags)) == expected
