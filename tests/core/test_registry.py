"""Who has which name when several claim it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lhp.core.manifest import Manifest, Origin
from lhp.core.registry import Registry, is_dormant
from lhp.errors import LhpError, Location

CONFIG = Manifest(
    "load_generator",
    "kafka",
    Origin.CONFIG,
    "mine.kafka",
    "Kafka",
    location=Location("lhp.yaml", 4, 5),
    is_named=True,
)
FOLDER = replace(
    CONFIG,
    origin=Origin.DIRECTORY,
    module="folder.kafka",
    source="plugins/kafka.py",
    location=Location("plugins/kafka.py", 9, 1),
    is_named=False,
)
INSTALLED = replace(FOLDER, origin=Origin.ENTRY_POINT, module="acme.kafka", source="acme 1")
BUILTIN = replace(FOLDER, origin=Origin.BUILTIN, module="lhp.builtin.kafka", source="lhp")
OVERRIDE = replace(CONFIG, override=True)
OFF = replace(CONFIG, enabled=False)
KEY = CONFIG.key


@pytest.mark.parametrize(
    ("claims", "winner"),
    [
        ([BUILTIN], BUILTIN),
        ([BUILTIN, OVERRIDE], OVERRIDE),
        ([BUILTIN, INSTALLED, FOLDER, OVERRIDE], OVERRIDE),
        ([CONFIG, replace(CONFIG, location=Location("lhp.yaml", 9, 5))], CONFIG),
        ([OFF, BUILTIN], BUILTIN),
        ([OFF], OFF),
        ([OFF, FOLDER], FOLDER),
    ],
)
def test_name_has_one_winner(claims: list[Manifest], winner: Manifest) -> None:
    registry = Registry.of(claims)
    assert registry.winners[KEY] == winner
    assert not registry.clashes
    if winner.enabled:
        assert registry.get(*KEY) == winner


@pytest.mark.parametrize(
    "claims",
    [
        [CONFIG, BUILTIN],
        [CONFIG, FOLDER],
        [FOLDER, BUILTIN],
        [INSTALLED, BUILTIN],
        [INSTALLED, replace(INSTALLED, module="other", source="other 2")],
        [OVERRIDE, replace(CONFIG, module="other")],
    ],
)
def test_two_claims_are_a_clash_that_names_both(claims: list[Manifest]) -> None:
    registry = Registry.of(reversed(claims) if claims[0].origin != claims[1].origin else claims)
    with pytest.raises(LhpError) as caught:
        registry.get(*KEY)
    assert caught.value.code.id == "LHP-PLG-001"
    for claim in claims:
        assert claim.target in caught.value.message
        assert str(claim.location) in caught.value.message
    assert not registry.active()


@pytest.mark.parametrize(
    ("key", "value"), [("config", {"a": 1}), ("requires", "acme-lhp"), ("api", 2)]
)
def test_two_declarations_of_one_object_that_differ_say_in_what(key: str, value: object) -> None:
    other = replace(CONFIG, location=Location("lhp.yaml", 9, 5), **{key: value})  # type: ignore[arg-type]
    with pytest.raises(LhpError) as caught:
        Registry.of([CONFIG, other]).get(*KEY)
    assert caught.value.code.id == "LHP-PLG-030"
    assert f"declared twice with another `{key}`: mine.kafka:Kafka" in caught.value.message
    assert "at lhp.yaml:4:5 and at lhp.yaml:9:5" in caught.value.message


@pytest.mark.parametrize(
    ("claims", "switches", "overrides"),
    [
        ([INSTALLED, BUILTIN], True, True),
        ([INSTALLED, replace(INSTALLED, module="other", source="other 2")], True, False),
        ([CONFIG, BUILTIN], False, True),
    ],
)
def test_hint_of_a_clash_says_what_works(
    claims: list[Manifest], *, switches: bool, overrides: bool
) -> None:
    with pytest.raises(LhpError) as caught:
        Registry.of(claims).get(*KEY)
    hint = caught.value.hint
    line = "`{name: kafka, type: load_generator, enabled: false}` under `plugins:` in lhp.yaml"
    assert (line in hint, "`override: true`" in hint) == (switches, overrides)


@pytest.mark.parametrize(
    ("claims", "count"),
    [
        ([CONFIG, BUILTIN], 1),
        ([FOLDER, INSTALLED], 1),
        ([INSTALLED, BUILTIN], 0),
        ([replace(INSTALLED, is_named=True), BUILTIN], 1),
    ],
)
def test_clash_of_installed_ones_alone_is_no_problem_until_used(
    claims: list[Manifest], count: int
) -> None:
    assert len(Registry.of(claims).problems) == count


@pytest.mark.parametrize("others", [[], [replace(FOLDER, type="cli_command")]])
def test_built_in_commands_can_not_be_replaced(others: list[Manifest]) -> None:
    claims = [replace(item, type="cli_command") for item in (OVERRIDE, BUILTIN)]
    with pytest.raises(LhpError) as caught:
        Registry.of([*claims, *others]).get("cli_command", "kafka")
    assert caught.value.code.id == "LHP-PLG-002"


def test_disabled_name_is_an_error_where_it_is_used() -> None:
    with pytest.raises(LhpError) as caught:
        Registry.of([OFF]).get(*KEY)
    assert (caught.value.code.id, caught.value.location) == ("LHP-PLG-017", OFF.location)


def test_unknown_name_has_no_plugin() -> None:
    assert Registry().get("validator", "x") is None


@pytest.mark.parametrize("plugin_type", ["validator", "formatter", "artifact"])
def test_installed_ones_that_act_unasked_wait_for_a_line_in_the_project(plugin_type: str) -> None:
    installed = replace(INSTALLED, type=plugin_type)
    assert is_dormant(installed)
    assert not Registry.of([installed]).active(plugin_type)
    named = replace(installed, is_named=True)
    assert Registry.of([named]).names(plugin_type) == ["kafka"]


def test_active_plugins_are_sorted_by_type_and_name() -> None:
    others = [replace(CONFIG, name="a"), replace(CONFIG, type="validator", name="b")]
    registry = Registry.of([CONFIG, *others, replace(OFF, name="z")])
    assert [item.qualified_name for item in registry.active()] == [
        "load_generator:a",
        "load_generator:kafka",
        "validator:b",
    ]
    assert registry.names("load_generator") == ["a", "kafka"]
