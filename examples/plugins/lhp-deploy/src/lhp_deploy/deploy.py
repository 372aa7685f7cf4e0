"""The commands `lhp deploy` and `lhp test-pipeline`."""

from __future__ import annotations

import click
from lhp.cli.base import BaseCLIPlugin, project_root

from lhp_deploy.programs import databricks, lhp, run_all


@click.command("deploy")
@click.option("--env", "-e", required=True, help="Environment, such as dev.")
@click.option("--target", "-t", help="Target of the bundle; that of the same name.")
@click.option(
    "--locked", is_flag=True, help="Use no plugin that lhp.lock does not know."
)
@click.option("--dry-run", is_flag=True, help="Show what would run; run nothing.")
def deploy(env: str, target: str | None, locked: bool, dry_run: bool) -> None:
    """Generate an environment and deploy it by `databricks bundle`.

    The first step that fails ends it: nothing is deployed that does not generate and validate.
    """
    root = project_root()
    to = ("--target", target or env)
    calls = [
        lhp(root, "generate", "--env", env, *(["--locked"] if locked else [])),
        databricks(root, "bundle", "validate", *to),
        databricks(root, "bundle", "deploy", *to),
    ]
    run_all(root, calls, dry_run=dry_run)


@click.command("test-pipeline")
@click.argument("resource")
@click.option("--env", "-e", required=True, help="Environment, such as dev.")
@click.option("--target", "-t", help="Target of the bundle; that of the same name.")
@click.option("--validate-only", is_flag=True, help="Plan the update; read no data.")
@click.option("--dry-run", is_flag=True, help="Show what would run; run nothing.")
def test_pipeline(
    resource: str, env: str, target: str | None, validate_only: bool, dry_run: bool
) -> None:
    """Run a deployed pipeline with its actions of type test.

    RESOURCE is the pipeline's key in the bundle. An expectation of a test that fails fails the
    update, and that is the exit code.
    """
    root = project_root()
    to = ("--target", target or env)
    how = "--validate-only" if validate_only else "--refresh-all"
    calls = [
        lhp(root, "generate", "--env", env, "--include-tests"),
        databricks(root, "bundle", "deploy", *to),
        databricks(root, "bundle", "run", resource, how, *to),
    ]
    run_all(root, calls, dry_run=dry_run)


deploy_plugin = BaseCLIPlugin(command=deploy, name="deploy")
test_pipeline_plugin = BaseCLIPlugin(command=test_pipeline, name="test-pipeline")
