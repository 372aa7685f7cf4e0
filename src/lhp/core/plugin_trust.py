"""Decides whose plugin code may run.

Built-in plugins and those that installed distributions offer may. What else a project names, its
own code or any object of an installed module, may after a human approved it, or its place.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from lhp.core.installed import is_offered, normal_name
from lhp.core.manifest import Manifest, Origin
from lhp.core.modules import is_reserved
from lhp.core.verdict import TRUSTED, Verdict, is_of_project, plain_path

if TYPE_CHECKING:
    from lhp.core.modules import LocalModules
    from lhp.core.user_trust import UserTrust


class PluginTrustManager:
    """Says of each plugin whether its code may run; a blocked one never may.

    `is_off` is True where only plugins that come with lhp may run.

    Args:
        trusted_sources: Project paths, folders or distribution names whose plugins may run; None
            trusts whatever lhp.yaml declares.
        blocked_plugins: Names (`masking`), qualified names (`validator:masking`) or distributions
            that never run, whatever else is said.
    """

    def __init__(
        self,
        trusted_sources: Collection[str] | None = None,
        blocked_plugins: Collection[str] = (),
    ) -> None:
        self.trusted_sources = (
            None if trusted_sources is None else frozenset(map(plain_path, trusted_sources))
        )
        self.blocked_plugins = frozenset(map(normal_name, blocked_plugins))
        self.is_off = False

    def is_plugin_blocked(self, name: str, source: str) -> bool:
        """Return True when a plugin must never run.

        Args:
            name: Its name, alone or as `type:name`.
            source: The path or distribution (`acme-lhp 1.2`) that it comes from.
        """
        words = {name, name.rpartition(":")[2], source, _distribution_of(source)}
        return not self.blocked_plugins.isdisjoint(map(normal_name, words))

    def is_plugin_trusted(self, name: str, source: str) -> bool:
        """Return True when a plugin may run because of what it comes from.

        Args:
            name: Its name, alone or as `type:name`.
            source: The path or distribution (`acme-lhp 1.2`) that it comes from. Paths are
                compared part by part, so that `/code/a` does not trust `/code/a-evil`.
        """
        if self.is_plugin_blocked(name, source):
            return False
        if self.trusted_sources is None:
            return True
        place = PurePosixPath(plain_path(source))
        trusted = {str(path) for path in (place, *place.parents)} - {"."}
        distribution = normal_name(_distribution_of(source))
        known = {normal_name(item) for item in self.trusted_sources}
        is_known = bool(distribution) and distribution in known
        return is_known or not self.trusted_sources.isdisjoint(trusted)

    def verdict(self, manifest: Manifest, modules: LocalModules) -> Verdict:
        """Return whether a plugin may run; reads files and runs nothing.

        Args:
            manifest: The plugin.
            modules: Finds the modules of its project.
        """
        del modules
        if manifest.origin is Origin.BUILTIN:
            return TRUSTED
        names = {manifest.name, manifest.label or manifest.name}
        if any(self.is_plugin_blocked(_id(manifest, name), manifest.source) for name in names):
            return Verdict("blocked", "it is blocked")
        if self.is_plugin_trusted(manifest.qualified_name, manifest.source):
            return TRUSTED
        return Verdict("untrusted", f"its source {manifest.source!r} is not trusted")

    def refusal(self, file: Path, content: bytes) -> str:
        """Return why some bytes of the project may not run as code; empty when they may.

        Args:
            file: Where they were read.
            content: Those very bytes, which run when they may.
        """
        del file, content
        return ""


class AskingTrust(PluginTrustManager):
    """The gate of a project: what comes with it runs when its user approved it.

    Args:
        root: The project root; None outside a project.
        is_off: True lets nothing run that does not come with lhp.
    """

    def __init__(self, root: Path | None, *, is_off: bool = False) -> None:
        super().__init__(())
        self.root = root
        self.is_off = is_off
        self._verdicts: dict[object, Verdict] = {}

    @cached_property
    def user(self) -> UserTrust:
        """What the user decided; read when it is first asked for.

        Raises:
            LhpError: USER_FILE_UNUSABLE.
            LhpErrors: What is wrong with a policy.
        """
        from lhp.core.user_trust import UserTrust

        return UserTrust(self.root or Path())

    def verdict(self, manifest: Manifest, modules: LocalModules) -> Verdict:
        """Return whether a plugin may run; reads files and runs nothing."""
        key = (manifest.identity, manifest.location)
        if key not in self._verdicts:
            self._verdicts[key] = self._verdict(manifest, modules)
        return self._verdicts[key]

    def refusal(self, file: Path, content: bytes) -> str:
        """Return why some bytes of the project may not run as code; empty when they may."""
        return self.user.refusal(file, content)

    def needs_approval(self, manifest: Manifest, modules: LocalModules) -> bool:
        """Return True for a plugin that runs only when its user approved it, or its place."""
        if is_of_project(manifest, modules):
            return True
        if manifest.origin is Origin.BUILTIN or manifest.plugin_type.is_folder:
            return False
        is_named = self._policy.is_plugin_trusted(manifest.qualified_name, manifest.source)
        if not manifest.permissions and (is_named or is_offered(manifest)):
            return False
        # What is not there can't run, approved or not.
        return not is_reserved(manifest.module) and modules.find(manifest.module) is not None

    def forget(self) -> None:
        """Judge anew, because approvals changed."""
        self._verdicts.clear()
        for name in ("user", "_policy"):
            self.__dict__.pop(name, None)

    @cached_property
    def _policy(self) -> PluginTrustManager:
        return PluginTrustManager(self.user.trusted_sources, self.user.blocked)

    def _verdict(self, manifest: Manifest, modules: LocalModules) -> Verdict:
        if manifest.origin is Origin.BUILTIN:
            return TRUSTED
        if self.is_off:
            return Verdict("off", "this run uses no plugins but those of lhp")
        known = self._policy.verdict(manifest, modules)
        if known.word == "blocked":
            return known
        is_asked = self.needs_approval(manifest, modules)
        return self.user.verdict(manifest, modules) if is_asked else TRUSTED


def _id(manifest: Manifest, name: str) -> str:
    return f"{manifest.type}:{name}"


def _distribution_of(source: str) -> str:
    """Return the name in `acme-lhp 1.2`; empty for a path, which may hold spaces too."""
    words = source.split(" ")
    is_path = "/" in source or os.sep in source or source.endswith(".py")
    return words[0] if len(words) == 2 and not is_path else ""  # noqa: PLR2004  (name, version)
