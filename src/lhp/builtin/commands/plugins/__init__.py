"""The commands below `plugins`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Any

import click

from lhp.builtin.commands.plugins.audit import audit_plugins
from lhp.builtin.commands.plugins.declare import (
    TYPE_NAMES,
    add_plugin,
    disable_plugin,
    enable_plugin,
    whole_type,
)
from lhp.builtin.commands.plugins.described import plugin_docs, plugin_schema
from lhp.builtin.commands.plugins.diagnosis import import_times
from lhp.builtin.commands.plugins.doctor import doctor
from lhp.builtin.commands.plugins.info import described, print_description
from lhp.builtin.commands.plugins.install import install_plugins
from lhp.builtin.commands.plugins.lock import lock_plugins
from lhp.builtin.commands.plugins.new import new_plugin
from lhp.builtin.commands.plugins.tested import check_contracts
from lhp.builtin.commands.plugins.trust import (
    block_plugins,
    trust_plugins,
    unblock_plugins,
    untrust_plugins,
)
from lhp.builtin.commands.plugins.uses import uses_of
from lhp.cli.approval import approve_pending
from lhp.cli.report import counted, escape, print_table
from lhp.cli.session import (
    Session,
    common_options,
    problem_format,
    table_format,
    with_session,
)
from lhp.core.manifest import Manifest, Origin
from lhp.core.plugin_check import check_plugins, section_problems, state_of
from lhp.core.plugin_manager import PluginManager
from lhp.errors import LhpError, LhpErrors
from lhp.sandbox.isolation import Isolation, is_isolated
from lhp.sandbox.kernel import expected_level

_COLUMNS = ("Name", "Type", "Origin", "State", "Source")


@click.group()
@common_options
def plugins() -> None:
    """List, describe, check or approve the plugins of a project."""


for _command in (
    plugin_schema,
    plugin_docs,
    new_plugin,
    check_contracts,
    add_plugin,
    enable_plugin,
    disable_plugin,
    install_plugins,
    trust_plugins,
    untrust_plugins,
    block_plugins,
    unblock_plugins,
    lock_plugins,
    audit_plugins,
    doctor,
):
    plugins.add_command(_command)


@plugins.command("list", short_help="List every plugin with its origin and state.")
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
    manager = _manager(session, form)
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


@plugins.command(short_help="Show one plugin: its declaration, its options and its uses.")
@with_session
@table_format
@click.argument("name")
def info(session: Session, name: str, form: str) -> int:
    """Show one plugin: where it is declared, what it accepts, who uses it.

    NAME is its name, or TYPE:NAME where two types share the name.
    """
    manager = _manager(session, form)
    manifest = manager.named(name)
    description = described(manager, manifest)
    print_description(description, uses_of(manager, manifest), form=form)
    if form == "text":  # one document is all that a program can read
        session.show(manager.resolver.warnings)
    return 0


@plugins.command(short_help="Check the plugins and tell all that is wrong with them.")
@with_session
@problem_format
@click.option("--static", "is_static", is_flag=True, help="Only read; run no plugin's code.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def validate(session: Session, names: Sequence[str], *, is_static: bool) -> int:
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


def _manager(session: Session, form: str) -> PluginManager:
    if form == "json":
        session.form = "json"  # what is wrong is printed likewise
    return session.manager()


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
    with closing(Isolation(manager)) as isolation:
        return [(_milliseconds(session, manager, isolation, each),) for each in chosen]


def _milliseconds(
    session: Session, manager: PluginManager, isolation: Isolation, manifest: Manifest
) -> float | None:
    state = state_of(manager, manifest)
    if state.reason or state.word == "disabled" or manifest.plugin_type.is_folder:
        return None
    try:
        return import_times(session, manager, isolation, manifest).milliseconds
    except (LhpError, LhpErrors):
        return None
