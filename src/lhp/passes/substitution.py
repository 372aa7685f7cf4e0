"""Replaces the tokens of an environment and marks secrets, in values and in whole files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import partial
from itertools import chain
from typing import Any

from lhp.errors import (
    BARE_TOKEN,
    MARK_END,
    MARK_START,
    RESERVED_CHARACTER,
    SECRET_COMPOSED,
    SECRET_MALFORMED,
    SECRET_NAME_BAD,
    SECRET_SCOPE_MISSING,
    TOKEN_IN_TEXT,
    TOKEN_NULL,
    UNRESOLVED_TOKEN,
    LhpError,
    Location,
    nearest,
    raise_all,
)
from lhp.model.flowgroup import SecretReference
from lhp.model.source import (
    NOWHERE,
    TokenText,
    Unresolved,
    YamlMap,
    is_bare,
    locate,
    map_keys,
    map_text,
    shape_of,
)
from lhp.passes.variables import Budget, scalar_text
from lhp.values import frozen

_BRACED = r"\$\{(?P<name>\w+)(?P<path>(?:\.\w+)*)\}"
_ANY = re.compile(_BRACED + r"|(?<![{$%])\{(?P<bare>\w+)\}(?!\})")
_IN_PYTHON = re.compile(_BRACED + r"|(?P<bare>(?!))")
_WHOLE = re.compile(_BRACED)
_OPENING = "${secret:"
_SECRET = re.compile(re.escape(_OPENING) + r"([^}]*)(\}?)")
_LEFTOVER = re.compile(r"[$%]\{(\w+)\}")
_SCOPE = re.compile(r"[A-Za-z0-9_.@-]{1,128}")
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,128}")


@frozen
class Tokens:
    """What one environment puts in the place of tokens and of secrets' scopes.

    Args:
        env: Name of the environment.
        values: By name a text, or a map or list; none refers to another any more.
        scopes: Alias of a secret scope -> the scope.
        default_scope: Scope of secrets that name none; empty when there is none.
        written: The tokens as the file writes them, each at its place.
        faults: Why a token has no value, by its name.
        unread: Why any other name may be that of a token; empty when the file was read.
        problems: What is wrong with the substitutions file, and what its author should know.
    """

    env: str
    values: dict[str, Any] = field(default_factory=dict)
    scopes: Mapping[str, str] = field(default_factory=dict)
    default_scope: str = ""
    written: YamlMap = field(default_factory=YamlMap)
    faults: Mapping[str, Sequence[LhpError]] = field(default_factory=dict)
    unread: Sequence[LhpError] = ()
    problems: tuple[LhpError, ...] = ()

    @property
    def errors(self) -> tuple[LhpError, ...]:
        """What is wrong with the substitutions file."""
        return tuple(problem for problem in self.problems if not problem.is_warning)


def substituted(
    data: Any, tokens: Tokens, at: Location = NOWHERE, *, with_keys: bool = False
) -> tuple[Any, tuple[LhpError, ...]]:
    """Return what `substitute` does, and the warnings alone.

    Raises:
        LhpError: EXPANSION_TOO_LARGE; YAML_DUPLICATE_KEY.
        LhpErrors: What is wrong.
    """
    found, problems = substitute(data, tokens, at, with_keys=with_keys)
    raise_all(problem for problem in problems if not problem.is_warning)
    return found, problems


def substitute(
    data: Any, tokens: Tokens, at: Location = NOWHERE, *, with_keys: bool = False
) -> tuple[Any, tuple[LhpError, ...]]:
    """Return the data with tokens replaced and secrets marked in every value.

    A value that is one whole token becomes what the token holds: a `TokenText`, a map or a list.

    Args:
        data: Any YAML value.
        tokens: Those of the environment.
        at: Where the data stands, when it does not know it.
        with_keys: True replaces and marks in keys, too.

    Returns:
        The data, a text at fault `Unresolved`; and UNRESOLVED_TOKEN, TOKEN_IN_TEXT, TOKEN_NULL or
        a fault of a secret at each place, the faults of tokens that have no value, and warnings.

    Raises:
        LhpError: EXPANSION_TOO_LARGE; YAML_DUPLICATE_KEY.
    """
    replacer = Replacer(tokens)
    at = locate(data, ()) or at

    def resolve(text: str, at: Location) -> Any:
        if isinstance(text, Unresolved):
            return text
        told = len(replacer.problems)
        value = map_text(replacer.replace(text, at), replacer.mark_secrets, at)
        replacer.problems += leftovers(value, tokens, at)
        return value if len(replacer.problems) == told else Unresolved(text)

    named = map_keys(data, replacer.replace_in_key) if with_keys else data
    resolved = map_text(named, resolve, at, all_texts=False)
    return resolved, (*dict.fromkeys(replacer.problems), *replacer.deprecated.values())


def with_maps(data: Any, tokens: Tokens) -> Any:
    """Return the data with each `${name}` that alone makes a value and holds a map replaced."""
    replacer = Replacer(tokens)

    def replace(text: str, at: Location) -> Any:
        value = replacer.replace(text, at) if _WHOLE.fullmatch(text) else text
        return value if isinstance(value, Mapping) else text

    return map_text(data, replace, all_texts=False)


def substitute_text(text: str, path: str, tokens: Tokens) -> str:
    """Return a project file's text with tokens replaced and secrets marked.

    In Python files `{name}` is left alone, and `${name}` may stay without a value.

    Args:
        text: The whole file, so that problems tell line and column.
        path: The file, relative to the project root; its ending tells Python from others.
        tokens: Those of the environment.

    Raises:
        LhpErrors: UNRESOLVED_TOKEN, TOKEN_IN_TEXT, TOKEN_NULL, a fault of a secret, at each place.
    """
    if is_bare(text):
        return text
    is_python = path.endswith(".py")
    replacer = Replacer(tokens)

    def insert(match: re.Match[str]) -> str:
        at = _position(text, match.start(), path)
        inserted = replacer.insert(match, at)
        if not is_python:
            replacer.problems.extend(_leftovers_of(inserted, tokens, at, "$"))
        return inserted

    replaced, composing = _fill(_IN_PYTHON if is_python else _ANY, text, insert)
    if composing:
        at = _position(text, composing.start(), path)
        replacer.problems.append(SECRET_COMPOSED.at(at, text=composing[0]))
    marked = _mark_in_file(replaced, path, replacer)
    raise_all(dict.fromkeys(replacer.problems))
    return marked


def deprecations(text: str, path: str, tokens: Tokens) -> tuple[LhpError, ...]:
    """Return the warning for a project file in which a token stands as `{name}`."""
    if path.endswith(".py") or is_bare(text):
        return ()
    found = (match for match in _ANY.finditer(text) if match["bare"] in tokens.values)
    return tuple(
        BARE_TOKEN.at(_position(text, match.start(), path), name=match["bare"])
        for match in list(found)[:1]
    )


def leftovers(value: Any, tokens: Tokens, at: Location = NOWHERE) -> tuple[LhpError, ...]:
    """Return a problem for each `${name}` and `%{name}` that still stands in a value.

    A token that has no value because it is at fault itself is none.

    Args:
        value: Any YAML value after substitution.
        tokens: Those of the environment, for the nearest name.
        at: Where a value stands that does not know it.
    """
    found: list[LhpError] = []

    def collect(text: str, place: Location) -> str:
        found.extend(_leftovers_of(text, tokens, place, "$%"))
        return text

    map_text(value, collect, at, all_texts=False)
    return tuple(found)


def tokens_in_file(text: str, path: str) -> Mapping[str, Location]:
    """Return what has the form of a token or a secret in a project's file, at its first place.

    Args:
        text: The whole file.
        path: The file; its ending tells Python, where only `${name}` is a token.
    """
    tokens = _IN_PYTHON if path.endswith(".py") else _ANY
    places: dict[str, Location] = {}
    for match in chain(tokens.finditer(text), _SECRET.finditer(text)):
        if match[0] not in places:
            places[match[0]] = _position(text, match.start(), path)
    return places


def token_names(text: str) -> tuple[str, ...]:
    """Return what stands in a text in the form of a token, known or not."""
    return tuple(path[0] for path in token_paths(text))


def token_paths(text: str) -> tuple[tuple[str, ...], ...]:
    """Return for what stands in a text in the form of a token its name, and the keys after that."""
    found = _ANY.finditer(text)
    return tuple((each["name"] or each["bare"], *_keys(each)) for each in found)


def secret_parts(text: str) -> tuple[tuple[str, str], ...]:
    """Return the scope, empty when it names none, and the key of each secret in a text."""
    parts = (match[1].rpartition("/") for match in _SECRET.finditer(text))
    return tuple((scope, key) for scope, _, key in parts)


class Replacer:
    """Replaces what has the form of a token, and collects what is wrong with it.

    Args:
        tokens: Those of the environment; `values` may get more.
    """

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.values = tokens.values
        self.problems: list[LhpError] = []
        self.deprecated: dict[str, LhpError] = {}
        self._budget = Budget()

    def replace(self, text: str, at: Location) -> Any:
        """Return a text with its tokens replaced; what a token holds, when it is the whole text."""
        whole = _ANY.fullmatch(text)
        if not whole:
            return _same_sort(text, self._filled(text, at))
        value = self._value_of(whole, at)
        self._budget.spend(_size(value), at)
        single = scalar_text(value)
        if single is None:
            return value
        return text if single == text else TokenText(single)

    def replace_in_key(self, text: str, at: Location) -> str:
        """Return a key with its tokens replaced and its secrets marked."""
        marked = self.mark_secrets(self._filled(text, at), at)
        self.problems.extend(_leftovers_of(marked, self.tokens, at, "$%"))
        return marked

    def insert(self, match: re.Match[str], at: Location) -> str:
        """Return what a token inside a text becomes."""
        value = self._value_of(match, at)
        text = scalar_text(value)
        if text is None:
            name, actual = _name_of(match), shape_of(value)
            self.problems.append(TOKEN_IN_TEXT.at(at, name=name, actual=actual, text=match[0]))
            return ""
        self._budget.spend(len(text), at)
        return text

    def mark_secrets(self, text: str, at: Location) -> str:
        """Return a text with its secrets marked; nobody else may have put marks into it."""
        self.refuse_marks(text, at)
        if _OPENING not in text:
            return text
        return _same_sort(text, _SECRET.sub(partial(self.mark, at=at), text))

    def refuse_marks(self, text: str, at: Location) -> None:
        """Note a problem for a text that holds marks before any secret is marked."""
        if MARK_START in text or MARK_END in text:
            self.problems.append(RESERVED_CHARACTER.at(at, text=ascii(text[:80])))

    def mark(self, match: re.Match[str], at: Location) -> str:
        """Return the mark of one secret."""
        try:
            return str(_reference(match, self.tokens, at))
        except LhpError as problem:
            self.problems.append(problem)
            return ""

    def _filled(self, text: str, at: Location) -> str:
        filled, composing = _fill(_ANY, text, partial(self.insert, at=at))
        if composing:
            self.problems.append(SECRET_COMPOSED.at(at, text=composing[0]))
        return filled

    def _value_of(self, match: re.Match[str], at: Location) -> Any:
        name = match["name"] or match["bare"]
        if name not in self.values:
            self.problems += self.tokens.faults.get(name, self.tokens.unread)
            return match[0]
        if match["bare"]:
            self.deprecated.setdefault(at.path, BARE_TOKEN.at(at, name=name))
        keys = _keys(match)
        value = self.values[name]
        if not keys or not isinstance(value, Mapping):
            return match[0] if keys else value
        return self._entry(value, keys, match, at)

    def _entry(self, value: Any, keys: list[str], match: re.Match[str], at: Location) -> Any:
        for depth, key in enumerate(keys):
            if not isinstance(value, Mapping) or key not in value:
                owner = ".".join([match["name"], *keys[:depth]])
                known = value if isinstance(value, Mapping) else ()
                self.problems.append(
                    UNRESOLVED_TOKEN.at(
                        at, text=match[0], scope=f"the token {owner!r}", nearest=nearest(key, known)
                    )
                )
                return match[0]
            value = value[key]
        if value is None:
            self.problems.append(TOKEN_NULL.at(at, name=_name_of(match)))
            return match[0]
        return value


def _fill(
    pattern: re.Pattern[str], text: str, insert: Callable[[re.Match[str]], str]
) -> tuple[str, re.Match[str] | None]:
    """Return a text with its tokens replaced, and the first token that opens a secret in part."""
    edges: list[tuple[int, re.Match[str]]] = []
    grown = 0

    def put(match: re.Match[str]) -> str:
        nonlocal grown
        inserted = insert(match)
        start = match.start() + grown
        edges.extend((edge, match) for edge in (start, start + len(inserted)))
        grown += len(inserted) - len(match[0])
        return inserted

    filled = pattern.sub(put, text)
    reach = len(_OPENING) - 1
    cut = (
        match
        for edge, match in edges
        if filled.find(_OPENING, max(edge - reach, 0), edge + reach) >= 0
    )
    return filled, next(cut, None)


def _mark_in_file(text: str, path: str, replacer: Replacer) -> str:
    def mark(match: re.Match[str]) -> str:
        return replacer.mark(match, _position(text, match.start(), path))

    replacer.refuse_marks(text, Location(path))
    return _SECRET.sub(mark, text)


def _leftovers_of(text: str, tokens: Tokens, at: Location, signs: str) -> list[LhpError]:
    return [
        UNRESOLVED_TOKEN.at(
            at, text=match[0], scope=_scope_of(match[0], tokens), nearest=_near(match, tokens)
        )
        for match in _LEFTOVER.finditer(text)
        if match[0][0] in signs and not _faults_of(match, tokens)
    ]


def _faults_of(match: re.Match[str], tokens: Tokens) -> Sequence[LhpError]:
    return tokens.faults.get(match[1], tokens.unread) if match[0][0] == "$" else ()


def _scope_of(text: str, tokens: Tokens) -> str:
    return f"environment {tokens.env!r}" if text[0] == "$" else "a template or a token"


def _near(match: re.Match[str], tokens: Tokens) -> str | None:
    return nearest(match[1], tokens.values) if match[0][0] == "$" else None


def _keys(match: re.Match[str]) -> list[str]:
    return (match["path"] or "").split(".")[1:]


def _name_of(match: re.Match[str]) -> str:
    return match["bare"] or match["name"] + match["path"]


def _same_sort(text: str, changed: str) -> str:
    if changed == text:
        return text
    return TokenText(changed) if isinstance(text, TokenText) else changed


def _reference(match: re.Match[str], tokens: Tokens, at: Location) -> SecretReference:
    scope, slash, key = match[1].partition("/")
    if not slash:
        scope, key = tokens.default_scope, match[1]
    if not match[2] or not key or (slash and not scope):
        raise SECRET_MALFORMED.at(at, text=match[0][:80])
    if not scope:
        raise SECRET_SCOPE_MISSING.at(at, text=match[0], key=key)
    scope = tokens.scopes.get(scope, scope)
    for part, name, valid in (("scope", scope, _SCOPE), ("key", key, _KEY)):
        if not valid.fullmatch(name):
            raise SECRET_NAME_BAD.at(at, part=part, name=name)
    return SecretReference(scope, key)


def _position(text: str, offset: int, path: str) -> Location:
    line = text.count("\n", 0, offset) + 1
    return Location(path, line, offset - text.rfind("\n", 0, offset))


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return 1 + sum(map(_size, value.values()))
    return 1 + sum(map(_size, value)) if isinstance(value, list) else 1
