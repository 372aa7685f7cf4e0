"""The command `plugins info`: what is known of one plugin, as data and as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any

import click

from lhp.builtin.commands.plugins.uses import uses_of
from lhp.cli.report import escape, print_table
from lhp.cli.session import Session, errors_of, table_format, with_session
from lhp.core.contracts import first_line_of
from lhp.core.manifest import Manifest
from lhp.core.option_schema import Schema, supported_options, type_words
from lhp.core.plugin_check import State, state_of
from lhp.core.plugin_config import settings_schema
from lhp.core.plugin_manager import PluginManager
from lhp.errors import LhpError, LhpErrors, Location
from lhp.values import frozen

_COLUMNS = ("Name", "Type", "Required", "Default", "Meaning")


@frozen
class Description:
    """One plugin, for people and programs.

    Args:
        manifest: Its declaration.
        state: How it stands with it.
        target: What its declaration points to.
        summary: First line of its docstring; empty when it has none.
        options: A row for each option of a generator.
        settings: A row for each key of its config.
    """

    manifest: Manifest
    state: State
    target: str = ""
    summary: str = ""
    options: Sequence[tuple[Any, ...]] = ()
    settings: Sequence[tuple[Any, ...]] = ()
    overridden: Sequence[Manifest] = field(default_factory=list)


@click.command("info", short_help="Show one plugin: its declaration, its options and its uses.")
@with_session
@table_format
@click.argument("name")
def plugin_info(session: Session, name: str, form: str) -> int:
    """Show one plugin: where it is declared, what it accepts, who uses it.

    NAME is its name, or TYPE:NAME where two types share the name.
    """
    if form == "json":
        session.form = "json"  # what is wrong is printed likewise
    manager = session.manager()
    manifest = manager.named(name)
    description = described(manager, manifest)
    print_description(description, uses_of(manager, manifest), form=form)
    if form == "text":  # one document is all that a program can read
        session.show(manager.resolver.warnings)
    return 0


def described(manager: PluginManager, manifest: Manifest) -> Description:
    """Return what is known of a plugin; imports it when nothing speaks against it."""
    state = state_of(manager, manifest)
    summary = manager.resolver.summary(manifest)
    others = [
        other for other in manager.manifests if other.key == manifest.key and other is not manifest
    ]
    target = manager.target_of(manifest)
    known = partial(Description, manifest, target=target, overridden=others)
    is_command = manifest.type == "cli_command"  # imported when it is called, and never else
    if state.reason or state.word == "disabled" or manifest.plugin_type.is_folder or is_command:
        return known(state, summary=summary)
    try:
        plugin = manager.resolver.load(manifest)
        options, settings = manager.resolver.read(manifest, _tables, manifest, plugin)
    except (LhpError, LhpErrors) as error:
        first = errors_of(error)[0]
        reason = str(first.values.get("reason") or first.message)
        return known(State("broken", reason), summary=summary)
    summary = summary or first_line_of(plugin)
    return known(state, summary=summary, options=options, settings=settings)


def _tables(manifest: Manifest, plugin: Any) -> tuple[list[Any], list[Any]]:
    options = supported_options(plugin) if manifest.plugin_type.kind else {}
    return list(_rows(options)), list(_rows(settings_schema(plugin) or {}))


def _rows(schema: Schema) -> Iterator[tuple[Any, ...]]:
    required = schema.get("required", ())
    for name, option in schema.get("properties", {}).items():
        meaning = option.get("description", "")
        yield name, type_words(option), name in required, option.get("default"), meaning


def print_description(
    description: Description, uses: Sequence[tuple[Location, str]], *, form: str = "text"
) -> None:
    """Print what is known of a plugin.

    Args:
        description: Of the plugin.
        uses: Where it is used.
        form: `text` for people, `json` for programs.
    """
    if form == "json":
        click.echo(json.dumps(_as_data(description, uses), indent=2, default=str))
        return
    manifest = description.manifest
    click.echo(escape(manifest.qualified_name))
    for label, text in _facts(description):
        click.echo(f"  {label:<9} {escape(text)}")
    tables = {"Options": description.options, "Config": description.settings}
    for title, rows in tables.items():
        if rows:
            click.echo(f"\n{title}")
            shown = ((*row[:3], _default(row[3]), row[4]) for row in rows)
            print_table(_COLUMNS, shown)
    if uses:
        click.echo("\nUsed by")
        print_table(("Place", "What"), [(str(place), what) for place, what in uses])


def _facts(description: Description) -> Iterator[tuple[str, str]]:
    manifest, state = description.manifest, description.state
    if description.summary:
        yield "summary", description.summary
    yield "declared", str(manifest.location)
    yield "origin", manifest.origin.value
    yield "state", f"{state.word}: {state.reason}" if state.reason else state.word
    yield "source", manifest.source
    yield "object", description.target
    if manifest.config:
        yield "config", json.dumps(manifest.config, default=str)
    for other in description.overridden:
        yield "beside", f"{other.target} ({other.location})"


def _default(value: Any) -> str:
    return "" if value is None else json.dumps(value, default=str)


def _as_data(
    description: Description, uses: Sequence[tuple[Location, str]]
) -> Mapping[str, object]:
    manifest, state = description.manifest, description.state
    keys = [column.lower() for column in _COLUMNS]
    return {
        "name": manifest.name,
        "type": manifest.type,
        "summary": description.summary,
        "declared": str(manifest.location),
        "origin": manifest.origin.value,
        "state": state.word,
        "reason": state.reason,
        "source": manifest.source,
        "module": manifest.module,
        "class": manifest.attribute,
        "config": manifest.config,
        "options": [dict(zip(keys, row, strict=True)) for row in description.options],
        "settings": [dict(zip(keys, row, strict=True)) for row in description.settings],
        "uses": [
            {"path": place.path, "line": place.line, "column": place.column, "what": what}
            for place, what in uses
        ],
    }
