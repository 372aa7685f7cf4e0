"""The schemas of our own models and plugins, as data: to make them takes longer than most runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

SHAPES = Path(__file__).parent / "shapes.json"
"""Made from the models: `make schemas`."""

BUILTIN = SHAPES.with_name("builtin.json")
"""Made from the built-in plugins: `make schemas`."""


@cache
def shapes() -> Mapping[str, Mapping[str, Any]]:
    """Return the JSON Schemas by the module and name of their models; treat them as read-only."""
    found: Mapping[str, Mapping[str, Any]] = json.loads(SHAPES.read_text(encoding="utf-8"))
    return found


@cache
def builtin_plugins() -> Mapping[str, Mapping[str, Any]]:
    """Return what the built-in plugins say of themselves, by `type:name`; treat it as read-only.

    It is what a class would say that is imported: `summary`, `options`, `settings`, `source_count`.
    """
    found: Mapping[str, Mapping[str, Any]] = json.loads(BUILTIN.read_text(encoding="utf-8"))
    return found


def shape(name: str) -> Mapping[str, Any]:
    """Return the JSON Schema of a model of YAML files, always as one object.

    Args:
        name: Of the model, such as `ProjectFile`.
    """
    return shapes()[f"lhp.model.files.{name}"]


def kept_shape(model: type) -> Mapping[str, Any] | None:
    """Return the JSON Schema of a model of lhp, always as one object; None for any other.

    Args:
        model: A pydantic model.
    """
    return shapes().get(f"{model.__module__}.{model.__qualname__}") if is_ours(model) else None


def is_ours(plugin: Any) -> bool:
    """Return True for a class that comes with lhp, of which the tests know that it is sound."""
    return str(getattr(plugin, "__module__", "")).startswith(("lhp.builtin.", "lhp.model."))
