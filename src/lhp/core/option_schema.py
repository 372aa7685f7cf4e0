"""Three ways to say what is accepted -> one JSON Schema.

A pydantic model, a JSON Schema object and the short form all become a draft-07 object schema. From
it come validation, defaults, listings and the editor's schemas: `shape_check` validates by it,
`defaults` reads by it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from pydantic import BaseModel

from lhp.core.quick_check import Same
from lhp.core.schema_parts import TYPE_WORDS, bad_schema, closed, without_null
from lhp.core.shapes import is_ours, kept_shape, shape
from lhp.model.flowgroup import KINDS
from lhp.model.keywords import INSTEAD_OF

Schema = Mapping[str, Any]

NOT_EMPTY: dict[str, Any] = {"minLength": 1}
"""Of a text field. Not the model's own `min_length`, which refuses lone surrogates besides."""

MAKES_VIEW = ("load", "transform")
_SOURCE = [{"type": "string"}, {"type": "object"}]
_ONE: Schema = {
    "anyOf": _SOURCE,
    "description": "View that the action reads, or a table by `catalog`, `schema` and `table`.",
    "examples": ["v_orders"],
}
_MANY: Schema = {
    "anyOf": [*_SOURCE, {"type": "array", "items": {"anyOf": _SOURCE}}],
    "description": "Views that the action reads: one, or a list of them.",
    "examples": ["v_orders"],
}
SOURCES: Mapping[str, Schema] = {"one": _ONE, "many": _MANY, "any": _MANY}
"""What `source` of a transform, write or test may be, by the generator's `source_count`."""

SOURCE_COUNTS = tuple(SOURCES)
_DEPRECATED: Schema = {"deprecated": True}
_NEEDS = frozenset({"required", "deprecated"})
_CHOICE = frozenset({"enum", "const"})


@cache
def schema_of(model: type[BaseModel]) -> Schema:
    """Return the JSON Schema of a pydantic model; treat it as read-only.

    Args:
        model: A `Shape`, or any model; its groups become rules on which keys go together.
    """
    kept = kept_shape(model)
    if kept is not None:
        return kept
    from lhp.core.model_schema import made_schema

    return made_schema(model)


@cache
def supported_options(generator: Any) -> Schema:
    """Return the one JSON Schema of what a generator class accepts; treat it as read-only.

    Args:
        generator: A subclass of `BaseActionGenerator`.

    Raises:
        ValueError: When what it declares is not a schema of options, with the reason.
    """
    declared = generator.get_supported_options()
    if not isinstance(declared, Mapping):
        message = f"get_supported_options() gave {type(declared).__name__}, not a mapping"
        raise ValueError(message)  # noqa: TRY004  (one way to say that a declaration is wrong)
    return normalised(declared, is_ours=is_ours(generator))


def normalised(declared: Mapping[str, Any], *, is_ours: bool = False) -> Schema:
    """Return a declaration of options as a JSON Schema object.

    Args:
        declared: A JSON Schema object, or the short form.
        is_ours: True for one of lhp itself, which the tests have checked.

    Raises:
        ValueError: When it is neither, with the place and the reason.
    """
    schema = copy.deepcopy(dict(declared))
    schema = {"type": "object", **schema} if is_object_schema(schema) else _from_short_form(schema)
    schema.setdefault("properties", {})
    schema.setdefault("additionalProperties", False)
    if not is_ours:
        from lhp.core.schema_faults import expect_schema

        expect_schema(schema)
    schema["properties"] = {
        name: without_null(option) for name, option in schema["properties"].items()
    }
    if not is_ours:
        from lhp.core.schema_faults import expect_defaults

        expect_defaults(schema)
    return closed(schema)


def is_object_schema(declared: Mapping[str, Any]) -> bool:
    """Return True for a JSON Schema object, False for the short form."""
    properties = declared.get("properties")
    if isinstance(properties, Mapping) and properties:
        return all(isinstance(option, Mapping) for option in properties.values())
    return declared.get("type") == "object" or isinstance(declared.get("$schema"), str)


def _from_short_form(declared: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for name, option in declared.items():
        if not isinstance(option, Mapping):
            raise bad_schema((name,), "an option is a mapping with a `type`")
        is_required = option.get("required", False)
        if isinstance(is_required, bool):
            required += [name] if is_required else []
        properties[str(name)] = {
            key: value
            for key, value in option.items()
            if key != "required" or not isinstance(is_required, bool)
        }
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {**schema, "required": required} if required else schema


@cache
def reserved_keys(kind: str) -> frozenset[str]:
    """Return the keys that stand beside the options of a kind, so that no option may have them."""
    selector = {KINDS[kind].selector}
    if KINDS[kind].place:
        return frozenset(selector | {"readMode"})
    return frozenset(selector | {"source", *shape("ActionKeys")["properties"]})


@cache
def action_schema(kind: str, generator: Any) -> Schema:
    """Return the schema of a whole action: the common keys and the generator's own.

    Args:
        kind: load, transform, write or test.
        generator: A subclass of `BaseActionGenerator`.
    """
    return action_schema_of(kind, supported_options(generator), generator.source_count)


def action_schema_of(kind: str, options: Schema, source_count: str) -> Schema:
    """Return the schema of a whole action whose generator is not at hand.

    Args:
        kind: load, transform, write or test.
        options: Schema of the generator's options.
        source_count: What `source` is: `one`, `many` or `any`.
    """
    place, selector = KINDS[kind].place, KINDS[kind].selector
    common = shape("ActionKeys")
    options = {key: each for key, each in options.items() if key != "examples"}  # of options alone
    chosen: dict[str, Any] = {selector: {"type": "string"}}
    required = ["name", "type", *(["target"] if kind in MAKES_VIEW else [])]
    properties = {**common["properties"], "source": SOURCES[source_count]}
    if source_count != "any" and place != "source":
        required.append("source")
    if not place:
        required += [selector, *options.get("required", ())]
        merged = {**options, "properties": {**properties, **chosen, **options["properties"]}}
        return {**merged, "required": required}
    read_mode = {"readMode": properties["readMode"]} if kind == "load" else {}
    inner = {**options, "properties": {**chosen, **read_mode, **options["properties"]}}
    inner["required"] = [selector, *options.get("required", ())]
    properties[place] = inner
    return {**common, "properties": properties, "required": [*required, place]}


def alternatives(schema: Schema) -> Sequence[tuple[str, ...]]:
    """Return the groups of keys of which a value gives one, or of which one alone counts."""
    return _alternatives(Same(schema))


@lru_cache(maxsize=256)
def _alternatives(same: Same) -> Sequence[tuple[str, ...]]:
    return tuple(_groups(same.schema))


def _groups(schema: Schema) -> Iterator[tuple[str, ...]]:
    for name, option in schema.get("properties", {}).items():
        if INSTEAD_OF in option:
            yield name, option[INSTEAD_OF]
    for rule in (schema, *schema.get("allOf", ())):
        keys = [each["required"] for each in rule.get("oneOf", ()) if {*each} <= _NEEDS]
        yield tuple(key for each in keys if len(each) == 1 for key in each)
        if {*rule.get("not", ())} == {"required"}:
            yield tuple(rule["not"]["required"])


def defaults_schema(kind: str, whole: Schema) -> Schema:
    """Return the schema of what a preset may give for a sub-type; nothing of it must be given.

    Args:
        kind: load, transform, write or test.
        whole: Schema of a whole action of that sub-type.
    """
    place, selector = KINDS[kind].place, KINDS[kind].selector
    held = whole["properties"][place] if place else whole
    fixed = {selector, "name", "type"}
    part = _part_of(held)
    own = {key: each for key, each in part["properties"].items() if key not in fixed}
    suffixes = shape("PresetSuffixes")["properties"] if place else {}
    return {**part, "properties": {**own, **suffixes}}


def _part_of(schema: Schema) -> Schema:
    """Return the schema of a part of what a schema takes: maps may lack keys, at any depth."""
    part = {key: each for key, each in schema.items() if key not in ("required", "allOf")}
    if "properties" in part:
        part["properties"] = {key: _part_of(each) for key, each in part["properties"].items()}
    if "anyOf" in part:
        part["anyOf"] = [_part_of(each) for each in part["anyOf"]]
    return part


def options_fault(kind: str, generator: Any) -> str:
    """Return why a generator's options can't be used; empty when they can.

    Args:
        kind: The kind of action that it generates.
        generator: A subclass of `BaseActionGenerator`.
    """
    try:
        schema = supported_options(generator)
    except ValueError as error:
        return str(error)
    taken = sorted(reserved_keys(kind).intersection(schema["properties"]))
    return f"an option can't be called {', '.join(taken)}: the action has that key" if taken else ""


def expected_types(schema: Schema) -> frozenset[str]:
    """Return the JSON types that a schema accepts; empty when it takes any."""
    types: set[str] = set()
    for branch in (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        declared = branch.get("type", ()) if isinstance(branch, Mapping) else ()
        types.update([declared] if isinstance(declared, str) else declared)
    if not types and "enum" in schema:
        return frozenset({"string"})
    return frozenset(types)


def type_words(schema: Schema, mark: str = "") -> str:
    """Return the type of an option as people say it: `text`, `list of text`, `one of a, b`.

    Args:
        schema: Of the option.
        mark: What stands around each choice, such as a backtick.
    """
    if _CHOICE & schema.keys():
        choices = schema.get("enum", [schema.get("const")])
        shown = ", ".join(f"{mark}{choice}{mark}" for choice in choices)
        return f"one of {shown}" if "enum" in schema else shown
    if "anyOf" in schema:
        named = dict.fromkeys(type_words(each, mark) for each in schema["anyOf"])
        if "number" in named:
            named.pop("whole number", None)
        return " or ".join(named)
    words = [TYPE_WORDS[name] for name in TYPE_WORDS if name in expected_types(schema)]
    items = schema.get("items")
    if words == ["list"] and isinstance(items, Mapping) and items:
        return f"list of {type_words(items, mark)}"
    return " or ".join(words) or "anything"
