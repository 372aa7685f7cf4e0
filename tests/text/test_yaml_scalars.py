"""What an unquoted scalar means."""

from __future__ import annotations

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lhp.text.yaml_scalars import SPECIAL_STARTS, read_plain, shortened, surprise_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("nULL", "nULL"),
        ("true", True),
        ("True", True),
        ("tRuE", True),
        ("FALSE", False),
        ("fALSE", False),
        ("yes", "yes"),
        ("No", "No"),
        ("ON", "ON"),
        ("off", "off"),
        ("y", "y"),
        ("0", 0),
        ("-0", 0),
        ("+12", 12),
        ("-12", -12),
        ("007", "007"),
        ("00", "00"),
        ("0o17", 15),
        ("0o18", "0o18"),
        ("-0o17", "-0o17"),
        ("0xFf", 255),
        ("0xG", "0xG"),
        ("0b1", "0b1"),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.5", -0.5),
        (".", "."),
        ("-", "-"),
        ("+", "+"),
        ("1e3", 1000.0),
        ("1.5E-3", 0.0015),
        ("1e", "1e"),
        ("00.5", "00.5"),
        ("01e5", "01e5"),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        ("+.INF", math.inf),
        ("inf", "inf"),
        ("nan", "nan"),
        ("1:59:59", "1:59:59"),
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("1.2.3", "1.2.3"),
        ("\u0661", "\u0661"),
        ("1\n", "1\n"),
        ("=", "="),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: object) -> None:
    read = read_plain(text)
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number_is_a_number(text: str) -> None:
    assert math.isnan(read_plain(text))


@pytest.mark.parametrize("text", ["1" * 4002, "-" + "9" * 4001, "0x" + "f" * 3999, "1" * 600_000])
def test_an_integer_that_python_would_not_print_is_refused(text: str) -> None:
    with pytest.raises(OverflowError):
        read_plain(text)


def test_an_integer_of_four_thousand_digits_is_read() -> None:
    assert str(read_plain("-" + "9" * 4000)) == "-" + "9" * 4000


@pytest.mark.parametrize(
    ("text", "ours", "theirs", "instead"),
    [
        ("yes", "text", "a boolean", '"yes" for text, true for a boolean'),
        ("OFF", "text", "a boolean", '"OFF" for text, false for a boolean'),
        ("tRUE", "a boolean", "text", '"tRUE" for text, true for a boolean'),
        ("1:30", "text", "a number", '"1:30" for text, 90 for a number'),
        ("1:30.5", "text", "a number", '"1:30.5" for text, 90.5 for a number'),
        ("010", "text", "a number", '"010" for text, 8 for a number'),
        ("1_000", "text", "a number", '"1_000" for text, 1000 for a number'),
        ("0b11", "text", "a number", '"0b11" for text, 3 for a number'),
        ("0b_", "text", "a number", '"0b_" for text'),
        ("1e3", "a number", "text", '"1e3" for text, 1000.0 for a number'),
        ("1e30", "a number", "text", '"1e30" for text, 1.0e+30 for a number'),
        ("1e999", "a number", "text", '"1e999" for text, .inf for a number'),
        ("-1e999", "a number", "text", '"-1e999" for text, -.inf for a number'),
        ("0o17", "a number", "text", '"0o17" for text, 15 for a number'),
        ("2024-01-31", "text", "a date", '"2024-01-31" for text'),
        ("2024-99-99", "text", "a date", '"2024-99-99" for text'),
    ],
)
def test_a_surprise_says_how_to_write_it(text: str, ours: str, theirs: str, instead: str) -> None:
    assert surprise_of(text, read_plain(text)) == (ours, theirs, instead)


def test_what_to_write_instead_is_no_surprise() -> None:
    for text in ("true", "90", "90.5", "1.0e+30", ".inf", "-.inf", "1000.0"):
        assert surprise_of(text, read_plain(text)) is None


def test_a_long_surprise_is_shortened() -> None:
    text = "1" + ":59" * 200_000
    surprise = surprise_of(text, text)
    assert surprise is not None
    assert surprise.instead == f'"{text[:32]}..." for text'


def test_short_text_is_not_shortened() -> None:
    assert shortened("a" * 32) == "a" * 32


_PLAIN = st.one_of(
    st.from_regex(r"[-+]?[0-9][0-9_:.eExobabf+-]*", fullmatch=True),
    st.from_regex(r"[-+]?\.?[0-9a-zA-Z]*", fullmatch=True),
    st.from_regex(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9:.]+)?Z?", fullmatch=True),
    st.sampled_from(["yes", "no", "on", "off", "true", "false", "null"]).flatmap(
        lambda word: st.sampled_from([word, word.upper(), word.title(), word.swapcase()]),
    ),
)


def _is_one_scalar(text: str) -> bool:
    try:
        return bool(yaml.load(text, Loader=yaml.BaseLoader) == text)  # noqa: S506
    except yaml.YAMLError:
        return False


@given(_PLAIN.filter(_is_one_scalar))
def test_a_surprise_is_exactly_where_pyyaml_reads_otherwise(text: str) -> None:
    ours = read_plain(text)
    try:
        theirs = yaml.safe_load(text)
    except ValueError:  # not a day of the calendar, `0b_`
        theirs = object()
    same = type(ours) is type(theirs) and (ours == theirs or ours != ours)  # noqa: PLR0124
    assert (surprise_of(text, ours) is None) == same


@given(st.text())
def test_text_that_begins_as_no_special_scalar_is_text(text: str) -> None:
    if text[:1] not in SPECIAL_STARTS:
        assert read_plain(text) is text
        assert surprise_of(text, text) is None
