"""Who ran what, and when: one line of JSON for each event, each with the hash of the one before.

It tells afterwards; it prevents nothing. No value of an option, no environment and no code is ever
part of it. The chain shows changes inside the file; that its end was cut off shows only to who
kept the hash of the last line.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

from lhp.core.user_files import file_for, unusable
from lhp.values import frozen
from lhp.version import VERSION

if sys.platform != "win32":
    import fcntl

_FORM = 1
_TAIL = 1 << 16
_FIRST = "0" * 64


def audit_file(root: Path) -> Path:
    """Return where the events of a project are kept."""
    return file_for(root, "audit", ".jsonl")


class Audit:
    """Writes the events of one run.

    Args:
        file: Where they are kept.
        project: Path of the project.
    """

    def __init__(self, file: Path, project: Path) -> None:
        self._file = file
        self._project = project.as_posix()
        self._run = uuid4().hex[:12]
        self._version = VERSION
        self.head = ""

    def note(self, event: str, **facts: Any) -> None:
        """Add one event.

        Args:
            event: What happened, such as `trust.granted`.
            facts: Plain data: names, digests, outcomes.

        Raises:
            LhpError: USER_FILE_UNUSABLE.
        """
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        about = {"v": _FORM, "ts": now, "run": self._run, "lhp": self._version}
        line = {**about, "project": self._project, "event": event, **facts}
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            opened = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(opened, "r+b") as file:
                if sys.platform != "win32":
                    fcntl.flock(file, fcntl.LOCK_EX)
                self.head = _append(file, line)
        except OSError as error:
            raise unusable(self._file, error.strerror or str(error)) from error


def _append(file: Any, line: Mapping[str, Any]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    last = _parsed(file.read(_TAIL).rstrip(b"\n").rpartition(b"\n")[2])
    chained = {"seq": last.get("seq", 0) + 1, **line, "prev": last.get("hash", _FIRST)}
    digest = _hash(chained)
    file.write(json.dumps({**chained, "hash": digest}).encode() + b"\n")
    file.flush()
    return digest


def _parsed(line: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(line or b"{}")
    except (ValueError, RecursionError):
        return {}
    is_event = isinstance(found, dict) and isinstance(found.get("seq", 0), int)
    return found if is_event else {}


def _hash(line: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(line).encode()).hexdigest()


@frozen
class Read:
    """One line of an audit file.

    Args:
        number: Counted from 1.
        event: What it says; empty where it is none.
        fault: What is wrong with it; empty when nothing is.
    """

    number: int
    event: Mapping[str, Any]
    fault: str = ""


def read_audit(content: bytes) -> Iterator[Read]:
    """Yield each line of an audit file, with what breaks the chain.

    Args:
        content: The whole file.
    """
    before, seq = _FIRST, 0
    for number, text in enumerate(content.splitlines(), 1):
        event = dict(_parsed(text))
        digest = event.pop("hash", "")
        if not event or digest != _hash(event):
            yield Read(number, event, "it was changed after it was written")
        elif event.get("prev") != before or event.get("seq") != seq + 1:
            yield Read(number, event, "lines before it were changed, added or taken out")
        else:
            yield Read(number, {**event, "hash": digest})
        before, seq = digest, event.get("seq", seq + 1)
