"""The order of the passes. Read this first.

    discover -> parse -> expand -> validate -> generate -> assemble -> format -> write

A flowgroup is worked on alone from parse to assemble; only the checks across flowgroups, format
and write see all of them. A pass raises; `Problems` collects what was raised, so that one run
tells every mistake of a project. Write is called by the commands that want it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import field, replace
from functools import partial

from lhp.core.manifest import Origin
from lhp.core.plugin_check import folder_problems, missing_distributions
from lhp.core.plugin_manager import PluginManager
from lhp.core.spans import span
from lhp.errors import (
    FORMATTER_UNKNOWN,
    INCLUDE_SELECTS_NOTHING,
    INCLUDE_UNMATCHED,
    NO_FLOWGROUPS,
    OUTPUT_CLASH,
    PIPELINE_UNKNOWN,
    PLUGIN_FILES_UNREAD,
    LhpError,
    Location,
    nearest,
    raise_all,
)
from lhp.model.flowgroup import Output
from lhp.model.project import Project, ProjectFiles
from lhp.model.source import locate
from lhp.passes.again import Again, Look
from lhp.passes.artifacts import artifact_problems, artifacts
from lhp.passes.collect import Problems
from lhp.passes.content import (
    Chosen,
    content_digests,
    read_content,
    read_environment,
    read_flowgroups,
    shown,
)
from lhp.passes.crew import units_of
from lhp.passes.discover import discover
from lhp.passes.expand import Content
from lhp.passes.format import format_outputs
from lhp.passes.graph import (
    check_circles,
    check_claims,
    check_names,
    check_shared_names,
    check_sources,
    check_tables,
)
from lhp.passes.host import Host
from lhp.passes.made import Made
from lhp.passes.memory import Memory
from lhp.passes.metadata import selection_warnings
from lhp.passes.past import Now, Past
from lhp.passes.state import Disk
from lhp.passes.unit import Shop, Unit, fresh
from lhp.passes.uses import folded
from lhp.passes.written import written_problems
from lhp.values import frozen

Progress = Callable[[int], AbstractContextManager[Callable[[], None]]]


@contextmanager
def _silent(total: int) -> Iterator[Callable[[], None]]:
    del total
    yield lambda: None


@frozen
class Wanted:
    """What a run is to do.

    Args:
        env: The environment.
        pipeline: The only pipeline to work on; None takes all.
        is_formatted: False leaves the code as assembled.
        include_tests: True takes actions of type test, too.
        jobs: How many processes may work; None takes as many as pay.
        recalls: True leaves alone what would become again what it became in the last run.
        wants_outputs: False where it does not matter what is on the disk.
        wants_built: True where it matters what the flowgroups make also when nothing changed.
        look: What of the project's files is known already.
        wants_again: True where the run is to tell what it looked at.
        progress: Given how many files there are, shows how far the run is.
    """

    env: str
    pipeline: str | None = None
    is_formatted: bool = True
    include_tests: bool = False
    jobs: int | None = None
    recalls: bool = False
    wants_outputs: bool = True
    wants_built: bool = False
    look: Look | None = None
    wants_again: bool = False
    progress: Progress = _silent


@frozen
class Outcome:
    """What a run made and found.

    Args:
        built: The flowgroups of which it is known what they make, sorted by pipeline and name.
        outputs: Every file of the run; of use only when there are no errors.
        problems: Errors and warnings.
        pipelines: How many flowgroups of each pipeline it is known of what they make.
        memory: What to remember once all is written; None where nothing new is known.
        is_unchanged: True when the last run made the same, and all of it is on the disk still.
        again: What was looked at; None where it may have been more than can be told.
    """

    built: tuple[Made, ...]
    outputs: tuple[Output, ...]
    problems: tuple[LhpError, ...]
    pipelines: Mapping[str, int] = field(default_factory=dict)
    memory: Memory | None = None
    is_unchanged: bool = False
    again: Again | None = None

    @property
    def has_errors(self) -> bool:
        """True when nothing may be written."""
        return any(not problem.is_warning for problem in self.problems)


def run(project: Project, wanted: Wanted, manager: PluginManager | None = None) -> Outcome:
    """Return what a project makes in an environment; writes nothing.

    Args:
        project: An open project.
        wanted: What to do.
        manager: The project's plugins, where they are known already.
    """
    problems = Problems()
    with span("discover"):
        files = discover(project)
    manager = manager or PluginManager(project.root, project.document)
    problems.add((*project.document.warnings, *_of_project(project, manager, files)))
    chosen = Chosen.of(files)
    tokens = problems.each(lambda env: read_environment(project, files, env), [wanted.env])
    if not tokens:
        # What is wrong with the shape of the other files is told all the same.
        read = read_flowgroups(project, files, problems)
        problems.add([] if read or files.flowgroups else [_nothing(project)])
        return Outcome((), (), _unique(problems.found))
    seen = len(problems.found)
    host = Host(project, manager, tokens[0])
    problems.add(host.tokens.problems)
    before = content_digests(host, files, wanted.env) if wanted.recalls else {}
    with span("read presets, templates and blueprints"):
        content = read_content(host, files, problems)
    shop = _shop(host, content, chosen, wanted)
    look = wanted.look or Look(str(project.root))
    now = Now(host, content, [wanted.include_tests], before, look)
    past = _past(now, chosen, host.project, wanted) if wanted.recalls else None
    with span("compare with the last run"):
        is_unchanged = past is not None and past.is_whole
    if past and is_unchanged:
        problems.add(past.memory.problems)
        told, is_there = _unique(problems.found), wanted.wants_outputs
        again = past.again(past.memory, files.listed) if wanted.wants_again else None
        return Outcome(
            _built(past.units) if wanted.wants_built else (),
            past.outputs,
            told,
            past.pipelines,
            is_unchanged=is_there,
            again=again,
        )
    units = _units(shop, wanted, past)
    if not files.flowgroups and not any(unit.pipelines for unit in units):
        problems.add([_nothing(project)])
    about = fresh(host, content)[0]  # what artifacts look at is noted apart
    problems.add((*written_problems(content, units, host), *artifact_problems(about)))
    found = problems.each(partial(_pipelines, pipeline=wanted.pipeline), [units])
    is_whole = not problems.has_errors and all(unit.is_read for unit in units)
    problems.add(problem for unit in units for problem in unit.problems)
    built = _built(units)
    twice = [*check_names(built)]
    unread = _unread(found[0] if found else {}, built, is_whole=is_whole)
    is_at_one = past is not None and not unread and is_whole and past.is_at_one(units)
    with span("check across flowgroups"):
        across = [] if is_at_one else twice or [*_across(built, unread)]
    problems.add(across)
    problems.add(problem for item in built for problem in item.problems)
    outputs = () if twice else _outputs(built, about, wanted, problems)
    problems.add(host.manager.resolver.warnings)
    outcome = Outcome(
        built,
        outputs,
        _unique(problems.found),
        Counter(made.pipeline for made in built),
    )
    if past is None or outcome.has_errors or wanted.pipeline is not None:
        return outcome
    memory = past.next(units, about, outcome.outputs, problems.found[seen:], is_at_one=not across)
    again = past.again(memory, files.listed) if memory and wanted.wants_again else None
    return replace(outcome, memory=memory, again=again)


def _built(units: Iterable[Unit]) -> tuple[Made, ...]:
    made = (made for unit in units for made in unit.made)
    return tuple(sorted(made, key=lambda each: each.label))


def _outputs(
    built: Sequence[Made], host: Host, wanted: Wanted, problems: Problems
) -> tuple[Output, ...]:
    """Return every file of a run, laid out; of use only when there are no errors."""
    whole = [output for item in built for output in item.outputs]
    outputs = problems.each(_merged, [whole])
    if not problems.has_errors:
        build = partial(artifacts, built=built, host=host, is_whole=wanted.pipeline is None)
        added = problems.each(build, outputs)
        problems.add(warning for each in added for warning in each.warnings)
        outputs = problems.each(_merged, [(*outputs[0], *each.outputs) for each in added])
    if not problems.has_errors and wanted.is_formatted and host.project.is_formatted:
        with span("format"):
            outputs = problems.each(partial(_formatted, host=host), outputs)
    return outputs[0] if outputs else ()


def _shop(host: Host, content: Content, chosen: Chosen, wanted: Wanted) -> Shop:
    used = host.manager.registry.active("artifact")
    host, content = fresh(host, content)
    return Shop(
        host,
        content,
        chosen,
        pipeline=wanted.pipeline,
        include_tests=wanted.include_tests,
        with_data=any(each.origin is not Origin.BUILTIN for each in used),
        remembers=wanted.recalls and wanted.wants_outputs and wanted.pipeline is None,
    )


def _past(now: Now, chosen: Chosen, project: Project, wanted: Wanted) -> Past | None:
    is_formatted = wanted.is_formatted and project.is_formatted
    try:
        disk = Disk(project.root, wanted.env, now.look) if wanted.wants_outputs else None
    except LhpError:  # told when it is needed
        return None
    files = {shown(project, file): file for file in chosen.files}
    memory = Memory.read(project.root, wanted.env)
    return Past(memory, now, files, disk, is_formatted=is_formatted, pipeline=wanted.pipeline)


def _units(shop: Shop, wanted: Wanted, past: Past | None) -> list[Unit]:
    """Return what the files became: those that changed are worked on, the others are known."""
    files = shop.chosen.files
    known: list[Unit] = []
    if past and _is_alone(shop):
        known = past.units
        files = past.stale
        shop = replace(shop, known=past.parts)
    with wanted.progress(len(files)) as advance:
        units = [*known, *_each(units_of(files, shop, wanted.jobs), advance)]
    return sorted(units, key=lambda unit: unit.path)


def _is_alone(shop: Shop) -> bool:
    """Return True when whatever sees the outputs and their data looks at one after the other."""
    host = shop.host
    manifest = host.manager.registry.get("formatter", host.project.formatter)
    is_ours = manifest is None or manifest.origin is Origin.BUILTIN
    is_text = manifest is not None and host.manager.resolver.is_function(manifest)
    return not shop.with_data and (is_ours or is_text)


def _each(units: Iterable[Unit], advance: Callable[[], None]) -> Iterator[Unit]:
    for unit in units:
        advance()
        yield unit


def _unique(problems: Iterable[LhpError]) -> tuple[LhpError, ...]:
    """Return each problem once: many flowgroups meet the same preset and the same plugin."""
    found: dict[tuple[object, ...], LhpError] = {}
    for each in folded(problems):
        more = [each.values.get(key) for key in ("reason", "message", "used")]
        about = (each.values.get("name", each.message), *more)
        found.setdefault((each.code.id, each.location, str(about)), each)
    return tuple(found.values())


def _nothing(project: Project) -> LhpError:
    if project.include:
        return INCLUDE_SELECTS_NOTHING.at(locate(project.document.data, ("include",)))
    return NO_FLOWGROUPS.at(project.document.location)


def _of_project(
    project: Project, manager: PluginManager, files: ProjectFiles
) -> Iterator[LhpError]:
    data = project.document.data
    for key, index in files.unmatched:
        base = "pipelines/" if key == "include" else "the project's folder"
        values = {"pattern": data[key][index], "key": key, "base": base}
        yield INCLUDE_UNMATCHED.at(locate(data, (key, index)), **values)
    yield from selection_warnings(project)
    yield from manager.problems
    if project.is_formatted:
        yield from _formatter_problems(project, manager)
    yield from folder_problems(manager)
    yield from missing_distributions(manager)
    unread = manager.unread
    if unread:
        place = unread[0].location
        yield PLUGIN_FILES_UNREAD.at(place, count=len(unread), reason=unread[0].message)


def _formatter_problems(project: Project, manager: PluginManager) -> Iterator[LhpError]:
    name, known = project.formatter, manager.registry.names("formatter")
    if name not in known:
        at = locate(project.document.data, ("formatter",))
        yield FORMATTER_UNKNOWN.at(at, name=name, nearest=nearest(name, known))


def _pipelines(units: Sequence[Unit], pipeline: str | None) -> Counter[str]:
    """Return how many flowgroups each wanted pipeline has."""
    counts = Counter(name for unit in units for name in unit.pipelines)
    if pipeline is None:
        return counts
    if pipeline not in counts:
        known = ", ".join(sorted(counts)) or "none"
        raise PIPELINE_UNKNOWN.at(name=pipeline, known=known, nearest=nearest(pipeline, counts))
    return Counter({pipeline: counts[pipeline]})


def _unread(counts: Mapping[str, int], built: Sequence[Made], *, is_whole: bool) -> frozenset[str]:
    """Return the pipelines of which it is not known all that they make."""
    made = Counter(each.pipeline for each in built)
    return frozenset(name for name, count in counts.items() if count > made[name] or not is_whole)


def _across(built: Sequence[Made], unread: Container[str]) -> Iterator[LhpError]:
    yield from check_tables(built, unread)
    yield from check_claims(built)
    yield from check_sources(built, unread)
    yield from check_shared_names(built)
    yield from check_circles(built)


def _merged(outputs: Iterable[Output]) -> tuple[Output, ...]:
    merged: dict[str, Output] = {}
    problems = []
    for output in outputs:
        known = merged.setdefault(output.path, output)
        if known is not output and known.digest != output.digest:
            one, other = _source_of(known), _source_of(output)
            at = Location(output.sources[0])
            problems.append(OUTPUT_CLASH.at(at, path=output.path, one=one, other=other))
    raise_all(problems)
    return tuple(merged[path] for path in sorted(merged))


def _source_of(output: Output) -> str:
    """Return the file that an output is a copy of, or else the last that it is made of."""
    name = output.path.rpartition("/")[2]
    copied = (source for source in output.sources if source.rpartition("/")[2] == name)
    return next(copied, output.sources[-1])


def _formatted(outputs: tuple[Output, ...], host: Host) -> tuple[Output, ...]:
    name = host.project.formatter
    manifest = host.manager.registry.get("formatter", name)
    if manifest is None:  # told already
        return outputs
    handle = host.manager.handle(manifest)
    settings, formatter = host.settings_of(handle), handle.load()
    formatter = handle.call(formatter) if isinstance(formatter, type) else formatter
    if hasattr(formatter, "format"):
        formatter.config = settings
    is_ours = handle.origin is Origin.BUILTIN
    work = partial(format_outputs, name=name, is_ours=is_ours)
    new = [output for output in outputs if not output.is_current]
    laid = {each.path: each for each in handle.call(work, new, formatter)} if new else {}
    return tuple(
        replace(laid[each.path], assembled=each.digest) if each.path in laid else each
        for each in outputs
    )
