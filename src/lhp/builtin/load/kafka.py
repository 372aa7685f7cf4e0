"""Reads Kafka topics as a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import Field

from lhp.builtin.kafka import kafka_problems
from lhp.builtin.stream_options import OptionValue, empty_option_problems, read_mode_problems
from lhp.core.base_generator import (
    BaseActionGenerator,
    Context,
    Options,
    RuntimeRequirements,
)
from lhp.core.option_schema import NOT_EMPTY
from lhp.errors import EXCLUSIVE_KEYS, LhpError
from lhp.model.flowgroup import Action

_TOPICS = ("subscribe", "subscribePattern", "assign")


class KafkaOptions(Options):
    """What `source` takes for `type: kafka`."""

    exactly_one = (_TOPICS,)

    bootstrap_servers: str = Field(
        json_schema_extra=NOT_EMPTY,
        description="Brokers as host:port, comma-separated.",
        examples=["kafka-1.acme.internal:9092,kafka-2.acme.internal:9092"],
    )
    subscribe: str | None = Field(
        None,
        json_schema_extra=NOT_EMPTY,
        description="Topics to read, comma-separated.",
        examples=["orders", "orders,returns"],
    )
    subscribe_pattern: str | None = Field(
        None,
        json_schema_extra=NOT_EMPTY,
        alias="subscribePattern",
        description="Topics to read, as a Java regular expression.",
        examples=["orders_.*"],
    )
    assign: str | None = Field(
        None,
        json_schema_extra=NOT_EMPTY,
        description="Partitions to read of each topic, as JSON.",
        examples=['{"orders": [0, 1]}'],
    )
    basic_options: Mapping[str, OptionValue] = Field(
        {},
        alias="options",
        description="Options of the reader; those of the Kafka client begin with `kafka.`.",
        examples=[
            {"startingOffsets": "earliest", "failOnDataLoss": False},
            {
                "kafka.security.protocol": "SASL_SSL",
                "kafka.sasl.mechanism": "PLAIN",
                "kafka.sasl.jaas.config": (
                    "kafkashaded.org.apache.kafka.common.security.plain.PlainLoginModule required "
                    'username="${secret:kafka/user}" password="${secret:kafka/password}";'
                ),
            },
        ],
    )

    @property
    def topics(self) -> Mapping[str, str]:
        """The one option that says which topics are read."""
        values = (self.subscribe, self.subscribe_pattern, self.assign)
        return {
            name: value for name, value in zip(_TOPICS, values, strict=True) if value is not None
        }


class KafkaLoadGenerator(BaseActionGenerator):
    """Structured Streaming's Kafka source; keys and values stay binary.

    Source: Apache Spark, "Structured Streaming + Kafka Integration Guide".
    """

    Options = KafkaOptions
    default_read_mode = "stream"

    def check(self, action: Action, context: Context) -> Iterable[LhpError]:  # noqa: ARG002  (the interface)
        """Return a batch read, and reader options that can't be or that need others."""
        yield from read_mode_problems(action)
        yield from empty_option_problems(action)
        yield from kafka_problems(action, action.options.basic_options)
        yield from _topic_problems(action)

    def runtime_requirements(self, action: Action, context: Context) -> RuntimeRequirements:  # noqa: ARG002  (the interface)
        """Return Kafka's data source, which is a package of its own."""
        return RuntimeRequirements(formats=("kafka",))

    def values(self, action: Action, context: Context) -> Mapping[str, Any]:  # noqa: ARG002  (the interface)
        """Return all reader options in one map; those of `options` win."""
        options = action.options
        servers = {"kafka.bootstrap.servers": options.bootstrap_servers}
        return {"reader_options": {**servers, **options.topics, **options.basic_options}}


def _topic_problems(action: Action) -> Iterator[LhpError]:
    for name in action.options.basic_options:
        if name in _TOPICS and name not in action.options.topics:
            at = action.at("source", "options", name, key=True)
            where = f"'source' of {action.name!r}"
            yield EXCLUSIVE_KEYS.at(at, where=where, names=", ".join(_TOPICS))
