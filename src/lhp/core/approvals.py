"""What the user approved: the bytes of each plugin of a project, kept outside of the project."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

from lhp.core.manifest import Manifest
from lhp.core.permissions import Permissions
from lhp.core.plugin_sources import Sources
from lhp.core.user_files import alone, read_private, state_folder, unusable, write_private
from lhp.core.verdict import object_of, trust_id
from lhp.errors import LhpError
from lhp.values import frozen
from lhp.version import VERSION

STORE = "trust.json"
_FORM = 1
_TEXTS = "approved"
_MOST_KEPT = 200_000


@frozen
class Approval:
    """One plugin that a human approved.

    Args:
        target: The object that was approved, as `object_of` gives it.
        digest: Of its files, as `Sources` gives it.
        files: SHA-256 of each file by its path.
        time: When, in UTC, as ISO 8601.
        permissions: What it may do besides answering, as `Permissions` gives it.
    """

    target: str
    digest: str
    files: Mapping[str, str] = field(default_factory=dict)
    time: str = ""
    permissions: Mapping[str, Any] = field(default_factory=dict)


class Approvals:
    """What is approved in one project, and what is blocked in all.

    Args:
        root: The project root.
    """

    def __init__(self, root: Path) -> None:
        self._project = str(root.resolve())

    @cached_property
    def approved(self) -> Mapping[str, Approval]:
        """What is approved in this project, by `type:name`.

        Raises:
            LhpError: USER_FILE_UNUSABLE.
        """
        entries = _read()["projects"].get(self._project, {})
        return {name: Approval(**entry) for name, entry in entries.items()}

    @cached_property
    def blocked(self) -> frozenset[str]:
        """What never runs, whatever the project."""
        return frozenset(_read()["blocked"])

    def approve(self, manifest: Manifest, sources: Sources) -> None:
        """Let a plugin run as long as its files are these, and it asks for no more than now.

        Args:
            manifest: Its declaration.
            sources: Its files, with their content.

        Raises:
            LhpError: USER_FILE_UNUSABLE.
        """
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        files, allowed = dict(sources.files), Permissions.asked_by(manifest).as_data()
        approval = Approval(object_of(manifest), sources.digest, files, now, allowed)
        self._change(trust_id(manifest), vars(approval))
        for path, text in sources.texts.items():
            if len(text) <= _MOST_KEPT:
                with contextlib.suppress(LhpError):  # it only shows what changed since
                    write_private(_text_file(sources.files[path]), text)

    def revoke(self, name: str) -> None:
        """Take an approval back.

        Raises:
            LhpError: USER_FILE_UNUSABLE.
        """
        self._change(name, None)

    def set_blocked(self, name: str, *, is_blocked: bool) -> None:
        """Say of a name, a `type:name`, a distribution or a digest whether it may ever run.

        Raises:
            LhpError: USER_FILE_UNUSABLE.
        """
        with alone():
            data = _read()
            others = {*data["blocked"]} - {name}
            data["blocked"] = sorted(others | ({name} if is_blocked else set()))
            self._write(data)

    def text_of(self, digest: str) -> bytes | None:
        """Return the content of an approved file by its SHA-256; None when it was not kept."""
        try:
            return read_private(_text_file(digest))
        except LhpError:
            return None

    def _change(self, name: str, entry: Mapping[str, Any] | None) -> None:
        with alone():
            data = _read()
            entries = data["projects"].setdefault(self._project, {})
            entries.pop(name, None)
            if entry is not None:
                entries[name] = entry
            if not entries:
                del data["projects"][self._project]
            self._write(data)

    def _write(self, data: Mapping[str, Any]) -> None:
        data = {"form": _FORM, "lhp": VERSION, **data}
        text = json.dumps(data, indent=1, sort_keys=True)
        write_private(state_folder() / STORE, text.encode())
        for name in ("approved", "blocked"):
            self.__dict__.pop(name, None)


def _read() -> dict[str, Any]:
    """Return the store; one that can't be understood approves nothing and is not overwritten."""
    file = state_folder() / STORE
    content = read_private(file)
    if content is None:
        return {"projects": {}, "blocked": []}
    try:
        data = json.loads(content)
        projects = {
            project: {name: vars(_approval(entry)) for name, entry in entries.items()}
            for project, entries in data["projects"].items()
        }
        return {"projects": projects, "blocked": [str(each) for each in data["blocked"]]}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise unusable(file, f"it is no store of approvals ({error})") from error


def _approval(entry: Mapping[str, Any]) -> Approval:
    files = {str(path): str(digest) for path, digest in entry["files"].items()}
    granted = Permissions.of(entry.get("permissions", {})).as_data()
    target, digest, time = (str(entry.get(key, "")) for key in ("target", "digest", "time"))
    approval = Approval(target, digest, files, time, granted)
    if Sources(files).digest != approval.digest:
        message = "a digest is not that of its files"
        raise ValueError(message)
    return approval


def _text_file(digest: str) -> Path:
    return state_folder() / _TEXTS / digest
