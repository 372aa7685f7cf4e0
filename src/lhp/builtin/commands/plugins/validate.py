"""The command `plugins validate`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import click

from lhp.cli.approval import approve_pending
from lhp.cli.report import counted
from lhp.cli.session import Session, problem_format, with_session
from lhp.core.plugin_faults import check_plugins
from lhp.errors import LhpError, LhpErrors


@click.command("validate", short_help="Check the plugins and tell all that is wrong with them.")
@with_session
@problem_format
@click.option("--static", "is_static", is_flag=True, help="Only read; run no plugin's code.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def validate_plugins(session: Session, names: Sequence[str], *, is_static: bool) -> int:
    """Check the plugins, all or those of NAME, and tell everything that is wrong with them."""
    manager = session.manager()
    refused: Sequence[LhpError] = ()
    if not is_static:
        note = partial(session.note, root=manager.root)
        try:
            approve_pending(manager, asks=session.form == "text", note=note)
        except LhpErrors as errors:
            refused = errors.problems
    checked = check_plugins(manager, names, is_static=is_static)
    told = {(each.code, each.location) for each in refused}
    others = (each for each in checked.problems if (each.code, each.location) not in told)
    problems = [*refused, *others]
    session.show(problems)
    if any(not problem.is_warning for problem in problems):
        return 1
    total = counted(len(checked.manifests), "plugin")
    session.say(f"{total}: no {'errors' if problems else 'problems'}")
    return 0
