"""Puts the code of a flowgroup's actions together as one module that compiles."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence

from lhp.core.literals import MODULE_NAMES, literal
from lhp.errors import (
    FUNCTION_NAME_TAKEN,
    GENERATED_INVALID,
    LhpError,
    LhpErrors,
    Location,
    raise_all,
)
from lhp.model.flowgroup import KINDS, Kind, Output
from lhp.passes.generate import Built, Step
from lhp.passes.state import SIGNATURE
from lhp.text.imports import bound_names, merged_imports

_DP = "from pyspark import pipelines as dp"
_RULE = f"# {'=' * 76}"
_FUNCTION = re.compile(r"^def (\w+)", re.MULTILINE)
_MOST_SOUND = 10_000
"""Characters: shorter code of our own generators nests less deep than Python can read."""


def assemble(built: Built, steps: Sequence[Step], env: str) -> tuple[Output, ...]:
    """Return the files of a flowgroup: its module, and what each of its actions adds beside it.

    Args:
        built: The flowgroup.
        steps: Its actions in order.
        env: The environment; a folder of the output.

    Raises:
        LhpErrors: GENERATED_INVALID, naming the action whose code does not parse, or an import
            that is none; IMPORT_CLASH; FUNCTION_NAME_TAKEN.
    """
    flowgroup = built.flowgroup
    folder = f"generated/{env}/{flowgroup.pipeline}"
    text = "\n\n".join(filter(None, _parts(built, steps))) + "\n"
    if not (_is_sound(text, steps) or _parses(text)):
        raise LhpErrors(_culprits(built, steps))
    raise_all(_hiding(steps))
    sources = (*flowgroup.files, *built.files)
    path = f"{folder}/{flowgroup.name}.py"
    module = Output(path, text, flowgroup.pipeline, sources, is_sound=True)
    added = (
        Output(f"{folder}/{path}", body, flowgroup.pipeline, (*flowgroup.files, *step.files))
        for step in steps
        for path, body in step.generated.files.items()
    )
    return (module, *added)


def _parts(built: Built, steps: Sequence[Step]) -> Iterator[str]:
    flowgroup = built.flowgroup
    pipeline, name = str(flowgroup.data["pipeline"]), str(flowgroup.data["flowgroup"])
    yield "\n".join(
        [
            f"{SIGNATURE}: change its YAML instead; an edit here stops the next run.",
            f"# Pipeline: {_shown(pipeline)}",
            f"# FlowGroup: {_shown(name)}",
        ]
    )
    yield _imports(flowgroup.location, steps)
    ids = f"PIPELINE_ID = {literal(pipeline)}\nFLOWGROUP_ID = {literal(name)}"
    yield f"# Pipeline Configuration\n{ids}"
    for kind in KINDS.values():
        yield from _section(kind, [step for step in steps if step.action.kind == kind.name])


def _imports(at: Location, steps: Sequence[Step]) -> str:
    lines = [_DP, *(line for step in steps for line in step.generated.imports)]
    try:
        return merged_imports(lines, at)
    except LhpErrors as errors:
        raise LhpErrors(_at_actions(errors.problems, steps)) from None


def _at_actions(problems: Iterable[LhpError], steps: Sequence[Step]) -> Iterator[LhpError]:
    for problem in problems:
        line = problem.values.get("line")
        adding = [step for step in steps if line in step.generated.imports]
        reason = f"its import {line!r} is not exactly one import statement"
        yield from (_invalid(step, reason) for step in adding)
        if not adding:
            yield problem


def _hiding(steps: Sequence[Step]) -> Iterator[LhpError]:
    """Yield an error for each function that hides what other functions of the module call."""
    lines = [line for step in steps for line in step.generated.imports]
    used = MODULE_NAMES | bound_names(lines)
    for step in steps:
        if used.isdisjoint(_FUNCTION.findall(step.generated.code)):  # spares parsing it again
            continue
        for node in ast.parse(step.generated.code).body:
            if isinstance(node, ast.FunctionDef) and node.name in used:
                yield FUNCTION_NAME_TAKEN.at(step.action.at(), what="dataset", name=node.name)


def _section(kind: Kind, steps: Sequence[Step]) -> Iterator[str]:
    codes = [step.generated.code.strip("\n") for step in _creators_first(steps)]
    if any(codes):
        yield f"{_RULE}\n# {kind.section}\n{_RULE}"
        yield from codes


def _creators_first(steps: Sequence[Step]) -> list[Step]:
    order: dict[str, int] = {}
    for index, step in enumerate(steps):
        order.setdefault(step.generated.facts.table or step.action.name, index)
    return sorted(
        steps,
        key=lambda step: (
            order[step.generated.facts.table or step.action.name],
            not step.generated.facts.creates,
        ),
    )


def _shown(name: str) -> str:
    return name if name.isascii() else ascii(name)


def _is_sound(text: str, steps: Sequence[Step]) -> bool:
    """Return True for code that is known to compile: values in ours are literals and names."""
    is_ours = len(text) < _MOST_SOUND and all(step.is_ours for step in steps)
    return is_ours and "__future__" not in text  # which has features that Python does not know


def _parses(text: str) -> bool:
    return _reason(text) is None


def _reason(text: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<generated>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return getattr(error, "msg", None) or str(error)
    except (RecursionError, MemoryError):
        return "it nests too deeply"
    return None


def _culprits(built: Built, steps: Sequence[Step]) -> list[LhpError]:
    reasons = [(step, _reason(step.generated.code)) for step in steps]
    found = [_invalid(step, reason) for step, reason in reasons if reason is not None]
    if found:
        return found
    what = f"the flowgroup {built.flowgroup.name!r}"
    reason = "its parts do not fit together"
    return [
        GENERATED_INVALID.at(built.flowgroup.location, what=what, reason=reason, generator=None)
    ]


def _invalid(step: Step, reason: str) -> LhpError:
    what = f"{step.action.name!r}"
    return GENERATED_INVALID.at(
        step.action.at(), what=what, reason=reason, generator=step.generator
    )
