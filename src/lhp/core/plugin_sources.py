"""The bytes that make a plugin: which files they are, and their digest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path

from lhp.core.closure import source_files
from lhp.core.manifest import Manifest
from lhp.core.modules import MOST_BYTES, PACKAGES, LocalModules
from lhp.text.regular import read_regular
from lhp.values import frozen

MOST_FILES = 2_000
_SCHEME = "lhp1:"
_NO_DATA = frozenset({".py", ".pyc", ".pyo", ".pyd", ".so", ".pth"})


@frozen
class Sources:
    """The files that decide what a plugin does.

    Args:
        files: SHA-256 of each, by its path relative to the project root with `/`; absolute for a
            file outside.
        texts: Content of each, where it was read just now.
    """

    files: Mapping[str, str]
    texts: Mapping[str, bytes] = field(default_factory=dict, compare=False, repr=False)

    @property
    def digest(self) -> str:
        """One digest of all: `lhp1:` and the SHA-256 of lines `<sha256>  <path>`, sorted."""
        lines = sorted(f"{digest}  {path}\n" for path, digest in self.files.items())
        return _SCHEME + hashlib.sha256("".join(lines).encode()).hexdigest()


def sources_of(manifest: Manifest, modules: LocalModules, root: Path) -> Sources:
    """Return the files of a plugin of the project: its module, what that imports, and their data.

    Found by reading alone: the static import closure inside the project, and the files beside it
    that are no Python.

    Args:
        manifest: The plugin.
        modules: Finds the modules of the project.
        root: The project root.

    Raises:
        ValueError: When one of them leads out of its folder, is no regular file or is too large,
            with the reason.
    """
    tops = (root, *modules.folders)
    files = set(source_files(manifest.module, modules))
    for file in sorted(files):
        _expect_inside(file, root, tops)  # before anything is looked for beside it
        for beside in data_beside(file, root):
            files.add(beside)
            if len(files) > MOST_FILES:
                message = f"it has more than {MOST_FILES} files"
                raise ValueError(message)
    texts = {shown_in(root, file): _read(file, root, tops) for file in sorted(files)}
    return Sources({path: sha256(text) for path, text in texts.items()}, texts)


def changed_files(known: Mapping[str, str], root: Path) -> tuple[str, ...]:
    """Return the paths of those files that no longer hold what they held; also of missing ones.

    Args:
        known: SHA-256 by path, as in `Sources`.
        root: The project root.
    """
    return tuple(path for path, digest in known.items() if digest_of(root / path) != digest)


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def shown_in(root: Path, file: Path) -> str:
    """Return a path relative to a folder with `/`; absolute when it is not below that."""
    return (file.relative_to(root) if file.is_relative_to(root) else file).as_posix()


def digest_of(file: Path) -> str:
    """Return the SHA-256 of what a file holds; empty where it can't be read."""
    try:
        return sha256(_limited(file))
    except (OSError, ValueError):
        return ""


def refusal(allowed: Mapping[str, str], file: Path, content: bytes) -> str:
    """Return why the bytes of a file may not run as code; empty when they may.

    Args:
        allowed: SHA-256 of those that may, by the real path of each.
        file: Where the bytes were read.
        content: Those very bytes.
    """
    known = allowed.get(os.path.realpath(file))
    if known is None:
        return "is not among the files that were approved"
    return "" if known == sha256(content) else "changed since it was approved"


def is_digest(text: str) -> bool:
    """Return True for a digest as `Sources` gives it."""
    return text.startswith(_SCHEME)


def _expect_inside(file: Path, root: Path, tops: tuple[Path, ...]) -> None:
    whole = Path(os.path.realpath(file))  # unlike `resolve`, it knows links that lead in a circle
    if not any(whole.is_relative_to(os.path.realpath(top)) for top in tops):
        message = f"{shown_in(root, file)} leads out of the project"
        raise ValueError(message)


def _read(file: Path, root: Path, tops: tuple[Path, ...]) -> bytes:
    _expect_inside(file, root, tops)
    try:
        return _limited(file)
    except OSError as error:
        message = f"{shown_in(root, file)} can't be read: {error.strerror}"
        raise ValueError(message) from error


def _limited(file: Path) -> bytes:
    """Return the content of a file that is not too large."""
    size = file.stat().st_size
    if size > MOST_BYTES:
        message = f"{file.name} has {size:,} bytes; at most {MOST_BYTES:,} are read"
        raise ValueError(message)
    return read_regular(file)


def data_beside(file: Path, root: Path) -> Iterator[Path]:
    """Yield the files that a module may read beside itself, such as its code templates.

    Args:
        file: The module.
        root: The project root, where only files that are called as the module is are its own.
    """
    folder = file.parent
    is_top = folder in (root, root / PACKAGES)
    # These hold everything; there, only files that are called as the module is.
    entries = folder.glob(f"{file.stem}.*") if is_top else folder.rglob("*")
    for entry in entries:
        parts = entry.relative_to(folder).parts
        is_hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        if entry.suffix.lower() not in _NO_DATA and not is_hidden and not entry.is_dir():
            yield entry
