"""The command `plugins install`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from pathlib import Path

import click
from packaging.requirements import Requirement
from packaging.utils import canonicalize_version

from lhp.builtin.commands.plugins.installer import InstallerError, installer
from lhp.cli.report import counted, escape
from lhp.cli.session import Session, problem_format, with_session
from lhp.core.dependencies import UNREADABLE, unmet
from lhp.core.installed import normal_name
from lhp.core.manifest import Manifest
from lhp.core.modules import PACKAGES
from lhp.core.plugin_manager import PluginManager
from lhp.core.plugin_sources import Sources, sha256
from lhp.core.user_files import file_for, read_private, write_private
from lhp.core.wheels import RECORD, Wheel, installed_lines, named_twice, read_wheels
from lhp.errors import (
    FILE_NOT_OURS,
    SOURCE_NEEDS,
    SOURCE_REFUSED,
    SOURCE_SHADOWS,
    LhpError,
    Location,
    raise_all,
)
from lhp.passes.collect import Problems
from lhp.passes.state import place, remove_tree, replace_folder, reported, restore_folder
from lhp.text.regular import read_regular
from lhp.values import frozen


@frozen
class _Wanted:
    """A wheel, and the declaration that names it first."""

    wheel: Wheel
    by: Manifest

    @property
    def at(self) -> Location | None:
        return self.by.at("source")


@click.command("install", short_help="Install the wheels that plugins come from.")
@with_session
@problem_format
@click.option("--dry-run", is_flag=True, help="Show what would be installed; write nothing.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def install_plugins(session: Session, names: Sequence[str], *, dry_run: bool) -> int:
    """Install the wheels that `source:` of declarations names, into .lhp/plugins of the project.

    NAME takes those of one plugin only. Each wheel has to have one of its hashes; no code of it
    runs, and what it runs later has to be approved first: `lhp plugins trust`. What no declaration
    names any more goes away. pip does the work, or uv where there is no pip.
    """
    root = session.root()
    if dry_run:
        return _plan(session, root, names)
    with session.alone(root):
        restore_folder(root, PACKAGES)
        wanted = _wanted(root, names)
        lines = {each.wheel.line for each in wanted}
        total = counted(len(wanted), "wheel")
        if lines == installed_lines(root) and _is_as_installed(root):
            session.say(f"{total} installed already" if wanted else "no plugin says `source:`")
            return 0
        _install(session, root, wanted)
    session.note("plugins.installed", root=root, wheels=sorted(lines))
    for each in wanted:
        click.echo(escape(str(each.wheel)))
    session.say(f"{total} installed in {PACKAGES}; `lhp plugins trust` lets plugins of it run")
    return 0


def _plan(session: Session, root: Path, names: Sequence[str]) -> int:
    lines, there = {each.wheel.line: each for each in _wanted(root, names)}, installed_lines(root)
    for line in sorted({*lines} | there):
        if (line in lines) is not (line in there):
            click.echo(escape(f"{'+' if line in lines else '-'} {line}"))
    session.say(f"{counted(len({*lines} - there), 'wheel')} would be installed in {PACKAGES}")
    return 0


def _wanted(root: Path, names: Sequence[str]) -> list[_Wanted]:
    """Return the wheels that are to be there: those of some plugins, and those that are there.

    Args:
        root: The project root.
        names: Of the plugins; none means all.
    """
    manager = PluginManager(root)
    declared = manager.from_wheels
    chosen = {each.location for name in names for each in _named(manager, name)}
    problems = Problems()
    wheels = problems.each(lambda each: (each, read_wheels(each, root)), declared)
    raise_all([*problems.found, *named_twice(declared, root)])
    there = installed_lines(root)
    found: dict[str, _Wanted] = {}
    for manifest, named in wheels:
        for wheel in named:
            if not names or manifest.location in chosen or wheel.line in there:
                found.setdefault(wheel.name, _Wanted(wheel, manifest))
    return list(found.values())


def _named(manager: PluginManager, name: str) -> Sequence[Manifest]:
    found = [each for each in manager.find(name) if each.wheels]
    if not found:
        message = f"{name!r} says no `source:`, so there is nothing to install for it."
        raise click.UsageError(message)
    return found


def _install(session: Session, root: Path, wanted: Sequence[_Wanted]) -> None:
    """Bring the project's folder of wheels to what is wanted; after a fault it is as it was."""
    with reported(PACKAGES):
        target = place(root, PACKAGES)
        is_empty = not os.path.lexists(target) or (target.is_dir() and not any(target.iterdir()))
        if not (is_empty or (target / RECORD).is_file()):
            raise FILE_NOT_OURS.at(Location(PACKAGES), path=PACKAGES)
        # A name of this process: what a killed one started may be writing still.
        stage = target.with_name(f".plugins.{os.getpid()}.new")
        for left in target.parent.glob(".plugins.*.new"):
            remove_tree(left)
        try:
            if wanted:
                _fill(session, root, wanted, stage)
            replace_folder(root, PACKAGES, stage if wanted else None)
        finally:
            remove_tree(stage)
    write_private(_memory(root), _digest(root).encode())


def _fill(session: Session, root: Path, wanted: Sequence[_Wanted], stage: Path) -> None:
    raise_all([*_shadowing(wanted), *_other_files(root, wanted)])
    program = installer()
    session.say(f"{program.name} installs {counted(len(wanted), 'wheel')}")
    stage.mkdir(parents=True)
    try:
        program.install((each.wheel.line_for_pip(root) for each in wanted), stage)
    except InstallerError as error:
        each = next((each for each in wanted if error.is_about(each.wheel.name)), wanted[0])
        raise _refused(each, str(error), error.program, error.said) from error
    try:
        raise_all(_missing(wanted, stage))
    except UNREADABLE as error:
        raise _refused(wanted[0], f"the metadata of a wheel can't be read: {error}") from error
    lines = sorted(each.wheel.line for each in wanted)
    (stage / RECORD).write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")


def _shadowing(wanted: Iterable[_Wanted]) -> Iterator[LhpError]:
    for each in wanted:
        try:
            version = metadata.version(each.wheel.name)
        except (metadata.PackageNotFoundError, *UNREADABLE):
            continue
        installed = f"{each.wheel.name} {version}"
        yield SOURCE_SHADOWS.at(each.at, wheel=str(each.wheel), installed=installed)


def _other_files(root: Path, wanted: Iterable[_Wanted]) -> Iterator[LhpError]:
    """Yield those wheels on this disk that are not the ones that are named."""
    for each in wanted:
        file = each.wheel.file(root)
        if file is None:
            continue
        shown = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.as_posix()
        try:
            if shown != file.as_posix():
                place(root, shown)
            digest = sha256(read_regular(file))
        except OSError as error:
            yield _refused(each, f"{shown} can't be read: {error.strerror}")
        except LhpError as error:
            yield _refused(each, error.message)
        else:
            if digest not in each.wheel.hashes:
                reason = f"the hash of {shown} is sha256:{digest}, which `source` does not name"
                yield _refused(each, reason)


def _missing(wanted: Sequence[_Wanted], stage: Path) -> Iterator[LhpError]:
    """Yield what the installed wheels need, and what is neither among them nor beside lhp."""
    there = {
        normal_name(str(found.metadata["Name"])): found
        for found in metadata.distributions(path=[str(stage)])
    }
    here = [each for each in wanted if each.wheel.is_for_here]
    own = {each.wheel.name: each.wheel.version for each in here}
    for each in here:
        found = there.get(each.wheel.name)
        if found is None or _is_other(found.version, each.wheel.version):
            held = found.version if found else "nothing of that name"
            yield _refused(each, f"the wheel holds {held}")
            continue
        for needed in _needed(each.wheel, found.requires or ()):
            if reason := unmet(needed, own):
                values = {"wheel": str(each.wheel), "needed": str(needed), "reason": reason}
                yield SOURCE_NEEDS.at(each.at, **values)


def _is_other(version: str, wanted: str) -> bool:
    return canonicalize_version(version) != canonicalize_version(wanted)


def _needed(wheel: Wheel, listed: Iterable[str]) -> Iterator[Requirement]:
    """Yield what a wheel depends on here, with the extras that are asked for."""
    for needed in map(Requirement, listed):
        marker, extras = needed.marker, {"", *wheel.requirement.extras}
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            yield needed


def _refused(each: _Wanted, reason: str, program: str = "lhp", said: str = "") -> LhpError:
    advice = f"`-v` shows all that {program} said" if said else "ask who made the wheel which it is"
    values = {"program": program, "wheel": str(each.wheel), "reason": reason, "advice": advice}
    return SOURCE_REFUSED.at(each.at, **values, traceback=said)


def _is_as_installed(root: Path) -> bool:
    """Return True where the folder of wheels holds what this user installed there, and no more."""
    if not (root / PACKAGES / RECORD).is_file():
        return not installed_lines(root)
    known = read_private(_memory(root))
    return known is not None and known == _digest(root).encode()


def _memory(root: Path) -> Path:
    return file_for(root, "installed", ".digest")


def _digest(root: Path) -> str:
    """Return the digest of all that is in the folder of wheels; of nothing where it can't be read.

    The folder may come with a checkout, so what it says of itself is worth nothing.
    """
    files: dict[str, str] = {}
    try:
        for folder, folders, names in os.walk(root / PACKAGES):
            links = [each for each in folders if Path(folder, each).is_symlink()]
            files |= {Path(folder, each).as_posix(): "" for each in links}
            files |= {
                Path(folder, each).as_posix(): sha256(read_regular(Path(folder, each)))
                for each in names
            }
    except OSError:
        return ""
    return Sources(files).digest
