"""The command `lhp`: how it starts, and how every run ends, as an exit code.

0 all is well, 1 the project has faults, 2 wrong usage, 3 a fault of lhp itself, 130 Ctrl+C. What a
run needs is imported when it is known that it needs it: the version is told by this module alone.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from io import TextIOWrapper

from lhp.version import DISTRIBUTION, VERSION

TYPE_CHECKING = False  # to import `typing` takes as long as Python itself
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from lhp.cli.session import Session

    _Code = TypeVar("_Code", int, int | None)

_FAULT, _STOPPED = 3, 130
_UNWRITABLE = (errno.ENOSPC, errno.EIO, errno.EFBIG)
"""What the system says when it takes no more output."""


def main(args: list[str] | None = None) -> None:
    """Run `lhp` and exit.

    Args:
        args: The words after `lhp`; None takes them from the process.
    """
    # A run makes many small things and no cycles; looking for them takes a third of its time.
    gc.disable()
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = run(args)
    except KeyboardInterrupt:  # while it imports what the command needs
        code = _STOPPED
    _let_end()
    gc.freeze()  # the end of the process would look for cycles in all that is left
    sys.exit(code)


def _let_end() -> None:
    """Let the process end whole: all is told, and an interrupt has nothing left to end."""
    if "signal" in sys.modules:
        import atexit
        import signal

        atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)


def _open_closed() -> None:
    """Open standard streams that are closed, or the next file that is opened would be one.

    So it would be in other processes, which inherit them.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115  (it stays open)
            os.set_inheritable(stream.fileno(), True)  # noqa: FBT003  (it has no name)
            setattr(sys, name, stream)


def run(args: list[str] | None = None) -> int:
    """Run `lhp` and return its exit code.

    Args:
        args: The words after `lhp`; None takes them from the process.

    Raises:
        SystemExit: When the command of a plugin exits by itself.
    """
    words = sys.argv[1:] if args is None else args
    if words == ["--version"]:
        return _ended(_tell_version)
    begun = None
    if "generate" in words:
        from lhp.cli.again import Begun

        begun = Begun.of(words)
        code = _ended(begun.tell_again) if begun else None
        if code is not None:
            return code
    from lhp.cli.root import run_command
    from lhp.cli.session import Session

    session = Session(begun=begun)
    try:
        return _ended(lambda: run_command(session, args), session)
    finally:
        session.close()


def _tell_version() -> int:
    sys.stdout.write(f"{VERSION}\n")
    return 0


def _ended(call: Callable[[], _Code], session: Session | None = None) -> _Code | int:
    try:
        code = call()
        sys.stdout.flush()
    except OSError as error:
        return _unwritten(session, error)
    except Exception as error:  # noqa: BLE001  (the last resort: our fault, told as such)
        return _internal_fault(session, error)
    return code


def _unwritten(session: Session | None, error: OSError) -> int:
    is_pipe = isinstance(error, BrokenPipeError)
    if not is_pipe and (error.errno not in _UNWRITABLE or error.filename is not None):
        return _internal_fault(session, error)
    from click import echo

    # Python flushes once more at its end; let that go nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not is_pipe:
        echo(f"can't write the output: {error.strerror}", err=True)
    return 1


def _internal_fault(session: Session | None, error: Exception) -> int:
    import platform
    import traceback

    from click import echo

    if session and session.verbose:
        traceback.print_exception(error)
    name = type(error).__name__
    echo(f"lhp failed by its own fault: {name}: {error}", err=True)
    echo(
        f"this is {DISTRIBUTION} {VERSION} on Python {platform.python_version()}; report it to "
        "its maintainers, with this line, the command, and what the command prints with `-v`",
        err=True,
    )
    return _FAULT
