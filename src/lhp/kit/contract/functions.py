"""What filters and functions of templates have to keep."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from lhp.core.manifest import Manifest
from lhp.core.resolver import Resolver
from lhp.errors import LhpError
from lhp.kit.contract.actions import silent
from lhp.kit.contract.checks import Check, merged, smaller_value, tried
from lhp.kit.contract.samples import HOSTILE, PLAIN
from lhp.model.source import plain

_VALUES: Sequence[Any] = (
    PLAIN,
    "Daily Sales",
    "main.sales.orders",
    "a,b",
    "2024-01-31",
    "scope/key",
    "",
    3,
    2.5,
    True,
    ["b", "a"],
    {"b": 1, "a": ["x"]},
    None,
)
_MOST_ARGUMENTS = 4
_Call = Callable[..., Any]
_Given = list[Any]


def function_checks(resolver: Resolver, manifest: Manifest) -> Iterator[Check]:
    """Yield a check for each rule that a filter or function has to keep.

    Args:
        resolver: Loads and calls it.
        manifest: Its declaration; may stand for several of them.
    """
    loaded = resolver.load(manifest)
    functions = loaded if isinstance(loaded, Mapping) else {manifest.name: loaded}
    found = [_Function(resolver, manifest, str(name), each) for name, each in functions.items()]
    for about in ("it takes some plain value", "plain data out, the same twice", "any text"):
        yield merged(about, (each.check(about) for each in found))


class _Function:
    """One function; learns how many arguments it takes by trying."""

    def __init__(self, resolver: Resolver, manifest: Manifest, name: str, function: _Call) -> None:
        self._resolver = resolver
        self._manifest = manifest
        self._name = name
        self._function = function
        self._taken = [*self._accepted()]

    def check(self, about: str) -> Check:
        """Return the check of one rule."""
        if not self._taken:
            is_first = about == "it takes some plain value"
            return tried(about, [self._name] if is_first else [], lambda _: self._why_none())
        is_about_text = about == "any text"
        inputs = [*self._with_texts()] if is_about_text else self._taken
        return tried(about, inputs, self._fault, smaller=self._smaller, shown=self._shown)

    def _accepted(self) -> Iterator[_Given]:
        first = 1 if self._manifest.type == "template_filter" else 0
        for count in range(first, _MOST_ARGUMENTS + 1):
            yield from (given for given in self._inputs(count) if not self._refusal(given))

    def _inputs(self, count: int) -> Iterator[_Given]:
        if count == 0:
            yield []
        for value in _VALUES if count else ():
            yield [value, *[PLAIN] * (count - 1)]
            if count > 1:
                yield [value] * count
                yield [PLAIN, *[value] * (count - 1)]

    def _with_texts(self) -> Iterator[_Given]:
        of_text = next((each for each in self._taken if PLAIN in each), None)
        at = of_text.index(PLAIN) if of_text else 0
        for text in HOSTILE if of_text else ():
            yield [text if number == at else each for number, each in enumerate(of_text or [])]

    def _smaller(self, given: _Given) -> Iterator[_Given]:
        return (each for each in smaller_value(given) if len(each) == len(given))

    def _shown(self, given: _Given) -> Any:
        return {self._name: given}

    def _call(self, given: _Given) -> Any:
        return self._resolver.call(self._manifest, self._function, *given)

    def _refusal(self, given: _Given) -> str:
        try:
            with silent():
                self._call(copy.deepcopy(given))
        except LhpError as error:
            return str(error.values.get("reason") or error.message)
        return ""

    def _why_none(self) -> str:
        reason = self._refusal([PLAIN])
        return f"{self._name} fails with each of our values; with a text: {reason}"

    def _fault(self, given: _Given) -> str:
        handed = copy.deepcopy(given)
        try:
            with silent() as printed:
                one = self._call(handed)
                other = self._call(copy.deepcopy(given))
        except LhpError:
            return ""  # how a function refuses what it does not take
        if printed.getvalue():
            return f"{self._name} printed {printed.getvalue()[:80]!r}"
        if handed != given:
            return f"{self._name} changes its argument"
        try:
            is_same = plain(one) == plain(other)
        except TypeError as error:
            return f"{self._name}: {error}"
        return "" if is_same else f"{self._name} gives another value the second time"
