"""The settings of a plugin: what `config:` of its declaration holds, checked against its `Config`.

`Config` is said in the same three ways as options: a pydantic model, a JSON Schema object, or the
short form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from lhp.core.defaults import with_defaults
from lhp.core.option_schema import Schema, normalised, schema_of
from lhp.core.shape_check import shape_problems
from lhp.core.shapes import is_ours
from lhp.errors import WRONG_VALUE, LhpError, Location, raise_all
from lhp.model.source import NOWHERE, locate, map_text, place, plain

WHERE = "`config`"


def settings_schema(plugin: Any) -> Schema | None:
    """Return the JSON Schema of a plugin's settings; None when it takes any.

    Args:
        plugin: A plugin's object, such as a generator or a validator class.

    Raises:
        ValueError: When its `Config` is no schema, with the reason.
    """
    declared = getattr(plugin, "Config", None)
    if isinstance(declared, type) and issubclass(declared, BaseModel):
        is_any = not declared.model_fields
        return None if is_any else normalised(schema_of(declared), is_ours=is_ours(declared))
    return normalised(declared) if isinstance(declared, Mapping) else None


def settings_fault(plugin: Any) -> str:
    """Return why a plugin's `Config` can't be used; empty when it can."""
    try:
        settings_schema(plugin)
    except ValueError as error:
        return f"Config: {error}"
    return ""


def settings_of(plugin: Any, config: Mapping[str, Any], at: Location | None = None) -> Any:
    """Return the settings of a plugin, defaults filled in: an instance of its model, or a mapping.

    Args:
        plugin: The plugin's object.
        config: As declared, tokens replaced.
        at: Where the plugin is declared, for a `config` that is absent.

    Raises:
        LhpErrors: Everything that is wrong with them.
    """
    schema = settings_schema(plugin)
    if schema is None:
        return config
    filled = with_defaults(place(config, at or NOWHERE), schema)
    raise_all(shape_problems(filled, schema, WHERE, at))
    raise_all(_problems(_details(plugin, filled), filled, at))
    return filled if isinstance(plugin.Config, Mapping) else _instance(plugin, filled)


def settings_problems(
    plugin: Any, config: Mapping[str, Any], at: Location | None = None
) -> list[LhpError]:
    """Return what is wrong with settings whose tokens are not replaced yet.

    Args:
        plugin: The plugin's object.
        config: As declared; `${token}` is accepted in the place of anything.
        at: Where the plugin is declared, for a `config` that is absent.
    """
    schema = settings_schema(plugin)
    if schema is None:
        return []
    open_places = _token_places(config)
    filled = with_defaults(place(config, at or NOWHERE), schema)
    found = shape_problems(filled, schema, WHERE, at)
    if not found and not open_places:
        found = _problems(_details(plugin, filled), filled, at)
    return [problem for problem in found if problem.location not in open_places]


def _token_places(config: Mapping[str, Any]) -> set[Location]:
    places: set[Location] = set()

    def note(text: str, at: Location) -> str:
        if "${" in text:
            places.add(at)
        return text

    map_text(config, note)
    return places


def settings_details(plugin: Any, filled: Mapping[str, Any]) -> list[tuple[Sequence[Any], str]]:
    """Return what a plugin's model finds wrong with settings of the right shape: path and words.

    Args:
        plugin: The plugin's object.
        filled: Its settings, defaults in.
    """
    if isinstance(plugin.Config, Mapping):
        return []
    try:
        _instance(plugin, filled)
    except ValidationError as error:
        return [(detail["loc"], detail["msg"]) for detail in error.errors()]
    return []


def _instance(plugin: Any, filled: Mapping[str, Any]) -> Any:
    given = {key: value for key, value in filled.items() if not key.startswith("x-")}
    return plugin.Config.model_validate(plain(given))


def _details(plugin: Any, filled: Mapping[str, Any]) -> list[tuple[Sequence[Any], str]]:
    # One that lives in another process is asked there.
    own = getattr(plugin, "config_details", None)
    return settings_details(plugin, filled) if own is None else own(filled)


def _problems(
    details: Iterable[tuple[Sequence[Any], str]], config: Mapping[str, Any], at: Location | None
) -> list[LhpError]:
    return [
        WRONG_VALUE.at(
            locate(config, path) or at,
            name=".".join(map(str, path)) or "config",
            reason=words,
        )
        for path, words in details
    ]
