"""What a generator hands back is checked at the door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lhp.core.base_generator import Context, Facts, Generated, Problem
from lhp.core.handed_back import checked
from lhp.core.plugin_manager import PluginManager
from lhp.errors import WRONG_TYPE, LhpError, Location
from lhp.model.flowgroup import Action

Project = Callable[[dict[str, str]], PluginManager]
LINE = "{name: x, type: load_generator, module: mine.x, class: X}"
HEAD = """
from lhp.core.base_generator import BaseActionGenerator, Problem

class Unspeakable(Exception):
    def __str__(self):
        raise ValueError

class X(BaseActionGenerator):
    def generate(self, action, context):
        return "pass"
"""


def generate(project: Project, method: str) -> Generated:
    manager = project({"lhp.yaml": f"plugins:\n  - {LINE}\n", "mine/x.py": HEAD + method})
    handle = manager.get_plugin("x")
    generated: Generated = handle.generate(Action({"name": "a"}, "load", "x", {}), Context())
    return generated


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("generate(self, a, c): self.add_import(None); return ''", "add_import() gave NoneType"),
        ("generate(self, a, c): self.add_file('x', 5); return ''", "add_file() for 'x' gave int"),
        ("generate(self, a, c): self.add_file(5, 'x'); return ''", "the path of add_file() gave"),
        ("reads(self, a, c): return [None]", "reads() gave NoneType, not a text"),
        ("table(self, a, c): return 3", "table() gave int, not a text"),
        ("notes(self, a, c): return [3]", "notes() gave list, not a mapping"),
        ("notes(self, a, c): return {'x': {1, 2}}", "it gave a set, which is not plain data"),
        ("check(self, a, c): return [3]", "check() gave a problem without a message: 3"),
        ("check(self, a, c): return [Problem('bad', 5)]", "check() gave the path 5, not a list"),
        (
            "check(self, a, c): return [Problem('bad', [None])]",
            "check() gave the path [None], not a",
        ),
        ("check(self, a, c): return [Problem(None)]", "a problem without a message"),
        ("check(self, a, c): return [Problem('a', (), 'fatal')]", "the severity 'fatal'"),
        ("check(self, a, c): return [Problem('a', hint=5)]", "the hint 5, not a text"),
        ("check(self, a, c): raise Unspeakable", "Unspeakable: <"),
    ],
)
def test_wrong_part_is_the_plugins_failure(project: Project, method: str, reason: str) -> None:
    with pytest.raises(LhpError) as caught:
        generate(project, f"    def {method}\n")
    assert caught.value.code.id == "LHP-PLG-004"
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("said", "problems"),
    [
        ("[Problem('bad', 'source')]", (Problem("bad", ("source",)),)),
        ("[Problem('bad', ['source', 0])]", (Problem("bad", ("source", 0)),)),
        ("Problem('bad')", (Problem("bad"),)),
        ("'bad'", (Problem("bad"),)),
        ("['bad']", (Problem("bad"),)),
        ("[{'message': 'bad', 'hint': 'mend'}]", (Problem("bad", hint="mend"),)),
        ("[Problem('bad', (), 'warning', 'mend')]", (Problem("bad", (), "warning", "mend"),)),
    ],
)
def test_problems_have_one_form(project: Project, said: str, problems: Any) -> None:
    method = f"    def check(self, action, context):\n        return {said}\n"
    assert generate(project, method).problems == problems


def test_error_with_a_code_stays_as_it_is() -> None:
    error = WRONG_TYPE.at(Location("a.yaml", 3), name="a", expected="a text", given="3")
    assert checked(Generated(problems=(error,))).problems == (error,)


def test_one_name_stands_for_what_is_read(project: Project) -> None:
    method = "    def reads(self, action, context):\n        return 'v_a'\n"
    assert generate(project, method).facts.reads == ("v_a",)


def test_error_that_lacks_its_values_is_refused() -> None:
    with pytest.raises(KeyError):
        checked(Generated(problems=(WRONG_TYPE.at(None),)))


def test_truth_is_made_plain() -> None:
    facts: Any = Facts(creates="yes", is_streaming=None)  # type: ignore[arg-type]
    assert checked(Generated(facts=facts)).facts == Facts(creates=True)


def test_as_much_as_is_allowed_passes_and_a_character_more_does_not() -> None:
    most = Generated("x" * 2_000_000, ("i" * 2_000_000,), files={"a": "x" * 1_999_999})
    assert checked(most) == most
    for more in (
        Generated("x" * 2_000_001),
        Generated(imports=("i" * 2_000_000, "i")),
        Generated(files={"ab": "x" * 1_999_999}),
    ):
        with pytest.raises(ValueError, match="gave 2,000,001 characters, more than 2,000,000"):
            checked(more)


def test_import_of_all_names_is_refused_unless_the_project_wants_it() -> None:
    line = "from json import *"
    with pytest.raises(ValueError, match="has to say what it imports"):
        checked(Generated(imports=(line,)))
    assert checked(Generated(imports=(line,)), {line}).imports == (line,)


def test_what_writers_share_is_text_by_key(project: Project) -> None:
    method = "    def shared(self, action, context):\n        return {'mode': ['a', 1]}\n"
    assert generate(project, method).facts.shared == {"mode": "['a', 1]"}
    with pytest.raises(TypeError, match=r"shared\(\) gave list, not a mapping"):
        checked(Generated(facts=Facts(shared=[])))  # type: ignore[arg-type]
