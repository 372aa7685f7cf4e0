"""YAML values keep their places, whatever is made of them."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.errors import LhpError, Location
from lhp.model.source import (
    NOWHERE,
    TokenText,
    YamlList,
    YamlMap,
    locate,
    map_keys,
    map_text,
    merge,
    place,
)
from lhp.text.yaml_reader import read_yaml

TEXT = """\
name: first
source:
  type: delta
  columns: [a, b, {c: deep}]
count: 3
"""


def _read(text: str, path: str = "x.yaml") -> Any:
    return read_yaml(text.encode(), path)[0].data


@pytest.mark.parametrize(
    ("path", "key", "place"),
    [
        ((), False, (1, 1)),
        (("name",), False, (1, 7)),
        (("name",), True, (1, 1)),
        (("source", "type"), False, (3, 9)),
        (("source", "type"), True, (3, 3)),
        (("source", "columns", 1), False, (4, 16)),
        (("source", "columns", 1), True, (4, 16)),
        (("source", "columns", 2, "c"), False, (4, 23)),
        (("source", "columns", 2, "c"), True, (4, 20)),
        # what does not exist is at the nearest place around it
        (("absent",), False, (1, 1)),
        (("absent",), True, (1, 1)),
        (("source", "absent"), True, (3, 3)),
        (("source", "columns", 9), False, (4, 12)),
        (("source", "columns", "x"), False, (4, 12)),
        (("name", "x"), False, (1, 7)),
    ],
)
def test_locate_finds_the_nearest_known_place(
    path: tuple[str | int, ...],
    key: bool,  # noqa: FBT001
    place: tuple[int, int],
) -> None:
    assert locate(_read(TEXT), path, key=key) == ("x.yaml", *place)


@pytest.mark.parametrize("value", [{}, [], "text", None, 3])
def test_plain_data_has_no_place(value: object) -> None:
    assert locate(value, ("a", 0)) is None


def test_maps_and_lists_are_plain_data_to_others() -> None:
    data = _read(TEXT)
    assert isinstance(data, dict)
    assert json.loads(json.dumps(data)) == data


def test_maps_and_lists_pickle_with_their_places() -> None:
    data = _read(TEXT)
    for twin in (pickle.loads(pickle.dumps(data)), copy.deepcopy(data)):  # noqa: S301
        assert type(twin) is YamlMap
        assert twin == data
        assert (twin.location, twin.key_at, twin.value_at) == (
            data.location,
            data.key_at,
            data.value_at,
        )
        assert type(twin["source"]["columns"]) is YamlList
        assert locate(twin, ("source", "columns", 2, "c")) == ("x.yaml", 4, 23)


def test_without_leaves_keys_out_and_the_original_whole() -> None:
    data = _read(TEXT)
    less = data.without("name", "absent")
    assert list(less) == ["source", "count"]
    assert less.value_at["count"] == data.value_at["count"]
    assert less.location == data.location
    assert "name" in data


def test_take_falls_back_to_the_place_of_the_other_map() -> None:
    other, own = YamlMap(Location("o.yaml", 7, 1)), YamlMap()
    own.take(other, "a", 1)
    assert own.location == NOWHERE
    assert own.key_at["a"] == own.value_at["a"] == ("o.yaml", 7, 1)


def test_token_text_is_text() -> None:
    assert TokenText("5") == "5"
    assert type(pickle.loads(pickle.dumps(TokenText("5")))) is TokenText  # noqa: S301


def test_map_text_changes_texts_and_keeps_places() -> None:
    data = _read(TEXT)
    seen: list[tuple[str, Location]] = []

    def change(text: str, at: Location) -> str:
        seen.append((text, at))
        return text.upper()

    changed = map_text(data, change)
    assert changed == {
        "name": "FIRST",
        "source": {"type": "DELTA", "columns": ["A", "B", {"c": "DEEP"}]},
        "count": 3,
    }
    assert ("deep", ("x.yaml", 4, 23)) in seen
    assert changed.value_at == data.value_at
    assert locate(changed, ("source", "columns", 2, "c"), key=True) == ("x.yaml", 4, 20)
    assert data["name"] == "first"


def test_map_text_of_plain_data_hands_on_the_place_around_it() -> None:
    seen = []
    at = Location("y.yaml", 1, 2)
    result = map_text({"a": ["b"]}, lambda text, place: seen.append((text, place)) or 7, at)
    assert result == {"a": [7]}
    assert seen == [("b", at)]


def test_map_text_manages_entries_without_a_place() -> None:
    data, items = YamlMap(Location("z.yaml", 1, 1)), YamlList(Location("z.yaml", 2, 2))
    items.append("b")
    data["a"] = items
    assert map_text(data, lambda text, at: f"{text}@{at.line}") == {"a": ["b@2"]}


def test_merge_is_deep_and_every_entry_points_to_its_own_file() -> None:
    base = _read("a: 1\nb: {c: 2, d: [1]}\ne: x", "base.yaml")
    over = _read("\n\nb: {d: [2], f: 3}\na: 9\ng: y", "over.yaml")
    merged = merge(base, over)
    assert merged == {"a": 9, "b": {"c": 2, "d": [2], "f": 3}, "e": "x", "g": "y"}
    assert list(merged) == ["a", "b", "e", "g"]
    assert merged.location == ("over.yaml", 3, 1)
    places = {"a": ("over.yaml", 4), "e": ("base.yaml", 3), "g": ("over.yaml", 5)}
    assert {key: merged.value_at[key][:2] for key in places} == places
    assert merged["b"].value_at["c"].path == "base.yaml"
    assert merged["b"].value_at["f"].path == "over.yaml"
    assert (base["a"], base["b"]["d"]) == (1, [1])


@pytest.mark.parametrize(("base", "over"), [(YamlMap(), [1]), ([1], YamlMap()), (1, None)])
def test_merge_replaces_what_is_not_a_map_on_both_sides(base: object, over: object) -> None:
    assert merge(base, over) is over


_MAPS = st.recursive(
    st.integers(),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner),
    max_leaves=12,
).filter(lambda value: isinstance(value, dict))


@given(_MAPS, _MAPS, _MAPS)
def test_merge_may_be_done_in_any_grouping(first: Any, second: Any, third: Any) -> None:
    one, two, three = (_read(json.dumps(value)) for value in (first, second, third))
    kept_maps = merge(merge(one, two), three)
    assert set(kept_maps) == {*one, *two, *three}
    assert merge(one, YamlMap()) == one
    assert merge(YamlMap(), one) == one
    assert merge(one, one) == one


@pytest.mark.parametrize("path", [("bare",), ("bare", "deeper"), ([],), (None,), ("list", -9)])
def test_value_without_a_place_stands_where_the_map_around_it_does(path: Any) -> None:
    data = place({"list": []}, NOWHERE)
    data["bare"] = {}
    assert locate(data, path) == NOWHERE


def test_map_keys_changes_keys_at_any_depth_and_keeps_places() -> None:
    data = _read(TEXT)
    changed = map_keys(data, lambda key, at: f"{key}@{at.line}")
    assert list(changed) == ["name@1", "source@2", "count@5"]
    assert changed["source@2"]["columns@4"][2] == {"c@4": "deep"}
    path = ("source@2", "columns@4", 2, "c@4")
    assert locate(changed, path) == locate(data, ("source", "columns", 2, "c"))
    assert list(data) == ["name", "source", "count"]


def test_two_keys_never_become_one() -> None:
    with pytest.raises(LhpError, match="'x' is given twice, first at line 1") as caught:
        map_keys(_read("a: 1\nb: 2"), lambda _, __: "x")
    assert caught.value.location == ("x.yaml", 2, 1)
