"""Reads a file of flowgroups as far as it goes, for those who want to see the rest of it."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from typing import Any

from lhp.errors import Location
from lhp.model.flowgroup import FlowGroup, Instance
from lhp.model.source import Document, YamlList, YamlMap
from lhp.passes.collect import Problems
from lhp.passes.parse import parse

_MOST_TRIES = 20


def salvaged(documents: Sequence[Document]) -> Sequence[FlowGroup | Instance]:
    """Return the flowgroups of a file without the keys that are at fault.

    Args:
        documents: What the file holds.
    """
    for _ in range(_MOST_TRIES):
        problems = Problems()
        made = problems.each(parse, [documents])
        places = {each.location for each in problems.found if each.location}
        if made or not places:
            return made[0] if made else ()
        documents = [replace(each, data=_cut(each.data, places)) for each in documents]
    return ()


def _cut(value: Any, places: Container[Location]) -> Any:
    """Return a value without the entries at some places."""
    if isinstance(value, YamlMap):
        changed = YamlMap(value.location)
        for key, item in value.items():
            if value.value_at[key] not in places and value.key_at[key] not in places:
                changed.take(value, key, _cut(item, places))
        return changed
    if isinstance(value, YamlList):
        items = YamlList(value.location)
        for item, at in zip(value, value.item_at, strict=True):
            if at not in places:
                items.put(_cut(item, places), at)
        return items
    return value
