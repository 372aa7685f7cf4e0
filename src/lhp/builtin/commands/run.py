"""The command `run`."""

from __future__ import annotations

import gc
import json
import math
import sys
import webbrowser
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from typing import Any

import click
from rich.console import Console

from lhp.cli.local_run import run_parts, wish_of
from lhp.cli.regenerate import regenerate
from lhp.cli.report import print_table, problems_as_data
from lhp.cli.session import Session, locked_option, problem_format, with_session
from lhp.errors import LhpError
from lhp.passes.run import Wanted
from lhp.passes.state import replace_file
from lhp.passes.write import run_lock

_FOLDER = ".lhp/run/{env}"


@click.command("run")
@with_session
@problem_format
@locked_option
@click.option("-e", "--env", required=True, help="Environment to run.")
@click.option("-p", "--pipeline", metavar="NAME", help="Run this pipeline alone.")
@click.option(
    "--select",
    multiple=True,
    metavar="FLOWGROUP",
    help="Run this flowgroup alone, NAME or PIPELINE/NAME.",
)
@click.option("--full-refresh", is_flag=True, help="Forget what former runs made of it.")
@click.option(
    "--limit-files", type=click.IntRange(1), help="How many landing files each stream may read."
)
@click.option("--show", multiple=True, metavar="TABLE", help="Print rows of a table afterwards.")
@click.option("--skip-unsupported", is_flag=True, help="Leave out what can't run here.")
@click.option("--no-tests", is_flag=True, help="Leave out actions of type test.")
@click.option("--master", default="local[*]", show_default=True, help="Which Spark.")
@click.option("--conf", multiple=True, metavar="KEY=VALUE", help="A setting of Spark.")
@click.option("--open", "opens", is_flag=True, help="Show the report in a browser.")
def run_project(session: Session, env: str, pipeline: str | None, **options: Any) -> int:
    """Run the pipelines on a Spark of this machine, on sample files."""
    local, report, shown, progress = run_parts("local", "report", "shown", "progress")
    wanted = Wanted(
        env,
        include_tests=not options["no_tests"],
        recalls=True,
        wants_built=True,
        progress=session.progress,
    )
    made = regenerate(session, wanted, is_plan=False, force=False)
    if made.is_refused or session.form != "json":
        session.show(made.problems)
    if made.is_refused:
        return 1
    project = made.project
    wish = wish_of(local, project, made.built, env)
    settings = _settings(options["conf"])
    places = {name: at for name, at in wish.setting_places.items() if name not in settings}
    wish = replace(
        wish,
        pipeline=pipeline,
        flowgroups=options["select"],
        is_anew=options["full_refresh"],
        file_limit=options["limit_files"],
        master=options["master"],
        settings={**wish.settings, **settings},
        setting_places=places,
        skips=options["skip_unsupported"],
        shown=options["show"],
    )
    ran = _ran(session, local, progress, wish)
    place = f"{_FOLDER.format(env=env)}/report.html"
    if ran.done.datasets:
        replace_file(project.root, place, report.report_html(ran.done).encode())
    if session.form == "json":
        click.echo(json.dumps(_data(ran, made.problems, session), indent=2))
    else:
        _tell(session, ran, shown)
        if ran.done.datasets:
            session.say(f"report: {place}")
    if options["opens"] and ran.done.datasets:
        webbrowser.open((project.root / place).as_uri())
    return 1 if ran.problems or ran.done.has_failed else 0


def _ran(session: Session, local: Any, progress: Any, wish: Any) -> Any:
    """Return what came of a run, the only one of its environment at a time."""
    lock = f"{_FOLDER.format(env=wish.env)}/lock"
    waiting = f"another run of {wish.env} goes on; waiting for it to end"
    gc.enable()  # streams may go on for hours
    console = None if session.form == "json" else Console(stderr=True, highlight=False)
    with (
        run_lock(wish.root, file=lock, wait_seconds=math.inf, on_wait=lambda: session.say(waiting)),
        progress.Progress(console) as seen,
        redirect_stdout(sys.stderr),  # what code of the project prints is no result
    ):
        watching = local.Watching(session.say, seen.start, seen.end, seen.stop)
        return local.run_locally(wish, watching)


def _settings(given: Sequence[str]) -> Mapping[str, str]:
    pairs = [each.partition("=") for each in given]
    for key, mark, _ in pairs:
        if not mark:
            message = f"{key!r} is no KEY=VALUE"
            raise click.UsageError(message)
    return {key: value for key, _, value in pairs}


def _tell(session: Session, ran: Any, shown: Any) -> None:
    session.show(ran.problems)
    done = ran.done
    tables = [
        ("Tests", shown.TEST_COLUMNS, shown.test_rows(done)),
        (
            "Expectations that some rows break",
            shown.EXPECTATION_COLUMNS,
            shown.expectation_rows(done, only_broken=True),
        ),
    ]
    tables = [each for each in tables if each[2]]
    for title, columns, rows in (*tables, *((name, *found) for name, found in ran.shown.items())):
        click.echo(f"\n{title}")
        print_table(columns, rows)
        if not rows:
            click.echo("no rows")
    if done.datasets:
        session.say("")
    for note in done.notes:
        session.say(note)
    if done.datasets:
        session.say(shown.summary(done))


def _data(ran: Any, warnings: Sequence[LhpError], session: Session) -> Mapping[str, Any]:
    problems: Sequence[LhpError] = [*warnings, *ran.problems]
    tables = {
        name: [dict(zip(columns, row, strict=True)) for row in rows]
        for name, (columns, rows) in ran.shown.items()
    }
    told = problems_as_data(problems, root=session.root())
    return {**ran.done.as_data(), "problems": told, "tables": tables}
