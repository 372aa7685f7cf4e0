"""Reads the parameters that a template or a blueprint declares."""

from __future__ import annotations

from typing import Any

from lhp.model.source import YamlMap, expect_list, expect_map, require_text
from lhp.values import frozen


@frozen
class Parameter:
    """One parameter that a template or a blueprint declares.

    Args:
        name: What those who give it and those who use it call it.
        required: Each use has to give it.
        default: Its value when a use does not give it; None when it has none.
        type: What its author says it is; for readers only.
        description: What its author says about it.
    """

    name: str
    required: bool = False
    default: Any = None
    type: str = ""
    description: str = ""


def read_parameters(data: YamlMap) -> tuple[Parameter, ...]:
    """Return the parameters that a template or a blueprint declares.

    Raises:
        LhpError: WRONG_SHAPE.
    """
    declared = expect_list(data, "parameters")
    entries = YamlMap(declared.location)
    for index, entry in enumerate(declared):
        entries.put(f"parameters[{index}]", entry, declared.item_at[index], declared.item_at[index])
    return tuple(_read_parameter(expect_map(entries, name)) for name in entries)


def read_defaults(data: YamlMap) -> YamlMap:
    """Return the defaults of those parameters that have one, each at its place.

    Args:
        data: A template or a blueprint whose parameters were read.
    """
    defaults = YamlMap(data.location)
    for entry in expect_list(data, "parameters"):
        if entry.get("default") is not None:
            at = entry.value_at["default"]
            defaults.put(entry["name"], entry["default"], at, at)
    return defaults


def _read_parameter(entry: YamlMap) -> Parameter:
    return Parameter(
        name=require_text(entry, "name"),
        required=bool(entry.get("required")),
        default=entry.get("default"),
        type=str(entry.get("type") or ""),
        description=str(entry.get("description") or ""),
    )
