"""What all that makes or checks schemas of options shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

FREE_KEYS: Mapping[str, Any] = {"^x-": {}}
TYPE_WORDS: Mapping[str, str] = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "boolean",
    "array": "list",
    "object": "map",
    "null": "nothing",
}


def without_null(node: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that has no null, and no default that is one."""
    branches = node.get("anyOf")
    if isinstance(branches, list) and {"type": "null"} in branches:
        kept = [branch for branch in branches if branch != {"type": "null"}]
        node.pop("anyOf")
        node = {**(kept[0] if len(kept) == 1 else {"anyOf": kept}), **node}
    if "default" in node and node["default"] is None:
        node.pop("default")
    return node


def closed(node: dict[str, Any]) -> dict[str, Any]:
    """Let `x-...` into a schema of known keys."""
    if node.get("additionalProperties") is False:
        node["patternProperties"] = {**FREE_KEYS, **node.get("patternProperties", {})}
    return node


def bad_schema(path: Iterable[str | int], reason: str) -> ValueError:
    """Return the error that a schema is wrong at a place."""
    place = "/".join(map(str, path)) or "the schema"
    return ValueError(f"bad option schema at {place}: {reason}")
