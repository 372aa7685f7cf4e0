"""Reads flowgroups, and what they may use: presets, templates, blueprints and tokens."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from lhp.core.action_schemas import action_schema_by
from lhp.core.defaults import as_declared
from lhp.core.option_schema import Schema
from lhp.core.plugin_loader import shown_path
from lhp.core.plugin_sources import digest_of
from lhp.core.shape_check import shape_problems
from lhp.core.shapes import shape
from lhp.errors import ENV_UNKNOWN, LhpError, LhpErrors, Location, nearest, raise_all
from lhp.model.flowgroup import FlowGroup, Instance
from lhp.model.project import Project, ProjectFiles
from lhp.model.source import Document, YamlList, map_text
from lhp.passes.blueprints import Blueprint, collect_blueprints, read_blueprint
from lhp.passes.collect import Problems
from lhp.passes.discover import discover_content
from lhp.passes.expand import Content
from lhp.passes.host import Host
from lhp.passes.parse import parse
from lhp.passes.presets import Preset, collect_presets, read_preset
from lhp.passes.project import read_content_of, read_single
from lhp.passes.substitution import Tokens
from lhp.passes.templates import Template, read_template
from lhp.passes.tokens import SOME_SCOPE, read_tokens
from lhp.text.yaml_reader import read_yaml

_USE = re.compile(rb"""^[{ "']*(use_)?blueprint["']?[ ]*:""", re.MULTILINE)


def read_content(host: Host, files: ProjectFiles, problems: Problems) -> Content:
    """Return presets, templates and blueprints, of content plugins too, called `plugin.name`.

    What is wrong with one does not hide the others.

    Args:
        host: What the run shares.
        files: The project's own files.
        problems: Takes what is wrong.
    """
    presets = problems.each(partial(preset_of, host.project), files.presets)
    templates = problems.each(
        lambda item: template_of(host.project, *item), files.templates.items()
    )
    unread = {*_unread(host.project, files, [*presets, *templates])}
    for name, folder in host.content_folders.items():
        offered = discover_content(folder)
        own = presets_of_plugin(host.project, name, folder, problems)
        names = {preset.name.removeprefix(f"{name}.") for preset in own}
        rendered = problems.each(
            partial(_template_of_plugin, host.project, name, names), offered.templates.items()
        )
        unread |= {f"{name}.{each}" for each in _unread(host.project, offered, [*own, *rendered])}
        presets += own
        templates += rendered
    for each in (presets, templates):
        problems.add(warning for item in each for warning in item.warnings)
    known = problems.each(collect_presets, [presets])
    unread |= {preset.name for preset in presets if not known}
    return Content(
        presets=known[0] if known else {},
        templates={template.key: template for template in templates},
        renderer=host.text_renderer,
        blueprints=read_blueprints(host.project, files, host.content_folders, problems),
        unread=frozenset(unread),
        schema_of=partial(_schema_of, host),
    )


def _schema_of(host: Host, kind: str, sub_type: str) -> Schema:
    try:
        return action_schema_by(host.actions.generator(kind, sub_type))
    except (LhpError, LhpErrors):  # validate tells it
        return {}


def _unread(
    project: Project, files: ProjectFiles, read: Iterable[Preset | Template]
) -> Iterator[str]:
    """Yield the names of presets, as files have them, and templates that could not be read."""
    paths = {each.path for each in read}
    named = [*((file.stem, file) for file in files.presets), *files.templates.items()]
    yield from (name for name, file in named if shown(project, file) not in paths)


def read_blueprints(
    project: Project, files: ProjectFiles, folders: Mapping[str, Path], problems: Problems
) -> Mapping[str, Blueprint]:
    """Return blueprints by name, of content plugins too, called `plugin.name`.

    Args:
        project: The project.
        files: Its files.
        folders: Those of content plugins, by the plugin's name.
        problems: Takes what is wrong.
    """
    found = problems.each(partial(blueprint_of, project), files.blueprints)
    for plugin, folder in folders.items():
        found += blueprints_of_plugin(project, plugin, folder, problems)
    problems.add(warning for each in found for warning in each.document.warnings)
    known = problems.each(collect_blueprints, [found])
    return known[0] if known else {}


def presets_of_plugin(
    project: Project, plugin: str, folder: Path, problems: Problems
) -> list[Preset]:
    """Return the presets of a content plugin, called `plugin.name`.

    Args:
        project: The project.
        plugin: The plugin's name.
        folder: The plugin's folder.
        problems: Takes what is wrong.
    """
    own = problems.each(partial(preset_of, project), discover_content(folder).presets)
    names = {preset.name for preset in own}
    return [_of_plugin(preset, plugin, names) for preset in own]


def blueprints_of_plugin(
    project: Project, plugin: str, folder: Path, problems: Problems
) -> list[Blueprint]:
    """Return the blueprints of a content plugin, called `plugin.name`.

    Args:
        project: The project.
        plugin: The plugin's name.
        folder: The plugin's folder.
        problems: Takes what is wrong.
    """
    offered = discover_content(folder)
    read = partial(_blueprint_of_plugin, project, plugin, offered)
    return problems.each(read, offered.blueprints)


class Chosen(NamedTuple):
    """Which files are read for what.

    `include` chooses files for their flowgroups alone, `instance_include` for an instance alone, as
    in the 0.9 releases. So a file that the first leaves out is read when it names a blueprint.

    Args:
        flowgroups: Those that may hold flowgroups.
        instances: Those that may hold an instance of a blueprint.
    """

    flowgroups: frozenset[Path]
    instances: frozenset[Path]

    @classmethod
    def of(cls, files: ProjectFiles) -> Chosen:
        """Return the choice of a project."""
        return cls(frozenset(files.flowgroups), frozenset(files.instances))

    @property
    def files(self) -> list[Path]:
        """All of them, sorted."""
        return sorted(self.flowgroups | self.instances, key=str)

    def parsed(self, content: bytes, file: Path, path: str) -> list[FlowGroup | Instance]:
        """Return what a file holds of what it is read for.

        Args:
            content: What it holds.
            file: The file.
            path: The file as messages show it.

        Raises:
            LhpErrors: Everything that is wrong with the shape of the file.
        """
        if file not in self.flowgroups and not _USE.search(content):
            return []
        wanted = {FlowGroup: self.flowgroups, Instance: self.instances}
        return [each for each in parse(read_yaml(content, path)) if file in wanted[type(each)]]


def read_flowgroups(
    project: Project, files: ProjectFiles, problems: Problems
) -> list[FlowGroup | Instance]:
    """Return the flowgroups that are written out, and the instances of blueprints.

    Args:
        project: The project.
        files: Its files.
        problems: Takes what is wrong.
    """
    chosen = Chosen.of(files)

    def read(file: Path) -> list[FlowGroup | Instance]:
        path = shown(project, file)
        return chosen.parsed(read_content_of(file, path), file, path)

    return [each for group in problems.each(read, chosen.files) for each in group]


def _of_plugin(preset: Preset, plugin: str, names: set[str]) -> Preset:
    extends = f"{plugin}.{preset.extends}" if preset.extends in names else preset.extends
    return replace(preset, name=f"{plugin}.{preset.name}", extends=extends)


def _template_of_plugin(
    project: Project, plugin: str, names: set[str], item: tuple[str, Path]
) -> Template:
    template = template_of(project, f"{plugin}.{item[0]}", item[1])
    presets = map_text(template.presets, partial(_named_in, plugin, names))
    return replace(template, presets=presets)


def _named_in(plugin: str, names: set[str], name: str, _: Location) -> str:
    return f"{plugin}.{name}" if name in names else name


def _blueprint_of_plugin(
    project: Project, plugin: str, offered: ProjectFiles, file: Path
) -> Blueprint:
    blueprint = blueprint_of(project, file)
    presets = Problems().each(partial(preset_of, project), offered.presets)
    names = {*offered.templates, *(preset.name for preset in presets)}
    flowgroups = YamlList(blueprint.flowgroups.location)
    for index, each in enumerate(blueprint.flowgroups):
        own = each.without()
        for key in ("presets", "use_template"):
            if key in each:
                own.take(each, key, map_text(each[key], partial(_named_in, plugin, names)))
        flowgroups.put(own, blueprint.flowgroups.item_at[index])
    return replace(blueprint, name=f"{plugin}.{blueprint.name}", flowgroups=flowgroups)


def preset_of(project: Project, file: Path) -> Preset:
    """Return the preset of a file.

    Raises:
        LhpErrors: Everything that is wrong with the file.
    """
    return read_preset(_checked(project, file, "PresetFile", "the preset"))


def template_of(project: Project, key: str, file: Path) -> Template:
    """Return the template of a file.

    Args:
        project: The project.
        key: What flowgroups call it.
        file: The file.

    Raises:
        LhpErrors: Everything that is wrong with the file.
    """
    return read_template(template_document(project, file), key)


def template_document(project: Project, file: Path) -> Document:
    """Return a template file, checked.

    Raises:
        LhpErrors: Everything that is wrong with the file.
    """
    return _checked(project, file, "TemplateFile", "the template")


def blueprint_of(project: Project, file: Path) -> Blueprint:
    """Return the blueprint of a file.

    Raises:
        LhpErrors: Everything that is wrong with the file.
    """
    return read_blueprint(_checked(project, file, "BlueprintFile", "the blueprint"))


def content_digests(host: Host, files: ProjectFiles, env: str) -> Mapping[str, str]:
    """Return digests of the files that flowgroups may use, as they are before they are read.

    Args:
        host: The project in an environment.
        files: The project's own files.
        env: The environment.
    """
    wanted = [files, *map(discover_content, host.content_folders.values())]
    found = [
        file
        for each in wanted
        for file in (*each.presets, *each.templates.values(), *each.blueprints)
    ]
    return {
        shown(host.project, file): digest_of(file) for file in [*found, files.substitutions[env]]
    }


def read_environment(project: Project, files: ProjectFiles, env: str) -> Tokens:
    """Return the tokens of an environment, and in them what is wrong with its substitutions file.

    Raises:
        LhpError: ENV_UNKNOWN, with the environments that exist.
    """
    if env not in files.substitutions:
        known = ", ".join(sorted(files.substitutions)) or "none: substitutions/ is empty"
        raise ENV_UNKNOWN.at(name=env, known=known, nearest=nearest(env, files.substitutions))
    file = files.substitutions[env]
    problems = Problems()
    read = partial(read_single, shown=shown(project, file))
    documents = problems.each(read, [file])
    tokens = problems.each(partial(read_tokens, env=env, environ=os.environ), documents)
    if tokens:
        return tokens[0]
    found = tuple(problems.found)
    return Tokens(env, default_scope=SOME_SCOPE, unread=found, problems=found)


def shown(project: Project, file: Path) -> str:
    """Return a file's path as messages show it."""
    return shown_path(file, project.root)


def _checked(project: Project, file: Path, model: str, where: str) -> Document:
    document = read_single(file, shown(project, file))
    data = as_declared(document.data, shape(model))
    raise_all(shape_problems(data, shape(model), where, document.location))
    return replace(document, data=data)
