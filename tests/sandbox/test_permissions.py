"""What a plugin asks for beyond answering: nothing of it before it is approved, and no more."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lhp.core.permissions import Permissions
from lhp.core.plugin_manager import PluginManager
from lhp.errors import LhpError
from lhp.sandbox.isolation import Isolation
from lhp.sandbox.kernel import KERNEL, expected_level

WALLED = pytest.mark.skipif(expected_level() != KERNEL, reason="this kernel has no Landlock")
CODE = "def attempt(place):\n    {}\n\n\nclass Rules:\n    def validate(self, config):\n        return []\n"
LINES = """\
name: demo
plugins:
  entry_points: false
  enabled:
    - {{name: attempt, type: template_filter, module: mine.tries, class: attempt{}}}
"""
Try = Callable[..., Any]


@pytest.fixture
def attempt(tmp_path: Path) -> Iterator[Try]:
    """Return a function that lets a plugin with permissions try something."""
    made: list[Isolation] = []

    def make(permissions: str, code: str, place: str = "") -> Any:
        root = tmp_path / "demo"
        (root / "mine").mkdir(parents=True, exist_ok=True)
        (root / "lhp.yaml").write_text(LINES.format(permissions))
        (root / "mine/tries.py").write_text(CODE.format(code))
        (root / "data.csv").write_text("1,2")
        (root / "other.txt").write_text("no")
        manager = PluginManager(root)
        made.append(Isolation(manager))
        manager.resolver.isolate = made[-1].stand_in
        manifest = manager.named("attempt")
        return manager.resolver.call(manifest, manager.resolver.load(manifest), place)

    yield make
    for isolation in made:
        isolation.close()


def test_it_sees_the_variables_that_it_asked_for_alone(
    attempt: Try, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGION", "emea")
    monkeypatch.setenv("TOKEN", "hidden")
    code = "import os; return [os.environ.get('REGION'), os.environ.get('TOKEN')]"
    assert attempt("", code) == [None, None]
    assert attempt(", permissions: {env: [REGION, ABSENT]}", code) == ["emea", None]


@WALLED
def test_it_reads_the_files_that_it_asked_for_alone(attempt: Try, tmp_path: Path) -> None:
    code, root = "return open(place).read()", tmp_path / "demo"
    asked = ", permissions: {read: ['*.csv']}"
    assert attempt(asked, code, str(root / "data.csv")) == "1,2"
    (root / "land/deep").mkdir(parents=True)
    (root / "land/deep/more.csv").write_text("3")
    for pattern in ("land", "land/", "land/**", "land/**/*.csv", "l?nd/deep/more.csv", "**"):
        given = f", permissions: {{read: ['{pattern}']}}"
        assert attempt(given, code, str(root / "land/deep/more.csv")) == "3"
    (root / "land/out").symlink_to("/")
    for pattern in ("land/out", "land/out/**", "land/*/etc/*", "*/**"):
        given = f", permissions: {{read: ['{pattern}']}}"
        with pytest.raises(LhpError, match="Permission denied"):
            attempt(given, code, "/etc/hosts")
    for permissions, name in (("", "data.csv"), (asked, "other.txt"), (asked, "lhp.yaml")):
        with pytest.raises(LhpError, match="Permission denied"):
            attempt(permissions, code, str(root / name))


@WALLED
def test_it_uses_the_network_and_no_socket_of_this_machine(attempt: Try) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with server.accept()[0] as connected:
                connected.sendall(b"hello")

        thread = threading.Thread(target=answer)
        thread.start()
        code = "import socket; return socket.create_connection(('127.0.0.1', int(place))).recv(9).decode()"
        port = str(server.getsockname()[1])
        with pytest.raises(LhpError, match="not permitted"):
            attempt("", code, port)
        assert attempt(", permissions: {net: true}", code, port) == "hello"
        thread.join()
    code = "import asyncio; return asyncio.run(asyncio.sleep(0, 'done'))"
    assert attempt(", permissions: {net: true}", code) == "done"
    # A pair of datagrams could be sent to any socket.
    for code in (
        "import socket; return socket.socket(socket.AF_UNIX)",
        "import socket; return socket.socketpair(type=socket.SOCK_DGRAM)",
        "import socket; return socket.socketpair(type=socket.SOCK_SEQPACKET)",
        "import socket; return socket.socket(socket.AF_VSOCK)",
        "import os; return os.fork()",
    ):
        with pytest.raises(LhpError, match="not permitted"):
            attempt(", permissions: {net: true}", code)


@pytest.mark.parametrize("is_folder", [True, False], ids=["folders", "files"])
def test_it_imports_what_is_installed_as_links(
    attempt: Try, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_folder: bool
) -> None:
    store, site = tmp_path / "store/abc", tmp_path / "site-packages"
    files = {"acme_linked/__init__.py": "WORD = 'here'\n", "acme_linked-1.dist-info/METADATA": ""}
    for path, text in files.items():
        (store / path).parent.mkdir(parents=True)
        (store / path).write_text(text, encoding="utf-8")
        link = (site / path).parent if is_folder else site / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to((store / path).parent if is_folder else store / path)
    (tmp_path / "store/other.txt").write_text("no", encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    assert attempt("", "import acme_linked; return acme_linked.WORD") == "here"
    if expected_level() == KERNEL:
        with pytest.raises(LhpError, match="Permission denied"):
            attempt("", "return open(place).read()", str(tmp_path / "store/other.txt"))


@WALLED
@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("import subprocess; subprocess.run(['true'])", "start programs, ask for .*run: true"),
        ("import subprocess; subprocess.check_output('true', shell=True)", "run: true"),
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "ask for .*net: true"),
        (
            "from urllib.request import urlopen; urlopen('http://127.0.0.1:9')",
            "use the network, ask for .*net: true",
        ),
    ],
)
def test_what_to_ask_for_is_told(attempt: Try, code: str, advice: str) -> None:
    with pytest.raises(LhpError, match=advice):
        attempt("", code)


@WALLED
def test_it_takes_the_memory_that_it_asked_for(attempt: Try) -> None:
    code = "return len(bytearray(1_500_000_000))"
    with pytest.raises(LhpError, match="MemoryError"):
        attempt("", code)
    assert attempt(", permissions: {memory_mb: 2048}", code) == 1_500_000_000


@pytest.mark.parametrize("code", ["import time; time.sleep(1.2); return 1", "while True: pass"])
def test_it_takes_the_time_that_it_asked_for(attempt: Try, code: str) -> None:
    if "sleep" in code:
        assert attempt("", code) == 1
    with pytest.raises(LhpError, match=r"it took more than 0\.3 seconds"):
        attempt(", permissions: {time_s: {call: 0.3}}", code)


def test_without_isolation_it_lives_in_the_host(attempt: Try) -> None:
    code = "import os; return os.getpid()"
    assert attempt("", code) != os.getpid()
    assert attempt(", isolation: none", code) == os.getpid()


@pytest.mark.parametrize(
    ("asked", "granted", "words"),
    [
        ({}, {}, []),
        ({"env": ["A"]}, {"env": ["A", "B"]}, []),
        ({"env": ["A", "C"]}, {"env": ["A"]}, ["sees the variable C"]),
        ({"read": ["x/*"]}, {}, ["reads x/*"]),
        ({"net": True}, {"net": True}, []),
        ({"net": True}, {}, ["uses the network"]),
        ({"memory_mb": 64}, {}, []),
        ({"memory_mb": 2048}, {}, ["takes 2048 MiB of memory"]),
        ({"time_s": {"call": 60}}, {}, ["takes 60 seconds for a call"]),
        ({"time_s": {"import": 60}}, {}, ["takes 60 seconds to be imported"]),
        ({"isolation": "none"}, {}, ["runs with all your rights, in the process of lhp"]),
    ],
)
def test_what_is_more_than_was_granted_is_told(asked: Any, granted: Any, words: list[str]) -> None:
    wants = Permissions.of(asked)
    assert [*wants.beyond(Permissions.of(granted))] == words
    assert Permissions.of(wants.as_data()) == wants


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return a function that makes a project of somebody whom nobody trusts."""
    monkeypatch.setenv("LHP_USER_DIR", str(tmp_path / "user"))
    monkeypatch.setenv("CI", "1")

    def make(permissions: str) -> Path:
        root = tmp_path / "demo"
        for folder in ("mine", "pipelines", "substitutions"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        line = LINES.format(permissions).replace(
            "attempt, type: template_filter", "a, type: validator"
        )
        (root / "lhp.yaml").write_text(line.replace("class: attempt", "class: Rules"))
        (root / "mine/tries.py").write_text(CODE.format("return 1"))
        (root / "substitutions/dev.yaml").write_text("dev: {}\n")
        (root / "pipelines/a.yaml").write_text(
            "pipeline: p\nflowgroup: f\nactions:\n"
            "  - {name: l, type: load, target: v, source: {type: sql, sql: SELECT 1}}\n"
            "  - {name: w, type: write, source: v, write_target: {type: streaming_table,\n"
            "     catalog: c, schema: s, table: t}}\n"
        )
        monkeypatch.chdir(root)
        return root

    return make


def test_permissions_are_approved_with_the_bytes_and_wider_ones_anew(
    stranger: Callable[[str], Path], lhp: Any
) -> None:
    stranger(", permissions: {env: [A]}")
    assert lhp("validate").code == 1
    shown = lhp("plugins", "trust", "a", "--yes")
    assert "asks for it sees the variable A" in shown.out
    assert lhp("validate").code == 0
    stranger("")
    assert lhp("validate").code == 0
    stranger(", permissions: {env: [A], net: true}, isolation: none")
    ended = lhp("validate")
    assert ended.code == 1
    told = " ".join(ended.err.split())
    assert "it now uses the network" in told
    assert "it now runs with all your rights" in told
    lhp("plugins", "trust", "a", "--yes")
    assert lhp("validate").code == 0


def test_the_lock_holds_what_is_asked_for(stranger: Callable[[str], Path], lhp: Any) -> None:
    stranger(", permissions: {env: [A]}")
    lhp("plugins", "trust", "--all", "--yes")
    assert lhp("plugins", "lock").code == 0
    assert lhp("validate", "--locked").code == 0
    stranger("")
    ended = lhp("validate", "--locked")
    assert (ended.code, "what it asks for changed" in ended.err) == (1, True)


@pytest.mark.parametrize(
    "permissions",
    [
        "{read: [/etc/passwd]}",
        "{read: [../x]}",
        "{read: ['~/x']}",
        "{net: yes please}",
        "{memory_mb: 0}",
        "{time_s: {call: -1}}",
        "{write: [x]}",
        "{env: X}",
        "{read: 5}",
        "{env: [5]}",
        "{time_s: 3}",
        "{memory_mb: x}",
        "5",
        "[x]",
    ],
)
def test_what_nobody_can_ask_for_is_an_error(
    stranger: Callable[[str], Path], lhp: Any, permissions: str
) -> None:
    stranger(f", permissions: {permissions}")
    ended = lhp("validate")
    assert (ended.code, "lhp.yaml:5" in ended.err) == (1, True)
    assert lhp("plugins", "trust", "a", "--yes").code in (0, 1)
    assert lhp("plugins", "list").code == 0
