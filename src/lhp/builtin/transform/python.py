"""Lets a Python function of the user make a view of other views."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import Field

from lhp.builtin.sources import source_problems
from lhp.builtin.user_functions import function_problems, import_function
from lhp.core.base_generator import BaseActionGenerator, Context, Options
from lhp.core.render import Code, Identifier
from lhp.errors import LhpError
from lhp.model.flowgroup import Action


class PythonOptions(Options):
    """What an action takes for `transform_type: python`."""

    module_path: str = Field(
        description="Python file with the function, relative to the project root.",
        examples=["functions/order_lines.py"],
    )
    function_name: str = Field(
        description="The function; it gets the rows, `spark` and the parameters.",
        examples=["price_order_lines"],
    )
    parameters: Mapping[str, Any] = Field(
        {},
        description="What the function gets besides the rows and `spark`, as one dict.",
        examples=[{"large_discount_pct": 30}],
    )


class PythonTransformGenerator(BaseActionGenerator):
    """A function `f(df, spark, parameters)` that returns a DataFrame; its file is copied.

    For several sources it gets a list of DataFrames, for none it is `f(spark, parameters)`.
    """

    Options = PythonOptions
    source_count = "many"

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:  # noqa: ARG002  (the interface)
        """Return what is wrong with the sources and with the function."""
        yield from source_problems(action, least=0)
        yield from function_problems(action, self)

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the function, and what it is called with."""
        function = import_function(action, self)
        inputs = dict(_inputs(action.sources, function))
        rows = [Code("[" + ", ".join(inputs) + "]")] if len(inputs) > 1 else list(inputs)
        return {
            "function": function,
            "inputs": inputs,
            "reader": Identifier("readStream" if self.is_streaming(action, context) else "read"),
            "rows": rows,
        }


def _inputs(sources: Sequence[str], function: str) -> Iterator[tuple[Identifier, str]]:
    taken = {function}
    for source in sources:
        stem = re.sub(r"\W", "_", source, flags=re.ASCII)
        name = f"_{stem}_df" if stem[0].isdigit() else f"{stem}_df"
        while name in taken:
            name = f"{name}_"
        taken.add(name)
        yield Identifier(name), source
