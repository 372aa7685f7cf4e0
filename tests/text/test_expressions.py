from __future__ import annotations

import ast
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lhp.errors import (
    EXPRESSION_BAD,
    SECRET_IN_EXPRESSION,
    TOKEN_OUTSIDE_TEXT,
    UNRESOLVED_TOKEN,
    Code,
    LhpError,
    Location,
)
from lhp.model.flowgroup import SecretReference
from lhp.text.expressions import expression_code

AT = Location("lhp.yaml", 9, 12)
F = "from pyspark.sql import functions as F"
TOKENS = {
    "cat": "dev_cat",
    "n": "5",
    "minus": "-5",
    "price": "1.5",
    "yes": "true",
    "nothing": "None",
    "zeros": "007",
    "nan": "nan",
    "empty": "",
    "quotes": "a'b\"c",
    "lines": "a\nb\\n",
    "code": "1), f(2",
    "braces": "{x}",
    "more": "${cat}",
    "password": "${secret:a/b}",
    "mark": f"x{SecretReference('a', 'b')}",
}


def code_of(expression: str, tokens: Mapping[str, str] = TOKENS) -> str:
    return expression_code(expression, tokens.__getitem__, AT)[0]


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("F.current_timestamp()", "F.current_timestamp()"),
        ("F.lit('${cat}')", "F.lit('dev_cat')"),
        ('F.lit("x ${cat} ${cat} ${n}5")', "F.lit('x dev_cat dev_cat 55')"),
        ('F.lit("""${quotes}""")', "F.lit('a\\'b\"c')"),
        (r"F.lit(r'\d${lines}')", r"F.lit('\\da\nb\\n')"),
        (r"F.lit('\n${n}')", r"F.lit('\n5')"),
        ("F.lit('a' 'b${n}')", "F.lit('ab5')"),
        # Text of a token never leaves its literal.
        ("F.lit('${code}')", "F.lit('1), f(2')"),
        # Plain values may stand outside quotes.
        ("F.lit(${n})", "F.lit(5)"),
        ("F.lit(${price})", "F.lit(1.5)"),
        ("${minus} ** 2", "(-5) ** 2"),
        ("F.lit(${yes})", "F.lit(True)"),
        ("F.lit(${nothing})", "F.lit(None)"),
        ("F.lit(x=${n})", "F.lit(x=5)"),
        ("${n}", "5"),
        # A bare {x} is not ours.
        ("F.regexp_extract('a', '[0-9]{4}', 0)", "F.regexp_extract('a', '[0-9]{4}', 0)"),
        ("F.lit(f'{cat}')", "F.lit(f'{cat}')"),
        ("F.lit(f'${cat}{x}')", "F.lit(f'dev_cat{x}')"),
        ("F.lit(f'{${n}}')", "F.lit(f'{5}')"),
        (r"""f"{d[0]:{w}}\n" """, "f'{d[0]:{w}}\\n'"),
        ("{'a': 1}['a']", "{'a': 1}['a']"),
        ("(1, 2)", "(1, 2)"),
        ("lambda x: x", "lambda x: x"),
        ("b'x'", "b'x'"),
        # The same on every version of Python.
        ("F.lit('\U0001fae8 é')", "F.lit('\\U0001fae8 é')"),
        ("f'\U0001fae8{x}\\\\'", "f'\\U0001fae8{x}\\\\'"),
        ("f\"it's {x!r:>{w}} {a + 1} { {1: 2}[1] }\"", "f\"it's {x!r:>{w}} {(a + 1)} {({1: 2}[1])}\""),
        ("f'{{ {x} {x:}'", "f'{{ {x} {x:}'"),
        ("f'{x:%d-%m}'", "f'{x:%d-%m}'"),
        ("f'{(lambda: 1)()}'", "f'{(lambda: 1)()}'"),
        ("lambda: [a for a, b in c]", "lambda: [a for (a, b) in c]"),
        ("[a for a, x['b'] in c]", "[a for (a, x['b']) in c]"),
        ("u'a' + b'lambda :'", "'a' + b'lambda :'"),
        ("[a for a in b]", "[a for a in b]"),
        ("f'{x:{y:>5}}'", "f'{x:{y:>5}}'"),
        ("x[a, b]", "x[a, b]"),
        # Several lines are one expression inside brackets.
        ("F.when(a, 1)\n .otherwise(2)", "F.when(a, 1).otherwise(2)"),
        ("  F.lit(1)\n", "F.lit(1)"),
        ("1 + \\\n 2", "1 + 2"),
        ("F.lit('# no comment')", "F.lit('# no comment')"),
        # A user's own name that looks like our mark.
        ("lhp_token_0_ + ${n}", "lhp_token_0_ + 5"),
    ],
)  # fmt: skip
def test_an_expression_becomes_code(expression: str, code: str) -> None:
    assert code_of(expression) == code


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("", EXPRESSION_BAD),
        (" ", EXPRESSION_BAD),
        ("1), f(2", EXPRESSION_BAD),
        ("1], f[2", EXPRESSION_BAD),
        ("F.lit(1) # x", EXPRESSION_BAD),
        ("F.lit(1) # x\n", EXPRESSION_BAD),
        ("1 # )", EXPRESSION_BAD),
        ("1, 2", EXPRESSION_BAD),
        ("1,", EXPRESSION_BAD),
        # What Python parses, but does not compile.
        ("F.lit(col=1, col=2)", EXPRESSION_BAD),
        ("F.transform('x', lambda a, a: a)", EXPRESSION_BAD),
        ("[x async for x in y]", EXPRESSION_BAD),
        ("a=1", EXPRESSION_BAD),
        ("*a", EXPRESSION_BAD),
        ("x[*a]", EXPRESSION_BAD),
        ("x[(*a,)]", EXPRESSION_BAD),
        ("x[0, *a]", EXPRESSION_BAD),
        ("f'{x:\\n}'", EXPRESSION_BAD),
        ("f'{x:{y:{z}}}'", EXPRESSION_BAD),
        # A token without text leaves an f-string that is read back as another.
        ("f'${empty}{x}'", EXPRESSION_BAD),
        ("**a", EXPRESSION_BAD),
        ("x for x in y", EXPRESSION_BAD),
        ("a:b", EXPRESSION_BAD),
        ("x = 1", EXPRESSION_BAD),
        ("1; 2", EXPRESSION_BAD),
        ("1\n2", EXPRESSION_BAD),
        ("import os", EXPRESSION_BAD),
        ("(yield)", EXPRESSION_BAD),
        ("lambda: (yield)", EXPRESSION_BAD),
        ("(df := None)", EXPRESSION_BAD),
        ('f"""{\'\'\'a\nb\'\'\'}"""', EXPRESSION_BAD),
        ("f'{f\"\"}'", EXPRESSION_BAD),
        ("f\"{d['a']}\"", EXPRESSION_BAD),
        ("f'{\"${lines}\"}'", EXPRESSION_BAD),
        ("'\udc00'", EXPRESSION_BAD),
        ("1\0", EXPRESSION_BAD),
        ("(" * 300 + ")" * 300, EXPRESSION_BAD),
        ("+".join("a" * 30_000), EXPRESSION_BAD),
        ("0x" + "f" * 5000, EXPRESSION_BAD),
        ("F.lit('${secret:scope/key}')", SECRET_IN_EXPRESSION),
        ("F.lit('${secret:key}')", SECRET_IN_EXPRESSION),
        (f"F.lit('{SecretReference('a', 'b')}')", SECRET_IN_EXPRESSION),
        ("F.lit('${password}')", SECRET_IN_EXPRESSION),
        ("F.lit('${mark}')", SECRET_IN_EXPRESSION),
        ("F.lit('${absent}')", UNRESOLVED_TOKEN),
        ("F.lit('${a.b}')", UNRESOLVED_TOKEN),
        ("F.lit('%{local}')", UNRESOLVED_TOKEN),
        ("F.lit('{{ param }}')", UNRESOLVED_TOKEN),
        ("F.lit('${more}')", UNRESOLVED_TOKEN),
        # What token and text make together is looked at too.
        ("F.lit('$${braces}')", UNRESOLVED_TOKEN),
        ("F.lit(${cat})", TOKEN_OUTSIDE_TEXT),
        ("F.lit(${code})", TOKEN_OUTSIDE_TEXT),
        ("F.lit(${zeros})", TOKEN_OUTSIDE_TEXT),
        ("F.lit(${nan})", TOKEN_OUTSIDE_TEXT),
        ("F.${n}('x')", TOKEN_OUTSIDE_TEXT),
        ("F.lit(${n}=1)", TOKEN_OUTSIDE_TEXT),
        ("F.lit(b'${n}')", TOKEN_OUTSIDE_TEXT),
        ("F.lit(${n}5)", TOKEN_OUTSIDE_TEXT),
        ("F.lit(x${n})", TOKEN_OUTSIDE_TEXT),
        ("lambda ${n}: 1", TOKEN_OUTSIDE_TEXT),
    ],
)  # fmt: skip
def test_anything_else_is_refused(expression: str, code: Code) -> None:
    with pytest.raises(LhpError) as caught:
        code_of(expression)
    assert (caught.value.code, caught.value.location) == (code, AT)
    assert str(caught.value)


def test_a_token_without_quotes_is_answered_with_how_to_quote_it() -> None:
    with pytest.raises(LhpError) as caught:
        code_of("F.lit(${cat})")
    assert caught.value.hint == "put it in quotes: F.lit('${cat}')"


@pytest.mark.parametrize(
    ("expression", "imports"),
    [
        ("spark.conf.get('x')", ()),
        ("F.lit(1)", (F,)),
        ("G.F(1)", ()),
        ("broadcast(udf)", ("from pyspark.sql.functions import broadcast", "from pyspark.sql.functions import udf")),
        ("F.lit(1).cast(ArrayType(StringType()))", (F, "from pyspark.sql.types import ArrayType", "from pyspark.sql.types import StringType")),
        ("${n}", ()),
    ],
)  # fmt: skip
def test_names_that_it_uses_are_imported(expression: str, imports: tuple[str, ...]) -> None:
    assert expression_code(expression, TOKENS.__getitem__, AT)[1] == tuple(sorted(imports))


FRAGMENTS = st.sampled_from(
    ["F", ".lit", "(", ")", "[", "]", "'", '"', '"""', "f'", "{", "}", "${n}", "${t}", "#", "\n", "\\", ",", "1", "=", " ", ":", ";", "lambda", "x", "*", "\r", "\x0c"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(FRAGMENTS).map("".join)), st.text())
@example("F.lit('${t}')", "'), f('")
@example("f'{x:${t}}'", "}'")
def test_any_text_is_one_expression_or_refused(expression: str, value: str) -> None:
    try:
        code, _ = expression_code(expression, {"t": value, "n": "5"}.__getitem__, AT)
    except LhpError:
        return
    call = ast.parse(f"_('column', {code})", mode="eval").body
    assert len(call.args) == 2
    assert not call.keywords
    assert not isinstance(call.args[1], ast.Starred)
    assert len(code.splitlines()) == 1


@given(st.text())
def test_the_value_of_a_token_is_what_the_literal_says(value: str) -> None:
    try:
        code = code_of("'a ${t} b'", {"t": value})
    except LhpError as error:
        assert error.code in (SECRET_IN_EXPRESSION, UNRESOLVED_TOKEN)  # noqa: PT017  (which of two)
        return
    assert ast.literal_eval(code) == f"a {value} b"
