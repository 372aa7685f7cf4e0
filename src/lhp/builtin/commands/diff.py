"""The command `diff`."""

from __future__ import annotations

import click

from lhp.cli.report import print_plan, print_plan_data
from lhp.cli.session import Session, locked_option, problem_format, tests_option, with_session
from lhp.passes.run import Wanted, run
from lhp.passes.write import Plan, plan


@click.command()
@with_session
@problem_format
@locked_option
@tests_option
@click.option("-e", "--env", default="dev", show_default=True, help="Environment to compare.")
@click.option("-p", "--pipeline", metavar="NAME", help="Compare this pipeline alone.")
@click.option("--no-format", is_flag=True, help="Compare the code as it is before formatting.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 when something would change.")
def diff(  # noqa: PLR0913  (one for each option)
    session: Session,
    env: str,
    pipeline: str | None,
    *,
    include_tests: bool,
    no_format: bool,
    exit_code: bool,
) -> int:
    """Show what `generate` would change, line by line."""
    project = session.project()
    wanted = Wanted(
        env,
        pipeline,
        is_formatted=not no_format,
        include_tests=include_tests,
        recalls=True,
        progress=session.progress,
    )
    outcome = run(project, wanted, session.manager_of(project))
    planned = Plan()
    if not outcome.has_errors:
        planned = plan(project.root, env, outcome.outputs, only=pipeline)
    if session.form == "json":
        print_plan_data(planned, outcome.problems, root=project.root, diff=True)
    else:
        session.show(outcome.problems)
    if outcome.has_errors:
        return 1
    if session.form != "json":
        print_plan(planned, diff=True)
    return 1 if exit_code and planned.pending else 0
