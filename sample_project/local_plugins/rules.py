"""The naming and documentation rules of the data platform team."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

DOCUMENTED_LAYERS = ("silver", "gold")
_BRONZE_TABLE = re.compile(r"[a-z]+(_[a-z]+)*s")
_CREATES_TABLE = ("streaming_table", "materialized_view")


def broken_rules(action: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each rule that one action breaks."""
    target = action.get("write_target") or {}
    if target.get("type") not in _CREATES_TABLE or target.get("create_table") is False:
        return
    layer, table = target.get("schema"), str(target.get("table"))
    if layer in DOCUMENTED_LAYERS and not target.get("comment"):
        yield f"{layer} table {table!r} needs a comment: the catalog is where analysts look first"
    if layer == "bronze" and not _BRONZE_TABLE.fullmatch(table):
        yield f"bronze table {table!r} should be a plural in snake case, as `web_events`"
