"""Lets the validator plugins look at a resolved flowgroup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lhp.core.function_table import plain
from lhp.core.resolver import PluginHandle
from lhp.errors import PLUGIN_PROBLEM, PLUGIN_PROBLEM_WARNING, LhpError
from lhp.model.flowgroup import MARK_END, MARK_START, FlowGroup
from lhp.model.source import locate, map_text
from lhp.passes.host import Host

_Said = tuple[str, tuple[str | int, ...], str]

_MARK = re.compile(f"{MARK_START}([^{MARK_END}]*){MARK_END}")


def review(flowgroup: FlowGroup, host: Host) -> list[LhpError]:
    """Return what the active validators find wrong with a flowgroup.

    A validator gets the flowgroup as a plain dict, its secrets as `${secret:scope/key}`, and
    returns texts, `Problem`s, or mappings with `message` and, if it likes, `path` and `severity`.

    Args:
        flowgroup: After expand, with the shape of its actions checked.
        host: What the run shares.

    Raises:
        LhpError: When a validator is broken, or fails.
    """
    config = plain(map_text(flowgroup.data, lambda text, _: _MARK.sub(r"${secret:\1}", text)))
    found: list[LhpError] = []
    for manifest in host.manager.registry.active("validator"):
        handle = host.manager.handle(manifest)
        said = handle.call(_validate, handle, host.settings_of(handle), config)
        for message, path, severity in said:
            code = PLUGIN_PROBLEM_WARNING if severity == "warning" else PLUGIN_PROBLEM
            at = locate(flowgroup.data, path)
            found.append(code.at(at, message=message, type=handle.type, name=handle.name))
    return found


def _validate(handle: PluginHandle, settings: Any, config: Any) -> list[_Said]:
    validator = handle.load()()
    validator.config = settings
    said = validator.validate(config) or ()
    if isinstance(said, str):
        message = "validate() gave a text, not a list of texts"
        raise TypeError(message)
    return [_parts(item) for item in said]


def _parts(item: Any) -> _Said:
    if isinstance(item, Mapping):
        path = item.get("path") or ()
        return str(item.get("message", "")), _keys(path), str(item.get("severity", "error"))
    if isinstance(item, tuple) and len(item) == 2:  # noqa: PLR2004  (a Problem)
        return str(item[0]), _keys(item[1]), "error"
    return str(item), (), "error"


def _keys(path: Iterable[Any]) -> tuple[str | int, ...]:
    return tuple(part if isinstance(part, int) else str(part) for part in path)
