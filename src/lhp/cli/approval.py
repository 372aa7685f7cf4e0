"""Shows what is to be approved, asks, and keeps the answer; nothing of a plugin runs meanwhile."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from lhp.cli.report import counted, escape
from lhp.core.approvals import Approval, Approvals
from lhp.core.lock import LOCK_FILE
from lhp.core.manifest import Manifest
from lhp.core.modules import PACKAGES
from lhp.core.permissions import Permissions
from lhp.core.plugin_manager import PluginManager
from lhp.core.plugin_sources import Sources, sha256, sources_of
from lhp.core.plugin_trust import AskingTrust
from lhp.core.resolver import broken
from lhp.core.user_trust import LOCK_VARIABLE, UserTrust
from lhp.core.verdict import is_of_project, object_of, trust_id
from lhp.errors import PLUGIN_UNTRUSTED, LhpError, raise_all
from lhp.text.python_findings import findings_in, foreign_imports, standard_imports
from lhp.values import frozen

_KEYS = "[y]es / [n]o / [d]iff"


@frozen
class Candidate:
    """A plugin of the project, as it could be approved.

    Args:
        name: `type:name`.
        manifest: Its declaration.
        sources: Its files as they are now.
        known: What was approved before; None when nothing was.
    """

    name: str
    manifest: Manifest
    sources: Sources
    known: Approval | None

    @property
    def asked(self) -> Permissions:
        """What it wants to do besides answering."""
        return Permissions.asked_by(self.manifest)

    @property
    def news(self) -> list[str]:
        """What is not as it was approved, in words; nothing where all is."""
        known = self.known
        if known is None:
            return ["nobody approved it yet"]
        before, now = known.files, self.sources.files
        changed = [path for path in sorted({*before, *now}) if before.get(path) != now.get(path)]
        is_same = known.target == object_of(self.manifest)
        return [
            *([] if is_same else [f"it was {known.target} when it was approved"]),
            *(f"{path} changed" for path in changed),
            *(f"it now {each}" for each in self.asked.beyond(Permissions.of(known.permissions))),
        ]


Note = Callable[..., None]
"""Notes an event in the audit."""


def approve_pending(
    manager: PluginManager, *, asks: bool = True, note: Note = lambda _event, **_facts: None
) -> None:
    """Ask for the plugins that a run may use and that nobody approved; on a terminal only.

    Args:
        manager: The plugins of the project.
        asks: False never asks, as where a program reads along.
        note: Notes what is approved or refused.

    Raises:
        LhpErrors: Each plugin that waits for an approval, with its digest: where nobody can be
            asked, or when the answer is no.
    """
    # A command runs when it is called, and is asked for then.
    used = (each for each in manager.registry.active() if each.type != "cli_command")
    approve(manager, used, asks=asks, note=note)


def approve(
    manager: PluginManager,
    manifests: Iterable[Manifest],
    *,
    asks: bool = True,
    note: Note = lambda _event, **_facts: None,
) -> None:
    """Ask for those of some plugins that nobody approved, as `approve_pending` does for all.

    Raises:
        LhpErrors: As there.
    """
    trust, modules = manager.trust, manager.resolver.modules
    pending = [
        each
        for each in manifests
        if each.fault is None and trust.verdict(each, modules).can_be_approved
    ]
    if not pending or not isinstance(trust, AskingTrust):
        return
    candidates = [*candidates_of(manager, pending)]
    if not (asks and _can_ask()):
        for candidate in candidates:
            _note(note, "trust.refused", candidate)
        raise_all(_refused(candidates, trust.user))
    click.echo(f"{counted(len(candidates), 'plugin')} of this project may not run yet.", err=True)
    for candidate in candidates:
        if not _asked(candidate, trust.user.approvals):
            _note(note, "trust.refused", candidate)
            raise_all(_refused([candidate], trust.user))
        _note(note, "trust.granted", candidate)
        trust.user.approvals.approve(candidate.manifest, candidate.sources)
    trust.forget()


def approve_own(manager: PluginManager, files: Mapping[str, str]) -> Iterator[str]:
    """Let the plugins run whose code lhp itself wrote just now, and yield their names.

    Args:
        manager: The plugins of the project.
        files: Texts that lhp wrote just now, by path.
    """
    trust = manager.trust
    own = {path: sha256(text.encode()) for path, text in files.items()}
    for candidate in candidates_of(manager, manager.registry.active()):
        code = {each for each in candidate.sources.files.items() if each[0].endswith(".py")}
        is_own = code <= own.items()
        if is_own and isinstance(trust, AskingTrust):
            trust.user.approvals.approve(candidate.manifest, candidate.sources)
            trust.forget()
            yield candidate.name


def candidates_of(manager: PluginManager, manifests: Iterable[Manifest]) -> Iterator[Candidate]:
    """Yield what approving some plugins would approve.

    Args:
        manager: The plugins of the project.
        manifests: Which ones; those that did not come with the project are left out.

    Raises:
        LhpErrors: Those whose files can't be approved, with the reason.
    """
    trust, modules, root = manager.trust, manager.resolver.modules, manager.root or Path()
    if not isinstance(trust, AskingTrust):
        return
    approved = trust.user.pinned
    problems: list[LhpError] = []
    found: dict[str, Candidate] = {}
    for manifest in manifests:
        name = trust_id(manifest)
        if name in found or not trust.needs_approval(manifest, modules):
            continue
        try:
            is_ours = is_of_project(manifest, modules)
            sources = sources_of(manifest, modules, root) if is_ours else Sources({})
            found[name] = Candidate(name, manifest, sources, approved.get(name))
        except ValueError as error:
            problems.append(broken(manifest, str(error)))
    raise_all(problems)
    yield from found.values()


def description(candidate: Candidate) -> Iterator[str]:
    """Yield the lines that say what is approved."""
    manifest, sources = candidate.manifest, candidate.sources
    yield f"{candidate.name} ({manifest.origin.value})"
    yield f"  {'object':8} {object_of(manifest)}"
    yield f"  {'declared':8} {manifest.location}"
    if manifest.wheels:
        yield f"  {'source':8} {manifest.source}"
    yield f"  {'digest':8} {sources.digest}"
    asked = [*Permissions.asked_by(manifest).beyond(Permissions())]
    for index, each in enumerate(asked):
        yield f"  {'asks for' if not index else '':8} it {each}"
    rows = [(path, counted(len(text.splitlines()), "line")) for path, text in sources.texts.items()]
    width = max((len(path) for path, _ in rows), default=0)
    for index, (path, lines) in enumerate(rows):
        yield f"  {'files' if not index else '':8} {path:{width}}  {lines}"
    code = {path: text for path, text in sources.texts.items() if path.endswith(".py")}
    inner = (path.removeprefix(f"{PACKAGES}/") for path in sources.files)
    own = {Path(path).parts[0].removesuffix(".py") for path in inner}
    for title, named in {"imports": foreign_imports, "standard": standard_imports}.items():
        imports = sorted({name for text in code.values() for name in named(text)} - own)
        if imports:
            yield f"  {title:8} {', '.join(imports)}"
    marks = [
        f"{path}:{each.line}  {each.name}: {each.what}"
        for path, text in code.items()
        for each in findings_in(text)
    ]
    for index, mark in enumerate(marks):
        yield f"  {'look at' if not index else '':8} {mark}"
    if candidate.known is not None:
        yield f"  {'differs':8} {', '.join(candidate.news) or 'nothing'}"


def differences(candidate: Candidate, approvals: Approvals) -> Iterator[str]:
    """Yield the lines of a diff from what was approved last; all lines where nothing was."""
    before = candidate.known.files if candidate.known else {}
    for path in sorted({*before, *candidate.sources.files}):
        if before.get(path) == candidate.sources.files.get(path):
            continue
        old = approvals.text_of(before[path]) if path in before else b""
        if old is None:
            yield f"{path}: what was approved of it was not kept"
        before_lines, now_lines = map(_lines, (old or b"", candidate.sources.texts.get(path, b"")))
        yield from difflib.unified_diff(
            before_lines, now_lines, f"approved/{path}", path, lineterm=""
        )


def _lines(text: bytes) -> list[str]:
    return text.decode("utf-8", "replace").splitlines()


def _note(note: Note, event: str, candidate: Candidate) -> None:
    note(event, plugin=candidate.name, digest=candidate.sources.digest)


def _asked(candidate: Candidate, approvals: Approvals) -> bool:
    for line in description(candidate):
        click.echo(escape(line), err=True)
    while True:
        answer = click.prompt(f"Let it run? {_KEYS}", default="n", show_default=False, err=True)
        if answer.strip().lower() not in ("d", "diff"):
            return answer.strip().lower() in ("y", "yes")
        for line in differences(candidate, approvals):
            click.echo(escape(line), err=True)


def _refused(candidates: Sequence[Candidate], user: UserTrust) -> Iterator[LhpError]:
    for candidate in candidates:
        advice = f"look at it, then `lhp plugins trust {candidate.name}`, or `--all`"
        if user.is_lock_another:
            advice += f"; {LOCK_VARIABLE} is not the SHA-256 of {LOCK_FILE}"
        manifest = candidate.manifest
        why = ", ".join(candidate.news)
        yield PLUGIN_UNTRUSTED.at(
            manifest.location,
            type=manifest.type,
            name=manifest.label or manifest.name,
            reason=f"{why} ({candidate.sources.digest})",
            advice=advice,
        )


def expect_yes(question: str) -> None:
    """Ask, and end the command unless the answer is yes.

    Raises:
        click.Abort: The answer is no, or nobody can give one.
    """
    try:
        if sys.stdin is not None and click.confirm(question, err=True):
            return
    except click.Abort:
        if sys.stdin.isatty():
            raise
        click.echo("\nnobody answered; `--yes` needs no answer", err=True)
    raise click.Abort


def _can_ask() -> bool:
    has_terminal = all(each is not None and each.isatty() for each in (sys.stdin, sys.stderr))
    return has_terminal and not os.environ.get("CI")
