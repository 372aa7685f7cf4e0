"""Gives all Python outputs of a run to the formatter, and takes back layout only."""

from __future__ import annotations

import ast
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from lhp.errors import (
    FORMATTER_ADDED_UNSEEN,
    FORMATTER_CHANGED_CODE,
    FORMATTER_CHANGED_FILES,
    LhpError,
    Location,
    raise_all,
)
from lhp.model.flowgroup import Output

_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})


class Formatter(Protocol):
    """Lays out the generated code; a function from text to text is one, too.

    It may change layout only: the programs are compared.
    """

    def format(self, sources: Mapping[str, str]) -> Mapping[str, str]:
        """Return the same paths with formatted texts.

        Args:
            sources: All Python files of a run, text by path.
        """


def format_outputs(
    outputs: Sequence[Output],
    formatter: Formatter | Callable[[str], str],
    *,
    name: str | None = None,
    is_ours: bool = False,
) -> tuple[Output, ...]:
    """Return the outputs with each Python file formatted, in one call for the whole run.

    Args:
        outputs: Every file of the run; what is not Python, or does not parse, stays as it is.
        formatter: An object with `format(sources)`, or a function from text to text.
        name: The formatter's name for messages; None takes the name of its class or function.
        is_ours: True for one that comes with lhp, whose programs are not compared.

    Raises:
        LhpErrors: The formatter lost or made up a file, or changed more than layout.
    """
    called = name or str(getattr(formatter, "__name__", type(formatter).__name__))
    modules = [output for output in outputs if output.path.endswith(".py")]
    parses = {each.path: each.is_sound or _tree(each.text) is not None for each in modules}
    sources = {each.path: each.text for each in modules if parses[each.path]}
    if not sources:
        return tuple(outputs)
    formatted = _call(formatter, sources)
    raise_all(_other_files(sources, formatted, called))
    raise_all(() if is_ours else _other_code(sources, formatted, called))
    return tuple(
        replace(output, text=formatted.get(output.path, output.text)) for output in outputs
    )


def _call(
    formatter: Formatter | Callable[[str], str], sources: Mapping[str, str]
) -> Mapping[str, str]:
    if hasattr(formatter, "format"):
        return formatter.format(sources)
    return {path: formatter(text) for path, text in sources.items()}


def _other_files(
    sources: Mapping[str, str], formatted: Mapping[str, str], called: str
) -> Iterator[LhpError]:
    changes = [("lost", sources.keys() - formatted.keys())]
    changes.append(("made up", formatted.keys() - sources.keys()))
    for change, paths in changes:
        for path in sorted(paths):
            at = Location(path)
            yield FORMATTER_CHANGED_FILES.at(at, formatter=called, change=change, path=path)


def _other_code(
    sources: Mapping[str, str], formatted: Mapping[str, str], called: str
) -> Iterator[LhpError]:
    for path, text in sources.items():
        if formatted[path] == text:
            continue
        if not _is_same(_tree(text), _tree(formatted[path])):
            yield FORMATTER_CHANGED_CODE.at(Location(path), formatter=called, path=path)
            continue
        for character in sorted({*formatted[path]} - {*text, *"\n\t"}):
            if unicodedata.category(character) in _UNSEEN:
                shown = f"U+{ord(character):04X}"
                yield FORMATTER_ADDED_UNSEEN.at(
                    Location(path), formatter=called, path=path, character=shown
                )


def _tree(text: Any) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            content: bytes = text.encode()  # as a comment may name the encoding
            return ast.parse(content)
    except (SyntaxError, ValueError, AttributeError, MemoryError, RecursionError):
        return None


def _is_same(one: ast.Module | None, other: ast.Module | None) -> bool:
    # No recursion: a long chain of calls is a deep tree.
    pending: list[tuple[object, object]] = [(one, other)]
    while pending:
        left, right = map(_normalised, pending.pop())
        if type(left) is not type(right):
            return False
        if isinstance(left, ast.AST):
            fields = (field for field in left._fields if field != "kind")  # u"" is ""
            pending.extend((getattr(left, name), getattr(right, name)) for name in fields)
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            pending.extend(zip(left, right, strict=True))
        elif left != right:
            return False
    return True


def _normalised(node: object) -> object:
    """Return a bare constant without its layout: formatters indent docstrings anew."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return "\n".join(line.strip() for line in str(node.value.value).strip().splitlines())
    return node
