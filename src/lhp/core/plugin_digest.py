"""One digest of all that decides what a plugin does, where that can be known."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from lhp.core.closure import source_files
from lhp.core.dependencies import record_digest
from lhp.core.manifest import Manifest
from lhp.core.modules import LocalModules
from lhp.core.permissions import Permissions
from lhp.core.plugin_manager import PluginManager
from lhp.core.plugin_sources import Sources, data_beside, sha256, shown_in, sources_of
from lhp.core.verdict import is_of_project
from lhp.text.regular import read_regular


def plugin_digest(manifest: Manifest, manager: PluginManager) -> str | None:
    """Return the digest of a plugin's code and data files; None where it may look at more.

    Args:
        manifest: The plugin; one that comes with lhp is no matter here.
        manager: The plugins of its project.
    """
    asked = Permissions.asked_by(manifest)
    if asked.read or asked.env or asked.net or asked.run:
        return None
    root = manager.root or Path()
    try:
        if manifest.folder is not None and not manifest.module:
            return _folder_digest(manifest.folder, root)
        if is_of_project(manifest, manager.resolver.modules):
            return sources_of(manifest, manager.resolver.modules, root).digest
        if manifest.plugin_type.is_folder and manifest.folder is not None:
            return _folder_digest(manifest.folder, root)
        return _of_package(manifest, manager.resolver.modules)
    except (ValueError, OSError):
        return None


def installed_digest(manifest: Manifest, modules: LocalModules) -> str:
    """Return the digest of what is installed: of the plugin's own package, and of the RECORD.

    Args:
        manifest: The plugin.
        modules: Finds its modules.
    """
    files = source_files(manifest.module, modules) if manifest.module else ()
    top = manifest.module.partition(".")[0]
    named = {_in_package(file, top): sha256(read_regular(file)) for file in files}
    name = manifest.source.partition(" ")[0]
    try:
        record = record_digest(metadata.distribution(name))
    except metadata.PackageNotFoundError:
        record = ""
    return Sources({**named, **({"RECORD": record} if record else {})}).digest


def _of_package(manifest: Manifest, modules: LocalModules) -> str:
    """Return the digest of what is installed, and of data files that no RECORD lists."""
    files = source_files(manifest.module, modules) if manifest.module else ()
    top = manifest.module.partition(".")[0]
    # A module that is no package stands among all others.
    tops = ((file, file.parent if file.stem == top else Path()) for file in files)
    data = sorted({each for file, folder in tops for each in data_beside(file, folder)})
    beside = {each.as_posix(): sha256(read_regular(each)) for each in data}
    return Sources({**beside, "package": installed_digest(manifest, modules)}).digest


def _folder_digest(folder: Path, root: Path) -> str:
    files = sorted(file for file in (root / folder).rglob("*") if file.is_file())
    return Sources({shown_in(root, file): sha256(read_regular(file)) for file in files}).digest


def _in_package(file: Path, top: str) -> str:
    parts = file.parts
    return "/".join(parts[parts.index(top) :] if top in parts else parts[-1:])
