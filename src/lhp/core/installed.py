"""The installed distributions; one whose metadata is broken is passed over, and told."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

from packaging.requirements import Requirement
from packaging.version import InvalidVersion

from lhp.core.manifest import PLUGIN_TYPES, Manifest, Origin
from lhp.errors import PLUGIN_DISTRIBUTION_BROKEN, LhpError, Location

_OF_INSTALLER = re.compile(
    r"\.pyc$|(^|/)__pycache__/|\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json|uv_.*)$"
    r"|^\.\./"  # scripts are written for each environment
)

# What reading broken metadata raises, depending on what is broken in it.
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, SyntaxError)


class Distribution:
    """One installed distribution, as far as it can be read.

    Args:
        name: As it says itself.
        version: As it says itself.
        points: Its entry points of lhp.
        problem: What is wrong with its metadata; None when nothing is.
    """

    def __init__(
        self,
        name: str,
        version: str = "",
        points: tuple[metadata.EntryPoint, ...] = (),
        problem: LhpError | None = None,
    ) -> None:
        self.name = name
        self.version = version
        self.points = points
        self.problem = problem

    @property
    def source(self) -> str:
        """What its plugins come from, as trust knows it: `acme-lhp 1.2`."""
        return f"{self.name} {self.version}"


def distributions() -> list[Distribution]:
    """Return what of the environment matters to lhp: has entry points of lhp, or is broken."""
    seen: dict[str, Distribution] = {}
    for found in metadata.distributions():
        read = _read(found)
        if read is not None:
            seen.setdefault(normal_name(read.name), read)
    wanted = (seen[name] for name in sorted(seen))
    return [each for each in wanted if each.points or each.problem]


def is_offered(manifest: Manifest) -> bool:
    """Return True for an object that an installed distribution offers as a plugin of this type."""
    if manifest.origin is Origin.ENTRY_POINT:
        return True
    wanted = (manifest.plugin_type.group, manifest.module, manifest.attribute)
    points = (point for each in distributions() for point in each.points)
    return any((point.group, *object_of(point)) == wanted for point in points)


def object_of(point: metadata.EntryPoint) -> tuple[str, str]:
    """Return the module and the attribute that an entry point names."""
    module, _, attribute = point.value.partition("[")[0].partition(":")
    return module.strip(), attribute.strip()


def _read(found: metadata.Distribution) -> Distribution | None:
    groups = {plugin_type.group for plugin_type in PLUGIN_TYPES.values()}
    folder = str(getattr(found, "_path", "")).replace("\\", "/").rpartition("/")[2]
    name = ""
    try:
        name = str(found.metadata["Name"] or "")
        points = tuple(point for point in found.entry_points if point.group in groups)
        return Distribution(name, str(found.version), points) if name else None
    except UNREADABLE as error:
        name = name or folder.partition("-")[0]
        reason = f"{type(error).__name__}: {error}"
        at = Location(f"{name} (installed)")
        problem = PLUGIN_DISTRIBUTION_BROKEN.at(at, name=name, reason=reason)
        return Distribution(name, problem=problem)


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


def normal_name(name: str) -> str:
    """Return the name of a distribution in the form in which equal names are equal."""
    return re.sub(r"[-_.]+", "-", name).lower()
