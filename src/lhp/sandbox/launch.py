"""Starts what sandboxes are forked from; imports little, so that it can be started early."""

from __future__ import annotations

import atexit
import functools
import json
import os
import socket
import struct
import subprocess
import sys

from lhp.core.interrupts import held_back
from lhp.core.surroundings import module_paths

REPLY = struct.Struct("=I")
"""How the process id of a new sandbox is told."""

_BOOT = "import sys; sys.path[:] = {paths}; from lhp.sandbox.zygote import main; main({control})"
_SPAWN = (
    "import socket, sys; sys.path[:] = {paths}; from lhp.sandbox.wire import Channel; "
    "from lhp.sandbox.worker import serve; "
    "serve(Channel(socket.fromshare(sys.stdin.buffer.read()), is_sandbox=True))"
)


class Zygote:
    """A process that forks sandboxes; started at once, and ready a little later."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        boot = _BOOT.format(paths=json.dumps(module_paths()), control=theirs.fileno())
        with theirs, held_back():
            self._process = subprocess.Popen(  # noqa: S603  (our own words alone)
                [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", boot],
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._control = ours
        atexit.register(self.close)

    def fork(self) -> tuple[socket.socket, int]:
        """Return a connection to a new sandbox, and its process id."""
        self._control.sendall(b".")
        data, (descriptor,), _, _ = socket.recv_fds(self._control, REPLY.size, 1)
        (pid,) = REPLY.unpack(data)
        return socket.socket(fileno=descriptor), int(pid)

    def close(self) -> None:
        """End the process."""
        self._control.close()
        self._process.kill()  # it may still be importing
        self._process.wait()


class Spawner:
    """Starts a whole new process for each sandbox, where none can be forked."""

    def fork(self) -> tuple[socket.socket, int]:  # pragma: no cover  (Windows)
        """Return a connection to a new sandbox, and its process id."""
        ours, theirs = socket.socketpair()
        boot = _SPAWN.format(paths=json.dumps(module_paths()))
        command = [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", boot]
        process = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603  (our own words)
        if process.stdin is not None:
            with theirs, process.stdin:
                process.stdin.write(theirs.share(process.pid))  # type: ignore[attr-defined]
        return ours, process.pid


@functools.lru_cache(maxsize=1)
def zygote() -> Zygote | Spawner:
    """Return what sandboxes come from; started with the first call."""
    return Zygote() if hasattr(os, "fork") else Spawner()


def start_anew() -> None:
    """Let new sandboxes come from a new process: texts have other hashes there, sets another order.

    Those that run already go on.
    """
    begun = zygote() if zygote.cache_info().currsize else None
    zygote.cache_clear()
    if isinstance(begun, Zygote):
        begun.close()


def get_ready() -> None:
    """Start what sandboxes are forked from, so that it is there when it is needed."""
    zygote()
