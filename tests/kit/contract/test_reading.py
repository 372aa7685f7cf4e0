"""What a generator reads of its options is told by its source."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lhp.kit.contract.reading import reads_of, source_of, unknown_reads, unread_options

GIVEN = ("a", "b")
SCHEMA: Mapping[str, Any] = {
    "properties": {name: {"type": "string"} for name in GIVEN},
    "additionalProperties": False,
}
Found = tuple[list[str], list[str]]


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., Found]:
    def look(body: str, template: str = "", kind: str = "load") -> Found:
        (tmp_path / "api.py").write_text(textwrap.dedent(body), encoding="utf-8")
        if template:
            (tmp_path / "api.py.j2").write_text(template, encoding="utf-8")
        source = source_of(tmp_path / "api.py", "api.py", "Api")
        assert source is not None
        reads = reads_of(source, kind)
        unknown = [each.split("'")[1] for each in unknown_reads(reads, source, SCHEMA, kind)]
        return unknown, [each.split("'")[1] for each in unread_options(reads, source, SCHEMA)]

    return look


def method(line: str) -> str:
    return f"class Api(BaseActionGenerator):\n    def generate(self, action, context):\n        {line}\n"


@pytest.mark.parametrize(
    ("line", "unknown", "unread"),
    [
        ("action.options.a + action.options['b'] + action.options.get('c')", ["c"], []),
        ("o = action.options; o.a, o['d'], 'b' in o", ["d"], []),
        ("getattr(action.options, 'e')", ["e"], ["a", "b"]),
        (
            "action.source['a'], action['source']['f'], action.get('source').get('type')",
            ["f"],
            ["b"],
        ),
        ("options = 1; options.g", [], ["a", "b"]),
        ("action.options[name]", [], []),
        ("call(**action.options)", [], []),
        ("for each in action.options.items(): pass", [], []),
        ("elsewhere(action)", [], []),
        ("self.other(action), super().generate(action, context)", [], ["a", "b"]),
    ],
)
def test_python(found: Any, line: str, unknown: list[str], unread: list[str]) -> None:
    assert found(method(line)) == (unknown, unread)


@pytest.mark.parametrize(
    ("template", "unknown", "unread"),
    [
        ("{{ options.a }}{{ options['b'] }}{{ options.get('c') }}", ["c"], []),
        ("{{ action.options.d }}", ["d"], ["a", "b"]),
        ("{% for each in options.items() %}{% endfor %}", [], []),
        ("{{ options | kwargs }}", [], []),
        ("{{ action.options | kwargs }}", [], []),
        ("{% include 'more.py.j2' %}", [], []),
        ("{{ options[name] }}", [], []),
        ("{% if %}", [], []),
    ],
)
def test_a_code_template(found: Any, template: str, unknown: list[str], unread: list[str]) -> None:
    assert found(method("pass"), template) == (unknown, unread)


def test_a_model_has_aliases_and_methods(found: Any) -> None:
    body = """
        class Choice(Options):
            first: str = Field("", alias="a")

            @property
            def both(self):
                return self.first

        class Api(BaseActionGenerator):
            Options = Choice

            def generate(self, action, context):
                return action.options.both + action.options.first + action.options.third
    """
    assert found(body) == (["third"], ["b"])


def test_what_stands_elsewhere_is_not_guessed(found: Any) -> None:
    assert found("class Api(Other):\n    pass\n") == ([], [])
    body = method("return action.options.more").replace(
        "    def", "    Options = Imported\n    def"
    )
    assert found(body) == ([], ["a", "b"])


def test_other_classes_do_not_count(found: Any) -> None:
    other = method("action.options.c").replace("Api", "Other")
    assert found(method("action.options.a") + other) == ([], ["b"])


def test_the_options_of_a_transform_stand_on_the_action(found: Any) -> None:
    assert found(method("action.options.a, action['source']['x']"), kind="transform") == ([], ["b"])


def test_what_is_no_python_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "api.py").write_text("def (", encoding="utf-8")
    assert source_of(tmp_path / "api.py", "api.py", "Api") is None
    assert source_of(tmp_path / "none.py", "none.py", "Api") is None
