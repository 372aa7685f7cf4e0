"""The JSON Schemas of the project's YAML files, for people, editors and other tools.

They know the language and leave open what plugins add: options of an action are not closed here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from lhp.core.option_schema import FREE_KEYS, Schema, schema_of
from lhp.model.files import (
    ActionKeys,
    BlueprintFile,
    FlowGroupArray,
    FlowGroupKeys,
    InstanceFile,
    PresetFile,
    ProjectFile,
    SecretsBlock,
    TemplateFile,
)
from lhp.model.flowgroup import KINDS, Kind

_DRAFT = "http://json-schema.org/draft-07/schema#"
_SCALAR = ("string", "number", "boolean")
_PLAIN = (*_SCALAR, "integer")
_TEXT = {"type": "string"}
_ACTIONS = "actions"
_ACTION_REF = {"$ref": "#/definitions/action"}
_WORDS = {"type": "string", "pattern": "^([Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)$"}
_TOKEN = {"type": "string", "pattern": r"[$%]\{.+\}"}
_NULL = {"type": "null"}


def published_schemas() -> Mapping[str, str]:
    """Return the text of each published schema by its name, without `.schema.json`."""
    schemas = {
        "lhp": _published(ProjectFile, "lhp.yaml"),
        "flowgroup": _flowgroup(),
        "preset": _published(PresetFile, "preset"),
        "template": _published(TemplateFile, "template"),
        "blueprint": _with_definition(_published(BlueprintFile, "blueprint")),
        "instance": _published(InstanceFile, "instance of a blueprint"),
        "substitutions": _substitutions(),
    }
    return {name: f"{json.dumps(schema, indent=2)}\n" for name, schema in schemas.items()}


def for_editors(schema: Schema, *, has_tokens: bool = False) -> Schema:
    """Return a schema that takes what lhp takes while the file is still as it was written.

    An optional key may be empty, and `yes`, `no`, `on` and `off` are booleans.

    Args:
        schema: What the values are in the end; not changed.
        has_tokens: True where a token may stand for a boolean, a number or a choice.
    """
    changed = {key: _inner(key, value, has_tokens=has_tokens) for key, value in schema.items()}
    required = schema.get("required", ())
    if "properties" in changed:
        changed["properties"] = {
            key: inner if key in required else _or_null(inner)
            for key, inner in changed["properties"].items()
        }
    texts = _texts_for(schema, has_tokens=has_tokens)
    return _widened(changed, texts) if texts else changed


def _inner(key: str, value: Any, *, has_tokens: bool) -> Any:
    if key in ("items", "additionalProperties") and isinstance(value, Mapping):
        return for_editors(value, has_tokens=has_tokens)
    if key == "properties":
        return {name: for_editors(each, has_tokens=has_tokens) for name, each in value.items()}
    if key in ("anyOf", "oneOf"):
        # A text that is taken anyway needs no words.
        kept = [each for each in value if _TEXT in value and each.get("type") in _PLAIN]
        return [
            each if each in kept else for_editors(each, has_tokens=has_tokens) for each in value
        ]
    return value


def _texts_for(schema: Schema, *, has_tokens: bool) -> list[Schema]:
    is_boolean = schema.get("type") == "boolean"
    is_narrow = is_boolean or schema.get("type") in ("integer", "number") or "enum" in schema
    return [*([_WORDS] if is_boolean else []), *([_TOKEN] if is_narrow and has_tokens else [])]


def _widened(schema: Schema, others: Sequence[Schema]) -> Schema:
    about = {key: schema[key] for key in ("description", "default") if key in schema}
    rule = {key: value for key, value in schema.items() if key not in about}
    branches = rule["anyOf"] if rule.keys() == {"anyOf"} else [rule]
    return {"anyOf": [*branches, *others], **about}


def _or_null(schema: Schema) -> Schema:
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return _widened(schema, [_NULL]) if {"anyOf", "type"} & schema.keys() else schema


def _headed(title: str, schema: Schema) -> Schema:
    return {"$schema": _DRAFT, "title": title, **schema}


def _published(model: type[BaseModel], title: str) -> Schema:
    return _headed(
        title, _form(model, {"type": "object"} if model is TemplateFile else _ACTION_REF)
    )


def _form(model: type[BaseModel], action: Schema = _ACTION_REF) -> Schema:
    form: Schema = _with_actions(for_editors(schema_of(model)), action)
    return form


def _with_actions(node: Any, action: Schema) -> Any:
    """Let every `actions` list hold actions instead of any maps."""
    if isinstance(node, list):
        return [_with_actions(item, action) for item in node]
    if not isinstance(node, Mapping):
        return node
    changed = {key: _with_actions(value, action) for key, value in node.items()}
    properties = changed.get("properties", {})
    if _ACTIONS in properties:
        properties[_ACTIONS] = {**properties[_ACTIONS], "items": action}
    return changed


def _flowgroup() -> Schema:
    # One form is chosen before it is checked, so that a mistake is told once.
    schema = {
        "if": {"required": ["use_blueprint"]},
        "then": _form(InstanceFile),
        "else": {
            "if": {"required": ["flowgroups"]},
            "then": _form(FlowGroupArray),
            "else": _form(FlowGroupKeys),
        },
    }
    return _headed("flowgroup", _with_definition(schema))


def _with_definition(schema: Schema) -> Schema:
    return {**schema, "definitions": {"action": _action()}}


def _action() -> Schema:
    common = for_editors(schema_of(ActionKeys), has_tokens=True)
    source = {"description": "What the action reads: a view, several, or a place outside."}
    return {
        "type": "object",
        "properties": {**common["properties"], "source": source},
        "required": common["required"],
        "allOf": [_of_kind(kind) for kind in KINDS.values()],
    }


def _of_kind(kind: Kind) -> Schema:
    selector: dict[str, Any] = {
        "properties": {
            kind.selector: {"type": "string", "description": f"Sub-type of the {kind.name}."}
        },
        "required": [kind.selector],
    }
    if kind.place:
        about = f"Sub-type of the {kind.name} and its options."
        inner = {"type": "object", "description": about, **selector}
        selector = {"properties": {kind.place: inner}, "required": [kind.place]}
    guard = {"required": ["type"], "properties": {"type": {"const": kind.name}}}
    return {"if": guard, "then": selector}


def _substitutions() -> Schema:
    tokens = {
        "type": "object",
        "description": "Tokens by name: a text, a number, a boolean, a map or a list.",
        "additionalProperties": {"type": [*_SCALAR, "object", "array"]},
    }
    schema = {
        "type": "object",
        "description": "Tokens of one environment; each other key is the block of an environment.",
        "properties": {
            "global": {**tokens, "description": "Tokens of every environment."},
            "secrets": for_editors(schema_of(SecretsBlock)),
            "prefix_suffix_rules": {"type": "object", "description": "Accepted; has no effect."},
        },
        "patternProperties": FREE_KEYS,
        "additionalProperties": tokens,
    }
    return _headed("substitutions", schema)
