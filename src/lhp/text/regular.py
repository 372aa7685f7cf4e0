"""Reads files that somebody else put there."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_regular(file: Path, most_bytes: int | None = None) -> bytes:
    """Return the content of a regular file; never waits for a pipe, and reads no device.

    Args:
        file: Its path; symlinks are followed.
        most_bytes: How large it may be; None for any size.

    Raises:
        OSError: It can't be read, is anything else than a regular file, or is too large.
    """
    # Without O_NONBLOCK, opening a pipe waits until somebody writes to it.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    opened = os.open(file, flags)
    with os.fdopen(opened, "rb") as content:
        mode = os.fstat(opened).st_mode
        if not stat.S_ISREG(mode):
            reason = os.strerror(errno.EISDIR) if stat.S_ISDIR(mode) else "it is no regular file"
            raise OSError(errno.EINVAL, reason, str(file))
        text = content.read() if most_bytes is None else content.read(most_bytes + 1)
        if most_bytes is not None and len(text) > most_bytes:
            reason = f"it has more than {most_bytes:,} bytes"
            raise OSError(errno.EFBIG, reason, str(file))
        return text
