"""Reads YAML values as a schema declares them, and fills in what is absent."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from lhp.core.option_schema import Schema, expected_types
from lhp.model.source import NoText, TokenText, VariableText, YamlList, YamlMap

_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})
_INTEGER = re.compile(r"[-+]?[0-9]{1,400}", re.ASCII)
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,400})", re.ASCII)
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?", re.ASCII)


def with_defaults(value: Any, schema: Schema) -> Any:
    """Return a value as `as_declared` does, with absent keys filled from the schema.

    Args:
        value: Any YAML value; not changed.
        schema: What it should be.
    """
    return as_declared(value, schema, fills=True)


def as_declared(value: Any, schema: Schema, *, fills: bool = False) -> Any:
    """Return a value with its texts read as the schema wants them.

    A key with nothing behind it counts as absent where the schema has no null; so does one with an
    expression that has no value, where no text may stand.

    A text of a variable that went through a template is a boolean or a whole number where there may
    be one, as in the 0.9 releases. A text that a token gave is read as a number or boolean where
    one is wanted; `yes`, `no`, `on` and `off` are booleans where one is wanted.

    Args:
        value: Any YAML value; not changed.
        schema: What it should be.
        fills: True gives absent keys the defaults of the schema.
    """
    if isinstance(value, Mapping):
        return _filled(value, _branch(schema, "object"), fills=fills)
    schema = _branch(schema, "array") if isinstance(value, list) else schema
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        items = YamlList(getattr(value, "location", YamlList().location))
        places = getattr(value, "item_at", [items.location] * len(value))
        for item, place in zip(value, places, strict=True):
            items.put(as_declared(item, schema["items"], fills=fills), place)
        return items
    return _read_as(value, schema) if isinstance(value, str) else value


def _branch(schema: Schema, type_name: str) -> Schema:
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    fitting = [branch for branch in branches if branch.get("type") == type_name]
    return fitting[0] if len(fitting) == 1 else schema


def _filled(value: Mapping[str, Any], schema: Schema, *, fills: bool) -> Mapping[str, Any]:
    filled = YamlMap(getattr(value, "location", YamlMap().location))
    properties: Mapping[str, Any] = schema.get("properties", {})
    others = schema.get("additionalProperties")
    for key, item in value.items():
        wanted = properties.get(key, others if isinstance(others, Mapping) else {})
        given = None if _is_absent(item, wanted) else as_declared(item, wanted, fills=fills)
        if given is None and key in properties and _has_no_null(wanted):
            continue
        if isinstance(value, YamlMap):
            filled.take(value, key, given)
        else:
            filled.put(key, given, filled.location, filled.location)
    for key, wanted in properties.items() if fills else ():
        if key not in filled and "default" in wanted:
            default = copy.deepcopy(wanted["default"])
            filled.put(key, default, filled.location, filled.location)
    return filled


def _is_absent(item: Any, schema: Schema) -> bool:
    types = expected_types(schema)
    takes_text = not types or ("string" in types and "enum" not in schema)
    return item is None or (isinstance(item, NoText) and not takes_text)


def _has_no_null(schema: Schema) -> bool:
    types = expected_types(schema)
    return bool(types) and "null" not in types


def _of_variable(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return int(text) if _WHOLE.fullmatch(text) else text


def _read_as(text: str, schema: Schema) -> Any:
    types = expected_types(schema)
    if "string" in types or not types:
        is_free = types != {"string"} and "enum" not in schema
        return _of_variable(text) if isinstance(text, VariableText) and is_free else text
    lowered = text.lower()
    is_word = isinstance(text, TokenText) or lowered not in ("true", "false")
    if "boolean" in types and is_word and lowered in _TRUE | _FALSE:
        return lowered in _TRUE
    if isinstance(text, TokenText):
        if types & {"integer", "number"} and _INTEGER.fullmatch(text):
            return int(text)
        if "number" in types and _NUMBER.fullmatch(text):
            return float(text)
    return text
