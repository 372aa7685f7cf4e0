"""The commands `plugins schema` and `plugins docs`: what the plugins accept, for others to read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from lhp.cli.session import Session, problem_format, with_session
from lhp.core.manifest import Manifest
from lhp.core.option_schema import Schema
from lhp.core.plugin_manager import PluginManager
from lhp.core.resolver import broken
from lhp.editor.known import Known, KnownPlugins
from lhp.editor.page import html_page, markdown
from lhp.editor.plugin_page import plugin_page
from lhp.errors import PLUGIN_WITHOUT_SCHEMA
from lhp.passes.project import open_project
from lhp.passes.state import replace_file, reported

_DRAFT = "http://json-schema.org/draft-07/schema#"


@click.command("schema", short_help="Print what the plugins accept, as JSON Schema.")
@with_session
@problem_format
@click.argument("name", required=False)
@click.option("--config", "is_config", is_flag=True, help="The schema of its `config` instead.")
def plugin_schema(session: Session, name: str | None, *, is_config: bool) -> int:
    """Print what a plugin accepts as JSON Schema, or what each of them does.

    NAME is its name, or TYPE:NAME where two types share the name.
    """
    manager = session.manager()
    known = KnownPlugins(manager)
    if name is None:
        if is_config:
            message = "--config needs NAME."
            raise click.UsageError(message)
        data: Any = {
            manifest.qualified_name: _as_data(manifest, known.of(manifest))
            for manifest in manager.registry.active()
        }
    else:
        manifest = manager.get_plugin(name).manifest
        data = _schema(manifest, known.of(manifest), is_config=is_config)
    click.echo(json.dumps(data, indent=2))
    return 0


@click.command("docs")
@with_session
@click.option(
    "--format",
    "form",
    type=click.Choice(["md", "html"]),
    help="Markdown or one HTML file; what the end of FILE says, else Markdown.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write it; printed when absent.",
)
def plugin_docs(session: Session, form: str | None, output: Path | None) -> int:
    """Write the reference of all plugins of this project as one page."""
    manager = session.manager()
    blocks = plugin_page(manager, _title(manager))
    end = output.suffix.lower() if output else ""
    is_html = form == "html" if form else end in (".html", ".htm")
    text = html_page(blocks) if is_html else markdown(blocks)
    if output is None:
        click.echo(text, nl=False)
        return 0
    _write(output, text.encode())
    click.echo(output.as_posix())
    return 0


def _write(file: Path, content: bytes) -> None:
    if file.exists() and not file.is_file():
        with reported(str(file)):
            file.write_bytes(content)  # a pipe or a device stays what it is
        return
    target = Path(os.path.realpath(file))
    replace_file(target.parent, target.name, content)


def _schema(manifest: Manifest, known: Known, *, is_config: bool) -> Schema:
    if known.reason:
        raise broken(manifest, known.reason)
    is_options = bool(manifest.plugin_type.kind) and not is_config
    schema = known.options if is_options else known.settings
    if schema is None:
        what = "options" if is_options else "config"
        at = manifest.location
        raise PLUGIN_WITHOUT_SCHEMA.at(at, type=manifest.type, name=manifest.name, what=what)
    return {"$schema": _DRAFT, "title": manifest.qualified_name, **schema}


def _as_data(manifest: Manifest, known: Known) -> dict[str, Any]:
    return {
        "origin": manifest.origin.value,
        "source": manifest.source,
        "summary": known.summary,
        "reason": known.reason,
        "options": known.options,
        "config": known.settings,
    }


def _title(manager: PluginManager) -> str:
    if manager.root is None:
        return "Plugins of lhp"
    return f"Plugins of {open_project(manager.root).name}"
