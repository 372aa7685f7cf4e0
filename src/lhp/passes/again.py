"""Whether a run would be the last one again, told before anything of lhp is loaded for it.

A run that left all as it should be keeps what it looked at: `.lhp/cache/again-<words>.json` holds
the digest of each file that it read or wrote, the digest of the names below each folder that it
listed, one key for what else counts, and what the next run would tell. Where all of that holds
still, the next run tells it and ends. Contents are compared, never times; whatever can't be
compared here, such as a link in the place of a file, is left to a whole run.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat

from lhp.core.surroundings import begun

TYPE_CHECKING = False  # to import `typing` takes as long as Python itself
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

_FOLDER = ".lhp/cache"
PLACES = "again-*.json"
"""How the files are called that are kept."""

_VERSION = 1
_AT_ONCE = 1 << 16
_PLAIN = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
_NAMES = ("HOME", "APPDATA", "LOCALAPPDATA", "WORKSPACE_ENV", "LOGICAL_ENV")
_PREFIXES = ("LHP_", "XDG_")

YAML = (".yaml", ".yml")
"""How the names of YAML files end."""

GONE = ""
"""Digest of a file that is not there."""


class Look:
    """What a project's files hold, each looked at once.

    Args:
        root: The project's folder, absolute.
    """

    def __init__(self, root: str) -> None:
        self._root = os.path.realpath(root)
        self._known: dict[str, str | None] = {}
        self._folders: dict[str, bool] = {}

    def digest(self, path: str) -> str | None:
        """Return the SHA-256 of a file; None where that can't be told here, as for a link.

        Args:
            path: Relative to the project root with `/`, or absolute.
        """
        if path not in self._known:
            self._known[path] = self._looked(path)
        return self._known[path]

    def names(self, about: str) -> str | None:
        """Return the digest of the names below a folder; None where that can't be told here.

        Args:
            about: The folder, after `:` for all files below it, or `yaml:` for YAML files.
        """
        kind, _, folder = about.partition(":")
        top = os.path.join(self._root, folder)  # noqa: PTH118
        return (
            digest_of_names(names_below(top, YAML if kind else ()))
            if self.is_plain(folder)
            else None
        )

    def is_plain(self, path: str) -> bool:
        """Return whether no link is on the way to a folder, or to a file in it.

        Args:
            path: Of the folder, as for `digest`.
        """
        if path not in self._folders:
            whole = os.path.join(self._root, path)  # noqa: PTH118
            self._folders[path] = os.path.realpath(whole) == os.path.normpath(whole)
        return self._folders[path]

    def _looked(self, path: str) -> str | None:
        # Read as one of thousands: by hand, in one call where it is not large.
        try:
            if not self.is_plain(path.rpartition("/")[0]):
                return None
            file = os.open(os.path.join(self._root, path), _PLAIN)  # noqa: PTH118
        except FileNotFoundError:
            return GONE
        except (OSError, ValueError):
            return None
        try:
            content = part = os.read(file, _AT_ONCE)
            if not content and not stat.S_ISREG(os.fstat(file).st_mode):
                return None
            while len(part) == _AT_ONCE:
                part = os.read(file, _AT_ONCE)
                content += part
        except OSError:
            return None
        finally:
            os.close(file)
        return hashlib.sha256(content).hexdigest()


def names_below(folder: str, suffixes: tuple[str, ...] = ()) -> list[str]:
    """Return the files below a folder, relative to it with `/`; linked folders are not entered.

    Args:
        folder: The folder; nothing is below one that can't be read.
        suffixes: How their names end, from the last dot on; none at all take every file.
    """
    return [*_names_below(folder, "", suffixes)]


def _names_below(folder: str, before: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    try:
        with os.scandir(folder) as found:
            entries = [*found]
    except OSError:
        return
    for entry in entries:
        name = entry.name
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _names_below(entry.path, f"{before}{name}/", suffixes)
            elif (not suffixes or os.path.splitext(name)[1] in suffixes) and entry.is_file():  # noqa: PTH122
                yield f"{before}{name}"
        except OSError:  # a link that leads in a circle
            continue


def digest_of_names(names: Sequence[str]) -> str:
    """Return one digest of the names of files."""
    text = "\0".join(sorted(names))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


class Again:
    """What a run looked at, and what the next one would tell.

    Args:
        files: Digests of all files, by path.
        names: Digests of the names below folders, as `Look.names` has them.
        problems: Warnings, as plain data.
        lines: What is said.
    """

    def __init__(
        self,
        files: Mapping[str, str],
        names: Mapping[str, str],
        problems: Sequence[Any],
        lines: Sequence[str],
    ) -> None:
        self.files = files
        self.names = names
        self.problems = problems
        self.lines = lines

    def joined(self, files: Mapping[str, str], lines: Sequence[str]) -> Again:
        """Return the same with further files, and with what is said.

        Args:
            files: Digests by path.
            lines: Nothing in them moves the cursor.
        """
        return Again({**self.files, **files}, self.names, self.problems, lines)

    @classmethod
    def read(cls, root: str, words: Sequence[str], key: str) -> Again | None:
        """Return what is kept of such a run; None where nothing is, or of other surroundings.

        Args:
            root: The project's folder.
            words: The command, as it was called.
            key: From `key_of`.
        """
        try:
            with open(os.path.join(root, place_of(words)), "rb") as file:  # noqa: PTH118, PTH123
                data = json.loads(file.read())
            if data["key"] != key:
                return None
            return cls(data["files"], data["names"], data["problems"], data["lines"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def text(self, key: str) -> str:
        """Return it as it is kept, with what `key_of` gave before the run."""
        return json.dumps({"key": key, **vars(self)}, separators=(",", ":"))

    def holds(self, look: Look) -> bool:
        """Return whether all is as it was.

        Args:
            look: Looks at the project's files; knows all of them afterwards.
        """
        same = [look.digest(path) == digest for path, digest in self.files.items()]
        return all(same) and all(
            look.names(about) == digest for about, digest in self.names.items()
        )


def place_of(words: Sequence[str]) -> str:
    """Return the file that is kept for a command as it was called, relative to the project root."""
    return f"{_FOLDER}/{PLACES.replace('*', _digest([*words])[:12])}"


def key_of(words: Sequence[str]) -> str:
    """Return one digest of what counts besides the files of the project."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if name in _NAMES or name.startswith(_PREFIXES)
    }
    return _digest([_VERSION, [*words], environ, begun()])


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
