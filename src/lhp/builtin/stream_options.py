"""What is wrong with the read mode and the options of a load or a sink that only streams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from lhp.errors import OPTION_WITHOUT_PREFIX, STREAM_ONLY, LhpError
from lhp.model.flowgroup import KINDS, Action


def read_mode_problems(action: Action) -> Iterator[LhpError]:
    """Yield an error when a load is to read a batch."""
    if action.read_mode == "batch":
        at = action.at("readMode") if action.get("readMode") else action.at("source", "readMode")
        yield STREAM_ONLY.at(at, what=f"load of type {action.sub_type}")


def prefix_problems(
    action: Action, names: Iterable[str], prefix: str, lacks_it: Callable[[str], bool]
) -> Iterator[LhpError]:
    """Yield an error for each of `options` that lacks its prefix.

    Args:
        action: The action.
        names: Of its `options`.
        prefix: With its dot at the end.
        lacks_it: Says of a name whether it is one that needs the prefix.
    """
    for name in filter(lacks_it, names):
        at = action.at(*KINDS[action.kind].path("options", name), key=True)
        yield OPTION_WITHOUT_PREFIX.at(at, name=name, full=f"{prefix}{name}")
