"""Filters and functions of plugins: imported on use, plain data out."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from lhp.core.function_table import FunctionTable, folders_of, plain
from lhp.core.plugin_manager import PluginManager
from lhp.errors import LhpError

Project = Callable[[dict[str, str]], PluginManager]
LITERAL = """
def shout(text):
    return text.upper()

def odd(text):
    return object()

template_filters = {"shout": shout, "odd": odd}
"""
HIDDEN = "template_filters = dict(whisper=str.lower)\n"


def table(project: Project, *lines: str, **files: str) -> FunctionTable:
    texts = {f"mine/{name}.py": text for name, text in files.items()}
    declared = "".join(f"  - {line}\n" for line in lines)
    return FunctionTable(project({"lhp.yaml": f"plugins:\n{declared}", **texts}), "template_filter")


def line(name: str, module: str, attribute: str) -> str:
    return f"{{name: {name}, type: template_filter, module: mine.{module}, class: {attribute}}}"


def test_keys_of_a_dict_and_functions_are_filters(project: Project) -> None:
    functions = table(
        project,
        line("text", "f", "template_filters"),
        line("loud", "f", "shout"),
        f=LITERAL,
    )
    assert set(functions) == {"shout", "odd", "loud"}
    assert len(functions) == 3
    assert functions["shout"]("a") == functions["loud"]("a") == "A"
    assert "text" not in functions


def test_dict_may_be_called_like_one_of_its_keys(project: Project) -> None:
    assert table(project, line("shout", "f", "template_filters"), f=LITERAL)["shout"]("a") == "A"
    hidden = table(project, line("whisper", "h", "template_filters"), h=HIDDEN)
    assert hidden["whisper"]("A") == "a"


def test_label_of_a_dict_that_only_running_shows_is_no_filter_and_says_so(
    project: Project,
) -> None:
    hidden = table(project, line("wisper", "h", "template_filters"), h=HIDDEN)
    with pytest.raises(LhpError) as caught:
        hidden["wisper"]
    assert caught.value.code.id == "LHP-PLG-031"
    assert "it offers whisper" in caught.value.message
    assert caught.value.hint == "did you mean 'whisper'?"


def test_dict_that_only_running_shows_is_searched_on_use(project: Project) -> None:
    functions = table(
        project,
        line("hidden", "h", "template_filters"),
        line("loud", "f", "shout"),
        h=HIDDEN,
        f="raise SystemExit\ndef shout(text): ...\n",
    )
    assert functions["whisper"]("A") == "a"
    # A function is told from a dict by reading, so the broken one does not matter here.
    assert "anything" not in functions


def test_broken_dict_is_told_only_when_nobody_else_has_the_name(project: Project) -> None:
    functions = table(
        project,
        line("bad", "bad", "template_filters"),
        line("hidden", "h", "template_filters"),
        bad="1 / 0\ntemplate_filters = dict()\n",
        h=HIDDEN,
    )
    assert functions["whisper"]("A") == "a"
    with pytest.raises(LhpError, match="'bad' can't be used: ZeroDivisionError"):
        functions["unknown"]


def test_result_has_to_be_plain(project: Project) -> None:
    functions = table(project, line("text", "f", "template_filters"), f=LITERAL)
    with pytest.raises(LhpError, match="it gave a object, which is not plain data"):
        functions["odd"]("a")
    with pytest.raises(LhpError, match="'int' object has no attribute 'upper'"):
        functions["shout"](3)


def test_disabled_and_unknown_names(project: Project) -> None:
    off = line("loud", "f", "shout").replace("}", ", enabled: false}")
    functions = table(project, off, f=LITERAL)
    with pytest.raises(LhpError, match="switched off"):
        functions["loud"]
    with pytest.raises(KeyError):
        functions["unknown"]


class Colour(str, Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Markup("<a>"), "<a>"),
        (Colour.RED, "red"),
        ((1, [2.5, None]), [1, [2.5, None]]),
        ({1: (True,)}, {"1": [True]}),
    ],
)
def test_values_become_plain(value: object, expected: object) -> None:
    made = plain(value)
    assert made == expected
    assert type(made) is type(expected)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_plain_data_stays_as_it_is(value: Any) -> None:
    assert plain(value) == value


def test_folders_of_macros_by_plugin(project: Project) -> None:
    manager = project(
        {
            "lhp.yaml": "plugins:\n  - {name: parts, type: template_macro, path: macros}\n"
            "  - {name: gone, type: template_macro, path: nowhere}\n",
            "macros/a.j2": "",
        }
    )
    assert manager.root is not None
    assert folders_of(manager, "template_macro") == {"parts": manager.root / "macros"}
