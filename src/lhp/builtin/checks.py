"""What all tests of data share: a temporary table of a query, with expectations on its rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from lhp.builtin.sources import source_problems
from lhp.builtin.tables import three_parts_problems
from lhp.core.base_generator import BaseActionGenerator, Context, Options
from lhp.core.literals import identifier
from lhp.errors import LhpError
from lhp.model.flowgroup import Action

Violation = Literal["fail", "drop", "warn"]
ON_VIOLATION: dict[str, Any] = {
    "enumDescriptions": [
        "The update of the pipeline fails.",
        "The row is left out of the outcome, and counted.",
        "The row is counted.",
    ]
}


class CheckOptions(Options):
    """What every test takes."""

    on_violation: Violation = Field(
        "fail",
        description="What happens when a row of the outcome breaks the rule.",
        json_schema_extra=ON_VIOLATION,
    )
    test_id: str | None = Field(
        None,
        description="What a reporting system calls the test.",
        examples=["SIT-042"],
    )


class CheckGenerator(BaseActionGenerator, ABC):
    """A temporary table of a query; the pipeline checks its rows by expectations.

    Source: Databricks, "Manage data quality with pipeline expectations".
    """

    template = "checks.py.j2"
    source_count = "many"

    tables: tuple[str, ...] = ()
    """Keys that name a table by catalog, schema and table."""

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:  # noqa: ARG002  (the interface)
        """Return what is wrong with the source, with the name and with named tables."""
        if action.source is not None:
            yield from source_problems(action, least=0 if self.source_count == "any" else 1)
        try:
            identifier(_name(action))
        except LhpError as error:
            at = action.at("target") if action.target else action.at("name")
            yield error.code.at(at, **error.values)
        for key in self.tables:
            yield from three_parts_problems(named(action, key), key, action.at(key))

    @abstractmethod
    def query(self, action: Action, context: Context) -> str:
        """Return the SQL whose rows are checked."""

    @abstractmethod
    def rules(self, action: Action) -> Iterator[tuple[str, str, str]]:
        """Yield for each expectation what a violation does, its name and its condition."""

    def claims(self, action: Action, context: Context) -> Sequence[str]:  # noqa: ARG002  (the interface)
        """Return its table, which no other test may make."""
        return [f"the test table {_name(action)!r}"]

    def notes(self, action: Action, context: Context) -> Mapping[str, Any]:  # noqa: ARG002  (the interface)
        """Return its table and what a reporting system calls it, if anything."""
        test_id = action.options.test_id
        return {"test_reporting": {"table": _name(action), "test_id": test_id}} if test_id else {}

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the table, its query and its expectations."""
        rules: dict[str, dict[str, str]] = {"fail": {}, "drop": {}, "warn": {}}
        for violation, name, condition in self.rules(action):
            rules[violation][name] = condition
        comment = action.description or f"Test: {action.sub_type}"
        name = _name(action)
        return {
            **rules,
            "comment": comment,
            "name": name,
            "query": self.query(action, context),
            "settings": {"name": name, "comment": comment, "temporary": True},
        }


class RuleGenerator(CheckGenerator):
    """A check with one rule of its own."""

    rule = ""
    """Name of the expectation."""

    @abstractmethod
    def condition(self, action: Action) -> str:
        """Return what is true for a good row."""

    def rules(self, action: Action) -> Iterator[tuple[str, str, str]]:
        """Yield the rule."""
        yield action.options.on_violation, self.rule, self.condition(action)


def named(action: Action, key: str) -> str:
    """Return the table that `source`, or another key of a test, names."""
    return next(iter(action.sources), "") if key == "source" else str(action[key])


def _name(action: Action) -> str:
    return action.target or f"tmp_test_{action.name}"
