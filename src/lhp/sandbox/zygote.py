"""A process that has imported what every plugin needs, and forks a sandbox for each.

One sandbox more than was asked for is always ready: it was forked, and has rehearsed, while the
host did other things. The process runs nothing foreign itself. It ends when its host does.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

from lhp.core.manifest import Origin
from lhp.core.modules import folder_package, step_back
from lhp.core.option_schema import supported_options
from lhp.model.flowgroup import Action
from lhp.sandbox import kernel
from lhp.sandbox.launch import REPLY
from lhp.sandbox.wire import Channel, ClosedError
from lhp.sandbox.worker import attend, serve
from lhp.text.yaml_reader import read_yaml

_ROUNDS = 3
_FOLDER = Path(__file__).parent / "rehearsal"
(_DOCUMENT,) = read_yaml(
    b"{name: a, type: load, target: b, source: {type: rehearsal, table: c}}", "rehearsal.yaml"
)
_ACTION = Action(_DOCUMENT.data, "load", "rehearsal", {"table": "c", "limit": 1})
_GIVEN = {
    "env": "e",
    "pipeline": "p",
    "flowgroup": "f",
    "project_name": "r",
    "project_columns": [],
}
_JOB = {
    "root": str(_FOLDER),
    "folders": [str(_FOLDER)],
    "files": None,
    "macros": {},
    "manifest": {
        "type": "load_generator",
        "name": "rehearsal",
        "module": f"{folder_package(_FOLDER)}.example",
        "attribute": "RehearsalLoadGenerator",
        "location": _DOCUMENT.data.location,
        "source": "",
        "origin": Origin.DIRECTORY.value,
    },
}


def main(control: int) -> NoReturn:
    """Hand out a sandbox for each byte that comes in.

    Args:
        control: Descriptor of the socket to the host.
    """
    connected = socket.socket(fileno=control)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a sandbox
    for _ in range(_ROUNDS):
        _rehearse()
    gc.freeze()
    while True:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if not pid:
            connected.close()
            ours.close()
            _sandbox(theirs)
        theirs.close()
        with ours:
            _hand_out(connected, pid, ours)


def _hand_out(connected: socket.socket, pid: int, ours: socket.socket) -> None:
    try:
        if not connected.recv(1):
            os._exit(0)
        socket.send_fds(connected, [REPLY.pack(pid)], [ours.fileno()])
    except OSError:  # the host is gone
        os._exit(0)


def _sandbox(host: socket.socket) -> NoReturn:
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    _rehearse()
    channel = Channel(host, is_sandbox=True)
    try:
        serve(channel)
    except ClosedError:
        pass
    except Exception as error:  # noqa: BLE001  (whatever it is, the host is to know)
        with contextlib.suppress(Exception):
            channel.send({"refused": f"{type(error).__name__}: {error}"})
    os._exit(0)


def _rehearse() -> None:
    """Serve a plugin of our own once, so that all that this takes is there, and forget it."""
    kernel.rehearse([*map(Path, sys.path)], [_FOLDER])
    host, ours = socket.socketpair()
    with host, ours, contextlib.redirect_stdout(None), contextlib.redirect_stderr(None):
        told = Channel(host)
        told.send({"op": "load", "args": []})
        told.send({"op": "run", "args": [_ACTION, None, _GIVEN]})
        host.shutdown(socket.SHUT_WR)
        attend(Channel(ours, is_sandbox=True), _JOB)
    step_back()
    supported_options.cache_clear()
    gc.collect()
