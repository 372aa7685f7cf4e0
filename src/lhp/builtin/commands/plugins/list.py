"""The command `plugins list`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from lhp.builtin.commands.plugins.types import TYPE_NAMES, whole_type
from lhp.cli.report import counted, escape, print_table
from lhp.cli.session import Session, with_session
from lhp.core.manifest import Manifest, Origin
from lhp.core.plugin_check import section_problems, state_of
from lhp.core.plugin_manager import PluginManager
from lhp.core.verdict import is_isolated
from lhp.errors import LhpError, LhpErrors
from lhp.sandbox.kernel import expected_level

_COLUMNS = ("Name", "Type", "Origin", "State", "Source")


@click.command("list", short_help="List every plugin with its origin and state.")
@with_session
@click.option(
    "--type",
    "type_name",
    metavar="TYPE",
    type=TYPE_NAMES,
    help="Plugins of this type alone, such as load or load_generator.",
)
@click.option(
    "--origin",
    type=click.Choice([origin.value for origin in Origin]),
    help="Plugins of this origin alone.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "table", "json"]),
    default="text",
    show_default=True,
    help="How the result is printed; a table is text.",
)
@click.option(
    "--timing", is_flag=True, help="Import those that may run, and show how long it takes."
)
def list_plugins(
    session: Session, type_name: str | None, origin: str | None, form: str, *, timing: bool
) -> int:
    """List every plugin with its origin and state; runs none of them, but with --timing."""
    if form == "json":
        session.form = "json"  # what is wrong is printed likewise
    manager = session.manager()
    type_name = whole_type(type_name) if type_name else None
    chosen = [
        manifest
        for manifest in manager.manifests
        if type_name in (None, manifest.type) and origin in (None, manifest.origin.value)
    ]
    times = _times(session, manager, chosen) if timing else [()] * len(chosen)
    columns = (*_COLUMNS, "Import ms") if timing else _COLUMNS
    rows = [(*_row(manager, manifest), *own) for manifest, own in zip(chosen, times, strict=True)]
    reasons = [state_of(manager, manifest).reason for manifest in chosen]
    if form == "json":
        whole = ((*row, reason) for row, reason in zip(rows, reasons, strict=True))
        print_table((*columns, "Reason"), whole, form="json")
        return 0
    print_table(columns, rows)
    for (name, plugin_type, *_), reason in zip(rows, reasons, strict=True):
        if reason:
            click.echo(escape(f"{plugin_type}:{name}: {reason}"))
    for problem in manager.unread:
        session.say(str(problem))
    faults = len([*section_problems(manager), *manager.problems])
    if faults:
        session.say(
            f"{counted(faults, 'fault')} in the declarations: `lhp plugins validate` shows them"
        )
    session.say(counted(len(rows), "plugin"))
    if any(is_isolated(manifest) for manifest in chosen):
        session.say(f"isolation: {expected_level()}; commands run with your rights")
    return 0


def _row(manager: PluginManager, manifest: Manifest) -> tuple[Any, ...]:
    state = state_of(manager, manifest)
    origin = manifest.origin
    is_ours = origin in (Origin.CONFIG, Origin.DIRECTORY) and not manifest.wheels
    source = manager.target_of(manifest) if is_ours else manifest.source
    return (manifest.name, manifest.type, origin.value, state.word, source)


def _times(
    session: Session, manager: PluginManager, chosen: Sequence[Manifest]
) -> list[tuple[float | None]]:
    """Return the milliseconds that each plugin takes to be imported; None for one that can't be."""
    timer = session.import_timer(manager)

    def milliseconds(manifest: Manifest) -> float | None:
        state = state_of(manager, manifest)
        if state.reason or state.word == "disabled" or manifest.plugin_type.is_folder:
            return None
        try:
            return timer(manifest).milliseconds
        except (LhpError, LhpErrors):
            return None

    return [(milliseconds(each),) for each in chosen]
