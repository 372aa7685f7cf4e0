"""The command `substitutions`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from lhp.cli.report import TableForm, counted, print_table
from lhp.cli.session import Session, table_format, with_session
from lhp.errors import raise_all
from lhp.passes.content import read_environment
from lhp.passes.discover import discover
from lhp.passes.substitution import Tokens
from lhp.text.plain_secrets import hidden, is_plain_secret

_DEFAULT = "(default)"


@click.command()
@with_session
@table_format
@click.option("-e", "--env", default="dev", show_default=True, help="Environment to show.")
def substitutions(session: Session, env: str, form: TableForm) -> int:
    """Show the tokens and secret scopes of an environment."""
    project = session.project()
    tokens = read_environment(project, discover(project), env)
    raise_all(tokens.errors)
    if form == "json":
        click.echo(json.dumps(_as_data(tokens), indent=2))
    else:
        _print_tables(tokens)
    session.show(tokens.problems)
    session.say(f"{counted(len(tokens.values), 'token')} in {env}")
    return 0


def _as_data(tokens: Tokens) -> Mapping[str, Any]:
    secrets = {"default_scope": tokens.default_scope or None, "scopes": tokens.scopes}
    return {"env": tokens.env, "tokens": _hidden(tokens.values), "secrets": secrets}


def _hidden(values: Any) -> Any:
    if not isinstance(values, Mapping):
        return values
    return {
        name: hidden(value, [value]) if is_plain_secret(name, value) else _hidden(value)
        for name, value in values.items()
    }


def _print_tables(tokens: Tokens) -> None:
    print_table(("Token", "Value"), sorted(_flat("", _hidden(tokens.values))))
    scopes = sorted(tokens.scopes.items())
    if tokens.default_scope:
        scopes.insert(0, (_DEFAULT, tokens.default_scope))
    if scopes:
        click.echo()
        print_table(("Alias", "Scope of secrets"), scopes)


def _flat(prefix: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            shown = value if isinstance(value, str) else json.dumps(value)
            yield f"{prefix}{name}", shown
