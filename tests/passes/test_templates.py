"""Templates: parameters, and expressions in the values of actions."""

from __future__ import annotations

from typing import Any

import pytest

from lhp.core.render import TextRenderer
from lhp.errors import LhpError, Location
from lhp.model.source import TokenText, VariableText, YamlMap, locate
from lhp.passes.templates import RenderedTemplate, Template, read_template, render_template
from lhp.text.yaml_reader import read_yaml

USE = Location("f.yaml", 3, 15)


def template(text: str) -> Template:
    return read_template(read_yaml(text.encode(), "templates/t.yaml")[0], "t")


def render(text: str, given: str = "") -> RenderedTemplate:
    values = read_yaml(given.encode(), "f.yaml")[0].data or YamlMap()
    return render_template(template(text), values, TextRenderer(), USE)


def value_of(expression: str, given: str = "", parameters: str = "[{name: a}, {name: b}]") -> Any:
    text = f"name: t\nparameters: {parameters}\nactions:\n  - x: {expression}"
    return render(text, given).actions[0]["x"]


def problems_of(text: str, given: str = "") -> list[LhpError]:
    found = [each for each in render(text, given).problems if not each.is_warning]
    assert found
    return found


def test_a_template_is_read_with_everything_it_says() -> None:
    found = template(
        "name: Ingest\npresets: [p]\nactions: [{name: a}]\nparameters:\n"
        "  - {name: x, required: true, default: 1, type: int, description: d}\n  - name: y"
    )
    first, second = found.parameters
    assert (found.key, found.name, found.presets, found.path) == (
        "t",
        "Ingest",
        ["p"],
        "templates/t.yaml",
    )
    assert (first.required, first.default, first.type, first.description) == (True, 1, "int", "d")
    assert (second.required, second.default) == (False, None)
    assert str(found.location) == "templates/t.yaml:1:1"


def test_a_template_may_say_nothing() -> None:
    found = template("")
    assert (found.name, found.actions, found.parameters) == ("t", [], ())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[a]", "1:1"),
        ("presets: a", "1:10"),
        ("presets: true", "1:10"),
        ("actions: {a: 1}", "1:10"),
        ("parameters: {a: 1}", "1:13"),
        ("parameters: [a]", "1:14"),
        ("parameters: [{required: true}]", "1:14"),
        ("parameters: [{name: 1}]", "1:21"),
    ],
)
def test_a_template_of_another_shape_is_refused(text: str, place: str) -> None:
    with pytest.raises(LhpError) as caught:
        template(text)
    assert str(caught.value.location) == f"templates/t.yaml:{place}"


@pytest.mark.parametrize(
    ("expression", "given", "expected"),
    [
        ("'{{ a }}'", "a: x", "x"),
        ("'p_{{ a }}_{{ b }}'", "{a: x, b: 1}", "p_x_1"),
        ("'{{ a }}'", "a: 5", 5),
        ("'{{ a }}'", "a: '007'", "007"),
        ("'{{ a }}'", "a: true", True),
        ("'{{ a }}'", "a: 1.5", 1.5),
        ("'{{ a }}'", "a: [x, {y: 1}]", ["x", {"y": 1}]),
        ("'{{ a }}'", "a: {y: 1}", {"y": 1}),
        ("\"{{ {'h': 'true'} if a == 'csv' else {} }}\"", "a: csv", {"h": "true"}),
        ("'{{ [a, 1] }}'", "a: x", ["x", 1]),
        ("'{% if a %}yes{% else %}no{% endif %}'", "a: true", "yes"),
        ("'{{ a }}'", "a: '${token}'", "${token}"),
        ("'${token} %{v} {8}'", "a: 1", "${token} %{v} {8}"),
        # Text around an expression, blanks too, makes it text.
        ("' {{ a }} '", "a: 5", " 5 "),
        ("'{{ a }}{{ b }}'", "{a: 1, b: 2}", "12"),
        # Nothing is read into text that only looks like something else.
        ("'{{ a }}'", "a: '-5'", "-5"),
        ("'{{ a }}'", "a: 'true'", "true"),
        ("'{{ a }}'", "a: 'None'", "None"),
        ("'{{ a }}'", "a: '[a, b]'", "[a, b]"),
        ("'{{ a }}'", "a: '{\"k\": 1}'", '{"k": 1}'),
        ("'{{ a }}'", "a: '1e3'", "1e3"),
        ("'{{ a }}'", "a: []", []),
        ("'{{ a }}'", "a: {}", {}),
        ("5", "", 5),
        ("['{{ a }}', {y: '{{ a }}'}]", "a: x", ["x", {"y": "x"}]),
        pytest.param("'{{ a }}'", "", "", id="whole and without a value"),
        pytest.param("'[{{ a }}]'", "", "[]", id="in a text and without a value"),
        pytest.param("\"{{ a | default('d') }}\"", "", "d", id="default filter"),
        pytest.param("'{{ a is defined }}'", "", False, id="is defined"),
        pytest.param("'{{ extra }}'", "extra: x", "x", id="undeclared"),
    ],
)
def test_an_expression_in_a_value_is_evaluated(expression: str, given: str, expected: Any) -> None:
    assert value_of(expression, given) == expected


@pytest.mark.parametrize(
    ("parameters", "given", "expected"),
    [
        ("[{name: a, default: d}]", "", "d"),
        ("[{name: a, default: d}]", "a: x", "x"),
        ("[{name: a, default: d}]", "a: null", None),
        ("[{name: a, default: 0}]", "", 0),
        ("[{name: a, default: [1]}]", "", [1]),
        ("[{name: a, required: true}]", "a: null", None),
    ],
)
def test_a_parameter_has_its_default_unless_given(
    parameters: str, given: str, expected: Any
) -> None:
    assert value_of("'{{ a }}'", given, parameters) == expected


def test_text_of_an_expression_knows_it() -> None:
    assert isinstance(value_of("'{{ a }}'", "a: '5'"), TokenText)
    assert isinstance(value_of("'{{ a }}1'", "a: '5'"), TokenText)
    assert not isinstance(value_of("'5'"), TokenText)


def test_keys_are_never_rendered() -> None:
    assert value_of("{'{{ a }}': 1}", "a: x") == {"{{ a }}": 1}


def test_places_are_those_of_the_template_and_of_given_structures() -> None:
    text = "name: t\nactions:\n  - name: '{{ a }}'\n    o: '{{ b }}'\n    l: '{{ [a] }}'"
    actions = render(text, "{a: x, b: {c: 1}}").actions
    assert str(locate(actions, (0, "name"))) == "templates/t.yaml:3:11"
    assert str(locate(actions, (0, "o", "c"))) == "f.yaml:1:15"
    assert str(locate(actions, (0, "l", 0))) == "templates/t.yaml:5:8"


def test_what_it_was_rendered_with_is_told() -> None:
    rendered = render("parameters: [{name: a, default: 1}, {name: b}]\npresets: [p]", "c: 3")
    assert rendered.parameters == {"a": 1, "c": 3}
    assert rendered.presets == ["p"]


def test_each_missing_parameter_is_told_where_the_template_is_used() -> None:
    found = problems_of(
        "parameters: [{name: table, required: true}, {name: b, required: true, default: 1}]",
        "tabel: x",
    )
    assert [(p.code.id, p.location) for p in found] == [("LHP-CFG-012", USE)] * 2
    assert "the template 't' needs the parameter 'table'" in found[0].message
    assert "'tabel' is given" in found[0].hint
    assert found[1].hint == ""


def test_a_misspelt_parameter_is_warned_of_at_its_place() -> None:
    rendered = render("parameters: [{name: table}, {name: mode}]", "{tabel: x, mode: 1, other: 2}")
    (warning,) = rendered.problems
    assert warning.is_warning
    assert str(warning.location) == "f.yaml:1:2"
    assert warning.hint == "did you mean 'table'?"


def test_a_name_like_one_that_is_given_is_no_misspelling() -> None:
    assert render("parameters: [{name: table}]", "{table: x, tables: y}").problems == ()


def test_each_expression_at_fault_is_told_at_its_place() -> None:
    found = problems_of("actions:\n  - x: '{{ tabel.x }}'\n    y: '{{ 1 +'\n    z: ok", "table: x")
    assert [str(p.location) for p in found] == ["templates/t.yaml:2:8", "templates/t.yaml:3:8"]
    assert found[0].hint == "did you mean 'table'?"


def test_what_an_unknown_name_holds_is_told_at_its_place() -> None:
    (problem,) = problems_of("actions:\n  - x: '{{ a.b.c }}'")
    assert (problem.code.id, str(problem.location)) == ("LHP-TPL-011", "templates/t.yaml:2:8")


@pytest.mark.parametrize(
    ("expression", "given", "expected"),
    [
        ("'{{ tabel }}'", "", ""),
        ("'a{{ tabel }}b'", "", "ab"),
        ('"x{{ tabel | upper }}{% if tabel %}y{% endif %}"', "", "x"),
        ("'{{ table.tabel }}'", "table: {table: 1}", ""),
        ("'<{{ table.tabel }}>'", "table: {table: 1}", "<>"),
    ],
)
def test_a_name_that_stands_for_nothing_is_empty_with_a_warning(
    expression: str, given: str, expected: str
) -> None:
    text = f"name: t\nparameters: [{{name: table}}]\nactions:\n  - x: {expression}"
    rendered = render(text, given)
    assert rendered.actions[0]["x"] == expected
    warning = rendered.problems[0]
    assert (warning.code.id, warning.is_warning) == ("LHP-TPL-016", True)
    assert str(warning.location) == "templates/t.yaml:4:8"
    assert "'tabel'" in warning.message
    assert warning.hint == "did you mean 'table'?"


@pytest.mark.parametrize(
    "expression", ["'{{ a }}'", "'x{{ a }}'", "\"{{ b | default('c') }}\"", "'{{ c is defined }}'"]
)
def test_a_name_that_may_be_left_out_is_no_matter(expression: str) -> None:
    text = f"name: t\nparameters: [{{name: a}}]\nactions:\n  - x: {expression}"
    assert render(text).problems == ()


@pytest.mark.parametrize("expression", ["'{{ x.y }}'", "'{{ x + 1 }}'", "'{{ x() }}'"])
def test_an_expression_that_needs_the_name_is_an_error(expression: str) -> None:
    text = f"name: t\nparameters: [{{name: a}}]\nactions:\n  - x: {expression}"
    assert [each.code.id for each in problems_of(text)] == ["LHP-TPL-011"]


def test_a_variable_that_is_a_whole_value_is_known_as_one() -> None:
    values = YamlMap()
    values.put("a", TokenText("True"), USE, USE)
    text = "actions:\n  - x: '{{ a }}'\n    y: 'y{{ a }}'"
    action = render_template(template(text), values, TextRenderer(), USE).actions[0]
    assert (type(action["x"]), type(action["y"]), action["y"]) == (VariableText, TokenText, "yTrue")
