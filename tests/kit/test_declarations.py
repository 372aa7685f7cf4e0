"""Edits of the plugin declarations in a lhp.yaml, in every style that authors have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lhp.kit import declarations

NEW = {"name": "x", "type": "validator", "module": "a.b", "class": "C"}


def entries_of(text: str) -> list[Any]:
    section = (yaml.safe_load(text) or {}).get("plugins") or {}
    return list(section if isinstance(section, list) else section.get("enabled") or [])


def folders_of(text: str) -> list[Any]:
    section = yaml.safe_load(text)["plugins"]
    return list(section["directories"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "plugins:\n  enabled:\n    - {NEW}\n"),
        ("name: s", "name: s\nplugins:\n  enabled:\n    - {NEW}\n"),
        ("# later\n", "# later\nplugins:\n  enabled:\n    - {NEW}\n"),
        ("plugins:  # none\nname: s\n", "plugins:  # none\n  enabled:\n    - {NEW}\nname: s\n"),
        ("plugins: null\n", "plugins: \n  enabled:\n    - {NEW}\n"),
        ("plugins: {}\n", "plugins: {enabled: [{NEW}]}\n"),
        ("plugins: []  # none\n", "plugins: [{NEW}]  # none\n"),
        (
            "plugins:\n  # ours\n  directories: [p]\n",
            "plugins:\n  # ours\n  enabled:\n    - {NEW}\n  directories: [p]\n",
        ),
        (
            "plugins:\n    enabled:\n    directories: [p]\n",
            "plugins:\n    enabled:\n      - {NEW}\n    directories: [p]\n",
        ),
        (
            "plugins:\n- {name: a,   type: b}  # first\n\n# the end\n",
            "plugins:\n- {name: a,   type: b}  # first\n- {NEW}\n\n# the end\n",
        ),
        (
            "plugins:\n  enabled:\n    - name:   a\n      config:\n        note: |\n          two\n          lines\n\n  # found\n  directories: [p]\n",
            "plugins:\n  enabled:\n    - name:   a\n      config:\n        note: |\n          two\n          lines\n    - name: x\n      type: validator\n      module: a.b\n      class: C\n\n  # found\n  directories: [p]\n",
        ),
        (
            "plugins: {enabled: [{name: a}], directories: [p]}",
            "plugins: {enabled: [{name: a}, {NEW}], directories: [p]}",
        ),
        (
            "plugins: &all\n  enabled: &the-list\n    - &one {name: a}\n",
            "plugins: &all\n  enabled: &the-list\n    - &one {name: a}\n    - {NEW}\n",
        ),
        (
            "plugins: &all\n  directories: [p]\n",
            "plugins: &all\n  enabled:\n    - {NEW}\n  directories: [p]\n",
        ),
        ("plugins: &all {a: b}\n", "plugins: &all {enabled: [{NEW}], a: b}\n"),
        ("plugins: &all []\n", "plugins: &all [{NEW}]\n"),
    ],
)
def test_a_declaration_is_added_in_the_style_of_its_file(before: str, after: str) -> None:
    written = "{name: x, type: validator, module: a.b, class: C}"
    assert declarations.add(before, NEW) == after.replace("{NEW}", written)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("name: s\n", "name: s\nplugins:\n  directories:\n    - ./p\n"),
        ("plugins:\n- {name: a}  # one\n", "plugins:\n  directories:\n    - ./p\n  enabled:\n    - {name: a}  # one\n"),
        ("plugins: [{name: a}]\n", "plugins: {directories: [./p], enabled: [{name: a}]}\n"),
        ("plugins:\n  directories: ['q']\n", "plugins:\n  directories: ['q', ./p]\n"),
        ("plugins:\n  directories:\n  - q # own\n", "plugins:\n  directories:\n  - q # own\n  - ./p\n"),
    ],
)  # fmt: skip
def test_a_plugin_folder_is_listed(before: str, after: str) -> None:
    assert declarations.add_folder(before, "./p") == after


def test_what_has_anchors_is_edited_likewise() -> None:
    named = "plugins: &all\n  - &a-b {name: a}\n"
    assert declarations.add_folder(named, "p") == (
        "plugins: &all\n  directories:\n    - p\n  enabled:\n      - &a-b {name: a}\n"
    )
    assert entries_of(declarations.remove(named, 0)) == []
    merged = "x: &x {enabled: false}\nplugins:\n  - {<<: *x, name: a}\n"
    on = declarations.set_key(merged, 0, "enabled", None)
    assert entries_of(on)[0] == {"enabled": True, "name": "a"}
    assert entries_of(declarations.set_key(on, 0, "enabled", value=False))[0]["enabled"] is False


def test_a_value_that_yaml_would_take_for_another_is_quoted() -> None:
    text = declarations.add("", {"name": "no", "config": {"key": "a: b", "day": "2024-01-01"}})
    assert entries_of(text) == [{"name": "no", "config": {"key": "a: b", "day": "2024-01-01"}}]


ENTRY = st.fixed_dictionaries(
    {"name": st.sampled_from("abcde")},
    optional={
        "type": st.sampled_from(["validator", "'quoted'", '"double"']),
        "config": st.sampled_from(["{a: [1, 2]}", "[x, 'y: z']", "~", "|\n          two\n\n          lines"]),
        "enabled": st.sampled_from(["true", "false"]),
    },
)  # fmt: skip
Style = Callable[[list[dict[str, str]]], str]


def as_block(listed: list[dict[str, str]], *, dash: str = "    ", note: str = "") -> str:
    inner = f"\n{dash}  "
    return "".join(
        f"{dash}- {inner.join(f'{key}: {value}' for key, value in each.items())}{note}\n"
        for each in listed
    )


STYLES: list[Style] = [
    lambda listed: f"name: s\nplugins:\n  enabled:\n{as_block(listed)}\n# the end\n",
    lambda listed: f"plugins:\n{as_block(listed, dash='')}name: s   # own\n",
    lambda listed: f"plugins:\n    enabled:\n{as_block(listed, dash=' ' * 6)}    directories: [p]\n",
    lambda listed: "plugins:\n  enabled:\n" + "".join(f"  - {flow(each)}  # note\n" for each in listed),
    lambda listed: f"plugins: [{', '.join(map(flow, listed))}]",
]  # fmt: skip


def flow(entry: dict[str, str]) -> str:
    plain = {key: value for key, value in entry.items() if "\n" not in value}
    return "{" + ", ".join(f"{key}: {value}" for key, value in plain.items()) + "}"


@given(st.lists(ENTRY, min_size=1, max_size=4), st.sampled_from(STYLES), st.data())
def test_an_edit_changes_what_it_says_and_nothing_else(
    listed: list[dict[str, str]], style: Style, data: st.DataObject
) -> None:
    text = style(listed)
    entries = entries_of(text)
    index = data.draw(st.integers(0, len(listed) - 1))

    assert entries_of(declarations.add(text, NEW)) == [*entries, NEW]
    assert entries_of(declarations.remove(declarations.add(text, NEW), len(entries))) == entries
    assert entries_of(declarations.remove(text, index)) == [*entries[:index], *entries[index + 1 :]]

    off = declarations.set_key(text, index, "enabled", value=False)
    wanted = [*entries]
    wanted[index] = {**entries[index], "enabled": False}
    assert entries_of(off) == wanted
    if "enabled" not in entries[index]:
        assert declarations.set_key(off, index, "enabled", value=None) == text
    assert entries_of(declarations.set_key(off, index, "enabled", value=None)) == [
        *entries[:index],
        {key: value for key, value in entries[index].items() if key != "enabled"},
        *entries[index + 1 :],
    ]

    with_folder = declarations.add_folder(text, "./new")
    assert (entries_of(with_folder), folders_of(with_folder)[-1]) == (entries, "./new")
