"""What the code of an action needs while it runs, and whether it is there."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from lhp.core.base_generator import RuntimeRequirements
from lhp.errors import RUN_UNSUPPORTED, LhpError, Location
from lhp.values import frozen


@frozen
class Needs:
    """What the code of an action needs.

    Args:
        pipeline: Its pipeline.
        flowgroup: Its flowgroup.
        at: Where it stands.
        requires: What its generator says.
        kind: `load`, `transform`, `write` or `test`.
    """

    pipeline: str
    flowgroup: str
    at: Location | None
    requires: RuntimeRequirements
    kind: str = ""


def unmet(needs: Needs, spark: SparkSession) -> Iterator[LhpError]:
    """Yield an error for each thing that is not there.

    Args:
        needs: What is needed.
        spark: Where the code is to run.
    """
    for what, reason, advice in _lacking(needs.requires, needs.kind, spark):
        yield RUN_UNSUPPORTED.at(needs.at, what=what, reason=reason, advice=advice)


def _lacking(
    needs: RuntimeRequirements, kind: str, spark: SparkSession
) -> Iterator[tuple[str, str, str]]:
    package = "give its package: `--conf spark.jars.packages=GROUP:NAME:VERSION`"
    if needs.platform:
        yield needs.platform, "only the platform has it", _INSTEAD.get(kind, _LEFT_OUT)
    for name in needs.modules:
        if find_spec(name) is None:
            yield f"the Python module {name!r}", "it is not installed", f"pip install {name}"
    for name in needs.formats:
        if not _has_format(spark, name):
            yield f"the data source {name!r}", "Spark has none of that name", package
    for name in needs.java_classes:
        if not _has_class(spark, name):
            yield f"the Java class {name!r}", "it is not there", package


_INSTEAD = {
    "load": "let it read files: `run: stand_ins:` in lhp.yaml",
    "transform": "let files stand in for its view: `run: stand_ins:` in lhp.yaml",
    "write": "keep the rows of a sink: `run: stand_ins:` in lhp.yaml, or use `--skip-unsupported`",
}
_LEFT_OUT = "leave it out: `--skip-unsupported`"


def _has_format(spark: SparkSession, name: str) -> bool:
    jvm: Any = spark._jvm  # noqa: SLF001  (nothing public tells it)
    conf = spark._jsparkSession.sessionState().conf()  # noqa: SLF001
    try:
        jvm.org.apache.spark.sql.execution.datasources.DataSource.lookupDataSource(name, conf)
    except (PySparkException, Py4JError):
        return False
    return True


def _has_class(spark: SparkSession, name: str) -> bool:
    jvm: Any = spark._jvm  # noqa: SLF001  (nothing public tells it)
    try:
        jvm.org.apache.spark.util.Utils.classForName(name, False, True)  # noqa: FBT003  (Java's)
    except (PySparkException, Py4JError):
        return False
    return True
