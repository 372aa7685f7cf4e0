"""What is known of a plugin without importing it, and the one reader of declarations.

`plugins:` in lhp.yaml, a `plugins.yaml` in a plugin folder and the `plugins.yaml` of each built-in
folder have one form and are read here. Wrong shapes are passed over: the schema of lhp.yaml
reports them with their places, and a broken file must not take `lhp --help` down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

from lhp.errors import LhpError, Location
from lhp.model.source import locate
from lhp.values import frozen

OLDEST_API, API = 1, 1
"""The versions of the plugin API that this host keeps, and the one that is meant unsaid."""

NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
COMMAND_NAME = re.compile(r"[a-z][a-z0-9_-]*", re.ASCII)


class Origin(str, Enum):
    """Where a plugin was declared, the strongest first."""

    CONFIG = "config"
    DIRECTORY = "directory"
    ENTRY_POINT = "entry_point"
    BUILTIN = "builtin"

    @property
    def strength(self) -> int:
        """Order among the origins; less is stronger."""
        return list(Origin).index(self)


@frozen
class PluginType:
    """One of the twelve kinds of plugin.

    Args:
        name: As written after `type:` in a declaration.
        group: Its entry point group.
        kind: The kind of action that it generates; empty when it is no generator.
        is_unasked: It acts without being named by a flowgroup, so an installed one needs a line
            in lhp.yaml.
        is_folder: It is a folder of files instead of an object in a module.
        is_table: A dict of functions stands for several plugins.
        contract: What the object that a declaration names has to be.
    """

    name: str
    group: str
    kind: str = ""
    is_unasked: bool = False
    is_folder: bool = False
    is_table: bool = False
    contract: str = ""

    @property
    def has_settings(self) -> bool:
        """True when a declaration may give it a `config`."""
        return bool(self.kind) or self.is_unasked


_GENERATOR = "subclass of `BaseActionGenerator`"
_FUNCTION = "function, or dict of functions by name"
PLUGIN_TYPES: Mapping[str, PluginType] = {
    plugin_type.name: plugin_type
    for plugin_type in (
        PluginType("load_generator", "lhp.generators.load", kind="load", contract=_GENERATOR),
        PluginType(
            "transform_generator",
            "lhp.generators.transform",
            kind="transform",
            contract=_GENERATOR,
        ),
        PluginType("write_generator", "lhp.generators.write", kind="write", contract=_GENERATOR),
        PluginType("test_generator", "lhp.generators.test", kind="test", contract=_GENERATOR),
        PluginType(
            "validator",
            "lhp.validators",
            is_unasked=True,
            contract="class with `validate(config)`",
        ),
        PluginType("template_filter", "lhp.templates.filters", is_table=True, contract=_FUNCTION),
        PluginType(
            "template_function", "lhp.templates.functions", is_table=True, contract=_FUNCTION
        ),
        PluginType(
            "template_macro",
            "lhp.templates.macros",
            is_folder=True,
            contract="folder of Jinja files with macros, given as `path:`",
        ),
        PluginType(
            "formatter",
            "lhp.formatters",
            is_unasked=True,
            contract="function, or class with `format(sources)`",
        ),
        PluginType(
            "cli_command", "lhp.cli.commands", contract="`click.Command`, or `BaseCLIPlugin`"
        ),
        PluginType(
            "artifact", "lhp.artifacts", is_unasked=True, contract="class with `build(run)`"
        ),
        PluginType(
            "content",
            "lhp.content",
            is_folder=True,
            contract="folder with presets, templates, blueprints, macros and other files, given as "
            "`path:`",
        ),
    )
}


@frozen
class Manifest:
    """One declared plugin, not imported.

    Args:
        type: One of `PLUGIN_TYPES`.
        name: What users write to use it.
        origin: Where it was declared.
        module: Dotted name of its module; for a folder plugin of its package, or empty.
        attribute: Name in that module; empty for a folder plugin.
        item: Key in the dict that `attribute` is; empty when it is the object itself.
        label: What the dict that holds it is called as a whole: the declaration's own name, the
            path of the file in a plugin folder; empty where it is the object itself.
        location: Where it is declared.
        places: Where each value of its declaration stands.
        source: What it comes from: a project path, `distribution version`, or `lhp`.
        file: Its source file where that is known without a search.
        folder: Folder of a directory plugin or of a folder plugin; None for other modules.
        config: Its plugin-level settings.
        enabled: False when its declaration switches it off.
        override: True when it may replace a weaker one of the same type and name.
        requires: Requirement on an installed distribution, as PEP 508.
        wheels: What `source:` of its declaration says; empty for a plugin that is here already.
        api: Version of the plugin API that it was written for.
        permissions: What it asks for beyond answering, as declared.
        is_named: True when lhp.yaml names it.
        fault: Why it can't work, where that is known without importing it.
        warning: What to tell its author when it is used.
    """

    type: str
    name: str
    origin: Origin
    module: str = ""
    attribute: str = ""
    item: str = ""
    label: str = ""
    location: Location | None = None
    places: Mapping[str, Location] = field(default_factory=dict)
    source: str = ""
    file: Path | None = None
    folder: Path | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True
    override: bool = False
    requires: str = ""
    wheels: str = ""
    api: int = API
    permissions: Mapping[str, Any] = field(default_factory=dict)
    is_named: bool = False
    fault: LhpError | None = None
    warning: LhpError | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Type and name, by which the registry knows it."""
        return (self.type, self.name)

    @cached_property
    def identity(self) -> tuple[object, ...]:
        """Equal for two declarations of the same object under the same name."""
        place = self.file or self.module or self.folder
        return (*self.key, place, self.attribute, self.item)

    def is_same(self, other: Manifest) -> bool:
        """Return True when both declare one object, and do not name it with different settings."""
        if self.identity != other.identity:
            return False
        return not (self.is_named and other.is_named and self.difference(other))

    def difference(self, other: Manifest) -> str:
        """Return the key of a declaration of the same object that says something else, or none."""
        pairs = {
            "config": (self.config, other.config),
            "enabled": (self.enabled, other.enabled),
            "requires": (self.requires, other.requires),
            "source": (self.wheels, other.wheels),
            "api": (self.api, other.api),
            "permissions": (self.permissions, other.permissions),
        }
        return next((f"`{key}`" for key, (mine, its) in pairs.items() if mine != its), "")

    @property
    def qualified_name(self) -> str:
        """`type:name`, which is never ambiguous."""
        return f"{self.type}:{self.name}"

    @property
    def target(self) -> str:
        """What the declaration points to, for people."""
        if not self.module:
            return str(self.folder or "")
        module = self.source if self.origin is Origin.DIRECTORY else self.module
        place = f"{module}:{self.attribute}" if self.attribute else module
        return f"{place}[{self.item!r}]" if self.item else place

    def at(self, key: str) -> Location | None:
        """Return where the value of a key of its declaration stands, or the declaration."""
        return self.places.get(key, self.location)

    @property
    def plugin_type(self) -> PluginType:
        """What its type fixes."""
        return PLUGIN_TYPES[self.type]


@frozen
class Declarations:
    """The `plugins:` section of one file.

    Args:
        entries: Each declaration with its place.
        directories: Plugin folders as written, each with its place.
        entry_points: Whether installed plugins count: all, none, or those of named distributions.
        distributions: Those names, each with its place.
        listed: The key that holds the list of declarations.
    """

    entries: tuple[tuple[Mapping[str, Any], Location | None], ...] = ()
    directories: tuple[tuple[str, Location | None], ...] = ()
    entry_points: bool | tuple[str, ...] = True
    distributions: tuple[tuple[str, Location | None], ...] = ()
    listed: str = "plugins.enabled"


def type_and_name(name: str) -> tuple[str, str]:
    """Return plugin type and name out of `type:name`; the type is empty where none is said."""
    plugin_type, _, rest = name.partition(":")
    return (plugin_type, rest) if plugin_type in PLUGIN_TYPES else ("", name)


def read_declarations(section: Any) -> Declarations:
    """Return what a `plugins:` section declares; a bare list is the list of declarations."""
    if isinstance(section, list):
        return Declarations(tuple(_entries(section)), listed="plugins")
    if not isinstance(section, Mapping):
        return Declarations()
    chosen = section.get("entry_points", True)
    distributions = _texts(chosen)
    names = tuple(name for name, _ in distributions)
    return Declarations(
        tuple(_entries(section.get("enabled"))),
        _texts(section.get("directories")),
        names if isinstance(chosen, list) else chosen is not False,
        distributions,
    )


def _texts(listed: Any) -> tuple[tuple[str, Location | None], ...]:
    items = enumerate(listed if isinstance(listed, list) else [])
    return tuple((item, locate(listed, (at,))) for at, item in items if isinstance(item, str))


def _entries(listed: Any) -> Iterator[tuple[Mapping[str, Any], Location | None]]:
    for entry in listed if isinstance(listed, list) else []:
        names = [entry.get(key) for key in ("name", "type")] if isinstance(entry, Mapping) else []
        if names and all(isinstance(name, str) for name in names) and names[1] in PLUGIN_TYPES:
            yield entry, locate(entry, ())


def _permissions(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    asked = entry.get("permissions")
    own = dict(asked) if isinstance(asked, Mapping) else {}
    return {**own, "isolation": "none"} if entry.get("isolation") == "none" else own


def manifest_of(entry: Mapping[str, Any], origin: Origin, location: Location | None) -> Manifest:
    """Return the manifest of one declaration."""

    def text(key: str) -> str:
        value = entry.get(key)
        return value if isinstance(value, str) else ""

    config = entry.get("config")
    api = entry.get("api", API)
    return Manifest(
        type=text("type"),
        name=text("name"),
        origin=origin,
        module=text("module"),
        attribute=text("class"),
        location=location,
        places=dict(getattr(entry, "value_at", {})),
        source=location.path if location else "",
        folder=Path(text("path")) if text("path") else None,
        config=config if isinstance(config, Mapping) else {},
        enabled=entry.get("enabled") is not False,
        override=entry.get("override") is True,
        requires=text("requires"),
        wheels=text("source"),
        api=api if isinstance(api, int) else 0,
        permissions=_permissions(entry),
        is_named=origin is Origin.CONFIG,
    )
