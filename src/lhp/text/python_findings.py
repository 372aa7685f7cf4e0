"""What of a Python module a reader should look at first; nothing of it runs.

A list to read by, no filter: code that means harm can do it without any of these.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator

from lhp.values import frozen

_MODULES = {
    "builtins": "runs code from text",
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
    "__builtins__": "runs code from text",
    "__import__": "imports by name",
    "compile": "runs code from text",
    "eval": "runs code from text",
    "exec": "runs code from text",
    "open": "opens files",
}


@frozen
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


@frozen
class Use:
    """Something that a module does by name.

    Args:
        line: Where it stands, counted from 1.
        verb: `imports`, `uses` for a built-in function to look at, or `asks for` a secret.
        name: The module, with the name taken from it; the function; the secret as `scope/key`,
            `*` where that is not plain to see.
    """

    line: int
    verb: str
    name: str


def uses_in(source: bytes) -> Iterator[Use]:
    """Yield what a module imports, which risky functions it names, and its secrets.

    Args:
        source: The module's bytes; what is no Python has none.
    """
    asked: set[ast.AST] = set()
    held: set[ast.AST] = set()
    for node in _nodes(source):
        for name in _imported(node):
            yield Use(node.lineno, "imports", name)  # type: ignore[attr-defined]
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in _CALLS:
            yield Use(node.lineno, "uses", node.id)
        if isinstance(node, ast.Call) and (secret := _secret(node)):
            asked.add(node.func.value)  # type: ignore[attr-defined]
            yield Use(node.lineno, "asks for", secret)
        if isinstance(node, ast.Attribute):
            held.add(node.value)
        is_whole = isinstance(node, ast.Name) and node.id == "dbutils" and node not in held
        if is_whole or (_is_of_secrets(node) and node not in asked):
            yield Use(node.lineno, "asks for", "*")  # type: ignore[attr-defined]


def findings_in(source: bytes) -> tuple[Finding, ...]:
    """Return what a module imports or calls that a reader should look at, each name once.

    Args:
        source: The module's bytes; what is no Python has no findings.
    """
    found: dict[str, Finding] = {}
    for use in uses_in(source):
        top = use.name.partition(".")[0]
        what = (_MODULES if use.verb == "imports" else _CALLS).get(top)
        if what:
            found.setdefault(top, Finding(use.line, top, what))
    return tuple(sorted(found.values(), key=lambda each: (each.line, each.name)))


def foreign_imports(source: bytes) -> frozenset[str]:
    """Return the outermost packages that a module imports, but for the standard library and lhp.

    Args:
        source: The module's bytes.
    """
    return _imports(source) - sys.stdlib_module_names - {"lhp", ""}


def standard_imports(source: bytes) -> frozenset[str]:
    """Return the outermost modules of the standard library that a module imports.

    Args:
        source: The module's bytes.
    """
    return _imports(source) & sys.stdlib_module_names - {"__future__"}


def _imports(source: bytes) -> frozenset[str]:
    imported = (use.name for use in uses_in(source) if use.verb == "imports")
    return frozenset(name.partition(".")[0] for name in imported)


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _secret(call: ast.Call) -> str:
    """Return `scope/key` of a call that asks for one secret with two plain texts; else nothing."""
    called = call.func
    if not (isinstance(called, ast.Attribute) and _is_of_secrets(called.value)):
        return ""
    named = {each.arg: each.value for each in call.keywords}
    given = dict(zip(("scope", "key"), call.args, strict=False)) | named
    texts = [getattr(given.get(name), "value", None) for name in ("scope", "key")]
    is_plain = called.attr == "get" and all(isinstance(text, str) for text in texts)
    return "/".join(map(str, texts)) if is_plain else ""


def _is_of_secrets(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "secrets"
        and isinstance(node.value, ast.Name)
        and node.value.id == "dbutils"
    )


def _nodes(source: bytes) -> Iterator[ast.AST]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    yield from ast.walk(tree)
