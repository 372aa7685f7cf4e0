"""Reads YAML values as a schema declares them, and fills in what is absent."""

from __future__ import annotations

import copy
import re
from collections.abc import Container, Mapping, Sequence
from functools import cached_property, lru_cache
from operator import is_
from typing import Any

from lhp.core.option_schema import expected_types
from lhp.core.quick_check import Same, Schema
from lhp.model.source import (
    NOWHERE,
    NoText,
    TokenText,
    VariableText,
    YamlList,
    YamlMap,
    holds_text,
)

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
    return _reader(Same(schema)).read(value, fills=fills)


class _Reader:
    """How values are read as one schema wants them; made once for each part of a schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._takes_anything = not schema
        self._types = expected_types(schema)
        self.has_no_null = bool(self._types) and "null" not in self._types
        self.takes_any_text = not self._types or "string" in self._types
        self._takes_text = not self._types or ("string" in self._types and "enum" not in schema)

    def read(self, value: Any, *, fills: bool) -> Any:
        """Return a value as `as_declared` does."""
        if isinstance(value, str):
            is_text = self.takes_any_text and type(value) is str
            return value if is_text else _read_as(value, self._types, self._schema)
        if self._takes_anything and _is_read(value):
            return value
        if isinstance(value, list):
            return self._list(value, fills=fills)
        if isinstance(value, (dict, Mapping)):  # a `dict` tells it sooner
            reader = self._branch("object")
            return reader._map(value, fills=fills)  # noqa: SLF001  (the same)
        return value

    def is_absent(self, item: Any) -> bool:
        """Return True for a value that counts as none."""
        return item is None or (isinstance(item, NoText) and not self._takes_text)

    def _list(self, value: list[Any], *, fills: bool) -> Any:
        inner = self._branch("array")._inner  # noqa: SLF001  (the same)
        if inner is None:
            return value
        read = [inner.read(item, fills=fills) for item in value]
        if isinstance(value, YamlList) and all(map(is_, read, value)):
            return value
        items = YamlList(getattr(value, "location", NOWHERE))
        items.item_at = [*getattr(value, "item_at", [items.location] * len(value))]
        items += read
        return items

    def _map(self, value: Mapping[str, Any], *, fills: bool) -> YamlMap:
        changed: dict[str, Any] = {}
        absent = []
        for key, item in value.items():
            wanted = self._members.get(key)
            reader = wanted or self._others
            if type(item) is str and reader.takes_any_text:
                continue
            given = None if reader.is_absent(item) else reader.read(item, fills=fills)
            if given is None and wanted is not None and wanted.has_no_null:
                absent.append(key)
            elif given is not item:
                changed[key] = given
        defaults = self._defaults if fills else ()
        added = [each for each in defaults if each[0] not in value or each[0] in absent]
        if isinstance(value, YamlMap) and not (changed or absent or added):
            return value
        filled = value.without(*absent) if isinstance(value, YamlMap) else _placed(value, absent)
        filled.update(changed)
        for key, default in added:
            own = copy.deepcopy(default) if isinstance(default, (dict, list)) else default
            filled.put(key, own, filled.location, filled.location)
        return filled

    @cached_property
    def _inner(self) -> _Reader | None:
        items = self._schema.get("items")
        return _Reader(items) if isinstance(items, Mapping) else None

    @cached_property
    def _members(self) -> Mapping[str, _Reader]:
        properties: Mapping[str, Schema] = self._schema.get("properties", {})
        return {key: _Reader(each) for key, each in properties.items()}

    @cached_property
    def _others(self) -> _Reader:
        others = self._schema.get("additionalProperties")
        return _Reader(others if isinstance(others, Mapping) else _ANYTHING)

    @cached_property
    def _defaults(self) -> Sequence[tuple[str, Any]]:
        properties: Mapping[str, Schema] = self._schema.get("properties", {})
        return [(key, each["default"]) for key, each in properties.items() if "default" in each]

    def _branch(self, type_name: str) -> _Reader:
        if type_name not in self._branches:
            self._branches[type_name] = _Reader(_branch(self._schema, type_name))
        return self._branches[type_name]

    @cached_property
    def _branches(self) -> dict[str, _Reader]:
        return {}


@lru_cache(maxsize=256)
def _reader(schema: Same) -> _Reader:
    return _Reader(schema.schema)


_ANYTHING: Schema = {}


def _is_read(value: Any) -> bool:
    """Return True for what is as it should be where anything may stand."""
    return isinstance(value, (YamlMap, YamlList)) and not holds_text(value, VariableText)


def _placed(value: Mapping[str, Any], absent: Container[str]) -> YamlMap:
    placed = YamlMap()
    for key, item in value.items():
        if key not in absent:
            placed.put(key, item, NOWHERE, NOWHERE)
    return placed


def _branch(schema: Schema, type_name: str) -> Schema:
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    fitting = [branch for branch in branches if branch.get("type") == type_name]
    return fitting[0] if len(fitting) == 1 else schema


def _of_variable(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return int(text) if _WHOLE.fullmatch(text) else text


def _read_as(text: str, types: frozenset[str], schema: Schema) -> Any:
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
