"""Brings the disk in line with a run's outputs, touching only files that lhp wrote itself."""

from __future__ import annotations

import difflib
import os
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import IO, Literal

from lhp.errors import (
    FILE_EDITED,
    FILE_EDITED_STALE,
    FILE_NOT_OURS,
    FILE_UNRECORDED,
    OUTPUT_NOT_UTF8,
    OUTPUT_TWICE,
    RUN_LOCKED,
    LhpError,
    Location,
    raise_all,
)
from lhp.model.flowgroup import Output
from lhp.passes.collect import Problems
from lhp.passes.state import (
    SIGNATURE,
    Record,
    State,
    place,
    read_file,
    records_of_others,
    remove_file,
    replace_file,
    reported,
    sha256,
)
from lhp.values import frozen

if sys.platform == "win32":  # pragma: no cover
    import msvcrt
else:
    import fcntl

ChangeKind = Literal["new", "changed", "same", "stale", "edited", "unrecorded", "foreign"]

_LOCK = ".lhp/lock"
_RETRY_SECONDS = 0.05
_HEADER_LINES = 20


@frozen
class Change:
    """What a run would do to one file.

    Args:
        path: Relative to the project root with `/`.
        kind: `new`, `changed` and `same` compare it with the disk; `stale` is ours and no longer
            generated; `edited` is ours and was changed by hand; `unrecorded` says that lhp made
            it, but no state knows it; `foreign` was never ours.
        old: What is on the disk; None when nothing is.
        text: What the run would write; None when it would remove the file.
        pipeline: The pipeline that it belongs to.
        is_current: True for one that is known to be on the disk; then neither text is at hand.
    """

    path: str
    kind: ChangeKind
    old: str | None
    text: str | None
    pipeline: str = ""
    is_current: bool = False

    def problem(self, *, force: bool) -> LhpError | None:
        """Return why this change must not be made, or None."""
        at = Location(self.path)
        if self.kind == "foreign":
            return FILE_NOT_OURS.at(at, path=self.path)
        if force or self.kind not in ("edited", "unrecorded"):
            return None
        if self.kind == "unrecorded":
            return FILE_UNRECORDED.at(at, path=self.path)
        code = FILE_EDITED_STALE if self.text is None else FILE_EDITED
        return code.at(at, path=self.path)


@frozen
class Plan:
    """What a run would do.

    Args:
        changes: All of them, sorted by path.
        released: Files that stay because another environment generates them, but not this one.
    """

    changes: tuple[Change, ...] = ()
    released: tuple[str, ...] = ()

    @property
    def is_idle(self) -> bool:
        """True when the disk and the state are known to be as they should be."""
        return not self.released and all(change.is_current for change in self.changes)

    @property
    def pending(self) -> tuple[Change, ...]:
        """The changes that would alter the disk."""
        return tuple(change for change in self.changes if change.kind != "same")

    def problems(self, *, force: bool = False) -> tuple[LhpError, ...]:
        """Return why the plan must not be written; with `force`, only foreign files are."""
        found = (change.problem(force=force) for change in self.changes)
        return tuple(problem for problem in found if problem)


def plan(root: Path, env: str, outputs: Sequence[Output], *, only: str | None = None) -> Plan:
    """Compare a run's outputs with the disk; changes nothing.

    Args:
        root: The project's folder.
        env: The environment. A file is ours when its state or that of another one knows it.
        outputs: Every file of the run.
        only: A pipeline's name: files of all others are left alone, None takes all.

    Raises:
        LhpErrors: Outputs that no file can hold, that meet in one file, or whose files can't be
            read.
    """
    wanted = {output.path: output for output in outputs if only in (None, output.pipeline)}
    own, others = State.read(root, env).files, records_of_others(root, env)
    known = {path: [*others.get(path, ())] for path in {*own, *others}}
    for path, record in own.items():
        known[path].append(record)
    renamed = _renamed(root, known, wanted)
    folders = _Folders(root)

    def compared(output: Output) -> Change:
        path = output.path
        return _compare(root, output, known.get(renamed.get(path, path), ()), folders)

    problems = Problems()
    made = problems.each(compared, wanted.values())
    raise_all((*_twice(outputs), *problems.found))
    made_again = {*wanted, *renamed.values()}
    left = [
        path
        for path, record in own.items()
        if only in (None, record.pipeline) and path not in made_again
    ]
    released = [path for path in left if any(each.is_wanted for each in others.get(path, ()))]
    gone = [_leftover(root, path, known[path]) for path in left if path not in released]
    changes = (*made, *(change for change in gone if change))
    return Plan(tuple(sorted(changes, key=lambda change: change.path)), tuple(released))


def unchanged(outputs: Sequence[Output]) -> Plan:
    """Return the plan of a run whose outputs are all known to be on the disk, and nothing else.

    Args:
        outputs: Every file of the run.
    """
    return Plan(tuple(map(_current, outputs)))


def write(root: Path, env: str, plan: Plan, *, force: bool = False) -> tuple[Change, ...]:
    """Carry out a plan file by file, each atomically, and return the changes made.

    Args:
        root: The project's folder.
        env: The environment that the plan was made for.
        plan: From `plan()`; nothing is touched when it has problems.
        force: Overwrite or remove files of ours that were edited by hand, and overwrite those that
            only their first lines tell to be ours.

    Raises:
        LhpErrors: FILE_EDITED, FILE_EDITED_STALE, FILE_UNRECORDED, FILE_NOT_OURS: nothing was
            touched.
        LhpError: WRITE_FAILED: what was done until then is recorded, the rest is as it was.
    """
    raise_all(plan.problems(force=force))
    records = dict(State.read(root, env).files)
    records.update({path: replace(records[path], is_wanted=False) for path in plan.released})
    wanted = [change for change in plan.changes if change.text is not None]
    new = (change for change in wanted if not change.is_current)
    records.update({change.path: _intent(root, change) for change in new})
    intended = dict(records)
    if plan.pending:
        State(intended).write(root, env)
    try:
        # Removals last: a run that fails has then lost nothing.
        for change in sorted(plan.pending, key=lambda change: change.text is None):
            if change.text is None:
                remove_file(root, change.path, keep=f"generated/{env}")
            else:
                replace_file(root, change.path, _encoded(change.text))
                if records[change.path].before:
                    records[change.path] = replace(records[change.path], before="")
    finally:
        done = _on_disk(root, records, plan)
        if not plan.pending or done != intended:
            State(done).write(root, env)
    return plan.pending


def diff_text(change: Change) -> str:
    """Return a change as a unified diff that `git apply` takes; empty when nothing changes."""
    lines = difflib.unified_diff(
        [*StringIO(change.old or "", newline="\n")],
        [*StringIO(change.text or "", newline="\n")],
        "/dev/null" if change.old is None else f"a/{change.path}",
        "/dev/null" if change.text is None else f"b/{change.path}",
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


@contextmanager
def run_lock(
    root: Path,
    *,
    file: str = _LOCK,
    wait_seconds: float = 60.0,
    on_wait: Callable[[], object] = lambda: None,
) -> Iterator[None]:
    """Let one run at a time change a project; the system frees the lock when a process dies.

    Args:
        root: The project's folder.
        file: The lock, relative to that.
        wait_seconds: How long to wait for another run before giving up.
        on_wait: Called once when there is another run to wait for.

    Raises:
        LhpError: RUN_LOCKED when the other run is still at work after that time.
    """
    with reported(file):
        path = place(root, file)
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("ab")
    with lock:
        give_up = time.monotonic() + wait_seconds
        waiting = False
        while not _locked(lock):
            if time.monotonic() >= give_up:
                raise RUN_LOCKED.at(Location(file), seconds=f"{wait_seconds:g}")
            if not waiting:
                on_wait()
            waiting = True
            time.sleep(_RETRY_SECONDS)
        yield


def _locked(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":  # pragma: no cover
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _current(output: Output) -> Change:
    return Change(output.path, "same", "", "", output.pipeline, is_current=True)


class _Folders:
    """What stands in the folders that outputs go to, each looked at once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names: dict[str, frozenset[str] | None] = {}

    def may_hold(self, path: str) -> bool:
        """Return False where nothing of that name is there, on a disk with or without case."""
        folder, _, name = path.rpartition("/")
        if folder not in self._names:
            self._names[folder] = self._listed(folder)
        names = self._names[folder]
        return names is None or _folded(name) in names

    def _listed(self, folder: str) -> frozenset[str] | None:
        try:
            return frozenset(map(_folded, os.listdir(self._root / folder)))  # noqa: PTH208  (names alone)
        except FileNotFoundError:
            return frozenset()
        except OSError:  # whoever reads the file tells why
            return None


def _compare(root: Path, output: Output, records: Sequence[Record], folders: _Folders) -> Change:
    if output.is_current:
        return _current(output)
    is_there = folders.may_hold(output.path)
    is_folder = is_there and os.path.isdir(f"{root}/{output.path}")  # noqa: PTH112  (there are many)
    content = None
    if is_there and not is_folder:
        content = read_file(root, output.path)
    else:
        place(root, output.path)
    new = _possible(output)
    kind: ChangeKind = "foreign"
    if content == new:
        kind = "same"
    elif content is not None:
        kind = _standing(content, records, "changed")
    elif not is_folder:
        kind = "new"
    return Change(output.path, kind, _decoded(content), new.decode(), output.pipeline)


def _leftover(root: Path, path: str, records: Sequence[Record]) -> Change | None:
    content = None if (root / path).is_dir() else read_file(root, path)
    if content is None:
        return None
    kind = _standing(content, records, "stale")
    return Change(path, kind, _decoded(content), None, records[-1].pipeline)


def _standing(content: bytes, records: Sequence[Record], untouched: ChangeKind) -> ChangeKind:
    if records:
        return untouched if any(each.matches(content) for each in records) else "edited"
    first_lines = content.decode(errors="replace").split("\n")[:_HEADER_LINES]
    is_signed = any(line.startswith(SIGNATURE) for line in first_lines)
    return "unrecorded" if is_signed else "foreign"


def _intent(root: Path, change: Change) -> Record:
    is_there = change.old is not None and change.kind != "same"
    content = read_file(root, change.path) if is_there else None
    before = "" if content is None else sha256(content)
    return Record(sha256(_encoded(change.text or "")), change.pipeline, before)


def _on_disk(root: Path, records: Mapping[str, Record], plan: Plan) -> dict[str, Record]:
    written = [change.path for change in plan.changes if change.text is not None]
    gone = {*_renamed(root, records, written).values()}
    current = {change.path for change in plan.changes if change.is_current}
    return {
        path: record
        for path, record in records.items()
        if path not in gone and (path in current or os.path.isfile(f"{root}/{path}"))  # noqa: PTH113  (there are many)
    }


def _renamed(root: Path, files: Iterable[str], wanted: Iterable[str]) -> dict[str, str]:
    """Return new name -> recorded name of files that a disk without case takes for one."""
    folded = {_folded(path): path for path in wanted}
    pairs = ((folded.get(_folded(path), path), path) for path in files)
    return {new: old for new, old in pairs if new != old and _is_one_file(root / new, root / old)}


def _is_one_file(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _folded(path: str) -> str:
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()


def _twice(outputs: Iterable[Output]) -> Iterator[LhpError]:
    seen: dict[str, Output] = {}
    for output in outputs:
        first = seen.setdefault(_folded(output.path), output)
        if first is not output:
            at = Location(next(iter(output.sources), output.path))
            yield OUTPUT_TWICE.at(at, path=output.path, other=first.path)


def _possible(output: Output) -> bytes:
    try:
        return _encoded(output.text)
    except UnicodeEncodeError as error:
        character = f"U+{ord(error.object[error.start]):04X}"
        at = Location(output.path)
        raise OUTPUT_NOT_UTF8.at(at, path=output.path, character=character) from None


def _encoded(text: str) -> bytes:
    return text.replace("\r\n", "\n").encode()


def _decoded(content: bytes | None) -> str | None:
    return None if content is None else content.decode(errors="replace")
