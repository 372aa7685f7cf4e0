"""Secrets in Python of the user: each in a text becomes the call that asks for it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lhp.core.literals import literal
from lhp.errors import SECRET_OUTSIDE_TEXT, LhpError, Location
from lhp.model.flowgroup import MARK, as_written
from lhp.text.python_modules import parse_python

_PREFIXES = "bBfFrRuU"
_IMPORT = "from databricks.sdk.runtime import dbutils"


def secrets_as_calls(text: str, at: Location) -> str:
    """Return Python in which each secret in a text is a call; all else stays as it is.

    A field of an f-string takes the call. In comments and docstrings a secret stays a reference.

    Args:
        text: The source, in which secrets are marked.
        at: The file, or the place in YAML where the source stands.

    Raises:
        LhpError: SECRET_OUTSIDE_TEXT, PYTHON_SYNTAX.
    """
    return _Secrets(text, at).as_calls() if MARK.search(text) else text


def module_with_secrets(text: str, path: str) -> str:
    """Return a Python file as `secrets_as_calls` does; it imports what its calls need.

    Raises:
        LhpError: SECRET_OUTSIDE_TEXT, PYTHON_SYNTAX, at their places in the file.
    """
    code = secrets_as_calls(text, Location(path))
    if code == as_written(text):
        return code
    lines = code.split("\n")
    others = (node for node in parse_python(code, path).body if not _stands_first(node))
    first = min((_first_line(node) for node in others), default=len(lines))
    return "\n".join([*lines[: first - 1], _IMPORT, *lines[first - 1 :]])


def _first_line(node: ast.stmt) -> int:
    decorators: Sequence[ast.expr] = getattr(node, "decorator_list", ())
    return min([node.lineno, *(each.lineno for each in decorators)])


def _stands_first(node: ast.stmt) -> bool:
    is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    return is_future or _is_text(node)


class _Secrets:
    """Python in which names stand for the secrets, so that it can be read."""

    def __init__(self, text: str, at: Location) -> None:
        self._at = at
        self._names: dict[str, str] = {}
        self._prefix = "lhp_secret_"
        while self._prefix in text:
            self._prefix += "_"
        self._pattern = re.compile(rf"{self._prefix}[0-9]+_")
        lines = text.replace("\r\n", "\n").replace("\r", "\n")
        self._text = MARK.sub(lambda mark: self._name(mark[0]), lines)
        self._marks = {name: mark for mark, name in self._names.items()}

    def as_calls(self) -> str:
        """Return the text with calls; refuse a secret that stands in no text."""
        pieces = [*self._pieces(parse_python(self._text, self._at.path))]
        data = self._with_comments().encode()
        starts = [0, *(end.end() for end in re.finditer(rb"\n", data))]
        for node, code in sorted(pieces, key=lambda piece: _start(piece[0]), reverse=True):
            first = starts[node.lineno - 1] + node.col_offset
            last = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
            data = data[:first] + code.encode() + data[last:]
        text = data.decode()
        left = self._pattern.search(text)
        if left:
            raise self._refused(left[0])
        return text

    def _name(self, mark: str) -> str:
        return self._names.setdefault(mark, f"{self._prefix}{len(self._names)}_")

    def _with_comments(self) -> str:
        lines = self._text.split("\n")
        for token in tokenize.generate_tokens(io.StringIO(self._text).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                lines[row - 1] = lines[row - 1][:column] + as_written(self._marked(token.string))
        return "\n".join(lines)

    def _pieces(self, node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
        # In a pattern of `match` a call would be one for the parts of a class.
        if isinstance(node, ast.pattern):
            return
        # Not all versions of Python tell the places of an f-string's parts.
        if not isinstance(node, (ast.Constant, ast.JoinedStr)):
            for child in ast.iter_child_nodes(node):
                yield from self._docstring(child) if _is_text(child) else self._pieces(child)
        elif isinstance(node, ast.JoinedStr):
            yield from self._fields(node)
        elif isinstance(node.value, str) and self._pattern.search(node.value):
            yield node, literal(self._marked(node.value))

    def _docstring(self, statement: Any) -> Iterator[tuple[ast.expr, str]]:
        yield statement.value, as_written(self._marked(self._source(statement.value)))

    def _fields(self, node: ast.JoinedStr) -> Iterator[tuple[ast.expr, str]]:
        source = self._source(node)
        # Before Python 3.12 a field may not hold the quotes of its f-string.
        quote = "'" if source.endswith('"') else '"'
        calls = {name: self._call(name).replace('"', quote) for name in self._marks}
        code = self._pattern.sub(lambda name: f"{{{calls[name[0]]}}}", source)
        if code != source:
            fields = {
                ast.dump(ast.parse(call, mode="eval").body): name for name, call in calls.items()
            }
            if len(_quotes(source)) > 1 or _flat(code, fields) != _flat(source, {}):
                raise self._refused(self._pattern.findall(source)[0])
            yield node, code

    def _source(self, node: ast.expr) -> str:
        return ast.get_source_segment(self._text, node) or ""

    def _marked(self, text: str) -> str:
        return self._pattern.sub(lambda name: self._marks[name[0]], text)

    def _call(self, name: str) -> str:
        return literal(self._marks[name])

    def _refused(self, name: str) -> LhpError:
        before = self._text[: self._text.index(name)]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        at = self._at if self._at.line else Location(self._at.path, line, column)
        return SECRET_OUTSIDE_TEXT.at(at)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _start(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _quotes(source: str) -> frozenset[str]:
    """Return the quotes around the texts of which Python makes one, not those inside fields."""
    depth, found = 0, set()
    for token in tokenize.generate_tokens(io.StringIO(f"({source})").readline):
        kind = tokenize.tok_name[token.type]
        depth -= kind == "FSTRING_END"
        if kind in ("STRING", "FSTRING_START") and not depth:
            found.add(token.string.lstrip(_PREFIXES)[0])
        depth += kind == "FSTRING_START"
    return frozenset(found)


def _flat(source: str, names: Mapping[str, str]) -> str | None:
    """Return an f-string's parts as one text, with names for the fields that have one."""
    try:
        node: Any = ast.parse(f"(\n{source}\n)", mode="eval").body
    except SyntaxError:
        return None
    parts: list[Any] = [part.value for part in node.values]
    return "".join(
        part if isinstance(part, str) else names.get(ast.dump(part), f"\0{ast.dump(whole)}\0")
        for part, whole in zip(parts, node.values, strict=True)
    )
