"""Lets the validator plugins look at a resolved flowgroup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lhp.core.function_table import plain
from lhp.core.resolver import PluginHandle
from lhp.errors import PLUGIN_PROBLEM, PLUGIN_PROBLEM_WARNING, LhpError, Location
from lhp.model.flowgroup import MARK_END, MARK_START, FlowGroup
from lhp.model.source import locate, map_text
from lhp.passes.host import Host

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
        found += _problems(said, flowgroup, handle)
    return found


def _validate(handle: PluginHandle, settings: Mapping[str, Any], config: Any) -> list[Any]:
    validator = handle.load()()
    validator.config = settings
    return list(validator.validate(config) or ())


def _problems(
    said: Sequence[Any], flowgroup: FlowGroup, handle: PluginHandle
) -> Iterator[LhpError]:
    for item in said:
        message, path, severity = _parts(item)
        code = PLUGIN_PROBLEM_WARNING if severity == "warning" else PLUGIN_PROBLEM
        at: Location | None = locate(flowgroup.data, path)
        yield code.at(at, message=message, type=handle.type, name=handle.name)


def _parts(item: Any) -> tuple[str, tuple[Any, ...], str]:
    if isinstance(item, Mapping):
        path = item.get("path") or ()
        return str(item.get("message", "")), tuple(path), str(item.get("severity", "error"))
    if isinstance(item, tuple) and len(item) == 2:  # noqa: PLR2004  (a Problem)
        return str(item[0]), tuple(item[1]), "error"
    return str(item), (), "error"
