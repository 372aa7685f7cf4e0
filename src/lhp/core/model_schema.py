"""Makes a JSON Schema of a pydantic model; those of our own models are made before a release."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from lhp.core.quick_check import Schema
from lhp.core.schema_parts import closed, without_null

_DEPRECATED: Schema = {"deprecated": True}


class _InOrder(GenerateJsonSchema):
    """Leaves keys in the order of the model, those of examples too; knows groups of keys."""

    def model_schema(self, schema: Any) -> Any:
        """Return the schema of a model with the rules on its keys."""
        made = super().model_schema(schema)
        rules = [*_group_rules(schema["cls"])]
        return {**made, "allOf": rules} if rules else made

    def sort(self, value: Any, parent_key: str | None = None) -> Any:  # noqa: ARG002  (as pydantic calls it)
        return value


def made_schema(model: type[BaseModel]) -> Schema:
    """Return the JSON Schema of a model, as `schema_of` does, made anew."""
    raw = model.model_json_schema(by_alias=True, schema_generator=_InOrder)
    schema: dict[str, Any] = _cleaned(raw, raw.get("$defs", {}))
    schema.pop("$defs", None)
    return schema


def _group_rules(model: type[BaseModel]) -> list[Schema]:
    old = {
        key
        for name, field in model.model_fields.items()
        if isinstance(field.json_schema_extra, Mapping)
        and field.json_schema_extra.get("deprecated")
        for key in (field.alias or name,)
    }
    rules: list[Schema] = [
        {rule: [{"required": [key], **(_DEPRECATED if key in old else {})} for key in group]}
        for rule, groups in (("oneOf", "exactly_one"), ("anyOf", "at_least_one"))
        for group in getattr(model, groups, ())
    ]
    for group in getattr(model, "at_most_one", ()):
        rules += [{"not": {"required": list(pair)}} for pair in combinations(group, 2)]
    return rules


def _cleaned(node: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_cleaned(item, definitions) for item in node]
    if not isinstance(node, Mapping):
        return node
    data = {key: node[key] for key in ("default", "examples") if key in node}
    node = {key: value for key, value in node.items() if key not in data}
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        beside = {key: node[key] for key in node if key != "$ref"}
        return _cleaned({**definitions[name], **beside, **data}, definitions)
    cleaned = {
        key: {name: _cleaned(item, definitions) for name, item in value.items()}
        if key == "properties"
        else _cleaned(value, definitions)
        for key, value in node.items()
        if key not in ("title", "$defs")
    }
    return closed(without_null({**cleaned, **data}))
