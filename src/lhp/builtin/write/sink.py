"""Sends the rows of views out of the pipeline."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from lhp.builtin.data_sources import (
    DATA_SOURCE_MODULES,
    data_source_problems,
    import_data_source,
)
from lhp.builtin.kafka import MECHANISM, OAUTH, kafka_problems
from lhp.builtin.sources import source_problems
from lhp.builtin.tables import three_parts_problems
from lhp.builtin.user_code import function_body
from lhp.core.base_generator import (
    BaseActionGenerator,
    Context,
    Options,
    RuntimeRequirements,
    Scalar,
)
from lhp.core.literals import MODULE_NAMES, Code, identifier
from lhp.errors import (
    EXCLUSIVE_KEYS,
    FLOW_NAME_TWICE,
    FUNCTION_NAME_TAKEN,
    MISSING_KEY,
    NO_EFFECT,
    NOTHING_GIVEN,
    SINK_KEY_UNUSED,
    WRONG_VALUE,
    LhpError,
)
from lhp.model.flowgroup import Action

_PLACE = "write_target"
_CLASS = "custom_sink_class"
_TABLE = "tableName"


class SinkOptions(Options):
    """What `write_target` takes for `type: sink`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sink_type": "delta",
                    "sink_name": "orders_export",
                    "options": {"tableName": "${catalog}.export.orders"},
                },
                {
                    "sink_type": "kafka",
                    "sink_name": "orders_topic",
                    "bootstrap_servers": "broker-1.acme.example:9092",
                    "topic": "orders",
                },
                {
                    "sink_type": "custom",
                    "sink_name": "order_gate",
                    "module_path": "sinks/order_gate.py",
                    "custom_sink_class": "OrderGate",
                },
                {
                    "sink_type": "foreachbatch",
                    "sink_name": "orders_audit",
                    "batch_handler": "df.write.saveAsTable('${catalog}.export.orders')",
                },
                {
                    "sink_type": "foreachbatch",
                    "sink_name": "orders_audit",
                    "module_path": "sinks/orders_audit.py",
                },
            ]
        }
    )

    sink_type: Literal["delta", "kafka", "custom", "foreachbatch"] = Field(
        description="Where the rows go.",
        json_schema_extra={
            "enumDescriptions": [
                "A Delta table that the pipeline does not manage, by `tableName` or `path`.",
                "A Kafka topic; with OAUTHBEARER an Event Hub.",
                "What a Python data source of yours writes to.",
                "A function of yours that gets each batch.",
            ]
        },
    )
    sink_name: str = Field(
        description="Name of the sink in the pipeline; its flows are called by it.",
        examples=["orders_export"],
    )
    comment: str | None = Field(
        None,
        description="Comment of its flows, but for a foreachbatch sink; made of the sink when "
        "it is absent.",
        examples=["Orders for the partner's warehouse"],
    )
    description: str | None = Field(
        None,
        description="What the sink is for, for people; has no effect.",
        examples=["Read by the partner every hour"],
    )
    sink_options: Mapping[str, Scalar] = Field(
        {},
        alias="options",
        description="Options of the sink, such as `tableName` or `kafka.security.protocol`.",
        examples=[
            {"tableName": "${catalog}.export.orders"},
            {"kafka.security.protocol": "SASL_SSL"},
        ],
    )
    bootstrap_servers: str | None = Field(
        None,
        description="Of a kafka sink: brokers as host:port, comma-separated.",
        examples=["broker-1.acme.example:9092"],
    )
    topic: str | None = Field(
        None,
        description="Of a kafka sink: the topic, or the Event Hub.",
        examples=["orders"],
    )
    module_path: str | None = Field(
        None,
        description="Python file, relative to the project root: with the class of a custom sink, "
        "or the lines of a batch handler.",
        examples=["sinks/order_gate.py"],
    )
    custom_sink_class: str | None = Field(
        None,
        description="Of a custom sink: the class, a data source that can write streams.",
        examples=["OrderGate"],
    )
    batch_handler: str | None = Field(
        None,
        description="Of a foreachbatch sink: Python lines that run for each batch; they see `df`, "
        "`batch_id` and `spark`.",
        json_schema_extra={"format": "python"},
        examples=["df.write.mode('append').saveAsTable('${catalog}.export.orders')"],
    )


class SinkWriteGenerator(BaseActionGenerator):
    """A sink with one append flow for each source.

    Source: Databricks, "create_sink", "foreach_batch_sink" and "append_flow".
    """

    Options = SinkOptions
    default_read_mode = "stream"
    source_count = "many"

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:
        """Return what is wrong with the sources, the name and the keys of the sink."""
        yield from source_problems(action)
        yield from _name_problems(action, context)
        sink = _SINKS[action.options.sink_type]
        missing = [*_missing(action, sink)]
        yield from missing
        yield from _unused(action, sink)
        if not missing:
            yield from sink.problems(action, self)

    def is_streaming(self, action: Action, context: Context) -> bool:  # noqa: ARG002  (the interface)
        """Return True: a sink takes streams, whatever the action says."""
        return True

    def names(self, action: Action, context: Context) -> Sequence[str]:  # noqa: ARG002  (the interface)
        """Return the sink; its flows are called by it."""
        return [f"the sink {action.options.sink_name!r}"]

    def runtime_requirements(self, action: Action, context: Context) -> RuntimeRequirements:  # noqa: ARG002  (the interface)
        """Return what the sink writes to, where Spark alone does not have it."""
        sink = _SINKS[action.options.sink_type]
        return RuntimeRequirements(modules=sink.modules, formats=sink.formats)

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:  # noqa: ARG002  (the interface)
        """Return the sink, its flows and their comment."""
        options = action.options
        sink = _SINKS[options.sink_type]
        return {
            "comment": action.description or sink.comment(action),
            "flows": dict(_flows(action)),
            **sink.values(action, self),
        }


class _Sink(ABC):
    """One type of sinks: the keys that it needs and takes, and what its code is made of."""

    needs: ClassVar[Sequence[str]] = ()
    takes: ClassVar[Sequence[str]] = ()
    formats: ClassVar[tuple[str, ...]] = ()
    modules: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def problems(self, action: Action, generator: BaseActionGenerator) -> Iterator[LhpError]:
        """Yield what is wrong with the sink."""

    @abstractmethod
    def comment(self, action: Action) -> str:
        """Return what the flow says of itself where its author says nothing."""

    @abstractmethod
    def values(self, action: Action, generator: BaseActionGenerator) -> Mapping[str, Any]:
        """Return what the code template needs for the sink."""


class _DeltaSink(_Sink):
    def problems(self, action: Action, generator: BaseActionGenerator) -> Iterator[LhpError]:  # noqa: ARG002  (one interface)
        options = action.options.sink_options
        at = action.at(_PLACE, "options") or action.at(_PLACE)
        if bool(options.get(_TABLE)) == bool(options.get("path")):
            names = f"{_TABLE}, path"
            yield EXCLUSIVE_KEYS.at(at, where="`options` of a delta sink", names=names)
        elif options.get(_TABLE):
            at = action.at(_PLACE, "options", _TABLE)
            yield from three_parts_problems(str(options[_TABLE]), _TABLE, at)

    def comment(self, action: Action) -> str:
        options = action.options
        table = options.sink_options.get(_TABLE)
        return options.comment or f"Delta sink to {table or 'external table'}"

    def values(self, action: Action, generator: BaseActionGenerator) -> Mapping[str, Any]:  # noqa: ARG002  (one interface)
        return _settings(action, "delta", action.options.sink_options)


class _KafkaSink(_Sink):
    needs = ("bootstrap_servers", "topic")
    formats = ("kafka",)

    def problems(self, action: Action, generator: BaseActionGenerator) -> Iterator[LhpError]:  # noqa: ARG002  (one interface)
        return kafka_problems(action, action.options.sink_options)

    def comment(self, action: Action) -> str:
        options = action.options
        what = "Event Hubs" if options.sink_options.get(MECHANISM) == OAUTH else "Kafka"
        return options.comment or f"{what} sink to {options.topic}"

    def values(self, action: Action, generator: BaseActionGenerator) -> Mapping[str, Any]:  # noqa: ARG002  (one interface)
        options = action.options
        named = {"kafka.bootstrap.servers": options.bootstrap_servers, "topic": options.topic}
        settings = _settings(action, "kafka", {**named, **options.sink_options})
        return {**settings, "needs_value": True}


class _CustomSink(_Sink):
    needs = ("module_path", _CLASS)
    modules = DATA_SOURCE_MODULES

    def problems(self, action: Action, generator: BaseActionGenerator) -> Iterator[LhpError]:
        return data_source_problems(action, generator, _CLASS)

    def comment(self, action: Action) -> str:
        return action.options.comment or f"Custom sink: {action.options.custom_sink_class}"

    def values(self, action: Action, generator: BaseActionGenerator) -> Mapping[str, Any]:
        name, form = import_data_source(action, generator, _CLASS)
        return {**_settings(action, form, action.options.sink_options), "sink_class": name}


class _BatchSink(_Sink):
    takes = ("module_path", "batch_handler")

    def problems(self, action: Action, generator: BaseActionGenerator) -> Iterator[LhpError]:
        options = action.options
        at, name = action.at(_PLACE, "sink_name"), options.sink_name
        if options.comment:
            reason, advice = "a foreachbatch sink has no comment", "write it as `description`"
            key_at = action.at(_PLACE, "comment", key=True)
            yield NO_EFFECT.at(key_at, name="comment", reason=reason, advice=advice)
        targets = [other.get("target") for other in generator.context.actions]
        if name in MODULE_NAMES or name in targets:
            yield FUNCTION_NAME_TAKEN.at(at, what="batch handler", name=name)
        if len(action.sources) > 1:
            reason = "a foreachbatch sink reads one view"
            yield WRONG_VALUE.at(action.at("source"), name="source", reason=reason)
        given = [key for key in self.takes if (getattr(options, key) or "").strip()]
        if not given:
            where = "a foreachbatch sink"
            names = "module_path or batch_handler"
            yield NOTHING_GIVEN.at(action.at(_PLACE), where=where, names=names)
        elif len(given) > 1:
            names = " and ".join(given)
            yield EXCLUSIVE_KEYS.at(action.at(_PLACE), where="a foreachbatch sink", names=names)
        else:
            _handler(action, generator)

    def comment(self, action: Action) -> str:
        return f"ForEachBatch sink: {action.name}"

    def values(self, action: Action, generator: BaseActionGenerator) -> Mapping[str, Any]:
        return {"handler": _handler(action, generator)}


_SINKS: Mapping[str, _Sink] = {
    "delta": _DeltaSink(),
    "kafka": _KafkaSink(),
    "custom": _CustomSink(),
    "foreachbatch": _BatchSink(),
}


def _settings(action: Action, form: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"settings": {"name": action.options.sink_name, "format": form, "options": options}}


def _handler(action: Action, generator: BaseActionGenerator) -> Code:
    path = action.options.module_path
    if path:
        return function_body(generator.context.read_text(path), action.at(_PLACE, "module_path"))
    return function_body(action.options.batch_handler, action.at(_PLACE, "batch_handler"))


def _flows(action: Action) -> Iterator[tuple[str, str]]:
    for number, source in enumerate(action.sources, 1):
        yield f"f_{action.options.sink_name}_{number}", source


def _name_problems(action: Action, context: Context) -> Iterator[LhpError]:
    name, at = action.options.sink_name, action.at(_PLACE, "sink_name")
    is_function = action.options.sink_type == "foreachbatch"
    try:
        identifier(name if is_function else f"f_{name}")
    except LhpError as error:
        yield error.code.at(at, name=name)
    for other in context.actions:
        if other["name"] == action.name:
            return
        target = other.get(_PLACE)
        if isinstance(target, Mapping) and target.get("sink_name") == name:
            yield FLOW_NAME_TWICE.at(at, name=f"f_{name}_1", other=other["name"])


def _missing(action: Action, sink: _Sink) -> Iterator[LhpError]:
    where = f"a {action.options.sink_type} sink"
    for key in sink.needs:
        if not getattr(action.options, key):
            yield MISSING_KEY.at(action.at(_PLACE), where=where, name=key)


def _unused(action: Action, sink: _Sink) -> Iterator[LhpError]:
    known = {key for each in _SINKS.values() for key in (*each.needs, *each.takes)}
    for key in known.difference(sink.needs, sink.takes).intersection(action["write_target"]):
        at = action.at(_PLACE, key, key=True)
        yield SINK_KEY_UNUSED.at(at, name=key, sink_type=action.options.sink_type)
