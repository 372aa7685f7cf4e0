"""Says a schema's meaning in the way that editors show best.

What a language server does with each keyword was found by trial; tests keep what this relies on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from lhp.core.option_schema import Schema
from lhp.errors import LhpErrors
from lhp.model.keywords import INSTEAD_OF
from lhp.text.yaml_reader import read_yaml

_DROPPED = ("title", "format", "deprecated", "allOf", INSTEAD_OF)
_PYTHON_ONLY = re.compile(
    r"\(\?[aiLmsux-]+[:)]|\(\?#|\(\?\(|\(\?>|[*+?}]\+|\[\^?\]|\{,"
    r"|\\[AZzNUabB]"
)
_SNIPPET = re.compile(r"[$}\\\n]")
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
        if isinstance(default, (str, bool)) and _can_be_inserted(default):  # of a number, none is
            changed["default"] = default
    examples = changed.pop("examples", [])
    offered = [each for each in examples if _can_be_inserted(each)]
    about += [f"Example: {_shown(each)}." for each in examples[:1] if each not in offered]
    if offered:
        changed["examples"] = offered
    text = " ".join(filter(None, about))
    return {**changed, "description": text} if text else changed


def _can_be_inserted(value: Any) -> bool:
    """Return True for a value that a language server writes as it is.

    It writes texts without the quotes that they need, and no list or map inside a list.
    """
    if isinstance(value, Mapping):
        return bool(value) and all(map(_can_be_inserted, (*value.keys(), *value.values())))
    if isinstance(value, list):
        return not any(
            isinstance(each, (Mapping, list)) or not _can_be_inserted(each) for each in value
        )
    return not isinstance(value, str) or (not _SNIPPET.search(value) and _is_plain(value))


@lru_cache(maxsize=1024)
def _is_plain(text: str) -> bool:
    """Return True for what YAML of any age reads as this text, without quotes."""
    try:
        document, *others = read_yaml(text.encode(), "")
    except (LhpErrors, ValueError):
        return False
    return not others and document.data == text and not document.warnings


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


def without_needs(schema: Schema, may_be_given: Callable[[str], bool]) -> Schema:
    """Return a schema without those groups of keys of which one may be given elsewhere.

    Args:
        schema: Of options by name; not changed.
        may_be_given: Tells whether a key may be.
    """
    kept = [
        rule
        for rule in schema.get("allOf", ())
        if not any(may_be_given(key) for keys in _needs(rule).values() for key in keys)
    ]
    return {**schema, "allOf": kept} if "allOf" in schema else schema


def _needs(rule: Schema) -> Mapping[str, Sequence[str]]:
    """Return the keys of which one must be given, by `oneOf` or `anyOf`; empty for other rules."""
    return {
        word: [branch["required"][0] for branch in rule[word]]
        for word in ("oneOf", "anyOf")
        if rule.get(word) and all(map(_is_requirement, rule[word]))
    }


def _rules(schema: Schema) -> Iterator[Schema]:
    """Yield the rules on which keys go together, each with a message of its own."""
    for rule in schema.get("allOf", ()):
        needs = _needs(rule)
        refused = rule.get("not", {})
        if "oneOf" in needs:
            yield _one_of(needs["oneOf"], needs["oneOf"], is_exclusive=True)
        elif "anyOf" in needs:
            named = [each["required"][0] for each in rule["anyOf"] if "deprecated" not in each]
            yield _one_of(needs["anyOf"], named, is_exclusive=False)
        elif _is_requirement(refused, count=2) and len(rule) == 1:
            yield _exclude(*refused["required"])
        else:
            yield rule


def _is_requirement(schema: Any, count: int = 1) -> bool:
    return (
        isinstance(schema, Mapping)
        and {"required"} <= {*schema} <= {"required", "deprecated"}
        and len(schema["required"]) == count
    )


def _one_of(keys: Sequence[str], named: Sequence[str], *, is_exclusive: bool) -> Schema:
    """Return the rule that one of some keys is given, in the form of which one mistake is told."""
    last = named[-1]
    told = {"errorMessage": f"give {'one of ' if named[1:] else ''}{', '.join(named)}"}
    # Said of `null` alone: an editor offers what else is said of a value.
    value = {"if": {"type": "null"}, "then": {"type": "string", **told}, "doNotSuggest": True}
    chain: Schema = {"required": [last], "properties": {last: value}, **told}
    before: list[str] = [last]
    for key in reversed([key for key in keys if key != last]):
        others = {other: refused(f"{key} and {other} exclude each other") for other in before}
        then: Schema = {"then": {"properties": others}} if is_exclusive else {}
        chain = {"if": is_given(key), **then, "else": chain}
        before.insert(0, key)
    return chain


def _exclude(key: str, other: str) -> Schema:
    not_both = refused(f"{key} and {other} exclude each other")
    return {"if": is_given(key), "then": {"properties": {other: not_both}}}


def refused(message: str) -> Schema:
    """Return a schema of a key that must not be given, and is not suggested."""
    return {"type": "null", "errorMessage": message, "doNotSuggest": True}


def is_given(key: str) -> Schema:
    """Return a schema of a map that has something behind a key."""
    return {"required": [key], "properties": {key: {"not": {"type": "null"}}}}
