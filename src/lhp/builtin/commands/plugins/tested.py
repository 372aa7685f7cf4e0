"""The command `plugins test`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from lhp.builtin.commands.plugins.uses import actions_of
from lhp.cli.report import counted, escape
from lhp.cli.session import Session, table_format, with_session
from lhp.core.manifest import Manifest, Origin
from lhp.core.option_schema import reserved_keys
from lhp.core.plugin_check import section_problems
from lhp.errors import LhpError, LhpErrors, raise_all
from lhp.kit.contract.checks import Contract, report_lines
from lhp.kit.contract.suite import contract_of
from lhp.model.flowgroup import KINDS
from lhp.model.source import plain
from lhp.passes.content import read_environment
from lhp.passes.discover import discover
from lhp.passes.host import Host
from lhp.passes.substitution import Tokens, substituted

_UNRESOLVED = ("{{", "{%", "%{")


@click.command("test", short_help="Try whether plugins keep their contract.")
@with_session
@table_format
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--env", "-e", default="dev", show_default=True, help="Environment whose tokens apply."
)
def check_contracts(session: Session, names: Sequence[str], env: str, form: str) -> int:
    """Try whether plugins keep their contract, with inputs made from their own schemas.

    NAME is the name of a plugin, or TYPE:NAME where two types share the name; without it all that
    lhp.yaml declares or that stand in its plugin folders are tried. Each runs where it always does,
    and has to be trusted.

    A generator meets each option alone, each choice and default, hostile texts, and options that
    are missing or unknown; what its source reads is compared with its schema. Filters, validators,
    formatters, macros, artifacts, commands and content are tried likewise. Values come from the
    `examples` of a schema and from the flowgroups of the project. What fails is shown with the
    smallest input that does.
    """
    if form == "json":
        session.form = "json"
    project = session.project()
    manager = session.manager_of(project)
    files = discover(project)
    tokens = read_environment(project, files, env) if files.substitutions else Tokens(env, {})
    raise_all(tokens.errors)
    host = Host(project, manager, tokens)
    problems = [] if names else [*section_problems(manager), *manager.problems]
    unread = [] if names else manager.unread  # files of which nobody can tell what they hold
    raise_all([*(each for each in problems if not each.is_warning), *unread])
    own = filter(_is_own, manager.registry.winners.values())
    chosen = [manager.named(name) for name in names] or [*own]
    contracts = [contract_of(host, each, [*_examples(host, each)]) for each in chosen]
    if form == "json":
        click.echo(json.dumps([_as_data(each) for each in contracts], indent=2, default=str))
    else:
        for contract in contracts:
            click.echo("\n".join(map(escape, report_lines(contract))) + "\n")
    broken = sum(bool(contract.failures) for contract in contracts)
    told = counted(broken, "broken contract") if broken else "no problems"
    session.say(f"{counted(len(contracts), 'plugin')}: {told}")
    return 1 if broken else 0


def _is_own(manifest: Manifest) -> bool:
    is_declared = manifest.origin in (Origin.CONFIG, Origin.DIRECTORY) or manifest.is_named
    return manifest.enabled and is_declared


def _examples(host: Host, manifest: Manifest) -> Iterator[Mapping[str, Any]]:
    """Yield options of the project's own actions, as far as they say them plainly."""
    if not manifest.plugin_type.kind:
        return
    kind = KINDS[manifest.plugin_type.kind]
    taken = {*reserved_keys(kind.name), kind.selector}
    for entry in actions_of(host.manager, host.project, manifest):
        try:
            options = plain(substituted(kind.options_of(entry), host.tokens)[0])
        except (LhpError, LhpErrors, TypeError):
            continue
        yield {
            key: value
            for key, value in options.items()
            if key not in taken and not any(mark in str(value) for mark in _UNRESOLVED)
        }


def _as_data(contract: Contract) -> Mapping[str, Any]:
    return {
        "plugin": contract.plugin,
        "kept": not contract.failures,
        "checks": [
            {
                "about": check.about,
                "tried": check.tried,
                "failures": [
                    {"reason": each.reason, "given": each.given} for each in check.failures
                ],
            }
            for check in contract.checks
        ],
    }
