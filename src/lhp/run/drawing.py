"""Says where the boxes and lines of a graph stand: from left to right, none on another.

A box stands one column right of the last of its sources. A line that passes other columns passes
between their boxes; lines from one box share their way until they part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise

from lhp.values import frozen

BOX_WIDTH = 224
BOX_HEIGHT = 44

_MARGIN = 8
_BETWEEN_COLUMNS = 64
_BETWEEN_ROWS = 14
_SWEEPS = 8

# A box, or a place where a line passes a column: a name, and the number of the column.
_Spot = tuple[str, int]


@frozen
class Box:
    """Where a box stands.

    Args:
        name: Of what it stands for.
        left: Its left edge.
        top: Its upper edge.
    """

    name: str
    left: int
    top: int


@frozen
class Line:
    """A part of a line: from a box, or where another part ends, to a box or on through a column.

    Args:
        source: The box where the line begins.
        path: As SVG draws it.
        is_last: True where it ends at a box.
    """

    source: str
    path: str
    is_last: bool


@frozen
class Drawing:
    """A graph as it is drawn.

    Args:
        width: Of all of it.
        height: Of all of it.
        boxes: One for each name, in the order in which they were given.
        lines: Parts of lines.
    """

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def draw(reads: Mapping[str, Sequence[str]]) -> Drawing:
    """Return where everything stands, the same for the same graph.

    Args:
        reads: Each name with the names that it is made from, which are names of the graph. A circle
            is drawn with a line that leads back; a line from a box to itself is not drawn.
    """
    sources = {
        name: [each for each in dict.fromkeys(read) if each != name] for name, read in reads.items()
    }
    columns = _columns(sources)
    parts = _parts(sources, columns)
    places = _places([*columns.items()], parts)
    lefts = {name: _MARGIN + at * (BOX_WIDTH + _BETWEEN_COLUMNS) for name, at in columns.items()}
    boxes = tuple(
        Box(name, lefts[name], places[name, at] - BOX_HEIGHT // 2) for name, at in columns.items()
    )
    return Drawing(
        width=max([left + BOX_WIDTH for left in lefts.values()], default=0) + _MARGIN,
        height=max([box.top + BOX_HEIGHT for box in boxes] + [*places.values()], default=0)
        + _MARGIN,
        boxes=boxes,
        lines=tuple(_line(start, end, places, columns) for start, end in parts),
    )


def _columns(sources: Mapping[str, Sequence[str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    left = [*sources]
    while left:
        # In a circle nothing is ready: the first one breaks it.
        ready = [name for name in left if all(each in found for each in sources[name])] or left[:1]
        columns = {
            name: max((found[each] + 1 for each in sources[name] if each in found), default=0)
            for name in ready
        }
        found.update(columns)
        left = [name for name in left if name not in columns]
    return {name: found[name] for name in sources}


def _parts(
    sources: Mapping[str, Sequence[str]], columns: Mapping[str, int]
) -> list[tuple[_Spot, _Spot]]:
    found: dict[tuple[_Spot, _Spot], None] = {}
    for name, read in sources.items():
        end = (name, columns[name])
        for source in read:
            bends = [(source, at) for at in range(columns[source] + 1, columns[name])]
            found.update(dict.fromkeys(pairwise([(source, columns[source]), *bends, end])))
    return [*found]


def _places(boxes: Sequence[_Spot], parts: Sequence[tuple[_Spot, _Spot]]) -> Mapping[_Spot, int]:
    is_box = {*boxes}
    spots = dict.fromkeys([*boxes, *(spot for part in parts for spot in part)])
    columns: dict[int, list[_Spot]] = {}
    for spot in spots:
        columns.setdefault(spot[1], []).append(spot)
    neighbours: dict[int, dict[_Spot, list[_Spot]]] = {-1: {}, 1: {}}
    for start, end in parts:
        if start[1] < end[1]:
            neighbours[-1].setdefault(end, []).append(start)
            neighbours[1].setdefault(start, []).append(end)
    middles: dict[_Spot, float] = {}
    for column in columns.values():
        middles.update(_apart(column, dict.fromkeys(column, 0.0), is_box))
    for sweep in range(_SWEEPS):
        # The first looks at what stands left of a column, the next at what stands right of it.
        near = neighbours[1 if sweep % 2 else -1]
        for _, column in sorted(columns.items(), reverse=bool(sweep % 2)):
            wished = {
                spot: _mean([middles[each] for each in near.get(spot, [spot])]) for spot in column
            }
            column.sort(key=wished.__getitem__)
            middles.update(_apart(column, wished, is_box))
    top = min((middles[spot] for spot in boxes), default=0.0) - BOX_HEIGHT / 2
    top = min([top, *middles.values()])
    return {spot: round(middle - top) + _MARGIN for spot, middle in middles.items()}


def _apart(
    column: Sequence[_Spot], wished: Mapping[_Spot, float], is_box: Iterable[_Spot]
) -> Mapping[_Spot, float]:
    """Return middles as near to the wished ones as can be, in this order, with room between.

    Source: Ayer et al., "An empirical distribution function for sampling with incomplete
    information" (pool adjacent violators).
    """
    halves = [BOX_HEIGHT / 2 if spot in is_box else 0.0 for spot in column]
    steps = (one + other + _BETWEEN_ROWS for one, other in pairwise(halves))
    offsets = [*accumulate(steps, initial=0.0)]
    pools: list[tuple[float, int]] = []
    for spot, offset in zip(column, offsets, strict=True):
        total, count = wished[spot] - offset, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / count:
            more, others = pools.pop()
            total, count = total + more, count + others
        pools.append((total, count))
    shifts = [total / count for total, count in pools for _ in range(count)]
    return {
        spot: shift + offset for spot, shift, offset in zip(column, shifts, offsets, strict=True)
    }


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _line(
    start: _Spot, end: _Spot, places: Mapping[_Spot, int], columns: Mapping[str, int]
) -> Line:
    step = BOX_WIDTH + _BETWEEN_COLUMNS
    right = _MARGIN + start[1] * step + BOX_WIDTH
    left = _MARGIN + end[1] * step
    half = _BETWEEN_COLUMNS // 2
    y, to = places[start], places[end]
    path = f"M{right} {y}C{right + half} {y} {left - half} {to} {left} {to}"
    is_last = columns[end[0]] == end[1]
    return Line(start[0], path if is_last else f"{path}H{left + BOX_WIDTH}", is_last)
