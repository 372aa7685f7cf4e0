"""The `spark` that generated code meets: it reads tables and landing files as on the platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from pyspark.sql import DataFrame, DataFrameReader, DataFrameWriter, SparkSession
from pyspark.sql.catalog import Catalog
from pyspark.sql.streaming.readwriter import DataStreamReader

_Options = Mapping[str, Any]


class Reading(Protocol):
    """What knows the tables."""

    def table(self, name: str, options: _Options, *, is_stream: bool) -> DataFrame:
        """Return the rows of a table or view."""

    def exists(self, name: str) -> bool:
        """Return True for a table or view that can be read."""

    def query(self, text: str, args: Any) -> DataFrame:
        """Return the rows of a query."""

    def save(self, name: str, frame: DataFrame, mode: str) -> None:
        """Write rows to a table that nobody of the run makes."""

    def landed(self, path: Any, options: _Options, schema: Any) -> DataFrame:
        """Return the stream of the files that land in a folder."""


class LocalSession(SparkSession):
    """A session whose tables are those of the run.

    Args:
        spark: The session that does the work.
        reading: Knows the tables.
    """

    def __init__(self, spark: SparkSession, reading: Reading) -> None:
        super().__init__(spark.sparkContext, spark._jsparkSession)  # noqa: SLF001  (a session of the same)
        self.reading = reading

    @property
    def read(self) -> DataFrameReader:
        """A reader of what is there."""
        return _Reader(self)

    @property
    def readStream(self) -> DataStreamReader:  # noqa: N802  (Spark's name)
        """A reader of what comes."""
        return _StreamReader(self)

    @property
    def catalog(self) -> Catalog:
        """What knows which tables there are."""
        return _Catalog(self)

    def table(self, tableName: str) -> DataFrame:  # noqa: N803  (Spark's name)
        """Return the rows of a table or view."""
        return self.reading.table(tableName, {}, is_stream=False)

    def sql(self, sqlQuery: str, args: Any = None, **kwargs: Any) -> DataFrame:  # noqa: N803  (Spark's name)
        """Return the rows of a query."""
        if kwargs:
            return super().sql(sqlQuery, args, **kwargs)
        return self.reading.query(sqlQuery, args)

    def plain_sql(self, text: str, args: Any) -> DataFrame:
        """Return the rows of a query whose names are those of Spark.

        Args:
            text: The query.
            args: Values of its parameters.
        """
        return super().sql(text, args)


class _Catalog(Catalog):
    """Knows the tables of the run."""

    def __init__(self, session: LocalSession) -> None:
        super().__init__(session)
        self._reading = session.reading

    def tableExists(self, tableName: str, dbName: str | None = None) -> bool:  # noqa: N802, N803  (Spark's names)
        """Return True for a table or view that can be read."""
        return self._reading.exists(f"{dbName}.{tableName}" if dbName else tableName)


class _Reader(DataFrameReader):
    """Reads tables of the run."""

    def __init__(self, session: LocalSession) -> None:
        super().__init__(session)
        self._reading = session.reading
        self._options: dict[str, Any] = {}

    def option(self, key: str, value: Any) -> DataFrameReader:
        """Give an option."""
        self._options[key] = value
        super().option(key, value)
        return self

    def options(self, **options: Any) -> DataFrameReader:
        """Give options."""
        self._options.update(options)
        super().options(**options)
        return self

    def table(self, tableName: str) -> DataFrame:  # noqa: N803  (Spark's name)
        """Return the rows of a table or view."""
        return self._reading.table(tableName, dict(self._options), is_stream=False)


class _StreamReader(DataStreamReader):
    """Reads tables of the run as streams, and files that land."""

    def __init__(self, session: LocalSession) -> None:
        super().__init__(session)
        self._reading = session.reading
        self._format = ""
        self._schema: Any = None
        self._options: dict[str, Any] = {}

    def format(self, source: str) -> DataStreamReader:
        """Choose what to read."""
        self._format = source.lower()
        super().format("parquet" if self._format == "cloudfiles" else source)
        return self

    def schema(self, schema: Any) -> DataStreamReader:
        """Give the columns."""
        self._schema = schema
        super().schema(schema)
        return self

    def option(self, key: str, value: Any) -> DataStreamReader:
        """Give an option."""
        self._options[key] = value
        super().option(key, value)
        return self

    def options(self, **options: Any) -> DataStreamReader:
        """Give options."""
        self._options.update(options)
        super().options(**options)
        return self

    def load(
        self,
        path: str | None = None,
        format: str | None = None,  # noqa: A002  (Spark's name)
        schema: Any = None,
        **options: Any,
    ) -> DataFrame:
        """Return the stream."""
        if (format or self._format).lower() != "cloudfiles":
            return super().load(path, format, schema, **options)
        known = {**self._options, **options}
        return self._reading.landed(path, known, schema or self._schema)

    def table(self, tableName: str) -> DataFrame:  # noqa: N803  (Spark's name)
        """Return a table or view as a stream."""
        return self._reading.table(tableName, dict(self._options), is_stream=True)


@contextmanager
def tables_of_writers(reading: Reading) -> Iterator[None]:
    """Let what code writes by `saveAsTable` and `insertInto` become tables of the run meanwhile.

    A frame makes its writer itself, so the class is changed that all of them are of.

    Args:
        reading: Knows the tables.
    """

    def save_as_table(
        self: DataFrameWriter,
        name: str,
        format: str | None = None,  # noqa: A002  (Spark's name)
        mode: str | None = None,
        partitionBy: Any = None,  # noqa: N803  (Spark's name)
        **options: Any,
    ) -> None:
        del format, partitionBy, options  # they change no row
        reading.save(name, self._df, mode or _mode_of(self))

    def insert_into(self: DataFrameWriter, tableName: str, overwrite: bool | None = None) -> None:  # noqa: FBT001, N803  (Spark's)
        is_over = _mode_of(self) == "overwrite" if overwrite is None else overwrite
        reading.save(tableName, self._df, "overwrite" if is_over else "append")

    kept = DataFrameWriter.saveAsTable, DataFrameWriter.insertInto
    DataFrameWriter.saveAsTable = save_as_table  # type: ignore[method-assign]
    DataFrameWriter.insertInto = insert_into  # type: ignore[method-assign]
    try:
        yield
    finally:
        DataFrameWriter.saveAsTable, DataFrameWriter.insertInto = kept  # type: ignore[method-assign]


def _mode_of(writer: DataFrameWriter) -> str:
    java: Any = writer._jwrite  # noqa: SLF001  (nothing public tells it)
    return str(java.curmode().toString()).lower()
