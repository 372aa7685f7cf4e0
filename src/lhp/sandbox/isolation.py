"""Lets plugins that do not come with lhp live in sandboxes, and stands in for them in the host."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any

from lhp.core.base_generator import Context, Generated
from lhp.core.foreign_patterns import foreign
from lhp.core.function_table import folders_of
from lhp.core.import_times import ImportTimes
from lhp.core.manifest import Manifest, Origin
from lhp.core.permissions import Permissions
from lhp.core.plugin_manager import PluginManager
from lhp.core.plugin_sources import sources_of
from lhp.core.plugin_trust import AskingTrust
from lhp.core.resolver import broken
from lhp.core.verdict import is_isolated, is_of_project, trust_id
from lhp.errors import ISOLATION_MISSING, LhpError, LhpErrors
from lhp.model.flowgroup import Action
from lhp.sandbox.client import Sandbox, SandboxError
from lhp.sandbox.kernel import KERNEL
from lhp.sandbox.launch import get_ready

_log = logging.getLogger("lhp.plugins")
_MOST_KILLED = 3
_WILD = re.compile(r"[*?[]")


class Isolation:
    """The sandboxes of a project's plugins, each started when it is first needed.

    Args:
        manager: The plugins.
    """

    def __init__(self, manager: PluginManager) -> None:
        self._manager = manager
        self._sandboxes: dict[str, Sandbox] = {}
        self._facts: dict[str, Mapping[str, Any]] = {}
        self._used: dict[str, dict[str, Any]] = {}
        self._times: dict[str, ImportTimes] = {}

    def level(self, manifest: Manifest) -> str:
        """Return how a plugin is isolated, where it runs already; empty where it does not."""
        sandbox = self._sandboxes.get(trust_id(manifest))
        return sandbox.level if sandbox else ""

    def stand_in(self, manifest: Manifest) -> Any:
        """Return what stands in the host for a plugin; None for one that runs in the host.

        Raises:
            LhpError: What its sandbox finds wrong with the plugin.
        """
        if not _lives_apart(manifest):
            if is_isolated(manifest) and self._requires_kernel:
                raise _not_isolated(manifest, "none")
            return None
        ask = _Asked(self, manifest)
        facts = self._facts_of(manifest)
        if manifest.plugin_type.kind:
            return RemoteGenerator(ask, facts)
        if manifest.type in ("template_filter", "template_function"):
            return _functions(ask, facts, manifest.item)
        if manifest.type == "formatter":
            return RemoteObject(ask, facts) if facts["has_format"] else _function(ask, "", "")
        return RemoteClass(ask, facts)

    def foresee(self, manifests: Iterable[Manifest]) -> None:
        """Let the sandboxes of plugins that a run will need get ready while it does other things.

        What is wrong with one is told when it is used. Where a level is required, none imports its
        plugin before it is known to have reached that.
        """
        for manifest in manifests:
            is_here = trust_id(manifest) in self._sandboxes or not _lives_apart(manifest)
            if not is_here and self._manager.resolver.refusal(manifest) is None:
                with contextlib.suppress(LhpError, SandboxError):
                    sandbox = self._sandbox(manifest)
                    if not self._requires_kernel:
                        sandbox.begin("load")

    def used(self) -> Mapping[str, Mapping[str, Any]]:
        """Return what each plugin did, by `type:name`: calls, failures, milliseconds, level."""
        return self._used

    def import_times(self, manifest: Manifest) -> ImportTimes:
        """Return how long it takes to import a plugin, beyond what the host has imported anyway.

        What does not come with lhp is imported in a sandbox, also a command; but for what asks to
        live in the host.

        Args:
            manifest: A plugin that may run.

        Raises:
            LhpError: What is wrong with the plugin.
        """
        is_command = manifest.type == "cli_command" and manifest.origin is not Origin.BUILTIN
        if not (_lives_apart(manifest) or is_command):
            return self._manager.resolver.timed(manifest)
        name = trust_id(manifest)
        if name not in self._times:
            answer = self.ask(manifest, "imports")
            try:
                total, modules = answer
                taken = tuple((str(module), float(own)) for module, own in modules)
                self._times[name] = ImportTimes(float(total), taken)
            except (TypeError, ValueError) as error:
                reason = "its process sent what are no times"
                raise self._manager.resolver.failure(manifest, reason) from error
        return self._times[name]

    def close(self) -> None:
        """End all sandboxes."""
        for sandbox in self._sandboxes.values():
            sandbox.close()
        self._sandboxes.clear()

    def _facts_of(self, manifest: Manifest) -> Mapping[str, Any]:
        name = trust_id(manifest)
        if name not in self._facts:
            self._facts[name] = self.ask(manifest, "load")
        return self._facts[name]

    def ask(self, manifest: Manifest, operation: str, *args: Any, **options: Any) -> Any:
        """Return what a plugin's sandbox answers.

        Args:
            manifest: The plugin.
            operation: What to do.
            args: What it needs.
            options: As `Sandbox.ask` takes them.

        Raises:
            LhpError: What is wrong with the plugin, or PLUGIN_FAILED when its sandbox fails.
            LhpErrors: What the plugin finds wrong.
        """
        resolver, begin = self._manager.resolver, time.monotonic()
        empty = {"calls": 0, "killed": 0, "ms": 0.0, "level": ""}
        used = self._used.setdefault(trust_id(manifest), empty)
        if used["killed"] == _MOST_KILLED:
            reason = f"its process had to be ended {_MOST_KILLED} times; it is not started again"
            raise resolver.failure(manifest, reason)
        try:
            sandbox = self._sandbox(manifest)
            if not used["level"]:
                used["level"] = sandbox.level
                self._expect_level(manifest, sandbox)
            frame = sandbox.ask(operation, *args, **options)
        except SandboxError as error:
            self._sandboxes.pop(trust_id(manifest), None)
            used["killed"] += 1
            raise resolver.failure(manifest, str(error)) from error
        finally:
            used["calls"] += 1
            used["ms"] = round(used["ms"] + (time.monotonic() - begin) * 1000, 1)
        if frame["warnings"]:
            known = set(map(str, resolver.warnings))
            resolver.warnings += [each for each in frame["warnings"] if str(each) not in known]
        if frame["printed"]:
            sys.stderr.write("".join(map(_harmless, str(frame["printed"]))))
        raised = frame.get("raised")
        if isinstance(raised, (LhpError, LhpErrors)):
            raise raised
        return frame["done"]

    def _sandbox(self, manifest: Manifest) -> Sandbox:
        name = trust_id(manifest)
        if name not in self._sandboxes:
            sandbox = Sandbox(*self._job(manifest), Permissions.asked_by(manifest))
            self._sandboxes[name] = sandbox
        return self._sandboxes[name]

    def _expect_level(self, manifest: Manifest, sandbox: Sandbox) -> None:
        _log.info("%s lives in a process of its own (%s)", trust_id(manifest), sandbox.level)
        if self._requires_kernel and sandbox.level != KERNEL:
            raise _not_isolated(manifest, sandbox.level)

    @property
    def _requires_kernel(self) -> bool:
        trust = self._manager.trust
        return isinstance(trust, AskingTrust) and trust.user.requires_kernel

    def _job(self, manifest: Manifest) -> tuple[Mapping[str, Any], list[Path]]:
        modules, root = self._manager.resolver.modules, self._manager.root or Path()
        job: dict[str, Any] = {
            "manifest": _as_data(manifest),
            "root": str(root),
            "folders": [str(folder) for folder in modules.folders],
            "files": None,
            "macros": {name: str(folder) for name, folder in self._macros.items()},
        }
        readable = [*self._macros.values(), *_granted_files(manifest, root)]
        if is_of_project(manifest, modules):
            job["files"] = self._files(manifest, root)
            readable += map(Path, job["files"])
        return job, readable

    @cached_property
    def _macros(self) -> Mapping[str, Path]:
        content = folders_of(self._manager, "content").items()
        macros = {name: folder / "macros" for name, folder in content}
        return {**macros, **folders_of(self._manager, "template_macro")}

    def _files(self, manifest: Manifest, root: Path) -> Mapping[str, str]:
        """Return the files that may run for a plugin, with the SHA-256 of what they hold now."""
        try:
            sources = sources_of(manifest, self._manager.resolver.modules, root)
        except ValueError as error:
            raise broken(manifest, str(error)) from error
        refusal = self._manager.trust.refusal
        return {
            os.path.realpath(root / path): sources.files[path]
            for path, text in sources.texts.items()
            if not refusal(root / path, text)
        }


def get_ready_for(manager: PluginManager) -> None:
    """Start what sandboxes are forked from where a run may need any, so that it need not wait."""
    if any(map(is_isolated, manager.registry.active())):
        get_ready()


def _harmless(character: str) -> str:
    """Return a character as a terminal may show it: nothing moves its cursor or hides."""
    is_plain = character.isprintable() or character in "\n\t"
    return character if is_plain else character.encode("unicode_escape").decode()


def _lives_apart(manifest: Manifest) -> bool:
    return is_isolated(manifest) and Permissions.asked_by(manifest).is_isolated


def _granted_files(manifest: Manifest, root: Path) -> Iterator[Path]:
    """Yield the files of the project that a plugin may read by itself; never one outside.

    A pattern that names a folder stands for all that is in it. Links to folders are not followed.
    """
    for pattern in sorted(Permissions.asked_by(manifest).read):
        parts = pattern.replace("\\", "/").split("/")
        plain = [*takewhile(lambda part: not _WILD.search(part), parts)]
        base = root.joinpath(*plain)
        for file in _files_in(base, root):
            if _is_within(file.relative_to(base).parts, parts[len(plain) :]):
                yield file


def _files_in(base: Path, root: Path) -> Iterator[Path]:
    whole = os.path.realpath(root)
    walked = (Path(folder, name) for folder, _, names in os.walk(base) for name in names)
    for file in (base, *walked) if _is_in(base, whole) else ():
        if os.path.isfile(file) and _is_in(file, whole):  # noqa: PTH113  (pathlib raises for what nobody may look at)
            yield file


def _is_in(path: Path, whole: str) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(whole)


def _is_within(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Return True for what a pattern names, and for all that is in a folder that it names."""
    if not pattern:
        return True
    first, *rest = pattern
    if first == "**":
        return any(_is_within(parts[at:], rest) for at in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], first) and _is_within(parts[1:], rest)


def _not_isolated(manifest: Manifest, level: str) -> LhpError:
    values = {"type": manifest.type, "name": manifest.name, "level": level}
    return ISOLATION_MISSING.at(manifest.location, **values)


class _Asked:
    """Asks the sandbox of one plugin."""

    def __init__(self, isolation: Isolation, manifest: Manifest) -> None:
        self._isolation = isolation
        self._manifest = manifest

    def __call__(self, operation: str, *args: Any, **options: Any) -> Any:
        return self._isolation.ask(self._manifest, operation, *args, **options)

    def schema(self, schema: Any) -> Any:
        """Return a schema of the plugin; the patterns in it are matched where it lives."""
        return foreign(schema, lambda pattern, text: bool(self("match", pattern, str(text))))


class _Remote:
    """What the host knows of any object in a sandbox.

    Args:
        ask: Asks its sandbox.
        facts: What that said when it loaded the object.
    """

    def __init__(self, ask: _Asked, facts: Mapping[str, Any]) -> None:
        self._ask = ask
        self._facts = facts
        self.Config = ask.schema(facts["config"])
        self.help = str(facts["summary"])

    def config_details(self, config: Mapping[str, Any]) -> Any:
        """Return what its settings find wrong beyond their schema."""
        return self._ask("settings", config)


class RemoteGenerator(_Remote):
    """A generator class in a sandbox, as far as the host has to do with one."""

    def __init__(self, ask: _Asked, facts: Mapping[str, Any]) -> None:
        super().__init__(ask, facts)
        self.source_count = str(facts["source_count"])
        self._options: Mapping[str, Any] = ask.schema(facts["options"])

    def get_supported_options(self) -> Mapping[str, Any]:
        """Return what the generator accepts, as JSON Schema."""
        return self._options

    def says_options(self) -> bool:
        """Return False for a generator that accepts anything, as it says no options."""
        return bool(self._facts["says_options"])

    def metadata_tokens(self, action: Action) -> Mapping[str, str]:
        """Return `${tokens}` of an action that metadata expressions may use."""
        return self._ask("tokens", action) if self._facts["has_tokens"] else {}

    def run(self, action: Action, context: Context) -> Generated:
        """Return all that the generator makes of one action."""
        generated: Generated = self._ask(
            "run", action, context.config, _given(context), answers=_answers(context)
        )
        return generated


class RemoteClass(_Remote):
    """A class in a sandbox, made anew for each call: a validator or an artifact."""

    def __init__(self, ask: _Asked, facts: Mapping[str, Any]) -> None:
        super().__init__(ask, facts)
        self.scope = str(facts["scope"])

    def __call__(self) -> RemoteObject:
        """Return an object of the class."""
        return RemoteObject(self._ask, self._facts)


class RemoteObject(_Remote):
    """An object in a sandbox: a validator, a formatter or an artifact."""

    config: Any = None
    context: Context = Context()

    def validate(self, config: Any) -> Any:
        """Return what a validator finds wrong."""
        return self._ask("method", "validate", self.config, [config])

    def check(self) -> Any:
        """Return what an artifact finds wrong with what it reads."""
        return self._asked("check") if self._facts["has_check"] else ()

    def build(self, run: Any) -> Any:
        """Return the files that an artifact makes."""
        texts = run["texts"]  # asked for one by one: all together may be long
        rest = {key: run[key] for key in run if key != "texts"}
        return self._asked("build", rest, text=texts.__getitem__)

    def _asked(self, name: str, *args: Any, **more: Callable[..., Any]) -> Any:
        given, answers = _given(self.context), {**_answers(self.context), **more}
        return self._ask("method", name, self.config, list(args), given, answers=answers)

    def format(self, sources: Mapping[str, str]) -> Any:
        """Return what a formatter makes of some modules."""
        return self._ask("method", "format", self.config, [sources])


def _functions(ask: _Asked, facts: Mapping[str, Any], item: str) -> Any:
    if facts["names"] is None:
        return _function(ask, "", facts["summary"])
    functions = {name: _function(ask, name, about) for name, about in facts["names"].items()}
    return functions.get(item, functions) if item else functions


def _function(ask: _Asked, name: str, summary: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return ask("function", name, list(args), kwargs)

    call.__doc__ = summary
    return call


def _given(context: Context) -> Mapping[str, Any]:
    names = ("env", "pipeline", "flowgroup", "project_name")
    given = {name: getattr(context, name) for name in names}
    return {**given, "project_columns": list(context.project_columns)}


def _answers(context: Context) -> Mapping[str, Callable[..., Any]]:
    tables = context.renderer.tables
    return {
        "actions": lambda: [*context.actions],
        "columns": lambda: [*context.metadata_columns],
        "read_text": context.read_text,
        "read_yaml": context.read_yaml,
        "list_files": lambda folder: [*context.list_files(folder)],
        "section": context.section,
        "has_function": lambda kind, name: name in tables[kind],
        "functions": lambda kind: [*tables[kind]],
        "function": lambda kind, name, args, kwargs: tables[kind][name](*args, **kwargs),
    }


def _as_data(manifest: Manifest) -> Mapping[str, Any]:
    whole = replace(manifest, item="", name=manifest.label or manifest.name, label="")
    names = ("type", "name", "module", "attribute", "location", "source")
    return {**{name: getattr(whole, name) for name in names}, "origin": manifest.origin.value}
