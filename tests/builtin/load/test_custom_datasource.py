from __future__ import annotations

import ast
from typing import Any

import pytest

from lhp.errors import LhpErrors
from lhp.model.flowgroup import SecretReference

LOAD = "{name: load_a, type: load, target: v_a, source: {type: custom_datasource, module_path: py/ais.py, custom_datasource_class: %s}}"
FILES = {
    "py/ais.py": '''\
from abc import ABC
from lib.sea import Charts, Tides
from pyspark.sql.datasource import DataSource

class Other(DataSource):
    @classmethod
    def name(cls):
        return "other"

class Ais(DataSource):
    @classmethod
    def name(cls):
        """What Spark calls it."""
        return "ais_feed"

class Unnamed(DataSource): ...

class After(DataSource):
    @classmethod
    def name(cls):
        return "after"

class Heir(Ais): ...

class FarHeir(Tides): ...

class Computed(DataSource):
    @classmethod
    def name(cls):
        return PREFIX + "x"

class v_a(DataSource): ...
''',
    "py/lib/sea.py": "from pyspark.sql.datasource import DataSource\nclass Tides(DataSource): ...\nclass Charts(DataSource): ...\n",
    "py/bad.py": "class (:\n",
}
IMPORTS = ("import custom_python_functions", "from pyspark import cloudpickle as _lhp_cloudpickle")


def read_of(code: str) -> str:
    """Return the chain that reads, without spaces at its lines' ends."""
    function = next(each for each in ast.parse(code).body if isinstance(each, ast.FunctionDef))
    assigned = next(each for each in function.body if isinstance(each, ast.Assign))
    return ast.unparse(assigned.value)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("Ais", "spark.readStream.format('ais_feed').load()"),
        ("Ais, readMode: stream", "spark.readStream.format('ais_feed').load()"),
        ("Ais, readMode: batch", "spark.read.format('ais_feed').load()"),
        ("Ais, options: null", "spark.readStream.format('ais_feed').load()"),
        (
            "Ais, options: {limit: 50, live: true}",
            "spark.readStream.format('ais_feed').option('limit', 50).option('live', True).load()",
        ),
        # The class itself counts, not what the next one says.
        ("Unnamed", "spark.readStream.format('Unnamed').load()"),
        ("Heir", "spark.readStream.format('ais_feed').load()"),
        # What the file does not say plainly is asked of the class.
        ("FarHeir", "spark.readStream.format(FarHeir.name()).load()"),
        ("Computed", "spark.readStream.format(Computed.name()).load()"),
        ("Charts", "spark.readStream.format(Charts.name()).load()"),
    ],
)
def test_a_source_is_read_by_its_name(run: Any, more: str, expected: str) -> None:
    assert read_of(run(LOAD % more, files=FILES).code) == expected


def test_the_class_is_copied_imported_and_registered_before_it_is_read(run: Any) -> None:
    made = run(LOAD % "Ais", files=FILES)
    assert made.imports == ("from custom_python_functions.ais import Ais", *IMPORTS)
    folder = "custom_python_functions"
    assert list(made.files) == [
        f"{folder}/{name}" for name in ("__init__.py", "ais.py", "lib/__init__.py", "lib/sea.py")
    ]
    first, second, view = ast.parse(made.code).body
    assert (ast.unparse(first), ast.unparse(second)) == (
        "_lhp_cloudpickle.register_pickle_by_value(custom_python_functions)",
        "spark.dataSource.register(Ais)",
    )
    assert isinstance(view, ast.FunctionDef)


def test_it_reads_nothing_of_the_pipeline(run: Any) -> None:
    facts = run(LOAD % "Ais", files=FILES).facts
    assert (facts.reads, facts.makes, facts.is_streaming) == ((), "v_a", True)


def test_a_secret_in_an_option_is_asked_for(code: Any) -> None:
    text = LOAD % "Ais, options: {token: '${secret:ais/token}', url: 'x?t=${secret:ais/token}'}"
    made = code(text, files=FILES)
    assert '.option("token", dbutils.secrets.get(scope="ais", key="token"))' in made
    assert '"x?t=" + dbutils.secrets.get(scope="ais", key="token")' in made


def test_the_code_is_laid_out_for_readers(code: Any, metadata: Any) -> None:
    text = LOAD.replace("{name", "{description: Ships, name") % "Ais, options: {area: north}"
    assert (
        code(text, files=FILES, metadata=metadata)
        == '''\
_lhp_cloudpickle.register_pickle_by_value(custom_python_functions)
spark.dataSource.register(Ais)


@dp.temporary_view()
def v_a():
    """Ships"""
    df = spark.readStream.format("ais_feed").option("area", "north").load()
    df = df.withColumn("_file", F.col("_metadata.file_path"))
    df = df.withColumn("_now", F.current_timestamp())
    return df
'''
    )


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("Aiss", ["LHP-IO-004 flow.yaml:1"]),
        ("a b", ["LHP-VAL-101 flow.yaml:1"]),
        # It would be taken for the view, and the view for it.
        ("v_a", ["LHP-VAL-165 flow.yaml:1"]),
        ("Ais, options: {a: [1]}", ["LHP-VAL-100 flow.yaml:1"]),
        ("Ais, parameters: {a: 1}", ["LHP-CFG-001 flow.yaml:1"]),
    ],
)
def test_mistakes_are_found(problems: Any, more: str, expected: list[str]) -> None:
    assert problems(LOAD % more, files=FILES) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("module_path: py/ais.py, ", "", ["LHP-VAL-102 flow.yaml:1"]),
        (", custom_datasource_class: Ais", "", ["LHP-VAL-102 flow.yaml:1"]),
        ("py/ais.py", "py/absent.py", ["LHP-IO-001 nowhere"]),
        ("py/ais.py", "py/bad.py", ["LHP-TXT-101 py/bad.py:1"]),
    ],
)
def test_it_needs_a_file_and_a_class(
    problems: Any, old: str, new: str, expected: list[str]
) -> None:
    assert problems((LOAD % "Ais").replace(old, new), files=FILES) == expected


def test_a_class_that_is_not_there_has_a_nearest(run: Any) -> None:
    with pytest.raises(LhpErrors) as caught:
        run(LOAD % "Aiss", files=FILES)
    (problem,) = caught.value.problems
    assert problem.message == "'py/ais.py' has no class 'Aiss'"
    assert problem.hint == "did you mean 'Ais'?"


def test_a_file_with_secrets_is_read_as_any_other(code: Any) -> None:
    line = f"PASSWORD = '{SecretReference('a', 'b')}'\n"
    made = code(LOAD % "Ais", files={**FILES, "py/ais.py": line + FILES["py/ais.py"]})
    assert 'format("ais_feed")' in made
