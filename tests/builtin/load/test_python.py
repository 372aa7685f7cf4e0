from __future__ import annotations

from typing import Any

import pytest

LOAD = "{name: load_a, type: load, target: v_a, source: {type: python, module_path: %s}}"
FILES = {
    "py/tides.py": "from lib.sea import level\ndef get_df(spark, parameters):\n    return level\ndef v_a(): ...\ndp = spark = df = 1\n",
    "py/lib/sea.py": "level = 1\n",
    "py/star.py": "from other import *\n",
    "py/broken.py": "def get_df(:\n",
    "top.py": "from x import get_df\n",
    "py/a-b.py": "def get_df(): ...\n",
    "py/text.txt": "",
}
COPIES = [
    f"custom_python_functions/{name}"
    for name in ("__init__.py", "lib/__init__.py", "lib/sea.py", "tides.py")
]


@pytest.mark.parametrize(
    ("more", "parameters"),
    [
        ("py/tides.py", {}),
        ("./py/../py/tides.py", {}),
        ("py\\tides.py", {}),
        # Nothing behind a key is as good as no key.
        ("py/tides.py, parameters: null", {}),
        (
            "py/tides.py, parameters: {a: 1, b: [x, null], c: {d: 1.5}}",
            {"a": 1, "b": ["x", None], "c": {"d": 1.5}},
        ),
    ],
)
def test_the_function_is_copied_and_called(
    run: Any, executed: Any, more: str, parameters: Any
) -> None:
    made = run(LOAD % more, files=FILES)
    code = made.code.replace("get_df", "f")
    assert executed(code) == [("temporary_view", {}), (("f", ("spark",), parameters),)]
    assert made.imports == ("from custom_python_functions.tides import get_df",)
    assert list(made.files) == COPIES
    assert "from custom_python_functions.lib.sea import level" in made.files[COPIES[-1]]


def test_the_code_is_laid_out_for_readers(code: Any, metadata: Any) -> None:
    assert (
        code(LOAD % "py/tides.py, parameters: {days: 3}", files=FILES, metadata=metadata)
        == '''\
@dp.temporary_view()
def v_a():
    """load_a"""
    parameters = {"days": 3}
    df = get_df(spark, parameters)
    df = df.withColumn("_file", F.col("_metadata.file_path"))
    df = df.withColumn("_now", F.current_timestamp())
    return df
'''
    )


@pytest.mark.parametrize("path", ["top.py", "py/star.py, function_name: anything"])
def test_an_imported_function_will_do(problems: Any, path: str) -> None:
    assert problems(LOAD % path, files=FILES) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("py/absent.py", ["LHP-IO-001 nowhere"]),
        ("py/text.txt", ["LHP-TXT-102 flow.yaml:1"]),
        ("py/a-b.py", ["LHP-TXT-102 flow.yaml:1"]),
        ("py/broken.py", ["LHP-TXT-101 py/broken.py:1"]),
        ("py/tides.py, function_name: get_d", ["LHP-IO-004 flow.yaml:1"]),
        ("py/tides.py, function_name: a b", ["LHP-VAL-101 flow.yaml:1"]),
        # It would be taken for the view, and the view for it.
        ("py/tides.py, function_name: v_a", ["LHP-VAL-165 flow.yaml:1"]),
        ("py/tides.py, function_name: df", ["LHP-VAL-165 flow.yaml:1"]),
        ("py/tides.py, parameters: [1]", ["LHP-VAL-100 flow.yaml:1"]),
    ],
)
def test_mistakes_are_found(problems: Any, more: str, expected: list[str]) -> None:
    assert problems(LOAD % more, files=FILES) == expected
