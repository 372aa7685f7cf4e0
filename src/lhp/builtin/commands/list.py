"""The commands `list presets`, `list templates`, `list blueprints` and `list flowgroups`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from lhp.cli.report import TableForm, counted, print_table
from lhp.cli.session import Session, common_options, table_format, with_session
from lhp.core.function_table import folders_of
from lhp.core.manifest import Origin
from lhp.core.plugin_loader import shown_path
from lhp.model.flowgroup import Instance
from lhp.model.project import Project, ProjectFiles
from lhp.passes.blueprints import Blueprint, flowgroups_of
from lhp.passes.collect import Problems
from lhp.passes.content import (
    blueprint_of,
    blueprints_of_plugin,
    preset_of,
    presets_of_plugin,
    read_blueprints,
    read_flowgroups,
    template_document,
)
from lhp.passes.discover import discover, discover_content
from lhp.passes.presets import collect_presets
from lhp.passes.templates import Template, read_template
from lhp.values import frozen

PROJECT = "project"
"""Origin of what is in the folders of the project itself."""

_PARAMETERS = ("Template", "Parameter", "Type", "Required", "Default", "Description")


@click.group(name="list")
@common_options
def list_commands() -> None:
    """List presets, templates, blueprints or flowgroups."""


@list_commands.command()
@with_session
@table_format
def presets(session: Session, form: TableForm) -> int:
    """List the presets with what they extend and their origin."""
    project = session.project()
    problems = Problems()
    found = {PROJECT: problems.each(partial(preset_of, project), discover(project).presets)}
    for plugin in _content(session, project):
        found[plugin.origin] = presets_of_plugin(project, plugin.name, plugin.folder, problems)
    problems.each(collect_presets, [[each for group in found.values() for each in group]])
    rows = [
        (each.name, each.path, each.version, each.extends, origin)
        for origin, group in found.items()
        for each in group
    ]
    print_table(("Name", "File", "Version", "Extends", "Origin"), rows, form=form)
    return _end(session, problems, counted(len(rows), "preset"))


@list_commands.command()
@with_session
@table_format
def templates(session: Session, form: TableForm) -> int:
    """List the templates with their parameters and origin."""
    project = session.project()
    problems = Problems()
    files = dict(discover(project).templates)
    origins = dict.fromkeys(files, PROJECT)
    for plugin in _content(session, project):
        own = discover_content(plugin.folder).templates
        own = {f"{plugin.name}.{key}": file for key, file in own.items()}
        files |= own
        origins |= dict.fromkeys(own, plugin.origin)
    versions: dict[str, object] = {}

    def read(key: str) -> Template:
        document = template_document(project, files[key])
        versions[key] = document.data.get("version")
        return read_template(document, key)

    found = problems.each(read, files)
    columns = ("Name", "File", "Version", "Params", "Actions", "Origin")
    rows = [
        (
            each.key,
            each.path,
            versions[each.key],
            _parameters(each, form),
            len(each.actions),
            origins[each.key],
        )
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
@click.option("--instances", is_flag=True, help="Show where each is used, and what that makes.")
def blueprints(session: Session, form: TableForm, *, instances: bool) -> int:
    """List the blueprints with their origin and their uses."""
    project = session.project()
    problems = Problems()
    files = discover(project)
    found = problems.each(partial(blueprint_of, project), files.blueprints)
    origins = dict.fromkeys((each.name for each in found), PROJECT)
    for plugin in _content(session, project):
        own = blueprints_of_plugin(project, plugin.name, plugin.folder, problems)
        origins |= dict.fromkeys((each.name for each in own), plugin.origin)
        found += own
    uses = Uses(project, files, {each.name: each for each in found})
    rows = [
        (
            each.name,
            each.document.data.get("version"),
            each.document.data.get("description"),
            len(each.parameters),
            len(each.flowgroups),
            uses.of(each) if instances and form == "json" else len(uses.of(each)),
            origins[each.name],
        )
        for each in found
    ]
    columns = ("Name", "Version", "Description", "Params", "Specs", "Instances", "Origin")
    print_table(columns, rows, form=form)
    details = [(each.name, *use.values()) for each in found for use in uses.of(each)]
    if instances and details and form == "text":
        click.echo()
        print_table(("Blueprint", "Instance", "Pipelines"), details)
    return _end(session, problems, counted(len(rows), "blueprint"))


@list_commands.command()
@with_session
@table_format
def flowgroups(session: Session, form: TableForm) -> int:
    """List the flowgroups, those of blueprints too."""
    project = session.project()
    problems = Problems()
    files = discover(project)
    read = read_flowgroups(project, files, problems)
    known: Mapping[str, Blueprint] = {}
    if any(isinstance(each, Instance) for each in read):
        folders = folders_of(session.manager(), "content")
        known = read_blueprints(project, files, folders, problems)
    made = problems.each(partial(flowgroups_of, blueprints=known), read)
    found = [each for group in made for each in group]
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


@frozen
class _ContentPlugin:
    """A plugin that brings presets, templates and blueprints.

    Args:
        name: What they are called by.
        folder: Where they are.
        origin: The folder or the distribution, as users know it.
    """

    name: str
    folder: Path
    origin: str


def _content(session: Session, project: Project) -> Iterator[_ContentPlugin]:
    manager = session.manager()
    folders = folders_of(manager, "content")
    for manifest in manager.registry.active("content"):
        if manifest.name in folders:
            is_installed = manifest.module and manifest.origin is Origin.ENTRY_POINT
            folder = folders[manifest.name]
            origin = manifest.source if is_installed else shown_path(folder, project.root)
            yield _ContentPlugin(manifest.name, folder, origin)


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


class Uses:
    """The instances of blueprints; a file at fault is none, as `lhp validate` tells."""

    def __init__(
        self, project: Project, files: ProjectFiles, known: Mapping[str, Blueprint]
    ) -> None:
        read = read_flowgroups(project, files, Problems())
        self._instances = [each for each in read if isinstance(each, Instance)]
        self._known = known

    def of(self, blueprint: Blueprint) -> Sequence[Mapping[str, object]]:
        """Return for each instance of a blueprint its file and the pipelines that it makes."""
        return [
            {"file": each.path, "pipelines": self._pipelines(each)}
            for each in self._instances
            if each.blueprint == blueprint.name
        ]

    def _pipelines(self, instance: Instance) -> list[str]:
        made = Problems().each(partial(flowgroups_of, blueprints=self._known), [instance])
        return sorted({flowgroup.pipeline for group in made for flowgroup in group})
