"""The Unity Catalog tags that a write declares for its table and the columns of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lhp.builtin.tables import SCHEMA_FILES, TableTarget
from lhp.core.base_generator import Context
from lhp.errors import (
    NO_EFFECT,
    TAG_ILLEGAL,
    TAGS_OF_OTHER_TABLE,
    TAGS_UNUSED,
    LhpError,
    LhpErrors,
    Location,
)
from lhp.model.flowgroup import MARK, Action
from lhp.model.sections import TaggingSection
from lhp.model.source import locate
from lhp.text.ddl import TableSchema, looks_like_file, read_table_schema

_ARTIFACT = "uc_tagging"  # also its section of lhp.yaml
_FORBIDDEN = ",-=:"
_MOST_CHARACTERS = 256


def tag_problems(
    action: Action, table: str, context: Context, *, creates: bool
) -> Iterator[LhpError]:
    """Yield what is wrong with the tags of a write.

    Args:
        action: The write.
        table: The full name of its table.
        context: Reads the tags file.
        creates: True when the action creates the table.
    """
    if not _is_enabled(context):
        return
    if action.options.temporary or not creates:
        yield from _without_effect(action, creates=creates)
        return
    try:
        yield from _found(action, table, context)
    except LhpError as problem:  # A missing file hides nothing else that is wrong.
        yield problem
    except LhpErrors as problems:
        yield from problems.problems


def tag_notes(action: Action, table: str, context: Context, *, creates: bool) -> Mapping[str, Any]:
    """Return the tags of a write for the artifact that sets them; nothing where there are none.

    A table or a column whose tags are not mentioned has None; one with an empty map is to have no
    tags at all.

    Args:
        action: The write.
        table: The full name of its table.
        context: Reads the tags file.
        creates: True when the action creates the table.
    """
    options: TableTarget = action.options
    tags, columns = options.tags, {}
    is_set = creates and not options.temporary and _is_enabled(context)
    if not is_set or (tags is None and options.tags_file is None):
        return {}
    if options.tags_file is not None:
        schema = _schema(options.tags_file, context)
        tags = schema.tags
        columns = {each.name: _texts(each.tags) for each in schema.columns}
    return {_ARTIFACT: {"table": table, "tags": _texts(tags), "columns": columns}}


def _without_effect(action: Action, *, creates: bool) -> Iterator[LhpError]:
    reason = "the table is temporary" if creates else "another action creates the table"
    for key in ("tags", "tags_file"):
        if getattr(action.options, key) is not None:
            at = action.at("write_target", key, key=True)
            yield NO_EFFECT.at(at, name=key, reason=reason, advice=None)


def _found(action: Action, table: str, context: Context) -> Iterator[LhpError]:
    options = action.options
    yield from _illegal(options.tags, action["write_target"], ("tags",))
    if options.tags_file is not None:
        yield from _file_problems(options.tags_file, table, context)
    yield from _unused(action, context)


def _is_enabled(context: Context) -> bool:
    return TaggingSection(**context.section(_ARTIFACT)).enabled


def _texts(tags: Mapping[str, Any] | None) -> Mapping[str, str] | None:
    if tags is None:
        return None
    return {key: "" if value is None else str(value) for key, value in tags.items()}


def _schema(path: str, context: Context) -> TableSchema:
    return read_table_schema(context.read_yaml(path), Location(path), needs_types=False)


def _file_problems(path: str, table: str, context: Context) -> Iterator[LhpError]:
    data = context.read_yaml(path)
    schema = read_table_schema(data, Location(path), needs_types=False)
    named = schema.table.lower().split(".")
    if schema.table and named != table.lower().split(".")[-len(named) :]:
        at = locate(data, ("table" if data.get("table") else "name",))
        yield TAGS_OF_OTHER_TABLE.at(at, given=schema.table, table=table)
    yield from _illegal(schema.tags, data, ("tags",))
    for index, column in enumerate(schema.columns):
        yield from _illegal(column.tags, data, ("columns", index, "tags"))


def _unused(action: Action, context: Context) -> Iterator[LhpError]:
    options, path = action.options, (action.options.table_schema or "").strip()
    if not (looks_like_file(path) and path.lower().endswith(SCHEMA_FILES)):
        return
    is_tags_file = options.tags_file is not None and options.tags_file.strip() == path
    if not is_tags_file and "tags" in context.read_text(path):
        schema = _schema(path, context)
        if any([schema.tags, *(column.tags for column in schema.columns)]):
            yield TAGS_UNUSED.at(action.at("write_target", "table_schema"), path=path)


def _illegal(
    tags: Mapping[str, Any] | None, data: Any, path: tuple[str | int, ...]
) -> Iterator[LhpError]:
    for key, value in (tags or {}).items():
        for problem in _key_problems(key):
            at = locate(data, (*path, key), key=True)
            yield TAG_ILLEGAL.at(at, what="tag key", key=key, problem=problem)
        for problem in _value_problems(value):
            at = locate(data, (*path, key))
            yield TAG_ILLEGAL.at(at, what="value of the tag", key=key, problem=problem)


def _key_problems(key: str) -> Iterable[str]:
    if not key:
        yield "is empty"
    if "${" in key:
        yield "holds a token, which is not replaced in a key"
    elif held := [character for character in _FORBIDDEN if character in key]:
        yield f"holds {' and '.join(map(repr, held))}"
    yield from _text_problems(key)


def _value_problems(value: Any) -> Iterable[str]:
    if isinstance(value, (Mapping, list)):
        yield "is not one value"
    elif isinstance(value, str):
        yield from _text_problems(value)


def _text_problems(text: str) -> Iterable[str]:
    if MARK.search(text):
        yield "is a secret, which everyone could read"
    if text != text.strip():
        yield "begins or ends with a blank"
    if len(text) > _MOST_CHARACTERS:
        yield f"has {len(text)} characters"
