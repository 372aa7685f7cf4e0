"""What host and sandbox say to each other arrives as it was; anything else is refused."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp import errors
from lhp.core.base_generator import Facts, Generated, MetadataColumn, Problem
from lhp.core.literals import Code as CodeText
from lhp.errors import Code, LhpErrors, Location
from lhp.model.flowgroup import Action
from lhp.model.source import TokenText, YamlList, YamlMap
from lhp.sandbox.wire import MOST_BYTES, Channel, ClosedError, WireError, pack, unpack
from lhp.text.yaml_reader import read_yaml

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("$"), inner),
    max_leaves=10,
)


def there_and_back(value: Any) -> Any:
    return unpack(json.loads(json.dumps(pack(value))))


@given(PLAIN)
def test_plain_data_arrives_as_it_was(value: Any) -> None:
    found = there_and_back(value)
    assert (found, repr(found)) == (value, repr(value))


def test_yaml_values_keep_their_places() -> None:
    (document,) = read_yaml(b"a: {b: [1, x], $: y}\n", "f.yaml")
    found = there_and_back(document.data)
    assert found == document.data
    inner = found["a"]
    assert (type(found), type(inner["b"])) == (YamlMap, YamlList)
    assert (inner.key_at["b"], inner["b"].item_at[1]) == (
        Location("f.yaml", 1, 5),
        Location("f.yaml", 1, 12),
    )


@pytest.mark.parametrize(
    "value",
    [
        TokenText("5"),
        CodeText("f(x)"),
        Location("a", 1, 2),
        ("a", 1),
        Problem("bad", ("a", 0)),
        Facts(("v",), "w", "t", creates=True, is_streaming=True, shared={"mode": "x"}),
        MetadataColumn("a", CodeText("F.x()"), ("import y",)),
        Generated("code", ("import x",), Facts(), {"a": "b"}, (Problem("p"), "q")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_generators_meet_keeps_its_type(value: Any) -> None:
    found = there_and_back(value)
    assert (found, type(found)) == (value, type(value))


def test_errors_arrive_with_code_place_and_words() -> None:
    error = errors.MISSING_KEY.at(Location("a.yaml", 3, 1), where="x", name=Location("b", 1))
    found = there_and_back(LhpErrors([error])).problems[0]
    assert (found.code, found.location, str(found)) == (error.code, error.location, str(error))
    odd = there_and_back(errors.MISSING_KEY.at(where=object, name="n"))
    assert "<class 'object'>" in str(odd)


def test_an_error_of_a_plugin_arrives_as_its_words() -> None:
    error = Code("MINE-1", "no {what}", "say {what} {{}}").at(what="{x}")
    found = there_and_back(error)
    assert (found.code.id, found.message, found.hint) == ("MINE-1", "no {x}", "say {x} {}")


@pytest.mark.parametrize(
    ("message", "location"),
    [("{a:>3000000000}", None), ("{a.__class__}", None), ("{missing}", None), ("x", "a.yaml")],
)
def test_an_error_that_is_none_does_no_harm(message: str, location: Any) -> None:
    words = ["LHP-PLG-004", "error", "", message, "{a:>3000000000}"]
    packed = {"$": "error", "v": [words, location, {"a": "b"}]}
    if location:
        with pytest.raises(TypeError):
            unpack(packed)
    else:
        with pytest.raises(KeyError):
            unpack(packed)
        words[0] = "MINE-1"
        assert (unpack(packed).message, unpack(packed).hint) == (message, words[4])


def test_an_action_is_one_again() -> None:
    (document,) = read_yaml(b"{name: a, type: load, source: v}", "f.yaml")
    found = there_and_back(Action(document.data, "load", "sql", {"a": 1}))
    assert (found.name, found.kind, found.sub_type, found.options) == ("a", "load", "sql", {"a": 1})
    assert found.at("source") == Location("f.yaml", 1, 31)


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", {1: 2}, [object()], {"a": object()}])
def test_what_is_no_plain_data_is_not_sent(value: Any) -> None:
    with pytest.raises(TypeError, match="it gave a"):
        pack(value)


@pytest.fixture
def ends() -> Iterator[tuple[Channel, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), theirs


def framed(text: bytes) -> bytes:
    return struct.pack("=I", len(text)) + text


@pytest.mark.parametrize(
    "said",
    [
        struct.pack("=I", MOST_BYTES + 1),
        framed(b"[]"),
        framed(b"x"),
        framed(b"\xff"),
        framed(b'{"a": {"$": "no such"}}'),
        framed(b'{"a": {"$": "at", "v": [1, 2, 3]}}'),
        framed(b'{"a": {"$": "at", "v": []}}'),
        framed(b'{"a": {"$": "map", "v": [5]}}'),
        framed(b"[" * 100_000),
        framed(b'{"a": {"$": []}}'),
    ],
)
def test_what_is_no_message_is_refused(ends: tuple[Channel, socket.socket], said: bytes) -> None:
    ours, theirs = ends
    theirs.sendall(said)
    with pytest.raises(WireError):
        ours.receive(5)


def test_a_message_may_come_in_pieces_and_with_the_next(
    ends: tuple[Channel, socket.socket],
) -> None:
    ours, theirs = ends
    both = framed(b'{"a":1}') + framed(b'{"b":2}')
    for part in (both[:2], both[2:9], both[9:]):
        theirs.sendall(part)
    assert [ours.receive(5), ours.receive(5)] == [{"a": 1}, {"b": 2}]


def test_silence_and_the_end_are_told_apart(ends: tuple[Channel, socket.socket]) -> None:
    ours, theirs = ends
    with pytest.raises(TimeoutError):
        ours.receive(0.01)
    theirs.close()
    with pytest.raises(ClosedError):
        ours.receive(5)
    with pytest.raises(ClosedError):
        _ = [ours.send({"a": "x" * 100_000}) for _ in range(100)]


def test_a_sandbox_says_no_more_than_it_was_told_twice(
    ends: tuple[Channel, socket.socket],
) -> None:
    host, theirs = ends
    sandbox = Channel(theirs, is_sandbox=True)
    with pytest.raises(WireError, match="8,000,008 bytes"):
        sandbox.send({"a": "x" * MOST_BYTES})
    told = {"a": "x" * 10_000_000}
    for teller, listener in ((host, sandbox), (sandbox, host)):
        sending = threading.Thread(target=teller.send, args=[told])
        sending.start()
        assert listener.receive(20) == told
        sending.join()
    with pytest.raises(WireError, match="more than the 20,000,016 that one message may have"):
        sandbox.send({"a": "x" * 30_000_000})
    theirs.sendall(struct.pack("=I", 20_000_017))
    with pytest.raises(WireError, match="a message of"):
        host.receive(5)
