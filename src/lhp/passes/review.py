"""Lets the validator plugins look at a resolved flowgroup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Protocol

from lhp.core.base_generator import Problem
from lhp.core.problems import problem_of, told
from lhp.core.resolver import PluginHandle
from lhp.errors import LhpError
from lhp.model.flowgroup import FlowGroup, as_written
from lhp.model.source import locate, map_text, plain
from lhp.passes.collect import Problems
from lhp.passes.host import Host
from lhp.passes.uses import met_at


class Validator(Protocol):
    """Looks at each flowgroup when all in it is resolved, and reports what breaks a rule."""

    config: Any
    """The plugin's own settings, from its declaration; set before `validate` is called."""

    def validate(
        self, config: Mapping[str, Any]
    ) -> Iterable[Problem | str | Mapping[str, Any]] | None:
        """Return what is wrong with a flowgroup, or nothing.

        A problem is a text, a `Problem`, or a map with `message` and, if you like, `path` (a list
        of keys), `severity` (`error`, or `warning`, which does not fail the run) and `hint`.

        Args:
            config: The flowgroup as plain data; a secret in it is `${secret:scope/key}`.
        """


def review(flowgroup: FlowGroup, host: Host) -> list[LhpError]:
    """Return what the active validators find wrong with a flowgroup, or what is wrong with them.

    Args:
        flowgroup: After expand, with the shape of its actions checked.
        host: What the run shares.
    """
    validators = host.manager.registry.active("validator")
    if not validators:
        return []
    config = plain(map_text(flowgroup.data, lambda text, _: as_written(text)))
    problems = Problems()
    for manifest in validators:
        handle = host.manager.handle(manifest)
        ready = problems.each(partial(_ready, host=host), [handle])
        asked = Problems()
        for said in asked.each(partial(handle.call, _said, config), ready):
            problems.add(_located(each, flowgroup, handle) for each in said)
        problems.add(met_at(asked.found, flowgroup.location))
    return problems.found


def _ready(handle: PluginHandle, host: Host) -> tuple[Any, Any]:
    return handle.load(), host.settings_of(handle)


def _said(config: Any, ready: tuple[Any, Any]) -> list[Problem]:
    plugin, settings = ready
    validator: Validator = plugin()
    validator.config = settings
    said = validator.validate(config) or ()
    if isinstance(said, (str, Mapping)):
        word = "text" if isinstance(said, str) else "mapping"
        message = f"validate() gave a {word}, not a list of problems"
        raise TypeError(message)
    return [problem_of(item, "validate()") for item in said]


def _located(said: Problem, flowgroup: FlowGroup, handle: PluginHandle) -> LhpError:
    return told(said, handle.manifest, locate(flowgroup.data, said.path))
