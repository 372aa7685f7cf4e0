"""Imports a plugin on its first use, and calls it: the one door through which foreign code runs.

Whatever plugin code does here (an exception, an exit, a print) becomes an `LhpError` that names
the plugin and the line that declares it.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

from lhp.core.import_times import ImportTimes, timed_imports
from lhp.core.manifest import API, OLDEST_API, Manifest, Origin
from lhp.core.modules import FOLDER_PACKAGE, FoundModule, LocalModules, is_reserved
from lhp.core.plugin_trust import PluginTrustManager
from lhp.core.shapes import builtin_plugins
from lhp.core.spans import span
from lhp.core.verdict import trust_id
from lhp.errors import (
    PLUGIN_ATTRIBUTE_MISSING,
    PLUGIN_BROKEN,
    PLUGIN_FAILED,
    PLUGIN_MODULE_MISSING,
    PLUGIN_MODULE_RESERVED,
    PLUGIN_MODULE_SHADOWS,
    PLUGIN_PRINTED,
    PLUGIN_UNTRUSTED,
    SOURCE_BAD,
    SOURCE_NOT_INSTALLED,
    SOURCE_UNHASHED,
    LhpError,
    LhpErrors,
    nearest,
    shown,
)
from lhp.text.python_source import ModuleFacts
from lhp.values import frozen

_MISSING = object()
_TOLD_WHOLE = (PLUGIN_BROKEN, SOURCE_BAD, SOURCE_NOT_INSTALLED, SOURCE_UNHASHED)
"""Causes that name the plugin themselves."""


class ByHandWarning(DeprecationWarning):
    """A generator is registered by hand; where a plugin does it, lhp says so by itself."""


class Resolver:
    """Turns manifests into the objects that they name, each once.

    Args:
        modules: Finds the modules of the project.
        trust: Says whose code may run.
    """

    def __init__(self, modules: LocalModules, trust: PluginTrustManager) -> None:
        self.modules = modules
        self.trust = trust
        self.warnings: list[LhpError] = []
        self.isolate: Callable[[Manifest], Any] = lambda _: None
        """Gives what stands in for a plugin that lives in a process of its own; None for others."""
        self.foresee: Callable[[Iterable[Manifest]], None] = lambda _: None
        """Is told which plugins a run will need, so that their processes can get ready."""
        self._results: dict[Any, Any] = {}

    def __getstate__(self) -> Mapping[str, Any]:
        """Return what another process of the run may know: nothing of what this one has loaded."""
        return {**vars(self), "isolate": None, "foresee": None, "_results": {}}

    def load(self, manifest: Manifest) -> Any:
        """Return a plugin's object, importing its module on the first call.

        Raises:
            LhpError: PLUGIN_UNTRUSTED when it may not run, PLUGIN_BROKEN with its true reason
                when it can't; the same one each time.
        """
        key = (manifest.identity, manifest.location)
        if key not in self._results:
            if manifest.warning is not None:
                self.warn(manifest.warning)
            try:
                self._results[key] = self._load(manifest)
            except (LhpError, LhpErrors) as error:
                self._results[key] = error
        result = self._results[key]
        if isinstance(result, (LhpError, LhpErrors)):
            raise again(result)
        return result

    def has_loaded(self, manifest: Manifest) -> bool:
        """Return True for a plugin that was loaded, or could not be."""
        return (manifest.identity, manifest.location) in self._results

    def timed(self, manifest: Manifest) -> ImportTimes:
        """Return how long it takes to import a plugin, in this process.

        Raises:
            LhpError: As `load` does.
        """
        self.modules.activate()
        with timed_imports() as timer:
            self.load(manifest)
        return timer.times()

    def refusal(self, manifest: Manifest) -> LhpError | None:
        """Return why a plugin may not run; None when it may."""
        verdict = self.trust.verdict(manifest, self.modules)
        if verdict.may_run:
            return None
        name = trust_id(manifest)
        advice = f"look at it, then `lhp plugins trust {name}`" if verdict.can_be_approved else None
        return PLUGIN_UNTRUSTED.at(
            manifest.location,
            type=manifest.type,
            name=manifest.name,
            reason=verdict.reason,
            advice=advice,
        )

    def facts(self, manifest: Manifest) -> ModuleFacts | None:
        """Return what a plugin's module offers, read from its source; None when that is unknown."""
        found = self.modules.find(manifest.module) if manifest.module else None
        try:
            return found.facts() if found else None
        except (SyntaxError, ValueError, OSError):
            return None

    def summary(self, manifest: Manifest) -> str:
        """Return the first docstring line of a plugin, read from its source; empty when unknown."""
        is_ours = manifest.origin is Origin.BUILTIN
        kept = builtin_plugins().get(manifest.qualified_name) if is_ours else None
        return self.read_summary(manifest) if kept is None else str(kept["summary"])

    def read_summary(self, manifest: Manifest) -> str:
        """Return what `summary` does, from the source in any case."""
        facts = self.facts(manifest)
        return facts.summary_of(manifest.attribute) if facts else ""

    def is_function(self, manifest: Manifest) -> bool:
        """Return True when reading alone tells that a plugin is one function, and no dict."""
        facts = self.facts(manifest)
        if facts is None or manifest.attribute in facts.classes:
            return False
        return manifest.attribute in facts.summaries

    def call(self, manifest: Manifest, function: Callable[..., Any], *args: Any) -> Any:
        """Return what a plugin's function returns.

        Raises:
            LhpError: PLUGIN_FAILED when it raises anything of its own.
        """
        self.modules.activate()
        # What a command prints is its result; anything else would mix with ours.
        is_quiet = manifest.type == "cli_command" or manifest.origin is Origin.BUILTIN
        is_apart = is_quiet or sys.stdout is sys.stderr
        silence = _NOTHING if is_apart else contextlib.redirect_stdout(sys.stderr)
        try:
            with silence, _FOREIGN, span(manifest.qualified_name):
                return function(*args)
        except _ForeignError as error:
            if isinstance(error.__cause__, KeyboardInterrupt):
                raise error.__cause__ from None
            raise self.failure(manifest, error.reason, error.traceback) from error

    def failure(self, manifest: Manifest, reason: str, trace: str = "") -> LhpError:
        """Return the error that a plugin failed.

        Args:
            manifest: The plugin.
            reason: What it raised, or did.
            trace: Its own traceback.
        """
        return PLUGIN_FAILED.at(
            manifest.location,
            type=manifest.type,
            name=manifest.name,
            reason=reason,
            target=manifest.target,
            traceback=trace,
        )

    def read(self, manifest: Manifest, function: Callable[..., Any], *args: Any) -> Any:
        """Return what a function learns from a plugin's object; what that prints is held back.

        Raises:
            LhpError: PLUGIN_FAILED when the plugin raises anything of its own.
        """
        if manifest.origin is Origin.BUILTIN:  # ours prints nothing
            return self.call(manifest, function, *args)
        with self._held_back(manifest):
            return self.call(manifest, function, *args)

    def warn(self, warning: LhpError) -> None:
        """Tell of a plugin at the end of the run; of two warnings of one cause only the first."""
        known = {(each.code.id, each.location, each.values.get("text")) for each in self.warnings}
        if (warning.code.id, warning.location, warning.values.get("text")) not in known:
            self.warnings.append(warning)

    def adopt(self, manifest: Manifest, plugin: Any) -> None:
        """Take an object that is in memory already as a plugin's.

        Raises:
            LhpError: PLUGIN_BROKEN when it can't be a plugin of that type.
        """
        if manifest.warning is not None:
            self.warn(manifest.warning)
        self._check(manifest, plugin)
        self._results[(manifest.identity, manifest.location)] = plugin

    def _load(self, manifest: Manifest) -> Any:
        fault = static_fault(manifest, self.modules)
        if fault is not None:
            raise broken(manifest, fault)
        refused = self.refusal(manifest)
        if refused is not None:
            raise refused
        if manifest.plugin_type.is_folder:
            return manifest.folder
        from logging import getLogger

        log = getLogger("lhp.plugins")
        log.info("loading %s from %s", manifest.qualified_name, manifest.target)
        if manifest.origin is Origin.BUILTIN:  # tests hold that ours are sound
            return self._import(manifest)
        stand_in = self.isolate(manifest)
        if stand_in is not None:
            return stand_in
        plugin = self._import(manifest)
        self._check(manifest, plugin)
        return plugin

    def _check(self, manifest: Manifest, plugin: Any) -> None:
        from lhp.core.contracts import contract_fault

        try:
            with _Foreign(), self._held_back(manifest):
                reason = contract_fault(manifest, plugin)
        except _ForeignError as error:
            raise broken(manifest, error.reason, error.traceback) from error
        if reason:
            raise broken(manifest, reason)

    def _import(self, manifest: Manifest) -> Any:
        self.modules.activate()
        try:
            with _Foreign(), self._held_back(manifest):
                module = importlib.import_module(manifest.module)
                plugin = _attribute(module, manifest.attribute)
        except _ForeignError as error:
            if manifest.origin is Origin.BUILTIN and isinstance(error.__cause__, KeyboardInterrupt):
                raise error.__cause__ from None  # by the user: ours never raise it
            raise broken(manifest, error.reason, error.traceback) from error
        if plugin is _MISSING:
            raise broken(manifest, _attribute_missing(manifest, dir(module)))
        if manifest.item:
            if not isinstance(plugin, Mapping) or manifest.item not in plugin:
                raise broken(manifest, f"{manifest.target} is missing")
            plugin = plugin[manifest.item]
        return plugin

    @contextlib.contextmanager
    def _held_back(self, manifest: Manifest) -> Iterator[None]:
        """Keep what a plugin prints or warns of meanwhile, and tell it once as a warning."""
        held = io.BytesIO()
        printed = io.TextIOWrapper(held, "utf-8", errors="backslashreplace", write_through=True)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("ignore", ByHandWarning)
            try:
                with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                    yield
            finally:
                said = [held.getvalue().decode("utf-8", "replace"), *map(_warned, warned)]
                self._tell(manifest, "".join(said).strip())

    def _tell(self, manifest: Manifest, text: str) -> None:
        place, kind, name = manifest.location, manifest.type, manifest.name
        if text:
            self.warn(PLUGIN_PRINTED.at(place, type=kind, name=name, text=text[:200]))


@frozen
class PluginHandle:
    """A plugin that can be used: its manifest now, its object when it is needed.

    Args:
        manifest: What is known without importing it.
        resolver: Imports it.
    """

    manifest: Manifest
    resolver: Resolver

    @property
    def name(self) -> str:
        """What users write to use it."""
        return self.manifest.name

    @property
    def type(self) -> str:
        """Its plugin type."""
        return self.manifest.type

    @property
    def origin(self) -> Origin:
        """Where it was declared."""
        return self.manifest.origin

    def load(self) -> Any:
        """Return its object.

        Raises:
            LhpError: When it may not run, or is broken.
        """
        return self.resolver.load(self.manifest)

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Return what a function of this plugin returns.

        Raises:
            LhpError: PLUGIN_FAILED when it raises anything of its own.
        """
        return self.resolver.call(self.manifest, function, *args)

    def read(self, function: Callable[..., Any], *args: Any) -> Any:
        """Return what a function learns from its object; what that prints is held back.

        Raises:
            LhpError: PLUGIN_FAILED when the plugin raises anything of its own.
        """
        return self.resolver.read(self.manifest, function, *args)

    def generate(self, action: Any, context: Any) -> Any:
        """Return what its generator makes of an action, with imports, facts and files.

        Args:
            action: An `Action`.
            context: A `Context`.

        Raises:
            LhpError: When the plugin is broken, or fails.
        """
        from lhp.core.handed_back import checked, without_marks

        generator = self.load()

        def run() -> Any:
            made = generator.run(action, context)
            if self.origin is Origin.BUILTIN:  # tests hold that all else of ours is sound
                return without_marks(made)
            return checked(made, context.metadata_columns.imports_used)

        return self.call(run)


def again(error: LhpError | LhpErrors) -> LhpError | LhpErrors:
    """Return a copy of a kept error, to be raised: raising one object twice piles up tracebacks."""
    if isinstance(error, LhpErrors):
        return LhpErrors(error.problems)
    copy = LhpError(error.code, error.location, error.values)
    copy.__cause__ = error.__cause__
    return copy


def broken(
    manifest: Manifest, reason: str | LhpError, trace: str = "", *, key: str = ""
) -> LhpError:
    """Return the error that using a broken plugin gives.

    Args:
        manifest: The plugin.
        reason: Why it can't be used.
        trace: Its own traceback.
        key: The key of its declaration that is to blame, where that is known.
    """
    if isinstance(reason, LhpError) and reason.code in _TOLD_WHOLE:
        return reason
    text = reason.message if isinstance(reason, LhpError) else reason
    advice = reason.hint or None if isinstance(reason, LhpError) else None
    place = reason.location if isinstance(reason, LhpError) else manifest.at(key)
    return PLUGIN_BROKEN.at(
        place or manifest.location,
        type=manifest.type,
        name=manifest.name,
        reason=text,
        advice=advice,
        traceback=trace,
    )


def api_range() -> str:
    """Return in words which versions of the plugin API this host keeps."""
    return f"version {API}" if OLDEST_API == API else f"versions {OLDEST_API} to {API}"


def static_fault(manifest: Manifest, modules: LocalModules) -> LhpError | None:
    """Return why a plugin can't be imported, as far as reading can tell; None when it can."""
    return next(static_faults(manifest, modules), None)


def static_faults(manifest: Manifest, modules: LocalModules) -> Iterator[LhpError]:
    """Yield every reason, found by reading alone, why a plugin can't be imported."""
    if manifest.fault is not None:
        yield broken(manifest, manifest.fault)
    if not OLDEST_API <= manifest.api <= API:
        reason = f"it wants version {manifest.api} of the plugin API; lhp keeps {api_range()}"
        yield broken(manifest, reason, key="api")
    is_absent = bool(manifest.wheels and manifest.fault)
    if not manifest.plugin_type.is_folder and not is_absent:
        fault = _module_fault(manifest, modules)
        if fault is not None:
            yield fault


def _module_fault(manifest: Manifest, modules: LocalModules) -> LhpError | None:
    place, name = manifest.at("module"), _shown_module(manifest)
    if not name:
        return None if manifest.fault else broken(manifest, "its declaration says no `module`")
    found = modules.find(manifest.module)
    if found is None:
        meant = modules.nearest(manifest.module)
        return PLUGIN_MODULE_MISSING.at(place, module=name, nearest=meant)
    if found.shadowed:
        return PLUGIN_MODULE_SHADOWS.at(
            place, module=name, local=found.local, installed=found.shadowed
        )
    if manifest.origin is Origin.CONFIG and is_reserved(manifest.module):
        return _reserved(manifest, "module", name)
    return None if manifest.origin is Origin.BUILTIN else _source_fault(manifest, found)


def _source_fault(manifest: Manifest, found: FoundModule) -> LhpError | None:
    name = _shown_module(manifest)
    try:
        facts = found.facts()
    except SyntaxError as error:
        line = f" (line {error.lineno})" if error.lineno else ""
        return broken(manifest, f"{found.name} is not valid Python: {error.msg}{line}")
    except (ValueError, OSError) as error:
        return broken(manifest, f"{found.name} can't be read: {error}")
    if found.folder is not None:
        reason = f"`module` {name} is a folder without `__init__.py`: say which module in it"
        return broken(manifest, reason, key="module")
    if not manifest.attribute:
        return broken(manifest, f"its declaration does not say which `class` of {name} it is")
    return _attribute_fault(manifest, facts) if facts else None


def _attribute_fault(manifest: Manifest, facts: ModuleFacts) -> LhpError | None:
    top = manifest.attribute.partition(".")[0]
    if top in facts.imported:
        return _import_fault(manifest, facts.imported[top])
    is_there = facts.is_dynamic or top in facts.names
    return None if is_there else _attribute_missing(manifest, facts.names)


def _import_fault(manifest: Manifest, origin: str) -> LhpError | None:
    """Return why what a module imports is no plugin of its own; None where it may be one."""
    module, _, taken = origin.partition(":")
    if is_reserved(module):
        return _reserved(manifest, "class", module)
    if taken:
        return None
    reason = f"`class` {manifest.attribute} is of the module {module}, which it only imports"
    return broken(manifest, f"{reason}: declare that module", key="class")


def _reserved(manifest: Manifest, key: str, module: str) -> LhpError:
    owner = "lhp" if module.partition(".")[0] == "lhp" else "the standard library"
    return PLUGIN_MODULE_RESERVED.at(manifest.at(key), module=module, owner=owner)


def _attribute_missing(manifest: Manifest, known: Iterable[str]) -> LhpError:
    return PLUGIN_ATTRIBUTE_MISSING.at(
        manifest.at("class"),
        module=_shown_module(manifest),
        attribute=manifest.attribute,
        nearest=nearest(manifest.attribute, known),
    )


def _shown_module(manifest: Manifest) -> str:
    package, _, inner = manifest.module.partition(".")
    return inner if package.startswith(FOLDER_PACKAGE) else manifest.module


def _attribute(module: Any, attribute: str) -> Any:
    plugin = module
    for part in attribute.split("."):
        plugin = getattr(plugin, part, _MISSING)
        if isinstance(plugin, ModuleType):
            return _MISSING  # what another module has is no plugin of this one
    return plugin


def _warned(warning: warnings.WarningMessage) -> str:
    # Gives the words also of a warning whose own `str()` fails.
    return "".join(traceback.format_exception_only(warning.category, warning.message))  # type: ignore[arg-type]


class _ForeignError(Exception):
    def __init__(self, error: BaseException) -> None:
        super().__init__()
        name = type(error).__name__
        # Gives the words also of an error whose own `str()` fails.
        words = str(traceback.TracebackException.from_exception(error, limit=0))
        self.reason = f"{name}: {words}" if words else name
        if isinstance(error, SystemExit):
            self.reason = f"it tried to end the program ({self.reason})"
        self.traceback = shown("".join(traceback.format_exception(error)))


class _Foreign:
    """Tells what code of a plugin raises of its own from the errors of lhp."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None:
            return
        if isinstance(error, (LhpError, LhpErrors)):
            try:
                _expect_words(error)
            except BaseException as fault:
                raise _ForeignError(fault) from fault
        else:
            raise _ForeignError(error) from error


_FOREIGN = _Foreign()
_NOTHING: AbstractContextManager[None] = contextlib.nullcontext()


def _expect_words(error: LhpError | LhpErrors) -> None:
    """Fail here when the values of an error are not those of its code, not where it is shown."""
    for each in error.problems if isinstance(error, LhpErrors) else (error,):
        _ = (str(each), each.hint, each.location and each.location.path)
