"""Turns a column type as SQL writes it into Python code that makes the Spark type."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NoReturn

from lhp.errors import DATA_TYPE_BAD, DATA_TYPE_UNKNOWN, LhpError, Location, nearest

_PLAIN = {
    "BIGINT": "LongType",
    "BINARY": "BinaryType",
    "BOOLEAN": "BooleanType",
    "BYTE": "ByteType",
    "DATE": "DateType",
    "DOUBLE": "DoubleType",
    "FLOAT": "FloatType",
    "INT": "IntegerType",
    "INTEGER": "IntegerType",
    "LONG": "LongType",
    "REAL": "FloatType",
    "SHORT": "ShortType",
    "SMALLINT": "ShortType",
    "STRING": "StringType",
    "TIMESTAMP": "TimestampType",
    "TIMESTAMP_LTZ": "TimestampType",
    "TIMESTAMP_NTZ": "TimestampNTZType",
    "TINYINT": "ByteType",
    "VARIANT": "VariantType",
    "VOID": "NullType",
}
_DECIMALS = ("DECIMAL", "DEC", "NUMERIC")
_SIZED_TEXTS = ("VARCHAR", "CHAR", "CHARACTER")
_NESTED = ("ARRAY", "MAP", "STRUCT")
_TYPE_NAMES = (*_PLAIN, *_DECIMALS, *_SIZED_TEXTS, *_NESTED)
_TOKEN = re.compile(
    r"""\s*(
        \w+
        | `(?:[^`]|``)+`
        | '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*"
        | \S
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_MOST_LEVELS = 30
_MOST_DIGITS = 38
_DEFAULT_DIGITS = 10


@dataclass(frozen=True)
class SparkType:
    """A Spark type as Python code.

    Args:
        code: Holds nothing of the user's but literals.
        imports: Names that it uses from pyspark.sql.types, sorted.
    """

    code: str
    imports: tuple[str, ...]


def spark_type(text: str, at: Location) -> SparkType:
    """Return the Spark type that a SQL type names.

    Args:
        text: Such as `BIGINT`, `DECIMAL(10, 2)` or `ARRAY<STRUCT<a: INT>>`; upper or lower case.
        at: Where the user wrote it.

    Raises:
        LhpError: When Spark has no such type, or the text does not follow its grammar.
    """
    reader = _Reader(text, at, [*_TOKEN.findall(text), ""])
    code = reader.read_type(1)
    reader.expect("")
    return SparkType(code, tuple(sorted(reader.imports)))


@dataclass
class _Reader:
    text: str
    at: Location
    tokens: list[str]
    place: int = 0
    imports: set[str] = field(default_factory=set)

    def read_type(self, level: int) -> str:
        if level > _MOST_LEVELS:
            self._refuse("it is nested too deeply")
        word = self._take()
        name = word.upper()
        if name == "ARRAY":
            return self._array(level)
        if name == "MAP":
            return self._map(level)
        if name == "STRUCT":
            return self._struct(level)
        if name in _DECIMALS:
            return self._decimal()
        if name in _SIZED_TEXTS:
            self._numbers(at_most=1)
            return f"{self._import('StringType')}()"
        if name in _PLAIN:
            return f"{self._import(_PLAIN[name])}()"
        raise self._unknown(word)

    def expect(self, token: str) -> None:
        """Take one token, which must be the given one; the empty one is the end."""
        given = self._take()
        if given != token:
            wanted = f"{token!r}" if token else "the end"
            self._refuse(f"{wanted} must come {self._instead_of(given)}")

    def _array(self, level: int) -> str:
        self.expect("<")
        element = self.read_type(level + 1)
        self.expect(">")
        return f"{self._import('ArrayType')}({element})"

    def _map(self, level: int) -> str:
        self.expect("<")
        key = self.read_type(level + 1)
        self.expect(",")
        value = self.read_type(level + 1)
        self.expect(">")
        return f"{self._import('MapType')}({key}, {value})"

    def _struct(self, level: int) -> str:
        self.expect("<")
        fields: list[str] = []
        while not self._took(">"):
            if fields:
                self.expect(",")
            fields.append(self._field(level))
        return f"{self._import('StructType')}([{', '.join(fields)}])"

    def _field(self, level: int) -> str:
        name = self._name()
        self._took(":")
        code = self.read_type(level + 1)
        nullable = not self._took("NOT")
        if not nullable and not self._took("NULL"):
            self._refuse("NULL must follow NOT")
        comment = f", {{'comment': {self._quoted()!r}}}" if self._took("COMMENT") else ""
        return f"{self._import('StructField')}({name!r}, {code}, {nullable}{comment})"

    def _name(self) -> str:
        word = self._take()
        if word.startswith("`") and len(word) > 1:
            return word[1:-1].replace("``", "`")
        if not re.fullmatch(r"\w+", word):
            self._refuse(f"the name of a field must come {self._instead_of(word)}")
        return word

    def _quoted(self) -> str:
        word = self._take()
        if len(word) < len("''") or word[0] not in "'\"":
            self._refuse(f"a quoted comment must come {self._instead_of(word)}")
        inner = word[1:-1].replace(word[0] * 2, word[0])
        return re.sub(r"(?s)\\(.)", lambda part: _ESCAPES.get(part[1], part[1]), inner)

    def _decimal(self) -> str:
        numbers = self._numbers(at_most=2)
        precision = numbers[0] if numbers else _DEFAULT_DIGITS
        scale = numbers[1] if len(numbers) > 1 else 0
        if not 1 <= precision <= _MOST_DIGITS or scale > precision:
            self._refuse(f"a decimal has 1 to {_MOST_DIGITS} digits, of which the scale is part")
        return f"{self._import('DecimalType')}({precision}, {scale})"

    def _numbers(self, at_most: int) -> list[int]:
        if not self._took("("):
            return []
        numbers = [self._number()]
        while len(numbers) < at_most and self._took(","):
            numbers.append(self._number())
        self.expect(")")
        return numbers

    def _number(self) -> int:
        word = self._take()
        if not re.fullmatch(r"[0-9]{1,9}", word):
            self._refuse(f"a number must come {self._instead_of(word)}")
        return int(word)

    def _next(self) -> str:
        return self.tokens[self.place]

    def _take(self) -> str:
        token = self._next()
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token

    def _took(self, token: str) -> bool:
        matches = self._next().upper() == token
        self.place += int(matches)
        return matches

    def _import(self, name: str) -> str:
        self.imports.add(name)
        return name

    def _instead_of(self, token: str) -> str:
        return f"instead of {token!r}" if token else "before the end"

    def _refuse(self, problem: str) -> NoReturn:
        raise DATA_TYPE_BAD.at(self.at, type=self.text, problem=problem)

    def _unknown(self, word: str) -> LhpError:
        if not re.fullmatch(r"\w+", word):
            self._refuse(f"a type must come {self._instead_of(word)}")
        near = nearest(word.upper(), _TYPE_NAMES)
        return DATA_TYPE_UNKNOWN.at(self.at, name=word, type=self.text, nearest=near)
