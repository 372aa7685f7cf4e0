"""What the modes of a streaming table have in common."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar
from weakref import proxy

from pydantic import Field

from lhp.builtin.sources import source_problems
from lhp.builtin.tables import table_name
from lhp.core.base_generator import BaseActionGenerator, Options
from lhp.errors import MISSING_KEY, NO_EFFECT, ONE_SOURCE, LhpError
from lhp.model.flowgroup import Action


class Mode(ABC):
    """A way in which rows get into a streaming table; its code template is `<name>.py.j2`.

    Args:
        action: The write action.
        generator: Its generator, which takes imports and files.
    """

    name: ClassVar[str]

    config_key: ClassVar[str] = ""
    """The option that says more; empty when the mode needs no more."""

    always_creates: ClassVar[bool] = False
    """True when `create_table` does not matter."""

    runs_once: ClassVar[bool] = True
    """False when the flow knows no `once`."""

    def __init__(self, action: Action, generator: BaseActionGenerator) -> None:
        self.action = action
        # The generator keeps its mode: a circle would stay in memory.
        self.generator: BaseActionGenerator = proxy(generator)
        self.table = table_name(action["write_target"])

    @property
    def config(self) -> Any:
        """What the option of `config_key` holds."""
        return getattr(self.action.options, self.config_key)

    @property
    def creates(self) -> bool:
        """True when the action creates the table."""
        return self.always_creates or bool(self.action.options.create_table)

    @property
    def is_streaming(self) -> bool:
        """True when the flow reads a stream."""
        return True

    @property
    def reads(self) -> Sequence[str]:
        """The views and tables that the flows read."""
        return self.action.sources

    @property
    def flow_names(self) -> Sequence[str]:
        """The names of the flows; each is called by its action."""
        stem = re.sub(r"[- ]", "_", self.action.name).removeprefix("write_")
        return [stem if stem.startswith("f_") else f"f_{stem}"]

    def problems(self) -> Iterator[LhpError]:
        """Yield what is wrong with the action in this mode."""
        yield from one_source_problems(self)

    def shared(self) -> Mapping[str, Any]:
        """Return what other actions that write to the table have to say alike, by key."""
        return {}

    @abstractmethod
    def values(self) -> Mapping[str, Any]:
        """Return what the code template needs for the flows."""

    def no_effect(self, *path: str, reason: str, advice: str | None = None) -> LhpError:
        """Return a warning that a key of the action does nothing in this mode."""
        at = self.action.at(*path, key=True)
        return NO_EFFECT.at(at, name=path[-1], reason=reason, advice=advice)


class KeyedConfig(Options):
    """What both modes that follow changes by key take."""

    at_most_one: ClassVar[Sequence[Sequence[str]]] = (
        ("track_history_column_list", "track_history_except_column_list"),
    )

    keys: tuple[str, ...] = Field(
        min_length=1,
        description="Columns that tell one row from another.",
        examples=[["customer_id"]],
    )
    track_history_column_list: tuple[str, ...] | None = Field(
        None,
        description="The only columns whose changes make a new version of a row.",
        examples=[["segment", "city"]],
    )
    track_history_except_column_list: tuple[str, ...] | None = Field(
        None,
        description="Columns whose changes make no new version of a row; all others do.",
        examples=[["last_seen_at"]],
    )

    @property
    def history(self) -> Mapping[str, Any]:
        """The columns that make versions, as arguments of a flow; None where not given."""
        keys = KeyedConfig.at_most_one[0]
        return {key: getattr(self, key) or None for key in keys}


def needed_source_problems(mode: Mode) -> Iterator[LhpError]:
    """Yield an error when the action has no source, or one that names nothing."""
    action = mode.action
    if action.source is None:
        yield MISSING_KEY.at(action.at(), where=f"the write {action.name!r}", name="source")
    else:
        yield from source_problems(action)


def one_source_problems(mode: Mode, advice: str | None = None) -> Iterator[LhpError]:
    """Yield an error when the action does not read exactly one view.

    Args:
        mode: Of the action.
        advice: What to do about several sources.
    """
    action = mode.action
    yield from needed_source_problems(mode)
    count = len(action.sources)
    if count > 1:
        at = action.at("source")
        yield ONE_SOURCE.at(at, mode=mode.name, count=count, advice=advice)
