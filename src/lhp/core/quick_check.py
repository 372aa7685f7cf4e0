"""Tells of most sound values that they keep a schema, without looking for what is wrong with them.

What it does not know makes it say no; then somebody who knows all of JSON Schema looks again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]
Holds = Callable[[Any], bool]

_CLASSES: Mapping[str, type[Any]] = {"string": str, "array": list, "object": dict}
_EXACT: Mapping[str, frozenset[type[Any]]] = {
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "boolean": frozenset({bool}),
    "null": frozenset({type(None)}),
}
_SAYS_NOTHING = frozenset(
    ("title", "description", "default", "examples", "deprecated", "enumDescriptions", "format")
)
_MEMBERS = frozenset({"properties", "patternProperties", "additionalProperties"})
_DEFINITIONS = "$defs"
_REFERENCE = f"#/{_DEFINITIONS}/"
_DEEPEST = 8
_REQUIREMENT = frozenset({"required", "deprecated"})


class Same:
    """A schema as a key: what is made of it once is found again by the object that it is."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        """Return what the same object has again."""
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        """Return True for the same object."""
        return isinstance(other, Same) and other.schema is self.schema


def quick_check(schema: Any) -> Holds:
    """Return what says of a value that it keeps a schema; False where it may do so or not.

    Args:
        schema: A draft-07 schema, or a part of one.
    """
    if isinstance(schema, Mapping) and _DEFINITIONS in schema:
        schema = _inlined(schema, schema[_DEFINITIONS])
    if schema is True:
        return _always
    if not isinstance(schema, Mapping):
        return _never
    speaking = [key for key in schema if key not in _SAYS_NOTHING and not key.startswith("x-")]
    if not _RULES.keys() | _MEMBERS >= {*speaking}:
        return _never
    rules = [_RULES[key](schema[key]) for key in speaking if key not in _MEMBERS]
    return _each([*rules, _members(schema)] if _MEMBERS & schema.keys() else rules)


def _inlined(node: Any, known: Mapping[str, Any], depth: int = _DEEPEST) -> Any:
    """Return a schema with its definitions in the places of what refers to them.

    What stands beside a reference says nothing. One that goes on too deep is left as it is.
    """
    if isinstance(node, (list, tuple)):
        return [_inlined(each, known, depth) for each in node]
    if not isinstance(node, Mapping):
        return node
    name = node.get("$ref")
    if isinstance(name, str):
        meant = known.get(name.removeprefix(_REFERENCE)) if depth else None
        return node if meant is None else _inlined(meant, known, depth - 1)
    return {key: _inlined(each, known, depth) for key, each in node.items() if key != _DEFINITIONS}


def _each(rules: list[Holds]) -> Holds:
    if len(rules) == 1:
        return rules[0]
    if len(rules) == 2:  # noqa: PLR2004  (most: a type, and what it holds)
        one, other = rules
        return lambda value: one(value) and other(value)

    def holds(value: Any) -> bool:
        for rule in rules:  # noqa: SIM110  (called for each value: no generator)
            if not rule(value):
                return False
        return True

    return holds


def _always(_: Any) -> bool:
    return True


def _never(_: Any) -> bool:
    return False


def _type(said: Any) -> Holds:
    names = [said] if isinstance(said, str) else said
    exact = frozenset(each for name in names for each in _EXACT.get(name, ()))
    classes = tuple(_CLASSES[name] for name in names if name in _CLASSES)
    if not exact:
        return lambda value: isinstance(value, classes)
    return lambda value: type(value) in exact or isinstance(value, classes)


def _enum(said: Any) -> Holds:
    # A number may equal one of another type; such are for the other to tell apart.
    choices = frozenset((type(each), each) for each in said if type(each) in (str, int))
    has_null = None in said
    return lambda value: _is_choice(value, choices) if value is not None else has_null


def _is_choice(value: Any, choices: frozenset[Any]) -> bool:
    sort = str if isinstance(value, str) else type(value)
    return sort in (str, int) and (sort, value) in choices


def _const(said: Any) -> Holds:
    return _enum([said])


def _required(said: Any) -> Holds:
    wanted = [*said]
    return lambda value: not isinstance(value, dict) or all(key in value for key in wanted)


def _members(schema: Any) -> Holds:
    said, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    if not all(type(each) is str for each in patterns):  # more than a text: matched elsewhere
        return _never
    matched = [(each, quick_check(inner)) for each, inner in patterns.items()]
    others = quick_check(schema.get("additionalProperties", True))

    def rule_of(key: str) -> Holds:
        found = [rule for pattern, rule in matched if re.search(pattern, key)]
        if key in said:
            found.append(quick_check(said[key]))
        return _each(found) if found else others

    if not said and not matched and others is _always:
        return _always
    rules = {key: rule_of(key) for key in said}

    def holds(value: Any) -> bool:
        if isinstance(value, dict):
            for key, each in value.items():
                if not (rules.get(key) or rule_of(str(key)))(each):
                    return False
        return True

    return holds


def _items(said: Any) -> Holds:
    rule = quick_check(said)
    return lambda value: not isinstance(value, list) or all(map(rule, value))


def _any_of(said: Any) -> Holds:
    if all(
        isinstance(each, dict) and [*each] == ["type"] and isinstance(each["type"], str)
        for each in said
    ):
        return _type([each["type"] for each in said])
    rules = [quick_check(each) for each in said]
    return lambda value: any(rule(value) for rule in rules)


def _all_of(said: Any) -> Holds:
    return _each([quick_check(each) for each in said])


def _one_of(said: Any) -> Holds:
    if not all(isinstance(each, dict) and {*each} <= _REQUIREMENT for each in said):
        return _never
    rules = [_required(each.get("required", ())) for each in said]
    return lambda value: sum(rule(value) for rule in rules) == 1


def _not(said: Any) -> Holds:
    if isinstance(said, Mapping) and {*said} == {"type"} and "integer" not in said["type"]:
        # A number may be an integer that does not look like one.
        is_such = _type(said["type"])
        return lambda value: _is_plain(value) and not is_such(value)
    holds = _one_of([said])
    return _never if holds is _never else lambda value: not holds(value)


def _is_plain(value: Any) -> bool:
    is_known = value is None or isinstance(value, (str, bool, list, dict))
    return is_known or type(value) in (int, float)


def _pattern(said: Any) -> Holds:
    if type(said) is not str:  # the same
        return _never
    search = re.compile(said).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _size(sort: Any, is_kept: Callable[[Any, Any], bool]) -> Callable[[Any], Holds]:
    return lambda said: lambda value: not isinstance(value, sort) or is_kept(len(value), said)


def _at_least(actual: Any, said: Any) -> bool:
    return bool(actual >= said)


def _at_most(actual: Any, said: Any) -> bool:
    return bool(actual <= said)


def _bound(is_kept: Callable[[Any, Any], bool]) -> Callable[[Any], Holds]:
    return lambda said: lambda value: not isinstance(value, (int, float)) or is_kept(value, said)


_RULES: Mapping[str, Callable[[Any], Holds]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "required": _required,
    "items": _items,
    "anyOf": _any_of,
    "allOf": _all_of,
    "oneOf": _one_of,
    "not": _not,
    "pattern": _pattern,
    "minLength": _size(str, _at_least),
    "maxLength": _size(str, _at_most),
    "minItems": _size(list, _at_least),
    "maxItems": _size(list, _at_most),
    "minProperties": _size(dict, _at_least),
    "minimum": _bound(_at_least),
    "maximum": _bound(_at_most),
}
