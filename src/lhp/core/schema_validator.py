"""Validates by JSON Schema; the patterns of a foreign schema never run in this process.

A pattern such as `(a+)+$` takes hours for some short texts, and nothing stops it but the end of its
process. So a foreign pattern is matched by the process that its plugin lives in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry as References

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


def validator_of(schema: Mapping[str, Any]) -> Any:
    """Return what finds the errors of values by a schema; it never fetches another schema."""
    return _Validator(schema, registry=References())


def _match_if_quick(pattern: str, text: str) -> bool:
    is_quick = len(text) <= _SHORT and len(_REPEAT.findall(pattern)) <= _FEW
    return not is_quick or bool(_NESTED.search(pattern) or re.search(pattern, text))


def _pattern(text: str, match: Match) -> ForeignPattern:
    pattern = ForeignPattern(text)
    pattern.match = match
    return pattern


_Errors = Iterator[ValidationError]


def _of_pattern(_: Any, pattern: str, instance: Any, __: Any) -> _Errors:
    if isinstance(instance, str) and not is_match(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {str(pattern)!r}")


def _of_pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, _: Any
) -> _Errors:
    for pattern, schema in patterns.items() if isinstance(instance, Mapping) else ():
        for key, value in instance.items():
            if is_match(pattern, str(key)):
                yield from validator.descend(value, schema, path=key, schema_path=pattern)


def _of_additional(validator: Any, allowed: Any, instance: Any, schema: Any) -> _Errors:
    if not isinstance(instance, Mapping):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    others = [
        key
        for key in instance
        if key not in known and not any(is_match(each, str(key)) for each in patterns)
    ]
    if isinstance(allowed, Mapping):
        for key in others:
            yield from validator.descend(instance[key], allowed, path=key)
    elif others and not allowed:
        yield ValidationError(_unexpected(others, [*patterns]))


def _unexpected(keys: Sequence[str], patterns: Sequence[str]) -> str:
    shown = ", ".join(map(repr, keys))
    if patterns:
        verb = "does" if len(keys) == 1 else "do"
        return f"{shown} {verb} not match any of the regexes: {', '.join(map(repr, patterns))}"
    verb = "was" if len(keys) == 1 else "were"
    return f"Additional properties are not allowed ({shown} {verb} unexpected)"


def _of_unique(_: Any, is_unique: Any, instance: Any, __: Any) -> _Errors:
    if is_unique and isinstance(instance, list):
        texts = [json.dumps(item, sort_keys=True, default=str) for item in instance]
        if len({*texts}) < len(texts):
            yield ValidationError("it holds equal items")


_Validator: Any = extend(  # type: ignore[no-untyped-call]
    Draft7Validator,
    {
        "pattern": _of_pattern,
        "patternProperties": _of_pattern_properties,
        "additionalProperties": _of_additional,
        "uniqueItems": _of_unique,
    },
)
