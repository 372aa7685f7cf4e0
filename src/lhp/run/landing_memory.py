"""What is kept of landed files from run to run: their columns, and which header each has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import NamedTuple

from pyspark.sql.types import StructType

from lhp.run.store import write_whole
from lhp.values import frozen

_COLUMNS = ("columns", "extra", "partitions")


class LandedFile(NamedTuple):
    """A file that landed.

    Args:
        path: As Spark's readers take it.
        url: As `_metadata.file_path` has it.
        modified: When it was written, in microseconds.
    """

    path: str
    url: str
    modified: int


@frozen
class Memory:
    """What is known of the files that were looked at.

    Args:
        format: Of the files.
        columns: Those of the stream, with the types that the files show.
        extra: Those that turned up later and are not in the stream.
        partitions: Those that folders show.
        headers: First lines of CSV files, each once.
        files: When a file was written and which header it has, by its address.
    """

    format: str
    columns: StructType = field(default_factory=StructType)
    extra: StructType = field(default_factory=StructType)
    partitions: StructType = field(default_factory=StructType)
    headers: tuple[tuple[str, ...], ...] = ()
    files: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def knows(self, file: LandedFile) -> bool:
        """Tell whether a file was looked at as it is now."""
        return file.url in self.files and self.files[file.url][0] == file.modified

    def header_of(self, file: LandedFile) -> int:
        """Return the index of the header of a file."""
        return self.files[file.url][1]


def remembered(path: Path, name: str) -> Memory:
    """Return what is kept in a file.

    Args:
        path: Of the file.
        name: Format of the landed files.

    Returns:
        The memory; an empty one when there is none, when it can't be read, or when it is about
        files of another format.
    """
    try:
        data = json.loads(path.read_bytes())
        known = Memory(
            data["format"],
            **{each: StructType.fromJson(data[each]) for each in _COLUMNS},
            headers=tuple(map(tuple, data["headers"])),
            files={url: (modified, header) for url, (modified, header) in data["files"].items()},
        )
    except (AttributeError, OSError, ValueError, KeyError, TypeError):
        return Memory(name)
    return known if known.format == name else Memory(name)


def keep(memory: Memory, path: Path) -> None:
    """Write a memory; whoever reads the file meanwhile sees the old or the new one.

    Args:
        memory: What to keep.
        path: Of the file; its folder is made when absent.
    """
    data = {
        "format": memory.format,
        **{each: getattr(memory, each).jsonValue() for each in _COLUMNS},
        "headers": memory.headers,
        "files": memory.files,
    }
    write_whole(path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
