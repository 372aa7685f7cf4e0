"""Which files decide what a plugin's module does: its own, and those that it imports beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lhp.core.modules import FoundModule, LocalModules, is_reserved
from lhp.text.python_source import imported_modules


def source_files(module: str, modules: LocalModules) -> tuple[Path, ...]:
    """Return the source files that importing a module may run, found by reading alone.

    Of a local module these are files of the project; of an installed one those of its own top
    package. Files that are no Python count with what can be read of them.

    Args:
        module: Dotted name of the plugin's module.
        modules: Finds the modules of the project and of the environment.

    Returns:
        Absolute paths, sorted.
    """
    top = module.partition(".")[0]
    seen: dict[str, FoundModule | None] = {}
    elsewhere: set[str] = set()
    pending = [*_with_parents(module)]
    while pending:
        name = pending.pop()
        first = name.partition(".")[0]
        if name in seen or first in elsewhere or (first != top and is_reserved(first)):
            continue
        found = modules.find(name)
        if found is not None and not found.is_local and first != top:
            elsewhere.add(first)
            continue
        seen[name] = found
        if found is not None:
            pending += _imports(name, found)
    files = {found.file.resolve() for found in seen.values() if found and found.file}
    return tuple(sorted(files))


def _imports(name: str, found: FoundModule) -> Iterator[str]:
    if found.file is None:
        return
    package = name if found.file.stem == "__init__" else name.rpartition(".")[0]
    try:
        imported = imported_modules(found.source() or b"", package)
    except (SyntaxError, ValueError, OSError, RecursionError, MemoryError):
        return  # importing it fails for the same reason
    for each in imported:
        yield from _with_parents(each)


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:count]) for count in range(1, len(parts) + 1))
