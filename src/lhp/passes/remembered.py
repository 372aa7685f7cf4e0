"""What is remembered of a file and of a run, as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from lhp.core.base_generator import Facts
from lhp.core.plugin_sources import sha256
from lhp.errors import LhpError, Location, known_codes
from lhp.model.flowgroup import Instance, Output
from lhp.model.source import YamlMap
from lhp.passes.made import Made, MadeStep
from lhp.passes.unit import Unit

DigestOf = Callable[[str, str], str | None]


@dataclass(frozen=True)
class Remembered:
    """What is known of one file.

    Args:
        path: The file, relative to the project root.
        digest: SHA-256 of what it held.
        needs: Digests of what else went in, by sort and name.
        outputs: SHA-256 of each of its outputs as assembled and as written, and its pipeline, by
            path.
        pipelines: That of each of its flowgroups.
        line: The whole of it as text.
    """

    path: str
    digest: str
    needs: Mapping[str, Mapping[str, str]]
    outputs: Mapping[str, tuple[str, str, str]]
    pipelines: tuple[str, ...]
    line: str = field(repr=False)


@dataclass(frozen=True)
class Whole:
    """What is known of a run as a whole.

    Args:
        content: Digests of all presets, templates, blueprints and of the substitutions file.
        needs: Digests of what the artifacts looked at, by sort and name.
        outputs: Pipeline and SHA-256 of each output that artifacts made, by path.
        problems: The warnings that the run told.
    """

    content: Mapping[str, str]
    needs: Mapping[str, Mapping[str, str]]
    outputs: Mapping[str, tuple[str, str]]
    problems: tuple[LhpError, ...]


def unit_of(known: Remembered, *, is_current: bool) -> Unit:
    """Return what a file became, as it is remembered.

    Args:
        known: What is remembered.
        is_current: True where its outputs were looked at on the disk.
    """
    data = json.loads(known.line)
    made = tuple(_made(each, is_current=is_current) for each in data["made"])
    return Unit(
        known.path,
        known.digest,
        tuple(data["pipelines"]),
        made,
        frozenset(data["templates"]),
        frozenset(data["blueprints"]),
        tuple(map(_problem, data["problems"])),
    )


def remembered(unit: Unit, digest_of: DigestOf, written: Mapping[str, Output]) -> Remembered | None:
    """Return what to remember of a file; None where nothing may be.

    Args:
        unit: What it became.
        digest_of: Gives the digest of what a file needs by sort and name; None where it is unknown.
        written: The outputs of the run as laid out, by path.
    """
    problems = [*unit.problems, *(each for made in unit.made for each in made.problems)]
    asked = {
        sort: {name: digest_of(sort, name) for name in names} for sort, names in unit.asked.items()
    }
    needs = {**asked, "files": unit.files, "folders": unit.folders}
    unknown = any(digest is None for names in asked.values() for digest in names.values())
    if unknown or not unit.is_read or not all(map(may_be_kept, problems)):
        return None
    data = {
        "path": unit.path,
        "digest": unit.digest,
        "needs": {
            sort: dict(sorted(names.items())) for sort, names in sorted(needs.items()) if names
        },
        "outputs": {
            each.path: [each.digest, sha256(file_bytes(written[each.path].text)), each.pipeline]
            for made in unit.made
            for each in made.outputs
        },
        "pipelines": unit.pipelines,
        "made": [_made_data(made) for made in unit.made],
        "templates": sorted(unit.templates),
        "blueprints": sorted(unit.blueprints),
        "problems": [*map(_problem_data, unit.problems)],
    }
    return read_line(json.dumps(data))


def read_line(line: str) -> Remembered:
    """Return what is remembered of a file, as its line says it.

    Raises:
        ValueError, KeyError, TypeError: It is no such line.
    """
    data = json.loads(line)
    return Remembered(
        data["path"], data["digest"], data["needs"], data["outputs"], data["pipelines"], line
    )


def whole_data(whole: Whole) -> dict[str, Any]:
    """Return what is known of a run as plain data."""
    return {**vars(whole), "problems": [*map(_problem_data, whole.problems)]}


def whole_of(data: Any) -> Whole | None:
    """Return what `whole_data` gave."""
    if data is None:
        return None
    outputs = {path: (str(one), str(other)) for path, (one, other) in data["outputs"].items()}
    problems = tuple(map(_problem, data["problems"]))
    return Whole(data["content"], data["needs"], outputs, problems)


def file_bytes(text: str) -> bytes:
    """Return the content of a file that holds a text."""
    return text.replace("\r\n", "\n").encode()


def may_be_kept(problem: LhpError) -> bool:
    """Return whether a problem is a warning that says the same when it is read back."""
    if not problem.is_warning:
        return False
    again = _problem(json.loads(json.dumps(_problem_data(problem), default=str)))
    return (again.message, again.hint, again.location) == (
        problem.message,
        problem.hint,
        problem.location,
    )


def _problem_data(problem: LhpError) -> Any:
    values = {
        key: {"at": value} if isinstance(value, Location) else value
        for key, value in problem.values.items()
    }
    return [problem.code.id, problem.location, values]


def _problem(data: Any) -> LhpError:
    code, at, values = data
    return LhpError(
        known_codes()[code],
        _location(at),
        {
            key: _location(value["at"]) if isinstance(value, dict) and [*value] == ["at"] else value
            for key, value in values.items()
        },
    )


def _location(data: Any) -> Location | None:
    return None if data is None else Location(*data)


def _made_data(made: Made) -> dict[str, Any]:
    instance = made.instance
    return {
        "pipeline": made.pipeline,
        "name": made.name,
        "location": made.location,
        "named_at": made.named_at,
        "instance": instance and [instance.blueprint, instance.path, instance.location],
        "steps": [
            [step.name, step.kind, _facts_data(step.facts), step.places] for step in made.steps
        ],
        "outputs": [
            [each.path, each.pipeline, each.sources, each.is_sound, each.digest]
            for each in made.outputs
        ],
        "problems": [*map(_problem_data, made.problems)],
    }


def _made(data: Any, *, is_current: bool) -> Made:
    instance = data["instance"]
    return Made(
        data["pipeline"],
        data["name"],
        Location(*data["location"]),
        Location(*data["named_at"]),
        instance and Instance(instance[0], YamlMap(), instance[1], Location(*instance[2])),
        tuple(
            MadeStep(name, kind, _facts(facts), {key: Location(*at) for key, at in places.items()})
            for name, kind, facts, places in data["steps"]
        ),
        tuple(
            Output(path, "", pipeline, tuple(sources), is_sound, is_current, assembled)
            for path, pipeline, sources, is_sound, assembled in data["outputs"]
        ),
        tuple(map(_problem, data["problems"])),
    )


_USUAL = {each.name: getattr(Facts(), each.name) for each in fields(Facts)}


def _facts_data(facts: Facts) -> dict[str, Any]:
    named = ((name, getattr(facts, name)) for name in _USUAL)
    return {name: value for name, value in named if value != _USUAL[name]}


def _facts(data: Mapping[str, Any]) -> Facts:
    given: dict[str, Any] = {
        name: tuple(each) if isinstance(each, list) else each for name, each in data.items()
    }
    return Facts(**given)
