"""Secrets that stand in YAML as plain text: found by their keys, and hidden where text is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

_END = r"(?:pass(?:word|wd|phrase)|pwd|secret|token|credentials?|(?:^|(?<=[._-]))key)"
_WORDS = rf"{_END}|(?:access|account|api|client|encryption|private|sas|secret|shared)[._-]?key"
_KEY = re.compile(rf"(?:^|[._-]|(?<=[a-z0-9]))(?:{_WORDS})$", re.IGNORECASE)
_ENTRY = re.compile(
    r"""(?<![\w.-])(?P<key>[\w.-]+)["']?\s*:\s+(?P<value>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,{}#][^,{}#\n]*)"""
)
_MAY_HOLD = (b"pass", b"pwd", b"secret", b"token", b"credential", b"key")
_REFERENCES = ("${", "{{", "{%", "%{")
_LEAST = 16
_LEAST_HIDDEN = 3
_HIDDEN = "***"


def may_hold_secrets(data: bytes) -> bool:
    """Return False for a file in which no key can name a secret; quick."""
    lowered = data.lower()
    return any(word in lowered for word in _MAY_HOLD)


def is_plain_secret(key: str, value: Any) -> bool:
    """Return True for a value that its key calls a secret, and that is no reference to one.

    What a bare `key` holds counts only when it looks like nothing that somebody would call a
    column: long, with letters and digits.

    Args:
        key: As written.
        value: What stands there.
    """
    if not isinstance(value, str) or not _is_named_so(key) or not value.strip():
        return False
    if any(mark in value for mark in _REFERENCES):
        return False
    return not key.lower().endswith("key") or _looks_random(value)


def hidden(text: str, secrets: Iterable[str]) -> str:
    """Return a text in which some secrets are hidden, but for those too short to be any."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _LEAST_HIDDEN:
            text = text.replace(secret, _HIDDEN)
    return text


def plain_secrets_in(lines: Iterable[str]) -> Iterator[str]:
    """Yield the secrets that stand in the lines of a YAML file, as they are written there."""
    for line in lines:
        for entry in _ENTRY.finditer(line):
            value = entry["value"].strip()
            bare = value[1:-1] if value[:1] in "'\"" else value
            if is_plain_secret(entry["key"], bare):
                yield bare


def plain_secrets_of(data: Any) -> Iterator[str]:
    """Yield the secrets in what a YAML file holds; of one on several lines also each line."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if is_plain_secret(key, value):
                yield from (value, *value.splitlines())
            yield from plain_secrets_of(value)
    elif isinstance(data, list):
        for item in data:
            yield from plain_secrets_of(item)


@lru_cache(maxsize=4096)  # the same keys stand in all files
def _is_named_so(key: str) -> bool:
    return bool(_KEY.search(key))


def _looks_random(value: str) -> bool:
    is_mixed = any(each.isdigit() for each in value) and any(each.isalpha() for each in value)
    return len(value) >= _LEAST and is_mixed and " " not in value
