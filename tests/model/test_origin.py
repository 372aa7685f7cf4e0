"""How the values of a flowgroup are cut into single ones, and how their paths are written."""

from __future__ import annotations

from typing import Any

import pytest

from lhp.errors import Location
from lhp.model.origin import leaves, path_text
from lhp.model.source import YamlList
from lhp.text.yaml_reader import read_yaml

AT = Location("f.yaml", 1, 1)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("source", "options", "a.b"), "source.options.a.b"),
        (("actions", 0, "columns", 2), "actions[0].columns[2]"),
    ],
)
def test_a_path_as_people_write_it(path: tuple[str | int, ...], text: str) -> None:
    assert path_text(path) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1", {"": 1}),
        ("{}", {"": {}}),
        ("{a: {b: 1, c: {}}, d: []}", {"a.b": 1, "a.c": {}, "d": []}),
        ("{a: [x, y]}", {"a": ["x", "y"]}),
        ("{a: [x, {b: 1}]}", {"a[0]": "x", "a[1].b": 1}),
    ],
)
def test_a_list_of_single_values_is_one(text: str, found: dict[str, Any]) -> None:
    data = read_yaml(text.encode(), "f.yaml")[0].data
    assert {path_text(path): value for path, value, _ in leaves(data, AT)} == found


def test_a_list_that_several_files_made_is_told_by_item() -> None:
    items = YamlList(AT)
    items.put("a", AT)
    items.put("b", Location("g.yaml", 2, 1))
    assert [(path, at.path) for path, _, at in leaves(items, AT)] == [
        ((0,), "f.yaml"),
        ((1,), "g.yaml"),
    ]
