from __future__ import annotations

from typing import Any

import pytest

CALL = "{name: py, type: transform, transform_type: python, source: %s, target: v_b, module_path: py/tides.py, function_name: %s}"
FILES = {"py/tides.py": "def f(*_): ...\nv_a_df = v_b = 1\n"}
VIEW = ("temporary_view", {})


def read(view: str, reader: str = "read") -> tuple[Any, ...]:
    return ("spark", reader, ("table", view))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("v_a", (("f", read("v_a"), ("spark",), {}),)),
        ("[v_a]", (("f", read("v_a"), ("spark",), {}),)),
        ("{view: v_a}", (("f", read("v_a"), ("spark",), {}),)),
        ("[]", (("f", ("spark",), {}),)),
        # A table's dots and dashes are no part of a Python name.
        ("c.s.my-table", (("f", read("c.s.my-table"), ("spark",), {}),)),
        ("2024_a", (("f", read("2024_a"), ("spark",), {}),)),
    ],
)
def test_the_function_gets_the_rows(run: Any, executed: Any, source: str, expected: Any) -> None:
    made = run(CALL % (source, "f"), files=FILES)
    assert executed(made.code) == [VIEW, expected]
    assert made.imports == ("from custom_python_functions.tides import f",)
    assert list(made.files) == [
        "custom_python_functions/__init__.py",
        "custom_python_functions/tides.py",
    ]


@pytest.mark.parametrize(
    ("source", "name", "code_lines"),
    [
        (
            "[a, b.c]",
            "f",
            '    a_df = spark.readStream.table("a")\n    b_c_df = spark.readStream.table("b.c")\n    parameters = {"days": 1}\n    df = f([a_df, b_c_df], spark, parameters)\n',
        ),
        # Two sources of one spelling, and a function of the same name, stay apart.
        (
            "[v-a, v_a]",
            "v_a_df",
            '    v_a_df_ = spark.readStream.table("v-a")\n    v_a_df__ = spark.readStream.table("v_a")\n    parameters = {"days": 1}\n    df = v_a_df([v_a_df_, v_a_df__], spark, parameters)\n',
        ),
    ],
)
def test_the_code_is_laid_out_for_readers(
    code: Any, metadata: Any, source: str, name: str, code_lines: str
) -> None:
    text = CALL.replace("}", ", readMode: stream, parameters: {days: 1}}") % (source, name)
    assert code(text, files=FILES, metadata=metadata) == (
        '@dp.temporary_view()\ndef v_b():\n    """py"""\n'
        + code_lines
        + '    df = df.withColumn("_file", F.col("_metadata.file_path"))\n'
        '    df = df.withColumn("_now", F.current_timestamp())\n    return df\n'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CALL % ("v_a", "g"), ["LHP-IO-004 flow.yaml:1"]),
        (CALL % ("v_a", "v_b"), ["LHP-VAL-165 flow.yaml:1"]),
        (CALL % ("[v_a, {vew: x}]", "f"), ["LHP-VAL-161 flow.yaml:1"]),
        (CALL.replace("function_name: %s", "parameters: {}") % "v_a", ["LHP-VAL-102 flow.yaml:1"]),
        (CALL.replace("source: %s, ", "") % "f", ["LHP-VAL-102 flow.yaml:1"]),
    ],
)
def test_mistakes_are_found(problems: Any, text: str, expected: list[str]) -> None:
    assert problems(text, files=FILES) == expected
