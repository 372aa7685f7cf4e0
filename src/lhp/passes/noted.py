"""Notes what the work on a file asks for, so that it is done again when any of that changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

_Value = TypeVar("_Value")


class Noted(dict[str, _Value]):
    """A table that notes the names it is asked for, also those that it lacks.

    To go through all of it is not noted: only messages do, and what fails is never remembered.
    """

    def __init__(self, table: Mapping[str, _Value]) -> None:
        super().__init__(table)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> _Value:
        """Return a value, and note its name."""
        self.asked.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        """Return True for a name that there is, and note it."""
        self.asked.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value or the default, and note its name."""
        self.asked.add(name)
        return super().get(name, default)


class Read:
    """The files and folders that the work on a file has read, with digests of what they held.

    Args:
        is_run: True in a run, all of which sees a file as it was when it was read first.
    """

    def __init__(self, *, is_run: bool = False) -> None:
        self.is_run = is_run
        self.files: dict[str, str] = {}
        self.folders: dict[str, str] = {}
