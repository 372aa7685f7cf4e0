"""Chooses the operational metadata columns of an action and makes their code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from lhp.core.base_generator import MetadataColumn, MetadataColumns
from lhp.core.literals import Code
from lhp.errors import METADATA_UNKNOWN, LhpError, nearest, raise_all
from lhp.model.flowgroup import Action, FlowGroup
from lhp.model.project import BUILT_IN_COLUMNS, MetadataColumnDefinition, Project
from lhp.model.source import Unresolved, locate
from lhp.passes.collect import Problems
from lhp.passes.host import Host
from lhp.text.expressions import expression_code
from lhp.text.imports import merged_imports

KEY = "operational_metadata"


def metadata_columns(
    host: Host, flowgroup: FlowGroup, action: Action, extra: Mapping[str, str]
) -> MetadataColumns:
    """Return the columns that an action adds to its rows, sorted by name.

    Looking at them raises LhpErrors when expressions are at fault, each at its place in lhp.yaml.

    Args:
        host: What the run shares.
        flowgroup: The flowgroup, resolved.
        action: One of its actions.
        extra: Tokens of this action that expressions may use.
    """
    return MetadataColumns(_made(host, flowgroup, action, extra))


def _made(
    host: Host, flowgroup: FlowGroup, action: Action, extra: Mapping[str, str]
) -> Iterator[MetadataColumn]:
    known = columns_of(host.project)
    own = {
        "pipeline_name": str(flowgroup.data["pipeline"]),
        "flowgroup_name": str(flowgroup.data["flowgroup"]),
        **extra,
    }

    def token(name: str) -> str:
        if name in own:
            return own[name]
        value, tokens = host.tokens.values.get(name), host.tokens
        raise_all(() if isinstance(value, str) else tokens.faults.get(name, tokens.unread))
        if not isinstance(value, str):
            raise KeyError(name)
        return value

    names = sorted(set(_selected(host.project, flowgroup, action)) & set(known))
    chosen = [known[name] for name in names if "view" in known[name].applies_to]
    problems = Problems()
    columns = problems.each(partial(_column, host.project, token), chosen)
    raise_all(problems.found)
    yield from columns


def _column(
    project: Project, token: Callable[[str], str], definition: MetadataColumnDefinition
) -> MetadataColumn:
    place = partial(locate, project.document.data)
    path = (KEY, "columns", definition.name)
    problems = Problems()
    for index, line in enumerate(definition.imports):
        at = place((*path, "additional_imports", index))
        problems.each(partial(merged_imports, at=at), [[line]])
    at = place((*path, "expression")) or project.document.location
    made = problems.each(partial(expression_code, tokens=token, at=at), [definition.expression])
    raise_all(problems.found)
    code, imports = made[0]
    return MetadataColumn(definition.name, Code(code), (*imports, *definition.imports))


def selection_warnings(project: Project) -> Iterator[LhpError]:
    """Yield a warning for each column of a selection of lhp.yaml that does not exist."""
    known = columns_of(project)
    for selection, names in project.selections.items():
        entry = project.document.data[KEY]["presets"][selection]
        within = ("columns",) if isinstance(entry, Mapping) else ()
        for index, name in enumerate(names):
            if name not in known:
                at = locate(entry, (*within, index))
                yield METADATA_UNKNOWN.at(at, name=name, nearest=nearest(name, known))


def metadata_warnings(project: Project, flowgroup: FlowGroup) -> Iterator[LhpError]:
    """Yield a warning for each selected column that does not exist."""
    known = [*columns_of(project), *project.selections]
    actions = flowgroup.data.get("actions") or ()
    for part in (flowgroup.data, *actions):
        chosen = part.get(KEY) if isinstance(part, dict) else None
        for index, name in enumerate(chosen if isinstance(chosen, list) else ()):
            if name not in known and not isinstance(name, Unresolved):
                at = locate(part, (KEY, index))
                yield METADATA_UNKNOWN.at(at, name=name, nearest=nearest(name, known))


def columns_of(project: Project) -> Mapping[str, MetadataColumnDefinition]:
    """Return the columns that exist: the project's own, or the built-in ones when it has none."""
    return project.columns or BUILT_IN_COLUMNS


def _selected(project: Project, flowgroup: FlowGroup, action: Action) -> Iterator[str]:
    if action.get(KEY) is False:
        return
    for chosen in (flowgroup.data.get(KEY), action.get(KEY)):
        yield from _names(project, chosen)


def _names(project: Project, chosen: Any) -> Iterator[str]:
    names: Sequence[str] = chosen if isinstance(chosen, list) else ()
    for name in names:
        yield from project.selections.get(name, (name,))
