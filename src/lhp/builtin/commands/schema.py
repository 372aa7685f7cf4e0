"""The command `schema`."""

from __future__ import annotations

import click

from lhp.cli.approval import approve
from lhp.cli.report import counted, escape
from lhp.cli.session import Session, problem_format, with_session
from lhp.core.plugin_manager import PluginManager
from lhp.editor.kinds import KINDS_OF_FILES
from lhp.editor.known import unknown_plugins
from lhp.editor.store import SCHEMA_FOLDER, schema_text, stale_schemas, write_schemas
from lhp.editor.wiring import EDITORS, instructions, wire_vscode
from lhp.errors import SCHEMA_STALE, Location

_KINDS = ", ".join(KINDS_OF_FILES)


@click.command()
@with_session
@problem_format
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a schema is out of date.")
@click.option(
    "--stdout",
    "kind",
    type=click.Choice(KINDS_OF_FILES),
    metavar="KIND",
    help=f"Print the schema of one kind of file; write nothing. One of {_KINDS}.",
)
@click.option(
    "--editor",
    type=click.Choice(EDITORS),
    help="Wire VS Code, or print what to put where for another editor.",
)
def schema(session: Session, kind: str | None, editor: str | None, *, check: bool) -> int:
    """Write the schemas of the project's files, with the options of its plugins, for editors."""
    if sum(map(bool, (kind, editor, check))) > 1:
        message = "--check, --stdout and --editor exclude each other."
        raise click.UsageError(message)
    if kind:
        click.echo(schema_text(session.manager(), kind), nl=False)
        return 0
    _ = session.root()  # fails outside of a project
    manager = session.manager()
    # A schema that leaves open what a teammate's has would undo theirs.
    approve(manager, unknown_plugins(manager), asks=session.form == "text")
    if check:
        return _check(session, manager)
    _write(session, manager)
    if editor:
        _wire(session, editor)
    return 0


def _check(session: Session, manager: PluginManager) -> int:
    stale = stale_schemas(manager)
    session.show(SCHEMA_STALE.at(Location(path)) for path in stale)
    if not stale:
        session.say(f"{counted(len(KINDS_OF_FILES), 'schema')} up to date in {SCHEMA_FOLDER}")
    return 1 if stale else 0


def _write(session: Session, manager: PluginManager) -> None:
    done = write_schemas(manager)
    for path in done.written:
        click.echo(path)
    for name, reason in done.unusable.items():
        session.say(f"{name} can't be used, so its options are left open: {reason}")
    for problem in manager.unread:
        session.say(str(problem))
    unchanged = len(KINDS_OF_FILES) - len(done.written)
    session.say(f"{len(done.written)} written, {unchanged} unchanged in {SCHEMA_FOLDER}")


def _wire(session: Session, editor: str) -> None:
    root = session.root()
    if editor != "vscode":
        for line in instructions(editor, root):
            click.echo(escape(line))
        return
    wired = wire_vscode(root)
    for path in wired:
        click.echo(path)
    if not wired:
        session.say("VS Code is wired already")
