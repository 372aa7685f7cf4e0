"""Says a schema's meaning in the way that editors show best.

What a language server does with each keyword was found by trial; tests keep what this relies on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lhp.core.option_schema import Schema

_DROPPED = ("title", "format", "deprecated", "allOf")
_PYTHON_ONLY = re.compile(r"\(\?[aiLmsux-]+[:)]|\(\?#|\(\?\(|\(\?>|\\[AZzN]|[*+?}]\+|\[\^?\]|\{,")
_NAMED = re.compile(r"\(\?P<(\w+)>")
_NAMED_AGAIN = re.compile(r"\(\?P=(\w+)\)")


def annotated(schema: Schema) -> dict[str, Any]:
    """Return a schema of a value, or of options by name, as an editor is to have it.

    Args:
        schema: As the option model gives it; not changed.
    """
    changed = {key: _inner(key, value) for key, value in schema.items() if key not in _DROPPED}
    changed = _with_meaning(changed, schema)
    changed = _with_ecma(changed)
    rules = [*_rules(schema)]
    return {**changed, "allOf": rules} if rules else changed


def _inner(key: str, value: Any) -> Any:
    if key in ("items", "additionalProperties") and isinstance(value, Mapping):
        return annotated(value)
    if key in ("properties", "patternProperties"):
        return {name: annotated(each) for name, each in value.items()}
    if key in ("anyOf", "oneOf"):
        return [annotated(each) for each in value]
    return value


def _with_meaning(changed: dict[str, Any], schema: Schema) -> dict[str, Any]:
    default = changed.pop("default", None)
    about = [plain(str(schema.get("description", "")))]
    if schema.get("deprecated"):
        about.insert(0, "Deprecated:")
        changed["doNotSuggest"] = True
    if default not in (None, "", [], {}, ()):
        about.append(f"Default: {_shown(default)}.")
        if isinstance(default, (str, bool)):  # of a number, editors insert none
            changed["default"] = default
    examples = changed.pop("examples", [])
    about += [f"Example: {_shown(each)}." for each in examples[:1] if _is_snippet(each)]
    offered = [each for each in examples if not _is_snippet(each)]
    if offered:
        changed["examples"] = offered
    text = " ".join(filter(None, about))
    return {**changed, "description": text} if text else changed


def _is_snippet(value: Any) -> bool:
    """Return True for what a language server, which inserts snippets, takes for a place."""
    return "$" in json.dumps(value, default=str)


def plain(text: str) -> str:
    """Return a description without the marks of Markdown: editors show it as it is."""
    return text.replace("`", "")


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _with_ecma(changed: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose patterns an editor understands; without those that it can't."""
    pattern = ecma(changed["pattern"]) if "pattern" in changed else None
    if pattern is None:
        changed.pop("pattern", None)
    else:
        changed["pattern"] = pattern
    named = changed.pop("patternProperties", {})
    known = {ecma(each): value for each, value in named.items()}
    if None in known:
        changed["additionalProperties"] = True
        known.pop(None)
    return {**changed, "patternProperties": known} if known else changed


def ecma(pattern: str) -> str | None:
    """Return a Python pattern as JavaScript writes it, or None where it has no such form."""
    pattern = _NAMED_AGAIN.sub(r"\\k<\1>", _NAMED.sub(r"(?<\1>", pattern))
    return None if _PYTHON_ONLY.search(pattern) or "(?P" in pattern else pattern


def _rules(schema: Schema) -> Iterator[Schema]:
    """Yield the rules on which keys go together, each with a message of its own."""
    for rule in schema.get("allOf", ()):
        branches = rule.get("oneOf", ())
        keys = [branch["required"][0] for branch in branches if _is_requirement(branch)]
        refused = rule.get("not", {})
        if branches and len(keys) == len(branches):
            yield _exactly_one(keys)
        elif _is_requirement(refused, count=2) and len(rule) == 1:
            yield _exclude(*refused["required"])
        else:
            yield rule


def _is_requirement(schema: Any, count: int = 1) -> bool:
    return (
        isinstance(schema, Mapping)
        and [*schema] == ["required"]
        and (len(schema["required"]) == count)
    )


def _exactly_one(keys: Sequence[str]) -> Schema:
    listed = ", ".join(keys)
    last = keys[-1]
    chain: Schema = {**_given(last), "errorMessage": f"give one of {listed}"}
    for at, key in reversed([*enumerate(keys)][:-1]):
        others = {
            other: _refused(f"{key} and {other} exclude each other") for other in keys[at + 1 :]
        }
        chain = {"if": _given(key), "then": {"properties": others}, "else": chain}
    return chain


def _exclude(key: str, other: str) -> Schema:
    refused = _refused(f"{key} and {other} exclude each other")
    return {"if": _given(key), "then": {"properties": {other: refused}}}


def _refused(message: str) -> Schema:
    return {"type": "null", "errorMessage": message, "doNotSuggest": True}


def _given(key: str) -> Schema:
    """Return a schema of a map that has something behind a key."""
    return {"required": [key], "properties": {key: {"not": {"type": "null"}}}}
