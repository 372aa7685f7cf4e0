"""Classes of plain values: what they share with frozen dataclasses, and mypy that holds them so."""

from __future__ import annotations

import pickle
from dataclasses import field, replace
from pathlib import Path

from mypy import api

from lhp.values import frozen


@frozen
class Place:
    """A value with a field of each sort."""

    path: str
    line: int = 1
    notes: tuple[str, ...] = ()
    seen: list[str] = field(default_factory=list, compare=False, repr=False)


@frozen
class Other:
    """A value of another class with the same fields."""

    path: str
    line: int = 1
    notes: tuple[str, ...] = ()


def test_values_are_equal_where_what_is_compared_is() -> None:
    assert Place("a", seen=["x"]) == Place("a", 1, ())
    assert Place("a") != Place("b")
    assert Place("a") != Other("a")
    assert len({Place("a"), Place("a", seen=["x"]), Place("b")}) == 2


def test_a_value_is_shown_as_it_is_made() -> None:
    assert repr(Place("a", 2)) == "Place(path='a', line=2, notes=())"


def test_a_value_is_replaced_and_pickles() -> None:
    place = replace(Place("a"), line=3)
    assert place == Place("a", 3)
    assert pickle.loads(pickle.dumps(place)) == place  # noqa: S301


def test_each_value_has_defaults_of_its_own() -> None:
    assert Place("a").seen is not Place("a").seen


def test_nobody_sets_a_field(tmp_path: Path) -> None:
    file = tmp_path / "sets.py"
    file.write_text(
        "from lhp.values import frozen\n@frozen\nclass A:\n    x: int\nA(1).x = 2\n", "utf-8"
    )
    told, _, status = api.run([str(file), "--cache-dir", str(tmp_path / "cache")])
    assert status == 1
    assert 'Property "x" defined in "A" is read-only' in told
