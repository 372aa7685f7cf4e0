"""What a file may hold while its tokens and expressions still stand in it.

A schema says what a value is in the end. As it is written, a number may be a token, a list an
expression of a template, and an optional key may have nothing behind it. The common cases are
definitions, so that a schema for an editor stays small.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from lhp.core.option_schema import Schema, expected_types, type_words
from lhp.values import frozen

TOKEN, NOTHING = "a token", "no value"
"""Titles of what stands in the place of a value; with a blank, so that no key has them."""

DEFINITIONS = "$defs"
REFERENCE = f"#/{DEFINITIONS}/"
_CHOICE = frozenset({"enum", "const"})
_WORDS = "^([Yy][Ee][Ss]|[Nn][Oo]|[Oo][Nn]|[Oo][Ff][Ff])$"
_NOT_TEXT = ["boolean", "number", "array", "object"]
_COMMON: Mapping[str, Schema] = {
    "text": {"type": "string"},
    "int": {"type": "integer"},
    "number": {"type": "number"},
    "flag": {"type": "boolean"},
    "texts": {"type": "array", "items": {"type": "string"}},
    "map": {"type": "object"},
}
_ABOUT = ("description", "default", "examples", "doNotSuggest")


@frozen
class Dialect:
    """What may stand in the place of a value.

    Args:
        prefix: Of the names of its definitions.
        pattern: Of the texts that become a value later; empty when there are none.
        inside: Of the texts that become another text later.
        has_rules: False where rules on which keys go together can't be judged yet.
    """

    prefix: str = ""
    pattern: str = ""
    inside: str = ""
    has_rules: bool = True


_BRACES = r"[$%]\{[^{}]*\}|\{\w+\}"
_WHOLE = rf"^({_BRACES})$"
FINAL = Dialect("final_")
TOKENS = Dialect("", _WHOLE, _BRACES)
TEMPLATE = Dialect("", rf"{_WHOLE}|\{{\{{|\{{%", rf"{_BRACES}|\{{\{{|\{{%", has_rules=False)


def definitions(dialect: Dialect) -> Mapping[str, Schema]:
    """Return the definitions that `as_written` refers to, by name."""
    common = {
        _common_name(name, is_optional=is_optional): _written(schema, dialect, is_optional)
        for name, schema in _COMMON.items()
        for is_optional in (False, True)
    }
    named = {**_substitutes(dialect), **common}
    return {f"{dialect.prefix}{name}": schema for name, schema in named.items()}


def as_written(
    schema: Schema, dialect: Dialect, *, name: str = "", is_optional: bool = False
) -> Schema:
    """Return a schema that takes what lhp takes before it has worked the file in.

    Args:
        schema: What the value is in the end; not changed.
        dialect: What may stand in its place.
        name: The key that it stands under, which a map with known keys is called by.
        is_optional: True when nothing at all may stand there.
    """
    about = {key: schema[key] for key in _ABOUT if key in schema}
    rule = {key: value for key, value in schema.items() if key not in about}
    common = _common_names(dialect).get(_key(rule, is_optional=is_optional))
    # A language server forgets `doNotSuggest` beside a reference.
    if common and "doNotSuggest" not in about:
        return {**_ref(dialect, common), **about}
    return {**_written(rule, dialect, is_optional, name), **about}


def map_as_written(schema: Schema, dialect: Dialect) -> dict[str, Any]:
    """Return the schema of a map whose values are as written; no token stands for the map itself.

    Args:
        schema: What the map is in the end; not changed.
        dialect: What may stand in the place of its values.
    """
    required = schema.get("required", ())
    written: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            written[key] = {
                name: as_written(each, dialect, name=name, is_optional=name not in required)
                for name, each in value.items()
            }
        elif key == "oneOf" and any(map(_holds_values, value)):
            # What stands for a value in one stands for that in the others, too.
            written["anyOf"] = _inner(key, value, dialect)
        elif key != "allOf" or dialect.has_rules:
            written[key] = _inner(key, value, dialect)
    return written


def whole_as_written(schema: Schema, dialect: Dialect) -> Schema:
    """Return the schema of a map as `map_as_written` does, with the definitions that it needs."""
    return {**map_as_written(schema, dialect), DEFINITIONS: definitions(dialect)}


def _written(rule: Schema, dialect: Dialect, is_optional: bool, name: str = "") -> Schema:  # noqa: FBT001  (of the inside)
    inside: Schema = map_as_written(rule, dialect)
    substitute = _substitute_for(rule, dialect, is_optional=is_optional)
    if not substitute:
        return inside
    is_union = inside.keys() == {"anyOf"}
    branches = inside["anyOf"] if is_union else [inside]
    meant = next(iter(rule.values())) if is_union else [rule]
    titled = (_titled(*each, name) for each in zip(branches, meant, strict=True))
    return {"anyOf": [*titled, _ref(dialect, substitute)]}


def _titled(branch: Schema, meant: Schema, name: str) -> Schema:
    if "$ref" in branch or "title" in branch:
        return branch
    title = name if meant.get("properties") and name else type_words(meant)
    return {"title": "choice" if _CHOICE & meant.keys() else title, **branch}


def _inner(key: str, value: Any, dialect: Dialect) -> Any:
    if key in ("items", "additionalProperties") and isinstance(value, Mapping):
        return as_written(value, dialect)
    if key == "patternProperties":
        return {name: as_written(each, dialect) for name, each in value.items()}
    if key in ("anyOf", "oneOf"):
        return [map_as_written(each, dialect) for each in value]
    if key == "allOf":
        return [_rule_as_written(each, dialect) for each in value]
    return value


def _rule_as_written(rule: Schema, dialect: Dialect) -> Schema:
    return {
        key: map_as_written(value, dialect)
        if key == "then"
        else _rule_as_written(value, dialect)
        if key == "else"
        else value
        for key, value in rule.items()
    }


def _substitute_for(rule: Schema, dialect: Dialect, *, is_optional: bool) -> str:
    """Return the name of what is taken in the place of a value; empty when nothing is."""
    branches = [*_branches(rule)]
    types = frozenset[str]().union(*map(_types, branches))
    if not types - {"null"}:
        return ""
    words = []
    if not any(map(_takes_any_text, branches)):
        is_text = any("string" in _types(branch) for branch in branches)
        words += ["word"] if "boolean" in types else []
        words += [("part" if is_text else "token")] if dialect.pattern else []
    return "_or_".join([*words, *(["nothing"] if is_optional and "null" not in types else [])])


def _branches(rule: Schema) -> Iterator[Schema]:
    """Yield the schemas of which one has to fit, at any depth."""
    inner = [*rule.get("anyOf", ()), *rule.get("oneOf", ())]
    for branch in inner:
        yield from _branches(branch)
    if not inner:
        yield rule


def _types(branch: Schema) -> frozenset[str]:
    return expected_types(branch) or frozenset({"string"} if "const" in branch else ())


def _holds_values(schema: Schema) -> bool:
    return bool(_types(schema) & {"array", "object"})


def _takes_any_text(schema: Schema) -> bool:
    return "string" in _types(schema) and not (_CHOICE | {"pattern"}) & schema.keys()


@lru_cache(maxsize=8)
def _substitutes(dialect: Dialect) -> Mapping[str, Schema]:
    tokens = {"token": dialect.pattern, "part": dialect.inside} if dialect.pattern else {}
    both = {f"word_or_{name}": f"{_WORDS}|{pattern}" for name, pattern in tokens.items()}
    texts = {"word": _WORDS, **tokens, **both}
    return {
        # Not a type of its own: an editor would offer `null` as a value.
        "nothing": {"title": NOTHING, "not": {"type": ["string", *_NOT_TEXT]}},
        **{
            name: {"title": TOKEN, "type": "string", "pattern": pattern}
            for name, pattern in texts.items()
        },
        **{
            f"{name}_or_nothing": {"title": TOKEN, "pattern": pattern, "not": {"type": _NOT_TEXT}}
            for name, pattern in texts.items()
        },
    }


@lru_cache(maxsize=8)
def _common_names(dialect: Dialect) -> Mapping[str, str]:
    """Return the names of common definitions by what they stand for; plain ones need none."""
    return {
        _key(schema, is_optional=is_optional): _common_name(name, is_optional=is_optional)
        for name, schema in _COMMON.items()
        for is_optional in (False, True)
        if _substitute_for(schema, dialect, is_optional=is_optional)
    }


def _common_name(name: str, *, is_optional: bool) -> str:
    return name if is_optional else f"given_{name}"


def _key(rule: Schema, *, is_optional: bool) -> str:
    return f"{is_optional} {json.dumps(rule, sort_keys=True, default=str)}"


def _ref(dialect: Dialect, name: str) -> dict[str, Any]:
    return {"$ref": f"{REFERENCE}{dialect.prefix}{name}"}
