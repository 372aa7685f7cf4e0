"""Each key of the language and of each plugin of ours says what it means, with an example."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from lhp.core.manifest import Origin
from lhp.core.option_schema import Schema, schema_of, supported_options
from lhp.core.plugin_config import settings_schema
from lhp.core.plugin_manager import PluginManager
from lhp.model import data_files, files, pipeline_config
from lhp.model.shape import Shape

ROOT = Path(__file__).parent.parent.parent
PROJECTS = (ROOT / "sample_project", ROOT / "src/lhp/builtin/commands/init_project")
MODELS = [
    value
    for module in (files, data_files, pipeline_config)
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, Shape) and value is not Shape
]


def schemas_of_plugins() -> Iterator[tuple[str, Schema]]:
    """Yield what the built-in plugins accept, and those of the projects that show how it is done."""
    for root in (None, *PROJECTS):
        manager = PluginManager(root)
        for item in manager.manifests:
            is_ours = (item.origin is Origin.BUILTIN) is (root is None)
            if is_ours and item.plugin_type.kind:
                generator = manager.handle(item).load()
                name = f"{root.name if root else 'lhp'}: {item.qualified_name}"
                yield name, supported_options(generator)
                yield f"{name}, config", settings_schema(generator) or {}


SCHEMAS = {**{model.__name__: schema_of(model) for model in MODELS}, **dict(schemas_of_plugins())}


def keys_of(schema: Any, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield each key that a schema names, at any depth, with the schema of its value."""
    if not isinstance(schema, Mapping):
        return
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}{name}", inner
        yield from keys_of(inner, f"{path}{name}.")
    for inner in (schema.get("items"), schema.get("additionalProperties"), *branches_of(schema)):
        yield from keys_of(inner, path)


def choices_of(schema: Any) -> Iterator[Schema]:
    """Yield each choice that a value may be or hold."""
    if isinstance(schema, Mapping):
        if "enum" in schema or "const" in schema:
            yield schema
        for inner in (
            schema.get("items"),
            schema.get("additionalProperties"),
            *branches_of(schema),
        ):
            yield from choices_of(inner)


def branches_of(schema: Schema) -> list[Any]:
    return [*schema.get("anyOf", ()), *schema.get("oneOf", ())]


def says_its_values(schema: Schema) -> bool:
    return "enum" in schema or "const" in schema or schema.get("type") == "boolean"


def test_models_and_plugins_are_found() -> None:
    names = " ".join(SCHEMAS)
    assert {"ActionKeys", "ProjectFile", "PipelineConfig"} <= SCHEMAS.keys()
    for part in (
        "lhp: load_generator:",
        "lhp: write_generator:",
        *(each.name for each in PROJECTS),
    ):
        assert part in names
    assert sum(1 for schema in SCHEMAS.values() for _ in keys_of(schema)) > 300


@pytest.mark.parametrize("owner", SCHEMAS)
def test_every_key_is_described_in_a_sentence(owner: str) -> None:
    for key, schema in keys_of(SCHEMAS[owner]):
        text = schema.get("description", "")
        assert text.strip(), key
        assert text.endswith("."), (key, text)


@pytest.mark.parametrize("owner", SCHEMAS)
def test_every_key_has_examples_and_accepts_them(owner: str) -> None:
    for key, schema in keys_of(SCHEMAS[owner]):
        examples = schema.get("examples", [])
        assert examples or says_its_values(schema), key
        for example in examples:
            assert json.loads(json.dumps(example)) == example, key
            found = Draft7Validator(schema).iter_errors(example)
            assert [error.message for error in found] == [], key


@pytest.mark.parametrize("owner", SCHEMAS)
def test_every_choice_has_a_meaning(owner: str) -> None:
    for key, schema in keys_of(SCHEMAS[owner]):
        for choice in choices_of(schema):
            meanings = choice.get("enumDescriptions", [])
            assert len(meanings) == len(choice.get("enum", ["const"])), key
            assert all(text.strip().endswith(".") for text in meanings), key


def test_a_model_knows_its_keys_as_users_write_them() -> None:
    assert files.PluginDeclaration.known_keys()[:4] == ("name", "type", "module", "class")
