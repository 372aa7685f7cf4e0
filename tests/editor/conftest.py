"""The YAML server of the editors, as `make test` installs it: one for all tests of a worker."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from .yaml_server import YamlServer

INSTALLED = Path(__file__).parents[2] / ".cache/yaml-language-server"
SCRIPT = INSTALLED / "node_modules/yaml-language-server/bin/yaml-language-server"
LOCK = Path(__file__).parent / "server/package-lock.json"

Start = Callable[..., YamlServer]


@pytest.fixture(scope="session")
def start_yaml_server() -> Iterator[Start]:
    """Return a function that starts a server in a folder; it runs until the last test."""
    missing = _what_is_missing()
    if missing:
        demanded = "node" in os.environ.get("LHP_TEST_DEMANDS", "").split()
        (pytest.fail if demanded else pytest.skip)(missing)
    command = [str(shutil.which("node")), str(SCRIPT), "--stdio"]
    with ExitStack() as running:

        def start(folder: Path, settings: Mapping[str, Any] | None = None) -> YamlServer:
            return running.enter_context(YamlServer(command, folder, settings))

        yield start


@pytest.fixture(scope="session")
def _shared(start_yaml_server: Start, tmp_path_factory: pytest.TempPathFactory) -> YamlServer:
    return start_yaml_server(tmp_path_factory.mktemp("workspace"))


@pytest.fixture
def yaml_server(_shared: YamlServer) -> Iterator[YamlServer]:
    """Return the one server of a worker, without schemas; what a test opens is closed after it."""
    _shared.configure({})
    yield _shared
    _shared.close_documents()


def _what_is_missing() -> str:
    if not shutil.which("node"):
        return "node is not installed"
    stamp = INSTALLED / ".ready"
    if not stamp.is_file() or stamp.read_bytes() != LOCK.read_bytes():
        return "the YAML server is not installed as locked: `make test` installs it"
    return ""
