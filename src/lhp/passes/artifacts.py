"""Lets the artifact plugins turn a run, or each of its pipelines, into files of the project."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from lhp.core.base_artifact import SCOPES
from lhp.core.base_generator import Context, Problem
from lhp.core.problems import problem_of, told
from lhp.core.resolver import PluginHandle
from lhp.errors import LhpError, LhpErrors
from lhp.model.flowgroup import Output
from lhp.model.source import YamlMap, locate
from lhp.passes.collect import Problems
from lhp.passes.host import Host
from lhp.passes.inputs import Inputs
from lhp.passes.made import Made
from lhp.values import frozen

# A part of a path that every system can hold, that hides nothing and leads nowhere else.
_PART = re.compile(r'(?!\.)[^\\:*?"<>|\x00-\x1f\ud800-\udfff]+(?<![ .])')
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])( *\..*)?", re.IGNORECASE)


@frozen
class Artifacts:
    """What the artifacts made of a run.

    Args:
        outputs: The files.
        warnings: What the author of the files that they read should know.
    """

    outputs: tuple[Output, ...]
    warnings: tuple[LhpError, ...]


def artifact_problems(host: Host) -> list[LhpError]:
    """Return what the active artifacts find wrong with what they read, or what is wrong with them.

    Args:
        host: What the run shares.
    """
    problems = Problems()
    for manifest in host.manager.registry.active("artifact"):
        handle = host.manager.handle(manifest)
        for found in problems.each(partial(_checked, host=host), [handle]):
            problems.add(found)
    return problems.found


def artifacts(
    outputs: Sequence[Output], built: Sequence[Made], host: Host, *, is_whole: bool
) -> Artifacts:
    """Return the files that the active artifacts make of a run.

    Args:
        outputs: The files of its flowgroups.
        built: Its flowgroups; with their data, where an artifact does not come with lhp.
        host: What the run shares.
        is_whole: False when pipelines are left out; what is made of a whole run is not made then.

    Raises:
        LhpErrors: For each artifact that is broken, fails, or gives anything but texts by path,
            and what artifacts find wrong in files.
    """
    problems = Problems()
    whole = _Part("", tuple(built), tuple(outputs))
    of_run, of_pipelines = [whole] if is_whole else [], [*_parts(whole)]
    made: list[Output] = []
    for manifest in host.manager.registry.active("artifact"):
        handle = host.manager.handle(manifest)
        for plugin in problems.each(lambda each: each.load(), [handle]):
            work = partial(_made, handle=handle, host=host, problems=problems)
            is_of_pipeline = getattr(plugin, "scope", SCOPES[0]) == SCOPES[1]
            for files in problems.each(work, of_pipelines if is_of_pipeline else of_run):
                made += files
    if problems.has_errors:
        raise LhpErrors(problems.found)
    return Artifacts(tuple(made), tuple(problems.found))


@frozen
class _Part:
    """A whole run, or one pipeline of it."""

    pipeline: str
    built: tuple[Made, ...]
    outputs: tuple[Output, ...]

    def notes_for(self, artifact: str) -> Iterator[Mapping[str, Any]]:
        for item in self.built:
            for step in item.noted:
                notes = step.facts.notes
                if artifact in notes:
                    yield {
                        "pipeline": item.pipeline,
                        "flowgroup": item.name,
                        "action": step.name,
                        "note": notes[artifact],
                    }


class _Summary(Mapping[str, Any]):
    """What an artifact gets to know; a value is made when it is asked for."""

    def __init__(self, values: Mapping[str, Callable[[], Any]]) -> None:
        self._values = values

    def __getitem__(self, key: str) -> Any:
        return self._values[key]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _parts(whole: _Part) -> Iterator[_Part]:
    built: dict[str, list[Made]] = {}
    outputs: dict[str, list[Output]] = {}
    for item in whole.built:
        built.setdefault(item.pipeline, []).append(item)
    for output in whole.outputs:
        outputs.setdefault(output.pipeline, []).append(output)
    for pipeline, items in sorted(built.items()):
        yield _Part(pipeline, tuple(items), tuple(outputs.get(pipeline, ())))


def _checked(handle: PluginHandle, host: Host) -> list[LhpError]:
    inputs = _inputs(host)
    said = handle.call(_check, handle, inputs.context(handle))
    return [*inputs.warnings, *(_problem(each, handle, host) for each in said)]


def _problem(said: LhpError | Problem, handle: PluginHandle, host: Host) -> LhpError:
    if isinstance(said, LhpError):
        return said
    at = locate(host.project.document.data, said.path) if said.path else None
    return told(said, handle.manifest, at or handle.manifest.location)


def _made(part: _Part, handle: PluginHandle, host: Host, problems: Problems) -> list[Output]:
    inputs = _inputs(host)
    context = inputs.context(handle, pipeline=part.pipeline)
    files = handle.call(_build, handle, context, _summary(part, handle.name, context))
    problems.add(inputs.warnings)
    folder = f"generated/{host.tokens.env}/{part.pipeline}/" if part.pipeline else ""
    sources = (*inputs.files, handle.manifest.source)
    return [Output(f"{folder}{path}", text, part.pipeline, sources) for path, text in files.items()]


def _inputs(host: Host) -> Inputs:
    document = host.project.document
    return Inputs(host, YamlMap(document.location) if document.data is None else document.data)


def _summary(part: _Part, artifact: str, context: Context) -> _Summary:
    return _Summary(
        {
            "env": lambda: context.env,
            "project_name": lambda: context.project_name,
            "pipeline": lambda: part.pipeline,
            "flowgroups": lambda: [item.data for item in part.built],
            "files": lambda: [output.path for output in part.outputs],
            "texts": lambda: {output.path: output.text for output in part.outputs},
            "notes": lambda: [*part.notes_for(artifact)],
        }
    )


def _artifact(handle: PluginHandle, context: Context) -> Any:
    artifact = handle.load()()
    artifact.config = context.config
    artifact.context = context
    return artifact


def _check(handle: PluginHandle, context: Context) -> Sequence[LhpError | Problem]:
    artifact = _artifact(handle, context)
    said = artifact.check() if hasattr(artifact, "check") else ()
    if isinstance(said, (str, Mapping)):
        message = f"check() gave {type(said).__name__}, not a list of problems"
        raise TypeError(message)
    return [each if isinstance(each, LhpError) else problem_of(each, "check()") for each in said]


def _build(handle: PluginHandle, context: Context, summary: _Summary) -> Mapping[str, str]:
    files = _artifact(handle, context).build(summary)
    if not isinstance(files, Mapping):
        message = f"build() gave {type(files).__name__}, not a mapping of paths to texts"
        raise TypeError(message)
    return {_path(path): _text(path, text) for path, text in files.items()}


def _path(path: Any) -> str:
    if not isinstance(path, str):
        message = f"build() gave the path {path!r}, which is {type(path).__name__}, not text"
        raise TypeError(message)
    for part in path.split("/"):
        if not _PART.fullmatch(part) or _DEVICE.fullmatch(part):
            message = f"build() gave the path {path!r}: {part!r} can't be a part of it"
            raise ValueError(message)
    return path


def _text(path: str, text: Any) -> str:
    if not isinstance(text, str):
        message = f"build() gave {type(text).__name__} for {path!r}, not a text"
        raise TypeError(message)
    return text
