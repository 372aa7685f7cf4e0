"""Checks presets, templates and blueprints as written, so that a mistake waits for no flowgroup.

A template that a flowgroup uses and a blueprint that has an instance are checked there, with their
parameters in; the others are checked here, their expressions and variables still in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Any

from lhp.core.action_schemas import action_schema_by
from lhp.core.as_written import TEMPLATE, TOKENS, whole_as_written
from lhp.core.option_schema import Schema, defaults_schema
from lhp.core.quick_check import Same
from lhp.core.shape_check import shape_problems
from lhp.errors import MISSING_KEY, LhpError, LhpErrors, Location
from lhp.model.flowgroup import KINDS, Kind
from lhp.model.source import YamlMap, expect_map, locate
from lhp.passes.blueprints import undefined_names
from lhp.passes.collect import Problems
from lhp.passes.expand import Content
from lhp.passes.host import Host
from lhp.passes.presets import keys_given
from lhp.passes.unit import Unit
from lhp.passes.validate import generator_of, key_advice
from lhp.values import frozen

Given = Mapping[tuple[str, str], frozenset[str]]

_IGNORED = "test"  # actions of this kind are left out


def written_problems(content: Content, units: Iterable[Unit], host: Host) -> Iterator[LhpError]:
    """Yield what is wrong with what presets give, and with templates and blueprints nobody uses.

    Those that content plugins bring are their authors' business.

    Args:
        content: The presets, templates and blueprints that the project may use.
        units: The project's files, to tell which templates and blueprints they use.
        host: What the run shares.
    """
    used: set[str] = set()
    instantiated: set[str] = set()
    for unit in units:
        used |= unit.templates
        instantiated |= unit.blueprints
    given = keys_given(preset.defaults for preset in content.presets.values())
    for preset in content.presets.values():
        if not _is_of_plugin(preset.name, host):
            where = f"the preset {preset.name!r}"
            yield from _of_preset(preset.defaults, where, host)
    problems = Problems()
    check = partial(_of_action, host=host, given=given)
    for template in content.templates.values():
        if template.key not in used and not _is_of_plugin(template.key, host):
            problems.each(lambda entry: problems.add(check(entry)), template.actions)
    for blueprint in content.blueprints.values():
        if not _is_of_plugin(blueprint.name, host):
            problems.add(undefined_names(blueprint))
            if blueprint.name not in instantiated:
                entries = [
                    each for item in blueprint.flowgroups for each in item.get("actions", ())
                ]
                problems.each(lambda entry: problems.add(check(entry)), entries)
    yield from problems.found


def _is_of_plugin(name: str, host: Host) -> bool:
    return name.partition(".")[0] in host.content_folders


def _of_preset(defaults: YamlMap, where: str, host: Host) -> Iterator[LhpError]:
    for kind in KINDS.values():
        by_sub_type = expect_map(defaults, f"{kind.name}_actions")
        named = {name: each for name, each in by_sub_type.items() if not name.startswith("x-")}
        for sub_type, given in named.items():
            held = _Held(given, f"{sub_type!r} of {where}", by_sub_type.key_at[sub_type])
            yield from _checked(held, kind, sub_type, _defaults_as_written, host)


def _of_action(entry: Any, host: Host, given: Given) -> Iterator[LhpError]:
    if not isinstance(entry, YamlMap) or _is_open(entry):
        return
    kind, sub_type = generator_of(entry)
    if kind.name == _IGNORED:
        return
    at = locate(entry, kind.path(kind.selector)) or entry.location
    held = _Held(entry, f"the action {entry.get('name')!r}", at)
    may_lack = given.get((kind.name, sub_type), frozenset())
    for problem in _checked(held, kind, sub_type, _action_as_written, host):
        if problem.code != MISSING_KEY or problem.values["name"] not in may_lack:
            yield problem


def _is_open(entry: YamlMap) -> bool:
    """Return True when only a flowgroup's parameters tell which generator an action has."""
    kind = KINDS.get(str(entry.get("type")))
    options = kind.options_of(entry) if kind else None
    chosen = options.get(kind.selector) if kind and isinstance(options, Mapping) else options
    return any(isinstance(each, str) and "{" in each for each in (entry.get("type"), chosen))


@frozen
class _Held:
    value: Any
    where: str
    at: Location


def _checked(
    held: _Held,
    kind: Kind,
    sub_type: str,
    schema_of: Callable[[str, Same], Schema],
    host: Host,
) -> Iterable[LhpError]:
    try:
        handle = host.actions.generator(kind.name, sub_type, held.at)
        schema = schema_of(kind.name, Same(action_schema_by(handle)))
    except LhpError as error:
        return [error]
    except LhpErrors as errors:
        return errors.problems
    advice = partial(key_advice, host, kind.name)
    return shape_problems(held.value, schema, held.where, held.at, advice)


@cache
def _defaults_as_written(kind: str, whole: Same) -> Schema:
    return whole_as_written(defaults_schema(kind, whole.schema), TOKENS)


@cache
def _action_as_written(kind: str, whole: Same) -> Schema:
    del kind
    return whole_as_written(whole.schema, TEMPLATE)
