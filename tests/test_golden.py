"""Whole projects and the exact files that they become; `pytest --regen` rewrites the latter."""

from __future__ import annotations

import inspect
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden"
PROJECTS = {
    "sample_project": ROOT / "sample_project",
    **{folder.parent.name: folder for folder in sorted(GOLDEN.glob("*/project"))},
}
CASES = [
    (name, file.stem)
    for name, project in PROJECTS.items()
    for file in sorted((project / "substitutions").glob("*.yaml"))
]


@pytest.fixture
def copy_of(tmp_path: Path) -> Path:
    return tmp_path / "project"


def files_below(folder: Path) -> Mapping[str, bytes]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


@pytest.fixture
def generate(lhp: Callable[..., Any]) -> Callable[[Path, str], None]:
    def generate_all(project: Path, env: str) -> None:
        ended = lhp("--project", str(project), "generate", "--env", env)
        assert ended.code == 0, ended.err

    return generate_all


@pytest.mark.parametrize(("name", "env"), CASES)
def test_a_project_becomes_these_files(
    name: str, env: str, copy_of: Path, generate: Callable[[Path, str], None], *, regen: bool
) -> None:
    ignored = shutil.ignore_patterns("generated", ".lhp", "__pycache__")
    shutil.copytree(PROJECTS[name], copy_of, ignore=ignored)
    generate(copy_of, env)
    made = files_below(copy_of / "generated" / env)
    expected = GOLDEN / name / "expected" / env
    if regen:
        shutil.rmtree(expected, ignore_errors=True)
        for path, content in made.items():
            (expected / path).parent.mkdir(parents=True, exist_ok=True)
            (expected / path).write_bytes(content)
    assert made
    assert made == files_below(expected)
    for path, content in made.items():
        compile(content, path, "exec")


def test_a_second_run_changes_no_byte(copy_of: Path, generate: Callable[[Path, str], None]) -> None:
    ignored = shutil.ignore_patterns("generated", ".lhp", "__pycache__")
    shutil.copytree(PROJECTS["sample_project"], copy_of, ignore=ignored)
    generate(copy_of, "dev")
    first = {path: (copy_of / path).stat().st_mtime_ns for path in files_below(copy_of)}
    generate(copy_of, "dev")
    second = {path: (copy_of / path).stat().st_mtime_ns for path in files_below(copy_of)}
    generated = [path for path in first if path.startswith("generated/")]
    assert generated
    assert [first[path] for path in generated] == [second[path] for path in generated]


# The modules run, with something in the place of Spark that takes everything.


class Anything:
    """Has every attribute, takes every call, and gives more of itself."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.functions: list[Callable[..., Any]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *_: Any, **__: Any) -> Any:
        return Anything()

    def __contains__(self, _: Any) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __call__
    __and__ = __or__ = __invert__ = __getitem__ = __lt__ = __le__ = __gt__ = __ge__ = __call__
    __eq__ = __ne__ = __call__  # type: ignore[assignment]
    __hash__ = object.__hash__


class Pipelines(Anything):
    """Remembers the functions that are declared with it."""

    def __getattr__(self, name: str) -> Any:
        def declared(*_: Any, **__: Any) -> Callable[[Any], Any]:
            return lambda function: self.functions.append(function) or function

        return super().__getattr__(name) if name.startswith("__") else declared


class StandIns(MetaPathFinder, Loader):
    """Finds every module that is neither of the standard library nor in the folder of output."""

    def __init__(self, folder: Path) -> None:
        self.pipelines = Pipelines()
        self._real = sys.stdlib_module_names | {path.stem for path in folder.iterdir()}

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        is_real = name.partition(".")[0] in self._real
        return None if is_real else ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return ModuleType(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        def attribute(name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return self.pipelines if name == "pipelines" else Anything()

        module.__getattr__ = attribute  # type: ignore[method-assign]


@pytest.fixture
def declared_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], list[Callable[..., Any]]]:
    """Return a function that runs a module and gives the functions that it declares."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def run(module: Path) -> list[Callable[..., Any]]:
        stand_ins = StandIns(module.parent)
        monkeypatch.setattr(sys, "meta_path", [stand_ins, *sys.meta_path])
        for name in [*sys.modules]:  # of other tests, which run the real ones
            if name.partition(".")[0] in ("requests", "pyspark", "delta", "dlt"):
                monkeypatch.delitem(sys.modules, name)
        monkeypatch.syspath_prepend(module.parent)
        code = compile(module.read_text("utf-8"), module, "exec")
        exec(code, {"spark": Anything(), "dbutils": Anything()})  # noqa: S102  (the code under test)
        return stand_ins.pipelines.functions

    known = {*sys.modules}
    yield run
    for name in {*sys.modules} - known:
        del sys.modules[name]


MODULES = [
    file
    for name in PROJECTS
    for file in sorted((GOLDEN / name / "expected").glob("*/*/*.py"))
    if "FLOWGROUP_ID" in file.read_text("utf-8")
]


@pytest.mark.parametrize("module", MODULES, ids=lambda file: f"{file.parts[-5]}-{file.stem}")
def test_a_module_and_each_function_of_it_run(
    module: Path, declared_by: Callable[[Path], list[Callable[..., Any]]]
) -> None:
    functions = declared_by(module)
    assert functions
    for function in functions:
        function(*(Anything() for _ in inspect.signature(function).parameters))


@pytest.mark.parametrize(
    "flowgroup",
    sorted((PROJECTS["where_0_9_3_fails"] / "pipelines").glob("*.yaml")),
    ids=lambda file: file.stem,
)
def test_what_stops_0_9_3_or_comes_out_wrong_there_has_a_module_here(flowgroup: Path) -> None:
    assert flowgroup.read_text("utf-8").startswith("# 0.9.3: ")
    made = GOLDEN / "where_0_9_3_fails/expected/dev/port" / f"{flowgroup.stem}.py"
    assert made.is_file() != flowgroup.stem.endswith("_draft")
