from __future__ import annotations

from typing import Any

import pytest

from lhp.errors import LhpErrors

LOAD = "{name: load_a, type: load, target: v_a, source: {type: cloudfiles, path: /in/*.csv, format: csv%s}}"
SCHEMA = """\
columns:
  - {name: id, type: BIGINT, nullable: false}
  - {name: order no, type: "DECIMAL(10,2)", comment: it's "it"}
"""
FILES = {
    "s.yaml": SCHEMA,
    "s.json": '{"columns": [{"name": "a", "type": "STRING"}]}',
    "s.ddl": "a INT,\nb STRUCT<c: INT, d: INT> -- c\n",
}
START = [("temporary_view", {})]


def chain(*steps: Any) -> list[Any]:
    return [
        *START,
        ("spark", "readStream", ("format", "cloudFiles"), *steps, ("load", "/in/*.csv")),
    ]


FORMAT = ("option", "cloudFiles.format", "csv")


@pytest.mark.parametrize(
    ("more", "steps"),
    [
        ("", [FORMAT]),
        (
            ", options: {header: true, n: 5, x: '5'}",
            [("option", "header", True), ("option", "n", 5), ("option", "x", "5"), FORMAT],
        ),
        (
            ", reader_options: {a: 1}, options: {b: 2}",
            [("option", "b", 2), ("option", "a", 1), FORMAT],
        ),
        (
            ", format_options: {sep: ';', csv.quote: x}",
            [("option", "csv.sep", ";"), ("option", "csv.quote", "x"), FORMAT],
        ),
        # What `options` says of the format wins over `format`.
        (", options: {cloudFiles.format: text}", [("option", "cloudFiles.format", "text")]),
        (", reader_options: {cloudFiles.format: text}", [("option", "cloudFiles.format", "text")]),
        (
            ", schema_infer_column_types: true, max_files_per_trigger: 5",
            [
                ("option", "cloudFiles.inferColumnTypes", "true"),
                ("option", "cloudFiles.maxFilesPerTrigger", 5),
                FORMAT,
            ],
        ),
        (
            ", schema_location: /l, schema_evolution_mode: none, rescue_data_column: _r",
            [
                ("option", "cloudFiles.schemaLocation", "/l"),
                ("option", "cloudFiles.schemaEvolutionMode", "none"),
                ("option", "cloudFiles.rescueDataColumn", "_r"),
                FORMAT,
            ],
        ),
        (
            ", options: {cloudFiles.schemaHints: 'a INT, b DATE'}",
            [("option", "cloudFiles.schemaHints", "a INT, b DATE"), FORMAT],
        ),
        # A slash in DDL does not make it the path of a file.
        (
            ", options: {cloudFiles.schemaHints: \"a INT COMMENT 'n/a'\"}",
            [("option", "cloudFiles.schemaHints", "a INT COMMENT 'n/a'"), FORMAT],
        ),
        (
            ", options: {cloudFiles.schemaHints: s.yaml}",
            [
                FORMAT,
                (
                    "option",
                    "cloudFiles.schemaHints",
                    "id BIGINT NOT NULL, `order no` DECIMAL(10,2)",
                ),
            ],
        ),
        # A file of hints is read wherever the option stands.
        (
            ", reader_options: {cloudFiles.schemaHints: s.ddl}",
            [FORMAT, ("option", "cloudFiles.schemaHints", "a INT, b STRUCT<c: INT, d: INT>")],
        ),
        (
            ", options: {cloudFiles.schemaHints: s.ddl}",
            [FORMAT, ("option", "cloudFiles.schemaHints", "a INT, b STRUCT<c: INT, d: INT>")],
        ),
    ],
)
def test_the_reader_is_a_chain_of_options(
    run: Any, executed: Any, more: str, steps: list[Any]
) -> None:
    made = run(LOAD % more, files=FILES)
    assert executed(made.code) == chain(*steps)


@pytest.mark.parametrize(
    "more", [", schema: s.yaml", ", schema: {file: s.yaml}", ", schema_file: s.yaml"]
)
def test_a_schema_file_becomes_a_struct_type(run: Any, executed: Any, more: str) -> None:
    made = run(LOAD % more, files=FILES)
    fields = [
        (("StructField", "id", (("LongType",),), False),),
        (("StructField", "order no", (("DecimalType", 10, 2),), True, {"comment": 'it\'s "it"'}),),
    ]
    assert executed(made.code) == chain(("schema", (("StructType", *fields),)), FORMAT)
    assert made.imports == tuple(
        f"from pyspark.sql.types import {name}"
        for name in ("DecimalType", "LongType", "StructField", "StructType")
    )


def test_the_code_is_laid_out_for_readers(code: Any, metadata: Any) -> None:
    text = LOAD % ", schema: s.json, options: {header: true}"
    assert (
        code(text, files=FILES, metadata=metadata)
        == '''\
@dp.temporary_view()
def v_a():
    """load_a"""
    schema = StructType(
        [
            StructField("a", StringType(), True),
        ]
    )
    df = (
        spark.readStream.format("cloudFiles")
        .schema(schema)
        .option("header", True)
        .option("cloudFiles.format", "csv")
        .load("/in/*.csv")
    )
    df = df.withColumn("_file", F.col("_metadata.file_path"))
    df = df.withColumn("_now", F.current_timestamp())
    return df
'''
    )


def test_it_streams_and_makes_its_view(run: Any) -> None:
    facts = run(LOAD % "").facts
    assert (facts.makes, facts.reads, facts.table, facts.is_streaming) == ("v_a", (), "", True)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (", readMode: batch", ["LHP-VAL-068 flow.yaml:1"]),
        (", readMode: streaming", ["LHP-VAL-068 flow.yaml:1"]),
        (", options: {maxFilesPerTrigger: 5}", ["LHP-CFG-171 flow.yaml:1"]),
        (", options: {cleanSource.moveDestination: /x}", ["LHP-CFG-171 flow.yaml:1"]),
        (
            ", max_files_per_trigger: 5, options: {cloudFiles.maxFilesPerTrigger: 5}",
            ["LHP-VAL-104 flow.yaml:1"],
        ),
        (", schema: s.yaml, schema_file: s.yaml", ["LHP-VAL-104 flow.yaml:1"]),
        (", schema: s.yaml, options: {cloudFiles.schemaHints: a INT}", ["LHP-VAL-104 flow.yaml:1"]),
        (
            ", schema_file: s.yaml, reader_options: {cloudFiles.schemaHints: a INT}",
            ["LHP-VAL-104 flow.yaml:1"],
        ),
        (", schema: a INT", ["LHP-CFG-067 flow.yaml:1"]),
        (", schema_file: s.ddl", ["LHP-CFG-067 flow.yaml:1"]),
        (", schema: absent.yaml", ["LHP-IO-001 nowhere"]),
        (", mode: stream", ["LHP-CFG-001 flow.yaml:1"]),
        (", options: {a: [1]}", ["LHP-VAL-100 flow.yaml:1"]),
    ],
)
def test_mistakes_are_found(problems: Any, more: str, expected: list[str]) -> None:
    assert problems(LOAD % more, files=FILES) == expected


@pytest.mark.parametrize("given", ["path: /in/*.csv", "format: csv"])
def test_path_and_format_are_not_empty(problems: Any, given: str) -> None:
    text = (LOAD % "").replace(given, f"{given.split(maxsplit=1)[0]} ''")
    assert problems(text) == ["LHP-VAL-105 flow.yaml:1"]


def test_batch_on_the_action_is_found_too(problems: Any) -> None:
    text = "name: a\ntype: load\ntarget: v\nreadMode: batch\nsource: {type: cloudfiles, path: x, format: csv}\n"
    assert problems(text) == ["LHP-VAL-068 flow.yaml:4"]


@pytest.mark.parametrize(
    "name",
    [
        *("format", "schemaLocation", "inferColumnTypes", "maxFilesPerTrigger", "maxFileAge"),
        *("maxBytesPerTrigger", "schemaEvolutionMode", "rescueDataColumn", "includeExistingFiles"),
        *("partitionColumns", "schemaHints", "allowOverwrites", "backfillInterval", "cleanSource"),
        *("cleanSource.retentionDuration", "cleanSource.moveDestination", "useIncrementalListing"),
        *("fetchParallelism", "pathRewrites", "resourceTag", "useManagedFileEvents"),
        *("useNotifications", "validateOptions", "useStrictGlobber"),
    ],
)
def test_an_option_of_auto_loader_without_its_prefix_is_told(run: Any, name: str) -> None:
    with pytest.raises(LhpErrors) as caught:
        run(LOAD % f", options: {{{name}: x}}")
    (problem,) = caught.value.problems
    assert problem.hint == f"write 'cloudFiles.{name}'"


def test_an_option_that_auto_loader_does_not_know_needs_no_prefix(code: Any) -> None:
    assert '.option("multiLine", True)' in code(LOAD % ", options: {multiLine: true}")


def test_an_option_without_a_value_is_the_word_none_with_a_warning(
    run: Any, warnings_of: Any
) -> None:
    source = (
        "{type: cloudfiles, path: /a, format: csv, options: {a: null}, format_options: {b: null}}"
    )
    text = f"{{name: l, type: load, target: v, source: {source}}}"
    code = run(text).code.replace("'", '"')
    assert '.option("a", "None")' in code
    assert '.option("csv.b", "None")' in code
    assert warnings_of(text) == ["LHP-VAL-187 flow.yaml:1"] * 2


def test_a_column_of_another_type_is_text_with_a_warning(run: Any, warnings_of: Any) -> None:
    text = "{name: l, type: load, target: v, source: {type: cloudfiles, path: /a, format: csv, schema: s.yaml}}"
    files = {"s.yaml": "columns:\n  - {name: a, type: INT}\n  - {name: b, type: ARRAY<INT>}\n"}
    code = run(text, files=files).code
    assert "IntegerType()" in code
    assert "StringType()" in code
    assert "ArrayType" not in code
    assert warnings_of(text, files=files) == ["LHP-TXT-108 s.yaml:3"]
