"""Writes text as Python string literals, the same on every version of Python.

`repr` asks the Unicode tables of the running Python what is printable; they grow with each version.
"""

from __future__ import annotations

import re
from unicodedata import ucd_3_2_0

_PLAIN = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL = re.compile(r"[^ -\[\]-~]")
_NOT_PRINTED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
# A dash in the fixed table, but invisible since.
_SOFT_HYPHEN = "\xad"


def quoted(text: str) -> str:
    """Return a text as a literal on one line."""
    quote = '"' if "'" in text and '"' not in text else "'"
    body = escaped(text).replace(quote, f"\\{quote}")
    return f"{quote}{body}{quote}"


def escaped(text: str, keep: str = "") -> str:
    """Return a text as it stands between quotes; the quotes in it are not escaped.

    Args:
        text: Any text.
        keep: Characters that stay as they are.
    """
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    return _SPECIAL.sub(lambda found: _escape(found[0], keep), text)


def _escape(character: str, keep: str) -> str:
    if character in keep or _is_printed(character):
        return character
    if character in _PLAIN:
        return _PLAIN[character]
    code = ord(character)
    if code <= 0xFF:  # noqa: PLR2004  (what each form of an escape holds)
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  (the same)


def _is_printed(character: str) -> bool:
    is_listed = ucd_3_2_0.category(character) not in _NOT_PRINTED
    return is_listed and character not in ("\\", _SOFT_HYPHEN)
