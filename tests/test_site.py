"""The documentation is a site, which its builder makes without a warning."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TARGET = re.compile(r"^docs:(?:.*\n)\t.*\$\(BIN\)/mkdocs build$", re.MULTILINE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    # Not --quiet: it keeps strict builds from counting warnings.
    assert done.returncode == 0, done.stdout
    assert "WARNING" not in done.stdout, done.stdout
    return folder


def made_of(page: Path, site: Path) -> str:
    place = page.relative_to(DOCS).with_suffix("")
    folder = place.parent if place.name == "README" else place
    return (site / folder / "index.html").read_text(encoding="utf-8")


def test_every_page_is_on_the_site_and_in_its_navigation(site: Path) -> None:
    start = made_of(DOCS / "README.md", site)
    for page in DOCS.rglob("*.md"):
        assert made_of(page, site)
        place = page.relative_to(DOCS).with_suffix("").as_posix()
        assert place == "README" or f'href="{place}/"' in start, place


def test_blocks_and_tables_are_shown_as_they_are_meant(site: Path) -> None:
    for page in DOCS.rglob("*.md"):
        text = made_of(page, site)
        assert "```" not in text, page
        assert r"\|" not in text, page


def test_a_page_asks_no_other_server_for_anything(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        asked = re.findall(r'<(?:script|link|img|iframe)\b[^>]*(?:src|href)="(https?:[^"]+)"', text)
        assert asked == [], page


def test_make_docs_builds_what_is_tested() -> None:
    assert TARGET.search((ROOT / "Makefile").read_text(encoding="utf-8"))
