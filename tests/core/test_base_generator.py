"""What the author of a generator meets."""

# ruff: noqa: ARG002  (the signatures are given)

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import field_validator

from lhp.core.base_generator import (
    BaseActionGenerator,
    Context,
    Facts,
    MetadataColumn,
    MetadataColumns,
    Options,
    Problem,
)
from lhp.core.literals import Code
from lhp.errors import LhpError
from lhp.model.flowgroup import Action, SecretReference

DATA = {
    "name": "load_rates",
    "type": "load",
    "target": "v_rates",
    "source": {"type": "rest_api", "api_endpoint": "/rates"},
}


class RestApiLoadGenerator(BaseActionGenerator):
    def generate(self, action: Action, context: Context) -> str:
        self.add_import("import requests")
        self.add_file("rates.json", "{}")
        return f"url = {action.options['api_endpoint']!r}  # {context['env']}"

    @classmethod
    def get_supported_options(cls) -> Mapping[str, Any]:
        return {
            "api_endpoint": {"type": "string", "required": True},
            "auth_method": {"type": "string", "default": "bearer"},
        }


class CheckedOptions(Options):
    limit: int = 3

    @field_validator("limit")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            message = "even numbers only"
            raise ValueError(message)
        return value


class Checked(RestApiLoadGenerator):
    Options = CheckedOptions

    def check(self, action: Action, context: Context) -> Iterator[Problem]:
        if action.options.limit > 10:
            yield Problem("too much", ("source", "limit"))

    def generate(self, action: Action, context: Context) -> str:
        return str(action.options.limit)

    def table(self, action: Action, context: Context) -> str:
        return "a.b.c"


def action(options: Mapping[str, Any] | None = None, **more: Any) -> Action:
    given = {"api_endpoint": "/rates"} if options is None else options
    return Action({**DATA, **more}, "load", "rest_api", given)


def test_one_call_gives_code_imports_facts_and_files() -> None:
    made = RestApiLoadGenerator.run(action(), Context(env="prod"))
    assert made.code == "url = '/rates'  # prod"
    assert made.imports == ("import requests",)
    assert made.files == {"rates.json": "{}"}
    assert made.facts == Facts(makes="v_rates")
    assert made.problems == ()


def test_options_are_an_instance_of_the_model() -> None:
    made = Checked.run(action({"limit": 4, "x-note": "free"}), Context())
    assert (made.code, made.facts.table, made.facts.creates) == ("4", "a.b.c", True)


@pytest.mark.parametrize(
    ("limit", "message"), [(5, "Value error, even numbers only"), (12, "too much")]
)
def test_problems_point_into_the_action(limit: int, message: str) -> None:
    made = Checked.run(action({"limit": limit}), Context())
    assert made.problems == (Problem(message, ("source", "limit")),)
    assert made.code == ""


@pytest.mark.parametrize(
    ("data", "streams"),
    [
        ({}, False),
        ({"readMode": "stream"}, True),
        ({"source": {"readMode": "stream"}}, True),
        ({"readMode": "batch"}, False),
    ],
)
def test_reading_mode_tells_streams(data: dict[str, Any], *, streams: bool) -> None:
    assert RestApiLoadGenerator.run(action(**data), Context()).facts.is_streaming is streams


def options_of_a_class(_: type[BaseActionGenerator]) -> Mapping[str, Any]:
    return {"day": {"type": "string"}}


class SomeOptions(Options):
    day: str = ""


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({}, False),
        ({"get_supported_options": classmethod(options_of_a_class)}, True),
        ({"get_supported_options": staticmethod(dict)}, True),
        ({"Options": SomeOptions}, True),
    ],
)
def test_a_generator_says_its_options_in_any_form(
    members: Mapping[str, Any], *, says: bool
) -> None:
    generator = type("Some", (BaseActionGenerator,), dict(members))
    assert generator.says_options() is says
    assert type("Heir", (generator,), {}).says_options() is says


def test_context_is_a_mapping_and_has_attributes() -> None:
    context = Context(env="prod", flowgroup="rates")
    assert context["flowgroup"] == context.flowgroup == "rates"
    assert {"config", "env", "pipeline", "flowgroup", "project_name", "read_text"} <= set(context)
    assert len(context) == len(list(context))
    assert "renderer" not in context
    with pytest.raises(KeyError):
        context["renderer"]


def test_context_places_secrets_as_marks() -> None:
    assert Context().secret("vault/key") == str(SecretReference("vault", "key"))


def test_context_of_nothing_has_nothing_to_read() -> None:
    context = Context()
    for read in (context.read_text, context.read_yaml, context.list_files):
        with pytest.raises(FileNotFoundError, match=r"no project to read 'a\.sql' from"):
            read("a.sql")


class Forgetful(RestApiLoadGenerator):
    def generate(self, action: Action, context: Context) -> str:
        return None  # type: ignore[return-value]


def test_forgotten_return_is_told() -> None:
    with pytest.raises(TypeError, match="returned NoneType, not the text of the section"):
        Forgetful.run(action(), Context())


def test_settings_that_are_a_model_already_are_left_alone() -> None:
    settings = CheckedOptions(limit=4)
    assert RestApiLoadGenerator.run(action(), Context(config=settings)).code


class WithColumns(RestApiLoadGenerator):
    uses = True

    def generate(self, action: Action, context: Context) -> str:
        return "".join(each.name for each in context.metadata_columns) if self.uses else ""


class WithoutColumns(WithColumns):
    uses = False


@pytest.mark.parametrize(
    ("generator", "imports"), [(WithColumns, ("import json",)), (WithoutColumns, ())]
)
def test_imports_of_metadata_columns_come_with_their_use(
    generator: type[BaseActionGenerator], imports: tuple[str, ...]
) -> None:
    columns = MetadataColumns([MetadataColumn("_a", Code("f()"), ("import json",))])
    assert len(columns) == 1
    assert generator.run(action(), Context(metadata_columns=columns)).imports == imports


@pytest.fixture
def authored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import a module with a base and a subclass, as an author would write them."""
    for folder, text in {
        "base_home": "from lhp.core.base_generator import BaseActionGenerator\n"
        "class Base(BaseActionGenerator): ...\n",
        "own_home": "from authored_base import Base\nclass Own(Base): ...\n"
        "class Named(Base):\n    template = 'named.j2'\n",
    }.items():
        (tmp_path / folder).mkdir()
        module = "authored_base" if folder == "base_home" else "authored_own"
        (tmp_path / folder / f"{module}.py").write_text(text)
        monkeypatch.syspath_prepend(str(tmp_path / folder))
        sys.modules.pop(module, None)
    import authored_own  # type: ignore[import-not-found] # noqa: PLC0415

    return authored_own


def test_template_is_looked_for_beside_the_class_and_then_its_bases(
    authored: Any, tmp_path: Path
) -> None:
    assert not authored.Own.has_code()
    beside_base = tmp_path / "base_home/authored_own.py.j2"
    beside_base.write_text("url = {{ options.api_endpoint }}")
    assert authored.Own.has_code()
    assert authored.Own.run(action(), Context()).code == "url = '/rates'"
    (tmp_path / "own_home/authored_own.py.j2").write_text("own = {{ action.target }}")
    assert authored.Own.run(action(), Context()).code == "own = 'v_rates'"
    assert authored.Named.template_name() == "named.j2"
    assert not authored.Named.has_code()


def test_missing_template_is_an_error_of_ours() -> None:
    generator = RestApiLoadGenerator()
    with pytest.raises(LhpError, match="nowhere"):
        generator.render_template("nowhere.j2", {})


def test_plain_base_has_defaults_for_everything() -> None:
    base = BaseActionGenerator()
    assert base.values(action(), Context()) == {}
    assert base.metadata_tokens(action()) == {}
    assert base.get_supported_options()["properties"] == {}
    assert BaseActionGenerator.has_code() is False


def test_schema_that_is_handed_out_is_a_copy() -> None:
    class Plain(BaseActionGenerator):
        Options = CheckedOptions

    given: Any = Plain.get_supported_options()
    given["properties"].clear()
    assert "limit" in Plain.get_supported_options()["properties"]
