"""What a plugin can't do, asked of real plugins; each with what it can, so that a test can fail."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lhp.core.plugin_manager import PluginManager
from lhp.errors import LhpError
from lhp.sandbox.kernel import KERNEL, PROCESS
from lhp.sandbox.kernel import landlock_version as version

CAN_WALL = sys.platform == "linux" and version() > 0
WALLED = pytest.mark.skipif(
    not CAN_WALL, reason="this kernel has no Landlock: sandboxes are processes alone"
)
TRY = """
def attempt(place):
    {}

template_filters = {{"attempt": attempt}}
"""
HOST = """
import os, time
from lhp.sandbox.launch import zygote
one = zygote().fork()
print(os.getpid(), flush=True)
time.sleep(60)
"""
Make = Callable[..., PluginManager]


def children_of(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for each in lists for child in each.read_text().split()]


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def tried(house: Make, code: str, *args: Any) -> Any:
    """Return what a filter of a plugin gives; the error that it raises."""
    manager = house(TRY.format(code))
    manifest = manager.named("attempt")
    function = manager.resolver.load(manifest)
    return manager.resolver.call(manifest, function, *args)


@WALLED
@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("return open(place).read()", "Permission denied"),
        ("return open(place, 'w').write('x')", "Permission denied"),
        ("import os; return os.listdir('/')", "Permission denied"),
        ("import os; return os.listdir(os.path.expanduser('~'))", "Permission denied"),
        ("return open('/proc/self/environ').read()", "Permission denied"),
        ("import os; return open(f'/proc/{os.getppid()}/environ').read()", "Permission denied"),
        ("import os; return os.symlink(place, 'x') or open('x').read()", "Permission denied"),
        ("import socket; return socket.socket()", "not permitted"),
        ("import socket; return socket.socket(type=socket.SOCK_DGRAM)", "not permitted"),
        ("import socket; return socket.socket(socket.AF_UNIX)", "not permitted"),
        ("import socket; return socket.socketpair()", "not permitted"),
        ("import urllib.request as r; return r.urlopen('http://127.0.0.1:1').read()", "permitted"),
        ("import subprocess; return subprocess.run(['true'])", "not permitted"),
        ("import os; return os.fork()", "not permitted"),
        ("import os; return os.execv('/bin/true', ['true'])", "not permitted"),
        ("import os; return os.system('true') >> 8", "127"),
        ("import os; return os.kill(os.getppid(), 9)", "not permitted"),
        ("import ctypes; return ctypes.CDLL(None).execv(b'/bin/true', None)", "-1"),
        ("import os; return os.chmod(place, 0o777)", "not permitted"),
        ("import os; return os.chown(place, 1, 1)", "not permitted"),
        ("import os; return os.utime(place, (1, 1))", "not permitted"),
        ("import os; return os.open(place, os.O_ACCMODE)", "not permitted"),
        (
            "import fcntl, os; return fcntl.ioctl(os.open(os.__file__, 0), 0x40086602, bytes(8))",
            "not permitted",
        ),
        ("import ctypes; return ctypes.CDLL(None).inotify_init()", "-1"),
        ("import os; return os.setxattr(place, 'user.a', b'b')", "not permitted"),
        ("import resource as r, os; return r.prlimit(os.getppid(), r.RLIMIT_NOFILE)", "not permitted"),
        ("import os; return os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)", "not permitted"),
        ("import os; return os.sched_setaffinity(os.getppid(), [0])", "not permitted"),
        ("import ctypes; return ctypes.CDLL(None).shmget(0, 4096, 0o1600)", "-1"),
        ("return len(bytearray(3 << 30))", "MemoryError"),
        ("open('big', 'wb').truncate(1 << 40)", "too large|ended its process"),
    ],
)  # fmt: skip
def test_the_kernel_refuses(house: Make, tmp_path: Path, code: str, why: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    before = secret.stat()
    try:
        given = tried(house, code, str(secret))
    except LhpError as error:
        assert any(word in str(error) for word in why.split("|")), error  # noqa: PT017  (or what it gave)
    else:
        assert str(given) in why.split("|")
    assert secret.read_text() == "hidden"
    after = secret.stat()
    assert (after.st_mode, after.st_mtime) == (before.st_mode, before.st_mtime)


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("open('own', 'w').write('x'); return open('own').read()", "x"),
        ("import tempfile; return tempfile.TemporaryFile().write(b'abc')", 3),
        ("import threading; t = threading.Thread(target=len, args=['']); t.start(); return t.join()", None),
        ("return open('own', 'w').isatty()", False),
        ("import json, decimal, zoneinfo, sqlite3; return json.dumps([1])", "[1]"),
        ("import pydantic, jinja2; return 1", 1),
        ("import os; return sorted(os.environ)", ["LC_ALL", "PATH", "TMPDIR"]),
        ("import os; return os.getcwd() == place", False),
        ("import resource as r; return r.getrlimit(r.RLIMIT_CORE)", (0, 0)),
        ("return len(bytearray(1 << 26))", 1 << 26),
    ],
)  # fmt: skip
def test_it_can_do_what_it_needs(house: Make, tmp_path: Path, code: str, given: Any) -> None:
    assert tried(house, code, str(tmp_path)) == given


def test_the_secrets_of_the_host_are_not_in_its_environment(
    house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "dapi-hidden")
    assert tried(house, "import os; return os.environ.get('DATABRICKS_TOKEN')", "") is None


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import os; os._exit(0)", "it ended its process"),
        ("import ctypes; ctypes.string_at(0)", "it ended its process"),
        ("import os, signal; os.abort()", "it ended its process"),
        ("import sys; sys.exit(0)", "it tried to end the program"),
        ("raise BaseException('no')", "BaseException: no"),
        ("return 'x' * 9_000_000", "9,000,0"),
        ("return object", "not plain data"),
        ("return {1, 2}", "not plain data"),
    ],
)
def test_what_ends_or_lies_is_a_fault_of_the_plugin(house: Make, code: str, why: str) -> None:
    with pytest.raises(LhpError, match=why) as caught:
        tried(house, code, "")
    assert caught.value.code.id == "LHP-PLG-004"


def test_after_a_crash_the_next_call_has_a_new_process(house: Make) -> None:
    manager = house(TRY.format("import os; return os._exit(0) if place == 'die' else place"))
    manifest = manager.named("attempt")
    function = manager.resolver.load(manifest)
    assert function("a") == "a"
    with pytest.raises(LhpError, match="ended its process"):
        function("die")
    assert function("b") == "b"


def test_one_plugin_can_not_touch_another(house: Make) -> None:
    other = """
        import sys
        template_functions = {"see": lambda: "mine" in " ".join(sys.modules)}
    """
    manager = house(TRY.format("return 1"), other=other)
    manifest = manager.named("see")
    assert manager.resolver.call(manifest, manager.resolver.load(manifest)) is False


def test_nothing_is_left_of_what_a_sandbox_did_before(house: Make) -> None:
    seen = (
        "import gc, sys; named = lambda of: [type(each).__name__ for each in of]; return "
        "'example' in ' '.join(sys.modules), named(sys.meta_path).count('LocalModules'), "
        "named(gc.get_objects()).count('Channel')"
    )
    assert tried(house, seen, "") == (False, 1, 1)


@pytest.mark.skipif(not children_of(os.getppid()), reason="no /proc tells of children here")
def test_no_process_outlives_its_host() -> None:
    host = subprocess.Popen(
        [sys.executable, "-c", HOST], stdout=subprocess.PIPE, start_new_session=True
    )
    assert host.stdout is not None
    with host, host.stdout:
        (zygote,) = children_of(int(host.stdout.readline()))
        wait_until(lambda: len(children_of(zygote)) == 2)  # the one asked for, and the next
        all_of_it = [zygote, *children_of(zygote)]
        host.kill()
    wait_until(lambda: not any(map(is_alive, all_of_it)))


def test_a_file_that_no_import_names_is_not_there(house: Make) -> None:
    manager = house(
        TRY.format("import importlib; return importlib.import_module(__package__ + '.' + place).A"),
        unseen="A = 1",
        seen="A = 2",
    )
    manifest = manager.named("attempt")
    function = manager.resolver.load(manifest)
    with pytest.raises(LhpError, match=r"Permission denied|not among"):
        function("unseen")


def test_the_level_is_known(house: Make) -> None:
    manager = house(TRY.format("return 1"))
    manifest = manager.named("attempt")
    manager.resolver.load(manifest)
    isolation = manager.resolver.isolate.__self__  # type: ignore[attr-defined]
    assert isolation.level(manifest) == (KERNEL if CAN_WALL else PROCESS)


@WALLED
@pytest.mark.skipif(not CAN_WALL or os.geteuid() != 0, reason="it is no root that runs this")
def test_as_root_it_has_no_rights_left(house: Make) -> None:
    with pytest.raises(LhpError, match="Permission denied"):
        tried(house, "return open('/etc/shadow').read()", "")
