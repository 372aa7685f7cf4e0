"""What the site's builder has to be told of our Markdown, which GitHub shows as it is."""

from __future__ import annotations

import re
from typing import Any

_WORDS = re.compile(r"^( *```\w+) .*$", re.MULTILINE)
_CODE = re.compile(r"<code>[^<]*</code>")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Take away the words after a block's language, which are for the tests."""
    return _WORDS.sub(r"\1", markdown)


def on_page_content(html: str, **_: Any) -> str:
    r"""Show `\|` in the code of a table as the `|` that it stands for."""
    return _CODE.sub(lambda found: found[0].replace(r"\|", "|"), html)
