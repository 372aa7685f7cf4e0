"""The command `generate`."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click

from lhp.cli.report import counted, print_plan
from lhp.cli.session import Session, problem_format, with_session
from lhp.core.plugin_manager import PluginManager
from lhp.passes.run import Wanted, run
from lhp.passes.write import Change, Plan, plan, run_lock, write


@click.command()
@with_session
@problem_format
@click.option("-e", "--env", required=True, help="Environment to generate for.")
@click.option("-p", "--pipeline", metavar="NAME", help="Generate this pipeline alone.")
@click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
@click.option("--no-format", is_flag=True, help="Leave the code as it is before formatting.")
@click.option("--force", is_flag=True, help="Overwrite generated files that somebody edited.")
def generate(  # noqa: PLR0913  (one for each option)
    session: Session, env: str, pipeline: str | None, *, dry_run: bool, no_format: bool, force: bool
) -> int:
    """Write the Python of the pipelines for an environment."""
    project = session.project()
    wanted = Wanted(env, pipeline, is_formatted=not no_format, progress=session.progress)
    manager = PluginManager(project.root, project.document)
    outcome = run(project, wanted, manager)
    if outcome.has_errors:
        session.show(outcome.problems)
        _refresh(session, manager, dry_run=dry_run)
        return 1
    with _lock(session, project.root, dry_run=dry_run):
        planned = plan(project.root, env, outcome.outputs, only=pipeline)
        refused = planned.problems(force=force)
        if not dry_run and not refused:
            write(project.root, env, planned, force=force)
    session.show((*outcome.problems, *refused))
    if dry_run and session.form != "json":
        print_plan(planned)
    elif not dry_run and not refused:
        for line in _summary(planned, env):
            session.say(line)
    _refresh(session, manager, dry_run=dry_run)
    return 1 if refused else 0


def _refresh(session: Session, manager: PluginManager, *, dry_run: bool) -> None:
    if not dry_run:
        session.refresh_schemas(manager)


def _lock(session: Session, root: Path, *, dry_run: bool) -> AbstractContextManager[None]:
    if dry_run:
        return nullcontext()
    waiting = "another run is writing this project; waiting for it"
    return run_lock(root, on_wait=lambda: session.say(waiting))


def _summary(planned: Plan, env: str) -> list[str]:
    made = (change for change in planned.changes if change.text is not None)
    files = Counter(change.pipeline or "project" for change in made)
    done = Counter(map(_done, planned.changes))
    width = max(map(len, files), default=0)
    counts = ", ".join(f"{done[word]} {word}" for word in ("written", "unchanged", "removed"))
    return [
        *(f"{name:{width}}  {counted(files[name], 'file')}" for name in sorted(files)),
        f"{counts} in generated/{env}",
    ]


def _done(change: Change) -> str:
    if change.text is None:
        return "removed"
    return "unchanged" if change.kind == "same" else "written"
