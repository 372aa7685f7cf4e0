"""No command runs code of a project in its own process, but the command that a plugin brings."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[2] / "sample_project"
WATCHED = """
import os, sys
root = {root!r}

def watch(event, args):
    if event == "exec" and str(getattr(args[0], "co_filename", "")).startswith(root):
        os.write(2, b"ran here: " + args[0].co_filename.encode())
        os._exit(99)

sys.addaudithook(watch)
from lhp.cli.main import main
main({words!r})
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("watched") / "sample"
    shutil.copytree(
        SAMPLE, folder, ignore=shutil.ignore_patterns("generated", "cache", "__pycache__")
    )
    (folder / "local_plugins/hello.py").write_text(
        "import click\n\n\n@click.command()\ndef hello():\n    click.echo('hello')\n"
    )
    line = "    - {name: hello, type: cli_command, module: local_plugins.hello, class: hello}\n"
    text = (folder / "lhp.yaml").read_text("utf-8").replace("  enabled:\n", f"  enabled:\n{line}")
    (folder / "lhp.yaml").write_text(text, encoding="utf-8")
    return folder


def watched(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    code = WATCHED.format(root=str(project), words=["--project", str(project), *words])
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(
    "words",
    [
        ["validate"],
        ["generate", "--env", "dev"],
        ["diff", "--env", "dev"],
        ["plugins", "list"],
        ["plugins", "info", "rest_api"],
        ["plugins", "info", "masking"],
        ["plugins", "validate"],
        ["plugins", "doctor"],
        ["plugins", "list", "--timing"],
        ["plugins", "schema"],
        ["plugins", "docs"],
        ["plugins", "lock"],
        ["schema"],
        ["schema", "--stdout", "flowgroup"],
        ["--help"],
        ["list", "flowgroups"],
    ],
    ids=" ".join,
)
def test_a_command_runs_nothing_of_the_project_itself(project: Path, words: list[str]) -> None:
    ran = watched(project, *words)
    assert ran.returncode == 0, ran.stderr


def test_the_watch_sees_what_it_is_for(project: Path) -> None:
    ran = watched(project, "hello")
    assert (ran.returncode, "ran here: " in ran.stderr) == (99, True)
