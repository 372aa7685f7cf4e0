"""Scaffolds: what an author gets who begins a plugin, for each plugin type."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lhp.core.manifest import PLUGIN_TYPES
from lhp.core.plugin_loader import snake_case
from lhp.version import VERSION

_FILES = Path(__file__).parent / "scaffold"
_POINTS = {
    "validator": "{camel}Validator",
    "formatter": "{camel}Formatter",
    "artifact": "{camel}Artifact",
    "cli_command": "cli_plugin",
    "template_filter": "{module}",
    "template_function": "{module}",
}
_IN_PROJECT = {
    "plugin.py": "{folder}/{module}.py",
    "plugin.py.j2": "{folder}/{module}.py.j2",
    "macros.j2": "{name}/words.j2",
    "preset.yaml": "{name}/presets/documented.yaml",
    "template.yaml": "templates/{name}_example.yaml",
    "flowgroup.yaml": "{flowgroups}/{name}_example.yaml",
    "test.py": "tests/test_{module}.py",
}
_IN_PACKAGE = {
    "plugin.py": "src/{package}/{module}.py",
    "plugin.py.j2": "src/{package}/{module}.py.j2",
    "macros.j2": "src/{package}/words.j2",
    "preset.yaml": "src/{package}/presets/documented.yaml",
    "template.yaml": "example/templates/{name}_example.yaml",
    "flowgroup.yaml": "example/pipelines/{name}_example.yaml",
    "test.py": "tests/test_{module}.py",
    "init.py": "src/{package}/__init__.py",
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "ignored": ".gitignore",
    "workflow.yml": ".github/workflows/test.yml",
    "lhp.yaml": "example/lhp.yaml",
    "dev.yaml": "example/substitutions/dev.yaml",
}
_OF_CONTENT = {False: "{name}/templates/table.yaml", True: "src/{package}/templates/table.yaml"}


def in_project(plugin_type: str, name: str, folder: str, flowgroups: str) -> Mapping[str, str]:
    """Return the files of a new plugin of a project, by path from its root.

    Args:
        plugin_type: Its type.
        name: Its name, which can be one.
        folder: Plugin folder for its module.
        flowgroups: Folder for a flowgroup that uses it.
    """
    values = {**_values(plugin_type, name, ""), "folder": folder, "flowgroups": flowgroups}
    return dict(_files(plugin_type, values, _IN_PROJECT))


def as_package(plugin_type: str, name: str) -> tuple[str, Mapping[str, str]]:
    """Return the folder of a new distribution with one plugin, and its files by path in it.

    Args:
        plugin_type: Its type.
        name: Its name, which can be one.
    """
    values = _values(plugin_type, name, f"lhp_{_module(name)}")
    files = dict(_files(plugin_type, values, _IN_PACKAGE))
    return values["distribution"], {**files, f"src/{values['package']}/py.typed": ""}


def _values(plugin_type: str, name: str, package: str) -> dict[str, str]:
    module = _module(name)
    camel = _camel(name.replace("-", "_"))
    known = PLUGIN_TYPES[plugin_type]
    attribute = _POINTS.get(plugin_type, f"{{camel}}{known.kind.capitalize()}Generator")
    point = f"{package}.{module}:{attribute.format(camel=camel, module=module)}"
    return {
        "type": plugin_type,
        "name": name,
        "module": module,
        "camel": camel,
        "words": module.replace("_", " "),
        "package": package,
        "distribution": package.replace("_", "-"),
        "summary": f"The {plugin_type.replace('_', ' ')} {name}",
        "group": known.group,
        "point": package if known.is_folder else point,
        "line": "yes" if known.is_unasked else "",
        "version": VERSION,
    }


def _camel(name: str) -> str:
    """Return the class-style name whose snake case is a name: `api_2` is `Api_2`."""
    camel = re.sub(r"(?:^|_)([a-z])", lambda match: match[1].upper(), name)
    return camel if snake_case(camel) == name else name[:1].upper() + name[1:]


def _module(name: str) -> str:
    module = name.replace("-", "_")
    return f"{module}_" if keyword.iskeyword(module) else module


def _files(
    plugin_type: str, values: Mapping[str, str], places: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    environment = Environment(  # noqa: S701  (makes source code, not HTML)
        loader=FileSystemLoader(_FILES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
    )
    folders = [plugin_type, *(["package"] if values["package"] else [])]
    for name in sorted(environment.list_templates()):
        folder, _, file = name.partition("/")
        if folder not in folders:
            continue
        file = file.removesuffix(".jinja")
        place = places[file]
        if plugin_type == "content" and file == "template.yaml":
            place = _OF_CONTENT[bool(values["package"])]
        yield place.format(**values), _text(environment, name, values)


def _text(environment: Environment, name: str, values: Mapping[str, str]) -> str:
    return environment.get_template(name).render(**values).rstrip("\n") + "\n"
