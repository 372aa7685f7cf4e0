"""What happens while a plugin is imported, besides the import."""

from __future__ import annotations

import builtins
import locale
import logging
import os
import random
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_EVENTS: Mapping[str, str] = {
    "os.mkdir": "it makes the folder {0!r}",
    "os.remove": "it removes {0!r}",
    "os.rename": "it renames {0!r}",
    "os.rmdir": "it removes the folder {0!r}",
    "os.chdir": "it changes the working folder",
    "os.system": "it starts a program",
    "subprocess.Popen": "it starts the program {0!r}",
    "socket.connect": "it opens a connection",
    "socket.getaddrinfo": "it looks up the host {0!r}",
}
_IGNORED = ("__pycache__", os.devnull)
_seen: list[dict[str, None]] = []
_is_hooked: list[bool] = []


def changes_by(load: Callable[[], Any]) -> list[str]:
    """Return what a call does to its surroundings: files, programs, connections, globals.

    Args:
        load: Imports a plugin.
    """
    if not _is_hooked:
        _is_hooked.append(True)
        sys.addaudithook(_noticed)
    modules = {name: _public(module) for name, module in sys.modules.items()}
    before, seen = _state(), dict[str, None]()
    _seen.append(seen)
    try:
        load()
    finally:
        _seen.remove(seen)
    after = _state()
    changed = [f"it changes {name}" for name in before if before[name] != after[name]]
    return [*seen, *changed, *_patched(modules)]


def _noticed(event: str, args: tuple[Any, ...]) -> None:
    if not _seen:
        return
    text = ""
    if event == "open" and _is_write(args):
        text = f"it writes the file {str(args[0])!r}"
    elif event in _EVENTS:
        text = _EVENTS[event].format(*map(str, args), "")
    if text and not any(part in text for part in _IGNORED):
        for seen in _seen:
            seen[text] = None


def _is_write(args: tuple[Any, ...]) -> bool:
    path, mode, flags = args
    if not isinstance(path, (str, bytes)):
        return False
    return bool(set(mode or "") & set("wxa+")) or bool(isinstance(flags, int) and flags & _WRITES)


def _state() -> Mapping[str, Any]:
    root = logging.getLogger()
    return {
        "os.environ": dict(os.environ),
        "the working folder": os.getcwd(),  # noqa: PTH109  (no Path is needed)
        "sys.path": list(sys.path),
        "sys.argv": list(sys.argv),
        "sys.meta_path": [id(each) for each in sys.meta_path],
        "the locale": locale.setlocale(locale.LC_ALL),
        "the root logger": (root.level, [id(each) for each in root.handlers], root.disabled),
        "the filters of warnings": [repr(each) for each in warnings.filters],
        "the random seed": random.getstate(),
        "the time limit of sockets": socket.getdefaulttimeout(),
        "the handlers of signals": {each: signal.getsignal(each) for each in _signals()},
        "the recursion limit": sys.getrecursionlimit(),
        "the threads": threading.active_count(),
        "builtins": sorted(vars(builtins).keys() - {"_"}),
    }


def _signals() -> Iterator[signal.Signals]:
    for each in signal.Signals:
        try:
            signal.getsignal(each)
        except (ValueError, OSError):
            continue
        yield each


def _public(module: ModuleType | None) -> Mapping[str, int]:
    return {
        name: id(value)
        for name, value in list(vars(module or ModuleType("")).items())
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }


def _patched(modules: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Yield the names that other modules had before and that mean something else now."""
    for module, known in modules.items():
        now = _public(sys.modules.get(module))
        for name, identity in known.items():
            if name in now and now[name] != identity:
                yield f"it replaces {module}.{name}"
