"""Stands in for `delta.tables`: a table is computed anew where Delta Lake would change its files.

Source: Delta Lake, "Table deletes, updates, and merges" and the reference of `delta.tables`.
"""
# ruff: noqa: N802, N803, A002 -- names of methods and arguments are those of Delta Lake

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import RLock
from types import ModuleType
from typing import Any, Literal, NoReturn

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812 -- its name in Spark's own guides
from pyspark.sql.types import StructField

from lhp.values import frozen

Read = Callable[[str], DataFrame]
Replace = Callable[[str, DataFrame], None]
Append = Callable[[str, DataFrame], None]
Condition = Column | str | None
Values = Mapping[str, Column | str]

_ROW, _SOURCE, _CLAUSE = "_lhp_row", "_lhp_source", "_lhp_clause"
_TWICE, _PLACE = "_lhp_twice", "_lhp_place"
_KEPT, _GIVEN = "_lhp_kept_", "_lhp_given_"
_FAULT = "more than one row of the source changes the same row of"


class DeltaTableError(Exception):
    """What Delta Lake would refuse, or what a local run can't do with a table."""


class DeltaTables:
    """The modules `delta` and `delta.tables` over tables that are kept elsewhere.

    Args:
        read: Gives the rows of a table by its name, and raises when there is none.
        replace: Puts rows in place of those of a table. The rows are still to be computed and
            come from the table itself, so what was read is to stay until they are written.
        append: Adds rows to those of a table, for a merge that only inserts: streams can read the
            table on. They are still to be computed as well.
    """

    def __init__(self, read: Read, replace: Replace, append: Append) -> None:
        self.DeltaTable: type[DeltaTable] = type(
            "DeltaTable",
            (DeltaTable,),
            {
                "_read": staticmethod(read),
                "_replace": staticmethod(replace),
                "_append": staticmethod(append),
            },
        )

    def modules(self) -> Mapping[str, ModuleType]:
        """Return the modules by the names under which code imports them."""
        package, tables = ModuleType("delta"), ModuleType("delta.tables")
        package.__path__ = []
        named = {"DeltaTable": self.DeltaTable, "DeltaMergeBuilder": DeltaMergeBuilder}
        vars(tables).update(named)
        vars(package).update(named, tables=tables)
        return {"delta": package, "delta.tables": tables}


class DeltaTable:
    """A table, as `delta.tables.DeltaTable` is one.

    Args:
        name: Of the table.
        alias: Under which conditions name its columns.
    """

    _read: Read
    _replace: Replace
    _append: Append
    _changing = RLock()  # two that change a table at once would lose what one of them did

    def __init__(self, name: str, alias: str) -> None:
        self._name = name
        self._alias = alias

    @classmethod
    def forName(cls, sparkSession: SparkSession, tableOrViewName: str) -> DeltaTable:
        """Return a table by its name.

        Args:
            sparkSession: Not used.
            tableOrViewName: Of the table.

        Returns:
            The table.
        """
        del sparkSession
        cls._read(tableOrViewName)
        last = tableOrViewName.strip("` ").replace("`", "").rpartition(".")[2]
        return cls(tableOrViewName, last)

    @classmethod
    def forPath(cls, sparkSession: SparkSession, path: str, *_: Any) -> NoReturn:
        """Refuse a table that is named by its folder.

        Args:
            sparkSession: Not used.
            path: Of the folder.

        Raises:
            DeltaTableError: Always.
        """
        del sparkSession
        message = f"{path}: a local run keeps tables by name: use DeltaTable.forName"
        raise DeltaTableError(message)

    @classmethod
    def isDeltaTable(cls, sparkSession: SparkSession, identifier: str) -> NoReturn:
        """Refuse to tell whether a folder holds a table.

        Args:
            sparkSession: Not used.
            identifier: Path of the folder.

        Raises:
            DeltaTableError: Always.
        """
        del sparkSession
        message = (
            f"{identifier}: a local run keeps tables by name, so no folder is a Delta table: use"
            " spark.catalog.tableExists"
        )
        raise DeltaTableError(message)

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse what is not done here: history, vacuum, optimize, restore and the like."""
        if name.startswith("_"):
            raise AttributeError(name)
        message = f"DeltaTable.{name} is not done in a local run: its tables are no Delta tables"
        raise DeltaTableError(message)

    def alias(self, aliasName: str) -> DeltaTable:
        """Return the table under another name for conditions.

        Args:
            aliasName: The name.

        Returns:
            The table.
        """
        return type(self)(self._name, aliasName)

    def toDF(self) -> DataFrame:
        """Return the rows of the table."""
        return self._read(self._name).alias(self._alias)

    def delete(self, condition: Condition = None) -> None:
        """Take rows out.

        Args:
            condition: Which rows; all when absent.
        """
        with self._changing:
            self._replace(self._name, self.toDF().where(~_holds(condition)))

    def update(self, condition: Condition = None, set: Values | None = None) -> None:
        """Change rows.

        Args:
            condition: Which rows; all when absent.
            set: New values by column, columns or SQL.
        """
        with self._changing:
            self._replace(self._name, self._updated(condition, set))

    def _updated(self, condition: Condition, given: Values | None) -> DataFrame:
        rows = self.toDF()
        values = self._by_column(rows, given)
        changed = [
            F.when(_holds(condition), _value(values[field.name], field))
            .otherwise(_of(rows, field.name))
            .alias(field.name)
            if field.name in values
            else _of(rows, field.name)
            for field in rows.schema.fields
        ]
        return rows.select(*changed)

    def merge(self, source: DataFrame, condition: Column | str) -> DeltaMergeBuilder:
        """Begin a merge of rows into the table.

        Args:
            source: The rows.
            condition: When a row of them and one of the table belong together.

        Returns:
            What takes the clauses of the merge.
        """
        return DeltaMergeBuilder(self, source, _column(condition))

    def _by_column(self, rows: DataFrame, values: Values | None) -> Mapping[str, Column | str]:
        """Return values by the names that the table has for its columns."""
        if not values:
            message = f"{self._name}: no value is given for any column"
            raise DeltaTableError(message)
        known = {name.lower(): name for name in rows.columns}
        found: dict[str, Column | str] = {}
        for key, value in values.items():
            plain = key.replace("`", "").strip()
            short = plain[len(self._alias) + 1 :]
            is_qualified = plain.lower().startswith(f"{self._alias.lower()}.")
            name = known.get(plain.lower()) or (known.get(short.lower()) if is_qualified else None)
            if name is None:
                message = f"{self._name} has no column {key!r}, it has {', '.join(rows.columns)}"
                raise DeltaTableError(message)
            found[name] = value
        return found


@frozen
class _Clause:
    """A WHEN of a merge.

    Args:
        when: Which rows it is about: pairs, rows of the source alone, rows of the table alone.
        does: What becomes of them.
        condition: Which of them; all when None.
        values: By column; None for those of the same name in the source.
    """

    when: Literal["matched", "source", "target"]
    does: Literal["update", "insert", "delete"]
    condition: Condition = None
    values: Values | None = None


class DeltaMergeBuilder:
    """A merge that takes its clauses, as `delta.tables.DeltaMergeBuilder` is one.

    Args:
        table: To merge into.
        source: The rows to merge.
        condition: When a row of them and one of the table belong together.
    """

    def __init__(self, table: DeltaTable, source: DataFrame, condition: Column) -> None:
        self._table = table
        self._source = source
        self._condition = condition
        self._clauses: list[_Clause] = []
        self._evolves = False

    def whenMatchedUpdate(
        self, condition: Condition = None, set: Values | None = None
    ) -> DeltaMergeBuilder:
        """Change rows that have a row in the source.

        Args:
            condition: Which of them; all when absent.
            set: New values by column, columns or SQL.

        Returns:
            The merge.
        """
        return self._with(_Clause("matched", "update", condition, set or {}))

    def whenMatchedUpdateAll(self, condition: Condition = None) -> DeltaMergeBuilder:
        """Change all columns of rows that have a row in the source.

        Args:
            condition: Which of them; all when absent.

        Returns:
            The merge.
        """
        return self._with(_Clause("matched", "update", condition))

    def whenMatchedDelete(self, condition: Condition = None) -> DeltaMergeBuilder:
        """Take out rows that have a row in the source.

        Args:
            condition: Which of them; all when absent.

        Returns:
            The merge.
        """
        return self._with(_Clause("matched", "delete", condition))

    def whenNotMatchedInsert(
        self, condition: Condition = None, values: Values | None = None
    ) -> DeltaMergeBuilder:
        """Add rows of the source that have no row in the table.

        Args:
            condition: Which of them; all when absent.
            values: Values by column, columns or SQL over the source; null where a column has none.

        Returns:
            The merge.
        """
        return self._with(_Clause("source", "insert", condition, values or {}))

    def whenNotMatchedInsertAll(self, condition: Condition = None) -> DeltaMergeBuilder:
        """Add rows of the source that have no row in the table, with all columns.

        Args:
            condition: Which of them; all when absent.

        Returns:
            The merge.
        """
        return self._with(_Clause("source", "insert", condition))

    def whenNotMatchedBySourceUpdate(
        self, condition: Condition = None, set: Values | None = None
    ) -> DeltaMergeBuilder:
        """Change rows that have no row in the source.

        Args:
            condition: Which of them; all when absent.
            set: New values by column, columns or SQL over the table.

        Returns:
            The merge.
        """
        return self._with(_Clause("target", "update", condition, set or {}))

    def whenNotMatchedBySourceDelete(self, condition: Condition = None) -> DeltaMergeBuilder:
        """Take out rows that have no row in the source.

        Args:
            condition: Which of them; all when absent.

        Returns:
            The merge.
        """
        return self._with(_Clause("target", "delete", condition))

    def withSchemaEvolution(self) -> DeltaMergeBuilder:
        """Let the table take columns that only the source has.

        Returns:
            The merge.
        """
        self._evolves = True
        return self

    def execute(self) -> None:
        """Put the table as it is after the merge in place of what it was.

        Raises:
            DeltaTableError: The merge has no clause, clauses that are never reached or columns
                that are not there; or two rows of the source change one of the table.
        """
        self._check()
        table = self._table
        inserts = not self._evolves and all(each.does == "insert" for each in self._clauses)
        try:
            with table._changing:  # noqa: SLF001 -- its part
                rows = _Merged(table, self._source, self._clauses, evolves=self._evolves)
                if inserts:
                    table._append(table._name, rows.added(self._condition))  # noqa: SLF001
                else:
                    table._replace(table._name, rows.after(self._condition))  # noqa: SLF001
        except PySparkException as error:
            if _FAULT not in str(error):
                raise
            message = f"{_FAULT} {table._name}: give the source one row for each"  # noqa: SLF001
            raise DeltaTableError(message) from error

    def _with(self, clause: _Clause) -> DeltaMergeBuilder:
        self._clauses.append(clause)
        return self

    def _check(self) -> None:
        if not self._clauses:
            message = "a merge needs a clause: whenMatched..., whenNotMatched..."
            raise DeltaTableError(message)
        for when in ("matched", "source", "target"):
            of_kind = [each for each in self._clauses if each.when == when]
            if any(each.condition is None for each in of_kind[:-1]):
                message = "only the last of several clauses of one kind may lack its condition"
                raise DeltaTableError(message)


class _Merged:
    """Rows of a table and a source on their way into one table.

    What a clause says of rows of one side alone is worked out on that side, where only its
    columns can be named; what it says of pairs is worked out on the pairs.
    """

    def __init__(
        self, table: DeltaTable, source: DataFrame, clauses: list[_Clause], *, evolves: bool
    ) -> None:
        self.table = table
        self.target = table.toDF()
        self.source = source
        self.clauses = clauses
        self.evolves = evolves
        self.fields = [*self.target.schema.fields]
        if evolves:
            known = {name.lower() for name in self.target.columns}
            self.fields += [each for each in source.schema.fields if each.name.lower() not in known]

        self.values = [self._values(clause) for clause in clauses]

    def after(self, condition: Column) -> DataFrame:
        """Return the rows of the table after the merge."""
        return _once(self._pairs(condition), self.clauses).select(*self._names())

    def added(self, condition: Column) -> DataFrame:
        """Return the rows that the merge inserts."""
        is_new = F.col(_ROW).isNull() & F.col(_CLAUSE).isNotNull()
        return self._pairs(condition).where(is_new).select(*self._names())

    def _names(self) -> list[Column]:
        return [_named(field.name) for field in self.fields]

    def _pairs(self, condition: Column) -> DataFrame:
        target = self.target.withColumns(
            {
                _ROW: F.monotonically_increasing_id(),
                **{_KEPT + name: _of(self.target, name) for name in self.target.columns},
                **self._side("target"),
            }
        )
        source = self.source.withColumns(
            {
                _SOURCE: F.expr("true"),
                **{_GIVEN + name: _of(self.source, name) for name in self.source.columns},
                **self._side("source"),
            }
        )
        pairs = target.join(source, condition, "full_outer").withColumn(_CLAUSE, self._clause())
        after = [self._after(field).alias(field.name) for field in self.fields]
        return pairs.select(*after, _ROW, _SOURCE, _CLAUSE)

    def _side(self, when: str) -> Mapping[str, Column]:
        """Return conditions and values of the clauses about one side alone."""
        found: dict[str, Column] = {}
        for index, clause in enumerate(self.clauses):
            if clause.when == when:
                found[f"_lhp_if_{index}"] = _holds(clause.condition)
                for name, value in self.values[index].items():
                    found[f"_lhp_{index}_{name}"] = value
        return found

    def _values(self, clause: _Clause) -> Mapping[str, Column]:
        """Return what a clause sets, by the names of the table's columns."""
        if clause.does == "delete":
            return {}
        if clause.values is not None:
            given = self.table._by_column(self.target, clause.values)  # noqa: SLF001 -- its part
            fields = [field for field in self.fields if field.name in given]
            return {field.name: _value(given[field.name], field) for field in fields}
        offered = {name.lower(): name for name in self.source.columns}
        missing = [each.name for each in self.fields if each.name.lower() not in offered]
        if missing and not self.evolves:
            message = (
                f"the source has no column {', '.join(missing)}, it has"
                f" {', '.join(self.source.columns)}"
            )
            raise DeltaTableError(message)
        values = {}
        for field in self.fields:
            name = offered.get(field.name.lower())
            if name is not None:
                is_pair = clause.when == "matched"
                value = _named(_GIVEN + name) if is_pair else _of(self.source, name)
                values[field.name] = _value(value, field)
        return values

    def _clause(self) -> Column:
        """Return the index of the clause that a row comes under, null without one."""
        is_target, is_source = F.col(_ROW).isNotNull(), F.col(_SOURCE).isNotNull()
        rows = {"matched": is_target & is_source, "source": ~is_target, "target": ~is_source}
        chosen = F.lit(None).cast("int")
        for index, clause in reversed([*enumerate(self.clauses)]):
            is_pair = clause.when == "matched"
            holds = _holds(clause.condition) if is_pair else F.col(f"_lhp_if_{index}")
            chosen = F.when(rows[clause.when] & holds, index).otherwise(chosen)
        return chosen

    def _after(self, field: StructField) -> Column:
        """Return the value of a column after the merge."""
        is_known = field.name in self.target.columns
        value = _named(_KEPT + field.name) if is_known else F.lit(None).cast(field.dataType)
        for index, clause in enumerate(self.clauses):
            new = self.values[index].get(field.name)
            if new is not None and clause.when != "matched":
                new = _named(f"_lhp_{index}_{field.name}")
            if new is not None:
                value = F.when(F.col(_CLAUSE) == index, new).otherwise(value)
        return value


def _once(pairs: DataFrame, clauses: list[_Clause]) -> DataFrame:
    """Return each row of the table once, and new rows, without those that a clause takes out."""
    is_new, has_clause = F.col(_ROW).isNull(), F.col(_CLAUSE).isNotNull()
    changes = F.col(_SOURCE).isNotNull() & has_clause
    same = Window.partitionBy(_ROW)
    twice = F.count(F.when(changes, 1)).over(same) > 1
    place = F.row_number().over(same.orderBy(F.col(_CLAUSE).asc_nulls_last()))
    taken_out = [index for index, each in enumerate(clauses) if each.does == "delete"]
    stays = ~F.coalesce(F.col(_CLAUSE).isin(taken_out), F.expr("false"))
    stays = stays & (F.col(_PLACE) == 1)
    matched = [each for each in clauses if each.when == "matched"]
    if not all(each.does == "delete" and each.condition is None for each in matched):
        fault = F.raise_error(F.lit(_FAULT)).cast("boolean")
        stays = F.when(F.col(_TWICE), fault).otherwise(stays)
    rows = pairs.withColumns({_TWICE: twice, _PLACE: place})
    return rows.where(F.when(is_new, has_clause).otherwise(stays))


def _column(value: Column | str) -> Column:
    return F.expr(value) if isinstance(value, str) else value


def _holds(condition: Condition) -> Column:
    """Return a condition that is false where it is unknown, and true where there is none."""
    if condition is None:
        return F.expr("true")
    return F.coalesce(_column(condition), F.expr("false"))


def _value(value: Column | str, field: StructField) -> Column:
    return _column(value).cast(field.dataType)


def _named(name: str) -> Column:
    return F.col(f"`{name.replace('`', '``')}`")


def _of(rows: DataFrame, name: str) -> Column:
    return rows[f"`{name.replace('`', '``')}`"]
