from __future__ import annotations

import ast
from typing import Any

import pytest

from lhp.model.flowgroup import SecretReference
from lhp.model.source import map_text

CHECK = "{name: check, type: transform, transform_type: data_quality, source: v_a, target: v_b%s}"
FILE = ", expectations_file: e.yaml"
FILES = {
    "e.yaml": '"id IS NOT NULL": {action: drop, name: has_id}\n"dues >= 0": {action: fail}\n"note <> \'\'": {}\n',
    "e.json": '{"expectations": [{"constraint": "a > 0", "name": "pos", "failureAction": "FAIL"}, {"expression": "b > 0"}]}',
    "empty.yaml": "expectations: []\n",
    "twice.yaml": "- {name: a, constraint: x}\n- {name: a, constraint: y}\n",
}
VIEW = ("temporary_view", {})
READ = ("spark", "readStream", ("table", "v_a"))


@pytest.mark.parametrize(
    ("more", "declared"),
    [
        (
            FILE,
            [
                ("expect_all_or_fail", {"dues >= 0": "dues >= 0"}, {}),
                ("expect_all_or_drop", {"has_id": "id IS NOT NULL"}, {}),
                ("expect_all", {"note <> ''": "note <> ''"}, {}),
            ],
        ),
        (
            ", expectations_file: e.json, mode: dqe, readMode: stream",
            [
                ("expect_all_or_fail", {"pos": "a > 0"}, {}),
                ("expect_all", {"Constraint failed: b > 0": "b > 0"}, {}),
            ],
        ),
        (", expectations_file: empty.yaml", []),
        # What stands in the action wins; the file is not even opened.
        (
            ", expectations_file: absent.yaml, expectations: [{name: n, expression: a, type: expect_or_drop}]",
            [("expect_all_or_drop", {"n": "a"}, {})],
        ),
        (
            ", expectations: {a > 0: {action: fail}}",
            [("expect_all_or_fail", {"a > 0": "a > 0"}, {})],
        ),
    ],
)
def test_rules_become_expectations(run: Any, executed: Any, more: str, declared: list[Any]) -> None:
    assert executed(run(CHECK % more, files=FILES).code) == [VIEW, *declared, READ]


def test_the_code_is_laid_out_for_readers(code: Any, metadata: Any) -> None:
    assert (
        code(CHECK % FILE, files=FILES, metadata=metadata)
        == '''\
@dp.temporary_view()
@dp.expect_all_or_fail({"dues >= 0": "dues >= 0"})
@dp.expect_all_or_drop({"has_id": "id IS NOT NULL"})
@dp.expect_all({"note <> ''": "note <> ''"})
def v_b():
    """check"""
    df = spark.readStream.table("v_a")
    df = df.withColumns(
        {"_file": F.col("_metadata.file_path"), "_now": F.current_timestamp()}
    )
    return df
'''
    )


def test_imports_of_metadata_columns_come_along(run: Any, metadata: Any) -> None:
    made = run(CHECK % FILE, files=FILES, metadata=metadata)
    assert made.imports == ("import json",)
    assert (made.facts.reads, made.facts.is_streaming) == (("v_a",), True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CHECK % "", ["LHP-VAL-001 flow.yaml:1"]),
        (CHECK % (FILE + ", readMode: batch"), ["LHP-VAL-068 flow.yaml:1"]),
        (CHECK % (FILE + ", mode: keep"), ["LHP-VAL-103 flow.yaml:1"]),
        (CHECK % ", expectations_file: absent.yaml", ["LHP-IO-001 nowhere"]),
        (CHECK % ", expectations_file: twice.yaml", ["LHP-TXT-105 twice.yaml:2"]),
        (CHECK.replace("v_a", "[v_a]") % FILE, ["LHP-VAL-100 flow.yaml:1"]),
        (CHECK.replace("v_a", "''") % FILE, ["LHP-VAL-161 flow.yaml:1"]),
        (CHECK.replace("v_a", "{veiw: v_a}") % FILE, ["LHP-VAL-161 flow.yaml:1"]),
    ],
)
def test_mistakes_are_found(problems: Any, text: str, expected: list[str]) -> None:
    assert problems(text, files=FILES) == expected


TABLES = "dlq_table: a.q.dead, source_table: a.b.T"
QUARANTINE = f", mode: quarantine, quarantine: {{{TABLES}}}"
LISTED = ", expectations: [%s]"
DROP = "{name: has_id, expression: id IS NOT NULL, failureAction: drop}"
RESCUED = '{message: whole, expression: "_rescued_data IS NULL", failureAction: drop}'


def decorated(code: str) -> list[tuple[str, list[str]]]:
    return [
        (each.name, [ast.unparse(part)[3:] for part in each.decorator_list])
        for each in ast.parse(code).body
        if isinstance(each, ast.FunctionDef)
    ]


def test_a_quarantine_keeps_broken_rows_and_brings_mended_ones_back(run: Any) -> None:
    made = run(CHECK % (LISTED % f"{DROP}, {RESCUED}" + QUARANTINE))
    has_id = "'has_id': 'id IS NOT NULL'"
    whole = "'whole': '_rescued_data IS NULL'"
    view = "temporary_view()"
    assert decorated(made.code) == [
        ("_clean_v_a", [view, f"expect_all_or_drop({{{has_id}, {whole}}})"]),
        ("dlq_sink_v_a", ["foreach_batch_sink(name='dlq_sink_v_a')"]),
        ("quarantine_flow_v_a", ["append_flow(target='dlq_sink_v_a', name='quarantine_flow_v_a')"]),
        ("recycle_sink_v_a", ["foreach_batch_sink(name='recycle_sink_v_a')"]),
        ("recycle_flow_v_a", ["append_flow(target='recycle_sink_v_a', name='recycle_flow_v_a')"]),
        # A mended row has no rescued data.
        ("_recycled_v_a", [view, f"expect_all_or_drop({{{has_id}}})"]),
        ("v_b", [view]),
    ]
    assert "NOT ((id IS NOT NULL) AND (_rescued_data IS NULL))" in made.code
    assert "'a.q.dead_outbox'" in made.code
    assert made.imports == (
        "from delta.tables import DeltaTable",
        "from pyspark.sql import functions as F",
        "from pyspark.sql.types import MapType, StringType",
        "from pyspark.sql.window import Window",
    )
    assert (made.facts.reads, made.facts.makes, made.facts.is_streaming) == (("v_a",), "v_b", True)


def test_a_quarantine_adds_metadata_columns_to_all_its_rows(code: Any, metadata: Any) -> None:
    text = code(CHECK % (LISTED % DROP + QUARANTINE), metadata=metadata)
    assert text.endswith(
        """\
    df = spark.readStream.table("_clean_v_a").union(
        spark.readStream.table("_recycled_v_a")
    )
    df = df.withColumns(
        {"_file": F.col("_metadata.file_path"), "_now": F.current_timestamp()}
    )
    return df
"""
    )


def test_the_dead_letter_table_keeps_no_value_of_a_secret(code: Any) -> None:
    rule = '{name: k, expression: "k = HERE", failureAction: drop}'
    mark = str(SecretReference("a", "b"))
    made = code(
        CHECK % (LISTED % rule + QUARANTINE),
        change=lambda data: map_text(data, lambda text, _: text.replace("HERE", mark)),
    )
    assert 'F.lit("k = ${secret:a/b}").alias("rule")' in made
    assert '~F.expr(("k = " + dbutils.secrets.get(scope="a", key="b")))' in made


def test_metadata_columns_are_no_part_of_a_rows_key(run: Any) -> None:
    made = run(CHECK % (LISTED % DROP + QUARANTINE), project_columns=("_mine", "_source_file"))
    names = ["_flowgroup_name", "_ingestion_timestamp", "_mine", "_pipeline_name"]
    assert f"name not in {[*names, '_pipeline_run_id', '_source_file']}" in made.code


def test_what_a_quarantine_makes_is_called_by_its_source(run: Any) -> None:
    text = CHECK.replace("source: v_a", "source: c.s-1.t") % (LISTED % DROP + QUARANTINE)
    made = run(text)
    assert "def _clean_c_s_1_t():" in made.code
    assert made.facts.claims == ("the rows of 'a.b.T' in 'a.q.dead'",)
    assert made.facts.names == ("the view '_clean_c_s_1_t'",)


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ('{name: n, message: m, expression: "a > 0", type: expect_or_drop}', "n"),
        ('{message: m, expression: "a > 0", type: expect_or_drop}', "m"),
        ('{expression: "a > 0", type: expect_or_drop}', "rule_1"),
    ],
)
def test_rules_of_a_quarantine_are_called_by_name_then_by_message(
    run: Any, rule: str, name: str
) -> None:
    made = run(CHECK % (LISTED % f"{DROP}, {rule}" + QUARANTINE))
    assert f"'{name}': 'a > 0'" in made.code


def test_a_rule_of_a_map_is_called_by_its_condition(run: Any) -> None:
    made = run(CHECK % (', expectations: {"a > 0": {action: drop}}' + QUARANTINE))
    assert "{'a > 0': 'a > 0'}" in made.code


def test_only_rules_about_rescued_data_leave_mended_rows_unchecked(run: Any) -> None:
    code = run(CHECK % (LISTED % RESCUED + QUARANTINE)).code
    assert code.count("@dp.expect_all_or_drop") == 1


def test_an_action_other_than_drop_is_a_warning(warnings_of: Any) -> None:
    rules = "{name: a, expression: a, failureAction: warn}, {name: b, expression: b, type: expect_or_fail}"
    assert warnings_of(CHECK % (LISTED % f"{rules}, {DROP}" + QUARANTINE)) == [
        "LHP-VAL-173 flow.yaml:1",
        "LHP-VAL-173 flow.yaml:1",
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (LISTED % DROP + ", mode: quarantine", ["LHP-VAL-102 flow.yaml:1"]),
        (LISTED % DROP + f", quarantine: {{{TABLES}}}", ["LHP-VAL-170 flow.yaml:1"]),
        (LISTED % DROP + f", mode: dqe, quarantine: {{{TABLES}}}", ["LHP-VAL-170 flow.yaml:1"]),
        (
            LISTED % DROP + ", mode: quarantine, quarantine: {dlq_table: a.b.c}",
            ["LHP-VAL-102 flow.yaml:1"],
        ),
        (
            LISTED % DROP + ", mode: quarantine, quarantine: {dlq_table: b.c, source_table: a..c}",
            ["LHP-VAL-171 flow.yaml:1", "LHP-VAL-171 flow.yaml:1"],
        ),
        (
            LISTED % DROP + QUARANTINE.replace("dlq_table", "dlq_tabel"),
            ["LHP-CFG-001 flow.yaml:1"],
        ),
        (", expectations_file: empty.yaml" + QUARANTINE, ["LHP-VAL-172 flow.yaml:1"]),
        (QUARANTINE, ["LHP-VAL-001 flow.yaml:1"]),
        (LISTED % DROP + QUARANTINE + ", readMode: batch", ["LHP-VAL-068 flow.yaml:1"]),
        (
            LISTED
            % "{name: a, message: b, expression: x, failureAction: drop}, {name: a, expression: y, failureAction: drop}"
            + QUARANTINE,
            ["LHP-TXT-105 flow.yaml:1"],
        ),
    ],
)
def test_mistakes_of_a_quarantine_are_found(problems: Any, more: str, expected: list[str]) -> None:
    assert problems(CHECK % more, files=FILES) == expected


def test_a_rule_of_an_unknown_type_is_left_out_with_a_warning(run: Any, warnings_of: Any) -> None:
    text = "{name: q, type: transform, transform_type: data_quality, source: v, target: w, expectations_file: e.yaml}"
    files = {
        "e.yaml": "- {expression: a, name: n, type: EXPECT_OR_FAIL}\n- {expression: b, name: m}"
    }
    assert "'n'" not in run(text, files=files).code.replace('"', "'")
    assert warnings_of(text, files=files) == ["LHP-VAL-176 e.yaml:1"]
    [warning] = run(text, files=files).problems
    assert warning.hint.startswith("write 'expect_or_fail'")
