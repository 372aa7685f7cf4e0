"""Maps a pass over many items and keeps what was raised, so that one run tells every mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from lhp.errors import LhpError, LhpErrors

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Problems:
    """What is wrong, in the order found."""

    def __init__(self) -> None:
        self.found: list[LhpError] = []

    @property
    def has_errors(self) -> bool:
        """True when something found is more than a warning."""
        return any(not problem.is_warning for problem in self.found)

    def add(self, problems: Iterable[LhpError]) -> None:
        """Keep some problems."""
        self.found += problems

    def each(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
        """Return what a function gives for each item; an item that raises gives nothing.

        Args:
            function: A pass on one item; raises LhpError or LhpErrors.
            items: What to give it.
        """
        results = []
        for item in items:
            try:
                results.append(function(item))
            except LhpError as problem:
                self.found.append(problem)
            except LhpErrors as problems:
                self.found += problems.problems
        return results
