"""Finds what a line of a file becomes in the flowgroups of an environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

import click

from lhp.builtin.commands.explain.lines import Target
from lhp.builtin.commands.explain.salvaged import salvaged
from lhp.core.plugin_manager import PluginManager
from lhp.errors import LhpError, Location, nearest
from lhp.model.flowgroup import FlowGroup, as_written
from lhp.model.origin import Step, Value
from lhp.model.project import Project
from lhp.model.source import NOWHERE, Document, Entry, Unresolved, entries, locate, place
from lhp.passes.blueprints import flowgroups_of
from lhp.passes.collect import Problems
from lhp.passes.content import read_content, read_environment, read_flowgroups, shown
from lhp.passes.expand import Content, expand
from lhp.passes.host import Host
from lhp.passes.origins import Origins
from lhp.passes.presets import METADATA
from lhp.passes.project import read_single
from lhp.passes.substitution import Tokens
from lhp.passes.validate import completed
from lhp.text.plain_secrets import is_plain_secret
from lhp.text.regular import read_regular
from lhp.values import frozen

_READ = (".sql", ".yaml", ".yml", ".json", ".ddl", ".py")


@frozen
class Question:
    """What is asked about a line.

    Args:
        env: The environment; None takes dev, or that of the substitutions file.
        flowgroup: The only flowgroup to look at, by name or as `pipeline/name`; None takes all.
    """

    env: str | None = None
    flowgroup: str | None = None


@frozen
class Found:
    """What a line becomes.

    Args:
        env: The environment.
        values: What the line itself is in the one flowgroup that has it.
        uses: The values that it has a say in, of all flowgroups.
        token: What the line gives to the tokens of its environment; None for other lines.
        secrets: Texts that are never shown.
        faults: Why a value can't be told, by its place.
        problems: What is wrong with the flowgroups that were looked at.
    """

    env: str
    values: tuple[Value, ...]
    uses: tuple[Value, ...]
    token: Step | None
    secrets: frozenset[str]
    faults: Mapping[Location, LhpError]
    problems: tuple[LhpError, ...]


def find(project: Project, manager: PluginManager, target: Target, question: Question) -> Found:
    """Return what a line becomes.

    Args:
        project: The project.
        manager: Its plugins.
        target: What the line says.
        question: What is asked about it.

    Raises:
        click.UsageError: When environment or flowgroup do not go with the line.
        LhpError: ENV_UNKNOWN.
        LhpErrors: What is wrong with the environment.
    """
    env = _env_of(target, question)
    tokens = read_environment(project, target.files, env)
    file = target.files.substitutions[env]
    environment = read_single(file, shown(project, file))
    host = Host(project, manager, tokens)
    problems = Problems()
    content = read_content(host, target.files, problems)
    made = _chosen([*_flowgroups(project, target, content, problems)], question)
    look = partial(
        _look,
        content=content,
        host=host,
        environment=environment,
        text_of=cache(partial(_text_of, project)),
    )
    looked = [look(each) for each in made if _may_use(each, target)]
    origins = sorted(
        (each.origins for each in looked if each.origins), key=lambda each: each.resolved.label
    )
    written = [environment.data, *(each.data for each in target.documents)]
    values, uses = _told(origins, target)
    told = {id(each.flowgroup) for each in (*values, *uses)}
    wrong = [each for each in problems.found if _path_of(each) == target.path]
    for each in looked:
        if each.is_of(target.path) or id(each.resolved) in told:
            wrong += each.problems
    return Found(
        env,
        tuple(values),
        tuple(uses),
        _token(target, tokens),
        frozenset(_secrets(origins, content, [place(tokens.values, NOWHERE), *written])),
        {each.location: each for each in wrong if each.location},
        tuple(each for each in wrong if not each.is_warning),
    )


@frozen
class _Looked:
    source: FlowGroup
    origins: Origins | None
    problems: Sequence[LhpError]

    @property
    def resolved(self) -> FlowGroup | None:
        return self.origins.resolved if self.origins else None

    def is_of(self, path: str) -> bool:
        """Return True for one that a file writes, and for one that nothing can be told of."""
        return self.origins is None or path in self.source.files


def _env_of(target: Target, question: Question) -> str:
    own = target.env
    if own and question.env and question.env != own:
        message = f"{target.path} is for the environment {own!r}, not {question.env!r}."
        raise click.UsageError(message)
    return own or question.env or "dev"


def _flowgroups(
    project: Project, target: Target, content: Content, problems: Problems
) -> Iterator[FlowGroup]:
    files = target.files
    if target.is_in_pipelines:
        chosen = [tuple({target.file} & {*each}) for each in (files.flowgroups, files.instances)]
        files = replace(files, flowgroups=chosen[0], instances=chosen[1])
    read = read_flowgroups(project, files, problems)
    if target.is_in_pipelines and not any(each.path == target.path for each in read):
        read += salvaged(target.documents)
    for group in problems.each(partial(flowgroups_of, blueprints=content.blueprints), read):
        yield from group


def _chosen(made: Sequence[FlowGroup], question: Question) -> Sequence[FlowGroup]:
    name = question.flowgroup
    if name is None:
        return made
    chosen = [each for each in made if name in (each.name, each.label)]
    if not chosen:
        meant = nearest(name, {text for each in made for text in (each.name, each.label)})
        hint = f" Did you mean {meant!r}?" if meant else ""
        message = f"no flowgroup is called {name!r}.{hint}"
        raise click.UsageError(message)
    return chosen


def _may_use(flowgroup: FlowGroup, target: Target) -> bool:
    if target.template is not None:
        used = str(flowgroup.data.get("use_template"))
        return used == target.template or "%{" in used
    return target.is_shared or target.path in flowgroup.files


def _look(
    flowgroup: FlowGroup,
    content: Content,
    host: Host,
    environment: Document,
    text_of: Callable[[str], str],
) -> _Looked:
    checked = Problems()
    expanded = partial(expand, content=content, tokens=host.tokens, include_tests=True)
    found = checked.each(expanded, [flowgroup])
    if not found:
        return _Looked(flowgroup, None, checked.found)
    resolved = found[0]
    actions = []
    for action in resolved.data["actions"]:
        filled = checked.each(partial(completed, host=host), [action])
        actions.append(filled[0] if filled else action)
    origins = Origins(flowgroup, resolved, content, host.tokens, environment, actions, text_of)
    return _Looked(flowgroup, origins, [*resolved.problems, *checked.found])


def _text_of(project: Project, name: str) -> str:
    if not name.endswith(_READ) or "\n" in name:
        return ""
    file = (project.root / name.replace("\\", "/")).resolve()
    try:
        is_ours = file.is_relative_to(project.root.resolve())
        return read_regular(file).decode(errors="replace") if is_ours else ""
    except (OSError, ValueError):
        return ""


def _told(origins: Sequence[Origins], target: Target) -> tuple[list[Value], list[Value]]:
    """Return the values at a line, if it stands for one thing, and those that it has a say in."""
    subjects = [(each, path) for each in origins for path in _paths_of(each, target)]
    places = target.places
    if target.is_action and len(subjects) > 1:
        places = frozenset([locate(target.entry.value, ("name",)) or target.entry.at])
    uses = [
        value
        for each in origins
        for value in each.values()
        if not value.is_means and _has_say(value, each, target, places)
    ]
    if len(subjects) != 1 or subjects[0][1] == ("actions",):
        return [], uses
    only, path = subjects[0]
    values = [*only.values_in(path), *(_inherited(only, path) if target.is_action else ())]
    own = {(id(each.flowgroup), each.path) for each in values}
    others = [each for each in uses if (id(each.flowgroup), each.path) not in own]
    is_one = all(each.flowgroup is only.resolved for each in others)
    return (values, others) if is_one and not (others and target.is_shared) else ([], uses)


def _paths_of(origins: Origins, target: Target) -> Iterator[tuple[str | int, ...]]:
    wanted = target.entry
    for each in entries(origins.resolved.data):
        if target.is_action:
            is_same = each.path[:-1] == ("actions",) and each.at == wanted.at
        else:
            same = (each.key_at, each.path[-1]) == (wanted.key_at, wanted.path[-1])
            is_same = same or (_is_item(each) and _is_item(wanted) and each.at == wanted.at)
        if is_same:
            yield each.path


def _is_item(entry: Entry) -> bool:
    return isinstance(entry.path[-1], int)


def _inherited(origins: Origins, path: tuple[str | int, ...]) -> Iterator[Value]:
    """Yield the metadata columns that a load has from its flowgroup."""
    data = origins.resolved.data
    action = data["actions"][path[1]]
    is_load = isinstance(action, Mapping) and action.get("type") == "load"
    if is_load and action.get(METADATA) is not False and METADATA in data:
        yield from origins.values_in((METADATA,))


def _has_say(value: Value, origins: Origins, target: Target, places: frozenset[Location]) -> bool:
    steps = [*value.all_steps]
    if any(step.at in places for step in steps):
        return True
    holders = [origins.template, origins.blueprint and origins.blueprint.document]
    is_used = target.path in [each.path for each in holders if each]
    names = target.parameters if is_used else ()
    forms = {form for name in names for form in (f"{{{{ {name} }}}}", f"%{{{name}}}")}
    return any(step.what in forms for step in steps)


def _token(target: Target, tokens: Tokens) -> Step | None:
    block, *path = target.entry.path
    if target.env is None or not path or block not in ("global", target.env):
        return None
    at = locate(tokens.written, path) or NOWHERE
    value: Any = Unresolved(target.entry.value) if path[0] in tokens.faults else tokens.values
    for part in path if not isinstance(value, Unresolved) else ():
        value = value[part]
    return Step("token", value, at, is_lost=at != target.entry.at)


def _secrets(origins: Iterable[Origins], content: Content, others: Iterable[Any]) -> Iterator[str]:
    parts = [*others]
    parts += (each.defaults for each in content.presets.values())
    for template in content.templates.values():
        parts += (template.actions, template.defaults)
    for each in origins:
        resolved = each.resolved
        parts += (each.source.data, resolved.data, resolved.parameters)
    for part in parts:
        for entry in entries(part):
            value = as_written(entry.value) if isinstance(entry.value, str) else ""
            if is_plain_secret(str(entry.path[-1]), value):
                yield value


def _path_of(problem: LhpError) -> str:
    return problem.location.path if problem.location else ""
