"""Python of the user that stands inside generated functions."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Any

from lhp.core.literals import Code, literal
from lhp.errors import HANDLER_SECRET, HANDLER_SYNTAX, LhpError, Location
from lhp.model.flowgroup import MARK
from lhp.text.python_modules import parse_python

_INDENT = "    "
_HEAD = "def _(df, batch_id):\n"


def function_body(text: str, at: Location | None) -> Code:
    """Return Python statements indented as the body of a function; texts in them stay the same.

    Args:
        text: The statements; a secret in a plain text becomes the call that asks for it.
        at: Where the user wrote them, or named their file.

    Raises:
        LhpError: HANDLER_SYNTAX, HANDLER_SECRET.
    """
    text = text.rstrip().replace("\r\n", "\n").replace("\r", "\n")
    secrets = [mark[0] for mark in MARK.finditer(text)]
    name = _unused_name(text)
    code = _with_secrets(MARK.sub(name, text), name, secrets, at)
    tree = _parsed(code, at)
    inside = {line for node in _texts(tree) for line in range(node.lineno + 1, _end(node) + 1)}
    lines = (
        line if number in inside or not line.strip() else _INDENT + line
        for number, line in enumerate(code.split("\n"), 1)
    )
    body = "\n".join(lines)
    _expect_same(body, tree, at)
    return Code(body)


def _unused_name(text: str) -> str:
    name = "lhp_secret"
    while name in text:
        name += "_"
    return name


def _with_secrets(text: str, name: str, secrets: list[str], at: Location | None) -> str:
    if not secrets:
        return text
    data = text.encode()
    starts = [0, *(end.end() for end in re.finditer(rb"\n", data))]
    waiting = list(secrets)
    for node in sorted(_texts(_parsed(text, at)), key=_start, reverse=True):
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, str) and name in value:
            own = [waiting.pop() for _ in range(value.count(name))]
            filled = re.sub(name, lambda _: own.pop(), value)  # noqa: B023  (used at once)
            first = starts[node.lineno - 1] + node.col_offset
            last = starts[_end(node) - 1] + (node.end_col_offset or 0)
            data = data[:first] + literal(filled).encode() + data[last:]
    code = data.decode()
    if name in code:
        raise HANDLER_SECRET.at(at)
    return code


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


def _start(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


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
