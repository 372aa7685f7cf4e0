"""What an author of a command imports."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from lhp.cli.base import BaseCLIPlugin, project_root
from lhp.cli.session import Session


@pytest.mark.parametrize(("given", "name"), [({}, "ship"), ({"name": "deploy"}, "deploy")])
def test_a_command_has_its_own_name_unless_another_is_given(
    given: dict[str, str], name: str
) -> None:
    assert BaseCLIPlugin(command=click.Command("ship"), **given).name == name


def test_a_command_without_any_name_has_none() -> None:
    assert BaseCLIPlugin(command=click.Command(None)).name == ""


def test_a_command_learns_the_project_root(tmp_path: Path) -> None:
    (tmp_path / "lhp.yaml").write_text("name: p\n", encoding="utf-8")

    @click.command()
    def where() -> None:
        click.echo(project_root())

    ended = CliRunner().invoke(where, obj=Session(folder=tmp_path))
    assert ended.output == f"{tmp_path}\n"
