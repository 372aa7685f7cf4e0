"""Tells what a run did on one HTML page, which needs nothing beside it and asks no server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.cells import cell_len, set_cell_size

from lhp.run.drawing import BOX_HEIGHT, BOX_WIDTH, Box, Drawing, draw
from lhp.run.outcome import Checked, DatasetDone, RunDone
from lhp.run.shown import (
    checks_of,
    counted,
    emulated,
    ignored,
    in_seconds,
    kind_in_words,
    result_of,
    short_names,
)
from lhp.text.spelled import spelled_out
from lhp.values import frozen

# What fits a box in its two sizes of letters.
_NAME_CELLS = 27
_KIND_CELLS = 36
_VALUE_LETTERS = 300
_MARKS = {
    "done": "✓",
    "passed": "✓",
    "failed": "✗",
    "skipped": "-",
    "warned": "!",
    "elsewhere": "",
}


@frozen
class _Row:
    """A dataset or test, called as the page calls it."""

    done: DatasetDone
    name: str
    anchor: str
    state: str
    checks: Sequence[Checked]
    reads: Sequence[str]
    views: Mapping[str, Sequence[str]]


@frozen
class _Node:
    """A box of the graph with its texts; `anchor` is empty where the page tells no more of it."""

    box: Box
    title: str
    label: str
    detail: str
    state: str
    anchor: str


class _Number(str):
    """A number as it is written in JSON, whose digits no float keeps."""

    __slots__ = ()


def report_html(done: RunDone) -> str:
    """Return the page: the same text for the same run."""
    names = short_names(done)
    rows = [
        _Row(
            done=each,
            name=names[each.name],
            anchor=f"dataset-{number}",
            state=result_of(each) if each.is_test else each.state,
            checks=checks_of(each),
            reads=[names[name] for name in each.reads],
            views={
                view: [names.get(name, name) for name in read] for view, read in each.views.items()
            },
        )
        for number, each in enumerate(done.datasets, start=1)
    ]
    tables = [row for row in rows if not row.done.is_test]
    drawing = draw(_reads(tables))
    return _PAGE.render(
        done=done,
        totals=_totals(tables, done),
        problems=[row for row in rows if row.done.problem or row.done.state != "done"],
        drawing=drawing,
        nodes=_nodes(drawing, tables, names),
        pipelines=_by_pipeline(tables),
        expecting=[row for row in tables if row.checks],
        tests=[row for row in rows if row.done.is_test],
        left_out=[
            (title, {text: [names[name] for name in used] for text, used in told.items()})
            for title, told in (("Ignored", ignored(done)), ("Emulated", emulated(done)))
            if told
        ],
    )


def _totals(tables: Sequence[_Row], done: RunDone) -> Mapping[str, str]:
    tests = [each for each in done.datasets if each.is_test]
    checks = [check for row in tables for check in row.checks]
    states = [row.state for row in tables]
    results = [*map(result_of, tests)]
    dropped = sum(row.done.dropped for row in tables)
    return {
        "Datasets": _counts(states, ("done", "failed", "skipped")),
        "Rows written": f"{sum(row.done.rows_out for row in tables):,}",
        "Rows dropped": f"{dropped:,}",
        "Expectations": _counts(
            ["broken" if check.failed else "held" for check in checks], ("held", "broken")
        ),
        "Tests": _counts(results, ("passed", "warned", "failed", "skipped")),
        "Time": f"{in_seconds(done.seconds)}, of these {in_seconds(done.session_seconds)}"
        " to start Spark",
    }


def _counts(found: Sequence[str], known: Sequence[str]) -> str:
    parts = (f"{found.count(each):,} {each}" for each in known if each in found)
    return ", ".join(parts) or "none"


def _reads(rows: Sequence[_Row]) -> Mapping[str, Sequence[str]]:
    own = dict.fromkeys(row.done.name for row in rows)
    used = dict.fromkeys(name for row in rows for name in row.done.reads)
    elsewhere = [name for name in used if name not in own]
    found: dict[str, list[str]] = {name: [] for name in [*elsewhere, *own]}
    for row in rows:
        found[row.done.name] += row.done.reads
    return found


def _nodes(drawing: Drawing, rows: Sequence[_Row], names: Mapping[str, str]) -> Iterator[_Node]:
    known = {row.done.name: row for row in reversed(rows)}
    for box in drawing.boxes:
        row = known.get(box.name)
        kind = kind_in_words(row.done.kind) if row else "not part of this run"
        held = row.done.rows if row else None
        detail = kind if held is None else f"{kind} · {counted(held, 'row')}"
        state = row.state if row else "elsewhere"
        yield _Node(
            box=box,
            title=f"{box.name}: {detail}" + (f", {state}" if row else ""),
            label=_shortened(names[box.name], _NAME_CELLS),
            detail=_shortened(detail, _KIND_CELLS),
            state=state,
            anchor=row.anchor if row else "",
        )


def _by_pipeline(rows: Sequence[_Row]) -> Mapping[str, Sequence[_Row]]:
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.done.pipeline, []).append(row)
    return found


def _shortened(text: str, cells: int) -> str:
    """Return a text without its middle where it takes more cells: names differ at both ends."""
    text = spelled_out(text)
    if cell_len(text) <= cells:
        return text
    half = (cells - 1) // 2
    end = set_cell_size(text[::-1], half)[::-1]
    return f"{set_cell_size(text, cells - 1 - half)}…{end}"


def _samples(samples: Sequence[str]) -> tuple[Sequence[str], Sequence[Sequence[str | None]]]:
    """Return the columns and rows of a table of JSON objects; None is a null."""
    rows = [_sample(each) for each in samples]
    columns = [*dict.fromkeys(name for row in rows for name in row)]
    return columns, [[row.get(name, "") for name in columns] for row in rows]


def _sample(text: str) -> Mapping[str, str | None]:
    try:
        read = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_Number)
        if not isinstance(read, dict):
            return {"row": _cut(text)}
        return {
            name: None if value is None else _cut(_value(value)) for name, value in read.items()
        }
    except (ValueError, RecursionError):
        return {"row": _cut(text)}


def _value(value: Any) -> str:
    return value if isinstance(value, str) else _as_json(value)


def _as_json(value: Any) -> str:
    if isinstance(value, dict):
        parts = (f"{_as_json(name)}: {_as_json(each)}" for name, each in value.items())
        return f"{{{', '.join(parts)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_as_json, value))}]"
    return value if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= _VALUE_LETTERS else f"{text[:_VALUE_LETTERS]}…"


def _printed(value: object) -> object:
    """Return what `{{ }}` prints: texts with what nobody sees spelled out, nothing for None."""
    if hasattr(value, "__html__"):
        return value
    if isinstance(value, str):
        return spelled_out(value.replace("\r\n", "\n"), keep="\n\t")
    return "" if value is None else value


def _page() -> Environment:
    jinja = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printed,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.filters.update(kind=kind_in_words, seconds=in_seconds, samples=_samples, counted=counted)
    jinja.filters["number"] = lambda count: None if count is None else f"{count:,}"
    jinja.globals.update(marks=_MARKS, box_width=BOX_WIDTH, box_height=BOX_HEIGHT)
    return jinja


_PAGE = _page().get_template("report.html.j2")
