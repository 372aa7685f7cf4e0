"""The page of what plugins are made of, from the docstrings of the classes themselves."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import pairwise
from typing import Any

from lhp.core import base_generator
from lhp.core.base_artifact import BaseArtifact
from lhp.core.base_generator import (
    BaseActionGenerator,
    Config,
    Context,
    Facts,
    Generated,
    MetadataColumn,
    Options,
    Problem,
    RuntimeRequirements,
)
from lhp.core.manifest import PLUGIN_TYPES
from lhp.core.templated import Templated
from lhp.editor.page import Block, Heading, Table, code
from lhp.model.flowgroup import Action
from lhp.passes.format import Formatter
from lhp.passes.review import Validator
from lhp.values import frozen

FOR_THE_HOST = frozenset(
    {
        "as_data",
        "data",
        "has_code",
        "metadata_tokens",
        "of_data",
        "renderer",
        "run",
        "says_options",
    }
)
"""Names that authors neither use nor override."""

_GENERATORS = (
    BaseActionGenerator,
    Options,
    Config,
    Action,
    Context,
    MetadataColumn,
    Problem,
    RuntimeRequirements,
    Facts,
    Generated,
)
_FUNCTIONS = (
    "A filter is called with the value before the `|`, then with its arguments, a function with "
    "its arguments: plain data (texts, numbers, booleans, lists, maps). It returns plain data."
)
_SECTIONS: Sequence[tuple[str, str, Sequence[Any]]] = (
    (
        "Generators",
        "load_generator transform_generator write_generator test_generator",
        _GENERATORS,
    ),
    ("Validators", "validator", (Validator,)),
    (
        "Filters, functions and macros",
        "template_filter template_function template_macro",
        (_FUNCTIONS,),
    ),
    ("Formatters", "formatter", (Formatter,)),
    ("Artifacts", "artifact", (BaseArtifact,)),
    ("Content", "content", ()),
    ("Commands", "cli_command", ()),
)
_SHAPES = {"Validator", "Formatter"}
_PART = re.compile(r"^(Args|Returns|Raises|Source):", re.MULTILINE)
_ENTRY = re.compile(r"^(?=\S)", re.MULTILINE)


class _Written(str):
    """An annotation that is shown as it was written."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return itself, without quotes."""
        return str(self)


@frozen
class _Doc:
    """A docstring in its parts."""

    text: str
    entries: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def interface_page(commands: Sequence[Any], tests: Sequence[Any]) -> Iterator[Block]:
    """Yield the blocks of the page of what plugins are made of.

    Args:
        commands: What authors of commands import.
        tests: What authors of tests import.
    """
    yield Heading(1, "Plugin interfaces")
    yield (
        "What the object of each [plugin type](plugin-types.md) has to be, and what it meets, from "
        "the docstrings. [Plugins](../plugins.md) tells how to use it."
    )
    for title, types, objects in _SECTIONS:
        yield Heading(2, title)
        yield Table(
            ("`type:`", "What it is"),
            [(code(name), PLUGIN_TYPES[name].contract) for name in types.split()],
        )
        for each in commands if types == "cli_command" else objects:
            yield from _object(each)
    yield Heading(2, "Tests")
    for each in tests:
        yield from _object(each)


def _object(each: Any) -> Iterator[Block]:
    if isinstance(each, str):
        yield each
        return
    yield Heading(3, each.__name__)
    if each.__name__ in _SHAPES:
        yield "A class of yours with these names; it has no base class."
    else:
        is_ours = each.__name__ in base_generator.__all__
        module = base_generator.__name__ if is_ours else each.__module__
        yield code(f"from {module} import {each.__name__}")
    if not isinstance(each, type):
        yield from _described(each)
        return
    doc = _doc(each)
    yield doc.text
    given = [*doc.entries.get("Args", {}).items(), *_attributes(each)]
    rows = [(code(name), text) for name, text in given if name not in FOR_THE_HOST]
    if rows:
        yield Table(("Attribute", "Meaning"), rows)
    for name, method in _methods(each):
        yield Heading(4, name)
        yield from _described(method)


def _described(function: Any) -> Iterator[Block]:
    doc = _doc(function)
    yield code(f"{function.__name__}{_signature(function)}")
    yield doc.text
    for part, column in (("Args", "Argument"), ("Raises", "Raises")):
        rows = doc.entries.get(part, {}).items()
        if rows:
            yield Table((column, "Meaning"), [(code(name), text) for name, text in rows])


def _signature(function: Any) -> inspect.Signature:
    found = inspect.signature(function)
    shown = [
        each.replace(annotation=_written(each.annotation))
        for each in found.parameters.values()
        if each.name not in ("self", "cls")
    ]
    return found.replace(parameters=shown, return_annotation=_written(found.return_annotation))


def _written(annotation: Any) -> Any:
    return _Written(annotation) if isinstance(annotation, str) else annotation


def _bases(cls: type[Any]) -> Iterator[type[Any]]:
    """Yield the class, and what of its bases an author is to know, too."""
    yield cls
    if issubclass(cls, Templated):
        yield Templated


def _attributes(cls: type[Any]) -> Iterator[tuple[str, str]]:
    for base in _bases(cls):
        tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
        body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
        for statement, following in pairwise(body):
            match statement, following:
                case (
                    (
                        ast.AnnAssign(target=ast.Name(id=name))
                        | ast.Assign(targets=[ast.Name(id=name)])
                    ),
                    ast.Expr(value=ast.Constant(value=str(text))),
                ) if not name.startswith("_"):
                    yield name, " ".join(text.split())
    for name, value in [*vars(cls).items()]:  # a model may build its validator meanwhile
        function = getattr(value, "fget", getattr(value, "func", None))
        if function is not None and not name.startswith("_"):
            yield name, _doc(function).text


def _methods(cls: type[Any]) -> Iterator[tuple[str, Any]]:
    for name, value in [*vars(cls).items()]:  # a model may build its validator meanwhile
        function = getattr(value, "__func__", value)
        is_inner = name in FOR_THE_HOST or name.startswith(("_", "setUp", "test_"))
        if inspect.isfunction(function) and not is_inner:
            yield name, function


def _doc(each: Any) -> _Doc:
    text, *parts = _PART.split(inspect.cleandoc(each.__doc__ or ""))
    entries = {
        part: dict(_entry(item) for item in _ENTRY.split(textwrap.dedent(body).strip("\n")) if item)
        for part, body in zip(parts[::2], parts[1::2], strict=True)
        if part in ("Args", "Raises")
    }
    return _Doc(text.strip(), entries)


def _entry(item: str) -> tuple[str, str]:
    name, _, meaning = item.partition(":")
    return name.strip(), " ".join(meaning.split())
