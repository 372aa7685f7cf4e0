"""Whose code may run."""

from __future__ import annotations

from pathlib import Path

import pytest

from lhp.core.plugin_trust import PluginTrustManager


@pytest.mark.parametrize(
    ("trusted", "source", "expected"),
    [
        (None, "anything at all", True),
        ([], "plugins/masking.py", False),
        (["plugins"], "plugins/masking.py", True),
        (["./plugins"], "plugins/masking.py", True),
        (["plugins/"], "plugins/deep/masking.py", True),
        (["plugins/masking.py"], "plugins/masking.py", True),
        (["plugins"], "plugins-evil/masking.py", False),
        (["/code/a"], "/code/a-evil/x.py", False),
        (["/code/a"], "/code/a/x.py", True),
        (["plugins"], "plugins/../evil/x.py", False),
        (["."], "plugins/x.py", False),
        (["acme-lhp"], "acme-lhp 1.2", True),
        (["Acme_LHP"], "acme-lhp 1.2", True),
        (["acme"], "acme-lhp 1.2", False),
        (["acme-lhp 1.2"], "acme-lhp 1.2", True),
        (["acme-lhp"], "acme-lhp evil/plugin.py", False),
        (["acme-lhp"], "acme-lhp evil.py", False),
        (["acme-lhp"], "acme-lhp is evil", False),
        (["acme-lhp", ""], "plugins/masking.py", False),
    ],
)
def test_trust_is_given_to_folders_and_distributions(
    trusted: list[str] | None, source: str, *, expected: bool
) -> None:
    assert PluginTrustManager(trusted).is_plugin_trusted("masking", source) is expected


def test_home_folder_can_be_trusted() -> None:
    source = (Path.home() / ".lhp/plugins/x.py").as_posix()
    assert PluginTrustManager(["~/.lhp/plugins"]).is_plugin_trusted("x", source)


@pytest.mark.parametrize(
    ("blocked", "expected"),
    [
        (["masking"], True),
        (["transform_generator:masking"], True),
        (["validator:masking"], False),
        (["acme-lhp"], True),
        (["ACME_LHP"], True),
        (["acme-lhp 1.2"], True),
        (["other"], False),
    ],
)
def test_blocked_plugin_never_runs(blocked: list[str], *, expected: bool) -> None:
    trust = PluginTrustManager(["acme-lhp"], blocked)
    name, source = "transform_generator:masking", "acme-lhp 1.2"
    assert trust.is_plugin_blocked(name, source) is expected
    assert trust.is_plugin_trusted(name, source) is not expected
