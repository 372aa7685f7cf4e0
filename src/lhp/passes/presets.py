"""Lays presets under the actions of a flowgroup: what an action says itself always wins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any

from lhp.core.option_schema import Schema, alternatives
from lhp.errors import (
    DATABASE_SUFFIX,
    PRESET_CYCLE,
    PRESET_DUPLICATE,
    PRESET_NOT_FOUND,
    LhpError,
    Location,
    nearest,
    raise_all,
)
from lhp.model.flowgroup import KINDS, Kind
from lhp.model.source import (
    Document,
    Unresolved,
    YamlList,
    YamlMap,
    expect_map,
    expect_root,
    expect_text,
    locate,
    merge,
    require_text,
)
from lhp.values import frozen

SchemaOf = Callable[[str, str], Schema]

METADATA = "operational_metadata"
SUFFIXES = ("schema_suffix", "database_suffix")
SUFFIXED = ("database", "schema")


@frozen
class Preset:
    """A file under presets/.

    Args:
        name: What flowgroups, templates and other presets call it.
        path: Its file, relative to the project root.
        location: Where its name stands.
        extends: The preset that it builds on; empty when none.
        extends_at: Where it says so.
        defaults: What it gives, by sort of action and sub-type.
        description: What its author says about it.
        version: Its author's own numbering.
        warnings: What its author should know.
    """

    name: str
    path: str
    location: Location
    extends: str
    extends_at: Location
    defaults: YamlMap
    description: str = ""
    version: str = ""
    warnings: tuple[LhpError, ...] = ()


def read_preset(document: Document) -> Preset:
    """Return the preset that a document holds.

    Raises:
        LhpError: WRONG_SHAPE.
    """
    data = expect_root(document)
    return Preset(
        name=require_text(data, "name"),
        path=document.path,
        location=data.value_at.get("name", document.location),
        extends=expect_text(data, "extends"),
        extends_at=data.value_at.get("extends", document.location),
        defaults=expect_map(data, "defaults"),
        description=str(data.get("description") or ""),
        version=str(data.get("version") or ""),
        warnings=document.warnings,
    )


def collect_presets(presets: Iterable[Preset]) -> Mapping[str, Preset]:
    """Return the presets by name.

    Raises:
        LhpErrors: PRESET_DUPLICATE, for each name that a second preset has.
    """
    collected: dict[str, Preset] = {}
    duplicates: list[LhpError] = []
    for preset in presets:
        first = collected.setdefault(preset.name, preset)
        if first is not preset:
            duplicates.append(
                PRESET_DUPLICATE.at(preset.location, name=preset.name, place=first.location)
            )
    raise_all(duplicates)
    return collected


def resolve_presets(
    names: YamlList, presets: Mapping[str, Preset]
) -> tuple[YamlMap, list[LhpError]]:
    """Return what several presets give together: each over its parent, later over earlier.

    Returns:
        What those give that are known; and PRESET_NOT_FOUND or PRESET_CYCLE, for each name at
        fault.
    """
    resolved = YamlMap(names.location)
    chains, problems = preset_chains(names, presets)
    for preset in chain.from_iterable(chains):
        resolved = overlay(resolved, preset.defaults)
    return resolved, problems


def preset_chains(
    names: YamlList, presets: Mapping[str, Preset]
) -> tuple[list[Sequence[Preset]], list[LhpError]]:
    """Return the presets that some names stand for, each behind its parents.

    Returns:
        For each name its presets, none for one at fault; and PRESET_NOT_FOUND or PRESET_CYCLE, for
        each of these.
    """
    chains: list[Sequence[Preset]] = []
    problems: list[LhpError] = []
    for index, name in enumerate(names):
        try:
            chains.append(_chain(name, locate(names, (index,)) or names.location, presets))
        except LhpError as problem:
            problems.append(problem)
            chains.append(())
    return chains, problems


def overlay(base: YamlMap, over: YamlMap) -> YamlMap:
    """Return what two presets give together; columns of both are selected, else `over` wins."""
    if not base:
        return over
    merged: YamlMap = merge(base, over)
    if METADATA in over:
        merged.take(over, METADATA, _union(base.get(METADATA), over[METADATA]))
    return merged


def given_to(action: Any, defaults: YamlMap) -> tuple[Kind | None, YamlMap | None]:
    """Return the kind of an action, and what the defaults of a preset give to its options."""
    kind = KINDS.get(str(action.get("type"))) if isinstance(action, YamlMap) else None
    by_sub_type = defaults.get(f"{kind.name}_actions") if kind else None
    sub_type = kind.sub_type_of(action) if kind else None
    given = by_sub_type.get(sub_type or "") if isinstance(by_sub_type, YamlMap) else None
    return kind, given if isinstance(given, YamlMap) else None


def keys_given(presets: Iterable[Mapping[str, Any]]) -> Mapping[tuple[str, str], frozenset[str]]:
    """Return the keys that any preset gives, by kind and sub-type: an action may lack them.

    Args:
        presets: What each preset gives, its `defaults`.
    """
    given: dict[tuple[str, str], frozenset[str]] = {}
    for defaults in presets:
        for kind in KINDS:
            by_sub_type = defaults.get(f"{kind}_actions")
            for name, keys in by_sub_type.items() if isinstance(by_sub_type, Mapping) else ():
                known = given.get((kind, name), frozenset())
                given[kind, name] = known.union(keys if isinstance(keys, Mapping) else ())
    return given


def no_schema(kind: str, sub_type: str) -> Schema:  # noqa: ARG001  (the interface)
    """Return the schema of an action of which nothing is known."""
    return {}


def apply_presets(
    data: YamlMap, defaults: YamlMap, schema_of: SchemaOf = no_schema
) -> tuple[YamlMap, tuple[LhpError, ...]]:
    """Return the flowgroup with the defaults of resolved presets laid under it, and warnings.

    A key of a preset falls away where the action says an alternative to it.

    Args:
        data: The flowgroup.
        defaults: What its presets give together.
        schema_of: Gives the schema of an action by its kind and sub-type.
    """
    if not defaults:
        return data, ()
    laid = _fill(data.without(), defaults.get("defaults"))
    _add_metadata(laid, defaults)
    if not isinstance(laid.get("actions"), YamlList):
        return laid, ()
    actions = YamlList(laid["actions"].location)
    for index, action in enumerate(laid["actions"]):
        actions.put(_with_defaults(action, defaults, schema_of), laid["actions"].item_at[index])
    laid.take(data, "actions", actions)
    return laid, tuple(_deprecations(defaults))


def _chain(name: Any, at: Location, presets: Mapping[str, Preset]) -> list[Preset]:
    found: list[Preset] = []
    while name:
        preset = presets.get(name) if isinstance(name, str) else None
        if preset is None:
            raise PRESET_NOT_FOUND.at(at, name=name, nearest=nearest(name, presets))
        if preset in found:
            circle = [*(each.name for each in found[found.index(preset) :]), preset.name]
            raise PRESET_CYCLE.at(at, cycle=" -> ".join(circle))
        found.append(preset)
        name, at = preset.extends, preset.extends_at
    return found[::-1]


def _union(first: Any, second: Any) -> Any:
    if not (isinstance(first, YamlList) and isinstance(second, YamlList)):
        return second
    union = YamlList(second.location)
    for names in (first, second):
        for index, name in enumerate(names):
            if name not in union:
                union.put(name, names.item_at[index])
    return union


def _fill(own: Any, given: Any, schema: Schema = MappingProxyType({})) -> Any:
    """Return a value with what a preset gives under it; its own keys stay the first."""
    if not (isinstance(own, YamlMap) and isinstance(given, YamlMap)):
        return own
    filled = own.without()
    properties = schema.get("properties", {})
    for key, value in given.without(*_replaced(own, schema)).items():
        source = own if key in own else given
        inner = properties.get(key, {})
        filled.take(source, key, _fill(own[key], value, inner) if key in own else value)
    return filled


def _replaced(own: YamlMap, schema: Schema) -> Iterator[str]:
    """Yield the keys in whose place a map says others."""
    for group in alternatives(schema):
        if any(own.get(key) is not None for key in group):
            yield from (key for key in group if key not in own)


def _add_metadata(data: YamlMap, defaults: YamlMap) -> None:
    # A boolean of the flowgroup selects nothing itself and does not cancel the presets' columns.
    if isinstance(defaults.get(METADATA), YamlList):
        own = data.get(METADATA)
        source = data if isinstance(own, YamlList) else defaults
        data.take(source, METADATA, _union(defaults[METADATA], source[METADATA]))


def _with_defaults(action: Any, defaults: YamlMap, schema_of: SchemaOf) -> Any:
    kind, given = given_to(action, defaults)
    if kind is None or given is None:
        return action
    whole = schema_of(kind.name, str(kind.sub_type_of(action)))
    schema = whole.get("properties", {}).get(kind.place, {}) if kind.place else whole
    options = _fill(kind.options_of(action), given.without(*SUFFIXES), schema)
    options = _with_suffix(options, given)
    if not kind.place:
        return options
    changed = action.without()
    changed.take(action, kind.place, options)
    return changed


def _with_suffix(options: YamlMap, given: YamlMap) -> YamlMap:
    suffix = next((given[key] for key in SUFFIXES if given.get(key)), "")
    place = next((key for key in SUFFIXED if isinstance(options.get(key), str)), None)
    if suffix and place and not isinstance(options[place], Unresolved):
        options.take(options, place, f"{options[place]}{suffix}")
    return options


def _deprecations(defaults: YamlMap) -> Iterable[LhpError]:
    for kind in KINDS.values():
        by_sub_type = defaults.get(f"{kind.name}_actions")
        for given in by_sub_type.values() if isinstance(by_sub_type, YamlMap) else ():
            if isinstance(given, YamlMap) and "database_suffix" in given:
                yield DATABASE_SUFFIX.at(given.key_at["database_suffix"])
