"""Reads the tokens of an environment from its substitutions file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lhp.core.as_written import TOKENS, whole_as_written
from lhp.core.option_schema import schema_of
from lhp.core.shape_check import shape_problems
from lhp.errors import (
    AFFIX_RULES_IGNORED,
    TOKEN_CYCLE,
    TOKEN_NAME_BAD,
    TOKEN_NULL,
    LhpError,
    Location,
    raise_all,
)
from lhp.model.files import SecretsBlock
from lhp.model.source import Document, YamlMap, expect_map, expect_root, map_text, overlaid
from lhp.passes.substitution import Replacer, Tokens, token_names
from lhp.passes.variables import ReferenceCycleError, reference_order, scalar_text

_RESERVED = {"workspace_env": "WORKSPACE_ENV", "logical_env": "LOGICAL_ENV"}


def read_tokens(document: Document, env: str, environ: Mapping[str, str]) -> Tokens:
    """Return the tokens that a substitutions file gives to an environment.

    Args:
        document: The file's only one; an empty one gives the reserved tokens alone.
        env: Name of the environment; its block wins over `global`.
        environ: The process's variables, of which WORKSPACE_ENV and LOGICAL_ENV are read.

    Raises:
        LhpError: WRONG_SHAPE, TOKEN_CYCLE, EXPANSION_TOO_LARGE.
        LhpErrors: TOKEN_NULL, TOKEN_IN_TEXT, at each place.
    """
    data = expect_root(document)
    written = _effective(data, env, environ)
    replacer = Replacer(Tokens(env))
    for name in _order(written):
        replacer.values[name] = _token_value(written, name, replacer)
    secrets = map_text(_secrets_block(data), replacer.replace)
    scopes = expect_map(secrets, "scopes")
    raise_all(replacer.problems)
    return Tokens(
        env,
        replacer.values,
        {alias: scalar_text(scope) or "" for alias, scope in scopes.items()},
        scalar_text(secrets.get("default_scope")) or "",
        written,
        (*document.warnings, *_odd_entries(data, written), *replacer.deprecated.values()),
    )


def _secrets_block(data: YamlMap) -> YamlMap:
    block = expect_map(data, "secrets")
    schema = whole_as_written(schema_of(SecretsBlock), TOKENS)
    raise_all(shape_problems(block, schema, "`secrets`", block.location))
    return block


def _effective(data: YamlMap, env: str, environ: Mapping[str, str]) -> YamlMap:
    shared = expect_map(data, "global").without()
    for name, variable in _RESERVED.items():
        shared.put(name, environ.get(variable) or env, data.location, data.location)
    written = overlaid(shared, expect_map(data, env))
    raise_all(
        TOKEN_NULL.at(written.value_at[name], name=name)
        for name, value in written.items()
        if value is None
    )
    return written


def _order(written: YamlMap) -> tuple[str, ...]:
    try:
        return reference_order({name: _references(written, name) for name in written})
    except ReferenceCycleError as cycle:
        at = written.value_at[cycle.names[0]]
        raise TOKEN_CYCLE.at(at, cycle=str(cycle)) from None


def _references(written: YamlMap, name: str) -> list[str]:
    found: list[str] = []

    def collect(text: str, _: Location) -> str:
        found.extend(token_names(text))
        return text

    map_text(written[name], collect)
    return [other for other in found if other in written]


def _token_value(written: YamlMap, name: str, replacer: Replacer) -> Any:
    value = map_text(written[name], replacer.replace, written.value_at[name])
    text = scalar_text(value)
    return value if text is None else text


def _odd_entries(data: YamlMap, written: YamlMap) -> list[LhpError]:
    odd = [
        TOKEN_NAME_BAD.at(written.key_at[name], name=name)
        for name in written
        if not re.fullmatch(r"\w+", name)
    ]
    if "prefix_suffix_rules" in data:
        odd.append(AFFIX_RULES_IGNORED.at(data.key_at["prefix_suffix_rules"]))
    return odd
