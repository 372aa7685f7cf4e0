"""What a run keeps on the disk: tables as folders of Parquet files, checkpoints, schemas.

    tables/NAME/table.json           columns, which rows count, and what tells it from a former one
    tables/NAME/rows/FLOW/BATCH/     what a flow appended in one batch
    tables/NAME/version-N/           what a table holds that is made anew
    tables/NAME/log/FLOW/BATCH/      changes that a table is made from
    checkpoints/NAME/FLOW/           how far a stream has read, and of which tables
    schemas/NAME/                    columns that were inferred from the files that it reads

A batch is written beside its place and moved there in one step, under the number that its stream
gave it. So one that is written again after a crash is there once, and whole.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from lhp.values import frozen

APPEND = "append"
"""The way of a table to whose rows others are only added."""

_FOLDERS = ("tables", "checkpoints", "schemas")
_ROWS = "_rows"  # Spark passes over names that begin so
_TABLE = "table.json"
_SOURCES = "lhp-sources.json"


@frozen
class Stored:
    """One table.

    Args:
        name: Full name in lower case.
        folder: Where everything of it lies.
        checkpoints: Where its streams keep how far they have read.
        schemas: Where columns are kept that were inferred from files that it reads.
        is_forgotten: True where what is there counts no more.
    """

    name: str
    folder: Path
    checkpoints: Path
    schemas: Path
    is_forgotten: bool = False

    @property
    def schema(self) -> str | None:
        """Its columns as Spark writes them in JSON; None for one that is not there yet."""
        return self._about.get("schema")

    @property
    def id(self) -> str:
        """What tells it from one of its name that was forgotten; empty where it is not there."""
        return str(self._about.get("id", ""))

    @property
    def way(self) -> str | None:
        """How its rows come, by the names of flows; None where it is not there."""
        return self._about.get("way")

    @property
    def data(self) -> Path:
        """The folder of the rows that count."""
        return self.folder / str(self._about.get("data", "rows"))

    @property
    def log(self) -> Path:
        """The folder of the changes that it is made from."""
        return self.folder / "log"

    @property
    def is_appended(self) -> bool:
        """True where rows are only added, so that a stream can read it."""
        return self.data.name == "rows"

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return sum(map(_rows_of, _batches(self.data)))

    def checkpoint(self, flow: str) -> Path:
        """Return where a flow keeps how far it has read."""
        return self.checkpoints / safe(flow)

    def schema_file(self, reader: str, path: str) -> Path:
        """Return where to keep columns that were inferred from files.

        Args:
            reader: The view or table that reads them.
            path: Where they are.
        """
        digest = hashlib.sha256(path.encode()).hexdigest()[:8]
        return self.schemas / f"{safe(reader.lower())}-{digest}.json"

    def sources(self, flow: str) -> dict[str, str] | None:
        """Return the ids of the tables that a stream has read, by name; None before it ran."""
        place = self.checkpoint(flow)
        if self.is_forgotten or not place.exists():
            return None
        return _read(place / _SOURCES)

    def note_sources(self, flow: str, sources: Mapping[str, str]) -> None:
        """Note which tables a stream reads.

        Args:
            flow: Name of the flow.
            sources: Their ids by name.
        """
        write_whole(self.checkpoint(flow) / _SOURCES, json.dumps(sources))

    def declare(self, schema: str, way: str) -> None:
        """Note the columns of a table that is appended to; it is there from now on.

        Args:
            schema: As Spark writes them in JSON.
            way: How its rows come.
        """
        self._note({"data": "rows", **self._about, "schema": schema, "way": way})
        self.data.mkdir(parents=True, exist_ok=True)

    def append(
        self, flow: str, batch: str, write: Callable[[str], int], *, log: bool = False
    ) -> int:
        """Add a batch of rows, unless it is there already; return how many rows it has.

        Args:
            flow: Who gives it.
            batch: What tells it from the others of the flow.
            write: Writes the rows into a folder and returns how many they are.
            log: True adds it to the changes.
        """
        place = (self.log if log else self.folder / "rows") / safe(flow) / batch
        if place.exists():
            return _rows_of(place)
        return self._moved(place, write)

    def replace(self, write: Callable[[str], int], schema: str, way: str) -> int:
        """Let it hold other rows from now on; return how many.

        Args:
            write: Writes the rows into a folder and returns how many they are.
            schema: The columns as Spark writes them in JSON.
            way: How its rows come.
        """
        old = self.folder / self._about.get("data", "rows")
        number = 1 + int(old.name.partition("-")[2] or 0)
        place = self.folder / f"version-{number}"
        remove(place)
        rows = self._moved(place, write)
        self._note({**self._about, "schema": schema, "data": place.name, "way": way})
        remove(old)
        return rows

    def has(self, flow: str, batch: str, *, log: bool = False) -> bool:
        """Return True where a flow gave that batch already."""
        return ((self.log if log else self.folder / "rows") / safe(flow) / batch).exists()

    def batches(self, flow: str) -> tuple[str, ...]:
        """Return the names of the batches that a flow added to the changes, sorted."""
        folder = self.log / safe(flow)
        if self.is_forgotten:
            return ()
        return tuple(sorted(each.name for each in folder.iterdir())) if folder.is_dir() else ()

    def drop(self, flow: str, batch: str) -> None:
        """Remove a batch of the changes, if it is there.

        Args:
            flow: Who gave it.
            batch: What tells it from the others of the flow.
        """
        remove(self.log / safe(flow) / batch)

    def _moved(self, place: Path, write: Callable[[str], int]) -> int:
        staging = self.folder / "staging" / place.parent.name / place.name
        remove(staging)
        staging.parent.mkdir(parents=True, exist_ok=True)
        rows = write(uri(staging))
        staging.mkdir(exist_ok=True)
        (staging / _ROWS).write_text(str(rows), encoding="ascii")
        place.parent.mkdir(parents=True, exist_ok=True)
        staging.replace(place)
        return rows

    @property
    def _about(self) -> dict[str, Any]:
        return {} if self.is_forgotten else _read(self.folder / _TABLE)

    def _note(self, about: dict[str, Any]) -> None:
        if about != self._about:
            about = {"id": uuid.uuid4().hex, **about}
            write_whole(self.folder / _TABLE, json.dumps(about))


@frozen
class Store:
    """The state of an environment.

    Args:
        root: Its folder.
        forgotten: Names of tables and sinks, in lower case, that begin anew.
    """

    root: Path
    forgotten: set[str] = field(default_factory=set)

    @property
    def nothing(self) -> Path:
        """An empty folder."""
        folder = self.root / "nothing"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def table(self, name: str) -> Stored:
        """Return a table, which may not be there yet.

        Args:
            name: Full name; that of a private one begins with its pipeline and `/`.
        """
        name = name.lower()
        tables, checkpoints, schemas = (self.root / each / safe(name) for each in _FOLDERS)
        return Stored(name, tables, checkpoints, schemas, name in self.forgotten)

    def forget(self, name: str) -> None:
        """Remove everything of a table, how far its streams have read as well.

        Args:
            name: Its full name.
        """
        stored = self.table(name)
        for folder in (stored.checkpoints, stored.schemas, stored.folder):
            remove(folder)
        self.forgotten.discard(stored.name)

    def names(self) -> Iterable[str]:
        """Return the names of the tables that are there, sorted."""
        folder = self.root / "tables"
        names = {_unsafe(file.parent) for file in folder.glob(f"*/{_TABLE}")}
        return sorted(names - self.forgotten)


def safe(name: str) -> str:
    """Return a name that a file can have on any system, and that tells it from all others."""
    # Spark takes `%` as it stands in one place and as an escape in another.
    quoted = quote(name, safe="").replace("~", "%7E").replace("%", "~")
    # It passes over what begins with one of these.
    return f"~{ord(quoted[0]):02X}{quoted[1:]}" if quoted[:1] in (".", "_") else quoted


def _unsafe(file: Path) -> str:
    return unquote(file.name.replace("~", "%"))


def uri(path: Path) -> str:
    """Return a path as Spark takes it: whole, on this machine, nothing in it escaped."""
    return f"file:///{path.absolute().as_posix().lstrip('/')}"


def write_whole(file: Path, text: str) -> None:
    """Write a file so that it is never half written.

    Args:
        file: Its place.
        text: What it is to hold.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"_{file.name}.tmp")
    new.write_text(text, encoding="utf-8")
    new.replace(file)


def remove(folder: Path) -> None:
    """Remove a folder with all that is in it, if it is there."""
    if folder.exists():
        shutil.rmtree(folder)


def _read(file: Path) -> dict[str, Any]:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return known if isinstance(known, dict) else {}


def _batches(folder: Path) -> Iterable[Path]:
    return (file.parent for file in folder.rglob(_ROWS))


def _rows_of(folder: Path) -> int:
    return int((folder / _ROWS).read_text(encoding="ascii"))
