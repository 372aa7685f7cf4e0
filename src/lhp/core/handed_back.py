"""Checks what a generator hands back before anything of lhp works with it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from lhp.core.base_generator import Facts, Generated, Problem
from lhp.core.problems import problem_of
from lhp.errors import MARK_END, MARK_START, LhpError
from lhp.model.source import plain
from lhp.text.imports import imports_all

_MOST_CHARACTERS = 2_000_000
"""Of the code, of the imports, and of the files together."""

_MARKS = tuple(form for mark in (MARK_START, MARK_END) for form in (mark, repr(mark)[1:-1]))
_WORDS: Mapping[type[Any], str] = {str: "text", tuple: "sequence", Mapping: "mapping"}


def checked(generated: Generated, allowed: Container[str] = ()) -> Generated:
    """Return what a generator handed back, each part of the type that it has to be.

    Args:
        generated: What it gave.
        allowed: Import lines that are not its own, hence not for it to answer for.

    Raises:
        TypeError: When a part is anything else, with what it is.
        ValueError: When a part is too long, an import takes all names of a module, a file is
            hidden, or a secret stands there as a mark.
    """
    _expect(generated, Generated, "run()")
    _expect(generated.code, str, "generate()")
    _expect_short([generated.code], "generate()")
    for path, text in _expect(generated.files, Mapping, "add_file()").items():
        _expect(path, str, "the path of add_file()")
        _expect(text, str, f"add_file() for {path!r}")
        if any(part.startswith(".") for part in path.replace("\\", "/").split("/")):
            message = f"add_file() gave {path!r}, a hidden file or a path out of its folder"
            raise ValueError(message)
    without_marks(generated)
    _expect_short([*generated.files, *generated.files.values()], "add_file()")
    imports = _texts(generated.imports, "add_import()")
    _expect_short(imports, "add_import()")
    for line in imports:
        if line not in allowed and imports_all(line):
            message = f"add_import() gave {line!r}, which has to say what it imports"
            raise ValueError(message)
    return replace(
        generated,
        imports=imports,
        facts=_facts(generated.facts),
        problems=tuple(_problem(item) for item in _all(generated.problems, "check()")),
    )


def without_marks(generated: Generated) -> Generated:
    """Return what a generator handed back, in which each secret is a call.

    Args:
        generated: What it gave.

    Raises:
        ValueError: When a secret stands there as a mark, or as one that was written with escapes.
    """
    named = ((f"add_file() for {path!r}", text) for path, text in generated.files.items())
    for what, text in (("generate()", generated.code), *named):
        if any(mark in text for mark in _MARKS):
            message = f"{what} gave a secret that is no call; write it with `literal()`"
            raise ValueError(message)
    return generated


def _facts(facts: Facts) -> Facts:
    _expect(facts, Facts, "the facts")
    for field in fields(Facts):
        if field.type == "str":
            _expect(getattr(facts, field.name), str, f"{field.name}()")
    return replace(
        facts,
        reads=_texts(facts.reads, "reads()"),
        creates=bool(facts.creates),
        is_streaming=bool(facts.is_streaming),
        shared={
            _expect(key, str, "a key of shared()"): _expect(each, str, f"shared() for {key!r}")
            for key, each in _expect(facts.shared, Mapping, "shared()").items()
        },
        claims=_texts(facts.claims, "claims()"),
        notes=plain(_expect(facts.notes, Mapping, "notes()")),
        names=_texts(facts.names, "names()"),
        needs=plain(_expect(facts.needs, Mapping, "runtime_requirements()")),
    )


def _problem(item: Any) -> LhpError | Problem:
    if isinstance(item, LhpError):
        _ = (str(item), item.hint)  # fails here when its values are not those of its code
        return item
    path: Any = item.path if isinstance(item, Problem) else ()
    if isinstance(path, str):
        item = item._replace(path=(path,))
    return problem_of(item, "check()")


def _texts(items: Any, what: str) -> tuple[str, ...]:
    return tuple(_expect(item, str, what) for item in _all(items, what))


def _all(items: Any, what: str) -> tuple[Any, ...]:
    if isinstance(items, str) or not isinstance(items, Iterable):
        return (_expect(items, tuple, what),)
    return tuple(items)


def _expect_short(texts: Iterable[str], what: str) -> None:
    size = sum(map(len, texts))
    if size > _MOST_CHARACTERS:
        message = f"{what} gave {size:,} characters, more than {_MOST_CHARACTERS:,}"
        raise ValueError(message)


def _expect(value: Any, wanted: type[Any], what: str) -> Any:
    if not isinstance(value, wanted):
        name = _WORDS.get(wanted, wanted.__name__)
        message = f"{what} gave {type(value).__name__}, not a {name}"
        raise TypeError(message)
    return value
