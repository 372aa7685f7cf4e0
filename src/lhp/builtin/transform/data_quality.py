"""Checks the rows of a view by expectations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from lhp.builtin.sources import source_problems
from lhp.core.base_generator import BaseActionGenerator, Context, Options
from lhp.errors import NOTHING_GIVEN, STREAM_ONLY, LhpError, Location
from lhp.model.flowgroup import Action
from lhp.text.expectations import Expectation, read_expectations


class DataQualityOptions(Options):
    """What an action takes for `transform_type: data_quality`."""

    at_least_one = (("expectations", "expectations_file"),)

    expectations_file: str | None = Field(
        None,
        description="YAML or JSON file with the expectations, relative to the project root.",
        examples=["expectations/orders.yaml"],
    )
    expectations: tuple[Mapping[str, Any], ...] | Mapping[str, Any] | None = Field(
        None,
        description="The expectations themselves; they win over the file.",
        examples=[
            [{"name": "has_id", "expression": "order_id IS NOT NULL", "failureAction": "drop"}],
            {"order_id IS NOT NULL": {"action": "drop", "name": "has_id"}},
        ],
    )
    mode: Literal["dqe"] = Field(
        "dqe",
        description="`dqe` leaves it to the pipeline to fail, to drop rows or to count them.",
        json_schema_extra={
            "enumDescriptions": ["Expectations of the pipeline fail it, drop rows or count them."]
        },
    )


class DataQualityTransformGenerator(BaseActionGenerator):
    """Expectations on a stream: a broken one fails the update, drops the row or is counted.

    Source: Databricks, "Manage data quality with pipeline expectations".
    """

    Options = DataQualityOptions
    default_read_mode = "stream"
    source_count = "one"

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:  # noqa: ARG002  (the interface)
        """Return a missing source, missing expectations and a batch read."""
        yield from source_problems(action)
        if action.read_mode == "batch":
            yield STREAM_ONLY.at(action.at("readMode"), what="data_quality transform")
        if not action.options.expectations and not action.options.expectations_file:
            names = "expectations_file or expectations"
            yield NOTHING_GIVEN.at(action.at(), where=repr(action.name), names=names)

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the source, the conditions by what they do, and the metadata columns."""
        rules = _rules(action, context)
        return {
            "source": action.sources[0],
            "fails": _conditions(rules, "fail"),
            "drops": _conditions(rules, "drop"),
            "warns": _conditions(rules, "warn"),
            "columns": {column.name: column.expression for column in context.metadata_columns},
        }


def _rules(action: Action, context: Context) -> Sequence[Expectation]:
    if action.options.expectations:
        return read_expectations(action["expectations"], action.at("expectations") or Location(""))
    path = action.options.expectations_file
    return read_expectations(context.read_yaml(path), Location(path, 1, 1))


def _conditions(rules: Sequence[Expectation], action: str) -> Mapping[str, str]:
    return {rule.name: rule.condition for rule in rules if rule.action == action}
