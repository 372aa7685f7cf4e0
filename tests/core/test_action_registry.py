"""(kind, sub-type) -> the generator."""

# ruff: noqa: ARG002  (the signatures are given)

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lhp.core.action_registry import ActionRegistry
from lhp.core.base_generator import BaseActionGenerator
from lhp.core.plugin_manager import PluginManager
from lhp.errors import LhpError, Location

AT = Location("pipelines/a.yaml", 3, 5)


class Custom(BaseActionGenerator):
    def generate(self, action: object, context: object) -> str:
        return "pass"


@pytest.fixture
def registry() -> Iterator[ActionRegistry]:
    known = dict(ActionRegistry._registered)
    yield ActionRegistry(PluginManager())
    ActionRegistry._registered.clear()
    ActionRegistry._registered.update(known)


def register(kind: str, name: str, generator: type) -> str:
    with pytest.warns(DeprecationWarning, match="declare the generator in lhp.yaml") as caught:
        ActionRegistry.register(kind, name, generator)
    assert caught[0].filename == __file__
    return str(caught[0].message)


def test_generator_is_found_by_kind_and_sub_type(registry: ActionRegistry) -> None:
    handle = registry.generator("load", "cloudfiles")
    assert handle.load().__name__ == "CloudFilesLoadGenerator"
    assert "cloudfiles" in registry.names("load")
    assert "cloudfiles" not in registry.names("write")


@pytest.mark.parametrize(
    ("kind", "name", "hint"),
    [
        ("load", "cloudfile", "did you mean 'cloudfiles'?  `lhp plugins list` shows all"),
        ("load", "streaming_table", "there is a write generator of that name"),
        ("write", "zzz", "it is one of "),
    ],
)
def test_unknown_sub_type_names_the_nearest(
    registry: ActionRegistry, kind: str, name: str, hint: str
) -> None:
    with pytest.raises(LhpError) as caught:
        registry.generator(kind, name, AT)
    assert (caught.value.code.id, caught.value.location) == ("LHP-ACT-003", AT)
    assert caught.value.hint.startswith(hint)


def test_registering_works_and_shows_the_declaration(registry: ActionRegistry) -> None:
    text = register("load", "custom", Custom)
    declared = f"{{name: custom, type: load_generator, module: {__name__}, class: Custom}}"
    assert text.endswith(declared)
    assert registry.generator("load", "custom").load() is Custom
    assert "custom" in registry.names("load")


def test_using_one_that_is_registered_is_told_once_where_that_stands(
    registry: ActionRegistry,
) -> None:
    register("load", "custom", Custom)
    for _ in range(2):
        registry.generator("load", "custom").load()
    (warning,) = registry._manager.resolver.warnings
    assert (warning.code.id, warning.is_warning) == ("LHP-PLG-081", True)
    assert warning.location is not None
    assert warning.location.path == Path(__file__).as_posix()
    line = Path(__file__).read_text("utf-8").splitlines()[warning.location.line - 1]
    assert "ActionRegistry.register(" in line
    declared = f"{{name: custom, type: load_generator, module: {__name__}, class: Custom}}"
    assert warning.hint.endswith(declared)


def test_registered_name_that_is_declared_too_is_a_clash(registry: ActionRegistry) -> None:
    register("load", "sql", Custom)
    with pytest.raises(LhpError) as caught:
        registry.generator("load", "sql")
    assert caught.value.code.id == "LHP-PLG-001"
    assert "ActionRegistry.register()" in caught.value.message


def test_registering_what_is_declared_changes_nothing(registry: ActionRegistry) -> None:
    declared = registry.generator("load", "sql")
    register("load", "sql", declared.load())
    assert registry.generator("load", "sql").manifest == declared.manifest


def test_registered_class_has_to_be_a_generator(registry: ActionRegistry) -> None:
    register("load", "custom", dict)
    with pytest.raises(LhpError, match="dict is not a subclass of BaseActionGenerator"):
        registry.generator("load", "custom")


def test_unknown_kind_can_not_be_registered() -> None:
    with pytest.raises(LhpError, match="'laod'"):
        ActionRegistry.register("laod", "custom", Custom)


def test_disabled_generator_is_an_error_where_it_is_used(
    project: Callable[..., PluginManager],
) -> None:
    line = "plugins: [{name: sql, type: load_generator, enabled: false}]\n"
    registry = ActionRegistry(project({"lhp.yaml": line}))
    assert "sql" not in registry.names("load")
    with pytest.raises(LhpError, match="the load_generator 'sql' is switched off"):
        registry.generator("load", "sql")
