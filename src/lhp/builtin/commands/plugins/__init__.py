"""The commands below `plugins`."""

from __future__ import annotations

import click

from lhp.cli.group import BuiltinGroup
from lhp.cli.session import common_options


@click.group(cls=BuiltinGroup, folder="plugins")
@common_options
def plugins() -> None:
    """List, describe, check or approve the plugins of a project."""
