"""The installed distributions that plugins are of and need, by their whole metadata."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion

from lhp.core.installed import normal_name
from lhp.core.lock import Installed
from lhp.core.manifest import Manifest
from lhp.core.resolver import broken
from lhp.core.surroundings import path_stamps
from lhp.errors import LhpError
from lhp.version import DISTRIBUTION

_OF_INSTALLER = re.compile(
    r"\.pyc$|(^|/)__pycache__/|\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json|uv_.*)$"
    r"|^\.\./"  # scripts are written for each environment
)

# What reading broken metadata raises, depending on what is broken in it.
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, SyntaxError)


def needed_by(modules: Iterable[str], distribution: str = "") -> Mapping[str, str]:
    """Return the distributions behind some modules, and all that these need, by name.

    Args:
        modules: Outermost names of what is imported.
        distribution: The plugin's own, if it comes from one: what it needs counts, too.
    """
    owners = _owners(path_stamps())
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


def requirement_fault(manifest: Manifest) -> LhpError | None:
    """Return why what a plugin `requires` is not here; None when it is."""
    try:
        requirement = Requirement(manifest.requires)
    except InvalidRequirement as error:
        told = str(error).splitlines()[0]
        reason = f"`requires` {manifest.requires!r} is no requirement such as acme-lhp>=1.2: {told}"
        return broken(manifest, reason, key="requires")
    if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
        return None
    reason = unmet(requirement)
    if not reason:
        return None
    return broken(manifest, f"it requires {manifest.requires}, {reason}", key="requires")


def unmet(requirement: Requirement, own: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return in words why a requirement is not met here; empty when it is.

    Args:
        requirement: On a distribution; its marker is not looked at.
        own: Versions of distributions that count as installed, by name.
    """
    try:
        version = own.get(normal_name(requirement.name)) or metadata.version(requirement.name)
        if requirement.specifier.contains(version, prereleases=True):
            return ""
    except metadata.PackageNotFoundError:
        return "which is not installed"
    except (InvalidVersion, *UNREADABLE):
        version = "an unreadable version"
    return f"but {version} is installed"


def record_digest(found: metadata.Distribution) -> str:
    """Return the SHA-256 of what a distribution's RECORD lists, but for what an installer adds.

    Args:
        found: An installed distribution; one without a RECORD, as an editable one, gives nothing.

    Source: PyPA, "Recording installed projects".
    """
    lines = (found.read_text("RECORD") or "").splitlines()
    kept = sorted(line for line in lines if not _OF_INSTALLER.search(line.partition(",")[0]))
    is_editable = '"editable": true' in (found.read_text("direct_url.json") or "")
    if is_editable or not kept:
        return ""
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()


def source_of(file: Path, top: str) -> str:
    """Return the distribution that a file belongs to, `acme-lhp 1.2`; else the file's path.

    Args:
        file: The source of an installed module.
        top: Name of the module's outermost package.
    """
    for found in metadata.distributions():
        try:
            names = (found.read_text("top_level.txt") or "").split()
            paths = found.files or () if not names or top in names else ()
            holds = top in names or any(path.parts[0] in (top, f"{top}.py") for path in paths)
            root = Path(str(found.locate_file(""))).resolve()
            if holds and file.resolve().is_relative_to(root):
                return f"{found.metadata['Name']} {found.version}"
        except UNREADABLE:
            continue
    return file.as_posix()


@lru_cache(maxsize=1)
def _owners(places: tuple[tuple[str, int], ...]) -> Mapping[str, list[str]]:  # noqa: ARG001  (what they hold is the answer)
    """Return the distributions of each outermost module, read once while nothing is installed."""
    return metadata.packages_distributions()


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
