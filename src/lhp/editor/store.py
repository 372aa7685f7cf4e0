"""Keeps the schemas of a project in `.lhp/schemas/`, which a team shares."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lhp.core.option_schema import Schema
from lhp.core.plugin_manager import PluginManager
from lhp.editor.catalog import Catalog, awake_in, builtin_catalog, catalog_of
from lhp.editor.kinds import KINDS_OF_FILES
from lhp.editor.known import KnownPlugins
from lhp.errors import NOT_A_PROJECT, LhpError
from lhp.passes.state import read_file, replace_file
from lhp.values import frozen
from lhp.version import VERSION

SCHEMA_FOLDER = ".lhp/schemas"
_STAMP_FILE = ".lhp/cache/schemas.json"
_FEW = 120
_FEW_PLUGINS = 5


@frozen
class Refreshed:
    """What a refresh did.

    Args:
        written: Paths of the schemas that were out of date, relative to the project root.
        unusable: Why, by name, for each plugin whose options could not be known.
        digests: SHA-256 of each schema, by its path.
    """

    written: tuple[str, ...]
    unusable: Mapping[str, str]
    digests: Mapping[str, str]


def schema_path(kind: str) -> str:
    """Return where the schema of a kind of file is kept, relative to the project root."""
    return f"{SCHEMA_FOLDER}/{kind}.schema.json"


def refresh_schemas(manager: PluginManager) -> Refreshed:
    """Write the schemas again when the plugins are others than the last time.

    A run does not import a lot of installed plugins that it does not use: then the schemas stay as
    they are, until `write_schemas` is called.

    Args:
        manager: The plugins of a project.

    Raises:
        LhpError: WRITE_FAILED.
    """
    if sum(map(KnownPlugins(manager).is_new, awake_in(manager))) > _FEW_PLUGINS:
        return Refreshed((), {}, _by_path(_digests(_root(manager))))
    catalog = _remembered(manager)
    kept = _kept(_root(manager), _stamp(catalog))
    if kept is not None:
        return Refreshed((), {}, _by_path(kept))
    return _written(manager, catalog)


def write_schemas(manager: PluginManager) -> Refreshed:
    """Write those schemas that are not what the plugins say now; leave the others alone.

    Args:
        manager: The plugins of a project.

    Raises:
        LhpError: WRITE_FAILED.
    """
    return _written(manager, _remembered(manager))


def stale_schemas(manager: PluginManager) -> tuple[str, ...]:
    """Return the paths of the schemas that are missing, or not what the plugins say now."""
    return tuple(map(schema_path, _stale(_root(manager), schema_texts(_catalog(manager)))))


def schema_text(manager: PluginManager, kind: str) -> str:
    """Return the text of one schema.

    Args:
        manager: The plugins, of a project or of none.
        kind: One of `KINDS_OF_FILES`.
    """
    return schema_texts(_catalog(manager))[kind]


def schema_texts(catalog: Catalog) -> Mapping[str, str]:
    """Return the text of the schema of each kind of file."""
    from lhp.editor.files import schemas_of

    return {kind: _text(schema) for kind, schema in schemas_of(catalog).items()}


def published_texts() -> Mapping[str, str]:
    """Return the schemas that come with lhp: of the built-in plugins, open to any others."""
    return schema_texts(builtin_catalog())


def _catalog(manager: PluginManager) -> Catalog:
    return catalog_of(manager, KnownPlugins(manager))


def _remembered(manager: PluginManager) -> Catalog:
    known = KnownPlugins(manager)
    catalog = catalog_of(manager, known)
    known.save()
    return catalog


def _written(manager: PluginManager, catalog: Catalog) -> Refreshed:
    root, texts = _root(manager), schema_texts(catalog)
    stale = _stale(root, texts)
    for kind in stale:
        replace_file(root, schema_path(kind), texts[kind].encode())
    files = {kind: _hash(text.encode()) for kind, text in texts.items()}
    record = json.dumps({"stamp": _stamp(catalog), "files": files}, indent=1) + "\n"
    with contextlib.suppress(LhpError):  # it only saves time
        replace_file(root, _STAMP_FILE, record.encode())
    unusable = {
        f"{plugin_type}:{name}": known.reason
        for (plugin_type, name), known in catalog.plugins.items()
        if known.reason
    }
    return Refreshed(tuple(map(schema_path, stale)), unusable, _by_path(files))


def _root(manager: PluginManager) -> Path:
    if manager.root is None:
        raise NOT_A_PROJECT.at(folder=".")
    return manager.root


def _stale(root: Path, texts: Mapping[str, str]) -> list[str]:
    return [
        kind for kind, text in texts.items() if read_file(root, schema_path(kind)) != text.encode()
    ]


def _by_path(files: Mapping[str, str]) -> Mapping[str, str]:
    return {schema_path(kind): digest for kind, digest in files.items()}


def _digests(root: Path) -> Mapping[str, str]:
    kept = {kind: read_file(root, schema_path(kind)) for kind in KINDS_OF_FILES}
    return {kind: _hash(content) for kind, content in kept.items() if content is not None}


def _kept(root: Path, stamp: str) -> Mapping[str, str] | None:
    """Return the digests of the schemas by kind; None where one is not what the plugins say."""
    try:
        record = json.loads(read_file(root, _STAMP_FILE) or b"{}")
        files = dict(record["files"])
        if record["stamp"] != stamp or {*files} != {*KINDS_OF_FILES}:
            return None
        kept = {kind: read_file(root, schema_path(kind)) for kind in files}
    except (ValueError, TypeError, KeyError, RecursionError, LhpError):
        return None
    is_same = all(content and _hash(content) == files[kind] for kind, content in kept.items())
    return files if is_same else None


def _stamp(catalog: Catalog) -> str:
    known = [[*key, key in catalog.declared, vars(each)] for key, each in catalog.plugins.items()]
    given = sorted([*key, *sorted(keys)] for key, keys in catalog.given.items())
    stamp = [VERSION, known, given]
    return _hash(json.dumps(stamp).encode())


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _text(schema: Schema) -> str:
    """Return a schema as JSON, a line for what is small, so that a change shows where it is."""
    return _lines(schema, "") + "\n"


_dumped = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def _lines(node: Any, indent: str) -> str:
    if _is_small(node):
        return _dumped(node)
    inner = indent + " "
    if isinstance(node, Mapping):
        parts = [f"{_dumped(key)}:{_lines(each, inner)}" for key, each in node.items()]
    else:
        parts = [_lines(each, inner) for each in node]
    opening, closing = "{}" if isinstance(node, Mapping) else "[]"
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{closing}"


def _is_small(node: Any) -> bool:
    """Tell whether a node holds few others; looks at no more of them than it has to."""
    pending, seen = [node], 0
    while pending and seen <= _FEW:
        each = pending.pop()
        seen += 1
        if isinstance(each, dict):
            pending += each.values()
        elif isinstance(each, (list, tuple)) and each and not isinstance(each[0], str):
            pending += each
    return not pending and seen <= _FEW
