"""The JSON Schemas of the project's YAML files, for people, editors and other tools.

They know the language and leave open what plugins add: options of an action are not closed here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
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
_SCALAR = {"type": ["string", "number", "boolean"]}
_ACTIONS = "actions"


def published_schemas() -> Mapping[str, str]:
    """Return the text of each published schema by its name, without `.schema.json`."""
    schemas = {
        "lhp": _published(ProjectFile, "lhp.yaml"),
        "flowgroup": _flowgroup(),
        "preset": _published(PresetFile, "preset"),
        "template": _published(TemplateFile, "template"),
        "blueprint": _published(BlueprintFile, "blueprint"),
        "instance": _published(InstanceFile, "instance of a blueprint"),
        "substitutions": _substitutions(),
    }
    return {name: f"{json.dumps(schema, indent=2)}\n" for name, schema in schemas.items()}


def _headed(title: str, schema: Schema) -> Schema:
    return {"$schema": _DRAFT, "title": title, **schema}


def _published(model: type[BaseModel], title: str) -> Schema:
    return _headed(title, _with_actions(schema_of(model), is_templated=model is TemplateFile))


def _with_actions(node: Any, *, is_templated: bool) -> Any:
    """Let every `actions` list hold actions instead of any maps."""
    if isinstance(node, list):
        return [_with_actions(item, is_templated=is_templated) for item in node]
    if not isinstance(node, Mapping):
        return node
    item = {"type": "object"} if is_templated else {"$ref": "#/definitions/action"}
    changed = {key: _with_actions(value, is_templated=is_templated) for key, value in node.items()}
    properties = changed.get("properties", {})
    if _ACTIONS in properties:
        properties[_ACTIONS] = {**properties[_ACTIONS], "items": item}
    return changed


def _flowgroup() -> Schema:
    whole = _with_actions(schema_of(FlowGroupKeys), is_templated=False)
    array = _with_actions(schema_of(FlowGroupArray), is_templated=False)
    schema = {
        "type": "object",
        "if": {"required": ["flowgroups"]},
        "then": array,
        "else": whole,
        "definitions": {"action": _action()},
    }
    return _headed("flowgroup", schema)


def _action() -> Schema:
    common = schema_of(ActionKeys)
    return {
        "type": "object",
        "properties": {**common["properties"], "source": {}},
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
        inner = {"type": "object", **selector}
        selector = {"properties": {kind.place: inner}, "required": [kind.place]}
    guard = {"required": ["type"], "properties": {"type": {"const": kind.name}}}
    return {"if": guard, "then": selector}


def _substitutions() -> Schema:
    tokens = {
        "type": "object",
        "description": "Tokens by name: a text, a number, a boolean, a map or a list.",
        "additionalProperties": {"type": [*_SCALAR["type"], "object", "array"]},
    }
    schema = {
        "type": "object",
        "description": "Tokens of one environment; each other key is the block of an environment.",
        "properties": {
            "global": {**tokens, "description": "Tokens of every environment."},
            "secrets": schema_of(SecretsBlock),
            "prefix_suffix_rules": {"type": "object", "description": "Accepted; has no effect."},
        },
        "patternProperties": FREE_KEYS,
        "additionalProperties": tokens,
    }
    return _headed("substitutions", schema)
