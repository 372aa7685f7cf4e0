"""How each editor learns which schema is for which file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lhp.editor.kinds import KINDS_OF_FILES
from lhp.editor.store import SCHEMA_FOLDER, schema_path
from lhp.errors import SETTINGS_UNREADABLE, Location
from lhp.passes.discover import discover
from lhp.passes.project import PROJECT_FILE, open_project
from lhp.passes.state import read_file, replace_file
from lhp.text.jsonc import JsoncError, add_items, read_jsonc, set_values

SETTINGS_FILE = ".vscode/settings.json"
EXTENSIONS_FILE = ".vscode/extensions.json"
_YAML_EXTENSION = "redhat.vscode-yaml"

# Where lhp looks, and where one puts what actions name: an instance stands among the flowgroups,
# whose schema tells it by its keys.
_FILES: Mapping[str, Sequence[str]] = {
    "lhp": (PROJECT_FILE,),
    "flowgroup": ("pipelines/**/*.yaml", "pipelines/**/*.yml"),
    "template": ("templates/**/*.yaml",),
    "preset": ("presets/**/*.yaml",),
    "blueprint": ("blueprints/**/*.yaml", "blueprints/**/*.yml"),
    "substitutions": ("substitutions/**/*.yaml", "substitutions/**/*.yml"),
    "pipeline_config": ("config/*pipeline_config*.yaml", "config/*pipeline_config*.yml"),
    "expectations": ("expectations/**/*.yaml", "expectations/**/*.yml"),
    "table_schema": ("schemas/**/*.yaml", "schemas/**/*.yml"),
}
_DEEP = "/**/"
_NOT_READ: Mapping[str, Sequence[str]] = {"template": ("!templates/bundle/**",)}
_WHOLE = [globs[0].partition(_DEEP)[0] for globs in _FILES.values() if _DEEP in globs[0]]
_FOLDERS = (*_WHOLE, "generated")


def _except_inner(kind: str) -> str:
    """Return what leaves out the files of a kind that lie in a folder of another kind.

    A language server finds a glob at any depth of a path, and holds a file to all its schemas.
    """
    place, slash, _ = _FILES[kind][0].partition("/")
    outer = ",".join(folder for folder in _FOLDERS if folder != place)
    return f"!{{{outer}}}/**/{place}" + ("/**" if slash else "")


GLOBS: Mapping[str, Sequence[str]] = {
    kind: (*globs, *_NOT_READ.get(kind, ()), _except_inner(kind)) for kind, globs in _FILES.items()
}

_MAPPINGS = "yaml.schemas"
_WRITTEN = frozenset(map(schema_path, KINDS_OF_FILES))
_WRITTEN_BEFORE: Mapping[str, Any] = {
    schema_path(kind): globs[0] if len(globs) == 1 else [*globs]
    for kind, globs in {**_FILES, "substitutions": ("substitutions/*.yaml",)}.items()
}


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
    yield from _PRINTED[editor](root)


def _with_schemas(text: str) -> str:
    """Return settings with a mapping for each schema; what the user changed stays."""
    settings = read_jsonc(text)
    mapped = settings.get(_MAPPINGS) if isinstance(settings, Mapping) else None
    members = mapped.items() if isinstance(mapped, Mapping) else ()
    kept = {key.removeprefix("./") for key, value in members if value != _WRITTEN_BEFORE.get(key)}
    paths = {schema_path(kind): [*globs] for kind, globs in GLOBS.items()}
    lacking = {path: globs for path, globs in paths.items() if path not in kept}
    return set_values(text, [_MAPPINGS], lacking, remove=_is_outdated)


def _is_outdated(key: str) -> bool:
    """Return True for a schema of ours that is no longer written, or named in another way."""
    path = key.removeprefix("./")
    return path.startswith(f"{SCHEMA_FOLDER}/") and path not in _WRITTEN


def _edited(root: Path, path: str, edit: Callable[[str], str]) -> str:
    content = read_file(root, path) or b""
    try:
        return edit(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SETTINGS_UNREADABLE.at(Location(path), path=path, reason=str(error)) from error
    except JsoncError as error:
        at = Location(path, error.line, error.column)
        raise SETTINGS_UNREADABLE.at(at, path=path, reason=str(error)) from error


def _zed(_: Path) -> Iterator[str]:
    yield "# .zed/settings.json in the project; merge it with what is there"
    schemas = {f"./{schema_path(kind)}": globs for kind, globs in GLOBS.items()}
    settings = {"lsp": {"yaml-language-server": {"settings": {"yaml": {"schemas": schemas}}}}}
    yield from json.dumps(settings, indent=2).splitlines()


def _neovim(_: Path) -> Iterator[str]:
    yield "-- .nvim.lua in the project (`:set exrc`), or your configuration; Neovim 0.11 or newer"
    yield 'vim.lsp.config("yamlls", {'
    yield "  settings = { yaml = { schemas = {"
    for kind, globs in GLOBS.items():
        quoted = ", ".join(f'"{glob}"' for glob in globs)
        yield f'    ["./{schema_path(kind)}"] = {{ {quoted} }},'
    yield "  } } },"
    yield "})"
    yield 'vim.lsp.enable("yamlls")'


def _jetbrains(_: Path) -> Iterator[str]:
    yield "Settings > Languages & Frameworks > Schemas and DTDs > JSON Schema Mappings:"
    yield "add each schema below (version 7), with its files; paths start at the project's folder"
    for kind, globs in _FILES.items():
        yield f"./{schema_path(kind)}"
        yield from dict.fromkeys(map(_jetbrains_mapping, globs))


def _jetbrains_mapping(glob: str) -> str:
    """Return a folder or a file rather than a pattern, which is found at any depth."""
    folder, is_whole_folder, _ = glob.partition(_DEEP)
    if is_whole_folder:
        return f"    Directory: {folder}"
    return f"    File path pattern: {glob}" if "*" in glob else f"    File: {glob}"


def _modelines(root: Path) -> Iterator[str]:
    yield "The first line of each file, before anything else; with several documents, of each:"
    found = discover(open_project(root))
    read: Mapping[str, Iterable[Path]] = {
        "flowgroup": found.flowgroups,
        "template": found.templates.values(),
        "preset": found.presets,
        "blueprint": found.blueprints,
        "substitutions": found.substitutions.values(),
    }
    for kind, globs in _FILES.items():
        there = sorted(file for glob in globs for file in root.glob(glob))
        for file in read.get(kind, there):
            schema = os.path.relpath(root / schema_path(kind), file.parent).replace(os.sep, "/")
            yield file.relative_to(root).as_posix()
            yield f"    # yaml-language-server: $schema={schema}"


_PRINTED: Mapping[str, Callable[[Path], Iterator[str]]] = {
    "zed": _zed,
    "neovim": _neovim,
    "jetbrains": _jetbrains,
    "modeline": _modelines,
}
EDITORS = ("vscode", *_PRINTED)
