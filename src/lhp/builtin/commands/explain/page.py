"""Prints what a line becomes, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from lhp.builtin.commands.explain.found import Found
from lhp.builtin.commands.explain.lines import Target
from lhp.cli.report import counted, escape, print_table
from lhp.errors import Location
from lhp.model.flowgroup import as_written
from lhp.model.origin import IN_FILE, Step, Value
from lhp.model.source import Unresolved, map_text, plain
from lhp.text.plain_secrets import hidden

_SOME = 20
_LONGEST = 120


def print_page(target: Target, found: Found, *, shows_all: bool) -> None:
    """Print what a line becomes.

    Args:
        target: What the line says.
        found: What it becomes.
        shows_all: False prints only some of many uses.
    """
    page = _Page(target, found)
    click.echo(escape(f"{target.place}: {target.key} ({found.env})"))
    if len(found.values) == 1 and not target.is_action:
        page.print_value(found.values[0])
    elif found.values:
        page.print_values()
    else:
        page.print_written()
    if found.uses:
        page.print_uses(None if shows_all else _SOME)
    elif not found.values:
        click.echo()
        is_known = not found.problems
        click.echo(f"No flowgroup uses it in {found.env}." if is_known else "It can't be resolved.")


def print_data(target: Target, found: Found) -> None:
    """Print what a line becomes as one JSON document.

    Args:
        target: What the line says.
        found: What it becomes.
    """
    page = _Page(target, found)
    data = {
        "env": found.env,
        **_place(target.place),
        "key": target.key,
        "written": page.plain(target.entry.value),
        "token": page.plain(found.token.written) if found.token else None,
        "values": [page.data_of(each) for each in found.values],
        "uses": [page.data_of(each) for each in found.uses],
    }
    click.echo(json.dumps(data, indent=2))


class _Page:
    """Shows values, their secrets hidden."""

    def __init__(self, target: Target, found: Found) -> None:
        self._target = target
        self._found = found

    def print_value(self, value: Value) -> None:
        click.echo(escape(_title(value)))
        self._print_text(self._value(value))
        click.echo()
        print_table(("From", "Written", "Where"), self._rows(value.steps, ""))

    def print_written(self) -> None:
        token, written = self._found.token, self._target.entry.value
        if token and token.is_lost:
            click.echo(f"overridden by {token.at}")
        if token or not isinstance(written, (dict, list)):
            self._print_text(self._shown(token.written if token else written))

    def print_values(self) -> None:
        first = self._found.values[0]
        holder = f"{first.flowgroup.label}: {first.action}" if first.action else _title(first)
        click.echo(escape(holder))
        click.echo()
        rows = [
            (_key_beside(each, first), _short(self._value(each)), self._from(each))
            for each in self._found.values
        ]
        print_table(("Key", "Value", "From"), rows)

    def print_uses(self, most: int | None) -> None:
        uses = self._found.uses
        told = uses[:most]
        rows = [*self._uses(told)]
        columns = ["Used by", "Value", "Overridden by"]
        width = len(columns) if any(row[2] for row in rows) else 2
        click.echo()
        print_table(columns[:width], [row[:width] for row in rows])
        click.echo()
        flowgroups = len({each.flowgroup.label for each in uses})
        rest = f"; `--all` lists {len(uses) - len(told)} more" if len(told) < len(uses) else ""
        click.echo(f"{counted(len(uses), 'value')} in {counted(flowgroups, 'flowgroup')}{rest}")

    def _uses(self, uses: Sequence[Value]) -> Iterator[Sequence[str]]:
        holder = ""
        for value in uses:
            own = ": ".join(part for part in (value.flowgroup.label, value.action) if part)
            if own != holder:
                yield own, "", ""
            holder = own
            yield (
                f"  {value.key}",
                self._in_file(value) or _short(self._value(value)),
                self._winner(value),
            )

    def _in_file(self, value: Value) -> str:
        """Return where a line has its say, when that is in a file that a value names."""
        files = (step for step in value.steps[0].steps if step.what == IN_FILE)
        places = self._target.places
        met = (step.at for step in files if any(each.at in places for each in step.all))
        return next((f"{at.path}:{at.line}" if at.line else at.path for at in met), "")

    def data_of(self, value: Value) -> Mapping[str, Any]:
        fault = self._fault(value)
        return {
            "flowgroup": value.flowgroup.label,
            "action": value.action,
            "key": value.key,
            "value": None if fault else self.plain(value.value),
            "problem": fault or None,
            "origin": [self._step(each) for each in value.steps],
        }

    def plain(self, value: Any) -> Any:
        return plain(map_text(value, lambda text, _: self._text(text)))

    def _from(self, value: Value) -> str:
        if value.is_default:
            return "default"
        first = value.steps[0]
        is_here = value.at.path == self._target.path
        place = f"line {value.at.line}" if is_here else f"{value.at.path}:{value.at.line}"
        refers = dict.fromkeys(each.what for each in first.all if each.what[:1] in "$%{")
        return " ".join([place, *refers])

    def _print_text(self, text: str) -> None:
        click.echo()
        for line in text.rstrip("\n").split("\n"):
            click.echo(f"  {escape(line)}".rstrip())

    def _step(self, step: Step) -> Mapping[str, Any]:
        return {
            "what": step.what,
            "written": self.plain(step.written),
            **_place(step.at),
            "is_overridden": step.is_lost,
            "steps": [self._step(each) for each in step.steps],
        }

    def _rows(self, steps: Sequence[Step], indent: str) -> Iterator[Sequence[str]]:
        for step in steps:
            what = f"{step.what} (overridden)" if step.is_lost else step.what
            written = "" if step.written is None else _short(self._shown(step.written))
            yield f"{indent}{what}", written, str(step.at) if step.at.path else ""
            yield from self._rows(step.steps, f"{indent}  ")

    def _value(self, value: Value) -> str:
        fault = self._fault(value)
        return f"(unresolved: {fault})" if fault else self._shown(value.value)

    def _fault(self, value: Value) -> str:
        faults = self._found.faults if isinstance(value.value, Unresolved) else {}
        places = (value.at, *(step.at for step in value.all_steps))
        return next((faults[at].code.id for at in places if at in faults), "")

    def _winner(self, value: Value) -> str:
        """Return where that stands which replaced what the line gives, if all of it was."""
        places = self._target.places
        met = [winner for step, winner in value.winners if step.at in places]
        replaced = [winner for winner in met if winner]
        return str(replaced[0].at) if replaced and len(replaced) == len(met) else ""

    def _shown(self, value: Any) -> str:
        if isinstance(value, str):
            return self._text(value)
        return json.dumps(self.plain(value), ensure_ascii=False)

    def _text(self, text: str) -> str:
        return hidden(as_written(text), self._found.secrets)


def _title(value: Value) -> str:
    return ": ".join(part for part in (value.flowgroup.label, value.action, value.key) if part)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _key_beside(value: Value, first: Value) -> str:
    return value.key if value.action == first.action else f"{value.key} (of the flowgroup)"


def _place(at: Location) -> Mapping[str, Any]:
    return {"path": at.path or None, "line": at.line or None, "column": at.column or None}
