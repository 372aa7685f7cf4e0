"""What the `source` of a transform or a write has to name."""

from __future__ import annotations

from collections.abc import Iterator

from lhp.errors import SOURCE_UNNAMED, LhpError
from lhp.model.flowgroup import Action


def source_problems(action: Action, least: int = 1) -> Iterator[LhpError]:
    """Yield an error for each entry of `source` that names nothing.

    Args:
        action: The action.
        least: How many views or tables it has to read.
    """
    is_list = isinstance(action.source, list)
    entries = action.source if is_list else [action.source]
    for index, entry in enumerate(entries):
        if not Action({"source": entry}, action.kind, action.sub_type, None).sources:
            path = ("source", index) if is_list else ("source",)
            yield SOURCE_UNNAMED.at(action.at(*path), action=action.name)
    if len(entries) < least:
        yield SOURCE_UNNAMED.at(action.at("source"), action=action.name)
