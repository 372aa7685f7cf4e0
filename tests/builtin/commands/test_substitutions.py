"""What `lhp substitutions` shows of an environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

DEV = """\
global: {region: eu, tags: [a, 1], clusters: {small: {nodes: 2}}}
dev: {catalog: "${region}_dev", key: "${secret:mail/key}", old: "{region}"}
secrets:
  default_scope: vault
  scopes: {mail: mail-dev}
"""


@pytest.fixture
def dev(shop: Path) -> Path:
    (shop / "substitutions/dev.yaml").write_text(DEV, encoding="utf-8")
    return shop


@pytest.mark.usefixtures("dev")
def test_tokens_are_shown_resolved_and_secrets_by_their_scope(lhp: Any) -> None:
    ended = lhp("substitutions")
    tokens, scopes = ended.out.split("\n\n")
    assert [line.split(maxsplit=1) for line in tokens.splitlines()] == [
        ["Token", "Value"],
        ["catalog", "eu_dev"],
        ["clusters.small.nodes", "2"],
        ["key", "${secret:mail/key}"],
        ["logical_env", "dev"],
        ["old", "eu"],
        ["region", "eu"],
        ["tags", '["a", 1]'],
        ["workspace_env", "dev"],
    ]
    assert [line.split() for line in scopes.splitlines()] == [
        ["Alias", "Scope", "of", "secrets"],
        ["(default)", "vault"],
        ["mail", "mail-dev"],
    ]
    assert ended.code == 0
    assert "LHP-DEPR-001" in ended.err
    assert ended.err.endswith("8 tokens in dev\n")


@pytest.mark.usefixtures("dev")
def test_programs_get_the_same_as_data(lhp: Any) -> None:
    data = json.loads(lhp("substitutions", "--format", "json").out)
    assert data["env"] == "dev"
    assert data["tokens"]["clusters"] == {"small": {"nodes": 2}}
    assert data["secrets"] == {"default_scope": "vault", "scopes": {"mail": "mail-dev"}}


def test_an_environment_without_secrets_shows_none(shop: Path, lhp: Any) -> None:
    assert "Scope" not in lhp("substitutions", "-e", "prod").out
    (shop / "substitutions/prod.yaml").write_text("secrets: {scopes: {a: b}}", encoding="utf-8")
    assert lhp("substitutions", "-e", "prod").out.endswith("Alias  Scope of secrets\na      b\n")


@pytest.mark.usefixtures("shop")
def test_an_unknown_environment_is_an_error_that_lists_the_known(lhp: Any) -> None:
    ended = lhp("substitutions", "-e", "prd")
    assert ended.code == 1
    assert "the project has dev, local, prod" in ended.err


def test_a_broken_file_is_told_at_its_line(shop: Path, lhp: Any) -> None:
    (shop / "substitutions/dev.yaml").write_text("dev: {a: }\n", encoding="utf-8")
    ended = lhp("substitutions")
    assert ended.code == 1
    assert "substitutions/dev.yaml:1" in ended.err
