"""The command `deploy`: how generated pipelines get into the workspace."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
from lhp.cli.base import BaseCLIPlugin, project_root

IMPORT_DIR = ("databricks", "workspace", "import-dir", "--overwrite")


def upload_commands(generated: Path, target: str) -> list[str]:
    """Return one Databricks CLI command for each pipeline's folder, in order of name."""
    folders = (path for path in sorted(generated.iterdir()) if any(path.rglob("*.py")))
    return [
        shlex.join([*IMPORT_DIR, folder.as_posix(), f"{target.rstrip('/')}/{folder.name}"])
        for folder in folders
    ]


@click.command()
@click.option("--environment", "-e", required=True, help="Environment that was generated.")
@click.option(
    "--target",
    default="/Workspace/Shared/acme_outfitters/{environment}",
    show_default=True,
    help="Workspace folder that receives the pipelines.",
)
def deploy(environment: str, target: str) -> None:
    """Print the commands that upload the generated pipelines.

    Nothing is uploaded: read the commands, then pipe them to a shell.
    """
    generated = project_root() / "generated" / environment
    if not generated.is_dir():
        message = f"generated/{environment} is not there: run `lhp generate --env {environment}`"
        raise click.ClickException(message)
    for command in upload_commands(generated, target.replace("{environment}", environment)):
        click.echo(command)


cli_plugin = BaseCLIPlugin(command=deploy, name="deploy")
