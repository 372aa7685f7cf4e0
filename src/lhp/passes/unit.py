"""The work on one file of flowgroups, from parse to assemble; no other file's is needed for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property, partial
from itertools import chain
from pathlib import Path

from lhp.core.manifest import Manifest, Origin
from lhp.core.plugin_manager import PluginManager
from lhp.core.plugin_sources import sha256
from lhp.core.spans import span
from lhp.errors import LhpError, LhpErrors, raise_all
from lhp.model.flowgroup import KINDS, FlowGroup, Instance
from lhp.passes.assemble import assemble
from lhp.passes.blueprints import flowgroups_of
from lhp.passes.collect import Problems
from lhp.passes.content import Chosen, shown
from lhp.passes.expand import Content, expand
from lhp.passes.generate import generate
from lhp.passes.graph import ordered
from lhp.passes.host import Host
from lhp.passes.made import Made, made_of, shell_of
from lhp.passes.metadata import metadata_warnings
from lhp.passes.noted import Noted, Read
from lhp.passes.project import read_content_of
from lhp.passes.review import review
from lhp.passes.uses import met_at, met_by, met_in
from lhp.passes.validate import has_names, same_names, validate
from lhp.values import frozen

_OF_SOME = ("_generator", "_filter", "_function")
"""How the types of plugins end that not all flowgroups use."""


@frozen
class Asked:
    """What went into a file as such, or into one of its flowgroups.

    Args:
        names: What was asked for by name, by sort: tokens, presets, templates, plugins ...
        files: Digests of the files that were read besides, by path.
        folders: The same of the lists of files below folders.
    """

    names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)


@frozen
class Unit:
    """What one file became.

    Args:
        path: The file, relative to the project root.
        digest: SHA-256 of what it holds.
        pipelines: That of each of its flowgroups, as written.
        made: Its flowgroups, those of the wanted pipeline alone; faulty ones are left out.
        templates: Names that it uses as those of templates.
        blueprints: Names that it uses as those of blueprints.
        problems: What is wrong with the file, or with flowgroups that are left out.
        is_read: False where it is not known which flowgroups it holds.
        parts: What went into it as a file, then what went into each of its flowgroups.
        text: What is remembered of it, where that was made ready already.
    """

    path: str
    digest: str
    pipelines: tuple[str, ...] = ()
    made: tuple[Made, ...] = ()
    templates: frozenset[str] = frozenset()
    blueprints: frozenset[str] = frozenset()
    problems: tuple[LhpError, ...] = ()
    is_read: bool = True
    parts: tuple[Asked, ...] = ()
    text: str = ""


@frozen
class Shop:
    """What the work on every file shares.

    Args:
        host: The project in an environment.
        content: Presets, templates and blueprints.
        chosen: Which files are read for what.
        pipeline: The only pipeline to work on; None takes all.
        include_tests: True takes actions of type test, too.
        with_data: True where somebody wants the resolved data of the flowgroups.
        remembers: True where what a file became is remembered.
        known: Flowgroups that would become what they became, where others of their file would
            not: by that file and its digest, and by number.
    """

    host: Host
    content: Content
    chosen: Chosen
    pipeline: str | None = None
    include_tests: bool = False
    with_data: bool = False
    remembers: bool = False
    known: Mapping[tuple[str, str], Mapping[int, tuple[Made, Asked]]] = field(default_factory=dict)

    def work(self, files: Sequence[Path]) -> Iterator[Unit]:
        """Yield what each of some files became, in their order.

        Args:
            files: Files of the project.
        """
        begun = [_Begun.of(file, self) for file in files]
        manager = self.host.manager
        chosen = (each for item in begun for each in item.chosen)
        others = [*_other_generators(chosen, manager)]
        if others:
            manager.resolver.foresee(others)
        for item in begun:
            yield item.finished(self)

    def forget(self) -> None:
        """Begin anew to note what is asked for."""
        for names in self._tables.values():
            names.clear()
        self.host.read.files, self.host.read.folders = {}, {}

    @property
    def asked(self) -> Asked:
        """What was asked for since that was forgotten."""
        names = {sort: frozenset(names) for sort, names in self._tables.items() if names}
        return Asked(names, self.host.read.files, self.host.read.folders)

    @cached_property
    def _tables(self) -> Mapping[str, set[str]]:
        noted = {
            "tokens": self.host.tokens.values,
            "presets": self.content.presets,
            "templates": self.content.templates,
            "blueprints": self.content.blueprints,
        }
        asked = {sort: table.asked for sort, table in noted.items() if isinstance(table, Noted)}
        return {**asked, "plugins": self.host.actions.asked}


@frozen
class _Begun:
    """A file that is parsed."""

    path: str
    digest: str
    chosen: tuple[FlowGroup, ...]
    pipelines: tuple[str, ...]
    templates: frozenset[str]
    blueprints: frozenset[str]
    problems: Problems
    asked: Asked

    @classmethod
    def of(cls, file: Path, shop: Shop) -> _Begun:
        path = shown(shop.host.project, file)
        shop.forget()
        problems = Problems()
        with span("parse"):
            contents = problems.each(partial(read_content_of, shown=path), [file])
            work = partial(shop.chosen.parsed, file=file, path=path)
            found = [*chain.from_iterable(problems.each(work, contents))]
        made = problems.each(partial(flowgroups_of, blueprints=shop.content.blueprints), found)
        flowgroups = [*chain.from_iterable(made)]
        return cls(
            path,
            sha256(contents[0]) if contents else "",
            tuple(each for each in flowgroups if shop.pipeline in (None, each.pipeline)),
            tuple(each.pipeline for each in flowgroups),
            frozenset(_names(flowgroups, "use_template")),
            frozenset(each.blueprint for each in found if isinstance(each, Instance)),
            problems,
            shop.asked,
        )

    def finished(self, shop: Shop) -> Unit:
        is_read, known = not self.problems.has_errors, shop.known.get((self.path, self.digest), {})
        made: list[Made] = []
        parts = [self.asked]
        for number, flowgroup in enumerate(self.chosen):
            if number in known:
                one, asked = known[number]
                made.append(one)
            else:
                shop.forget()
                made += self.problems.each(partial(_worked, shop=shop), [flowgroup])
                asked = shop.asked
            parts.append(asked)
        return Unit(
            self.path,
            self.digest,
            self.pipelines,
            tuple(made),
            self.templates,
            self.blueprints,
            (*self.problems.found, *_warned(shop, parts)),
            is_read,
            tuple(parts),
        )


def _names(flowgroups: Sequence[FlowGroup], key: str) -> Iterator[str]:
    return (each.data[key] for each in flowgroups if isinstance(each.data.get(key), str))


def _warned(shop: Shop, parts: Iterable[Asked]) -> Iterator[LhpError]:
    """Yield what plugins were warned of that a file uses, whichever file met it first."""
    used = {name for part in parts for name in part.names.get("plugins", ())}
    for warning in shop.host.manager.resolver.warnings:
        plugin_type, name = warning.values.get("type"), warning.values.get("name")
        is_of_some = str(plugin_type).endswith(_OF_SOME)
        if not is_of_some or f"{plugin_type}:{name}" in used:
            yield warning


def _other_generators(
    flowgroups: Iterable[FlowGroup], manager: PluginManager
) -> Iterator[Manifest]:
    """Yield the generators that flowgroups name by themselves, but for those of lhp.

    Templates may name others.
    """
    active = [each for each in manager.registry.active() if each.origin is not Origin.BUILTIN]
    if not active:
        return
    entries = (entry for each in flowgroups for entry in each.data.get("actions") or ())
    known = [
        entry for entry in entries if isinstance(entry, Mapping) and entry.get("type") in [*KINDS]
    ]
    named = {(f"{each['type']}_generator", KINDS[each["type"]].sub_type_of(each)) for each in known}
    yield from (each for each in active if each.key in named)


def _worked(flowgroup: FlowGroup, shop: Shop) -> Made:
    try:
        found = _resolved(flowgroup, shop, include_tests=shop.include_tests)
        if not found.data["actions"]:
            whole = _resolved(flowgroup, shop, include_tests=True)
            if whole.data["actions"]:
                return shell_of(found, with_data=shop.with_data)
        return _made(found, shop)
    except LhpErrors as errors:
        raise LhpErrors(met_by(errors.problems, flowgroup)) from None


def _resolved(flowgroup: FlowGroup, shop: Shop, *, include_tests: bool) -> FlowGroup:
    problems = Problems()
    work = partial(
        expand, content=shop.content, tokens=shop.host.tokens, include_tests=include_tests
    )
    with span("expand"):
        found = problems.each(work, [flowgroup])
    at = flowgroup.data.value_at.get("use_template", flowgroup.location)
    raise_all(met_at(problems.found, at))
    if not found[0].problems:
        return found[0]
    return replace(found[0], problems=tuple(met_at(found[0].problems, at)))


def _made(flowgroup: FlowGroup, shop: Shop) -> Made:
    host, problems = shop.host, Problems()
    problems.add((*flowgroup.problems, *metadata_warnings(host.project, flowgroup)))
    with span("validate"):
        actions, faults = validate(flowgroup, host)
    twice = [*same_names(flowgroup)]
    problems.add((*met_in(faults, flowgroup, host), *twice))
    faults += flowgroup.errors
    problems.add(() if faults else review(flowgroup, host))
    # Where some are at fault, the other actions are still asked what is wrong with them.
    asked = [actions] if not faults or has_names(flowgroup) else []
    with span("generate"):
        built = problems.each(lambda item: generate(flowgroup, item, host), asked)
    if faults or flowgroup.is_partial or not built:
        raise LhpErrors(problems.found)
    with span("assemble"):
        orders = problems.each(ordered, [] if twice else built)
        outputs = () if problems.has_errors else assemble(built[0], orders[0], host.tokens.env)
    found = (*met_by(problems.found, flowgroup), *built[0].problems)
    return made_of(replace(built[0], problems=found), outputs, with_data=shop.with_data)


def fresh(host: Host, content: Content) -> tuple[Host, Content]:
    """Return both with tables that note what they are asked for.

    Args:
        host: The project in an environment.
        content: Presets, templates and blueprints.
    """
    tokens = replace(host.tokens, values=Noted(host.tokens.values))
    host = replace(host, tokens=tokens, read=Read(is_run=True))
    noted = replace(
        content,
        presets=Noted(content.presets),
        templates=Noted(content.templates),
        blueprints=Noted(content.blueprints),
        renderer=host.text_renderer,
    )
    return host, noted
