"""One Spark session for all tests that run pipelines."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

sys.path.insert(0, str(Path(__file__).parent))  # for the models, which several tests compare with


@pytest.fixture(scope="session")
def spark(
    tmp_path_factory: pytest.TempPathFactory, needs_java: Callable[[], None]
) -> Iterator[SparkSession]:
    """Give a local session without a catalog on disk; skip where Spark cannot run."""
    needs_java()
    from pyspark.sql import SparkSession  # noqa: PLC0415  (where it is installed)

    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable)
    folder = tmp_path_factory.mktemp("spark")
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.default.parallelism": "1",
        "spark.sql.warehouse.dir": (folder / "warehouse").as_uri(),
        "spark.local.dir": str(folder / "local"),
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.memory": "1g",
        "spark.log.level": "ERROR",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.execution.pythonUDF.arrow.enabled": "false",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.python.sql.dataFrameDebugging.enabled": "false",
        "spark.sql.streaming.numRecentProgressUpdates": "100000",
    }
    builder = SparkSession.builder.master("local[2]").appName("lhp tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()
