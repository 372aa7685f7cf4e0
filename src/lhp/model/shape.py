"""The base of every model that says what a piece of YAML may hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """A mapping with known keys; frozen, and any other key but `x-...` is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)

    exactly_one: ClassVar[Sequence[Sequence[str]]] = ()
    """Groups of keys of which exactly one must be given."""

    at_least_one: ClassVar[Sequence[Sequence[str]]] = ()
    """Groups of keys of which one must be given; more of them are fine."""

    at_most_one: ClassVar[Sequence[Sequence[str]]] = ()
    """Groups of keys that exclude each other."""

    @classmethod
    def known_keys(cls) -> tuple[str, ...]:
        """Return the keys as users write them, in the order of the model."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())
