"""What Spark finds wrong with a query, and where in the user's files that stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pyspark.errors import PySparkException

from lhp.errors import LhpError, Location

_AT = re.compile(r"\(?;? ?line (\d+),? pos (\d+)\)?")
_STATE = re.compile(r"\.? SQLSTATE: \w+;?$")
_TOKEN = re.compile(r"\$\{[^}]*\}|%\{[^}]*\}|\{\{.*?\}\}|\{\w+\}")
_WORD = re.compile(rf"(?:{_TOKEN.pattern}|[\w.`])+")
_SQL_FILE = re.compile(r"[\w./${}-]+\.sql\b")


class QueryError(Exception):
    """A query that can't be run.

    Args:
        reason: What Spark says, or what is wrong.
        line: The line of the query that is meant, as written; empty when Spark does not say.
        part: What is meant of that line; empty when Spark does not say.
        problem: The error, where it is one of ours.
    """

    def __init__(
        self, reason: str, line: str = "", part: str = "", problem: LhpError | None = None
    ) -> None:
        super().__init__(reason)
        self.problem = problem
        self.reason = reason
        self.line = line
        self.part = part


def query_error(error: PySparkException, text: str, names: Mapping[str, str]) -> QueryError:
    """Return what is wrong with a query, in the names that its author knows.

    Args:
        error: What Spark raised.
        text: The query as its author wrote it.
        names: What the tables are called by us, and by the author.
    """
    words = str(error)
    found = _AT.search(words)
    reason = words[: found.start()] if found else words.partition(";\n")[0]
    for ours, theirs in names.items():
        reason = re.sub(rf"`?\b{ours}\b`?", theirs, reason)
    lines = text.splitlines()
    number = int(found[1]) - 1 if found else len(lines)
    line = lines[number].strip() if number < len(lines) else ""
    parts = [context.fragment().strip("`") for context in error.getQueryContext()]
    reason = _STATE.sub("", reason.strip())
    return QueryError(reason, line, next((part for part in parts if part in line), ""))


def place_of(root: Path, at: Location, error: QueryError) -> Location:
    """Return where the line of a query stands, in the YAML or in the SQL file that it names.

    Args:
        root: The project's folder.
        at: Where the action stands.
        error: What is wrong with its query.
    """
    if not error.part:
        return at
    lines = _lines(root / at.path)
    files = [(at.path, lines, max(at.line - 1, 0))]
    files += [(path, _lines(root / path), 0) for path in _named(lines[max(at.line - 1, 0) :], root)]
    # A token makes the line, or the name itself, another one in the file.
    for offset in (_in_the_line, _written_out, _with_tokens):
        for path, read, start in files:
            for number, line in enumerate(read[start:], start + 1):
                found = offset(line, error)
                if found >= 0:
                    return Location(path, number, found + 1)
    return at


def _in_the_line(line: str, error: QueryError) -> int:
    return line.find(error.part) if line.strip() == error.line else -1


def _written_out(line: str, error: QueryError) -> int:
    return line.find(error.part)


def _with_tokens(line: str, error: QueryError) -> int:
    for word in _WORD.finditer(line):
        texts = _TOKEN.split(word[0])
        pattern = r"[\w.`-]+".join(map(re.escape, texts))
        if any(text.strip(".`") for text in texts) and re.fullmatch(pattern, error.part):
            return word.start()
    return -1


def _named(lines: Sequence[str], root: Path) -> Iterator[str]:
    """Yield the SQL files that lines name, the nearest first."""
    for line in lines:
        for path in _SQL_FILE.findall(line):
            if (root / path).is_file():
                yield path


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
