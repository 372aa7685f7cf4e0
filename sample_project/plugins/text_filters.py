"""Filters for templates and SQL files: SQL layout, snake case, and steady identifiers."""

from __future__ import annotations

import re
from uuid import NAMESPACE_DNS, uuid5

_ACME = uuid5(NAMESPACE_DNS, "acme.example.com")
_QUOTED = re.compile(r"('(?:[^']|'')*'|`[^`]*`)")
_KEYWORDS = re.compile(
    r"\b(and|as|asc|between|by|case|desc|distinct|else|end|false|from|group|having|in|is|join|left"
    r"|like|limit|not|null|on|or|order|rlike|select|then|true|union|when|where)\b",
    re.IGNORECASE,
)
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def format_sql(text: str) -> str:
    """Return SQL on one line with its keywords in capitals; quoted text stays as it is."""
    parts = _QUOTED.split(text.strip())
    for index in range(0, len(parts), 2):
        spaced = re.sub(r"\s+", " ", parts[index])
        parts[index] = _KEYWORDS.sub(lambda match: match[0].upper(), spaced)
    return "".join(parts)


def snake_case(text: str) -> str:
    """Return `OrderItems`, `order items` or `order-items` as `order_items`."""
    return re.sub(r"\W+", "_", _WORD_START.sub("_", text.strip())).lower()


def generate_uuid(*parts: object) -> str:
    """Return a UUID that is the same for the same parts on every machine and day."""
    return str(uuid5(_ACME, "/".join(map(str, parts))))


template_filters = {
    "format_sql": format_sql,
    "snake_case": snake_case,
    "generate_uuid": generate_uuid,
}
