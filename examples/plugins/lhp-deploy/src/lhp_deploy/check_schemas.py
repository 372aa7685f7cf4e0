"""The command `lhp check-schemas`."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from lhp.cli.base import BaseCLIPlugin, project_root

from lhp_deploy.programs import databricks

_MAKERS = ("create_streaming_table", "materialized_view", "table")
_END_OF_TYPE = re.compile(
    r"\s+(?:NOT\s+NULL|COMMENT|GENERATED|DEFAULT|MASK|PRIMARY|CONSTRAINT|COLLATE)\b",
    re.IGNORECASE,
)
_CONSTRAINTS = ("CONSTRAINT", "PRIMARY", "FOREIGN")
_LONG_NAMES = {
    "integer": "int",
    "long": "bigint",
    "short": "smallint",
    "byte": "tinyint",
}
_MISSING = "does not exist"


@click.command("check-schemas")
@click.option("--env", "-e", required=True, help="Environment that was generated.")
@click.option("--profile", help="Profile of the Databricks CLI.")
def check_schemas(env: str, profile: str | None) -> None:
    """Compare the declared columns of tables with those in the workspace.

    Looks at each generated table that declares its columns. A table that is not there yet is
    no difference; exits with 1 when there is one.
    """
    root = project_root()
    generated = root / "generated" / env
    if not generated.is_dir():
        message = f"generated/{env} is not there: run `lhp generate --env {env}`"
        raise click.ClickException(message)
    as_whom = ["--profile", profile] if profile else []
    differences = 0
    tables = declared_tables(generated)
    for name, ddl in sorted(tables.items()):
        found = _columns_in_workspace(root, name, as_whom)
        if found is None:
            click.echo(f"{name}: not there yet")
            continue
        told = list(differences_of(columns_of(ddl), found))
        differences += len(told)
        for line in told or ["as declared"]:
            click.echo(f"{name}: {line}")
    click.echo(f"{len(tables)} tables with declared columns, {differences} differences")
    if differences:
        raise click.exceptions.Exit(1)


def declared_tables(generated: Path) -> Mapping[str, str]:
    """Return the DDL of the columns that generated modules declare, by table."""
    found: dict[str, str] = {}
    for file in sorted(generated.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Call) and _is_maker(node.func):
                given = {each.arg: _text(each.value) for each in node.keywords}
                name, ddl = given.get("name"), given.get("schema")
                if name and ddl:
                    found[name] = ddl
    return found


def _is_maker(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in _MAKERS


def _text(node: ast.expr) -> str | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else None


def columns_of(ddl: str) -> Mapping[str, str]:
    """Return the types of columns by name, from DDL."""
    columns = {}
    for part in _parts(ddl):
        match = re.match(r"`((?:[^`]|``)+)`|([^\s:]+)", part)
        if not match or (match[2] or "").upper() in _CONSTRAINTS:
            continue
        rest = part[match.end() :].lstrip(" \t\r\n:")
        name = match[1].replace("``", "`") if match[1] else match[2]
        columns[name.lower()] = _plain(_END_OF_TYPE.split(rest, maxsplit=1)[0])
    return columns


def _parts(ddl: str) -> Iterator[str]:
    """Yield the columns of DDL: between commas that no bracket and no quote holds."""
    start = depth = 0
    for match in re.finditer(
        r"`[^`]*`|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[(<>),]", ddl
    ):
        if match[0] in ("(", "<"):
            depth += 1
        elif match[0] in (")", ">"):
            depth -= 1
        elif match[0] == "," and depth == 0:
            yield ddl[start : match.start()].strip()
            start = match.end()
    yield ddl[start:].strip()


def _plain(type_text: str) -> str:
    compact = re.sub(r"\s+", "", type_text).lower()
    return re.sub(r"[a-z_]+", lambda word: _LONG_NAMES.get(word[0], word[0]), compact)


def differences_of(
    declared: Mapping[str, str], found: Mapping[str, str]
) -> Iterator[str]:
    """Yield how a table differs from what declares it."""
    for name, kind in declared.items():
        if name not in found:
            yield f"lacks {name} {kind}"
        elif found[name] != kind:
            yield f"{name} is {found[name]}, declared as {kind}"
    for name in found:
        if name not in declared:
            yield f"has {name} {found[name]}, which is not declared"


def _columns_in_workspace(
    root: Path, table: str, as_whom: list[str]
) -> Mapping[str, str] | None:
    call = databricks(root, "tables", "get", table, "--output", "json", *as_whom)
    ended = subprocess.run(call, cwd=root, capture_output=True, text=True, check=False)
    if ended.returncode:
        if _MISSING in ended.stderr:
            return None
        message = f"databricks tables get {table}: {ended.stderr.strip()}"
        raise click.ClickException(message)
    columns = json.loads(ended.stdout).get("columns", [])
    return {each["name"].lower(): _plain(each["type_text"]) for each in columns}


cli_plugin = BaseCLIPlugin(command=check_schemas, name="check-schemas")
