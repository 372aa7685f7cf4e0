"""Decides whose plugin code may be imported."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Collection
from pathlib import PurePosixPath


class PluginTrustManager:
    """Says of each plugin whether its code may run; a blocked one never may.

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
            None if trusted_sources is None else frozenset(map(_path, trusted_sources))
        )
        self.blocked_plugins = frozenset(map(_distribution, blocked_plugins))

    def is_plugin_blocked(self, name: str, source: str) -> bool:
        """Return True when a plugin must never run.

        Args:
            name: Its name, alone or as `type:name`.
            source: The path or distribution (`acme-lhp 1.2`) that it comes from.
        """
        words = {name, name.rpartition(":")[2], source, _distribution_of(source)}
        return not self.blocked_plugins.isdisjoint(map(_distribution, words))

    def is_plugin_trusted(self, name: str, source: str) -> bool:
        """Return True when a plugin's code may be imported.

        Args:
            name: Its name, alone or as `type:name`.
            source: The path or distribution (`acme-lhp 1.2`) that it comes from. Paths are
                compared part by part, so that `/code/a` does not trust `/code/a-evil`.
        """
        if self.is_plugin_blocked(name, source):
            return False
        if self.trusted_sources is None:
            return True
        place = PurePosixPath(_path(source))
        trusted = {str(path) for path in (place, *place.parents)} - {"."}
        distribution = _distribution(_distribution_of(source))
        known = {_distribution(item) for item in self.trusted_sources}
        is_known = bool(distribution) and distribution in known
        return is_known or not self.trusted_sources.isdisjoint(trusted)


def _distribution_of(source: str) -> str:
    """Return the name in `acme-lhp 1.2`; empty for a path, which may hold spaces too."""
    words = source.split(" ")
    is_path = "/" in source or os.sep in source or source.endswith(".py")
    return words[0] if len(words) == 2 and not is_path else ""  # noqa: PLR2004  (name, version)


def _path(source: str) -> str:
    return posixpath.normpath(os.path.expanduser(source).replace(os.sep, "/"))  # noqa: PTH111  (a text)


def _distribution(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
