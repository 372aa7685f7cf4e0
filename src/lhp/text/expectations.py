"""Reads the rules that rows of a view have to meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from lhp.errors import (
    EXPECTATION_EMPTY,
    EXPECTATION_TWICE,
    MISSING_KEY,
    NO_EFFECT,
    UNKNOWN_KEY,
    WRONG_TYPE,
    LhpError,
    LhpErrors,
    Location,
    nearest,
    raise_all,
    unknown_choice,
)
from lhp.model.data_files import ExpectationEntry, ExpectationSettings, ExpectationsFile
from lhp.model.source import NOWHERE, described, locate
from lhp.values import frozen

ACTIONS = ("fail", "drop", "warn")
TYPES = ("expect", "expect_or_drop", "expect_or_fail")
_TYPES = {"expect": "warn", "expect_or_drop": "drop", "expect_or_fail": "fail"}
_CONDITION_KEYS = ExpectationEntry.exactly_one[0]
_SETTING_KEYS = ExpectationSettings.known_keys()
_ITEM_KEYS = ExpectationEntry.known_keys()
_FILE_KEYS = ExpectationsFile.known_keys()


@frozen
class Expectation:
    """One rule about the rows of a view.

    Args:
        name: How the pipeline's event log calls it.
        condition: SQL that is true for a good row.
        action: fail, drop or warn; or a `type` that there is not.
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


@frozen
class Expectations:
    """The rules of one file.

    Args:
        rules: In the order of the file.
        warnings: What their author should know.
    """

    rules: tuple[Expectation, ...] = ()
    warnings: tuple[LhpError, ...] = ()


def read_expectations(data: Any, at: Location) -> Expectations:
    """Return the rules of an expectations file or of an inline list.

    What is no rule but did no harm in the 0.9 releases is read as they read it, with a warning.

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
    warnings: list[LhpError] = []
    for item, place in _items(data, at):
        warnings += _warnings(item, place)
        try:
            found += _of_item(item, place)
        except LhpErrors as errors:
            problems += errors.problems
    raise_all([*problems, *_repeated(found)])
    return Expectations(tuple(found), tuple(warnings))


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


def _warnings(item: Any, at: Location) -> Iterator[LhpError]:
    settings = item[1] if isinstance(item, tuple) else item
    if not isinstance(settings, Mapping):
        return
    key = "action" if isinstance(item, tuple) else "failureAction"
    given = settings.get(key)
    if isinstance(given, str) and given.lower() not in ACTIONS:
        meaning = _TYPES.get(str(settings.get("type")), "warn") if key != "action" else "warn"
        yield unknown_choice(locate(settings, (key,)) or at, key, given, ACTIONS, meaning)
    if key != "action":
        conditions = [key for key in _CONDITION_KEYS if settings.get(key)]
        if not conditions:
            yield EXPECTATION_EMPTY.at(at)
        for extra in conditions[1:]:
            reason = f"`{conditions[0]}` stands beside it"
            place = locate(settings, (extra,), key=True) or at
            yield NO_EFFECT.at(place, name=extra, reason=reason, advice="take one of them out")


def _of_item(item: Any, at: Location) -> Sequence[Expectation]:
    if isinstance(item, tuple):
        return [_of_setting(item[0], item[1], at)]
    _check_map(item, "an expectation", at)
    raise_all([*_unknown_keys(item, _ITEM_KEYS, "an expectation", at), *_not_texts(item, at)])
    conditions = [item[key] for key in _CONDITION_KEYS if item.get(key)]
    if not conditions:
        return []
    given, message = item.get("name") or "", item.get("message") or ""
    name = message or given or f"Constraint failed: {conditions[0]}"
    return [Expectation(name, conditions[0], _action_of(item), given, message, at)]


def _of_setting(condition: str, settings: Any, at: Location) -> Expectation:
    _check_map(settings, condition, at)
    where = "the settings of an expectation"
    raise_all([*_unknown_keys(settings, _SETTING_KEYS, where, at), *_not_texts(settings, at)])
    if not condition.strip():
        raise_all([MISSING_KEY.at(at, where="an expectation", name="condition")])
    action = _chosen(settings, "action") or "warn"
    # The condition is the name of a rule without one, also where rows are quarantined.
    name = settings.get("name") or condition
    return Expectation(name, condition, action, name, settings.get("message") or "", at)


def _action_of(item: Mapping[str, Any]) -> str:
    action, kind = _chosen(item, "failureAction"), item.get("type") or "expect"
    return action or _TYPES.get(kind, kind)


def _chosen(item: Mapping[str, Any], key: str) -> str | None:
    given = item.get(key)
    return given.lower() if isinstance(given, str) and given.lower() in ACTIONS else None


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
    for key in (*_CONDITION_KEYS, "name", "message", "action", "failureAction", "type"):
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
