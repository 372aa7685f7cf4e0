"""Checks the rows of a view by expectations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import ConfigDict, Field

from lhp.builtin.sources import source_problems
from lhp.builtin.stream_options import read_mode_problems
from lhp.core.base_generator import (
    BaseActionGenerator,
    Context,
    Options,
    RuntimeRequirements,
)
from lhp.core.render import Identifier
from lhp.errors import (
    EXPECTATION_LEFT_OUT,
    EXPECTATION_TWICE,
    MISSING_KEY,
    NO_EXPECTATIONS,
    NOTHING_GIVEN,
    QUARANTINE_DROPS,
    QUARANTINE_WITHOUT_MODE,
    TABLE_NOT_FULL,
    LhpError,
    Location,
    nearest,
)
from lhp.model.flowgroup import Action, as_written
from lhp.model.keywords import INSTEAD_OF
from lhp.model.project import BUILT_IN_COLUMNS
from lhp.text.expectations import ACTIONS, TYPES, Expectation, Expectations, read_expectations

_FULL_NAME = re.compile(r"[^.\s]+\.[^.\s]+\.[^.\s]+")
_NOT_WORD = re.compile(r"\W")
_IMPORTS = (
    "from delta.tables import DeltaTable",
    "from pyspark.sql import functions as F",
    "from pyspark.sql.types import MapType, StringType",
    "from pyspark.sql.window import Window",
)
_DEAD_LETTERS = (
    "_dlq_sk STRING, _dlq_source_table STRING, _dlq_status STRING, _dlq_timestamp TIMESTAMP, "
    "_dlq_failed_rules ARRAY<STRUCT<name: STRING, rule: STRING>>, _dlq_rescued_data STRING, "
    "_row_data VARIANT"
)
_OUTBOX = "_dlq_sk STRING, _dlq_source_table STRING, _row_data VARIANT, _dlq_recycled_at TIMESTAMP"
_MADE = {
    "clean": ("_clean_{}", "Rows of {!r} that meet every expectation"),
    "dlq_sink": ("dlq_sink_{}", "Puts broken rows of {!r} into the dead-letter table"),
    "quarantine_flow": ("quarantine_flow_{}", "Rows of {!r} that break an expectation, and which"),
    "recycle_sink": ("recycle_sink_{}", "Puts each mended row of {!r} into the outbox once"),
    "recycle_flow": ("recycle_flow_{}", "Rows of {!r} that were mended in the dead-letter table"),
    "recycled": ("_recycled_{}", "Mended rows of {!r} that meet every expectation now"),
}


class QuarantineOptions(Options):
    """Where rows that break an expectation are kept."""

    dlq_table: str = Field(
        description="Dead-letter table as catalog.schema.table; mended rows come back by way of "
        "the table of that name with `_outbox`. Both have to exist, the first with its change data "
        "feed on.",
        examples=["${catalog}.quality.dead_letters"],
    )
    source_table: str = Field(
        description="Table as catalog.schema.table by whose name the rows of this action are told "
        "from others in the dead-letter table.",
        examples=["${catalog}.bronze.orders"],
    )


class DataQualityOptions(Options):
    """What an action takes for `transform_type: data_quality`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"expectations_file": "expectations/orders.yaml"},
                {
                    "expectations": [
                        {
                            "name": "has_id",
                            "expression": "order_id IS NOT NULL",
                            "failureAction": "drop",
                        }
                    ],
                    "mode": "quarantine",
                    "quarantine": {
                        "dlq_table": "${catalog}.quality.dead_letters",
                        "source_table": "${catalog}.bronze.orders",
                    },
                },
            ]
        }
    )

    at_least_one = (("expectations", "expectations_file"),)

    expectations_file: str | None = Field(
        None,
        json_schema_extra={INSTEAD_OF: "expectations"},
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
    mode: Literal["dqe", "quarantine"] = Field(
        "dqe",
        description="`dqe` leaves it to the pipeline to fail, to drop rows or to count them; "
        "`quarantine` keeps broken rows in a dead-letter table until somebody mends them.",
        json_schema_extra={
            "enumDescriptions": [
                "Expectations of the pipeline fail it, drop rows or count them.",
                "Broken rows go to a dead-letter table and come back when they are mended.",
            ]
        },
    )
    quarantine: QuarantineOptions | None = Field(
        None,
        description="Where broken rows are kept; needed by `mode: quarantine`.",
        examples=[
            {
                "dlq_table": "${catalog}.quality.dead_letters",
                "source_table": "${catalog}.bronze.orders",
            }
        ],
    )


class DataQualityTransformGenerator(BaseActionGenerator):
    """Expectations on a stream: a broken one fails the update, drops the row or is counted.

    With `mode: quarantine`, rows that break one are merged into a dead-letter table. Once its
    `_dlq_status` there is `fixed`, a row goes to the outbox table and is checked again.

    Sources: Databricks, "Manage data quality with pipeline expectations"; "Use ForEachBatch to
    write to arbitrary data sinks in pipelines".
    """

    Options = DataQualityOptions
    default_read_mode = "stream"
    source_count = "one"

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:
        """Return a missing source, missing expectations, a batch read and a bad quarantine."""
        yield from source_problems(action)
        yield from read_mode_problems(action)
        if not action.options.expectations and not action.options.expectations_file:
            names = "expectations_file or expectations"
            yield NOTHING_GIVEN.at(action.at(), where=repr(action.name), names=names)
        else:
            read = _read(action, context)
            yield from read.warnings
            is_quarantine = action.options.mode == "quarantine"
            yield from _rule_problems(action, read.rules) if is_quarantine else _left_out(read)
        yield from _quarantine_problems(action)

    def generate(self, action: Action, context: Context) -> str:
        """Return the view, and with `mode: quarantine` what keeps and brings back its rows."""
        if action.options.mode == "dqe":
            return super().generate(action, context)
        for line in _IMPORTS:
            self.add_import(line)
        return self.render_template("quarantine.py.j2", _quarantine_values(action, context))

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the source, the conditions by what they do, and the metadata columns."""
        rules = _rules(action, context)
        return {
            "source": action.sources[0],
            "fails": _conditions(rules, "fail"),
            "drops": _conditions(rules, "drop"),
            "warns": _conditions(rules, "warn"),
            "columns": _columns(context),
        }

    def claims(self, action: Action, context: Context) -> Sequence[str]:  # noqa: ARG002  (the interface)
        """Return the rows of a quarantine."""
        if action.options.mode == "dqe":
            return ()
        quarantine = action.options.quarantine
        return [f"the rows of {quarantine.source_table!r} in {quarantine.dlq_table.lower()!r}"]

    def runtime_requirements(self, action: Action, context: Context) -> RuntimeRequirements:  # noqa: ARG002  (the interface)
        """Return the tables that a quarantine puts rows into; nobody of the pipeline makes them."""
        if action.options.mode == "dqe":
            return RuntimeRequirements()
        name = action.options.quarantine.dlq_table
        return RuntimeRequirements(tables={name: _DEAD_LETTERS, f"{name}_outbox": _OUTBOX})

    def names(self, action: Action, context: Context) -> Sequence[str]:  # noqa: ARG002  (the interface)
        """Return what a quarantine calls by its source's name; one thing stands for all."""
        if action.options.mode == "dqe":
            return ()
        return [f"the view {dict(_names(action.sources[0]))['clean_name']!r}"]


def _rules(action: Action, context: Context) -> Sequence[Expectation]:
    return _read(action, context).rules


def _read(action: Action, context: Context) -> Expectations:
    if action.options.expectations:
        return read_expectations(action["expectations"], action.at("expectations") or Location(""))
    path = action.options.expectations_file
    return read_expectations(context.read_yaml(path), Location(path, 1, 1))


def _conditions(rules: Sequence[Expectation], action: str) -> Mapping[str, str]:
    return {rule.name: rule.condition for rule in rules if rule.action == action}


def _columns(context: Context) -> Mapping[str, Any]:
    return {column.name: column.expression for column in context.metadata_columns}


def _rule_problems(action: Action, rules: Sequence[Expectation]) -> Iterator[LhpError]:
    if not rules:
        key = "expectations" if action.options.expectations else "expectations_file"
        yield NO_EXPECTATIONS.at(action.at(key))
    named: dict[str, str] = {}
    for name, rule in _named(rules):
        if named.setdefault(name, rule.condition) != rule.condition:
            yield EXPECTATION_TWICE.at(rule.at, action="quarantine", name=name)
        if rule.action != "drop":
            yield QUARANTINE_DROPS.at(rule.at, name=name, action=rule.action)


def _left_out(read: Expectations) -> Iterator[LhpError]:
    for rule in read.rules:
        if rule.action not in ACTIONS:
            instead = nearest(rule.action.lower(), TYPES) or TYPES[0]
            yield EXPECTATION_LEFT_OUT.at(
                rule.at, name=rule.name, given=rule.action, instead=instead
            )


def _quarantine_problems(action: Action) -> Iterator[LhpError]:
    quarantine = action.options.quarantine
    if action.options.mode == "dqe":
        if quarantine is not None:
            yield QUARANTINE_WITHOUT_MODE.at(action.at("quarantine", key=True))
    elif quarantine is None:
        where = f"the action {action.name!r}"
        yield MISSING_KEY.at(action.at("mode"), where=where, name="quarantine")
    else:
        for key, given in dict(quarantine).items():
            if not _FULL_NAME.fullmatch(given):
                yield TABLE_NOT_FULL.at(action.at("quarantine", key), key=key, given=given)


def _named(rules: Sequence[Expectation]) -> Iterator[tuple[str, Expectation]]:
    """Yield rules by name: here `name` wins over `message`, as in the 0.9 releases."""
    for index, rule in enumerate(rules):
        yield rule.given_name or rule.message or f"rule_{index}", rule


def _quarantine_values(action: Action, context: Context) -> Mapping[str, Any]:
    source, quarantine = action.sources[0], action.options.quarantine
    rules = {name: rule.condition for name, rule in _named(_rules(action, context))}
    return {
        **dict(_names(source)),
        "source": source,
        "tag": quarantine.source_table,
        "dlq": quarantine.dlq_table,
        "outbox": f"{quarantine.dlq_table}_outbox",
        "rules": rules,
        # What the dead-letter table keeps of a rule holds no secret's value.
        "kept_rules": [(rule, as_written(name), as_written(rule)) for name, rule in rules.items()],
        "recycled_rules": {
            # A mended row has no rescued data: what was rescued is in its columns.
            name: rule
            for name, rule in rules.items()
            if "_rescued_data" not in rule
        },
        "is_failed": f"NOT ({' AND '.join(f'({rule})' for rule in rules.values())})",
        "metadata_names": sorted({*BUILT_IN_COLUMNS, *context.project_columns}),
        "columns": _columns(context),
    }


def _names(source: str) -> Iterator[tuple[str, Any]]:
    suffix = _NOT_WORD.sub("_", source)
    for key, (name, text) in _MADE.items():
        yield key, Identifier(name.format(suffix))
        yield f"{key}_name", name.format(suffix)
        yield f"{key}_doc", text.format(source)
