"""What is wrong with a YAML value by a JSON Schema: each mistake at its place, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from jsonschema.exceptions import ValidationError

from lhp.core.as_written import NOTHING, TOKEN
from lhp.core.foreign_patterns import is_match
from lhp.core.option_schema import expected_types
from lhp.core.quick_check import Same, Schema
from lhp.core.schema_validator import validator_of
from lhp.errors import (
    EXCLUSIVE_KEYS,
    MISSING_KEY,
    NOT_ONE_OF,
    NOTHING_GIVEN,
    UNKNOWN_KEY,
    WRONG_TYPE,
    WRONG_VALUE,
    LhpError,
    Location,
    nearest,
    unknown_choice,
)
from lhp.model.keywords import OTHERWISE, READ_WITH
from lhp.model.source import Unresolved, described, locate

Advice = Callable[[str, Sequence[str]], str | None]
"""Says of an unknown key what to do, given the keys that are known."""

_REQUIREMENT = frozenset({"required", "deprecated"})
_OR = " or "
_TRUST = re.compile(r"trust|^block(ed|ed_plugins|s)?$", re.IGNORECASE)
_NOT_HERE = (
    "who may run is for the user to say, never for a project: `lhp plugins trust`, or a policy"
)
_TYPE_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
    "null": "empty",
}


def shape_faults(
    value: Any, schema: Schema, where: str, at: Location | None, advice: Advice | None
) -> list[LhpError]:
    """Return every way in which a value breaks a schema, by place; some are warnings.

    Args:
        value: As for `shape_problems`, and so are the others.
        schema: A draft-07 schema; compiled once per object.
        where: What messages call the value.
        at: Its place, when the value itself does not know it.
        advice: Says of an unknown key what to do; None tells the nearest.
    """
    problems: list[LhpError] = []
    for error in _each_value_once(_validator(Same(schema)).iter_errors(value)):
        if _is_unread(error.absolute_path, value, schema):
            continue
        problems += _translated(_Fault(error, value, where, at), advice or _nearest_key)
    kept = [problem for problem in problems if not _is_misspelt(problem, problems)]
    return sorted(kept, key=lambda problem: problem.location or Location(""))


def _each_value_once(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """Leave out that a value has the wrong type where the choices for it are told."""
    found = list(errors)
    chosen = {
        tuple(error.absolute_path)
        for error in found
        if error.validator == "enum" and not _otherwise(error)
    }
    for error in found:
        if error.validator != "type" or tuple(error.absolute_path) not in chosen:
            yield error


def _is_unread(path: Iterable[str | int], value: Any, schema: Schema) -> bool:
    """Tell whether a place lies in what nobody reads beside the other keys."""
    for key in path:
        inner = schema.get("properties", {}).get(key) if isinstance(value, Mapping) else None
        if inner is None:
            return False
        wanted = inner.get(READ_WITH, {})
        if any(value.get(other) != given for other, given in wanted.items()):
            return True
        value, schema = value[key], inner
    return False


def _otherwise(error: ValidationError) -> str | None:
    """Return the choice that any other value counts as; None where that is a mistake."""
    return error.schema.get(OTHERWISE) if isinstance(error.schema, Mapping) else None


def _is_misspelt(missing: LhpError, problems: Sequence[LhpError]) -> bool:
    """Tell whether a key is missing only because it stands there misspelt."""
    if missing.code not in (MISSING_KEY, NOTHING_GIVEN):
        return False
    wanted = str(missing.values.get("name") or missing.values["names"]).split(_OR)
    return any(
        problem.code == UNKNOWN_KEY
        and problem.values["where"] == missing.values["where"]
        and nearest(str(problem.values["name"]), wanted)
        for problem in problems
    )


@lru_cache(maxsize=256)
def _validator(same: Same) -> Any:
    return validator_of(same.schema)


class _Fault:
    """One error of jsonschema together with what the user wrote."""

    def __init__(self, error: ValidationError, value: Any, where: str, at: Location | None) -> None:
        self.error: Any = error
        self.path: tuple[str | int, ...] = tuple(error.absolute_path)
        self._value = value
        self._where = where
        self._at = at

    def place(self, *more: str, key: bool = False) -> Location | None:
        return locate(self._value, (*self.path, *more), key=key) or self._at

    @property
    def name(self) -> str:
        """The key whose value is wrong, with the index in a list."""
        names = [str(part) for part in self.path]
        return ".".join(names[-2:]) if names and names[-1].isdigit() else (names or [""])[-1]

    @property
    def where(self) -> str:
        parts: list[str] = []
        value = self._value
        for part in self.path:
            value = value[part]
            name = value.get("name") if isinstance(value, Mapping) else None
            parts.append(str(name) if isinstance(part, int) and name else str(part))
        inner = ".".join(parts)
        return f"{inner!r} of {self._where}" if inner else self._where


def _translated(fault: _Fault, advice: Advice) -> Iterator[LhpError]:
    error = fault.error
    rule = str(error.validator)
    if isinstance(error.instance, Unresolved):
        return
    if rule == "additionalProperties":
        yield from _unknown_keys(fault, advice)
    elif rule == "required":
        missing = [key for key in error.validator_value if error.message.startswith(repr(key))]
        for key in missing:
            yield MISSING_KEY.at(fault.place(), where=fault.where, name=key)
    elif rule in ("oneOf", "anyOf", "not") and (names := _group(error)):
        if isinstance(error.instance, Mapping):  # rules on keys fail for anything else, too
            yield _wrong_keys(fault, rule, names)
    elif rule in ("enum", "const"):
        yield from _not_one_of(fault)
    elif rule in ("type", "anyOf", "oneOf"):
        yield from _wrong_type(fault, advice)
    elif rule == "pattern" and error.schema.get("examples"):
        reason = f"{error.instance!r} has not the form of {error.schema['examples'][0]!r}"
        yield WRONG_VALUE.at(fault.place(), name=fault.name or fault.where, reason=reason)
    else:
        reason = error.message if len(error.message) <= 200 else f"it breaks {rule!r}"  # noqa: PLR2004  (a line or two)
        yield WRONG_VALUE.at(fault.place(), name=fault.name or fault.where, reason=reason)


def _unknown_keys(fault: _Fault, advice: Advice) -> Iterator[LhpError]:
    known = [*fault.error.schema.get("properties", {})]
    patterns = [*fault.error.schema.get("patternProperties", {})]
    for key in fault.error.instance:
        if key not in known and not any(is_match(each, str(key)) for each in patterns):
            place = fault.place(key, key=True)
            yield UNKNOWN_KEY.at(place, name=key, where=fault.where, advice=advice(key, known))


def _nearest_key(key: str, known: Sequence[str]) -> str | None:
    if _TRUST.search(key):
        return _NOT_HERE
    meant = nearest(key, known)
    if meant:
        return f"did you mean {meant!r}?"
    return f"known keys: {', '.join(sorted(known))}" if known else None


def _group(error: Any) -> list[str]:
    """Return the keys that a rule is about, but for deprecated ones; none for any other rule."""
    rule = error.validator_value
    branches = rule if isinstance(rule, list) else [rule]
    if not all(isinstance(branch, Mapping) and {*branch} <= _REQUIREMENT for branch in branches):
        return []
    return [key for branch in branches for key in branch["required"] if len(branch) == 1]


def _wrong_keys(fault: _Fault, rule: str, names: Sequence[str]) -> LhpError:
    if rule != "anyOf":
        return EXCLUSIVE_KEYS.at(fault.place(), where=fault.where, names=", ".join(names))
    if len(names) == 1:
        return MISSING_KEY.at(fault.place(), where=fault.where, name=names[0])
    return NOTHING_GIVEN.at(fault.place(), where=fault.where, names=_OR.join(names))


def _not_one_of(fault: _Fault) -> Iterator[LhpError]:
    wanted = fault.error.validator_value
    choices = [str(choice) for choice in (wanted if isinstance(wanted, list) else [wanted])]
    given = fault.error.instance
    given = str(given).lower() if isinstance(given, bool) else given
    otherwise = _otherwise(fault.error)
    if otherwise is None:
        yield NOT_ONE_OF.at(
            fault.place(),
            name=fault.name,
            given=given,
            choices=", ".join(choices),
            nearest=nearest(str(given), choices),
        )
    elif isinstance(given, str) and given:
        yield unknown_choice(fault.place(), fault.name, given, choices, otherwise)


def _wrong_type(fault: _Fault, advice: Advice) -> Iterator[LhpError]:
    error = fault.error
    given = error.instance
    meant = _branch_meant(error)
    if meant:
        for inner in _each_value_once(meant):
            inner_fault = _Fault(inner, fault._value, fault._where, fault._at)  # noqa: SLF001  (the same fault, further in)
            yield from _translated(inner_fault, advice)
        return
    types = expected_types(error.schema)
    expected = " or ".join(_TYPE_WORDS[name] for name in _TYPE_WORDS if name in types)
    yield WRONG_TYPE.at(
        fault.place(), name=fault.name or fault.where, expected=expected, given=described(given)
    )


def _branch_meant(error: Any) -> list[Any]:
    """Return what is wrong by the branch of `anyOf` whose type fits; of several, the nearest."""
    branches: dict[Any, list[Any]] = {}
    for item in error.context or ():
        if isinstance(item.schema, Mapping) and item.schema.get("title") in (TOKEN, NOTHING):
            continue
        branches.setdefault(item.relative_schema_path[0], []).append(item)
    fitting = [
        items
        for items in branches.values()
        if not any(item.validator == "type" and not item.relative_path for item in items)
    ]
    return min(fitting, key=len, default=[])
