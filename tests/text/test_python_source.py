"""What a module offers is learnt from its text; nothing of it runs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhp.text.python_source import ClassFacts, imported_modules, read_module


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("", ""),
        ("x = y = 1", "x y"),
        ("x, (y, *z) = f()", "x y z"),
        ("x: int = 1", "x"),
        # Without a value it only says a type.
        ("x: int", ""),
        ("def f(a): b = 1", "f"),
        ("async def f(): ...", "f"),
        ("class A:\n    x = 1", "A"),
        ("import a, b.c, d.e as f", "a b f"),
        ("from a import b, c as d", "b d"),
        ("if a:\n    x = 1\nelif b:\n    y = 1\nelse:\n    z = 1", "x y z"),
        ("while a:\n    x = 1\nelse:\n    y = 1", "x y"),
        ("for i in a:\n    x = 1\nelse:\n    y = 1", "i x y"),
        ("for i, (j, *k) in a: ...", "i j k"),
        # What is given a new item or attribute has its name already.
        ("for a.b in c: ...\nfor d[e] in f: ...", ""),
        ("with a as b, c(), d as (e, f):\n    x = 1", "b e f x"),
        ("with a as b[c]: ...", ""),
        ("try:\n    x = 1\nexcept E as e:\n    y = 1\nelse:\n    z = 1\nfinally:\n    w = 1", "w x y z"),
        ("match a:\n    case 1:\n        x = 1\n    case _:\n        import y", "x y"),
        ("match a:\n    case [b, *c] | (b, *c): ...", "b c"),
        ("match a:\n    case {'k': b}: ...\n    case C(d=e) as f: ...", "b e f"),
        ("match a:\n    case K.v | 'text' | None: ...\n    case [*_]: ...", ""),
        ("print(x)\nx += 1\ndel y", ""),
        ("from a import *", "*"),
    ],
)  # fmt: skip
def test_names_are_what_the_statements_of_a_module_bind(source: str, names: str) -> None:
    assert read_module(source).names == {*names.split()}


@pytest.mark.parametrize(
    ("source", "is_dynamic"),
    [
        ("from a import *", True),
        ("def __getattr__(name): ...", True),
        ("if a:\n    from b import *", True),
        ("from a import b", False),
        ("class A:\n    def __getattr__(self, name): ...", False),
    ],
)
def test_module_that_may_offer_more_says_so(source: str, *, is_dynamic: bool) -> None:
    assert read_module(source).is_dynamic is is_dynamic


def test_a_name_stands_where_it_is_bound_first() -> None:
    source = "import a\n\nwith a as b:\n    c = 1\nb = c = 2\n"
    assert read_module(source).lines == {"a": 1, "b": 3, "c": 4}


@pytest.mark.parametrize(
    ("bases", "names"),
    [
        ("", ()),
        ("(A)", ("A",)),
        ("(a.b.C, D)", ("C", "D")),
        ("(A[int])", ("A",)),
        ("(a.B[C][D])", ("B",)),
        ("(A, metaclass=M)", ("A",)),
        # No name can be told.
        ("(make())", ("",)),
        ("(*A)", ("",)),
    ],
)
def test_bases_of_a_class_are_known_by_their_last_names(bases: str, names: tuple[str, ...]) -> None:
    assert read_module(f"class X{bases}: ...").classes["X"].bases == names


def test_a_class_tells_its_members_constants_and_summary() -> None:
    source = '''
class X(Base):
    """

    Reads it.

    Slowly.
    """

    kind = "load"
    limit: int = 3
    hint: str
    first, second = "ab"
    made = make()

    def generate(self): ...
'''
    members = frozenset({"kind", "limit", "first", "second", "made", "generate"})
    constants = {"kind": "load", "limit": 3, "first": "ab", "second": "ab"}
    expected = ClassFacts("X", 2, ("Base",), members, constants, "Reads it.")
    assert read_module(source).classes == {"X": expected}


def test_a_class_tells_what_its_methods_plainly_return() -> None:
    source = """
class X:
    @classmethod
    def name(cls):
        return "x"

    def get_supported_options(self):
        return {"a": {"type": "string"}}

    def either(self):
        if self:
            return 1
        return 2

    def made(self):
        return make()
"""
    found = read_module(source).classes["X"]
    options = {"a": {"type": "string"}}
    assert found.returned == {"name": "x", "get_supported_options": options}
    assert found.options == options


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        ("t = {'a': f, 'b': g}", {"a": 1, "b": 1}),
        ("t: dict = {\n    'a': f,\n    'b': g,\n}", {"a": 2, "b": 3}),
        ("t = {}", {}),
        ("if x:\n    t = {'a': f}", {"a": 2}),
        # The last one is what there is in the end.
        ("t = {'a': f}\nt = {'b': f}", {"b": 2}),
        ("t = {'a': f, **more}", None),
        ("t = {'a': f, name: g}", None),
        ("t = {1: f}", None),
        ("t = dict(a=f)", None),
        ("t = {'a'}", None),
        ("def t(): return {'a': f}", None),
    ],
)
def test_tables_are_dicts_whose_keys_are_all_texts(source: str, keys: Any) -> None:
    assert read_module(source).tables.get("t") == keys


def test_a_call_tells_its_keywords() -> None:
    source = "\nx = a.Plugin(first, command=deploy, name='ship', rest=1 + 1, **more)\n"
    call = read_module(source).calls["x"]
    assert (call.callee, call.line) == ("Plugin", 2)
    assert (call.names, call.constants) == ({"command": "deploy"}, {"name": "ship"})


@pytest.mark.parametrize("callee", ["make()", "(lambda: 1)"])
def test_what_is_called_may_have_no_name(callee: str) -> None:
    assert read_module(f"x = {callee}()").calls["x"].callee == ""


@pytest.mark.parametrize(
    ("name", "summary"),
    [
        ("f", "Says it."),
        ("deploy", "Deploys it."),
        ("plain", ""),
        # A plugin object says what its command says.
        ("plugin", "Deploys it."),
        ("other", ""),
        ("nowhere", ""),
    ],
)
def test_summary_is_the_first_line_of_a_docstring(name: str, summary: str) -> None:
    source = '''
def f():
    """  Says it.

    Twice.
    """

async def deploy():
    """Deploys it."""

def plain(): ...

plugin = Plugin(command=deploy)
other = Plugin(deploy)
'''
    assert read_module(source).summary_of(name) == summary


@pytest.mark.parametrize(
    "source",
    [
        "def (:",
        b"x = '\xff'",
        b"# coding: nonsense\n",
        # The parser gives up, then what makes a tree of what it parsed.
        "-" * 100_000 + "1",
        "+".join("a" * 100_000),
    ],
    ids=range(5),
)
def test_what_is_not_python_is_a_syntax_error(source: str | bytes) -> None:
    with pytest.raises(SyntaxError) as caught:
        read_module(source)
    assert caught.value.msg


@pytest.mark.parametrize("read", [read_module, lambda source: imported_modules(source, "p")])
def test_a_nul_is_refused(read: Any) -> None:
    with pytest.raises((ValueError, SyntaxError), match="null bytes"):
        read("x = '\0'")


def test_the_encoding_that_a_comment_names_is_used() -> None:
    source = "# coding: latin-1\nclass X:\n    word = 'é'\n".encode("latin-1")
    assert read_module(source).classes["X"].constants == {"word": "é"}


@given(st.text() | st.binary())
def test_any_text_is_read_or_refused(source: str | bytes) -> None:
    try:
        facts = read_module(source)
    except (SyntaxError, ValueError):
        return
    assert facts.names == facts.lines.keys()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("", ""),
        ("import a.b, c as d", "a.b c"),
        ("from a import b, c", "a a.b a.c"),
        ("from . import a", "p.q p.q.a"),
        ("from .a import b", "p.q.a p.q.a.b"),
        ("from .. import a", "p p.a"),
        ("from ..a.b import c", "p.a.b p.a.b.c"),
        ("def f():\n    import a\n    class X:\n        from b import c", "a b b.c"),
        ("try:\n    import a\nexcept ImportError:\n    import b", "a b"),
    ],
)
def test_imports_are_found_wherever_they_stand(source: str, names: str) -> None:
    assert imported_modules(source, "p.q") == {*names.split()}


@pytest.mark.parametrize(
    ("source", "package", "names"),
    [
        ("from ... import a", "p.q.r", "p p.a"),
        ("from ...a import b", "p.q.r", "p.a p.a.b"),
        ("from . import a as b, c", "p", "p p.a p.c"),
        ("from .a import *", "p", "p.a p.a.*"),
        ("import a.b.c as d", "p", "a.b.c"),
        ("import a, a, a.b", "p", "a a.b"),
        # A module that belongs to no package has no siblings.
        ("import a\nfrom b import c", "", "a b b.c"),
        ("async def f():\n    async with x:\n        from .a import b", "p", "p.a p.a.b"),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", "p", "a b"),
        ("match x:\n    case 1:\n        import a", "p", "a"),
        ("import_module('a')\n__import__('b')\n'import c'", "p", ""),
    ],
)
def test_relative_imports_count_from_the_package(source: str, package: str, names: str) -> None:
    assert imported_modules(source, package) == {*names.split()}


@pytest.mark.parametrize("source", ["import (", b"import \xff", b"# coding: nonsense\nimport a"])
def test_imports_of_what_is_not_python_are_a_syntax_error(source: str | bytes) -> None:
    with pytest.raises(SyntaxError):
        imported_modules(source, "p")


NAMES = st.lists(st.sampled_from(["a", "b_c", "größe", "x1"]), min_size=1, max_size=3)


@given(NAMES, NAMES, st.sampled_from(["", "async def f():\n  ", "class C:\n  ", "if x:\n  "]))
def test_a_module_is_found_however_it_is_imported(
    package: list[str], module: list[str], before: str
) -> None:
    own, name, last = ".".join(package), ".".join(module), module[-1]
    holder = ".".join(module[:-1])
    dots = "." * len(package)  # from here up to the topmost package
    forms = [f"import {name}", f"from {name} import x", f"from {holder or name} import {last}"]
    for form in forms:
        assert name in imported_modules(f"{before}{form}", own)
    relative = f"{before}from {dots}{holder} import {last}"
    assert f"{package[0]}.{name}" in imported_modules(relative.encode(), own)


@given(st.text() | st.binary())
def test_imports_of_any_text_are_read_or_refused(source: str | bytes) -> None:
    try:
        assert "" not in imported_modules(source, "p.q")
    except (SyntaxError, ValueError):
        return


@pytest.mark.parametrize(
    ("source", "summary"),
    [
        ("@click.command(help='Send it.')\ndef c(): ...", "Send it."),
        ("@click.command('c', help='Long.\\n\\nMore.', short_help='Short.')\ndef c():\n    'Doc.'", "Short."),
        ("@cli.group(short_help='Short.')\n@other(help='No.')\ndef c():\n    'Doc.'", "Short."),
        ("@command(help=WORDS)\ndef c():\n    'Doc.'", "Doc."),
        ("@click.option('-x', help='No.')\n@click.command\ndef c():\n    'Doc.'", "Doc."),
        ("c = click.Command('c', help='Send it.')", "Send it."),
        ("@click.command(help='Send it.')\ndef d(): ...\nc = BaseCLIPlugin(command=d)", "Send it."),
        ("@click.command(help='')\ndef c(): ...", ""),
    ],
)  # fmt: skip
def test_summary_of_a_command_is_its_help(source: str, summary: str) -> None:
    assert read_module(source).summary_of("c") == summary


@pytest.mark.filterwarnings("error")
def test_reading_a_module_warns_of_nothing() -> None:
    assert read_module("x = '\\d'").names == {"x"}
