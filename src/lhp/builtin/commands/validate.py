"""The command `validate`."""

from __future__ import annotations

import click

from lhp.cli.report import counted
from lhp.cli.session import (
    Session,
    jobs_option,
    locked_option,
    problem_format,
    tests_option,
    with_session,
)
from lhp.passes.run import Outcome, Wanted, run


@click.command()
@with_session
@problem_format
@locked_option
@tests_option
@click.option("-e", "--env", default="dev", show_default=True, help="Environment to check for.")
@click.option("-p", "--pipeline", metavar="NAME", help="Check this pipeline alone.")
@jobs_option
def validate(
    session: Session, env: str, pipeline: str | None, *, include_tests: bool, jobs: int | None
) -> int:
    """Check the project and tell everything that is wrong with it."""
    wanted = Wanted(
        env,
        pipeline,
        is_formatted=False,
        include_tests=include_tests,
        jobs=jobs,
        recalls=True,
        wants_outputs=False,
        progress=session.progress,
    )
    project = session.project()
    manager = session.manager_of(project)
    outcome = run(project, wanted, manager)
    session.show(outcome.problems)
    session.refresh_schemas(manager)
    if outcome.has_errors:
        return 1
    session.say(_summary(outcome, env))
    return 0


def _summary(outcome: Outcome, env: str) -> str:
    flowgroups = sum(outcome.pipelines.values())
    checked = f"{counted(len(outcome.pipelines), 'pipeline')}, {counted(flowgroups, 'flowgroup')}"
    return f"{checked}: no {'errors' if outcome.problems else 'problems'} ({env})"
