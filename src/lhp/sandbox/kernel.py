"""Limits the process that calls it, for good: memory, files, network, other processes.

Linux alone has these walls; elsewhere a process of its own, with limits on time, is all there is.
Each step is checked, and at the end the process tries what it must no longer be able to do.

Source: landlock(7), seccomp(2), capabilities(7), getrlimit(2) of the Linux man-pages.
"""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import struct
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from lhp.values import frozen

if sys.platform != "win32":
    import resource

KERNEL, PROCESS = "kernel", "process"
"""Levels of isolation: by the kernel, or by a process of its own alone."""

_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 38, 22, 2
_CREATE, _ADD, _RESTRICT, _OPENAT2 = 444, 445, 446, 437  # the same on every architecture
_ABI_FLAG, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FS_BITS = {1: 13, 2: 14, 3: 15, 5: 16}
_NET_ABI, _SCOPE_ABI = 4, 6
_NET_BITS, _SCOPE_BITS = 0b11, 0b11
_CAPABILITIES = 0x20080522
_EPERM, _ENOSYS = 1, 38
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _AND, _EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_WHOLE = 0xFFFFFFFF
_CLONE_THREAD = 0x00010000
_TRUNCATES, _OPENS = 0o1000, 0o1003
# Reads, writes or both; it may cut a file short only where it may write it, for old Landlocks
# overlook that, and never open one for neither, which all of them overlook.
_OPENINGS = (0, 1, 2, 1 | _TRUNCATES, 2 | _TRUNCATES)
# Of descriptors, flags, locks, pipes and seals: none that has signals sent, or others wait.
_CONTROLS = (*range(8), 36, 37, 38, *range(1030, 1035))
_TERMINAL, _ANY_KIND = 0x5400, 0xFF00
_FAMILIES = (socket.AF_INET, socket.AF_INET6, 16)  # the last one tells which addresses there are
_OP = struct.Struct("=HBBI")


@frozen
class _Machine:
    """An architecture: its name for seccomp, and the numbers of system calls.

    Args:
        audit: AUDIT_ARCH_... of linux/audit.h.
        capset: Number of capset.
        clone: Number of clone.
        clone3: Number of clone3.
        prlimit: Number of prlimit64.
        ioctl: Number of ioctl.
        fcntl: Number of fcntl.
        opens: Numbers of the calls that open files, with the position of their flags.
        network: Numbers of the calls of the network, those of socket and socketpair first.
        refused: Numbers of the others that are refused.
    """

    audit: int
    capset: int
    clone: int
    clone3: int
    prlimit: int
    ioctl: int
    fcntl: int
    opens: Sequence[tuple[int, int]]
    network: Sequence[int]
    refused: Sequence[int]


# socket, socketpair, connect, bind, listen, accept, accept4, sendmsg, sendmmsg
_X86_64_NETWORK = (41, 53, 42, 49, 50, 43, 288, 46, 307)
_AARCH64_NETWORK = (198, 199, 203, 200, 201, 202, 242, 211, 269)
# What Landlock leaves open: chmod, fchmod, chown, fchown, lchown, fchownat, fchmodat, fchmodat2,
# utime, utimes, futimesat, utimensat, setxattr, lsetxattr, fsetxattr, removexattr, lremovexattr,
# fremovexattr, setxattrat, removexattrat, file_setattr, truncate; memory, semaphores and queues of
# System V and POSIX: shmget, shmat, shmctl, shmdt, semget, semop, semctl, semtimedop, msgget,
# msgsnd, msgrcv, msgctl, mq_open, mq_unlink; other processes: setpriority, sched_setparam,
# sched_setscheduler, sched_setaffinity, sched_setattr, ioprio_set, pidfd_open, kcmp,
# process_madvise; what is done to files: inotify_init1, inotify_add_watch, fanotify_init,
# inotify_init
_X86_64_OPEN = (
    *(90, 91, 92, 93, 94, 260, 268, 452, 132, 235, 261, 280),
    *(188, 189, 190, 197, 198, 199, 463, 466, 469, 76),
    *(29, 30, 31, 67, 64, 65, 66, 220, 68, 69, 70, 71, 240, 241),
    *(141, 142, 144, 203, 314, 251, 434, 312, 440),
    *(294, 254, 300, 253),
)
_AARCH64_OPEN = (
    *(52, 53, 54, 55, 452, 88, 5, 6, 7, 14, 15, 16, 463, 466, 469, 45),
    *(194, 196, 195, 197, 190, 193, 191, 192, 186, 189, 188, 187, 180, 181),
    *(140, 118, 119, 122, 274, 30, 434, 272, 440),
    *(26, 27, 262),
)
# execve, execveat, fork, vfork, kill, tkill, tgkill, pidfd_send_signal, ptrace, rt_sigqueueinfo,
# rt_tgsigqueueinfo, process_vm_readv, process_vm_writev, mount, umount2, unshare, setns, bpf,
# userfaultfd, io_uring_setup, perf_event_open, keyctl, add_key, request_key, pidfd_getfd,
# open_by_handle_at
_X86_64 = (
    *(59, 322, 57, 58, 62, 200, 234, 424, 101, 129, 297),
    *(310, 311, 165, 166, 272, 308, 321, 323),
    *(425, 298, 250, 248, 249, 438, 304),
    *_X86_64_OPEN,
)
_AARCH64 = (
    *(221, 281, 129, 130, 131, 424, 117, 138, 240),
    *(270, 271, 40, 39, 97, 268, 280, 282),
    *(425, 241, 219, 217, 218, 438, 265),
    *_AARCH64_OPEN,
)
_MACHINES = {
    "x86_64": _Machine(
        *(0xC000003E, 126, 56, 435, 302, 16, 72),
        *(((2, 1), (257, 2)), _X86_64_NETWORK, _X86_64),
    ),
    "aarch64": _Machine(
        *(0xC00000B7, 91, 220, 435, 261, 29, 25),
        *(((56, 2),), _AARCH64_NETWORK, _AARCH64),
    ),
}


class NotIsolatedError(Exception):
    """The process is not as limited as it has to be; it must not go on."""


def expected_level() -> str:
    """Return the level that a process would reach here."""
    has_walls = sys.platform == "linux" and platform.machine() in _MACHINES and landlock_version()
    return KERNEL if has_walls else PROCESS


@frozen
class Limits:
    """How far a process is limited.

    Args:
        memory_bytes: Most address space that it may have beyond what it has now.
        file_bytes: Largest file that it may write.
        allows_network: True leaves it the internet; never the sockets of this machine.
        allows_programs: True leaves it all but memory and files: a program that it starts is free.
    """

    memory_bytes: int
    file_bytes: int
    allows_network: bool = False
    allows_programs: bool = False


def restrict(readable: Iterable[Path], writable: Iterable[Path], limits: Limits) -> str:
    """Limit this process and all that it does from now on; return the level that was reached.

    Args:
        readable: Files and folders that it may read.
        writable: Folders in which it may do as it likes.
        limits: What else holds.

    Raises:
        NotIsolatedError: When a wall that this kernel has does not stand.
    """
    if sys.platform == "win32":
        return PROCESS
    _limit_resources(limits.memory_bytes, limits.file_bytes)
    machine = _MACHINES.get(platform.machine()) if sys.platform == "linux" else None
    abi = landlock_version() if machine else 0
    if machine is None or not abi or limits.allows_programs:
        return PROCESS
    _done(_libc().prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _drop_capabilities(machine)
    _lock_files(abi, readable, writable, allows_network=limits.allows_network)
    _filter_calls(machine, allows_network=limits.allows_network)
    _expect_walls(socket.AF_UNIX if limits.allows_network else socket.AF_INET)
    return KERNEL


def rehearse(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Do what `restrict` does, without any effect, so that it is quicker afterwards.

    Args:
        readable: Files and folders that it will have to name.
        writable: Folders likewise.
    """
    if expected_level() == PROCESS:
        return
    machine = _MACHINES[platform.machine()]
    _pages()
    for allows_network in (False, True):
        _filter_program(machine, allows_network=allows_network)
        rules = _file_rules(landlock_version(), readable, writable, allows_network=allows_network)
        os.close(rules)


@lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _done(result: int, what: str) -> int:
    if result < 0:
        message = f"{what}: {os.strerror(ctypes.get_errno())}"
        raise NotIsolatedError(message)
    return result


def _limit_resources(memory_bytes: int, file_bytes: int) -> None:
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_NOFILE: 256,
    }
    if sys.platform == "linux":
        limits[resource.RLIMIT_AS] = _pages() * resource.getpagesize() + memory_bytes
    for kind, most in limits.items():
        _, hard = resource.getrlimit(kind)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (value, value))


def _pages() -> int:
    return int(Path("/proc/self/statm").read_bytes().split()[0])


def _drop_capabilities(machine: _Machine) -> None:
    header = struct.pack("=Ii", _CAPABILITIES, 0)
    _done(_libc().syscall(machine.capset, header, struct.pack("=6I", *([0] * 6))), "capset")


def landlock_version() -> int:
    """Return the version of Landlock; 0 where the kernel has none, or it is switched off."""
    return max(0, int(_libc().syscall(_CREATE, None, 0, _ABI_FLAG)))


def _lock_files(
    abi: int, readable: Iterable[Path], writable: Iterable[Path], *, allows_network: bool
) -> None:
    rules = _file_rules(abi, readable, writable, allows_network=allows_network)
    _done(_libc().syscall(_RESTRICT, rules, 0), "landlock")
    os.close(rules)


def _file_rules(
    abi: int, readable: Iterable[Path], writable: Iterable[Path], *, allows_network: bool
) -> int:
    """Return a descriptor of the rules of Landlock; they hold only for who takes them on."""
    everything = (1 << _FS_BITS[max(each for each in _FS_BITS if each <= abi)]) - 1
    words = [everything]
    words += [0 if allows_network else _NET_BITS] if abi >= _NET_ABI else []
    words += [_SCOPE_BITS] if abi >= _SCOPE_ABI else []
    attributes = struct.pack(f"={len(words)}Q", *words)
    libc = _libc()
    rules = _done(libc.syscall(_CREATE, attributes, len(attributes), 0), "landlock")
    for path in readable:
        # pathlib raises for what this user must not even look at.
        rights = _READ_FILE | _READ_DIR if os.path.isdir(path) else _READ_FILE  # noqa: PTH112
        _allow(libc, rules, path, rights)
    for path in writable:
        _allow(libc, rules, path, everything)
    return rules


def _allow(libc: ctypes.CDLL, rules: int, path: Path, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return  # what is not there, or closed anyway, needs no right
    try:
        rule = struct.pack("=Qi", rights, opened)
        _done(libc.syscall(_ADD, rules, _PATH_BENEATH, rule, 0), f"landlock for {path}")
    finally:
        os.close(opened)


def _filter_calls(machine: _Machine, *, allows_network: bool) -> None:
    program = _filter_program(machine, allows_network=allows_network)
    buffer = ctypes.create_string_buffer(program)
    filter_ = struct.pack("@HP", len(program) // _OP.size, ctypes.addressof(buffer))
    _done(_libc().prctl(_SET_SECCOMP, _FILTER, filter_, 0, 0), "seccomp")


@lru_cache(maxsize=2)
def _filter_program(machine: _Machine, *, allows_network: bool) -> bytes:
    """Return what refuses system calls with EPERM: new processes, but no new threads."""
    program = [_op(_LOAD, 4), _op(_EQUAL, machine.audit, 1, 0), _op(_RETURN, _KILL), _op(_LOAD, 0)]
    if platform.machine() == "x86_64":  # the x32 calls have other numbers
        program += [_op(0x35, 0x40000000, 0, 1), _op(_RETURN, _ERRNO | _ENOSYS)]
    if allows_network:
        family, pair, *_ = machine.network
        program += [*_only(family, 0, _FAMILIES), *_only(pair, 1, (socket.SOCK_STREAM,), 0xF)]
    program += _only(machine.prlimit, 0, (0,))  # 0 is the caller
    program += _only(machine.ioctl, 1, (_TERMINAL,), _ANY_KIND)
    program += _only(machine.fcntl, 1, _CONTROLS)
    for number, position in machine.opens:
        program += _only(number, position, _OPENINGS, _OPENS)
    program += _only(machine.clone, 0, (_CLONE_THREAD,), _CLONE_THREAD)
    for number in (*machine.refused, *(() if allows_network else machine.network)):
        program += [_op(_EQUAL, number, 0, 1), _op(_RETURN, _ERRNO | _EPERM)]
    for number in (machine.clone3, _OPENAT2):  # whose flags no filter sees
        program += [_op(_EQUAL, number, 0, 1), _op(_RETURN, _ERRNO | _ENOSYS)]
    program += [_op(_RETURN, _ALLOW)]
    return b"".join(program)


def _only(number: int, position: int, values: Sequence[int], mask: int = _WHOLE) -> list[bytes]:
    """Return what refuses a call unless an argument, as far as a mask goes, is one of some."""
    count = len(values)
    return [
        _op(_EQUAL, number, 0, count + 4),
        _op(_LOAD, 16 + 8 * position),
        _op(_AND, mask),
        *(_op(_EQUAL, value, count - at) for at, value in enumerate(values)),
        _op(_RETURN, _ERRNO | _EPERM),
        _op(_LOAD, 0),
    ]


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return _OP.pack(code, if_true, if_false, value)


def _expect_walls(family: int) -> None:
    """Try what is forbidden; what works means that a wall is missing."""
    tries: Mapping[str, Callable[[], object]] = {
        "the file system is open": lambda: next(Path("/").iterdir()),
        "the network is open": lambda: socket.socket(family, socket.SOCK_DGRAM).close(),
    }
    for what, attempt in tries.items():
        try:
            attempt()
        except PermissionError:
            continue
        except OSError as error:
            message = f"{what}, or not: {error}"
            raise NotIsolatedError(message) from error
        raise NotIsolatedError(what)
