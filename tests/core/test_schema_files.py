"""The schemas that come with lhp are found and are schemas."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft7Validator

from lhp.core.schema_files import schema_folder, schema_text

NAMES = [
    "blueprint",
    "expectations",
    "flowgroup",
    "instance",
    "lhp",
    "pipeline_config",
    "preset",
    "substitutions",
    "supported-options",
    "table_schema",
    "template",
]


def test_folder_holds_these_schemas_and_no_others() -> None:
    names = [file.name.removesuffix(".schema.json") for file in schema_folder().iterdir()]
    assert sorted(names) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_schema_is_draft_07(name: str) -> None:
    schema = json.loads(schema_text(name))
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(schema)


def test_unknown_schema_is_missing() -> None:
    with pytest.raises(FileNotFoundError):
        schema_text("nothing")
