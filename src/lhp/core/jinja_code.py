"""The Jinja of code templates: what a template interpolates is a whole literal, or is refused.

Only `Code` comes out as it is. Text that a template renders itself (macros, `{% set %}` blocks)
is `Code`, since all its values became literals; whatever changes `Code` makes it text again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import Extension
from jinja2.runtime import BlockReference, Context, Macro, Undefined

from lhp.core.jinja_limits import BoundedJinja, LazyContext
from lhp.core.literals import (
    Code,
    comment,
    docstring,
    identifier,
    keyword_arguments,
    literal,
    option_calls,
    text_literal,
)
from lhp.errors import CODE_TEMPLATE_FILTER_BLOCK, CODE_TEMPLATE_QUOTES, Location

_COMPLETE = re.compile(
    r"(\"\"\"|\'\'\')(?:\\.|(?!\1)[^\\])*\1"
    r"|(\"|')(?!\2\2)(?:\\.|(?!\2)[^\\\n])*\2"
    r"|#[^\n]*\n",
    re.DOTALL,
)
# Stands for a line that is not wanted; no literal holds a NUL.
NO_LINE = "\0"
_UNWANTED = re.compile(r"^[ \t]*\0[ \t]*\n?|\0", re.MULTILINE)
_OPEN = re.compile(r"[\"'#]")
_TAGS = {"variable_begin": "{{ }}", "block_begin": "{% %}"}
_QUOTES = ("'", '"')


class CodeContext(LazyContext):
    """The names of one rendering of a code template."""

    def super(self, name: str, current: Callable[[Context], Iterator[str]]) -> Any:
        """Return the block that this one replaces, to be called for its code."""
        block = super().super(name, current)
        return (lambda: Code(block())) if isinstance(block, BlockReference) else block


class CodeMacro(Macro):
    """A macro that gives code: all values in it became literals."""

    def _invoke(self, arguments: list[Any], autoescape: bool) -> Code:  # noqa: FBT001  (as Jinja has it)
        return Code(super()._invoke(arguments, autoescape))


class CodeTemplateCompiler(CodeGenerator):
    """Compiles code templates, without what would write a value that is no literal."""

    def visit_CallBlock(self, node: nodes.CallBlock, frame: Frame) -> None:  # noqa: N802  (as Jinja calls it)
        """Write `{% call %}` like an interpolation; Jinja writes its outcome as it is."""
        call_frame, macro = self.macro_body(node, frame)
        self.writeline("caller = ")
        self.macro_def(macro, call_frame)
        self.start_write(frame, node)
        self.write(f"{self._make_finalize().src}")
        self.visit_Call(node.call, frame, forward_caller=True)
        self.write(")")
        self.end_write(frame)

    def visit_AssignBlock(self, node: nodes.AssignBlock, frame: Frame) -> None:  # noqa: N802  (as Jinja calls it)
        """Refuse a filter on `{% set %}`."""
        if node.filter is not None:
            raise self._filter_block(node)
        super().visit_AssignBlock(node, frame)

    def visit_FilterBlock(self, node: nodes.FilterBlock, frame: Frame) -> None:  # noqa: ARG002, N802  (as Jinja has it)
        """Refuse `{% filter %}`."""
        raise self._filter_block(node)

    def _filter_block(self, node: nodes.Node) -> Exception:
        return CODE_TEMPLATE_FILTER_BLOCK.at(Location(str(self.filename), node.lineno))


class NoQuotes(Extension):
    """Refuses tags between quotes or in a comment."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the template's text unchanged.

        Raises:
            LhpError: CODE_TEMPLATE_QUOTES, at the line of the tag.

        """
        text = ""
        for line, token, value in self.environment.lex(source, name, filename):
            if token == "data":  # noqa: S105  (a kind of token)
                text += value
            elif token in _TAGS:
                if _OPEN.search(_COMPLETE.sub("", text)):
                    raise CODE_TEMPLATE_QUOTES.at(Location(str(filename), line), tag=_TAGS[token])
                text = ""
        return source


class CodeJinja(BoundedJinja):
    """The Jinja environment of code templates."""

    context_class = CodeContext
    code_generator_class = CodeTemplateCompiler
    removed_filters = frozenset(
        {
            "e",
            "escape",
            "forceescape",
            "safe",
            "striptags",
            "tojson",
            "urlize",
            "xmlattr",
        }
    )

    def __init__(
        self,
        filters: Mapping[str, Callable[..., Any]],
        functions: Mapping[str, Callable[..., Any]],
        **options: Any,
    ) -> None:
        super().__init__(
            filters,
            functions,
            autoescape=True,
            extensions=[NoQuotes],
            finalize=_finalize,
            lstrip_blocks=True,
            trim_blocks=True,
            **options,
        )

    def runtime_names(self) -> Mapping[str, Any]:
        """Return what compiled templates find under the names of Jinja's runtime."""
        # What is written was made a literal before: Jinja's own `escape` would only copy it.
        names = {"Macro": CodeMacro, "Markup": Code, "escape": literal}
        return {**super().runtime_names(), **names}

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Return a text's `format` in a form that is safe and never gives `Code`."""
        wrapped = super().wrap_str_format(value)
        return wrapped and (lambda *args, **kwargs: str(wrapped(*args, **kwargs)))

    def concat(self, parts: Iterable[str]) -> str:
        """Return rendered parts as one text, literals kept apart from what stands before them."""
        return super().concat(_apart(parts))


def _apart(parts: Iterable[str]) -> Iterator[str]:
    # Touching literals could open a triple quote, and a letter before one is a prefix like f.
    last = ""
    for part in filter(None, parts):
        if part[0] in _QUOTES and (last in _QUOTES or last.isalnum()):
            yield " "
        yield part
        last = part[-1]


@pass_context  # Without it Jinja escapes constants before they become literals.
def _finalize(_context: Context, value: Any) -> Code:
    return literal(str(value) if isinstance(value, Undefined) else value)


def without_unwanted_lines(code: str) -> str:
    """Return rendered code without the lines that stayed empty."""
    return _UNWANTED.sub("", code) if NO_LINE in code else code


@pass_context
def _metadata_columns(context: Context, frame: str) -> Code:
    name = identifier(frame)
    columns = context.resolve("metadata_columns")
    read = context.environment.getattr
    if not columns:
        return Code(NO_LINE)
    return Code(
        "\n    ".join(
            f"{name} = {name}.withColumn({literal(read(column, 'name'))},"
            f" {read(column, 'expression')})"
            for column in columns
        )
    )


def _comment(text: str) -> Code:
    # With the end of its line, so that nothing after it becomes part of it.
    return Code(f"{comment(text)}\n")


def _join(items: Iterable[Any], separator: str = "") -> str:
    return separator.join(map(str, items))


CodeJinja.own_filters = {
    "comment": _comment,
    "docstring": docstring,
    "ident": identifier,
    "join": _join,
    "kwargs": keyword_arguments,
    "metadata_columns": _metadata_columns,
    "option_calls": option_calls,
    "text": text_literal,
}
