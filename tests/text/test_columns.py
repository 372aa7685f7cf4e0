from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.errors import COLUMN_MAPPING_BAD, INNER_ENFORCEMENT, LhpErrors, Location
from lhp.text.columns import ColumnMapping, read_column_mapping
from lhp.text.yaml_reader import read_yaml

AT = Location("pipelines/x.yaml", 7, 3)


def _of_file(text: str) -> ColumnMapping:
    (document,) = read_yaml(text.encode(), "schemas/x.yaml")
    return read_column_mapping(document.data, document.location)


MAPPING = ColumnMapping(
    {"ship_id": "vessel_id", "berth `no": "berth"},
    {"vessel_id": "BIGINT", "dues": "DECIMAL(10,2)"},
    ("note",),
)


@pytest.mark.parametrize(
    "text",
    [
        "ship_id -> vessel_id: BIGINT\n`berth ``no` -> berth\ndues: DECIMAL(10,2)\nnote",
        "\n  # what we take\n ship_id->vessel_id:BIGINT\r\n\n`berth ``no`  ->  berth \n dues :  DECIMAL(10,2)\n `note`\n",
        'columns: ["ship_id -> vessel_id: BIGINT", "`berth ``no` -> berth", "dues: DECIMAL(10,2)", "note"]',
        "x-owner: me\nname: any\nversion: '1'\ndescription: any\ncolumns:\n- ship_id -> vessel_id: BIGINT\n- '`berth ``no` -> berth'\n- dues: DECIMAL(10,2)\n- note",
    ],
)  # fmt: skip
def test_lines_and_yaml_say_the_same(text: str) -> None:
    assert read_column_mapping(text, AT) == MAPPING
    if "columns" in text:
        assert _of_file(text) == MAPPING


def test_a_strict_transform_gives_renamed_then_cast_then_kept_columns() -> None:
    mapping = read_column_mapping("z\ny: INT\nx -> b: INT\na -> a", AT)
    assert mapping.selected == ("b", "a", "y", "z")


@pytest.mark.parametrize(
    ("text", "mapping"),
    [
        (
            "column_mapping: {b: a, berth no: berth}\ntype_casting: {a: INT, c: DATE}",
            ColumnMapping({"b": "a", "berth no": "berth"}, {"a": "INT", "c": "DATE"}),
        ),
        ("column_mapping: {a: b}", ColumnMapping({"a": "b"})),
        ("type_casting: {a: INT}\ncolumn_mapping:", ColumnMapping({}, {"a": "INT"})),
    ],
)
def test_the_older_form_is_read(text: str, mapping: ColumnMapping) -> None:
    assert _of_file(text) == read_column_mapping(text, AT) == mapping


@pytest.mark.parametrize(
    ("text", "mapping"),
    [
        # Lines that happen to be YAML.
        ("columns: STRING", ColumnMapping({}, {"columns": "STRING"})),
        ("a: INT", ColumnMapping({}, {"a": "INT"})),
        ("a", ColumnMapping(keeps=("a",))),
        ("$a$ -> b", ColumnMapping({"$a$": "b"})),
        ("größe -> grösse2", ColumnMapping({"größe": "grösse2"})),
        ("`a: b` -> c: STRUCT<x: INT>", ColumnMapping({"a: b": "c"}, {"c": "STRUCT<x: INT>"})),
    ],
)
def test_inline_lines_are_read(text: str, mapping: ColumnMapping) -> None:
    assert read_column_mapping(text, AT) == mapping


def test_an_inner_enforcement_is_told_and_ignored() -> None:
    [warning] = _of_file("columns: [a]\nenforcement: strict").warnings
    assert (warning.code, warning.location) == (
        INNER_ENFORCEMENT,
        Location("schemas/x.yaml", 2, 14),
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "there is no column in it"),
        ("# nothing", "there is no column in it"),
        ("a b", "'a b' is not one of"),
        ("a ->", "'a ->' is not one of"),
        ("a:", "'a:' is not one of"),
        ("a -> b c", "is not one of"),
        ("a -> 1b", "is not one of"),
        ("a -> `b`", "is not one of"),
        ("a.b -> c", "is not one of"),
        ("-> b", "is not one of"),
        ("`` -> b", "is not one of"),
        ("a\na: INT", "the column 'a' stands in two lines"),
        ("a -> c\nb -> c", "two columns would be called 'c'"),
        ("a -> b\nb: INT", "two columns would be called 'b'"),
        ("a -> b\nb -> c", "'b' is a new name, and an old one elsewhere"),
        ("columns: [a", "this is not valid YAML"),
    ],
)
def test_bad_inline_text_is_refused_where_the_text_stands(text: str, problem: str) -> None:
    with pytest.raises(LhpErrors) as caught:
        read_column_mapping(text, AT)
    [found] = caught.value.problems
    assert (found.code, found.location) == (COLUMN_MAPPING_BAD, AT)
    assert problem in found.message


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("[a]", (1, 1), "it must be a map with `columns`"),
        ("columns: []", (1, 10), "there is no column in it"),
        ("columns: {a: b}", (1, 10), "`columns` must be a list of lines"),
        ("columns: [a, [b]]", (1, 14), "['b'] is not one of"),
        ("columns: [a, {b: 1}]", (1, 14), "is not one of"),
        ("columns: [a]\ncolumn: [b]", (2, 9), "unknown key 'column'"),
        ("columns: [a]\ncolumn_mapping: {a: b}", (2, 17), "`column_mapping` can't stand beside `columns`"),
        ("columns: [a]\ntype_casting: {a: b}", (2, 15), "`type_casting` can't stand beside `columns`"),
        ("column_mapping: [a]", (1, 17), "`column_mapping` must be a map"),
        ("column_mapping: {a: 1}", (1, 21), "'a' in `column_mapping` must have a text as its value"),
        ("type_casting: {a: ''}", (1, 19), "'a' in `type_casting` must have a text as its value"),
        ("column_mapping: {}", (1, 1), "there is no column in it"),
        ("column_mapping: {a: b}\ntype_casting: {a: INT}", (2, 19), "'a' is renamed, so cast 'b' instead"),
        ("column_mapping: {a: c, b: c}", (1, 27), "two columns would be called 'c'"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_at_the_place(
    text: str, place: tuple[int, int], problem: str
) -> None:
    with pytest.raises(LhpErrors) as caught:
        _of_file(text)
    [found] = caught.value.problems
    assert (found.code, found.location) == (COLUMN_MAPPING_BAD, Location("schemas/x.yaml", *place))
    assert problem in found.message


def test_a_misspelt_key_is_told_with_the_nearest() -> None:
    with pytest.raises(LhpErrors) as caught:
        _of_file("colums: [a]")
    assert caught.value.problems[0].hint == "did you mean 'columns'?"


def test_several_yaml_documents_are_no_definition() -> None:
    with pytest.raises(LhpErrors):
        read_column_mapping("columns: [a]\n---\ncolumns: [b]", AT)


def test_all_bad_lines_are_told_at_once() -> None:
    with pytest.raises(LhpErrors) as caught:
        _of_file("columns: [a b, c, c d, c]")
    assert [each.location for each in caught.value.problems] == [
        Location("schemas/x.yaml", 1, column) for column in (11, 19, 24)
    ]


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        mapping = read_column_mapping(text, AT)
    except LhpErrors as errors:
        assert {each.code for each in errors.problems} == {COLUMN_MAPPING_BAD}  # noqa: PT017  (which of two)
        return
    assert mapping.selected


@given(st.dictionaries(st.text(min_size=1), st.sampled_from(["", "INT"]), min_size=1))
def test_any_name_is_exact_in_backticks(types: dict[str, str]) -> None:
    lines: list[Any] = [
        f"`{name.replace('`', '``')}`{': ' if kind else ''}{kind}" for name, kind in types.items()
    ]
    mapping = read_column_mapping({"columns": lines}, AT)
    assert mapping.casts == {name: kind for name, kind in types.items() if kind}
    assert mapping.keeps == tuple(name for name, kind in types.items() if not kind)
