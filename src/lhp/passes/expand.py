"""Turns a flowgroup as written into one with all its actions and no token left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from functools import lru_cache

from lhp.core.render import TextRenderer
from lhp.errors import (
    NAME_UNSAFE,
    PRESET_CYCLE,
    PRESET_METADATA_IGNORED,
    PRESET_NOT_FOUND,
    TEMPLATE_NOT_FOUND,
    LhpError,
    nearest,
)
from lhp.model.flowgroup import FlowGroup
from lhp.model.source import (
    Unresolved,
    YamlList,
    YamlMap,
    expect_list,
    expect_map,
    expect_text,
    is_resolved,
)
from lhp.passes.blueprints import Blueprint
from lhp.passes.presets import (
    METADATA,
    Preset,
    SchemaOf,
    apply_presets,
    no_schema,
    overlay,
    resolve_presets,
)
from lhp.passes.substitution import Tokens, substitute, with_maps
from lhp.passes.templates import RenderedTemplate, Template, render_template
from lhp.passes.variables import resolve_variables, scalar_text
from lhp.values import frozen

_UNUSABLE = (PRESET_CYCLE, PRESET_NOT_FOUND, TEMPLATE_NOT_FOUND)
_SAFE_NAME = re.compile(r"(?![ .])[\w\-. ]{1,200}(?<![ .])")
_TOKEN = re.compile(r"[$%]?\{([\w.]+)\}")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)


@frozen
class Content:
    """What the flowgroups of a project may use.

    Args:
        presets: By name.
        templates: By their path under templates/ without `.yaml`.
        renderer: Evaluates the expressions of templates.
        blueprints: By name.
        unread: Names of presets and templates whose files are at fault.
        schema_of: Gives the schema of an action by its kind and sub-type; empty for an unknown one.
    """

    presets: Mapping[str, Preset]
    templates: Mapping[str, Template]
    renderer: TextRenderer
    blueprints: Mapping[str, Blueprint] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    schema_of: SchemaOf = no_schema


def expand(
    flowgroup: FlowGroup, content: Content, tokens: Tokens, *, include_tests: bool = False
) -> FlowGroup:
    """Return the flowgroup with variables, template, presets, tokens and secrets worked in.

    What is wrong stands in its problems: TEMPLATE_NOT_FOUND, NAME_UNSAFE, and what the steps find,
    at each place. A text at fault becomes `Unresolved`.

    Raises:
        LhpError: WRONG_SHAPE or EXPANSION_TOO_LARGE.
    """
    data, of_variables = resolve_variables(flowgroup.data)
    rendered = _use_template(data, content, tokens)
    inline = _wanted(expect_list(data, "actions"), include_tests=include_tests)
    added = _wanted(rendered.actions, include_tests=include_tests)
    data, of_presets = _use_presets(_join(data, inline, added), rendered, content, tokens)
    data, of_tokens = substitute(data, tokens)
    names = {"pipeline": flowgroup.pipeline, "flowgroup": flowgroup.name}
    unsafe = (found for what, written in names.items() for found in _unsafe(data, what, written))
    found = (*of_variables, *rendered.problems, *of_presets, *of_tokens, *unsafe)
    return replace(
        flowgroup,
        data=data,
        parameters=rendered.parameters,
        templated_from=len(inline),
        is_partial=any(problem.code in _UNUSABLE for problem in found),
        problems=(*flowgroup.problems, *(each for each in found if not _is_told(each, content))),
    )


def _is_told(problem: LhpError, content: Content) -> bool:
    """Return True for an unknown name that is at fault itself, or its file is."""
    name = problem.values.get("name")
    return problem.code in _UNUSABLE and (isinstance(name, Unresolved) or name in content.unread)


def _use_template(data: YamlMap, content: Content, tokens: Tokens) -> RenderedTemplate:
    key = expect_text(data, "use_template")
    if not key:
        return RenderedTemplate(YamlList(data.location), YamlList(data.location))
    at = data.value_at["use_template"]
    if key not in content.templates:
        unknown = TEMPLATE_NOT_FOUND.at(at, name=key, nearest=nearest(key, content.templates))
        nothing = YamlList(data.location)
        return RenderedTemplate(nothing, nothing, problems=(unknown,))
    given = _with_values(expect_map(data, "template_parameters"), tokens)
    return render_template(content.templates[key], given, content.renderer, at)


def _with_values(given: YamlMap, tokens: Tokens) -> YamlMap:
    """Return parameters, `Unresolved` for one whose tokens have no value."""
    known = given.without()
    for name, value in substitute(given, tokens)[0].items():
        if not is_resolved(value):
            known.take(given, name, Unresolved())
    return known


def _wanted(actions: YamlList, *, include_tests: bool) -> YamlList:
    wanted = YamlList(actions.location)
    for index, action in enumerate(actions):
        is_test = isinstance(action, YamlMap) and action.get("type") == "test"
        if include_tests or not is_test:
            wanted.put(action, actions.item_at[index])
    return wanted


def _join(data: YamlMap, inline: YamlList, added: YamlList) -> YamlMap:
    actions = YamlList(data.value_at.get("actions", data.location))
    for part in (inline, added):
        for index, action in enumerate(part):
            actions.put(action, part.item_at[index])
    joined = data.without()
    joined.take(data, "actions", actions)
    return joined


def _use_presets(
    data: YamlMap, rendered: RenderedTemplate, content: Content, tokens: Tokens
) -> tuple[YamlMap, tuple[LhpError, ...]]:
    below, unknown = resolve_presets(rendered.presets, content.presets)
    own, others = resolve_presets(expect_list(data, "presets"), content.presets)
    defaults = with_maps(overlay(below.without(METADATA), own), tokens)
    under = with_maps(data, tokens) if defaults else data
    laid, warnings = apply_presets(under, defaults, content.schema_of)
    return laid, (*unknown, *others, *warnings, *_ignored_columns(below, own))


def _ignored_columns(below: YamlMap, own: YamlMap) -> tuple[LhpError, ...]:
    selected = expect_list(own, METADATA)
    if all(name in selected for name in expect_list(below, METADATA)):
        return ()
    return (PRESET_METADATA_IGNORED.at(below.key_at[METADATA]),)


def _unsafe(data: YamlMap, what: str, written: str) -> Iterator[LhpError]:
    if isinstance(data.get(what), Unresolved):
        return
    name = scalar_text(data.get(what)) or ""
    if not (_is_safe(name) and _is_safe(_TOKEN.sub(r"__\1_", written))):
        yield NAME_UNSAFE.at(data.value_at.get(what, data.location), what=what, name=name)


@lru_cache(maxsize=4096)  # many flowgroups name one pipeline
def _is_safe(name: str) -> bool:
    return bool(_SAFE_NAME.fullmatch(name)) and not _DEVICE.fullmatch(name)
