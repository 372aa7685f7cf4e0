"""The command `explain`."""

from __future__ import annotations

import re

import click

from lhp.builtin.commands.explain.codes import explain_code, list_codes
from lhp.builtin.commands.explain.found import Question, find
from lhp.builtin.commands.explain.lines import Asked, target_at
from lhp.builtin.commands.explain.page import print_data, print_page
from lhp.cli.report import TableForm
from lhp.cli.session import Session, table_format, with_session

_PLACE = re.compile(r"(?P<file>.+?)(?::(?P<line>\d+)(?::(?P<column>\d+))?)?", re.ASCII)
_NO_LINE = re.compile(r"(?<=\w\w):[^\\/]*\Z")
_FILE = re.compile(r":\d|[\\/]|\.ya?ml\b", re.IGNORECASE | re.ASCII)


@click.command()
@with_session
@table_format
@click.argument("what", metavar="[CODE|FILE:LINE[:COLUMN]]", required=False)
@click.option("-e", "--env", help="Environment of a line; dev, or that of a substitutions file.")
@click.option("-f", "--flowgroup", metavar="NAME", help="Tell of a line in this flowgroup alone.")
@click.option("--all", "shows_all", is_flag=True, help="List every use of a line, not only some.")
def explain(  # noqa: PLR0913  (one for each option)
    session: Session,
    what: str | None,
    form: TableForm,
    env: str | None,
    flowgroup: str | None,
    *,
    shows_all: bool,
) -> int:
    """Tell what an error code means, or what a line of a file becomes and who decided it.

    A line is one of a flowgroup, an instance, a blueprint, a template, a preset or a substitutions
    file: `lhp explain pipelines/orders.yaml:12`. That of an action's name tells all its options.
    """
    if what is None:
        list_codes(form)
        return 0
    if not _FILE.search(what):
        explain_code(what, form)
        return 0
    return _explain_line(session, what, form, Question(env, flowgroup), shows_all=shows_all)


def _explain_line(
    session: Session, what: str, form: TableForm, question: Question, *, shows_all: bool
) -> int:
    place = _PLACE.fullmatch(what)
    if place is None or place["line"] is None:
        name = _NO_LINE.sub("", what)
        message = f"{what!r} names no line. Write FILE:LINE, for example {name}:1."
        raise click.UsageError(message)
    project = session.project()
    manager = session.manager_of(project)
    asked = Asked(session.start, place["file"], int(place["line"]), int(place["column"] or 0))
    target = target_at(project, manager, asked)
    found = find(project, manager, target, question)
    if form == "json":
        print_data(target, found)
    else:
        print_page(target, found, shows_all=shows_all)
    session.show(found.problems)
    return 1 if found.problems else 0
