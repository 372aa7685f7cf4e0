"""The reference of all plugins of a project, from what they say of themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from lhp.core.manifest import PLUGIN_TYPES, Manifest
from lhp.core.option_schema import MAKES_VIEW, Schema
from lhp.core.plugin_check import state_of
from lhp.core.plugin_manager import PluginManager
from lhp.editor.known import Known, KnownPlugins
from lhp.editor.page import Block, CodeBlock, Heading, Table
from lhp.editor.reference import OPTION_COLUMNS, option_rows
from lhp.model.flowgroup import KINDS

_SAMPLES: Mapping[str, Any] = {
    "string": "...",
    "integer": 1,
    "number": 1.0,
    "boolean": True,
    "array": ["..."],
    "object": {"key": "value"},
}


def plugin_page(manager: PluginManager, title: str) -> Iterator[Block]:
    """Yield the blocks of the page of all plugins that a project can use.

    Args:
        manager: The plugins.
        title: Of the page.

    Raises:
        LhpError: WRITE_FAILED, when what is known of them can't be remembered.
    """
    known = KnownPlugins(manager)
    yield Heading(1, title)
    yield "Made by `lhp plugins docs`, from what the plugins say of themselves."
    for plugin_type in PLUGIN_TYPES.values():
        found = [each for each in manager.registry.active() if each.type == plugin_type.name]
        if found:
            yield Heading(2, plugin_type.name)
            yield f"Each is a {plugin_type.contract}."
        for manifest in found:
            yield from _plugin(manager, manifest, known.of(manifest))
    known.save()


def _plugin(manager: PluginManager, manifest: Manifest, known: Known) -> Iterator[Block]:
    yield Heading(3, manifest.qualified_name)
    yield known.summary
    state = state_of(manager, manifest)
    source = "lhp itself" if state.word == "builtin" else f"`{manifest.target}`"
    yield f"Comes from {source} ({manifest.origin.value})."
    if known.reason:
        yield f"It can't be used: {known.reason}"
        return
    if known.options is not None:
        yield (
            Table(OPTION_COLUMNS, option_rows(known.options))
            if known.options["properties"]
            else ("It takes no options.")
        )
        yield CodeBlock("yaml", _usage(manifest, known.options))
    if known.settings:
        yield "Its `config` in lhp.yaml:"
        yield Table(OPTION_COLUMNS, option_rows(known.settings))


def _usage(manifest: Manifest, options: Schema) -> str:
    kind = KINDS[manifest.plugin_type.kind]
    given = {
        key: _sample(options["properties"].get(key, {})) for key in options.get("required", ())
    }
    chosen = {kind.selector: manifest.name, **given}
    action: dict[str, Any] = {"name": f"{kind.name}_{manifest.name}", "type": kind.name}
    if kind.place != "source":
        action["source"] = "v_source"
    action |= {kind.place: chosen} if kind.place else chosen
    if kind.name in MAKES_VIEW:
        action["target"] = "v_target"
    return yaml.safe_dump([action], sort_keys=False, allow_unicode=True, width=100)


def _sample(option: Schema) -> Any:
    choices: Sequence[Any] = option.get("examples") or option.get("enum") or ()
    declared = option.get("type", "string")
    return choices[0] if choices else _SAMPLES.get(declared, "...")
