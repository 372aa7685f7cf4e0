"""Keeps rows in a streaming table, in one of four modes; each mode is a module of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from lhp.builtin.tables import (
    TableTarget,
    table_columns,
    table_settings,
    target_problems,
)
from lhp.builtin.tags import tag_notes, tag_problems
from lhp.builtin.write.streaming_table.cdc import Cdc, CdcConfig
from lhp.builtin.write.streaming_table.mode import Mode
from lhp.builtin.write.streaming_table.replace import Replace, ReplaceConfig
from lhp.builtin.write.streaming_table.snapshot_cdc import SnapshotCdc, SnapshotCdcConfig
from lhp.builtin.write.streaming_table.standard import Standard
from lhp.core.base_generator import BaseActionGenerator, Context
from lhp.core.literals import identifier
from lhp.errors import CREATE_TABLE_EMPTY, FLOW_NAME_TWICE, MISSING_KEY, LhpError, unknown_choice
from lhp.model.flowgroup import KINDS, Action
from lhp.model.keywords import OTHERWISE, READ_WITH

_MODES: Mapping[str, type[Mode]] = {
    mode.name: mode for mode in (Standard, Cdc, SnapshotCdc, Replace)
}


class StreamingTableOptions(TableTarget):
    """What `write_target` takes for `type: streaming_table`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"catalog": "${catalog}", "schema": "bronze", "table": "orders"},
                {
                    "catalog": "${catalog}",
                    "schema": "silver",
                    "table": "customers",
                    "mode": "cdc",
                    "cdc_config": {"keys": ["customer_id"], "sequence_by": "changed_at"},
                },
                {
                    "catalog": "${catalog}",
                    "schema": "silver",
                    "table": "customers",
                    "mode": "cdc",
                    "cdc_config": {
                        "keys": ["customer_id"],
                        "sequence_by": "changed_at",
                        "scd_type": 2,
                    },
                },
                {
                    "catalog": "${catalog}",
                    "schema": "silver",
                    "table": "customers",
                    "mode": "snapshot_cdc",
                    "snapshot_cdc_config": {
                        "source": "${catalog}.landing.customers",
                        "keys": ["customer_id"],
                    },
                },
                {
                    "catalog": "${catalog}",
                    "schema": "silver",
                    "table": "customers",
                    "mode": "snapshot_cdc",
                    "snapshot_cdc_config": {
                        "source_function": {
                            "file": "functions/customers.py",
                            "function": "next_snapshot",
                        },
                        "keys": ["customer_id"],
                    },
                },
                {
                    "catalog": "${catalog}",
                    "schema": "silver",
                    "table": "order_lines",
                    "mode": "replace",
                    "replace_config": {"replace_using": ["order_date"], "sequence_by": "loaded_at"},
                },
            ]
        }
    )

    mode: str = Field(
        Standard.name,
        description="How new rows get into the table.",
        json_schema_extra={
            OTHERWISE: Standard.name,
            "enum": [*_MODES],
            "enumDescriptions": [
                "New rows are appended.",
                "New rows are changes, applied by key; `cdc_config` says how.",
                "Changes are found between snapshots of the source, as `snapshot_cdc_config` says.",
                "New rows replace those with the same values in the columns of `replace_config`.",
            ],
        },
    )
    cdc_config: CdcConfig | None = Field(
        None,
        description="How changes are applied; for `mode: cdc`.",
        json_schema_extra={READ_WITH: {"mode": Cdc.name}},
        examples=[{"keys": ["customer_id"], "sequence_by": "changed_at", "scd_type": 2}],
    )
    snapshot_cdc_config: SnapshotCdcConfig | None = Field(
        None,
        description="Where snapshots come from, and how to compare them; for `mode: snapshot_cdc`.",
        json_schema_extra={READ_WITH: {"mode": SnapshotCdc.name}},
        examples=[{"source": "${catalog}.landing.customers", "keys": ["customer_id"]}],
    )
    replace_config: ReplaceConfig | None = Field(
        None,
        description="Which rows are replaced; for `mode: replace`.",
        json_schema_extra={READ_WITH: {"mode": Replace.name}},
        examples=[{"replace_using": ["order_date"], "sequence_by": "loaded_at"}],
    )

    @model_validator(mode="before")
    @classmethod
    def _of_the_mode(cls, options: Mapping[str, Any]) -> Mapping[str, Any]:
        others = {mode.config_key for mode in _MODES.values() if mode.name != options.get("mode")}
        return {key: value for key, value in options.items() if key not in others}


class StreamingTableWriteGenerator(BaseActionGenerator):
    """A streaming table and its flows: appended rows, changes, snapshots or replaced rows.

    Source: Databricks, "create_streaming_table".
    """

    Options = StreamingTableOptions
    default_read_mode = "stream"

    _known: Mode | None = None

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:
        """Return what is wrong with the table, its tags, the mode and the names of the flows."""
        yield from target_problems(action)
        mode = self._mode(action)
        yield from tag_problems(action, mode.table, context, creates=mode.creates)
        missing = [*_missing_config(mode)]
        yield from missing or mode.problems()
        yield from _unknown_mode(action)
        if action.options.create_table is None and not mode.always_creates:
            yield CREATE_TABLE_EMPTY.at(action.at("write_target", "create_table", key=True))
        yield from _keys_without_effect(mode)
        yield from self._flow_problems(mode, context)

    def reads(self, action: Action, context: Context) -> Sequence[str]:  # noqa: ARG002  (the interface)
        """Return the views and tables that the flows read."""
        return self._mode(action).reads

    def table(self, action: Action, context: Context) -> str:  # noqa: ARG002  (the interface)
        """Return the full name of the table."""
        return self._mode(action).table

    def creates_table(self, action: Action, context: Context) -> bool:  # noqa: ARG002  (the interface)
        """Return True unless the action says `create_table: false` and its mode heeds it."""
        return self._mode(action).creates

    def shared(self, action: Action, context: Context) -> Mapping[str, Any]:  # noqa: ARG002  (the interface)
        """Return the mode, and what all actions in this mode have to say alike."""
        mode = self._mode(action)
        return {"type": action.sub_type, "mode": mode.name, **mode.shared()}

    def notes(self, action: Action, context: Context) -> Mapping[str, Any]:
        """Return the tags of the table, where the action creates it."""
        mode = self._mode(action)
        return tag_notes(action, mode.table, context, creates=mode.creates)

    def is_streaming(self, action: Action, context: Context) -> bool:  # noqa: ARG002  (the interface)
        """Return True when the flows read streams."""
        return self._mode(action).is_streaming

    def names(self, action: Action, context: Context) -> Sequence[str]:  # noqa: ARG002  (the interface)
        """Return the flows."""
        return [f"the flow {name!r}" for name in self._mode(action).flow_names]

    def generate(self, action: Action, context: Context) -> str:
        """Return the code that creates the table, where it does, and that of the flows."""
        options, mode = action.options, self._mode(action)
        values = {
            "creates": mode.creates,
            "columns": table_columns(options, context) if mode.creates else None,
            "settings": table_settings(options, mode.table, f"Streaming table: {options.table}"),
        }
        return self.render_template(f"{mode.name}.py.j2", {**values, **mode.values()})

    def _mode(self, action: Action) -> Mode:
        if self._known is None or self._known.action is not action:
            kind = _MODES.get(action["write_target"].get("mode"), Standard)
            self._known = kind(action, self)
        return self._known

    def _flow_problems(self, mode: Mode, context: Context) -> Iterator[LhpError]:
        at = mode.action.at("name")
        for name in mode.flow_names[:1]:
            try:
                identifier(name)
            except LhpError as error:
                yield error.code.at(at, **error.values)
        for other in _writes_before(mode.action, context):
            taken = self._mode(other).flow_names
            for name in (name for name in mode.flow_names if name in taken):
                yield FLOW_NAME_TWICE.at(at, name=name, other=other.name)


def _unknown_mode(action: Action) -> Iterator[LhpError]:
    mode = action["write_target"].get("mode")
    if mode and mode not in _MODES:
        at = action.at("write_target", "mode")
        yield unknown_choice(at, "mode", mode, [*_MODES], Standard.name)


def _missing_config(mode: Mode) -> Iterator[LhpError]:
    if mode.config_key and mode.config is None:
        where = f"`mode: {mode.name}` of {mode.action.name!r}"
        yield MISSING_KEY.at(mode.action.at("write_target"), where=where, name=mode.config_key)


def _keys_without_effect(mode: Mode) -> Iterator[LhpError]:
    action = mode.action
    for other in _MODES.values():
        key = other.config_key
        if key and key != mode.config_key and _says(action, key):
            reason, advice = f"the mode is {mode.name!r}", f"say `mode: {other.name}`"
            yield mode.no_effect("write_target", key, reason=reason, advice=advice)
    if mode.always_creates and not action.options.create_table:
        reason = f"`mode: {mode.name}` always creates its table"
        yield mode.no_effect("write_target", "create_table", reason=reason, advice="take it out")
    if action.get("once") and not mode.runs_once:
        reason = f"`mode: {mode.name}` has no flow that runs once"
        yield mode.no_effect("once", reason=reason, advice="take it out")


def _says(action: Action, key: str) -> bool:
    """Tell whether an action has a key of its own, not from a preset."""
    if action["write_target"].get(key) is None:
        return False
    at, own = action.at("write_target", key, key=True), action.at()
    return at is None or own is None or at.path == own.path


def _writes_before(action: Action, context: Context) -> Iterator[Action]:
    kind = KINDS["write"]
    for other in context.actions:
        if other["name"] == action.name:
            return
        if other.get("type") == kind.name and kind.sub_type_of(other) == action.sub_type:
            yield Action(other, kind.name, action.sub_type, kind.options_of(other))
