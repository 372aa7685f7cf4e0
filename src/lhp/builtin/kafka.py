"""What the options of a load from Kafka, or of a sink to it, have to hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lhp.builtin.stream_options import prefix_problems
from lhp.core.base_generator import Scalar
from lhp.errors import KAFKA_MSK_INCOMPLETE, KAFKA_OAUTH_INCOMPLETE, Code, LhpError
from lhp.model.flowgroup import KINDS, Action

MECHANISM = "kafka.sasl.mechanism"
OAUTH = "OAUTHBEARER"

# How the names of the client's own options begin; those of Spark are in camel case.
_FAMILIES = frozenset(
    {"auto", "bootstrap", "check", "client", "connections", "enable", "fetch", "group"}
    | {"heartbeat", "key", "max", "metadata", "partition", "reconnect", "request", "retry"}
    | {"sasl", "security", "session", "ssl", "value"}
)
_IAM_CLASSES = "shadedmskiam.software.amazon.msk.auth.iam"
_OAUTH_CLASSES = "kafkashaded.org.apache.kafka.common.security.oauthbearer"
# What a mechanism needs besides, with an example of each.
_NEEDED: Mapping[object, tuple[Code, Mapping[str, str]]] = {
    "AWS_MSK_IAM": (
        KAFKA_MSK_INCOMPLETE,
        {
            "kafka.security.protocol": "SASL_SSL",
            "kafka.sasl.jaas.config": f"{_IAM_CLASSES}.IAMLoginModule required;",
            "kafka.sasl.client.callback.handler.class": f"{_IAM_CLASSES}.IAMClientCallbackHandler",
        },
    ),
    OAUTH: (
        KAFKA_OAUTH_INCOMPLETE,
        {
            "kafka.security.protocol": "SASL_SSL",
            "kafka.sasl.jaas.config": (
                f"{_OAUTH_CLASSES}.OAuthBearerLoginModule required clientId=...;"
            ),
            "kafka.sasl.oauthbearer.token.endpoint.url": (
                "https://login.microsoft.com/${tenant}/oauth2/v2.0/token"
            ),
            "kafka.sasl.login.callback.handler.class": (
                f"{_OAUTH_CLASSES}.secured.OAuthBearerLoginCallbackHandler"
            ),
        },
    ),
}


def kafka_problems(action: Action, options: Mapping[str, Scalar | None]) -> Iterator[LhpError]:
    """Yield client options without `kafka.` before them, and what a log-in lacks.

    Source: Databricks, "Kafka authentication"; Apache Kafka, "Consumer Configs".

    Args:
        action: A load or a write.
        options: Its `options`, as they go to Spark.
    """
    yield from prefix_problems(action, options, "kafka.", _is_of_client)
    code, needed = _NEEDED.get(options.get(MECHANISM), (KAFKA_MSK_INCOMPLETE, {}))
    for name, example in needed.items():
        if options.get(name) in (None, ""):
            at = action.at(*KINDS[action.kind].path("options", MECHANISM))
            yield code.at(at, name=name, example=example)


def _is_of_client(name: str) -> bool:
    family, dot, _ = name.partition(".")
    return bool(dot) and family in _FAMILIES
