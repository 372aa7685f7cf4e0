"""Orders the actions of a flowgroup, and checks what only all of them together can tell."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

from lhp.core.literals import MODULE_NAMES
from lhp.errors import (
    ACTION_CYCLE,
    BLUEPRINT_FLOWGROUP_TWICE,
    CLAIMED_TWICE,
    FLOWGROUP_TWICE,
    NAME_SHARED,
    NO_LOAD,
    NO_WRITE,
    SOURCE_UNKNOWN,
    TABLE_CREATED_TWICE,
    TABLE_CYCLE,
    TABLE_NOT_CREATED,
    TARGET_RESERVED,
    TARGET_TWICE,
    TRANSFORM_UNUSED,
    WRITES_DISAGREE,
    LhpError,
    Location,
    nearest,
    raise_all,
)
from lhp.passes.generate import Built, Step
from lhp.passes.made import Made, MadeStep
from lhp.passes.uses import met_by
from lhp.passes.variables import ReferenceCycleError, reference_order

_MOST_ROUNDS = 20


def ordered(built: Built) -> tuple[Step, ...]:
    """Return the actions of a flowgroup so that each stands after what it reads.

    Sources come first as written; then each generation in the order in which it becomes free.

    Raises:
        LhpErrors: Views made twice or used by nobody, a circle, a flowgroup that loads or writes
            nothing.
    """
    problems = [*_targets(built), *_completeness(built), *_unused(built)]
    makers = {step.generated.facts.makes: step for step in built.steps if step.action.target}
    waiting = {
        step.action.name: {
            makers[name].action.name for name in step.generated.facts.reads if name in makers
        }
        for step in built.steps
    }
    placed: dict[str, Step] = {}
    while len(placed) < len(built.steps):
        free = [
            step
            for step in built.steps
            if step.action.name not in placed and waiting[step.action.name] <= placed.keys()
        ]
        if not free:
            problems.append(_cycle(built, waiting))
            break
        placed.update({step.action.name: step for step in free})
    raise_all(problems)
    return tuple(placed.values())


def _cycle(built: Built, waiting: Mapping[str, set[str]]) -> LhpError:
    name = next(iter(waiting))
    remaining = {key: needs for key, needs in waiting.items() if needs & waiting.keys()}
    name = min(remaining)
    path: list[str] = []
    while name not in path:
        path.append(name)
        name = min(need for need in remaining[name] if need in remaining)
    circle = [*path[path.index(name) :], name]
    at = next(step.action.at("source") for step in built.steps if step.action.name == name)
    return ACTION_CYCLE.at(at, cycle=" -> ".join(circle))


def _targets(built: Built) -> Iterator[LhpError]:
    first: dict[str, Step] = {}
    for step in built.steps:
        target = step.generated.facts.makes
        if target in MODULE_NAMES:
            yield TARGET_RESERVED.at(step.action.at("target"), name=target)
        known = first.setdefault(target, step) if target else step
        if known is not step:
            other = known.action.at("target")
            yield TARGET_TWICE.at(step.action.at("target"), name=target, other=other)


def _completeness(built: Built) -> Iterator[LhpError]:
    kinds = {step.action.kind for step in built.steps}
    flowgroup = built.flowgroup
    if "test" in kinds and not kinds & {"load", "write"}:
        return
    if "write" not in kinds and "test" not in kinds:
        yield NO_WRITE.at(flowgroup.location, name=flowgroup.name)
    reads_nothing = any(
        step.action.kind == "write" and not step.generated.facts.reads for step in built.steps
    )
    if "load" not in kinds and not reads_nothing:
        yield NO_LOAD.at(flowgroup.location, name=flowgroup.name)


def _unused(built: Built) -> Iterator[LhpError]:
    used = {name for step in built.steps for name in step.generated.facts.reads}
    for step in built.steps:
        target = step.generated.facts.makes
        if step.action.kind == "transform" and target and target not in used:
            used.add(target)  # told
            yield TRANSFORM_UNUSED.at(step.action.at("target"), name=target)


def check_names(built: Sequence[Made]) -> Iterator[LhpError]:
    """Yield an error for each flowgroup that is defined twice in a pipeline."""
    first: dict[str, Made] = {}
    for each in built:
        known = first.setdefault(each.label, each)
        if known is not each:
            rivals = (each, known)
            is_made = any(one.instance for one in rivals)
            at, other = _apart(rivals, [one.named_at for one in rivals])
            code = BLUEPRINT_FLOWGROUP_TWICE if is_made else FLOWGROUP_TWICE
            yield code.at(at, name=each.name, pipeline=each.pipeline, other=other)


def _apart(rivals: Sequence[Made], places: Sequence[Location | None]) -> Sequence[Location | None]:
    """Return where two flowgroups clash: at their instances, if they are of different ones."""
    instances = [flowgroup.instance for flowgroup in rivals]
    if instances[0] == instances[1]:
        return places
    return [each.location if each else at for each, at in zip(instances, places, strict=True)]


def check_tables(built: Sequence[Made], unread: Container[str]) -> Iterator[LhpError]:
    """Yield what is wrong between the writes to each table of a pipeline.

    One of them creates it, and the others say alike what holds for all of them.

    Args:
        built: All flowgroups of which it is known what they make.
        unread: Pipelines of which it is not known all that they make.
    """
    writers: dict[tuple[str, str], list[tuple[Made, MadeStep]]] = {}
    for each in built:
        for step in each.steps:
            if step.facts.table:
                key = (each.pipeline, step.facts.table)
                writers.setdefault(key, []).append((each, step))
    for (pipeline, table), found in writers.items():
        creators = [(one, step) for one, step in found if step.facts.creates]
        if not creators:
            flowgroup, step = found[0]
            problem = TABLE_NOT_CREATED.at(step.at("write_target"), table=table)
            yield from () if pipeline in unread else met_by([problem], flowgroup)
            continue
        first, creator = creators[0]
        for flowgroup, step in creators[1:]:
            places = [each.at("write_target") for each in (step, creator)]
            at, other = _apart([flowgroup, first], places)
            yield TABLE_CREATED_TWICE.at(at, table=table, other=other)
        for flowgroup, step in found:
            if not step.facts.creates:
                yield from met_by(_disagreements(step, creator), flowgroup)


def _disagreements(step: MadeStep, creator: MadeStep) -> Iterator[LhpError]:
    facts, wanted = step.facts, creator.facts.shared
    for key, value in facts.shared.items():
        if wanted.get(key, value) != value:
            path = ("write_target", *key.split("."))
            yield WRITES_DISAGREE.at(
                step.at(*path),
                table=facts.table,
                key=key,
                value=value,
                wanted=wanted[key],
                other=creator.at(*path),
            )


def check_claims(built: Sequence[Made]) -> Iterator[LhpError]:
    """Yield an error for each action that has what another one of its pipeline has to itself."""
    first: dict[tuple[str, str], tuple[Made, MadeStep]] = {}
    for each in built:
        for step in each.steps:
            pipeline, owner = each.pipeline, (each, step)
            for claim in step.facts.claims:
                known = first.setdefault((pipeline, claim), owner)
                if known is not owner:
                    places = [one.at() for _, one in (owner, known)]
                    at, other = _apart([owner[0], known[0]], places)
                    yield CLAIMED_TWICE.at(at, pipeline=pipeline, claim=claim, other=other)


def check_shared_names(built: Sequence[Made]) -> Iterator[LhpError]:
    """Yield a warning for each view and flow that is called as one of another flowgroup.

    In one flowgroup it is an error; for views, another pass tells it.
    """
    first: dict[tuple[str, str], tuple[Made, MadeStep]] = {}
    for each in built:
        for step in each.steps:
            facts = step.facts
            names = dict.fromkeys(facts.names, "name")
            if facts.makes:
                names[f"the view {facts.makes!r}"] = "target"
            for name, part in names.items():
                key = (each.pipeline, name)
                known, maker = first.setdefault(key, (each, step))
                if known is not each:
                    values = {"name": name, "pipeline": each.pipeline}
                    yield NAME_SHARED.at(step.at(part), **values, other=maker.at())
                elif maker is not step and name in facts.names:
                    values = {"claim": name, "pipeline": each.pipeline}
                    yield CLAIMED_TWICE.at(step.at(part), **values, other=maker.at())


def check_sources(built: Sequence[Made], unread: Container[str]) -> Iterator[LhpError]:
    """Yield a warning for each undotted source that nothing in its pipeline makes.

    Args:
        built: All flowgroups of which it is known what they make.
        unread: Pipelines of which it is not known all that they make.
    """
    made: dict[str, set[str]] = {}
    for each in built:
        names = made.setdefault(each.pipeline, set())
        for step in each.steps:
            facts = step.facts
            names.update(filter(None, (facts.makes, facts.table.rpartition(".")[2])))
    for each in built:
        names = made[each.pipeline]
        for step in each.steps if each.pipeline not in unread else ():
            for name in step.facts.reads:
                if "." not in name and name not in names:
                    at = step.at("source") or step.at()
                    yield SOURCE_UNKNOWN.at(at, name=name, nearest=nearest(name, names))


def check_circles(built: Sequence[Made]) -> Iterator[LhpError]:
    """Yield a warning for each circle in which tables of the project are made from each other."""
    reads: dict[str, set[str]] = {}
    makers: dict[str, MadeStep] = {}
    for each in built:
        made = {step.facts.makes for step in each.steps}
        # A view is one of its flowgroup, a table one of the project.
        views = {name: f"{each.label} {name}" for name in made}
        for step in each.steps:
            facts = step.facts
            for name in filter(None, (facts.makes and views[facts.makes], facts.table)):
                reads.setdefault(name, set()).update(views.get(one, one) for one in facts.reads)
                makers.setdefault(name, step)
    for circle in _circles(reads):
        tables = [name for name in circle if " " not in name]
        if tables:
            start = tables.index(min(tables))
            cycle = [*tables[start:], *tables[: start + 1]]
            maker = makers[cycle[0]]
            yield TABLE_CYCLE.at(maker.at("source") or maker.at(), cycle=" -> ".join(cycle))


def _may_hold_circles(reads: Mapping[str, set[str]]) -> bool:
    """Return False for names that are gone when those that read none of them are taken away."""
    left = reads
    for _ in range(_MOST_ROUNDS):
        inner = {name: others & left.keys() for name, others in left.items()}
        left = {name: others for name, others in inner.items() if others}
        if not left or len(left) == len(inner):
            break
    return bool(left)


def _circles(reads: Mapping[str, set[str]]) -> Iterator[Sequence[str]]:
    if not _may_hold_circles(reads):
        return
    left = {name: sorted(others) for name, others in sorted(reads.items())}
    while True:
        try:
            reference_order(left)
        except ReferenceCycleError as error:
            one, other, *_ = error.names
            left[one].remove(other)
            yield error.names[:-1]
        else:
            return
