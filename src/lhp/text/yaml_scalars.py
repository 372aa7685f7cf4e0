"""Says what an unquoted YAML scalar means by YAML 1.2, and where YAML 1.1 reads it otherwise."""

from __future__ import annotations

import json
import re
from itertools import product
from typing import Any, NamedTuple

import yaml

_RESOLVERS = {
    first: tuple(rules) for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_NUMERIC = frozenset("+-.0123456789")

SPECIAL_STARTS = frozenset({"", "~", *"nNtTfF", *_NUMERIC, *_RESOLVERS})
"""A scalar whose first character ("" when it is empty) is none of these is text."""

_LONGEST_NUMBER = 4000
_TOO_BIG = 10**_LONGEST_NUMBER
_LONGEST_SHOWN = 32
_LONGEST_WORD = len("false")

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(map("".join, product(*zip("true", "TRUE", strict=True))), True),
    **dict.fromkeys(map("".join, product(*zip("false", "FALSE", strict=True))), False),
}

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
)
_BASES = {"0o": 8, "0x": 16}

_TAG = "tag:yaml.org,2002:"
_TAGS = {type(None): "null", bool: "bool", int: "int", float: "float", str: "str"}
_MEANINGS = {
    "bool": "a boolean",
    "int": "a number",
    "float": "a number",
    "null": "nothing",
    "timestamp": "a date",
    "str": "text",
}


class Surprise(NamedTuple):
    """A scalar that YAML 1.1 reads otherwise than we do.

    Args:
        ours: What it is to us: text, a number, a boolean.
        theirs: What it is by YAML 1.1.
        instead: How to write it so that everyone reads the same.
    """

    ours: str
    theirs: str
    instead: str


def read_plain(text: str) -> Any:
    """Return the value of an unquoted scalar by the core schema of YAML 1.2.

    `true` and `false` are booleans in any case; text is what nothing else is.

    Raises:
        OverflowError: The text is an integer of more than 4,000 digits.

    Source: YAML 1.2.2, "10.3.2. Tag Resolution".
    """
    if text[:1] not in _NUMERIC:
        return _WORDS.get(text, text)
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return float(text.replace(".", "") if text[-1] in "fFnN" else text)
    return text


def surprise_of(text: str, value: Any) -> Surprise | None:
    """Return how YAML 1.1 reads an unquoted scalar, or None when it reads the same.

    Args:
        text: The scalar as written.
        value: What `read_plain` made of it.
    """
    if len(text) > _LONGEST_WORD and text[0].isalpha():
        return None
    ours, theirs = _TAGS[type(value)], _old_tag(text)
    if theirs == ours:
        return None
    other = value if theirs == "str" else _old_value(text, theirs)
    meaning = _MEANINGS[ours if theirs == "str" else theirs]
    instead = f"{_quoted(text)} for text"
    if other is not None:
        instead += f", {_literal(other)} for {meaning}"
    return Surprise(_MEANINGS[ours], _MEANINGS[theirs], instead)


def shortened(text: str) -> str:
    """Return the text, cut where a message would become hard to read."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _integer(text: str) -> int:
    base = _BASES.get(text[:2], 10)
    if len(text) > _LONGEST_NUMBER + 1:
        raise OverflowError
    value = int(text if base == 10 else text[2:], base)  # noqa: PLR2004  (10 is ten)
    if abs(value) >= _TOO_BIG:
        raise OverflowError
    return value


def _old_tag(text: str) -> str:
    for tag, pattern in _RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            name = tag.removeprefix(_TAG)
            return name if name in _MEANINGS else "str"
    return "str"


def _old_value(text: str, tag: str) -> Any:
    if tag == "timestamp" or len(text) > _LONGEST_SHOWN:
        return None
    node = yaml.ScalarNode(_TAG + tag, text)
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except ValueError:
        return None


def _quoted(text: str) -> str:
    return json.dumps(shortened(text), ensure_ascii=False)


def _literal(value: int | float) -> str:  # noqa: PYI041  (a float alone needs its point)
    text = str(value).lower().replace("inf", ".inf")
    return text.replace("e", ".0e") if isinstance(value, float) and "." not in text else text
