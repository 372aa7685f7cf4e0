"""A page of documentation, as Markdown or as one HTML file."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count

from lhp.values import frozen

_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_MARK = re.compile(
    r"""[*~`] | <(?=[A-Za-z/!?])        # emphasis, code, tags
    | (?<![^\W_])_ | _(?![^\W_])        # emphasis; within a word it is plain
    | \](?=[(\[:])                     # links
    | &(?=\#?\w+;) | \\(?=[!-/:-@\[-`{-~]|$)
    | \#(?=\#*$)                       # the end of a heading""",
    re.VERBOSE,
)
_FIRST_MARK = re.compile(r"^(?=[#>+-])|^(\d+)(?=[.)](?: |$))")
_STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
code, pre { font: 0.9em ui-monospace, monospace; background: #8881; border-radius: 4px }
code { padding: 0.1em 0.3em } pre { padding: 0.8em; overflow-x: auto }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top;
padding: 0.3em 0.6em; border-bottom: 1px solid #8884 } nav ul { columns: 3; padding-left: 1.2em }
@media (prefers-color-scheme: dark) { body { background: #181a1b; color: #ddd } a { color: #8bf } }
"""


@frozen
class Heading:
    """A title; the first of a page has level 1."""

    level: int
    text: str


@frozen
class Text:
    """A paragraph of somebody's words, in which backticks mark code and nothing else a thing."""

    text: str


@frozen
class Table:
    """Rows under their columns; their texts are read like a `Text`."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@frozen
class CodeBlock:
    """Lines of code."""

    language: str
    text: str


Block = str | Text | Heading | Table | CodeBlock
"""A bare string is a paragraph of our own, which in Markdown may hold any of its marks."""


def code(text: str) -> str:
    """Return a text marked as code, whatever backticks it holds itself."""
    marks = "`" * (_longest_run(text) + 1)
    pad = " " if text.strip(" ") and {text[0], text[-1]} & {"`", " "} else ""
    return f"{marks}{pad}{text}{pad}{marks}" if text else ""


def markdown(blocks: Iterable[Block]) -> str:
    """Return a page as Markdown."""
    return _encodable("\n\n".join(filter(None, map(_markdown, blocks))) + "\n")


def html_page(blocks: Iterable[Block]) -> str:
    """Return a page as one HTML file that needs no other, with a list of what is on it."""
    listed = list(blocks)
    headings = [block for block in listed if isinstance(block, Heading)]
    anchors = [*_anchors(headings)]
    free = iter(anchors)
    shown = [
        _heading(block, next(free)) if isinstance(block, Heading) else _html(block)
        for block in listed
    ]
    title = html.escape(headings[0].text if headings else "")
    links = "\n".join(map(_link, headings[1:], anchors[1:]))
    page = "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>",
            *shown[:1],
            f"<nav>\n<ul>\n{links}\n</ul>\n</nav>",
            *shown[1:],
            "</body>\n</html>\n",
        ]
    )
    return _encodable(page)


def _encodable(text: str) -> str:
    """Show half a character, which no file can hold, by its number."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _markdown(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_escaped(block.text)}"
    if isinstance(block, CodeBlock):
        fence = "`" * max(3, _longest_run(block.text) + 1)
        return f"{fence}{block.language}\n{block.text.rstrip()}\n{fence}"
    if isinstance(block, Table):
        lines = [[*map(_cell, line)] for line in (block.columns, *block.rows)]
        lines.insert(1, ["---"] * len(block.columns))
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)
    if isinstance(block, Text):
        return _FIRST_MARK.sub(r"\1\\", _escaped(block.text))
    return block


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _escaped(text: str) -> str:
    line = re.sub(r"\s*[\r\n]\s*", " ", text).strip()
    return "".join(
        code(part) if is_code else _MARK.sub(r"\\\g<0>", part) for is_code, part in _parts(line)
    )


def _cell(text: str) -> str:
    # A row ends at a pipe after an even number of backslashes, even in code.
    return re.sub(r"((?:\\\\)*)(\\?)\|", r"\1\2\2\\|", _escaped(text))


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the parts of a text, and whether each is code."""
    end = 0
    for found in _CODE.finditer(text):
        yield False, text[end : found.start()]
        inner = found[2]
        is_padded = inner[0] == inner[-1] == " " and bool(inner.strip(" "))
        yield True, inner[1:-1] if is_padded else inner
        end = found.end()
    yield False, text[end:]


def _html(block: Text | str | Table | CodeBlock) -> str:
    if isinstance(block, CodeBlock):
        return f"<pre><code>{html.escape(block.text.rstrip())}</code></pre>"
    if isinstance(block, Table):
        return "\n".join(_table(block))
    return f"<p>{_inline(block.text if isinstance(block, Text) else block)}</p>"


def _table(table: Table) -> Iterator[str]:
    yield "<table>"
    yield f"<tr>{''.join(f'<th>{_inline(each)}</th>' for each in table.columns)}</tr>"
    for row in table.rows:
        yield f"<tr>{''.join(f'<td>{_inline(each)}</td>' for each in row)}</tr>"
    yield "</table>"


def _inline(text: str) -> str:
    return "".join(
        f"<code>{html.escape(part)}</code>" if is_code else html.escape(part)
        for is_code, part in _parts(text)
    )


def _heading(heading: Heading, anchor: str) -> str:
    return f'<h{heading.level} id="{anchor}">{_inline(heading.text)}</h{heading.level}>'


def _link(heading: Heading, anchor: str) -> str:
    return f'<li><a href="#{anchor}">{_inline(heading.text)}</a></li>'


def _anchors(headings: Iterable[Heading]) -> Iterator[str]:
    taken: set[str] = set()
    for heading in headings:
        words = re.sub(r"\W+", "-", heading.text.lower()).strip("-") or "section"
        names = chain([words], (f"{words}-{number}" for number in count(1)))
        anchor = next(name for name in names if name not in taken)
        taken.add(anchor)
        yield anchor
