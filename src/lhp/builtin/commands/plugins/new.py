"""The command `plugins new`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import click

from lhp.builtin.commands.plugins.declare import edit_project_file
from lhp.builtin.commands.plugins.types import TYPE_NAMES, whole_type
from lhp.cli.approval import approve_own
from lhp.cli.report import print_diff
from lhp.cli.session import Session, problem_format, with_session
from lhp.core.manifest import PLUGIN_TYPES, Origin, manifest_of
from lhp.core.plugin_loader import DECLARATION_FILE, name_fault
from lhp.core.plugin_manager import PROJECT_FILE, PluginManager
from lhp.errors import INIT_IN_THE_WAY, PLUGIN_EXISTS, Location, raise_all
from lhp.kit import declarations
from lhp.kit.new import as_package, in_project
from lhp.passes.discover import is_included
from lhp.passes.state import replace_file, reported

Edit = Callable[[str], str]
_COMMON = "load, transform, write, test, filter, function, validator, formatter, command ..."
_FOLDER, _FLOWGROUPS = "plugins", "pipelines"


@click.command("new", short_help="Begin a plugin: code, example and test that work at once.")
@with_session
@problem_format
@click.argument("type_name", metavar="TYPE", required=False, type=TYPE_NAMES)
@click.argument("name", required=False)
@click.option("--package", is_flag=True, help="A distribution of its own, in a new folder.")
@click.option("--dry-run", is_flag=True, help="Show which files would be made.")
def new_plugin(
    session: Session, type_name: str | None, name: str | None, *, package: bool, dry_run: bool
) -> int:
    """Begin a plugin with everything that belongs to one.

    TYPE is a plugin type; load, transform, write, test, filter, function, macro and command are
    short for the longer ones. NAME is what flowgroups, templates or users will write.

    In a project that makes a module, its code template, a flowgroup that uses it and a test; with
    --package a distribution with entry point, README and CI. Nothing is overwritten.
    """
    plugin_type = whole_type(type_name or _asked("Type", TYPE_NAMES))
    name = name or _asked("Name")
    entry = {"name": name, "type": plugin_type, "module": "new", "class": "new"}
    raise_all(filter(None, [name_fault(manifest_of(entry, Origin.CONFIG, None))]))
    if package:
        return _package(session, plugin_type, name, dry_run=dry_run)
    return _project(session, plugin_type, name, dry_run=dry_run)


def _asked(what: str, kind: click.Choice[str] | None = None) -> str:
    if not sys.stdin.isatty():
        message = f"Missing argument '{what.upper()}'."
        raise click.UsageError(message)
    text = f"{what} ({_COMMON})" if kind else what
    return str(click.prompt(text, type=kind, show_choices=False))


def _package(session: Session, plugin_type: str, name: str, *, dry_run: bool) -> int:
    folder_name, new = as_package(plugin_type, name)
    files = _formatted(PluginManager(), new)
    _ = session.start  # fails where there is no folder to begin in
    folder = (session.folder or Path()) / folder_name
    _write(folder, files, dry_run=dry_run)
    session.say(f"next: cd {folder_name}, pip install -e '.[test]', python -m pytest")
    return 0


def _project(session: Session, plugin_type: str, name: str, *, dry_run: bool) -> int:
    project = session.project()
    manager = PluginManager(project.root, project.document)
    taken = manager.registry.winners.get((plugin_type, name))
    if taken is not None:
        raise PLUGIN_EXISTS.at(taken.location, type=plugin_type, name=name)
    folder = _plugin_folder(manager, project.root)
    flowgroups = _flowgroup_folder(project.include, name)
    files = _formatted(manager, in_project(plugin_type, name, folder, flowgroups))
    _write(project.root, files, dry_run=dry_run)
    edit = _declaring(plugin_type, name, folder, manager)
    if dry_run:
        before = (project.root / PROJECT_FILE).read_text("utf-8")
        print_diff(PROJECT_FILE, before, edit(before) if edit else before)
        return 0
    if edit is not None:
        edit_project_file(session, manager, edit, dry_run=False)
    for each in approve_own(PluginManager(project.root), files):
        session.say(f"{each} may run: lhp wrote it")
    session.say(_next(plugin_type, name, files))
    return 0


def _declaring(plugin_type: str, name: str, folder: str, manager: PluginManager) -> Edit | None:
    """Return what lets lhp.yaml name a folder of files, or a new plugin folder."""
    if PLUGIN_TYPES[plugin_type].is_folder:
        declaration = {"name": name, "type": plugin_type, "path": name}
        return partial(declarations.add, declaration=declaration)
    if (manager.root or Path()) / folder in manager.folders:
        return None
    return partial(declarations.add_folder, folder=f"./{folder}")


def _formatted(manager: PluginManager, files: Mapping[str, str]) -> Mapping[str, str]:
    """Return the files with their Python laid out: lines grow with the name of the plugin."""
    code = {path: text for path, text in files.items() if path.endswith(".py")}
    formatter = manager.get_plugin("formatter:ruff").load()()
    return {**files, **formatter.format(code)}


def _write(root: Path, files: Mapping[str, str], *, dry_run: bool) -> None:
    raise_all(
        INIT_IN_THE_WAY.at(Location(path), path=path)
        for path in files
        if (root / path).exists() or (root / path).is_symlink()
    )
    for path, text in sorted(files.items()):
        if not dry_run:
            with reported(str(root)):
                root.mkdir(parents=True, exist_ok=True)
            replace_file(root, path, text.encode())
        click.echo(f"+ {path}")


def _plugin_folder(manager: PluginManager, root: Path) -> str:
    """Return the first plugin folder of the project in which a file is a plugin by itself."""
    for folder in manager.folders:
        if folder.is_relative_to(root) and not (folder / DECLARATION_FILE).exists():
            return folder.relative_to(root).as_posix()
    return _FOLDER


def _flowgroup_folder(patterns: tuple[str, ...], name: str) -> str:
    """Return where flowgroups are found: not every project takes all that is below pipelines/."""
    folders = ["examples", *(pattern.partition("*")[0].strip("/") for pattern in patterns)]
    for folder in folders:
        if is_included(f"{folder}/{name}_example.yaml", patterns):
            return f"{_FLOWGROUPS}/{folder}"
    return f"{_FLOWGROUPS}/examples"


def _next(plugin_type: str, name: str, files: Mapping[str, str]) -> str:
    test = next((path for path in files if path.startswith("tests/")), "")
    tested = f"python -m pytest {test}, " if test else ""
    return f"next: lhp plugins info {plugin_type}:{name}, {tested}lhp generate --env dev"
