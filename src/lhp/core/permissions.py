"""What a plugin may do besides answering: asked for in its declaration, granted by an approval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lhp.core.manifest import Manifest
from lhp.values import frozen

_MEMORY_MB, _IMPORT_SECONDS, _CALL_SECONDS = 1024, 30.0, 10.0
_EMITS = {"imports": "imports", "calls": "uses", "secrets": "asks for the secret"}
_MOST = 1 << 20
"""Of any limit."""


@frozen
class Permissions:
    """What a plugin may do; nothing but answer by default.

    Args:
        read: Patterns of project files that it may read by itself.
        env: Names of environment variables that it may see.
        net: True when it may use the network.
        run: True when it may start programs, which no wall of the kernel then limits.
        memory_mb: Most memory that it may take, in MiB.
        import_seconds: Most time to import it.
        call_seconds: Most time for one call.
        emits_imports: Modules that the code it makes may import, besides Spark and harmless ones.
        emits_calls: Built-in functions that the code it makes may use, such as `open`.
        emits_secrets: Patterns of secrets that the code it makes may ask for: `scope/*`.
        is_isolated: False when it runs in the process of lhp, with all rights of its user.
    """

    read: frozenset[str] = frozenset()
    env: frozenset[str] = frozenset()
    net: bool = False
    run: bool = False
    memory_mb: int = _MEMORY_MB
    import_seconds: float = _IMPORT_SECONDS
    call_seconds: float = _CALL_SECONDS
    emits_imports: frozenset[str] = frozenset()
    emits_calls: frozenset[str] = frozenset()
    emits_secrets: frozenset[str] = frozenset()
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
        data = _map(data)
        limits, emits = (_map(data.get(key)) for key in ("time_s", "emit"))
        return cls(
            frozenset(filter(_is_in_project, _texts(data.get("read")))),
            _texts(data.get("env")),
            data.get("net") is True,
            data.get("run") is True,
            int(_number(data.get("memory_mb"), _MEMORY_MB)),
            _number(limits.get("import"), _IMPORT_SECONDS),
            _number(limits.get("call"), _CALL_SECONDS),
            _texts(emits.get("imports")),
            _texts(emits.get("calls")),
            _texts(emits.get("secrets")),
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
        if self.run:
            data["run"] = True
        if self.memory_mb != least.memory_mb:
            data["memory_mb"] = self.memory_mb
        if (self.import_seconds, self.call_seconds) != (least.import_seconds, least.call_seconds):
            data["time_s"] = {"import": self.import_seconds, "call": self.call_seconds}
        emits = {key: sorted(names) for key, names in self._emits.items() if names}
        if emits:
            data["emit"] = emits
        if not self.is_isolated:
            data["isolation"] = "none"
        return data

    def beyond(self, granted: Permissions) -> Iterator[str]:
        """Yield in words what these allow and others do not."""
        yield from (f"reads {pattern}" for pattern in sorted(self.read - granted.read))
        yield from (f"sees the variable {name}" for name in sorted(self.env - granted.env))
        if self.net and not granted.net:
            yield "uses the network"
        if self.run and not granted.run:
            yield "starts programs, with all your rights"
        if self.memory_mb > granted.memory_mb:
            yield f"takes {self.memory_mb} MiB of memory"
        if self.import_seconds > granted.import_seconds:
            yield f"takes {self.import_seconds:g} seconds to be imported"
        if self.call_seconds > granted.call_seconds:
            yield f"takes {self.call_seconds:g} seconds for a call"
        for key, names in self._emits.items():
            for name in sorted(names - granted._emits[key]):
                yield f"makes code that {_EMITS[key]} {name}"
        if granted.is_isolated and not self.is_isolated:
            yield "runs with all your rights, in the process of lhp"

    @property
    def _emits(self) -> Mapping[str, frozenset[str]]:
        return dict(
            zip(_EMITS, (self.emits_imports, self.emits_calls, self.emits_secrets), strict=True)
        )


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


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
