"""What one user decided about the plugins that come with one project."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from lhp.core.approvals import Approval, Approvals
from lhp.core.lock import LOCK_FILE, read_lock
from lhp.core.manifest import Manifest, Origin
from lhp.core.modules import LocalModules
from lhp.core.permissions import Permissions
from lhp.core.plugin_sources import changed_files, is_digest, refusal, sha256, sources_of
from lhp.core.policy import read_policy
from lhp.core.user_files import state_folder
from lhp.core.verdict import (
    TRUSTED,
    Verdict,
    is_of_project,
    object_of,
    plain_path,
    trust_id,
)
from lhp.text.regular import read_regular

LOCK_VARIABLE = "LHP_TRUST"


class UserTrust:
    """The user's policy and approvals, and the lock whose digest the user gave.

    Args:
        root: The project root.

    Raises:
        LhpError: USER_FILE_UNUSABLE, LOCK_BAD.
        LhpErrors: What is wrong with a policy.
    """

    def __init__(self, root: Path) -> None:
        policy = read_policy()
        self.approvals = Approvals(root)
        self.blocked = policy.blocked | self.approvals.blocked
        self.trusted_sources = policy.trusted_sources
        self.requires_kernel = policy.requires_kernel
        self._root = root
        self._places = frozenset(map(plain_path, policy.trusted_sources))
        self._allowed: dict[str, str] = {}

    @property
    def folder(self) -> str:
        """Where approvals are kept."""
        return state_folder().as_posix()

    def verdict(self, manifest: Manifest, modules: LocalModules) -> Verdict:
        """Return whether a plugin may run that does so only when its user approved it.

        Args:
            manifest: The plugin.
            modules: Finds the modules of its project.
        """
        if self._is_blocked(manifest, modules):
            return Verdict("blocked", "its bytes are blocked")
        if self._is_of_trusted_place(manifest):
            return Verdict("unpinned")
        known = self.pinned.get(trust_id(manifest))
        if known is None:
            return Verdict("pending", "nobody approved it yet")
        return self._of_bytes(manifest, known)

    def refusal(self, file: Path, content: bytes) -> str:
        """Return why some bytes may not run as code; empty when they may.

        Only files of a plugin whose verdict is `trusted` may, and those of a trusted place.

        Args:
            file: Where they were read.
            content: Those very bytes.
        """
        return "" if self._has_trusted_place(file) else refusal(self._allowed, file, content)

    def _is_blocked(self, manifest: Manifest, modules: LocalModules) -> bool:
        if not any(map(is_digest, self.blocked)) or not is_of_project(manifest, modules):
            return False
        try:
            return sources_of(manifest, modules, self._root).digest in self.blocked
        except ValueError:
            return True  # nobody can tell

    def _is_of_trusted_place(self, manifest: Manifest) -> bool:
        """Return True where its code is trusted, and who declares it may say what it may do."""
        if manifest.file is None or not self._has_trusted_place(manifest.file):
            return False
        declared = manifest.permissions or manifest.origin is Origin.CONFIG
        at = manifest.location
        return not declared or at is None or self._has_trusted_place(self._root / at.path)

    def _of_bytes(self, manifest: Manifest, known: Approval) -> Verdict:
        if known.target != object_of(manifest):
            return Verdict("changed", f"it was {known.target} when it was approved")
        changed = changed_files(known.files, self._root)
        if changed:
            more = f" and {len(changed) - 1} more" if changed[1:] else ""
            return Verdict("changed", f"{changed[0]}{more} changed since it was approved")
        real = os.path.realpath
        files = {real(self._root / path): digest for path, digest in known.files.items()}
        if files and manifest.file and real(manifest.file) not in files:
            return Verdict("changed", "it was another file when it was approved")
        wider = [*Permissions.asked_by(manifest).beyond(Permissions.of(known.permissions))]
        if wider:
            return Verdict("changed", f"it wants more than was approved: it {', '.join(wider)}")
        self._allowed |= files
        return TRUSTED

    def _has_trusted_place(self, file: Path) -> bool:
        places = {plain_path(str(each)) for each in (file, os.path.realpath(file))}
        above = {str(up) for place in places for up in PurePosixPath(place).parents} | places
        return not self._places.isdisjoint(above)

    @cached_property
    def pinned(self) -> Mapping[str, Approval]:
        """What was approved, by `type:name`: by an approval, else by the lock."""
        lock = read_lock(self._given_lock).approvals if self._given_lock else {}
        return {**lock, **self.approvals.approved}

    @property
    def is_lock_another(self) -> bool:
        """True when the user gave a digest of a lock, and there is no such lock."""
        return bool(_given_digest()) and not self._given_lock

    @cached_property
    def _given_lock(self) -> bytes:
        """The lock whose very digest the user gave; nothing where there is no such lock."""
        wanted, file = _given_digest(), self._root / LOCK_FILE
        content = read_regular(file) if wanted and file.is_file() else b""
        return content if content and sha256(content) == wanted else b""


def _given_digest() -> str:
    return os.environ.get(LOCK_VARIABLE, "").strip().removeprefix("sha256:").lower()
