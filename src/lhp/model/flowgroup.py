"""Flowgroups and actions, as the passes hand them on and as a generator meets them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from typing import Any

from lhp.errors import MARK_END, MARK_START, LhpError, Location
from lhp.model.source import NOWHERE, YamlMap, locate
from lhp.values import frozen


@frozen
class Kind:
    """What the language fixes for one kind of action.

    Args:
        name: load, transform, write or test.
        place: Key of the action under which the options stand; empty for the action itself.
        selector: Key in that place that names the generator.
        section: Banner of its section in a generated module.
    """

    name: str
    place: str
    selector: str
    section: str

    def options_of(self, action: Mapping[str, Any]) -> Any:
        """Return the part of an action that holds its options."""
        return action.get(self.place) if self.place else action

    def sub_type_of(self, action: Mapping[str, Any]) -> str | None:
        """Return the sub-type that an action names, or None when it names none."""
        options = self.options_of(action)
        is_map = isinstance(options, (dict, Mapping))  # a `dict` tells it sooner
        sub_type = options.get(self.selector) if is_map else None
        return sub_type if isinstance(sub_type, str) else None

    def path(self, *keys: str | int) -> tuple[str | int, ...]:
        """Return the path from the action to one of its options."""
        return (self.place, *keys) if self.place else keys


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("load", "source", "type", "SOURCE VIEWS"),
        Kind("transform", "", "transform_type", "TRANSFORMATION VIEWS"),
        Kind("write", "write_target", "type", "TARGET TABLES"),
        Kind("test", "", "test_type", "DATA QUALITY TESTS"),
    )
}


class Action(Mapping[str, Any]):
    """One resolved action: a read-only mapping with attributes for what every action has.

    Args:
        data: The action as written, its defaults filled in.
        kind: load, transform, write or test.
        sub_type: The name of its generator.
        options: The generator's own options, validated.
    """

    def __init__(self, data: Mapping[str, Any], kind: str, sub_type: str, options: Any) -> None:
        while isinstance(data, Action):
            data = data._data  # noqa: SLF001  (one of us)
        self._data: Mapping[str, Any] = data
        self.kind = kind
        self.sub_type = sub_type
        self.options = options

    @property
    def name(self) -> str:
        """The action's name, unique in its flowgroup."""
        return str(self._data["name"])

    @property
    def source(self) -> Any:
        """What it reads: a view's name, a list of them, or a map."""
        return self._data.get("source")

    @property
    def sources(self) -> tuple[str, ...]:
        """The views and tables that `source` names; empty for a load."""
        listed = self.source if isinstance(self.source, list) else [self.source]
        return tuple(name for name in map(_source_name, listed) if name)

    @property
    def target(self) -> str:
        """The view that it makes; empty for a write."""
        return str(self._data.get("target") or "")

    @property
    def description(self) -> str:
        """What its author says about it; empty when nothing."""
        return str(self._data.get("description") or "")

    @property
    def read_mode(self) -> str | None:
        """`stream` or `batch` where the action or its source says so."""
        source = self.source
        own = source.get("readMode") if isinstance(source, (dict, Mapping)) else None
        return self._data.get("readMode") or own

    def at(self, *path: str | int, key: bool = False) -> Location | None:
        """Return where a part of this action stands in the user's files."""
        return locate(self._data, path, key=key)

    def __getitem__(self, key: str) -> Any:
        """Return one value of the action as written."""
        return self._data[key]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys of the action."""
        return iter(self._data)

    def __len__(self) -> int:
        """Return the number of keys of the action."""
        return len(self._data)


def _source_name(source: Any) -> str | None:
    if isinstance(source, str):
        return source
    if not isinstance(source, Mapping):
        return None
    if all(source.get(part) for part in ("catalog", "schema", "table")):
        return ".".join(str(source[part]) for part in ("catalog", "schema", "table"))
    return next((str(source[key]) for key in ("view", "table", "name") if source.get(key)), None)


@frozen
class Instance:
    """One use of a blueprint.

    Args:
        blueprint: What it names.
        parameters: What it gives, as written.
        path: Its file, relative to the project root.
        location: Where it names the blueprint.
        warnings: What its author should know.
    """

    blueprint: str
    parameters: YamlMap
    path: str
    location: Location = NOWHERE
    warnings: tuple[LhpError, ...] = ()


@frozen
class FlowGroup:
    """One flowgroup on its way through the passes.

    Args:
        pipeline: Name of its pipeline as written, tokens and all; a folder of the output.
        name: Its own name as written; a module of the output.
        data: The whole YAML mapping; after expand with every action in `actions`, no token left.
        path: The file that asks for it, relative to the project root.
        location: Where it begins: in that file, or in the blueprint.
        instance: The use of a blueprint that it comes from; None when it is written out.
        parameters: What its template was rendered with, each at its place.
        templated_from: Index in `actions` of the first one that its template gave.
        is_partial: True when what its template or a preset gives is not known.
        problems: What its author should know, and after expand what is wrong with it so far.
    """

    pipeline: str
    name: str
    data: YamlMap
    path: str
    location: Location = NOWHERE
    instance: Instance | None = None
    parameters: YamlMap = field(default_factory=YamlMap)
    templated_from: int = 0
    is_partial: bool = False
    problems: tuple[LhpError, ...] = ()

    @property
    def label(self) -> str:
        """How messages name it."""
        return f"{self.pipeline}/{self.name}"

    @property
    def errors(self) -> tuple[LhpError, ...]:
        """What is wrong with it so far."""
        return tuple(problem for problem in self.problems if not problem.is_warning)

    @property
    def files(self) -> tuple[str, ...]:
        """The files that it is written in, that of its instance first."""
        return tuple(dict.fromkeys([self.path, self.location.path or self.path]))


@frozen
class SecretReference:
    """A secret's scope and key; its value is known to the running pipeline alone.

    In a text it travels as a mark between two lone surrogates, which no file can hold: the YAML
    reader and the file reader decode strictly. The renderer turns the mark into a call.
    """

    scope: str
    key: str

    def __str__(self) -> str:
        """Return the mark that stands for this secret inside a text."""
        return f"{MARK_START}{self.scope}/{self.key}{MARK_END}"


MARK = re.compile(rf"{MARK_START}([\w.@-]+)/([\w.-]+){MARK_END}", re.ASCII)
"""A secret inside a text: its scope and its key."""


def as_written(text: str) -> str:
    """Return a text with each secret in it as `${secret:scope/key}`."""
    return MARK.sub(r"${secret:\1/\2}", text) if MARK_START in text else text


@frozen
class Output:
    """A file that a run would write.

    Args:
        path: Relative to the project root with `/`.
        text: Its whole content.
        pipeline: The pipeline that it belongs to.
        sources: Files that it was made from, for its owner to find the way back.
        is_sound: True where it is known to be Python that compiles.
        on_disk: SHA-256 of what the disk holds where that is this output already, laid out; then
            its text is not at hand.
        assembled: SHA-256 of the text before it was laid out, where that is not at hand any more.
    """

    path: str
    text: str
    pipeline: str
    sources: tuple[str, ...] = ()
    is_sound: bool = False
    on_disk: str = ""
    assembled: str = ""

    @property
    def is_current(self) -> bool:
        """True where the disk holds it already."""
        return bool(self.on_disk)

    @cached_property
    def written(self) -> str:
        """SHA-256 of the file that the disk is to hold, where the text is as laid out."""
        text = self.text.replace("\r\n", "\n")
        return self.on_disk or hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the text as assembled."""
        return (
            self.assembled or hashlib.sha256(self.text.encode(errors="surrogatepass")).hexdigest()
        )
