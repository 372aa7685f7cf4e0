"""Pages of documentation: the same blocks as Markdown and as one HTML file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lhp.editor.page import Block, CodeBlock, Heading, Table, Text, code, html_page, markdown

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
        ("`a``b`", "<code>a``b</code>"),
        ("``a`b``", "<code>a`b</code>"),
        ("`` `a` ``", "<code>`a`</code>"),
        ("`  `", "<code>  </code>"),
        ("``a`", "``a`"),
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
    assert body_of([first, Text(text)]) == f"<p>{shown}</p>"
    assert f">{shown}</h2>" in body_of([first, Heading(2, text)])


def test_code_in_html_is_as_it_stands() -> None:
    block = CodeBlock("", "a `b` <i>c</i>\n")
    assert body_of([Heading(1, "T"), block]) == "<pre><code>a `b` &lt;i&gt;c&lt;/i&gt;</code></pre>"


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
ANY = st.text("`<>&|/\\\"'abc#;x3\n _*[](){}~!.-+=:^1\t") | st.text(
    st.characters(codec="utf-8", exclude_characters="\0")
)
PARTS = st.lists(st.tuples(NO_MARKS, ANY), max_size=5)


@given(PARTS)
def test_any_text_survives_in_html(parts: list[tuple[str, str]]) -> None:
    text = "".join(f"{plain}{code(inner)}" for plain, inner in parts)
    shown = "".join(map("".join, parts))
    codes = [inner for _, inner in parts if inner]
    page = [Heading(1, "T"), text, Table((text, "x"), [(text, "y"), ("", text)])]
    found = Reader.of(html_page(page))
    assert found.texts["p"] == [shown]
    assert found.texts["th"] == [shown, "x"]
    assert found.texts["td"] == [shown, "y", "", shown]
    assert found.texts.get("code", []) == codes * 4
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


def test_titles_of_the_same_words_are_told_apart() -> None:
    titles = ["T", "a", "a-1", "a", "A", "!", "?"]
    found = Reader.of(
        html_page([Heading(1, titles[0]), *(Heading(2, each) for each in titles[1:])])
    )
    assert found.ids == ["t", "a", "a-1", "a-2", "a-3", "section", "section-1"]
    assert found.links == [f"#{anchor}" for anchor in found.ids[1:]]


GITHUB = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def read(blocks: Sequence[Block]) -> Reader:
    """Return what a reader of Markdown makes of a page."""
    return Reader.of(GITHUB.render(markdown(blocks)))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain, `code`; snake_case 1.5 x < y & z", "plain, `code`; snake_case 1.5 x < y & z"),
        ("<script>alert(1)</script>", r"\<script>alert(1)\</script>"),
        ("<!-- a", r"\<!-- a"),
        ("*a* __b__ ~~c~~", r"\*a\* \_\_b\_\_ \~\~c\~\~"),
        ("[a](b) ![a](b) [a]", r"[a\](b) ![a\](b) [a]"),
        ("[a]: b", r"[a\]: b"),
        ("&lt;b&gt;", r"\&lt;b\&gt;"),
        (r"a\*b \d c\\", r"a\\\*b \d c\\\\"),
        ("# a", r"\# a"),
        ("- a", r"\- a"),
        ("12. a", r"12\. a"),
        ("> a", r"\> a"),
        ("a\n\n# b\r- c", "a # b - c"),
        ("    a", "a"),
        ("a ` b", r"a \` b"),
        ("```\na", r"\`\`\` a"),
        ("`<b> *a*`", "`<b> *a*`"),
    ],
)
def test_words_of_others_mean_nothing_in_markdown(text: str, written: str) -> None:
    assert markdown([Text(text)]) == f"{written}\n"


def test_what_is_our_own_may_hold_any_mark() -> None:
    assert markdown(["*a* [b](c)\n\nd"]) == "*a* [b](c)\n\nd\n"


def test_code_that_holds_a_fence_has_a_longer_one() -> None:
    text = "a: |\n  ```\n  ````\n"
    assert markdown([CodeBlock("yaml", text)]) == f"`````yaml\n{text}`````\n"


@pytest.mark.parametrize("page_of", [markdown, html_page])
def test_half_a_character_is_shown_by_its_number(page_of: Callable[..., str]) -> None:
    blocks = [Heading(1, "a\ud800"), Text("`\udcfe`"), CodeBlock("", "\udcff")]
    text = page_of(blocks)
    text.encode()
    assert all(shown in text for shown in (r"a\ud800", r"\udcfe", r"\udcff"))


def one_line(text: str) -> str:
    """Return a text without spaces: what of them is left, Markdown decides."""
    return "".join(text.split())


@given(PARTS)
def test_any_text_survives_in_markdown(parts: list[tuple[str, str]]) -> None:
    text = "".join(f"{plain}{code(inner)}" for plain, inner in parts)
    shown = one_line("".join(map("".join, parts)))
    found = read([Heading(2, text), Text(text)])
    assert one_line("".join(found.texts.get("h2", [""]))) == shown
    assert one_line("".join(found.texts.get("p", [""]))) == shown
    assert found.texts.keys() <= {"h2", "p", "code"}


@given(st.lists(st.tuples(NO_MARKS, ANY), min_size=1, max_size=3), ANY)
def test_any_cell_survives_in_markdown(rows: list[tuple[str, str]], word: str) -> None:
    page = [Table(("Key", "Meaning"), [(plain, code(inner)) for plain, inner in rows]), Text(word)]
    found = read(page)
    assert found.texts["th"] == ["Key", "Meaning"]
    # In a table, Markdown can't write a pipe after one backslash in code: it comes with two.
    wanted = [
        one_line(text)
        for plain, inner in rows
        for text in (plain, re.sub(r"((?:\\\\)*)\\\|", r"\1\\\\|", inner))
    ]
    assert [*map(one_line, found.texts["td"])] == wanted
    assert found.texts.keys() <= {"table", "thead", "tbody", "tr", "th", "td", "code", "p"}
