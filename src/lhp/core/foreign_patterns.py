"""Keeps the patterns of a foreign schema from running in this process.

A pattern such as `(a+)+$` takes hours for some short texts, and nothing stops it but the end of its
process. So a foreign pattern is matched by the process that its plugin lives in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_SHORT, _FEW = 200, 3
_REPEAT = re.compile(r"[*+{]")
_NESTED = re.compile(r"\)[*+?{]|\\\d|\(\?")
"""What makes a pattern worse than a polynomial of few repeats: repeated groups, references."""

Match = Callable[[str, str], bool]
"""Says of a pattern and a text whether the one is found in the other."""


class ForeignPattern(str):
    """A pattern that something else matches.

    It is a text like any other, so that it lives through whatever is made of its schema.
    """

    __slots__ = ("match",)
    match: Match

    def __deepcopy__(self, _: object) -> ForeignPattern:
        """Return itself: no copy would know who matches it."""
        return self


def foreign(schema: Any, match: Match) -> Any:
    """Return a schema whose patterns something else matches.

    Args:
        schema: A JSON Schema, or a part of one.
        match: Matches them.
    """
    if isinstance(schema, list):
        return [foreign(item, match) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        key: _pattern(each, match)
        if key == "pattern" and isinstance(each, str)
        else {_pattern(name, match): foreign(item, match) for name, item in each.items()}
        if key == "patternProperties" and isinstance(each, Mapping)
        else foreign(each, match)
        for key, each in schema.items()
    }


def cautious(schema: Any) -> Any:
    """Return a schema that is checked here, where its plugin does not run.

    A pattern that may take long accepts every text.
    """
    return foreign(schema, _match_if_quick)


def is_match(pattern: str, text: str) -> bool:
    """Return True when a pattern of a schema is found in a text."""
    if isinstance(pattern, ForeignPattern):
        return pattern.match(str(pattern), text)
    return re.search(pattern, text) is not None


def _match_if_quick(pattern: str, text: str) -> bool:
    is_quick = len(text) <= _SHORT and len(_REPEAT.findall(pattern)) <= _FEW
    return not is_quick or bool(_NESTED.search(pattern) or re.search(pattern, text))


def _pattern(text: str, match: Match) -> ForeignPattern:
    pattern = ForeignPattern(text)
    pattern.match = match
    return pattern
