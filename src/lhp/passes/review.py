"""Lets the validator plugins look at a resolved flowgroup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from lhp.core.resolver import PluginHandle
from lhp.errors import PLUGIN_PROBLEM, PLUGIN_PROBLEM_WARNING, Code, LhpError
from lhp.model.flowgroup import FlowGroup, as_written
from lhp.model.source import locate, map_text, plain
from lhp.passes.collect import Problems
from lhp.passes.host import Host
from lhp.passes.uses import met_at

_Said = tuple[str, tuple[str | int, ...], str]

_CODES: Mapping[str, Code] = {"error": PLUGIN_PROBLEM, "warning": PLUGIN_PROBLEM_WARNING}


def review(flowgroup: FlowGroup, host: Host) -> list[LhpError]:
    """Return what the active validators find wrong with a flowgroup, or what is wrong with them.

    A validator gets the flowgroup as a plain dict, its secrets as `${secret:scope/key}`, and
    returns texts, `Problem`s, or mappings with `message` and, if it likes, `path` and `severity`.

    Args:
        flowgroup: After expand, with the shape of its actions checked.
        host: What the run shares.
    """
    config = plain(map_text(flowgroup.data, lambda text, _: as_written(text)))
    problems = Problems()
    for manifest in host.manager.registry.active("validator"):
        handle = host.manager.handle(manifest)
        ready = problems.each(partial(_ready, host=host), [handle])
        asked = Problems()
        for said in asked.each(partial(handle.call, _said, config), ready):
            problems.add(_problem(each, flowgroup, handle) for each in said)
        problems.add(met_at(asked.found, flowgroup.location))
    return problems.found


def _ready(handle: PluginHandle, host: Host) -> tuple[Any, Any]:
    return handle.load(), host.settings_of(handle)


def _said(config: Any, ready: tuple[Any, Any]) -> list[_Said]:
    plugin, settings = ready
    validator = plugin()
    validator.config = settings
    said = validator.validate(config) or ()
    if isinstance(said, (str, Mapping)):
        word = "text" if isinstance(said, str) else "mapping"
        message = f"validate() gave a {word}, not a list of problems"
        raise TypeError(message)
    return [_parts(item) for item in said]


def _problem(said: _Said, flowgroup: FlowGroup, handle: PluginHandle) -> LhpError:
    message, path, severity = said
    at = locate(flowgroup.data, path)
    return _CODES[severity].at(at, message=message, type=handle.type, name=handle.name)


def _parts(item: Any) -> _Said:
    if isinstance(item, Mapping):
        given = {"severity": "error", "message": None, "path": None, **item}
    elif isinstance(item, tuple) and len(item) == 2:  # noqa: PLR2004  (a Problem)
        given = {"severity": "error", "message": item[0], "path": item[1]}
    else:
        given = {"severity": "error", "message": item, "path": None}
    message, severity = given["message"], given["severity"]
    if not isinstance(message, str) or not message.strip():
        reason = f"validate() gave a problem without a message: {item!r}"
        raise ValueError(reason)
    if severity not in _CODES:
        reason = f"validate() gave the severity {severity!r}; it is one of {', '.join(_CODES)}"
        raise ValueError(reason)
    return message, _keys(given["path"]), severity


def _keys(path: Any) -> tuple[str | int, ...]:
    is_listed = isinstance(path, Iterable) and not isinstance(path, (str, Mapping))
    keys = tuple(path) if is_listed else () if path is None else (None,)
    if not all(isinstance(key, (str, int)) for key in keys):
        reason = f"validate() gave the path {path!r}, not a list of keys and indexes"
        raise TypeError(reason)
    return keys
