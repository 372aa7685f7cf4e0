"""What users may call the types of plugins."""

from __future__ import annotations

import click

from lhp.core.manifest import PLUGIN_TYPES

_SHORT = {
    "load": "load_generator",
    "transform": "transform_generator",
    "write": "write_generator",
    "test": "test_generator",
    "filter": "template_filter",
    "function": "template_function",
    "macro": "template_macro",
    "command": "cli_command",
}
TYPE_NAMES = click.Choice([*_SHORT, *PLUGIN_TYPES])
"""What users may call a plugin type."""


def whole_type(name: str) -> str:
    """Return a plugin type out of one of its `TYPE_NAMES`."""
    return _SHORT.get(name, name)
