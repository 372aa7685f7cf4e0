"""One key chooses which others there are: the form of that which editors handle best.

    properties: {type: <the choices>}
    if: {type is given}  then: allOf: [{if: {type is kafka}  then: {kafka's keys, closed}}, ...]
                         else: {skeletons}

The guards have both `const`, so that an empty value fits none, and `pattern`, because a language
server that completes takes a beginning of a `const` for the whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from lhp.core.as_written import FINAL, REFERENCE, Dialect
from lhp.core.option_schema import Schema
from lhp.core.schema_parts import FREE_KEYS
from lhp.values import frozen

_YAML_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


@frozen
class Choice:
    """One value of the key that chooses.

    Args:
        name: The value.
        meaning: What it stands for, in a line.
        rule: What holds when it is chosen.
        skeleton: What to offer before anything is chosen; empty for nothing.
    """

    name: str
    meaning: str
    rule: Schema
    skeleton: Mapping[str, Any]


@frozen
class Selector:
    """The key that chooses.

    Args:
        key: Its name.
        meaning: What it says, in a line.
        is_closed: False when other values are fine, too.
        dialect: What may stand in its place.
    """

    key: str
    meaning: str
    is_closed: bool = True
    dialect: Dialect = FINAL

    def schema(self, choices: Sequence[Choice]) -> Schema:
        """Return the schema of its value."""
        about = {"description": self.meaning}
        if not choices:
            return {"type": "string", **about}
        listed = {
            "enum": [choice.name for choice in choices],
            "enumDescriptions": [choice.meaning for choice in choices],
        }
        if not self.is_closed:
            return {"anyOf": [listed, {"type": "string"}], **about}
        if self.dialect.pattern:
            return {"anyOf": [listed, {"$ref": f"{REFERENCE}token"}], **about}
        return {**listed, **about}


def chosen(title: str, selector: Selector, choices: Sequence[Choice], base: Schema) -> Schema:
    """Return the schema of a map in which one key chooses the others.

    Args:
        title: What editors call the map.
        selector: The key that chooses.
        choices: Its values.
        base: What holds whatever is chosen: `properties` and `required`.
    """
    skeletons = [
        {"label": choice.name, "description": choice.meaning, "body": choice.skeleton}
        for choice in choices
        if choice.skeleton
    ]
    offered = {"title": title, "type": "object", "defaultSnippets": skeletons}
    return {
        "title": title,
        "type": "object",
        **base,
        "properties": {selector.key: selector.schema(choices), **base.get("properties", {})},
        "if": {"type": "object", "required": [selector.key]},
        "then": {"allOf": [_branch(selector.key, choice) for choice in choices]} if choices else {},
        **({"else": offered} if skeletons else {}),
    }


def exactly(text: str) -> Schema:
    """Return a schema that takes one text, not one that it begins with."""
    return {"const": text, "pattern": f"^{re.escape(text)}$"}


def _branch(key: str, choice: Choice) -> Schema:
    guard = {"properties": {key: exactly(choice.name)}}
    return {"if": guard, "then": {"title": choice.name, **choice.rule}}


def closed(properties: Mapping[str, Any], required: Sequence[str] = ()) -> Schema:
    """Return the rule of a map that has these keys, those of the user (`x-...`), and no others.

    Args:
        properties: By key; True for one that is said elsewhere.
        required: Keys that must be given.
    """
    rule = {"properties": properties, "additionalProperties": False, "patternProperties": FREE_KEYS}
    return {**rule, "required": [*required]} if required else rule


def skeleton(schema: Schema, places: Iterator[int] | None = None) -> dict[str, Any]:
    """Return a snippet's body with the keys that must be given, each a place to type in.

    Args:
        schema: Of a map; its values have their own.
        places: Numbers of the places that are free; None begins with 1.
    """
    places = places or count(1)
    known = schema.get("properties", {})
    return {key: _place(known.get(key, {}), places) for key in schema.get("required", ())}


def _place(schema: Any, places: Iterator[int]) -> Any:
    option = schema if isinstance(schema, Mapping) else {}
    if option.get("type") == "object" and option.get("required"):
        return skeleton(option, places)
    number = next(places)
    if "enum" in option:
        return f"${{{number}|{','.join(map(_choice_text, option['enum']))}|}}"
    return [f"${number}"] if option.get("type") == "array" else f"${number}"


def _choice_text(value: Any) -> str:
    """Return a value as YAML has it, escaped for a snippet."""
    # Every text in quotes of JSON is YAML; most need none.
    is_plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w./-]*", value)
    text = value if is_plain and value.lower() not in _YAML_WORDS else json.dumps(value)
    return re.sub(r"([\\,|$}])", r"\\\1", text)
