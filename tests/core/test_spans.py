"""Where the time goes: own times of nested spans, and the file for speedscope."""

from __future__ import annotations

from itertools import count

import pytest

from lhp.core.spans import profiled, rows, span


def test_a_span_has_its_own_time_without_that_of_spans_in_it() -> None:
    ticks = count()
    with profiled(lambda: float(next(ticks))) as profile:
        with span("generate"), span("load_generator:sql"):
            pass
        with span("generate"):
            pass
    assert rows(profile) == ([("generate", 2, 3.0)], [("load_generator:sql", 1, 1.0)])


def test_a_span_ends_where_something_is_raised() -> None:
    with profiled() as profile:
        with pytest.raises(ZeroDivisionError), span("a"):
            raise ZeroDivisionError
        with span("b"):
            pass
    assert [(kind, name) for kind, name, _ in profile.events] == [
        ("O", "a"),
        ("C", "a"),
        ("O", "b"),
        ("C", "b"),
    ]


def test_nothing_is_noted_where_nobody_asks() -> None:
    with profiled() as profile:
        pass
    with span("a"):
        pass
    assert profile.events == []
    assert profile.speedscope("none")["profiles"][0]["endValue"] == 0


def test_speedscope_gets_each_name_once_and_times_from_the_beginning() -> None:
    ticks = count(5)
    with profiled(lambda: float(next(ticks))) as profile:
        for _ in range(2):
            with span("a"):
                pass
    told = profile.speedscope("lhp")
    assert told["shared"] == {"frames": [{"name": "a"}]}
    assert told["profiles"][0]["events"] == [
        {"type": "O", "frame": 0, "at": 0.0},
        {"type": "C", "frame": 0, "at": 1.0},
        {"type": "O", "frame": 0, "at": 2.0},
        {"type": "C", "frame": 0, "at": 3.0},
    ]
