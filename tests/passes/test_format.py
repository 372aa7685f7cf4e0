"""One call for all Python files of a run; layout may change, meaning may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lhp.errors import LhpErrors
from lhp.model.flowgroup import Output
from lhp.passes.format import format_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OUTPUTS = (
    Output("a.py", "x=1\n", "p", ("a.yaml",)),
    Output("b.yml", "x:   1\n", "p"),
    Output("c.py", "y=2\n", "p"),
)


class Recording:
    """A formatter that remembers its calls and changes each text in one way."""

    def __init__(self, change: Callable[[str], str]) -> None:
        self.change = change
        self.calls: list[list[str]] = []

    def format(self, sources: Mapping[str, str]) -> Mapping[str, str]:
        """Return changed texts."""
        self.calls.append(list(sources))
        return {path: self.change(text) for path, text in sources.items()}


def spaced(text: str) -> str:
    """Return a text with spaces around `=`."""
    return text.replace("=", " = ")


def test_all_python_files_in_one_call() -> None:
    formatter = Recording(spaced)
    a, b, c = format_outputs(OUTPUTS, formatter)
    assert formatter.calls == [["a.py", "c.py"]]
    assert (a.text, b, c.text) == ("x = 1\n", OUTPUTS[1], "y = 2\n")
    assert (a.pipeline, a.sources) == ("p", ("a.yaml",))


def test_plain_function_formats_each_file() -> None:
    assert [each.text for each in format_outputs(OUTPUTS, spaced)] == [
        "x = 1\n",
        "x:   1\n",
        "y = 2\n",
    ]


def test_nothing_to_format_calls_nobody() -> None:
    formatter = Recording(spaced)
    assert format_outputs(OUTPUTS[1:2], formatter) == OUTPUTS[1:2]
    assert formatter.calls == []


@pytest.mark.parametrize("text", ["x = = 1\n", "x = '\0'\n", "x = '\ud800'\n"])
def test_file_that_is_no_python_stays_as_it_is(text: str) -> None:
    broken = Output("a.py", text, "p")
    assert format_outputs([broken], spaced) == (broken,)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = u'a'\n", "x = 'a'\n"),
        ("x = ('a' 'b')\n", 'x = "ab"\n'),
        ('def f():\n  """ a  \n     b"""\n', 'def f():\n    """a\n    b"""\n'),
        ("x = 1 # why\n", "x = 1  # why\n"),
        ("x = '\\d'\n", 'x = "\\d"\n'),  # Python warns of it; that is not our concern here
    ],
)
def test_layout_may_change(before: str, after: str) -> None:
    (output,) = format_outputs([Output("a.py", before, "p")], lambda _: after)
    assert output.text == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1\n", "x = 2\n"),
        ("x = 1\n", "x = 1 +\n"),
        ("x = 'a '\n", "x = 'a'\n"),
        ("x = 1\n", ""),
        ("x = 1\n", "x = True\n"),
        ("'a'\n", "b\n"),
        ("x = 1\n", None),
    ],
)
def test_meaning_may_not_change(before: str, after: str) -> None:
    with pytest.raises(LhpErrors, match="LHP-CFG-133") as caught:
        format_outputs([Output("a.py", before, "p")], Recording(lambda _: after), name="mine")
    (problem,) = caught.value.problems
    assert "'mine'" in problem.message
    assert "'a.py'" in problem.message


def test_long_chain_of_calls_is_no_deep_recursion() -> None:
    chain = "x = reader" + ".option('a', 'b')" * 600 + "\n"
    (output,) = format_outputs([Output("a.py", chain, "p")], lambda text: text.replace(", ", ","))
    assert "('a','b')" in output.text


class Forgetful:
    """A formatter that returns other files than it got."""

    def format(self, sources: Mapping[str, str]) -> Mapping[str, str]:
        """Return one file under another name."""
        return {f"new_{path}": text for path, text in sources.items()}


def test_files_may_not_come_or_go() -> None:
    with pytest.raises(LhpErrors) as caught:
        format_outputs(OUTPUTS[:1], Forgetful())
    assert [problem.message for problem in caught.value.problems] == [
        "the formatter 'Forgetful' lost 'a.py'",
        "the formatter 'Forgetful' made up 'new_a.py'",
    ]
