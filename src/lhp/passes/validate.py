"""Checks each action of a flowgroup against its own generator, and nothing but that one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from lhp.core.defaults import as_declared, with_defaults
from lhp.core.option_schema import (
    Schema,
    action_schema,
    reserved_keys,
    supported_options,
)
from lhp.core.resolver import PluginHandle
from lhp.core.shape_check import shape_problems
from lhp.core.shapes import shape
from lhp.errors import (
    ACTION_TWICE,
    MISSING_KEY,
    NO_ACTIONS,
    NOTHING_GIVEN,
    PLUGIN_OPTIONS_UNSAID,
    UNKNOWN_KEY,
    UNKNOWN_KIND,
    WRONG_TYPE,
    LhpError,
    LhpErrors,
    nearest,
    raise_all,
)
from lhp.model.flowgroup import KINDS, Action, FlowGroup, Kind
from lhp.model.source import Unresolved, YamlMap, described, is_resolved, locate
from lhp.passes.host import Host

Checked = tuple[tuple[Action, PluginHandle], ...]


def valid_actions(flowgroup: FlowGroup, host: Host) -> Checked:
    """Return the actions of a flowgroup, defaults filled in, each with its generator.

    Args:
        flowgroup: After expand.
        host: What the run shares.

    Raises:
        LhpErrors: What expand found wrong, and everything that is wrong with the shape of the
            flowgroup and of its actions.
    """
    actions, problems = validate(flowgroup, host)
    raise_all([*flowgroup.errors, *problems])
    return actions


def validate(flowgroup: FlowGroup, host: Host) -> tuple[Checked, list[LhpError]]:
    """Return those actions of a flowgroup whose shape is right, and what is wrong with the rest.

    An action of which not all is known is neither, where what is known of it is right.

    Args:
        flowgroup: After expand.
        host: What the run shares.
    """
    data, schema = flowgroup.data, shape("FlowGroupKeys")
    filled = as_declared(data, schema)
    problems = [*shape_problems(filled, schema, "the flowgroup", flowgroup.location)]
    is_right = not (problems or flowgroup.errors or flowgroup.is_partial)
    if is_right and not data.get("actions"):
        problems.append(NO_ACTIONS.at(flowgroup.location, name=flowgroup.name))
    actions = []
    for index, entry in enumerate(_entries(flowgroup)):
        if not isinstance(entry, YamlMap) or not _is_generator_known(entry):
            continue
        try:
            action = _action(entry, host)
        except LhpError as error:
            problems.append(error)
        except LhpErrors as errors:
            problems += errors.problems
        else:
            actions += [action] if _is_all_known(flowgroup, index) else []
    if flowgroup.is_partial:
        problems = [each for each in problems if each.code not in (MISSING_KEY, NOTHING_GIVEN)]
    return tuple(actions), problems


def _is_generator_known(entry: YamlMap) -> bool:
    kind = KINDS.get(str(entry.get("type")))
    options = kind.options_of(entry) if kind else None
    chosen = options.get(kind.selector) if kind and isinstance(options, dict) else options
    return not any(isinstance(each, Unresolved) for each in (entry.get("type"), chosen))


def _is_all_known(flowgroup: FlowGroup, index: int) -> bool:
    read = [flowgroup.data["actions"][index]]
    if index >= flowgroup.templated_from:
        read.append(flowgroup.parameters)  # SQL files may use them
    return not flowgroup.is_partial and all(map(is_resolved, read))


def has_names(flowgroup: FlowGroup) -> bool:
    """Return True when each action has a name and a type, so that others can look at it."""
    return all(
        isinstance(entry, YamlMap)
        and isinstance(entry.get("name"), str)
        and (entry.get("type") in [*KINDS] or isinstance(entry.get("type"), Unresolved))
        for entry in _entries(flowgroup)
    )


def same_names(flowgroup: FlowGroup) -> Iterator[LhpError]:
    """Yield an error for each action that is called as one before it."""
    first: dict[str, YamlMap] = {}
    for entry in _entries(flowgroup):
        name = entry.get("name") if isinstance(entry, YamlMap) else None
        name = None if isinstance(name, Unresolved) else name
        known = first.setdefault(name, entry) if isinstance(name, str) else entry
        if known is not entry:
            other = locate(known, ("name",))
            yield ACTION_TWICE.at(locate(entry, ("name",)), name=name, other=other)


def _entries(flowgroup: FlowGroup) -> Sequence[Any]:
    """Return what stands under `actions`; nothing where that is no list."""
    listed = flowgroup.data.get("actions")
    return listed if isinstance(listed, list) else ()


def key_advice(host: Host, kind: str, key: str, known: Sequence[str]) -> str | None:
    """Return what to do about an unknown key of an action: the nearest, or whose option it is.

    Args:
        host: What the run shares.
        kind: Of the action.
        key: The unknown one.
        known: Those that stand there.
    """
    meant = nearest(key, known)
    if meant:
        return f"did you mean {meant!r}?"
    owners = [name for name in host.actions.names(kind) if _has_option(host, kind, name, key)]
    if owners:
        return f"that is an option of {', '.join(owners)}"
    return f"known keys: {', '.join(sorted(known))}" if known else None


def generator_of(entry: YamlMap) -> tuple[Kind, str]:
    """Return the kind of an action and its sub-type.

    Raises:
        LhpError: MISSING_KEY or UNKNOWN_KIND at `type`.
        LhpErrors: When it names no sub-type, at what stands in its place.
    """
    where = _called(entry)
    kind_name = entry.get("type")
    if kind_name is None:
        raise MISSING_KEY.at(entry.location, where=where, name="type")
    if not isinstance(kind_name, str) or kind_name not in KINDS:
        at = locate(entry, ("type",))
        raise UNKNOWN_KIND.at(at, name=kind_name, nearest=nearest(str(kind_name), KINDS))
    kind = KINDS[kind_name]
    sub_type = kind.sub_type_of(entry)
    if sub_type is None:
        raise LhpErrors(_without_sub_type(entry, kind, where))
    return kind, sub_type


def completed(entry: YamlMap, host: Host) -> YamlMap:
    """Return an action with the defaults of its generator's options filled in.

    Raises:
        LhpError: When it names no generator, or this can't be used.
        LhpErrors: The same, for several reasons.
    """
    schema, _, _ = _offer(entry, *generator_of(entry), host)
    filled: YamlMap = with_defaults(entry, schema)
    return filled


def _called(entry: YamlMap) -> str:
    return f"the action {entry['name']!r}" if entry.get("name") else "the action"


def _offer(
    entry: YamlMap, kind: Kind, sub_type: str, host: Host
) -> tuple[Schema, bool, PluginHandle]:
    """Return the schema of an action, whether its generator says what it accepts, and that."""
    handle = host.actions.generator(kind.name, sub_type, locate(entry, kind.path(kind.selector)))
    key = (kind.name, handle.manifest.identity)
    if key not in host.offers:
        host.offers[key] = handle.read(_said_by, kind.name, handle.load())
    return (*host.offers[key], handle)


def _said_by(kind: str, generator: Any) -> tuple[Schema, bool]:
    return action_schema(kind, generator), bool(generator.says_options())


def _action(entry: YamlMap, host: Host) -> tuple[Action, PluginHandle]:
    kind, sub_type = generator_of(entry)
    schema, says_options, handle = _offer(entry, kind, sub_type, host)
    filled = with_defaults(entry, schema)
    where = _called(entry)
    advice = partial(key_advice, host, kind.name)
    problems = shape_problems(filled, schema, where, entry.location, advice)
    # Of what is a warning the generator knows more.
    raise_all(problem for problem in problems if not problem.is_warning)
    taken = reserved_keys(kind.name)
    options = {
        key: value
        for key, value in kind.options_of(filled).items()
        if key not in taken and not key.startswith("x-")
    }
    if options and not says_options:
        handle.resolver.warn(_unsaid(handle, options))
    return Action(filled, kind.name, sub_type, options), handle


def _unsaid(handle: PluginHandle, options: Mapping[str, Any]) -> LhpError:
    """Return the warning that nothing is known of a generator's options, with what to write."""
    said = {key: {"type": _json_type(options[key])} for key in sorted(options)}
    names = ", ".join(sorted(options))
    values = {"type": handle.type, "name": handle.name, "names": names, "said": said}
    return PLUGIN_OPTIONS_UNSAID.at(handle.manifest.location, **values)


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    kinds = ((int, "integer"), (float, "number"), (Mapping, "object"), (list, "array"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "string")


def _without_sub_type(entry: YamlMap, kind: Kind, where: str) -> Iterator[LhpError]:
    path = kind.path(kind.selector)
    options, known = kind.options_of(entry), {kind.selector}
    if not isinstance(options, Mapping):
        path = kind.path()
        options, known = entry, {*shape("ActionKeys")["properties"], "source", kind.place}
    elif options.get(kind.selector) is not None:
        given = described(options[kind.selector])
        at = locate(entry, path)
        yield WRONG_TYPE.at(at, name=kind.selector, expected="text", given=given)
        return
    taken = reserved_keys(kind.name) | known
    near = {key: nearest(key, known) for key in options if key not in taken}
    misspelt = {key: meant for key, meant in near.items() if meant}
    holder = f"{kind.place!r} of {where}" if path[:-1] else where
    for key, meant in misspelt.items():
        at = locate(entry, (*path[:-1], key), key=True)
        yield UNKNOWN_KEY.at(at, name=key, where=holder, advice=f"did you mean {meant!r}?")
    if not misspelt:
        name = ".".join(map(str, kind.path(kind.selector)))
        yield MISSING_KEY.at(locate(entry, kind.path()), where=where, name=name)


def _has_option(host: Host, kind: str, name: str, key: str) -> bool:
    try:
        handle = host.actions.generator(kind, name)
        options = handle.read(supported_options, handle.load())
    except LhpError:
        return False
    return key in options["properties"]
