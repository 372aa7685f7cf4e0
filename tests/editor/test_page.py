"""Pages of documentation: the same blocks as Markdown and as one HTML file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.editor.page import Block, CodeBlock, Heading, Table, html_page, markdown

PAGE: Sequence[Block] = [
    Heading(1, "All of it"),
    "What `it` is.",
    Heading(2, "load_generator"),
    Table(("Key", "Meaning"), [("`a`", "One | two."), ("`b`", "x < y & z")]),
    Heading(3, "load_generator:kafka"),
    CodeBlock("yaml", "- name: a\n  if: x < 1\n\n"),
]


def test_a_page_as_markdown() -> None:
    assert (
        markdown(PAGE)
        == """\
# All of it

What `it` is.

## load_generator

| Key | Meaning |
| --- | --- |
| `a` | One \\| two. |
| `b` | x < y & z |

### load_generator:kafka

```yaml
- name: a
  if: x < 1
```
"""
    )


def body_of(blocks: Sequence[Block]) -> str:
    """Return what stands in the body of an HTML page below its list of links."""
    whole = html_page(blocks)
    return whole.partition("</nav>\n")[2].rpartition("\n</body>")[0]


def test_a_page_as_html() -> None:
    whole = html_page(PAGE)
    assert whole.startswith('<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">')
    assert whole.endswith("</body>\n</html>\n")
    assert "<title>All of it</title>" in whole
    assert (
        """\
<body>
<h1 id="all-of-it">All of it</h1>
<nav>
<ul>
<li><a href="#load_generator">load_generator</a></li>
<li><a href="#load_generator-kafka">load_generator:kafka</a></li>
</ul>
</nav>
"""
        in whole
    )
    assert (
        body_of(PAGE)
        == """\
<p>What <code>it</code> is.</p>
<h2 id="load_generator">load_generator</h2>
<table>
<tr><th>Key</th><th>Meaning</th></tr>
<tr><td><code>a</code></td><td>One | two.</td></tr>
<tr><td><code>b</code></td><td>x &lt; y &amp; z</td></tr>
</table>
<h3 id="load_generator-kafka">load_generator:kafka</h3>
<pre><code>- name: a
  if: x &lt; 1</code></pre>"""
    )


def test_a_page_needs_no_other_file() -> None:
    whole = html_page(PAGE)
    assert "<style>" in whole
    assert not re.search(r"\bsrc=|<link|<script|@import|url\(|https?:", whole)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a < b > c", "a &lt; b &gt; c"),
        ("a & b &amp; c", "a &amp; b &amp;amp; c"),
        ("\"a\" 'b'", "&quot;a&quot; &#x27;b&#x27;"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("`a` and `b`", "<code>a</code> and <code>b</code>"),
        ("`a``b`", "<code>a</code><code>b</code>"),
        ("`<a>`", "<code>&lt;a&gt;</code>"),
        ("`a & b`", "<code>a &amp; b</code>"),
        ("a ` b", "a ` b"),
        ("`a` ` b", "<code>a</code> ` b"),
        ("``", "``"),
        ("a | b", "a | b"),
        ("größe", "größe"),
        ("", ""),
    ],
)
def test_text_in_html(text: str, shown: str) -> None:
    first: Block = Heading(1, "T")
    assert body_of([first, text]) == f"<p>{shown}</p>"
    table = Table((text,), [(text,)])
    rows = f"<tr><th>{shown}</th></tr>\n<tr><td>{shown}</td></tr>"
    assert body_of([first, table]) == f"<table>\n{rows}\n</table>"
    assert f">{shown}</h2>" in body_of([first, Heading(2, text)])
    # In code, a backtick is one.
    code = shown.replace("<code>", "`").replace("</code>", "`")
    assert body_of([first, CodeBlock("", text)]) == f"<pre><code>{code}</code></pre>"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("a", "a"),
        ("a|b", "a\\|b"),
        ("`a|b`", "`a\\|b`"),
        ("||", "\\|\\|"),
        ("a\nb", "a b"),
        ("", ""),
    ],
)
def test_a_cell_in_markdown_stays_one_cell(cell: str, shown: str) -> None:
    table = markdown([Table(("Key", cell), [(cell, "x")])])
    assert table == f"| Key | {shown} |\n| --- | --- |\n| {shown} | x |\n"


@pytest.mark.parametrize(
    ("blocks", "text"),
    [
        ([], "\n"),
        (["a", "", "b"], "a\n\nb\n"),
        ([Heading(3, "a")], "### a\n"),
        ([CodeBlock("", "a\n\n")], "```\na\n```\n"),
        ([Table(("a",), [])], "| a |\n| --- |\n"),
    ],
)
def test_blocks_as_markdown(blocks: Sequence[Block], text: str) -> None:
    assert markdown(blocks) == text
    assert markdown(iter(blocks)) == text


@pytest.mark.parametrize(
    ("blocks", "title"),
    [
        ([Heading(1, "A <b> & `c`")], "A &lt;b&gt; &amp; `c`"),
        (["text", Heading(2, "later")], "later"),
        (["text"], ""),
        ([], ""),
    ],
)
def test_a_page_has_the_title_of_its_first_heading(blocks: Sequence[Block], title: str) -> None:
    whole = html_page(iter(blocks))
    assert f"<title>{title}</title>" in whole
    Reader.of(whole)


class Reader(HTMLParser):
    """Reads a page as a browser does; demands that every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.ids: list[str | None] = []
        self.links: list[str | None] = []

    @classmethod
    def of(cls, page: str) -> Reader:
        reader = cls()
        reader.feed(page)
        reader.close()
        assert reader.open == []
        return reader

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if "href" in found else []
        if tag != "meta":
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in {*self.open}:
            self.texts[tag][-1] += data


NO_MARKS = st.text(st.characters(codec="utf-8", exclude_characters="`\0"), min_size=1)
PARTS = st.lists(st.tuples(st.booleans(), NO_MARKS), max_size=5)


@given(PARTS)
def test_any_text_survives_in_html(parts: list[tuple[bool, str]]) -> None:
    text = "".join(f"`{part}`" if is_code else part for is_code, part in parts)
    shown = "".join(part for _, part in parts)
    code = [part for is_code, part in parts if is_code]
    page = [Heading(1, "T"), text, Table((text, "x"), [(text, "y"), ("", text)])]
    found = Reader.of(html_page(page))
    assert found.texts["p"] == [shown]
    assert found.texts["th"] == [shown, "x"]
    assert found.texts["td"] == [shown, "y", "", shown]
    assert found.texts.get("code", []) == code * 4
    title = Reader.of(html_page([Heading(1, text)]))
    assert title.texts["title"] == [text]
    assert title.texts["h1"] == [shown]


@given(st.text("`<>&|/\"'abc#;x3\n ") | st.text())
def test_any_text_makes_a_whole_page(text: str) -> None:
    page = [Heading(1, text), text, Heading(2, text), CodeBlock(text, text), Table((text,), [])]
    found = Reader.of(html_page(page))
    assert found.texts["pre"] == [text.rstrip()]
    assert markdown(page).endswith("\n")


@given(st.lists(st.text(), unique_by=str.casefold), st.text())
def test_every_link_leads_to_its_heading(titles: list[str], first: str) -> None:
    page = [Heading(1, first), *(Heading(2, title) for title in titles)]
    found = Reader.of(html_page(page))
    assert [link.removeprefix("#") for link in found.links if link] == found.ids[1:]
    assert len(found.links) == len(titles)
    assert not any(re.search(r"\s", anchor or "") for anchor in found.ids)


@pytest.mark.parametrize(
    ("title", "anchor"),
    [
        ("All of it", "all-of-it"),
        ("load_generator:rest_api", "load_generator-rest_api"),
        ("lhp.yaml", "lhp-yaml"),
        ("`plugins.enabled[]`", "plugins-enabled"),
        ("Größe", "größe"),
        ("a<b>", "a-b"),
    ],
)
def test_a_heading_is_reached_by_its_words(title: str, anchor: str) -> None:
    found = Reader.of(html_page([Heading(1, "T"), Heading(2, title)]))
    assert found.links == [f"#{anchor}"]
    assert found.ids == ["t", anchor]


CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\\", exclude_categories=("Cc", "Zl", "Zp"))
)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=4))
def test_any_cell_survives_in_markdown(rows: list[list[str]]) -> None:
    lines = markdown([Table(("Key", "Meaning"), rows)]).rstrip("\n").split("\n")
    assert lines[:2] == ["| Key | Meaning |", "| --- | --- |"]
    found = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines[2:]]
    assert [[cell[1:-1].replace("\\|", "|") for cell in row] for row in found] == rows
