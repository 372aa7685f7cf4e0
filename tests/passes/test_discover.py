"""Discover: which files are flowgroups, and what the patterns of `include` select."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.errors import (
    INCLUDE_SELECTS_NOTHING,
    INCLUDE_UNMATCHED,
    NO_FLOWGROUPS,
    Code,
    LhpError,
)
from lhp.passes.discover import discover, is_included, matches
from lhp.passes.project import open_project

Check = Callable[..., Sequence[LhpError]]

FILES = ("s1.yaml", "bronze/b1.yaml", "bronze/deep/b2.yml", "silver/b1.yaml", "silver/x-1.yaml")
FLOW = """\
pipeline: p
flowgroup: {name}
actions:
  - {{name: l, type: load, target: v, source: {{type: sql, sql: SELECT 1}}}}
  - {{name: w, type: write, source: v, write_target: {{type: materialized_view, catalog: c, schema: s, table: t}}}}
"""


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ((), FILES),
        (("*.yaml",), ("s1.yaml", "bronze/b1.yaml", "silver/b1.yaml", "silver/x-1.yaml")),
        (("s1.yaml",), ("s1.yaml",)),
        (("b1.yaml",), ("bronze/b1.yaml", "silver/b1.yaml")),
        (("bronze/b1.yaml",), ("bronze/b1.yaml",)),
        (("bronze/*",), ("bronze/b1.yaml", "bronze/deep/b2.yml")),
        (("b?.yaml",), ()),
        (("*/b?.yaml",), ("bronze/b1.yaml", "silver/b1.yaml")),
        (("bronze/**/*.yaml",), ("bronze/b1.yaml",)),
        (("bronze/**/b2.yml",), ("bronze/deep/b2.yml",)),
        (("bronze/**",), ("bronze/b1.yaml", "bronze/deep/b2.yml")),
        (("**",), FILES),
        (("**/b*.yml",), ("bronze/deep/b2.yml",)),
        (("**/b*.y*ml",), ("bronze/b1.yaml", "bronze/deep/b2.yml", "silver/b1.yaml")),
        (("**/deep/*.yml",), ("bronze/deep/b2.yml",)),
        (("**/bronze/*.yaml",), ("bronze/b1.yaml",)),
        # `**/x` looks at file names: silver/b1.yaml begins with s, its name does not.
        (("**/s*1.yaml",), ("s1.yaml",)),
        (("bro**/b1.yaml",), ("bronze/b1.yaml",)),
        # A folder's name is never cut in two.
        (("silver/**/1.yaml",), ()),
        (("bronze/deep/**/*.yml",), ("bronze/deep/b2.yml",)),
        (("silver/[x]*.yaml",), ("silver/x-1.yaml",)),
        (("pipelines/bronze/*.yaml",), ()),
        (("!silver/*",), ("s1.yaml", "bronze/b1.yaml", "bronze/deep/b2.yml")),
        (("*.yaml", "!bronze/**"), ("s1.yaml", "silver/b1.yaml", "silver/x-1.yaml")),
        (("!bronze/**", "*.yaml"), ("s1.yaml", "silver/b1.yaml", "silver/x-1.yaml")),
        (("!s1.yaml", "!b1.yaml", "!**/b2.yml"), ("silver/x-1.yaml",)),
        (("S1.yaml",), ()),
        (("gold/**/*.yaml",), ()),
    ],
)
def test_patterns_select_files(patterns: Sequence[str], expected: Sequence[str]) -> None:
    assert tuple(name for name in FILES if is_included(name, patterns)) == tuple(expected)


@given(st.sampled_from(FILES), st.text("abs1*?/.-", max_size=12))
def test_a_pattern_without_two_stars_is_that_of_fnmatch(name: str, pattern: str) -> None:
    if "**" not in pattern:
        is_name = name.rpartition("/")[2] == pattern
        assert matches(name, pattern) == (is_name or fnmatch.fnmatchcase(name, pattern))


@given(st.text("ab/.*![]-", max_size=12), st.lists(st.text("ab/.*![]-", max_size=8), max_size=3))
def test_what_an_exclusion_selects_is_never_in(name: str, patterns: Sequence[str]) -> None:
    assert is_included(name, patterns) in (True, False)
    if any(matches(name, pattern[1:]) for pattern in patterns if pattern.startswith("!")):
        assert not is_included(name, patterns)


def test_each_kind_of_file_is_found_by_its_folder(write: Callable[..., Path]) -> None:
    root = write(
        {
            "pipelines/b.yml": "",
            "pipelines/a.yaml": "",
            "pipelines/a.txt": "",
            "pipelines/c.yaml/d.yaml": "",
            "presets/p.yaml": "",
            "presets/q.yml": "",
            "templates/t.yaml": "",
            "templates/sub/u.yaml": "",
            "templates/v.yml": "",
            "templates/bundle/w.yaml": "",
            "templates/sub/bundle/x.yaml": "",
            "blueprints/x.yml": "",
            "substitutions/prod.yml": "",
        }
    )
    files = discover(open_project(root))
    names = [file.relative_to(root).as_posix() for file in files.flowgroups]
    assert names == ["pipelines/a.yaml", "pipelines/b.yml", "pipelines/c.yaml/d.yaml"]
    assert [file.name for file in files.presets] == ["p.yaml"]
    assert list(files.templates) == ["sub/bundle/x", "sub/u", "t"]
    assert [file.name for file in files.blueprints] == ["x.yml"]
    assert sorted(files.substitutions) == ["dev", "prod"]


def test_a_pattern_that_selects_nothing_is_a_warning_at_its_place(check: Check) -> None:
    found = check(
        {
            "lhp.yaml": """\
                include:
                  - bronze/*.yaml
                  - ‸pipelines/bronze/*.yaml
                  - ‸"!gold/**"
                  - "!b.yaml"
                """,
            "pipelines/bronze/a.yaml": FLOW.format(name="a"),
            "pipelines/b.yaml": "not: read",
        },
        INCLUDE_UNMATCHED,
        INCLUDE_UNMATCHED,
    )
    assert found[0].message == "the include pattern 'pipelines/bronze/*.yaml' selects no file"
    assert found[0].is_warning


@pytest.mark.parametrize(
    ("text", "files", "code"),
    [
        ("‸name: demo\n", {}, NO_FLOWGROUPS),
        ("‸name: demo\n", {"pipelines/readme.md": "none"}, NO_FLOWGROUPS),
        (
            "name: demo\ninclude: ‸['!a.yaml']\n",
            {"pipelines/a.yaml": FLOW.format(name="a")},
            INCLUDE_SELECTS_NOTHING,
        ),
    ],
)
def test_a_project_without_flowgroups_is_told(
    text: str, files: dict[str, str], code: Code, check: Check
) -> None:
    check({"lhp.yaml": text, **files}, code)


def test_an_empty_list_of_patterns_takes_all(made: Callable[..., dict[str, str]]) -> None:
    texts = made({"lhp.yaml": "include: []\n", "pipelines/a.yaml": FLOW.format(name="a")})
    assert list(texts) == ["p/a.py"]
