"""What the object of each plugin type must be."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import click

from lhp.core.base_generator import BaseActionGenerator
from lhp.core.manifest import Manifest
from lhp.core.option_schema import SOURCE_COUNTS, options_fault
from lhp.core.plugin_config import settings_fault


def contract_fault(manifest: Manifest, plugin: Any) -> str:
    """Return why an object can't be a plugin of its type; empty when it can."""
    if manifest.plugin_type.kind:
        return _generator_fault(manifest, plugin)
    return _CONTRACTS[manifest.type](plugin)


def _generator_fault(manifest: Manifest, plugin: Any) -> str:
    if not (isinstance(plugin, type) and issubclass(plugin, BaseActionGenerator)):
        return f"{_named(plugin)} is not a subclass of BaseActionGenerator"
    if inspect.isabstract(plugin):
        missing = ", ".join(sorted(getattr(plugin, "__abstractmethods__", ())))
        return f"{plugin.__name__} is abstract: it lacks {missing}"
    if not plugin.has_code():
        return f"{plugin.__name__} has neither generate() nor a template {plugin.template_name()!r}"
    if plugin.kind and plugin.kind != manifest.plugin_type.kind:
        return f"{plugin.__name__} says that its kind is {plugin.kind!r}"
    if plugin.source_count not in SOURCE_COUNTS:
        counts = ", ".join(SOURCE_COUNTS)
        return f"source_count of {plugin.__name__} is one of {counts}, not {plugin.source_count!r}"
    return options_fault(manifest.plugin_type.kind, plugin) or settings_fault(plugin)


def _class_with(method: str) -> Callable[[Any], str]:
    def fault(plugin: Any) -> str:
        if not isinstance(plugin, type):
            return f"{_named(plugin)} is not a class"
        if inspect.isabstract(plugin):
            return f"{plugin.__name__} is abstract"
        if not callable(getattr(plugin, method, None)):
            return f"{plugin.__name__} has no method {method}()"
        return settings_fault(plugin)

    return fault


def _function_fault(plugin: Any) -> str:
    if callable(plugin):
        return ""
    if isinstance(plugin, Mapping) and plugin and all(map(callable, plugin.values())):
        return ""
    return f"{_named(plugin)} is neither a function nor a dict of functions"


def _formatter_fault(plugin: Any) -> str:
    if callable(getattr(plugin, "format", None)) or callable(plugin):
        return ""
    return "it is neither a function nor a class with format()"


def _command_fault(plugin: Any) -> str:
    command = plugin if isinstance(plugin, click.Command) else getattr(plugin, "command", None)
    if isinstance(command, click.Command):
        return ""
    return f"{_named(plugin)} is neither a click.Command nor a BaseCLIPlugin"


def _named(plugin: Any) -> str:
    return plugin.__name__ if isinstance(plugin, type) else f"a {type(plugin).__name__}"


_CONTRACTS: Mapping[str, Callable[[Any], str]] = {
    "validator": _class_with("validate"),
    "template_filter": _function_fault,
    "template_function": _function_fault,
    "formatter": _formatter_fault,
    "cli_command": _command_fault,
    "artifact": _class_with("build"),
}
