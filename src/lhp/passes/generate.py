"""Lets the generator of each action make its code; one call per action."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from pydantic import BaseModel

from lhp.core.base_generator import Context, Generated, Problem
from lhp.core.emitted import beyond_granted
from lhp.core.manifest import Origin
from lhp.core.permissions import Permissions
from lhp.core.problems import problem_of, told
from lhp.core.resolver import PluginHandle
from lhp.errors import PLUGIN_EMITS, LhpError, LhpErrors
from lhp.model.flowgroup import Action, FlowGroup
from lhp.model.source import locate
from lhp.passes.collect import Problems
from lhp.passes.host import Host
from lhp.passes.inputs import Inputs
from lhp.passes.metadata import metadata_columns
from lhp.passes.uses import met_at, path_of_use
from lhp.values import frozen


@frozen
class Step:
    """An action with what its generator made of it.

    Args:
        action: The action.
        generated: Code, imports, facts and files.
        generator: What messages call the generator.
        files: Project files that it read, sorted.
        is_ours: True for a generator that comes with lhp.
    """

    action: Action
    generated: Generated
    generator: str
    files: tuple[str, ...] = ()
    is_ours: bool = False


@frozen
class Built:
    """A flowgroup whose actions have their code.

    Args:
        flowgroup: The flowgroup, resolved.
        steps: Its actions, in the order written.
        files: Project files that went in, sorted.
        problems: What is wrong with it, which its actions alone do not tell, and warnings.
    """

    flowgroup: FlowGroup
    steps: tuple[Step, ...]
    files: tuple[str, ...] = ()
    problems: tuple[LhpError, ...] = ()


def generate(
    flowgroup: FlowGroup, actions: Sequence[tuple[Action, PluginHandle]], host: Host
) -> Built:
    """Return a flowgroup with the code of its actions.

    Args:
        flowgroup: After expand.
        actions: After validate.
        host: What the run shares.

    Raises:
        LhpErrors: Everything that generators find wrong, or that goes wrong in them, and the
            warnings.
    """
    problems = Problems()
    steps: list[Step] = []
    inputs: list[Inputs] = []
    entries = enumerate(flowgroup.data["actions"])
    for action, handle in actions:
        index, entry = next(item for item in entries if locate(item[1], ()) == action.at())
        is_templated = index >= flowgroup.templated_from
        inputs.append(Inputs(host, entry, flowgroup.parameters if is_templated else None))
        made = Problems()
        for generated in made.each(partial(_generated, flowgroup, action, handle), inputs[-1:]):
            files = tuple(sorted({*inputs[-1].files}))
            is_ours = handle.origin is Origin.BUILTIN
            name = f"{handle.type} {handle.name!r}"
            steps.append(Step(action, generated, name, files, is_ours=is_ours))
            problems.add(_located(generated.problems, action, handle))
        if made.found:
            placed = (_placed(error, action) for error in made.found)
            problems.add(met_at(placed, action.at(*path_of_use(action.kind))))
    problems.add(warning for each in inputs for warning in each.warnings)
    if problems.has_errors:
        raise LhpErrors(problems.found)
    read = sorted({file for step in steps for file in step.files})
    return Built(flowgroup, tuple(steps), tuple(read), tuple(problems.found))


def _generated(
    flowgroup: FlowGroup, action: Action, handle: PluginHandle, inputs: Inputs
) -> Generated:
    context = _context(flowgroup, action, handle, inputs)
    generated: Generated = handle.generate(action, context)
    refused = tuple(_not_granted(generated, action, context, handle))
    return replace(generated, problems=(*generated.problems, *refused)) if refused else generated


def _context(flowgroup: FlowGroup, action: Action, handle: PluginHandle, inputs: Inputs) -> Context:
    extra = handle.call(handle.load().metadata_tokens, action)
    return inputs.context(
        handle,
        pipeline=str(flowgroup.data["pipeline"]),
        flowgroup=str(flowgroup.data["flowgroup"]),
        actions=flowgroup.data["actions"],
        metadata_columns=metadata_columns(inputs.host, flowgroup, action, extra),
    )


def _not_granted(
    generated: Generated, action: Action, context: Context, handle: PluginHandle
) -> Iterator[LhpError]:
    """Yield what the code of a plugin that does not come with lhp holds without leave."""
    if handle.origin is Origin.BUILTIN:
        return
    of_project = context.metadata_columns.imports_used
    own = replace(
        generated, imports=tuple(line for line in generated.imports if line not in of_project)
    )
    settings = context.config
    # Out of a sandbox they are plain already.
    plain = settings.model_dump() if isinstance(settings, BaseModel) else settings
    for use in beyond_granted(own, (action, plain), Permissions.asked_by(handle.manifest)):
        key = {"imports": "imports", "uses": "calls", "asks for": "secrets"}[use.verb]
        yield PLUGIN_EMITS.at(
            type=handle.type,
            name=handle.name,
            verb=use.verb,
            used=use.name,
            key=key,
        )


def _located(
    found: Sequence[LhpError | Problem | str], action: Action, handle: PluginHandle
) -> Iterator[LhpError]:
    for item in found:
        if isinstance(item, LhpError):
            yield _placed(item, action)
            continue
        problem = problem_of(item, "check()")
        yield told(problem, handle.manifest, action.at(*problem.path))


def _placed(error: LhpError, action: Action) -> LhpError:
    if error.location is not None:
        return error
    place = action.at("target") if error.values.get("name") == action.target else action.at()
    return LhpError(error.code, place, error.values)
