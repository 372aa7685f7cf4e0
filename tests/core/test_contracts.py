"""What the object of each plugin type must be."""

# ruff: noqa: ARG002, ARG003, ARG004, ARG005, RUF012  (signatures are given; plugins are written as authors write them)

from __future__ import annotations

import abc
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click
import pytest

from lhp.cli.base import BaseCLIPlugin
from lhp.core.base_artifact import BaseArtifact
from lhp.core.base_generator import BaseActionGenerator
from lhp.core.contracts import contract_fault
from lhp.core.manifest import PLUGIN_TYPES, Manifest, Origin
from lhp.core.plugin_loader import BUILTIN, builtin_manifests
from lhp.core.plugin_manager import PluginManager


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
        return {"readMode": {"type": "string"}, "type": {"type": "string"}}


class OddType(Good):
    @classmethod
    def get_supported_options(cls) -> Mapping[str, Any]:
        return {"a": {"type": "strng"}}


class OddTypes(Good):
    @classmethod
    def get_supported_options(cls) -> Mapping[str, Any]:
        return {"a": {"type": ["string", "zzz"]}}


class Validator:
    def validate(self, config: Any) -> list[str]:
        return []

    format = build = validate


class AbstractValidator(Validator, abc.ABC):
    @abc.abstractmethod
    def more(self) -> None: ...


class OfPipelines(BaseArtifact):
    scope = "pipeline"


class OfFlowgroups(BaseArtifact):
    scope = "flowgroup"


class OddValidator(Validator):
    Config = {"a": {"type": "no such"}}


class NeedsUrl:
    def __init__(self, url: str) -> None: ...

    def validate(self, config: Any) -> list[str]:
        return []

    format = build = validate


class TakesNothing:
    def validate(self) -> list[str]:
        return []

    format = build = validate


class GeneratorOfUrl(Good):
    def __init__(self, url: str) -> None: ...


class GeneratesAlone(BaseActionGenerator):
    def generate(self) -> str:  # type: ignore[override]
        return "pass"


class ValuesOfAction(Good):
    def values(self, action: Any) -> Mapping[str, Any]:  # type: ignore[override]
        return {}


class ChecksAtLength(Good):
    def check(self, action: Any, context: Any, more: Any) -> list[str]:  # type: ignore[override]
        return []


class TokensOfNothing(Good):
    @classmethod
    def metadata_tokens(cls) -> Mapping[str, str]:  # type: ignore[override]
        return {}


def traced(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs, extra=1)

    return call


class Decorated(BaseActionGenerator):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    @traced
    def generate(self, action: Any, context: Any, extra: int) -> str:  # type: ignore[override]
        return "pass"

    @staticmethod
    def values(action: Any, context: Any = None) -> Mapping[str, Any]:  # type: ignore[override]
        return {}

    @classmethod
    def check(cls, *args: Any) -> list[str]:
        return []

    is_streaming = functools.partialmethod(lambda self, *_: True)  # type: ignore[assignment]


@dataclass
class DataValidator:
    most: int = 3

    validate = traced(lambda self, config, extra: [])


class CallsText:
    def __call__(self, text: str) -> str:
        return text


class Formats:
    def format(self, sources: Mapping[str, str]) -> Mapping[str, str]:
        return sources


def alone() -> str:
    return ""


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
        ("load_generator", TakenOption, "an option can't be called readMode, type"),
        ("load_generator", OddType, "'strng' is no type; it is one of string, integer, number,"),
        ("load_generator", OddType, "null; did you mean 'string'?"),
        ("load_generator", OddTypes, "'zzz' is no type; it is one of string"),
        ("validator", Validator, ""),
        ("validator", Validator(), "a Validator is not a class"),
        ("validator", AbstractValidator, "AbstractValidator is abstract"),
        ("validator", dict, "dict has no method validate()"),
        ("load_generator", 3, "an int is not a subclass of BaseActionGenerator"),
        (
            "load_generator",
            GeneratorOfUrl,
            "called as GeneratorOfUrl(): missing a required argument: 'url'",
        ),
        (
            "load_generator",
            GeneratesAlone,
            "called as GeneratesAlone.generate(action, context): too many",
        ),
        (
            "load_generator",
            ValuesOfAction,
            "called as ValuesOfAction.values(action, context): too many",
        ),
        (
            "load_generator",
            ChecksAtLength,
            "ChecksAtLength.check(action, context): missing a required",
        ),
        ("load_generator", TokensOfNothing, "TokensOfNothing.metadata_tokens(action): too many"),
        ("load_generator", Decorated, ""),
        ("validator", DataValidator, ""),
        ("validator", NeedsUrl, "called as NeedsUrl(): missing a required argument: 'url'"),
        ("validator", TakesNothing, "called as TakesNothing.validate(config): too many positional"),
        ("artifact", NeedsUrl, "called as NeedsUrl(): missing"),
        ("artifact", TakesNothing, "called as TakesNothing.build(run): too many"),
        ("formatter", Formats, ""),
        ("formatter", Formats(), ""),
        ("formatter", CallsText, ""),
        ("formatter", dict, "dict has no method format()"),
        ("formatter", NeedsUrl, "called as NeedsUrl(): missing"),
        ("formatter", TakesNothing, "called as TakesNothing.format(sources): too many"),
        ("formatter", TakesNothing(), "called as format(sources): too many"),
        ("formatter", alone, "called as alone(text): too many"),
        ("validator", OddValidator, "Config: bad option schema at properties/a"),
        ("artifact", Validator, ""),
        ("artifact", OfPipelines, ""),
        ("artifact", OfFlowgroups, "scope of OfFlowgroups is one of run, pipeline, not 'flow"),
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


@pytest.mark.parametrize(
    "manifest",
    [
        each
        for file in sorted(BUILTIN.rglob("plugins.yaml"))
        for each in builtin_manifests(file.parent)
    ],
    ids=lambda each: each.target,
)
def test_what_comes_with_lhp_keeps_its_contract(manifest: Manifest) -> None:
    plugin = PluginManager().handle(manifest).load()
    if not manifest.plugin_type.is_folder:
        assert contract_fault(manifest, plugin) == ""
