"""The plugins that installed distributions offer; a broken distribution is passed over, and told.

The folders of the path are scanned here, as importing `importlib.metadata` takes longer than that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from lhp.core.manifest import PLUGIN_TYPES, Manifest, Origin
from lhp.core.surroundings import path_stamps
from lhp.errors import PLUGIN_DISTRIBUTION_BROKEN, LhpError, Location
from lhp.values import frozen

_GROUPS = frozenset(plugin_type.group for plugin_type in PLUGIN_TYPES.values())
_ENDS = (".dist-info", ".egg-info")


class EntryPoint(NamedTuple):
    """An object that a distribution offers.

    Args:
        group: What it is offered as.
        name: By which name.
        module: Where it is.
        attribute: Its name there; empty for the module itself.
    """

    group: str
    name: str
    module: str
    attribute: str


@frozen
class Distribution:
    """One installed distribution that offers plugins, as far as it can be read.

    Args:
        name: As it says itself.
        version: As it says itself.
        points: Its entry points of lhp.
        problem: What is wrong with its metadata; None when nothing is.
    """

    name: str
    version: str = ""
    points: tuple[EntryPoint, ...] = ()
    problem: LhpError | None = None

    @property
    def source(self) -> str:
        """What its plugins come from, as trust knows it: `acme-lhp 1.2`."""
        return f"{self.name} {self.version}"


def distributions() -> tuple[Distribution, ...]:
    """Return the installed distributions that offer plugins, by name; broken ones of them, too."""
    return _scanned(path_stamps())


def is_offered(manifest: Manifest) -> bool:
    """Return True for an object that an installed distribution offers as a plugin of this type."""
    if manifest.origin is Origin.ENTRY_POINT:
        return True
    wanted = (manifest.plugin_type.group, manifest.module, manifest.attribute)
    points = (point for each in distributions() for point in each.points)
    return any((point.group, point.module, point.attribute) == wanted for point in points)


def normal_name(name: str) -> str:
    """Return the name of a distribution in the form in which equal names are equal."""
    return re.sub(r"[-_.]+", "-", name).lower()


@lru_cache(maxsize=1)
def _scanned(places: tuple[tuple[str, int], ...]) -> tuple[Distribution, ...]:
    seen: dict[str, Distribution | None] = {}
    for path, _ in places:
        for folder in _metadata_in(path):
            name = folder[: -len(_ENDS[0])].partition("-")[0]
            key = normal_name(name)
            if key not in seen:
                seen[key] = _distribution(name, f"{path or '.'}/{folder}")
    found = (seen[key] for key in sorted(seen))
    return tuple(each for each in found if each is not None)


def _metadata_in(path: str) -> list[str]:
    """Return the folders with the metadata of distributions that are in a folder of the path.

    Zip files are passed over: plugins are read as source files.
    """
    try:
        with os.scandir(path or ".") as entries:
            return sorted(entry.name for entry in entries if entry.name.lower().endswith(_ENDS))
    except OSError:
        return []


def _distribution(name: str, folder: str) -> Distribution | None:
    """Return a distribution that offers plugins, None for any other.

    Args:
        name: As its folder is called.
        folder: With its metadata.
    """
    try:
        listed = _content(folder, "entry_points.txt")
        if b"lhp." not in listed:
            return None
        said = _headers(_content(folder, "METADATA") or _content(folder, "PKG-INFO"))
        if not said["name"]:
            return None
        name = said["name"]
        points = tuple(_points(listed.decode()))
        return Distribution(name, said["version"], points) if points else None
    except (OSError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
        at = Location(f"{name} (installed)")
        problem = PLUGIN_DISTRIBUTION_BROKEN.at(at, name=name, reason=reason)
        return Distribution(name, problem=problem)


def _content(folder: str, file: str) -> bytes:
    try:
        with open(f"{folder}/{file}", "rb") as stream:  # noqa: PTH123  (one for each distribution)
            return stream.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError):
        return b""


def _headers(content: bytes) -> dict[str, str]:
    """Return what METADATA says of name and version, before its first empty line."""
    said = {"name": "", "version": ""}
    for line in content.splitlines():
        key, _, value = line.partition(b":")
        if not line.strip():
            break
        if key.lower() in (b"name", b"version"):
            said[key.lower().decode()] = value.decode().strip()
    return said


def _points(text: str) -> Iterator[EntryPoint]:
    """Yield the entry points of lhp.

    Source: PyPA, "Entry points specification".

    Raises:
        ValueError: A line is none.
    """
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
        elif line and not line.startswith("#") and group in _GROUPS:
            name, equals, target = line.partition("=")
            if not equals:
                message = f"{line!r} in entry_points.txt is no `name = module:object`"
                raise ValueError(message)
            module, _, attribute = target.partition("[")[0].partition(":")
            yield EntryPoint(group, name.strip(), module.strip(), attribute.strip())
