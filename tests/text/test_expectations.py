from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.errors import (
    EXPECTATION_EMPTY,
    EXPECTATION_TWICE,
    MISSING_KEY,
    UNKNOWN_KEY,
    WRONG_TYPE,
    Code,
    LhpErrors,
    Location,
)
from lhp.text.expectations import Expectation, read_expectations
from lhp.text.yaml_reader import read_yaml

FILE = "expectations/x.yaml"
AT = Location(FILE)


def _of_file(text: str) -> tuple[Expectation, ...]:
    (document,) = read_yaml(text.encode(), FILE)
    return read_expectations(document.data, document.location).rules


def test_a_map_of_conditions_is_read() -> None:
    assert _of_file("""
        ship_id IS NOT NULL: {action: drop, name: has_ship, message: no ship}
        dues >= 0: {action: FAIL}
        a > 0: {x-owner: me, description: any}
    """) == (
        Expectation("has_ship", "ship_id IS NOT NULL", "drop", "has_ship", "no ship"),
        Expectation("dues >= 0", "dues >= 0", "fail", "dues >= 0"),
        Expectation("a > 0", "a > 0", "warn", "a > 0"),
    )


RULES = """
- {constraint: a > 0, name: n1, message: m1, type: expect_or_drop}
- {expression: b > 0, name: n2, failureAction: Fail}
- {constraint: c > 0}
- {constraint: d > 0, message: m4, type: expect, failureAction: drop}
- {constraint: e > 0, type: expect_or_fail}
"""
READ = (
    Expectation("m1", "a > 0", "drop", "n1", "m1"),
    Expectation("n2", "b > 0", "fail", "n2"),
    Expectation("Constraint failed: c > 0", "c > 0", "warn"),
    Expectation("m4", "d > 0", "drop", "", "m4"),
    Expectation("Constraint failed: e > 0", "e > 0", "fail"),
)


def test_a_list_of_rules_is_read() -> None:
    assert _of_file(RULES) == READ


def test_a_list_under_expectations_is_read() -> None:
    assert _of_file(f"version: '1'\nname: any\ndescription: any\nexpectations:{RULES}") == READ


def test_every_rule_knows_its_place() -> None:
    assert [rule.at.line for rule in _of_file("a > 0: {}\nb > 0: {}")] == [1, 2]
    assert [rule.at.line for rule in _of_file(RULES)] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("data", [None, [], {}, {"expectations": []}])
def test_no_rules_are_no_rules(data: object) -> None:
    assert read_expectations(data, AT).rules == ()


def test_the_same_rule_twice_is_harmless() -> None:
    assert len(_of_file("[{constraint: a}, {constraint: a}]")) == 2


@pytest.mark.parametrize(
    ("text", "code", "place", "message"),
    [
        ("a > 0", WRONG_TYPE, (1, 1), "not the text"),
        ("[a > 0]", WRONG_TYPE, (1, 2), "not the text"),
        ("a > 0: drop", WRONG_TYPE, (1, 1), "not the text"),
        ("a > 0:", WRONG_TYPE, (1, 1), "not empty"),
        ("'': {}", MISSING_KEY, (1, 1), "'condition'"),
        ("a > 0: {actoin: drop}", UNKNOWN_KEY, (1, 9), "'actoin'"),
        ("a > 0: {action: 3}", WRONG_TYPE, (1, 17), "'action' must be text"),
        ("[{constraint: a, type: 3}]", WRONG_TYPE, (1, 24), "'type' must be text"),
        ("a > 0: {name: 3}", WRONG_TYPE, (1, 15), "'name' must be text"),
        ("[{constraint: a, action: drop}]", UNKNOWN_KEY, (1, 18), "'action'"),
        ("[{constraint: true}]", WRONG_TYPE, (1, 15), "'constraint' must be text"),
        ("expectations: []\nexpectation: []", UNKNOWN_KEY, (2, 1), "'expectation'"),
        ("[{constraint: a, name: n}, {constraint: b, name: n}]", EXPECTATION_TWICE, (1, 28), "'n'"),
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_at_its_place(
    text: str, code: Code, place: tuple[int, int], message: str
) -> None:
    with pytest.raises(LhpErrors) as caught:
        _of_file(text)
    [problem] = caught.value.problems
    assert (problem.code, problem.location) == (code, Location(FILE, *place))
    assert message in problem.message


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a > 0: {actoin: drop}", "did you mean 'action'?"),
        ("a > 0: {zzz: drop}", ""),
    ],
)
def test_the_nearest_word_is_told(text: str, hint: str) -> None:
    with pytest.raises(LhpErrors) as caught:
        _of_file(text)
    assert caught.value.problems[0].hint == hint


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(LhpErrors) as caught:
        _of_file("a: {action: x, nam: b, name: 3}\nb: 3")
    assert [each.code for each in caught.value.problems] == [UNKNOWN_KEY, WRONG_TYPE, WRONG_TYPE]


VALUES = st.one_of(
    st.none(), st.integers(), st.text(max_size=3), st.sampled_from(["drop", "expect", "fail"])
)
KEYS = st.sampled_from(
    ["constraint", "expression", "name", "message", "failureAction", "type", "action", "x-a"]
)
ITEMS = st.dictionaries(KEYS, VALUES, max_size=4)


@given(
    st.one_of(
        VALUES,
        st.lists(st.one_of(VALUES, ITEMS)),
        st.dictionaries(st.text(), st.one_of(VALUES, ITEMS)),
    )
)
def test_any_data_is_rules_or_refused_and_no_rule_is_lost(data: object) -> None:
    try:
        read = read_expectations(data, AT)
    except LhpErrors:
        return
    left_out = [each for each in read.warnings if each.code == EXPECTATION_EMPTY]
    assert len(read.rules) + len(left_out) == len(data or ())  # type: ignore[arg-type]
    assert all(rule.condition and rule.name and rule.action for rule in read.rules)


@pytest.mark.parametrize(
    ("text", "actions", "code", "place", "says"),
    [
        ("a: {action: dorp}", ["warn"], "LHP-VAL-117", (1, 13), "counts as 'warn'"),
        ("[{constraint: a, failureAction: halt}]", ["warn"], "LHP-VAL-117", (1, 33), "'warn'"),
        (
            "[{constraint: a, failureAction: halt, type: expect_or_fail}]",
            ["fail"],
            "LHP-VAL-117",
            (1, 33),
            "counts as 'fail'",
        ),
        ("[{name: a}, {constraint: b}]", ["warn"], "LHP-VAL-174", (1, 2), "left out"),
        ("[{constraint: ''}]", [], "LHP-VAL-174", (1, 2), "left out"),
        ("[{constraint: a, expression: b}]", ["warn"], "LHP-VAL-181", (1, 18), "no effect"),
    ],
)
def test_what_did_no_harm_in_the_0_9_releases_is_read_with_a_warning(
    text: str, actions: list[str], code: str, place: tuple[int, int], says: str
) -> None:
    (document,) = read_yaml(text.encode(), FILE)
    read = read_expectations(document.data, document.location)
    assert [rule.action for rule in read.rules] == actions
    [warning] = read.warnings
    assert (warning.code.id, warning.location) == (code, Location(FILE, *place))
    assert warning.is_warning
    assert says in warning.message


def test_constraint_wins_over_expression() -> None:
    assert [rule.condition for rule in _of_file("[{expression: b, constraint: a}]")] == ["a"]
