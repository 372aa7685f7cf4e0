"""The command `plugins audit`."""

from __future__ import annotations

import click

from lhp.cli.report import TableForm, counted, print_table
from lhp.cli.session import Session, table_format, with_session
from lhp.core.audit import audit_file, read_audit
from lhp.core.user_files import read_private
from lhp.errors import AUDIT_BROKEN, Location, raise_all

_COLUMNS = ("Time", "Event", "Plugin", "Outcome")


@click.command("audit", short_help="Show who ran what here, and when.")
@with_session
@table_format
@click.option("--verify", is_flag=True, help="Check the chain; exit 1 where it is broken.")
@click.option("--head", metavar="HASH", help="With --verify: a line that has to be there.")
def audit_plugins(session: Session, form: TableForm, head: str | None, *, verify: bool) -> int:
    """Show what ran in this project: runs, approvals, plugins.

    Each line of the file has the hash of the one before. --verify tells where that does not fit.
    That lines were cut off at the end shows with --head alone: keep the hash that a run prints
    with `-v`.
    """
    if head and not verify:
        message = "--head needs --verify."
        raise click.UsageError(message)
    file = session.audit_log or audit_file(session.root())
    lines = [*read_audit(read_private(file) or b"")]
    if verify:
        shown = file.as_posix()
        faults = [(each.number, each.fault) for each in lines if each.fault]
        if head and not any(each.event.get("hash") == head for each in lines):
            faults.append((len(lines), f"no line has the hash {head}"))
        raise_all(AUDIT_BROKEN.at(Location(shown, at), reason=why) for at, why in faults)
        session.say(f"{counted(len(lines), 'event')}: the chain is whole")
        return 0
    rows = [
        (
            str(each.event.get("ts", "")),
            str(each.event.get("event", "")),
            str(each.event.get("plugin", "")),
            str(each.event.get("outcome", "")),
        )
        for each in lines
    ]
    print_table(_COLUMNS, rows, form=form)
    session.say(f"{counted(len(lines), 'event')} in {file.as_posix()}")
    return 0
