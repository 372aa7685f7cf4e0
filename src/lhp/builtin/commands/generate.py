"""The command `generate`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import nullcontext

import click

from lhp.cli.regenerate import regenerate
from lhp.cli.report import counted, print_plan, print_plan_data, print_table
from lhp.cli.session import (
    Session,
    jobs_option,
    locked_option,
    problem_format,
    tests_option,
    with_session,
)
from lhp.core.spans import Profile, profiled, rows
from lhp.errors import LhpError
from lhp.passes.run import Wanted
from lhp.passes.state import replace_file
from lhp.passes.write import Change, Plan

PROFILE = ".lhp/profile.speedscope.json"


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
@jobs_option
@click.option(
    "--profile", is_flag=True, help=f"Show where the time goes, and keep it in {PROFILE}."
)
def generate(  # noqa: PLR0913  (one for each option)
    session: Session,
    env: str,
    pipeline: str | None,
    *,
    include_tests: bool,
    dry_run: bool,
    no_format: bool,
    force: bool,
    jobs: int | None,
    profile: bool,
) -> int:
    """Write the Python of the pipelines for an environment."""
    wanted = Wanted(
        env,
        pipeline,
        is_formatted=not no_format,
        include_tests=include_tests,
        jobs=1 if profile else jobs,
        recalls=True,
        progress=session.progress,
    )
    with profiled() if profile else nullcontext() as found:
        code = _generated(session, wanted, is_plan=dry_run, force=force)
    if found is not None:
        _tell_times(session, found)
    return code


def _generated(session: Session, wanted: Wanted, *, is_plan: bool, force: bool) -> int:
    done = regenerate(session, wanted, is_plan=is_plan, force=force)
    _tell(session, done.planned, done.problems, is_plan=is_plan and done.has_plan)
    if not is_plan:
        for line in () if done.is_refused else _summary(done.planned, wanted.env):
            session.say(line)
        schemas = session.refresh_schemas(done.manager)
        if done.again is not None and schemas is not None:
            lines = _summary(done.planned, wanted.env, is_again=True)
            session.keep_again(done.again.joined(schemas, lines))
    return 1 if done.is_refused else 0


def _tell_times(session: Session, profile: Profile) -> None:
    """Print where the time went, and keep it for speedscope.app and its like."""
    text = json.dumps(profile.speedscope("lhp generate"))
    replace_file(session.root(), PROFILE, text.encode())
    for title, found in zip(("Pass", "Plugin"), rows(profile), strict=True):
        if found and session.form == "text":
            session.say("")
            times = [(name, count, f"{seconds:.3f}") for name, count, seconds in found]
            print_table((title, "Times", "Seconds"), times, file=sys.stderr)
    session.say("")
    session.say(f"all of it, for speedscope: {PROFILE}")


def _tell(session: Session, planned: Plan, problems: Iterable[LhpError], *, is_plan: bool) -> None:
    if session.form == "json":
        print_plan_data(planned, problems, root=session.root())
        return
    session.show(problems)
    if is_plan:
        print_plan(planned)


def _summary(planned: Plan, env: str, *, is_again: bool = False) -> list[str]:
    """Return what a run did; or what the next one will have done if nothing changes until then."""
    changes = planned.changes
    if is_again:
        changes = tuple(change for change in changes if change.text is not None)
    made = (change for change in changes if change.text is not None)
    files = Counter(change.pipeline or "project" for change in made)
    done = Counter({"unchanged": len(changes)}) if is_again else Counter(map(_done, changes))
    width = max(map(len, files), default=0)
    counts = ", ".join(f"{done[word]} {word}" for word in ("written", "unchanged", "removed"))
    own = f"generated/{env}"
    paths = (change.path for change in changes)
    beside = {path.partition("/")[0] for path in paths if not path.startswith(f"{own}/")}
    return [
        *(f"{name:{width}}  {counted(files[name], 'file')}" for name in sorted(files)),
        f"{counts} in {', '.join([own, *sorted(beside)])}",
    ]


def _done(change: Change) -> str:
    if change.text is None:
        return "removed"
    return "unchanged" if change.kind == "same" else "written"
