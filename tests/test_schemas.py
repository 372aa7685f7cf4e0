"""The published schemas are what the models say, are valid themselves, and fit the sample."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from lhp.core.published_schemas import published_schemas
from lhp.core.schema_files import schema_folder, schema_text
from lhp.text.yaml_reader import read_yaml

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "sample_project"
NAMES = [*published_schemas(), "supported-options"]
FOLDERS = {"pipelines": "flowgroup", "presets": "preset", "templates": "template"}


def sample_files() -> Iterator[tuple[str, Path]]:
    yield "lhp", SAMPLE / "lhp.yaml"
    for folder, name in {**FOLDERS, "substitutions": "substitutions"}.items():
        for file in sorted((SAMPLE / folder).rglob("*.yaml")):
            yield name, file


@pytest.mark.parametrize("name", [*published_schemas()])
def test_a_published_schema_is_what_the_models_say(name: str, *, regen: bool) -> None:
    text = published_schemas()[name]
    if regen:
        (schema_folder() / f"{name}.schema.json").write_text(text, encoding="utf-8", newline="\n")
    assert schema_text(name) == text, "stale: run `make schemas`"


@pytest.mark.parametrize("name", NAMES)
def test_a_published_schema_is_a_valid_draft_07_schema(name: str) -> None:
    schema = json.loads(schema_text(name))
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(schema)


def test_no_other_file_lies_among_the_schemas() -> None:
    found = {file.name for file in schema_folder().iterdir()}
    assert found == {f"{name}.schema.json" for name in NAMES}


@pytest.mark.parametrize(("name", "file"), [*sample_files()], ids=lambda item: Path(str(item)).name)
def test_every_file_of_the_sample_project_fits_its_schema(name: str, file: Path) -> None:
    validator = Draft7Validator(json.loads(schema_text(name)))
    for document in read_yaml(file.read_bytes(), file.name):
        assert [error.message for error in validator.iter_errors(document.data)] == []


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
        ("instance", {"parameters": {}}),
        ("substitutions", {"dev": 5}),
        ("supported-options", {"type": "object"}),
    ],
)
def test_a_schema_refuses_what_is_wrong(name: str, data: Any) -> None:
    assert not Draft7Validator(json.loads(schema_text(name))).is_valid(data)
