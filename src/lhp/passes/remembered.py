"""What is remembered of a file and of a run, as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, fields
from functools import cached_property, lru_cache
from typing import Any

from lhp.core.base_generator import Facts
from lhp.errors import LhpError, Location
from lhp.model.flowgroup import Instance, Output
from lhp.model.problem_data import may_be_kept, problem_data, problem_of_data
from lhp.model.source import YamlMap
from lhp.passes.made import Made, MadeStep
from lhp.passes.unit import Asked, Unit
from lhp.values import frozen

_BETWEEN = "\t"  # no JSON holds one
_MOST = 1 << 15  # of what is kept, where one process runs again and again

_READ = ("files", "folders")

Needs = Mapping[str, Mapping[str, str]]
"""Digests by sort and name."""

DigestOf = Callable[[str, str], str | None]


@frozen
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
    needs: Needs
    outputs: Mapping[str, tuple[str, str, str]]
    pipelines: tuple[str, ...]
    line: str = field(repr=False)


@frozen
class Whole:
    """What is known of a run as a whole.

    Args:
        content: Digests of all presets, templates, blueprints and of the substitutions file.
        needs: Digests of what the artifacts looked at, by sort and name.
        outputs: Pipeline and SHA-256 of each output that artifacts made, by path.
        problems: The warnings that the run told.
        is_at_one: True when nothing was found between flowgroups.
    """

    content: Mapping[str, str]
    needs: Needs
    outputs: Mapping[str, tuple[str, str]]
    problems: tuple[LhpError, ...]
    is_at_one: bool = False


def unit_of(known: Remembered, *, is_current: bool) -> Unit:
    """Return what a file became, as it is remembered.

    Args:
        known: What is remembered.
        is_current: True where its outputs were looked at on the disk.
    """
    return _unit(known.line, is_current)


@lru_cache(maxsize=_MOST)
def _unit(line: str, is_current: bool) -> Unit:  # noqa: FBT001  (keys of what is kept)
    known = read_line(line)
    _, body, *steps = line.split(_BETWEEN)
    data = json.loads(body)
    texts = _Texts(data["texts"])
    made = zip(data["made"], steps, strict=True)
    return Unit(
        known.path,
        known.digest,
        tuple(known.pipelines),
        tuple(_made(each, its, texts, known, is_current=is_current) for each, its in made),
        frozenset(data["templates"]),
        frozenset(data["blueprints"]),
        tuple(map(problem_of_data, data["problems"])),
    )


def remembered(unit: Unit, digest_of: DigestOf, written: Mapping[str, Output]) -> Remembered | None:
    """Return what to remember of a file; None where nothing may be.

    Args:
        unit: What it became.
        digest_of: Gives the digest of what a file needs by sort and name; None where it is unknown.
        written: The outputs of the run as laid out, by path.
    """
    text = unit.text or text_of(unit)
    needs = _needs(unit.parts, digest_of) if text else None
    if needs is None:
        return None
    outputs = {
        each.path: (each.digest, written[each.path].written, each.pipeline)
        for made in unit.made
        for each in made.outputs
    }
    head = {
        "path": unit.path,
        "digest": unit.digest,
        "needs": needs,
        "outputs": outputs,
        "pipelines": unit.pipelines,
    }
    line = f"{_dumped(head)}{_BETWEEN}{text}"
    return Remembered(unit.path, unit.digest, needs, outputs, unit.pipelines, line)


def text_of(unit: Unit) -> str:
    """Return what is remembered of a file besides what is compared; empty where nothing may be.

    Args:
        unit: What it became.
    """
    problems = [*unit.problems, *(each for made in unit.made for each in made.problems)]
    if not unit.is_read or not all(map(may_be_kept, problems)):
        return ""
    texts = _Texts()
    steps = [[_step_data(step, texts) for step in made.steps] for made in unit.made]
    body = {
        "made": [_made_data(made, texts) for made in unit.made],
        "templates": sorted(unit.templates),
        "blueprints": sorted(unit.blueprints),
        "problems": [*map(problem_data, unit.problems)],
        "texts": texts.known,
        "parts": [*map(_names, unit.parts)] if len(unit.pipelines) > 1 else [],
    }
    return _BETWEEN.join(map(_dumped, (body, *steps)))


def parts_of(known: Remembered) -> Sequence[Needs]:
    """Return what went into a file as such, then what went into each of its flowgroups.

    Args:
        known: What is remembered of a file with several flowgroups.
    """
    parts = json.loads(known.line.split(_BETWEEN, 2)[1])["parts"]
    return [
        {sort: {name: known.needs[sort][name] for name in names} for sort, names in part.items()}
        for part in parts
    ]


def asked_of(needs: Needs) -> Asked:
    """Return the names of what something needs, with the digests of what was read."""
    names = {sort: frozenset(then) for sort, then in needs.items() if sort not in _READ}
    return Asked(names, needs.get("files", {}), needs.get("folders", {}))


def _needs(parts: Sequence[Asked], digest_of: DigestOf) -> Needs | None:
    """Return the digests of all that parts asked for; None where one is not known."""
    asked: dict[str, set[str]] = {}
    for part in parts:
        for sort, names in part.names.items():
            asked.setdefault(sort, set()).update(names)
    found: dict[str, Mapping[str, str]] = {}
    for sort, every in sorted(asked.items()):
        digests = {name: digest_of(sort, name) for name in sorted(every)}
        if None in digests.values():
            return None
        found[sort] = {name: str(each) for name, each in digests.items()}
    for sort in _READ:
        read = {name: each for part in parts for name, each in getattr(part, sort).items()}
        found[sort] = dict(sorted(read.items()))
    return {sort: names for sort, names in found.items() if names}


def _names(part: Asked) -> Mapping[str, Sequence[str]]:
    every = {**part.names, "files": part.files, "folders": part.folders}
    return {sort: sorted(names) for sort, names in sorted(every.items()) if names}


@lru_cache(maxsize=_MOST)
def read_line(line: str) -> Remembered:
    """Return what is remembered of a file, as its line says it.

    Raises:
        ValueError, KeyError, TypeError: It is no such line.
    """
    data = json.loads(line.partition(_BETWEEN)[0])
    return Remembered(
        data["path"], data["digest"], data["needs"], data["outputs"], data["pipelines"], line
    )


def whole_data(whole: Whole) -> dict[str, Any]:
    """Return what is known of a run as plain data."""
    return {**vars(whole), "problems": [*map(problem_data, whole.problems)]}


def whole_of(data: Any) -> Whole | None:
    """Return what `whole_data` gave."""
    if data is None:
        return None
    outputs = {path: (str(one), str(other)) for path, (one, other) in data["outputs"].items()}
    problems = tuple(map(problem_of_data, data["problems"]))
    return Whole(data["content"], data["needs"], outputs, problems, bool(data["is_at_one"]))


class _Steps(Sequence[MadeStep]):
    """The actions of a flowgroup, made when somebody looks at them."""

    def __init__(self, line: str, noted: Sequence[Any], place: Callable[[Any], Location]) -> None:
        self._line = line
        self._noted = noted
        self._place = place

    @cached_property
    def _made(self) -> tuple[MadeStep, ...]:
        return tuple(map(self._step, json.loads(self._line)))

    def _step(self, data: Any) -> MadeStep:
        name, kind, facts, places = data
        return MadeStep(name, kind, _facts(facts), _Places(places, self._place))

    @property
    def noted(self) -> tuple[MadeStep, ...]:
        """Those that tell artifacts something."""
        return tuple(map(self._step, self._noted))

    def __getitem__(self, index: Any) -> Any:
        return self._made[index]

    def __iter__(self) -> Iterator[MadeStep]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._made == tuple(other)

    __hash__ = None  # type: ignore[assignment]


class _Places(Mapping[str, Location]):
    """Where the parts of an action stand; few of these places are ever asked for."""

    def __init__(self, data: Mapping[str, Any], place: Callable[[Any], Location]) -> None:
        self._data = data
        self._place = place

    def __getitem__(self, key: str) -> Location:
        return self._place(self._data[key])

    def __contains__(self, key: object) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)


class _Texts:
    """Texts that stand often, by number."""

    def __init__(self, known: Sequence[str] = ()) -> None:
        self.known = [*known]
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        if text not in self._numbers:
            self._numbers[text] = len(self.known)
            self.known.append(text)
        return self._numbers[text]

    def numbered(self, at: Location) -> list[int]:
        return [self.number(at.path), *at[1:]]

    def location(self, data: Any) -> Location:
        return Location(self.known[data[0]], data[1], data[2])


_dumped = json.JSONEncoder(separators=(",", ":")).encode


def _made_data(made: Made, texts: _Texts) -> Any:
    instance = made.instance
    return [
        made.pipeline,
        made.name,
        texts.numbered(made.location),
        texts.numbered(made.named_at),
        instance and [instance.blueprint, instance.path, texts.numbered(instance.location)],
        [_step_data(step, texts) for step in made.noted],
        [
            [each.path, [*map(texts.number, each.sources)], int(each.is_sound)]
            for each in made.outputs
        ],
        [*map(problem_data, made.problems)],
    ]


def _step_data(step: MadeStep, texts: _Texts) -> Any:
    places = {key: texts.numbered(at) for key, at in step.places.items()}
    return [step.name, step.kind, _facts_data(step.facts), places]


def _made(data: Any, steps: str, texts: _Texts, known: Remembered, *, is_current: bool) -> Made:
    pipeline, name, at, named_at, instance, noted, outputs, problems = data
    place = texts.location
    return Made(
        pipeline,
        name,
        place(at),
        place(named_at),
        instance and Instance(instance[0], YamlMap(), instance[1], place(instance[2])),
        _Steps(steps, noted, place),
        tuple(
            Output(
                path,
                "",
                known.outputs[path][2],
                tuple(texts.known[each] for each in sources),
                bool(is_sound),
                known.outputs[path][1] if is_current else "",
                known.outputs[path][0],
            )
            for path, sources, is_sound in outputs
        ),
        tuple(map(problem_of_data, problems)),
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
