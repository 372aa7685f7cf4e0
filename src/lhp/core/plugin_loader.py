"""Finds plugins in folders and in installed distributions by reading, not by running them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lhp.core.installed import distributions, normal_name
from lhp.core.manifest import (
    COMMAND_NAME,
    NAME,
    PLUGIN_TYPES,
    Manifest,
    Origin,
    manifest_of,
    read_declarations,
)
from lhp.core.modules import LocalModules, folder_package
from lhp.core.plugin_trust import PluginTrustManager
from lhp.core.resolver import PluginHandle, Resolver
from lhp.errors import (
    FILE_UNREADABLE,
    PLUGIN_BY_HAND,
    PLUGIN_COMMAND_UNNAMED,
    PLUGIN_FILE_NAME_BAD,
    PLUGIN_NAME_BAD,
    PLUGIN_SYNTAX,
    PLUGIN_TABLE_OPAQUE,
    PLUGIN_UNNAMED,
    LhpError,
    LhpErrors,
    Location,
    raise_all,
)
from lhp.text.python_source import ClassFacts, HandFacts, ModuleFacts, read_module
from lhp.text.regular import read_regular
from lhp.text.yaml_reader import read_yaml
from lhp.values import frozen

BUILTIN = Path(__file__).parent.parent / "builtin"
DECLARATION_FILE = "plugins.yaml"
_GENERATOR_CLASS = re.compile(r"(?P<name>\w+?)(?P<kind>Load|Transform|Write|Test)Generator")
_TABLES = {"template_filters": "template_filter", "template_functions": "template_function"}
CLASS_ENDS = {
    "Validator": ("validator", "validate"),
    "Formatter": ("formatter", "format"),
    "Artifact": ("artifact", "build"),
}


@frozen
class Found:
    """What reading a folder or the environment gave.

    Args:
        manifests: The plugins.
        problems: What could not be understood, each at its place.
    """

    manifests: tuple[Manifest, ...] = ()
    problems: tuple[LhpError, ...] = ()


class DirectoryPluginLoader:
    """Finds the plugins that folders hold.

    A plugin is a `.py` file, or a package, whose name does not begin with `_`. A `plugins.yaml` in
    the folder says outright what it offers and then is the only word.

    Args:
        dirs: The folders.
        root: Project root, against which places are shown; None shows absolute paths.
    """

    def __init__(self, dirs: Sequence[Path | str], root: Path | None = None) -> None:
        # Path.resolve() raises on a loop of symlinks before Python 3.13.
        self.dirs = tuple(Path(os.path.realpath(folder)) for folder in dirs)
        self.root = root

    def discover_plugins(self) -> list[PluginHandle]:
        """Return a handle for each plugin of the folders; imports nothing.

        Raises:
            LhpErrors: When a file of the folders can't be understood.
        """
        found = self.read()
        raise_all(found.problems)
        modules = LocalModules(self.root)
        for folder in self.dirs:
            modules.add_folder(folder)
        resolver = Resolver(modules, PluginTrustManager())
        return [PluginHandle(manifest, resolver) for manifest in found.manifests]

    def read(self) -> Found:
        """Return manifests and problems of all folders."""
        manifests: list[Manifest] = []
        problems: list[LhpError] = []
        for folder in self.dirs:
            found = read_folder(folder, self.root)
            manifests += found.manifests
            problems += found.problems
        return Found(tuple(manifests), tuple(problems))


def shown_path(path: Path, root: Path | None) -> str:
    """Return a path as messages show it: relative to the project where it is inside."""
    if root is not None:
        whole, top = str(path), f"{root}{os.sep}"  # there are thousands
        if whole.startswith(top):
            return whole[len(top) :].replace(os.sep, "/")
    if root is not None and path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return path.as_posix()


def read_folder(folder: Path, root: Path | None) -> Found:
    """Return what one plugin folder offers; problems are collected."""
    declared = folder / DECLARATION_FILE
    if os.path.isfile(declared):  # noqa: PTH113  (raises for no path)
        return _read_declared(declared, folder, root)
    try:
        files = list(_module_files(folder))
    except OSError as error:
        return Found((), (_unreadable(folder, root, error),))
    modules, problems = _read_modules(files, root)
    known = {name: facts for module in modules.values() for name, facts in module.classes.items()}
    manifests: list[Manifest] = []
    for file, module in modules.items():
        inner = _inner_parts(file, folder)
        if any(part.startswith("_") for part in inner):
            continue
        found = offers_of(module, known, file, folder, root)
        offered = [item for item in found if isinstance(item, Manifest)]
        problems += [item for item in found if isinstance(item, LhpError)]
        if found and not all(part.isascii() and part.isidentifier() for part in inner):
            shown = shown_path(file, root)
            fault = PLUGIN_FILE_NAME_BAD.at(Location(shown), path=shown)
            problems.append(fault)
            offered = [replace(each, fault=fault) for each in offered]
        manifests += offered
    return Found(tuple(manifests), tuple(problems))


def offers_of(
    module: ModuleFacts,
    known: Mapping[str, ClassFacts],
    file: Path,
    folder: Path,
    root: Path | None,
) -> list[Manifest | LhpError]:
    """Return the plugins that a module offers, and what keeps others from being one.

    Args:
        module: What reading it told.
        known: The classes that may be bases of its own, its own included.
        file: Where it stands.
        folder: The plugin folder that it is in.
        root: Project root, against which places are shown.
    """
    offer = _Offer(file, folder, shown_path(file, root))
    return [*_classes(module, known, offer), *_tables(module, offer), *_commands(module, offer)]


def _unreadable(path: Path, root: Path | None, error: OSError) -> LhpError:
    shown = shown_path(path, root)
    return FILE_UNREADABLE.at(Location(shown), path=shown, reason=error.strerror)


def _read_modules(
    files: Sequence[Path], root: Path | None
) -> tuple[dict[Path, ModuleFacts], list[LhpError]]:
    modules: dict[Path, ModuleFacts] = {}
    problems: list[LhpError] = []
    for file in files:
        try:
            modules[file] = read_module(read_regular(file))
        except (SyntaxError, ValueError, OSError) as error:
            line = getattr(error, "lineno", None) or 0
            place = Location(shown_path(file, root), line)
            problems.append(PLUGIN_SYNTAX.at(place, reason=getattr(error, "msg", str(error))))
    return modules, problems


@frozen
class _Offer:
    file: Path
    folder: Path
    shown: str

    def manifest(self, plugin_type: str, name: str, attribute: str, line: int) -> Manifest:
        parts = [part for part in _inner_parts(self.file, self.folder) if part != "__init__"]
        return Manifest(
            type=plugin_type,
            name=name,
            origin=Origin.DIRECTORY,
            module=".".join([folder_package(self.folder), *parts]),
            attribute=attribute,
            location=Location(self.shown, line, 1),
            source=self.shown,
            file=self.file,
            folder=self.folder,
        )


def _inner_parts(file: Path, folder: Path) -> tuple[str, ...]:
    parts = file.relative_to(folder).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts


def _module_files(folder: Path, above: frozenset[str] = frozenset()) -> Iterator[Path]:
    here = os.path.realpath(folder)
    if here in above:
        return  # a link to a folder that it is in
    for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
        if entry.suffix == ".py" and entry.is_file():
            yield entry
        elif (entry / "__init__.py").is_file():
            yield from _module_files(entry, above | {here})


def _classes(
    module: ModuleFacts, known: Mapping[str, ClassFacts], offer: _Offer
) -> Iterator[Manifest | LhpError]:
    parents = {parent for facts in known.values() for parent in facts.bases}
    for name, facts in module.classes.items():
        if name.startswith("_"):
            continue
        ancestors = _ancestors(name, known)
        if "BaseActionGenerator" in ancestors:
            named = generator_name(name, facts.constants)
            by_hand = _by_hand(module.by_hand.get(name), name, offer)
            if by_hand is not None:
                yield by_hand
            elif named is not None:
                plugin_type, plugin_name = named
                yield offer.manifest(plugin_type, plugin_name, name, facts.line)
            elif name not in parents:
                yield PLUGIN_UNNAMED.at(Location(offer.shown, facts.line, 1), cls=name)
        for end, (plugin_type, method) in CLASS_ENDS.items():
            bodies = (known[each].members for each in (name, *ancestors) if each in known)
            if name.endswith(end) and name != end and any(method in body for body in bodies):
                plugin_name = snake_case(name[: -len(end)])
                yield offer.manifest(plugin_type, plugin_name, name, facts.line)


def _by_hand(hand: HandFacts | None, name: str, offer: _Offer) -> Manifest | None:
    """Return the plugin that a class is because its module registers it, the old way."""
    plugin_type = f"{hand.kind}_generator" if hand else ""
    if hand is None or plugin_type not in PLUGIN_TYPES:
        return None
    made = offer.manifest(plugin_type, hand.name, name, hand.line)
    said = f"`kind = {hand.kind!r}` and `type_name = {hand.name!r}`"
    advice = f"say {said} in the class {name}, which declares it, and take the line out"
    values = {"type": plugin_type, "name": hand.name, "advice": advice}
    return replace(made, warning=PLUGIN_BY_HAND.at(made.location, **values))


def _ancestors(name: str, known: Mapping[str, ClassFacts]) -> frozenset[str]:
    seen: set[str] = set()
    pending = [name]
    while pending:
        facts = known.get(pending.pop())
        new = set(facts.bases if facts else ()) - seen
        seen |= new
        pending += new
    return frozenset(seen)


def generator_name(class_name: str, constants: Mapping[str, object]) -> tuple[str, str] | None:
    """Return plugin type and name of a generator class, or None when it does not say them.

    Args:
        class_name: `CustomApiLoadGenerator` says load and custom_api.
        constants: `kind` and `type_name` in it say so outright.
    """
    match = _GENERATOR_CLASS.fullmatch(class_name)
    kind = constants.get("kind", match["kind"].lower() if match else None)
    name = constants.get("type_name", snake_case(match["name"]) if match else None)
    plugin_type = f"{kind}_generator"
    if plugin_type not in PLUGIN_TYPES or not isinstance(name, str):
        return None
    return plugin_type, name


def _tables(module: ModuleFacts, offer: _Offer) -> Iterator[Manifest | LhpError]:
    for attribute, plugin_type in _TABLES.items():
        if attribute in module.names and attribute not in module.tables:
            place = Location(offer.shown, module.lines[attribute], 1)
            yield PLUGIN_TABLE_OPAQUE.at(place, attribute=attribute)
        for name, line in module.tables.get(attribute, {}).items():
            made = offer.manifest(plugin_type, name, attribute, line)
            yield replace(made, item=name, label=offer.shown)


def _commands(module: ModuleFacts, offer: _Offer) -> Iterator[Manifest | LhpError]:
    for attribute, call in module.calls.items():
        if call.callee != "BaseCLIPlugin":
            continue
        name = call.constants.get("name") or call.names.get("command", "").replace("_", "-")
        if name:
            yield offer.manifest("cli_command", str(name), attribute, call.line)
        else:
            place = Location(offer.shown, call.line, 1)
            yield PLUGIN_COMMAND_UNNAMED.at(place, attribute=attribute)


def snake_case(name: str) -> str:
    """Return a class-style name in snake case: `CustomAPI` is `custom_api`."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return name.lower()


def _read_declared(file: Path, folder: Path, root: Path | None) -> Found:
    try:
        documents = read_yaml(read_regular(file), shown_path(file, root))
    except LhpErrors as errors:
        return Found((), errors.problems)
    except OSError as error:
        return Found((), (_unreadable(file, root, error),))
    data = documents[0].data
    section = data.get("plugins", data) if isinstance(data, Mapping) else data
    manifests = []
    for entry, location in read_declarations(section).entries:
        manifest = manifest_of(entry, Origin.DIRECTORY, location)
        package = folder_package(folder)
        path = folder / manifest.folder if manifest.folder else folder
        module = f"{package}.{manifest.module}" if manifest.module else ""
        manifests.append(replace(manifest, module=module, folder=path))
    return Found(tuple(manifests))


def builtin_manifests(folder: Path) -> Iterator[Manifest]:
    """Yield what one folder of built-in plugins declares."""
    file = folder / DECLARATION_FILE
    if not file.is_file():
        return
    shown = f"lhp/builtin/{folder.relative_to(BUILTIN).as_posix()}/{DECLARATION_FILE}"
    for document in read_yaml(file.read_bytes(), shown):
        for entry, location in read_declarations(document.data["plugins"]).entries:
            yield replace(manifest_of(entry, Origin.BUILTIN, location), source="lhp")


def installed_manifests(wanted: bool | tuple[str, ...]) -> Iterator[Manifest]:  # noqa: FBT001  (as declared)
    """Yield the plugins of installed distributions, by their entry points.

    Args:
        wanted: True for all, False for none, or the names of the distributions that count.
    """
    if wanted is False:
        return
    types = {plugin_type.group: plugin_type.name for plugin_type in PLUGIN_TYPES.values()}
    names = None if wanted is True else {normal_name(name) for name in wanted}
    for distribution in distributions():
        if names is not None and normal_name(distribution.name) not in names:
            continue
        for point in distribution.points:
            manifest = Manifest(
                type=types[point.group],
                name=point.name,
                origin=Origin.ENTRY_POINT,
                module=point.module,
                attribute=point.attribute,
                source=distribution.source,
                location=Location(f"{distribution.source} (entry point)"),
            )
            yield replace(manifest, fault=name_fault(manifest))


def name_fault(manifest: Manifest) -> LhpError | None:
    """Return what is wrong with a plugin's name, or None."""
    pattern = COMMAND_NAME if manifest.type == "cli_command" else NAME
    if pattern.fullmatch(manifest.name):
        return None
    return PLUGIN_NAME_BAD.at(manifest.at("name"), name=manifest.name)
