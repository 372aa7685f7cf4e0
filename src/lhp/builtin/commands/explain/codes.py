"""Tells what an error code means and how to mend it."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping

import click

from lhp.cli.report import TableForm, print_table
from lhp.errors import CODE_UNKNOWN, Code, known_codes, nearest

_PREFIX = "LHP-"
_WIDTH = 80


def list_codes(form: TableForm) -> None:
    """Print every code with its message."""
    codes = known_codes()
    rows = [(codes[name].id, codes[name].severity, _words(codes[name])) for name in sorted(codes)]
    print_table(("Code", "Severity", "Message"), rows, form=form)


def explain_code(code: str, form: TableForm) -> None:
    """Print what a code means.

    Args:
        code: As written, with `LHP-` or without.
        form: `text` for people, `json` for programs.

    Raises:
        LhpError: CODE_UNKNOWN.
    """
    codes = known_codes()
    wanted = code.upper() if code.upper().startswith(_PREFIX) else f"{_PREFIX}{code.upper()}"
    if wanted not in codes:
        raise CODE_UNKNOWN.at(name=code, nearest=nearest(wanted, codes))
    if form == "json":
        click.echo(json.dumps(_as_data(codes[wanted]), indent=2))
    else:
        click.echo("\n".join(_page(codes[wanted])))


def _as_data(code: Code) -> Mapping[str, str]:
    return {
        "code": code.id,
        "severity": code.severity,
        "message": _words(code),
        "hint": _named(code.hint),
        "explanation": code.explain,
    }


def _page(code: Code) -> Iterator[str]:
    yield f"{code.severity}[{code.id}]"
    yield from textwrap.wrap(_words(code), _WIDTH, initial_indent="  ", subsequent_indent="  ")
    hint = _named(code.hint)
    if hint:
        yield from textwrap.wrap(f"  help: {hint}", _WIDTH, subsequent_indent="        ")
    yield ""
    yield from textwrap.wrap(code.explain, _WIDTH)


def _words(code: Code) -> str:
    return _named(code.message)


def _named(text: str) -> str:
    # `{name!r}` of a format string becomes <name>; what is advised in one case says nothing here.
    shown = re.sub(r"\{(\w+)[^{}]*\}", r"<\1>", text).replace("<advice>", "")
    return shown.replace("{{", "{").replace("}}", "}")
