"""Merges the import lines of a module."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from lhp.errors import IMPORT_CLASH, IMPORT_LINE_BAD, LhpError, LhpErrors, Location, raise_all
from lhp.values import frozen

# Not sys.stdlib_module_names: output must not depend on the Python that runs us.
_STANDARD_NAMES = """
    abc argparse array ast asyncio base64 bisect calendar cmath collections concurrent
    configparser contextlib copy csv ctypes dataclasses datetime decimal difflib email enum
    fnmatch fractions ftplib functools getpass glob gzip hashlib heapq hmac html http
    importlib inspect io ipaddress itertools json keyword logging lzma math mimetypes
    multiprocessing numbers operator os pathlib pickle pkgutil platform pprint queue random re
    sched secrets shutil signal smtplib socket sqlite3 ssl statistics string struct subprocess
    sys tarfile tempfile textwrap threading time timeit traceback types typing unicodedata
    unittest urllib uuid warnings weakref xml zipfile zlib zoneinfo
"""
_STANDARD = frozenset(_STANDARD_NAMES.split())
_LOCAL = frozenset({"custom_python_functions", "test_reporting_providers"})
_WILDCARD = "*"


@frozen
class _Import:
    """One name of one import statement; `name` is empty in `import module`."""

    module: str
    name: str
    alias: str

    @property
    def bound(self) -> str:
        return self.alias or self.name or self.module.partition(".")[0]

    @property
    def thing(self) -> str:
        if self.name:
            return f"{self.module}.{self.name}"
        return self.module if self.alias else self.bound

    @property
    def renamed(self) -> str:
        return f" as {self.alias}" if self.alias else ""

    @property
    def alone(self) -> str:
        is_alone = self.alias or self.name == _WILDCARD
        return f"{self.name}{self.renamed}" if is_alone else ""

    @property
    def group(self) -> int:
        top = self.module.partition(".")[0]
        if self.module == "__future__":
            return 0
        if top in _STANDARD:
            return 1
        if top == "pyspark":
            return 3
        return 4 if top in _LOCAL or not top else 2


def merged_imports(lines: Iterable[str], at: Location | None = None) -> str:
    """Return the import section of a module: each thing once, grouped and sorted.

    Args:
        lines: Import statements, one in each.
        at: What to blame for a line that can't be merged.

    Returns:
        The statements with a blank line between groups, without a newline at the end.

    Raises:
        LhpErrors: A line that is something else, or a name that would mean two things.
    """
    try:
        return _merged(tuple(lines))
    except LhpErrors as errors:
        raise LhpErrors(each.code.at(at, **each.values) for each in errors.problems) from None


@lru_cache(maxsize=1024)  # as many modules of a project import the same
def _merged(lines: tuple[str, ...]) -> str:
    problems: list[LhpError] = []
    found: set[_Import] = set()
    for line in lines:
        try:
            found.update(_parsed(line))
        except LhpError as error:
            problems.append(error)
    found = _without_covered(found)
    raise_all([*problems, *_clashes(found)])
    groups = sorted({each.group for each in found})
    return "\n\n".join(
        "\n".join(_statements([each for each in found if each.group == group])) for group in groups
    )


def bound_names(lines: Iterable[str]) -> frozenset[str]:
    """Return the names that import statements give to a module.

    Raises:
        LhpError: For a line that is something else.
    """
    return _bound(tuple(lines))


@lru_cache(maxsize=1024)  # the same
def _bound(lines: tuple[str, ...]) -> frozenset[str]:
    return frozenset(each.bound for line in lines for each in _parsed(line))


@lru_cache(maxsize=4096)
def imports_all(line: str) -> bool:
    """Return True for an import statement that takes all names of a module."""
    return any(
        each.name == _WILDCARD
        for statement in _body_of(line)
        if isinstance(statement, ast.ImportFrom)
        for each in statement.names
    )


def _parsed(line: str) -> Sequence[_Import]:
    found = _imports_of(line)
    if not found:
        raise IMPORT_LINE_BAD.at(line=line)
    return found


@lru_cache(maxsize=4096)  # the modules of a project share most of their lines
def _imports_of(line: str) -> Sequence[_Import]:
    """Return what one import statement imports; nothing for a line that is something else."""
    body = _body_of(line)
    statement = body[0] if len(body) == 1 else None
    if isinstance(statement, ast.Import):
        return [_Import(each.name, "", _alias(each)) for each in statement.names]
    if isinstance(statement, ast.ImportFrom):
        module = "." * statement.level + (statement.module or "")
        return [_Import(module, each.name, _alias(each)) for each in statement.names]
    return ()


def _alias(name: ast.alias) -> str:
    return name.asname if name.asname and name.asname != name.name else ""


def _body_of(line: str) -> Sequence[ast.stmt]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(line.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _without_covered(found: set[_Import]) -> set[_Import]:
    whole = {each.module for each in found if each.name == _WILDCARD}
    return {each for each in found if each.module not in whole or not _is_covered(each)}


def _is_covered(each: _Import) -> bool:
    # A wildcard gives no private names, and none under an alias such as F.
    return bool(each.name) and not each.alone and not each.name.startswith("_")


def _clashes(found: Iterable[_Import]) -> Iterator[LhpError]:
    things: dict[str, str] = {}
    for each in sorted(found, key=_order):
        first = things.setdefault(each.bound, each.thing)
        if each.name != _WILDCARD and first != each.thing:
            yield IMPORT_CLASH.at(name=each.bound, first=first, second=each.thing)


def _statements(found: Iterable[_Import]) -> Iterator[str]:
    ordered = sorted(found, key=_order)
    for each in ordered:
        if not each.name:
            yield f"import {each.module}{each.renamed}"
    taken = (each for each in ordered if each.name)
    # Formatters keep a renamed name and a wildcard in a statement of their own.
    for (module, alone), same in groupby(taken, key=lambda each: (each.module, each.alone)):
        yield f"from {module} import {alone or ', '.join(each.name for each in same)}"


def _order(each: _Import) -> tuple[object, ...]:
    is_constant = each.name.isupper() and len(each.name) > 1
    place = 0 if is_constant else 1 if each.name[:1].isupper() else 2
    return each.module, each.name != _WILDCARD, bool(each.alias), place, each.name, each.alias
