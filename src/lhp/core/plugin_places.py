"""Where plugins may come from: each place, what is there of a name, and how it stands with that."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from lhp.core.installed import distributions, normal_name
from lhp.core.manifest import Manifest, Origin, type_and_name
from lhp.core.plugin_check import State, state_of
from lhp.core.plugin_loader import DECLARATION_FILE, installed_manifests, shown_path
from lhp.core.plugin_manager import PROJECT_FILE, PluginManager
from lhp.core.registry import is_dormant
from lhp.model.source import YamlMap, locate
from lhp.values import frozen

_UNLISTED = Path("plugins")
"""The folder that `lhp plugins new` writes to."""


@frozen
class Found:
    """A plugin at a place.

    Args:
        manifest: As the project has it.
        state: How it stands with it; the word `hidden` for one that another place hides.
    """

    manifest: Manifest
    state: State


@frozen
class Place:
    """A place that plugins may come from.

    Args:
        name: As users know it: a file, a folder, `acme-lhp 1.2 (installed)`, `lhp (built in)`.
        found: What is there.
        remarks: What hides things there, or keeps them from being plugins.
        way: How a plugin gets there; empty where none can.
    """

    name: str
    found: tuple[Found, ...] = ()
    remarks: tuple[str, ...] = ()
    way: str = ""


def places(manager: PluginManager, name: str = "") -> list[Place]:
    """Return each place that was looked at, the strongest first; imports nothing.

    Args:
        manager: Knows the plugins.
        name: The name, the label or `type:name` that is looked for; empty for every plugin.
    """
    wanted_type, wanted = type_and_name(name)

    def is_wanted(manifest: Manifest) -> bool:
        names = ("", manifest.name, manifest.label)
        return wanted in names and wanted_type in ("", manifest.type)

    return [
        _project_file(manager, is_wanted, wanted),
        *_folders(manager, is_wanted, wanted),
        *_distributions(manager, is_wanted),
        Place("lhp (built in)", _found(manager, is_wanted, Origin.BUILTIN)),
    ]


def _project_file(
    manager: PluginManager, is_wanted: Callable[[Manifest], bool], wanted: str
) -> Place:
    if manager.document is None:
        return Place(PROJECT_FILE, remarks=("there is none here, or in a folder above",))
    named = [item for item in manager.manifests if item.is_named and is_wanted(item)]
    found = tuple(Found(item, standing(manager, item)) for item in named)
    way = "a declaration under `plugins: enabled:`, as `lhp plugins add` writes it"
    return Place(PROJECT_FILE, found, tuple(_unread_entries(manager, wanted)), way)


def _unread_entries(manager: PluginManager, wanted: str) -> Iterator[str]:
    """Yield the declarations that are passed over because of their form."""
    data = manager.document.data if manager.document else None
    section = data.get("plugins") if isinstance(data, Mapping) else None
    listed = section.get("enabled") if isinstance(section, Mapping) else section
    read = {location for _, location in manager.declarations.entries}
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        place = locate(listed, (index,))
        is_meant = not wanted or (isinstance(entry, YamlMap) and entry.get("name") == wanted)
        if is_meant and place not in read:
            yield f"{place} is no declaration: it has no `name`, or no `type` that there is"


def _folders(
    manager: PluginManager, is_wanted: Callable[[Manifest], bool], wanted: str
) -> Iterator[Place]:
    for text, folder in manager.listed_folders.items():
        if not os.path.isdir(folder):  # noqa: PTH112  (pathlib raises for what can be no path)
            yield Place(text, remarks=("there is no such folder",))
            continue
        top = shown_path(folder.resolve(), manager.root).rstrip("/") + "/"
        found = [
            each
            for each in _found(manager, is_wanted, Origin.DIRECTORY)
            if each.manifest.source.startswith(top)
        ]
        problems = (p for p in manager.unread if p.location and p.location.path.startswith(top))
        unread = [f"{problem.location}: {problem.message}" for problem in problems]
        remarks = [*unread, *_passed_over(folder)]
        remarks += _unoffered(folder, wanted) if wanted and not found else ()
        way = f"a class in one of its .py files, or a line of its {DECLARATION_FILE}"
        yield Place(text, tuple(found), tuple(remarks), way)
    if manager.root is not None and (manager.root / _UNLISTED).is_dir():
        known = {*manager.folders}
        if (manager.root / _UNLISTED).resolve() not in known:
            why = f"`plugins: directories:` of {PROJECT_FILE} does not list this folder"
            yield Place(f"{_UNLISTED}/", remarks=(why,))


def _passed_over(folder: Path) -> Iterator[str]:
    """Yield the folders in a plugin folder that are no packages, but hold modules."""
    is_read = os.access(folder, os.R_OK) and not (folder / DECLARATION_FILE).is_file()
    for inner in sorted(folder.iterdir()) if is_read else ():
        is_package = (inner / "__init__.py").is_file() or inner.name.startswith(("_", "."))
        if not is_package and next(inner.glob("*.py"), None):
            yield f"{inner.name}/ is passed over, as it has no __init__.py"


def _unoffered(folder: Path, wanted: str) -> Iterator[str]:
    """Yield why a file of the wanted name offers no plugin of it."""
    if (folder / DECLARATION_FILE).is_file():
        yield f"its {DECLARATION_FILE} is the only word on what is in this folder"
    for file in (folder / f"{wanted}.py", folder / wanted / "__init__.py"):
        if file.is_file():
            yield f"{file.relative_to(folder).as_posix()} is there, but offers no {wanted!r}"
    if (folder / f"_{wanted}.py").is_file():
        yield f"_{wanted}.py is passed over, as its name begins with `_`"


def _distributions(
    manager: PluginManager, is_wanted: Callable[[Manifest], bool]
) -> Iterator[Place]:
    chosen = manager.declarations.entry_points
    known = {normal_name(name) for name in (chosen if isinstance(chosen, tuple) else ())}
    offered = [*installed_manifests(wanted=True)]
    way = "an entry point in a group such as lhp.generators.load"
    installed = distributions()
    if not installed:
        yield Place("installed", remarks=("no distribution has plugins",), way=way)
    for each in installed:
        name = f"{each.source.strip()} (installed)"
        own = [item for item in offered if item.source == each.source and is_wanted(item)]
        if each.problem is not None:
            yield Place(name, remarks=(each.problem.message,))
        elif chosen is True or normal_name(each.name) in known:
            found = _found(manager, is_wanted, Origin.ENTRY_POINT)
            its = tuple(item for item in found if item.manifest.source == each.source)
            yield Place(name, its, way=way)
        else:
            why = "`entry_points: false`" if chosen is False else "`entry_points:` without it"
            state = State("hidden", f"{why} in {PROJECT_FILE} shuts it out")
            yield Place(name, tuple(Found(item, state) for item in own))


def _found(
    manager: PluginManager, is_wanted: Callable[[Manifest], bool], origin: Origin
) -> tuple[Found, ...]:
    offered = [item for item in manager.offered if item.origin is origin and is_wanted(item)]
    known = {item.identity: item for item in reversed(manager.manifests)}  # named ones come first
    whole = (known.get(item.identity, item) for item in offered)
    return tuple(Found(item, standing(manager, item)) for item in whole)


def standing(manager: PluginManager, manifest: Manifest) -> State:
    """Return how it stands with a plugin, and what hides it; imports nothing.

    Args:
        manager: Knows the plugins.
        manifest: Any of its plugins.
    """
    winner = manager.registry.winners.get(manifest.key, manifest)
    is_ours = manifest.origin is Origin.BUILTIN
    if manager.trust.is_off and not is_ours:
        return State("hidden", "`--no-plugins` leaves it out")
    if not manifest.enabled:
        return State("disabled", f"`enabled: false` at {manifest.location}")
    if manifest.key not in manager.registry.clashes and winner is not manifest:
        return State("hidden", f"{winner.target} overrides it, declared at {winner.location}")
    state = state_of(manager, manifest)
    if not state.reason and is_dormant(manifest):
        reason = f"a {manifest.type} acts unasked, so {PROJECT_FILE} has to name it"
        return State("installed", reason)
    return state
