"""Reads landed files as a stream, as Auto Loader does, with the file source that Spark has."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from pyspark.errors import ParseException, PySparkException
from pyspark.sql import Column, DataFrame, DataFrameReader, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- its name in Spark's own guides
from pyspark.sql.streaming.readwriter import DataStreamReader
from pyspark.sql.types import (
    BinaryType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from lhp.run.landing_columns import as_text, find, from_ddl, hinted, merged, nullable, without
from lhp.run.landing_memory import LandedFile, Memory, keep, remembered
from lhp.run.landing_options import TEXT_FORMATS, ReaderPlan
from lhp.run.landing_values import (
    GROUP,
    by_header,
    column,
    csv_misfits,
    csv_value,
    json_misfits,
    rescued,
    text_of,
)

_CORRUPT = "_lhp_corrupt"
_AS_WRITTEN = {"__globPaths__": "false"}
_FIXED = {
    "text": StructType([StructField("value", StringType())]),
    "binaryFile": StructType(
        [
            StructField("path", StringType()),
            StructField("modificationTime", TimestampType()),
            StructField("length", LongType()),
            StructField("content", BinaryType()),
        ]
    ),
}
_PACKED = (".gz", ".bz2", ".zst", ".zstd", ".lz4", ".snappy", ".deflate", ".xz")
_DATABRICKS_FOLDERS = ("/Volumes/", "/dbfs/", "/mnt/", "/Workspace/")


class LandingError(Exception):
    """Files that can't be read as asked."""


class NothingLandedError(LandingError):
    """A folder without a file, so that nothing says which columns there are.

    Args:
        path: The folder or files as written.
        reason: What is wrong and what to do.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


class NewColumnsError(LandingError):
    """Files with columns that are not in the schema, where `failOnNewColumns` forbids them.

    Args:
        path: The folder or files as written.
        names: Of the columns.
    """

    def __init__(self, path: str, names: Iterable[str]) -> None:
        self.names = tuple(names)
        shown = ", ".join(self.names)
        super().__init__(
            f"{path}: new columns {shown}, and cloudFiles.schemaEvolutionMode is failOnNewColumns:"
            " add them to the schema or its hints, or take the files away"
        )


def landing_stream(session: SparkSession, plan: ReaderPlan, memory_file: Path | None) -> DataFrame:
    """Return landed files as a stream.

    Args:
        session: Of Spark. Its own `read` and `readStream` are not used.
        plan: How to read them.
        memory_file: Where to keep which columns the files have; made when absent. None keeps
            nothing.

    Returns:
        The rows; `_metadata` and `input_file_name()` can be used on them.

    Raises:
        NothingLandedError: There is no file, and nothing else says which columns there are.
        NewColumnsError: There are columns that the plan forbids.
        LandingError: The plan asks for what can't be done.
    """
    if plan.unsupported:
        raise LandingError("; ".join(plan.unsupported))
    return _Landing(session, plan, memory_file).stream()


class _Landing:
    """Landed files on their way into a stream."""

    def __init__(self, session: SparkSession, plan: ReaderPlan, memory_file: Path | None) -> None:
        self.session = session
        self.plan = plan
        self.memory_file = memory_file
        self.path = _local_path(plan)
        self.is_deep = False
        self.files, partitions = self._listed()
        self.memory = remembered(memory_file, plan.format) if memory_file else Memory(plan.format)
        if self.files:
            self.memory = replace(self.memory, partitions=partitions)

    def stream(self) -> DataFrame:
        """Return the rows."""
        plan = self.plan
        if plan.is_fixed:
            rows = self._read(_FIXED.get(plan.format))
            return rows.withColumn(plan.rescued, rescued({})) if plan.rescued else rows
        if plan.schema is not None and plan.rescued is None:
            columns = without(_given(plan), self.memory.partitions)
            return self._read(columns).select(*self._selected(columns, {}))
        self._look()
        columns = self._columns()
        if not columns.fields:
            found = "no file that landed has a column" if self.files else "no file has landed"
            reason = (
                f"{found}, so nothing says which columns there are: put a file there, or write the"
                " columns as `schema` or as cloudFiles.schemaHints"
            )
            raise NothingLandedError(plan.path, reason)
        if self.memory.files and self.memory_file:
            keep(self.memory, self.memory_file)
        if plan.format == "csv":
            return self._by_header(columns)
        return self._by_name(columns)

    # What is there

    def _listed(self) -> tuple[list[LandedFile], StructType]:
        found = self._batch("binaryFile", {}, self._listing_options())
        partitions: list[StructField] = []
        try:
            shown = found.load(self.path)
            partitions = shown.schema.fields[4:]
        except PySparkException as error:
            if error.getCondition() == "PATH_NOT_FOUND":
                return [], StructType([])
        wanted = self.plan.partitions
        if wanted is None and self.plan.schema is not None:
            wanted = tuple(_given(self.plan).names)
        if wanted is not None:
            lower = [name.lower() for name in wanted]
            partitions = [each for each in partitions if each.name.lower() in lower]
        self.is_deep = not partitions and self.plan.option("recursiveFileLookup") != "false"
        deep = {"recursiveFileLookup": str(self.is_deep).lower()}
        shown = self._batch("binaryFile", {}, {**self._listing_options(), **deep}).load(self.path)
        at = F.col("_metadata.file_modification_time")
        rows = shown.select("path", "_metadata.file_path", F.unix_micros(at).alias("at")).collect()
        files = [LandedFile(row["path"], row["file_path"], row["at"]) for row in rows]
        return sorted(files), self._partition_types(partitions)

    def _listing_options(self) -> Mapping[str, str]:
        names = ("pathGlobFilter", "recursiveFileLookup", "basePath")
        given = {name: self.plan.option(name) for name in names if self.plan.option(name)}
        return {**given, **self.plan.modified}

    def _partition_types(self, found: list[StructField]) -> StructType:
        if self.plan.infers_types and self.plan.format in TEXT_FORMATS:
            return StructType(found)
        return as_text(StructType(found))

    def _look(self) -> None:
        """Take in the columns of the files that were not looked at before."""
        unseen = [each for each in self.files if not self.memory.knows(each)]
        if not unseen:
            return
        found = without(self._shown_by(unseen), self.memory.partitions)
        mode, base = self.plan.evolution, self.memory.columns
        if self.plan.schema is not None:
            base = _given(self.plan)
        if not base.fields:
            columns, extra = found, self.memory.extra
        elif mode.startswith("addNewColumns"):
            columns = merged(base, found, widens=mode.endswith("Widening"))
            extra = self.memory.extra
        else:
            columns, extra = base, merged(self.memory.extra, without(found, base))
            new = without(extra, self._hinted(base))
            if mode == "failOnNewColumns" and new.fields:
                raise NewColumnsError(self.plan.path, new.names)
        has_names = self.plan.format != "csv" or self.plan.has_header
        if has_names and self.plan.schema is None:
            only_hinted = as_text(without(self._hinted(columns), columns))
            columns = StructType([*columns.fields, *only_hinted.fields])
        self.memory = replace(self.memory, columns=columns, extra=extra)

    def _shown_by(self, files: list[LandedFile]) -> StructType:
        """Note which header each file has and return the columns of all."""
        if not self.plan.has_header:
            known = {file.url: (file.modified, 0) for file in files}
            self.memory = replace(self.memory, files={**self.memory.files, **known})
            return self._inferred(files)
        headers, known = [*self.memory.headers], dict(self.memory.files)
        groups: dict[object, list[LandedFile]] = {}
        for file in files:
            groups.setdefault(_first_line(file, self.plan), []).append(file)
        found = StructType([])
        for group in groups.values():
            columns = self._inferred(group if self.plan.infers_types else group[:1])
            header = tuple(columns.names)
            if header not in headers:
                headers.append(header)
            known.update({file.url: (file.modified, headers.index(header)) for file in group})
            found = merged(found, columns, widens=True)
        self.memory = replace(self.memory, headers=tuple(headers), files=known)
        return found

    def _inferred(self, files: list[LandedFile]) -> StructType:
        plan = self.plan
        options = {"mergeSchema": "true"} if plan.format not in TEXT_FORMATS else {}
        if plan.format == "csv":
            options["inferSchema"] = str(plan.infers_types).lower()
        reader = self._batch(plan.format, plan.options, {**options, **_AS_WRITTEN})
        try:
            shown = reader.load([each.path for each in files]).schema
        except PySparkException as error:
            if error.getCondition() == "UNABLE_TO_INFER_SCHEMA":
                return StructType([])
            raise
        if plan.format != "csv":
            return without(nullable(shown), self._corrupt())
        names = shown.names
        if not plan.has_header and plan.schema is not None:
            given = _given(plan).names
            names = [*given, *names[len(given) :]][: len(names)]
        fields = zip(names, shown.fields, strict=True)
        return nullable(StructType([StructField(name, each.dataType) for name, each in fields]))

    # Columns

    def _columns(self) -> StructType:
        """Return the columns of the stream."""
        if self.plan.schema is not None:
            columns = _given(self.plan)
        else:
            columns = self._hinted(self.memory.columns)
        return without(columns, self.memory.partitions)

    def _hinted(self, columns: StructType) -> StructType:
        try:
            return hinted(columns, self.plan.hints, keeps_types=self.plan.infers_types)
        except ParseException as error:
            reason = str(error).strip().splitlines()[0]
            message = f"cloudFiles.schemaHints {self.plan.hints!r}: {reason}"
            raise LandingError(message) from error

    def _extra(self, columns: StructType) -> StructType:
        """Return the columns that are read only to be rescued."""
        if self.plan.rescued is None:
            return StructType([])
        every = merged(self.memory.columns, self.memory.extra)
        extra = without(without(every, columns), self.memory.partitions)
        return as_text(extra) if self.plan.format in TEXT_FORMATS else extra

    def _corrupt(self) -> StructType:
        """Return the column for records that are no JSON, as the user names it."""
        name = self.plan.option("columnNameOfCorruptRecord") or "_corrupt_record"
        return StructType([StructField(name, StringType())])

    # Rows

    def _batch(
        self, name: str, options: Mapping[str, str], more: Mapping[str, str]
    ) -> DataFrameReader:
        return DataFrameReader(self.session).format(name).options(**{**options, **more})

    def _read(self, schema: StructType | None, **more: str) -> DataFrame:
        options = {**self.plan.options, **self.plan.stream_options, **more}
        options["recursiveFileLookup"] = str(self.is_deep).lower()
        reader = DataStreamReader(self.session).format(self.plan.format).options(**options)
        partitions = self.memory.partitions.fields
        if schema is not None:
            rest = [each for each in partitions if not find(schema, each.name)]
            reader = reader.schema(StructType([*schema.fields, *rest]))
        rows = reader.load(self.path)
        at = F.col("_metadata.file_modification_time")
        for name, time in self.plan.modified.items():
            limit = F.lit(time).cast("timestamp")
            rows = rows.where(at > limit if name == "modifiedAfter" else at < limit)
        return rows

    def _landed(self, rows: DataFrame) -> DataFrame:
        """Return rows that fail when a file landed after the look at them."""
        latest = max((each.modified for each in self.files), default=-1)
        at = F.unix_micros("_metadata.file_modification_time")
        words = F.concat(
            F.col("_metadata.file_path"), F.lit(" landed while the run was starting: run again")
        )
        late = F.raise_error(words).cast("boolean")
        return rows.where(F.when(at > F.lit(latest), late).otherwise(F.expr("true")))

    def _by_name(self, columns: StructType) -> DataFrame:
        """Return the rows of a format whose reader finds columns by their names."""
        if self.plan.rescued is None:
            return self._read(columns).select(*self._selected(columns, {}))
        extra, given = self._extra(columns), columns
        texts = {each.name: text_of(each) for each in extra.fields}
        values = {}
        options = {}
        internal = StructType([])
        if self.plan.format == "json":
            columns = without(given, self._corrupt())
            internal = StructType([StructField(_CORRUPT, StringType())])
            options = {"columnNameOfCorruptRecord": _CORRUPT}
            values = dict.fromkeys(self._corrupt().names, column(_CORRUPT))
            texts |= json_misfits(columns, column(_CORRUPT), self.plan.options)
        schema = StructType([*columns.fields, *extra.fields, *internal.fields])
        rows = self._landed(self._read(schema, **options))
        return rows.select(*self._selected(given, values), rescued(texts).alias(self.plan.rescued))

    def _by_header(self, columns: StructType) -> DataFrame:
        """Return the rows of CSV files, each read by its own header."""
        headers = self.memory.headers
        if not self.plan.has_header:
            headers = (tuple(merged(self.memory.columns, self.memory.extra).names),)
        width = max((len(header) for header in headers), default=0) or 1
        schema = StructType([StructField(f"_c{at}", StringType()) for at in range(width)])
        rows = self._landed(self._read(schema, enforceSchema="true"))
        rows = rows.withColumn(GROUP, self._group(len(headers)))
        typed = [each for each in columns.fields if not isinstance(each.dataType, StringType)]
        read = {each.name: by_header(each.name, headers) for each in columns.fields}
        values = {
            each.name: csv_value(read[each.name], each.dataType, self.plan.options)
            for each in columns.fields
        }
        selected = self._selected(columns, values)
        if self.plan.rescued is None:
            return rows.select(*selected)
        extra = {name: by_header(name, headers) for name in self._extra(columns).names}
        misfits = csv_misfits({each.name: read[each.name] for each in typed}, values)
        return rows.select(*selected, rescued({**extra, **misfits}).alias(self.plan.rescued))

    def _group(self, count: int) -> Column:
        """Return the index of the header of a row's file."""
        group = F.lit(0)
        for index in range(1, count):
            urls = [each.url for each in self.files if self.memory.header_of(each) == index]
            if urls:
                group = F.when(F.col("_metadata.file_path").isin(urls), index).otherwise(group)
        return group

    def _selected(self, columns: StructType, values: Mapping[str, Column]) -> list[Column]:
        names = [*columns.names, *without(self.memory.partitions, columns).names]
        return [values.get(name, column(name)).alias(name) for name in names]


def _local_path(plan: ReaderPlan) -> str:
    """Return the path on this machine, wildcards as written."""
    written = plan.path
    plain = written
    if written.lower().startswith("file:"):
        plain = "/" + written[len("file:") :].lstrip("/")
    path = os.path.abspath(plain)  # noqa: PTH100 -- a pattern is no Path
    fixed = path
    while any(each in fixed for each in "*?[{"):
        fixed = os.path.dirname(fixed)  # noqa: PTH120
    if not Path(fixed).exists():
        reason = f"there is no {fixed} on this machine: make the folder and put files there"
        if path.startswith(_DATABRICKS_FOLDERS):
            reason = (
                "this is a place on Databricks: give the environment of local runs a folder of"
                " this machine for it"
            )
        raise NothingLandedError(written, reason)
    return path


def _given(plan: ReaderPlan) -> StructType:
    return from_ddl(plan.schema) if isinstance(plan.schema, str) else nullable(plan.schema)


def _first_line(file: LandedFile, plan: ReaderPlan) -> object:
    """Return what two files have in common that have the same header; the file if in doubt."""
    path = file.path.removeprefix("file:")
    quote = (plan.option("quote") or '"').encode()
    try:
        with Path("/" + path.lstrip("/")).open("rb") as opened:
            line = opened.readline()
    except OSError:
        return file
    is_plain = line.strip() and line.count(quote) % 2 == 0 and not path.endswith(_PACKED)
    has_more = any(plan.option(name) for name in ("comment", "lineSep", "encoding", "charset"))
    return line.rstrip(b"\r\n") if is_plain and not has_more else file
