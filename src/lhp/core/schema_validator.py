"""Validates by JSON Schema; the patterns of a foreign schema never run in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry as References

from lhp.core.foreign_patterns import is_match


def validator_of(schema: Mapping[str, Any]) -> Any:
    """Return what finds the errors of values by a schema; it never fetches another schema."""
    return _Validator(schema, registry=References())


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
