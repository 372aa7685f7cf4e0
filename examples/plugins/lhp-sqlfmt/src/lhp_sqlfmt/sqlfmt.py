"""Lays out generated modules: ruff, and long SQL in one text as a line for each clause."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping

from sqlglot import TokenError, Tokenizer, TokenType

_WIDTH = 88
_CLAUSES = {
    TokenType.FROM,
    TokenType.JOIN,
    TokenType.WHERE,
    TokenType.GROUP_BY,
    TokenType.HAVING,
    TokenType.ORDER_BY,
    TokenType.UNION,
    TokenType.LIMIT,
}
_OF_JOIN = {
    TokenType.LEFT,
    TokenType.RIGHT,
    TokenType.FULL,
    TokenType.INNER,
    TokenType.CROSS,
}


class SqlfmtFormatter:
    """Chosen by `formatter: sqlfmt` in lhp.yaml."""

    def format(self, sources: Mapping[str, str]) -> Mapping[str, str]:
        """Return all modules of a run, by path; their programs stay the same.

        Python joins texts that stand side by side, so a query on several lines is the one that
        was on a single line.
        """
        return {path: _with_queries(_ruff(text)) for path, text in sources.items()}


def _ruff(text: str) -> str:
    call = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "-"]
    ended = subprocess.run(call, input=text.encode(), capture_output=True, check=True)
    return ended.stdout.decode()


def _with_queries(text: str) -> str:
    lines = text.splitlines(keepends=True)
    for node, query in sorted(_queries(text), key=lambda found: -found[0].lineno):
        line = lines[node.lineno - 1].encode()
        before, after = (
            line[: node.col_offset].decode(),
            line[node.end_col_offset :].decode(),
        )
        parts = list(_clauses(query))
        if len(line.decode().rstrip()) <= _WIDTH or len(parts) == 1:
            continue
        space = " " * (len(before) - len(before.lstrip()))
        deeper = space if not before.strip() else f"{space}    "
        laid = "".join(f"{deeper}{_literal(part)}\n" for part in parts)
        if before.strip():
            lines[node.lineno - 1] = f"{before}\n{laid}{space}{after}"
        else:
            lines[node.lineno - 1] = f"{laid.rstrip()}{after}"
    return "".join(lines)


def _queries(text: str) -> Iterator[tuple[ast.expr, str]]:
    """Yield the texts on one line that are all that `spark.sql` gets, and their places."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != "spark.sql":
            continue
        match node.args:
            case [ast.Constant(value=str(query)) as value] if (
                value.lineno == value.end_lineno
            ):
                yield value, query


def _clauses(sql: str) -> Iterator[str]:
    """Yield a query in parts that together are the query; each but the first is a clause."""
    start = 0
    for cut in _cuts(sql):
        yield sql[start:cut]
        start = cut
    yield sql[start:]


def _cuts(sql: str) -> Iterator[int]:
    try:
        tokens = Tokenizer(dialect="databricks").tokenize(sql)
    except TokenError:
        return
    depth = 0
    before = None
    for token in tokens:
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        begins = token.token_type in _CLAUSES or token.token_type in _OF_JOIN
        if begins and depth == 0 and token.start and before not in _OF_JOIN:
            yield token.start
        before = token.token_type


def _literal(text: str) -> str:
    shown = repr(text)
    if shown.startswith("'") and '"' not in text and "'" not in text:
        return f'"{shown[1:-1]}"'
    return shown
