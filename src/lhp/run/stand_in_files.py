"""Reads the files that stand in for a view or table."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from lhp.errors import STAND_IN_MISSING, STAND_IN_MIXED

_SPECIAL = re.compile(r"[*?\[\]{}\\]")


def kind_of(path: Path) -> str:
    """Return the format of files, as their names show it.

    Args:
        path: A file, a folder of files, or a pattern.

    Raises:
        LhpError: STAND_IN_MISSING, STAND_IN_MIXED.
    """
    kinds = sorted({_kind(each) for each in _files(path)})
    if not kinds:
        raise STAND_IN_MISSING.at(path=path.as_posix())
    if len(kinds) > 1:
        first = next(filter(None, kinds))
        raise STAND_IN_MIXED.at(path=path.as_posix(), kinds=", ".join(kinds), first=first)
    return kinds[0] or "parquet"


def rows_in(path: Path, spark: SparkSession, *, is_stream: bool) -> DataFrame:
    """Return the rows of files; CSV has a header, and types are found out.

    Args:
        path: A file, a folder of files, or a pattern.
        spark: Reads them.
        is_stream: True for a stream of them.

    Raises:
        LhpError: STAND_IN_MISSING, STAND_IN_MIXED.
    """
    kind = kind_of(path)
    options = {"header": True, "inferSchema": True} if kind == "csv" else {}
    place = path.absolute().as_posix()
    if path.exists():
        place = _SPECIAL.sub(r"\\\g<0>", place)
    frame = spark.read.options(**options).format(kind).load(place)
    if is_stream:
        if path.is_file():  # a stream reads folders, and what a pattern finds
            place = f"{place[:-1]}[{place[-1]}]"
        stream: Any = spark.readStream.schema(frame.schema).options(**options)
        frame = stream.format(kind).load(place)
    return frame


def _files(path: Path) -> Iterator[Path]:
    """Yield the files that Spark reads: what begins with `_` or `.` it passes over."""
    found = [path] if path.exists() else [Path(each) for each in glob.glob(str(path))]  # noqa: PTH207  (it takes whole paths)
    for place in found:
        for file in place.rglob("*") if place.is_dir() else [place]:
            if file.is_file() and not any(
                part.startswith(("_", ".")) for part in file.relative_to(place).parts
            ):
                yield file


def _kind(file: Path) -> str:
    is_packed = file.suffix.lower() in (".gz", ".bz2", ".zst")
    return (file.with_suffix("") if is_packed else file).suffix.lstrip(".").lower()
