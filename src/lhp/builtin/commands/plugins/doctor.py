"""The command `plugins doctor`: why a plugin is there, or is not."""

from __future__ import annotations

import json
import platform
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence

import click

from lhp.builtin.commands.plugins.diagnosis import Diagnosis, as_data, diagnosed, found_in
from lhp.cli.report import counted, escape, print_tracebacks, problems_as_data, tracebacks
from lhp.cli.session import Session, table_format, with_session
from lhp.core.manifest import API, OLDEST_API, Origin
from lhp.core.plugin_faults import check_plugins
from lhp.core.plugin_manager import PluginManager
from lhp.core.plugin_places import Found, Place, places
from lhp.core.resolver import api_range
from lhp.errors import PLUGIN_NOT_FOUND, LhpError, nearest
from lhp.version import VERSION

_WIDTH = 80


@click.command("doctor", short_help="Tell why a plugin is there, or why it is not.")
@with_session
@table_format
@click.argument("name", required=False)
def doctor(session: Session, name: str | None, form: str) -> int:
    """Tell why a plugin is there, or why it is not: where it was looked for, and what hides it.

    NAME is its name, or TYPE:NAME; without it, all plugins are looked at that do not come with lhp.
    Those that may run are imported, each in a sandbox, to see whether they can be and how long it
    takes.
    """
    session.form = "json" if form == "json" else session.form
    manager = session.manager()
    looked = places(manager, name or "")
    found = [
        each for each in found_in(looked) if name or each.manifest.origin is not Origin.BUILTIN
    ]
    timer = session.import_timer(manager)
    plugins = [diagnosed(manager, timer, each) for each in found]
    problems = _problems(manager, name, plugins)
    if form == "json":
        _print_data(session, looked, plugins, problems)
    else:
        _print_places(looked, name)
        _print_plugins(plugins, problems, session)
    if name:
        return 0 if any(each.is_usable for each in plugins) else 1
    return 1 if any(not problem.is_warning for problem in problems) else 0


def _problems(
    manager: PluginManager, name: str | None, plugins: Sequence[Diagnosis]
) -> Sequence[LhpError]:
    if name is None:
        return check_plugins(manager).problems
    if plugins:
        return [problem for each in plugins for problem in each.problems]
    every = [each.manifest for each in found_in(places(manager))]
    known = {each.name for each in every} | {each.qualified_name for each in every}
    return [PLUGIN_NOT_FOUND.at(what="plugin", name=name, nearest=nearest(name, known))]


def _print_data(
    session: Session,
    looked: Iterable[Place],
    plugins: Iterable[Diagnosis],
    problems: Iterable[LhpError],
) -> None:
    root = session.start
    data = {
        "lhp": VERSION,
        "python": platform.python_version(),
        "api": {"oldest": OLDEST_API, "newest": API},
        "places": [
            {
                "place": place.name,
                "remarks": place.remarks,
                "plugins": [_found_data(each) for each in place.found],
            }
            for place in looked
        ],
        "plugins": [
            {
                **as_data(each),
                "problems": problems_as_data(each.problems, root=root),
                "tracebacks": tracebacks(each.problems, root=root),
            }
            for each in plugins
        ],
        "problems": problems_as_data(problems, root=root),
    }
    click.echo(json.dumps(data, indent=2, default=str))


def _found_data(found: Found) -> dict[str, str]:
    manifest, state = found.manifest, found.state
    return {
        "type": manifest.type,
        "name": manifest.name,
        "object": manifest.target,
        "declared": str(manifest.location),
        "state": state.word,
        "reason": state.reason,
    }


def _print_places(looked: Sequence[Place], name: str | None) -> None:
    _say(f"lhp {VERSION}, Python {platform.python_version()}, plugin API {api_range()}")
    _say("\nLooked at, the strongest first")
    is_unknown = bool(name) and not found_in(looked)
    for place in looked:
        _say(f"{place.name}: {_summary(place, name)}", 2)
        for each in place.found if name else ():
            _say(_line(each), 4)
        for remark in place.remarks:
            _say(remark, 4)
        if is_unknown and place.way:
            _say(f"there it would be {place.way}", 4)


def _summary(place: Place, name: str | None) -> str:
    if name and not place.found:
        return f"no {name!r}"
    return counted(len(place.found), "plugin")


def _line(found: Found) -> str:
    manifest, state = found.manifest, found.state
    words = f"{state.word}: {state.reason}" if state.reason else state.word
    return f"{manifest.qualified_name}, declared at {manifest.location}, is {words}"


def _print_plugins(
    plugins: Iterable[Diagnosis], problems: Sequence[LhpError], session: Session
) -> None:
    for each in plugins:
        _say(f"\n{each.manifest.qualified_name}: {each.state.word}")
        for label, text in _facts(each):
            _say(f"{label:<9} {text}", 2, 12)
    sys.stdout.flush()
    session.show(problems)
    if not session.verbose:  # else they are shown by now
        print_tracebacks(problems, root=session.start)


def _facts(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    manifest, times = diagnosis.manifest, diagnosis.times
    if diagnosis.state.reason:
        yield "why", diagnosis.state.reason
    yield "object", diagnosis.target
    yield "source", manifest.source
    yield "api", f"{manifest.api}; lhp keeps {api_range()}"
    if manifest.requires:
        yield "requires", manifest.requires
    if times:
        yield "import", f"{times.milliseconds:g} ms"
        for name, own in diagnosis.modules:
            yield "", f"{own:.1f} ms of it for {name}"
    yield "next", diagnosis.step


def _say(text: str, indent: int = 0, hanging: int = 0) -> None:
    """Print a text, folded to the width; a word that is longer stays whole."""
    first, later = " " * indent, " " * (hanging or indent + 2)
    blank, text = ("\n", text[1:]) if text.startswith("\n") else ("", text)
    lines = textwrap.wrap(
        escape(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    click.echo(blank + "\n".join(lines))
