"""Takes a flowgroup with faults as far as it goes, for those who want to see the rest of it."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from lhp.errors import LhpError, LhpErrors, Location
from lhp.model.flowgroup import FlowGroup, Instance
from lhp.model.source import Document, YamlList, YamlMap
from lhp.passes.expand import Content, expand
from lhp.passes.parse import parse
from lhp.passes.substitution import Tokens

UNRESOLVED = "unresolved"
"""What stands in the place of a value that is at fault."""

_MOST_TRIES = 20
_Item = TypeVar("_Item")
_Made = TypeVar("_Made")
_Places = Container[Location]


def salvage_file(
    documents: Sequence[Document],
) -> tuple[Sequence[FlowGroup | Instance], list[LhpError]]:
    """Return the flowgroups of a file without the keys that are at fault, and what is wrong.

    Args:
        documents: What the file holds.
    """

    def cut(items: Sequence[Document], places: _Places) -> Sequence[Document]:
        return [replace(each, data=_cut(each.data, places)) for each in items]

    found, problems = _tried(parse, documents, cut)
    return found or (), problems


def salvage(
    flowgroup: FlowGroup, content: Content, tokens: Tokens
) -> tuple[FlowGroup | None, list[LhpError]]:
    """Return a flowgroup after expand, `UNRESOLVED` for each value at fault, and what is wrong.

    Args:
        flowgroup: As parsed; its actions of type test are taken, too.
        content: What it may use.
        tokens: Those of the environment.

    Returns:
        The flowgroup, or None where nothing of it can be resolved; and the problems.
    """

    def made(item: tuple[FlowGroup, Content]) -> FlowGroup:
        return expand(*item, tokens, include_tests=True)

    def cut(item: tuple[FlowGroup, Content], places: _Places) -> tuple[FlowGroup, Content]:
        of, using = item
        templates = {
            key: replace(each, actions=_marked(each.actions, places))
            for key, each in using.templates.items()
        }
        presets = {
            name: replace(each, defaults=_marked(each.defaults, places))
            for name, each in using.presets.items()
        }
        using = replace(using, templates=templates, presets=presets)
        return replace(of, data=_marked(of.data, places)), using

    return _tried(made, (flowgroup, content), cut)


def _tried(
    make: Callable[[_Item], _Made], item: _Item, cut: Callable[[_Item, _Places], _Item]
) -> tuple[_Made | None, list[LhpError]]:
    """Return what is made of an item, the places at fault cut out until it goes."""
    problems: list[LhpError] = []
    places: set[Location] = set()
    for _ in range(_MOST_TRIES):
        try:
            return make(item), problems
        except LhpError as error:
            found: Sequence[LhpError] = [error]
        except LhpErrors as errors:
            found = errors.problems
        fresh = {each.location for each in found if each.location} - places
        problems += [each for each in found if each.location not in places]
        if not fresh:
            break
        places |= fresh
        item = cut(item, fresh)
    return None, problems


def _cut(value: Any, places: _Places) -> Any:
    """Return a value without the entries at some places."""
    return _changed(value, places, lambda _: False)


def _marked(value: Any, places: _Places) -> Any:
    """Return a value with those at some places marked; names of what can't be used are cut out."""
    return _changed(value, places, lambda path: path[0] not in ("presets", "use_template"))


def _changed(
    value: Any,
    places: _Places,
    stays: Callable[[tuple[str | int, ...]], bool],
    path: tuple[str | int, ...] = (),
) -> Any:
    if isinstance(value, YamlMap):
        changed = YamlMap(value.location)
        for key, item in value.items():
            is_bad = value.value_at[key] in places or value.key_at[key] in places
            inner = (*path, key)
            if not is_bad or stays(inner):
                kept = UNRESOLVED if is_bad else _changed(item, places, stays, inner)
                changed.take(value, key, kept)
        return changed
    if isinstance(value, YamlList):
        items = YamlList(value.location)
        for index, item in enumerate(value):
            inner, at = (*path, index), value.item_at[index]
            if at not in places or stays(inner):
                items.put(UNRESOLVED if at in places else _changed(item, places, stays, inner), at)
        return items
    return value
