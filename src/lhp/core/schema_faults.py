"""Finds what is wrong with a schema that a plugin declares."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError, best_match

from lhp.core.quick_check import Schema
from lhp.core.schema_files import schema_text
from lhp.core.schema_parts import TYPE_WORDS, bad_schema
from lhp.core.schema_validator import validator_of
from lhp.errors import nearest


def expect_schema(schema: Schema) -> None:
    """Expect a schema of options to be one.

    Raises:
        ValueError: It is none, with the place and the reason.
    """
    _expect_json(schema)
    error = best_match(_meta_validator().iter_errors(schema))
    error = error or best_match(_draft_validator().iter_errors(schema))
    if error is not None:
        raise bad_schema(error.absolute_path, _reason(error))


def expect_defaults(schema: Schema) -> None:
    """Expect each option to accept its own default.

    Raises:
        ValueError: One does not, with the place and the reason.
    """
    for name, option in schema["properties"].items():
        wrong = best_match(_default_errors(option))
        if wrong is not None:
            raise bad_schema(("properties", name, "default"), wrong.message[:200])


def _expect_json(node: Any, path: tuple[str | int, ...] = ()) -> None:
    """Refuse what no JSON file can hold: no editor could read a file that has it."""
    if isinstance(node, Mapping):
        for key, each in node.items():
            if not isinstance(key, str):
                raise bad_schema(path, f"a key is a text, not {type(key).__name__}")
            _expect_json(each, (*path, key))
    elif isinstance(node, (list, tuple)):
        for index, each in enumerate(node):
            _expect_json(each, (*path, index))
    elif isinstance(node, (int, float)):
        if not abs(node) <= sys.float_info.max:
            raise bad_schema(path, "a number is finite, and at most 1.8e308")
    elif node is not None and not isinstance(node, str):
        raise bad_schema(path, f"JSON has no {type(node).__name__}")


def _reason(error: ValidationError) -> str:
    given: Any = error.instance
    if "type" not in [*error.absolute_path][-2:] or not isinstance(given, str):
        return error.message[:200]
    meant = nearest(given, TYPE_WORDS)
    hint = f"; did you mean {meant!r}?" if meant else ""
    return f"{given!r} is no type; it is one of {', '.join(TYPE_WORDS)}{hint}"


def _default_errors(option: Schema) -> Iterator[ValidationError]:
    if "default" in option:
        yield from validator_of(option).iter_errors(option["default"])


@lru_cache(maxsize=1)
def _draft_validator() -> Draft7Validator:
    formats = Draft7Validator.FORMAT_CHECKER
    return Draft7Validator(Draft7Validator.META_SCHEMA, format_checker=formats)


@lru_cache(maxsize=1)
def _meta_validator() -> Any:
    return validator_of(json.loads(schema_text("supported-options")))
