"""The lock of a project: what each of its plugins is made of, for a team and its CI to share.

A lock says that plugins are the same as when it was written. It never says that they may run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Any, NamedTuple

from lhp.core.approvals import Approval
from lhp.core.plugin_sources import Sources
from lhp.errors import LOCK_BAD, Location
from lhp.values import frozen

LOCK_FILE = "lhp.lock"
_FORM = 1
_MOST_TOLD = 4
_NONE = "-"


class Installed(NamedTuple):
    """One installed distribution.

    Args:
        version: Of the distribution.
        tag: Which wheel of that version it came from, such as `py3-none-any`.
        digest: Of what its RECORD lists.
    """

    version: str
    tag: str
    digest: str

    @classmethod
    def read(cls, text: str) -> Installed:
        """Return what `str` gave.

        Raises:
            ValueError: It is nothing that `str` gives.
        """
        version, tag, digest = text.split(" ")
        return cls(version, tag, digest)

    def __str__(self) -> str:
        """Return the three with a space between."""
        return " ".join(part or _NONE for part in self)


@frozen
class Locked:
    """One plugin as the lock has it.

    Args:
        origin: Where it is declared: `config`, `directory` or `entry_point`.
        source: Its file, or its distribution with the version.
        target: The object that it is, as `object_of` gives it; empty for a folder.
        digest: Of its files; of what its distribution's RECORD lists.
        files: SHA-256 of each of its files, by path; empty for a distribution.
        options: SHA-256 of the schema of each of its options, by name; of the rest by `*`.
        permissions: What it asks for besides answering.
        needs: Installed distributions that it needs, by name: version, wheel and digest of each.
        wheels: What `source:` of its declaration names, hashes included, a line for each wheel.
    """

    origin: str
    source: str
    target: str
    digest: str
    files: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    permissions: Mapping[str, Any] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    wheels: Sequence[str] = ()


@frozen
class Lock:
    """All plugins of a project that do not come with lhp, by `type:name`."""

    plugins: Mapping[str, Locked] = field(default_factory=dict)

    @cached_property
    def approvals(self) -> Mapping[str, Approval]:
        """What approving the lock approves: the plugins that come with the project."""
        return {
            name: Approval(each.target, each.digest, each.files, permissions=each.permissions)
            for name, each in self.plugins.items()
            if each.files or each.permissions
        }

    def text(self) -> str:
        """Return the lock as it is kept: sorted, the same on every machine."""
        plugins = {name: vars(self.plugins[name]) for name in sorted(self.plugins)}
        return json.dumps({"lock": _FORM, "plugins": plugins}, indent=2, sort_keys=True) + "\n"


def read_lock(content: bytes) -> Lock:
    """Return a lock from the bytes of its file.

    Raises:
        LhpError: LOCK_BAD when it is none, or a digest in it is not that of its files.
    """
    try:
        data = json.loads(content)
        plugins = {str(name): _locked(each) for name, each in _plugins(data).items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else f"no {error}"
        raise LOCK_BAD.at(Location(LOCK_FILE), reason=reason) from error
    return Lock(plugins)


def differences(locked: Lock, now: Lock) -> Mapping[str, str]:
    """Return what is not as the lock says, by `type:name`, in words; empty when all is."""
    found: dict[str, str] = {}
    for name in sorted({*locked.plugins, *now.plugins}):
        if name not in now.plugins:
            found[name] = "it is locked, and there is none"
        elif name not in locked.plugins:
            found[name] = "it is not locked"
        elif reason := _difference(locked.plugins[name], now.plugins[name]):
            found[name] = reason
    return found


def _plugins(data: Mapping[str, Any]) -> Mapping[str, Any]:
    if data["lock"] != _FORM:
        message = f"it is of form {data['lock']!r}; this lhp knows {_FORM}"
        raise ValueError(message)
    plugins: Mapping[str, Any] = data["plugins"]
    return plugins


def _locked(entry: Mapping[str, Any]) -> Locked:
    known = Locked(**{**entry, "wheels": tuple(entry.get("wheels", ()))})
    files = known.files
    texts = [known.origin, known.source, known.target, known.digest, *known.wheels, *known.needs]
    texts += [
        each for mapping in (files, known.options) for entry in mapping.items() for each in entry
    ]
    if not all(isinstance(text, str) for text in texts):
        message = "its values have to be texts"
        raise ValueError(message)
    for needed in known.needs.values():
        Installed.read(needed)
    if files and Sources(files).digest != known.digest:
        message = f"the digest of {known.source} is not that of its files"
        raise ValueError(message)
    return known


def _changed(locked: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Yield what is not the same in two maps of digests: `mine/rules.py changed`."""
    words = {(True, True): "changed", (False, True): "is new", (True, False): "is gone"}
    for name in sorted({*locked, *now}):
        if locked.get(name) != now.get(name):
            yield f"{name} {words[name in locked, name in now]}"


def _option(told: str) -> str:
    name, _, what = told.partition(" ")
    return f"the option {name!r} {what}" if name != "*" else "what goes with its options changed"


def _difference(locked: Locked, now: Locked) -> str:
    if (locked.source, locked.target) != (now.source, now.target):
        is_now, was = (
            " from ".join(filter(None, [each.target, each.source])) for each in (now, locked)
        )
        return f"it is {is_now}, and {was} is locked"
    changed = [*_changed(locked.files, now.files)]
    changed += [_option(each) for each in _changed(locked.options, now.options)]
    if changed:
        more = f", and {len(changed) - _MOST_TOLD} more" if changed[_MOST_TOLD:] else ""
        return ", ".join(changed[:_MOST_TOLD]) + more
    others = {
        "its `source` names other wheels, or other hashes of them": locked.wheels != now.wheels,
        f"what is installed as {now.source} is not what is locked": locked.digest != now.digest,
        "what it asks for changed": locked.permissions != now.permissions,
        f"it comes by {now.origin}, and {locked.origin} is locked": locked.origin != now.origin,
        (needed := _need_difference(locked.needs, now.needs)): bool(needed),
    }
    return next((words for words, is_so in others.items() if is_so), "")


def _need_difference(locked: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return in words which distribution is not the one that is locked; empty when all are.

    What one platform needs and another does not is passed over, and so are the bytes of a wheel
    that is for another platform than the locked one.
    """
    for name in sorted(locked.keys() & now.keys()):
        was, is_now = Installed.read(locked[name]), Installed.read(now[name])
        if was.version != is_now.version:
            return f"{name} {is_now.version} is installed, and {was.version} is locked"
        if was.tag == is_now.tag and was.digest != is_now.digest:
            return f"what is installed as {name} {is_now.version} is not what is locked"
    return ""
