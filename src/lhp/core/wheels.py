"""What `source:` of a declaration names: wheels, each pinned to one version and to its hashes.

They are installed in one folder of the project, beside a record of what they are. What is in that
folder came with the project for all that is known: it is approved as other code of a project is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urlsplit
from urllib.request import url2pathname

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from lhp.core.installed import normal_name
from lhp.core.manifest import Manifest, Origin
from lhp.core.modules import PACKAGES
from lhp.core.plugin_sources import sha256
from lhp.errors import (
    SOURCE_BAD,
    SOURCE_TWICE,
    SOURCE_UNHASHED,
    LhpError,
)
from lhp.text.regular import read_regular
from lhp.values import frozen

RECORD = "requirements.txt"
"""In the folder of the installed wheels: which ones they are, as `Wheel.line` gives each."""

_CONTINUED = re.compile(r"\\\r?\n")
_COMMENT = re.compile(r"(^|\s)#.*")
_OPTION = re.compile(r"(?:^|\s+)(?=--?[A-Za-z])")
_HASH = re.compile(r"--hash[=\s]\s*sha256:([0-9a-fA-F]{64})")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_NAMED = re.compile(r"[\w.-]+\s*(\[[^]]*\]\s*)?@")
_PLAIN = re.compile(r"[!-~]+")


@frozen
class Wheel:
    """One wheel that a declaration names.

    Args:
        requirement: Which one, as PEP 508; its URL is a path where the file is in the project.
        version: The only version that will do.
        hashes: SHA-256 of each file that will do.
    """

    requirement: Requirement
    version: str
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its distribution."""
        return normal_name(self.requirement.name)

    @property
    def line(self) -> str:
        """What it is, in one line."""
        return " ".join([str(self.requirement), *(f"--hash=sha256:{each}" for each in self.hashes)])

    @property
    def is_for_here(self) -> bool:
        """False when its marker leaves it out on this machine."""
        marker = self.requirement.marker
        return marker is None or marker.evaluate({"extra": ""})

    def line_for_pip(self, root: Path) -> str:
        """Return its line of a requirements file.

        Args:
            root: The project root.
        """
        file = self.file(root)
        if file is None:
            return self.line
        whole = Requirement(str(self.requirement))
        whole.url = file.as_uri()
        return replace(self, requirement=whole).line

    def file(self, root: Path) -> Path | None:
        """Return where it is on this disk; None for one that has to be fetched.

        Args:
            root: The project root.
        """
        url = self.requirement.url
        if url is None or url.startswith("https:"):
            return None
        path = urlsplit(url).path
        return Path(url2pathname(path)) if url.startswith("file:") else root / unquote(path)

    def __str__(self) -> str:
        """Return what people and trust call it: `acme-lhp 1.2`."""
        return f"{self.requirement.name} {self.version}"


def read_wheels(manifest: Manifest, root: Path) -> tuple[Wheel, ...]:
    """Return the wheels that a declaration names, that of its module first.

    Args:
        manifest: A plugin whose declaration says `source:`.
        root: The project root.

    Raises:
        LhpError: SOURCE_BAD, SOURCE_UNHASHED.
    """
    at = manifest.at("source")
    values = {"type": manifest.type, "name": manifest.label or manifest.name}
    if manifest.origin is not Origin.CONFIG:
        raise SOURCE_BAD.at(at, **values, reason="it is for declarations of lhp.yaml alone")
    try:
        wheels = tuple(map(_wheel, _lines(manifest.wheels)))
    except ValueError as error:
        raise SOURCE_BAD.at(at, **values, reason=str(error)) from error
    if not wheels:
        raise SOURCE_BAD.at(at, **values, reason="it is empty")
    for wheel in wheels:
        if not wheel.hashes:
            reason, advice = f"it says no hash of {wheel}", _advice(wheel, root)
            raise SOURCE_UNHASHED.at(at, **values, reason=reason, advice=advice)
    return wheels


def installed_lines(root: Path) -> frozenset[str]:
    """Return which wheels the project's folder of them says to hold, a line for each."""
    try:
        text = read_regular(root / PACKAGES / RECORD).decode()
    except (OSError, ValueError):
        return frozenset()
    return frozenset(_lines(text))


def named_twice(manifests: Iterable[Manifest], root: Path) -> Iterator[LhpError]:
    """Yield each distribution that two declarations do not name alike.

    Args:
        manifests: Plugins, in the order of their declarations.
        root: The project root.
    """
    known: dict[str, tuple[Wheel, Manifest]] = {}
    for manifest in manifests:
        try:
            wheels = read_wheels(manifest, root)
        except LhpError:
            continue  # told as the fault of the plugin
        for wheel in wheels:
            other, by = known.setdefault(wheel.name, (wheel, manifest))
            if other.line != wheel.line:
                yield SOURCE_TWICE.at(
                    manifest.at("source"),
                    distribution=wheel.name,
                    wheel=wheel.line,
                    other=other.line,
                    other_place=by.at("source"),
                )


def _lines(text: str) -> Iterator[str]:
    """Yield what stands on each line of a requirements file."""
    for line in _CONTINUED.sub(" ", text).splitlines():
        said = _COMMENT.sub("", line).strip()
        if said:
            yield said


def _wheel(line: str) -> Wheel:
    what, *options = _OPTION.split(line)
    hashes = [match[1].lower() for each in options if (match := _HASH.fullmatch(each))]
    if len(hashes) < len(options):
        wrong = next(each for each in options if not _HASH.fullmatch(each))
        message = f"{wrong!r} is no `--hash=sha256:` with 64 hexadecimal digits"
        raise ValueError(message)
    requirement = _requirement(what)
    version = _version(requirement)
    requirement.name = normal_name(requirement.name)
    wheel = Wheel(requirement, version, tuple(sorted({*hashes})))
    _ = wheel.is_for_here  # a marker that makes no sense is told here
    return wheel


def _requirement(what: str) -> Requirement:
    if "$" in what:  # pip and uv put variables of the environment in
        message = f"{what!r} holds `$`"
        raise ValueError(message)
    is_place = _SCHEME.match(what) or "/" in what or "\\" in what or what.endswith(".whl")
    try:
        if is_place and not _NAMED.match(what):
            path = PurePosixPath(what.replace("\\", "/")).as_posix()
            url = what if _SCHEME.match(what) else quote(path)
            _expect_place(url)
            return Requirement(f"{_named_by(url)[0]} @ {url}")
        return Requirement(what)
    except InvalidRequirement as error:
        message = f"{what!r} is no requirement such as acme-lhp==1.2: {str(error).splitlines()[0]}"
        raise ValueError(message) from error


def _version(requirement: Requirement) -> str:
    if requirement.url is not None:
        _expect_place(requirement.url)
        name, version = _named_by(requirement.url)
        if normal_name(name) != normal_name(requirement.name):
            message = f"{requirement.url} is a wheel of {name}, not of {requirement.name}"
            raise ValueError(message)
        return version
    pins = [*requirement.specifier]
    if len(pins) != 1 or pins[0].operator != "==" or pins[0].version.endswith("*"):
        message = f"{str(requirement)!r} is not pinned by `==` to one version"
        raise ValueError(message)
    return str(pins[0].version)


def _named_by(url: str) -> tuple[str, str]:
    """Return name and version in the file name of a wheel."""
    file = PurePosixPath(unquote(urlsplit(url).path)).name
    try:
        name, version, _, _ = parse_wheel_filename(file)
    except InvalidWheelFilename as error:
        message = f"{url} is no wheel, and only wheels run no code while they are installed"
        raise ValueError(message) from error
    return str(name), str(version)


def _expect_place(url: str) -> None:
    parts = urlsplit(url)
    reason = ""
    if not _PLAIN.fullmatch(url) or parts.fragment:
        reason = "holds what no plain URL does"
    elif parts.scheme == "https":
        reason = "holds a password; pip knows .netrc and keyrings" if "@" in parts.netloc else ""
    elif parts.scheme == "file":
        reason = "" if parts.netloc in ("", "localhost") else "is on another machine"
    elif parts.scheme:
        reason = "is neither an https nor a file URL"
    elif parts.path.startswith("/") or ".." in parts.path.split("/"):
        reason = "leads out of the project; a file URL may"
    if reason:
        message = f"{url} {reason}"
        raise ValueError(message)


def _advice(wheel: Wheel, root: Path) -> str:
    try:
        file = wheel.file(root)
        digest = sha256(read_regular(file)) if file else ""
    except OSError:
        digest = ""
    if digest:
        return f"if the file is the one you mean, add `--hash=sha256:{digest}`"
    if wheel.requirement.url:
        return "`pip hash FILE` of the wheel gives it: `--hash=sha256:...`"
    return f"`pip download --no-deps {wheel.requirement}`, then `pip hash` of the file gives it"
