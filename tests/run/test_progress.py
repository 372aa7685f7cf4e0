"""What a person sees while a run goes on: on a terminal, in a pipe, where there is no color."""

from __future__ import annotations

import io
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from rich.console import Console

from lhp.run.outcome import DatasetDone, FlowDone
from lhp.run.progress import Progress

ORDERS = DatasetDone(
    "acme.silver.orders",
    "streaming_table",
    "p",
    "f",
    flows=(FlowDone("f", 120, 118),),
    seconds=1.42,
)
LINE = "silver.orders  streaming table  in 120  out 118  1.4 s"


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "LHP_NO_PROGRESS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def terminal() -> tuple[Console, io.StringIO]:
    file = io.StringIO()
    return Console(file=file, force_terminal=True, width=80, color_system=None), file


def shows_soon(file: io.StringIO, text: str) -> bool:
    end = time.monotonic() + 10
    while text not in file.getvalue() and time.monotonic() < end:
        time.sleep(0.02)
    return text in file.getvalue()


def test_a_terminal_shows_what_is_running_until_it_is_finished() -> None:
    console, file = terminal()
    with Progress(console, catalog="acme") as progress:
        progress.start(ORDERS.name, ORDERS.kind)
        assert shows_soon(file, "silver.orders  streaming table  0 s")
        progress.end(ORDERS)
        before = len(file.getvalue())
    # What stays is the line; what was running is taken away.
    assert f"✓ {LINE}\n" in file.getvalue()
    assert "0 s" not in file.getvalue()[before:]
    assert "\x1b[?25h" in file.getvalue()[before:]  # the cursor is back


def test_what_is_running_goes_away_when_the_run_breaks_off() -> None:
    console, file = terminal()

    def run() -> None:
        with Progress(console) as progress:
            progress.start(ORDERS.name, ORDERS.kind)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert "\x1b[?25h" in file.getvalue()


@pytest.mark.parametrize("name", ["CI", "LHP_NO_PROGRESS"])
def test_a_variable_silences_what_is_running_alone(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "1")
    console, file = terminal()
    with Progress(console, catalog="acme") as progress:
        progress.start(ORDERS.name, ORDERS.kind)
        progress.end(ORDERS)
    assert file.getvalue() == f"✓ {LINE}\n"


def test_a_pipe_gets_a_plain_line_for_each_finished_dataset() -> None:
    file = io.StringIO()
    long = replace(ORDERS, name="acme.silver." + "o" * 200, state="failed")
    with Progress(Console(file=file, width=40)) as progress:
        progress.start(ORDERS.name, ORDERS.kind)
        progress.end(ORDERS)
        progress.end(long)
        progress.end(replace(ORDERS, state="skipped"))
    assert file.getvalue().splitlines() == [
        f"✓ acme.{LINE}",
        f"✗ {long.name}  streaming table  failed  1.4 s",
        "- acme.silver.orders  streaming table  skipped",
    ]


def test_what_is_running_when_the_run_is_stopped_has_not_failed() -> None:
    file = io.StringIO()
    with Progress(Console(file=file), catalog="acme") as progress:
        progress.start(ORDERS.name, ORDERS.kind)
        progress.stop()
        progress.end(replace(ORDERS, state="failed"))  # as Spark ends under it
    assert file.getvalue() == "- silver.orders  streaming table  stopped  0.0 s\n"


def test_without_a_console_nothing_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with Progress(None) as progress:
        progress.start(ORDERS.name, ORDERS.kind)
        progress.end(ORDERS)
        progress.start(ORDERS.name, ORDERS.kind)
        progress.stop()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("encoding", "lines"),
    [
        ("ascii", [r"+ gr\xf6\xdfe  sink  1.4 s", r"x gr\xf6\xdfe  sink  failed  1.4 s"]),
        ("cp1252", ["+ größe  sink  1.4 s", "x größe  sink  failed  1.4 s"]),
        ("utf-8", ["✓ größe  sink  1.4 s", "✗ größe  sink  failed  1.4 s"]),
    ],
)
def test_what_the_encoding_does_not_have_is_written_with_what_it_has(
    encoding: str, lines: list[str]
) -> None:
    stream = io.BytesIO()
    file = io.TextIOWrapper(stream, encoding, newline="\n")
    sink = replace(ORDERS, name="größe", kind="sink", flows=())
    with Progress(Console(file=file)) as progress:
        progress.end(sink)
        progress.end(replace(sink, state="failed"))
    file.flush()
    assert stream.getvalue().decode(encoding).splitlines() == lines


def test_a_name_is_text_and_no_markup() -> None:
    console, file = terminal()
    evil = replace(ORDERS, name="[red]\x1b[2J:smile:\u202e", kind="sink", flows=())
    with Progress(console) as progress:
        progress.start(evil.name, evil.kind)
        assert shows_soon(file, r"[red]\x1b[2J:smile:\u202e")
        progress.end(evil)
    assert "\x1b[2J" not in file.getvalue()
    assert "\u202e" not in file.getvalue()


@pytest.mark.parametrize("is_terminal", [True, False])
def test_lines_of_several_threads_stay_whole(is_terminal: bool) -> None:  # noqa: FBT001  (a row)
    file = io.StringIO()
    console = Console(file=file, force_terminal=is_terminal, width=80, color_system=None)

    def work(number: int) -> None:
        dataset = replace(ORDERS, name=f"t{number:03}", kind="sink", flows=())
        progress.start(dataset.name, dataset.kind)
        progress.end(dataset)

    with Progress(console) as progress, ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(200)))
    lines = re.findall(r"✓ (t\d{3})  sink  1\.4 s\n", file.getvalue())
    assert sorted(lines) == [f"t{number:03}" for number in range(200)]
