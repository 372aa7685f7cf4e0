"""A page of documentation, as Markdown or as one HTML file."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_CODE = re.compile(r"`([^`]+)`")
_STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
code, pre { font: 0.9em ui-monospace, monospace; background: #8881; border-radius: 4px }
code { padding: 0.1em 0.3em } pre { padding: 0.8em; overflow-x: auto }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top;
padding: 0.3em 0.6em; border-bottom: 1px solid #8884 } nav ul { columns: 3; padding-left: 1.2em }
@media (prefers-color-scheme: dark) { body { background: #181a1b; color: #ddd } a { color: #8bf } }
"""


@dataclass(frozen=True)
class Heading:
    """A title; the first of a page has level 1."""

    level: int
    text: str


@dataclass(frozen=True)
class Table:
    """Rows under their columns, whose texts may hold `code`."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class CodeBlock:
    """Lines of code."""

    language: str
    text: str


Block = str | Heading | Table | CodeBlock
"""A text is a paragraph, in which backticks mark code."""


def markdown(blocks: Iterable[Block]) -> str:
    """Return a page as Markdown."""
    return "\n\n".join(filter(None, map(_markdown, blocks))) + "\n"


def html_page(blocks: Iterable[Block]) -> str:
    """Return a page as one HTML file that needs no other, with a list of what is on it."""
    listed = list(blocks)
    headings = [block for block in listed if isinstance(block, Heading)]
    title = html.escape(headings[0].text if headings else "")
    links = "\n".join(_link(each) for each in headings[1:])
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>",
            *map(_html, listed[:1]),
            f"<nav>\n<ul>\n{links}\n</ul>\n</nav>",
            *map(_html, listed[1:]),
            "</body>\n</html>\n",
        ]
    )


def _markdown(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {block.text}"
    if isinstance(block, CodeBlock):
        return f"```{block.language}\n{block.text.rstrip()}\n```"
    if isinstance(block, Table):
        lines = [block.columns, ["---"] * len(block.columns), *block.rows]
        return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)
    return block


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _html(block: Block) -> str:
    if isinstance(block, Heading):
        return f'<h{block.level} id="{_anchor(block)}">{_inline(block.text)}</h{block.level}>'
    if isinstance(block, CodeBlock):
        return f"<pre><code>{html.escape(block.text.rstrip())}</code></pre>"
    if isinstance(block, Table):
        return "\n".join(_table(block))
    return f"<p>{_inline(block)}</p>"


def _table(table: Table) -> Iterator[str]:
    yield "<table>"
    yield f"<tr>{''.join(f'<th>{_inline(each)}</th>' for each in table.columns)}</tr>"
    for row in table.rows:
        yield f"<tr>{''.join(f'<td>{_inline(each)}</td>' for each in row)}</tr>"
    yield "</table>"


def _inline(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", html.escape(text))


def _link(heading: Heading) -> str:
    return f'<li><a href="#{_anchor(heading)}">{_inline(heading.text)}</a></li>'


def _anchor(heading: Heading) -> str:
    return re.sub(r"\W+", "-", heading.text.lower()).strip("-")
