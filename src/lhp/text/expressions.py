"""Turns the expressions of metadata columns into code that can do no more than they say."""

from __future__ import annotations

import ast
import copy
import io
import re
import tokenize
import unicodedata
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from lhp.errors import (
    EXPRESSION_BAD,
    MARK_END,
    MARK_START,
    SECRET_IN_EXPRESSION,
    TOKEN_OUTSIDE_TEXT,
    UNRESOLVED_TOKEN,
    LhpError,
    Location,
)
from lhp.text.quoting import escaped, quoted

_FUNCTIONS = ("udf", "pandas_udf", "broadcast")
_TYPES = (
    "ArrayType",
    "BinaryType",
    "BooleanType",
    "ByteType",
    "DateType",
    "DecimalType",
    "DoubleType",
    "FloatType",
    "IntegerType",
    "LongType",
    "MapType",
    "NullType",
    "ShortType",
    "StringType",
    "StructField",
    "StructType",
    "TimestampNTZType",
    "TimestampType",
    "VariantType",
)
_IMPORTS: Mapping[str, str] = {
    "F": "from pyspark.sql import functions as F",
    **{name: f"from pyspark.sql.functions import {name}" for name in _FUNCTIONS},
    **{name: f"from pyspark.sql.types import {name}" for name in _TYPES},
}
_SECRET = re.compile(rf"\$\{{secret:|[{MARK_START}{MARK_END}]")
_TOKEN = re.compile(r"\$\{(\w+)\}")
_LEFTOVER = re.compile(r"[$%]\{[^}]*\}|\{\{.*?\}\}", re.DOTALL)
_ESCAPED = re.compile(r"[^ -~]|[{}\\'\"]")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,99})(?:\.[0-9]{1,99})?(?:[eE][+-]?[0-9]{1,2})?")
_WORDS = {"True": "True", "true": "True", "False": "False", "false": "False", "None": "None"}
_REFUSED = (ast.Await, ast.NamedExpr, ast.Yield, ast.YieldFrom)
_TOO_DEEP = "it is nested too deeply"
_NOT_ONE = "it is none, or several"
_NO_VALUE = "`await`, `yield` and `:=` do more than give a value"
_COMMENT = "it holds a comment"
_RICH_FIELD = "a field of an f-string in it holds another, or a text"
_STARRED_INDEX = "an index in it holds `*`"
_UNWRITABLE = "its f-strings are too rich"
_BARE_FIELDS = (ast.Attribute, ast.Call, ast.Constant, ast.Name, ast.Subscript)


def expression_code(
    expression: str, tokens: Callable[[str], str], at: Location
) -> tuple[str, tuple[str, ...]]:
    """Return the code of an expression and the import lines that it needs.

    Args:
        expression: Python text as the user wrote it, with `${name}` for tokens.
        tokens: Gives the value of a token; raises KeyError for one that there is not.
        at: Where the user wrote it.

    Raises:
        LhpError: When the text is not exactly one expression, or a token does not fit.
    """
    names = dict.fromkeys(_TOKEN.findall(expression))
    try:
        return _coded(expression, tuple((name, _given(name, tokens)) for name in names))
    except LhpError as error:
        raise LhpError(error.code, at, error.values) from None


def _given(name: str, tokens: Callable[[str], str]) -> str | None:
    try:
        return tokens(name)
    except KeyError:
        return None


@lru_cache(maxsize=1024)  # nearly every action of a project has the same few
def _coded(
    expression: str, tokens: tuple[tuple[str, str | None], ...]
) -> tuple[str, tuple[str, ...]]:
    marks = _Marks(expression, dict(tokens))
    try:
        tree = _parsed(marks.text)
        filled = _Filler(marks).visit(tree)
        _refuse_rich_fields(filled)
        code = _written(filled, marks.prefix)
    except SyntaxError as error:
        raise EXPRESSION_BAD.at(expression=expression, problem=error.msg) from None
    except (ValueError, RecursionError, MemoryError) as error:
        problem = str(error) if isinstance(error, ValueError) else _TOO_DEEP
        raise EXPRESSION_BAD.at(expression=expression, problem=problem) from None
    return code, _imports_of(tree)


class _Marks:
    """An expression whose tokens are replaced by names that stand nowhere in it."""

    def __init__(self, expression: str, tokens: Mapping[str, str | None]) -> None:
        self.prefix = "lhp_token_"
        # Python reads identifiers in this normal form.
        while self.prefix in unicodedata.normalize("NFKC", expression):
            self.prefix += "_"
        self.pattern = re.compile(rf"{self.prefix}([0-9]+)_")
        self.names = [*tokens]
        self.text = _TOKEN.sub(lambda token: self._mark(token[1]), expression)
        self.check(self.text)
        self.values = [_known(name, value) for name, value in tokens.items()]

    def check(self, text: str) -> None:
        """Refuse secrets and tokens that nobody replaced."""
        if _SECRET.search(text):
            raise SECRET_IN_EXPRESSION.at()
        leftover = _LEFTOVER.search(text)
        if leftover:
            raise _unresolved(leftover[0])

    def fill(self, text: str) -> str:
        filled = self.pattern.sub(lambda mark: self.values[int(mark[1])], text)
        self.check(filled)
        return filled

    def literal(self, mark: str) -> ast.expr:
        index = self._index(mark)
        value = self.values[index]
        code = value if _NUMBER.fullmatch(value) else _WORDS.get(value)
        if code is None or mark != self._mark(self.names[index]):
            raise TOKEN_OUTSIDE_TEXT.at(name=self.names[index])
        return ast.parse(code, mode="eval").body

    def outside(self, text: str) -> LhpError:
        return TOKEN_OUTSIDE_TEXT.at(name=self.names[self._index(text)])

    def _mark(self, name: str) -> str:
        return f"{self.prefix}{self.names.index(name)}_"

    def _index(self, text: str) -> int:
        return int(self.pattern.findall(text)[0])


class _Filler(ast.NodeTransformer):
    def __init__(self, marks: _Marks) -> None:
        self.marks = marks

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            return ast.copy_location(ast.Constant(self.marks.fill(node.value)), node)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self.marks.literal(node.id) if self.marks.prefix in node.id else node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for _, value in ast.iter_fields(node):
            text = value.decode("latin-1") if isinstance(value, bytes) else value
            if isinstance(text, str) and self.marks.prefix in text:
                raise self.marks.outside(text)
        return super().generic_visit(node)


def _parsed(text: str) -> ast.expr:
    # What closes a bracket of ours early can't fit both kinds of brackets.
    in_call = _evaluated(f"_(\n{text}\n)")
    in_index = _evaluated(f"_[\n{text}\n]")
    given = [*in_call.args, *in_call.keywords]
    if len(given) != 1 or ast.dump(given[0]) != ast.dump(in_index.slice):
        raise ValueError(_NOT_ONE)
    if any(isinstance(node, _REFUSED) for node in ast.walk(given[0])):
        raise ValueError(_NO_VALUE)
    if any(map(_has_starred_index, ast.walk(given[0]))):
        raise ValueError(_STARRED_INDEX)
    _refuse_comments(f"(\n{text}\n)")
    tree: ast.expr = in_index.slice
    return tree


def _evaluated(text: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, mode="eval", feature_version=(3, 10)).body


def _has_starred_index(node: ast.AST) -> bool:
    # Python 3.10 does not read what newer ones write for it.
    index = node.slice if isinstance(node, ast.Subscript) else None
    return isinstance(index, ast.Tuple) and any(
        isinstance(each, ast.Starred) for each in index.elts
    )


def _written(tree: ast.expr, prefix: str) -> str:
    code = _Writer(prefix).code_of(copy.deepcopy(tree))
    if ast.dump(_evaluated(code)) != ast.dump(tree):
        raise ValueError(_UNWRITABLE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(code, "<expression>", "eval", dont_inherit=True)  # finds more than `ast.parse`
    return code


class _Writer(ast.NodeTransformer):
    """Writes itself what versions of Python write differently; names stand for it meanwhile."""

    def __init__(self, prefix: str) -> None:
        self.prefix = f"{prefix}code_"
        self.pattern = re.compile(rf"{self.prefix}([0-9]+)_")
        self.parts: list[str] = []

    def code_of(self, tree: ast.AST) -> str:
        code = ast.unparse(self.visit(tree)).replace("lambda :", "lambda:")
        return self.pattern.sub(lambda found: self.parts[int(found[1])], code)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            return self._named(quoted(node.value))
        return self._named(repr(node.value)) if isinstance(node.value, bytes) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        body = "".join(map(self._piece, node.values))
        quote = '"' if "'" in body and '"' not in body else "'"
        return self._named(f"f{quote}{body.replace(quote, chr(92) + quote)}{quote}")

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        if isinstance(node.target, ast.Tuple):
            node.target = self._named(self.code_of(node.target))
        return self.generic_visit(node)

    def _piece(self, node: ast.AST) -> str:
        if isinstance(node, ast.Constant):
            return escaped(str(node.value)).replace("{", "{{").replace("}", "}}")
        return self._field(node)

    def _field(self, node: Any) -> str:
        code = self.code_of(node.value)
        if not isinstance(node.value, _BARE_FIELDS) or code.startswith("{"):
            code = f"({code})"
        conversion = f"!{chr(node.conversion)}" if node.conversion > 0 else ""
        parts = node.format_spec.values if node.format_spec else ()
        # Versions of Python differ in how they read escapes and more fields there.
        texts = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
        inner = [part.format_spec for part in parts if isinstance(part, ast.FormattedValue)]
        if any(map(_ESCAPED.search, texts)) or any(map(_has_field, inner)):
            raise ValueError(_UNWRITABLE)
        spec = "".join(map(self._piece, parts))
        return f"{{{code}{conversion}{':' if node.format_spec else ''}{spec}}}"

    def _named(self, code: str) -> ast.Name:
        self.parts.append(code)
        return ast.Name(f"{self.prefix}{len(self.parts) - 1}_")


def _refuse_comments(text: str) -> None:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            raise ValueError(_COMMENT)


def _refuse_rich_fields(tree: ast.AST) -> None:
    # Python 3.12 writes f-strings that older ones can't read: quotes in a field.
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and any(map(_is_rich, ast.walk(node.value))):
            raise ValueError(_RICH_FIELD)


def _has_field(spec: ast.AST | None) -> bool:
    return spec is not None and any(isinstance(node, ast.FormattedValue) for node in ast.walk(spec))


def _is_rich(node: ast.AST) -> bool:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
    return isinstance(node, ast.JoinedStr) or is_text


def _known(name: str, value: str | None) -> str:
    if value is None:
        text = f"${{{name}}}"
        raise _unresolved(text)
    return value


def _unresolved(text: str) -> LhpError:
    return UNRESOLVED_TOKEN.at(text=text, scope="this environment", nearest=None)


def _imports_of(tree: ast.expr) -> tuple[str, ...]:
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return tuple(sorted(_IMPORTS[name] for name in names & _IMPORTS.keys()))
