"""Local variables: `%{name}` from a flowgroup's own `variables`."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.errors import VARIABLE_CYCLE, LhpError, Location
from lhp.model.source import TokenText, YamlMap, locate
from lhp.passes.variables import resolve_variables
from lhp.text.yaml_reader import read_yaml


def resolve(text: str) -> YamlMap:
    return resolve_variables(read_yaml(text.encode(), "f.yaml")[0].data)[0]


def problems_of(text: str) -> list[LhpError]:
    try:
        return resolve_variables(read_yaml(text.encode(), "f.yaml")[0].data)[1]
    except LhpError as problem:
        return [problem]


@pytest.mark.parametrize(
    ("variables", "text", "expected"),
    [
        ("{a: x}", "%{a}", "x"),
        ("{a: x}", "pre_%{a}_%{a}", "pre_x_x"),
        ("{a: 1}", "v%{a}", "v1"),
        ("{a: 1.5}", "v%{a}", "v1.5"),
        ("{a: true}", "%{a}", "true"),
        ("{a: ''}", "[%{a}]", "[]"),
        ("{a: '%{b}/t', b: '%{c}', c: x}", "%{a}", "x/t"),
        ("{a: '${env}'}", "%{a}_t", "${env}_t"),
        ("{a: x}", "%{ a } %{a.b} % {a} %a", "%{ a } %{a.b} % {a} %a"),
        ("{a: '%{'}", "%{a}a}", "%{a}"),
    ],
)
def test_a_variable_is_replaced_by_its_value(variables: str, text: str, expected: str) -> None:
    data = resolve(f"variables: {variables}\nactions: [{{name: '{text}'}}]")
    assert data["actions"][0]["name"] == expected


def test_the_variables_themselves_are_resolved_too() -> None:
    data = resolve("variables: {a: '%{b}', b: x, n: 1}")
    assert data["variables"] == {"a": "x", "b": "x", "n": 1}


def test_a_whole_value_knows_that_it_came_from_a_variable() -> None:
    data = resolve("variables: {n: 5}\nwhole: '%{n}'\npart: 'a%{n}'\nplain: '5'")
    assert isinstance(data["whole"], TokenText)
    assert not isinstance(data["part"], TokenText)
    assert not isinstance(data["plain"], TokenText)


def test_keys_are_not_replaced() -> None:
    assert resolve("variables: {a: x}\n'%{a}': 1")["%{a}"] == 1


def test_places_are_kept() -> None:
    data = resolve("variables: {a: x}\nactions:\n  - name: '%{a}'")
    assert locate(data, ("actions", 0, "name")) == Location("f.yaml", 3, 11)


def test_each_undefined_variable_is_told_at_its_place_with_the_nearest() -> None:
    found = problems_of("variables: {table: x, b: '%{tabel}'}\nx: ['%{table}', '%{tble}%{zzz}']")
    assert [(p.code.id, str(p.location), p.hint) for p in found] == [
        ("LHP-CFG-011", "f.yaml:1:26", "did you mean 'table'?"),
        ("LHP-CFG-011", "f.yaml:2:17", "did you mean 'table'?"),
        ("LHP-CFG-011", "f.yaml:2:17", ""),
    ]
    assert "this flowgroup has table, b" in found[0].message


@pytest.mark.parametrize("head", ["", "variables: {}\n", "variables:\n"])
def test_without_variables_the_message_says_so(head: str) -> None:
    (problem,) = problems_of(head + "x: '%{a}'")
    assert problem.code.id == "LHP-CFG-011"
    assert "has no `variables`" in problem.message


@pytest.mark.parametrize(
    ("variables", "cycle"),
    [("{a: '%{a}'}", "a -> a"), ("{x: 1, a: '%{b}', b: '%{c}', c: '%{a}'}", "-> ")],
)
def test_a_circle_is_told_by_its_names(variables: str, cycle: str) -> None:
    (problem,) = problems_of(f"variables: {variables}")
    assert problem.code is VARIABLE_CYCLE
    assert cycle in problem.message
    assert problem.location is not None
    assert problem.location.line == 1


def test_a_circle_reads_in_the_order_of_reference() -> None:
    (problem,) = problems_of("variables: {a: '%{b}', b: '%{c}', c: '%{a}'}")
    text = problem.message.split(": ", 1)[1]
    assert text in ("a -> b -> c -> a", "b -> c -> a -> b", "c -> a -> b -> c")


@pytest.mark.parametrize("value", ["[a]", "{b: 1}", "", "null"])
def test_a_variable_that_is_no_single_value_is_refused(value: str) -> None:
    (problem,) = problems_of(f"variables:\n  a: {value}\n")
    assert "the local variable 'a' is" in problem.message


def test_variables_have_to_be_a_map() -> None:
    (problem,) = problems_of("variables: [a]")
    assert problem.message == "'variables' has to be a map, but is a list"


def test_values_that_multiply_are_stopped() -> None:
    doubling = "\n".join(f"  v{n}: '%{{v{n + 1}}}%{{v{n + 1}}}'" for n in range(40))
    (problem,) = problems_of(f"variables:\n{doubling}\n  v40: x\n")
    assert "grow beyond 4,000,000 characters" in problem.message


@given(st.text().filter(lambda text: "%{" not in text))
def test_text_without_variables_is_the_same(text: str) -> None:
    data = YamlMap()
    data.put("x", text, data.location, data.location)
    assert resolve_variables(data) == ({"x": text}, [])


@given(st.dictionaries(st.sampled_from("abc"), st.text("%{abc}")), st.text("%{abc}"))
def test_nothing_but_our_errors_comes_out(variables: dict[str, str], text: str) -> None:
    block, data = YamlMap(), YamlMap()
    for name, value in variables.items():
        block.put(name, value, block.location, block.location)
    data.put("variables", block, data.location, data.location)
    data.put("x", text, data.location, data.location)
    with suppress(LhpError):
        resolve_variables(data)
