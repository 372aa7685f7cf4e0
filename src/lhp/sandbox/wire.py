"""How host and sandbox talk: frames of JSON in which YAML values keep their places.

What a sandbox says is hostile data: each frame is limited in size, and only the types below come
out of it. What it is told is the host's own data, such as all modules of a run for a formatter, and
may be of any size; a formatter says as much again.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from lhp.core.base_generator import Facts, Generated, MetadataColumn, Problem
from lhp.core.literals import Code as CodeText
from lhp.errors import Code, LhpError, LhpErrors, Location, known_codes
from lhp.model.flowgroup import Action
from lhp.model.source import NoText, TokenText, YamlList, YamlMap

MOST_BYTES = 8_000_000
"""Of one frame of a sandbox; twice what it was told at once, where that is more."""

_HEAD = struct.Struct("=I")
_PLAIN = frozenset({str, int, float, bool, type(None)})
_encoded = json.JSONEncoder(separators=(",", ":")).encode
_TAG = "$"
_PLACED = ("yaml", "list")


class ClosedError(Exception):
    """The other side is gone."""


class WireError(Exception):
    """The other side said what it must not, or too much."""


class Channel:
    """One end of a conversation.

    Args:
        connected: A stream socket.
        is_sandbox: True for the end whose frames are limited.
    """

    def __init__(self, connected: socket.socket, *, is_sandbox: bool = False) -> None:
        self._socket = connected
        self._is_sandbox = is_sandbox
        self._most_said = MOST_BYTES
        self._rest = bytearray()

    def send(self, frame: Mapping[str, Any]) -> None:
        """Send one frame.

        Raises:
            ClosedError: The other side is gone.
            WireError: The frame is too large.
            TypeError: It holds what can't be sent, with what that is.
        """
        data = _encoded(pack(frame)).encode()
        if not self._is_sandbox:
            self._allow_for(len(data))
        elif len(data) > self._most_said:
            most = f"{self._most_said:,}"
            message = f"{len(data):,} bytes are more than the {most} that one message may have"
            raise WireError(message)
        try:
            self._socket.sendall(_HEAD.pack(len(data)) + data)
        except (BrokenPipeError, ConnectionError) as error:
            raise ClosedError from error

    def receive(self, timeout_seconds: float | None = None) -> dict[str, Any]:
        """Return the next frame.

        Raises:
            ClosedError: The other side is gone.
            WireError: What it said is no frame.
            TimeoutError: It said nothing for that long.
        """
        if timeout_seconds != self._socket.gettimeout():
            self._socket.settimeout(timeout_seconds)
        (size,) = _HEAD.unpack(self._read(_HEAD.size))
        if self._is_sandbox:
            self._allow_for(size)
        elif size > self._most_said:
            message = f"a message of {size:,} bytes"
            raise WireError(message)
        try:
            frame = unpack(json.loads(self._read(size).decode()))
        except (
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            AttributeError,
            RecursionError,
        ) as error:
            message = f"a message that is none: {error}"
            raise WireError(message) from error
        if not isinstance(frame, dict):
            message = "a message that is no map"
            raise WireError(message)
        return frame

    def close(self) -> None:
        """End the conversation."""
        self._socket.close()

    def _allow_for(self, told: int) -> None:
        self._most_said = max(self._most_said, 2 * told)

    def _read(self, size: int) -> bytes:
        while len(self._rest) < size:
            try:
                part = self._socket.recv(1 << 16)
            except ConnectionError as error:
                raise ClosedError from error
            if not part:
                raise ClosedError
            self._rest += part
        read = bytes(self._rest[:size])
        del self._rest[:size]
        return read


def pack(value: Any) -> Any:
    """Return a value as JSON has it.

    Raises:
        TypeError: It is of a type that is not sent.
    """
    if type(value) in _PLAIN:
        return value
    packer = _EXACT.get(type(value))
    if packer is None:
        packer = next((each for kind, each in _EXACT.items() if isinstance(value, kind)), None)
    if packer is not None:
        return packer(value)
    if isinstance(value, Mapping):
        return _packed_map(value)
    message = f"it gave a {type(value).__name__}, which is not plain data"
    raise TypeError(message)


def _tagged(tag: str, parts: Callable[[Any], list[Any]]) -> Callable[[Any], Any]:
    return lambda value: {_TAG: tag, "v": [pack(part) for part in parts(value)]}


def _with_places(tag: str, parts: list[Any]) -> Any:
    here, values, places = parts
    return {_TAG: tag, "v": [pack(here), pack(values), places]}


def _packed_map(value: Mapping[Any, Any]) -> Any:
    packed = {}
    for key, each in value.items():
        if not isinstance(key, str):
            message = f"it gave a map with a key that is a {type(key).__name__}, not a text"
            raise TypeError(message)
        packed[key if type(key) is str else "".join(key)] = pack(each)
    return (
        {_TAG: "map", "v": [[[key, each] for key, each in packed.items()]]}
        if _TAG in packed
        else packed
    )


def unpack(value: Any) -> Any:
    """Return what `pack` was given.

    Raises:
        KeyError, TypeError, ValueError: It is nothing that `pack` makes.
    """
    if isinstance(value, list):
        return [unpack(each) for each in value]
    if not isinstance(value, dict):
        return value
    if _TAG not in value:
        return {key: unpack(each) for key, each in value.items()}
    tag, parts = value[_TAG], value["v"]
    if tag in _PLACED:
        here, values, places = parts
        return _UNPACKERS[tag](unpack(here), unpack(values), places)
    return _UNPACKERS[tag](*[unpack(part) for part in parts])


def _yaml_map(location: Location, values: Any, places: list[Any]) -> YamlMap:
    made = YamlMap(location)
    for (key, value), (key_at, value_at) in zip(values.items(), places, strict=True):
        made.put(key, value, _place(key_at, location), _place(value_at, location))
    return made


def _yaml_list(location: Location, values: list[Any], places: list[Any]) -> YamlList:
    made = YamlList(location)
    for item, at in zip(values, places, strict=True):
        made.put(item, _place(at, location))
    return made


def _map_parts(value: YamlMap) -> list[Any]:
    here, keys, values = value.location, value.key_at, value.value_at
    places = [
        [_short(keys.get(key, here), here), _short(values.get(key, here), here)] for key in value
    ]
    return [here, dict(value), places]


def _list_parts(value: YamlList) -> list[Any]:
    here, places = value.location, value.item_at
    known = [*places, *[here] * (len(value) - len(places))][: len(value)]
    return [here, list(value), [_short(at, here) for at in known]]


def _short(at: Location, here: Location) -> list[Any]:
    """Return a place without its file where that is the one of what holds it."""
    return [at.line, at.column] if at.path == here.path else [*at]


def _place(short: list[Any], here: Location) -> Location:
    return _location(here.path, *short) if len(short) == 2 else _location(*short)  # noqa: PLR2004  (line, column)


def _location(path: Any, line: Any, column: Any) -> Location:
    if not isinstance(path, str) or not all(isinstance(each, int) for each in (line, column)):
        raise TypeError(path)
    return Location(path, line, column)


def _error(words: list[Any], location: Any, values: dict[str, Any]) -> LhpError:
    if not (location is None or isinstance(location, Location)):
        raise TypeError(location)
    name, severity, explain, message, hint = map(str, words)
    ours = known_codes().get(name)
    if ours and LhpError(ours, location, values).message == message:
        return LhpError(ours, location, values)
    # A foreign format string might take all memory.
    message, hint = (text.replace("{", "{{").replace("}", "}}") for text in (message, hint))
    return LhpError(Code(name, message, hint, explain, severity), location, values)


def _generated(code: Any, imports: Any, facts: Any, files: Any, problems: Any) -> Generated:
    return Generated(code, tuple(imports), facts, files, tuple(problems))


def _facts(*parts: Any) -> Facts:
    named = dict(zip((field.name for field in fields(Facts)), parts, strict=True))
    listed = {key: tuple(named[key]) for key in ("reads", "claims", "names")}
    return Facts(**{**named, **listed})


def _column(name: Any, expression: Any, imports: Any) -> MetadataColumn:
    return MetadataColumn(str(name), CodeText(expression), tuple(imports))


def _action(data: Any, kind: Any, sub_type: Any, options: Any) -> Action:
    return Action(data, str(kind), str(sub_type), options)


def _values_of(error: LhpError) -> dict[str, Any]:
    return {key: _plain_value(value) for key, value in error.values.items()}


def _plain_value(value: Any) -> Any:
    try:
        pack(value)
    except TypeError:
        return str(value)
    return value


_EXACT: Mapping[type[Any], Callable[[Any], Any]] = {
    int: int,
    float: float,
    CodeText: _tagged("code", lambda value: ["".join(value)]),
    NoText: _tagged("none", list),
    TokenText: _tagged("token", lambda value: ["".join(value)]),
    str: "".join,
    Location: _tagged("at", list),
    YamlMap: lambda value: _with_places("yaml", _map_parts(value)),
    YamlList: lambda value: _with_places("list", _list_parts(value)),
    list: lambda value: [pack(each) for each in value],
    dict: _packed_map,
    Problem: _tagged(
        "problem", lambda value: [value.message, list(value.path), value.severity, value.hint]
    ),
    tuple: _tagged("tuple", lambda value: [list(value)]),
    Action: _tagged(
        "action",
        lambda value: [value._data, value.kind, value.sub_type, value.options],  # noqa: SLF001  (one of us)
    ),
    MetadataColumn: _tagged(
        "column", lambda value: [value.name, value.expression, list(value.imports)]
    ),
    Facts: _tagged(
        "facts",
        lambda value: [
            list(value.reads),
            value.makes,
            value.table,
            value.creates,
            value.is_streaming,
            dict(value.shared),
            list(value.claims),
            value.notes,
            list(value.names),
            value.needs,
        ],
    ),
    Generated: _tagged(
        "generated",
        lambda value: [
            value.code,
            list(value.imports),
            value.facts,
            value.files,
            list(value.problems),
        ],
    ),
    LhpError: _tagged(
        "error",
        lambda value: [
            [
                *(value.code.id, value.code.severity, value.code.explain),
                *(value.message, value.hint),
            ],
            value.location,
            _values_of(value),
        ],
    ),
    LhpErrors: _tagged("errors", lambda value: [list(value.problems)]),
}
"""How each type is sent; a subclass as the first of these that it is."""

_UNPACKERS: Mapping[str, Callable[..., Any]] = {
    "at": _location,
    "yaml": _yaml_map,
    "list": _yaml_list,
    "action": _action,
    "problem": lambda message, path, *more: Problem(message, tuple(path), *more),
    "column": _column,
    "facts": _facts,
    "generated": _generated,
    "error": _error,
    "errors": LhpErrors,
    "tuple": tuple,
    "map": dict,
    "code": CodeText,
    "token": TokenText,
    "none": lambda: NoText(""),
}
