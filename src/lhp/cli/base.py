"""What an author of a command imports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click


@dataclass(frozen=True)
class BaseCLIPlugin:
    """A command that a plugin adds to `lhp`.

    ```python
    import click
    from lhp.cli.base import BaseCLIPlugin


    @click.command()
    @click.option("--environment", "-e", required=True)
    def deploy(environment):
        \"\"\"Deploy what was generated.\"\"\"


    cli_plugin = BaseCLIPlugin(command=deploy, name="deploy")
    ```

    Args:
        command: The click command; the first line of its docstring is its line in `lhp --help`.
        name: What users type after `lhp`; the command's own name when empty.
    """

    command: click.Command
    name: str = ""

    def __post_init__(self) -> None:
        """Take the command's own name where none is given."""
        if not self.name:
            object.__setattr__(self, "name", self.command.name or "")


def project_root() -> Path:
    """Return the root of the project that the running command was called for.

    Raises:
        LhpError: NOT_A_PROJECT when there is none at `--project`, or here or above.
    """
    session: Any = click.get_current_context().find_root().obj
    root: Path = session.root()
    return root
