"""Runs lhp itself and the Databricks CLI for the commands of this package."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

BUNDLE_FILE = "databricks.yml"


def lhp(root: Path, *args: str) -> list[str]:
    """Return the call of lhp for a project, by the Python that runs now."""
    return [sys.executable, "-m", "lhp", "--project", str(root), *args]


def databricks(root: Path, *args: str) -> list[str]:
    """Return a call of the Databricks CLI.

    Raises:
        click.ClickException: When it is not installed, or the project has no bundle.
    """
    if not (root / BUNDLE_FILE).is_file():
        message = f"{BUNDLE_FILE} is not there: `databricks bundle init` makes one"
        raise click.ClickException(message)
    program = shutil.which("databricks")
    if program is None:
        message = "the Databricks CLI is not installed, or not on the PATH"
        raise click.ClickException(message)
    return [program, *args]


def run_all(root: Path, calls: Sequence[Sequence[str]], *, dry_run: bool) -> None:
    """Run calls one after the other in a project, until one fails.

    Args:
        root: Root of the project.
        calls: Programs with their arguments.
        dry_run: True shows them and runs none.

    Raises:
        click.exceptions.Exit: With the exit code of the one that failed.
    """
    for call in calls:
        shown = [Path(call[0]).name, *call[1:]]
        click.echo(f"$ {shlex.join(shown)}")
        if dry_run:
            continue
        ended = subprocess.run(call, cwd=root, check=False)
        if ended.returncode:
            raise click.exceptions.Exit(ended.returncode)
