"""Renders a template's actions with the parameters that a flowgroup gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from jinja2 import Undefined
from jinja2.utils import missing as missing_object

from lhp.core.render import TextRenderer
from lhp.errors import (
    TEMPLATE_NAME_EMPTY,
    TEMPLATE_PARAMETER_MISSING,
    TEMPLATE_PARAMETER_UNKNOWN,
    LhpError,
    Location,
    nearest,
)
from lhp.model.source import (
    Document,
    TokenText,
    Unresolved,
    VariableText,
    YamlList,
    YamlMap,
    expect_list,
    expect_root,
    is_resolved,
    map_text,
    overlaid,
    place,
)
from lhp.passes.parameters import Parameter, read_defaults, read_parameters
from lhp.values import frozen


@frozen
class Template:
    """A file under templates/.

    Args:
        key: What `use_template` says: the path under templates/ without `.yaml`.
        path: Its file, relative to the project root.
        location: Where it begins.
        name: Its author's label.
        presets: Names of presets that come under those of the flowgroup.
        parameters: What it declares.
        defaults: Those of its parameters that have one, each at its place.
        actions: As written, with their expressions.
        warnings: What its author should know.
    """

    key: str
    path: str
    location: Location
    name: str
    presets: YamlList
    parameters: tuple[Parameter, ...]
    defaults: YamlMap
    actions: YamlList
    warnings: tuple[LhpError, ...] = ()


@frozen
class RenderedTemplate:
    """What a template gave to one flowgroup.

    Args:
        actions: Without expressions.
        presets: Names of presets that come under those of the flowgroup.
        parameters: Given ones and defaults, each at its place.
        problems: What is wrong, and what the flowgroup's author should know.
    """

    actions: YamlList
    presets: YamlList
    parameters: YamlMap = field(default_factory=YamlMap)
    problems: tuple[LhpError, ...] = ()


def read_template(document: Document, key: str) -> Template:
    """Return the template that a document holds.

    Args:
        document: The only one of its file.
        key: The file's path under templates/ without `.yaml`.

    Raises:
        LhpError: WRONG_SHAPE.
    """
    data = expect_root(document)
    return Template(
        key=key,
        path=document.path,
        location=document.location,
        name=str(data.get("name") or key),
        presets=expect_list(data, "presets"),
        parameters=read_parameters(data),
        defaults=read_defaults(data),
        actions=expect_list(data, "actions"),
        warnings=document.warnings,
    )


def render_template(
    template: Template, given: YamlMap, renderer: TextRenderer, at: Location
) -> RenderedTemplate:
    """Return a template's actions with each expression in a value evaluated.

    A declared parameter without any value is empty. So is any other name that is not known, as in
    the 0.9 releases, with a warning.

    Args:
        template: The one that the flowgroup uses.
        given: The flowgroup's `template_parameters`.
        renderer: Evaluates expressions.
        at: Where the flowgroup names the template.

    Returns:
        The actions, a text at fault `Unresolved`, as is one with a parameter that has no value for
        a fault. Among the problems are TEMPLATE_PARAMETER_MISSING for each, and what the renderer
        found, at each text.
    """
    missing = _missing(template, given)
    parameters = overlaid(template.defaults, given)
    for name in missing:
        parameters.put(name, Unresolved(), at, at)
    optional = {each.name: Undefined(name=each.name) for each in template.parameters}
    actions, found = _render(template.actions, {**optional, **parameters}, renderer)
    extra = set(given) - {each.name for each in template.parameters}
    told = (
        TEMPLATE_PARAMETER_MISSING.at(
            at, template=template.key, name=name, nearest=nearest(name, extra)
        )
        for name in missing
    )
    problems = (*told, *_misspelt(template, given), *found)
    return RenderedTemplate(actions, template.presets, parameters, problems)


def _missing(template: Template, given: YamlMap) -> list[str]:
    return [each.name for each in template.parameters if each.required and each.name not in given]


def _misspelt(template: Template, given: YamlMap) -> list[LhpError]:
    declared = {each.name for each in template.parameters}
    open_names = declared - set(given)
    return [
        TEMPLATE_PARAMETER_UNKNOWN.at(
            given.key_at[name], template=template.key, name=name, nearest=nearest(name, open_names)
        )
        for name in given
        if name not in declared and nearest(name, open_names)
    ]


def _render(
    actions: YamlList, parameters: Mapping[str, Any], renderer: TextRenderer
) -> tuple[YamlList, list[LhpError]]:
    problems: list[LhpError] = []
    empty: list[LhpError] = []
    faulty = {name for name, value in parameters.items() if not is_resolved(value)}

    def render(text: str, at: Location) -> Any:
        if faulty and not faulty.isdisjoint(renderer.names_in(text)):
            return Unresolved(text)

        def missing(undefined: Undefined) -> None:
            empty.append(_empty(undefined, parameters, at))

        try:
            value = renderer.render_value(text, parameters, at, missing)
        except LhpError as problem:
            problems.append(problem)
            return Unresolved(text)
        if isinstance(value, TokenText) and any(value is each for each in parameters.values()):
            return VariableText(value)
        return value if value is text else _yaml_value(value, at)

    rendered: YamlList = map_text(actions, render, actions.location, all_texts=False)
    return rendered, [*problems, *empty]


def _empty(undefined: Any, parameters: Mapping[str, Any], at: Location) -> LhpError:
    owner, name = undefined._undefined_obj, undefined._undefined_name  # noqa: SLF001  (Jinja's words for subclasses)
    is_key = isinstance(owner, Mapping)
    known = owner if is_key else parameters if owner is missing_object else ()
    reason = undefined._undefined_message  # noqa: SLF001  (the same)
    near = nearest(str(name), known)
    return TEMPLATE_NAME_EMPTY.at(at, name=name, reason=reason, nearest=near)


def _yaml_value(value: Any, at: Location) -> Any:
    if isinstance(value, TokenText):
        return value
    return TokenText(value) if isinstance(value, str) else place(value, at)
