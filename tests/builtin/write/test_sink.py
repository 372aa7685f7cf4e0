from __future__ import annotations

from typing import Any

import pytest

from lhp.model.flowgroup import SecretReference
from lhp.model.source import map_text

WRITE = "{name: out, type: write, source: %s, write_target: {type: sink, sink_name: s, %s}}"
DELTA = "sink_type: delta, options: {path: /x}"
KAFKA = "sink_type: kafka, bootstrap_servers: 'k1:9092', topic: t"
CUSTOM = "sink_type: custom, module_path: py/gate.py, custom_sink_class: %s"
BATCH = "sink_type: foreachbatch, batch_handler: %s"
OAUTH = {
    "kafka.sasl.mechanism": "OAUTHBEARER",
    "kafka.security.protocol": "SASL_SSL",
    "kafka.sasl.jaas.config": "j",
    "kafka.sasl.oauthbearer.token.endpoint.url": "u",
    "kafka.sasl.login.callback.handler.class": "c",
}
FILES = {
    "py/gate.py": """\
from pyspark.sql.datasource import DataSource
from elsewhere import Imported

FORMAT = "computed"


class Gate(DataSource):
    @classmethod
    def name(cls):
        '''The name.'''
        return "gate_api"


class Child(Gate):
    pass


class Unnamed(DataSource):
    pass


class Next(DataSource):
    @classmethod
    def name(cls):
        return "next_api"


class Computed(DataSource):
    @classmethod
    def name(cls):
        return FORMAT


class Foreign(Imported):
    pass
""",
    "py/batch.py": "# one batch\ndf.write.saveAsTable('a.b.c')\n",
    "py/broken.py": "x = 1\ny = (\n",
}


def flow(name: str, comment: str) -> Any:
    return ("append_flow", {"target": "s", "name": name, "comment": comment})


def read(view: str) -> Any:
    return ("spark", "readStream", ("table", view))


def created(form: str, **options: Any) -> Any:
    return ("create_sink", {"name": "s", "format": form, "options": options})


@pytest.mark.parametrize(
    ("source", "keys", "expected"),
    [
        (
            "v_a",
            "sink_type: delta, options: {tableName: a.b.c}",
            [
                created("delta", tableName="a.b.c"),
                flow("f_s_1", "Delta sink to a.b.c"),
                read("v_a"),
            ],
        ),
        (
            "[v_a, {view: v_b}]",
            "sink_type: delta, options: {path: /x, mergeSchema: true, n: 3}",
            [
                created("delta", path="/x", mergeSchema=True, n=3),
                flow("f_s_1", "Delta sink to external table"),
                flow("f_s_2", "Delta sink to external table"),
                read("v_a"),
                read("v_b"),
            ],
        ),
        (
            "v_a",
            f"{DELTA}, comment: hi, description: for people",
            [created("delta", path="/x"), flow("f_s_1", "hi"), read("v_a")],
        ),
        # How the action says it reads has no effect: a sink takes streams.
        (
            "v_a, description: do, readMode: batch, once: true",
            f"{DELTA}, comment: hi",
            [created("delta", path="/x"), flow("f_s_1", "do"), read("v_a")],
        ),
    ],
)
def test_a_delta_sink_has_one_flow_for_each_source(
    run: Any, executed: Any, source: str, keys: str, expected: list[Any]
) -> None:
    made = run(WRITE % (source, keys))
    assert executed(made.code) == expected
    facts = made.facts
    assert (facts.table, facts.makes, facts.creates, facts.is_streaming) == ("", "", False, True)


def test_a_kafka_sink_is_laid_out_for_readers(code: Any, metadata: Any) -> None:
    text = WRITE % ("v_a", f"{KAFKA}, options: {{kafka.retries: 3, topic: other}}")
    assert (
        code(text, metadata=metadata)
        == '''\
dp.create_sink(
    name="s",
    format="kafka",
    options={
        "kafka.bootstrap.servers": "k1:9092",
        "topic": "other",
        "kafka.retries": 3,
    },
)


@dp.append_flow(target="s", name="f_s_1", comment="Kafka sink to t")
def f_s_1():
    """Kafka sink to t"""
    df = spark.readStream.table("v_a")
    df = df.withColumn("_file", F.col("_metadata.file_path"))
    df = df.withColumn("_now", F.current_timestamp())
    if "value" not in df.columns:
        raise ValueError(
            "a Kafka sink needs a column named value; let a transform make it"
        )
    return df
'''
    )


def test_a_kafka_sink_with_oauth_is_an_event_hub(run: Any) -> None:
    made = run(WRITE % ("v_a", f"{KAFKA}, options: {OAUTH}"))
    assert 'comment="Event Hubs sink to t"' in made.code.replace("'", '"')


def test_secrets_in_options_become_calls(code: Any) -> None:
    text = WRITE % ("v_a", "sink_type: delta, options: {path: /x, key: HERE, mixed: 'p=HERE;'}")
    made = code(text, change=_with_secret)
    call = 'dbutils.secrets.get(scope="db", key="pw")'
    assert f'"key": {call}' in made
    assert f'"mixed": ("p=" + {call} + ";")' in made


def _with_secret(data: Any) -> Any:
    mark = str(SecretReference("db", "pw"))
    return map_text(data, lambda text, _: text.replace("HERE", mark))


@pytest.mark.parametrize(
    ("name", "form"),
    [
        # A docstring does not hide the name, and no other class's name is taken for it.
        ("Gate", '"gate_api"'),
        ("Child", '"gate_api"'),
        ("Unnamed", '"Unnamed"'),
        # What the file does not say plainly is asked of the class when the pipeline runs.
        ("Computed", "Computed.name()"),
        ("Foreign", "Foreign.name()"),
        ("Imported", "Imported.name()"),
    ],
)
def test_a_custom_sink_is_registered_under_its_format(code: Any, name: str, form: str) -> None:
    text = WRITE % ("v_a", f"{CUSTOM % name}, options: {{n: 2}}")
    assert (
        code(text, files=FILES)
        == f'''\
_lhp_cloudpickle.register_pickle_by_value(custom_python_functions)
spark.dataSource.register({name})
dp.create_sink(name="s", format={form}, options={{"n": 2}})


@dp.append_flow(target="s", name="f_s_1", comment="Custom sink: {name}")
def f_s_1():
    """Custom sink: {name}"""
    df = spark.readStream.table("v_a")
    return df
'''
    )


def test_the_module_of_a_custom_sink_is_copied_and_imported(run: Any) -> None:
    made = run(WRITE % ("v_a", CUSTOM % "Gate"), files=FILES)
    assert made.imports == (
        "from custom_python_functions.gate import Gate",
        "import custom_python_functions",
        "from pyspark import cloudpickle as _lhp_cloudpickle",
    )
    assert list(made.files) == [
        "custom_python_functions/__init__.py",
        "custom_python_functions/gate.py",
    ]


@pytest.mark.parametrize(
    "keys",
    [
        BATCH % "\"# one batch\\ndf.write.saveAsTable('a.b.c')\\n\"",
        "sink_type: foreachbatch, module_path: py/batch.py",
    ],
)
def test_a_batch_handler_becomes_a_function(code: Any, keys: str) -> None:
    assert (
        code(WRITE % ("v_a", keys), files=FILES)
        == '''\
@dp.foreach_batch_sink(name="s")
def s(df, batch_id):
    """ForEachBatch sink: out"""
    # one batch
    df.write.saveAsTable("a.b.c")


@dp.append_flow(target="s", name="f_s_1", comment="ForEachBatch sink: out")
def f_s_1():
    """ForEachBatch sink: out"""
    df = spark.readStream.table("v_a")
    return df
'''
    )


def test_texts_of_several_lines_in_a_batch_handler_keep_their_blanks(run: Any) -> None:
    handler = r'"if True:\n    x = \"\"\"a\n  b\n\"\"\"\n    spark.sql(x)\nreturn\n"'
    made = run(WRITE % ("v_a", BATCH % handler))
    assert (
        '    if True:\n        x = """a\n  b\n"""\n        spark.sql(x)\n    return\n' in made.code
    )


@pytest.mark.parametrize(
    ("handler", "line"),
    [
        ("spark.sql('HERE')", "    spark.sql(%s)"),
        ("x = 'ä', 'a' 'b=HERE;HERE'", "    x = 'ä', ('ab=' + %s + ';' + %s)"),
    ],
)
def test_a_secret_in_a_text_of_a_batch_handler_becomes_a_call(
    run: Any, handler: str, line: str
) -> None:
    made = run(WRITE % ("v_a", BATCH % f'"{handler}"'), change=_with_secret)
    call = 'dbutils.secrets.get(scope="db", key="pw")'
    assert line.replace("%s", call) in made.code


def test_a_comment_of_a_batch_sink_does_nothing_but_warn(run: Any) -> None:
    made = run(WRITE % ("v_a", f"{BATCH % 'pass'}, comment: hi"))
    assert [each.code.id for each in made.problems] == ["LHP-VAL-181"]
    assert made.problems[0].is_warning
    assert "comment='ForEachBatch sink: out'" in made.code


@pytest.mark.parametrize("handler", ["x = HERE", "x = b'HERE'"])
def test_a_secret_elsewhere_in_a_batch_handler_is_refused(problems: Any, handler: str) -> None:
    text = WRITE % ("v_a", BATCH % f'"{handler}"')
    assert problems(text, change=_with_secret) == ["LHP-VAL-169 flow.yaml:1"]


@pytest.mark.parametrize(
    ("source", "keys", "expected"),
    [
        ("v", "sink_type: eventhubs", ["LHP-VAL-103"]),
        ("v", "sink_type: delta", ["LHP-VAL-104"]),
        ("v", "sink_type: delta, options: {path: /x, tableName: a.b.c}", ["LHP-VAL-104"]),
        ("v", "sink_type: delta, options: {tableName: b.c}", ["LHP-VAL-022"]),
        ("v", f"{DELTA}, catalog: c", ["LHP-CFG-001"]),
        ("[]", DELTA, ["LHP-VAL-161"]),
        ("v", "sink_type: kafka, topic: t", ["LHP-VAL-102"]),
        ("v", "sink_type: kafka", ["LHP-VAL-102", "LHP-VAL-102"]),
        ("v", f"{KAFKA}, options: {{security.protocol: x}}", ["LHP-CFG-171"]),
        ("v", f"{KAFKA}, options: {{kafka.sasl.mechanism: AWS_MSK_IAM}}", ["LHP-VAL-017"] * 3),
        ("v", f"{KAFKA}, options: {{kafka.sasl.mechanism: OAUTHBEARER}}", ["LHP-VAL-018"] * 4),
        ("v", "sink_type: custom", ["LHP-VAL-102", "LHP-VAL-102"]),
        ("v", CUSTOM % "Gat", ["LHP-IO-004"]),
        ("v", CUSTOM % "dp", ["LHP-VAL-165", "LHP-IO-004"]),
        ("v", "sink_type: custom, module_path: no.py, custom_sink_class: A", ["LHP-IO-001"]),
        ("v", "sink_type: foreachbatch", ["LHP-VAL-001"]),
        ("v", BATCH % "' '", ["LHP-VAL-001"]),
        ("v", f"{BATCH % 'pass'}, module_path: py/batch.py", ["LHP-VAL-104"]),
        ("[v, w]", BATCH % "pass", ["LHP-VAL-105"]),
        ("v", BATCH % "'x ='", ["LHP-VAL-168"]),
        ("v", BATCH % "'break'", ["LHP-VAL-168"]),
        ("v", "sink_type: foreachbatch, module_path: py/broken.py", ["LHP-VAL-168"]),
    ],
)
def test_mistakes_are_found(problems: Any, source: str, keys: str, expected: list[str]) -> None:
    found = problems(WRITE % (source, keys), files=FILES)
    assert [each.split()[0] for each in found] == expected
    place = "nowhere" if "no.py" in keys else "flow.yaml:1"
    assert {each.split()[1] for each in found} == {place}


@pytest.mark.parametrize(
    ("name", "keys", "expected"),
    [
        ("a-b", DELTA, ["LHP-VAL-101 flow.yaml:1"]),
        ("2a", DELTA, []),
        ("2a", BATCH % "pass", ["LHP-VAL-101 flow.yaml:1"]),
        ("spark", BATCH % "pass", ["LHP-VAL-165 flow.yaml:1"]),
        ("v_b", BATCH % "pass", ["LHP-VAL-165 flow.yaml:1"]),
        ("v_b", DELTA, []),
        ("taken", DELTA, ["LHP-VAL-163 flow.yaml:1"]),
    ],
)
def test_a_sink_has_a_name_of_its_own(
    problems: Any, name: str, keys: str, expected: list[str]
) -> None:
    text = (WRITE % ("v", keys)).replace("sink_name: s", f"sink_name: {name}")
    others = "[{name: a, type: load, target: v_b, source: {}}, {name: b, type: write, write_target: {sink_name: taken}}]"
    assert problems(text, others=others) == expected


def test_a_key_of_another_type_of_sinks_is_told(warnings_of: Any) -> None:
    # A preset for all sinks may give it.
    assert warnings_of(WRITE % ("v", f"{DELTA}, topic: t")) == ["LHP-VAL-167 flow.yaml:1"]
