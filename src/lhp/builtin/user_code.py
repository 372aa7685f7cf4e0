"""Python of the user that stands inside generated functions."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from typing import Any

from lhp.builtin.python_secrets import secrets_as_calls
from lhp.core.literals import Code
from lhp.errors import HANDLER_SYNTAX, LhpError, Location
from lhp.model.flowgroup import MARK
from lhp.text.python_modules import parse_python

_INDENT = "    "
_HEAD = "def _(df, batch_id):\n"


def function_body(text: str, at: Location | None) -> Code:
    """Return Python statements indented as the body of a function; texts in them stay the same.

    Args:
        text: The statements; a secret in a text becomes the call that asks for it.
        at: Where the user wrote them, or named their file.

    Raises:
        LhpError: HANDLER_SYNTAX, SECRET_OUTSIDE_TEXT.
    """
    text = text.rstrip().replace("\r\n", "\n").replace("\r", "\n")
    _parsed(MARK.sub("secret", text), at)
    code = secrets_as_calls(text, at or Location(""))
    tree = _parsed(code, at)
    inside = {line for node in _texts(tree) for line in range(node.lineno + 1, _end(node) + 1)}
    lines = (
        line if number in inside or not line.strip() else _INDENT + line
        for number, line in enumerate(code.split("\n"), 1)
    )
    body = "\n".join(lines)
    _expect_same(body, tree, at)
    return Code(body)


def _parsed(text: str, at: Location | None) -> ast.Module:
    try:
        return parse_python(text, "")
    except LhpError as error:
        place = error.location
        where = f" in its line {place.line}" if place and place.line else ""
        raise HANDLER_SYNTAX.at(at, problem=f"{error.values['problem']}{where}") from None


def _texts(node: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    # Not all versions of Python tell the places of an f-string's parts.
    if isinstance(node, (ast.Constant, ast.JoinedStr)):
        yield node
    else:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child)


def _end(node: ast.expr) -> int:
    return node.end_lineno or node.lineno


def _expect_same(body: str, tree: ast.Module, at: Location | None) -> None:
    source = f"{_HEAD}{_INDENT}pass\n{body}\n"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "<handler>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise HANDLER_SYNTAX.at(at, problem=getattr(error, "msg", str(error))) from None
    function: Any = ast.parse(source).body[0]
    if [*map(ast.dump, function.body[1:])] != [*map(ast.dump, tree.body)]:
        raise HANDLER_SYNTAX.at(at, problem="its lines do not stay together when indented")
