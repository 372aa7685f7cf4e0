"""What a run keeps on the disk: tables as folders of Parquet files, checkpoints, schemas.

    tables/NAME/table.json           columns, and which rows count
    tables/NAME/rows/FLOW/BATCH/     what a flow appended in one batch
    tables/NAME/version-N/           what a table holds that is made anew
    tables/NAME/log/FLOW/BATCH/      changes that a table is made from
    checkpoints/NAME/FLOW/           how far a stream has read
    schemas/                         columns that were inferred from files

A batch is written beside its place and moved there in one step, under the number that its stream
gave it. So one that is written again after a crash is there once, and whole.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

_ROWS = "_rows"  # Spark passes over names that begin so


@dataclass(frozen=True)
class Stored:
    """One table.

    Args:
        name: Full name in lower case.
        folder: Where everything of it lies.
        checkpoints: Where its streams keep how far they have read.
    """

    name: str
    folder: Path
    checkpoints: Path

    @property
    def schema(self) -> str | None:
        """Its columns as Spark writes them in JSON; None for one that is not there yet."""
        return self._about.get("schema")

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

    def declare(self, schema: str, *, is_anew: bool) -> None:
        """Note its columns; it is there from now on.

        Args:
            schema: As Spark writes them in JSON.
            is_anew: True for one that is made anew, False for one that is appended to.
        """
        data = self._about.get("data", "version-0" if is_anew else "rows")
        about = {"schema": schema, "data": data}
        if about != self._about:
            self._note(about)
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

    def replace(self, write: Callable[[str], int], schema: str) -> int:
        """Let it hold other rows from now on; return how many.

        Args:
            write: Writes the rows into a folder and returns how many they are.
            schema: The columns as Spark writes them in JSON.
        """
        old = self.folder / self._about.get("data", "rows")
        number = 1 + int(old.name.partition("-")[2] or 0)
        place = self.folder / f"version-{number}"
        remove(place)
        rows = self._moved(place, write)
        self._note({"schema": schema, "data": place.name})
        remove(old)
        return rows

    def has(self, flow: str, batch: str, *, log: bool = False) -> bool:
        """Return True where a flow gave that batch already."""
        return ((self.log if log else self.folder / "rows") / safe(flow) / batch).exists()

    def batches(self, flow: str) -> tuple[str, ...]:
        """Return the names of the batches that a flow added to the changes, sorted."""
        folder = self.log / safe(flow)
        return tuple(sorted(each.name for each in folder.iterdir())) if folder.is_dir() else ()

    def forget(self) -> None:
        """Remove everything of it, how far its streams have read as well."""
        remove(self.checkpoints)
        remove(self.folder)

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
        try:
            known = json.loads((self.folder / "table.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return known if isinstance(known, dict) else {}

    def _note(self, about: dict[str, Any]) -> None:
        write_whole(self.folder / "table.json", json.dumps(about))


@dataclass(frozen=True)
class Store:
    """The state of an environment.

    Args:
        root: Its folder.
    """

    root: Path

    def table(self, name: str) -> Stored:
        """Return a table, which may not be there yet.

        Args:
            name: Full name; that of a private one begins with its pipeline and `/`.
        """
        key = safe(name.lower())
        return Stored(name.lower(), self.root / "tables" / key, self.root / "checkpoints" / key)

    def names(self) -> Iterable[str]:
        """Return the names of the tables that are there, sorted."""
        folder = self.root / "tables"
        return sorted(map(_unsafe, folder.iterdir())) if folder.is_dir() else ()

    def schema_file(self, *about: str) -> Path:
        """Return where to keep columns that were inferred.

        Args:
            about: What they are of.
        """
        return self.root / "schemas" / f"{safe('.'.join(about).lower())}.json"


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


def _batches(folder: Path) -> Iterable[Path]:
    return (file.parent for file in folder.rglob(_ROWS))


def _rows_of(folder: Path) -> int:
    return int((folder / _ROWS).read_text(encoding="ascii"))
