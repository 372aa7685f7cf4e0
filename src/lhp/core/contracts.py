"""What the object of each plugin type must be."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any

import click

from lhp.core.base_artifact import SCOPES
from lhp.core.base_generator import BaseActionGenerator
from lhp.core.manifest import Manifest
from lhp.core.option_schema import SOURCE_COUNTS, options_fault
from lhp.core.plugin_config import settings_fault

_OF_ACTION = (
    "generate",
    "values",
    "check",
    "reads",
    "table",
    "creates_table",
    "shared",
    "is_streaming",
    "claims",
    "notes",
    "names",
    "runtime_requirements",
)
_METHODS: Mapping[str, Mapping[str, str]] = {
    "generator": {**dict.fromkeys(_OF_ACTION, "action, context"), "metadata_tokens": "action"},
    "validator": {"validate": "config"},
    "artifact": {"build": "run"},
    "formatter": {"format": "sources"},
}
"""What the host calls, and with which arguments."""


def contract_fault(manifest: Manifest, plugin: Any) -> str:
    """Return why an object can't be a plugin of its type; empty when it can."""
    if manifest.plugin_type.kind:
        return _generator_fault(manifest, plugin)
    return _CONTRACTS[manifest.type](plugin)


def first_line_of(plugin: Any) -> str:
    """Return the first line that a plugin's object says of itself; empty when it says nothing."""
    if isinstance(plugin, type):
        text = vars(plugin).get("__doc__")  # `inspect.getdoc` would give that of a base
    elif inspect.isroutine(plugin):
        text = inspect.getdoc(plugin)
    else:
        text = getattr(getattr(plugin, "command", plugin), "help", None)
    lines = str(text or "").strip().splitlines()
    return lines[0] if lines else ""


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
    return (
        _use_fault(plugin, _METHODS["generator"])
        or options_fault(manifest.plugin_type.kind, plugin)
        or settings_fault(plugin)
    )


def _class_with(methods: Mapping[str, str]) -> Callable[[Any], str]:
    def fault(plugin: Any) -> str:
        if not isinstance(plugin, type):
            return f"{_named(plugin)} is not a class"
        if inspect.isabstract(plugin):
            return f"{plugin.__name__} is abstract"
        for method in methods:
            if not callable(getattr(plugin, method, None)):
                return f"{plugin.__name__} has no method {method}()"
        return _use_fault(plugin, methods) or settings_fault(plugin)

    return fault


def _artifact_fault(plugin: Any) -> str:
    fault = _class_with(_METHODS["artifact"])(plugin) or _use_fault(plugin, {"check": ""})
    scope = getattr(plugin, "scope", SCOPES[0])
    if fault or scope in SCOPES:
        return fault
    return f"scope of {plugin.__name__} is one of {', '.join(SCOPES)}, not {scope!r}"


def _use_fault(plugin: type[Any], methods: Mapping[str, str]) -> str:
    return next(filter(None, _use_faults(plugin, methods)), "")


def _use_faults(plugin: type[Any], methods: Mapping[str, str]) -> Iterator[str]:
    yield _call_fault(plugin, f"{plugin.__name__}()", "")
    for name, arguments in methods.items():
        method = _method_of(plugin, name)
        if method is not None:
            yield _call_fault(method, f"{plugin.__name__}.{name}({arguments})", arguments)


def _method_of(plugin: type[Any], name: str) -> Callable[..., Any] | None:
    """Return a method as an instance has it, without making one; None when that can't be told."""
    method = next((vars(base)[name] for base in plugin.__mro__ if name in vars(base)), None)
    if isinstance(method, (FunctionType, classmethod, staticmethod)):
        bound: Callable[..., Any] = method.__get__(object(), plugin)
        return bound
    return None


def _call_fault(function: Callable[..., Any], shown: str, arguments: str) -> str:
    try:
        # A decorator's own function is what is called, not the one that it wraps.
        signature = inspect.signature(function, follow_wrapped=False)
    except (TypeError, ValueError):
        return ""  # what is written in C does not always tell
    try:
        signature.bind(*filter(None, arguments.split(", ")))
    except TypeError as error:
        return f"it can't be called as {shown}: {error}"
    return ""


def _function_fault(plugin: Any) -> str:
    if callable(plugin):
        return ""
    if isinstance(plugin, Mapping) and plugin and all(map(callable, plugin.values())):
        return ""
    return f"{_named(plugin)} is neither a function nor a dict of functions"


def _formatter_fault(plugin: Any) -> str:
    if isinstance(plugin, type):
        has_format = callable(getattr(plugin, "format", None))
        methods = _METHODS["formatter"] if has_format else {"__call__": "text"}
        if not has_format and not any("__call__" in vars(base) for base in plugin.__mro__):
            return f"{plugin.__name__} has no method format()"
        return _use_fault(plugin, methods) or settings_fault(plugin)
    if callable(getattr(plugin, "format", None)):
        return _call_fault(plugin.format, "format(sources)", "sources")
    if callable(plugin):
        return _call_fault(plugin, f"{getattr(plugin, '__name__', 'it')}(text)", "text")
    return "it is neither a function nor a class with format()"


def _command_fault(plugin: Any) -> str:
    command = plugin if isinstance(plugin, click.Command) else getattr(plugin, "command", None)
    if isinstance(command, click.Command):
        return ""
    return f"{_named(plugin)} is neither a click.Command nor a BaseCLIPlugin"


def _named(plugin: Any) -> str:
    if isinstance(plugin, type):
        return plugin.__name__
    name = type(plugin).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


_CONTRACTS: Mapping[str, Callable[[Any], str]] = {
    "validator": _class_with(_METHODS["validator"]),
    "template_filter": _function_fault,
    "template_function": _function_fault,
    "formatter": _formatter_fault,
    "cli_command": _command_fault,
    "artifact": _artifact_fault,
}
