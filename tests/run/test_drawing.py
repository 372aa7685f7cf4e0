"""Where boxes and lines stand: none on another, each right of what it is made from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from lhp.run.drawing import BOX_HEIGHT, BOX_WIDTH, Drawing, draw

from . import retail

EDGES = st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=60)


def graph(edges: Sequence[tuple[int, int]]) -> Mapping[str, Sequence[str]]:
    names = [f"n{number}" for number in range(25)]
    return {name: [f"n{a}" for a, b in edges if f"n{b}" == name] for name in names}


def check_room(drawing: Drawing) -> None:
    for one, other in combinations(drawing.boxes, 2):
        assert one.left != other.left or abs(one.top - other.top) > BOX_HEIGHT, (one, other)
    for box in drawing.boxes:
        assert 0 < box.left < drawing.width - BOX_WIDTH
        assert 0 < box.top < drawing.height - BOX_HEIGHT
    for line in drawing.lines:
        numbers = [*map(int, re.findall(r"\d+", line.path))]
        assert all(number >= 0 for number in numbers)
        if not line.is_last:
            left, y = numbers[6:8]
            passed = [box for box in drawing.boxes if box.left == left]
            assert all(not box.top <= y <= box.top + BOX_HEIGHT for box in passed), line


@given(EDGES)
def test_nothing_stands_on_another(edges: list[tuple[int, int]]) -> None:
    drawing = draw(graph(edges))
    assert [box.name for box in drawing.boxes] == [*graph(edges)]
    check_room(drawing)


@given(EDGES)
def test_a_box_stands_one_column_right_of_the_last_of_its_sources(
    edges: list[tuple[int, int]],
) -> None:
    reads = graph([(a, b) for a, b in edges if a < b])
    drawing = draw(reads)
    lefts = {box.name: box.left for box in drawing.boxes}
    step = min({*lefts.values()} - {min(lefts.values())}, default=0) - min(lefts.values())
    for name, sources in reads.items():
        last = max((lefts[source] + step for source in sources), default=min(lefts.values()))
        assert lefts[name] == last


@given(EDGES)
def test_a_line_ends_at_each_reader(edges: list[tuple[int, int]]) -> None:
    lines = [line for line in draw(graph(edges)).lines if line.is_last]
    assert len(lines) == len({(a, b) for a, b in edges if a != b})


def test_a_graph_of_sixty_has_room() -> None:
    drawing = draw({each.name: each.reads for each in retail.large(60).datasets})
    assert len(drawing.boxes) == 60
    check_room(drawing)
    assert drawing.width < 1500
    assert drawing.height < 1500


def test_a_chain_is_a_straight_line() -> None:
    names = [f"n{number}" for number in range(2000)]
    drawing = draw({name: names[at - 1 : at] for at, name in enumerate(names)})
    assert {box.top for box in drawing.boxes} == {drawing.boxes[0].top}


def test_a_graph_of_nothing_is_empty() -> None:
    drawing = draw({})
    assert drawing.boxes == drawing.lines == ()


def test_a_circle_has_a_line_that_leads_back() -> None:
    drawing = draw({"a": ["c", "a"], "b": ["a"], "c": ["b"]})
    check_room(drawing)
    assert [box.left for box in drawing.boxes] == sorted(box.left for box in drawing.boxes)
    assert [line.source for line in drawing.lines] == ["c", "a", "b"]
