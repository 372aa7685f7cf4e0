"""Tries whether a plugin keeps the contract of its type, where it lives."""

from __future__ import annotations

import contextlib
import copy
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lhp.core.manifest import Manifest
from lhp.core.permissions import Permissions
from lhp.core.plugin_loader import name_fault
from lhp.core.plugin_manager import PluginManager
from lhp.core.registry import Registry
from lhp.core.resolver import Resolver
from lhp.core.verdict import is_isolated
from lhp.errors import PLUGIN_PRINTED, LhpError, LhpErrors
from lhp.kit.contract.actions import GeneratorUnderTest, refusal_of
from lhp.kit.contract.checks import Check, Contract, Failure
from lhp.kit.contract.folders import command_checks, content_checks, macro_checks
from lhp.kit.contract.functions import function_checks
from lhp.kit.contract.generators import GeneratorContract
from lhp.kit.contract.reading import reads_of, source_of, unknown_reads, unread_options
from lhp.kit.contract.runs import artifact_checks, formatter_checks, validator_checks
from lhp.passes.host import Host
from lhp.sandbox.isolation import Isolation
from lhp.sandbox.launch import start_anew
from lhp.sandbox.watch import changes_by

_NOT_LOOKED_AT = frozenset({".git", ".venv", "node_modules", "__pycache__", ".lhp"})


def contract_of(
    host: Host, manifest: Manifest, examples: Sequence[Mapping[str, Any]] = ()
) -> Contract:
    """Return how a plugin keeps its contract.

    Args:
        host: The project; has the plugin.
        manifest: The plugin's declaration.
        examples: Options of actions that are known to work, for a generator.
    """
    return Contract(manifest.qualified_name, tuple(_checks(host, manifest, examples)))


def _checks(
    host: Host, manifest: Manifest, examples: Sequence[Mapping[str, Any]]
) -> Iterator[Check]:
    before = _files_of(host.project.root)
    imported = _import_checks(host.manager, manifest)
    usable = _usable(host, manifest)
    yield usable
    if usable.failures:
        return
    yield from imported
    settings = _settings(host, manifest)
    if settings.tried:
        yield settings
    if settings.failures:
        return
    yield from _of_type(host, manifest, examples)
    made = sorted(_files_of(host.project.root).items() - before.items())
    yield Check("no file is written", 1, tuple(Failure(f"it writes {path}") for path, _ in made))


def _of_type(
    host: Host, manifest: Manifest, examples: Sequence[Mapping[str, Any]]
) -> Iterator[Check]:
    alone = _alone(host, manifest)
    if manifest.plugin_type.kind:
        subject = GeneratorUnderTest(host, manifest)
        contract = GeneratorContract(subject, examples)
        yield from contract.checks()
        if _lives_apart(manifest) and host.manager.resolver.modules.find(manifest.module):
            with _elsewhere(host) as other:
                yield contract.same_there(GeneratorUnderTest(other, manifest))
        yield from _source_checks(host, manifest, subject)
    elif manifest.plugin_type.is_table:
        yield from function_checks(host.manager.resolver, manifest)
    elif manifest.type == "validator":
        yield from validator_checks(alone)
    elif manifest.type == "artifact":
        yield from artifact_checks(alone)
    elif manifest.type == "formatter":
        yield from formatter_checks(host, manifest)
    elif manifest.type == "template_macro":
        yield from macro_checks(host, manifest)
    elif manifest.type == "content":
        yield from content_checks(host, manifest)
    else:
        yield from command_checks(host, manifest)


def _alone(host: Host, manifest: Manifest) -> Host:
    """Return the same host with no other plugin than one."""
    manager = copy.copy(host.manager)
    manager.registry = Registry.of([replace(manifest, is_named=True)])
    return Host(host.project, manager, host.tokens)


def _usable(host: Host, manifest: Manifest) -> Check:
    about = "it can be used"
    clash = host.manager.registry.clashes.get(manifest.key)
    fault = clash or name_fault(manifest)
    reason = fault.message if fault else ""
    try:
        if not reason:
            host.manager.resolver.load(manifest)
    except (LhpError, LhpErrors) as error:
        reason = refusal_of(error)
    return Check(about, 1, (Failure(reason),) if reason else ())


def _import_checks(manager: PluginManager, manifest: Manifest) -> list[Check]:
    """Watch the import in a fresh process, or here for what has all rights."""
    resolver = manager.resolver
    has_module = bool(manifest.module and resolver.modules.find(manifest.module))
    if not has_module or resolver.refusal(manifest) is not None:
        return []
    told = len(resolver.warnings)
    try:
        changes = _changes(manager, manifest)
    except (LhpError, LhpErrors) as error:
        changes = [refusal_of(error)]
    printed = (
        f"it prints {each.values['text']!r}"
        for each in manager.resolver.warnings[told:]
        if each.code == PLUGIN_PRINTED
    )
    failures = tuple(map(Failure, [*changes, *printed]))
    return [Check("its import does nothing else", 1, failures)]


def _changes(manager: PluginManager, manifest: Manifest) -> list[str]:
    if not _lives_apart(manifest):
        manager.resolver.modules.activate()
        return changes_by(lambda: manager.resolver.load(manifest))
    isolation = Isolation(manager)
    try:
        return [*isolation.ask(manifest, "watch")]
    finally:
        isolation.close()


def _lives_apart(manifest: Manifest) -> bool:
    return is_isolated(manifest) and Permissions.asked_by(manifest).is_isolated


@contextlib.contextmanager
def _elsewhere(host: Host) -> Iterator[Host]:
    """Give the same host with its plugins in other processes, which hash texts otherwise."""
    start_anew()
    manager = copy.copy(host.manager)
    manager.resolver = Resolver(host.manager.resolver.modules, host.manager.trust)
    isolation = Isolation(manager)
    manager.resolver.isolate = isolation.stand_in
    try:
        yield Host(host.project, manager, host.tokens)
    finally:
        isolation.close()


def _settings(host: Host, manifest: Manifest) -> Check:
    about = "its settings are right"
    if not manifest.plugin_type.has_settings or manifest.type == "formatter":
        return Check(about)
    try:
        host.settings_of(host.manager.handle(manifest))
    except (LhpError, LhpErrors) as error:
        return Check(about, 1, (Failure(refusal_of(error), dict(manifest.config)),))
    return Check(about, 1)


def _source_checks(host: Host, manifest: Manifest, subject: GeneratorUnderTest) -> Iterator[Check]:
    """Yield what the source of a generator tells of the options that it reads."""
    found = host.manager.resolver.modules.find(manifest.module)
    file = found.file if found else None
    source = source_of(file, file.name, manifest.attribute) if file else None
    if source is None:
        return
    reads = reads_of(source, subject.kind.name)
    rules = {
        "options that are read are declared": unknown_reads(
            reads, source, subject.schema, subject.kind.name
        ),
        "options that are declared are read": unread_options(reads, source, subject.schema),
    }
    for about, faults in rules.items():
        yield Check(about, len(subject.schema["properties"]), tuple(map(Failure, faults)))


def _files_of(root: Path) -> Mapping[str, tuple[int, int]]:
    """Return size and time of each file of a project, by path; nothing of what tools keep there."""
    found = {}
    for folder, inner, names in os.walk(root):
        inner[:] = [name for name in inner if name not in _NOT_LOOKED_AT]
        for file in (Path(folder, name) for name in names):
            if file.is_file():
                facts = file.stat()
                found[file.relative_to(root).as_posix()] = (facts.st_size, facts.st_mtime_ns)
    return found
