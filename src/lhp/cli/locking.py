"""What the lock of a project would hold now, and how that differs from the lock there is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from lhp.core.dependencies import needed_by
from lhp.core.lock import LOCK_FILE, Lock, Locked, differences, read_lock
from lhp.core.manifest import Manifest, Origin
from lhp.core.option_schema import Schema
from lhp.core.permissions import Permissions
from lhp.core.plugin_digest import installed_digest
from lhp.core.plugin_manager import PluginManager
from lhp.core.plugin_sources import sha256, sources_of
from lhp.core.resolver import broken
from lhp.core.verdict import is_of_project, object_of, trust_id
from lhp.core.wheels import read_wheels
from lhp.editor.known import Known, KnownPlugins
from lhp.errors import LOCK_DIFFERS, LOCK_MISSING, LhpError, raise_all
from lhp.passes.state import read_file
from lhp.text.python_findings import foreign_imports
from lhp.values import frozen


@frozen
class Lockable:
    """The plugins of a project as a lock has them.

    Args:
        lock: What is to be kept.
        manifests: Their declarations, by `type:name`.
    """

    lock: Lock
    manifests: Mapping[str, Manifest]


def lockable(manager: PluginManager) -> Lockable:
    """Return the plugins that a run of this project may use, but for those that come with lhp.

    Args:
        manager: The plugins of the project, approved.

    Raises:
        LhpErrors: Those that can't be locked, with the reason.
    """
    known, problems = KnownPlugins(manager), list[LhpError]()
    plugins: dict[str, Locked] = {}
    manifests: dict[str, Manifest] = {}
    for manifest in manager.registry.active():
        name = trust_id(manifest)
        if manifest.origin is Origin.BUILTIN or name in plugins:
            continue
        try:
            wheels = _wheels(manager, manifest)
            locked = _locked(manager, manifest, known.of(manifest))
            plugins[name] = replace(locked, wheels=wheels)
            manifests[name] = manifest
        except ValueError as error:
            problems.append(broken(manifest, str(error)))
        except LhpError as error:
            problems.append(error)
    raise_all(problems)
    return Lockable(Lock(plugins), manifests)


def expect_locked(manager: PluginManager) -> None:
    """Refuse a run whose plugins are not those of the lock.

    Args:
        manager: The plugins of the project, approved.

    Raises:
        LhpError: LOCK_MISSING, LOCK_BAD.
        LhpErrors: LOCK_DIFFERS for each plugin that is not as it is locked.
    """
    content = read_file(manager.root, LOCK_FILE) if manager.root else None
    if content is None:
        raise LOCK_MISSING.at()
    now = lockable(manager)
    raise_all(_told(differences(read_lock(content), now.lock), now.manifests))


def _told(found: Mapping[str, str], manifests: Mapping[str, Manifest]) -> Iterator[LhpError]:
    for qualified, reason in found.items():
        plugin_type, _, name = qualified.partition(":")
        at = manifests[qualified].location if qualified in manifests else None
        yield LOCK_DIFFERS.at(at, type=plugin_type, name=name, reason=reason)


def _locked(manager: PluginManager, manifest: Manifest, known: Known) -> Locked:
    modules, root = manager.resolver.modules, manager.root or Path()
    accepts = _digests(known.options) if known.options is not None else {}
    origin, asked = manifest.origin.value, Permissions.asked_by(manifest).as_data()
    target = object_of(manifest)
    if is_of_project(manifest, modules):
        sources = sources_of(manifest, modules, root)
        outside = [path for path in sources.files if Path(path).is_absolute()]
        if outside:
            message = f"{outside[0]} is no file of the project, so nobody else has it"
            raise ValueError(message)
        code = (text for path, text in sources.texts.items() if path.endswith(".py"))
        needs = needed_by({top for text in code for top in foreign_imports(text)})
        return Locked(
            origin, manifest.source, target, sources.digest, sources.files, accepts, asked, needs
        )
    if manifest.plugin_type.is_folder and manifest.origin is not Origin.ENTRY_POINT:
        return Locked(origin, manager.target_of(manifest), "", "")
    digest = installed_digest(manifest, modules)
    distribution = manifest.source.partition(" ")[0]
    needs = needed_by([manifest.module.partition(".")[0]], distribution)
    return Locked(origin, manifest.source, target, digest, {}, accepts, asked, needs)


def _digests(options: Schema) -> Mapping[str, str]:
    """Return the SHA-256 of the schema of each option, and of all others rules by `*`."""
    rest = {key: each for key, each in options.items() if key != "properties"}
    parts = {**options.get("properties", {}), "*": rest}
    return {
        name: sha256(json.dumps(parts[name], sort_keys=True).encode()) for name in sorted(parts)
    }


def _wheels(manager: PluginManager, manifest: Manifest) -> tuple[str, ...]:
    """Return what `source:` of a declaration names.

    Raises:
        LhpError: Why that is not here.
    """
    if not manifest.wheels:
        return ()
    if manifest.fault is not None:
        raise manifest.fault
    wheels = read_wheels(manifest, manager.root or Path())
    return tuple(sorted(wheel.line for wheel in wheels))
