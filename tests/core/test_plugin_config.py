"""The settings of a plugin are checked against its `Config`, in any of three forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import BaseModel, Field, field_validator

from lhp.core.base_generator import BaseActionGenerator, Config
from lhp.core.plugin_config import (
    settings_fault,
    settings_of,
    settings_problems,
    settings_schema,
)
from lhp.errors import LhpErrors, Location
from lhp.model.source import TokenText
from lhp.text.yaml_reader import read_yaml

AT = Location("lhp.yaml", 1, 1)


class RestConfig(Config):
    base_url: str = Field(description="Address.")
    timeout: int = 30

    @field_validator("base_url")
    @classmethod
    def _https(cls, value: str) -> str:
        if not value.startswith(("https", "$")):
            message = "https is wanted"
            raise ValueError(message)
        return value


class PlainConfig(BaseModel):
    base_url: str
    timeout: int = 30


SHORT = {
    "base_url": {"type": "string", "required": True},
    "timeout": {"type": "integer", "default": 30},
}
LONG = {
    "type": "object",
    "required": ["base_url"],
    "properties": {
        "base_url": {"type": "string"},
        "timeout": {"type": "integer", "default": 30},
    },
}
FORMS = [RestConfig, PlainConfig, SHORT, LONG]


def plugin(config: Any) -> Any:
    return type("Plugin", (), {"Config": config})


def written(text: str) -> Mapping[str, Any]:
    data: Mapping[str, Any] = read_yaml(text.encode(), "lhp.yaml")[0].data
    return data


@pytest.mark.parametrize("form", FORMS)
def test_settings_have_their_defaults(form: Any) -> None:
    given = written("base_url: https://x\nx-note: free\n")
    settings = settings_of(plugin(form), given)
    read = settings if isinstance(settings, Mapping) else settings.model_dump()
    assert (read["base_url"], read["timeout"]) == ("https://x", 30)


@pytest.mark.parametrize("form", FORMS)
def test_token_gives_a_number_where_one_is_wanted(form: Any) -> None:
    settings = settings_of(plugin(form), {"base_url": "https://x", "timeout": TokenText("20")})
    read = settings if isinstance(settings, Mapping) else settings.model_dump()
    assert read["timeout"] == 20


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("base_ur: https://x\n", "lhp.yaml:1:1", "unknown key 'base_ur' in `config`"),
        ("timeout: 3\n", "lhp.yaml:1:1", "`config` needs 'base_url'"),
        (
            "base_url: https://x\ntimeout: soon\n",
            "lhp.yaml:2:10",
            "'timeout' must be a whole number, not the text 'soon'",
        ),
    ],
)
def test_mistake_is_told_at_its_line(form: Any, text: str, place: str, message: str) -> None:
    (problem,) = settings_problems(plugin(form), written(text), AT)
    assert (str(problem.location), problem.message) == (place, message)
    with pytest.raises(LhpErrors) as caught:
        settings_of(plugin(form), written(text), AT)
    assert str(caught.value.problems[0]) == str(problem)


@pytest.mark.parametrize("form", FORMS)
def test_absent_config_is_told_at_the_declaration(form: Any) -> None:
    (problem,) = settings_problems(plugin(form), {}, AT)
    assert problem.location == AT


@pytest.mark.parametrize("form", FORMS)
def test_tokens_may_stand_for_anything(form: Any) -> None:
    given = written('base_url: "${url}"\ntimeout: "${seconds}"\n')
    assert settings_problems(plugin(form), given, AT) == []


def test_rules_of_the_model_are_kept() -> None:
    given = written("base_url: ftp://x\n")
    (problem,) = settings_problems(plugin(RestConfig), given, AT)
    assert str(problem.location) == "lhp.yaml:1:11"
    assert problem.message == "'base_url' is not valid: Value error, https is wanted"
    with pytest.raises(LhpErrors, match="https is wanted"):
        settings_of(plugin(RestConfig), given)
    assert settings_problems(plugin(RestConfig), written("base_url: https://x\n")) == []


@pytest.mark.parametrize("anything", [object, BaseActionGenerator, len, plugin(None), plugin(3)])
def test_plugin_that_does_not_say_takes_any_settings(anything: Any) -> None:
    assert settings_schema(anything) is None
    assert settings_problems(anything, {"a": 1}) == []
    assert settings_of(anything, {"a": 1}) == {"a": 1}
    assert settings_fault(anything) == ""


def test_bad_config_is_a_fault_of_the_plugin() -> None:
    fault = settings_fault(plugin({"a": {"type": "no such"}}))
    assert fault.startswith("Config: bad option schema at properties/a")
