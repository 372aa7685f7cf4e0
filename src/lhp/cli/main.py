"""The root command: commands come from the registry; errors end here, as exit codes.

0 all is well, 1 the project has faults, 2 wrong usage, 3 a fault of lhp itself.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lhp.cli.session import Session, errors_of, session_of
from lhp.errors import LhpError, LhpErrors, nearest

if TYPE_CHECKING:
    from lhp.core.plugin_manager import PluginManager
    from lhp.core.resolver import PluginHandle

REPORT = "https://github.com/lakehouse-plumber/lakehouse-plumber/issues"
_FAULT = 3


class _Commands(click.Group):
    """Built-in commands first; the project's are looked up only when no built-in one fits."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*_builtin(), *_of_project(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        handle = _builtin().get(cmd_name) or _of_project(ctx).get(cmd_name)
        return _command_of(handle) if handle else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            meant = nearest(args[0], self.list_commands(ctx))
            if meant and not args[0].startswith("-"):
                message = f"{error.message} Did you mean {meant!r}?"
                raise click.UsageError(message, ctx) from None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, _line(handle)) for name, handle in sorted(_builtin().items())]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
        others = [(name, _line(handle)) for name, handle in sorted(_of_project(ctx).items())]
        if others:
            with formatter.section("Commands of plugins"):
                formatter.write_dl(others)


def _builtin() -> dict[str, PluginHandle]:
    from lhp.core.builtin_commands import builtin_commands

    return builtin_commands()


def _of_project(context: click.Context) -> dict[str, PluginHandle]:
    try:
        manager = _manager(context)
        handles = manager.discover_cli_commands()
    except (LhpError, LhpErrors):
        return {}
    own = _builtin()
    return {name: handle for name, handle in handles.items() if name not in own}


def _manager(context: click.Context) -> PluginManager:
    from lhp.core.plugin_manager import PluginManager

    session = session_of(context)
    root = _root_above(session.folder or Path.cwd())
    key = f"lhp.manager:{root}"
    manager: PluginManager = context.find_root().meta.setdefault(key, PluginManager(root))
    return manager


def _root_above(start: Path) -> Path | None:
    folders = (start.resolve(), *start.resolve().parents)
    return next((folder for folder in folders if (folder / "lhp.yaml").is_file()), None)


def _command_of(handle: PluginHandle) -> click.Command:
    plugin = handle.load()
    command: click.Command = getattr(plugin, "command", plugin)
    return command


def _line(handle: PluginHandle) -> str:
    manifest = handle.manifest
    summary = handle.resolver.summary(manifest)
    if manifest.origin.value == "builtin":
        return summary
    return f"{summary} ({manifest.source})".strip()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lakehouse-plumber", message="%(version)s")
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Project folder; the current one or one above it when absent.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show the log, and tracebacks of plugins.")
@click.option(
    "--log-file", type=click.Path(dir_okay=False, path_type=Path), help="Write the log to a file."
)
@click.option("--no-progress", is_flag=True, help="Never show a progress bar.")
@click.pass_context
def cli(
    context: click.Context,
    project: Path | None,
    log_file: Path | None,
    *,
    verbose: bool,
    no_progress: bool,
) -> None:
    """Turn YAML flowgroups into Python for Spark declarative pipelines."""
    session = context.ensure_object(Session)
    session.folder, session.verbose, session.has_progress = project, verbose, not no_progress
    if verbose or log_file:
        session.start_log(log_file)


def main(args: list[str] | None = None) -> None:
    """Run `lhp` and exit.

    Args:
        args: The words after `lhp`; None takes them from the process.
    """
    sys.exit(run(args))


def run(args: list[str] | None = None) -> int:
    """Run `lhp` and return its exit code.

    Args:
        args: The words after `lhp`; None takes them from the process.
    """
    session = Session()
    try:
        result: Any = cli.main(args, prog_name="lhp", standalone_mode=False, obj=session)
    except (LhpError, LhpErrors) as error:
        session.show(errors_of(error))
        return 1
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        click.echo("stopped", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001  (the last resort: our fault, told as such)
        return _internal_fault(session, error)
    return result if isinstance(result, int) else 0


def _internal_fault(session: Session, error: Exception) -> int:
    if session.verbose:
        traceback.print_exception(error)
    name = type(error).__name__
    click.echo(f"lhp failed by its own fault: {name}: {error}", err=True)
    click.echo(f"please report it, with what `lhp -v` prints: {REPORT}", err=True)
    return _FAULT
