"""Values come back from their literals, whatever they are."""

from __future__ import annotations

import ast
import contextlib
import enum
import math
import pickle

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lhp.core.literals import (
    Code,
    Identifier,
    comment,
    docstring,
    identifier,
    keyword_arguments,
    literal,
    option_calls,
    text_literal,
)
from lhp.errors import NOT_A_PYTHON_NAME, LhpError
from lhp.model.flowgroup import MARK_END, MARK_START, SecretReference
from lhp.model.source import TokenText

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))
AWKWARD = ANY_TEXT | st.text(alphabet="\"'\\\n\r\t{}#\0a\u202e\udcfe\udcff/")
NAMES = st.from_regex(r"[A-Za-z0-9_.-]+", fullmatch=True)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | AWKWARD,
    lambda inner: st.lists(inner) | st.dictionaries(AWKWARD, inner),
    max_leaves=10,
)
SECRET = SecretReference("s", "k")
CALL = 'dbutils.secrets.get(scope="s", key="k")'


class FakeSecrets:
    """Gives back the mark that stood in the text."""

    @property
    def secrets(self) -> FakeSecrets:
        return self

    def get(self, scope: str, key: str) -> str:
        return str(SecretReference(scope, key))


def value_of(code: str) -> object:
    return eval(code, {"dbutils": FakeSecrets(), "__builtins__": {"float": float}})  # noqa: S307  (our own literals)


class Colour(str, enum.Enum):
    """An enum that is text."""

    RED = "red"


@given(PLAIN)
@example("'''\"\"\"\\\n\0\udcfe\u202e")
def test_a_plain_value_comes_back_equal(value: object) -> None:
    written = literal(value)
    assert value_of(written) == value
    assert written.isprintable()
    assert isinstance(written, Code)


@given(AWKWARD)
@example('"""')
@example('a\n"""" b\\"')
@example("\n\\")
@example("\r\n\x0c\u2028")
def test_text_comes_back_equal_from_a_readable_literal_and_a_docstring(text: str) -> None:
    assert value_of(text_literal(text)) == text
    assert value_of(docstring(text)) == text or MARK_END in text
    for line in (text_literal(text) + docstring(text)).split("\n"):
        assert line.replace("\t", "").isprintable()


@given(st.lists(AWKWARD | st.builds(SecretReference, NAMES, NAMES).map(str)).map("".join))
def test_secrets_become_calls_that_give_the_whole_text_back(text: str) -> None:
    assert value_of(literal(text)) == text
    assert value_of(text_literal(text)) == text
    assert value_of(literal({text: [text]})) == {text: [text]}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (SECRET, CALL),
        (str(SECRET), CALL),
        (f"jdbc://{SECRET}/x", f"('jdbc://' + {CALL} + '/x')"),
        ([f"{SECRET}{SECRET}"], f"[({CALL} + {CALL})]"),
        ({"a": f"{SECRET}!"}, f"{{'a': ({CALL} + '!')}}"),
        ((1, 2.5, None, True), "[1, 2.5, None, True]"),
        (math.nan, 'float("nan")'),
        (math.inf, 'float("inf")'),
        (-math.inf, 'float("-inf")'),
        ([Code("df")], "[df]"),
        (TokenText("5"), "'5'"),
        ("\U0001fae8 é", "'\\U0001fae8 é'"),
        (Colour.RED, "'red'"),
        # No whole mark: the characters of a name are few.
        (f"{MARK_START}a b/c{MARK_END}", "'\\udcfea b/c\\udcff'"),
        (MARK_START, "'\\udcfe'"),
    ],
)
def test_literals_are_written_like_this(value: object, written: str) -> None:
    assert literal(value) == written


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", [object()], print])
def test_a_value_that_is_not_plain_has_no_literal(value: object) -> None:
    with pytest.raises(TypeError, match="has no literal"):
        literal(value)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("SELECT 1", "'SELECT 1'"),
        ("a\n\U0001fae8é", '"""a\n\\U0001fae8é"""'),
        ('SELECT "a"\nFROM\tb\\c', '"""SELECT "a"\nFROM\tb\\\\c"""'),
        (f"a\n{SECRET}", f'("""a\n""" + {CALL})'),
        (Code("x"), "x"),
        (None, "None"),
    ],
)
def test_text_literals_keep_their_lines(text: object, written: str) -> None:
    assert text_literal(text) == written


def test_a_docstring_shows_a_secret_as_its_reference() -> None:
    assert docstring(f"uses {SECRET}") == '"""uses ${secret:s/k}"""'
    assert comment(f"uses {SECRET}") == "# 'uses ${secret:s/k}'"


@given(AWKWARD)
def test_a_comment_is_one_line_of_ascii(text: str) -> None:
    written = comment(text)
    assert written.startswith("# ")
    assert written.isascii()
    assert written.isprintable()


@given(AWKWARD | st.from_regex(r"\w+", fullmatch=True))
def test_an_identifier_is_a_name_or_an_error(text: str) -> None:
    with contextlib.suppress(LhpError):
        name = identifier(text)
        function = ast.parse(f"def {name}(): pass").body[0]
        assert isinstance(function, ast.FunctionDef)
        assert function.name == text
        assert isinstance(name, Identifier)


@pytest.mark.parametrize("text", ["", "1a", "a b", "class", "None", "__debug__", "\ufb01x", "a.b"])
def test_these_are_no_names(text: str) -> None:
    with pytest.raises(LhpError) as caught:
        identifier(text)
    assert caught.value.code is NOT_A_PYTHON_NAME
    assert caught.value.location is None


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({}, ""),
        ({"a": True, "b": 5, "c": 1.5}, ".option('a', True).option('b', 5).option('c', 1.5)"),
        ({"a": None, "b": "x"}, ".option('a', 'None').option('b', 'x')"),
        ({"a": Colour.RED, "b": Code("df")}, ".option('a', 'red').option('b', df)"),
        ({"password": str(SECRET)}, f".option('password', {CALL})"),
    ],
)
def test_options_become_calls(options: dict[str, object], written: str) -> None:
    assert option_calls(options) == written


def test_keyword_arguments_leave_out_what_is_none() -> None:
    assert keyword_arguments({"a": 1, "b": None, "c": ["x"]}) == "a=1, c=['x']"
    with pytest.raises(LhpError):
        keyword_arguments({"a b": 1})


def test_what_changes_code_makes_it_text_again() -> None:
    name = Identifier("x")
    for changed in (name + "'", "a" + name, name.upper(), name[:1], f"{name}", name * 2):
        assert not isinstance(changed, Code)


def test_code_pickles() -> None:
    assert isinstance(pickle.loads(pickle.dumps(Identifier("x"))), Identifier)  # noqa: S301  (our own bytes)
