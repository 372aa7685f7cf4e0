"""What of a Python module a reader should look at first; nothing of it runs.

A list to read by, no filter: code that means harm can do it without any of these.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

_MODULES = {
    "ctypes": "calls into native code",
    "ftplib": "uses the network",
    "http": "uses the network",
    "httpx": "uses the network",
    "importlib": "imports by name",
    "marshal": "runs code from data",
    "multiprocessing": "starts processes",
    "os": "uses the operating system",
    "pickle": "runs code from data",
    "pty": "starts processes",
    "requests": "uses the network",
    "runpy": "runs other files",
    "shutil": "changes files",
    "smtplib": "uses the network",
    "socket": "uses the network",
    "ssl": "uses the network",
    "subprocess": "starts processes",
    "urllib": "uses the network",
    "urllib3": "uses the network",
}
_CALLS = {
    "__import__": "imports by name",
    "compile": "runs code from text",
    "eval": "runs code from text",
    "exec": "runs code from text",
    "open": "opens files",
}


@dataclass(frozen=True)
class Finding:
    """Something to look at.

    Args:
        line: Where it stands, counted from 1.
        name: The module or function.
        what: What that does, in a few words.
    """

    line: int
    name: str
    what: str


def findings_in(source: bytes) -> tuple[Finding, ...]:
    """Return what a module imports or calls that a reader should look at, each name once.

    Args:
        source: The module's bytes; what is no Python has no findings.
    """
    found: dict[str, Finding] = {}
    for line, name in _names_in(source):
        top = name.partition(".")[0]
        what = _MODULES.get(top) or (_CALLS.get(name) if name in _CALLS else None)
        if what:
            found.setdefault(top, Finding(line, top, what))
    return tuple(sorted(found.values(), key=lambda each: (each.line, each.name)))


def foreign_imports(source: bytes) -> frozenset[str]:
    """Return the outermost packages that a module imports, but for the standard library and lhp.

    Args:
        source: The module's bytes.
    """
    tops = {
        alias.partition(".")[0]
        for node in _nodes(source)
        for alias in _imported(node)
        if not (isinstance(node, ast.ImportFrom) and node.level)
    }
    return frozenset(tops - sys.stdlib_module_names - {"lhp", ""})


def _names_in(source: bytes) -> Iterator[tuple[int, str]]:
    for node in _nodes(source):
        for name in _imported(node):
            yield node.lineno, name  # type: ignore[attr-defined]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.lineno, node.func.id


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield node.module or ""


def _nodes(source: bytes) -> Iterator[ast.AST]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    yield from ast.walk(tree)
