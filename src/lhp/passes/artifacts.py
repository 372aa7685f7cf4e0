"""Lets the artifact plugins turn a whole run into files of the project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lhp.core.resolver import PluginHandle
from lhp.model.flowgroup import Output
from lhp.model.source import plain
from lhp.passes.generate import Built
from lhp.passes.host import Host

# A part of a path that every system can hold, that hides nothing and leads nowhere else.
_PART = re.compile(r'(?!\.)[^\\:*?"<>|\x00-\x1f\ud800-\udfff]+(?<![ .])')
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])( *\..*)?", re.IGNORECASE)


def artifacts(outputs: Sequence[Output], built: Sequence[Built], host: Host) -> Iterator[Output]:
    """Yield the files that the active artifacts make of a run.

    Args:
        outputs: The files of its flowgroups.
        built: Its flowgroups.
        host: What the run shares.

    Raises:
        LhpError: When an artifact is broken, fails, or gives anything but texts by path.
    """
    summary = {
        "env": host.tokens.env,
        "project_name": host.project.name,
        "flowgroups": [plain(item.flowgroup.data) for item in built],
        "files": [output.path for output in outputs],
    }
    for manifest in host.manager.registry.active("artifact"):
        handle = host.manager.handle(manifest)
        files = handle.call(_build, handle, host.settings_of(handle), summary)
        yield from (Output(path, text, "", (manifest.source,)) for path, text in files.items())


def _build(handle: PluginHandle, settings: Mapping[str, Any], summary: Any) -> Mapping[str, str]:
    artifact = handle.load()()
    artifact.config = settings
    files = artifact.build(summary)
    if not isinstance(files, Mapping):
        message = f"build() gave {type(files).__name__}, not a mapping of paths to texts"
        raise TypeError(message)
    return {_path(path): _text(path, text) for path, text in files.items()}


def _path(path: Any) -> str:
    if not isinstance(path, str):
        message = f"build() gave the path {path!r}, which is {type(path).__name__}, not text"
        raise TypeError(message)
    for part in path.split("/"):
        if not _PART.fullmatch(part) or _DEVICE.fullmatch(part):
            message = f"build() gave the path {path!r}: {part!r} can't be a part of it"
            raise ValueError(message)
    return path


def _text(path: str, text: Any) -> str:
    if not isinstance(text, str):
        message = f"build() gave {type(text).__name__} for {path!r}, not a text"
        raise TypeError(message)
    return text
