"""The command `validate`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from lhp.cli.local_run import run_parts, wish_of
from lhp.cli.report import counted
from lhp.cli.session import (
    Session,
    jobs_option,
    locked_option,
    problem_format,
    tests_option,
    with_session,
)
from lhp.core.plugin_manager import PluginManager
from lhp.errors import LhpError
from lhp.model.project import Project
from lhp.passes.run import Outcome, Wanted, run


@click.command()
@with_session
@problem_format
@locked_option
@tests_option
@click.option("-e", "--env", default="dev", show_default=True, help="Environment to check for.")
@click.option("-p", "--pipeline", metavar="NAME", help="Check this pipeline alone.")
@jobs_option
@click.option("--spark", is_flag=True, help="Let Spark check queries and columns as well.")
def validate(  # noqa: PLR0913  (one for each option)
    session: Session,
    env: str,
    pipeline: str | None,
    *,
    include_tests: bool,
    jobs: int | None,
    spark: bool,
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
    is_spark_asked = spark and not outcome.has_errors
    found = _spark_problems(session, project, manager, wanted) if is_spark_asked else ()
    session.show((*outcome.problems, *found))
    session.refresh_schemas(manager)
    if outcome.has_errors or found:
        return 1
    session.say(_summary(outcome, env))
    return 0


def _spark_problems(
    session: Session, project: Project, manager: PluginManager, wanted: Wanted
) -> Sequence[LhpError]:
    """Return what Spark finds wrong with the flows; it reads no row of a table."""
    (local,) = run_parts("local")
    whole = replace(wanted, pipeline=None, recalls=False, wants_outputs=True)
    outcome = run(project, whole, manager)
    with TemporaryDirectory() as given:
        folder = Path(given)
        for output in outcome.outputs:
            file = folder / output.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(output.text, encoding="utf-8")
        wish = wish_of(local, project, outcome.built, wanted.env, folder)
        wish = replace(wish, reads_no_row=True, state=folder / "state")
        nothing = local.Watching(session.say, lambda *_: None, lambda _: None)
        ran = local.run_locally(wish, nothing)
    for note in ran.done.notes:
        session.say(note)
    problems: Sequence[LhpError] = ran.problems
    files = {made.location.path for made in outcome.built if made.pipeline == wanted.pipeline}
    return [
        each
        for each in problems
        if wanted.pipeline is None or each.location is None or each.location.path in files
    ]


def _summary(outcome: Outcome, env: str) -> str:
    flowgroups = sum(outcome.pipelines.values())
    checked = f"{counted(len(outcome.pipelines), 'pipeline')}, {counted(flowgroups, 'flowgroup')}"
    return f"{checked}: no {'errors' if outcome.problems else 'problems'} ({env})"
