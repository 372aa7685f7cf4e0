"""Texts in which nothing does anything."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from lhp.text.spelled import spelled_out


@given(st.text())
def test_nothing_in_a_text_moves_the_cursor(text: str) -> None:
    told = spelled_out(text, keep="\t")
    assert {unicodedata.category(each) for each in told if each != "\t"}.isdisjoint(
        {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )
