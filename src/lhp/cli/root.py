"""The root command: its own commands come first, then those of the project's plugins."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from lhp.cli.group import BuiltinGroup, printable, write_commands
from lhp.cli.session import Session, common_options, errors_of, root_above, session_of
from lhp.errors import LhpError, LhpErrors
from lhp.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from lhp.core.plugin_manager import PluginManager
    from lhp.core.resolver import PluginHandle

_STOPPED = 130  # as a shell tells it: 128 and the number of the signal
_OWN = (
    click.ClickException,
    click.Abort,
    click.exceptions.Exit,
    SystemExit,
    KeyboardInterrupt,
    BrokenPipeError,
)
"""What a plugin's command may raise to end as it likes."""

_RUN_PLUGINS = frozenset({"validate", "generate", "diff"})
"""Commands for which sandboxes are got ready while their own modules are imported."""


class _Commands(BuiltinGroup):
    """Built-in commands first; the project's are looked up only when no built-in one fits."""

    def handles(self, ctx: click.Context) -> Mapping[str, PluginHandle]:
        return {**self._of_project(ctx), **self.builtin}

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = super().get_command(ctx, cmd_name)
        handle = None if own else _named(ctx, cmd_name)
        return _command_of(ctx, handle) if handle else own

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in _RUN_PLUGINS and not {*ctx.help_option_names} & {*args}:
            session_of(ctx).get_ready()
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_commands(ctx, formatter)
        write_commands(formatter, "Commands of plugins", self._of_project(ctx))
        clashes = _clashes(ctx)
        if clashes:
            with formatter.section("Broken commands"):
                formatter.write_dl(sorted(clashes.items()))
        problem = _project_fault(ctx)
        if problem:
            formatter.write_paragraph()
            formatter.write_text(problem)

    def _of_project(self, ctx: click.Context) -> dict[str, PluginHandle]:
        if _project_fault(ctx):
            return {}
        handles = _manager(ctx).discover_cli_commands()
        return {name: handle for name, handle in handles.items() if name not in self.builtin}


def _clashes(context: click.Context) -> dict[str, str]:
    """Return the commands that can't be used because two plugins claim their names, with why."""
    if _project_fault(context):
        return {}
    clashes = _manager(context).registry.clashes
    return {
        name: printable(clash.message)
        for (plugin_type, name), clash in clashes.items()
        if plugin_type == "cli_command"
    }


def _project_fault(context: click.Context) -> str:
    try:
        _ = _manager(context).registry
    except (LhpError, LhpErrors) as error:
        first = errors_of(error)[0]
        if first.location is None:
            return first.message
        return f"lhp.yaml is broken, so its commands are missing: {first.location}"
    return ""


def _named(context: click.Context, name: str) -> PluginHandle | None:
    manager = _manager(context)
    manifest = manager.registry.get("cli_command", name)
    return manager.handle(manifest) if manifest else None


def _manager(context: click.Context) -> PluginManager:
    session = session_of(context)
    root = root_above(session.start)
    known: dict[Path | None, PluginManager] = context.find_root().meta.setdefault("lhp", {})
    if root not in known:
        known[root] = session.manager()
    return known[root]


def _command_of(context: click.Context, handle: PluginHandle) -> click.Command:
    from lhp.cli.approval import approve

    manager, session = _manager(context), session_of(context)
    approve(manager, [handle.manifest], note=functools.partial(session.note, root=manager.root))
    if handle.resolver.refusal(handle.manifest) is None:
        session.note_load(handle.manifest, manager.root, "none")
    plugin = handle.load()
    if handle.resolver.warnings:
        session.show(handle.resolver.warnings)
    command: click.Command = plugin if isinstance(plugin, click.Command) else plugin.command
    return _guarded(handle, command)


def _guarded(handle: PluginHandle, command: click.Command) -> click.Command:
    guarded = copy.copy(command)
    for name in ("make_context", "invoke"):
        method = getattr(type(command), name).__get__(guarded)
        setattr(guarded, name, functools.partial(_called, handle, method))
    return guarded


def _called(handle: PluginHandle, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    ended: list[BaseException] = []

    def call() -> Any:
        try:
            return method(*args, **kwargs)
        except _OWN as error:
            ended.append(error)

    result = handle.call(call)
    if ended:
        raise ended[0]
    # What a command returns is no exit code.
    return result if isinstance(result, click.Context) else None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, message="%(version)s")
@common_options
def cli() -> None:
    """Turn YAML flowgroups into Python for Spark declarative pipelines."""


def run_command(session: Session, args: list[str] | None) -> int:
    """Run the command that some words say, and return its exit code.

    Args:
        session: What the run knows.
        args: The words after `lhp`; None takes them from the process.

    Raises:
        SystemExit: When the command of a plugin exits by itself.
    """
    code = _run(session, args)
    session.end(code)
    return code


def _run(session: Session, args: list[str] | None) -> int:
    try:
        result: Any = cli.main(args, prog_name="lhp", standalone_mode=False, obj=session)
    except (LhpError, LhpErrors) as error:
        session.show(errors_of(error))
        return 1
    except click.Abort:
        click.echo("stopped", err=True)
        return _STOPPED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return result if isinstance(result, int) else 0
