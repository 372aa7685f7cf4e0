"""One check of the suite: inputs, what went wrong with them, and the smallest that shows it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from lhp.values import frozen

_MOST_STEPS = 400
_WIDTH = 80
_INDENT = " " * 9
_Input = TypeVar("_Input")


@frozen
class Failure:
    """What a plugin does not keep.

    Args:
        reason: What went wrong.
        given: The smallest input found that shows it, as plain data; None where there is none.
    """

    reason: str
    given: Any = None


@frozen
class Check:
    """What was tried of one rule.

    Args:
        about: The rule.
        tried: How many inputs it was tried with.
        failures: What did not keep it, each once.
    """

    about: str
    tried: int = 0
    failures: tuple[Failure, ...] = ()


@frozen
class Contract:
    """How a plugin keeps its contract.

    Args:
        plugin: `type:name`.
        checks: The rules that were tried.
    """

    plugin: str
    checks: tuple[Check, ...]

    @property
    def failures(self) -> tuple[Failure, ...]:
        """All that it does not keep."""
        return tuple(failure for check in self.checks for failure in check.failures)


def report_lines(contract: Contract) -> Iterator[str]:
    """Yield a contract as people read it: a table of 80 columns, and under a rule what fails."""
    yield contract.plugin
    for check in contract.checks:
        if not check.tried:
            continue  # the plugin has nothing of the kind
        word = "FAILS" if check.failures else "ok"
        yield f"  {word:<5}  {check.about:<{_WIDTH - 18}} {check.tried:>6}"
        for failure in check.failures:
            yield from _wrapped(failure.reason, _INDENT, _INDENT)
            if failure.given is not None:
                given = json.dumps(failure.given, default=str)
                yield from _wrapped(given, f"{_INDENT}with ", f"{_INDENT}     ")


def _wrapped(text: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=first, subsequent_indent=others)


def tried(
    about: str,
    inputs: Iterable[_Input],
    fault: Callable[[_Input], str],
    *,
    smaller: Callable[[_Input], Iterable[_Input]] = lambda _: (),
    shown: Callable[[_Input], Any] = lambda given: given,
) -> Check:
    """Return the check of one rule with some inputs; it ends at the first that fails.

    Args:
        about: The rule.
        inputs: What to try.
        fault: Returns what goes wrong with an input; empty when nothing does.
        smaller: Yields inputs that are a little smaller than one.
        shown: Returns an input as people are to see it.
    """
    count = 0
    for given in inputs:
        count += 1
        reason = fault(given)
        if reason:
            least, reason = smallest(given, reason, fault, smaller)
            return Check(about, count, (Failure(reason, shown(least)),))
    return Check(about, count)


def merged(about: str, checks: Iterable[Check]) -> Check:
    """Return several checks of one rule as one; a reason is told once."""
    found = list(checks)
    failures = {item.reason: item for check in found for item in reversed(check.failures)}
    return Check(about, sum(check.tried for check in found), tuple(failures.values()))


def smallest(
    given: _Input,
    reason: str,
    fault: Callable[[_Input], str],
    smaller: Callable[[_Input], Iterable[_Input]],
) -> tuple[_Input, str]:
    """Return the smallest input that still fails, found by steps, with what goes wrong there.

    Args:
        given: An input that fails.
        reason: What goes wrong with it.
        fault: Returns what goes wrong with an input; empty when nothing does.
        smaller: Yields inputs that are a little smaller than one.
    """
    left = _MOST_STEPS
    steps = iter(smaller(given))
    while left:
        left -= 1
        candidate = next(steps, None)
        if candidate is None:
            break
        found = fault(candidate)
        if found:
            given, reason = candidate, found
            steps = iter(smaller(given))
    return given, reason


def smaller_text(text: str) -> Iterator[str]:
    """Yield a text without its halves, and without each of its characters."""
    size = len(text) // 2
    while size > 1:
        for at in range(0, len(text), size):
            yield text[:at] + text[at + size :]
        size //= 2
    for at in range(len(text)):
        yield text[:at] + text[at + 1 :]


def smaller_value(value: Any) -> Iterator[Any]:
    """Yield plain data without each of its parts, and with each part smaller."""
    if isinstance(value, str):
        yield from smaller_text(value)
    elif isinstance(value, Mapping):
        for key in value:
            yield {name: each for name, each in value.items() if name != key}
        for key in value:
            yield from ({**value, key: each} for each in smaller_value(value[key]))
    elif isinstance(value, list):
        for at in range(len(value)):
            yield value[:at] + value[at + 1 :]
        for at in range(len(value)):
            yield from ([*value[:at], each, *value[at + 1 :]] for each in smaller_value(value[at]))
