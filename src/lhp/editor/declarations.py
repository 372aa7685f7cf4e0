"""The schema of a plugin's declaration: its type chooses what `module` and `class` have to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lhp.core.as_written import FINAL, REFERENCE, TOKENS, map_as_written
from lhp.core.manifest import NAME, PLUGIN_TYPES, PluginType
from lhp.core.option_schema import Schema, schema_of
from lhp.editor.annotated import annotated, plain, refused
from lhp.editor.catalog import Catalog
from lhp.editor.choices import Choice, Selector, chosen, closed, exactly
from lhp.model.files import PluginDeclaration, ProjectFile

_FOLDER_KEYS = ("path",)
_OBJECT_KEYS = ("module", "class")
_NAME_FORM = "a name is small letters, digits and _, and begins with a letter"


def declaration(catalog: Catalog) -> Schema:
    """Return the schema of one declared plugin.

    Args:
        catalog: Knows the settings of the plugins that lhp.yaml declares.
    """
    whole = map_as_written(annotated(schema_of(PluginDeclaration)), FINAL)
    keys = whole["properties"]
    about = schema_of(PluginDeclaration)["properties"]["type"]
    meanings = about.get("enumDescriptions", about["enum"])
    choices = [
        _choice(each, meaning, keys, catalog)
        for each, meaning in zip(PLUGIN_TYPES.values(), meanings, strict=True)
    ]
    selector = Selector("type", plain(about["description"]))
    fixed = ("type", "config", *_FOLDER_KEYS, *_OBJECT_KEYS)
    base = {key: each for key, each in keys.items() if key not in fixed}
    return chosen("plugin", selector, choices, {"required": ["name", "type"], "properties": base})


def formatter_choice(catalog: Catalog) -> Schema:
    """Return the schema of `formatter` in lhp.yaml."""
    about = annotated(schema_of(ProjectFile)["properties"]["formatter"])
    about.pop("type")
    known = catalog.of_type("formatter")
    meanings = [plain(each.summary) or name for name, each in known.items()]
    listed = {"title": "choice", "enum": [*known], "enumDescriptions": meanings}
    other = [] if catalog.is_closed else [{"type": "string"}]
    return {**about, "anyOf": [listed, *other, {"$ref": f"{REFERENCE}final_nothing"}]}


def _choice(
    plugin_type: PluginType, meaning: str, keys: Mapping[str, Schema], catalog: Catalog
) -> Choice:
    offered = _FOLDER_KEYS if plugin_type.is_folder else _OBJECT_KEYS
    own = {key: keys[key] if key in offered else True for key in (*_OBJECT_KEYS, *_FOLDER_KEYS)}
    is_set = plugin_type.has_settings
    own["config"] = keys["config"] if is_set else refused(f"a {plugin_type.name} takes no config")
    if not plugin_type.is_folder:
        own["class"] = {**keys["class"], "description": _sentence(plugin_type.contract)}
    if plugin_type.name != "cli_command":
        own["name"] = {"pattern": f"^({NAME.pattern})$", "errorMessage": _NAME_FORM}
    rule = closed({**dict.fromkeys(keys, True), **own})
    known = [*_settings(plugin_type, catalog)]
    places = {key: f"${number}" for number, key in enumerate(offered, 2)}
    skeleton = {"name": "$1", "type": plugin_type.name, **places}
    return Choice(plugin_type.name, meaning, {**rule, "allOf": known} if known else rule, skeleton)


def _settings(plugin_type: PluginType, catalog: Catalog) -> Iterator[Schema]:
    """Yield what `config` may hold for each declared plugin of a type whose settings are known."""
    for name, known in catalog.of_type(plugin_type.name).items():
        if known.settings and (plugin_type.name, name) in catalog.declared:
            config: dict[str, Any] = map_as_written(annotated(known.settings), TOKENS)
            guard = {"required": ["name"], "properties": {"name": exactly(name)}}
            yield {"if": guard, "then": {"properties": {"config": config}}}


def _sentence(words: str) -> str:
    words = plain(words)
    return f"{words[:1].upper()}{words[1:]}."
