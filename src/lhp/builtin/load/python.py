"""Loads what a Python function of the user returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from lhp.builtin.user_functions import function_problems, import_function
from lhp.core.base_generator import BaseActionGenerator, Context, Options
from lhp.errors import LhpError
from lhp.model.flowgroup import Action


class PythonOptions(Options):
    """What `source` takes for `type: python`."""

    module_path: str = Field(
        description="Python file with the function, relative to the project root.",
        examples=["functions/archived_orders.py"],
    )
    function_name: str = Field(
        "get_df",
        description="The function; it gets `spark` and the parameters.",
        examples=["read_archived_orders"],
    )
    parameters: Mapping[str, Any] = Field(
        {},
        description="What the function gets besides `spark`, as one dict.",
        examples=[{"path": "/Volumes/${catalog}/landing/orders_2024.csv", "days": 3}],
    )


class PythonLoadGenerator(BaseActionGenerator):
    """A function `f(spark, parameters)` that returns a DataFrame; its file is copied."""

    Options = PythonOptions

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:  # noqa: ARG002  (the interface)
        """Return what is wrong with the function."""
        return function_problems(action, self)

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:  # noqa: ARG002  (the interface)
        """Return the function."""
        return {"function": import_function(action, self)}
