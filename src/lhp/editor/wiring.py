"""How each editor learns which schema is for which file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lhp.editor.files import KINDS_OF_FILES
from lhp.editor.store import SCHEMA_FOLDER, schema_path
from lhp.errors import SETTINGS_UNREADABLE, Location
from lhp.passes.state import read_file, replace_file
from lhp.text.jsonc import JsoncError, add_items, read_jsonc, set_values

SETTINGS_FILE = ".vscode/settings.json"
EXTENSIONS_FILE = ".vscode/extensions.json"
_YAML_EXTENSION = "redhat.vscode-yaml"

# An instance stands among the flowgroups, whose schema tells it by its keys. No two globs share a
# file: a language server would hold it to both schemas.
GLOBS: Mapping[str, Sequence[str]] = {
    "lhp": ("lhp.yaml",),
    "flowgroup": ("pipelines/**/*.yaml", "pipelines/**/*.yml"),
    "template": ("templates/**/*.yaml",),
    "preset": ("presets/**/*.yaml",),
    "blueprint": ("blueprints/**/*.yaml", "blueprints/**/*.yml"),
    "substitutions": ("substitutions/*.yaml",),
    "pipeline_config": ("config/*pipeline_config*.yaml", "config/*pipeline_config*.yml"),
    "expectations": ("expectations/**/*.yaml", "expectations/**/*.yml"),
    "table_schema": ("schemas/**/*.yaml", "schemas/**/*.yml"),
}

_MAPPINGS = "yaml.schemas"
_WRITTEN = frozenset(map(schema_path, KINDS_OF_FILES))


def wire_vscode(root: Path) -> tuple[str, ...]:
    """Add to the project's settings of VS Code what they lack; everything else in them is kept.

    Args:
        root: The project's folder.

    Returns:
        Paths of the files that were changed, relative to the root.

    Raises:
        LhpError: SETTINGS_UNREADABLE, WRITE_FAILED.
    """
    edited = vscode_files(root)
    changed = [path for path, text in edited.items() if read_file(root, path) != text.encode()]
    for path in changed:
        replace_file(root, path, edited[path].encode())
    return tuple(changed)


def vscode_files(root: Path) -> Mapping[str, str]:
    """Return the settings files of VS Code by path, with what they lack.

    Args:
        root: The project's folder.

    Raises:
        LhpError: SETTINGS_UNREADABLE when one of them is no JSON with comments, at its place.
    """
    return {
        SETTINGS_FILE: _edited(root, SETTINGS_FILE, _with_schemas),
        EXTENSIONS_FILE: _edited(
            root,
            EXTENSIONS_FILE,
            lambda text: add_items(text, ["recommendations"], [_YAML_EXTENSION]),
        ),
    }


def instructions(editor: str, root: Path) -> Iterator[str]:
    """Yield the lines that say what to put where, for editors whose files lhp does not write.

    Args:
        editor: One of `EDITORS`.
        root: The project's folder.
    """
    if editor == "modeline":
        yield from _modelines(root)
    else:
        yield from _PRINTED[editor](_schemas())


def _with_schemas(text: str) -> str:
    """Return settings with a mapping for each schema that has none; the user's own stay."""
    settings = read_jsonc(text)
    mapped = settings.get(_MAPPINGS) if isinstance(settings, Mapping) else None
    known = {key.removeprefix("./") for key in mapped} if isinstance(mapped, Mapping) else set()
    paths = {schema_path(kind): _glob_value(globs) for kind, globs in GLOBS.items()}
    lacking = {path: globs for path, globs in paths.items() if path not in known}
    return set_values(text, [_MAPPINGS], lacking, remove=_is_outdated)


def _is_outdated(key: str) -> bool:
    """Return True for a schema of ours that is no longer written, or named in another way."""
    path = key.removeprefix("./")
    return path.startswith(f"{SCHEMA_FOLDER}/") and path not in _WRITTEN


def _glob_value(globs: Sequence[str]) -> Any:
    return globs[0] if len(globs) == 1 else [*globs]


def _schemas() -> Mapping[str, Any]:
    return {f"./{schema_path(kind)}": _glob_value(globs) for kind, globs in GLOBS.items()}


def _edited(root: Path, path: str, edit: Callable[[str], str]) -> str:
    content = read_file(root, path) or b""
    try:
        return edit(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SETTINGS_UNREADABLE.at(Location(path), path=path, reason=str(error)) from error
    except JsoncError as error:
        at = Location(path, error.line, error.column)
        raise SETTINGS_UNREADABLE.at(at, path=path, reason=str(error)) from error


def _zed(schemas: Mapping[str, Any]) -> Iterator[str]:
    yield "# .zed/settings.json in the project; merge it with what is there"
    settings = {"lsp": {"yaml-language-server": {"settings": {"yaml": {"schemas": schemas}}}}}
    yield from json.dumps(settings, indent=2).splitlines()


def _neovim(schemas: Mapping[str, Any]) -> Iterator[str]:
    yield "-- .nvim.lua in the project (`:set exrc`), or your configuration; Neovim 0.11 or newer"
    yield 'vim.lsp.config("yamlls", {'
    yield "  settings = { yaml = { schemas = {"
    for path, globs in schemas.items():
        value = f'"{globs}"' if isinstance(globs, str) else f"{{ {_quoted(globs)} }}"
        yield f'    ["{path}"] = {value},'
    yield "  } } },"
    yield "})"
    yield 'vim.lsp.enable("yamlls")'


def _quoted(texts: Sequence[str]) -> str:
    return ", ".join(f'"{text}"' for text in texts)


def _jetbrains(schemas: Mapping[str, Any]) -> Iterator[str]:
    yield "Settings > Languages & Frameworks > Schemas and DTDs > JSON Schema Mappings:"
    yield "add each schema below (version 7), with its files as `File path pattern`"
    for path, globs in schemas.items():
        yield path
        for glob in [globs] if isinstance(globs, str) else globs:
            yield f"    {glob}"


def _modelines(root: Path) -> Iterator[str]:
    yield "The first line of each file, before anything else; with several documents, of each:"
    for kind, globs in GLOBS.items():
        for file in sorted({file for glob in globs for file in root.glob(glob)}):
            schema = os.path.relpath(root / schema_path(kind), file.parent).replace(os.sep, "/")
            yield file.relative_to(root).as_posix()
            yield f"    # yaml-language-server: $schema={schema}"


_PRINTED: Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "zed": _zed,
    "neovim": _neovim,
    "jetbrains": _jetbrains,
}
EDITORS = ("vscode", *_PRINTED, "modeline")
