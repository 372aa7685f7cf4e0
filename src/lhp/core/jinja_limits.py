"""The Jinja that all our templates run in: closed, bounded, plugins' functions found on use."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import wraps
from pathlib import Path
from types import (
    AsyncGeneratorType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
    TracebackType,
)
from typing import Any

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
)
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.exceptions import TemplateError, TemplateRuntimeError
from jinja2.filters import FILTERS
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from lhp.core.jinja_sizes import (
    FILTER_SIZES,
    METHOD_SIZES,
    format_size,
    length,
    number,
    percent_size,
)

MAX_CHARACTERS = 2_000_000
MAX_BITS = 10_000

# What Python runs, whose attributes are no business of a template.
_INNER = (
    *(AsyncGeneratorType, CodeType, CoroutineType, FrameType, FunctionType, GeneratorType),
    *(MethodType, TracebackType, type),
)

# Two runs may not differ.
_RANDOM = frozenset({"random", "lipsum"})

# What a template can raise; plugins' functions raise LhpError, which is none of these.
FAULTS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)


class OutOfBoundsError(TemplateRuntimeError):
    """A template makes more than its limits allow."""


class LazyContext(Context):
    """The names of one rendering; a plugin's function is looked up when nothing else has its name.

    Jinja copies `globals`, which would import every plugin.
    """

    def resolve_or_missing(self, key: str) -> Any:
        """Return what a name stands for, or Jinja's `missing`."""
        for known in (self.vars, self.parent):
            if key in known:
                return known[key]
        functions = self.environment.functions  # type: ignore[attr-defined]
        return functions.get(key, missing)


class LimitedTemplate(Template):
    """A compiled template that works with the names that its environment chooses."""

    @classmethod
    def _from_namespace(
        cls,
        environment: Any,
        namespace: MutableMapping[str, Any],
        globals: Any,  # noqa: A002  (Jinja calls it so)
    ) -> Template:
        namespace.update(environment.runtime_names())
        return super()._from_namespace(environment, namespace, globals)


class BoundedJinja(ImmutableSandboxedEnvironment):
    """A Jinja environment that can't reach out, nor grow without bounds.

    Args:
        filters: The plugins' filters; Jinja's and ours win.
        functions: The plugins' functions; Jinja's win.
        options: As `jinja2.Environment` takes them.

    """

    intercepted_binops = frozenset({"+", "*", "**", "%"})
    context_class = LazyContext
    template_class = LimitedTemplate
    removed_filters: frozenset[str] = frozenset()
    own_filters: Mapping[str, Callable[..., Any]] = {}

    def __init__(
        self,
        filters: Mapping[str, Callable[..., Any]],
        functions: Mapping[str, Callable[..., Any]],
        **options: Any,
    ) -> None:
        super().__init__(
            undefined=StrictUndefined,
            auto_reload=False,
            cache_size=-1,
            optimized=False,
            **options,
        )
        self.functions = functions
        self.filters = ChainMap(self.fixed_filters(), filters)  # type: ignore[arg-type, assignment]
        self.globals.pop("lipsum")

    @classmethod
    def fixed_filters(cls) -> dict[str, Callable[..., Any]]:
        """Return the filters that no plugin can replace."""
        removed = cls.removed_filters | _RANDOM
        kept = {name: each for name, each in FILTERS.items() if name not in removed}
        return {
            name: _limited(each, FILTER_SIZES[name]) if name in FILTER_SIZES else each
            for name, each in {**kept, **cls.own_filters}.items()
        }

    def runtime_names(self) -> Mapping[str, Any]:
        """Return what compiled templates find under the names of Jinja's runtime."""
        return {"str_join": self.join_text, "markup_join": self.join_text}

    def make_globals(self, d: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the names that a template knows by itself; each rendering copies them."""
        return {**self.globals, **(d or {})}

    def join_text(self, parts: Iterable[object]) -> str:
        """Return the texts of all parts as one; this is what `~` does."""
        return bounded(map(str, parts))

    def concat(self, parts: Iterable[str]) -> str:
        """Return rendered parts as one text."""
        return bounded(parts)

    def call(self, context: Context, callee: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what a template calls, a method of a text when its outcome is not too long."""
        owner = getattr(callee, "__self__", None)
        name = getattr(callee, "__name__", "")
        if isinstance(owner, (str, bytes, int)) and name in METHOD_SIZES:
            args = listed(args)
            _expect_size(METHOD_SIZES[name](owner, *args, **kwargs))
        return super().call(context, callee, *args, **kwargs)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return an attribute; one that can't be called by a shorter way than Jinja's."""
        if not attribute.startswith("_") and not isinstance(obj, _INNER):
            value = getattr(obj, attribute, missing)
            if value is not missing and not callable(value):
                return value
        return super().getattr(obj, attribute)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Return a text's `format` in a form that is safe and bounded."""
        wrapped = super().wrap_str_format(value)
        if wrapped is None:
            return None

        def bounded_format(*args: Any, **kwargs: Any) -> str:
            _expect_size(format_size(value.__self__, [*args, *kwargs.values()]))
            return wrapped(*args, **kwargs)

        return bounded_format

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Work out `+`, `*`, `**` or `%` when the outcome is of a reasonable size."""
        if operator == "**":
            _expect(_bits(left) * number(right) <= MAX_BITS, "a power with too many digits")
        elif operator == "*":
            size = max(length(left) * number(right), length(right) * number(left))
            _expect(size <= MAX_CHARACTERS, f"a repetition of {size} characters or items")
            _expect(_bits(left) + _bits(right) <= MAX_BITS, "a number with too many digits")
        elif operator == "%":
            _expect_size(percent_size(left, right) if isinstance(left, str) else 0)
        else:
            size = length(left) + length(right)
            _expect(size <= MAX_CHARACTERS, f"a sum of {size} characters or items")
        return super().call_binop(context, operator, left, right)


# What plugins can't call their own.
FIXED_FUNCTIONS = frozenset(DEFAULT_NAMESPACE) - _RANDOM


def loader_of(folders: Sequence[str | Path], macros: Mapping[str, Path]) -> ChoiceLoader:
    """Return a loader for the files of some folders and, as `plugin/file`, for plugins' macros."""
    plugins = {name: FileSystemLoader(folder) for name, folder in macros.items()}
    return ChoiceLoader([FileSystemLoader(folders), PrefixLoader(plugins)])


def bounded(parts: Iterable[str]) -> str:
    """Join parts, stopping when they are too many.

    Raises:
        OutOfBoundsError: The text has more than `MAX_CHARACTERS`.

    """
    taken: list[str] = []
    left = MAX_CHARACTERS
    for part in parts:
        left -= len(part)
        if left < 0:
            message = f"more than {MAX_CHARACTERS} characters"
            raise OutOfBoundsError(message)
        taken.append(part)
    return "".join(taken)


def _limited(function: Callable[..., Any], size: Callable[..., int]) -> Callable[..., Any]:
    has_context = hasattr(function, "jinja_pass_arg")

    @wraps(function)
    def limited(*args: Any, **kwargs: Any) -> Any:
        args = listed(args)
        _expect_size(size(*args[has_context:], **kwargs))
        return function(*args, **kwargs)

    return limited


def listed(args: Iterable[Any]) -> tuple[Any, ...]:
    """Return arguments in which what can be read once only is a list."""
    return tuple([*each] if isinstance(each, Iterator) else each for each in args)


def _expect_size(size: int) -> None:
    _expect(size <= MAX_CHARACTERS, f"a text of {size} characters")


def _expect(is_reasonable: bool, reason: str) -> None:  # noqa: FBT001  (it is the one condition)
    if not is_reasonable:
        raise OutOfBoundsError(reason)


def _bits(value: Any) -> int:
    return value.bit_length() if isinstance(value, int) else 0
