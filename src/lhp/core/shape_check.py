"""Tells whether a YAML value keeps a JSON Schema, and what is wrong with it where it does not."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lhp.core.quick_check import Holds, Same, Schema, quick_check
from lhp.errors import LhpError, Location

if TYPE_CHECKING:
    from lhp.core.shape_faults import Advice


def shape_problems(
    value: Any, schema: Schema, where: str, at: Location | None = None, advice: Advice | None = None
) -> list[LhpError]:
    """Return every way in which a value breaks a schema, by place; some are warnings.

    Args:
        value: The YAML value, with its positions.
        schema: A draft-07 schema; compiled once per object.
        where: What messages call the value: `a flowgroup`, `the load 'orders'`.
        at: Its place, when the value itself does not know it.
        advice: Says of an unknown key what to do, given the keys that are known; by default the
            nearest of them.
    """
    if _quick(Same(schema))(value):
        return []
    from lhp.core.shape_faults import shape_faults

    return shape_faults(value, schema, where, at, advice)


@lru_cache(maxsize=256)
def _quick(same: Same) -> Holds:
    return quick_check(same.schema)
