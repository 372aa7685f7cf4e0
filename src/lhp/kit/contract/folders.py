"""What plugins have to keep that are folders of files, and what commands do."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner

from lhp.core.manifest import Manifest
from lhp.errors import LhpError, LhpErrors, Location
from lhp.kit.contract.actions import refusal_of
from lhp.kit.contract.checks import Check, tried
from lhp.passes.content import blueprint_of, preset_of, template_of
from lhp.passes.discover import discover_content
from lhp.passes.host import Host

_HERE = Location("contract.yaml", 1, 1)
_PROBE = "probe.py.j2"


def macro_checks(host: Host, manifest: Manifest) -> Iterator[Check]:
    """Yield a check of each file of a folder of macros.

    Args:
        host: Has the plugin.
        manifest: The folder's declaration.
    """
    folder: Path = host.manager.resolver.load(manifest)
    files = _files_in(folder)
    yield tried("it has files", [str(folder)], lambda _: "" if files else "the folder is empty")
    yield tried("each file can be imported", files, partial(_macro_fault, host, manifest.name))


def content_checks(host: Host, manifest: Manifest) -> Iterator[Check]:
    """Yield a check of what each folder of a content plugin holds.

    Args:
        host: Has the plugin.
        manifest: The folder's declaration.
    """
    folder: Path = host.manager.resolver.load(manifest)
    found = discover_content(folder)
    project = host.project
    macros = _files_in(folder / "macros")
    offered = [*found.presets, *found.templates, *found.blueprints, *macros]
    everything = [*offered, *_files_in(folder)]
    yield tried("it has files", [str(folder)], lambda _: "" if everything else "it is empty")
    yield _each("each preset loads", found.presets, partial(preset_of, project), folder)
    templates = {file: key for key, file in found.templates.items()}
    yield _each(
        "each template loads",
        [*templates],
        lambda file: template_of(project, templates[file], file),
        folder,
    )
    yield _each("each blueprint loads", found.blueprints, partial(blueprint_of, project), folder)
    yield tried(
        "each macro file can be imported", macros, partial(_macro_fault, host, manifest.name)
    )


def command_checks(host: Host, manifest: Manifest) -> Iterator[Check]:
    """Yield a check of the help of a command, and of those below it.

    Args:
        host: Has the plugin.
        manifest: The command's declaration.
    """
    loaded = host.manager.resolver.load(manifest)
    command = loaded if isinstance(loaded, click.Command) else loaded.command

    def fault(words: Sequence[str]) -> str:
        ended = host.manager.resolver.call(manifest, _asked_for_help, command, words)
        if ended.exit_code != 0:
            return f"it ends with {ended.exit_code}: {ended.exception or ended.output[-200:]}"
        return ""

    inputs = [*_below(command)]
    yield tried("--help works", inputs, fault, shown=lambda words: [manifest.name, *words])

    def unsaid(words: Sequence[str]) -> str:
        return "" if _named(command, words).get_short_help_str() else "it says nothing of itself"

    yield tried("it says what it does", inputs, unsaid, shown=lambda words: [manifest.name, *words])


def _asked_for_help(command: click.Command, words: Sequence[str]) -> Any:
    return CliRunner().invoke(command, [*words, "--help"])


def _below(command: click.Command) -> Iterator[list[str]]:
    yield []
    for name, each in getattr(command, "commands", {}).items():
        yield from ([name, *words] for words in _below(each))


def _named(command: click.Command, words: Sequence[str]) -> click.Command:
    for word in words:
        command = getattr(command, "commands", {})[word]
    return command


def _each(about: str, files: Sequence[Path], load: Callable[[Path], object], folder: Path) -> Check:
    def fault(file: Path) -> str:
        try:
            load(file)
        except (LhpError, LhpErrors) as error:
            return refusal_of(error)
        return ""

    return tried(about, files, fault, shown=lambda file: file.relative_to(folder).as_posix())


def _files_in(folder: Path) -> list[str]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    names = (file.relative_to(folder) for file in files)
    return [
        name.as_posix()
        for name in names
        if not any(part.startswith((".", "__pycache__")) for part in name.parts)
        and name.suffix != ".py"
    ]


def _macro_fault(host: Host, plugin: str, file: str) -> str:
    """Return why neither a code template nor a YAML value can import a file."""
    line = f"{{% import {f'{plugin}/{file}'!r} as macros %}}"
    try:
        host.text_renderer.render_value(f"{line}x", {}, _HERE)
    except (LhpError, LhpErrors):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, _PROBE).write_text(f"{line}\n", encoding="utf-8")
            try:
                host.code_renderer.render((Path(folder),), _PROBE, {})
            except (LhpError, LhpErrors) as error:
                return refusal_of(error)
    return ""
