"""What is wrong with a load that reads streams only and has options with a prefix."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lhp.errors import OPTION_WITHOUT_PREFIX, STREAM_ONLY, LhpError
from lhp.model.flowgroup import Action


def read_mode_problems(action: Action) -> Iterator[LhpError]:
    """Yield an error when the load is to read a batch."""
    if action.read_mode == "batch":
        at = action.at("readMode") if action.get("readMode") else action.at("source", "readMode")
        yield STREAM_ONLY.at(at, what=f"load of type {action.sub_type}")


def prefix_problems(
    action: Action, prefix: str, lacks_it: Callable[[str], bool]
) -> Iterator[LhpError]:
    """Yield an error for each of `options` that lacks its prefix.

    Args:
        action: The load.
        prefix: With its dot at the end.
        lacks_it: Says of an option's name whether it is one of those, without their prefix.
    """
    for name in filter(lacks_it, action.options.basic_options):
        at = action.at("source", "options", name, key=True)
        full = f"{prefix}{name}"
        yield OPTION_WITHOUT_PREFIX.at(at, name=name, what=action.sub_type, full=full)
