"""The command `init`."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import click

from lhp.cli.approval import approve_own
from lhp.cli.session import Session, with_session
from lhp.core.plugin_manager import PluginManager
from lhp.editor.kinds import KINDS_OF_FILES
from lhp.editor.store import schema_path, write_schemas
from lhp.editor.wiring import vscode_files
from lhp.errors import INIT_IN_THE_WAY, PROJECT_EXISTS, Location, raise_all
from lhp.passes.project import PROJECT_FILE
from lhp.passes.state import replace_file, reported

_FILES = Path(__file__).parent / "init_project"
_DOT = "dot-"
_NAME = "PROJECT_NAME"
_CATALOG = "CATALOG_NAME"


def _checked(_: click.Context, __: click.Parameter, name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,63}", name, re.ASCII | re.IGNORECASE):
        message = f"{name!r}: use letters, digits, `_` and `-`, a letter first."
        raise click.BadParameter(message)
    return name


@click.command()
@with_session
@click.argument("name", callback=_checked)
def init(session: Session, name: str) -> None:
    """Make a new project that validates and generates at once."""
    _ = session.start  # fails where there is no folder to begin in
    folder = (session.folder or Path()) / name
    files = _content(name)
    if (folder / PROJECT_FILE).exists():
        at = Location((folder / PROJECT_FILE).as_posix())
        raise PROJECT_EXISTS.at(at, path=at.path)
    taken = _clashes(folder, (*files, *map(schema_path, KINDS_OF_FILES)))
    raise_all(INIT_IN_THE_WAY.at(Location(path), path=path) for path in taken)
    files = {**files, **vscode_files(folder)}
    with reported(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        replace_file(folder, path, text.encode())
    manager = PluginManager(folder)
    approved = [*approve_own(manager, files)]
    for path in sorted((*files, *write_schemas(manager).written)):
        click.echo(f"+ {(folder / path).as_posix()}")
    for each in approved:
        session.say(f"{each} may run: lhp wrote it")
    project = shlex.quote(folder.as_posix())
    click.echo("\nNext:")
    click.echo(f"  lhp --project {project} validate")
    click.echo(f"  lhp --project {project} generate --env dev")
    click.echo(f"  lhp --project {project} run --env local")


def _content(name: str) -> Mapping[str, str]:
    catalog = name.lower().replace("-", "_")
    files = {}
    for file in _FILES.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            path = file.relative_to(_FILES).as_posix()
            path = f".{path.removeprefix(_DOT)}" if path.startswith(_DOT) else path
            text = file.read_text(encoding="utf-8")
            files[path] = text.replace(_NAME, name).replace(_CATALOG, catalog)
    return dict(sorted(files.items()))


def _clashes(folder: Path, files: Iterable[str]) -> Iterator[str]:
    places = [folder / path for path in files]
    taken = {place for place in places if os.path.lexists(place)}
    parents = {
        parent for place in places for parent in place.parents if parent.is_relative_to(folder)
    }
    taken |= {parent for parent in parents if os.path.lexists(parent) and not parent.is_dir()}
    return (place.as_posix() for place in sorted(taken))
