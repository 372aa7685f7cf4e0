"""Writes plain values as Python literals, so that no value can become code."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from lhp.errors import MARK_START, NOT_A_PYTHON_NAME
from lhp.model.flowgroup import MARK, SecretReference, as_written
from lhp.text.quoting import escaped, quoted

MODULE_NAMES = frozenset({"F", "FLOWGROUP_ID", "PIPELINE_ID", "dbutils", "dp", "float", "spark"})
"""What generated modules use; a function of theirs may not be called so."""

_CLOSING = re.compile(r'"{3,}|"+\Z')


class Code(str):
    """Text that is Python code; a template writes it as it is.

    Whatever changes or joins it (`+`, `replace`, slices) gives plain text again, hence a literal.
    `markupsafe.Markup` keeps its mark there and would let a value through.
    """

    __slots__ = ()

    def __html__(self) -> Code:
        """Return itself: Jinja asks for this before it escapes a text."""
        return self


class Identifier(Code):
    """A name that Python takes."""

    __slots__ = ()


def literal(value: Any) -> Code:
    """Return a plain value as a Python expression that gives it back.

    Args:
        value: None, a boolean, number or text, or lists and mappings of them; a tuple becomes a
            list. `Code` stays as it is. Where a text holds a secret, the expression asks for it.

    Raises:
        TypeError: The value, or one in it, is of another type.

    """
    if isinstance(value, Code):
        return value
    if isinstance(value, (str, SecretReference)):
        return _with_secrets(value, quoted)
    if isinstance(value, (dict, Mapping)):  # a `dict` tells it sooner
        entries = (f"{literal(key)}: {literal(item)}" for key, item in value.items())
        return Code("{" + ", ".join(entries) + "}")
    if isinstance(value, (list, tuple)):
        return Code("[" + ", ".join(map(literal, value)) + "]")
    return _scalar(value)


def text_literal(text: Any) -> Code:
    """Return a text as an expression that stays readable: its lines stay lines.

    What is no text comes out as `literal` writes it.
    """
    if isinstance(text, Code) or not isinstance(text, str):
        return literal(text)
    return _with_secrets(text, _readable)


def docstring(text: str) -> Code:
    """Return a text as a docstring; a secret in it is shown as the reference that it is."""
    return Code(_triple_quoted(as_written(_plain_text(text))))


def comment(text: str) -> Code:
    """Return a text as a comment in ASCII on one line, without the end of that line."""
    return Code(f"# {as_written(_plain_text(text))!a}")


def identifier(text: str) -> Identifier:
    """Return a text as a name.

    Raises:
        LhpError: NOT_A_PYTHON_NAME, without a place.

    """
    return _identifier(_plain_text(text))


@lru_cache(maxsize=4096)  # most are names of arguments
def _identifier(name: str) -> Identifier:
    is_stable = unicodedata.normalize("NFKC", name) == name
    is_taken = keyword.iskeyword(name) or (name.startswith("__") and name.endswith("__"))
    if not (name.isidentifier() and is_stable) or is_taken:
        raise NOT_A_PYTHON_NAME.at(name=name)
    return Identifier(name)


def option_calls(options: Mapping[str, Any]) -> Code:
    """Return `.option(key, value)` for each entry; what is no boolean or number becomes text."""
    calls = (f".option({literal(key)}, {_option(value)})" for key, value in options.items())
    return Code("".join(calls))


def keyword_arguments(arguments: Mapping[str, Any]) -> Code:
    """Return `key=value, ...` for each entry that is not None.

    Raises:
        LhpError: NOT_A_PYTHON_NAME for a key, without a place.

    """
    given = {key: value for key, value in arguments.items() if value is not None}
    return Code(", ".join(f"{identifier(key)}={literal(value)}" for key, value in given.items()))


def _scalar(value: Any) -> Code:
    if value is None or isinstance(value, bool):
        return Code(value)
    if isinstance(value, int):
        return Code(int.__repr__(value))
    if isinstance(value, float):
        written = float.__repr__(value)
        is_finite = written.strip("-") not in ("inf", "nan")
        return Code(written if is_finite else f'float("{written}")')
    message = f"{type(value).__name__!r} has no literal"
    raise TypeError(message)


def _option(value: Any) -> Code:
    return literal(value if isinstance(value, (bool, int, float, Code)) else _plain_text(value))


def _plain_text(value: Any) -> str:
    # An enum that is text prints as its member's name; its text is what users wrote.
    return str.__str__(value) if isinstance(value, str) else str(value)


def _with_secrets(value: str | SecretReference, write: Callable[[str], str]) -> Code:
    text = _plain_text(value)
    if MARK_START not in text:
        return Code(write(text))
    pieces = tuple(_pieces(text, write))
    return Code(pieces[0] if len(pieces) == 1 else f"({' + '.join(pieces)})")


def _pieces(text: str, write: Callable[[str], str]) -> Iterator[str]:
    end = 0
    for mark in MARK.finditer(text):
        if mark.start() > end:
            yield write(text[end : mark.start()])
        yield f'dbutils.secrets.get(scope="{mark[1]}", key="{mark[2]}")'
        end = mark.end()
    if end < len(text):
        yield write(text[end:])


def _readable(text: str) -> str:
    return _triple_quoted(text) if "\n" in text else quoted(text)


def _triple_quoted(text: str) -> str:
    body = escaped(text, keep="\n\t")
    body = _CLOSING.sub(lambda quotes: '\\"' * len(quotes[0]), body)
    return f'"""{body}"""'
