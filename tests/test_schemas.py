"""The published schemas are what the models say, are valid themselves, and fit the sample."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

import lhp.builtin
import lhp.model
from lhp.core.manifest import Origin
from lhp.core.model_schema import made_schema
from lhp.core.option_schema import normalised, schema_of, supported_options
from lhp.core.plugin_manager import PluginManager
from lhp.core.schema_files import schema_folder, schema_text
from lhp.core.shapes import BUILTIN, SHAPES, builtin_plugins, is_ours, shapes
from lhp.editor.kinds import KINDS_OF_FILES
from lhp.editor.known import KnownPlugins
from lhp.editor.store import published_texts
from lhp.model.shape import Shape
from lhp.text.yaml_reader import read_yaml

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "sample_project"
NAMES = [*KINDS_OF_FILES, "supported-options"]
FOLDERS = {"pipelines": "flowgroup", "presets": "preset", "templates": "template"}


def sample_files() -> Iterator[tuple[str, Path]]:
    yield "lhp", SAMPLE / "lhp.yaml"
    for folder, name in {**FOLDERS, "substitutions": "substitutions"}.items():
        for file in sorted((SAMPLE / folder).rglob("*.yaml")):
            yield name, file


def test_the_shapes_that_are_kept_as_data_are_what_the_models_say(*, regen: bool) -> None:
    for package in (lhp.model, lhp.builtin):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "init_project" not in module.name:
                importlib.import_module(module.name)
    models = {f"{model.__module__}.{model.__qualname__}": model for model in _own(Shape)}
    lines = (
        f"{json.dumps(name)}: {json.dumps(made_schema(models[name]))}" for name in sorted(models)
    )
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    if regen:
        SHAPES.write_text(text, encoding="utf-8", newline="\n")
        for kept in (shapes, schema_of, supported_options):
            kept.cache_clear()
    assert SHAPES.read_text(encoding="utf-8") == text, "stale: run `make schemas`"


def test_what_is_kept_of_the_built_in_plugins_is_what_they_say(*, regen: bool) -> None:
    manager = PluginManager()
    known = KnownPlugins(manager)
    ours = (each for each in manager.manifests if each.origin is Origin.BUILTIN)
    said = {
        each.qualified_name: {
            **vars(known.asked(each)),
            "summary": manager.resolver.read_summary(each),
        }
        for each in ours
    }
    lines = (f"{json.dumps(name)}: {json.dumps(said[name])}" for name in sorted(said))
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    if regen:
        BUILTIN.write_text(text, encoding="utf-8", newline="\n")
        builtin_plugins.cache_clear()
    assert BUILTIN.read_text(encoding="utf-8") == text, "stale: run `make schemas`"


@pytest.mark.parametrize("name", KINDS_OF_FILES)
def test_a_published_schema_is_what_the_models_say(name: str, *, regen: bool) -> None:
    text = published_texts()[name]
    if regen:
        (schema_folder() / f"{name}.schema.json").write_text(text, encoding="utf-8", newline="\n")
    assert schema_text(name) == text, "stale: run `make schemas`"


def test_each_kind_of_file_has_a_schema() -> None:
    assert tuple(published_texts()) == KINDS_OF_FILES


def _own(model: type[Shape]) -> Iterator[type[Shape]]:
    for inner in model.__subclasses__():
        yield from _own(inner)
    if is_ours(model) and model is not Shape:
        yield model


@pytest.mark.parametrize("name", [*shapes()])
def test_a_shape_that_is_kept_is_a_sound_one(name: str) -> None:
    if shapes()[name].get("additionalProperties") is not None:
        normalised(shapes()[name])
    Draft7Validator.check_schema(shapes()[name])


@pytest.mark.parametrize("name", NAMES)
def test_a_published_schema_is_a_valid_draft_07_schema(name: str) -> None:
    schema = json.loads(schema_text(name))
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(schema)


def test_no_other_file_lies_among_the_schemas() -> None:
    found = {file.name for file in schema_folder().iterdir()}
    assert found == {f"{name}.schema.json" for name in NAMES}


def nodes_of(node: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every map in a schema."""
    if isinstance(node, Mapping):
        yield node
    for inner in (
        node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ()
    ):
        yield from nodes_of(inner)


@pytest.mark.parametrize("name", NAMES)
def test_every_reference_leads_to_a_definition(name: str) -> None:
    schema = json.loads(schema_text(name))
    for node in nodes_of(schema):
        if isinstance(node.get("$ref"), str):
            start, _, definition = node["$ref"].rpartition("/")
            assert start in ("#/$defs", "#/definitions")
            assert definition in schema[start[2:]]


def properties_of(schema: Any) -> Iterator[tuple[str, Any]]:
    """Yield every property that a schema describes, conditions left out."""
    if not isinstance(schema, Mapping):
        return
    named = schema.get("properties", {})
    yield from named.items()
    one = [schema.get(key) for key in ("items", "additionalProperties", "then", "else")]
    several = [schema.get(key, []) for key in ("anyOf", "oneOf", "allOf")]
    named = [schema.get(key, {}) for key in ("properties", "patternProperties", "$defs")]
    inner = [*one, *chain(*several), *chain(*(each.values() for each in named))]
    for each in inner:
        yield from properties_of(each)


def referred(schema: Any, named: Mapping[str, Any]) -> Any:
    """Return what an editor shows of a schema: its own keys over those that it refers to."""
    reference = schema.get("$ref") if isinstance(schema, Mapping) else None
    return {**named.get(reference, {}), **schema} if reference else schema


@pytest.mark.parametrize("name", NAMES)
def test_every_property_is_described(name: str) -> None:
    whole = json.loads(schema_text(name))
    named = {f"#/$defs/{key}": each for key, each in whole.get("$defs", {}).items()}
    found = [(key, referred(each, named)) for key, each in properties_of(whole)]
    assert found
    # A key that one place describes may be named by a rule elsewhere.
    described = {key for key, schema in found if schema is not True and schema.get("description")}
    assert {key for key, _ in found} - described == set()


@pytest.mark.parametrize(("name", "file"), [*sample_files()], ids=lambda item: Path(str(item)).name)
def test_every_file_of_the_sample_project_fits_its_schema(name: str, file: Path) -> None:
    validator = Draft7Validator(json.loads(schema_text(name)))
    for document in read_yaml(file.read_bytes(), file.name):
        assert [error.message for error in validator.iter_errors(document.data)] == []


LOAD = {"name": "a", "type": "load", "target": "v", "source": {"type": "sql", "sql": "SELECT 1"}}
FLOWGROUP = {"pipeline": "p", "flowgroup": "f"}
BLUEPRINT = {"name": "b", "parameters": [{"name": "x"}]}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("blueprint", {**BLUEPRINT, "flowgroups": [{**FLOWGROUP, "actions": [LOAD]}]}),
        ("flowgroup", {**FLOWGROUP, "actions": [{**LOAD, "readMode": "${m}", "once": "%{o}"}]}),
        ("flowgroup", {**FLOWGROUP, "actions": [{**LOAD, "once": "yes", "depends_on": None}]}),
        ("flowgroup", {**FLOWGROUP, "actions": [{**LOAD, "readMode": None}]}),
        ("flowgroup", {**FLOWGROUP, "operational_metadata": "No", "presets": None}),
        ("flowgroup", {"pipeline": "p", "flowgroups": [{"flowgroup": "f", "job_name": None}]}),
        ("flowgroup", {"use_blueprint": "b", "parameters": {"x": 1}}),
        ("lhp", {"include": None, "plugins": None, "description": None, "formatter": None}),
        ("lhp", {"apply_formatting": "off", "plugins": {"enabled": None, "entry_points": "no"}}),
        ("preset", {"name": "p", "defaults": None}),
        ("substitutions", {"secrets": {"default_scope": None}}),
        ("template", {"name": "t", "parameters": [{"name": "x", "required": "yes"}]}),
    ],
)
def test_a_schema_takes_what_lhp_takes(name: str, data: Any) -> None:
    validator = Draft7Validator(json.loads(schema_text(name)))
    assert [error.message for error in validator.iter_errors(data)] == []


@pytest.mark.parametrize(
    "data",
    [
        [],
        {**FLOWGROUP, "acions": []},
        {"flowgroups": [], "flowgroup": "f"},
        {"use_blueprint": "b", "actions": []},
        {"pipeline": "p"},
    ],
)
def test_a_mistake_in_the_form_of_a_flowgroup_file_is_told_once(data: Any) -> None:
    validator = Draft7Validator(json.loads(schema_text("flowgroup")))
    assert len([*validator.iter_errors(data)]) == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("lhp", {"nme": "typo"}),
        ("lhp", {"plugins": {"enabled": [{"name": "x", "type": "loader"}]}}),
        ("lhp", {"plugins": [{"type": "validator"}]}),
        ("flowgroup", {"pipeline": "p"}),
        ("flowgroup", {"pipeline": "p", "flowgroup": "f", "actions": [{"name": "a"}]}),
        ("flowgroup", {"flowgroups": [{"pipeline": "p"}]}),
        (
            "flowgroup",
            {"pipeline": "p", "flowgroup": "f", "actions": [{"name": "a", "type": "load"}]},
        ),
        ("preset", {"name": "p", "default": {}}),
        ("template", {"parameters": []}),
        ("blueprint", {"name": "b"}),
        ("blueprint", {**BLUEPRINT, "flowgroups": [{**FLOWGROUP, "actions": [{"name": "a"}]}]}),
        ("flowgroup", {**FLOWGROUP, "pipeline": None}),
        ("flowgroup", {**FLOWGROUP, "operational_metadata": "maybe"}),
        ("flowgroup", {**FLOWGROUP, "actions": [{**LOAD, "readMode": "streem"}]}),
        ("flowgroup", {**FLOWGROUP, "actions": [{**LOAD, "once": "true"}]}),
        ("lhp", {"apply_formatting": "${x}"}),
        ("instance", {"parameters": {}}),
        ("substitutions", {"dev": 5}),
        ("supported-options", {"type": "object"}),
    ],
)
def test_a_schema_refuses_what_is_wrong(name: str, data: Any) -> None:
    assert not Draft7Validator(json.loads(schema_text(name))).is_valid(data)
