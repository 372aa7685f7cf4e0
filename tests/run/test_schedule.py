"""The order of a run: parts that need each other, as a random graph."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.run.schedule import CircleError, NeedsError, in_order


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Return parts with those that each needs, which may be none of them; without a circle."""
    names = draw(st.lists(st.text("abcxyz", min_size=1, max_size=3), unique=True, max_size=12))
    known = {
        name: draw(st.lists(st.sampled_from([*names[:index], "elsewhere"]), max_size=4))
        for index, name in enumerate(names)
    }
    return {name: known[name] for name in draw(st.permutations(names))}


@given(graphs(), st.integers(1, 4))
def test_each_part_is_done_once_after_what_it_needs(
    graph: dict[str, list[str]], workers: int
) -> None:
    calls = []

    def work(part: str, done: Mapping[str, str]) -> str:
        assert {each for each in graph[part] if each in graph} <= done.keys()
        calls.append(part)
        return part.upper()

    found = in_order(graph, work, workers)

    assert found == {part: part.upper() for part in graph}
    assert sorted(calls) == sorted(graph)


@given(graphs())
def test_what_a_part_needs_may_be_found_while_it_is_worked_on(graph: dict[str, list[str]]) -> None:
    def work(part: str, done: Mapping[str, int]) -> int:
        for needed in graph[part]:
            if needed in graph and needed not in done:
                raise NeedsError(needed)
        return sum(done[needed] for needed in graph[part] if needed in graph) + 1

    alone = in_order({part: [] for part in graph}, work, 2)

    assert alone == in_order(graph, work, 1)


@given(graphs())
def test_one_worker_takes_the_first_that_is_ready(graph: dict[str, list[str]]) -> None:
    order = [*in_order(graph, lambda part, _: part, 1)]
    left = dict(graph)
    for part in order:
        ready = [name for name in left if not any(each in left for each in left[name])]
        assert part == ready[0]
        del left[part]


def test_parts_that_do_not_need_each_other_are_worked_on_together() -> None:
    both = threading.Barrier(2, timeout=10)
    assert in_order({"a": [], "b": []}, lambda *_: both.wait() >= 0, 2) == {"a": True, "b": True}


def test_parts_in_a_circle_are_named_with_what_was_done_before() -> None:
    graph = {"a": [], "b": ["a", "d"], "c": ["b"], "d": ["c"]}
    with pytest.raises(CircleError) as caught:
        in_order(graph, lambda part, _: part, 2)
    assert caught.value.left == ("b", "c", "d")
    assert caught.value.done == {"a": "a"}


def test_an_error_of_a_part_is_raised() -> None:
    def work(part: str, _: Mapping[str, str]) -> str:
        raise ValueError(part)

    with pytest.raises(ValueError, match="a"):
        in_order({"a": []}, work, 2)
