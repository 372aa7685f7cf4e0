"""Runs the generated modules, so that they declare what they have."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pyspark

from lhp.errors import RUN_MODULE_BROKEN, LhpError, Location
from lhp.run.attempt import Attempt
from lhp.run.declare import Declaring

_STAND_INS = ("pyspark.pipelines", "dlt", "delta", "delta.tables")


@dataclass(frozen=True)
class GeneratedModule:
    """A module that was generated.

    Args:
        file: Where it is.
        pipeline: Its pipeline.
        flowgroup: The flowgroup that it was made from.
        location: Where its flowgroup stands; None for what no flowgroup makes.
    """

    file: Path
    pipeline: str
    flowgroup: str
    location: Location | None = None


def load(
    modules: Sequence[GeneratedModule], declaring: Declaring, given: dict[str, Any]
) -> Iterator[LhpError]:
    """Run modules pipeline by pipeline, and yield what is wrong with those that can't be run.

    Args:
        modules: Sorted by pipeline.
        declaring: Notes what they declare.
        given: The names that each meets: `spark` and `dbutils`.
    """
    for pipeline in dict.fromkeys(module.pipeline for module in modules):
        declaring.pipeline = pipeline
        own = [module for module in modules if module.pipeline == pipeline]
        with importing_from(own[0].file.parent):
            for module in own:
                yield from _run(module, declaring, given)


@contextmanager
def stand_ins(pipelines: ModuleType, delta_table: Any) -> Iterator[None]:
    """Let imports of what is only on the platform find what stands in for it.

    Args:
        pipelines: Stands for `pyspark.pipelines` and `dlt`.
        delta_table: Stands for `delta.tables.DeltaTable`.
    """
    tables = ModuleType("delta.tables")
    tables.DeltaTable = delta_table  # type: ignore[attr-defined]
    delta = ModuleType("delta")
    delta.tables, delta.DeltaTable = tables, delta_table  # type: ignore[attr-defined]
    given = dict(zip(_STAND_INS, (pipelines, pipelines, delta, tables), strict=True))
    before = {name: sys.modules.get(name) for name in _STAND_INS}
    own = getattr(pyspark, "pipelines", None)
    sys.modules.update(given)
    pyspark.pipelines = pipelines  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for name, module in before.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module
        pyspark.pipelines = own  # type: ignore[attr-defined]


@contextmanager
def importing_from(folder: Path) -> Iterator[None]:
    """Let a pipeline import its own modules, and no other pipeline find them under their names.

    Spark sends functions of a module that nobody can import any more by their code, so they work
    in its Python processes as well.

    Args:
        folder: The pipeline's folder.
    """
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        inside = str(folder.resolve())
        for name, module in [*sys.modules.items()]:
            file = getattr(module, "__file__", None)
            if file and str(Path(file).resolve()).startswith(f"{inside}/".replace("/", _SEP)):
                del sys.modules[name]


_SEP = str(Path("a/b"))[1]


def _run(
    module: GeneratedModule, declaring: Declaring, given: dict[str, Any]
) -> Iterator[LhpError]:
    text = module.file.read_text(encoding="utf-8")
    declaring.flowgroup = module.flowgroup
    names = {"__name__": f"{module.pipeline}.{module.file.stem}", "__file__": str(module.file)}
    with Attempt() as attempt:
        exec(compile(text, str(module.file), "exec"), {**given, **names})  # noqa: S102  (what it is for)
    error = attempt.error
    if isinstance(error, LhpError):
        yield LhpError(error.code, module.location, error.values)
    elif isinstance(error, ImportError):
        missing = (error.name or "").partition(".")[0]
        yield _broken(module, str(error), f"pip install {missing}" if missing else "mend it")
    elif error is not None:
        at = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__}: {error}"
        yield _broken(module, reason, f"it comes from {Path(at.filename).name}:{at.lineno}")


def _broken(module: GeneratedModule, reason: str, advice: str) -> LhpError:
    name = f"{module.pipeline}/{module.file.name}"
    return RUN_MODULE_BROKEN.at(module.location, module=name, reason=reason, advice=advice)
