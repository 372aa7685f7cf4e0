"""What is wrong with the read mode and the options of a load or a sink that only streams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated

from pydantic import WithJsonSchema

from lhp.core.base_generator import Scalar
from lhp.errors import OPTION_NOTHING, OPTION_WITHOUT_PREFIX, STREAM_ONLY, LhpError
from lhp.model.flowgroup import KINDS, Action

OptionValue = Annotated[
    Scalar | None, WithJsonSchema({"type": ["boolean", "number", "string", "null"]})
]
"""What an option of a reader may be; nothing at all is a text, with a warning."""


def read_mode_problems(action: Action) -> Iterator[LhpError]:
    """Yield an error when an action is to read anything but a stream."""
    if action.read_mode not in (None, "", "stream"):
        at = action.at("readMode") if action.get("readMode") else action.at("source", "readMode")
        yield STREAM_ONLY.at(at, what=f"{action.kind} of type {action.sub_type}")


def empty_option_problems(action: Action, key: str = "options") -> Iterator[LhpError]:
    """Yield a warning for each option without a value.

    Args:
        action: A load.
        key: The key of its source that holds options.
    """
    for name, value in (action["source"].get(key) or {}).items():
        if value is None:
            yield OPTION_NOTHING.at(action.at("source", key, name, key=True), name=name)


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
