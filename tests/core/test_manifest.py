"""The one reader of declarations: `plugins:` of lhp.yaml, of a folder, of a built-in folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.core.manifest import (
    PLUGIN_TYPES,
    Declarations,
    Manifest,
    Origin,
    manifest_of,
    read_declarations,
)
from lhp.errors import Location
from lhp.text.yaml_reader import read_yaml

GROUPS = """
lhp.generators.load lhp.generators.transform lhp.generators.write lhp.generators.test
lhp.validators lhp.templates.filters lhp.templates.functions lhp.templates.macros lhp.formatters
lhp.cli.commands lhp.artifacts lhp.content
"""
ENTRY = "{name: masking, type: transform_generator, module: a.b, class: C}"


def read(text: str) -> Declarations:
    return read_declarations(read_yaml(text.encode(), "lhp.yaml")[0].data["plugins"])


def test_twelve_types_have_their_entry_point_groups() -> None:
    assert {each.group for each in PLUGIN_TYPES.values()} == set(GROUPS.split())
    assert len(PLUGIN_TYPES) == 12


def test_origins_are_ordered_by_strength() -> None:
    assert sorted(Origin, key=lambda origin: origin.strength) == [
        Origin.CONFIG,
        Origin.DIRECTORY,
        Origin.ENTRY_POINT,
        Origin.BUILTIN,
    ]


@pytest.mark.parametrize(
    "text",
    [f"plugins:\n  - {ENTRY}\n", f"plugins:\n  enabled:\n  - {ENTRY}\n"],
    ids=["bare list", "section"],
)
def test_bare_list_and_section_declare_the_same(text: str) -> None:
    declared = read(text)
    (entry, location) = declared.entries[0]
    assert entry["name"] == "masking"
    assert location is not None
    assert location.line == len(text.splitlines())
    assert declared.entry_points is True


def test_folders_and_distributions_keep_their_places() -> None:
    declared = read("plugins:\n  directories: [./plugins, ~/.lhp]\n  entry_points: [acme-lhp]\n")
    assert declared.directories == (
        ("./plugins", Location("lhp.yaml", 2, 17)),
        ("~/.lhp", Location("lhp.yaml", 2, 28)),
    )
    assert declared.entry_points == ("acme-lhp",)
    assert declared.distributions == (("acme-lhp", Location("lhp.yaml", 3, 18)),)


@pytest.mark.parametrize(
    ("written", "read_as"), [("true", True), ("false", False), ("[]", ()), ("7", True)]
)
def test_entry_points_are_all_none_or_some(written: str, read_as: object) -> None:
    assert read(f"plugins: {{entry_points: {written}}}").entry_points == read_as


@pytest.mark.parametrize(
    "section",
    [
        None,
        "text",
        7,
        {"enabled": "x"},
        {"enabled": ["x", {}, {"name": "a"}, {"name": 1, "type": "validator"}]},
        {"enabled": [{"name": "a", "type": "unheard_of"}]},
        {"directories": 7},
    ],
)
def test_wrong_shapes_are_passed_over(section: object) -> None:
    assert read_declarations(section) == Declarations()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["enabled", "directories", "entry_points", "name", "type"]), inner
            )
        ),
    )
)
def test_no_section_whatever_breaks_the_reader(section: Any) -> None:
    assert isinstance(read_declarations(section), Declarations)


def test_every_key_of_a_declaration_reaches_the_manifest() -> None:
    entry = {
        "name": "kafka_plus",
        "type": "load_generator",
        "module": "acme.kafka",
        "class": "KafkaPlus",
        "config": {"broker": "${broker}"},
        "enabled": False,
        "override": True,
        "requires": "acme-lhp>=1.2,<2",
        "api": 1,
    }
    at = Location("lhp.yaml", 3, 5)
    assert manifest_of(entry, Origin.CONFIG, at) == Manifest(
        type="load_generator",
        name="kafka_plus",
        origin=Origin.CONFIG,
        module="acme.kafka",
        attribute="KafkaPlus",
        location=at,
        source="lhp.yaml",
        config={"broker": "${broker}"},
        enabled=False,
        override=True,
        requires="acme-lhp>=1.2,<2",
        is_named=True,
    )


def test_wrong_types_in_a_declaration_become_defaults() -> None:
    entry = {"name": "a", "type": "content", "module": 7, "config": [], "api": "x", "path": "p"}
    manifest = manifest_of(entry, Origin.DIRECTORY, None)
    assert (manifest.module, manifest.config, manifest.api) == ("", {}, 0)
    assert manifest.folder == Path("p")
    assert manifest.source == ""


@pytest.mark.parametrize(
    ("manifest", "target"),
    [
        (Manifest("validator", "v", Origin.CONFIG, "a.b", "V"), "a.b:V"),
        (Manifest("template_macro", "m", Origin.CONFIG, "a.b"), "a.b"),
        (Manifest("content", "c", Origin.CONFIG, folder=Path("shared")), "shared"),
        (
            Manifest("template_filter", "f", Origin.CONFIG, "a", "template_filters", "f"),
            "a:template_filters['f']",
        ),
        (
            Manifest("validator", "v", Origin.DIRECTORY, "_x.b", "V", source="plugins/b.py"),
            "plugins/b.py:V",
        ),
    ],
)
def test_target_says_what_a_declaration_points_to(manifest: Manifest, target: str) -> None:
    assert manifest.target == target
    assert manifest.qualified_name == f"{manifest.type}:{manifest.name}"
    assert manifest.plugin_type.name == manifest.type


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"origin": Origin.DIRECTORY, "is_named": False, "config": {"a": 1}}, True),
        ({"config": {"a": 1}}, False),
        ({"enabled": False}, False),
        ({"attribute": "Other"}, False),
    ],
)
def test_declarations_of_one_object_are_the_same_unless_their_settings_differ(
    change: dict[str, Any], *, same: bool
) -> None:
    given = {"type": "validator", "name": "v", "module": "a", "attribute": "V", "is_named": True}
    one = Manifest(origin=Origin.CONFIG, **given)  # type: ignore[arg-type]
    other = Manifest(**{"origin": Origin.CONFIG, **given, **change})  # type: ignore[arg-type]
    assert one.is_same(other) is same
