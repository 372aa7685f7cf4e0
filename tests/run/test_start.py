"""Settings of Spark that it refuses are told as such, all at once, before anything runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from running import write_files

PROJECT = {
    "lhp.yaml": "name: shop\nrun:\n  settings:\n    spark.sql.session.timeZone: Mars\n"
    "    spark.sql.ansi.enabled: true\n    spark.sql.adaptive.enabled: maybe\n",
    "substitutions/local.yaml": "local: {}\n",
    "pipelines/a.yaml": """\
pipeline: p
flowgroup: f
actions:
  - {name: a, type: write, write_target: {type: materialized_view, catalog: c, schema: s, table: a, sql: SELECT 1 AS n}}
""",
}
OTHERS = ("spark.sql.adaptive.enabled=false", "spark.mine=abc", "spark.local.dir=${x}")


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("spark.sql.shuffle.partitions=-4", "The value of spark.sql.shuffle.partitions must be"),
        ("spark.driver.memory=lots", "It should be a/an 'bytes in MiB' value."),  # ends Java
    ],
)
def test_settings_that_spark_refuses(
    setting: str, reason: str, tmp_path: Path, needs_java: Callable[[], None]
) -> None:
    needs_java()
    root = write_files(tmp_path, PROJECT)
    words = [word for each in (setting, *OTHERS) for word in ("--conf", each)]
    command = [sys.executable, "-m", "lhp", "run", "--env", "local", *words]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    told = [
        line
        for line in ended.stderr.splitlines()
        if line.startswith("error") or "errors in" in line
    ]
    assert told == ["error[LHP-RUN-038]", "error[LHP-RUN-038] lhp.yaml:4:33", "2 errors in 1 file"]
    assert f"Spark refuses the setting {setting.partition('=')[0]!r}: " in ended.stderr
    assert reason in ended.stderr
    assert "'spark.sql.session.timeZone': The value 'Mars'" in ended.stderr
    assert not (root / ".lhp/run/local/report.html").exists()
