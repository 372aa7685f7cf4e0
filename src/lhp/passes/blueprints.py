"""Makes the flowgroups that instances of blueprints ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from lhp.errors import (
    BLUEPRINT_NAME_TOKEN,
    BLUEPRINT_PARAMETER_MISSING,
    BLUEPRINT_PARAMETER_UNKNOWN,
    BLUEPRINT_TWICE,
    BLUEPRINT_UNKNOWN,
    LhpError,
    nearest,
    raise_all,
)
from lhp.model.flowgroup import FlowGroup, Instance
from lhp.model.source import (
    Document,
    YamlList,
    YamlMap,
    expect_list,
    expect_map,
    overlaid,
    texts_in,
)
from lhp.passes.collect import Problems
from lhp.passes.parameters import Parameter, read_defaults, read_parameters
from lhp.passes.uses import met_by
from lhp.passes.variables import names_in, resolve_variables, scalar_text, undefined_in
from lhp.values import frozen

_NAMES = ("pipeline", "flowgroup")


@frozen
class Blueprint:
    """A file that instances make flowgroups of.

    Args:
        name: What `use_blueprint` says.
        document: The file.
        parameters: What it declares.
        defaults: Those of its parameters that have one, each at its place.
        flowgroups: As written, with `%{name}` for a parameter.
    """

    name: str
    document: Document
    parameters: tuple[Parameter, ...]
    defaults: YamlMap
    flowgroups: YamlList


def read_blueprint(document: Document) -> Blueprint:
    """Return the blueprint that a document holds.

    Args:
        document: The only one of its file, checked.

    Raises:
        LhpError: WRONG_SHAPE.
    """
    data = document.data
    return Blueprint(
        name=data["name"],
        document=document,
        parameters=read_parameters(data),
        defaults=read_defaults(data),
        flowgroups=expect_list(data, "flowgroups"),
    )


def collect_blueprints(blueprints: Iterable[Blueprint]) -> Mapping[str, Blueprint]:
    """Return blueprints by name.

    Raises:
        LhpErrors: BLUEPRINT_TWICE, at each name that another one has.
    """
    known: dict[str, Blueprint] = {}
    problems = []
    for blueprint in blueprints:
        first = known.setdefault(blueprint.name, blueprint)
        if first is not blueprint:
            at, other = (each.document.data.value_at["name"] for each in (blueprint, first))
            problems.append(BLUEPRINT_TWICE.at(at, name=blueprint.name, other=other))
    raise_all(problems)
    return known


def undefined_names(blueprint: Blueprint) -> Iterator[LhpError]:
    """Yield each `%{name}` in a blueprint that no parameter and no variable can ever fill."""
    declared = [each.name for each in blueprint.parameters]
    for flowgroup in blueprint.flowgroups:
        yield from undefined_in(flowgroup, [*declared, *expect_map(flowgroup, "variables")])


def flowgroups_of(
    item: FlowGroup | Instance, blueprints: Mapping[str, Blueprint]
) -> tuple[FlowGroup, ...]:
    """Return the flowgroups that an instance makes; one that is written out is its own.

    The parameters become the flowgroup's `variables`; those that the blueprint's flowgroup has
    itself are stronger, as in the 0.9 releases.

    Args:
        item: What a file holds.
        blueprints: Those that the project may use, by name.

    Raises:
        LhpError: BLUEPRINT_UNKNOWN.
        LhpErrors: Parameters that are missing or unknown; names that can't be worked out.
    """
    if isinstance(item, FlowGroup):
        return (item,)
    if item.blueprint not in blueprints:
        near = nearest(item.blueprint, blueprints)
        raise BLUEPRINT_UNKNOWN.at(item.location, name=item.blueprint, nearest=near)
    blueprint = blueprints[item.blueprint]
    given = _given(item)
    raise_all([*_missing(item, given, blueprint), *_unknown(item, blueprint)])
    values = overlaid(blueprint.defaults, given)
    problems = Problems()
    made = problems.each(partial(_flowgroup, item, values), blueprint.flowgroups)
    raise_all(problems.found)
    return tuple(made)


def _given(instance: Instance) -> YamlMap:
    empty = [name for name, value in instance.parameters.items() if value is None]
    return instance.parameters.without(*empty)


def _missing(instance: Instance, given: YamlMap, blueprint: Blueprint) -> Iterator[LhpError]:
    for each in blueprint.parameters:
        if each.required and each.name not in given:
            at = instance.parameters.value_at.get(each.name, instance.location)
            yield BLUEPRINT_PARAMETER_MISSING.at(at, blueprint=blueprint.name, name=each.name)


def _unknown(instance: Instance, blueprint: Blueprint) -> Iterator[LhpError]:
    names = [each.name for each in blueprint.parameters]
    for name in instance.parameters:
        if name not in names:
            yield BLUEPRINT_PARAMETER_UNKNOWN.at(
                instance.parameters.key_at[name],
                blueprint=blueprint.name,
                name=name,
                known=", ".join(names) or "none",
                nearest=nearest(name, names),
            )


def _flowgroup(instance: Instance, values: YamlMap, written: YamlMap) -> FlowGroup:
    variables = overlaid(values, expect_map(written, "variables"))
    used = names_in([*texts_in(written), *texts_in(variables)])
    data = written.without()
    data.put("variables", _as_texts(variables, used), written.location, written.location)
    flowgroup = FlowGroup(
        pipeline=written["pipeline"],
        name=written["flowgroup"],
        data=data,
        path=instance.path,
        location=written.location,
        instance=instance,
        problems=instance.warnings,
    )
    return _named(flowgroup)


def _named(flowgroup: FlowGroup) -> FlowGroup:
    data = flowgroup.data
    problems = Problems()
    others = [key for key in data if key not in (*_NAMES, "variables")]
    for names, found in problems.each(resolve_variables, [data.without(*others)]):
        problems.add(found)
        problems.add(
            BLUEPRINT_NAME_TOKEN.at(data.value_at[key], what=key, name=names[key])
            for key in _NAMES
            if "${" in names[key]
        )
        for key in _NAMES:
            data.take(data, key, names[key])
    raise_all(met_by(problems.found, flowgroup))
    return replace(flowgroup, pipeline=data["pipeline"], name=data["flowgroup"])


def _as_texts(values: YamlMap, used: frozenset[str]) -> YamlMap:
    """Return values as texts; a boolean is `True` or `False`, as in the 0.9 releases.

    A list or a map has no text and stays as it is, where it is used: a variable may not be one.
    """
    texts = YamlMap(values.location)
    for name, value in values.items():
        is_text = scalar_text(value) is not None
        if is_text or name in used:
            texts.take(values, name, str(value) if is_text else value)
    return texts
