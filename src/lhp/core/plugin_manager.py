"""Gathers every declared plugin, settles who has which name, and hands them out.

Order of strength: lhp.yaml, plugin folders, installed distributions, built in. Nothing is imported
until a handle is used.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lhp.core.installed import distributions
from lhp.core.manifest import (
    Declarations,
    Manifest,
    Origin,
    manifest_of,
    read_declarations,
    type_and_name,
)
from lhp.core.modules import LocalModules
from lhp.core.plugin_loader import (
    BUILTIN,
    DirectoryPluginLoader,
    Found,
    builtin_manifests,
    installed_manifests,
    name_fault,
    shown_path,
)
from lhp.core.plugin_trust import AskingTrust, PluginTrustManager
from lhp.core.registry import Registry
from lhp.core.resolver import PluginHandle, Resolver, broken
from lhp.errors import (
    FILE_UNREADABLE,
    PLUGIN_AMBIGUOUS,
    PLUGIN_CONFIG_UNUSED,
    PLUGIN_DIRECTORY_MISSING,
    PLUGIN_INSTALLED_MISSING,
    PLUGIN_NOT_FOUND,
    SOURCE_NOT_INSTALLED,
    LhpError,
    Location,
    nearest,
)
from lhp.text.regular import read_regular
from lhp.text.yaml_reader import read_yaml

if TYPE_CHECKING:
    from lhp.model.source import Document

PROJECT_FILE = "lhp.yaml"


class PluginManager:
    """All plugins of one project.

    Args:
        root: The project root; None outside a project, where only built-in and installed plugins
            exist.
        document: lhp.yaml where it has been read already.
        trust: Says whose code may run; by default the user's approvals do.
    """

    def __init__(
        self,
        root: Path | str | None = None,
        document: Document | None = None,
        trust: PluginTrustManager | None = None,
    ) -> None:
        self.root = Path(root).resolve() if root is not None else None
        self._document = document
        self.trust = trust or AskingTrust(self.root)
        self.resolver = Resolver(LocalModules(self.root, self.trust.refusal), self.trust)

    @cached_property
    def registry(self) -> Registry:
        """Every plugin by type and name."""
        return Registry.of(self.manifests)

    @cached_property
    def manifests(self) -> tuple[Manifest, ...]:
        """Every declared plugin, shadowed and switched-off ones included, the strongest first."""
        installed = tuple(installed_manifests(self.declarations.entry_points))
        others = (*self._found.manifests, *installed)
        named = self._config_manifests((*others, *self.offered))
        unique: dict[object, list[Manifest]] = {}
        for manifest in (*self._all_parts(named), *self.offered):
            equals = unique.setdefault(manifest.identity, [])
            if not any(manifest.is_same(other) for other in equals):
                equals.append(manifest)
        found = [manifest for equals in unique.values() for manifest in equals]
        if self.trust.is_off:
            found = [
                replace(each, enabled=each.enabled and each.origin is Origin.BUILTIN)
                for each in found
            ]
        return tuple(found)

    @cached_property
    def offered(self) -> tuple[Manifest, ...]:
        """What folders, distributions and lhp itself offer, as if lhp.yaml named none of it."""
        installed = installed_manifests(self.declarations.entry_points)
        parts = self._all_parts((*self._found.manifests, *installed))
        builtin = [
            manifest
            for folder in sorted(BUILTIN.iterdir())
            for manifest in builtin_manifests(folder)
        ]
        return (*parts, *builtin)

    @cached_property
    def declarations(self) -> Declarations:
        """The `plugins:` section of lhp.yaml."""
        data = self.document.data if self.document else None
        return read_declarations(data.get("plugins") if isinstance(data, Mapping) else None)

    @cached_property
    def document(self) -> Document | None:
        """lhp.yaml as read; None where there is none.

        Raises:
            LhpError: FILE_UNREADABLE.
            LhpErrors: When its text is at fault.
        """
        if self._document is not None or self.root is None:
            return self._document
        file = self.root / PROJECT_FILE
        if not file.is_file():
            return None
        try:
            data = read_regular(file)
        except OSError as error:
            raise FILE_UNREADABLE.at(path=PROJECT_FILE, reason=error.strerror) from error
        return read_yaml(data, PROJECT_FILE)[0]

    @cached_property
    def problems(self) -> tuple[LhpError, ...]:
        """What is wrong with the declarations as such: missing folders, names, clashes."""
        quiet = (Origin.BUILTIN, Origin.ENTRY_POINT)
        names = (name_fault(item) for item in self.manifests if item.origin not in quiet)
        return (
            *self._missing_folders,
            *(problem for problem in names if problem is not None),
            *self._unused_configs,
            *self._wheels_named_twice,
            *self.registry.problems,
        )

    @property
    def listed_folders(self) -> Mapping[str, Path]:
        """The plugin folders as `directories:` lists them, those too that do not exist."""
        return {text: folder for folder, text, _ in self._folders}

    @property
    def folders(self) -> tuple[Path, ...]:
        """The plugin folders that exist, each once."""
        listed = (folder.resolve() for folder, _, _ in self._folders if _is_folder(folder))
        return tuple(dict.fromkeys(listed))

    @property
    def unread(self) -> tuple[LhpError, ...]:
        """What in the plugin folders, or of the installed plugins, could not be understood."""
        skips = self.declarations.entry_points is False
        broken_ones = [each.problem for each in (() if skips else distributions()) if each.problem]
        return (*self._found.problems, *broken_ones)

    def discover_generators(self) -> dict[str, PluginHandle]:
        """Return a handle for each generator, by `kind:name` (`load:cloudfiles`)."""
        return {
            f"{manifest.plugin_type.kind}:{manifest.name}": self.handle(manifest)
            for manifest in self.registry.active()
            if manifest.plugin_type.kind
        }

    def discover_cli_commands(self) -> dict[str, PluginHandle]:
        """Return a handle for each command, by name."""
        return {item.name: self.handle(item) for item in self.registry.active("cli_command")}

    def get_plugin(self, name: str) -> PluginHandle:
        """Return the plugin of a name, or of `type:name`.

        Raises:
            LhpError: PLUGIN_NOT_FOUND, PLUGIN_AMBIGUOUS when several share the bare name,
                PLUGIN_CLASH or PLUGIN_DISABLED.
        """
        manifest = self.named(name)
        self.registry.get(*manifest.key)
        return self.handle(manifest)

    def named(self, name: str) -> Manifest:
        """Return the one plugin of a name, or of `type:name`, also one that can't be used.

        Raises:
            LhpError: PLUGIN_NOT_FOUND, or PLUGIN_AMBIGUOUS when several share the bare name.
        """
        found = self.find(name)
        if len(found) > 1:
            choices = ", ".join(manifest.qualified_name for manifest in found)
            raise PLUGIN_AMBIGUOUS.at(name=name, choices=choices)
        return found[0]

    def find(self, name: str) -> Sequence[Manifest]:
        """Return every plugin that a name, a label or `type:name` stands for, the strongest each.

        Raises:
            LhpError: PLUGIN_NOT_FOUND when none does.
        """
        wanted_type, wanted = type_and_name(name)
        found: list[Manifest] = []
        for manifest in self.registry.winners.values():
            names = (manifest.name, manifest.label)
            if wanted in names and wanted_type in ("", manifest.type):
                found.append(manifest)
        if not found:
            names_known = {item.name for item in self.manifests}
            known = names_known | {item.qualified_name for item in self.manifests}
            raise PLUGIN_NOT_FOUND.at(what="plugin", name=name, nearest=nearest(name, known))
        return found

    def target_of(self, manifest: Manifest) -> str:
        """Return what a declaration points to; a folder of the project relative to it."""
        is_path = manifest.folder is not None and not manifest.module
        return shown_path(Path(manifest.target), self.root) if is_path else manifest.target

    @property
    def from_wheels(self) -> tuple[Manifest, ...]:
        """The plugins whose declarations say `source:`, one for each declaration in use."""
        used = [item for item in self.manifests if item.wheels and item.enabled]
        return tuple({item.location: item for item in used}.values())

    def handle(self, manifest: Manifest) -> PluginHandle:
        """Return what uses a plugin."""
        return PluginHandle(manifest, self.resolver)

    @cached_property
    def _found(self) -> Found:
        for folder in self.folders:
            self.resolver.modules.add_folder(folder)
        return DirectoryPluginLoader(self.folders, self.root).read()

    @property
    def _folders(self) -> list[tuple[Path, str, Location | None]]:
        base = self.root or Path()
        return [
            (base / os.path.expanduser(text), text, location)  # noqa: PTH111  (knows no `~nobody`)
            for text, location in self.declarations.directories
        ]

    @property
    def _missing_folders(self) -> list[LhpError]:
        return [
            PLUGIN_DIRECTORY_MISSING.at(location, path=text)
            for folder, text, location in self._folders
            if not _is_folder(folder) and not text.startswith("~")
        ]

    @property
    def _wheels_named_twice(self) -> list[LhpError]:
        if not self.from_wheels:
            return []
        from lhp.core.wheels import named_twice

        return [*named_twice(self.from_wheels, self.root or Path())]

    @property
    def _unused_configs(self) -> list[LhpError]:
        return [
            PLUGIN_CONFIG_UNUSED.at(item.at("config"), type=item.type, name=item.label or item.name)
            for item in {item.location: item for item in self.manifests}.values()
            if item.config and not item.plugin_type.has_settings
        ]

    def _all_parts(self, manifests: Iterable[Manifest]) -> list[Manifest]:
        return [part for whole in manifests for part in self._parts(self._completed(whole))]

    def _config_manifests(self, others: Iterable[Manifest]) -> list[Manifest]:
        offered: dict[tuple[str, str], Manifest] = {}
        for manifest in others:
            offered.setdefault(manifest.key, manifest)
        declared = []
        for entry, location in self.declarations.entries:
            manifest = manifest_of(entry, Origin.CONFIG, location)
            if not (manifest.module or manifest.folder or manifest.wheels):
                manifest = _adopted(manifest, offered.get(manifest.key))
            declared.append(manifest)
        return declared

    def _completed(self, manifest: Manifest) -> Manifest:
        if manifest.requires and manifest.fault is None:
            from lhp.core.dependencies import requirement_fault

            manifest = replace(manifest, fault=requirement_fault(manifest))
        if manifest.wheels and manifest.fault is None:
            manifest = self._with_wheels(manifest)
        if manifest.plugin_type.is_folder and manifest.fault is None:
            manifest = self._with_folder(manifest)
        elif manifest.file is None and manifest.module and manifest.origin is not Origin.BUILTIN:
            manifest = self._with_file(manifest)
        return manifest

    def _with_file(self, manifest: Manifest) -> Manifest:
        found = self.resolver.modules.find(manifest.module)
        if manifest.origin is Origin.ENTRY_POINT or found is None:
            return replace(manifest, file=found.file if found else None)
        source = found.name
        if found.file and not found.is_local and not manifest.wheels:
            from lhp.core.dependencies import source_of

            source = source_of(found.file, manifest.module.partition(".")[0])
        source = manifest.source if manifest.wheels else source or manifest.module.partition(".")[0]
        return replace(manifest, file=found.file, source=source)

    def _with_wheels(self, manifest: Manifest) -> Manifest:
        from lhp.core.wheels import installed_lines, read_wheels

        root = self.root or Path()
        try:
            wheels = read_wheels(manifest, root)
        except LhpError as error:
            return replace(manifest, fault=error)
        source, fault = str(wheels[0]), None
        if not {wheel.line for wheel in wheels} <= installed_lines(root):
            values = {"type": manifest.type, "name": manifest.label or manifest.name}
            reason = f"{source} is not installed in this project"
            fault = SOURCE_NOT_INSTALLED.at(manifest.at("source"), **values, reason=reason)
        elif not manifest.module:
            fault = broken(manifest, f"its declaration says no `module` of {source}")
        elif not self.resolver.modules.is_packaged(manifest.module):
            reason = f"{source} has no module {manifest.module!r}"
            fault = broken(manifest, reason, key="module")
        return replace(manifest, source=source, fault=fault)

    def _with_folder(self, manifest: Manifest) -> Manifest:
        if manifest.folder is not None and self.root is not None:
            folder = self.root / manifest.folder
        else:
            found = self.resolver.modules.find(manifest.module)
            file = found.file if found else None
            folder = file.parent if file else (found and found.folder) or Path(manifest.module)
        fault = None if folder.is_dir() else broken(manifest, f"there is no folder {folder.name!r}")
        return replace(manifest, folder=folder, fault=fault)

    def _parts(self, manifest: Manifest) -> Sequence[Manifest]:
        if not manifest.plugin_type.is_table or manifest.item or manifest.fault:
            return (manifest,)
        facts = self.resolver.facts(manifest)
        keys = facts.tables.get(manifest.attribute) if facts else None
        if not keys:
            return (manifest,)
        return [replace(manifest, name=key, item=key, label=manifest.name) for key in keys]


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112  (pathlib raises for what can be no path)


def _adopted(manifest: Manifest, offered: Manifest | None) -> Manifest:
    """Return what a declaration of name and type alone makes of the plugin that has that name."""
    if offered is not None:
        return replace(
            offered,
            location=manifest.location,
            places=manifest.places,
            config=manifest.config or offered.config,
            enabled=manifest.enabled,
            override=manifest.override,
            requires=manifest.requires or offered.requires,
            permissions=manifest.permissions,
            is_named=True,
        )
    if not manifest.enabled:
        return manifest
    fault = PLUGIN_INSTALLED_MISSING.at(manifest.location, type=manifest.type, name=manifest.name)
    return replace(manifest, fault=fault)
