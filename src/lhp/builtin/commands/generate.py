"""The command `generate`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import nullcontext

import click

from lhp.cli.report import counted, print_plan, print_plan_data
from lhp.cli.session import Session, locked_option, problem_format, tests_option, with_session
from lhp.errors import LhpError
from lhp.passes.run import Wanted, run
from lhp.passes.write import Change, Plan, plan, unchanged, write


@click.command()
@with_session
@problem_format
@locked_option
@tests_option
@click.option("-e", "--env", required=True, help="Environment to generate for.")
@click.option("-p", "--pipeline", metavar="NAME", help="Generate this pipeline alone.")
@click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
@click.option("--no-format", is_flag=True, help="Leave the code as it is before formatting.")
@click.option("--force", is_flag=True, help="Overwrite generated files that somebody edited.")
def generate(  # noqa: PLR0913  (one for each option)
    session: Session,
    env: str,
    pipeline: str | None,
    *,
    include_tests: bool,
    dry_run: bool,
    no_format: bool,
    force: bool,
) -> int:
    """Write the Python of the pipelines for an environment."""
    wanted = Wanted(
        env,
        pipeline,
        is_formatted=not no_format,
        include_tests=include_tests,
        recalls=True,
        progress=session.progress,
    )
    # A run that waited reads the project as it is then.
    with nullcontext() if dry_run else session.alone(session.root()):
        project = session.project()
        manager = session.manager_of(project)
        outcome = run(project, wanted, manager)
        planned = Plan()
        if outcome.is_unchanged:
            planned = unchanged(outcome.outputs)
        elif not outcome.has_errors:
            planned = plan(project.root, env, outcome.outputs, only=pipeline)
        problems = (*outcome.problems, *planned.problems(force=force))
        is_refused = any(not problem.is_warning for problem in problems)
        if not dry_run and not is_refused:
            if not planned.is_idle:
                write(project.root, env, planned, force=force)
            if outcome.memory is not None:
                outcome.memory.write(project.root, env)
        _tell(session, planned, problems, is_plan=dry_run and not outcome.has_errors)
        if not dry_run:
            for line in () if is_refused else _summary(planned, env):
                session.say(line)
            session.refresh_schemas(manager)
    return 1 if is_refused else 0


def _tell(session: Session, planned: Plan, problems: Iterable[LhpError], *, is_plan: bool) -> None:
    if session.form == "json":
        print_plan_data(planned, problems, root=session.root())
        return
    session.show(problems)
    if is_plan:
        print_plan(planned)


def _summary(planned: Plan, env: str) -> list[str]:
    made = (change for change in planned.changes if change.text is not None)
    files = Counter(change.pipeline or "project" for change in made)
    done = Counter(map(_done, planned.changes))
    width = max(map(len, files), default=0)
    counts = ", ".join(f"{done[word]} {word}" for word in ("written", "unchanged", "removed"))
    own = f"generated/{env}"
    beside = {
        change.path.partition("/")[0] for change in planned.changes if not _is_in(change, own)
    }
    return [
        *(f"{name:{width}}  {counted(files[name], 'file')}" for name in sorted(files)),
        f"{counts} in {', '.join([own, *sorted(beside)])}",
    ]


def _is_in(change: Change, folder: str) -> bool:
    return change.path.startswith(f"{folder}/")


def _done(change: Change) -> str:
    if change.text is None:
        return "removed"
    return "unchanged" if change.kind == "same" else "written"
