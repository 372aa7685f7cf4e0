"""Files of the user, outside of every project: what they approved, and their policy."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from lhp.errors import USER_FILE_UNUSABLE, Location
from lhp.text.regular import read_regular

if sys.platform != "win32":
    import fcntl

FOLDER_VARIABLE = "LHP_USER_DIR"
_APP = "lhp"


def state_folder() -> Path:
    """Return the folder of what lhp remembers for this user.

    Raises:
        LhpError: USER_FILE_UNUSABLE when this user has no folder of their own.

    Source: platformdirs, "user_state_path"; the environment variable `LHP_USER_DIR` wins.
    """
    given = os.environ.get(FOLDER_VARIABLE)
    folder = Path(given) if given else platformdirs.user_state_path(_APP, appauthor=False)
    return _own(folder)


def file_for(root: Path, folder: str, suffix: str) -> Path:
    """Return where lhp remembers something of one project.

    Args:
        root: The project root.
        folder: What it remembers.
        suffix: Of the file.

    Raises:
        LhpError: USER_FILE_UNUSABLE when this user has no folder of their own.
    """
    whole = root.resolve()
    digest = hashlib.sha256(str(whole).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return state_folder() / folder / f"{whole.name or 'project'}-{digest}{suffix}"


def policy_files() -> tuple[Path, ...]:
    """Return where policies are, the machine's before the user's.

    Raises:
        LhpError: USER_FILE_UNUSABLE when this user has no folder of their own.
    """
    given = os.environ.get(FOLDER_VARIABLE)
    own = Path(given) if given else platformdirs.user_config_path(_APP, appauthor=False)
    whole = platformdirs.site_config_path(_APP, appauthor=False)
    return (_own(whole) / "policy.yaml", _own(own) / "policy.yaml")


def _own(folder: Path) -> Path:
    # Below the current folder it could be the project's, and the project could approve itself.
    if not folder.is_absolute():
        raise unusable(folder, f"it is no absolute path; set {FOLDER_VARIABLE} to one")
    return folder


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Keep other processes of this user from changing what lhp remembers meanwhile.

    Raises:
        LhpError: USER_FILE_UNUSABLE.
    """
    file = state_folder() / ".lock"
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = file.open("ab")
    except OSError as error:
        raise unusable(file, error.strerror or str(error)) from error
    with lock:
        if sys.platform != "win32":
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read_private(file: Path) -> bytes | None:
    """Return a file's content; None when there is none.

    Raises:
        LhpError: USER_FILE_UNUSABLE.
    """
    try:
        return read_regular(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unusable(file, error.strerror or str(error)) from error


def write_private(file: Path, content: bytes) -> None:
    """Make a file hold this content, for this user alone; readers see the old or the new one.

    Raises:
        LhpError: USER_FILE_UNUSABLE.
    """
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary.unlink(missing_ok=True)
        try:
            with os.fdopen(
                os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as out:
                out.write(content)
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise unusable(file, error.strerror or str(error)) from error


def unusable(file: Path, reason: str) -> Exception:
    """Return the error that a file of the user can't be used."""
    return USER_FILE_UNUSABLE.at(Location(file.as_posix()), path=file.as_posix(), reason=reason)
