"""What a local run needs to know of a project: for `run` and for `validate --spark`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lhp.core.base_generator import RuntimeRequirements
from lhp.errors import SPARK_MISSING, Location
from lhp.model.project import Project
from lhp.model.source import locate
from lhp.passes.made import Made, MadeStep


def run_parts(*names: str) -> list[Any]:
    """Return modules of `lhp.run`, which need an extra, and so are imported when they are used.

    Args:
        names: Their names in that package.

    Raises:
        LhpError: SPARK_MISSING.
    """
    for needed in ("pyspark", "sqlglot"):
        if find_spec(needed) is None:
            raise SPARK_MISSING.at(name=needed)
    return [import_module(f"lhp.run.{name}") for name in names]


def wish_of(
    local: Any, project: Project, built: Sequence[Made], env: str, folder: Path | None = None
) -> Any:
    """Return what there is to run.

    Args:
        local: The module that runs it.
        project: The project.
        built: What its flowgroups make.
        env: The environment.
        folder: Where its outputs are; None where generation writes them.
    """
    places = {(_folder(made), made.name): made for made in built}

    def place(pipeline: str, flowgroup: str, *names: str) -> Location | None:
        made = places.get((pipeline, flowgroup))
        if made is None:
            return None
        found = (_place(made, name) for name in names if name)
        return next(filter(None, found), made.location)

    return local.Wish(
        project.root,
        project.name,
        env,
        [module for made in built for module in _modules(local, folder or project.root, made)],
        place,
        frozenset(each for made in built for each in _tests(made)),
        [need for made in built for need in _needs(local, made, project.stand_ins)],
        stand_ins=project.stand_ins,
        settings=project.spark_settings,
        setting_places={
            name: locate(project.document.data, ("run", "settings", name))
            for name in project.spark_settings
        },
    )


def _modules(local: Any, root: Path, made: Made) -> Iterator[Any]:
    for output in made.outputs:
        parts = Path(output.path).parts
        is_module = len(parts) == len(("generated", "env", "pipeline", "module"))
        if is_module and parts[-1].endswith(".py"):
            yield local.GeneratedModule(root / output.path, parts[2], made.name, made.location)


def _folder(made: Made) -> str:
    return next((Path(output.path).parts[2] for output in made.outputs), made.pipeline)


def _place(made: Made, name: str) -> Location | None:
    """Return where the action stands that makes what has a name."""
    for step in made.steps:
        if name in (step.facts.makes, step.facts.table, step.name):
            return step.at()
    for step in made.steps:
        if any(repr(name) in words for words in (*step.facts.names, *step.facts.claims)):
            return step.at()
    return None


def _tests(made: Made) -> Iterator[tuple[str, str]]:
    for step in made.steps:
        if step.kind == "test":
            for claim in step.facts.claims:
                yield _folder(made), claim.split("'")[1]


def _needs(local: Any, made: Made, stand_ins: Iterable[str]) -> Iterator[Any]:
    for step in made.steps:
        needs = step.facts.needs
        if any(_is_named(step, name) for name in stand_ins):
            needs = {key: each for key, each in needs.items() if key in _NEEDED_TO_IMPORT}
        if needs:
            requires = RuntimeRequirements.of_data(needs)
            yield local.Needs(_folder(made), made.name, step.at(), requires, step.kind)


_NEEDED_TO_IMPORT = ("modules",)
"""What code needs even where it is not run, as something stands in for what it gives."""


def _is_named(step: MadeStep, name: str) -> bool:
    facts, name = step.facts, name.lower()
    words = [each.lower() for each in (*facts.names, *facts.claims)]
    return name in (facts.makes.lower(), facts.table.lower()) or any(
        repr(name) in each for each in words
    )
