"""Host: what flowgroups share is made once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lhp.core.plugin_manager import PluginManager
from lhp.errors import LhpErrors
from lhp.passes.host import Host
from lhp.passes.project import open_project
from lhp.passes.substitution import Tokens

DECLARED = """\
plugins:
  - {name: rules, type: validator, module: local.rules, class: Rules, config: {limit: "${n}"}}
  - {name: acme, type: content, path: lib/acme}
  - {name: gone, type: content, path: lib/gone}
"""
RULES = """\
class Rules:
    Config = {"limit": {"type": "integer"}, "mode": {"type": "string", "default": "soft"}}

    def validate(self, config):
        return []
"""


@pytest.fixture
def host(write: Callable[..., Path]) -> Callable[..., Host]:
    """Make the host of a project with some tokens."""

    def make(**values: str) -> Host:
        root = write({"lhp.yaml": DECLARED, "local/rules.py": RULES, "lib/acme/presets/x.yaml": ""})
        project = open_project(root)
        return Host(project, PluginManager(root, project.document), Tokens("dev", values))

    return make


def test_settings_have_tokens_types_and_defaults(host: Callable[..., Host]) -> None:
    known = host(n="5")
    (manifest,) = known.manager.registry.active("validator")
    settings = known.settings_of(known.manager.handle(manifest))
    assert settings == {"limit": 5, "mode": "soft"}
    assert known.settings_of(known.manager.handle(manifest)) is settings


@pytest.mark.parametrize(("values", "code"), [({}, "LHP-CFG-010"), ({"n": "many"}, "LHP-VAL-100")])
def test_settings_at_fault_are_told_each_time(
    values: dict[str, str], code: str, host: Callable[..., Host]
) -> None:
    known = host(**values)
    (manifest,) = known.manager.registry.active("validator")
    for _ in range(2):
        with pytest.raises(LhpErrors, match=f"lhp.yaml:2:.*{code}"):
            known.settings_of(known.manager.handle(manifest))


def test_renderers_and_generators_are_made_once(host: Callable[..., Host]) -> None:
    known = host()
    assert known.code_renderer is known.code_renderer
    assert known.text_renderer is known.text_renderer
    assert known.actions is known.actions
    assert "sql" in known.actions.names("load")


def test_a_content_plugin_whose_folder_is_missing_is_left_out(host: Callable[..., Host]) -> None:
    assert [*host().content_folders] == ["acme"]
