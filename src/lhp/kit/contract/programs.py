"""What generated code holds: its texts, and its shape without them."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote

_NAMED: dict[type[ast.AST], str] = {
    ast.FunctionDef: "name",
    ast.Name: "id",
    ast.alias: "name",
    ast.Attribute: "attr",
    ast.keyword: "arg",
}


def texts_of(code: str) -> Iterator[str]:
    """Yield every text that a program holds: in its literals, and as its names."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif type(node) in _NAMED:
            yield str(vars(node)[_NAMED[type(node)]])


def shape_of(code: str) -> str:
    """Return a program without its texts and names."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value, node.kind = 0, None
        elif type(node) in _NAMED:
            vars(node)[_NAMED[type(node)]] = "x"
    return ast.dump(tree)


def carries(texts: Iterable[str], text: str) -> bool:
    """Return True when one of some texts holds a text, as it is or quoted for another language."""
    forms = [*_forms(text)]
    return any(form in each for each in texts for form in forms)


def _forms(text: str) -> Iterator[str]:
    yield text
    for mark in "'\"`":
        yield text.replace(mark, mark * 2)  # as SQL has it
        yield text.replace("\\", "\\\\").replace(mark, f"\\{mark}")
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield repr(text)[1:-1]
    yield text.replace("{", "{{").replace("}", "}}")
    yield quote(text, safe="", errors="surrogatepass")
