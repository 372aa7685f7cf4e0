"""The page of a run: what it tells, that it is well made, and that no data becomes a part of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lhp.run.outcome import Checked, DatasetDone, FlowDone, RunDone
from lhp.run.report import report_html

from . import retail

VOID = {"meta", "path", "rect"}
SOURCES = Path(__file__).parents[2] / "src"


class Page(HTMLParser):
    """What a browser makes of a page: elements, with their attributes and the text in them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Mapping[str, str | None]]] = []
        self.others: list[str] = []
        self.texts: list[str] = []
        self._open: list[tuple[str, int]] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in VOID:
            self._open.append((tag, len(self.texts)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)

    def unknown_decl(self, data: str) -> None:
        self.others.append(data)

    @property
    def shape(self) -> list[tuple[str, list[str]]]:
        """Return elements and the names of their attributes, without any text."""
        return [(tag, [*attributes]) for tag, attributes in self.elements]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str) -> Iterator[Mapping[str, Any]]:
        return (attributes for name, attributes in self.elements if name == tag)


@pytest.fixture(scope="module")
def html() -> str:
    return report_html(retail.run())


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


@pytest.mark.parametrize(
    "told",
    [
        "acme_retail in local ✗ failed",
        "2026-11-28T01:19:52+00:00 , Spark 4.3.0",
        "Datasets 18 done, 1 failed, 1 skipped",
        "Rows dropped 14",
        "Expectations 7 held, 14 broken",
        "Tests 1 passed, 1 failed",
        "Time 41.2 s, of these 7.9 s to start Spark",
        "gold.customer_value ✗ failed [UNRESOLVED_COLUMN] `totl` cannot be resolved. Did you mean `total`?",
        "refund_alerts - skipped gold.customer_value failed",
        "bronze.customers flowgroup land_customers 1 view v_customers_landed streaming table ✓ done 1,204 1,204 0 1,204 0.8",
        "v_orders_checked from v_orders_clean",
        "v_orders_clean from bronze.orders",
        "f_web : in unknown, out 12, dropped 0, 0.2 s",
        "has_total total > 0 AND total < 1e9 on v_orders_checked drop 118 2",
        "Rows that break it (1 of 2) order_id total note tags 7 12345678901234567890.10 null",
        '["a", {"b": 1.50}]',
        "tst_orders_are_unique of silver.orders ✓ passed 0 0.2",
        "tst_returns_have_orders of silver.orders ✗ failed 3 0.2",
        "Ignored cluster_by: parquet files are not clustered bronze.stores , bronze.products",
        "Emulated Auto Loader: a stream of files of Spark's own bronze.stores",
        "The tables are in .lhp/local/local.",
    ],
)
def test_the_page_tells(page: Page, told: str) -> None:
    assert told in page.text


def test_what_a_dataset_of_the_run_is_made_from_is_in_the_graph(page: Page) -> None:
    assert "acme_local.gold.customer_value: materialized view, failed" in page.text
    assert "acme_local.bronze.customers: streaming table · 1,204 rows, done" in page.text
    assert "acme_local.reference.currencies: not part of this run" in page.text
    assert "silver.order_…h_net_amounts" in page.text
    assert "tst_orders_are_unique: test" not in page.text


def test_a_run_of_nothing_is_a_page_too() -> None:
    page = Page(report_html(RunDone("acme", "local")))
    assert "acme in local ✓ done Spark unknown Datasets none" in page.text
    assert not [*page.all("table"), *page.all("svg"), *page.all("section")]


def test_the_page_asks_for_nothing_and_runs_nothing(html: str, page: Page) -> None:
    assert not {"script", "link", "img", "iframe", "object", "base"} & {
        tag for tag, _ in page.shape
    }
    names = {name for _, names in page.shape for name in names}
    assert not {name for name in names if name.startswith("on")} | {"src", "style"} & names
    assert {*re.findall(r"https?://[^\"]*", html)} == {"http://www.w3.org/2000/svg"}
    assert {*re.findall(r"url\([^)]*\)", html)} == {"url(#tip)"}
    assert "@import" not in html


def test_links_lead_to_places_of_the_page(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len({*ids}) == len(ids)
    links = [attributes["href"] for attributes in page.all("a")]
    assert len(links) == 20 + 3  # the boxes of the graph, and what failed
    labels = {each.get("aria-labelledby") for _, each in page.elements} - {None}
    assert {link.removeprefix("#") for link in links} | labels <= {*ids}


def test_who_does_not_see_the_page_finds_the_way(page: Page) -> None:
    assert next(page.all("html"))["lang"] == "en"
    levels = [int(tag[1]) for tag, _ in page.shape if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(next_one - one <= 1 for one, next_one in pairwise(levels))
    assert all(each.get("scope") in ("row", "col") for each in page.all("th"))
    regions = [each for _, each in page.elements if each.get("role") == "region"]
    assert len(regions) >= len([*page.all("table")])
    for region in regions:
        assert region["tabindex"] == "0"
        assert region.get("aria-label") or region.get("aria-labelledby")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_the_page(html: str, scheme: str) -> None:
    start = html.index(":root {" if scheme == "light" else "prefers-color-scheme: dark")
    colors = dict(re.findall(r"--(\w+): #(\w{6})", html[start : html.index("}", start)]))
    for text in ("text", "quiet", "good", "bad", "care", "link"):
        for ground in ("page", "raised"):
            lighter, darker = sorted(map(luminance, (colors[text], colors[ground])), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (text, ground)


def luminance(color: str) -> float:
    """Source: W3C, "Web Content Accessibility Guidelines 2.2", relative luminance."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    ]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def everywhere(text: str) -> RunDone:
    """Return a run in which a text stands wherever one can."""
    row = {text: text, f"{text}b": [text, {text: None}], f"{text}c": None}  # three, whatever it is
    sample = json.dumps(row)
    checked = Checked(text, text, text, text, 1, 2, (sample, f"no JSON {text}"))
    test = replace(checked, dataset=f"{text}.test")
    table = DatasetDone(
        name=f"{text}.s.table",
        kind=text,
        pipeline=text,
        flowgroup=text,
        state="failed",
        reads=(f"{text}.s.source",),
        views={text: (f"{text}.s.source",)},
        flows=(FlowDone(text, None, 1, 0.1, (checked,)), FlowDone(text)),
        rows=3,
        problem=text,
        ignored=(text,),
        emulated=(text,),
    )
    tested = replace(
        table, name=f"{text}.test", flows=(FlowDone(text, checks=(test,)),), is_test=True
    )
    return RunDone(text, text, text, (table, tested), notes=(text,), began=text)


HOSTILE = st.text(min_size=1) | st.lists(
    st.sampled_from(
        [
            "</script>",
            "<script>alert(1)</script>",
            "</style>",
            "</title>",
            "</svg>",
            "<!--",
            "-->",
            "]]>",
            '"',
            "'",
            "`",
            "&",
            "&lt;",
            "&#60;",
            "<",
            ">",
            "/>",
            " onload=",
            "{{ 1 }}",
            "{% raw %}",
            "\\",
            "\x00",
            "\x1b[31m",
            "\u202e",
            "\u2028",
            "\ud800",
            "\r\n",
            "\n",
            "\t",
            "\ufeff",
            "\U000e0001",
        ]
    ),
    min_size=1,
).map("".join)


@given(HOSTILE)
@example("</title></svg></pre><script>alert(1)</script>")
@example('" onmouseover="alert(1)')
@example("\ud800\x00\u202e")
def test_no_text_becomes_a_part_of_the_page(text: str) -> None:
    html = report_html(everywhere(text))
    page = Page(html)
    assert page.shape == Page(report_html(everywhere("harmless"))).shape
    assert page.others == ["DOCTYPE html"]
    assert html.encode()  # no half of a character
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", html)


@pytest.mark.parametrize(
    ("sample", "told"),
    [
        ("[1]", "row [1]"),
        ("no JSON", "row no JSON"),
        ("9" * 5000, f"row {'9' * 300}…"),
        ("[" * 99_999, f"row {'[' * 300}…"),
        ('{"a": NaN, "b": true, "c": 1e400}', "a b c NaN true 1e400"),
        ('{"a": "' + "x" * 301 + '"}', f"a {'x' * 300}…"),
        ("{}", "Rows that break it (1 of 1)"),
    ],
)
def test_a_sample_is_shown_as_it_is_written(sample: str, told: str) -> None:
    check = Checked("v", "n", "r", "warn", failed=1, samples=(sample,))
    table = replace(everywhere("x").datasets[0], flows=(FlowDone("f", checks=(check,)),))
    assert told in Page(report_html(RunDone("a", "b", datasets=(table,)))).text


def test_samples_have_the_columns_of_all_of_them() -> None:
    check = Checked("v", "n", "r", "warn", failed=2, samples=('{"a": 1}', '{"b": 2, "a": 3}'))
    table = replace(everywhere("x").datasets[0], flows=(FlowDone("f", checks=(check,)),))
    page = Page(report_html(RunDone("a", "b", datasets=(table,))))
    assert "Rows that break it (2 of 2) a b 1 3 2" in page.text


def test_a_page_is_the_same_for_the_same_run() -> None:
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; sys.modules['pyspark'] = None\n"
        "import retail; from lhp.run.report import report_html\n"
        "sys.stdout.buffer.write(report_html(retail.large()).encode())"
    )
    pages = {
        subprocess.run(
            [sys.executable, "-c", code, str(SOURCES), str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert pages == {report_html(retail.large()).encode()}
