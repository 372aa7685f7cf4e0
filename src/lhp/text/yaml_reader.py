"""Reads YAML files into data whose every key and value knows its place.

The language is YAML 1.2's core schema with anchors and `<<`, without tags: what is built is maps,
lists, texts, numbers, booleans and None. A file that would grow beyond bounds is refused.
"""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from lhp.errors import (
    YAML_ANCHOR_TWICE,
    YAML_ANCHOR_UNKNOWN,
    YAML_DUPLICATE_KEY,
    YAML_KEY_NOT_TEXT,
    YAML_MERGE,
    YAML_NUMBER_TOO_LONG,
    YAML_PLAIN_SECRET,
    YAML_READ_OTHERWISE,
    YAML_RECURSIVE,
    YAML_TAG,
    YAML_TOO_DEEP,
    YAML_TOO_MANY_VALUES,
    Code,
    LhpError,
    LhpErrors,
    Location,
    nearest,
    raise_all,
)
from lhp.model.source import Document, YamlList, YamlMap
from lhp.text.plain_secrets import is_plain_secret, may_hold_secrets
from lhp.text.yaml_events import read_events, syntax_error
from lhp.text.yaml_scalars import SPECIAL_STARTS, read_plain, shortened, surprise_of

MOST_LEVELS = 100
MOST_VALUES = 200_000
_MOST_PROBLEMS = 100


def read_yaml(data: bytes, path: str) -> tuple[Document, ...]:
    """Return the documents of a YAML file; an empty file gives one whose data is None.

    Documents that hold nothing are left out when there are others.

    Args:
        data: The whole file.
        path: How locations name the file: relative to the project root with `/`.

    Raises:
        LhpErrors: Everything that is wrong with the file, as far as it can be read.
    """
    reader = _Reader(data, path)
    try:
        documents = reader.documents()
    except yaml.YAMLError as error:
        documents = []
        reader.problems.append(syntax_error(error, path, data))
    raise_all(sorted(reader.problems, key=lambda problem: problem.location or ()))
    held = tuple(document for document in documents if document.data is not None)
    return held or (Document(path, None, Location(path, 1, 1)),)


class _Anchored(NamedTuple):
    value: Any
    text: str | None
    nodes: int
    levels: int


class _Reader:
    def __init__(self, data: bytes, path: str) -> None:
        self.problems: list[LhpError] = []
        self._path = path
        self._next = read_events(data, path)
        self._may_hold_secrets = may_hold_secrets(data)
        self._nodes = 0
        self._deepest = 0
        self._warnings: list[LhpError] = []
        self._anchors: dict[str, _Anchored | None] = {}

    def documents(self) -> list[Document]:
        found = []
        while (event := self._next()) is not None:
            if type(event) is DocumentStartEvent:
                found.append(self._document())
        return found

    def _document(self) -> Document:
        self._anchors, self._warnings = {}, []
        root = self._next()
        data = self._value(root, 0)
        return Document(self._path, data, self._place(root), tuple(self._warnings))

    def _value(self, event: Any, depth: int) -> Any:
        if type(event) is AliasEvent:
            return self._alias(event, depth)
        self._nodes += 1
        if self._nodes > MOST_VALUES:
            self._stop(YAML_TOO_MANY_VALUES, event, most=MOST_VALUES)
        if event.tag is not None:
            self._report(YAML_TAG, event, tag=shortened(event.tag))
        return self._content(event, depth) if event.anchor is None else self._anchor(event, depth)

    def _content(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is ScalarEvent:
            return self._scalar(event)
        if depth == MOST_LEVELS:
            self._stop(YAML_TOO_DEEP, event, most=MOST_LEVELS)
        self._deepest = max(self._deepest, depth + 1)
        if kind is MappingStartEvent:
            return self._map(event, depth + 1)
        return self._list(event, depth + 1)

    def _list(self, start: Any, depth: int) -> YamlList:
        made = YamlList(self._place(start))
        while type(event := self._next()) is not SequenceEndEvent:
            made.put(self._value(event, depth), self._place(event))
        return made

    def _map(self, start: Any, depth: int) -> YamlMap:
        made = YamlMap(self._place(start))
        key_at, value_at = made.key_at, made.value_at
        merges = False
        key: str | None
        while type(key_event := self._next()) is not MappingEndEvent:
            if type(key_event) is ScalarEvent and key_event.anchor is key_event.tag is None:
                self._nodes, key = self._nodes + 1, key_event.value
            else:
                key = self._key(key_event, depth)
            event = self._next()
            value = self._value(event, depth)
            if key is None:
                continue
            if key in made:
                first = made.key_at[key].line
                self._report(YAML_DUPLICATE_KEY, key_event, key=shortened(key), line=first)
            else:
                made[key] = value
                key_at[key] = self._place(key_event)
                value_at[key] = at = self._place(event)
                if self._may_hold_secrets and is_plain_secret(key, value):
                    self._warn(YAML_PLAIN_SECRET.at(at, key=shortened(key)))
                merges = merges or (key == "<<" and _is_plain(key_event))
        if merges:
            self._merge(made)
        return made

    def _key(self, event: Any, depth: int) -> str | None:
        text: str | None
        if type(event) is AliasEvent:
            self._alias(event, depth)
            anchored = self._anchors.get(str(event.anchor))
            text = anchored.text if anchored else event.anchor
        else:
            self._value(event, depth)
            text = event.value if type(event) is ScalarEvent else None
        if text is None:
            self._report(YAML_KEY_NOT_TEXT, event)
        return text

    def _merge(self, own: YamlMap) -> None:
        merged, explicit = own["<<"], own.without("<<")
        sources = merged if isinstance(merged, YamlList) else [merged]
        if not all(isinstance(source, YamlMap) for source in sources):
            self.problems.append(YAML_MERGE.at(own.value_at["<<"]))
            return
        for contents in (own, own.key_at, own.value_at):
            contents.clear()
        for source in (*reversed(sources), explicit):
            for key, value in source.items():
                own.take(source, key, value)

    def _scalar(self, event: Any) -> Any:
        text = event.value
        if text[:1] not in SPECIAL_STARTS or not event.implicit[0]:
            return text
        try:
            value = read_plain(text)
        except OverflowError:
            self._report(YAML_NUMBER_TOO_LONG, event, text=shortened(text))
            return text
        surprise = surprise_of(text, value)
        if surprise:
            words = {"text": shortened(text), **surprise._asdict()}
            self._warn(YAML_READ_OTHERWISE.at(self._place(event), **words))
        return value

    def _anchor(self, event: Any, depth: int) -> Any:
        name = event.anchor
        if name in self._anchors:
            self._report(YAML_ANCHOR_TWICE, event, name=name)
        nodes, deepest = self._nodes - 1, self._deepest
        self._anchors[name], self._deepest = None, depth
        value = self._content(event, depth)
        text = event.value if type(event) is ScalarEvent else None
        size, levels = self._nodes - nodes, self._deepest - depth
        self._anchors[name] = _Anchored(value, text, size, levels)
        self._deepest = max(deepest, self._deepest)
        return value

    def _alias(self, event: Any, depth: int) -> Any:
        name = event.anchor
        anchored = self._anchors.get(name)
        if anchored is None:
            if name in self._anchors:
                self._report(YAML_RECURSIVE, event, name=name)
            else:
                known = nearest(name, self._anchors)
                self._report(YAML_ANCHOR_UNKNOWN, event, name=name, nearest=known)
            return YamlMap()
        self._nodes += anchored.nodes
        if self._nodes > MOST_VALUES:
            self._stop(YAML_TOO_MANY_VALUES, event, most=MOST_VALUES)
        if depth + anchored.levels > MOST_LEVELS:
            self._stop(YAML_TOO_DEEP, event, most=MOST_LEVELS)
        self._deepest = max(self._deepest, depth + anchored.levels)
        return anchored.value

    def _place(self, event: Any) -> Location:
        mark = event.start_mark
        # Twice as fast as Location(...), and made for every key and value.
        return tuple.__new__(Location, (self._path, mark.line + 1, mark.column + 1))

    def _warn(self, warning: LhpError) -> None:
        if len(self._warnings) < _MOST_PROBLEMS:
            self._warnings.append(warning)

    def _report(self, code: Code, event: Any, **values: object) -> None:
        self.problems.append(code.at(self._place(event), **values))
        if len(self.problems) == _MOST_PROBLEMS:
            raise LhpErrors(self.problems)

    def _stop(self, code: Code, event: Any, **values: object) -> NoReturn:
        self._report(code, event, **values)
        raise LhpErrors(self.problems)


def _is_plain(event: Any) -> bool:
    return type(event) is ScalarEvent and event.implicit[0]
