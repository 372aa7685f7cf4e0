"""Tells a person which datasets are being worked on and what became of those that are finished."""

from __future__ import annotations

import os
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Literal

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from lhp.run.outcome import DatasetDone, State
from lhp.run.shown import in_seconds, kind_in_words, progress_line, without_catalog
from lhp.text.spelled import spelled_out

_MARKS: Final[dict[State | Literal["stopped"], tuple[str, str, str]]] = {
    "done": ("✓", "+", "green"),
    "failed": ("✗", "x", "bold red"),
    "skipped": ("-", "-", "yellow"),
    "stopped": ("-", "-", "yellow"),
}


class Progress(AbstractContextManager["Progress"]):
    """One line for each finished dataset; on a terminal, below them what is running now.

    Its methods may be called from any thread. Use it as a context manager. The variables CI and
    LHP_NO_PROGRESS silence what is running now, not the lines.

    Args:
        console: Where to; None shows nothing.
        catalog: Tables of this catalog are called without it.
    """

    def __init__(self, console: Console | None, *, catalog: str = "") -> None:
        self._console = console
        self._catalog = catalog
        # No lock of ours: the console has one, and the thread that draws holds it while it reads.
        self._running: dict[str, tuple[str, float]] = {}
        self._is_stopped = False
        silenced = any(os.environ.get(name) for name in ("CI", "LHP_NO_PROGRESS"))
        self._live = (
            Live(
                console=console,
                get_renderable=self._now,
                transient=True,
                # stdout may be a pipe that wants results only.
                redirect_stdout=False,
            )
            if console and console.is_interactive and not silenced
            else None
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take away what is shown as running."""
        if self._live:
            self._live.stop()

    def start(self, name: str, kind: str) -> None:
        """Show that a dataset is being worked on.

        Args:
            name: Its full name.
            kind: As in DatasetDone.
        """
        self._running[name] = (kind, time.monotonic())
        if self._live and not self._is_stopped:
            self._live.start()

    def end(self, dataset: DatasetDone) -> None:
        """Print what became of a dataset, whether its start was told or not."""
        self._running.pop(dataset.name, None)
        if not self._is_stopped:
            line = progress_line(dataset, without_catalog(dataset.name, self._catalog))
            self._print(dataset.state, line)

    def stop(self) -> None:
        """Print that what is running now is not finished; what becomes of it is not told."""
        self._is_stopped = True
        for name, (kind, began) in self._running.copy().items():
            seconds = in_seconds(time.monotonic() - began)
            words = (without_catalog(name, self._catalog), kind_in_words(kind), "stopped", seconds)
            self._print("stopped", spelled_out("  ".join(words)))
        self._running.clear()

    def _print(self, state: State | Literal["stopped"], line: str) -> None:
        if self._console is None:
            return
        mark, plain_mark, style = _MARKS[state]
        if not _is_written(mark, self._console):
            mark = plain_mark
        text = Text.assemble((mark, style), " ", _written(line, self._console))
        self._console.print(text, soft_wrap=True)

    def _now(self) -> Group | Table:
        if not self._running or self._console is None:
            return Group()
        table = Table.grid(padding=(0, 2))
        for _ in range(3):
            table.add_column(no_wrap=True, overflow="crop")
        for name, (kind, began) in self._running.copy().items():
            texts = (without_catalog(name, self._catalog), kind_in_words(kind))
            shown = [_written(spelled_out(text), self._console) for text in texts]
            seconds = f"{time.monotonic() - began:.0f} s"
            table.add_row(*(Text(text) for text in (f"  {shown[0]}", shown[1], seconds)))
        return table


def _is_written(text: str, console: Console) -> bool:
    return _written(text, console) == text


def _written(text: str, console: Console) -> str:
    """Return a text in characters that the console's encoding has."""
    return text.encode(console.encoding, "backslashreplace").decode(console.encoding)
