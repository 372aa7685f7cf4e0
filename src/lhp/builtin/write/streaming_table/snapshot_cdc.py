"""Finds changes by comparing snapshots, as the platform's AUTO CDC FROM SNAPSHOT does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, ClassVar, Literal

from pydantic import Field

from lhp.builtin.user_functions import UserFunction, import_module
from lhp.builtin.write.streaming_table.mode import KeyedConfig, Mode
from lhp.core.base_generator import Options
from lhp.core.literals import Code, Identifier, identifier, literal
from lhp.core.option_schema import NOT_EMPTY
from lhp.errors import PARAMETER_MISSING, PARAMETER_UNKNOWN, LhpError, nearest
from lhp.text.python_source import keyword_parameters


class SnapshotFunction(Options):
    """What `source_function` takes."""

    file: str = Field(
        description="Python file with the function, relative to the project root.",
        examples=["functions/customer_snapshots.py"],
    )
    function: str = Field(
        description=(
            "The function; it gets the version of the last snapshot, or None, and returns the "
            "next one with its version, or None when there is none."
        ),
        examples=["next_customer_snapshot"],
    )
    parameters: Mapping[str, Any] = Field(
        {},
        description="What the function gets besides, by the names of its keyword-only parameters.",
        examples=[{"table": "${catalog}.landing.customers"}],
    )


class SnapshotCdcConfig(KeyedConfig):
    """What `snapshot_cdc_config` takes for `mode: snapshot_cdc`."""

    exactly_one: ClassVar[Sequence[Sequence[str]]] = (("source", "source_function"),)

    source: str | None = Field(
        None,
        json_schema_extra=NOT_EMPTY,
        description="View or table of which each update takes a snapshot.",
        examples=["${catalog}.landing.customers"],
    )
    source_function: SnapshotFunction | None = Field(
        None,
        description="Function that gives one snapshot after the other.",
        examples=[{"file": "functions/customers.py", "function": "next_snapshot"}],
    )
    stored_as_scd_type: Literal[1, 2] = Field(
        1,
        description="What becomes of former values: type 1 drops them, type 2 keeps them.",
        json_schema_extra={
            "enumDescriptions": [
                "Each key has one row, that of the last snapshot.",
                "Each version of a row is kept, with the snapshots from and to which it was valid.",
            ]
        },
    )
    scd_type: int | None = Field(
        None,
        description="Has no effect here: the key is called `stored_as_scd_type`.",
        examples=[2],
        json_schema_extra={"deprecated": True},
    )


class SnapshotCdc(Mode):
    """One flow of snapshots, of a table or from a function whose file is copied.

    The function may use `spark` and `dbutils`: they are set in its module.

    Source: Databricks, "create_auto_cdc_from_snapshot_flow".
    """

    name = "snapshot_cdc"
    config_key = "snapshot_cdc_config"
    always_creates = True
    runs_once = False
    is_streaming = False
    flow_names = ()

    @property
    def reads(self) -> Sequence[str]:
        """The view or table; nothing when a function gives the snapshots."""
        return [*filter(None, [self.config.source])]

    def problems(self) -> Iterator[LhpError]:
        """Yield what is wrong with the function and its parameters."""
        if self.config.scd_type is not None:
            name = "stored_as_scd_type"
            place = ("write_target", self.config_key, "scd_type")
            reason = f"`{self.config_key}` calls it `{name}`"
            yield self.no_effect(*place, reason=reason, advice=f"write `{name}`")
        if self.config.source_function:
            function = self._function(self.config.source_function)
            found = [*function.problems(self.generator, ("functools", self._alias(function)))]
            yield from found or self._parameter_problems(function)

    def values(self) -> Mapping[str, Any]:
        """Return the arguments of the flow, and the module of its function."""
        config, module = self.config, None
        source: str = config.source
        if config.source_function:
            function = self._function(config.source_function)
            module = self._alias(function)
            import_module(function, module, self.generator)
            source = self._call(Code(f"{module}.{function.name}"))
        flow = {
            "target": self.table,
            "source": source,
            "keys": config.keys,
            "stored_as_scd_type": config.stored_as_scd_type,
            **config.history,
        }
        return {"flow": flow, "module": module}

    def _call(self, function: Code) -> Code:
        parameters = self.config.source_function.parameters
        if not parameters:
            return function
        self.generator.add_import("import functools")
        # Not `keyword_arguments`, which leaves None out: a default may be another value.
        given = (f"{identifier(key)}={literal(value)}" for key, value in parameters.items())
        return Code(f"functools.partial({function}, {', '.join(given)})")

    def _parameter_problems(self, function: UserFunction) -> Iterator[LhpError]:
        known = keyword_parameters(function.text(self.generator), function.name)
        given = self.config.source_function.parameters
        path = ("write_target", self.config_key, "source_function")
        if known is None:
            return
        for name in given:
            if name not in known.names and not (known.takes_any and name.isidentifier()):
                at = self.action.at(*path, "parameters", name, key=True)
                near = nearest(name, known.names)
                yield PARAMETER_UNKNOWN.at(at, function=function.name, name=name, nearest=near)
        for name in sorted(known.needed - given.keys()):
            at = self.action.at(*path, "parameters", key=True)
            yield PARAMETER_MISSING.at(at, function=function.name, name=name)

    def _function(self, options: SnapshotFunction) -> UserFunction:
        path = ("write_target", self.config_key, "source_function")
        at, name_at = (self.action.at(*path, key) for key in ("file", "function"))
        return UserFunction(options.file, options.function, at, name_at)

    @staticmethod
    def _alias(function: UserFunction) -> Identifier:
        return Identifier(f"_snap_{PurePosixPath(function.file).stem}")
