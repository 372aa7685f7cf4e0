"""A process that has imported what every plugin needs, and forks a sandbox for each.

It runs nothing foreign itself. It ends when its host does.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
from typing import NoReturn

from lhp.core.base_generator import Generated
from lhp.core.option_schema import normalised
from lhp.model.flowgroup import Action
from lhp.sandbox.kernel import get_ready
from lhp.sandbox.launch import REPLY
from lhp.sandbox.wire import Channel, ClosedError, pack, unpack
from lhp.sandbox.worker import serve
from lhp.text.yaml_reader import read_yaml

_ROUNDS = 50


def main(control: int) -> NoReturn:
    """Fork a sandbox for each descriptor that comes in.

    Args:
        control: Descriptor of the socket to the host.
    """
    connected = socket.socket(fileno=control)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a sandbox
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the host decides when to stop
    _warm_up()
    gc.freeze()
    while True:
        data, descriptors, _, _ = socket.recv_fds(connected, 1, 1)
        if not data or not descriptors:
            os._exit(0)
        pid = os.fork()
        if not pid:
            connected.close()
            _sandbox(descriptors[0])
        os.close(descriptors[0])
        connected.sendall(REPLY.pack(pid))


def _warm_up() -> None:
    """Do once what every sandbox does, so that each is born with it compiled."""
    get_ready()
    normalised({"warm": {"type": "string"}})
    (document,) = read_yaml(b"{name: a, type: load, source: {type: b, c: [1]}}", "warm.yaml")
    action = Action(document.data, "load", "b", {"c": [1]})
    for _ in range(_ROUNDS):
        unpack(json.loads(json.dumps(pack({"action": action, "made": Generated("x")}))))


def _sandbox(descriptor: int) -> NoReturn:
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    channel = Channel(socket.socket(fileno=descriptor))
    try:
        serve(channel)
    except ClosedError:
        pass
    except Exception as error:  # noqa: BLE001  (whatever it is, the host is to know)
        with contextlib.suppress(Exception):
            channel.send({"refused": f"{type(error).__name__}: {error}"})
    os._exit(0)
