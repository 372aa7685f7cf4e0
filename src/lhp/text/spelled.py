"""Texts that do nothing to the terminal or page that shows them."""

from __future__ import annotations

import unicodedata

_SPELLED_OUT = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def spelled_out(text: str, keep: str = "") -> str:
    r"""Return a text in which nothing moves the cursor, reorders or hides: `\x1b`, `\u202e`.

    Args:
        text: Any text.
        keep: Characters that stay as they are.
    """
    return "".join(
        each.encode("unicode_escape").decode()
        if unicodedata.category(each) in _SPELLED_OUT and each not in keep
        else each
        for each in text
    )
