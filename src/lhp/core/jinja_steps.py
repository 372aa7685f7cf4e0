"""The Jinja of what users write: a template that takes for ever, or all memory, is stopped.

Work is counted, not time, so that a template fails everywhere or nowhere.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from jinja2 import Template, nodes, pass_context
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer

from lhp.core.jinja_limits import BoundedJinja, LimitedTemplate, OutOfBoundsError, listed
from lhp.core.jinja_sizes import work

MAX_STEPS = 2_000_000
"""Of one rendering: items that are looked at, a hundred characters as one item."""

_ROUND = 10
"""Steps of a round of a loop, of a call of a macro, of a template that another one includes."""

# No template can name a filter so.
_COUNTED = "lhp:counted"


class CountedTemplate(LimitedTemplate):
    """A compiled template that counts its steps from nothing."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        """Return what the template makes of some values."""
        self.environment.steps = 0  # type: ignore[attr-defined]
        return super().render(*args, **kwargs)


class CountingJinja(BoundedJinja):
    """A bounded Jinja environment that counts the work of its templates, too.

    Args:
        filters: The plugins' filters; Jinja's and ours win.
        functions: The plugins' functions; Jinja's win.
        options: As `jinja2.Environment` takes them.

    """

    template_class = CountedTemplate

    def __init__(
        self,
        filters: Mapping[str, Callable[..., Any]],
        functions: Mapping[str, Callable[..., Any]],
        **options: Any,
    ) -> None:
        super().__init__(filters, functions, **options)
        self.steps = 0
        own = {name: self._counting(each) for name, each in self.fixed_filters().items()}
        own[_COUNTED] = pass_context(lambda _, value: self._counted(value))
        self.filters = ChainMap(own, filters)  # type: ignore[arg-type, assignment]
        tests: Mapping[str, Any] = self.tests
        self.tests = {name: self._counting(each) for name, each in tests.items()}

    def count_steps(self, count: int = _ROUND) -> None:
        """Count some steps of a rendering.

        Raises:
            OutOfBoundsError: They are too many.
        """
        self.steps += count
        if self.steps > MAX_STEPS:
            message = f"more than {MAX_STEPS} steps"
            raise OutOfBoundsError(message)

    def join_text(self, parts: Iterable[object]) -> str:
        """Return the texts of all parts as one; this is what `~` does."""
        known = [*parts]
        self._count(known)
        return super().join_text(known)

    def call(self, context: Context, callee: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what a template calls."""
        self._count([getattr(callee, "__self__", None), *args, *kwargs.values()])
        return super().call(context, callee, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Work out `+`, `*`, `**` or `%`."""
        self._count([left, right])
        made = super().call_binop(context, operator, left, right)
        self.count_steps(work([made], 1))  # its length alone: what is in it was there before
        return made

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Return a template's nodes, changed so that their work is counted."""
        self.steps = 0  # Jinja works out what is constant already when it compiles
        tree: nodes.Template = _Counter(self).visit(super()._parse(source, name, filename))
        return tree

    def _load_template(self, name: str, globals: Any) -> Template:  # noqa: A002  (Jinja calls it so)
        self.count_steps()
        return super()._load_template(name, globals)

    def _count(self, values: Iterable[Any]) -> None:
        self.count_steps(work(values, MAX_STEPS))

    def _counted(self, value: Any) -> Any:
        self._count([value])
        return value

    def _counting(self, function: Callable[..., Any]) -> Callable[..., Any]:
        has_context = hasattr(function, "jinja_pass_arg")

        @wraps(function)
        def counting(*args: Any, **kwargs: Any) -> Any:
            args = listed(args)
            self._count([*args[has_context:], *kwargs.values()])
            return function(*args, **kwargs)

        return counting


class _Counter(NodeTransformer):
    """Changes a template so that it counts its work."""

    def __init__(self, environment: CountingJinja) -> None:
        self._environment = environment

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802  (as Jinja calls it)
        """Count what a loop goes through, also what its `if` leaves out, and each round."""
        self._with_rounds(node)
        node.iter = self._counted(node.iter)
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Compare:  # noqa: N802  (as Jinja calls it)
        """Count what is compared, or looked through by `in`."""
        self.generic_visit(node)
        node.expr = self._counted(node.expr)
        for operand in node.ops:
            operand.expr = self._counted(operand.expr)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Getitem:  # noqa: N802  (as Jinja calls it)
        """Count what a part is copied from."""
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            node.node = self._counted(node.node)
        return node

    def visit_Output(self, node: nodes.Output) -> nodes.Output:  # noqa: N802  (as Jinja calls it)
        """Count what becomes text."""
        self.generic_visit(node)
        node.nodes = [
            each if isinstance(each, nodes.TemplateData) else self._counted(each)
            for each in node.nodes
        ]
        return node

    def _with_rounds(self, node: Any) -> Any:
        self.generic_visit(node)
        called = nodes.Call(nodes.EnvironmentAttribute("count_steps"), [], [], None, None)
        statement = nodes.ExprStmt(called, lineno=node.lineno)
        node.body.insert(0, statement.set_environment(self._environment))
        return node

    visit_Macro = visit_CallBlock = visit_Block = _with_rounds  # noqa: N815  (as Jinja calls them)

    def _counted(self, value: Any) -> nodes.Filter:
        counted = nodes.Filter(value, _COUNTED, [], [], None, None, lineno=value.lineno)
        counted.set_environment(self._environment)
        return counted
