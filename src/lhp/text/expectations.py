"""Reads the rules that rows of a view have to meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lhp.errors import (
    EXCLUSIVE_KEYS,
    EXPECTATION_TWICE,
    MISSING_KEY,
    NOT_ONE_OF,
    UNKNOWN_KEY,
    WRONG_TYPE,
    LhpError,
    LhpErrors,
    Location,
    nearest,
    raise_all,
)
from lhp.model.data_files import ExpectationEntry, ExpectationSettings, ExpectationsFile
from lhp.model.source import NOWHERE, described, locate

ACTIONS = ("fail", "drop", "warn")
_TYPES = {"expect": "warn", "expect_or_drop": "drop", "expect_or_fail": "fail"}
_CONDITION_KEYS = ExpectationEntry.exactly_one[0]
_SETTING_KEYS = ExpectationSettings.known_keys()
_ITEM_KEYS = ExpectationEntry.known_keys()
_FILE_KEYS = ExpectationsFile.known_keys()


@dataclass(frozen=True)
class Expectation:
    """One rule about the rows of a view.

    Args:
        name: How the pipeline's event log calls it.
        condition: SQL that is true for a good row.
        action: fail, drop or warn.
        given_name: The `name` as written; empty when there is none.
        message: The `message` as written; empty when there is none.
        at: Where it stands.
    """

    name: str
    condition: str
    action: str
    given_name: str = ""
    message: str = ""
    at: Location = field(default=NOWHERE, compare=False)


def read_expectations(data: Any, at: Location) -> tuple[Expectation, ...]:
    """Return the rules of an expectations file or of an inline list.

    Args:
        data: A list of rules, a map that holds one under `expectations`, or a map of conditions.
        at: The place of the data, when it does not know its own.

    Raises:
        LhpErrors: Everything in the data that is no rule.
    """
    raise_all(_form_problems(data, at))
    if isinstance(data, Mapping) and isinstance(data.get("expectations"), list):
        raise_all(_unknown_keys(data, _FILE_KEYS, "an expectations file", at))
        data, at = data["expectations"], locate(data, ("expectations",)) or at
    found: list[Expectation] = []
    problems: list[LhpError] = []
    for item, place in _items(data, at):
        try:
            found.append(_of_item(item, place))
        except LhpErrors as errors:
            problems += errors.problems
    raise_all([*problems, *_repeated(found)])
    return tuple(found)


def _form_problems(data: Any, at: Location) -> Iterator[LhpError]:
    if not isinstance(data, (Mapping, list, type(None))):
        expected = "a list of rules or a map of conditions"
        yield WRONG_TYPE.at(at, name="expectations", expected=expected, given=described(data))


def _items(data: Any, at: Location) -> Iterable[tuple[Any, Location]]:
    if isinstance(data, Mapping):
        for condition, settings in data.items():
            yield (condition, settings), locate(data, (condition,), key=True) or at
    else:
        for index, item in enumerate(data or ()):
            yield item, locate(data, (index,)) or at


def _of_item(item: Any, at: Location) -> Expectation:
    if isinstance(item, tuple):
        return _of_setting(item[0], item[1], at)
    _check_map(item, "an expectation", at)
    raise_all([*_unknown_keys(item, _ITEM_KEYS, "an expectation", at), *_not_texts(item, at)])
    conditions = [item[key] for key in _CONDITION_KEYS if item.get(key)]
    if not conditions:
        raise_all([MISSING_KEY.at(at, where="an expectation", name="constraint")])
    if len(conditions) > 1:
        names = " and ".join(_CONDITION_KEYS)
        raise_all([EXCLUSIVE_KEYS.at(at, where="an expectation", names=names)])
    given, message = item.get("name") or "", item.get("message") or ""
    name = message or given or f"Constraint failed: {conditions[0]}"
    return Expectation(name, conditions[0], _action_of(item, at), given, message, at)


def _of_setting(condition: str, settings: Any, at: Location) -> Expectation:
    _check_map(settings, condition, at)
    where = "the settings of an expectation"
    raise_all([*_unknown_keys(settings, _SETTING_KEYS, where, at), *_not_texts(settings, at)])
    if not condition.strip():
        raise_all([MISSING_KEY.at(at, where="an expectation", name="condition")])
    action = _chosen(settings, "action", ACTIONS, at) or "warn"
    # The condition is the name of a rule without one, also where rows are quarantined.
    name = settings.get("name") or condition
    return Expectation(name, condition, action, name, settings.get("message") or "", at)


def _action_of(item: Mapping[str, Any], at: Location) -> str:
    action = _chosen(item, "failureAction", ACTIONS, at)
    kind = _chosen(item, "type", tuple(_TYPES), at)
    return action or _TYPES[kind or "expect"]


def _chosen(item: Mapping[str, Any], key: str, choices: Sequence[str], at: Location) -> str | None:
    given = item.get(key)
    if given is None or str(given).lower() in choices:
        return given and str(given).lower()
    problem = NOT_ONE_OF.at(
        locate(item, (key,)) or at,
        name=key,
        given=given,
        choices=", ".join(choices),
        nearest=nearest(str(given).lower(), choices),
    )
    raise LhpErrors([problem])


def _check_map(value: Any, name: str, at: Location) -> None:
    if not isinstance(value, Mapping):
        given = described(value)
        raise_all([WRONG_TYPE.at(at, name=name, expected="a map", given=given)])


def _unknown_keys(
    data: Mapping[str, Any], known: Sequence[str], where: str, at: Location
) -> Iterator[LhpError]:
    for key in data:
        if key not in known and not key.startswith("x-"):
            place = locate(data, (key,), key=True) or at
            near = nearest(key, known)
            advice = f"did you mean {near!r}?" if near else None
            yield UNKNOWN_KEY.at(place, name=key, where=where, advice=advice)


def _not_texts(item: Mapping[str, Any], at: Location) -> Iterator[LhpError]:
    for key in (*_CONDITION_KEYS, "name", "message"):
        value = item.get(key)
        if not isinstance(value, (str, type(None))):
            place = locate(item, (key,)) or at
            yield WRONG_TYPE.at(place, name=key, expected="text", given=described(value))


def _repeated(found: Sequence[Expectation]) -> Iterator[LhpError]:
    conditions: dict[tuple[str, str], str] = {}
    for rule in found:
        first = conditions.setdefault((rule.action, rule.name), rule.condition)
        if first != rule.condition:
            yield EXPECTATION_TWICE.at(rule.at, action=rule.action, name=rule.name)
