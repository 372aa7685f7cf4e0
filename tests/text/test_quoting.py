"""Literals give their text back, and are the same on every version of Python."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.text.quoting import escaped, quoted

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


@given(ANY_TEXT | st.text(alphabet="\"'\\\n\r\t\0a"))
def test_a_literal_gives_its_text_back_on_one_printable_line(text: str) -> None:
    written = quoted(text)
    assert ast.literal_eval(written) == text
    assert written.isprintable()


@given(st.text(alphabet=st.characters(max_codepoint=0x17F)))
def test_a_literal_of_latin_text_is_what_python_shows(text: str) -> None:
    assert quoted(text) == repr(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", "''"),
        ("it's", '"it\'s"'),
        ("""'"'""", "'\\'\"\\''"),
        ("é ü 漢字 한 ж", "'é ü 漢字 한 ж'"),
        ("\xa0\xad\u200b\u2028", "'\\xa0\\xad\\u200b\\u2028'"),
        # Characters that only newer tables know: no version may differ from another.
        ("\U0001fae8", "'\\U0001fae8'"),
        ("\U0001f600", "'\\U0001f600'"),
        ("\udcfe\ue000", "'\\udcfe\\ue000'"),
        ("\r\n\t\0\\", "'\\r\\n\\t\\x00\\\\'"),
    ],
)
def test_literals_are_written_like_this(text: str, written: str) -> None:
    assert quoted(text) == written


def test_characters_can_be_kept() -> None:
    assert escaped('a\n\t"\r', keep="\n\t") == 'a\n\t"\\r'
