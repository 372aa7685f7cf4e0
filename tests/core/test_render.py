"""No value becomes code, and every fault of a template has a line."""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lhp.core.jinja_limits import MAX_CHARACTERS
from lhp.core.literals import Code
from lhp.core.render import FIXED_FILTERS, FIXED_FUNCTIONS, CodeRenderer, TextRenderer
from lhp.errors import (
    CODE_TEMPLATE_FAILED,
    CODE_TEMPLATE_FILTER_BLOCK,
    CODE_TEMPLATE_MISSING,
    CODE_TEMPLATE_QUOTES,
    CODE_TEMPLATE_SYNTAX,
    NOT_A_PYTHON_NAME,
    PLUGIN_FAILED,
    SQL_TEMPLATE,
    TEMPLATE_FAILED,
    TEMPLATE_NAME_UNKNOWN,
    TEMPLATE_NOT_PLAIN,
    TEMPLATE_SYNTAX,
    TEMPLATE_TOO_LARGE,
    TEMPLATE_UNSAFE,
    LhpError,
    Location,
)
from lhp.errors import Code as ErrorCode
from lhp.model.source import NOWHERE, TokenText, YamlList, YamlMap

AT = Location("templates/t.yaml", 3, 5)
AWKWARD = st.text(alphabet=st.characters(exclude_categories=())) | st.text(
    alphabet="\"'\\\n\r{}%#&<>\0a\u202e\udcfe"
)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | AWKWARD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(AWKWARD, inner, max_size=3),
    max_leaves=6,
)


class Lazy(Mapping[str, Callable[..., Any]]):
    """A table that can only be asked, as plugins' functions are."""

    def __init__(self, **functions: Callable[..., Any]) -> None:
        self._functions = functions
        self.used: list[str] = []

    def __contains__(self, name: object) -> bool:
        return name in self._functions

    def __getitem__(self, name: str) -> Callable[..., Any]:
        self.used.append(name)
        return self._functions[name]

    def __iter__(self) -> Iterator[str]:
        raise AssertionError

    def __len__(self) -> int:
        raise AssertionError


def fail(*_: object) -> object:
    raise PLUGIN_FAILED.at(None)


def render(folder: Path, template: str, values: Mapping[str, Any], **tables: Any) -> str:
    (folder / "t.py.j2").write_text(template, encoding="utf-8")
    return CodeRenderer(**tables).render([folder], "t.py.j2", values)


EVERY_WAY = """\
{% macro call(a, b="d") %}f({{ a }}, {{ b }}){% endmacro %}
{% macro wrap() %}g({{ caller() }}){% endmacro %}
{% macro touching(items) %}{% for each in items %}{{ each }}{% endfor %}{% endmacro %}
{% set block %}{{ value }}{% endset %}
{% set shape %}{}{% endset %}
show({{ value }})
show( {{- value -}} )
show({{ block }})
show({% if block %}{{ value }}{% else %}1{% endif %})
show({{ call(value) }})
show({% call wrap() %}{{ value }}{% endcall %})
show({% call shout(value) %}{% endcall %})
show({{ [value][0] }}, [{% for each in [value, value] %}{{ each }}, {% endfor %}])
show({{ value | shout }}, {{ shout(value) }})
show({{ {"k": value} }}, {{ [value, [value]] }})
show({{ {value: value} if value is string else value }})
show({{ block + value if value is string else value }})
show({{ block ~ value }}, {{ value ~ block }}, {{ [block, value] | join("'") }})
show({{ shape.format(value) }}, {{ block.replace("'", value|string) }})
show({{ block | replace("'", "") | indent }}, {{ block | upper }}, {{ block | trim }})
show({{ "%s" | format(value) }}, {{ "{}".format(value) }})
show({{ touching(["", value|string, "", "x" ~ value, ""]) }})
show({% autoescape false %}{{ value }}{% set raw %}{{ value }}{% endset %}{% endautoescape %})
show({% block inner %}{{ value }}{% endblock %})
show({{ self.inner() }})
"""


class Recorder:
    """Takes what the rendered code passes and refuses to run anything else."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def show(self, *values: Any) -> None:
        self.calls.append(values)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(PLAIN)
@example("'''\n\"\"\"\\\0{}\udcfe")
@example("")
@example(" + evil() #")
def test_no_way_of_interpolation_lets_a_value_become_code(tmp_path: Path, value: Any) -> None:
    tables = {
        "filters": Lazy(shout=lambda text: text),
        "functions": Lazy(shout=lambda text, **_: text),
    }
    code = render(tmp_path, EVERY_WAY, {"value": value}, **tables)

    names = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    assert names <= {"show", "f", "g"}
    recorder = Recorder()
    exec(  # noqa: S102  (calls of show, f and g only)
        code,
        {"show": recorder.show, "f": lambda a, b: [a, b], "g": lambda a: a, "__builtins__": {}},
    )
    calls = recorder.calls
    assert calls[:4] == [(value,)] * 4
    assert calls[4] == ([value, "d"],)
    assert calls[5:7] == [(value,)] * 2
    assert calls[7] == (value, [value, value])
    assert calls[8] == (value, value)
    assert calls[9] == ({"k": value}, [value, [value]])
    assert calls[10] == ({value: value} if isinstance(value, str) else value,)
    assert calls[13][0] == str(value)
    assert calls[15] == (str(value), str(value))
    assert calls[16] == (f"{value}x{value}",)
    assert calls[17:19] == [(value,)] * 2


def test_a_letter_before_a_value_is_no_prefix(tmp_path: Path) -> None:
    code = render(tmp_path, "f{% if 1 %}{{ x }}{% endif %}", {"x": "{evil()}"})
    assert code == "f '{evil()}'"


def test_filters_make_code(tmp_path: Path) -> None:
    template = (
        "def {{ name | ident }}():\n"
        "    {{ text | docstring }}\n"
        "    {{ text | comment }}"
        "    return read{{ {'a': 1} | option_calls }}.go({{ {'b': name} | kwargs }}, {{ sql | text }})\n"
    )
    values = {"name": "v", "text": "it's", "sql": "a\nb"}
    assert render(tmp_path, template, values) == (
        "def v():\n"
        '    """it\'s"""\n'
        '    # "it\'s"\n'
        '    return read.option(\'a\', 1).go(b=\'v\', """a\nb""")'
    )


def test_metadata_columns_become_statements(tmp_path: Path) -> None:
    columns = [
        {"name": "_at", "expression": "F.now()"},
        SimpleNamespace(name="it's", expression=Code("F.lit(1)")),
    ]
    template = 'def f(df):\n    {{ "df" | metadata_columns }}\n    return df\n'
    assert render(tmp_path, template, {"metadata_columns": columns}) == (
        "def f(df):\n"
        "    df = df.withColumn('_at', F.now())\n"
        '    df = df.withColumn("it\'s", F.lit(1))\n'
        "    return df"
    )
    assert render(tmp_path, "{{ 'df' | metadata_columns }}", {"metadata_columns": ()}) == ""
    assert render(tmp_path, template, {"metadata_columns": ()}) == "def f(df):\n    return df"


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ('x = 1\ny = "{{ x }}"', 2),
        ("'{{ x }}'", 1),
        ('"a {{ x }} b"', 1),
        ('"""a\n\n{{ x }}\n"""', 3),
        ('"{% if x %}a{% endif %}"', 1),
        ("# {{ x }}", 1),
        ("# a\n# b {% if x %}\n{% endif %}", 2),
        ("r'\\'{{ x }}'", 1),
        ("'a' + \"b' {{ x }}\"", 1),
        # The comment's end is taken away by `-`, so what follows would be part of it.
        ("# a\n{%- if x %}b{% endif %}", 2),
        ("'{# no end #}{{ x }}'", 1),
        ('"""he said "{{ x }}', 1),
        ('"""\\"""{{ x }}', 1),
    ],
)
def test_tags_between_quotes_are_refused(tmp_path: Path, template: str, line: int) -> None:
    with pytest.raises(LhpError) as caught:
        render(tmp_path, template, {"x": 1})
    assert caught.value.code is CODE_TEMPLATE_QUOTES
    assert caught.value.location == Location((tmp_path / "t.py.j2").as_posix(), line)
    assert "drop the quotes" in caught.value.hint


@pytest.mark.parametrize(
    "template",
    [
        '"it\'s"\n{{ x }}',
        "# it's\n{{ x }}",
        '"""a"b\'\n"""{{ x }}',
        "'\\''{{ x }}",
        "{{ x }} # '",
        "''{{ x }}",
    ],
)
def test_quotes_beside_a_value_are_fine(tmp_path: Path, template: str) -> None:
    assert "1" in render(tmp_path, template, {"x": 1})


@pytest.mark.parametrize(
    ("template", "code", "line"),
    [
        ("\n{% filter upper %}a{% endfilter %}", CODE_TEMPLATE_FILTER_BLOCK, 2),
        ("{% set a | upper %}a{% endset %}", CODE_TEMPLATE_FILTER_BLOCK, 1),
        ("a\n{{ x | safe }}", CODE_TEMPLATE_SYNTAX, 2),
        ("a\n\n{% if x %}", CODE_TEMPLATE_SYNTAX, 3),
        ("{{ x", CODE_TEMPLATE_SYNTAX, 1),
        ("a\n{{ missing }}", CODE_TEMPLATE_FAILED, 2),
        ("a\n{{ x.missing }}", CODE_TEMPLATE_FAILED, 2),
        ("\n\n{{ x / 0 }}", CODE_TEMPLATE_FAILED, 3),
        ("{{ unplain }}", CODE_TEMPLATE_FAILED, 1),
        ("{{ '{a}'.format() }}", CODE_TEMPLATE_FAILED, 1),
        ("{{ x.__class__ }}", CODE_TEMPLATE_FAILED, 1),
        ("a\n{% include 'other.j2' %}", CODE_TEMPLATE_MISSING, 2),
        ("{{ [1, 2] | random }}", CODE_TEMPLATE_SYNTAX, 1),
        ("{{ super() }}{% block a %}\n{{ super() }}{% endblock %}", CODE_TEMPLATE_FAILED, 1),
        ("{% block a %}\n{{ super() }}{% endblock %}", CODE_TEMPLATE_FAILED, 2),
    ],
)
def test_a_fault_of_a_code_template_has_its_line(
    tmp_path: Path, template: str, code: ErrorCode, line: int
) -> None:
    with pytest.raises(LhpError) as caught:
        render(tmp_path, template, {"x": 1, "unplain": object()})
    assert caught.value.code is code
    assert caught.value.location == Location((tmp_path / "t.py.j2").as_posix(), line)
    assert caught.value.message


def test_a_code_template_of_the_project_is_shown_relative_to_it(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    shown = {tmp_path: "mine/t.py.j2", tmp_path / "other": (folder / "t.py.j2").as_posix()}
    for root, path in shown.items():
        with pytest.raises(LhpError) as caught:
            render(folder, "a\n{{ missing }}", {}, root=root)
        assert caught.value.location == Location(path, 2)


def test_a_missing_code_template_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "kafka.py.j2").write_text("")
    with pytest.raises(LhpError) as caught:
        CodeRenderer().render([tmp_path], "kafak.py.j2", {})
    assert caught.value.code is CODE_TEMPLATE_MISSING
    assert caught.value.hint == "did you mean 'kafka.py.j2'?"


def test_a_file_that_is_no_text_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "t.py.j2").write_bytes(b"\xff")
    with pytest.raises(LhpError) as caught:
        CodeRenderer().render([tmp_path], "t.py.j2", {})
    assert caught.value.code is CODE_TEMPLATE_FAILED
    assert caught.value.location == Location("t.py.j2")


def test_a_class_folder_comes_before_its_base_folder(tmp_path: Path) -> None:
    own, base = tmp_path / "own", tmp_path / "base"
    for folder in (own, base):
        folder.mkdir()
        (folder / "t.py.j2").write_text(folder.name)
    (base / "u.py.j2").write_text("{% block a %}base {{ x }}{% endblock %}")
    (own / "v.py.j2").write_text(
        '{% extends "u.py.j2" %}{% block a %}({{ super() }}, {{ x }}){% endblock %}'
    )
    renderer = CodeRenderer()
    assert renderer.render([own, base], "t.py.j2", {}) == "own"
    assert renderer.render([base, own], "t.py.j2", {}) == "base"
    assert renderer.render([own, base], "v.py.j2", {"x": "'"}) == """(base "'", "'")"""


def test_macros_of_a_plugin_are_reached_by_its_name(tmp_path: Path) -> None:
    macros = tmp_path / "macros"
    macros.mkdir()
    (macros / "m.j2").write_text("{% macro twice(x) %}({{ x }}, {{ x }}){% endmacro %}")
    template = '{% import "acme/m.j2" as m %}a = {{ m.twice(x) }}'
    assert render(tmp_path, template, {"x": "'"}, macros={"acme": macros}) == """a = ("'", "'")"""
    text = TextRenderer(macros={"acme": macros})
    assert text.render_value(template.replace("a = ", ""), {"x": 1}, AT) == "(1, 1)"


def test_only_plugins_in_use_are_looked_up_and_ours_win(tmp_path: Path) -> None:
    filters = Lazy(shout=str.upper, ident=fail, upper=fail, never=fail)
    functions = Lazy(make=lambda: ["x'"], range=fail, taken=fail)
    template = "{{ 'a' | shout }} {{ a | ident }} {{ 'b' | upper }} {{ make() }} {{ range(1) | list }} {{ taken }}"
    code = render(tmp_path, template, {"a": "a", "taken": 1}, filters=filters, functions=functions)
    assert code == "'A' a 'B' [\"x'\"] [0] 1"
    assert set(filters.used) == {"shout"}
    assert set(functions.used) == {"make"}
    assert {"ident", "upper"} <= FIXED_FILTERS
    assert "safe" not in FIXED_FILTERS
    assert "range" in FIXED_FUNCTIONS


@pytest.mark.parametrize("template", ["{{ 'a' | broken }}", "{{ broken() }}"])
def test_the_error_of_a_plugin_passes_untouched(tmp_path: Path, template: str) -> None:
    tables = {"filters": Lazy(broken=fail), "functions": Lazy(broken=fail)}
    for run in (
        lambda: render(tmp_path, template, {}, **tables),
        lambda: TextRenderer(**tables).render_value(template, {}, AT),
        lambda: TextRenderer(**tables).render_sql(template, {}, AT),
    ):
        with pytest.raises(LhpError) as caught:
            run()
        assert caught.value.code is PLUGIN_FAILED


def test_the_error_of_a_bad_name_passes_untouched(tmp_path: Path) -> None:
    with pytest.raises(LhpError) as caught:
        render(tmp_path, "def {{ x | ident }}", {"x": "a b"})
    assert caught.value.code is NOT_A_PYTHON_NAME


def test_a_template_is_compiled_once(tmp_path: Path) -> None:
    renderer = CodeRenderer()
    (tmp_path / "t.py.j2").write_text("{{ x }}")
    assert renderer.render([tmp_path], "t.py.j2", {"x": 1}) == "1"
    (tmp_path / "t.py.j2").unlink()
    assert renderer.render([tmp_path], "t.py.j2", {"x": 2}) == "2"


# The user's templates and SQL files.


class Colour(str, enum.Enum):
    """An enum that is text."""

    RED = "red"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain } text", "plain } text"),
        ("{{ n }}", 5),
        (" {{- n -}}\n", 5),
        ("{{ n }}\n", 5),
        ("{{ -n }}", -5),
        ("{{ 1.5 }}", 1.5),
        ("{{ yes }}", True),
        ("{{ none }}", None),
        ("{{ t }}", "007"),
        ("{{ xs }}", ["a", "b"]),
        ("{{ (1, 2) }}", [1, 2]),
        ("{{ {'a': [n]} }}", {"a": [5]}),
        ("{{ xs | map('upper') }}", ["A", "B"]),
        ("{{ range(2) }}", [0, 1]),
        ("{{ {'a': 1}.items() }}", [["a", 1]]),
        ("{{ missing | default('x') }}", "x"),
        ("{{ {'header': 'true'} if t == '007' else {} }}", {"header": "true"}),
        ("{{ t | escape }}", "007"),
    ],
)
def test_a_whole_expression_keeps_its_type(text: str, expected: object) -> None:
    parameters = {"n": 5, "yes": True, "t": "007", "xs": ["a", "b"]}
    value = TextRenderer().render_value(text, parameters, AT)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_{{ n }}", "a_5"),
        ("{{ n }}{{ n }}", "55"),
        (" {{ n }} ", " 5 "),
        ("{% if n %}on{% endif %}", "on"),
        ("{# nothing #}", ""),
        ("SELECT <{{ n }}>\n", "SELECT <5>\n"),
    ],
)
def test_a_mixed_text_becomes_token_text(text: str, expected: str) -> None:
    value = TextRenderer().render_value(text, {"n": 5}, AT)
    assert value == expected
    assert type(value) is TokenText


def test_places_and_token_texts_survive_an_expression() -> None:
    items, entries = YamlList(NOWHERE), YamlMap(AT)
    renderer = TextRenderer()
    for value in (items, entries, TokenText("5")):
        assert renderer.render_value("{{ x }}", {"x": value}, AT) is value


@given(AWKWARD)
@settings(deadline=None)
def test_parameters_pass_unchanged(text: str) -> None:
    renderer = TextRenderer()
    assert renderer.render_value("{{ x }}", {"x": text}, AT) == text
    assert renderer.render_value("<{{ x }}>", {"x": text}, AT) == f"<{text}>"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ n", TEMPLATE_SYNTAX),
        ("{{ n | nosuch }}", TEMPLATE_SYNTAX),
        ("{{ tabel }}", TEMPLATE_NAME_UNKNOWN),
        ("a {{ tabel }}", TEMPLATE_NAME_UNKNOWN),
        ("{{ [tabel] }}", TEMPLATE_NAME_UNKNOWN),
        ("{{ tabel.x }}", TEMPLATE_NAME_UNKNOWN),
        ("{{ table.x }}", TEMPLATE_FAILED),
        ("{{ n / 0 }}", TEMPLATE_FAILED),
        ("{{ n + table }}", TEMPLATE_FAILED),
        ("{% import 'a' as a %}", TEMPLATE_FAILED),
        ("{{ {1: 2} }}", TEMPLATE_NOT_PLAIN),
        ("{{ cycler }}", TEMPLATE_NOT_PLAIN),
        ("{{ table.__class__ }}", TEMPLATE_UNSAFE),
        ("a {{ table.__class__.__mro__ }}", TEMPLATE_UNSAFE),
        ("{{ xs.append(1) }}", TEMPLATE_UNSAFE),
        ("{{ 'a' * 10 ** 8 }}", TEMPLATE_TOO_LARGE),
        ("{{ 10 ** 8 * [1] }}", TEMPLATE_TOO_LARGE),
        ("{{ 9 ** (9 ** 9) }}", TEMPLATE_TOO_LARGE),
        ("{{ 2.0 ** 9999 }}", TEMPLATE_TOO_LARGE),
        ("{{ 9 ** 3000 * 9 ** 3000 }}", TEMPLATE_TOO_LARGE),
        ("{{ range(10 ** 6) }}", TEMPLATE_TOO_LARGE),
        ("{{ '%300000000d' % 1 }}", TEMPLATE_TOO_LARGE),
        ("{{ '%.300000000f' % 1 }}", TEMPLATE_TOO_LARGE),
        ("{{ '%*d' % (300000000, 1) }}", TEMPLATE_TOO_LARGE),
        ("{{ '%s%s' % (big, big) }}", TEMPLATE_TOO_LARGE),
        ("{{ '%(a)999999d%(a)999999d%(a)999999d' % {'a': 1} }}", TEMPLATE_TOO_LARGE),
        ("{{ '%300000000d' | format(1) }}", TEMPLATE_TOO_LARGE),
        ("{{ 'a' | center(300000000) }}", TEMPLATE_TOO_LARGE),
        ("{{ 'a' | center(width=300000000) }}", TEMPLATE_TOO_LARGE),
        ("{{ 'a' | indent(300000000, true) }}", TEMPLATE_TOO_LARGE),
        ("{{ 'a b' | wordwrap(1, wrapstring=big) }}", TEMPLATE_TOO_LARGE),
        ("{{ 'aa' | replace('a', big) }}", TEMPLATE_TOO_LARGE),
        ("{{ [1, 2, 3] | join(big) }}", TEMPLATE_TOO_LARGE),
        ("{{ [1, 2, 3] | map('string') | join(big) }}", TEMPLATE_TOO_LARGE),
        ("{{ [1] | batch(300000000, 1) | list }}", TEMPLATE_TOO_LARGE),
        ("{{ [1] | slice(300000000) | list }}", TEMPLATE_TOO_LARGE),
        ("{{ [1] | tojson(indent=300000000) }}", TEMPLATE_TOO_LARGE),
        ("{{ ['a'] | map('center', 300000000) | list }}", TEMPLATE_TOO_LARGE),
        ("{{ '{:>300000000}'.format(1) }}", TEMPLATE_TOO_LARGE),
        ("{{ '{:>{w}}'.format(1, w=300000000) }}", TEMPLATE_TOO_LARGE),
        ("{{ '{a:>300000000}'.format_map({'a': 1}) }}", TEMPLATE_TOO_LARGE),
        ("{{ '{0}{0}'.format(big) }}", TEMPLATE_TOO_LARGE),
        ("{{ 'a'.ljust(300000000) }}", TEMPLATE_TOO_LARGE),
        ("{{ 'a'.rjust(300000000, 'b') }}", TEMPLATE_TOO_LARGE),
        ("{{ 'a'.center(300000000) }}", TEMPLATE_TOO_LARGE),
        ("{{ 'a'.zfill(300000000) }}", TEMPLATE_TOO_LARGE),
        ("{{ '\t'.expandtabs(300000000) }}", TEMPLATE_TOO_LARGE),
        ("{{ '\t'.expandtabs(tabsize=300000000) }}", TEMPLATE_TOO_LARGE),
        ("{{ 'aa'.replace('a', big) }}", TEMPLATE_TOO_LARGE),
        ("{{ 'aa'.translate({97: big}) }}", TEMPLATE_TOO_LARGE),
        ("{{ big.join(['a', 'b', 'c']) }}", TEMPLATE_TOO_LARGE),
        ("{{ (1).to_bytes(300000000, 'big') }}", TEMPLATE_TOO_LARGE),
        ("{{ big + big }}", TEMPLATE_TOO_LARGE),
        ("{{ big ~ big }}", TEMPLATE_TOO_LARGE),
        ("{{ big }}{{ big }}", TEMPLATE_TOO_LARGE),
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
            TEMPLATE_TOO_LARGE,
        ),
    ],
)
def test_a_fault_in_an_expression_is_an_error_at_its_place(text: str, code: ErrorCode) -> None:
    parameters = {"n": 5, "table": "t", "xs": [1], "big": "x" * (MAX_CHARACTERS - 1)}
    with pytest.raises(LhpError) as caught:
        TextRenderer().render_value(text, parameters, AT)
    assert caught.value.code is code
    assert caught.value.location == AT
    if code is TEMPLATE_NAME_UNKNOWN:
        assert caught.value.hint == "did you mean 'table'?"


def test_small_sums_and_powers_are_worked_out() -> None:
    renderer = TextRenderer()
    assert renderer.render_value("{{ 2 ** 10 + 2 * 3 }}", {}, AT) == 1030
    assert renderer.render_value("{{ 'ab' * 2 + 'c' }}", {}, AT) == "ababc"
    assert renderer.render_value("{{ 2 ** -1 * 1.5 }}", {}, AT) == 0.75


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ 7 % 4 }}", 3),
        ("{{ '%03d %s 300000000' % (n, 'a') }}", "005 a 300000000"),
        ("{{ '%s-%s' | format('a', n) }}", "a-5"),
        ("{{ '{:>3}|{a:0>{w}}'.format(n, a=1, w=2) }}", "  5|01"),
        ("{{ '{a} 300000000'.format_map({'a': 300000000}) }}", "300000000 300000000"),
        ("{{ 'a'.ljust(3) ~ '\tb'.expandtabs(2) ~ '7'.zfill(2) }}", "a    b07"),
        ("{{ 'a' | center(3) }}", " a "),
        ("{{ 'a\nb' | indent(2) }}", "a\n  b"),
        ("{{ 'a b' | wordwrap(1) }}", "a\nb"),
        ("{{ 'aba' | replace('a', 'x', 1) }}", "xba"),
        ("{{ ['a', 'b'] | map('upper') | join('-') }}", "A-B"),
        ("{{ '-'.join(['a', 'b'] | map('upper')) }}", "A-B"),
        ("{{ [1, 2, 3] | batch(2, 0) | list }}", [[1, 2], [3, 0]]),
        ("{{ 'ab'.translate({97: 'x'}) ~ 'ab'.replace('b', 'y') }}", "xbay"),
        ("{{ [{'a': 1}] | join(',', attribute='a') }}", "1"),
    ],
)
def test_texts_of_a_reasonable_size_are_made(text: str, expected: object) -> None:
    assert TextRenderer().render_value(text, {"n": 5}, AT) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1\r\n", "SELECT 1\r\n"),
        ("", ""),
        ("SELECT {{ c }}\n", "SELECT a<b\n"),
        ("{% for x in xs %}{{ x }}{{ ',' if not loop.last }}{% endfor %}", "1,2"),
    ],
)
def test_sql_is_rendered_with_the_parameters(text: str, expected: str) -> None:
    sql = TextRenderer().render_sql(text, {"c": "a<b", "xs": [1, 2]}, AT)
    assert sql == expected
    assert type(sql) is str


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("SELECT {{ tabel }}", "did you mean 'table'?"),
        ("SELECT {{ table", ""),
        ("{# only this #}\n", ""),
        ("{{ table.__class__ }}", ""),
    ],
)
def test_a_fault_in_an_sql_file_is_one_error(text: str, hint: str) -> None:
    with pytest.raises(LhpError) as caught:
        TextRenderer().render_sql(text, {"table": "t"}, AT)
    assert caught.value.code is SQL_TEMPLATE
    assert caught.value.location == AT
    assert caught.value.hint == hint
    assert caught.value.message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ 1 | shoutt }}", "no filter is called 'shoutt'; did you mean 'shout'?"),
        ("{{ 1 | uper }}", "no filter is called 'uper'; did you mean 'upper'?"),
        ("{{ 1 | zzzz }}", "no filter is called 'zzzz'"),
        ("{{ 1 is evn }}", "no test is called 'evn'; did you mean 'even'?"),
    ],
)
def test_an_unknown_filter_is_told_with_the_nearest(tmp_path: Path, text: str, reason: str) -> None:
    filters = {"shout": str.upper}
    with pytest.raises(LhpError) as caught:
        TextRenderer(filters).render_value(text, {}, Location("a.yaml", 1, 1))
    assert caught.value.values["reason"] == reason
    with pytest.raises(LhpError) as caught:
        TextRenderer(filters).render_sql(text, {}, Location("a.yaml", 1, 1))
    assert caught.value.values["reason"] == reason
    (tmp_path / "a.j2").write_text(text)
    with pytest.raises(LhpError) as caught:
        CodeRenderer(filters).render([tmp_path], "a.j2", {})
    assert caught.value.values["reason"] == reason
