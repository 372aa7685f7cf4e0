"""Groups whose commands are declared in a folder, and imported one by one on their first use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from lhp.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lhp.core.resolver import PluginHandle


class BuiltinGroup(click.Group):
    """The commands that one folder of built-in commands declares in its `plugins.yaml`.

    Args:
        folder: Below the folder of all built-in commands; empty for that itself.
    """

    def __init__(self, *args: Any, folder: str = "", **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._folder = folder

    @property
    def builtin(self) -> Mapping[str, PluginHandle]:
        """What its folder declares, by name."""
        from lhp.core.builtin_commands import builtin_commands

        return builtin_commands(self._folder)

    def handles(self, ctx: click.Context) -> Mapping[str, PluginHandle]:
        """Return a handle for each command, by name."""
        del ctx
        return self.builtin

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, sorted."""
        return sorted(self.handles(ctx))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command of lhp's own, imported; None where there is none of the name."""
        del ctx
        handle = self.builtin.get(cmd_name)
        command: click.Command | None = handle.load() if handle else None
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return how a word may go on; click's own would import every command for its help."""
        options = click.Command.shell_complete(self, ctx, incomplete)
        handles = self.handles(ctx)
        names = [name for name in sorted(handles) if name.startswith(incomplete)]
        return [*(CompletionItem(name, help=_line(handles[name])) for name in names), *options]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that a word names; click's own hint would import every command."""
        name = args[0]
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            if name.startswith("-"):
                raise
            meant = nearest(name, self.list_commands(ctx))
            hint = f" Did you mean {meant!r}?" if meant else ""
            message = f"No such command {name!r}.{hint}"
            raise click.UsageError(message, ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with the first lines of their docstrings, read from the source."""
        del ctx
        write_commands(formatter, "Commands", self.builtin)


def write_commands(
    formatter: click.HelpFormatter, title: str, handles: Mapping[str, PluginHandle]
) -> None:
    """Write a section of commands, each with what it says of itself; none without commands."""
    if handles:
        with formatter.section(title):
            formatter.write_dl([(name, _line(handles[name])) for name in sorted(handles)])


def printable(text: str) -> str:
    """Return a text without what no terminal should show."""
    return "".join(filter(str.isprintable, text))


def _line(handle: PluginHandle) -> str:
    manifest = handle.manifest
    summary = printable(handle.resolver.summary(manifest))
    if manifest.origin.value == "builtin":
        return summary
    return f"{summary} ({manifest.source})".strip()
