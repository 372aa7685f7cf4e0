"""The reference of all plugins of a project, from what they say of themselves."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import chain, count, islice
from typing import Any

import yaml

from lhp.core.foreign_patterns import cautious
from lhp.core.manifest import PLUGIN_TYPES, Manifest
from lhp.core.option_schema import MAKES_VIEW, Schema, action_schema_of
from lhp.core.plugin_check import state_of
from lhp.core.plugin_manager import PluginManager
from lhp.core.schema_parts import TYPE_WORDS
from lhp.core.schema_validator import validator_of
from lhp.editor.known import Known, KnownPlugins
from lhp.editor.page import Block, CodeBlock, Heading, Text, code
from lhp.editor.reference import option_table, rules
from lhp.model.flowgroup import KINDS

_TRIES = 200
_MOST_ITEMS = 20
_LONGEST = 200
_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
_TEXTS = ("...", "a", "A", "1", "a.b.c", "/a", "2025-01-31", "https://example.com", "")


def plugin_page(manager: PluginManager, title: str) -> Iterator[Block]:
    """Yield the blocks of the page of all plugins that a project can use.

    Args:
        manager: The plugins.
        title: Of the page.
    """
    known = KnownPlugins(manager)
    yield Heading(1, title)
    yield "Made by `lhp plugins docs`, from what the plugins say of themselves."
    for plugin_type in PLUGIN_TYPES.values():
        found = [each for each in manager.registry.active() if each.type == plugin_type.name]
        if found:
            yield Heading(2, plugin_type.name)
            yield f"Each is a {plugin_type.contract}."
        for manifest in found:
            yield from _plugin(manager, manifest, known.of(manifest))


def _plugin(manager: PluginManager, manifest: Manifest, known: Known) -> Iterator[Block]:
    yield Heading(3, manifest.qualified_name)
    yield Text(known.summary)
    state = state_of(manager, manifest)
    source = "lhp itself" if state.word == "builtin" else code(manifest.target)
    yield Text(f"Comes from {source} ({manifest.origin.value}).")
    if known.reason:
        yield Text(f"It can't be used: {known.reason}")
        return
    if known.options is not None:
        yield from _options(manifest, known.options, known.source_count)
    if known.settings:
        yield "Its `config` in lhp.yaml:"
        yield from rules(known.settings)
        yield option_table(known.settings)


def _options(manifest: Manifest, options: Schema, source_count: str) -> Iterator[Block]:
    yield from rules(options)
    yield option_table(options) if options["properties"] else "It takes no options."
    action = sample_action(manifest.plugin_type.kind, manifest.name, options, source_count)
    if action:
        text = yaml.safe_dump([action], sort_keys=False, allow_unicode=True, width=100)
        yield CodeBlock("yaml", text)


def sample_action(
    kind: str, name: str, options: Schema, source_count: str
) -> dict[str, Any] | None:
    """Return an action that a generator accepts, or None when none was found.

    Args:
        kind: load, transform, write or test.
        name: Of the generator.
        options: Schema of its options; the first of its own `examples` that is right is taken.
        source_count: What `source` is: `one`, `many` or `any`.
    """
    # As plain data: YAML writes no `StrEnum`, and names a value that it meets twice.
    schema = json.loads(json.dumps(action_schema_of(kind, options, source_count)))
    place, selector = KINDS[kind].place, KINDS[kind].selector
    holder = schema["properties"][place] if place else schema
    holder["properties"][selector] = {"const": name}
    given = {"name": f"{kind}_{name}", "type": kind}
    given |= {} if place == "source" else {"source": "v_source"}
    given |= {"target": "v_target"} if kind in MAKES_VIEW else {}
    wholes = ({selector: name, **each} for each in options.get("examples", ()))
    begun = [*({place: whole} if place else whole for whole in wholes), {}]
    grown = chain.from_iterable(_grown(schema, {**given, **each}) for each in begun)
    found = next(filter(_validator(schema).is_valid, grown), None)
    return found and dict(sorted(found.items(), key=lambda item: item[0] == "target"))


def _validator(schema: Schema) -> Any:
    return validator_of(cautious(schema))


def _sample(schema: Schema) -> Any:
    return next(_samples(schema), "...")


def _samples(schema: Schema) -> Iterator[Any]:
    return filter(_validator(schema).is_valid, _candidates(schema))


def _candidates(schema: Schema) -> Iterator[Any]:
    yield from schema.get("examples", ())
    yield from (schema[key] for key in ("default", "const") if key in schema)
    yield from schema.get("enum", ())
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _samples(branch) if [*branch] != ["required"] else ()
    likely = "object" if "properties" in schema else "array" if "items" in schema else [*TYPE_WORDS]
    declared = schema.get("type", likely)
    for name in [declared] if isinstance(declared, str) else declared:
        yield from _OF_TYPE[name](schema)


def _texts(schema: Schema) -> Iterator[str]:
    yield from _TEXTS
    least = min(schema.get("minLength", 0), _LONGEST)
    yield from ("x" * (least + more) for more in range(_MOST_ITEMS))


def _numbers(schema: Schema) -> Iterator[float]:
    bounds = [Fraction(str(schema[key])) for key in _BOUNDS if key in schema]
    step = Fraction(str(schema.get("multipleOf", 1)))
    for start in (Fraction(1), *bounds, sum(bounds, Fraction()) / max(1, len(bounds))):
        for each in (start, *(step * (start // step + more) for more in range(-1, _MOST_ITEMS))):
            yield int(each) if each.denominator == 1 else float(each)


def _lists(schema: Schema) -> Iterator[list[Any]]:
    items = schema.get("items", {})
    length = min(max(1, schema.get("minItems", 1)), _MOST_ITEMS)
    yield [_sample(items)] * length
    yield [*islice(_unlike(_samples(items)), length)]
    yield []


def _unlike(values: Iterable[Any]) -> Iterator[Any]:
    seen: list[Any] = []
    for value in values:
        if value not in seen:
            seen.append(value)
            yield value


def _maps(schema: Schema) -> Iterator[dict[str, Any]]:
    if not schema.get("properties"):
        yield from _grown(schema, {"key": _sample(_value_schema(schema, "key"))})
    yield from _grown(schema, {})


def _grown(schema: Schema, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield maps that hold ever more of what the rules of their schema ask for."""
    pending = deque([dict(given)])
    for _ in range(_TRIES):
        if not pending:
            return
        made = pending.popleft()
        yield made
        asked = ([*_ways(error)] for error in _validator(schema).iter_errors(made))
        for keys in dict.fromkeys(next(filter(None, asked), ())):
            new = {key: _sample(_value_schema(schema, key)) for key in keys if key not in made}
            pending.append({**made, **new})


def _ways(error: Any) -> Iterator[tuple[str, ...]]:
    """Yield the groups of keys of which one may mend an error."""
    if error.validator == "required" and not error.absolute_path:
        yield tuple(error.validator_value)
    if error.validator == "minProperties" and not error.absolute_path:
        names = chain(error.schema.get("properties", ()), (f"key_{number}" for number in count(2)))
        yield (next(name for name in names if name not in error.instance),)
    for inner in error.context or ():
        yield from _ways(inner)


def _value_schema(schema: Schema, key: str) -> Schema:
    other = schema.get("additionalProperties")
    known: Mapping[str, Schema] = schema.get("properties", {})
    return known.get(key, other if isinstance(other, Mapping) else {})


_OF_TYPE: Mapping[str, Callable[[Schema], Iterable[Any]]] = {
    "string": _texts,
    "integer": _numbers,
    "number": _numbers,
    "boolean": lambda _: (True, False),
    "array": _lists,
    "object": _maps,
    "null": lambda _: (None,),
}
