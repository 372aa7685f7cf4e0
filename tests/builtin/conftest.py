"""Runs one built-in generator on the YAML of one action, as the host does."""

from __future__ import annotations

import importlib
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

import lhp.builtin
from lhp.builtin.formatters.ruff import RuffFormatter
from lhp.core.base_generator import Context, Generated, MetadataColumn, MetadataColumns
from lhp.core.defaults import with_defaults
from lhp.core.option_schema import action_schema, reserved_keys
from lhp.core.render import Code, CodeRenderer
from lhp.core.shape_check import shape_problems
from lhp.errors import FILE_MISSING, LhpError, LhpErrors, Location, raise_all
from lhp.model.flowgroup import KINDS, Action, SecretReference
from lhp.model.source import map_text
from lhp.text.yaml_reader import read_yaml

RENDERER = CodeRenderer()
BUILTIN = Path(lhp.builtin.__file__).parent
_SECRET = re.compile(r"\$\{secret:([^/}]+)/([^}]+)\}")
METADATA = (
    MetadataColumn("_file", Code('F.col("_metadata.file_path")'), ("import json",)),
    MetadataColumn("_now", Code("F.current_timestamp()")),
)


@pytest.fixture(scope="session")
def run() -> Callable[..., Generated]:
    """Give what a generator makes of an action, or raise what is wrong with it."""
    return run_action


@pytest.fixture(scope="session")
def code(run: Callable[..., Generated]) -> Callable[..., str]:
    """Give the formatted code of an action."""

    def formatted(text: str, **context: Any) -> str:
        made = run(text, **context).code
        compile(made, "generated", "exec")
        return RuffFormatter().format({"generated.py": made})["generated.py"]

    return formatted


@pytest.fixture(scope="session")
def problems(run: Callable[..., Generated]) -> Callable[..., list[str]]:
    """Give the codes and lines of what is wrong with an action."""

    def found(text: str, **context: Any) -> list[str]:
        try:
            run(text, **context)
        except LhpError as error:
            return [_line(error)]
        except LhpErrors as errors:
            return [_line(error) for error in errors.problems]
        return []

    return found


@pytest.fixture(scope="session")
def warnings_of(run: Callable[..., Generated]) -> Callable[..., list[str]]:
    """Give the codes and lines of what an action's author should know."""

    def found(text: str, **context: Any) -> list[str]:
        made = run(text, **context)
        return [_line(each) for each in made.problems if isinstance(each, LhpError)]

    return found


@pytest.fixture(scope="session")
def executed() -> Callable[[str], list[Any]]:
    """Run generated code: what it declares, then what each of its functions returns."""
    return execute


def _line(error: LhpError) -> str:
    assert error.hint is not None
    place = f"{error.location.path}:{error.location.line}" if error.location else "nowhere"
    return f"{error.code.id} {place}"


def run_action(
    text: str,
    *,
    files: Mapping[str, str] = {},
    others: str = "[]",
    metadata: Sequence[MetadataColumn] = (),
    change: Callable[[Any], Any] = lambda data: data,
    **context: Any,
) -> Generated:
    data = change(map_text(read_yaml(text.encode(), "flow.yaml")[0].data, _with_secrets))
    kind = KINDS[data["type"]]
    generator = _generator(kind.name, kind.sub_type_of(data) or "")
    schema = action_schema(kind.name, generator)
    filled = with_defaults(data, schema)
    shape = shape_problems(filled, schema, "the action")
    raise_all(problem for problem in shape if not problem.is_warning)
    taken = reserved_keys(kind.name)
    options = {key: value for key, value in kind.options_of(filled).items() if key not in taken}
    made = generator.run(
        Action(filled, kind.name, kind.sub_type_of(data) or "", options),
        Context(
            actions=[*read_yaml(others.encode(), "others.yaml")[0].data, data],
            metadata_columns=MetadataColumns(metadata),
            read_text=lambda path: _read(files, path),
            read_yaml=lambda path: read_yaml(_read(files, path).encode(), path)[0].data,
            list_files=lambda folder: _below(files, folder),
            renderer=RENDERER,
            **context,
        ),
    )
    found = [problem for problem in made.problems if isinstance(problem, LhpError)]
    assert len(found) == len(made.problems)
    raise_all(found if any(not problem.is_warning for problem in found) else ())
    return made


def _with_secrets(text: str, _: Location) -> str:
    return _SECRET.sub(lambda match: str(SecretReference(*match.groups())), text)


@lru_cache
def _generator(kind: str, name: str) -> Any:
    declared = yaml.safe_load((BUILTIN / kind / "plugins.yaml").read_text(encoding="utf-8"))
    entry = next(each for each in declared["plugins"] if each["name"] == name)
    assert entry["type"] == f"{kind}_generator"
    return getattr(importlib.import_module(entry["module"]), entry["class"])


def _read(files: Mapping[str, str], path: str) -> str:
    name = posixpath.normpath(path.replace("\\", "/"))
    if name not in files:
        raise FILE_MISSING.at(None, path=path, nearest=None)
    return files[name]


def _below(files: Mapping[str, str], folder: str) -> list[str]:
    return [path for path in files if folder == "." or path.startswith(f"{folder}/")]


class Frame:
    """A chain of calls that remembers itself."""

    columns = ("_file", "other")

    def __init__(self, *steps: Any) -> None:
        self.steps = steps

    def __getattr__(self, name: str) -> Frame:
        return Frame(*self.steps, name)

    def __call__(self, *args: Any) -> Frame:
        return Frame(*self.steps[:-1], (self.steps[-1], *map(_plain, args)))


def _plain(value: Any) -> Any:
    return value.steps if isinstance(value, Frame) else value


def execute(code: str) -> list[Any]:
    declared: list[Any] = []
    functions: list[Callable[[], Any]] = []

    def declare(name: str) -> Callable[..., Any]:
        def call(*args: Any, **arguments: Any) -> Callable[[Any], Any]:
            declared.append((name, *args, arguments))
            return lambda function: functions.append(function) or function

        return call

    class Pipelines:
        def __getattr__(self, name: str) -> Any:
            return declare(name)

    names = {
        "dp": Pipelines(),
        "spark": Frame("spark"),
        "F": Frame("F"),
        "dbutils": SimpleNamespace(secrets=SimpleNamespace(get="{scope}/{key}".format)),
        "StructType": lambda fields: Frame(("StructType", *map(_plain, fields))),
        **{
            name: Frame(name)
            for name in ("StructField", "LongType", "StringType", "DecimalType", "f")
        },
    }
    exec(compile(code, "generated", "exec"), names)  # noqa: S102  (the code under test)
    unique = dict.fromkeys(functions)
    return [*declared, *(function().steps for function in unique)]


@pytest.fixture(scope="session")
def metadata() -> Sequence[MetadataColumn]:
    """Give two metadata columns."""
    return METADATA
