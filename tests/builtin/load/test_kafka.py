from __future__ import annotations

from typing import Any

import pytest

from lhp.errors import LhpErrors

LOAD = (
    "{name: load_a, type: load, target: v_a, source: {type: kafka, bootstrap_servers: 'k:9092'%s}}"
)
TOPIC = ", subscribe: gates"
SERVERS = ("option", "kafka.bootstrap.servers", "k:9092")
IAM = "kafka.sasl.mechanism: AWS_MSK_IAM, kafka.security.protocol: SASL_SSL, kafka.sasl.jaas.config: j"
OAUTH = (
    "kafka.sasl.mechanism: OAUTHBEARER, kafka.security.protocol: SASL_SSL, "
    "kafka.sasl.jaas.config: j, kafka.sasl.oauthbearer.token.endpoint.url: u"
)


def options(more: str) -> str:
    return f"{TOPIC}, options: {{{more}}}"


def chain(*steps: Any) -> list[Any]:
    return [
        ("temporary_view", {}),
        ("spark", "readStream", ("format", "kafka"), *steps, ("load",)),
    ]


@pytest.mark.parametrize(
    ("more", "steps"),
    [
        (TOPIC, [SERVERS, ("option", "subscribe", "gates")]),
        (
            ", subscribePattern: 'gates_.*'",
            [SERVERS, ("option", "subscribePattern", "gates_.*")],
        ),
        (
            ", assign: '{\"gates\": [0, 1]}'",
            [SERVERS, ("option", "assign", '{"gates": [0, 1]}')],
        ),
        (TOPIC + ", readMode: stream", [SERVERS, ("option", "subscribe", "gates")]),
        (
            options("startingOffsets: earliest, n: 5, failOnDataLoss: false, f: 0.5"),
            [
                SERVERS,
                ("option", "subscribe", "gates"),
                ("option", "startingOffsets", "earliest"),
                ("option", "n", 5),
                ("option", "failOnDataLoss", False),
                ("option", "f", 0.5),
            ],
        ),
        # `options` has the last word.
        (
            options("kafka.bootstrap.servers: 'other:1', subscribe: doors"),
            [("option", "kafka.bootstrap.servers", "other:1"), ("option", "subscribe", "doors")],
        ),
        # Names that no client of Kafka has go to Spark, which knows more of them.
        (
            options("kafkaConsumer.pollTimeoutMs: 1, fetchOffset.numRetries: 2, group: x"),
            [
                SERVERS,
                ("option", "subscribe", "gates"),
                ("option", "kafkaConsumer.pollTimeoutMs", 1),
                ("option", "fetchOffset.numRetries", 2),
                ("option", "group", "x"),
            ],
        ),
        (
            options("databricks.serviceCredential: gates"),
            [
                SERVERS,
                ("option", "subscribe", "gates"),
                ("option", "databricks.serviceCredential", "gates"),
            ],
        ),
    ],
)
def test_topics_are_read_with_options(run: Any, executed: Any, more: str, steps: list[Any]) -> None:
    assert executed(run(LOAD % more).code) == chain(*steps)


def test_it_reads_a_stream_and_nothing_of_the_pipeline(run: Any) -> None:
    facts = run(LOAD % TOPIC).facts
    assert (facts.reads, facts.makes, facts.is_streaming) == ((), "v_a", True)


def test_secrets_inside_a_log_in_are_asked_for_when_the_pipeline_runs(
    code: Any, executed: Any
) -> None:
    log_in = """L required user="${secret:db/user}" password='${secret:db/pw}';"""
    text = f"name: a\ntype: load\ntarget: v\nsource:\n  type: kafka\n  bootstrap_servers: k\n  subscribe: t\n  options:\n    kafka.sasl.jaas.config: {log_in}\n    kafka.ssl.key.password: ${{secret:db/key}}\n"
    made = code(text)
    assert '"kafka.ssl.key.password", dbutils.secrets.get(scope="db", key="key")' in made
    assert "db/" not in made
    assert executed(made)[1][5:7] == (
        ("option", "kafka.sasl.jaas.config", "L required user=\"db/user\" password='db/pw';"),
        ("option", "kafka.ssl.key.password", "db/key"),
    )


@pytest.mark.parametrize(
    "more",
    [
        f"{IAM}, kafka.sasl.client.callback.handler.class: h",
        f"{OAUTH}, kafka.sasl.login.callback.handler.class: h",
        # Other mechanisms are the client's matter.
        "kafka.sasl.mechanism: PLAIN",
        "kafka.sasl.mechanism: 5",
    ],
)
def test_a_complete_log_in_is_passed_on(code: Any, more: str) -> None:
    assert '.option("kafka.sasl.mechanism", ' in code(LOAD % options(more))


def test_the_code_is_laid_out_for_readers(code: Any, metadata: Any) -> None:
    text = LOAD.replace("{name", "{description: Gates, name") % options("startingOffsets: earliest")
    assert (
        code(text, metadata=metadata)
        == '''\
@dp.temporary_view()
def v_a():
    """Gates"""
    df = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", "k:9092")
        .option("subscribe", "gates")
        .option("startingOffsets", "earliest")
        .load()
    )
    df = df.withColumn("_file", F.col("_metadata.file_path"))
    df = df.withColumn("_now", F.current_timestamp())
    return df
'''
    )


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", ["LHP-VAL-104 flow.yaml:1"]),
        (TOPIC + ", assign: '{}'", ["LHP-VAL-104 flow.yaml:1"]),
        (TOPIC + ", subscribePattern: g.*, assign: '{}'", ["LHP-VAL-104 flow.yaml:1"]),
        (options("subscribePattern: g.*"), ["LHP-VAL-104 flow.yaml:1"]),
        (TOPIC + ", readMode: batch", ["LHP-VAL-068 flow.yaml:1"]),
        (TOPIC + ", subscribe_pattern: g.*", ["LHP-CFG-001 flow.yaml:1"]),
        (TOPIC + ", startingOffsets: earliest", ["LHP-CFG-001 flow.yaml:1"]),
        # A list would reach Spark as the text that Python makes of it.
        (", subscribe: [a, b]", ["LHP-VAL-100 flow.yaml:1"]),
        (options("a: [1]"), ["LHP-VAL-100 flow.yaml:1"]),
        (
            options("bootstrap.servers: a, group.id: b, ssl.keystore.location: c"),
            ["LHP-CFG-171 flow.yaml:1"] * 3,
        ),
        (options("sasl.mechanism: AWS_MSK_IAM"), ["LHP-CFG-171 flow.yaml:1"]),
        (options(IAM), ["LHP-VAL-017 flow.yaml:1"]),
        (options("kafka.sasl.mechanism: AWS_MSK_IAM"), ["LHP-VAL-017 flow.yaml:1"] * 3),
        # An empty option is as good as none.
        (
            options(IAM + ", kafka.sasl.client.callback.handler.class: ''"),
            ["LHP-VAL-017 flow.yaml:1"],
        ),
        (options(OAUTH), ["LHP-VAL-018 flow.yaml:1"]),
        (options("kafka.sasl.mechanism: OAUTHBEARER"), ["LHP-VAL-018 flow.yaml:1"] * 4),
    ],
)
def test_mistakes_are_found(problems: Any, more: str, expected: list[str]) -> None:
    assert problems(LOAD % more) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("bootstrap", "x-bootstrap", ["LHP-VAL-102 flow.yaml:1"]),
        ("k:9092", "", ["LHP-VAL-105 flow.yaml:1"]),
        ("gates", "''", ["LHP-VAL-105 flow.yaml:1"]),
    ],
)
def test_it_needs_servers_and_topics(
    problems: Any, old: str, new: str, expected: list[str]
) -> None:
    assert problems((LOAD % TOPIC).replace(old, new)) == expected


def test_an_incomplete_log_in_says_what_to_add(run: Any) -> None:
    with pytest.raises(LhpErrors) as caught:
        run(LOAD % options(IAM))
    (problem,) = caught.value.problems
    handler = "shadedmskiam.software.amazon.msk.auth.iam.IAMClientCallbackHandler"
    assert problem.hint == f"add it: kafka.sasl.client.callback.handler.class: {handler}"


def test_an_option_without_prefix_says_its_full_name(run: Any) -> None:
    with pytest.raises(LhpErrors) as caught:
        run(LOAD % options("group.id: b"))
    (problem,) = caught.value.problems
    assert problem.message == "the option 'group.id' lacks its prefix"
    assert problem.hint == "write 'kafka.group.id'"


@pytest.mark.parametrize(
    "name",
    [
        *("bootstrap.servers", "group.id", "session.timeout.ms", "heartbeat.interval.ms"),
        *("max.poll.records", "max.poll.interval.ms", "auto.offset.reset", "enable.auto.commit"),
        *("ssl.truststore.location", "ssl.key.password", "sasl.mechanism", "sasl.jaas.config"),
        *("security.protocol", "fetch.min.bytes", "fetch.max.wait.ms", "key.deserializer"),
        *("value.deserializer", "client.id", "client.rack", "retry.backoff.ms"),
        *("reconnect.backoff.ms", "request.timeout.ms"),
    ],
)
def test_every_property_of_a_client_needs_its_prefix(problems: Any, name: str) -> None:
    assert problems(LOAD % options(f"{name}: x")) == ["LHP-CFG-171 flow.yaml:1"]
