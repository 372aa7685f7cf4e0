"""The table of errors: every code is whole, and errors travel between processes."""

from __future__ import annotations

import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp import errors
from lhp.errors import DID_YOU_MEAN, Code, LhpError, LhpErrors, Location, nearest, raise_all

CODES = [value for value in vars(errors).values() if isinstance(value, Code)]
NAMES = {value.id: name for name, value in vars(errors).items() if isinstance(value, Code)}

GREETING = Code(
    "LHP-CFG-999",
    "hello {name!r}, {count:,} times",
    hint=DID_YOU_MEAN + " or {other}",
    explain="Only for tests.",
)
PLACE = Location("a/b.yaml", 3, 5)


def test_codes_are_unique() -> None:
    assert len({code.id for code in CODES}) == len(CODES) == len(NAMES)


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_each_code_is_whole(code: Code) -> None:
    assert re.fullmatch(r"LHP-[A-Z]+-\d{3}", code.id)
    assert code.explain.strip().endswith(".")
    assert code.severity in {"error", "warning"}
    values = {name: _Anything() for name in code.placeholders}
    problem = code.at(PLACE, **values)
    assert problem.message
    assert not problem.message.endswith(".")
    assert bool(problem.hint) == bool(code.hint)


class _Anything(int):
    def __getattr__(self, name: str) -> _Anything:
        if name.startswith("__"):
            raise AttributeError(name)
        return self


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (Location("x"), "x"),
        (Location("x", 2), "x:2"),
        (Location("x", 2, 7), "x:2:7"),
    ],
)
def test_a_location_is_written_as_compilers_do(location: Location, text: str) -> None:
    assert str(location) == text


def test_an_error_says_place_code_and_message() -> None:
    problem = GREETING.at(PLACE, name="Ada", count=1200, nearest="Eda", other="x")
    assert str(problem) == "a/b.yaml:3:5: LHP-CFG-999: hello 'Ada', 1,200 times"
    assert problem.hint == "did you mean 'Eda'? or x"
    assert not problem.is_warning


def test_an_error_without_a_place_begins_with_its_code() -> None:
    assert str(GREETING.at(name="Ada", count=1)).startswith("LHP-CFG-999: ")


def test_a_warning_says_so() -> None:
    assert Code("LHP-CFG-998", "x", severity="warning").at().is_warning


@pytest.mark.parametrize(
    "values",
    [{"nearest": None, "other": "x"}, {"nearest": "x", "other": None}, {"nearest": "x"}],
)
def test_a_hint_is_left_out_when_one_of_its_values_is_unknown(values: dict[str, object]) -> None:
    assert not GREETING.at(PLACE, name="Ada", count=1, **values).hint


def test_a_code_knows_its_placeholders() -> None:
    assert GREETING.placeholders == {"name", "count", "nearest", "other"}


def test_an_error_pickles() -> None:
    problem = GREETING.at(PLACE, name="Ada", count=1, nearest=None, other=None)
    copy = pickle.loads(pickle.dumps(problem))  # noqa: S301
    assert type(copy) is LhpError
    assert (copy.code, copy.location, copy.values) == (GREETING, PLACE, problem.values)
    assert str(copy) == str(problem)


def test_several_errors_pickle() -> None:
    problems = LhpErrors(GREETING.at(PLACE, name=name, count=1) for name in "ab")
    copy = pickle.loads(pickle.dumps(problems))  # noqa: S301
    assert type(copy) is LhpErrors
    assert str(copy) == str(problems)
    assert len(str(copy).splitlines()) == len(copy.problems) == 2


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("\udcfea/b.c\udcff", "hello ${secret:a/b.c}, 1 times"),
        ("x\udcfea/b\udcffy", "hello x${secret:a/b}y, 1 times"),
        ("\udcfeteam@x.y/b", "hello ${secret:team@x.y/b}, 1 times"),
        (repr("\udcfea/b\udcff"), "hello '${secret:a/b}', 1 times"),
        ("budcff", "hello budcff, 1 times"),
    ],
)
def test_a_message_shows_a_secret_as_it_is_written(value: str, message: str) -> None:
    greeting = Code("LHP-X-001", "hello {name}, {count} times", "{name}")
    error = greeting.at(PLACE, name=value, count=1)
    assert error.message == message
    assert message in str(error)
    assert "udcfe" not in ascii(error.hint)


def test_raise_all_raises_what_was_found_together() -> None:
    found = [GREETING.at(PLACE, name="a", count=1), GREETING.at(PLACE, name="b", count=1)]
    with pytest.raises(LhpErrors) as caught:
        raise_all(iter(found))
    assert caught.value.problems == tuple(found)


def test_raise_all_of_nothing_is_silent() -> None:
    raise_all(())


@pytest.mark.parametrize(
    ("name", "names", "best"),
    [
        ("kafak", {"kafka", "delta"}, "kafka"),
        ("zzz", {"kafka", "delta"}, None),
        ("kafka", set(), None),
        ("view_1", ["view_2", "view_3"], "view_3"),
        ("view_1", ["view_3", "view_2"], "view_3"),
    ],
)
def test_nearest_is_the_name_most_likely_meant(name: str, names: set[str], best: str) -> None:
    assert nearest(name, names) == best


@given(st.text(), st.sets(st.text()))
def test_nearest_is_one_of_the_names_or_none(name: str, names: set[str]) -> None:
    assert nearest(name, names) in {*names, None}
