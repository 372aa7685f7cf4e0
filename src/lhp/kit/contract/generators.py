"""What generators have to keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from lhp.kit.contract.actions import GeneratorUnderTest, Made
from lhp.kit.contract.checks import Check, Failure, merged, smaller_text, smaller_value, tried
from lhp.kit.contract.programs import carries, shape_of, texts_of
from lhp.kit.contract.samples import (
    HOSTILE,
    PLAIN,
    Placed,
    choices,
    least_options,
    text_places,
    value_at,
    widened,
    with_value,
)

_UNKNOWN = "no_such_option"
Options = Mapping[str, Any]


class GeneratorContract:
    """Tries a generator with all that its schema says.

    Args:
        subject: The generator.
        examples: Options of actions that are known to work, the best first.
    """

    def __init__(self, subject: GeneratorUnderTest, examples: Sequence[Options] = ()) -> None:
        self._subject = subject
        self._known = {key: each[key] for each in reversed(examples) for key in each}
        self._properties: Mapping[str, Any] = subject.schema["properties"]

    def checks(self) -> Iterator[Check]:
        """Yield a check for each rule."""
        yield self._least
        if self._least.failures:
            return
        yield self._alone()
        yield self._missing()
        about = "a value that is no choice is refused"
        yield tried(about, self._no_choices(), self._accepted, shown=self._shown)
        yield from (self._choices(), self._defaults(), self._unknown(), self._sources())
        yield from (self._texts(), self._same())

    @cached_property
    def _least(self) -> Check:
        found = self._base
        made = self._subject.made(*found)
        reason = made.fault
        if made.refusal:
            reason = f"it is refused ({made.refusal}): say `examples` of its options, or use it"
        shown = self._subject.action(*found)
        about = "required options are enough"
        return Check(about, 1, (Failure(reason, shown),) if reason else ())

    @cached_property
    def _base(self) -> tuple[dict[str, Any], Any]:
        """The first options and source that are not refused: what is required, or a little more."""
        schema, names = self._subject.schema, self._names
        for wanted in ((), *((name,) for name in names), names):
            options = least_options(schema, wanted, self._known)
            for source in self._subject.sources:
                if not self._subject.made(options, source).refusal:
                    return options, source
        return least_options(schema, (), self._known), self._subject.sources[0]

    def _with(self, *names: str) -> dict[str, Any]:
        return least_options(self._subject.schema, [*self._base[0], *names], self._known)

    @property
    def _names(self) -> list[str]:
        return [name for name, each in self._properties.items() if not each.get("deprecated")]

    def _made(self, options: Options) -> Made:
        return self._subject.made(options, self._base[1])

    def _fault(self, options: Options) -> str:
        return self._made(options).fault

    def _accepted(self, options: Options) -> str:
        made = self._made(options)
        return made.fault or ("" if made.refusal else "it is accepted")

    def _shown(self, options: Options) -> dict[str, Any]:
        return self._subject.action(options, self._base[1])

    def _tried(
        self, about: str, inputs: Sequence[Options], fault: Callable[[Options], str]
    ) -> Check:
        return tried(about, inputs, fault, smaller=self._smaller, shown=self._shown)

    def _smaller(self, options: Options) -> Iterator[Options]:
        """Yield smaller options with all that is required: what is missing is another rule."""
        needed = self._with()
        for each in smaller_value(dict(options)):
            if needed.keys() <= each.keys():
                yield each

    def _alone(self) -> Check:
        inputs = [*(self._with(name) for name in self._names), self._with(*self._names)]
        return self._each("each option alone, and all of them", inputs, self._fault)

    def _missing(self) -> Check:
        def fault(name: str, options: Options) -> str:
            reason = self._accepted(options)
            return f"without {name!r} {reason}" if reason else ""

        full = self._with()
        required = self._subject.schema.get("required", ())
        checks = (
            self._tried(
                "",
                [{key: each for key, each in full.items() if key != name}],
                partial(fault, name),
            )
            for name in required
        )
        return merged("each required option that is missing is told", checks)

    def _choices(self) -> Check:
        inputs = [
            with_value(self._with(str(path[0])), path, value)
            for path, value in choices(self._subject.schema)
        ]
        return self._each("each choice", inputs, self._fault)

    def _no_choices(self) -> Iterator[Options]:
        for path in dict.fromkeys(path for path, _ in choices(self._subject.schema)):
            yield with_value(self._with(str(path[0])), path, _UNKNOWN)

    def _each(
        self, about: str, inputs: Sequence[Options], fault: Callable[[Options], str]
    ) -> Check:
        return merged(about, (self._tried("", [each], fault) for each in inputs))

    def _defaults(self) -> Check:
        def fault(name: str, options: Options) -> str:
            told = self._made(options)
            left = {key: each for key, each in options.items() if key != name}
            silent = self._made(left)
            if told.fault or told.refusal or silent.fault or silent.refusal:
                return told.fault or silent.fault
            is_same = told.output == silent.output
            return "" if is_same else f"its code changes when {name!r} says its own default"

        checks = (
            self._tried("", [{**self._with(name), name: each["default"]}], partial(fault, name))
            for name, each in self._properties.items()
            if "default" in each and not each.get("deprecated")
        )
        return merged("each default says nothing new", checks)

    def _unknown(self) -> Check:
        about = "an option that nobody knows is refused"
        if self._subject.schema.get("additionalProperties") is not False:
            return Check(about)
        return tried(about, [{**self._with(), _UNKNOWN: 1}], self._accepted, shown=self._shown)

    def _sources(self) -> Check:
        """Try what `source_count` allows: who takes any number of views gets none, too."""

        def fault(source: Any) -> str:
            made = self._subject.made(self._with(), source)
            count = 0 if source is None else 1 if isinstance(source, str) else len(source)
            return f"with {count} source views {made.fault}" if made.fault else ""

        def shown(source: Any) -> Any:
            return self._subject.action(self._with(), source)

        return tried("each number of source views", self._subject.sources, fault, shown=shown)

    def _texts(self) -> Check:
        places = text_places(self._subject.schema)
        checks = (self._text_at(path) for path in places)
        return merged("any text stays text", [*checks, self._described()])

    def _described(self) -> Check:
        options, source = self._base
        plain = self._subject.made(options, source, PLAIN)

        def fault(text: str) -> str:
            reason = _text_fault(self._subject.made(options, source, text), plain, text)
            return f"description: {reason}" if reason else ""

        def shown(text: str) -> Any:
            return self._subject.action(options, source, text)

        return tried("", HOSTILE, fault, smaller=smaller_text, shown=shown)

    def _text_at(self, path: tuple[str | int, ...]) -> Check:
        options = self._with(str(path[0]))
        begin = Placed(options, path, "")
        plain = self._made(begin.with_text(PLAIN).whole)
        if plain.refusal:
            # It may take no text at all but those that begin as its examples do.
            begin = begin.with_text(str(value_at(options, path)))
            plain = self._made(begin.with_text(begin.text + PLAIN).whole)
        if plain.fault:
            return self._tried("", [begin.with_text(PLAIN).whole], self._fault)
        where = ".".join(map(str, path))

        def fault(placed: Placed) -> str:
            made = self._made(placed.whole)
            reason = _text_fault(made, plain, placed.text) if placed.text else made.fault
            return f"{where}: {reason}" if reason else ""

        def smaller(placed: Placed) -> Iterator[Placed]:
            yield from map(placed.with_text, smaller_text(placed.text))

        return tried(
            "",
            [begin.with_text(""), *(begin.with_text(begin.text + text) for text in HOSTILE)],
            fault,
            smaller=smaller,
            shown=lambda placed: self._shown(placed.whole),
        )

    def same_there(self, other: GeneratorUnderTest) -> Check:
        """Return the check that the generator makes the same in another process.

        Args:
            other: The same generator there.
        """

        def fault(options: Options) -> str:
            here, there = self._made(options), other.made(options, self._base[1])
            is_same = here.output == there.output
            return "" if is_same else "another process gives other code: is there a set?"

        about = "the same in another process"
        return self._each(about, [] if self._least.failures else self._several(), fault)

    def _several(self) -> Sequence[Options]:
        whole = self._with(*self._names)
        wide = ({**self._with(), name: widened(each)} for name, each in whole.items())
        return [self._with(), whole, *(each for each in wide if each not in (self._with(), whole))]

    def _same(self) -> Check:
        def fault(options: Options) -> str:
            one, other = self._made(options), self._made(options)
            is_same = one.output == other.output
            return "" if is_same else "the same action gives another code the second time"

        return self._each("the same twice", self._several(), fault)


def _text_fault(made: Made, plain: Made, text: str) -> str:
    """Return how code fails to carry a text, told by what it makes of a plain one."""
    if made.fault or made.refusal:
        return made.fault
    if plain.refusal:
        return ""
    if shape_of(made.module) != shape_of(plain.module):
        return "the text changes the program around it"
    held = [*texts_of(plain.module), *_beside(plain)]
    if carries(held, PLAIN) and not carries([*texts_of(made.module), *_beside(made)], text):
        return "the code does not hold the text"
    return ""


def _beside(made: Made) -> Sequence[str]:
    if made.generated is None:
        return ()
    return (*made.generated.imports, *made.generated.facts.reads, *made.generated.files.values())
