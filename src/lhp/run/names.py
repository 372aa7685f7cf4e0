"""Finds the tables that a query reads and gives them other names, changing nothing else of it."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any, NamedTuple

import sqlglot
from sqlglot import Token, exp
from sqlglot.errors import ParseError, TokenError

from lhp.values import frozen

_DIALECT = "databricks"
_STARTS = ("SELECT", "WITH", "FROM", "VALUES", "(")
_PART = re.compile(r"\s*(?:`((?:[^`]|``)+)`|([^\s`.]+))\s*(\.|$)")
_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_FILE_FORMATS = frozenset(
    {"avro", "binaryfile", "csv", "delta", "iceberg", "json", "orc", "parquet", "text", "xml"}
)
_UNITS = re.compile(r"(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND|MILLISECOND|MICROSECOND)S?")
_TIME_TRAVEL = "an older state of a table can't be read here: leave out VERSION or TIMESTAMP AS OF"
_WORKED_OUT = "the name is worked out by IDENTIFIER(...): write it as a plain name or one string"


class UnreadSqlError(ValueError):
    """Text in which the tables can't be found.

    Args:
        reason: What is wrong, in words.
        line: Where, counted from 1.
        column: Where in the line, counted from 1.
    """

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"{reason} (line {line}, column {column})")
        self.reason = reason
        self.line = line
        self.column = column


@frozen
class Reference:
    """A table or view where a query reads it.

    Args:
        parts: Its name as written, without back quotes and without `LIVE`.
        start: Offset of the name in the text, that of `LIVE` where it has one.
        end: Offset after the name.
        is_stream: True for `stream(x)` and `STREAM x`.
        is_live: True for `LIVE.x`.
        unsupported: Why it can't be read here, in words; empty when it can.
    """

    parts: tuple[str, ...]
    start: int
    end: int
    is_stream: bool = False
    is_live: bool = False
    unsupported: str = ""


class _Found(NamedTuple):
    """A reference and what has to be known to give it another name."""

    reference: Reference
    select: exp.Expr | None
    alias_at: int
    has_alias: bool

    @property
    def written(self) -> tuple[str, ...]:
        of_pipeline = ("LIVE",) if self.reference.is_live else ()
        return (*of_pipeline, *self.reference.parts)


class _Text:
    """A query's text, its tokens, and its tree.

    Args:
        sql: The text.

    Raises:
        UnreadSqlError: It is no single query that can be read.
    """

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.tokens = self._tokens()
        self.starts = [token.start for token in self.tokens]
        self.watermarks = [*self._watermarks()]
        self.tree = self._tree()

    def at(self, offset: int, reason: str) -> UnreadSqlError:
        """Return the error for what stands at an offset."""
        before = self.sql[:offset]
        return UnreadSqlError(reason, before.count("\n") + 1, offset - before.rfind("\n"))

    def index(self, offset: int) -> int:
        """Return the index of the first token at or after an offset."""
        return bisect.bisect_left(self.starts, offset)

    def is_at(self, index: int, *words: str) -> bool:
        """Tell whether tokens, in capitals, stand at an index."""
        if index < 0 or index + len(words) > len(self.tokens):
            return False
        return all(self.word(index + step) == word for step, word in enumerate(words))

    def word(self, index: int) -> str:
        """Return a token as written, in capitals."""
        token = self.tokens[index]
        return self.sql[token.start : token.end + 1].upper()

    def is_in_place(self, part: exp.Expr) -> bool:
        """Tell whether a part of a name stands where the parser says."""
        written = self.sql[part.meta.get("start", 0) : part.meta.get("end", -1) + 1]
        return written in {part.name, quoted([part.name])}

    def closing(self, index: int) -> int:
        """Return the index of the parenthesis that closes the one at an index."""
        depth = 0
        for step in range(index, len(self.tokens)):
            depth += {"(": 1, ")": -1}.get(self.word(step), 0)
            if depth == 0:
                return step
        raise self.at(self.tokens[index].start, "a parenthesis is not closed")

    def alias_at(self, index: int) -> int:
        """Return the offset after a table and its clauses, where Spark wants its alias.

        Args:
            index: Of the last token of the table.
        """
        if self.is_at(index + 1, "TABLESAMPLE", "("):
            index = self.closing(index + 2)
            if self.is_at(index + 1, "REPEATABLE", "("):
                index = self.closing(index + 2)
        for first, last in self.watermarks:
            if first == index + 1:
                index = last
        return self.tokens[index].end + 1

    def _tokens(self) -> list[Token]:
        try:
            return [*sqlglot.tokenize(self.sql, read=_DIALECT)]
        except TokenError as error:
            raise self.at(0, "a quotation mark or a comment is not closed") from error

    def _tree(self) -> exp.Expr:
        if not self.tokens:
            raise self.at(0, "there is no query")
        if self.word(0) not in _STARTS:
            raise self.at(self.tokens[0].start, f"a query is needed, this is {self.word(0)}")
        for index, token in enumerate(self.tokens):
            if self.word(index) == ";" and not self._only_ends(index):
                raise self.at(token.start, "there is more than one statement")
            if self.is_at(index, "TABLE", "("):
                raise self.at(token.start, "a table given to a function isn't understood here")
        tree = self._parsed()
        if not isinstance(tree, (exp.Query, exp.Values)):
            raise self.at(self.tokens[0].start, f"a query is needed, this is {tree.key.upper()}")
        return tree

    def _only_ends(self, index: int) -> bool:
        return all(self.word(step) == ";" for step in range(index, len(self.tokens)))

    def _parsed(self) -> exp.Expr:
        try:
            trees = [tree for tree in sqlglot.parse(self._masked(), read=_DIALECT) if tree]
        except ParseError as error:
            known = error.errors[0] if error.errors else {}
            line, end = known.get("line") or 1, known.get("col") or 1
            column = max(1, end - len(known.get("highlight") or "x") + 1)
            reason = known.get("description") or "it can't be read"
            if "<class" in reason:
                reason = "a part of the query is missing here, or its words are unknown"
            raise UnreadSqlError(reason, line, column) from error
        except RecursionError as error:
            raise self.at(0, "it is nested too deep") from error
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise self.at(0, "it can't be read") from error
        if len(trees) != 1:
            raise self.at(0, "there is no query")
        return trees[0]

    def _watermarks(self) -> Iterator[tuple[int, int]]:
        """Yield the first and last token of each `WATERMARK ... DELAY OF ...`."""
        for first in range(len(self.tokens)):
            delay = self._delay(first) if self.is_at(first, "WATERMARK") else None
            if delay is None:
                continue
            last = delay + 1
            if self.is_at(last + 1, "INTERVAL"):
                last += 1
            while last + 1 < len(self.tokens) and self.word(last + 1)[0] in "'\"0123456789":
                last += 1
                if last + 1 < len(self.tokens) and _UNITS.fullmatch(self.word(last + 1)):
                    last += 1
            yield first, last

    def _delay(self, first: int) -> int | None:
        depth = 0
        for step in range(first + 1, len(self.tokens)):
            word = self.word(step)
            depth += {"(": 1, ")": -1}.get(word, 0)
            if depth < 0 or word in {";", "SELECT", "FROM", "WHERE"}:
                return None
            if depth == 0 and self.is_at(step, "DELAY", "OF"):
                return step
        return None

    def _masked(self) -> str:
        """Return the text, as long as it is, without what the parser doesn't know.

        It takes the function `window` for the clause of that name.
        """
        text = self.sql
        for first, last in self.watermarks:
            start, end = self.tokens[first].start, self.tokens[last].end + 1
            blank = re.sub(r"[^\n]", " ", text[start:end])
            text = text[:start] + blank + text[end:]
        for index, token in enumerate(self.tokens):
            before = self.word(index - 1) if index else ""
            is_column = before.endswith("BY") or before == ","
            if self.is_at(index, "WINDOW") and (is_column or self.is_at(index + 1, "(")):
                text = text[: token.start] + "x" + text[token.start + 1 :]
        return text


def tables_in(sql: str) -> tuple[Reference, ...]:
    """Return the tables and views that a query reads, in the order of the text.

    Names of its own WITH clauses, functions such as `range(3)` and files read by their path are
    none of them.

    Args:
        sql: One query.

    Returns:
        Each place where a table is named, so a table twice that is read twice.

    Raises:
        UnreadSqlError: It is no single query, or one that can't be read.
    """
    return tuple(found.reference for found in _found(_Text(sql)))


def with_tables(sql: str, names: Mapping[Any, str]) -> str:
    """Return a query that reads its tables by other names.

    Only names change. A table without an alias gets one, so that columns written with its name
    are still found.

    Args:
        sql: One query.
        names: The new name, as SQL, by `Reference` or by the parts of the written name. What is
            not in it keeps its name, and so does a reference that is unsupported.

    Returns:
        The query.

    Raises:
        UnreadSqlError: It is no single query, or one that can't be read.
    """
    text = _Text(sql)
    all_found = _found(text)
    edits: list[tuple[int, int, str]] = []
    aliases: list[tuple[_Found, str]] = []
    for found in all_found:
        at = found.reference
        name = names.get(at, names.get(at.parts))
        if at.unsupported or name is None or name == sql[at.start : at.end]:
            continue
        edits.append((at.start, at.end, name))
        if not found.has_alias:
            alias = _alias(found, all_found)
            edits.append((found.alias_at, found.alias_at, f" AS {alias}"))
            aliases.append((found, alias))
    edits += _column_edits(text, aliases)
    for start, end, new in sorted(edits, reverse=True):
        sql = sql[:start] + new + sql[end:]
    return sql


def reference(name: str) -> Reference:
    """Return the reference for a name that a reader is given, as in `spark.read.table(name)`.

    Args:
        name: Up to three parts with dots between them, each in back quotes or plain.

    Returns:
        The reference, as if the text were only this name.

    Raises:
        UnreadSqlError: It is no such name.
    """
    parts, at = [], 0
    while match := _PART.match(name, at):
        parts.append(match[2] or match[1].replace("``", "`"))
        at = match.end()
        if not match[3]:
            return _named(parts, 0, len(name))
    reason = f"{name!r} is no name of a table"
    raise UnreadSqlError(reason, 1, at + 1)


def quoted(parts: Iterable[str]) -> str:
    """Return a name as SQL, each part in back quotes.

    Args:
        parts: Its parts.

    Returns:
        The name.
    """
    return ".".join(f"`{part.replace('`', '``')}`" for part in parts)


def _named(parts: Iterable[str], start: int, end: int, *, is_stream: bool = False) -> Reference:
    first, *rest = parts
    is_live = bool(rest) and first.upper() == "LIVE"
    return Reference(tuple(rest) if is_live else (first, *rest), start, end, is_stream, is_live)


def _found(text: _Text) -> list[_Found]:
    tables = text.tree.find_all(exp.Table)
    found = (_of_table(text, table) for table in tables if not table.find_ancestor(exp.Hint))
    return sorted(filter(None, found), key=lambda each: each.reference.start)


def _of_table(text: _Text, table: exp.Table) -> _Found | None:
    if isinstance(table.this, exp.Anonymous) and table.this.name.upper() == "IDENTIFIER":
        return _of_clause(text, table, table.this)
    parts = [part for part in table.parts if isinstance(part, exp.Identifier)]
    if not isinstance(table.this, exp.Identifier) or len(parts) < len(table.parts):
        return None
    names = [part.name for part in parts]
    if _is_cte(table, names) or _is_file(names):
        return None
    if not all(map(text.is_in_place, parts)):
        raise text.at(0, f"the place of {'.'.join(names)} can't be found")
    return _placed(text, table, names, (parts[0].meta["start"], parts[-1].meta["end"] + 1))


def _of_clause(text: _Text, table: exp.Table, clause: exp.Anonymous) -> _Found:
    start = clause.meta["start"]
    end = text.tokens[text.closing(text.index(start) + 1)].end + 1
    given = clause.expressions
    if len(given) == 1 and isinstance(given[0], exp.Literal) and given[0].is_string:
        try:
            named = reference(given[0].name)
        except UnreadSqlError as error:
            raise text.at(start, error.reason) from error
        of_pipeline = ("LIVE",) if named.is_live else ()
        return _placed(text, table, [*of_pipeline, *named.parts], (start, end))
    return _Found(Reference((), start, end, unsupported=_WORKED_OUT), None, end, has_alias=True)


def _placed(text: _Text, table: exp.Table, names: list[str], span: tuple[int, int]) -> _Found:
    before, last = text.index(span[0]) - 1, text.index(span[1]) - 1
    in_parentheses = text.is_at(before - 1, "STREAM", "(") and text.is_at(last + 1, ")")
    is_stream = in_parentheses or text.is_at(before, "STREAM")
    has_alias = bool(table.args.get("alias"))
    if in_parentheses:
        last += 1
        outer = table.parent
        while isinstance(outer, (exp.Subquery, exp.Stream)):
            has_alias = has_alias or bool(outer.args.get("alias"))
            outer = outer.parent
    at = _named(names, *span, is_stream=is_stream)
    if table.args.get("version") or text.is_at(last + 1, "@"):
        at = Reference(at.parts, at.start, at.end, at.is_stream, at.is_live, _TIME_TRAVEL)
    return _Found(at, table.find_ancestor(exp.Select), text.alias_at(last), has_alias)


def _is_file(names: list[str]) -> bool:
    return len(names) == 2 and names[0].lower() in _FILE_FORMATS and "/" in names[1]  # noqa: PLR2004


def _is_cte(table: exp.Table, names: list[str]) -> bool:
    child: exp.Expr = table
    inside: exp.Expr | None = None
    while len(names) == 1 and child.parent is not None:
        if isinstance(child, exp.CTE):
            inside = child
        node = child.parent
        clause = node.args.get("with_")
        if isinstance(clause, exp.With):
            visible = [*clause.expressions]
            if child is clause:
                at = next(step for step, each in enumerate(visible) if each is inside)
                visible = visible[: at + 1 if clause.args.get("recursive") else at]
            if any(each.alias.lower() == names[0].lower() for each in visible):
                return True
        child = node
    return False


def _alias(found: _Found, all_found: list[_Found]) -> str:
    """Return the alias for a table that gets another name: the last part where that is unique."""
    name = found.written[-1].lower()
    clash = any(
        other.select is found.select
        and other is not found
        and other.written[-1].lower() == name
        and other.written != found.written
        for other in all_found
    ) or _is_alias(name, found.select)
    if clash:
        return quoted([".".join(found.written)])
    return found.written[-1] if _PLAIN.fullmatch(found.written[-1]) else quoted(found.written[-1:])


def _is_alias(name: str, select: exp.Expr | None) -> bool:
    if select is None:
        return False
    joins = (join.this for join in select.args.get("joins") or ())
    first = select.args.get("from_")
    sources = [*joins, *([first.this] if isinstance(first, exp.From) else [])]
    return any(bool(each.args.get("alias")) and each.alias.lower() == name for each in sources)


def _column_edits(text: _Text, aliases: list[tuple[_Found, str]]) -> Iterator[tuple[int, int, str]]:
    """Yield what makes `silver.orders.id` into `orders.id`, where the table is now `orders`."""
    for column in text.tree.find_all(exp.Column) if aliases else ():
        parts = [*takewhile(text.is_in_place, column.parts)]
        names = [part.name.lower() for part in parts]
        if len(names) < 3:  # noqa: PLR2004 -- a column of a table that is named by one part
            continue
        for length in (len(names) - 1, 2):
            alias = _alias_of(names[:length], column, aliases)
            if alias:
                yield parts[0].meta["start"], parts[length - 1].meta["end"] + 1, alias
                break


def _alias_of(names: list[str], column: exp.Expr, aliases: list[tuple[_Found, str]]) -> str | None:
    for found, alias in aliases:
        written = [part.lower() for part in found.written]
        if written[-len(names) :] == names and _is_inside(column, found.select):
            return alias
    return None


def _is_inside(node: exp.Expr, select: exp.Expr | None) -> bool:
    at: exp.Expr | None = node
    while at is not None and at is not select:
        at = at.parent
    return at is not None
