"""Lakehouse Plumber: YAML flowgroups become Python for Spark declarative pipelines."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # to import `typing` takes as long as Python itself
if TYPE_CHECKING:
    from typing import Any

    from lhp.cli.base import BaseCLIPlugin as BaseCLIPlugin
    from lhp.core.action_registry import ActionRegistry as ActionRegistry
    from lhp.core.base_generator import BaseActionGenerator as BaseActionGenerator
    from lhp.core.base_generator import Config as Config
    from lhp.core.base_generator import Context as Context
    from lhp.core.base_generator import Options as Options
    from lhp.core.base_generator import Problem as Problem
    from lhp.core.base_generator import RuntimeRequirements as RuntimeRequirements
    from lhp.core.plugin_loader import DirectoryPluginLoader as DirectoryPluginLoader
    from lhp.core.plugin_manager import PluginManager as PluginManager
    from lhp.core.plugin_trust import PluginTrustManager as PluginTrustManager
    from lhp.testing import PluginTestCase as PluginTestCase

_HOMES = {
    "ActionRegistry": "lhp.core.action_registry",
    "BaseActionGenerator": "lhp.core.base_generator",
    "BaseCLIPlugin": "lhp.cli.base",
    "Config": "lhp.core.base_generator",
    "Context": "lhp.core.base_generator",
    "DirectoryPluginLoader": "lhp.core.plugin_loader",
    "Options": "lhp.core.base_generator",
    "PluginManager": "lhp.core.plugin_manager",
    "PluginTestCase": "lhp.testing",
    "PluginTrustManager": "lhp.core.plugin_trust",
    "Problem": "lhp.core.base_generator",
    "RuntimeRequirements": "lhp.core.base_generator",
}

__all__ = [  # noqa: PLE0604  (the names of a table are strings)
    *_HOMES,
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return importlib.import_module("lhp.version").VERSION
    if name not in _HOMES:
        message = f"module 'lhp' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*_HOMES, "__version__"])
