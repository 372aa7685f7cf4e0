"""Reads the tokens of an environment from its substitutions file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lhp.core.as_written import TOKENS, whole_as_written
from lhp.core.shape_check import shape_problems
from lhp.core.shapes import shape
from lhp.errors import (
    AFFIX_RULES_IGNORED,
    TOKEN_CYCLE,
    TOKEN_NAME_BAD,
    TOKEN_NULL,
    LhpError,
    Location,
)
from lhp.model.source import Document, YamlMap, expect_map, expect_root, map_text, overlaid
from lhp.passes.substitution import Replacer, Tokens, token_names
from lhp.passes.variables import order_beside_cycles, scalar_text

_RESERVED = {"workspace_env": "WORKSPACE_ENV", "logical_env": "LOGICAL_ENV"}

SOME_SCOPE = "unknown"
"""Default scope where none could be read: a secret that names no scope is not at fault then."""


def read_tokens(document: Document, env: str, environ: Mapping[str, str]) -> Tokens:
    """Return the tokens that a substitutions file gives to an environment.

    Args:
        document: The file's only one; an empty one gives the reserved tokens alone.
        env: Name of the environment; its block wins over `global`.
        environ: The process's variables, of which WORKSPACE_ENV and LOGICAL_ENV are read.

    Returns:
        The tokens; TOKEN_CYCLE, TOKEN_NULL and TOKEN_IN_TEXT, at each place, are the faults of
        those that have no value for it.

    Raises:
        LhpError: WRONG_SHAPE, EXPANSION_TOO_LARGE.
    """
    data = expect_root(document)
    written = _effective(data, env, environ)
    order, faults = _order(written)
    replacer = Replacer(Tokens(env, faults=faults))
    for name in order:
        value, found = _token_value(written, name, replacer)
        if found:
            faults[name] = found
        else:
            replacer.values[name] = value
    block, problems = _secrets_block(data)
    secrets = map_text(block, replacer.replace)
    scopes = expect_map(secrets, "scopes")
    problems += (*replacer.problems, *(each for found in faults.values() for each in found))
    return Tokens(
        env,
        replacer.values,
        {alias: scalar_text(scope) or "" for alias, scope in scopes.items()},
        scalar_text(secrets.get("default_scope")) or "",
        written,
        faults,
        problems=(
            *dict.fromkeys(problems),
            *document.warnings,
            *_odd_entries(data, written),
            *replacer.deprecated.values(),
        ),
    )


def _secrets_block(data: YamlMap) -> tuple[YamlMap, list[LhpError]]:
    block = expect_map(data, "secrets")
    schema = whole_as_written(shape("SecretsBlock"), TOKENS)
    problems = shape_problems(block, schema, "`secrets`", block.location)
    if not problems:
        return block, []
    unknown = YamlMap(block.location)
    unknown.put("default_scope", SOME_SCOPE, block.location, block.location)
    return unknown, problems


def _effective(data: YamlMap, env: str, environ: Mapping[str, str]) -> YamlMap:
    shared = expect_map(data, "global").without()
    for name, variable in _RESERVED.items():
        shared.put(name, environ.get(variable) or env, data.location, data.location)
    return overlaid(shared, expect_map(data, env))


def _order(written: YamlMap) -> tuple[Sequence[str], dict[str, Sequence[LhpError]]]:
    """Return the names so that each comes after those it refers to, and those in cycles by name."""
    order, cycles = order_beside_cycles({name: _references(written, name) for name in written})
    faults: dict[str, Sequence[LhpError]] = {}
    for cycle in cycles:
        at = written.value_at[cycle.names[0]]
        problem = TOKEN_CYCLE.at(at, cycle=str(cycle))
        faults.update({name: [problem] for name in cycle.names})
    return order, faults


def _references(written: YamlMap, name: str) -> list[str]:
    found: list[str] = []

    def collect(text: str, _: Location) -> str:
        found.extend(token_names(text))
        return text

    map_text(written[name], collect)
    return [other for other in found if other in written]


def _token_value(written: YamlMap, name: str, replacer: Replacer) -> tuple[Any, Sequence[LhpError]]:
    if written[name] is None:
        return None, [TOKEN_NULL.at(written.value_at[name], name=name)]
    told = len(replacer.problems)
    value = map_text(written[name], replacer.replace, written.value_at[name])
    text = scalar_text(value)
    return value if text is None else text, replacer.problems[told:]


def _odd_entries(data: YamlMap, written: YamlMap) -> list[LhpError]:
    odd = [
        TOKEN_NAME_BAD.at(written.key_at[name], name=name)
        for name in written
        if not re.fullmatch(r"\w+", name)
    ]
    if "prefix_suffix_rules" in data:
        odd.append(AFFIX_RULES_IGNORED.at(data.key_at["prefix_suffix_rules"]))
    return odd
