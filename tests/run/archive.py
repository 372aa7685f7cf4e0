"""Keeps the classes that Java loads for Spark in an archive, as `make test` asks: `archive.py FILE`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from pyspark import SparkContext
from running import run_well, write_files
from test_crash import PROJECT

from lhp.run.start import start_spark


def archive_classes(file: Path) -> None:
    """Run a small project on a Java that writes the archive when it ends.

    Args:
        file: The archive.
    """
    os.environ["SPARK_SUBMIT_OPTS"] = f"-XX:ArchiveClassesAtExit={file} -Xlog:cds*=off"
    with tempfile.TemporaryDirectory() as folder:
        root = write_files(Path(folder), PROJECT)
        for landed in sorted(root.glob("landing/*/*"))[1:]:
            landed.unlink()  # each file takes Spark a second, and no class more
        spark = start_spark(root, master="local[2]", settings={}, places={})
        gateway: Any = SparkContext._gateway
        run_well(root, spark)
        spark.stop()
        gateway.shutdown()
        gateway.proc.communicate()  # longer than a run waits for its Java


if __name__ == "__main__":
    archive_classes(Path(sys.argv[1]).absolute())
