"""The installed distributions that plugins need, as a lock has them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import metadata
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement

from lhp.core.installed import UNREADABLE, normal_name, record_digest
from lhp.version import DISTRIBUTION

_NONE = "-"


class Installed(NamedTuple):
    """One installed distribution.

    Args:
        version: Of the distribution.
        tag: Which wheel of that version it came from, such as `py3-none-any`.
        digest: Of what its RECORD lists.
    """

    version: str
    tag: str
    digest: str

    @classmethod
    def read(cls, text: str) -> Installed:
        """Return what `str` gave.

        Raises:
            ValueError: It is nothing that `str` gives.
        """
        version, tag, digest = text.split(" ")
        return cls(version, tag, digest)

    def __str__(self) -> str:
        """Return the three with a space between."""
        return " ".join(part or _NONE for part in self)


def needed_by(modules: Iterable[str], distribution: str = "") -> Mapping[str, str]:
    """Return the distributions behind some modules, and all that these need, by name.

    Args:
        modules: Outermost names of what is imported.
        distribution: The plugin's own, if it comes from one: what it needs counts, too.
    """
    owners = _owners(tuple(map(_stamp, sys.path)))
    pending = [normal_name(name) for module in modules for name in owners.get(module, ())]
    pending += _requirements(distribution) if distribution else ()
    seen = {DISTRIBUTION, normal_name(distribution)}
    needed: dict[str, str] = {}
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            found = metadata.distribution(name)
            needed[name] = str(Installed(found.version, _tag(found), record_digest(found)))
        except (metadata.PackageNotFoundError, *UNREADABLE):
            continue
        pending += _requirements(name)
    return {name: needed[name] for name in sorted(needed)}


def difference(locked: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return in words which distribution is not the one that is locked; empty when all are.

    What one platform needs and another does not is passed over, and so are the bytes of a wheel
    that is for another platform than the locked one.
    """
    for name in sorted(locked.keys() & now.keys()):
        was, is_now = Installed.read(locked[name]), Installed.read(now[name])
        if was.version != is_now.version:
            return f"{name} {is_now.version} is installed, and {was.version} is locked"
        if was.tag == is_now.tag and was.digest != is_now.digest:
            return f"what is installed as {name} {is_now.version} is not what is locked"
    return ""


@lru_cache(maxsize=1)
def _owners(places: tuple[tuple[str, int], ...]) -> Mapping[str, list[str]]:  # noqa: ARG001  (what they hold is the answer)
    """Return the distributions of each outermost module, read once while nothing is installed."""
    return metadata.packages_distributions()


def _stamp(path: str) -> tuple[str, int]:
    try:
        return path, os.stat(path or ".").st_mtime_ns  # noqa: PTH116  (it may be no path)
    except OSError:
        return path, 0


def _requirements(distribution: str) -> list[str]:
    try:
        return [*_names(metadata.requires(distribution) or ())]
    except (metadata.PackageNotFoundError, *UNREADABLE):
        return []


def _names(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield normal_name(requirement.name)


def _tag(found: metadata.Distribution) -> str:
    lines = (found.read_text("WHEEL") or "").splitlines()
    tags = sorted(line.partition(":")[2].strip() for line in lines if line.startswith("Tag:"))
    return tags[0] if tags else ""
