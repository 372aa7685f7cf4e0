from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.errors import (
    BAD_TABLE_SCHEMA,
    COLUMN_AS_TEXT,
    DATA_TYPE_BAD,
    DATA_TYPE_UNKNOWN,
    SCHEMA_COLUMN_INCOMPLETE,
    Code,
    LhpErrors,
    Location,
)
from lhp.text.ddl import (
    Column,
    StructField,
    TableSchema,
    looks_like_file,
    read_table_schema,
    schema_hints,
    split_columns,
    struct_type,
)
from lhp.text.yaml_reader import read_yaml

AT = Location("schemas/orders.yaml")


def _schema(text: str) -> TableSchema:
    (document,) = read_yaml(text.encode(), AT.path)
    return read_table_schema(document.data, document.location)


def test_a_schema_file_is_read_whole() -> None:
    schema = _schema("""
        version: "1.0"
        description: any
        primary_key: [id]
        x-owner: me
        table: c.s.orders
        tags: {team: sales}
        columns:
          - {name: id, type: " BIGINT ", nullable: "no", comment: 7, tags: {}}
          - {name: note, type: STRING, comment: null}
    """)
    assert schema == TableSchema(
        (Column("id", "BIGINT", nullable=False, comment="7", tags={}), Column("note", "STRING")),
        {"team": "sales"},
        "c.s.orders",
    )
    assert schema.columns[1].at == Location(AT.path, 10, 32)


@pytest.mark.parametrize("data", [{}, {"columns": None}, {"tags": None}])
def test_a_schema_file_may_have_no_columns(data: dict[str, object]) -> None:
    assert read_table_schema(data, AT) == TableSchema()


def test_name_is_another_word_for_table() -> None:
    assert _schema("name: orders").table == "orders"


@pytest.mark.parametrize(
    ("text", "code", "place", "message"),
    [
        ("id BIGINT", BAD_TABLE_SCHEMA, (1, 1), "its content must be a map"),
        ("column: []", BAD_TABLE_SCHEMA, (1, 1), "unknown key 'column'"),
        ("columns: {a: INT}", BAD_TABLE_SCHEMA, (1, 10), "`columns` must be a list"),
        ("columns: [a INT]", BAD_TABLE_SCHEMA, (1, 11), "column 1 must be a map"),
        ("tags: [a]", BAD_TABLE_SCHEMA, (1, 7), "`tags` must be a map"),
        ("columns: [{type: INT}]", SCHEMA_COLUMN_INCOMPLETE, (1, 11), "no 'name'"),
        ("columns: [{name: a, type: ''}]", SCHEMA_COLUMN_INCOMPLETE, (1, 27), "no 'type'"),
        ("columns: [{name: 1, type: INT}]", SCHEMA_COLUMN_INCOMPLETE, (1, 18), "no 'name'"),
        ("columns: [{name: a, type: INT, nulable: no}]", BAD_TABLE_SCHEMA, (1, 32), "unknown key 'nulable'"),
        ("columns: [{name: a, type: INT, nullable: 3}]", BAD_TABLE_SCHEMA, (1, 42), "must be true or false"),
        ("columns: [{name: a, type: INT, comment: [x]}]", BAD_TABLE_SCHEMA, (1, 41), "must be text"),
        ("columns: [{name: a, type: INT, tags: x}]", BAD_TABLE_SCHEMA, (1, 38), "`tags` must be a map"),
        ("columns: [{name: a, type: INT}, {name: a, type: INT}]", BAD_TABLE_SCHEMA, (1, 40), "two columns 'a'"),
    ],
)  # fmt: skip
def test_what_no_schema_file_may_have_is_refused_at_its_place(
    text: str, code: Code, place: tuple[int, int], message: str
) -> None:
    with pytest.raises(LhpErrors) as caught:
        _schema(text)
    [problem] = caught.value.problems
    assert (problem.code, problem.location) == (code, Location(AT.path, *place))
    assert message in problem.message


def test_all_faults_of_a_schema_file_are_told_at_once() -> None:
    with pytest.raises(LhpErrors) as caught:
        _schema("nam: x\ncolumns: [{nme: a}, 3]")
    assert [(each.code, each.values.get("nearest")) for each in caught.value.problems] == [
        (BAD_TABLE_SCHEMA, "name"),
        (BAD_TABLE_SCHEMA, "name"),
        (SCHEMA_COLUMN_INCOMPLETE, None),
        (SCHEMA_COLUMN_INCOMPLETE, None),
        (BAD_TABLE_SCHEMA, None),
    ]


def test_hints_are_ddl_on_one_line() -> None:
    schema = TableSchema(
        (
            Column("id", "BIGINT", nullable=False, comment="key"),
            Column("line item`s", "ARRAY<STRUCT<a: INT, b: INT>>"),
            Column("1st", "DECIMAL(10, 2)"),
        )
    )
    assert schema_hints(schema) == (
        "id BIGINT NOT NULL, `line item``s` ARRAY<STRUCT<a: INT, b: INT>>, `1st` DECIMAL(10, 2)"
    )


def test_a_struct_type_has_a_field_for_each_column() -> None:
    code = struct_type(
        TableSchema(
            (
                Column("a", "INT", nullable=False, comment='say "x"'),
                Column("b", "ARRAY<INT>", at=AT),
            )
        )
    )
    assert code.fields == (
        StructField("a", "IntegerType()", nullable=False, comment='say "x"'),
        StructField("b", "StringType()", nullable=True, comment=""),
    )
    assert code.imports == ("IntegerType", "StringType", "StructField", "StructType")
    assert [(each.code, each.location) for each in code.warnings] == [(COLUMN_AS_TEXT, AT)]


def test_every_bad_type_is_told_at_its_place() -> None:
    schema = _schema(
        "columns:\n- {name: a, type: STRNG}\n- {name: b, type: INT}\n- {name: c, type: 'DECIMAL(9,10)'}"
    )
    with pytest.raises(LhpErrors) as caught:
        struct_type(schema)
    assert [(each.code, each.location) for each in caught.value.problems] == [
        (DATA_TYPE_UNKNOWN, Location(AT.path, 2, 19)),
        (DATA_TYPE_BAD, Location(AT.path, 4, 19)),
    ]


@pytest.mark.parametrize(
    ("text", "is_file"),
    [
        ("schemas/orders.yaml", True),
        ("orders.YML\n", True),
        ("schemas\\orders.ddl", True),
        ("my schemas/orders.json", True),
        ("orders.sql", True),
        # No DDL is one word with a slash, so this is a file of a sort that we do not know.
        ("schemas/orders.txt", True),
        ("id BIGINT, note STRING", False),
        ("id BIGINT COMMENT 'n/a'", False),
        ("id BIGINT COMMENT 'see orders.sql'", False),
        ("id\nBIGINT,\nx.sql", False),
        ("", False),
        ("id", False),
    ],
)
def test_a_file_is_told_from_ddl(text: str, is_file: bool) -> None:  # noqa: FBT001  (a table's column)
    assert looks_like_file(text) is is_file


@pytest.mark.parametrize(
    ("ddl", "columns"),
    [
        ("", ()),
        ("a INT", ("a INT",)),
        ("a INT, b DECIMAL(10, 2),\n  c STRING,", ("a INT", "b DECIMAL(10, 2)", "c STRING")),
        (
            "a STRUCT<x: INT, y: MAP<INT, INT>>, b INT",
            ("a STRUCT<x: INT, y: MAP<INT, INT>>", "b INT"),
        ),
        ("a INT COMMENT 'x, (y', b INT", ("a INT COMMENT 'x, (y'", "b INT")),
        ("a INT COMMENT 'it''s, \\', x', b INT", ("a INT COMMENT 'it''s, \\', x'", "b INT")),
        ('a INT COMMENT "x, y", `b,c` INT', ('a INT COMMENT "x, y"', "`b,c` INT")),
        ("a INT CHECK (x < 3), b INT", ("a INT CHECK (x < 3)", "b INT")),
        ("a INT > 3, b) INT", ("a INT > 3", "b) INT")),
        # On one line a comment would swallow all that follows.
        ("a INT, -- don't, please\nb INT /* x, y */, c INT", ("a INT", "b INT", "c INT")),
        ("a INT, 'b", ("a INT", "'b")),
    ],
)
def test_ddl_is_cut_between_columns(ddl: str, columns: tuple[str, ...]) -> None:
    assert split_columns(ddl) == columns


@given(st.text())
def test_cutting_any_text_ends_and_gives_no_empty_column(ddl: str) -> None:
    assert all(column.strip() == column != "" for column in split_columns(ddl))


@given(st.lists(st.text(st.characters(exclude_characters="'\\"))))
def test_any_comment_stays_in_its_column(comments: list[str]) -> None:
    columns = tuple(f"a STRING COMMENT '{comment}'" for comment in comments)
    assert split_columns(", ".join(columns)) == columns
