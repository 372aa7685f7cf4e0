"""Inputs that fail are made small."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lhp.kit.contract.checks import (
    Check,
    Contract,
    Failure,
    merged,
    report_lines,
    smaller_text,
    smaller_value,
    tried,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=3), each, max_size=3)
    ),
    max_leaves=8,
)


@given(st.text(max_size=30), st.characters(), st.text(max_size=30))
def test_a_text_is_cut_to_what_fails(before: str, bad: str, after: str) -> None:
    found = tried(
        "r", [before + bad + after], lambda text: "bad" * (bad in text), smaller=smaller_text
    )
    assert found == Check("r", 1, (Failure("bad", bad),))


@given(VALUES)
def test_every_smaller_value_is_smaller(value: Any) -> None:
    size = len(json.dumps(value))
    assert all(len(json.dumps(each)) < size for each in smaller_value(value))


def test_a_list_and_a_map_are_cut_to_what_fails() -> None:
    value = {"a": ["x", "y'z", 3], "b": {"c": 1}}
    found = tried(
        "r", [value], lambda given: "bad" * ("'" in json.dumps(given)), smaller=smaller_value
    )
    assert found.failures == (Failure("bad", {"a": ["'"]}),)


def test_a_check_ends_at_the_first_that_fails() -> None:
    found = tried("r", range(9), lambda number: "bad" * (number > 2))
    assert (found.tried, found.failures) == (4, (Failure("bad", 3),))
    assert tried("r", [], lambda _: "bad") == Check("r")


def test_a_reason_is_told_once() -> None:
    checks = [Check("", 1, (Failure("bad", number),)) for number in range(3)]
    assert merged("r", checks) == Check("r", 3, (Failure("bad", 2),))


def test_what_was_not_tried_is_not_shown() -> None:
    contract = Contract(
        "validator:a", (Check("one", 1), Check("two"), Check("three", 2, (Failure("x"),)))
    )
    lines = [*report_lines(contract)]
    assert [line.split()[:2] for line in lines] == [
        ["validator:a"],
        ["ok", "one"],
        ["FAILS", "three"],
        ["x"],
    ]
