"""Values that fit a schema, and texts that break what is careless with texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lhp.core.option_schema import Schema, expected_types
from lhp.core.schema_validator import validator_of
from lhp.values import frozen

PLAIN = "plain_text"
HOSTILE = (
    'one"two',
    "one'two",
    'one"""two',
    "one'''two",
    "one\\two\\",
    "one\ntwo",
    "one\r\n    two",
    "one${two}",
    "one{two}{{ three }}{% four %}",
    "one%s%(two)s",
    "one#two",
    "one`two",
    "one\u202etwo\u2066three",
    "one\u2028two\u0085three",
    "one\0two",
    "one\ud800two",
    'one"); raise SystemExit(1)  # "two',
    "one'); raise SystemExit(1)  # 'two",
    "one\nraise SystemExit(1)  # two",
)
"""Quotes, newlines, ends of literals, tokens, Jinja, bidi marks, and a lone surrogate."""

KEY = "<key>"
"""In a path: the key of a map's only entry, and not what stands under it."""

_DEEPEST = 4
_MANY = 7
_NUMBERS = (1, 0, 2, 10, 100, 0.5, -1)
_TEXTS = (PLAIN, "v_sales", "main.sales.orders", "id INT", "/Volumes/main/a", "a.sql", "1", "a-b")
_RULES_OF_TEXT = frozenset({"enum", "const", "format", "pattern", "maxLength"})


@frozen
class Placed:
    """Options with one text at one of their places.

    Args:
        options: The options.
        path: Keys and indexes to the place.
        text: What stands there.
    """

    options: Mapping[str, Any]
    path: tuple[str | int, ...]
    text: str

    @property
    def whole(self) -> dict[str, Any]:
        """The options with the text in them."""
        whole: dict[str, Any] = with_value(self.options, self.path, self.text)
        return whole

    def with_text(self, text: str) -> Placed:
        """Return the same place with another text."""
        return replace(self, text=text)


def sample(schema: Schema, depth: int = 0) -> Any:
    """Return a value that fits a schema: its own first example or default, or the plainest.

    Args:
        schema: Of one option.
        depth: How many schemas it stands in.
    """
    return next(_fitting(schema, depth))


def _fitting(schema: Schema, depth: int) -> Iterator[Any]:
    validator = validator_of(schema)
    last: Any = None
    for value in _values(schema, depth):
        last = value
        if not any(True for _ in validator.iter_errors(value)):
            yield value
    yield last


def _values(schema: Schema, depth: int) -> Iterator[Any]:
    yield from schema.get("examples", ())
    yield from schema.get("enum", ())
    if "const" in schema:
        yield schema["const"]
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if isinstance(branch, Mapping) and ("type" in branch or "enum" in branch):
            yield sample(branch, depth)
    types = expected_types(schema)
    if "string" in types or not types:
        yield from _texts(schema)
    if types & {"integer", "number"}:
        near = [schema[key] for key in ("minimum", "maximum") if key in schema]
        off = [schema[key] for key in ("exclusiveMinimum", "exclusiveMaximum") if key in schema]
        yield from (*_NUMBERS, *near, *(each + step for each in off for step in (1, -1, 0.5, -0.5)))
    if "boolean" in types:
        yield True
    if "array" in types:
        yield from _lists(schema, depth)
    if "object" in types:
        yield from _maps(schema, depth)
    if "default" in schema:
        yield schema["default"]


def _texts(schema: Schema) -> Iterator[str]:
    yield from _TEXTS
    least = schema.get("minLength", 0)
    yield PLAIN + "a" * max(0, least - len(PLAIN))
    yield PLAIN[: schema.get("maxLength", len(PLAIN))]


def _lists(schema: Schema, depth: int) -> Iterator[Any]:
    items = schema.get("items")
    first = sample(items, depth + 1) if isinstance(items, Mapping) and items else PLAIN
    for count in (1, schema.get("minItems", 1), 2):
        more = [f"{first}_{number}" if isinstance(first, str) else first for number in range(count)]
        yield [first, *more[1:]]


def _maps(schema: Schema, depth: int) -> Iterator[Any]:
    if depth < _DEEPEST:
        yield least_options(schema, depth=depth + 1)
        rest = schema.get("additionalProperties", True)
        yield {"key": sample(rest, depth + 1) if isinstance(rest, Mapping) and rest else PLAIN}
    yield {}


def least_options(
    schema: Schema,
    wanted: Sequence[str] = (),
    known: Mapping[str, Any] | None = None,
    *,
    depth: int = 0,
) -> dict[str, Any]:
    """Return options with what is required, and what goes with that, alone.

    Args:
        schema: Of an object.
        wanted: Further options to take.
        known: Values to take rather than samples.
        depth: How many schemas it stands in.
    """
    properties = schema.get("properties", {})
    names = dict.fromkeys([*schema.get("required", ()), *wanted])
    rules = [schema, *schema.get("allOf", ())]
    for rule in rules:
        for branches in (rule.get("oneOf", ()), rule.get("anyOf", ())):
            groups = [each["required"] for each in branches if each.get("required")]
            if groups and not any(set(group) <= names.keys() for group in groups):
                fresh = [group for group in groups if not _excluded(rules, {*names, *group})]
                names.update(dict.fromkeys((fresh or groups)[0]))
    known = known or {}
    return {
        name: known[name] if name in known else sample(properties[name], depth)
        for name in names
        if name in properties or name in known
    }


def _excluded(rules: Sequence[Schema], names: set[str]) -> bool:
    pairs = [rule.get("not", {}).get("required", ()) for rule in rules]
    exclusive = [[each.get("required", ()) for each in rule.get("oneOf", ())] for rule in rules]
    is_double = any(
        sum(bool(group) and set(group) <= names for group in groups) > 1 for groups in exclusive
    )
    return is_double or any(pair and set(pair) <= names for pair in pairs)


def widened(value: Any) -> Any:
    """Return plain data with more in each list of texts, and in each map of them.

    Args:
        value: Of an option.
    """
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return [*value, *(f"{value[0] if value else PLAIN}_{number}" for number in range(_MANY))]
    if isinstance(value, Mapping) and all(isinstance(each, str) for each in value.values()):
        return {**value, **{f"key_{number}": PLAIN for number in range(_MANY)}}
    return value


def text_places(schema: Schema, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of each place of some options that takes any text.

    Args:
        schema: Of an object, or of what stands in one.
        path: Where that stands.
    """
    if len(path) > _DEEPEST:
        return
    branches = (*schema.get("anyOf", ()), *schema.get("oneOf", ()))
    kinds = [schema, *(each for each in branches if isinstance(each, Mapping))]
    for each in kinds:
        if path and _takes_any_text(each):
            yield path
            break
    for each in kinds:
        for name, option in each.get("properties", {}).items():
            if not option.get("deprecated"):
                yield from text_places(option, *path, name)
        rest, items = each.get("additionalProperties"), each.get("items")
        if path and "object" in expected_types(each) and rest is not False:
            yield (*path, KEY)
            yield from text_places(
                rest if isinstance(rest, Mapping) else {"type": "string"}, *path, "key"
            )
        if isinstance(items, Mapping):
            yield from text_places(items, *path, 0)


def _takes_any_text(schema: Schema) -> bool:
    return "string" in expected_types(schema) and not _RULES_OF_TEXT & schema.keys()


def choices(schema: Schema, *path: str | int) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield each value of each choice of some options, with the path of its place.

    Args:
        schema: Of an object, or of what stands in one.
        path: Where that stands.
    """
    if len(path) > _DEEPEST:
        return
    if path:
        yield from ((path, value) for value in schema.get("enum", ()))
    for name, option in schema.get("properties", {}).items():
        yield from choices(option, *path, name)
    if isinstance(schema.get("items"), Mapping):
        yield from choices(schema["items"], *path, 0)


def with_value(data: Any, path: Sequence[str | int], value: Any) -> Any:
    """Return plain data with a value at a place, made where it is missing.

    Args:
        data: A map, a list, or what has no such place.
        path: Keys and indexes; `KEY` as the last one puts the value as a map's only key.
        value: What to put there.
    """
    if not path:
        return value
    first, *rest = path
    if first == KEY:
        inner = next(iter(data.values()), PLAIN) if isinstance(data, Mapping) else PLAIN
        return {value: inner}
    if isinstance(first, int):
        items = list(data) if isinstance(data, list) else []
        return [with_value(items[0] if items else None, rest, value), *items[1:]]
    holder = dict(data) if isinstance(data, Mapping) else {}
    return {**holder, first: with_value(holder.get(first), rest, value)}


def value_at(data: Any, path: Sequence[str | int]) -> Any:
    """Return what stands at a place of plain data; empty text where there is no such place.

    Args:
        data: A map or a list.
        path: Keys and indexes, as `with_value` takes them.
    """
    for part in path:
        if isinstance(data, Mapping):
            data = next(iter(data), "") if part == KEY else data.get(part, "")
        elif isinstance(data, list):
            data = data[0] if data else ""
    return data if isinstance(data, str) else ""
