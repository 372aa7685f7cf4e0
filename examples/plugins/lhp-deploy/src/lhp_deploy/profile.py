"""The command `lhp profile`."""

from __future__ import annotations

import pstats
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from lhp.cli.base import BaseCLIPlugin, project_root

# `python -m cProfile` would lose the exit code.
_MEASURED = """
import cProfile, runpy, sys
profile, file = cProfile.Profile(), sys.argv.pop(1)
try:
    profile.runcall(runpy.run_module, "lhp", run_name="__main__", alter_sys=True)
finally:
    profile.dump_stats(file)
"""


@click.command("profile")
@click.option("--env", "-e", required=True, help="Environment, such as dev.")
@click.option("--top", default=10, show_default=True, help="Passes to show.")
def profile(env: str, top: int) -> None:
    """Measure which passes of a run take the time; writes nothing."""
    root = project_root()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "profile")
        args = ["--project", str(root), "generate", "--env", env, "--dry-run"]
        call = [sys.executable, "-c", _MEASURED, str(file), *args]
        ended = subprocess.run(call, cwd=root, stdout=subprocess.DEVNULL, check=False)
        if ended.returncode:
            raise click.exceptions.Exit(ended.returncode)
        stats: Any = pstats.Stats(str(file))
    click.echo(f"{stats.total_tt:8.3f} s  in all, with the cost of measuring")
    passes = sorted(_passes(stats.stats), key=lambda each: -each[2])
    for name, calls, seconds in passes[:top]:
        click.echo(f"{seconds:8.3f} s  {name} ({calls} calls)")


def _passes(stats: dict[Any, Any]) -> Iterator[tuple[str, int, float]]:
    """Yield what each pass took: the function that its module is named for."""
    for (file, _, function), (_, calls, _, cumulative, _) in stats.items():
        path = Path(file)
        if path.parts[-3:-1] == ("lhp", "passes") and path.stem == function:
            yield function, calls, cumulative


cli_plugin = BaseCLIPlugin(command=profile, name="profile")
