"""Starts Spark: finds Java, keeps Spark's own words in a log file."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from lhp.errors import (
    JAVA_MISSING,
    JAVA_OLD,
    SPARK_NOT_STARTED,
    SPARK_REFUSES,
    LhpError,
    Location,
    raise_all,
)
from lhp.run.store import uri

_OLDEST_JAVA = 17
_LOGGERS = ("DataFrameQueryContextLogger", "SQLQueryContextLogger", "py4j")
"""What they say of errors, on the terminal, we say in our own words."""

_LOG = """
rootLogger.level = warn
rootLogger.appenderRef.err.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
"""


def start_spark(
    folder: Path,
    *,
    master: str,
    settings: Mapping[str, str],
    places: Mapping[str, Location | None],
) -> SparkSession:
    """Return a running Spark; what it says goes to `spark.log`.

    Args:
        folder: Where it keeps its log and its own files.
        master: Which Spark: `local[*]`, or the address of a cluster.
        settings: Settings of Spark that go before ours.
        places: Where those of them stand that are in a file.

    Raises:
        LhpError: JAVA_MISSING, JAVA_OLD, SPARK_NOT_STARTED.
        LhpErrors: SPARK_REFUSES, for each such setting.
    """
    _check_java()
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    folder.mkdir(parents=True, exist_ok=True)
    log_settings = folder / "log4j2.properties"
    log_settings.write_text(_LOG, encoding="utf-8")
    known = {**_defaults(folder, log_settings, is_local=master.startswith("local")), **settings}
    conf = SparkConf().setMaster(master).setAppName("lhp run").setAll([*known.items()])
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    place = folder / "spark.log"
    with place.open("ab") as log:
        start = log.tell()
        # Java's own first words come before any setting of a log is read.
        streams = {"stdout": log, "stderr": log}
        context, reason = None, ""
        try:
            gateway = launch_gateway(conf, streams)  # type: ignore[no-untyped-call]
            with _own_interrupt():
                context = SparkContext(conf=conf, gateway=gateway)
        except (PySparkException, Py4JError) as error:
            words = str(error).partition("\n\tat ")[0]
            reason = _last_words(place, start) if "GATEWAY" in words else words
        refused = _refused(settings, places, streams)
    if context is None or refused:
        stop_spark(context)
        raise_all(refused)
        raise SPARK_NOT_STARTED.at(reason=reason, log=place.as_posix())
    return SparkSession.builder.config(conf=context.getConf()).getOrCreate()


@contextmanager
def _own_interrupt() -> Iterator[None]:
    """Let Ctrl+C do what it did before: Spark makes all that is at work fail, then ends the run."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


def _refused(
    settings: Mapping[str, str], places: Mapping[str, Location | None], streams: Mapping[str, Any]
) -> list[LhpError]:
    """Return what is wrong with settings, most of which Spark itself reads late."""
    refused: list[LhpError] = []
    with suppress(PySparkException, Py4JError):
        if settings and SparkContext._jvm is None:  # noqa: SLF001  (one of them may be why)
            gateway = launch_gateway(SparkConf(), streams)  # type: ignore[no-untyped-call]
            SparkContext._ensure_initialized(gateway=gateway)  # noqa: SLF001
        for name, value in settings.items():
            reason = "" if "${" in value else _fault(name, value)
            if reason:
                refused.append(SPARK_REFUSES.at(places.get(name), name=name, reason=reason))
    return refused


def _fault(name: str, value: str) -> str:
    """Return what Spark says against the value of a setting; nothing of those it does not know."""
    spark: Any = SparkContext._jvm.org.apache.spark  # type: ignore[union-attr]  # noqa: SLF001  (nothing else shows them)
    spark.sql.internal.SQLConf.get()  # the settings of SQL are known from then on
    entry = spark.internal.config.ConfigEntry.findEntry(name)
    try:
        if entry is not None:
            entry.valueConverter().apply(value)
    except (PySparkException, Py4JError) as error:
        found = _WORDS.match(str(error))
        return found[1] if found else str(error)
    return ""


_WORDS = re.compile(
    r"(?:An error occurred while calling [\w.]+\s*:\s*(?:[\w.$]+: )?)?"
    r"(?:\[[\w.]+\] )?(.*?)(?: SQLSTATE: \w+)?$",
    re.MULTILINE,
)
"""An error of Java: its message, between what Python says of it and codes that few know."""


def stop_spark(spark: SparkSession | SparkContext | None) -> None:
    """End Spark, if it runs, and the Java that it runs in."""
    with suppress(PySparkException, Py4JError, OSError):
        if spark is not None:
            spark.stop()
    _stop_java()


def _stop_java() -> None:
    gateway: Any = SparkContext._gateway  # noqa: SLF001  (so that its process can be ended)
    SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001  (the next one starts its own)
    if gateway is None:
        return
    with suppress(Py4JError, OSError):
        gateway.shutdown()
    gateway.proc.stdin.close()
    with suppress(subprocess.TimeoutExpired):
        gateway.proc.wait(_PATIENCE_SECONDS)
    gateway.proc.kill()


_PATIENCE_SECONDS = 10


def _defaults(folder: Path, log_settings: Path, *, is_local: bool) -> Mapping[str, str]:
    common = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": uri(folder / "warehouse"),
        "spark.sql.streaming.numRecentProgressUpdates": "100000",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={uri(log_settings)}",
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
        # What it notes of each line of Python is shown to nobody here.
        "spark.python.sql.dataFrameDebugging.enabled": "false",
    }
    if not all(map(find_spec, ("pandas", "pyarrow"))):
        # Spark would do without them as well, and warn of each function.
        common["spark.sql.execution.pythonUDF.arrow.enabled"] = "false"
    if not is_local:
        return common
    java = (
        f"{common['spark.driver.extraJavaOptions']} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
        " -XX:-UsePerfData -Xss4m"
    )
    return {
        **common,
        # Small data on few processors: what pays on a cluster costs more than it saves here.
        "spark.driver.extraJavaOptions": java,
        "spark.driver.memory": "1g",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
    }


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else "java"
    try:
        command = [java, "-version"]
        told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (the user's own Java)
    except OSError as error:
        raise JAVA_MISSING.at(oldest=_OLDEST_JAVA) from error
    found = re.search(r'version "(\d+)(?:\.(\d+))?', told.stderr)
    if not found:
        return
    release = int(found[2] or 0) if found[1] == "1" else int(found[1])
    if release < _OLDEST_JAVA:
        raise JAVA_OLD.at(found=release, oldest=_OLDEST_JAVA)


def _last_words(log: Path, start: int) -> str:
    """Return what Java said when it did not start.

    Args:
        log: Spark's log.
        start: Where the words of this run begin, in bytes.
    """
    words = log.read_bytes()[start:].decode(errors="replace").strip().splitlines()
    kept = [line for line in words if line.strip() and not line.startswith(("WARNING", "\tat "))]
    return "\n".join(kept[:_MOST_LINES]) or "Java ended without a word"


_MOST_LINES = 5
