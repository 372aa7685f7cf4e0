"""Filters for templates and SQL files: format_sql, encrypt, generate_uuid."""

from __future__ import annotations

import re
import uuid

import sqlglot

_TOKEN = re.compile(r"\$\{[^}]*\}|%\{[^}]*\}")
_STAND_IN = re.compile(r"__token_(\d+)__", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_SECRET = re.compile(r"[A-Za-z0-9_.@-]+/[A-Za-z0-9_.@-]+")
_MODES = ("GCM", "CBC", "ECB")
_OURS = uuid.uuid5(uuid.NAMESPACE_URL, "https://pypi.org/project/lhp-sqlfmt/")


def format_sql(sql: str) -> str:
    """Return Databricks SQL laid out: a clause a line, keywords in capitals.

    Args:
        sql: One or more statements; `${tokens}` and `%{variables}` in it stay.

    Raises:
        ValueError: When it does not parse, with the place.
    """
    tokens: list[str] = []

    def hidden(match: re.Match[str]) -> str:
        tokens.append(match[0])
        return f"__token_{len(tokens) - 1}__"

    try:
        statements = sqlglot.transpile(
            _TOKEN.sub(hidden, sql), read="databricks", write="databricks", pretty=True
        )
    except sqlglot.errors.SqlglotError as error:
        message = f"this is no Databricks SQL: {error}"
        raise ValueError(message) from error
    laid = ";\n\n".join(statements)
    return _STAND_IN.sub(lambda match: tokens[int(match[1])], laid)


def encrypt(column: str, secret: str, mode: str = "GCM") -> str:
    """Return the SQL that encrypts a column with a key that only the workspace knows.

    The key is named, not read: Databricks looks it up when the query runs.

    Args:
        column: Name of the column.
        secret: Scope and key of the secret, as `scope/key`.
        mode: GCM, CBC or ECB.

    Raises:
        ValueError: When one of them can't be that.
    """
    if not _NAME.fullmatch(column):
        message = f"{column!r} is no name of a column"
        raise ValueError(message)
    if not _SECRET.fullmatch(secret):
        message = f"{secret!r} is no secret; write scope/key"
        raise ValueError(message)
    if mode not in _MODES:
        message = f"{mode!r} is not one of {', '.join(_MODES)}"
        raise ValueError(message)
    scope, _, key = secret.partition("/")
    text = f"CAST({column} AS STRING)"
    return f"base64(aes_encrypt({text}, secret('{scope}', '{key}'), '{mode}'))"


def generate_uuid(*parts: str | int) -> str:
    """Return the UUID of some values: the same ones give the same UUID, on every machine.

    Args:
        parts: Texts or numbers, such as a system and a dataset.
    """
    return str(uuid.uuid5(_OURS, "\x1f".join(str(part) for part in parts)))
