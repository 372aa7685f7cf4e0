"""Reads what flowgroups may use: presets, templates and the tokens of an environment."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

from pydantic import BaseModel

from lhp.core.defaults import as_declared
from lhp.core.option_schema import schema_of
from lhp.core.plugin_loader import shown_path
from lhp.core.shape_check import shape_problems
from lhp.errors import ENV_UNKNOWN, nearest, raise_all
from lhp.model.files import BlueprintFile, PresetFile, TemplateFile
from lhp.model.project import Project, ProjectFiles
from lhp.model.source import Document, map_text
from lhp.passes.collect import Problems
from lhp.passes.discover import discover_content
from lhp.passes.expand import Content
from lhp.passes.host import Host
from lhp.passes.presets import Preset, collect_presets, read_preset
from lhp.passes.project import read_single
from lhp.passes.substitution import Tokens
from lhp.passes.templates import Template, read_template
from lhp.passes.tokens import read_tokens


def read_content(host: Host, files: ProjectFiles, problems: Problems) -> Content:
    """Return presets and templates, of content plugins too, which are called `plugin.name`.

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
    for name, folder in host.content_folders.items():
        offered = discover_content(folder)
        own = problems.each(partial(preset_of, host.project), offered.presets)
        names = {preset.name for preset in own}
        presets += [_of_plugin(preset, name, names) for preset in own]
        templates += problems.each(
            partial(_template_of_plugin, host.project, name, names), offered.templates.items()
        )
    for each in (presets, templates):
        problems.add(warning for item in each for warning in item.warnings)
    known = problems.each(collect_presets, [presets])
    return Content(
        presets=known[0] if known else {},
        templates={template.key: template for template in templates},
        renderer=host.text_renderer,
    )


def _of_plugin(preset: Preset, plugin: str, names: set[str]) -> Preset:
    extends = f"{plugin}.{preset.extends}" if preset.extends in names else preset.extends
    return replace(preset, name=f"{plugin}.{preset.name}", extends=extends)


def _template_of_plugin(
    project: Project, plugin: str, names: set[str], item: tuple[str, Path]
) -> Template:
    template = template_of(project, f"{plugin}.{item[0]}", item[1])
    presets = map_text(
        template.presets, lambda name, _: f"{plugin}.{name}" if name in names else name
    )
    return replace(template, presets=presets)


def preset_of(project: Project, file: Path) -> Preset:
    """Return the preset of a file.

    Raises:
        LhpErrors: Everything that is wrong with the file.
    """
    return read_preset(_checked(project, file, PresetFile, "the preset"))


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
    return _checked(project, file, TemplateFile, "the template")


def blueprint_of(project: Project, file: Path) -> Document:
    """Return a blueprint file, checked.

    Raises:
        LhpErrors: Everything that is wrong with the file.
    """
    return _checked(project, file, BlueprintFile, "the blueprint")


def read_environment(project: Project, files: ProjectFiles, env: str) -> Tokens:
    """Return the tokens of an environment.

    Raises:
        LhpError: ENV_UNKNOWN, with the environments that exist.
        LhpErrors: What is wrong with its substitutions file.
    """
    if env not in files.substitutions:
        known = ", ".join(sorted(files.substitutions)) or "none: substitutions/ is empty"
        raise ENV_UNKNOWN.at(name=env, known=known, nearest=nearest(env, files.substitutions))
    file = files.substitutions[env]
    return read_tokens(read_single(file, shown(project, file)), env, os.environ)


def shown(project: Project, file: Path) -> str:
    """Return a file's path as messages show it."""
    return shown_path(file, project.root)


def _checked(project: Project, file: Path, model: type[BaseModel], where: str) -> Document:
    document = read_single(file, shown(project, file))
    data = as_declared(document.data, schema_of(model))
    raise_all(shape_problems(data, schema_of(model), where, document.location))
    return replace(document, data=data)
