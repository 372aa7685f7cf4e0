"""Runs the generated modules, so that they declare what they have."""

from __future__ import annotations

import builtins
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any

import pyspark
from pyspark import cloudpickle

from lhp.errors import RUN_MODULE_BROKEN, LhpError, Location
from lhp.run.attempt import Attempt
from lhp.run.declare import Declaring
from lhp.values import frozen


@frozen
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
    modules: Sequence[GeneratedModule],
    declaring: Declaring,
    given: dict[str, Any],
    imports: OwnImports,
) -> Iterator[LhpError]:
    """Run modules pipeline by pipeline, and yield what is wrong with those that can't be run.

    Args:
        modules: Sorted by pipeline.
        declaring: Notes what they declare.
        given: The names that each meets: `spark` and `dbutils`.
        imports: Lets them import their own modules.
    """
    for pipeline in dict.fromkeys(module.pipeline for module in modules):
        declaring.pipeline = pipeline
        for module in modules:
            if module.pipeline == pipeline:
                yield from _run(module, declaring, given, imports)


@contextmanager
def stand_ins(pipelines: ModuleType, delta: Mapping[str, ModuleType]) -> Iterator[None]:
    """Let imports of what is only on the platform find what stands in for it.

    Args:
        pipelines: Stands for `pyspark.pipelines` and `dlt`.
        delta: Stand for the modules of Delta Lake, by name.
    """
    given = {"pyspark.pipelines": pipelines, "dlt": pipelines, **delta}
    before = {name: sys.modules.get(name) for name in given}
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


class OwnImports(AbstractContextManager["OwnImports"]):
    """Lets code of a pipeline import the modules of its own folder, whenever it runs.

    No other pipeline finds them under their names.

    Args:
        modules: What was generated.
    """

    def __init__(self, modules: Sequence[GeneratedModule]) -> None:
        self._known = {module.file.parent: dict[str, ModuleType]() for module in modules}
        self._inside: list[Path] = []
        self._lock = RLock()
        self._plain = builtins.__import__

    def __enter__(self) -> OwnImports:  # noqa: PYI034  (`Self` is of 3.11)
        """Begin."""
        builtins.__import__ = self._import  # type: ignore[assignment]
        return self

    def __exit__(self, *_: object) -> None:
        """Let imports be what they were."""
        builtins.__import__ = self._plain

    @contextmanager
    def of(self, folder: Path) -> Iterator[None]:
        """Let imports find the modules of a pipeline.

        Args:
            folder: The pipeline's folder.
        """
        with self._lock:
            if folder in self._inside:
                yield
                return
            self._inside.append(folder)
            sys.path.insert(0, str(folder))
            sys.modules.update(self._known[folder])
            try:
                yield
            finally:
                sys.path.remove(str(folder))
                self._inside.remove(folder)
                self._take_out(folder)

    def _take_out(self, folder: Path) -> None:
        for name, module in [*sys.modules.items()]:
            file = getattr(module, "__file__", None)
            if file and Path(file).is_relative_to(folder):
                # Spark's Python processes can't import it, and so get its functions as code.
                if "." not in name:
                    cloudpickle.register_pickle_by_value(module)  # type: ignore[no-untyped-call]
                self._known[folder][name] = sys.modules.pop(name)

    def _import(self, name: str, caller: Any = None, *rest: Any, **named: Any) -> ModuleType:
        file = caller.get("__file__") if caller else None
        folders = Path(file).parents if file else ()
        folder = next((each for each in folders if each in self._known), None)
        if folder is None:
            return self._plain(name, caller, *rest, **named)
        with self.of(folder):
            return self._plain(name, caller, *rest, **named)


def _run(
    module: GeneratedModule, declaring: Declaring, given: dict[str, Any], imports: OwnImports
) -> Iterator[LhpError]:
    text = module.file.read_text(encoding="utf-8")
    declaring.flowgroup = module.flowgroup
    names = {"__name__": f"{module.pipeline}.{module.file.stem}", "__file__": str(module.file)}
    with Attempt() as attempt, imports.of(module.file.parent):
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
