"""Options of Auto Loader: each is followed, ignored with a reason, or refused with a way out."""

from __future__ import annotations

import pytest

from lhp.run.landing_options import ReaderPlan, reader_plan


def plan_of(given_schema: str | None = None, /, **options: object) -> ReaderPlan:
    named = {name.replace("__", "."): value for name, value in options.items()}
    return reader_plan({"cloudFiles.format": "csv", **named}, "/in/orders", given_schema)


def test_options_of_the_reader_go_on_and_those_of_auto_loader_do_not() -> None:
    plan = plan_of(header=True, delimiter=";", cloudFiles__maxFilesPerTrigger=100)
    assert plan.format == "csv"
    assert plan.options == {"header": "true", "delimiter": ";"}
    assert plan.stream_options == {"maxFileAge": "36500d", "maxFilesPerTrigger": "100"}
    assert plan.done == ("cloudFiles.format", "cloudFiles.maxFilesPerTrigger")
    assert not plan.ignored
    assert not plan.unsupported


def test_names_and_values_are_read_in_any_case() -> None:
    plan = plan_of(CLOUDFILES__InferColumnTypes="TRUE", cloudFiles__schemaEvolutionMode="Rescue")
    assert plan.infers_types
    assert plan.evolution == "rescue"


def test_csv_has_a_header_when_its_columns_are_inferred_and_nothing_says_otherwise() -> None:
    assert plan_of().has_header
    assert not plan_of(Header=False).has_header
    assert not plan_of("id INT").has_header


@pytest.mark.parametrize(
    ("schema", "options", "rescued"),
    [
        (None, {}, "_rescued_data"),
        (None, {"cloudFiles__schemaEvolutionMode": "none"}, None),
        (None, {"cloudFiles__rescuedDataColumn": "rest"}, "rest"),
        (None, {"cloudFiles__rescueDataColumn": "rest"}, "rest"),
        ("id INT", {}, None),
        ("id INT", {"rescuedDataColumn": "rest"}, "rest"),
        (None, {"cloudFiles__format": "text"}, None),
        (None, {"cloudFiles__format": "json", "singleVariantColumn": "v"}, None),
    ],
)
def test_the_column_for_what_does_not_fit(
    schema: str | None, options: dict[str, object], rescued: str | None
) -> None:
    assert plan_of(schema, **options).rescued == rescued


@pytest.mark.parametrize(("schema", "evolution"), [(None, "addNewColumns"), ("id INT", "none")])
def test_columns_evolve_only_when_they_are_inferred(schema: str | None, evolution: str) -> None:
    assert plan_of(schema).evolution == evolution


@pytest.mark.parametrize(
    ("given", "size"), [("10g", 10 * 1024**3), ("5 MB", 5 * 1024**2), ("12", 12), ("3kb", 3072)]
)
def test_sizes_are_given_in_bytes(given: str, size: int) -> None:
    plan = plan_of(cloudFiles__maxBytesPerTrigger=given)
    assert plan.stream_options["maxBytesPerTrigger"] == str(size)


def test_spark_takes_one_limit_only() -> None:
    plan = plan_of(cloudFiles__maxBytesPerTrigger="1g", cloudFiles__maxFilesPerTrigger="5")
    assert "maxBytesPerTrigger" not in plan.stream_options
    assert plan.ignored == ("cloudFiles.maxBytesPerTrigger: maxFilesPerTrigger limits a batch",)
    assert "cloudFiles.maxBytesPerTrigger" not in plan.done


def test_files_of_any_age_are_read_unless_an_age_is_given() -> None:
    assert plan_of().stream_options["maxFileAge"] == "36500d"
    assert plan_of(cloudFiles__maxFileAge="3 days").stream_options["maxFileAge"] == "3 days"


def test_times_of_change_are_kept_apart_as_no_stream_takes_them() -> None:
    plan = plan_of(modifiedAfter="2026-01-01")
    assert plan.modified == {"modifiedAfter": "2026-01-01"}
    assert "modifiedAfter" not in plan.options


@pytest.mark.parametrize(
    ("given", "names"), [(None, None), ("", ()), ("day, shop", ("day", "shop"))]
)
def test_partition_columns(given: str | None, names: tuple[str, ...] | None) -> None:
    options = {} if given is None else {"cloudFiles__partitionColumns": given}
    assert plan_of(**options).partitions == names


@pytest.mark.parametrize(
    "name",
    [
        "cloudFiles.useNotifications",
        "cloudFiles.includeExistingFiles",
        "cloudFiles.allowOverwrites",
        "cloudFiles.schemaLocation",
        "cloudFiles.resourceTag.team",
        "cloudFiles.queueUrl",
        "cloudFiles.cleanSource",
        "badRecordsPath",
        "readerCaseSensitive",
        "csv.delimiter",
        "mode",
    ],
)
def test_what_makes_no_difference_here_is_told_with_the_reason(name: str) -> None:
    plan = reader_plan({"cloudFiles.format": "csv", name: "x"}, "/in")
    (sentence,) = plan.ignored
    assert sentence.lower().startswith(f"{name.lower()}: ")
    assert plan.options == {"header": "true"}
    assert not plan.unsupported


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cloudFiles.format": "delta"}, "cloudFiles.format 'delta': use one of avro,"),
        ({}, "cloudFiles.format '': use one of"),
        ({"cloudFiles.format": "csv", "cloudFiles.colour": "x"}, "cloudFiles.colour is no option"),
        ({"cloudFiles.format": "csv", "skipRows": "2"}, "skipRows: "),
        ({"cloudFiles.format": "csv", "cloudFiles.maxBytesPerTrigger": "lots"}, "'lots': write"),
        ({"cloudFiles.format": "csv", "cloudFiles.schemaEvolutionMode": "x"}, "'x': use one of"),
    ],
)
def test_what_cannot_be_done_is_told_with_a_way_out(options: dict[str, str], words: str) -> None:
    (sentence,) = reader_plan(options, "/in").unsupported
    assert words in sentence


@pytest.mark.parametrize("path", ["s3://b/in", "abfss://c@a.dfs.core.windows.net/in", "dbfs:/in"])
def test_a_path_in_a_cloud_is_told(path: str) -> None:
    (sentence,) = reader_plan({"cloudFiles.format": "csv"}, path).unsupported
    assert sentence.startswith(f"{path}: nothing is read from {path.partition(':')[0]} here")


@pytest.mark.parametrize("path", ["/in/*.csv", "in/orders", "file:/in", "FILE:///in", "/in/a:b"])
def test_a_path_of_this_machine_is_taken(path: str) -> None:
    assert not reader_plan({"cloudFiles.format": "csv"}, path).unsupported


def test_new_columns_need_columns_that_are_inferred() -> None:
    plan = plan_of("id INT", cloudFiles__schemaEvolutionMode="addNewColumns")
    assert "take out the schema" in plan.unsupported[0]


def test_hints_are_ignored_where_the_columns_are_given() -> None:
    plan = plan_of("id INT", cloudFiles__schemaHints="id STRING")
    assert plan.hints == ""
    assert plan.ignored == ("cloudFiles.schemaHints: the columns are given, not inferred",)
    assert plan.done == ("cloudFiles.format",)


def test_what_is_done_in_another_way_is_told() -> None:
    words = " ".join(plan_of().emulated)
    assert "Spark's file source for csv" in words
    assert "new columns" in words
    assert "_rescued_data" in words
    assert "_rescued_data" not in " ".join(plan_of("id INT").emulated)
