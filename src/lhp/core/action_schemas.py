"""The schema of a whole action of any generator; of a built-in one without importing it."""

from __future__ import annotations

from functools import cache

from lhp.core.manifest import Origin
from lhp.core.option_schema import Schema, action_schema, action_schema_of
from lhp.core.resolver import PluginHandle
from lhp.core.shapes import builtin_plugins


def action_schema_by(handle: PluginHandle) -> Schema:
    """Return the schema of an action of a generator, always as one object; treat it as read-only.

    Args:
        handle: Of the generator.

    Raises:
        LhpError, LhpErrors: Why it can't be used.
    """
    manifest = handle.manifest
    kind = manifest.plugin_type.kind
    if manifest.origin is Origin.BUILTIN and manifest.qualified_name in builtin_plugins():
        return _of_builtin(kind, manifest.qualified_name)
    found: Schema = handle.read(action_schema, kind, handle.load())
    return found


@cache
def _of_builtin(kind: str, name: str) -> Schema:
    known = builtin_plugins()[name]
    return action_schema_of(kind, known["options"], known["source_count"])
