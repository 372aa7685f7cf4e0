"""The commands `plugins trust`, `untrust`, `block` and `unblock`: who may run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import click

from lhp.cli.approval import candidates_of, description, differences, expect_yes
from lhp.cli.report import counted, escape
from lhp.cli.session import Session, problem_format, with_session
from lhp.core.manifest import Manifest
from lhp.core.plugin_manager import PluginManager
from lhp.core.plugin_trust import AskingTrust
from lhp.core.verdict import trust_id
from lhp.errors import raise_all
from lhp.passes.collect import Problems

_NAMES = click.argument("names", nargs=-1, metavar="[NAME]...")


@click.command("trust", short_help="Let plugins of this project run, as they are now.")
@with_session
@problem_format
@_NAMES
@click.option("--all", "is_all", is_flag=True, help="All plugins that come with the project.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--show", is_flag=True, help="Show how each stands, or what NAME holds.")
def trust_plugins(
    session: Session, names: Sequence[str], *, is_all: bool, yes: bool, show: bool
) -> int:
    """Let plugins run, byte for byte as they are now; runs none of them.

    NAME is a plugin's name, or TYPE:NAME where two types share the name. What is approved is shown
    first: files, imports, and what differs from what was approved before. Approvals are kept in
    your own folders, never in the project. In CI, set LHP_TRUST to the SHA-256 of lhp.lock.
    """
    manager = PluginManager(session.root())
    user = _trust(manager).user
    if show and not names:
        return _show(session, manager)
    chosen = _chosen(manager, names, is_all=is_all)
    candidates = [*candidates_of(manager, chosen)]
    new = [each for each in candidates if each.news]
    for candidate in candidates if show else new:
        for line in description(candidate):
            click.echo(escape(line))
        for line in differences(candidate, user.approvals) if candidate.known else ():
            click.echo(escape(line))
    if show:
        return 0
    if new and not yes:
        expect_yes(f"Let {counted(len(new), 'plugin')} run?")
    for candidate in new:
        user.approvals.approve(candidate.manifest, candidate.sources)
        digest = candidate.sources.digest
        session.note("trust.granted", root=session.root(), plugin=candidate.name, digest=digest)
    session.say(f"{len(new)} approved, {len(candidates) - len(new)} approved before")
    return 0


@click.command("untrust", short_help="Take approvals back.")
@with_session
@problem_format
@_NAMES
@click.option("--all", "is_all", is_flag=True, help="All approvals of this project.")
def untrust_plugins(session: Session, names: Sequence[str], *, is_all: bool) -> int:
    """Take approvals of this project back."""
    manager = PluginManager(session.root())
    approvals = _trust(manager).user.approvals
    _expect_names(names, is_all=is_all)
    wanted = set(approvals.approved) if is_all else set()
    for name in names:
        # What is approved may no longer be declared.
        known = {each for each in approvals.approved if name in (each, each.partition(":")[2])}
        wanted |= known or {trust_id(each) for each in manager.find(name)}
    gone = sorted(wanted & set(approvals.approved))
    for name in gone:
        approvals.revoke(name)
        session.note("trust.revoked", root=session.root(), plugin=name)
        click.echo(escape(name))
    session.say(f"{counted(len(gone), 'approval')} taken back")
    return 0


@click.command("block", short_help="Never let a plugin run, in any project.")
@with_session
@problem_format
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def block_plugins(session: Session, names: Sequence[str]) -> int:
    """Never let a plugin run, in no project, whatever was approved.

    NAME is a name, TYPE:NAME, a distribution, or a digest.
    """
    return _set_blocked(session, names, is_blocked=True)


@click.command("unblock", short_help="Take blocks back.")
@with_session
@problem_format
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def unblock_plugins(session: Session, names: Sequence[str]) -> int:
    """Take back that plugins never run; whether they are approved is another question."""
    return _set_blocked(session, names, is_blocked=False)


def _set_blocked(session: Session, names: Sequence[str], *, is_blocked: bool) -> int:
    manager = session.manager()
    approvals = _trust(manager).user.approvals
    changed = [name for name in names if (name in approvals.blocked) is not is_blocked]
    word = "blocked" if is_blocked else "unblocked"
    for name in changed:
        approvals.set_blocked(name, is_blocked=is_blocked)
        session.note(f"trust.{word}", root=manager.root, plugin=name)
        click.echo(escape(name))
    session.say(f"{len(changed)} {word}")
    return 0


def _show(session: Session, manager: PluginManager) -> int:
    modules, trust = manager.resolver.modules, _trust(manager)
    asked = (
        each for each in manager.registry.winners.values() if trust.needs_approval(each, modules)
    )
    for name, manifest in {trust_id(each): each for each in asked}.items():
        verdict = trust.verdict(manifest, modules)
        click.echo(escape(f"{verdict.word:9} {name}  {verdict.reason}".rstrip()))
    for name in sorted(trust.user.blocked):
        click.echo(escape(f"blocked   {name}"))
    session.say(f"approvals are kept in {trust.user.folder}")
    return 0


def _chosen(manager: PluginManager, names: Sequence[str], *, is_all: bool) -> list[Manifest]:
    _expect_names(names, is_all=is_all)
    if not is_all:
        problems = Problems()
        chosen = problems.each(partial(_named, manager), names)
        raise_all(problems.found)
        return chosen
    return [manifest for manifest in manager.registry.winners.values() if manifest.enabled]


def _named(manager: PluginManager, name: str) -> Manifest:
    """Return the plugin of a name; several are one where one declaration made them."""
    found = manager.find(name)
    return found[0] if len(set(map(trust_id, found))) == 1 else manager.named(name)


def _expect_names(names: Sequence[str], *, is_all: bool) -> None:
    if bool(names) is is_all:
        message = "Give the names of plugins, or --all."
        raise click.UsageError(message)


def _trust(manager: PluginManager) -> AskingTrust:
    trust = manager.trust
    return trust if isinstance(trust, AskingTrust) else AskingTrust(manager.root)
