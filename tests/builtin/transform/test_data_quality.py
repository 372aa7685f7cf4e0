from __future__ import annotations

from typing import Any

import pytest

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
        (CHECK % (FILE + ", mode: quarantine"), ["LHP-VAL-103 flow.yaml:1"]),
        (CHECK % ", expectations_file: absent.yaml", ["LHP-IO-001 nowhere"]),
        (CHECK % ", expectations_file: twice.yaml", ["LHP-TXT-105 twice.yaml:2"]),
        (CHECK % ", expectations: [{name: a}]", ["LHP-VAL-102 flow.yaml:1"]),
        (CHECK.replace("v_a", "[v_a]") % FILE, ["LHP-VAL-100 flow.yaml:1"]),
        (CHECK.replace("v_a", "''") % FILE, ["LHP-VAL-161 flow.yaml:1"]),
        (CHECK.replace("v_a", "{veiw: v_a}") % FILE, ["LHP-VAL-161 flow.yaml:1"]),
    ],
)
def test_mistakes_are_found(problems: Any, text: str, expected: list[str]) -> None:
    assert problems(text, files=FILES) == expected
