"""Whether a plugin may run, and how plugins are called where that is kept."""

from __future__ import annotations

import os
import posixpath
from dataclasses import replace

from lhp.core.manifest import Manifest, Origin
from lhp.core.modules import LocalModules
from lhp.values import frozen


@frozen
class Verdict:
    """Whether a plugin may run.

    Args:
        word: `trusted`, `unpinned` (trusted by its place, whatever its bytes), `pending`,
            `changed`, `blocked`, `untrusted` or `off`.
        reason: Why it may not; empty when it may.
    """

    word: str
    reason: str = ""

    @property
    def may_run(self) -> bool:
        """True when its code may be imported."""
        return self.word in ("trusted", "unpinned")

    @property
    def can_be_approved(self) -> bool:
        """True when nothing but a human's approval is missing."""
        return self.word in ("pending", "changed")


TRUSTED = Verdict("trusted")


def is_of_project(manifest: Manifest, modules: LocalModules) -> bool:
    """Return True for code that came with a project, rather than by an installer.

    Folders of templates and macros hold no code: they are read as the project's own are.
    """
    if manifest.plugin_type.is_folder or manifest.origin in (Origin.BUILTIN, Origin.ENTRY_POINT):
        return False
    if manifest.origin is Origin.DIRECTORY:
        return True
    found = modules.find(manifest.module) if manifest.module else None
    return found is not None and found.is_local


def is_isolated(manifest: Manifest) -> bool:
    """Return True for a plugin that lives in a sandbox: code that does not come with lhp.

    A command runs with all the rights of its user.
    """
    in_host = manifest.plugin_type.is_folder or manifest.type == "cli_command"
    return not in_host and manifest.origin is not Origin.BUILTIN


def trust_id(manifest: Manifest) -> str:
    """Return what approvals and locks call a plugin: `type:name`, as it is declared."""
    return f"{manifest.type}:{manifest.label or manifest.name}"


def object_of(manifest: Manifest) -> str:
    """Return the object that approvals and locks let run: `module:attribute`, `file:attribute`.

    The functions of one dict are approved together.
    """
    return replace(manifest, item="").target


def plain_path(source: str) -> str:
    """Return a path in the form in which equal paths are equal."""
    return posixpath.normpath(os.path.expanduser(source).replace(os.sep, "/"))  # noqa: PTH111  (a text)
