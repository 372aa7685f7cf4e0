"""The commands `list presets`, `list templates`, `list blueprints` and `list flowgroups`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from lhp.cli.report import TableForm, counted, print_table
from lhp.cli.session import Session, common_options, table_format, with_session
from lhp.model.project import Project
from lhp.passes.collect import Problems
from lhp.passes.content import blueprint_of, preset_of, shown, template_document
from lhp.passes.discover import discover
from lhp.passes.parse import parse
from lhp.passes.presets import collect_presets
from lhp.passes.project import read_documents
from lhp.passes.templates import Template, read_template

_PARAMETERS = ("Template", "Parameter", "Type", "Required", "Default", "Description")


@click.group(name="list")
@common_options
def list_commands() -> None:
    """List presets, templates, blueprints or flowgroups."""


@list_commands.command()
@with_session
@table_format
def presets(session: Session, form: TableForm) -> int:
    """List the presets and what they extend."""
    project = session.project()
    problems = Problems()
    found = problems.each(partial(preset_of, project), discover(project).presets)
    problems.each(collect_presets, [found])
    rows = [(each.name, each.path, each.version, each.extends) for each in found]
    print_table(("Name", "File", "Version", "Extends"), rows, form=form)
    return _end(session, problems, counted(len(rows), "preset"))


@list_commands.command()
@with_session
@table_format
def templates(session: Session, form: TableForm) -> int:
    """List the templates and their parameters."""
    project = session.project()
    problems = Problems()
    files = discover(project).templates
    versions: dict[str, object] = {}

    def read(key: str) -> Template:
        document = template_document(project, files[key])
        versions[key] = document.data.get("version")
        return read_template(document, key)

    found = problems.each(read, files)
    columns = ("Name", "File", "Version", "Params", "Actions")
    rows = [
        (each.key, each.path, versions[each.key], _parameters(each, form), len(each.actions))
        for each in found
    ]
    print_table(columns, rows, form=form)
    details = list(_details(found))
    if details and form == "text":
        click.echo()
        print_table(_PARAMETERS, details)
    return _end(session, problems, counted(len(rows), "template"))


@list_commands.command()
@with_session
@table_format
def blueprints(session: Session, form: TableForm) -> int:
    """List the blueprints and how often they are used."""
    project = session.project()
    problems = Problems()
    files = discover(project)
    found = problems.each(partial(blueprint_of, project), files.blueprints)
    uses = problems.each(partial(_instances, project), files.flowgroups)
    used = Counter(name for names in uses for name in names)
    rows = [
        (
            data["name"],
            data.get("version"),
            data.get("description"),
            len(data["parameters"]),
            len(data["flowgroups"]),
            used[data["name"]],
        )
        for data in (document.data for document in found)
    ]
    columns = ("Name", "Version", "Description", "Params", "Specs", "Instances")
    print_table(columns, rows, form=form)
    return _end(session, problems, counted(len(rows), "blueprint"))


@list_commands.command()
@with_session
@table_format
def flowgroups(session: Session, form: TableForm) -> int:
    """List the flowgroups as they are written."""
    project = session.project()
    problems = Problems()
    parsed = problems.each(
        lambda file: parse(read_documents(file, shown(project, file))),
        discover(project).flowgroups,
    )
    found = [each for group in parsed for each in group]
    rows = [
        (
            each.pipeline,
            each.name,
            each.path,
            len(each.data.get("actions") or ()),
            each.data.get("use_template"),
            each.data.get("presets") or [],
        )
        for each in sorted(found, key=lambda each: (each.label, each.path))
    ]
    columns = ("Pipeline", "Flowgroup", "File", "Actions", "Template", "Presets")
    print_table(columns, rows, form=form)
    return _end(session, problems, counted(len(rows), "flowgroup"))


def _end(session: Session, problems: Problems, total: str) -> int:
    session.show(problems.found)
    session.say(total)
    return 1 if problems.has_errors else 0


def _parameters(template: Template, form: TableForm) -> object:
    if form == "json":
        return [asdict(each) for each in template.parameters]
    required = sum(each.required for each in template.parameters)
    return f"{required}/{len(template.parameters)}"


def _details(found: Iterable[Template]) -> Iterator[Sequence[object]]:
    for template in found:
        for each in template.parameters:
            default = "" if each.default is None else repr(each.default)
            yield template.key, each.name, each.type, each.required, default, each.description


def _instances(project: Project, file: Path) -> list[str]:
    documents = read_documents(file, shown(project, file))
    maps = (each.data for each in documents if isinstance(each.data, Mapping))
    return [str(data["use_blueprint"]) for data in maps if "use_blueprint" in data]
