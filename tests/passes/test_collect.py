"""Collect: what was raised is kept, in the order found."""

from __future__ import annotations

from lhp.errors import METADATA_UNKNOWN, NO_ACTIONS, NO_WRITE, LhpErrors
from lhp.passes.collect import Problems

WARNING = METADATA_UNKNOWN.at(name="a", nearest=None)
ONE, OTHER = NO_ACTIONS.at(name="a"), NO_WRITE.at(name="b")


def _fails(item: int) -> int:
    if item == 1:
        raise ONE
    if item == 2:
        raise LhpErrors([OTHER, WARNING])
    return item * 10


def test_what_raises_gives_its_problems_and_the_rest_a_result() -> None:
    problems = Problems()
    assert problems.each(_fails, [0, 1, 2, 3]) == [0, 30]
    assert problems.found == [ONE, OTHER, WARNING]


def test_warnings_alone_are_no_errors() -> None:
    problems = Problems()
    assert not problems.has_errors
    problems.add([WARNING])
    assert not problems.has_errors
    problems.add([ONE])
    assert problems.has_errors
