"""Shapes that each start needs, as data: the models behind them take long to be made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

SHAPES = Path(__file__).parent / "shapes.json"
"""Made from the models: `make schemas`."""


@cache
def shape(name: str) -> Mapping[str, Any]:
    """Return the JSON Schema of a model, always as one object; treat it as read-only.

    Args:
        name: `project` or `policy`.
    """
    schema: Mapping[str, Any] = json.loads(SHAPES.read_text(encoding="utf-8"))[name]
    return schema
