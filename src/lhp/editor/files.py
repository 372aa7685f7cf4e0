"""The schema of each kind of YAML file that a project has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from lhp.core.as_written import (
    DEFINITIONS,
    FINAL,
    REFERENCE,
    TEMPLATE,
    TOKENS,
    Dialect,
    as_written,
    definitions,
    map_as_written,
)
from lhp.core.option_schema import Schema, schema_of
from lhp.core.schema_parts import FREE_KEYS
from lhp.editor.actions import ActionSchemas, Options, annotated_options
from lhp.editor.annotated import annotated, is_given
from lhp.editor.catalog import Catalog
from lhp.editor.declarations import declaration, formatter_choice
from lhp.model.data_files import (
    ExpectationEntry,
    ExpectationSettings,
    ExpectationsFile,
    TableSchemaFile,
)
from lhp.model.files import (
    BlueprintFile,
    FlowGroupArray,
    FlowGroupKeys,
    InstanceFile,
    PresetFile,
    ProjectFile,
    SubstitutionsFile,
    TemplateFile,
)
from lhp.model.flowgroup import KINDS
from lhp.model.pipeline_config import PipelineConfig, PipelineDefaults
from lhp.values import frozen

_DRAFT = "http://json-schema.org/draft-07/schema#"
_ACTION: Schema = {"$ref": f"{REFERENCE}action"}
_PLUGIN: Schema = {"$ref": f"{REFERENCE}plugin"}
_FORMS: Mapping[str, Any] = {
    "one flowgroup": {"pipeline": "$1", "flowgroup": "$2", "actions": ["$3"]},
    "several flowgroups": {"pipeline": "$1", "flowgroups": [{"flowgroup": "$2"}]},
    "flowgroup of a template": {
        "pipeline": "$1",
        "flowgroup": "$2",
        "use_template": "$3",
        "template_parameters": {"${4:name}": "$5"},
    },
    "instance of a blueprint": {"use_blueprint": "$1", "parameters": {"${2:name}": "$3"}},
}
_PIPELINE_CONFIGS: Mapping[str, Any] = {
    "all pipelines": {"project_defaults": {"catalog": "$1", "schema": "$2"}},
    "one pipeline": {"pipeline": "$1"},
}
_EXPECTATIONS: Mapping[str, Any] = {
    "expectations": {"expectations": [{"name": "$1", "expression": "$2", "failureAction": "$3"}]},
}
_A_LIST: Schema = {"type": "array"}


def schemas_of(catalog: Catalog) -> Mapping[str, Schema]:
    """Return the schema of each kind of file by its name, as editors are to have it.

    Args:
        catalog: The plugins whose options they hold.
    """
    parts = _Parts(catalog, annotated_options(catalog))
    return {kind: schema(parts) for kind, schema in _FILES.items()}


@frozen
class _Parts:
    """What the schemas of several kinds of file share."""

    catalog: Catalog
    options: Options

    @cached_property
    def tokens(self) -> ActionSchemas:
        return ActionSchemas(self.catalog, self.options, TOKENS)

    @cached_property
    def template(self) -> ActionSchemas:
        return ActionSchemas(self.catalog, self.options, TEMPLATE)


def _project(parts: _Parts) -> Schema:
    whole = _form(ProjectFile, FINAL)
    whole["properties"]["formatter"] = formatter_choice(parts.catalog)
    for key in ("enabled", "plugins"):
        whole = _with_items(whole, key, _PLUGIN)
    return _headed(
        "lhp.yaml", whole, FINAL, {"plugin": declaration(parts.catalog), **definitions(TOKENS)}
    )


def _flowgroup(parts: _Parts) -> Schema:
    array = _with_items(_form(FlowGroupArray, FINAL), "actions", _ACTION)
    single = _with_items(_form(FlowGroupKeys, FINAL), "actions", _ACTION)
    # One form is chosen before it is checked, so that a mistake is told once.
    forms = {
        "if": {"type": "object", "required": ["use_blueprint"]},
        "then": {"title": "instance", **_form(InstanceFile, FINAL)},
        "else": {
            "if": {"type": "object", "required": ["flowgroups"]},
            "then": {"title": "flowgroups", **_with_pipelines(array)},
            "else": {"title": "flowgroup", **single},
        },
    }
    whole = {"allOf": [_offered(_FORMS, "flowgroup")], **forms}
    return _with_actions("flowgroup", whole, parts.tokens, TOKENS)


def _offered(forms: Mapping[str, Any], title: str) -> Schema:
    """Offer whole forms as long as a file has no key."""
    snippets = [{"label": label, "body": body} for label, body in forms.items()]
    form = {"title": title, "type": "object", "defaultSnippets": snippets}
    return {"if": {"minProperties": 1, "not": {"type": "null"}}, "else": form}


def _with_pipelines(array: Schema) -> Schema:
    """Let each flowgroup of the array form say its pipeline where the file does not."""
    each = {"items": {"required": ["pipeline"]}}
    missing = {"properties": {"flowgroups": each}}
    return {**array, "if": is_given("pipeline"), "else": missing}


def _template(parts: _Parts) -> Schema:
    form = _with_items(_form(TemplateFile, FINAL), "actions", _ACTION)
    return _with_actions("template", form, parts.template, TEMPLATE)


def _blueprint(parts: _Parts) -> Schema:
    form = _with_items(_form(BlueprintFile, FINAL), "actions", _ACTION)
    return _with_actions("blueprint", form, parts.tokens, TOKENS)


def _preset(parts: _Parts) -> Schema:
    form = _form(PresetFile, FINAL)
    defaults = next(
        each for each in form["properties"]["defaults"]["anyOf"] if "properties" in each
    )
    for kind in KINDS.values():
        known = {
            name: parts.tokens.defaults_of(kind, name, each)
            for name, each in parts.catalog.generators(kind.name).items()
        }
        key = f"{kind.name}_actions"
        defaults["properties"][key] = _by_sub_type(
            defaults["properties"][key], known, parts.catalog
        )
    return _headed("preset", form, TOKENS, parts.tokens.shared)


def _instance(parts: _Parts) -> Schema:
    del parts
    return _headed("instance of a blueprint", _form(InstanceFile, FINAL), FINAL)


def _substitutions(parts: _Parts) -> Schema:
    del parts
    form = _form(SubstitutionsFile, FINAL)
    # An environment without tokens of its own has nothing behind its name.
    block = as_written(form["additionalProperties"], FINAL, is_optional=True)
    whole = {**form, "patternProperties": FREE_KEYS, "additionalProperties": block}
    return _headed("substitutions", whole, FINAL)


def _pipeline_config(parts: _Parts) -> Schema:
    del parts
    forms = {
        "if": {"type": "object", "required": ["project_defaults"]},
        "then": {"title": "project_defaults", **_form(PipelineDefaults, TOKENS)},
        "else": {"title": "pipeline", **_form(PipelineConfig, TOKENS)},
    }
    return _headed(
        "pipeline_config", {"allOf": [_offered(_PIPELINE_CONFIGS, "pipeline")], **forms}, TOKENS
    )


def _expectations(parts: _Parts) -> Schema:
    del parts
    listed = _form(ExpectationEntry, TOKENS)
    whole = _form(ExpectationsFile, TOKENS)
    settings = _form(ExpectationSettings, TOKENS)
    by_condition = {"type": "object", "additionalProperties": settings}
    forms = {
        "if": {"type": "array"},
        "then": {"title": "expectations", "items": listed},
        "else": {
            "if": {"required": ["expectations"], "properties": {"expectations": _A_LIST}},
            "then": {"title": "expectations", **_with_items(whole, "expectations", listed)},
            "else": {"title": "expectations by condition", **by_condition},
        },
    }
    return _headed(
        "expectations", {"allOf": [_offered(_EXPECTATIONS, "expectations")], **forms}, TOKENS
    )


def _table_schema(parts: _Parts) -> Schema:
    del parts
    return _headed("table schema", _form(TableSchemaFile, TOKENS), TOKENS)


_FILES: Mapping[str, Callable[[_Parts], Schema]] = {
    "lhp": _project,
    "flowgroup": _flowgroup,
    "template": _template,
    "preset": _preset,
    "blueprint": _blueprint,
    "instance": _instance,
    "substitutions": _substitutions,
    "pipeline_config": _pipeline_config,
    "expectations": _expectations,
    "table_schema": _table_schema,
}


def _form(model: type[BaseModel], dialect: Dialect) -> dict[str, Any]:
    return map_as_written(annotated(schema_of(model)), dialect)


def _with_actions(title: str, form: Schema, actions: ActionSchemas, dialect: Dialect) -> Schema:
    return _headed(title, form, dialect, actions.definitions)


def _headed(
    title: str, form: Schema, dialect: Dialect, further: Mapping[str, Schema] | None = None
) -> Schema:
    """Return the whole schema of a file, with those definitions that it uses."""
    known = {**definitions(FINAL), **definitions(dialect), **(further or {})}
    used: dict[str, Schema] = {}
    pending = [_names_in(form)]
    while pending:
        for name in pending.pop():
            if name in known and name not in used:
                used[name] = known[name]
                pending.append(_names_in(known[name]))
    ordered = {name: known[name] for name in known if name in used}
    return {"$schema": _DRAFT, "title": title, **form, DEFINITIONS: ordered}


def _names_in(schema: Any) -> Iterator[str]:
    pending = [schema]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            name = node.get("$ref")
            if isinstance(name, str):
                yield name.removeprefix(REFERENCE)
            pending += node.values()
        elif isinstance(node, list):
            pending += node


def _with_items(node: Any, key: str, items: Schema) -> Any:
    """Return a schema in which the list under a key, wherever the key stands, has those items."""
    if isinstance(node, list):
        return [_with_items(each, key, items) for each in node]
    if not isinstance(node, Mapping):
        return node
    changed = {name: _with_items(each, key, items) for name, each in node.items()}
    properties = changed.get("properties")
    if isinstance(properties, Mapping) and key in properties:
        changed["properties"] = {**properties, key: _list_of(properties[key], items)}
    return changed


def _list_of(schema: Schema, items: Schema) -> Schema:
    branches = [
        {**each, "items": items} if each.get("type") == "array" else each
        for each in schema.get("anyOf", ())
    ]
    return {**schema, "anyOf": branches} if branches else {**schema, "items": items}


def _by_sub_type(schema: Schema, known: Mapping[str, Schema], catalog: Catalog) -> Schema:
    branches = []
    for each in schema["anyOf"]:
        rule = dict(each)
        if rule.get("type") == "object":
            rule["properties"] = known
            if catalog.is_closed:
                rule |= {"additionalProperties": False, "patternProperties": FREE_KEYS}
        branches.append(rule)
    return {**schema, "anyOf": branches}
