"""Checks a YAML value against a JSON Schema; each mistake at its place, in the user's words.

Most values are right: that is told here, by the few rules that most schemas are made of. Whatever
is not surely right by them is looked at by all the rules, which takes a hundred times as long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lhp.errors import LhpError, Location
from lhp.model.keywords import OTHERWISE, READ_WITH

if TYPE_CHECKING:
    from lhp.core.shape_faults import Advice

Schema = Mapping[str, Any]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def shape_problems(
    value: Any, schema: Schema, where: str, at: Location | None = None, advice: Advice | None = None
) -> list[LhpError]:
    """Return every way in which a value breaks a schema, by place; some are warnings.

    Args:
        value: The YAML value, with its positions.
        schema: A draft-07 schema; compiled once per object.
        where: What messages call the value: `a flowgroup`, `the load 'orders'`.
        at: Its place, when the value itself does not know it.
        advice: Says of an unknown key what to do, given the keys that are known; by default the
            nearest of them.
    """
    if surely_fits(value, schema):
        return []
    from lhp.core.shape_faults import shape_faults

    return shape_faults(value, schema, where, at, advice)


def surely_fits(value: Any, schema: Any) -> bool:
    """Return True only when a value keeps a schema; False when it does not, or may not.

    Args:
        value: A YAML value.
        schema: A draft-07 schema, or a part of one.
    """
    if isinstance(schema, bool):
        return schema
    rules = all(rule in _RULES and _RULES[rule](value, said) for rule, said in schema.items())
    return rules and _has_right_keys(value, schema)


def _has_right_keys(value: Any, schema: Schema) -> bool:
    """Tell whether each key of a map may be there, and its value is right."""
    if not isinstance(value, dict):
        return not isinstance(value, Mapping)
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    patterns = schema.get("patternProperties", ())
    return all(
        surely_fits(inner, known.get(key, others)) and _is_apart(key, patterns)
        for key, inner in value.items()
    )


def _is_apart(key: str, patterns: Iterable[str]) -> bool:
    return not any(type(each) is not str or re.search(each, key) for each in patterns)


def _has_type(value: Any, said: Any) -> bool:
    names = [said] if isinstance(said, str) else said
    return any(
        isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool))
        for name in names
    )


def _is_chosen(value: Any, said: Any) -> bool:
    return isinstance(value, str) and value in (said if isinstance(said, list) else [said])


def _matches(value: Any, said: Any) -> bool:
    # What is more than a text matches patterns elsewhere.
    return type(said) is str and (not isinstance(value, str) or re.search(said, value) is not None)


def _is_long(value: Any, said: Any) -> bool:
    return not isinstance(value, str) or len(value) >= said


def _has_keys(value: Any, said: Any) -> bool:
    return not isinstance(value, dict) or all(key in value for key in said)


def _has_items(value: Any, said: Any) -> bool:
    if not isinstance(value, list):
        return True
    return isinstance(said, Mapping) and all(surely_fits(item, said) for item in value)


def _fits_one(value: Any, said: Any) -> bool:
    return any(surely_fits(value, branch) for branch in said)


def _fits_all(value: Any, said: Any) -> bool:
    return all(surely_fits(value, branch) for branch in said)


def _fits_only_one(value: Any, said: Any) -> bool:
    is_of_keys = isinstance(value, dict) and all(map(_is_of_keys, said))
    return is_of_keys and sum(_has_keys(value, branch["required"]) for branch in said) == 1


def _fits_not(value: Any, said: Any) -> bool:
    is_of_keys = isinstance(value, dict) and _is_of_keys(said)
    return is_of_keys and not _has_keys(value, said["required"])


def _is_of_keys(schema: Any) -> bool:
    """Return True for a rule on nothing but which keys there are."""
    return isinstance(schema, Mapping) and {*schema} - {"deprecated"} == {"required"}


def _says_nothing(_: Any, __: Any) -> bool:
    return True


_RULES: Mapping[str, Callable[[Any, Any], bool]] = {
    "type": _has_type,
    "enum": _is_chosen,
    "const": _is_chosen,
    "pattern": _matches,
    "minLength": _is_long,
    "required": _has_keys,
    "items": _has_items,
    "anyOf": _fits_one,
    "allOf": _fits_all,
    "oneOf": _fits_only_one,
    "not": _fits_not,
    **dict.fromkeys(("properties", "patternProperties", "additionalProperties"), _says_nothing),
    **dict.fromkeys(("title", "description", "examples", "default", "deprecated"), _says_nothing),
    **dict.fromkeys(("enumDescriptions", OTHERWISE, READ_WITH), _says_nothing),
}
