"""Applies a stream of changes, as the platform's AUTO CDC does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from lhp.builtin.tables import given_settings, table_columns
from lhp.builtin.write.streaming_table.mode import KeyedConfig, Mode, one_source_problems
from lhp.core.literals import Code, literal
from lhp.errors import HISTORY_COLUMNS_MISSING, TRUNCATES_WITH_HISTORY, LhpError

_HISTORY = ("__START_AT", "__END_AT")
_SHARED = (
    "keys",
    "sequence_by",
    "scd_type",
    "track_history_column_list",
    "track_history_except_column_list",
)


class CdcConfig(KeyedConfig):
    """What `cdc_config` takes for `mode: cdc`."""

    at_most_one: ClassVar[Sequence[Sequence[str]]] = (
        *KeyedConfig.at_most_one,
        ("column_list", "except_column_list"),
    )

    sequence_by: str | Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        None,
        description="Column that orders the changes of a row; or several, the first one first.",
        examples=["changed_at", ["changed_at", "sequence_number"]],
    )
    scd_type: Literal[1, 2] = Field(
        1,
        description="What becomes of former values: type 1 drops them, type 2 keeps them.",
        json_schema_extra={
            "enumDescriptions": [
                "Each key has one row, that of its last change.",
                "Each version of a row is kept, with the time from and to which it was valid.",
            ]
        },
    )
    stored_as_scd_type: int | None = Field(
        None,
        description="Has no effect here: the key is called `scd_type`.",
        examples=[2],
        json_schema_extra={"deprecated": True},
    )
    column_list: tuple[str, ...] | None = Field(
        None,
        description="The only columns that get into the table.",
        examples=[["customer_id", "name", "city"]],
    )
    except_column_list: tuple[str, ...] | None = Field(
        None,
        description="Columns that do not get into the table; all others do.",
        examples=[["operation", "sequence_number"]],
    )
    ignore_null_updates: bool | None = Field(
        None, description="True lets a null in a change keep the value that is there."
    )
    apply_as_deletes: str | None = Field(
        None,
        description="Condition that tells which changes delete their row.",
        examples=["operation = 'DELETE'"],
    )
    apply_as_truncates: str | None = Field(
        None,
        description="Condition that tells which changes empty the table; for type 1 only.",
        examples=["operation = 'TRUNCATE'"],
    )
    source: str | None = Field(
        None,
        description="View that this action waits for, besides the `source` that it reads.",
        examples=["v_customer_changes"],
    )


class Cdc(Mode):
    """One AUTO CDC flow; several actions may feed one table.

    Source: Databricks, "create_auto_cdc_flow".
    """

    name = "cdc"
    config_key = "cdc_config"

    @property
    def reads(self) -> Sequence[str]:
        """The view that the flow reads, and the one that it waits for."""
        return [*super().reads, *filter(None, [self.config.source])]

    def problems(self) -> Iterator[LhpError]:
        """Yield what is wrong with the source, the options and the columns of the table."""
        advice = "write one action for each source, `create_table: false` on all but one"
        yield from one_source_problems(self, advice)
        config, place = self.config, ("write_target", self.config_key)
        if config.stored_as_scd_type is not None:
            reason, advice = "`cdc_config` calls it `scd_type`", "write `scd_type`"
            yield self.no_effect(*place, "stored_as_scd_type", reason=reason, advice=advice)
        if config.scd_type == 1:
            yield from self._without_history()
        else:
            yield from self._with_history()

    def shared(self) -> Mapping[str, Any]:
        """Return the options of the flow that hold for the table, and the settings of the table."""
        flow = {f"{self.config_key}.{key}": getattr(self.config, key) for key in _SHARED}
        return {**flow, **given_settings(self.action.options, is_complete=self.creates)}

    def values(self) -> Mapping[str, Any]:
        """Return the arguments of the flow."""
        config = self.config
        has_history = config.scd_type > 1
        return {
            "flow": {
                "target": self.table,
                "source": next(iter(self.action.sources), ""),
                "name": self.flow_names[0],
                "keys": config.keys,
                "sequence_by": self._sequence(),
                "stored_as_scd_type": config.scd_type,
                **(config.history if has_history else {}),
                "once": self.action.get("once") or None,
                "column_list": config.column_list or None,
                "except_column_list": config.except_column_list or None,
                "ignore_null_updates": config.ignore_null_updates,
                "apply_as_deletes": config.apply_as_deletes or None,
                "apply_as_truncates": config.apply_as_truncates or None,
            }
        }

    def _sequence(self) -> str | None:
        columns = self.config.sequence_by
        if not isinstance(columns, tuple):
            return columns or None
        self.generator.add_import("from pyspark.sql import functions as F")
        return Code(f"F.struct({', '.join(map(literal, columns))})")

    def _without_history(self) -> Iterator[LhpError]:
        for key, columns in self.config.history.items():
            if columns:
                reason, advice = "type 1 keeps no history", "say `scd_type: 2`, or take it out"
                place = ("write_target", self.config_key, key)
                yield self.no_effect(*place, reason=reason, advice=advice)

    def _with_history(self) -> Iterator[LhpError]:
        if self.config.apply_as_truncates:
            place = ("write_target", self.config_key, "apply_as_truncates")
            yield TRUNCATES_WITH_HISTORY.at(self.action.at(*place, key=True))
        columns = table_columns(self.action.options, self.generator.context)
        missing = [name for name in _HISTORY if name not in (columns or name)]
        if missing:
            at = self.action.at("write_target", "table_schema")
            yield HISTORY_COLUMNS_MISSING.at(at, table=self.table, names=" and ".join(missing))
