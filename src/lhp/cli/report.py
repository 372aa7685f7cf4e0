"""How problems, plans and tables look: on a terminal, in a pipe, as JSON, as GitHub annotations.

Results go to stdout, problems and status to stderr. Whatever comes from a user's file is shown with
its control and direction characters spelled out.
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

from rich.cells import cell_len, set_cell_size

from lhp.errors import LhpError, LhpErrors, Location
from lhp.text.plain_secrets import (
    hidden,
    may_hold_secrets,
    plain_secrets_in,
    plain_secrets_of,
)
from lhp.text.regular import read_regular
from lhp.text.spelled import spelled_out
from lhp.text.yaml_reader import read_yaml

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Column

    from lhp.passes.write import ChangeKind, Plan

ProblemForm = Literal["text", "json", "github"]
TableForm = Literal["text", "json"]

_WIDTH = 80
_SHORT = 20
_STYLES = {"error": "bold red", "warning": "bold yellow"}
_MARKS: Mapping[ChangeKind, tuple[str, str, str]] = {
    "new": ("+", "green", ""),
    "changed": ("~", "yellow", ""),
    "stale": ("-", "red", ""),
    "edited": ("!", "bold red", "  (edited since it was generated)"),
    "unrecorded": ("!", "bold red", "  (generated, but in no state)"),
    "foreign": ("!", "bold red", "  (not written by lhp)"),
}
_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}
_PATIENCE_SECONDS = 1.0


def print_problems(
    problems: Iterable[LhpError],
    *,
    root: Path,
    form: ProblemForm = "text",
    file: TextIO | None = None,
) -> None:
    """Print each different problem once, sorted by place, and a summary.

    Args:
        problems: Errors and warnings in any order.
        root: The project's folder, to show the source lines.
        form: `text` for people, `json` for programs, `github` for annotations of a pull request.
        file: Where to; None is stderr for `text` and stdout for the others.
    """
    found = _sorted(problems)
    sources = _Sources(root, found)
    if form == "json":
        told = [_as_data(each, sources) for each in found]
        _print_json({"problems": told, "summary": _count(found)}, file)
    elif form == "github":
        for each in found:
            _Lines(file or sys.stdout).print(_annotation(each, root, sources))
    elif found:
        lines = _Lines(file or sys.stderr)
        for each in found:
            _print_problem(lines, each, sources)
        lines.print(_summary(found))


def print_tracebacks(problems: Iterable[LhpError], *, root: Path) -> None:
    """Print to stderr where the plugins failed that problems tell of.

    Args:
        problems: Errors and warnings.
        root: The project's folder.
    """
    for trace in tracebacks(problems, root=root):
        for line in trace.splitlines():
            print_status(line)


def tracebacks(problems: Iterable[LhpError], *, root: Path) -> list[str]:
    """Return where the plugins failed that problems tell of, each once, without secrets.

    Args:
        problems: Errors and warnings.
        root: The project's folder.
    """
    found = [*problems]
    sources = _Sources(root, found)
    traces = (str(problem.values.get("traceback") or "") for problem in found)
    return [*dict.fromkeys(sources.without_secrets(trace) for trace in traces if trace)]


def problems_as_data(problems: Iterable[LhpError], *, root: Path) -> list[dict[str, object]]:
    """Return each different problem once, as `--format json` shows it, sorted by place.

    Args:
        problems: Errors and warnings in any order.
        root: The project's folder, to leave out secrets of its files.
    """
    found = _sorted(problems)
    sources = _Sources(root, found)
    return [_as_data(each, sources) for each in found]


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    form: TableForm = "text",
    file: TextIO | None = None,
) -> None:
    """Print rows under their columns: folded to a terminal's width, one line each in a pipe.

    Args:
        columns: Headings; in JSON, in lower case with `_`, the keys of each row.
        rows: Texts, numbers, booleans, lists or None.
        form: `text` for people, `json` for programs.
        file: Where to; None is stdout.
    """
    if form == "json":
        keys = [column.lower().replace(" ", "_") for column in columns]
        _print_json([dict(zip(keys, row, strict=True)) for row in rows], file)
        return
    cells = [[escape(_cell(value)) for value in row] for row in rows]
    lines = _Lines(file or sys.stdout)
    if lines.is_terminal:
        _print_folded(_console(file or sys.stdout), columns, cells)
        return
    widths = [max(map(cell_len, column)) for column in zip(columns, *cells, strict=True)]
    for row in [list(columns), *cells]:
        padded = (
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        )
        lines.print("  ".join(padded).rstrip())


def _print_folded(console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table

    table = Table(*_headings(columns, rows, console.width), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    console.print(table, soft_wrap=False)


def _headings(
    columns: Sequence[str], rows: Sequence[Sequence[str]], width: int
) -> Iterator[Column]:
    """Yield the columns of a table on a terminal: short ones stay whole, the others fold."""
    from rich.table import Column

    widths = [max(map(cell_len, column)) for column in zip(columns, *rows, strict=True)]
    taken = sum(min(each, _SHORT) + 2 for each in widths)
    for column, longest in zip(columns, widths, strict=True):
        is_whole = longest <= _SHORT and taken <= width
        yield Column(column, overflow="fold", no_wrap=is_whole)


def print_plan(plan: Plan, *, diff: bool = False, file: TextIO | None = None) -> None:
    """Print what a run would do: `+` new, `~` changed, `-` removed, `!` refused.

    Args:
        plan: From the write pass.
        diff: Print the lines that change as well.
        file: Where to; None is stdout.
    """
    from lhp.passes.write import diff_text

    lines = _Lines(file or sys.stdout)
    if not plan.pending:
        lines.print("No changes: the output is up to date.")
    for change in plan.pending:
        mark, style, remark = _MARKS[change.kind]
        lines.print((mark, style), f" {escape(change.path)}{remark}")
        if diff:
            _print_lines(lines, diff_text(change))


def print_diff(path: str, old: str, new: str) -> None:
    """Print the lines of a file that change.

    Args:
        path: The file, as it is shown.
        old: What it holds.
        new: What it is to hold.
    """
    from lhp.passes.write import Change, diff_text

    _print_lines(_Lines(sys.stdout), diff_text(Change(path, "changed", old, new)))


def _print_lines(lines: _Lines, diff: str) -> None:
    for line in diff.split("\n")[:-1]:
        lines.print((escape(line), _DIFF_STYLES.get(line[:1], "")))


def print_status(text: str, *, file: TextIO | None = None) -> None:
    """Print one line about how the run is going; None is stderr."""
    _Lines(file or sys.stderr).print(escape(text))


def print_plan_data(
    plan: Plan,
    problems: Iterable[LhpError],
    *,
    root: Path,
    diff: bool = False,
    file: TextIO | None = None,
) -> None:
    """Print what a run does, and what is wrong, as one JSON document.

    Args:
        plan: From the write pass.
        problems: Errors and warnings in any order.
        root: The project's folder.
        diff: Give the lines that change as well, as a text that `git apply` takes.
        file: Where to; None is stdout.
    """
    from lhp.passes.write import diff_text

    found = _sorted(problems)
    changes = [
        {
            "path": change.path,
            "kind": change.kind,
            **({"diff": diff_text(change)} if diff else {}),
        }
        for change in plan.pending
    ]
    summary = {**_count(found), "changes": len(changes)}
    sources = _Sources(root, found)
    told = [_as_data(each, sources) for each in found]
    _print_json({"changes": changes, "problems": told, "summary": summary}, file)


@contextmanager
def progress(
    label: str, total: int, *, enabled: bool = True, file: TextIO | None = None
) -> Iterator[Callable[[], None]]:
    """Show a bar on a terminal while something takes longer than a second.

    Args:
        label: What is being done.
        total: How many steps it has.
        enabled: False never shows it; neither do the variables CI and LHP_NO_PROGRESS.
        file: Where to; None is stderr.

    Yields:
        A function to call after each step.
    """
    silenced = any(os.environ.get(name) for name in ("CI", "LHP_NO_PROGRESS"))
    if not enabled or silenced or not (file or sys.stderr).isatty():
        yield lambda: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = _console(file or sys.stderr)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    # stdout may be a pipe that wants results only.
    bar = Progress(*columns, console=console, transient=True, redirect_stdout=False)
    task = bar.add_task(escape(label), total=total)
    began = time.monotonic()

    def advance() -> None:
        bar.advance(task)
        late = time.monotonic() - began >= _PATIENCE_SECONDS
        if late and not bar.live.is_started:
            bar.start()

    try:
        yield advance
    finally:
        if bar.live.is_started:
            bar.stop()


def escape(text: str) -> str:
    """Return a text for one line of a terminal, in which nothing does anything."""
    return spelled_out(text.replace("\t", " "))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


class _Lines:
    """Prints lines: bare ones in a pipe, styled ones on a terminal or where color is forced.

    Args:
        file: Where to.
    """

    def __init__(self, file: TextIO) -> None:
        if isinstance(file, TextIOWrapper) and file.errors == "strict":
            file.reconfigure(errors="backslashreplace")
        self._file = file
        self.is_terminal = file.isatty()
        is_styled = self.is_terminal or os.environ.get("FORCE_COLOR")
        self._console = _console(file) if is_styled else None

    @property
    def width(self) -> int | None:
        """Columns of the terminal; None in a pipe."""
        return self._console.width if self._console and self.is_terminal else None

    def print(self, *parts: str | tuple[str, str]) -> None:
        """Print one line of parts: texts, or texts with their styles."""
        if self._console is not None:
            from rich.text import Text

            self._console.print(Text.assemble(*parts))
            return
        texts = (part if isinstance(part, str) else part[0] for part in parts)
        self._file.write(f"{''.join(texts)}\n")
        self._file.flush()


def _console(file: TextIO) -> Console:
    from rich.console import Console

    return Console(
        file=file,
        # NO_COLOR alone would leave rich's bold text in escape sequences.
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
    )


def _print_json(data: object, file: TextIO | None) -> None:
    print(json.dumps(data, indent=2, default=str), file=file or sys.stdout)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _sorted(problems: Iterable[LhpError]) -> list[LhpError]:
    each_once = {(_place(each), each.code.id, each.message): each for each in problems}
    return [each_once[key] for key in sorted(each_once)]


def _place(problem: LhpError) -> Location:
    return problem.location or Location("")


def _count(problems: Sequence[LhpError]) -> dict[str, int]:
    warnings = sum(each.is_warning for each in problems)
    return {"errors": len(problems) - warnings, "warnings": warnings}


def _summary(problems: Sequence[LhpError]) -> str:
    counts = ((number, word[:-1]) for word, number in _count(problems).items() if number)
    text = ", ".join(counted(*count) for count in counts)
    files = {_place(each).path for each in problems} - {""}
    return f"{text} in {counted(len(files), 'file')}" if files else text


def _as_data(problem: LhpError, sources: _Sources) -> dict[str, object]:
    place = _place(problem)
    message, hint = sources.told(problem)
    return {
        "code": problem.code.id,
        "severity": problem.code.severity,
        "path": place.path or None,
        "line": place.line or None,
        "column": place.column or None,
        "message": message,
        "hint": hint or None,
    }


def _annotation(problem: LhpError, root: Path, sources: _Sources) -> str:
    place = _place(problem)
    message, hint = sources.told(problem)
    given = {
        "file": _in_repository(root, place.path) if place.path else "",
        "line": place.line,
        "col": place.column,
        "title": problem.code.id,
    }
    values = {name: _data(str(value)) for name, value in given.items() if value}
    properties = ",".join(
        f"{name}={value.replace(':', '%3A').replace(',', '%2C')}" for name, value in values.items()
    )
    text = message + (f"\nhelp: {hint}" if hint else "")
    return f"::{problem.code.severity} {properties}::{_data(text)}"


def _data(text: str) -> str:
    lines = text.replace("%", "%25").replace("\r", "%0D").split("\n")
    return "%0A".join(map(escape, lines))


def _in_repository(root: Path, path: str) -> str:
    workspace = Path(os.path.realpath(os.environ.get("GITHUB_WORKSPACE") or root))
    file = Path(os.path.realpath(root)) / path
    return file.relative_to(workspace).as_posix() if file.is_relative_to(workspace) else path


def _print_problem(lines: _Lines, problem: LhpError, sources: _Sources) -> None:
    width = lines.width
    severity, place = problem.code.severity, _place(problem)
    head = (f"{severity}[{problem.code.id}]", _STYLES.get(severity, ""))
    lines.print(head, f" {escape(str(place))}" if place.path else "")
    message, hint = sources.told(problem)
    for line in _paragraph("  ", message, width):
        lines.print(line)
    source = sources.line(place)
    for line in _excerpt(place, source, width or _WIDTH) if source is not None else ():
        lines.print((line, "dim"))
    for line in _paragraph("  help: ", hint, width) if hint else ():
        lines.print(line)


def _paragraph(prefix: str, text: str, width: int | None) -> Iterator[str]:
    first, *rest = text.split("\n")
    # The bar keeps a CI system from reading a user's line as a command to it.
    for indent, line in [(prefix, first), *(("  | ", line) for line in rest)]:
        if width is None:
            yield indent + escape(line)
        else:
            yield from textwrap.wrap(
                escape(line),
                width,
                initial_indent=indent,
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )


def _excerpt(place: Location, line: str, width: int) -> Iterator[str]:
    gutter = f"{place.line:5} | "
    room = width - len(gutter)
    before, shown = escape(line[: max(place.column - 1, 0)]), escape(line)
    # Of a long line, the part around the column.
    start = max(len(before) - room // 2, 0) if cell_len(shown) > room else 0
    yield gutter + set_cell_size(shown[start:], room).rstrip()
    if place.column:
        yield " " * (len(gutter) - 2) + "| " + " " * cell_len(before[start:]) + "^"


class _Sources:
    """The files that problems point to, each read once; secrets in any of them are never shown."""

    def __init__(self, root: Path, problems: Iterable[LhpError]) -> None:
        self._root = root
        self._read = cache(self._lines_and_secrets)
        # Whatever holds one has a warning, and what a plugin says of it stands elsewhere.
        read = map(self._read, sorted({_place(each).path for each in problems}))
        self._secrets = frozenset(secret for _, secrets in read for secret in secrets)

    def without_secrets(self, text: str) -> str:
        """Return a text in which no secret stands that is in one of the files."""
        return hidden(text, self._secrets)

    def told(self, problem: LhpError) -> tuple[str, str]:
        """Return the message and the hint of a problem."""
        return self.without_secrets(problem.message), self.without_secrets(problem.hint)

    def line(self, place: Location) -> str | None:
        """Return the line that a place is in; None where there is none."""
        lines, _ = self._read(place.path) if place.line > 0 else ((), ())
        return self.without_secrets(lines[place.line - 1]) if 0 < place.line <= len(lines) else None

    def _lines_and_secrets(self, path: str) -> tuple[Sequence[str], frozenset[str]]:
        try:
            content = read_regular(self._root / path)
        except (OSError, ValueError):
            return (), frozenset()
        lines = content.decode("utf-8-sig", errors="replace").split("\n")
        if not path.endswith((".yaml", ".yml")) or not may_hold_secrets(content):
            return lines, frozenset()
        return lines, frozenset([*plain_secrets_in(lines), *_values(content, path)])


def _values(content: bytes, path: str) -> Iterator[str]:
    """Yield the secrets of a YAML file as they are read, which may not be as they are written."""
    try:
        documents = read_yaml(content, path)
    except LhpErrors:
        return
    for document in documents:
        yield from plain_secrets_of(document.data)
