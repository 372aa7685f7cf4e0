"""The host's side: starts sandboxes and asks them, for a limited time each."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from lhp.core.permissions import Permissions
from lhp.core.schema_files import schema_folder
from lhp.core.surroundings import module_paths
from lhp.errors import LhpError, LhpErrors, shown
from lhp.sandbox.launch import zygote
from lhp.sandbox.wire import Channel, ClosedError, WireError

FILE_BYTES = 100_000_000
_NOT_STARTED = "its process did not start"
_LIBRARIES = ("/usr/lib", "/lib", "/lib64", "/usr/local/lib", "/etc/ld.so.cache")
_NETWORK = (
    *("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services"),
    *("/etc/ssl", "/etc/pki", "/usr/share/ca-certificates"),
)
_TIME_ZONES = ("/usr/share/zoneinfo", "/etc/localtime", "/dev/null", "/dev/urandom")


def _forked() -> tuple[Channel, int]:
    connected, pid = zygote().fork()
    return Channel(connected), pid


class SandboxError(Exception):
    """A sandbox that does not answer as it has to; the reason is its message."""


class Sandbox:
    """One plugin in a process of its own.

    Args:
        job: What the process serves: the manifest and where its files are.
        readable: Files and folders that it may read, besides Python and what is installed.
        permissions: What it may do besides answering.
    """

    def __init__(
        self, job: Mapping[str, Any], readable: Iterable[Path], permissions: Permissions
    ) -> None:
        self._folder = tempfile.mkdtemp(prefix="lhp-sandbox-")
        self._channel, self._pid = _forked()
        paths = module_paths()
        open_to_it = [*paths, *_linked(*paths), *_interpreter(), *map(str, readable)]
        open_to_it += _NETWORK if permissions.net else ()
        granted = {name: os.environ[name] for name in permissions.env if name in os.environ}
        own = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TMPDIR": self._folder}
        self._permissions = permissions
        self._begun = ""
        try:
            self._channel.send(
                {
                    **job,
                    "folder": self._folder,
                    "env": {**granted, **own},
                    "paths": paths,
                    "readable": open_to_it,
                    "limits": {
                        "memory_bytes": permissions.memory_mb << 20,
                        "file_bytes": FILE_BYTES,
                        "allows_network": permissions.net,
                        "allows_programs": permissions.run,
                    },
                }
            )
        except ClosedError as error:
            raise self._broken(_NOT_STARTED) from error

    @cached_property
    def level(self) -> str:
        """How far the kernel limits it; waits until that is done.

        Raises:
            SandboxError: It did not start, or is not as limited as it has to be.
        """
        try:
            frame = self._channel.receive(self._permissions.import_seconds)
        except (ClosedError, WireError, TimeoutError) as error:
            raise self._broken(_NOT_STARTED) from error
        if "level" not in frame:
            reason = f"its process is not isolated: {frame.get('refused')}"
            raise self._broken(reason)
        return str(frame["level"])

    def begin(self, operation: str) -> None:
        """Send an operation without arguments ahead; `ask` for the same one gives what came of it.

        Raises:
            SandboxError: It ended already.
        """
        self._begun = operation
        try:
            self._channel.send({"op": operation, "args": []})
        except ClosedError as error:
            raise self._broken(_NOT_STARTED) from error

    def ask(
        self,
        operation: str,
        *args: Any,
        answers: Mapping[str, Callable[..., Any]] | None = None,
    ) -> dict[str, Any]:
        """Return what came of an operation: `done` or `raised`, with `printed` and `warnings`.

        Args:
            operation: What to do.
            args: What it needs.
            answers: What the plugin may ask meanwhile; its own time stands still then.

        Raises:
            SandboxError: It took too long, ended, or said what it must not. It is closed then.
        """
        _ = self.level  # which comes first
        allowed = self._permissions
        is_import = operation in ("load", "imports", "watch")
        most = left = allowed.import_seconds if is_import else allowed.call_seconds
        is_begun, self._begun = self._begun == operation, ""
        try:
            if not is_begun:
                self._tell({"op": operation, "args": list(args)})
            while True:
                begin = time.monotonic()
                frame = self._channel.receive(max(left, 0.001))
                left -= time.monotonic() - begin
                if "refused" in frame:
                    raise self._broken(str(frame["refused"]))
                if "ask" not in frame:
                    return _whole(frame)
                self._tell(_answer(answers or {}, frame))
        except TimeoutError as error:
            reason = f"it took more than {most:g} seconds"
            raise self._broken(reason) from error
        except ClosedError as error:
            reason = "it ended its process"
            raise self._broken(reason) from error
        except WireError as error:
            reason = f"its process sent {error}"
            raise self._broken(reason) from error

    def close(self) -> None:
        """End the process."""
        self._channel.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(self._pid, signal.SIGKILL)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _tell(self, frame: Mapping[str, Any]) -> None:
        try:
            self._channel.send(frame)
        except (TypeError, ValueError, RecursionError, WireError) as error:
            reason = f"it can't be told what it needs: {error}"
            raise self._broken(reason) from error

    def _broken(self, reason: str) -> SandboxError:
        self.close()
        return SandboxError(reason)


def _whole(answer: dict[str, Any]) -> dict[str, Any]:
    warnings, printed = answer.get("warnings", []), answer.get("printed", "")
    is_ended = "done" in answer or isinstance(answer.get("raised"), (LhpError, LhpErrors))
    has_warnings = isinstance(warnings, list) and all(isinstance(e, LhpError) for e in warnings)
    if not (is_ended and has_warnings and isinstance(printed, str)):
        message = "a message that is no answer"
        raise WireError(message)
    return {**answer, "warnings": warnings, "printed": shown(printed)}


def _answer(answers: Mapping[str, Callable[..., Any]], frame: Mapping[str, Any]) -> dict[str, Any]:
    asked = answers.get(str(frame["ask"]))
    if asked is None or not isinstance(frame.get("args"), list):
        message = f"a question that nobody answers: {frame['ask']!r}"
        raise WireError(message)
    try:
        return {"answer": asked(*frame["args"])}
    except (LhpError, LhpErrors) as error:
        return {"error": error}
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        return {"misused": str(error)}


@functools.lru_cache(maxsize=1)
def _linked(*paths: str) -> tuple[str, ...]:
    """Return where installed packages lie of which folders of modules only hold links.

    An installer may link each package, or each of its files, as uv does with its link mode.
    """
    found = set()
    for path in paths:
        if os.path.basename(path) not in ("site-packages", "dist-packages"):  # noqa: PTH119
            continue  # only an installer writes to these
        for entry in os.scandir(path):
            facts = f"{entry.path}/METADATA"
            if entry.is_symlink():
                found.add(os.path.realpath(entry.path))
            elif entry.name.endswith(".dist-info") and os.path.islink(facts):  # noqa: PTH114
                home = Path(os.path.realpath(facts)).parent
                found.update([str(home.parent)] if home.name == entry.name else [])
    return tuple(sorted(found))


@functools.lru_cache(maxsize=1)
def _interpreter() -> tuple[str, ...]:
    own = sysconfig.get_paths()
    found = (own["stdlib"], own["platstdlib"], sys.base_prefix + "/lib")
    return (*found, str(schema_folder()), *_LIBRARIES, *_TIME_ZONES)
