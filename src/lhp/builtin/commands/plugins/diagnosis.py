"""What `plugins doctor` finds out about one plugin: how it stands, why, and what to do next."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lhp.cli.session import errors_of
from lhp.core.import_times import ImportTimes
from lhp.core.manifest import Manifest
from lhp.core.modules import FOLDER_PACKAGE
from lhp.core.plugin_check import State
from lhp.core.plugin_faults import check_plugins
from lhp.core.plugin_loader import shown_path
from lhp.core.plugin_manager import PluginManager
from lhp.core.plugin_places import Found, Place
from lhp.errors import (
    PLUGIN_CLASH,
    PLUGIN_INSTALLED_MISSING,
    SOURCE_NOT_INSTALLED,
    LhpError,
    LhpErrors,
)
from lhp.values import frozen

_FRAME = re.compile(r'File "(.+)", line (\d+)')
Timer = Callable[[Manifest], ImportTimes]
_USABLE = ("enabled", "installed", "builtin")


@frozen
class Diagnosis:
    """One plugin, as far as anything tells of it.

    Args:
        manifest: Its declaration.
        state: How it stands with it; what running it told is in.
        target: What its declaration points to.
        problems: All that is wrong with it.
        times: How long it takes to import it; None for one that was not imported.
        step: What to do next: a command, or words.
    """

    manifest: Manifest
    state: State
    target: str = ""
    problems: tuple[LhpError, ...] = ()
    times: ImportTimes | None = None
    step: str = ""

    @property
    def is_usable(self) -> bool:
        """True when a project can use it as it is."""
        return self.state.word in _USABLE and not self.state.reason

    @property
    def modules(self) -> list[tuple[str, float]]:
        """The modules that took longest, each with its own milliseconds."""
        named = [(_public(name), own) for name, own in (self.times.modules if self.times else ())]
        return [(name, own) for name, own in named if name]


def _public(module: str) -> str:
    """Return the name of a module as its author knows it; nothing for that of a plugin folder."""
    top, _, inner = module.partition(".")
    return inner if top.startswith(FOLDER_PACKAGE) else module


def diagnosed(manager: PluginManager, timer: Timer, found: Found) -> Diagnosis:
    """Return all that can be said of a plugin; imports it when nothing speaks against it.

    Args:
        manager: Knows the plugins.
        timer: Imports a plugin, and tells how long that took.
        found: The plugin, as reading alone knows it.
    """
    manifest, state = found.manifest, found.state
    known = Diagnosis(manifest, state, manager.target_of(manifest))
    if state.word in ("hidden", "disabled"):
        return replace(known, step=_step(manager, found, ()))
    problems = [*check_plugins(manager, [manifest.qualified_name]).problems]
    if known.is_usable and not manifest.plugin_type.is_folder:
        try:
            known = replace(known, times=timer(manifest))
        except (LhpError, LhpErrors) as error:
            problems += _unmeasured(manifest, errors_of(error))
    errors = [problem for problem in problems if not problem.is_warning]
    if errors and known.is_usable:
        first = errors[0]
        state = State("broken", str(first.values.get("reason") or first.message))
    step = _step(manager, Found(manifest, state), errors)
    unique = {(str(each), each.location): each for each in problems}
    return replace(known, state=state, problems=tuple(unique.values()), step=step)


def _unmeasured(manifest: Manifest, errors: Iterable[LhpError]) -> Iterable[LhpError]:
    """Return what kept a plugin from being imported; a command may need what sandboxes lack."""
    return () if manifest.type == "cli_command" else errors


def _step(manager: PluginManager, found: Found, errors: Sequence[LhpError]) -> str:
    manifest, word = found.manifest, found.state.word
    name = manifest.qualified_name
    if word == "hidden":
        return _unhide(manager, manifest)
    if word == "disabled" or (word == "installed" and found.state.reason):
        return f"lhp plugins enable {name}"
    if word == "blocked":
        return f"lhp plugins unblock {name}"
    if word == "untrusted":
        verdict = manager.trust.verdict(manifest, manager.resolver.modules)
        return f"lhp plugins trust {name}" if verdict.can_be_approved else found.state.reason
    if word == "broken":
        return _mend(manager, manifest, errors)
    return f"lhp plugins info {name}"


def _unhide(manager: PluginManager, manifest: Manifest) -> str:
    if manager.trust.is_off:
        return "leave out `--no-plugins`"
    if manager.registry.winners.get(manifest.key, manifest) is not manifest:
        return f"lhp plugins info {manifest.qualified_name}"
    distribution = manifest.source.rpartition(" ")[0]
    return f"write {distribution} under `plugins: entry_points:` in lhp.yaml"


def _mend(manager: PluginManager, manifest: Manifest, errors: Sequence[LhpError]) -> str:
    fault = manifest.fault
    clash = manager.registry.clashes.get(manifest.key)
    if clash is not None:
        return clash.hint if clash.code == PLUGIN_CLASH else f"see {clash.location}"
    if fault is not None and fault.code == SOURCE_NOT_INSTALLED:
        return "lhp plugins install"
    if fault is not None and fault.code == PLUGIN_INSTALLED_MISSING:
        return fault.hint
    if fault is not None and fault.location == manifest.places.get("requires"):
        return f"pip install {shlex.quote(manifest.requires)}"
    hints = [error.hint for error in errors if error.hint]
    blamed = (error.location for error in errors if error.location)
    place = _last_line(manager, errors) or next(blamed, manifest.location)
    return hints[0] if hints else f"mend {place}, then `lhp plugins validate {manifest.name}`"


def _last_line(manager: PluginManager, errors: Iterable[LhpError]) -> str:
    """Return the line of the project that a traceback came to last; empty where there is none."""
    root = manager.root
    traces = "\n".join(str(error.values.get("traceback") or "") for error in errors)
    for file, line in reversed(_FRAME.findall(traces)):
        if root is not None and Path(file).is_relative_to(root):
            return f"{shown_path(Path(file), root)}:{line}"
    return ""


def as_data(diagnosis: Diagnosis) -> Mapping[str, object]:
    """Return a diagnosis for programs, but for its problems and tracebacks."""
    manifest, times = diagnosis.manifest, diagnosis.times
    return {
        "type": manifest.type,
        "name": manifest.name,
        "origin": manifest.origin.value,
        "state": diagnosis.state.word,
        "reason": diagnosis.state.reason,
        "declared": str(manifest.location),
        "object": diagnosis.target,
        "source": manifest.source,
        "api": manifest.api,
        "requires": manifest.requires,
        "import_ms": times.milliseconds if times else None,
        "imports": [{"module": name, "ms": own} for name, own in diagnosis.modules],
        "next": diagnosis.step,
    }


def found_in(places: Iterable[Place]) -> list[Found]:
    """Return each plugin of some places once; it stands in lhp.yaml and where it comes from."""
    every = [found for place in places for found in place.found]
    return [*{found.manifest.identity: found for found in reversed(every)}.values()][::-1]
