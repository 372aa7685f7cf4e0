"""Renders code templates, and the expressions in the user's templates and SQL files."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, ItemsView, KeysView, Mapping, Sequence, ValuesView
from pathlib import Path
from types import GeneratorType, TracebackType
from typing import Any

from jinja2 import Template, nodes
from jinja2.exceptions import (
    SecurityError,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.runtime import Undefined

from lhp.core.jinja_code import CodeJinja, without_unwanted_lines
from lhp.core.jinja_limits import (
    FAULTS,
    FIXED_FUNCTIONS,
    BoundedJinja,
    OutOfBoundsError,
    loader_of,
)
from lhp.core.jinja_steps import CountingJinja
from lhp.core.literals import Code, Identifier
from lhp.errors import (
    CODE_TEMPLATE_FAILED,
    CODE_TEMPLATE_MISSING,
    CODE_TEMPLATE_SYNTAX,
    SQL_TEMPLATE,
    TEMPLATE_FAILED,
    TEMPLATE_NAME_UNKNOWN,
    TEMPLATE_NOT_PLAIN,
    TEMPLATE_SYNTAX,
    TEMPLATE_TOO_LARGE,
    TEMPLATE_UNSAFE,
    LhpError,
    Location,
    nearest,
)
from lhp.model.source import NoText, TokenText, YamlList, YamlMap

__all__ = [
    "FIXED_FILTERS",
    "FIXED_FUNCTIONS",
    "Code",
    "CodeRenderer",
    "Identifier",
    "TextRenderer",
]

# What plugins can't call their own.
FIXED_FILTERS = frozenset(CodeJinja.fixed_filters())

_Functions = Mapping[str, Callable[..., Any]]
_NONE: Mapping[str, Any] = {}
_DELIMITERS = ("{{", "{%", "{#")
_UNKNOWN_NAME = re.compile(r"'(.+)' is undefined", re.DOTALL)
_UNKNOWN_FILTER = re.compile(r"No (filter|test) named '(.+)'(?:\.| found\.)?", re.DOTALL)
_OUTCOME = "lhp_outcome"
_ITERABLE = (list, tuple, range, GeneratorType, ItemsView, KeysView, ValuesView)


class CodeRenderer:
    """Renders code templates, in which every value becomes a Python literal.

    Args:
        filters: The plugins' filters by name; looked up on use.
        functions: The plugins' functions by name; looked up on use.
        macros: The plugins' folders of macros by plugin.
        root: Project root, against which templates are shown; None shows absolute paths.

    """

    def __init__(
        self,
        filters: _Functions = _NONE,
        functions: _Functions = _NONE,
        macros: Mapping[str, Path] = _NONE,
        root: Path | None = None,
    ) -> None:
        self._root = root
        self._filters = filters
        self._functions = functions
        self._macros = macros
        self._by_folders: dict[tuple[str | Path, ...], CodeJinja] = {}
        self._templates: dict[tuple[tuple[str | Path, ...], str], Template] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Let another process begin with the same; what it compiles is its own."""
        return CodeRenderer, (self._filters, self._functions, self._macros, self._root)

    @property
    def tables(self) -> Mapping[str, _Functions]:
        """The functions of plugins, by plugin type."""
        return {"template_filter": self._filters, "template_function": self._functions}

    def render(self, folders: Sequence[str | Path], name: str, values: Mapping[str, Any]) -> str:
        """Return the code that a template makes of some values.

        Args:
            folders: Where to look for the template, in this order.
            name: Its file, relative to one of the folders, or `plugin/file` for a plugin's.
            values: What its names stand for.

        Raises:
            LhpError: CODE_TEMPLATE_..., at the line of the template; or what a filter raised.

        """
        key = (tuple(folders), name)
        jinja = self._environment(key[0])
        try:
            if key not in self._templates:
                self._templates[key] = jinja.get_template(name)
            return without_unwanted_lines(self._templates[key].render(values))
        except TemplateNotFound as error:
            at = self._line(error)
            near = nearest(str(error.name), jinja.list_templates())
            raise CODE_TEMPLATE_MISSING.at(at, name=error.name, nearest=near) from error
        except TemplateSyntaxError as error:
            at = Location(self._shown(error.filename or error.name or name), error.lineno)
            raise CODE_TEMPLATE_SYNTAX.at(at, reason=_reason(error, jinja)) from error
        except FAULTS as error:
            at = self._line(error) or Location(name)
            raise CODE_TEMPLATE_FAILED.at(at, reason=_reason(error, jinja)) from error

    def _line(self, error: BaseException) -> Location | None:
        at = _template_line(error.__traceback__)
        return at and Location(self._shown(at.path), at.line)

    def _shown(self, filename: str) -> str:
        path = Path(filename)
        if self._root is not None and path.is_relative_to(self._root):
            return path.relative_to(self._root).as_posix()
        return path.as_posix()

    def _environment(self, folders: tuple[str | Path, ...]) -> CodeJinja:
        if folders not in self._by_folders:
            loader = loader_of(folders, self._macros)
            self._by_folders[folders] = CodeJinja(self._filters, self._functions, loader=loader)
        return self._by_folders[folders]


class TextRenderer:
    """Renders the Jinja in the user's templates and SQL files.

    Args:
        filters: The plugins' filters by name; looked up on use.
        functions: The plugins' functions by name; looked up on use.
        macros: The plugins' folders of macros by plugin.

    """

    def __init__(
        self,
        filters: _Functions = _NONE,
        functions: _Functions = _NONE,
        macros: Mapping[str, Path] = _NONE,
    ) -> None:
        self._given = (filters, functions, macros)
        self._jinja = CountingJinja(
            filters, functions, keep_trailing_newline=True, loader=loader_of((), macros)
        )
        self._missing: Callable[[Undefined], None] = _refuse
        self._jinja.undefined = _telling(self._told)
        self._compiled: dict[str, Callable[[Mapping[str, Any]], Any]] = {}
        self._names: dict[str, frozenset[str]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Let another process begin with the same; what it compiles is its own."""
        return TextRenderer, self._given

    def render_value(
        self,
        text: str,
        parameters: Mapping[str, Any],
        at: Location,
        missing: Callable[[Undefined], None] | None = None,
    ) -> Any:
        """Return what a YAML text stands for.

        One `{{ expression }}` that is the whole text gives its value, of any plain type; anything
        else with Jinja in it gives a `TokenText`; any other text is returned as it is.

        Args:
            text: A value of a template.
            parameters: What its names stand for.
            at: Its place.
            missing: Told of each name that stands for nothing, which is empty then; without it,
                such a name is an error.

        Raises:
            LhpError: TEMPLATE_..., at that place; or what a filter raised.

        """
        if not _has_jinja(text):
            return text
        self._missing = missing or _refuse
        try:
            return self._compile(text)(parameters)
        except FAULTS as error:
            raise _problem(error, _reason(error, self._jinja), parameters, at) from error

    def names_in(self, text: str) -> frozenset[str]:
        """Return the names that the Jinja in a text reads; none where it is broken."""
        if text not in self._names:
            self._names[text] = self._read_names(text)
        return self._names[text]

    def render_sql(self, text: str, parameters: Mapping[str, Any], at: Location) -> str:
        """Return the SQL that a file of a template's action makes of the parameters.

        Args:
            text: What the file holds; returned as it is when there is no Jinja in it.
            parameters: What its names stand for.
            at: Where to report; the file, or the value that names it.

        Raises:
            LhpError: SQL_TEMPLATE, also when nothing is left; or what a filter raised.

        """
        if not _has_jinja(text):
            return text
        self._missing = _refuse
        try:
            sql = str(self._jinja.from_string(text).render(parameters))
        except FAULTS as error:
            reason, near = _reason(error, self._jinja), _nearest_parameter(error, parameters)
            raise SQL_TEMPLATE.at(at, reason=reason, nearest=near) from error
        if not sql.strip():
            raise SQL_TEMPLATE.at(at, reason="nothing is left of it", nearest=None)
        return sql

    def _told(self, undefined: Undefined) -> None:
        self._missing(undefined)

    def _read_names(self, text: str) -> frozenset[str]:
        try:
            found = self._jinja.parse(text).find_all(nodes.Name)
        except FAULTS:
            return frozenset()
        return frozenset(each.name for each in found if each.ctx == "load")

    def _compile(self, text: str) -> Callable[[Mapping[str, Any]], Any]:
        if text not in self._compiled:
            expression = self._whole_expression(text)
            make = self._as_text(text) if expression is None else self._as_value(expression)
            self._compiled[text] = make
        return self._compiled[text]

    def _whole_expression(self, text: str) -> nodes.Expr | None:
        # A block scalar ends with a line break that its author did not mean.
        body = self._jinja.parse(text.removesuffix("\n")).body
        output = body[0] if len(body) == 1 else None
        if not isinstance(output, nodes.Output) or len(output.nodes) != 1:
            return None
        found: nodes.Expr = output.nodes[0]
        return None if isinstance(found, nodes.TemplateData) else found

    def _as_text(self, text: str) -> Callable[[Mapping[str, Any]], Any]:
        template = self._jinja.from_string(text)
        return lambda parameters: TokenText(template.render(parameters))

    def _as_value(self, expression: nodes.Expr) -> Callable[[Mapping[str, Any]], Any]:
        assign = nodes.Assign(nodes.Name(_OUTCOME, "store"), expression, lineno=1)
        template = self._jinja.from_string(nodes.Template([assign], lineno=1))

        def value(parameters: Mapping[str, Any]) -> Any:
            context = template.new_context(dict(parameters))
            self._jinja.steps = 0
            self._jinja.concat(template.root_render_func(context))
            return _plain(context.vars[_OUTCOME])

        return value


def _refuse(undefined: Any) -> None:
    undefined._fail_with_undefined_error()  # noqa: SLF001  (Jinja's words for subclasses)


def _telling(missing: Callable[[Undefined], None]) -> type[Undefined]:
    """Return the class of what is not there, which tells of itself when it is used."""

    def told(name: str) -> Callable[..., Any]:
        def method(self: Any, *others: Any) -> Any:
            # What is there and may not be touched is no empty text.
            tell = missing if self._undefined_exception is UndefinedError else _refuse
            tell(self)
            return getattr(Undefined, name)(self, *others)

        return method

    uses = ("__str__", "__iter__", "__bool__", "__len__", "__eq__", "__ne__", "__hash__")
    return type("Telling", (Undefined,), {"__slots__": (), **{name: told(name) for name in uses}})


class _NotPlainError(ValueError):
    pass


def _plain(value: Any) -> Any:
    if isinstance(value, (YamlMap, YamlList, TokenText, bool, int, float)) or value is None:
        return value
    if isinstance(value, Undefined):
        return NoText(str(value))
    if isinstance(value, str):
        return str(value)
    if isinstance(value, _ITERABLE):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {str(key): _plain(item) for key, item in value.items()}
    raise _NotPlainError(type(value).__name__)


def _has_jinja(text: str) -> bool:
    return any(delimiter in text for delimiter in _DELIMITERS)


def _problem(
    error: BaseException, reason: str, parameters: Mapping[str, Any], at: Location
) -> LhpError:
    if isinstance(error, _NotPlainError):
        return TEMPLATE_NOT_PLAIN.at(at, given=reason)
    if isinstance(error, TemplateSyntaxError):
        return TEMPLATE_SYNTAX.at(at, reason=reason)
    if isinstance(error, SecurityError):
        return TEMPLATE_UNSAFE.at(at, reason=reason)
    if isinstance(error, (OutOfBoundsError, MemoryError, OverflowError)):
        return TEMPLATE_TOO_LARGE.at(at, reason=reason)
    name = _unknown_name(error)
    if name:
        return TEMPLATE_NAME_UNKNOWN.at(at, name=name, nearest=nearest(name, parameters))
    return TEMPLATE_FAILED.at(at, reason=reason)


def _unknown_name(error: BaseException) -> str | None:
    match = _UNKNOWN_NAME.fullmatch(str(error)) if isinstance(error, UndefinedError) else None
    return match and match[1]


def _nearest_parameter(error: BaseException, parameters: Mapping[str, Any]) -> str | None:
    name = _unknown_name(error)
    return name and nearest(name, parameters)


def _reason(error: BaseException, jinja: BoundedJinja) -> str:
    message = (error.message if isinstance(error, TemplateSyntaxError) else str(error)) or ""
    match = _UNKNOWN_FILTER.fullmatch(message)
    if match is None:
        return message or type(error).__name__
    what, name = match.groups()
    meant = nearest(name, jinja.filters if what == "filter" else jinja.tests)
    return f"no {what} is called {name!r}" + (f"; did you mean {meant!r}?" if meant else "")


def _template_line(trace: TracebackType | None) -> Location | None:
    # Jinja marks the frames that it makes up for the lines of templates.
    lines = [
        Location(_path(frame.f_code.co_filename), line)
        for frame, line in traceback.walk_tb(trace)
        if "__jinja_exception__" in frame.f_globals
    ]
    return lines[-1] if lines else None


def _path(filename: str) -> str:
    return Path(filename).as_posix()
