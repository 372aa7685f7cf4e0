"""What a plugin may do besides answering: asked for in its declaration, granted by an approval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lhp.core.manifest import Manifest

_MEMORY_MB, _IMPORT_SECONDS, _CALL_SECONDS = 1024, 30.0, 10.0
_MOST = 1 << 20
"""Of any limit."""


@dataclass(frozen=True)
class Permissions:
    """What a plugin may do; nothing but answer by default.

    Args:
        read: Patterns of project files that it may read by itself.
        env: Names of environment variables that it may see.
        net: True when it may use the network.
        memory_mb: Most memory that it may take, in MiB.
        import_seconds: Most time to import it.
        call_seconds: Most time for one call.
        is_isolated: False when it runs in the process of lhp, with all rights of its user.
    """

    read: frozenset[str] = frozenset()
    env: frozenset[str] = frozenset()
    net: bool = False
    memory_mb: int = _MEMORY_MB
    import_seconds: float = _IMPORT_SECONDS
    call_seconds: float = _CALL_SECONDS
    is_isolated: bool = True

    @classmethod
    def asked_by(cls, manifest: Manifest) -> Permissions:
        """Return what the declaration of a plugin asks for."""
        return cls.of(manifest.permissions)

    @classmethod
    def of(cls, data: Any) -> Permissions:
        """Return permissions as declared, or as `as_data` gave them.

        What has the wrong shape asks for nothing; that it has is told elsewhere.
        """
        data = data if isinstance(data, Mapping) else {}
        limits = data.get("time_s")
        limits = limits if isinstance(limits, Mapping) else {}
        return cls(
            frozenset(filter(_is_in_project, _texts(data.get("read")))),
            _texts(data.get("env")),
            data.get("net") is True,
            int(_number(data.get("memory_mb"), _MEMORY_MB)),
            _number(limits.get("import"), _IMPORT_SECONDS),
            _number(limits.get("call"), _CALL_SECONDS),
            data.get("isolation") != "none",
        )

    def as_data(self) -> dict[str, Any]:
        """Return what differs from the least there is, as plain data, sorted."""
        least = Permissions()
        data: dict[str, Any] = {}
        if self.read:
            data["read"] = sorted(self.read)
        if self.env:
            data["env"] = sorted(self.env)
        if self.net:
            data["net"] = True
        if self.memory_mb != least.memory_mb:
            data["memory_mb"] = self.memory_mb
        if (self.import_seconds, self.call_seconds) != (least.import_seconds, least.call_seconds):
            data["time_s"] = {"import": self.import_seconds, "call": self.call_seconds}
        if not self.is_isolated:
            data["isolation"] = "none"
        return data

    def beyond(self, granted: Permissions) -> Iterator[str]:
        """Yield in words what these allow and others do not."""
        yield from (f"reads {pattern}" for pattern in sorted(self.read - granted.read))
        yield from (f"sees the variable {name}" for name in sorted(self.env - granted.env))
        if self.net and not granted.net:
            yield "uses the network"
        if self.memory_mb > granted.memory_mb:
            yield f"takes {self.memory_mb} MiB of memory"
        if self.import_seconds > granted.import_seconds:
            yield f"takes {self.import_seconds:g} seconds to be imported"
        if self.call_seconds > granted.call_seconds:
            yield f"takes {self.call_seconds:g} seconds for a call"
        if granted.is_isolated and not self.is_isolated:
            yield "runs with all your rights, in the process of lhp"


def _texts(value: Any) -> frozenset[str]:
    listed = value if isinstance(value, list) else ()
    return frozenset(each for each in listed if isinstance(each, str))


def _number(value: Any, default: float) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value <= _MOST else float(default)


def _is_in_project(pattern: str) -> bool:
    """Return True for a pattern that `Path.glob` takes, and that names nothing outside."""
    parts = pattern.replace("\\", "/").split("/")
    is_odd = any("**" in part and part != "**" for part in parts)
    is_outside = ".." in parts or not parts[0] or parts[0][0] == "~" or ":" in parts[0]
    return not (is_odd or is_outside)
