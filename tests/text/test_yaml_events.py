"""What is refused before and while the YAML parser runs."""

from __future__ import annotations

import time
from typing import Any

import pytest
import yaml

from lhp.errors import LhpErrors
from lhp.text import yaml_events
from lhp.text.yaml_events import MOST_BYTES, PureLoader, syntax_error
from lhp.text.yaml_reader import read_yaml


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"a: \xff", "x.yaml:1:4: LHP-YAML-002"),
        ("ü: 1\r\nü: ".encode() + b"\xc3", "x.yaml:2:4: LHP-YAML-002"),
        (b"a: \xed\xa0\x80", "x.yaml:1:4: LHP-YAML-002"),
        ("a: 1".encode("utf-16"), "x.yaml:1:1: LHP-YAML-002"),
        ("a: 1".encode("utf-16-le"), "x.yaml:1:2: LHP-YAML-003"),
        (b"a: 1\n\nb: x\x00", "x.yaml:3:5: LHP-YAML-003"),
        (b"a: 1\rb: \x1b[31m", "x.yaml:2:4: LHP-YAML-003"),
        (b"a: \x7f", "x.yaml:1:4: LHP-YAML-003"),
        ("a: \uffff".encode(), "x.yaml:1:4: LHP-YAML-003"),
        (b"# " + b"x" * MOST_BYTES, "x.yaml: LHP-YAML-004"),
        (b"%TAG !a! x\n--- 1", "x.yaml:1:1: LHP-YAML-007"),
        (b"%TAG !a! x\n" * 150_000, "x.yaml:1:1: LHP-YAML-007"),
        (b"a: b: c", "x.yaml:1:5: LHP-CFG-009"),
        (b"a:\n\t- b", "x.yaml:2:1: LHP-CFG-009"),
        (b"a: 'x\n\n", "x.yaml:1:4: LHP-CFG-009"),
        (b"a: [1\nb: 2\n", "x.yaml:2:2: LHP-CFG-009"),
        (b"a: }", "x.yaml:1:4: LHP-CFG-009"),
        (b'a: "\\ud83d\\ude00"', "x.yaml:1:7: LHP-CFG-009"),
        (b'a: "\\U00110000"', "x.yaml:1:7: LHP-CFG-009"),
        (b"null: a\n: b", "x.yaml:2:1: LHP-CFG-009"),
    ],
)
def test_what_is_no_yaml_is_refused_at_its_place(data: bytes, problem: str) -> None:
    with pytest.raises(LhpErrors) as caught:
        read_yaml(data, "x.yaml")
    assert str(caught.value).startswith(problem + ": ")


def test_utf_16_is_recognised() -> None:
    with pytest.raises(LhpErrors, match="UTF-16"):
        read_yaml("a: 1".encode("utf-16"), "x.yaml")


def test_a_byte_order_mark_moves_no_column() -> None:
    (document,) = read_yaml(b"\xef\xbb\xbfa: 1", "x.yaml")
    assert document.data == {"a": 1}
    assert document.data.value_at["a"] == ("x.yaml", 1, 4)


def test_a_syntax_error_names_where_the_construct_begins_and_what_to_do() -> None:
    with pytest.raises(LhpErrors) as caught:
        read_yaml(b"a:\n  - 'x\n", "x.yaml")
    (problem,) = caught.value.problems
    assert problem.message == (
        "this is not valid YAML: found unexpected end of stream "
        "while scanning a quoted scalar that begins at line 2"
    )
    assert problem.hint == "a quote or a bracket is not closed"


@pytest.mark.parametrize(
    ("text", "place", "value"),
    [
        ("a: {catalog: ${catalog}}", "1:14", "${catalog}"),
        ("\ufeffa: {b: 1, c: raw_${a.b}/${d}, e: f}", "1:14", "raw_${a.b}/${d}"),
        ("a: ${ok}\nb:\n  - [x, ${a}_b]", "3:9", "${a}_b"),
        ("é: {\n  x: '${ok}',\n  y: {z: ${secret:kv/pw}},\n}", "3:10", "${secret:kv/pw}"),
        ("a: {b: x%{v}}", "1:8", "x%{v}"),
        ("a: {${b}: 1}", "1:5", "${b}"),
    ],
)
@pytest.mark.parametrize("loader", [yaml_events.LOADER, PureLoader])
def test_a_token_without_quotes_among_brackets_is_told_where_it_begins(
    text: str, place: str, value: str, loader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_events, "LOADER", loader)
    with pytest.raises(LhpErrors) as caught:
        read_yaml(text.encode(), "x.yaml")
    (problem,) = caught.value.problems
    assert (str(problem.location), problem.hint) == (
        f"x.yaml:{place}",
        f'put it in quotes: "{value}"',
    )


@pytest.mark.parametrize("text", ["a: [${b}", "a: [x\nb: 1", "a: {b: x{y}}", "a: {b: '${c}'}}"])
def test_what_is_no_token_without_quotes_is_not_told_as_one(text: str) -> None:
    with pytest.raises(LhpErrors) as caught:
        read_yaml(text.encode(), "x.yaml")
    assert ("in quotes: " in str(caught.value.problems[0].hint)) == (text == "a: [${b}")


def test_a_syntax_error_of_unknown_kind_has_no_hint() -> None:
    problem = syntax_error(yaml.YAMLError("odd"), "x.yaml", b"")
    assert (str(problem), problem.hint) == (
        "x.yaml: LHP-CFG-009: this is not valid YAML: odd",
        "",
    )


def test_a_percent_sign_inside_a_text_is_no_directive() -> None:
    (document,) = read_yaml(b"a: |\n  %TAG\n  is text", "x.yaml")
    assert document.data == {"a": "%TAG\nis text"}


def test_the_size_is_checked_before_anything_is_read() -> None:
    started = time.process_time()
    with pytest.raises(LhpErrors):
        read_yaml(b"\xff" * 50_000_000, "x.yaml")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b'a: "\\ud83d"', "x.yaml:1:4: LHP-CFG-009"),
        (b'a: "\\U00110000"', "x.yaml:1:7: LHP-CFG-009"),
        (b'a: "\\UFFFFFFFF"', "x.yaml:1:7: LHP-CFG-009"),
        (b"a: b: c", "x.yaml:1:5: LHP-CFG-009"),
        (b"[" * 50_000, "x.yaml:1:101: LHP-YAML-005"),
    ],
)
def test_without_libyaml_the_same_is_refused(
    data: bytes, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_events, "LOADER", PureLoader)
    with pytest.raises(LhpErrors) as caught:
        read_yaml(data, "x.yaml")
    assert str(caught.value).startswith(problem + ": ")


def test_without_libyaml_the_same_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b'a: &x [1, "\\u00fc"]\nb: {c: *x}\n---\n- |\n  text\n'
    with_libyaml = read_yaml(data, "x.yaml")
    monkeypatch.setattr(yaml_events, "LOADER", PureLoader)
    assert read_yaml(data, "x.yaml") == with_libyaml
