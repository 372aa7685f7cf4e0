"""Renders a template's actions with the parameters that a flowgroup gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    raise_all,
)
from lhp.model.source import (
    Document,
    TokenText,
    VariableText,
    YamlList,
    YamlMap,
    expect_list,
    expect_root,
    map_text,
    overlaid,
    place,
)
from lhp.passes.parameters import Parameter, read_defaults, read_parameters


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class RenderedTemplate:
    """What a template gave to one flowgroup.

    Args:
        actions: Without expressions.
        presets: Names of presets that come under those of the flowgroup.
        parameters: Given ones and defaults, each at its place.
        warnings: What the flowgroup's author should know.
    """

    actions: YamlList
    presets: YamlList
    parameters: YamlMap = field(default_factory=YamlMap)
    warnings: tuple[LhpError, ...] = ()


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

    Raises:
        LhpErrors: TEMPLATE_PARAMETER_MISSING for each; or what the renderer found, at each text.
    """
    raise_all(_missing(template, given, at))
    parameters = overlaid(template.defaults, given)
    optional = {each.name: Undefined(name=each.name) for each in template.parameters}
    actions, empty = _render(template.actions, {**optional, **parameters}, renderer)
    warnings = (*_misspelt(template, given), *empty)
    return RenderedTemplate(actions, template.presets, parameters, warnings)


def _missing(template: Template, given: YamlMap, at: Location) -> list[LhpError]:
    extra = set(given) - {each.name for each in template.parameters}
    return [
        TEMPLATE_PARAMETER_MISSING.at(
            at, template=template.key, name=each.name, nearest=nearest(each.name, extra)
        )
        for each in template.parameters
        if each.required and each.name not in given
    ]


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

    def render(text: str, at: Location) -> Any:
        def missing(undefined: Undefined) -> None:
            empty.append(_empty(undefined, parameters, at))

        try:
            value = renderer.render_value(text, parameters, at, missing)
        except LhpError as problem:
            problems.append(problem)
            return text
        if isinstance(value, TokenText) and any(value is each for each in parameters.values()):
            return VariableText(value)
        return value if value is text else _yaml_value(value, at)

    rendered: YamlList = map_text(actions, render, actions.location)
    raise_all(problems)
    return rendered, empty


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
