"""What the object of each plugin type must be."""

# ruff: noqa: ARG002, RUF012  (signatures are given; plugins are written as authors write them)

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any

import click
import pytest

from lhp.cli.base import BaseCLIPlugin
from lhp.core.base_generator import BaseActionGenerator
from lhp.core.contracts import contract_fault
from lhp.core.manifest import PLUGIN_TYPES, Manifest, Origin


class Good(BaseActionGenerator):
    def generate(self, action: Any, context: Any) -> str:
        return "pass"


class Abstract(Good, abc.ABC):
    @abc.abstractmethod
    def url(self) -> str: ...


class NoCode(BaseActionGenerator): ...


class OtherKind(Good):
    kind = "write"


class OddSources(Good):
    source_count = "several"


class OddConfig(Good):
    Config = {"a": 3}  # type: ignore[assignment]


class TakenOption(Good):
    @classmethod
    def get_supported_options(cls) -> Mapping[str, Any]:
        return {"readMode": {"type": "string"}}


class Validator:
    def validate(self, config: Any) -> list[str]:
        return []

    format = build = validate


class AbstractValidator(Validator, abc.ABC):
    @abc.abstractmethod
    def more(self) -> None: ...


class OddValidator(Validator):
    Config = {"a": {"type": "no such"}}


@click.command()
def deploy() -> None: ...


@click.group()
def group() -> None: ...


@pytest.mark.parametrize(
    ("plugin_type", "plugin", "reason"),
    [
        ("load_generator", Good, ""),
        ("load_generator", Good(), "a Good is not a subclass of BaseActionGenerator"),
        ("load_generator", dict, "dict is not a subclass of BaseActionGenerator"),
        ("load_generator", Abstract, "Abstract is abstract: it lacks url"),
        ("load_generator", NoCode, "NoCode has neither generate() nor a template"),
        ("load_generator", OtherKind, "OtherKind says that its kind is 'write'"),
        ("write_generator", OtherKind, ""),
        ("load_generator", OddSources, "is one of one, many, any, not 'several'"),
        ("load_generator", OddConfig, "Config: bad option schema at a"),
        ("load_generator", TakenOption, "an option can't be called readMode"),
        ("validator", Validator, ""),
        ("validator", Validator(), "a Validator is not a class"),
        ("validator", AbstractValidator, "AbstractValidator is abstract"),
        ("validator", dict, "dict has no method validate()"),
        ("validator", OddValidator, "Config: bad option schema at properties/a"),
        ("artifact", Validator, ""),
        ("artifact", dict, "dict has no method build()"),
        ("formatter", Validator, ""),
        ("formatter", str.upper, ""),
        ("formatter", 3, "it is neither a function nor a class with format()"),
        ("template_filter", len, ""),
        ("template_filter", {"a": len}, ""),
        ("template_filter", {}, "a dict is neither a function nor a dict of functions"),
        ("template_function", {"a": 3}, "a dict is neither a function nor a dict of functions"),
        ("cli_command", deploy, ""),
        ("cli_command", group, ""),
        ("cli_command", BaseCLIPlugin(command=deploy, name="x"), ""),
        ("cli_command", BaseCLIPlugin(command=group), ""),
        ("cli_command", len, "is neither a click.Command nor a BaseCLIPlugin"),
    ],
)
def test_contract_of_each_type(plugin_type: str, plugin: object, reason: str) -> None:
    manifest = Manifest(plugin_type, "x", Origin.CONFIG)
    fault = contract_fault(manifest, plugin)
    assert reason in fault
    assert bool(fault) is bool(reason)


def test_every_type_with_an_object_has_a_contract() -> None:
    for plugin_type in PLUGIN_TYPES.values():
        if not plugin_type.is_folder:
            assert contract_fault(Manifest(plugin_type.name, "x", Origin.CONFIG), 3)
