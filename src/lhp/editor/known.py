"""What each plugin accepts, as plain data; remembered, so that it is imported only when it changed.

The memory is a cache of this machine, `.lhp/cache/plugins.json`. It describes and nothing more: a
run always asks the plugin itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import VERSION as PYDANTIC

from lhp.core.closure import source_files
from lhp.core.contracts import first_line_of
from lhp.core.foreign_patterns import cautious
from lhp.core.manifest import Manifest, Origin
from lhp.core.option_schema import SOURCE_COUNTS, Schema, normalised, supported_options
from lhp.core.plugin_check import state_of
from lhp.core.plugin_config import settings_schema
from lhp.core.plugin_loader import BUILTIN, shown_path
from lhp.core.plugin_manager import PluginManager
from lhp.core.plugin_sources import digest_of
from lhp.core.shapes import builtin_plugins
from lhp.errors import LhpError, LhpErrors
from lhp.passes.state import read_file, replace_file
from lhp.values import frozen
from lhp.version import VERSION

CACHE_FILE = ".lhp/cache/plugins.json"
_FORM = 1
_ONCE_APPROVED = "known when it is approved: `lhp plugins trust` shows it"


@frozen
class Known:
    """What is known of one plugin.

    Args:
        summary: First line of its docstring; empty when it has none.
        options: Schema of a generator's options; None when it is no generator or at fault.
        settings: Schema of its `config`; None when it takes any or none.
        source_count: What `source` of its actions is: `one`, `many` or `any`.
        reason: Why it can't be used; empty when it can.
    """

    summary: str = ""
    options: Schema | None = None
    settings: Schema | None = None
    source_count: str = "any"
    reason: str = ""


class KnownPlugins:
    """What is known of the plugins of one project.

    Args:
        manager: The plugins.
    """

    def __init__(self, manager: PluginManager) -> None:
        self._manager = manager
        self._fresh: dict[str, Any] = {}

    def of(self, manifest: Manifest) -> Known:
        """Return what is known of a plugin; imports it when that is not remembered."""
        if manifest.origin is Origin.BUILTIN and manifest.qualified_name in builtin_plugins():
            return Known(**builtin_plugins()[manifest.qualified_name])
        key = _key(manifest)
        files = self._files(key, manifest)
        remembered = self._remembered.get(key)
        if remembered and remembered["files"] == files and self._is_usable(manifest):
            self._fresh[key] = remembered
            return Known(**remembered["known"])
        known = self.asked(manifest)
        if not known.reason and self._is_asked(manifest):
            self._fresh[key] = {"files": files, "known": vars(known)}
        return known

    def is_new(self, manifest: Manifest) -> bool:
        """Tell whether an installed plugin was never asked, and nothing of the project names it."""
        is_only_installed = manifest.origin is Origin.ENTRY_POINT and not manifest.is_named
        is_loaded = self._manager.resolver.has_loaded(manifest)
        return is_only_installed and not is_loaded and _key(manifest) not in self._remembered

    def save(self) -> None:
        """Remember what was asked for, where that can be written, and when something is new."""
        if self._manager.root is not None and self._fresh != self._remembered:
            plugins = {key: self._fresh[key] for key in sorted(self._fresh)}
            text = json.dumps({"form": self._form, "plugins": plugins}, indent=1)
            with contextlib.suppress(LhpError):  # it only saves time
                replace_file(self._manager.root, CACHE_FILE, text.encode())

    def _is_usable(self, manifest: Manifest) -> bool:
        """Tell, but for its files, whether anything speaks against a plugin."""
        manager = self._manager
        is_free = manifest.key not in manager.registry.clashes and manifest.fault is None
        verdict = manager.trust.verdict(manifest, manager.resolver.modules)
        return is_free and (verdict.may_run or verdict.can_be_approved)

    def _is_asked(self, manifest: Manifest) -> bool:
        """Tell whether what is known of a plugin is what it says itself, when it runs."""
        return self._manager.trust.verdict(manifest, self._manager.resolver.modules).may_run

    def asked(self, manifest: Manifest) -> Known:
        """Return what a plugin says of itself, imported, or read where it may not run."""
        resolver = self._manager.resolver
        state, summary = state_of(self._manager, manifest), resolver.summary(manifest)
        if state.word == "untrusted":
            return self._read(manifest, summary)
        if state.reason or not manifest.plugin_type.has_settings:
            return Known(summary, reason=state.reason)
        try:
            plugin = resolver.load(manifest)
            known: Known = resolver.read(manifest, _known_of, manifest, plugin, summary)
        except (LhpError, LhpErrors) as error:
            first = error.problems[0] if isinstance(error, LhpErrors) else error
            return Known(summary, reason=str(first.values.get("reason") or first.message))
        return known

    def _read(self, manifest: Manifest, summary: str) -> Known:
        """Return what reading alone tells of a plugin that may not run."""
        facts = self._manager.resolver.facts(manifest)
        found = facts.classes.get(manifest.attribute) if facts else None
        if not manifest.plugin_type.kind:
            return Known(summary)
        if found is None or not isinstance(found.options, dict):
            return Known(summary, reason=f"its options are {_ONCE_APPROVED}")
        try:
            options = normalised(cautious(found.options))
        except ValueError as error:
            return Known(summary, reason=str(error))
        count = str(found.constants.get("source_count", "any"))
        return Known(summary, options, source_count=count if count in SOURCE_COUNTS else "any")

    def _files(self, key: str, manifest: Manifest) -> Mapping[str, str]:
        known: Mapping[str, str] = self._remembered.get(key, {}).get("files", {})
        if known and known == {path: self._hash(path) for path in known}:
            return known
        files = source_files(manifest.module, self._manager.resolver.modules)
        shown = (shown_path(file, self._manager.root) for file in files)
        return {path: self._hash(path) for path in shown}

    def _hash(self, path: str) -> str:
        # What is remembered may name any file: nobody but its reader made sure of it.
        return digest_of((self._manager.root or Path()) / path)

    @cached_property
    def _form(self) -> str:
        """What else decides what is known: lhp itself, by size and time of its files."""
        stats = ((file, file.stat()) for file in sorted(BUILTIN.parent.rglob("*.py")))
        stamps = [(file.name, stat.st_size, stat.st_mtime_ns) for file, stat in stats]
        own = hashlib.sha256(repr(stamps).encode()).hexdigest()
        return " ".join([str(_FORM), VERSION, PYDANTIC, own])

    @cached_property
    def _remembered(self) -> dict[str, Any]:
        if self._manager.root is None:
            return {}
        try:
            data = json.loads(read_file(self._manager.root, CACHE_FILE) or b"{}")
            plugins = data["plugins"] if data["form"] == self._form else {}
            return {key: _entry(value) for key, value in plugins.items()}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, LhpError):
            return {}  # somebody else's, or half of one: it is made anew


def unknown_plugins(manager: PluginManager) -> Iterator[Manifest]:
    """Yield the plugins whose options nobody can tell before they are approved."""
    known = KnownPlugins(manager)
    for manifest in manager.registry.active():
        verdict = manager.trust.verdict(manifest, manager.resolver.modules)
        if verdict.can_be_approved and known.of(manifest).reason:
            yield manifest


def _key(manifest: Manifest) -> str:
    return f"{manifest.qualified_name} {manifest.module}:{manifest.attribute}"


def _entry(value: Any) -> dict[str, Any]:
    known = Known(**value["known"])
    for text in (known.summary, known.source_count, known.reason):
        _expect(text, str)
    for schema in (known.options, known.settings):
        _expect_schema(schema or {})
    return {"files": dict(value["files"]), "known": vars(known)}


def _expect_schema(schema: Any) -> None:
    """Raise for what no schema of ours looks like, so that a spoilt file is found at once."""
    _expect(schema, dict)
    _expect(schema.get("description", ""), str)
    for key in ("required", "enum", "anyOf", "oneOf", "allOf"):
        _expect(schema.get(key, []), list)
    inner = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    for key in ("properties", "patternProperties"):
        _expect(schema.get(key, {}), dict)
        inner += schema.get(key, {}).values()
    inner += [schema[key] for key in ("items", "additionalProperties") if schema.get(key)]
    for each in inner:
        _expect_schema({} if each is True else each)


def _expect(value: Any, kind: type[Any]) -> None:
    if not isinstance(value, kind):
        raise TypeError(value)


def _known_of(manifest: Manifest, plugin: Any, summary: str) -> Known:
    return Known(
        summary or first_line_of(plugin),
        supported_options(plugin) if manifest.plugin_type.kind else None,
        settings_schema(plugin),
        getattr(plugin, "source_count", "any"),
    )
