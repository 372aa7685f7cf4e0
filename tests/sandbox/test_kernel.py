"""The walls by themselves, in a process that nothing else protects."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from lhp.sandbox import kernel
from lhp.sandbox.kernel import KERNEL, PROCESS, NotIsolatedError, expected_level, landlock_version

ROOT = Path(__file__).parents[2]
CAN_WALL = expected_level() == KERNEL
WALLED = pytest.mark.skipif(not CAN_WALL, reason="this kernel has no Landlock")
BEGIN = """
    import os, sys
    from pathlib import Path
    from lhp.sandbox import kernel
    readable = [Path(path) for path in (*sys.path, sys.base_prefix, "/usr/lib", "/lib") if path]
    writable = [Path({own!r}), Path({root!r})]  # coverage keeps what it saw in the latter
"""


def ended(tmp_path: Path, code: str) -> tuple[int, str]:
    """Return the exit code of a program, and its last line."""
    begin = dedent(BEGIN).format(own=str(tmp_path), root=str(ROOT))
    ran = subprocess.run(
        [sys.executable, "-c", begin + dedent(code)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=None,
    )
    lines = (ran.stdout + ran.stderr).strip().splitlines()
    return ran.returncode, lines[-1] if lines else ""


LIMITS = "kernel.Limits(memory_bytes=1 << 28, file_bytes=1 << 20)"
RESTRICT = f"level = kernel.restrict(readable, writable, {LIMITS})\n"


@WALLED
@pytest.mark.parametrize(
    ("code", "last"),
    [
        ("print(level)", "kernel"),
        ("print(open('own', 'w').write('abc'))", "3"),
        ("open('/etc/hosts')", "PermissionError: [Errno 13] Permission denied: '/etc/hosts'"),
        ("os.fork()", "PermissionError: [Errno 1] Operation not permitted"),
        ("bytearray(1 << 30)", "MemoryError"),
        ("open('big', 'wb').truncate(1 << 30)", "OSError: [Errno 27] File too large"),
        ("import socket; socket.socket()", "PermissionError: [Errno 1] Operation not permitted"),
    ],
)
def test_a_process_is_limited_for_good(tmp_path: Path, code: str, last: str) -> None:
    assert ended(tmp_path, RESTRICT + code)[1] == last


CONTAINER = """
    import dataclasses, platform
    machine = kernel._MACHINES[platform.machine()]
    refused = {"x86_64": (165, 166, 272, 308), "aarch64": (40, 39, 97, 268)}[platform.machine()]
    kernel._done(kernel._libc().prctl(38, 1, 0, 0, 0), "no_new_privs")
    few = dataclasses.replace(machine, network=(), refused=refused)  # mount, umount, unshare, setns
    kernel._filter_calls(few, allows_network=False)
"""


@WALLED
def test_under_the_filter_of_a_container_the_walls_stand_too(tmp_path: Path) -> None:
    code = f"{dedent(CONTAINER)}{RESTRICT}print(level)"
    assert ended(tmp_path, code) == (0, KERNEL)


@WALLED
@pytest.mark.parametrize("version", [1, 2, 5, landlock_version()])
@pytest.mark.parametrize(
    ("code", "last"),
    [
        ("os.truncate(other, 0)", "not permitted"),
        ("os.open(other, os.O_ACCMODE | os.O_TRUNC)", "not permitted"),
        ("os.open(sys.executable, os.O_RDONLY | os.O_TRUNC)", "not permitted"),
        ("print(os.open('own', os.O_CREAT | os.O_TRUNC | os.O_WRONLY) > 0)", "True"),
        ("print(os.open('own', os.O_CREAT | os.O_TRUNC | os.O_RDWR) > 0)", "True"),
        ("print('gave', libc.sigqueue(os.getppid(), 0, None))", "gave -1"),
        ("import fcntl; fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, os.getppid())", "not permitted"),
        ("import fcntl; print('gave', fcntl.fcntl(0, fcntl.F_GETFD))", "gave 0"),
    ],
)
def test_what_an_old_landlock_overlooks_is_refused_too(
    tmp_path: Path, version: int, code: str, last: str
) -> None:
    other = tmp_path.with_name("other")
    other.write_text("kept", encoding="utf-8")
    begin = f"kernel.landlock_version = lambda: {version}; other = {str(other)!r}; "
    begin += f"import ctypes; libc = ctypes.CDLL(None)\n{RESTRICT}"
    assert last in ended(tmp_path, begin + code)[1]
    assert other.read_text(encoding="utf-8") == "kept"


@WALLED
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can be another user")
def test_as_an_ordinary_user_the_walls_stand_too(tmp_path: Path) -> None:
    code = f"os.setgroups([]); os.setgid(65534); os.setuid(65534)\n{RESTRICT}print(level)"
    assert ended(tmp_path, f"{code}; sys.stdout.flush(); os._exit(0)") == (0, KERNEL)


@WALLED
def test_without_walls_the_same_program_does_all_that(tmp_path: Path) -> None:
    code = "open('/etc/passwd'); import socket; socket.socket().close(); print('done')"
    assert ended(tmp_path, code) == (0, "done")


@WALLED
@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("kernel._lock_files = lambda *_, **__: None", "the file system is open"),
        ("kernel._filter_calls = lambda *_, **__: None", "the network is open"),
    ],
)
def test_a_wall_that_does_not_stand_is_found(tmp_path: Path, broken: str, told: str) -> None:
    code, last = ended(tmp_path, f"{broken}\n{RESTRICT}print('went on')")
    assert (code, last) == (1, f"lhp.sandbox.kernel.NotIsolatedError: {told}")


@pytest.mark.parametrize(
    "missing",
    ["kernel.landlock_version = lambda: 0", "kernel.platform.machine = lambda: 'riscv64'"],
)
def test_where_there_are_no_walls_that_is_said(tmp_path: Path, missing: str) -> None:
    assert ended(tmp_path, f"{missing}\n{RESTRICT}print(level)") == (0, PROCESS)


def test_a_call_that_fails_is_told() -> None:
    if not CAN_WALL:
        pytest.skip("this kernel has no Landlock")
    assert landlock_version() > 0
    with pytest.raises(NotIsolatedError, match="landlock"):
        kernel._done(kernel._libc().syscall(kernel._RESTRICT, -1, 0), "landlock")
